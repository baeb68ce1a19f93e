//! Snoozed, reminded, critical: how the team looks after its threads beside the promise.

use discord_sim::people::{Person, Seen};
use insta::assert_snapshot;
use sameday::domain::event::Priority;

use crate::stage::{Stage, Wishes, act};

async fn opens(attention: &str) -> Stage {
    let mut stage = Stage::set(Wishes {
        guild_settings: format!("[attention]\n{attention}"),
        ..Wishes::default()
    })
    .await;
    stage.bot_starts().await;
    stage
}

async fn queue(stage: &Stage, filter: &str) -> String {
    let typed = format!("/queue filter:{filter}");
    stage.runs(&stage.eva, stage.staff_channel, &typed).await
}

#[tokio::test]
async fn what_is_snoozed_is_out_of_the_queue_until_then_and_its_clocks_run_on() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let mut said = Vec::new();
    for (person, typed) in [
        (&stage.ann, "/snooze reason:later"),
        (&stage.ben, "/snooze reason:later until:yesterday"),
        (&stage.eva, "/snooze reason:later until:yesterday"),
        (
            &stage.eva,
            "/snooze reason:The vendor looks @everyone until:14:00",
        ),
    ] {
        let answer = stage.runs(person, post, typed).await;
        said.push(format!("{} {typed}: {answer}", person.name()));
    }
    said.push(queue(&stage, "All open").await);
    said.push(queue(&stage, "Snoozed").await);
    let said = stage.named(post, &said.join("\n"));
    assert_snapshot!(said, @r"
    Ann /snooze reason:later: The queue is the team's own matter.
    Ben /snooze reason:later until:yesterday: The queue is the team's own matter.
    Eva /snooze reason:later until:yesterday: That is past; write a date or time that is still ahead, like `tomorrow 15:00`.
    Eva /snooze reason:The vendor looks @everyone until:14:00: It is out of the queue. It comes back at that time or as soon as somebody else writes; `/queue filter:Snoozed` shows it. Its clocks run on.
    Nothing is open. Well done!
    **1 thread is snoozed**, longest wait first
    1. <#POST> · asked <t:1794992400:R> · due <t:1795017600:R> · unclaimed · snoozed until <t:1795006800:R> by <@EVA>: The vendor looks \@|everyone
    ");

    stage.turns_to("2026-11-18T13:00:00Z").await;
    assert!(queue(&stage, "All open").await.contains("1 open thread"));
    assert!(
        queue(&stage, "Snoozed")
            .await
            .contains("Nothing is snoozed")
    );
    // The promise was never put off.
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.card(post).await;
    let mut steps = Vec::new();
    for person in [&stage.ann, &stage.ben, &stage.eva] {
        let why = stage.runs(person, post, "/why").await;
        let step = why.lines().find(|line| line.contains("out of the queue"));
        steps.push(format!("{}: {}", person.name(), step.unwrap()));
    }
    // Why is for the team.
    assert_snapshot!(stage.named(post, &steps.join("\n")), @r"
    Ann: - <@EVA> put it out of the queue <t:1794992400:F> until <t:1795006800:F> or somebody else writes. Its clocks run on.
    Ben: - <@EVA> put it out of the queue <t:1794992400:F> until <t:1795006800:F> or somebody else writes. Its clocks run on.
    Eva: - <@EVA> put it out of the queue <t:1794992400:F> until <t:1795006800:F> or somebody else writes: The vendor looks \@|everyone. Its clocks run on.
    ");
    stage.ends().await;
}

#[tokio::test]
async fn a_reply_wakes_what_is_snoozed_and_a_deletion_takes_the_reason_along() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    stage
        .runs(&stage.eva, post, "/snooze reason:the vendor looks")
        .await;
    stage.eva.posts(post, "The vendor looks into it.").unwrap();
    assert!(
        queue(&stage, "Snoozed")
            .await
            .contains("1 thread is snoozed")
    );
    stage.ann.posts(post, "It is back again!").unwrap();
    stage.settles().await;
    assert!(
        queue(&stage, "Snoozed")
            .await
            .contains("Nothing is snoozed")
    );
    stage.card(post).await;
    stage.runs(&stage.eva, post, "/snooze reason:secret").await;
    let ticket = stage.ticket(post).await;
    act(&stage.sim, |world| {
        world.delete_channel(stage.mia.id(), post)
    });
    stage.settles().await;
    let events = stage.store().list_events(ticket).await.unwrap();
    let events = format!("{events:?}");
    assert!(events.contains("Snoozed") && !events.contains("secret") && !events.contains("vendor"));
    stage.ends().await;
}

