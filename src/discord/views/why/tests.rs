use insta::assert_snapshot;

use super::*;
use crate::discord::views::fixture::{
    ANN, ASKER, FORUM, GUILD, MODERATORS, STAFF, at, rules, snowflake,
};
use crate::domain::attention::Pinged;
use crate::domain::decision::Audience;
use crate::domain::event::{Alert, Cycle, Trigger};
use crate::domain::ids::{MessageId, ThreadId, TicketId};
use crate::domain::reach::{PassedOver, Ping, Reason};
use crate::domain::ticket::Ticket;

const THREAD: ThreadId = ThreadId(100);

fn message(when: Timestamp, author: UserId) -> Event {
    Event::message_posted(MessageId(snowflake(when)), author, author == ANN)
}

fn did(when: Timestamp, fact: Fact) -> Event {
    Event::of_snowflake(snowflake(when) + 1, fact)
}

fn explained(events: &[Event], alerts: &[AlertRow], now: Timestamp) -> String {
    let mut ordered = events.to_vec();
    ordered.sort_by_key(|event| event.key);
    let row = TicketRow {
        ticket_id: TicketId(1),
        guild: GUILD,
        thread: THREAD,
        channel: FORUM,
        title: String::new(),
        archived: false,
        locked: false,
        ticket: Ticket::fold(ordered.iter().cloned()),
        shown: None,
        card_message: None,
    };
    let message = why(&row, &ordered, alerts, &rules(), now, true);
    assert!(message.content.is_empty());
    message.embeds[0].description.clone()
}

fn alert_row(trigger: Trigger, audience: Audience, state: OutboxState) -> AlertRow {
    AlertRow {
        outbox_id: 1,
        alert: Alert {
            clock: ClockKind::FirstResponse,
            cycle: Cycle(snowflake(at(1, 14, 30))),
            trigger,
            due_at: at(1, 17, 0),
            minutes: 0,
            again: 0,
        },
        audience,
        ping: Ping::default(),
        ordered_at: at(1, 15, 0),
        state,
        finished_at: Some(at(1, 15, 1)),
        message: None,
        reason: None,
    }
}

