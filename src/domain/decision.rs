//! Decisions: from a ticket, a promise and the time to what must be said and when to ask again.
//!
//! ```text
//! Ticket + ServiceLevel + now  ->  clocks   where every promise stands
//!                              ->  decide   what to record, what to say, when to ask again
//! ```

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::clocks::next_start;
pub use super::clocks::{Clock, ClockState, clocks, clocks_waiting};
use super::escalation;
use super::event::{Alert, ClockKind, Event, Priority};
use super::ids::{ChannelId, UserId};
use super::ladder::Telling;
use super::lease::{self, LeaseState};
use super::policy::ServiceLevel;
use super::promise;
use super::remark::Remark;
use super::reminder;
use super::ticket::{Status, Ticket};

/// What to do about a ticket now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Facts to record.
    pub events: Vec<Event>,
    /// What to say, in order.
    pub effects: Vec<Effect>,
    /// When to decide again, if nothing happens before.
    pub wake_at: Option<Timestamp>,
    /// The promise that the asker waits for.
    pub waiting: Option<Clock>,
}

/// Something to say or do outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make the card in the thread show this.
    ShowCard(Face),
    /// Tell an audience that a trigger was passed.
    SendAlert {
        /// What happened.
        alert: Alert,
        /// Who is told, and where.
        telling: Telling,
    },
    /// Say this in the thread.
    Remark(Remark),
}

/// Who an alert is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Staff, in the staff channel.
    Staff,
    /// The moderators, in their channel.
    Moderators,
    /// Whoever reads this channel.
    Channel(ChannelId),
}

/// What the card in a thread shows: it is edited when this changes, and only then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// Where the ticket stands.
    pub standing: Standing,
    /// Who has it.
    pub claimed_by: Option<UserId>,
    /// How urgent it is.
    pub priority: Priority,
    /// The date that was promised, while it is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Promised>,
}

/// A date on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Who gave it.
    pub by: UserId,
    /// The date.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub until: Timestamp,
    /// Whether it has passed.
    pub lapsed: bool,
}

/// The one thing to know about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// The asker waits for an answer.
    Waiting {
        /// Which promise runs.
        clock: ClockKind,
        /// Where it stands: running, at risk or overdue.
        state: ClockState,
        /// When the answer is due.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        due_at: Timestamp,
    },
    /// The asker waits, but nothing is promised for this.
    Unpromised,
    /// The last word is somebody else's than the asker's.
    Answered,
    /// Resolved.
    Resolved {
        /// By whom.
        by: UserId,
    },
    /// The thread is gone.
    Gone,
}

/// What to record and say about a ticket at `now`, and when to ask again.
///
/// `shown` is what the card shows or was last ordered to show; `None` while there is no card.
pub fn decide(
    ticket: &Ticket,
    rules: &ServiceLevel,
    shown: Option<&Face>,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::default();
    if !rules.judges(ticket) {
        // A date that was given is kept watch of however old the question is.
        let promise = promise::running(ticket, rules, now);
        decision.escalate(ticket, rules, promise.as_slice(), now);
        return decision;
    }
    let clocks = clocks_waiting(ticket, rules, now);
    let lease = lease::state(ticket, rules, now);
    let lapsed = matches!(lease, Some(LeaseState::Ended { .. }));
    let holder = ticket.claim.map(|claim| claim.by).filter(|_| !lapsed);
    if let Some(face) = next_face(ticket, &clocks, holder, shown) {
        decision.effects.push(Effect::ShowCard(face));
    }
    if let Some(LeaseState::Ended { by }) = lease {
        decision.events.push(Event::claim_lapsed(by, now));
        let remark = Remark::ClaimLapsed { by };
        decision.effects.push(Effect::Remark(remark));
    }
    let (warning, lease_wakes_at) = match lease {
        Some(LeaseState::Warn(alert)) => (Some(alert), Some(alert.due_at)),
        Some(LeaseState::WarnedAt(at) | LeaseState::EndsAt(at)) => (None, Some(at)),
        Some(LeaseState::Ended { .. }) | None => (None, None),
    };
    let reminder = reminder::next(ticket, rules);
    if let (Some((at, before)), Some(asker)) = (reminder, ticket.asker())
        && at <= now
    {
        decision.events.push(Event::asker_reminded(before, now));
        let remark = Remark::AskerReminded { asker, before };
        decision.effects.push(Effect::Remark(remark));
    }
    decision.escalate(ticket, rules, &clocks, now);
    if let Some(warning) = warning.filter(|warning| !ticket.raised.contains(warning)) {
        decision.raise(warning, vec![Telling::of_claim()], now);
    }
    // What is due now is decided again with the reminder in the ticket.
    let reminder_wakes_at = reminder.map(|(at, _)| at.max(now));
    let wakes = decision.wake_at.into_iter();
    let wakes = wakes
        .chain(lease_wakes_at)
        .chain(next_start(ticket, rules, now))
        .chain(reminder_wakes_at);
    decision.wake_at = wakes.min();
    decision.waiting = clocks.into_iter().find(Clock::is_response);
    decision
}

