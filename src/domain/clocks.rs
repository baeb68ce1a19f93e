//! Clocks: where every promise of a ticket stands.
//!
//! ```text
//! Ticket + ServiceLevel + now  ->  clocks
//! ```
//!
//! | clock | runs from | to |
//! |---|---|---|
//! | first response | the question | the first answer that counts |
//! | next response | the asker's oldest unanswered message, or the reopening | the next answer that counts |
//! | second look | an answer of the community that stood unconfirmed for `confirm_within` | staff's answer |
//! | resolution | the question (or the reopening) | resolved, see [`resolution`] |
//! | promise | a date given in public | its being kept, see [`promise`] |
//!
//! * **Whose answer counts** is the policy's `answered_by`. Where it is `anyone`, an answer of the
//!   community stops the clock. Unless the asker writes again, confirms by resolving, or staff
//!   answers as well, the team owes a second look once `confirm_within` has passed: as much time as
//!   for a next response, counted from then, and only staff's answer stops it.
//! * A due time counts as kept in its very millisecond; a clock is overdue from the next one on.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::event::{ClockKind, Cycle};
use super::policy::{AnsweredBy, ServiceLevel, Stamp, Terms};
use super::target::{self, Due, Target};
use super::ticket::{End, Exchange, Owed, Ticket};
use super::{promise, resolution};

/// One promise and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Which promise.
    pub kind: ClockKind,
    /// Which run of it.
    pub cycle: Cycle,
    /// When it started: the instant of the message that is owed an answer.
    pub started_at: Timestamp,
    /// From when its time counts: where a change of priority has begun it anew, that change.
    pub counted_from: Timestamp,
    /// The warning point and the due time.
    pub due: Due,
    /// Where it stands.
    pub state: ClockState,
    /// When it stopped, if it did.
    pub stopped_at: Option<Timestamp>,
    /// Which policy it is under.
    pub stamp: Stamp,
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// There is time.
    Running,
    /// The warning point is passed, the due time is not.
    AtRisk,
    /// Late and still open.
    Overdue,
    /// It stands still while the asker is waited for, and is not late.
    Paused,
    /// Answered in time.
    Met,
    /// Answered late.
    Missed,
    /// Nothing is owed any more.
    Cancelled,
}

