//! What happened while the bot was not there is found out, counted once and said honestly.

mod pace;
mod unread;

use std::time::Duration;

use chrono::TimeDelta;
use discord_sim::faults::Fault;
use discord_sim::gateway::{Counters, Door, Trouble};
use discord_sim::people::Seen;
use discord_sim::world::NewMessage;
use sameday::domain::ids::{ThreadId, UserId};
use sameday::domain::ticket::Status;
use serde_json::json;

use crate::stage::{Stage, Wishes, act, within};

/// 17:00 in Berlin on the Wednesday of the stage.
const DUE: i64 = 1_795_017_600;

#[tokio::test]
async fn after_a_short_stop_the_session_goes_on_and_nothing_is_said_about_it() {
    let mut stage = Stage::opens().await;
    let first = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    let answer = stage.eva.posts(first, "Wrong thread.").unwrap();
    stage.bot_stops().await;

    stage.passes(TimeDelta::minutes(2)).await;
    stage.eva.deletes(first, answer).unwrap();
    stage.ann.posts(first, "Anybody?").unwrap();
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    stage.eva.posts(second, "Which version?").unwrap();
    stage.ben.posts(second, "1.4.").unwrap();
    stage.bot_starts().await;

    let counters = stage.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 1));
    let store = stage.store();
    let row = store.load_ticket(stage.ticket(first).await).await.unwrap();
    assert_eq!((row.ticket.messages, row.ticket.first_staff_at), (2, None));
    let row = store.load_ticket(stage.ticket(second).await).await.unwrap();
    assert_eq!((row.ticket.messages, row.ticket.asker_messages), (3, 2));
    for thread in [first, second] {
        assert!(stage.card(thread).await.says(&format!("<t:{DUE}:F>")));
    }
    assert!(stage.news(stage.moderator_channel).await.is_empty());

    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    // Once more: nothing is said twice.
    stage.bot_stops().await;
    stage.bot_starts().await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    assert_eq!(Stage::pings(&stage.eva), 1);
    stage.ends().await;
}

#[tokio::test]
async fn after_a_long_absence_one_honest_message_says_what_happened() {
    let mut stage = Stage::opens().await;
    let late = stage.ann.asks(stage.forum, "Late", "Please.").unwrap();
    let answered = stage.ann.asks(stage.forum, "Answered", "Please.").unwrap();
    let resolved = stage.ann.asks(stage.forum, "Resolved", "Please.").unwrap();
    let deleted = stage.ann.asks(stage.forum, "Deleted", "Please.").unwrap();
    let archived = stage.ann.asks(stage.forum, "Archived", "Please.").unwrap();
    for thread in [late, answered, deleted, archived] {
        stage.card(thread).await;
    }
    let card = stage.card(resolved).await;
    stage.clicks(&stage.ann, &card, "Resolve").await;
    stage.bot_stops().await;
    let left_at = stage.now();
    stage.sim.gateway().forget_sessions();

    stage.turns_to("2026-11-18T12:00:00Z").await;
    stage.eva.posts(answered, "Here it is.").unwrap();
    act(&stage.sim, |world| world.vanish_channel(deleted));
    stage.ann.posts(archived, "Hello?").unwrap();
    act(&stage.sim, |world| {
        world.set_archived(stage.mia.id(), archived, true)
    });
    let post = stage.ben.asks(stage.forum, "New", "Please.").unwrap();
    stage.turns_to("2026-11-18T15:30:00Z").await;
    // After the last call: due tomorrow.
    let question = stage.ben.posts(stage.help, "And this?").unwrap();
    let thread = stage.starts_thread(&stage.tom, stage.help, question, "And this");
    stage.turns_to("2026-11-18T16:30:00Z").await;
    stage.bot_starts().await;

    let counters = stage.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (2, 0));
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 2, "the absence, and what is overdue: {news:#?}");
    let away = news.iter().find(|seen| seen.says("I was away")).unwrap();
    for words in [
        format!("<t:{}:F>", left_at.timestamp()),
        format!("<t:{}:F>", stage.now().timestamp()),
        "4 threads had news and are caught up".to_owned(),
        "3 fell overdue.".to_owned(),
    ] {
        assert!(away.says(&words), "{words}: {}", away.text());
    }
    let overdue = news.iter().find(|seen| !seen.says("I was away")).unwrap();
    let staff = stage.news(stage.staff_channel).await;
    assert_eq!(staff.len(), 1, "{staff:#?}");
    for said in [overdue, &staff[0]] {
        for thread in [late, archived, post] {
            assert!(said.says(&format!("<#{thread}>")), "{}", said.text());
        }
        for thread in [answered, resolved, deleted, thread] {
            assert!(!said.says(&format!("<#{thread}>")), "{}", said.text());
        }
    }
    assert_eq!(Stage::pings(&stage.mia), 1);

    let gone = stage.store().load_ticket(stage.ticket(deleted).await).await;
    assert!(matches!(gone.unwrap().ticket.status, Status::Gone { .. }));
    let row = stage.store().load_ticket(stage.ticket(thread).await).await;
    let asked = row.unwrap().ticket.question.unwrap();
    assert_eq!(asked.asker, UserId(stage.ben.id()));
    assert_eq!(asked.opened_at.to_rfc3339(), "2026-11-18T15:30:00+00:00");
    assert!(stage.card(answered).await.says("There is an answer"));
    for thread in [late, archived, post] {
        assert!(
            stage
                .card(thread)
                .await
                .says("This is later than we promised")
        );
    }
    assert!(stage.card(thread).await.says("A human will answer by"));
    stage.card(resolved).await;
    stage.ends().await;
}

