use proptest::prelude::*;

use super::*;
use crate::domain::event::{ClockKind, Trigger};
use crate::domain::ids::{MessageId, ThreadId};
use crate::domain::promise::PromiseEnd;

const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
const EVA: UserId = UserId(3);

/// A message `minute` minutes after Discord's epoch.
fn said(minute: u64, author: UserId, staff: bool) -> Event {
    Event::message_posted(message(minute), author, staff)
}

fn message(minute: u64) -> MessageId {
    MessageId((minute * 60_000) << 22)
}

fn by_command(minute: u64, fact: Fact) -> Event {
    Event::of_snowflake((minute * 60_000) << 22 | 7, fact)
}

#[test]
fn community_and_staff_answer_as_two_facts() {
    let ticket = Ticket::fold([
        said(0, ANN, false),
        said(5, ANN, false),
        said(10, BEN, false),
        said(20, EVA, true),
    ]);
    assert_eq!(ticket.asker(), Some(ANN));
    assert_eq!(ticket.asker_messages, 2);
    assert_eq!(ticket.first_community_at, Some(message(10).instant()));
    assert_eq!(ticket.first_staff_at, Some(message(20).instant()));
    let ended = |owed: &Owed| owed.first.and_then(|exchange| exchange.end);
    let at = message(10).instant();
    assert_eq!(ended(&ticket.owed_by_anyone), Some(End::Answered { at }));
    let at = message(20).instant();
    assert_eq!(ended(&ticket.owed_by_staff), Some(End::Answered { at }));
}

#[test]
fn the_oldest_unanswered_message_starts_the_next_response() {
    let ticket = Ticket::fold([
        said(0, ANN, false),
        said(1, EVA, true),
        said(2, ANN, false),
        said(3, ANN, false),
    ]);
    let waiting = ticket.owed_by_staff.waiting().unwrap();
    assert_eq!(waiting.asked_at, message(2).instant());
    assert_eq!(ticket.owed_by_staff.exchanges, 2);
}

/// Otherwise it would be said again whenever the ticket is looked at.
#[test]
fn an_alert_by_a_clock_that_was_set_back_is_not_forgotten() {
    let cycle = Cycle(message(30).0);
    let alert = Alert {
        clock: ClockKind::NextResponse,
        cycle,
        trigger: Trigger::Started,
        due_at: message(90).instant(),
        minutes: 0,
        again: 0,
    };
    let mut events = vec![
        said(0, ANN, false),
        said(5, EVA, true),
        said(10, ANN, false),
        said(20, EVA, true),
        said(30, ANN, false),
        Event::alert_raised(alert, message(2).instant()),
    ];
    assert_eq!(Ticket::fold(events.clone()).raised, [alert]);
    events.extend([said(40, EVA, true), said(50, ANN, false)]);
    assert!(Ticket::fold(events).raised.is_empty());
}

#[test]
fn a_community_answer_leaves_what_staff_owes() {
    let ticket = Ticket::fold([
        said(0, ANN, false),
        said(1, BEN, false),
        said(2, ANN, false),
    ]);
    assert_eq!(
        ticket.owed_by_staff.waiting().unwrap().asked_at,
        message(0).instant()
    );
    assert_eq!(
        ticket.owed_by_anyone.waiting().unwrap().asked_at,
        message(2).instant()
    );
}

#[test]
fn staff_who_asks_is_an_asker() {
    let ticket = Ticket::fold([said(0, EVA, true), said(1, EVA, true)]);
    assert_eq!(ticket.first_staff_at, None);
    assert_eq!(ticket.asker_messages, 2);
}

#[test]
fn resolving_ends_what_is_owed_and_the_asker_reopens_by_writing() {
    let mut events = vec![
        said(0, ANN, false),
        by_command(1, Fact::Resolved { by: EVA }),
    ];
    let resolved = Ticket::fold(events.clone());
    assert!(!resolved.is_open() && resolved.owed_by_anyone.waiting().is_none());
    events.push(said(2, ANN, false));
    let reopened = Ticket::fold(events);
    assert!(reopened.is_open());
    assert_eq!(
        reopened.owed_by_anyone.waiting().unwrap().asked_at,
        message(2).instant()
    );
}

#[test]
fn somebody_else_writing_does_not_reopen() {
    let ticket = Ticket::fold([
        said(0, ANN, false),
        by_command(1, Fact::Resolved { by: ANN }),
        said(2, EVA, true),
    ]);
    assert!(!ticket.is_open());
    assert_eq!(ticket.first_staff_at, Some(message(2).instant()));
}

#[test]
fn a_deleted_answer_answers_nobody() {
    let ticket = Ticket::fold([
        said(0, ANN, false),
        said(1, EVA, true),
        Event::message_deleted(message(1)),
    ]);
    assert_eq!(ticket.first_staff_at, None);
    assert!(ticket.owed_by_staff.waiting().is_some());
}

#[test]
fn a_deleted_question_owes_nothing_but_was_asked() {
    let ticket = Ticket::fold([said(0, ANN, false), Event::message_deleted(message(0))]);
    assert_eq!(ticket.asker(), Some(ANN));
    assert_eq!(ticket.asker_messages, 0);
    assert!(ticket.owed_by_anyone.waiting().is_none());
}