impl Decision {
    /// Tells what these clocks have reached, and wakes when they reach more.
    fn escalate(
        &mut self,
        ticket: &Ticket,
        rules: &ServiceLevel,
        clocks: &[Clock],
        now: Timestamp,
    ) {
        let escalation = escalation::escalate(ticket, rules, clocks, now);
        for (alert, tell) in escalation.alerts {
            self.raise(alert, tell, now);
        }
        let wakes = clocks.iter().filter_map(Clock::wake_at);
        self.wake_at = wakes.chain(escalation.wake_at).min();
    }

    fn raise(&mut self, alert: Alert, tell: Vec<Telling>, now: Timestamp) {
        self.events.push(Event::alert_raised(alert, now));
        let told = tell.into_iter();
        let effects = told.map(|telling| Effect::SendAlert { alert, telling });
        self.effects.extend(effects);
    }
}

/// Whether an alert that was raised is still true, asked again just before it is sent.
pub fn still_true(ticket: &Ticket, rules: &ServiceLevel, alert: &Alert, now: Timestamp) -> bool {
    let clocks = clocks(ticket, rules, now);
    escalation::still_true(ticket, rules, &clocks, alert, now)
}

/// What a ticket's card shows at `now`.
pub fn face(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Face {
    let holder = ticket.claim.map(|claim| claim.by);
    face_of(ticket, &clocks(ticket, rules, now), holder)
}

fn face_of(ticket: &Ticket, clocks: &[Clock], holder: Option<UserId>) -> Face {
    let waiting = clocks
        .iter()
        .find(|clock| clock.is_response() && clock.is_waiting());
    let standing = match (ticket.status, waiting) {
        (Status::Resolved { by, .. }, _) => Standing::Resolved { by },
        (Status::Gone { .. }, _) => Standing::Gone,
        (Status::Open, Some(clock)) => Standing::Waiting {
            clock: clock.kind,
            state: clock.state,
            due_at: clock.due.due_at,
        },
        (Status::Open, None) if ticket.owed_by_anyone.waiting().is_some() => Standing::Unpromised,
        (Status::Open, None) => Standing::Answered,
    };
    let mut clocks = clocks.iter();
    let promise = clocks.find(|clock| clock.kind == ClockKind::Promise && clock.is_waiting());
    Face {
        standing,
        claimed_by: holder,
        priority: ticket.priority,
        promised: promise
            .zip(ticket.promise())
            .map(|(clock, promise)| Promised {
                by: promise.by,
                until: promise.until,
                lapsed: clock.state == ClockState::Overdue,
            }),
    }
}

/// The face to order, if the card has to change. The first card comes while somebody waits: a
/// thread that was answered before we saw it is left in peace.
fn next_face(
    ticket: &Ticket,
    clocks: &[Clock],
    holder: Option<UserId>,
    shown: Option<&Face>,
) -> Option<Face> {
    let face = face_of(ticket, clocks, holder);
    let wanted = match (face.standing, shown) {
        (Standing::Gone, _) => false,
        (Standing::Waiting { .. }, None) => true,
        (Standing::Unpromised | Standing::Answered | Standing::Resolved { .. }, None) => {
            face.claimed_by.is_some() || face.promised.is_some()
        }
        (_, Some(shown)) => *shown != face,
    };
    wanted.then_some(face)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::domain::calendar::Calendar;
    use crate::domain::event::{Fact, Trigger};
    use crate::domain::ids::{DISCORD_EPOCH_MILLIS, MessageId};
    use crate::domain::policy::{AnsweredBy, Changes, Match, Policy, PriorityChange, Version};
    use crate::domain::ticket::Extended;

    const ANN: UserId = UserId(1);
    const BEN: UserId = UserId(2);
    const EVA: UserId = UserId(3);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn snowflake(instant: &str) -> u64 {
        let millis = at(instant).timestamp_millis() - DISCORD_EPOCH_MILLIS;
        millis.cast_unsigned() << 22
    }

    fn said(instant: &str, author: UserId, staff: bool) -> Event {
        Event::message_posted(MessageId(snowflake(instant)), author, staff)
    }

    /// The team's table: critical 1 h around the clock by staff, everything else the same day.
    fn rules(answered_by: AnsweredBy) -> ServiceLevel {
        let weekdays = [
            chrono::Weekday::Mon,
            chrono::Weekday::Tue,
            chrono::Weekday::Wed,
            chrono::Weekday::Thu,
            chrono::Weekday::Fri,
        ];
        let support = Calendar::week(Tz::UTC)
            .open(weekdays, "09:00-17:00".parse().unwrap())
            .build()
            .unwrap();
        let policy =
            |name: &str, priority, calendar, target: &str, warning: &str, answered_by| Policy {
                when: Match {
                    priority,
                    ..Match::default()
                },
                warning: warning.parse().unwrap(),
                answered_by,
                ..Policy::of(name, calendar).answering(target.parse().unwrap())
            };
        let critical = Some(Priority::Critical);
        ServiceLevel::of(
            vec![
                policy(
                    "critical",
                    critical,
                    Calendar::always(Tz::UTC),
                    "1h",
                    "50%",
                    AnsweredBy::Staff,
                ),
                policy("same day", None, support, "same day", "2h", answered_by),
            ],
            at("2026-01-01T00:00:00Z"),
        )
    }

    fn states(ticket: &Ticket, rules: &ServiceLevel, now: &str) -> Vec<(ClockKind, ClockState)> {
        clocks(ticket, rules, at(now))
            .iter()
            .map(|clock| (clock.kind, clock.state))
            .collect()
    }

    /// Wednesday, 10:00.
    const ASKED: &str = "2026-11-18T10:00:00Z";

    #[test]
    fn a_question_runs_comes_at_risk_and_falls_overdue() {
        let rules = rules(AnsweredBy::Anyone);
        let mut ticket = Ticket::fold([said(ASKED, ANN, false)]);

        let first = decide(&ticket, &rules, None, at(ASKED));
        assert!(first.events.is_empty());
        let [Effect::ShowCard(shown)] = first.effects[..] else {
            panic!("{:?}", first.effects)
        };
        assert_eq!(
            shown.standing,
            Standing::Waiting {
                clock: ClockKind::FirstResponse,
                state: ClockState::Running,
                due_at: at("2026-11-18T17:00:00Z"),
            }
        );
        assert_eq!(first.wake_at, Some(at("2026-11-18T15:00:00Z")));

        let second = decide(&ticket, &rules, Some(&shown), at("2026-11-18T15:00:00Z"));
        let [
            Effect::ShowCard(shown),
            Effect::SendAlert { alert, ref telling },
        ] = second.effects[..]
        else {
            panic!("{:?}", second.effects)
        };
        assert_eq!(
            (alert.trigger, telling.audience),
            (Trigger::AtRisk, Audience::Staff)
        );
        assert_eq!(second.wake_at, Some(at("2026-11-18T17:00:00.001Z")));
        for event in &second.events {
            assert_eq!(ticket.extend(event), Extended::Yes);
        }
        assert_eq!(
            decide(&ticket, &rules, Some(&shown), at("2026-11-18T16:00:00Z")).effects,
            []
        );

        let third = decide(
            &ticket,
            &rules,
            Some(&shown),
            at("2026-11-18T17:00:00.001Z"),
        );
        let told: Vec<Audience> = third
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::SendAlert { telling, .. } => Some(telling.audience),
                Effect::ShowCard(_) | Effect::Remark(_) => None,
            })
            .collect();
        assert_eq!(told, [Audience::Staff, Audience::Moderators]);
        assert_eq!(third.wake_at, None);
    }

    #[test]
    fn an_answer_in_the_very_millisecond_of_the_due_time_keeps_the_promise() {
        let rules = rules(AnsweredBy::Anyone);
        let due = "2026-11-18T17:00:00Z";
        let waiting = Ticket::fold([said(ASKED, ANN, false)]);
        assert_eq!(
            states(&waiting, &rules, due),
            [(ClockKind::FirstResponse, ClockState::AtRisk)]
        );
        let kept = Ticket::fold([said(ASKED, ANN, false), said(due, BEN, false)]);
        assert_eq!(
            states(&kept, &rules, due),
            [(ClockKind::FirstResponse, ClockState::Met)]
        );
        let late = Ticket::fold([
            said(ASKED, ANN, false),
            said("2026-11-18T17:00:00.001Z", BEN, false),
        ]);
        assert_eq!(
            states(&late, &rules, "2026-11-19T09:00:00Z"),
            [(ClockKind::FirstResponse, ClockState::Missed)]
        );
    }

    #[test]
    fn only_staff_stops_a_clock_that_staff_must_answer() {
        let rules = rules(AnsweredBy::Staff);
        let ticket = Ticket::fold([
            said(ASKED, ANN, false),
            said("2026-11-18T11:00:00Z", BEN, false),
        ]);
        assert_eq!(
            states(&ticket, &rules, "2026-11-18T12:00:00Z"),
            [(ClockKind::FirstResponse, ClockState::Running)]
        );
    }

    #[test]
    fn two_messages_of_the_asker_are_owed_one_answer_from_the_first() {
        let rules = rules(AnsweredBy::Anyone);
        let ticket = Ticket::fold([
            said(ASKED, ANN, false),
            said("2026-11-18T11:00:00Z", EVA, true),
            said("2026-11-18T14:00:00Z", ANN, false),
            said("2026-11-18T16:00:00Z", ANN, false),
        ]);
        let clocks = clocks(&ticket, &rules, at("2026-11-18T16:30:00Z"));
        assert_eq!(clocks.len(), 2);
        assert_eq!(clocks[1].kind, ClockKind::NextResponse);
        assert_eq!(clocks[1].started_at, at("2026-11-18T14:00:00Z"));
        assert_eq!(clocks[1].due.due_at, at("2026-11-18T17:00:00Z"));
        assert_eq!(clocks[1].state, ClockState::AtRisk);
    }

    #[test]
    fn a_priority_raised_after_the_new_target_has_passed_is_overdue_at_once_and_said_once() {
        let mut rules = rules(AnsweredBy::Anyone);
        let changes = Changes {
            priority: PriorityChange::Recompute,
            ..Changes::default()
        };
        let first = rules.newest().clone();
        rules = ServiceLevel::new(Version { changes, ..first }, rules.enforce_from);
        let raised = Event::of_snowflake(
            snowflake("2026-11-18T12:00:00Z"),
            Fact::PrioritySet {
                by: EVA,
                priority: Priority::Critical,
            },
        );
        let mut ticket = Ticket::fold([said(ASKED, ANN, false), raised]);
        let now = at("2026-11-18T12:00:00Z");
        let decision = decide(&ticket, &rules, None, now);
        let triggers: Vec<Fact> = decision
            .events
            .iter()
            .map(|event| event.fact.clone())
            .collect();
        let [Fact::AlertRaised(alert)] = triggers[..] else {
            panic!("{triggers:?}")
        };
        assert_eq!(alert.trigger, Trigger::Overdue);
        assert_eq!(alert.due_at, at("2026-11-18T11:00:00Z"));
        for event in &decision.events {
            assert_eq!(ticket.extend(event), Extended::Yes);
        }
        assert!(decide(&ticket, &rules, None, now).events.is_empty());
    }

    #[test]
    fn what_was_overlooked_for_long_is_overdue_and_never_also_at_risk() {
        let rules = rules(AnsweredBy::Anyone);
        let ticket = Ticket::fold([said(ASKED, ANN, false)]);
        let decision = decide(&ticket, &rules, None, at("2026-11-20T09:00:00Z"));
        assert_eq!(decision.events.len(), 1);
        assert!(decision.effects.iter().all(|effect| !matches!(
            effect,
            Effect::SendAlert { alert, .. } if alert.trigger == Trigger::AtRisk
        )));
    }

    #[test]
    fn older_tickets_are_tracked_and_never_alarm() {
        let mut rules = rules(AnsweredBy::Anyone);
        rules.enforce_from = at("2026-11-18T10:00:00.001Z");
        let ticket = Ticket::fold([said(ASKED, ANN, false)]);
        assert_eq!(
            decide(&ticket, &rules, None, at("2026-11-20T09:00:00Z")),
            Decision::default()
        );
    }

    #[test]
    fn an_alert_is_dropped_once_it_is_no_longer_true() {
        let rules = rules(AnsweredBy::Anyone);
        let asked = Ticket::fold([said(ASKED, ANN, false)]);
        let now = at("2026-11-18T15:30:00Z");
        let decision = decide(&asked, &rules, None, now);
        let Some(Effect::SendAlert { alert, .. }) = decision.effects.last() else {
            panic!("{:?}", decision.effects)
        };
        assert!(still_true(&asked, &rules, alert, now));
        let answered = Ticket::fold([
            said(ASKED, ANN, false),
            said("2026-11-18T15:29:00Z", EVA, true),
        ]);
        assert!(!still_true(&answered, &rules, alert, now));
        // Overdue by now: the overdue alert says it.
        assert!(!still_true(
            &asked,
            &rules,
            alert,
            at("2026-11-18T17:00:01Z")
        ));
    }

    #[test]
    fn a_resolved_ticket_owes_nothing() {
        let rules = rules(AnsweredBy::Anyone);
        let resolved = Event::of_snowflake(
            snowflake("2026-11-18T12:00:00Z"),
            Fact::Resolved { by: ANN },
        );
        let ticket = Ticket::fold([said(ASKED, ANN, false), resolved]);
        assert_eq!(
            states(&ticket, &rules, "2026-11-20T12:00:00Z"),
            [(ClockKind::FirstResponse, ClockState::Cancelled)]
        );
        let decision = decide(&ticket, &rules, None, at("2026-11-20T12:00:00Z"));
        assert_eq!(decision, Decision::default());
    }
}