#[test]
fn a_whole_history() {
    let events = [
        message(at(1, 14, 30), ASKER),
        did(at(1, 15, 20), Fact::Claimed { by: ANN }),
        message(at(1, 16, 40), ANN),
        message(at(1, 16, 50), ASKER),
        message(at(2, 14, 0), ANN),
        did(at(2, 15, 0), Fact::Resolved { by: ASKER }),
        did(at(3, 18, 0), Fact::Reopened { by: ASKER }),
    ];
    let alerts = [
        alert_row(Trigger::AtRisk, Audience::Staff, OutboxState::Delivered),
        alert_row(Trigger::Overdue, Audience::Staff, OutboxState::Dropped),
        alert_row(Trigger::Overdue, Audience::Moderators, OutboxState::Dead),
    ];
    assert_snapshot!(explained(&events, &alerts, at(4, 9, 30)), @"
    <@40> asked <t:1795440600:F>: [this message](https://discord.com/channels/10/100/1574416731340800000)
    **Policy same day:** first answer: the same support day (last call 2 h before closing); later answers: within 4 h of support time; warning: 2 h before. An answer by anybody but the asker counts. Support hours are those of Europe/Berlin.
    **First answer:** the clock started <t:1795440600:F> with [this message](https://discord.com/channels/10/100/1574416731340800000). Due <t:1795449600:F>, warning <t:1795442400:F>. It came before that day's last call (<t:1795442400:t>), so that day's closing counts (<t:1795449600:t>). Support hours on the due day: <t:1795420800:t> to <t:1795449600:t>. Answered by <@41> (team) <t:1795448400:F>, after 2 h 10 min: in time.
    **Later answer:** the clock started <t:1795449000:F> with [this message](https://discord.com/channels/10/100/1574451963494400000). Due <t:1795521000:F>, warning <t:1795513800:F>. That is 4 h of support time, counted from <t:1795449000:F>. Support hours on the due day: <t:1795507200:t> to <t:1795536000:t>. Answered by <@41> (team) <t:1795525200:F>, after 21 h 10 min: too late.
    **Later answer:** the clock started <t:1795626000:F> with the reopening. Due <t:1795694400:F>, warning <t:1795687200:F>. That is 4 h of support time, counted from <t:1795680000:F>. Support hours on the due day: <t:1795680000:t> to <t:1795708800:t>. There is time.
    **Now:** an answer is due <t:1795694400:F> (<t:1795694400:R>).
    **With the team:** 7 h 20 min until it was resolved <t:1795528800:F> for the first time, 7 h 50 min in all so far (in support time, without waiting for the asker).
    **Alerts:**
    - **At risk** (due <t:1795449600:F>) to the team: sent <t:1795442460:F>.
    - **Overdue** (due <t:1795449600:F>) to the team: not sent <t:1795442460:F>, because it was no longer true.
    - **Overdue** (due <t:1795449600:F>) to the moderators: could not be sent, given up <t:1795442460:F>.
    **Steps:**
    - <@41> claimed it <t:1795443600:F>.
    - <@40> resolved it <t:1795528800:F>.
    - <@40> reopened it <t:1795626000:F>.
    ");
}

#[test]
fn after_last_call_and_on_a_closed_day() {
    assert_snapshot!(explained(&[message(at(1, 15, 30), ASKER)], &[], at(1, 16, 0)), @"
    <@40> asked <t:1795444200:F>: [this message](https://discord.com/channels/10/100/1574431830835200000)
    **Policy same day:** first answer: the same support day (last call 2 h before closing); later answers: within 4 h of support time; warning: 2 h before. An answer by anybody but the asker counts. Support hours are those of Europe/Berlin.
    **First answer:** the clock started <t:1795444200:F> with [this message](https://discord.com/channels/10/100/1574431830835200000). Due <t:1795536000:F>, warning <t:1795528800:F>. It came after that day's last call (<t:1795442400:t>), so the next support day's closing counts. Support hours on the due day: <t:1795507200:t> to <t:1795536000:t>. There is time.
    **Now:** an answer is due <t:1795536000:F> (<t:1795536000:R>).
    **Alerts:** none.
    ");
    let saturday = at(6, 11, 0);
    assert_snapshot!(explained(&[message(saturday, ASKER)], &[], saturday), @"
    <@40> asked <t:1795860000:F>: [this message](https://discord.com/channels/10/100/1576175822438400000)
    **Policy same day:** first answer: the same support day (last call 2 h before closing); later answers: within 4 h of support time; warning: 2 h before. An answer by anybody but the asker counts. Support hours are those of Europe/Berlin.
    **First answer:** the clock started <t:1795860000:F> with [this message](https://discord.com/channels/10/100/1576175822438400000). Due <t:1796054400:F>, warning <t:1796047200:F>. There is no support on that day, so the next support day's closing counts. Support hours on the due day: <t:1796025600:t> to <t:1796054400:t>. There is time.
    **Now:** an answer is due <t:1796054400:F> (<t:1796054400:R>).
    **Alerts:** none.
    ");
}

#[test]
fn a_deleted_answer_never_was() {
    let answer = message(at(1, 10, 0), ANN);
    let Fact::MessagePosted { message: id, .. } = answer.fact else {
        panic!("a message");
    };
    let events = [
        message(at(1, 9, 30), ASKER),
        answer,
        Event::message_deleted(id),
    ];
    let text = explained(&events, &[], at(1, 11, 0));
    assert!(text.contains("There is time."), "{text}");
    assert!(!text.contains("Answered"), "{text}");
}

#[test]
fn a_deleted_question_owes_nothing_until_the_next() {
    let question = message(at(1, 9, 30), ASKER);
    let Fact::MessagePosted { message: id, .. } = question.fact else {
        panic!("a message");
    };
    let events = [
        Event::thread_created(THREAD, FORUM, Vec::new()),
        question,
        Event::message_deleted(id),
        message(at(1, 10, 0), ASKER),
        message(at(1, 10, 30), ANN),
    ];
    let text = explained(&events, &[], at(1, 11, 0));
    assert!(text.contains("after 30 min: in time."), "{text}");
}

#[test]
fn what_was_never_judged() {
    assert_snapshot!(explained(&[], &[], at(1, 9, 0)), @"Nobody has asked anything here yet, so no clock runs.");
    let old = at(1, 0, 0) - chrono::TimeDelta::hours(1);
    assert_snapshot!(explained(&[message(old, ASKER)], &[], at(1, 9, 0)), @"
    <@40> asked <t:1795384800:F>: [this message](https://discord.com/channels/10/100/1574182689177600000)
    This question is older than the promise, so it is listed but never counted as late.
    ");
}

#[test]
fn the_longest_history_fits() {
    let mut events = Vec::new();
    for n in 0..2_000 {
        let who = if n % 2 == 0 { ASKER } else { ANN };
        events.push(message(at(1, 9, 0) + chrono::TimeDelta::minutes(n), who));
        events.push(did(
            at(1, 9, 0) + chrono::TimeDelta::minutes(n),
            Fact::Claimed {
                by: UserId(u64::MAX),
            },
        ));
    }
    let alerts = vec![alert_row(Trigger::Overdue, Audience::Moderators, OutboxState::Dead); 50];
    let text = explained(&events, &alerts, at(4, 9, 0));
    assert!(text.chars().count() <= DESCRIPTION_LIMIT);
    assert!(text.contains("in between left out"), "{text}");
    assert!(text.contains("**Now:**"), "{text}");
}

#[test]
fn who_was_called_and_who_was_not_is_said() {
    let mut alert = alert_row(Trigger::Overdue, Audience::Staff, OutboxState::Delivered);
    alert.alert.minutes = 90;
    alert.alert.again = 2;
    alert.ping = Ping {
        people: vec![ANN],
        roles: vec![STAFF],
        passed_over: vec![
            PassedOver {
                whom: Pinged::Person(UserId(77)),
                why: Reason::Quiet,
            },
            PassedOver {
                whom: Pinged::Role(MODERATORS),
                why: Reason::Busy,
            },
        ],
    };
    let events = [
        message(at(1, 14, 30), ASKER),
        did(
            at(1, 15, 20),
            Fact::Acknowledged {
                by: ANN,
                until: at(1, 16, 20),
            },
        ),
    ];
    let explained = explained(&events, &[alert], at(1, 15, 30));
    let (_, told) = explained.split_once("**Alerts:**\n").unwrap();
    assert_snapshot!(told, @r#"
    - **Overdue**, 1 h 30 min later, said again (2) (due <t:1795449600:F>) to the team: sent <t:1795442460:F>, for <@41> and <@&30> instead of <@77>, who has quiet hours, and <@&31>, who was called often enough within the hour.
    **Steps:**
    - <@41> said <t:1795443600:F>: "I have it until <t:1795447200:F>"; nobody else was called meanwhile.
    "#);
}