#[test]
fn two_people_who_claim_one_after_the_other_leave_the_last() {
    // The ledger refuses the second; the fold only adds up what was recorded.
    let ticket = Ticket::fold([
        by_command(1, Fact::Claimed { by: EVA }),
        by_command(2, Fact::Released { by: EVA }),
        by_command(3, Fact::Claimed { by: BEN }),
    ]);
    assert_eq!(ticket.claim.unwrap().by, BEN);
}

fn promised(minute: u64, until: u64) -> Event {
    let fact = Fact::Promised {
        by: EVA,
        until: message(until).instant(),
        note: "the fix".to_owned(),
    };
    by_command(minute, fact)
}

#[test]
fn a_reopening_before_the_date_takes_back_that_resolving_kept_the_promise() {
    let resolved = |minute| by_command(minute, Fact::Resolved { by: EVA });
    let mut events = vec![said(0, ANN, false), promised(1, 60), resolved(10)];
    let kept = Ticket::fold(events.clone());
    let at = by_command(10, Fact::ThreadDeleted).key.at;
    assert_eq!(kept.promise(), None);
    assert_eq!(kept.promises[0].end, Some(PromiseEnd::Resolved { at }));
    events.push(said(20, ANN, false));
    assert!(Ticket::fold(events.clone()).promise().is_some());
    events.extend([resolved(30), said(61, ANN, false)]);
    assert_eq!(Ticket::fold(events).promise(), None, "the date is past");
}

#[test]
fn another_date_takes_the_place_of_the_first_which_stands_in_the_history() {
    let withdrawn = by_command(20, Fact::PromiseWithdrawn { by: BEN });
    let ticket = Ticket::fold([promised(1, 60), promised(10, 90), withdrawn]);
    let ends: Vec<_> = ticket.promises.iter().map(|it| it.end).collect();
    let at = |minute| by_command(minute, Fact::ThreadDeleted).key.at;
    assert_eq!(
        ends,
        [
            Some(PromiseEnd::Replaced { at: at(10) }),
            Some(PromiseEnd::Withdrawn { at: at(20) })
        ]
    );
}

fn any_event() -> impl Strategy<Value = Event> {
    let author = prop_oneof![Just((ANN, false)), Just((BEN, false)), Just((EVA, true))];
    let fact = (0_u64..40, author, 0_u8..18);
    fact.prop_map(|(minute, (author, staff), kind)| match kind {
        0 => by_command(minute, Fact::Claimed { by: author }),
        1 => by_command(minute, Fact::Released { by: author }),
        2 => by_command(minute, Fact::Resolved { by: author }),
        3 => by_command(minute, Fact::Reopened { by: author }),
        4 => Event::message_deleted(message(minute)),
        5 => Event::alert_raised(
            Alert {
                clock: ClockKind::FirstResponse,
                cycle: Cycle(message(minute).0),
                trigger: Trigger::AtRisk,
                due_at: message(minute + 60).instant(),
                minutes: 0,
                again: 0,
            },
            message(minute + 30).instant(),
        ),
        7 => by_command(minute, Fact::ClaimLapsed { by: author }),
        8 => by_command(
            minute,
            Fact::Acknowledged {
                by: author,
                until: message(minute + 60).instant(),
            },
        ),
        9 => by_command(
            minute,
            Fact::PrioritySet {
                by: author,
                priority: Priority::Critical,
            },
        ),
        10 => by_command(
            minute,
            Fact::Snoozed {
                by: author,
                until: None,
                reason: "later".to_owned(),
            },
        ),
        11 => by_command(minute, Fact::AskerReminded { before: 0 }),
        12 => promised(minute, minute + 20),
        13 => by_command(minute, Fact::PromiseKept { by: author }),
        14 => by_command(minute, Fact::PromiseWithdrawn { by: author }),
        6 => Event::thread_created(ThreadId(message(minute).0), ChannelId(9), Vec::new()),
        _ => said(minute, author, staff),
    })
}

proptest! {
    /// However the events are cut into batches, in whatever order they come and however often:
    /// the ticket is the one that folding them all gives.
    #[test]
    fn a_fold_is_the_same_in_any_batching(
        events in prop::collection::vec(any_event(), 0..40),
        seed in any::<u64>(),
    ) {
        // One snowflake has one author: keep the first of each key, as the ledger does.
        let mut known: Vec<Event> = Vec::new();
        for event in events {
            if known.iter().all(|other| other.key != event.key) {
                known.push(event);
            }
        }
        let whole = Ticket::fold(known.clone());
        let mut shuffled = known;
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let mut ticket = Ticket::default();
        let mut seen: Vec<Event> = Vec::new();
        for event in shuffled.iter().chain(shuffled.iter().take(3)) {
            seen.push(event.clone());
            if ticket.extend(event) == Extended::FoldAgain {
                ticket = Ticket::fold(seen.clone());
            }
        }
        prop_assert_eq!(ticket, whole);
    }
}