#[tokio::test]
async fn an_asker_is_reminded_twice_kindly_and_nothing_is_ever_closed() {
    let stage = opens("remind_asker = [\"16h\", \"40h\"]").await;
    let post = stage.asked().await;
    stage.eva.posts(post, "Please try 1.5.").unwrap();
    // Wednesday 10:00 and 16 hours of support time: Friday at 10:00.
    stage.turns_to("2026-11-20T08:59:59.999Z").await;
    let early = stage.news(post).await;
    assert!(!early.iter().any(|seen| seen.says("did the answer help")));
    assert!(stage.ann.pinged().is_empty());
    stage.turns_to("2026-11-20T09:00:00Z").await;
    let first = stage.news(post).await;
    let first: Vec<_> = first
        .iter()
        .filter(|seen| seen.says("did the answer help"))
        .collect();
    assert_eq!((first.len(), stage.ann.pinged().len()), (1, 1));
    assert_eq!(stage.eva.pinged().len(), 0);

    stage.turns_to("2026-11-25T09:00:00Z").await;
    let second = stage.news(post).await;
    assert!(second.iter().any(|seen| seen.says("I won't ask again")));
    stage.turns_to("2027-03-01T09:00:00Z").await;
    assert!(stage.news(post).await.is_empty());
    assert_eq!(stage.ann.pinged().len(), 2);
    stage.card(post).await;
    let ticket = stage.ticket(post).await;
    let row = stage.store().load_ticket(ticket).await.unwrap();
    assert!(row.ticket.is_open(), "nothing is closed for being old");
    let why = stage.runs(&stage.eva, post, "/why").await;
    assert_eq!(why.matches("The asker was reminded").count(), 2, "{why}");
    stage.ends().await;
}

#[tokio::test]
async fn who_reacts_is_not_reminded_and_a_reminder_solves_with_one_press() {
    let stage = opens("remind_asker = [\"16h\"]").await;
    let (one, two) = (stage.asked().await, stage.asked().await);
    stage.eva.posts(one, "Please try 1.5.").unwrap();
    stage.eva.posts(two, "Please try 1.5.").unwrap();
    stage.turns_to("2026-11-19T15:00:00Z").await;
    stage
        .ann
        .posts(two, "It helps, but what about 1.6?")
        .unwrap();
    stage.turns_to("2026-11-20T09:00:00Z").await;
    let news = stage.news(one).await;
    let reminder = news.iter().find(|seen| seen.says("did the answer help"));
    let reminder = reminder.expect("a reminder in the silent thread");
    let news = stage.news(two).await;
    assert!(!news.iter().any(|seen| seen.says("did the answer help")));
    let refused = stage.clicks(&stage.ben, reminder, "Resolve").await;
    assert!(refused.contains("Only the person who asked"), "{refused}");
    let solved = stage.clicks(&stage.ann, reminder, "Resolve").await;
    assert!(solved.contains("Resolved"), "{solved}");
    for post in [one, two] {
        stage.card(post).await;
    }
    for channel in [stage.staff_channel, stage.moderator_channel] {
        stage.news(channel).await;
    }
    stage.ends().await;
}

async fn priority(stage: &Stage, post: u64) -> Priority {
    stage.settles().await;
    let ticket = stage.ticket(post).await;
    stage
        .store()
        .load_ticket(ticket)
        .await
        .unwrap()
        .ticket
        .priority
}

/// Presses a button below a question and waits until what was asked is done.
async fn confirms(person: &Person, question: &Seen, button: &str) {
    let pressed = person.clicks(question, button).unwrap();
    pressed.acknowledged().await.unwrap();
    let answered = |seen: &Seen| seen.id() == question.id() && seen.buttons().is_empty();
    person.waits(question.channel(), answered).await.unwrap();
}