/// The clocks of a ticket: the first response and, once that is given, the latest of each other
/// kind, and every promise. Empty where no policy matches or nobody asked or promised yet.
pub fn clocks(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Vec<Clock> {
    clocks_of(ticket, rules, now, Wanted::All)
}

/// Those of a ticket's clocks that have not stopped: what was kept or missed is not asked for often,
/// and every due time is a walk through the calendar.
pub fn clocks_waiting(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Vec<Clock> {
    clocks_of(ticket, rules, now, Wanted::Waiting)
}

/// When the next clock of a ticket starts by itself.
pub fn next_start(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Option<Timestamp> {
    let look = SecondLook::find(ticket, rules, now)?;
    (look.starts_at > now).then_some(look.starts_at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Waiting,
}

fn clocks_of(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp, wanted: Wanted) -> Vec<Clock> {
    let first = |owed: &Owed| owed.first;
    let next = |owed: &Owed| owed.next;
    let owed = ticket.question.map(|_| {
        [
            response(ClockKind::FirstResponse, first, ticket, rules, now, wanted),
            response(ClockKind::NextResponse, next, ticket, rules, now, wanted),
            second_look(ticket, rules, now, wanted),
            (wanted == Wanted::All || ticket.is_open())
                .then(|| resolution::clock(ticket, rules, now))
                .flatten(),
        ]
    });
    let promised = promise::clocks(ticket, rules, now);
    let promised = promised.filter(|clock| wanted == Wanted::All || clock.is_waiting());
    let owed = owed.into_iter().flatten().flatten();
    owed.chain(promised).collect()
}

fn response(
    kind: ClockKind,
    of: impl Fn(&Owed) -> Option<Exchange>,
    ticket: &Ticket,
    rules: &ServiceLevel,
    now: Timestamp,
    wanted: Wanted,
) -> Option<Clock> {
    let (exchange, terms) = find_exchange(of, ticket, rules, now)?;
    if wanted == Wanted::Waiting && exchange.end.is_some() {
        return None;
    }
    let target = match kind {
        ClockKind::FirstResponse => terms.policy.first_response,
        ClockKind::NextResponse | ClockKind::SecondLook => terms.policy.next_response,
        ClockKind::Resolution => terms.policy.resolution,
        ClockKind::Promise => None,
    };
    let due = due(&terms, target?, terms.counted_from)?;
    Some(Clock {
        kind,
        cycle: exchange.cycle,
        started_at: exchange.asked_at,
        counted_from: terms.counted_from,
        due,
        state: state(exchange.end, due, now),
        stopped_at: exchange.end.map(End::at),
        stamp: terms.stamp,
    })
}

/// The exchange that a ticket's policy is about. Whose answer counts is the policy's to say, and
/// the policy may depend on when the exchange ended: so each rule's exchange is looked at with its
/// own end, and, where a change came after both, as of now.
fn find_exchange<'rules>(
    of: impl Fn(&Owed) -> Option<Exchange>,
    ticket: &Ticket,
    rules: &'rules ServiceLevel,
    now: Timestamp,
) -> Option<(Exchange, Terms<'rules>)> {
    let find = |until: fn(&Exchange, Timestamp) -> Timestamp| {
        [AnsweredBy::Staff, AnsweredBy::Anyone]
            .into_iter()
            .find_map(|rule| {
                let exchange = of(rule.owed(ticket))?;
                let until = until(&exchange, now);
                let terms = rules.find_terms(ticket, exchange.asked_at, until)?;
                (terms.policy.answered_by == rule).then_some((exchange, terms))
            })
    };
    find(|exchange, now| exchange.end.map_or(now, End::at)).or_else(|| find(|_, now| now))
}

/// The answer that a ticket's asker waits for, whether or not a time is promised for it, and the
/// terms it is under.
pub(super) fn find_waiting<'rules>(
    ticket: &Ticket,
    rules: &'rules ServiceLevel,
    now: Timestamp,
) -> Option<(ClockKind, Exchange, Terms<'rules>)> {
    let first = |owed: &Owed| owed.first;
    let next = |owed: &Owed| owed.next;
    let waits = |kind, of: &dyn Fn(&Owed) -> Option<Exchange>| {
        let (exchange, terms) = find_exchange(of, ticket, rules, now)?;
        exchange.end.is_none().then_some((kind, exchange, terms))
    };
    waits(ClockKind::FirstResponse, &first).or_else(|| waits(ClockKind::NextResponse, &next))
}

fn due(terms: &Terms<'_>, target: Target, from: Timestamp) -> Option<Due> {
    let policy = terms.policy;
    target::due(&target, &policy.warning, &policy.calendar, from)
}

pub(super) fn state(end: Option<End>, due: Due, now: Timestamp) -> ClockState {
    match end {
        Some(End::Answered { at }) if at <= due.due_at => ClockState::Met,
        Some(End::Answered { .. }) => ClockState::Missed,
        Some(End::Cancelled { .. }) => ClockState::Cancelled,
        None if now > due.due_at => ClockState::Overdue,
        None if now >= due.warn_at => ClockState::AtRisk,
        None => ClockState::Running,
    }
}

/// A second look that is owed, or will be unless something happens before.
struct SecondLook<'rules> {
    cycle: Cycle,
    starts_at: Timestamp,
    end: Option<End>,
    terms: Terms<'rules>,
    target: Target,
}

impl<'rules> SecondLook<'rules> {
    fn find(ticket: &Ticket, rules: &'rules ServiceLevel, now: Timestamp) -> Option<Self> {
        let doubt = ticket.unconfirmed?;
        let until = doubt.end.map_or(now, End::at);
        let terms = rules.find_terms(ticket, doubt.answered_at, until)?;
        if terms.policy.answered_by != AnsweredBy::Anyone {
            return None;
        }
        let within = terms.policy.confirm_within?;
        Some(Self {
            cycle: doubt.cycle,
            starts_at: terms.policy.calendar.add(doubt.answered_at, within)?,
            end: doubt.end,
            terms,
            target: terms.policy.next_response?,
        })
    }
}

fn second_look(
    ticket: &Ticket,
    rules: &ServiceLevel,
    now: Timestamp,
    wanted: Wanted,
) -> Option<Clock> {
    let look = SecondLook::find(ticket, rules, now)?;
    let started = match look.end {
        Some(_) if wanted == Wanted::Waiting => false,
        // What happens in the millisecond in which it would start spares it.
        Some(end) => look.starts_at < end.at(),
        None => look.starts_at <= now,
    };
    if !started {
        return None;
    }
    let counted_from = look.starts_at.max(look.terms.counted_from);
    let due = due(&look.terms, look.target, counted_from)?;
    Some(Clock {
        kind: ClockKind::SecondLook,
        cycle: look.cycle,
        started_at: look.starts_at,
        counted_from,
        due,
        state: state(look.end, due, now),
        stopped_at: look.end.map(End::at),
        stamp: look.terms.stamp,
    })
}

impl Clock {
    /// Whether somebody still waits.
    pub fn is_waiting(&self) -> bool {
        self.stopped_at.is_none()
    }

    /// Whether it is an answer that the asker waits for.
    pub fn is_response(&self) -> bool {
        match self.kind {
            ClockKind::FirstResponse | ClockKind::NextResponse | ClockKind::SecondLook => true,
            ClockKind::Resolution | ClockKind::Promise => false,
        }
    }

    /// The next instant at which its state changes by itself.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        match self.state {
            ClockState::Running => Some(self.due.warn_at),
            ClockState::AtRisk => self
                .due
                .due_at
                .checked_add_signed(TimeDelta::milliseconds(1)),
            ClockState::Overdue
            | ClockState::Paused
            | ClockState::Met
            | ClockState::Missed
            | ClockState::Cancelled => None,
        }
    }
}

#[cfg(test)]
mod tests;
