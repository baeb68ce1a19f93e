//! The resolution: how long a ticket was with the team before it was resolved.
//!
//! * It stands still while the last word is not the asker's, and while the ticket is resolved. Its
//!   due time is the instant at which the time with the team, taken together, has come to the
//!   target: a corrected history corrects the clock. Where it is used up when the asker is
//!   answered, the clock is overdue as soon as it is the team's turn again.
//! * A reopening goes on with it or begins anew, see [`policy`](super::policy). The figures are two
//!   in any case: until it was resolved for the first time, and in all.

use chrono::TimeDelta;

use super::clocks::{Clock, ClockState};
use super::event::{ClockKind, Cycle};
use super::policy::{Reopening, ServiceLevel, Terms};
use super::target::{self, Due, Target};
use super::ticket::{End, Status, Ticket};
use super::turns::Span;
use super::{Calendar, SupportDuration, Timestamp};

/// How long a ticket was with the team, in the support time of its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Until it was resolved for the first time, and when that was.
    pub first: Option<(SupportDuration, Timestamp)>,
    /// In all, until it was resolved for the last time or until now.
    pub total: SupportDuration,
    /// Whether it goes on.
    pub open: bool,
}

/// The two figures of a ticket's resolution; `None` where nobody asked or no policy is for it.
pub fn spent(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Option<Spent> {
    let question = ticket.question?;
    let until = match ticket.status {
        Status::Open => now,
        Status::Resolved { at, .. } | Status::Gone { at } => at,
    };
    let terms = rules.find_terms(ticket, question.opened_at, until)?;
    let calendar = &terms.policy.calendar;
    let spans = ticket.turns.with_team(terms.policy.answered_by);
    let sum = |until: Timestamp| {
        let lengths = spans.iter().map(|span| {
            let end = span.until.map_or(until, |end| end.min(until));
            calendar.between(span.from, end).length()
        });
        SupportDuration::new(lengths.sum())
    };
    Some(Spent {
        first: ticket.first_resolved_at.map(|at| (sum(at), at)),
        total: sum(until),
        open: ticket.is_open(),
    })
}

/// The clock of the resolution, where a length is promised.
pub(super) fn clock(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Option<Clock> {
    let question = ticket.question?;
    let end = match ticket.status {
        Status::Open => None,
        Status::Resolved { at, .. } => Some(End::Answered { at }),
        Status::Gone { at } => Some(End::Cancelled { at }),
    };
    let until = end.map_or(now, End::at);
    let (mut cycle, mut started_at) = (Cycle(question.message.0), question.opened_at);
    let mut terms = rules.find_terms(ticket, started_at, until)?;
    if let (Reopening::Reset, Some(again)) = (terms.changes.reopening, ticket.reopened) {
        (cycle, started_at) = (again.cycle, again.at);
        terms = rules.find_terms(ticket, started_at, until)?;
    }
    let measure = Measure::of(&terms)?;
    let spans = ticket.turns.with_team(terms.policy.answered_by);
    if spans.is_empty() {
        return None;
    }
    let spans = since(spans, terms.counted_from);
    let due = measure.due(&terms, &spans)?;
    let late = spans
        .iter()
        .any(|span| span.until.unwrap_or(until) > due.due_at);
    let runs = spans.last().is_some_and(|span| span.until.is_none());
    let state = match end {
        Some(End::Answered { .. }) if late => ClockState::Missed,
        Some(End::Answered { .. }) => ClockState::Met,
        Some(End::Cancelled { .. }) => ClockState::Cancelled,
        None if late => ClockState::Overdue,
        None if !runs => ClockState::Paused,
        None if now >= due.warn_at => ClockState::AtRisk,
        None => ClockState::Running,
    };
    Some(Clock {
        kind: ClockKind::Resolution,
        cycle,
        started_at,
        counted_from: terms.counted_from,
        due,
        state,
        stopped_at: end.map(End::at),
        stamp: terms.stamp,
    })
}

/// The spans, without what lies before an instant and without those that held no time.
fn since(spans: Vec<Span>, from: Timestamp) -> Vec<Span> {
    spans
        .into_iter()
        .map(|span| Span {
            from: span.from.max(from),
            ..span
        })
        .filter(|span| span.until.is_none_or(|until| until > span.from))
        .collect()
}

/// How the time with the team is counted.
struct Measure<'rules> {
    /// The support hours; `None` when it goes by the clock on the wall.
    calendar: Option<&'rules Calendar>,
    target: TimeDelta,
}

impl<'rules> Measure<'rules> {
    /// `None` where no length is promised.
    fn of(terms: &Terms<'rules>) -> Option<Self> {
        let (calendar, target) = match terms.policy.resolution? {
            Target::Support(length) => (Some(&terms.policy.calendar), length.length()),
            Target::Wall(length) => (None, length),
            // Refused in the settings: what is with the asker for days has no day to be due on.
            Target::SameDay { .. } => return None,
        };
        Some(Self { calendar, target })
    }

    /// The due time and the warning point. While the clock stands still they are those it would have
    /// if it had run on.
    fn due(&self, terms: &Terms<'_>, spans: &[Span]) -> Option<Due> {
        let warning = target::until_warning(terms.policy.warning, self.target);
        let due_at = self.reach(terms, spans, self.target)?;
        let warn_at = self.reach(terms, spans, warning)?.min(due_at);
        Some(Due { due_at, warn_at })
    }

    /// When the spans together have come to a length, if the last one had no end.
    fn reach(&self, terms: &Terms<'_>, spans: &[Span], length: TimeDelta) -> Option<Timestamp> {
        let Some((last, whole)) = spans.split_last() else {
            return self.add(terms.counted_from, length);
        };
        let mut left = length;
        for span in whole {
            let here = self.between(span.from, span.until.unwrap_or(last.from));
            if left <= here {
                return self.add(span.from, left);
            }
            left = left.checked_sub(&here)?;
        }
        self.add(last.from, left)
    }

    fn between(&self, from: Timestamp, until: Timestamp) -> TimeDelta {
        self.calendar.map_or_else(
            || until.signed_duration_since(from),
            |calendar| calendar.between(from, until).length(),
        )
    }

    fn add(&self, from: Timestamp, length: TimeDelta) -> Option<Timestamp> {
        match self.calendar {
            Some(calendar) => calendar.add(from, SupportDuration::new(length)),
            None => from.checked_add_signed(length),
        }
    }
}