#[tokio::test]
async fn a_warning_that_was_missed_is_given_after_the_absence() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "Soon", "Please.").unwrap();
    stage.card(post).await;
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.turns_to("2026-11-18T14:30:00Z").await;
    stage.bot_starts().await;
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says("1 came at risk."), "{}", news[0].text());
    assert!(news[0].says("Nothing happened in the threads meanwhile"));
    let staff = stage.news(stage.staff_channel).await;
    assert_eq!(staff.len(), 1);
    assert!(staff[0].says(&format!("<#{post}>")));
    // The same, had the bot been there all the time: no second warning, and overdue on time.
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(stage.news(stage.moderator_channel).await.len(), 1);
    stage.card(post).await;
    stage.ends().await;
}

/// Threads from before the bot: one that waits, one that is answered, one that is archived.
async fn older_threads(guild_settings: &str) -> (Stage, [u64; 3]) {
    let wishes = Wishes {
        guild_settings: guild_settings.to_owned(),
        ..Wishes::default()
    };
    let mut stage = Stage::set(wishes).await;
    let waits = stage.ann.asks(stage.forum, "Waits", "Please.").unwrap();
    let question = stage.ben.posts(stage.help, "How?").unwrap();
    let answered = stage.starts_thread(&stage.ben, stage.help, question, "How");
    stage.eva.posts(answered, "Like this.").unwrap();
    let archived = stage.ann.asks(stage.forum, "Asleep", "Please.").unwrap();
    act(&stage.sim, |world| {
        world.set_archived(stage.mia.id(), archived, true)
    });
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.bot_starts().await;
    (stage, [waits, answered, archived])
}

#[tokio::test]
async fn what_was_there_before_the_bot_never_alarms() {
    let (stage, [waits, answered, _]) = older_threads("").await;
    for thread in [waits, answered] {
        stage.ticket(thread).await;
        let seen = stage.mia.sees(thread).unwrap();
        assert!(!seen.iter().any(Seen::is_by_bot));
    }
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.sim.unread().is_empty());
    stage.ends().await;
}

#[tokio::test]
async fn what_was_there_before_the_bot_counts_from_when_the_settings_say() {
    let since = r#"enforce_from = "2026-11-18T08:00:00Z""#;
    let (stage, [waits, answered, archived]) = older_threads(since).await;
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    assert!(stage.card(waits).await.says(&format!("<t:{DUE}:F>")));
    stage.ticket(answered).await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    for thread in [waits, archived] {
        assert!(news[0].says(&format!("<#{thread}>")), "{}", news[0].text());
    }
    assert!(!news[0].says(&format!("<#{answered}>")));
    for thread in [waits, archived] {
        stage.card(thread).await;
    }
    stage.ends().await;
}

