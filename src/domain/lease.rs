//! Claim leases: a claim whose holder owes a reply and stays silent goes back to the queue.
//!
//! ```text
//! claimed, and the asker waits ──length - warning──> the holder is warned ──warning──> the claim ends
//!            │                                              │
//!            └──────────── anybody whose answer counts writes: nothing is owed ─────> the claim stays
//! ```
//!
//! Nobody loses a claim without having been warned: the end is counted from the warning that was
//! raised, so that a bot that was away warns late and waits. A new question of the asker, or a new
//! claim, begins anew; while the holder has said "I have it until …" nothing is counted.

use super::Timestamp;
use super::clocks;
use super::event::{Alert, Trigger};
use super::ids::UserId;
use super::policy::ServiceLevel;
use super::ticket::{Exchange, Ticket};

/// Where a claim stands whose holder owes a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// They are warned at this instant.
    WarnedAt(Timestamp),
    /// They are to be warned now.
    Warn(Alert),
    /// They were warned; the claim ends at this instant.
    EndsAt(Timestamp),
    /// It has ended.
    Ended {
        /// Who held it.
        by: UserId,
    },
}

/// Where the lease of a ticket's claim stands; `None` when nobody has it, or its holder owes no
/// reply.
pub fn state(ticket: &Ticket, rules: &ServiceLevel, now: Timestamp) -> Option<LeaseState> {
    let lease = rules.attention.claim_lease?;
    let claim = ticket.claim?;
    let (kind, waiting, terms) = clocks::find_waiting(ticket, rules, now)?;
    if let Some(warned) = warned(ticket, &waiting) {
        return Some(if now < warned.due_at {
            LeaseState::EndsAt(warned.due_at)
        } else {
            LeaseState::Ended { by: claim.by }
        });
    }
    let taken_on = ticket.acknowledged.filter(|taken| taken.by == claim.by);
    let silent_since = [Some(claim.at), taken_on.map(|taken| taken.until)]
        .into_iter()
        .flatten()
        .fold(waiting.asked_at, Timestamp::max);
    let calendar = &terms.policy.calendar;
    let until_warning = lease.length.length() - lease.warning.length();
    let warn_at = calendar.add(silent_since, super::SupportDuration::new(until_warning))?;
    if now < warn_at {
        return Some(LeaseState::WarnedAt(warn_at));
    }
    let ends_at = calendar.add(silent_since, lease.length)?;
    let due_at = ends_at.max(calendar.add(now, lease.warning)?);
    Some(LeaseState::Warn(Alert {
        clock: kind,
        cycle: waiting.cycle,
        trigger: Trigger::ClaimEnds,
        due_at,
        minutes: 0,
        again: 0,
    }))
}

/// Whether this warning is still true: the claim and the question it is about stand, and there is
/// time left.
pub fn still_warns(ticket: &Ticket, rules: &ServiceLevel, warning: &Alert, now: Timestamp) -> bool {
    let waiting = clocks::find_waiting(ticket, rules, now);
    waiting.is_some_and(|(_, waiting, _)| warned(ticket, &waiting) == Some(*warning))
        && now < warning.due_at
}

/// The warning that the present holder was given about what is waited for now.
fn warned(ticket: &Ticket, waiting: &Exchange) -> Option<Alert> {
    let claim = ticket.claim?;
    let mut raised = ticket.raised.iter().copied();
    raised.find(|alert| {
        alert.trigger == Trigger::ClaimEnds
            && alert.cycle == waiting.cycle
            && alert.due_at > claim.at
    })
}
