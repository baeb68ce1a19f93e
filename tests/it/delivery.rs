//! What is said arrives once, whatever happens on the way.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use discord_sim::faults::{Fault, Scope, TooMany};
use discord_sim::people::Seen;
use discord_sim::world::{Overwrite, OverwriteOf, ThreadEdit, permissions};
use serde_json::json;

use crate::stage::{Stage, act};

/// So often one delivery asks Discord before it gives the parcel back to the outbox.
const ASKS: usize = 4;

fn answer(status: u16) -> Fault {
    Fault::Answer {
        status,
        body: json!({"message": "It is not our day.", "code": 0}),
    }
}

impl Stage {
    /// Lets the pause before a second attempt pass, and the second attempt as well.
    async fn tries_again(&self) {
        self.passes(TimeDelta::seconds(2)).await;
    }

    fn is_archived(&self, thread: u64) -> bool {
        self.sim.read(|world| {
            let thread = world.channels[&thread].thread.as_ref();
            thread.expect("a thread").archived
        })
    }

    fn bot_messages(&self, channel: u64) -> usize {
        let seen = self.mia.sees(channel).unwrap();
        seen.into_iter().filter(Seen::is_by_bot).count()
    }
}

#[tokio::test]
async fn a_card_is_made_once_whatever_discord_answers() {
    for (times, fault) in [
        (1, answer(500)),
        (ASKS, answer(502)),
        (1, Fault::CutAfter),
        (ASKS, Fault::CutAfter),
        (
            ASKS,
            Fault::AnswerAfter {
                status: 503,
                body: json!({"message": "Oh.", "code": 0}),
            },
        ),
    ] {
        let stage = Stage::opens().await;
        let what = format!("{times} times {fault:?}");
        stage
            .sim
            .faults()
            .order("POST /channels/*/messages", times, fault);
        let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
        stage.settles().await;
        stage.tries_again().await;
        assert_eq!(stage.bot_messages(post), 1, "{what}");
        assert_eq!(stage.sim.faults().clear(), 0, "{what}");
        assert!(stage.card(post).await.says("A human will answer by"));
        // It is known: edited, not made again.
        stage.eva.posts(post, "Which version?").unwrap();
        assert!(stage.card(post).await.says("There is an answer"), "{what}");
        stage.ends().await;
    }
}

#[tokio::test]
async fn an_alert_whose_answer_was_lost_pings_once() {
    for fault in [answer(500), Fault::CutAfter] {
        let stage = Stage::opens().await;
        let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
        stage.card(post).await;
        let path = format!("POST /channels/{}/messages", stage.staff_channel);
        stage.sim.faults().order(&path, ASKS, fault);
        stage.turns_to("2026-11-18T14:00:00Z").await;
        stage.tries_again().await;
        assert_eq!(stage.sim.faults().clear(), 0);
        assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
        assert_eq!(Stage::pings(&stage.eva), 1);
        stage.card(post).await;
        stage.ends().await;
    }
}

#[tokio::test]
async fn an_alert_that_was_sent_before_a_crash_is_found_again() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    let path = format!("POST /channels/{}/messages", stage.staff_channel);
    stage.sim.faults().order(&path, ASKS, Fault::CutAfter);
    stage.turns_to("2026-11-18T14:00:00Z").await;
    stage.bot_stops().await;
    // Longer than Discord remembers a nonce.
    stage.passes(TimeDelta::minutes(20)).await;
    stage.bot_starts().await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(Stage::pings(&stage.eva), 1);
    stage.news(stage.moderator_channel).await;
    stage.card(post).await;
    stage.ends().await;
}

/// Longer than anybody waits for an answer.
const FOR_EVER: Duration = Duration::from_hours(1);

/// For the 15 s that an attempt may take.
#[tokio::test]
async fn what_discord_takes_and_never_answers_is_said_once() {
    let stage = Stage::opens().await;
    let before = Instant::now();
    for fault in [Fault::Delay(FOR_EVER), Fault::DelayAnswer(FOR_EVER)] {
        let path = "POST /channels/*/messages";
        stage.sim.faults().order(path, 1, fault);
    }
    let posts = ["One", "Two"].map(|title| stage.ann.asks(stage.forum, title, "Please.").unwrap());
    for post in posts {
        stage.card(post).await;
        assert_eq!(stage.bot_messages(post), 1);
    }
    assert!(before.elapsed() >= Duration::from_secs(15));
    assert_eq!(stage.sim.faults().clear(), 0);
    stage.ends().await;
}

#[tokio::test]
async fn a_rate_limit_is_waited_for() {
    let stage = Stage::opens().await;
    let path = "POST /channels/*/messages";
    for (scope, headers) in [
        (Scope::User, true),
        (Scope::Shared, true),
        (Scope::Global, false),
    ] {
        let too_many = TooMany {
            retry_after: 0.4,
            scope,
            headers,
        };
        stage
            .sim
            .faults()
            .order(path, 1, Fault::RateLimited(too_many));
        let before = Instant::now();
        let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
        stage.card(post).await;
        assert!(before.elapsed() >= Duration::from_millis(400), "{scope:?}");
    }
    assert_eq!(stage.sim.faults().clear(), 0);
    assert_eq!(stage.sim.limiter().refused_requests(), 0);
    stage.ends().await;
}