#[tokio::test]
async fn staff_makes_a_question_critical_and_the_team_is_called_at_once() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    for person in [&stage.ann, &stage.ben] {
        let refused = stage.runs(person, post, "/critical").await;
        assert!(refused.contains("set by the team"), "{refused}");
    }
    let answer = stage.eva.runs(post, "/critical").unwrap();
    let question = answer.message().await.unwrap();
    assert!(stage.looks_at(&question).contains("Is production down"));
    assert_eq!(priority(&stage, post).await, Priority::Normal, "not yet");
    confirms(&stage.eva, &question, "Yes, it is critical").await;
    assert_eq!(priority(&stage, post).await, Priority::Critical);
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says("1 question cannot wait"), "{}", news[0].text());
    assert_eq!([&stage.eva, &stage.tom].map(Stage::pings), [1, 1]);
    let card = stage.card(post).await;
    assert!(card.says("Critical."), "{}", card.text());

    let answer = stage.tom.runs(post, "/critical").unwrap();
    let question = answer.message().await.unwrap();
    assert!(stage.looks_at(&question).contains("critical already"));
    confirms(&stage.tom, &question, "Make it normal again").await;
    assert_eq!(priority(&stage, post).await, Priority::Normal);
    stage.card(post).await;
    let mut stage = stage;
    stage.ends_unread().await;
}

/// Presses the card's button up to the form.
async fn form(stage: &Stage, person: &Person, post: u64) -> discord_sim::people::Modal {
    let card = stage.card(post).await;
    let pressed = person.clicks(&card, "Production is down").unwrap();
    let question = pressed.message().await.unwrap();
    assert!(stage.looks_at(&question).contains("at any hour"));
    let sure = person.clicks(&question, "Yes, production is down").unwrap();
    sure.modal().await.unwrap()
}

#[tokio::test]
async fn an_asker_says_that_production_is_down_after_a_question_and_a_form() {
    let stage = opens("production_down_per_day = 1").await;
    let post = stage.asked().await;
    let card = stage.card(post).await;
    assert_eq!(card.buttons(), ["Claim", "Resolve", "Production is down"]);
    for person in [&stage.ben, &stage.eva] {
        let pressed = person.clicks(&card, "Production is down").unwrap();
        let told = stage.looks_at(&pressed.message().await.unwrap());
        assert!(told.contains("Only the person who asked"), "{told}");
    }
    let window = form(&stage, &stage.ann, post).await;
    assert_eq!(priority(&stage, post).await, Priority::Normal, "not yet");
    let what = "Everything! @everyone **now**";
    let sent = window.submits(&[("what", what)]).unwrap();
    let told = stage.looks_at(&sent.message().await.unwrap());
    assert!(told.contains("The team has been called"), "{told}");
    assert_eq!(priority(&stage, post).await, Priority::Critical);
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    let people = [&stage.ann, &stage.ben, &stage.eva, &stage.tom, &stage.mia];
    assert_eq!(people.map(Stage::pings), [0, 0, 1, 1, 0]);
    let remark = stage.news(post).await;
    let remark = remark
        .iter()
        .find(|seen| seen.says("Production is down"))
        .unwrap();
    let said = stage.named(post, &remark.text());
    assert_snapshot!(said, @r"
    **Production is down**, says <@ANN>: Everything\! \@|everyone \*\*now\*\*
    Whoever is on duty has been called.
    [Why?]
    ");
    assert_eq!(stage.card(post).await.buttons(), ["Claim", "Resolve"]);

    // Once a day, whatever the thread and whether the bot was started again.
    let mut stage = stage;
    stage.bot_stops().await;
    stage.bot_starts().await;
    stage.news(stage.moderator_channel).await;
    let other = stage.asked().await;
    let card = stage.card(other).await;
    let pressed = stage.ann.clicks(&card, "Production is down").unwrap();
    let told = stage.looks_at(&pressed.message().await.unwrap());
    assert!(told.contains("as often as is possible"), "{told}");
    assert_eq!(priority(&stage, other).await, Priority::Normal);
    stage.turns_to("2026-11-19T09:30:00Z").await;
    let window = form(&stage, &stage.ann, other).await;
    // Two windows at once are one call.
    let again = form(&stage, &stage.ann, other).await;
    for window in [window, again] {
        let sent = window.submits(&[("what", "Again.")]).unwrap();
        let told = stage.looks_at(&sent.message().await.unwrap());
        assert!(told.contains("has been called"), "{told}");
    }
    let remarks = stage.news(other).await;
    let remarks = remarks.iter().filter(|seen| seen.says("says <@"));
    assert_eq!(remarks.count(), 1);
    assert_eq!(priority(&stage, other).await, Priority::Critical);
    stage.ends_unread().await;
}
