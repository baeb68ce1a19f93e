//! Promises: a date that somebody on the team gave in public, and what became of it.
//!
//! ```text
//! given ──warning point──> who gave it is reminded ──date──> lapsed: the ladder, from "overdue" on
//!   ├── kept: somebody on the team says so, or the ticket is resolved
//!   ├── withdrawn, or another date takes its place
//!   └── the thread is deleted
//! ```
//!
//! * The date stays what was said: no change of priority or of settings moves it. The policy says
//!   when who gave it is reminded, and whom its ladder tells once it has lapsed; the ladder's
//!   `claimer` is then who gave it.
//! * A message keeps no promise, because nobody knows whether it holds what was promised.
//! * Once the date has passed a promise was missed, however it ends.
//! * A reopening before the date takes back that resolving kept it: it runs on to the same date.
//!   After the date it stays as it was, and what is owed is an answer.
//! * A date is kept watch of however old the question is.

use serde::{Deserialize, Serialize};

use super::clocks::{Clock, ClockState, state};
use super::event::{Alert, ClockKind, Cycle, Trigger};
use super::ids::UserId;
use super::policy::{Policy, ServiceLevel};
use super::target::{Due, until_warning};
use super::ticket::{End, Ticket};
use super::{SupportDuration, Timestamp};

/// A date that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The snowflake of the click that gave it.
    pub cycle: Cycle,
    /// Who gave it.
    pub by: UserId,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub given_at: Timestamp,
    /// The date.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub until: Timestamp,
    /// What became of it, if it does not run any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PromiseEnd>,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum PromiseEnd {
    /// Somebody on the team said that it is kept.
    Kept {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// The ticket was resolved.
    Resolved {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// Somebody on the team took it back.
    Withdrawn {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// Another date took its place.
    Replaced {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// The thread was deleted.
    Gone {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
}

impl PromiseEnd {
    /// When.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Kept { at }
            | Self::Resolved { at }
            | Self::Withdrawn { at }
            | Self::Replaced { at }
            | Self::Gone { at } => at,
        }
    }
}

impl Ticket {
    /// The promise that runs.
    pub fn promise(&self) -> Option<&Promise> {
        self.promises.last().filter(|last| last.end.is_none())
    }

    /// Who has to see to what an alert is about: who gave the promise, else who has the ticket.
    pub fn holder(&self, alert: &Alert) -> Option<UserId> {
        match alert.clock {
            ClockKind::Promise => {
                let mut given = self.promises.iter();
                given
                    .find(|promise| promise.cycle == alert.cycle)
                    .map(|promise| promise.by)
            }
            ClockKind::FirstResponse
            | ClockKind::NextResponse
            | ClockKind::SecondLook
            | ClockKind::Resolution => self.claim.map(|claim| claim.by),
        }
    }

    pub(super) fn end_promise(&mut self, end: PromiseEnd) {
        if let Some(promise) = self.promises.last_mut() {
            promise.end.get_or_insert(end);
        }
    }

    /// It was reopened: what resolving had kept before its date runs on.
    pub(super) fn resume_promise(&mut self, at: Timestamp) {
        if let Some(promise) = self.promises.last_mut()
            && matches!(promise.end, Some(PromiseEnd::Resolved { .. }))
            && at <= promise.until
        {
            promise.end = None;
        }
    }
}

/// The clocks of all promises of a ticket, in order.
pub(super) fn clocks(
    ticket: &Ticket,
    rules: &ServiceLevel,
    now: Timestamp,
) -> impl Iterator<Item = Clock> {
    let promises = ticket.promises.iter();
    promises.filter_map(move |promise| clock(promise, ticket, rules, now))
}

/// The clock of the promise that runs.
pub(super) fn running(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Option<Clock> {
    clock(ticket.promise()?, ticket, rules, now)
}

fn clock(
    promise: &Promise,
    ticket: &Ticket,
    rules: &ServiceLevel,
    now: Timestamp,
) -> Option<Clock> {
    let stopped_at = promise.end.map(PromiseEnd::at);
    let terms = rules.find_terms(ticket, promise.given_at, stopped_at.unwrap_or(now))?;
    let due = Due {
        due_at: promise.until,
        warn_at: warn_at(promise, terms.policy)?,
    };
    Some(Clock {
        kind: ClockKind::Promise,
        cycle: promise.cycle,
        started_at: promise.given_at,
        counted_from: promise.given_at,
        due,
        state: state(promise.end.map(|end| judged(end, promise.until)), due, now),
        stopped_at,
        stamp: terms.stamp,
    })
}

/// The warning point in support time, as with every target; where there is none before the date, by
/// the clock on the wall.
fn warn_at(promise: &Promise, policy: &Policy) -> Option<Timestamp> {
    let (calendar, from) = (&policy.calendar, promise.given_at);
    let support = calendar.between(from, promise.until);
    let warn_at = if support == SupportDuration::ZERO {
        let whole = promise.until.signed_duration_since(from);
        from.checked_add_signed(until_warning(policy.warning, whole))?
    } else {
        let length = until_warning(policy.warning, support.length());
        calendar.add(from, SupportDuration::new(length))?
    };
    Some(warn_at.min(promise.until))
}

/// What an end counts for. What is taken back after its date was missed all the same.
fn judged(end: PromiseEnd, until: Timestamp) -> End {
    match end {
        PromiseEnd::Kept { at } | PromiseEnd::Resolved { at } => End::Answered { at },
        PromiseEnd::Withdrawn { at } | PromiseEnd::Replaced { at } if at > until => {
            End::Answered { at }
        }
        PromiseEnd::Withdrawn { at } | PromiseEnd::Replaced { at } | PromiseEnd::Gone { at } => {
            End::Cancelled { at }
        }
    }
}

/// The reminder of who gave a promise, while it is at risk.
pub(super) fn reminder(clock: &Clock) -> Option<Alert> {
    let due = clock.kind == ClockKind::Promise && clock.state == ClockState::AtRisk;
    due.then_some(Alert {
        clock: clock.kind,
        cycle: clock.cycle,
        trigger: Trigger::AtRisk,
        due_at: clock.due.due_at,
        minutes: 0,
        again: 0,
    })
}