#[tokio::test]
async fn what_may_not_be_said_is_kept_and_told_to_the_moderators_once() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    let bot = stage.bot.id();
    let channel = stage.staff_channel;
    let hide = |deny| {
        act(&stage.sim, |world| {
            world.set_overwrite(
                channel,
                Overwrite {
                    id: bot,
                    of: OverwriteOf::Member,
                    allow: 0,
                    deny,
                },
            )
        });
    };
    hide(permissions::SEND_MESSAGES);
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.store().list_dead().await.unwrap().len(), 1);
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1, "{news:#?}");
    assert!(news[0].says("I may not write in"), "{}", news[0].text());

    // Work goes on, and the moderators are told of each alert by its channel, not of the trouble.
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    stage.card(second).await;
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1, "{news:#?}");
    assert!(news[0].says("overdue"), "{}", news[0].text());
    let dead = stage.store().list_dead().await.unwrap();
    assert_eq!(stage.expects_errors().len(), dead.len());

    // Mended, and tried again with `sameday outbox --retry`.
    hide(0);
    for row in dead {
        stage.tries_dead_again(row.outbox_id).await;
    }
    // The warning is no longer true by now; that it is late still is.
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1, "{news:#?}");
    assert!(news[0].says("overdue") && news[0].says(&format!("<#{post}>")));
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    for thread in [post, second] {
        stage.card(thread).await;
    }
    stage.ends().await;
}

#[tokio::test]
async fn a_staff_channel_that_is_gone_is_told_and_stops_nothing() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    act(&stage.sim, |world| {
        world.vanish_channel(stage.staff_channel)
    });
    stage.settles().await;
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1, "{news:#?}");
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.store().list_dead().await.unwrap().len(), 1);
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    for thread in [post, second] {
        stage.card(thread).await;
    }
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    let more = stage.news(stage.moderator_channel).await;
    assert!(more.iter().any(|seen| seen.says("overdue")), "{more:#?}");
    assert_eq!(
        stage.expects_errors().len(),
        stage.store().list_dead().await.unwrap().len()
    );
    stage.ends_with_dead_letters().await;
}

#[tokio::test]
async fn a_card_that_a_moderator_deleted_stays_away_until_the_question_is_open_again() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    let card = stage.card(post).await;
    act(&stage.sim, |world| world.vanish_message(post, card.id()));
    stage.eva.posts(post, "Which version?").unwrap();
    stage.settles().await;
    stage.ann.posts(post, "1.4.").unwrap();
    stage.settles().await;
    assert_eq!(stage.bot_messages(post), 0);

    stage.passes(TimeDelta::minutes(1)).await;
    stage.runs(&stage.eva, post, "/resolve").await;
    assert_eq!(stage.bot_messages(post), 0);
    stage.passes(TimeDelta::minutes(1)).await;
    stage.ann.posts(post, "It is back.").unwrap();
    assert!(stage.card(post).await.says("Your new message is noted"));
    stage.ends().await;
}

#[tokio::test]
async fn an_archived_thread_is_woken_only_when_somebody_waits_there() {
    let stage = Stage::opens().await;
    let waits = stage.ann.asks(stage.forum, "Waits", "Please.").unwrap();
    let rests = stage.ann.asks(stage.forum, "Rests", "Please.").unwrap();
    for thread in [waits, rests] {
        stage.card(thread).await;
    }
    let card = stage.card(rests).await;
    for thread in [waits, rests] {
        act(&stage.sim, |world| {
            world.set_archived(stage.mia.id(), thread, true)
        });
    }
    stage.settles().await;
    assert!(
        stage.is_archived(waits) && stage.is_archived(rests),
        "nothing to say yet"
    );
    // Resolved from a button of the card, which does not wake the thread.
    stage.clicks(&stage.eva, &card, "Resolve").await;
    assert!(stage.is_archived(rests));
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert!(stage.is_archived(rests));
    assert!(!stage.is_archived(waits));
    assert!(stage.card(waits).await.says("The team has been reminded"));
    stage.card(rests).await;
    stage.ends().await;
}

#[tokio::test]
async fn nothing_is_said_in_a_locked_thread() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    // The bot may open it, and does not.
    act(&stage.sim, |world| {
        world.edit_role(stage.guild, stage.guild, |role| {
            role.permissions |= permissions::MANAGE_THREADS;
        })
    });
    act(&stage.sim, |world| {
        let edit = ThreadEdit {
            archived: Some(true),
            locked: Some(true),
            ..ThreadEdit::default()
        };
        world.edit_thread(stage.mia.id(), post, edit)
    });
    stage.settles().await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    // The promise stands all the same.
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert!(stage.card(post).await.says("A human will answer by"));
    assert!(stage.is_archived(post));

    stage.ends().await;
}

#[tokio::test]
async fn a_claimer_who_left_is_not_waited_for() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    let card = stage.card(post).await;
    stage.clicks(&stage.eva, &card, "Claim").await;
    stage.eva.leaves(stage.guild).unwrap();
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!((Stage::pings(&stage.eva), Stage::pings(&stage.tom)), (0, 1));
    stage.card(post).await;
    stage.ends().await;
}