#[tokio::test]
async fn who_writes_in_a_thread_nobody_had_heard_of_is_heard() {
    let mut stage = Stage::set(Wishes::default()).await;
    let old = stage.ann.asks(stage.forum, "Old", "Long ago.").unwrap();
    act(&stage.sim, |world| {
        world.set_archived(stage.mia.id(), old, true)
    });
    let message = stage.ann.posts(stage.lounge, "Nice weather.").unwrap();
    let chat = stage.starts_thread(&stage.ann, stage.lounge, message, "Weather");
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.bot_starts().await;
    let known = |thread| stage.store().find_ticket_by_thread(ThreadId(thread));
    assert!(known(old).await.unwrap().is_none());

    // The first event of the thread is not its waking but the message.
    stage.sim.gateway().reorder_next(100);
    stage.ann.posts(old, "It is back.").unwrap();
    stage.ben.posts(chat, "Indeed.").unwrap();
    stage.sim.gateway().release_held(&stage.sim);
    stage.settles().await;
    let row = known(old).await.unwrap().unwrap();
    assert_eq!(row.ticket.asker_messages, 2);
    assert_eq!(
        row.ticket.question.unwrap().opened_at.to_rfc3339(),
        "2026-11-18T09:00:00+00:00"
    );
    assert!(known(chat).await.unwrap().is_none());
    stage.ends().await;
}

#[tokio::test]
async fn a_thread_with_more_news_than_a_page_is_read_to_its_end() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(post).await;
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.turns_to("2026-11-18T12:00:00Z").await;
    for number in 0..150 {
        let text = NewMessage::text(format!("Line {number}"));
        stage.ann.sends(post, text).unwrap();
    }
    stage.eva.posts(post, "Here it is.").unwrap();
    stage.bot_starts().await;
    let row = stage.store().load_ticket(stage.ticket(post).await).await;
    assert_eq!(row.unwrap().ticket.messages, 152);
    assert!(stage.card(post).await.says("There is an answer"));
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    assert!(
        news[0].says("1 thread had news and is caught up"),
        "{}",
        news[0].text()
    );
    stage.ends().await;
}

#[tokio::test]
async fn a_discord_that_answers_badly_is_asked_again() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(post).await;
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.passes(TimeDelta::hours(1)).await;
    stage.eva.posts(post, "Here it is.").unwrap();
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    let bad = Fault::Answer {
        status: 502,
        body: json!({"message": "502: Bad Gateway", "code": 0}),
    };
    let faults = stage.sim.faults();
    faults.order("GET /guilds/*/threads/active", 2, bad.clone());
    faults.order("GET /channels/*/threads/archived/public", 1, bad);
    faults.order("GET /channels/*/messages", 2, Fault::CutBefore);
    stage.bot_starts().await;
    assert_eq!(stage.sim.faults().clear(), 0);
    assert!(stage.card(post).await.says("There is an answer"));
    assert!(stage.card(second).await.says("A human will answer by"));
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says("2 threads had news and are caught up"));
    stage.ends().await;
}

#[tokio::test]
async fn while_the_gateway_is_down_discord_is_asked_before_anybody_is_alarmed() {
    let stage = Stage::opens().await;
    let answered = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    let waits = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    for thread in [answered, waits] {
        stage.card(thread).await;
    }
    stage.passes(TimeDelta::minutes(1)).await;
    let gateway = stage.sim.gateway();
    let left_at = stage.now();
    gateway.trouble(|trouble| trouble.mute = true);
    gateway.cut();
    // Who comes again has noticed.
    let patience = Duration::from_mins(1);
    let again = gateway.until(patience, |_, counters| counters.connections == 2);
    again.await.unwrap();
    gateway.trouble(|trouble| trouble.door = Door::Refusing);
    gateway.forget_sessions();
    gateway.cut();
    // The first look after two minutes without a word finds the answer.
    stage.eva.posts(answered, "Here it is.").unwrap();
    stage.hand.set(left_at + TimeDelta::minutes(2));
    let told = |seen: &Seen| seen.says("There is an answer");
    stage.mia.waits(answered, told).await.unwrap();
    // A question that comes now is found as well, and who is late is warned.
    let third = stage.ann.asks(stage.forum, "Third", "Please.").unwrap();
    stage.hand.set("2026-11-18T14:00:00Z".parse().unwrap());
    let warning = stage.tom.expects(stage.staff_channel, |_| true).await;
    let warning = warning.unwrap();
    for (thread, warned) in [(answered, false), (waits, true), (third, true)] {
        let says = warning.says(&format!("<#{thread}>"));
        assert_eq!(says, warned, "{}", warning.text());
    }

    gateway.trouble(|trouble| *trouble = Trouble::default());
    assert!(stage.card(third).await.says("The team has been reminded"));
    assert!(stage.news(stage.staff_channel).await.is_empty());
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    for words in [
        format!("I was away from <t:{}:F>", left_at.timestamp()),
        "2 threads had news and are caught up; 2 came at risk.".to_owned(),
    ] {
        assert!(news[0].says(&words), "{}", news[0].text());
    }
    for thread in [answered, waits] {
        stage.card(thread).await;
    }
    stage.ends().await;
}

