//! Reminders of the asker: there is an answer, and nobody knows whether it helped.
//!
//! The asker is reminded after so much support time of silence, at most twice in a ticket's life,
//! kindly, and nothing follows from not answering. Whoever owes the asker a reply is reminded by the
//! ladder and, with a claim, by its lease.

use super::Timestamp;
use super::policy::ServiceLevel;
use super::ticket::Ticket;

/// How often the asker of a ticket is reminded at most.
pub const MOST: usize = 2;

/// When the asker is to be reminded next, and how often they were before. `None` when there is
/// nothing to remind them of.
pub fn next(ticket: &Ticket, rules: &ServiceLevel) -> Option<(Timestamp, u8)> {
    let before = ticket.reminders;
    let answered_at = ticket.answered_at.filter(|_| ticket.is_open())?;
    ticket.question?;
    let after = rules.attention.remind_asker.get(usize::from(before))?;
    let terms = rules.find_terms(ticket, answered_at, answered_at)?;
    let calendar = &terms.policy.calendar;
    Some((calendar.add(answered_at, *after)?, before))
}