#[tokio::test]
async fn when_the_gateway_is_back_and_nothing_was_missed_all_goes_on() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(post).await;
    stage.passes(TimeDelta::minutes(1)).await;
    let gateway = stage.sim.gateway();
    gateway.trouble(|trouble| trouble.mute = true);
    gateway.cut();
    let patience = Duration::from_mins(1);
    let again = gateway.until(patience, |_, counters| counters.connections == 2);
    again.await.unwrap();
    stage.eva.posts(post, "Here it is.").unwrap();
    stage.hand.set(stage.now() + TimeDelta::minutes(2));
    let told = |seen: &Seen| seen.says("There is an answer");
    stage.mia.waits(post, told).await.unwrap();

    gateway.trouble(|trouble| trouble.mute = false);
    // Decisions were held; this one is made at once again.
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    assert!(stage.card(second).await.says("A human will answer by"));
    let counters = gateway.counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 1));
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    stage.card(post).await;
    stage.ends().await;
}

/// The requests of a comparison among all that were made.
pub(crate) fn comparing(stage: &Stage) -> Vec<String> {
    let asked = stage
        .sim
        .take_requests()
        .into_iter()
        .map(|asked| asked.what);
    asked
        .filter(|what| {
            what.starts_with("GET /channels/") && what.ends_with("/messages")
                || what.contains("/threads/active")
                || what.contains("/threads/archived")
        })
        .collect()
}

#[tokio::test]
async fn a_session_that_goes_on_after_a_restart_asks_discord_nothing() {
    let mut stage = Stage::opens().await;
    let first = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(first).await;
    assert!(!comparing(&stage).is_empty(), "the first start asks");
    for _ in 0..2 {
        stage.bot_stops().await;
        stage.eva.posts(first, "Which version?").unwrap();
        stage.ann.posts(first, "1.4.").unwrap();
        stage.bot_starts().await;
        assert_eq!(comparing(&stage), Vec::<String>::new());
    }
    let row = stage.store().load_ticket(stage.ticket(first).await).await;
    assert_eq!(row.unwrap().ticket.messages, 5);
    assert_eq!(stage.sim.gateway().counters().resumed, 2);
    // Decisions go on as well.
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.card(first).await;
    stage.ends().await;
}

#[tokio::test]
async fn a_start_that_resumes_a_moment_later_asks_discord_nothing_at_all() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(post).await;
    stage.bot_stops().await;
    stage.passes(TimeDelta::minutes(2)).await;
    stage.sim.take_requests();
    stage.bot_starts().await;
    // Whoever is answered is answered by a bot that has told Discord all it has to tell.
    stage.runs(&stage.eva, stage.lounge, "/queue").await;
    let asked = |stage: &Stage| -> Vec<String> {
        let asked = stage.sim.take_requests().into_iter();
        let asked = asked.map(|asked| asked.what);
        let answers = ["POST /interactions/", "PATCH /webhooks/"];
        let unasked = |what: &String| !answers.iter().any(|answer| what.starts_with(answer));
        asked.filter(unasked).collect()
    };
    assert_eq!(asked(&stage), Vec::<String>::new());
    assert_eq!(stage.sim.gateway().counters().resumed, 1);

    // After a longer absence everything may be different.
    stage.bot_stops().await;
    stage.passes(TimeDelta::minutes(11)).await;
    stage.bot_starts().await;
    stage.runs(&stage.eva, stage.lounge, "/queue").await;
    let asked = asked(&stage);
    for what in ["GET /gateway/bot", "GET /applications/@me"] {
        assert!(
            asked.iter().any(|asked| asked == what),
            "{what}: {asked:#?}"
        );
    }
    stage.ends_unread().await;
}

#[tokio::test]
async fn a_new_session_reads_only_threads_in_which_somebody_wrote() {
    let mut stage = Stage::opens().await;
    let [quiet, busy] =
        ["Quiet", "Busy"].map(|title| stage.ann.asks(stage.forum, title, "Please.").unwrap());
    for thread in [quiet, busy] {
        stage.card(thread).await;
    }
    stage.passes(TimeDelta::minutes(2)).await;
    let late = stage.ben.asks(stage.forum, "Late", "Please.").unwrap();
    stage.card(late).await;
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.eva.posts(busy, "Which version?").unwrap();
    stage.sim.take_requests();
    stage.bot_starts().await;
    let read = comparing(&stage);
    let reads = |thread| read.contains(&format!("GET /channels/{thread}/messages"));
    // What was written last may have come out of order.
    assert_eq!(
        [quiet, busy, late].map(reads),
        [false, true, true],
        "{read:#?}"
    );
    assert!(stage.card(busy).await.says("There is an answer"));
    stage.ends_unread().await;
}

#[tokio::test]
async fn what_a_stop_left_undone_is_done_after_the_restart_although_the_session_goes_on() {
    let mut stage = Stage::opens().await;
    let first = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    stage.card(first).await;
    stage.bot_stops().await;
    stage.eva.posts(first, "Which version?").unwrap();
    stage.sim.gateway().forget_sessions();
    let bad = Fault::Answer {
        status: 502,
        body: json!({"message": "502: Bad Gateway", "code": 0}),
    };
    stage
        .sim
        .faults()
        .order("GET /guilds/*/threads/active", 1_000, bad);
    stage.bot_comes().await;
    let identified = |_: &[_], counters: &Counters| counters.identifies == 2;
    let gateway = stage.sim.gateway();
    gateway
        .until(Duration::from_mins(1), identified)
        .await
        .unwrap();
    // Heard over the new session, so that its position is written.
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    let heard = stage.sim.gateway().sessions()[0].seq;
    within("it is heard", stage.app().heard_up_to(0, heard)).await;
    stage.bot_stops().await;

    assert!(stage.sim.faults().clear() > 0);
    stage.bot_starts().await;
    let counters = stage.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (2, 1));
    assert!(stage.card(first).await.says("There is an answer"));
    stage.card(second).await;
    stage.ends_unread().await;
}

#[tokio::test]
async fn a_channel_that_is_watched_anew_is_read_although_the_session_goes_on() {
    let mut stage = Stage::opens().await;
    let message = stage.ann.posts(stage.lounge, "Nice weather?").unwrap();
    let chat = stage.starts_thread(&stage.ann, stage.lounge, message, "Weather");
    stage.bot_stops().await;
    let (help, both) = (
        format!("\"{}\"]", stage.help),
        format!("\"{}\", \"{}\"]", stage.help, stage.lounge),
    );
    stage.rewrites_settings(&help, &both);
    stage.bot_starts().await;
    assert_eq!(stage.sim.gateway().counters().resumed, 1);
    // From before it was watched: tracked, and never alarming.
    let row = stage.store().load_ticket(stage.ticket(chat).await).await;
    assert_eq!(row.unwrap().ticket.asker_messages, 1);
    stage.ends().await;
}

#[tokio::test]
async fn started_again_and_again_the_bot_identifies_no_faster_than_discord_allows() {
    let mut stage = Stage::set(Wishes::default()).await;
    let gateway = stage.sim.gateway();
    gateway.configure(|options| options.identify_pause = Duration::from_secs(5));
    for starts in 1..=3 {
        stage.bot_starts().await;
        // Had one come too soon, it would have been refused and come again.
        assert_eq!(stage.sim.gateway().counters().identifies, starts);
        stage.bot_stops().await;
        stage.sim.gateway().forget_sessions();
    }
    stage.bot_starts().await;
    stage.ends().await;
}
