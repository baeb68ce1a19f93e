//! What staff and moderators read when a promise is at risk or broken.

use super::{Stamp, count, person, thread};
use crate::domain::Timestamp;
use crate::domain::event::Trigger;
use crate::domain::ids::{ThreadId, UserId};

/// The button that opens the queue.
pub const SHOW_QUEUE: &str = "Show queue";

/// What stands above the lines: how many there are of each kind.
pub fn heading(overdue: usize, at_risk: usize, claims: usize) -> String {
    let parts = [
        (overdue, "answer is overdue", "answers are overdue"),
        (at_risk, "answer is due soon", "answers are due soon"),
        (claims, "claim ends soon", "claims end soon"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| count(n, one, many))
        .collect();
    format!("{}:", parts.join(", "))
}

/// One line about one thread.
pub fn line(
    trigger: Trigger,
    place: ThreadId,
    asked_at: Timestamp,
    due_at: Timestamp,
    claimed_by: Option<UserId>,
) -> String {
    let due = match trigger {
        Trigger::AtRisk => "due",
        Trigger::Overdue => "**overdue**, was due",
        Trigger::ClaimEnds => "waits for its holder, whose claim ends",
    };
    format!(
        "- {} · {due} {} ({}) · asked {} · {}",
        thread(place),
        Stamp::Full(due_at),
        Stamp::Relative(due_at),
        Stamp::Relative(asked_at),
        claimed_by.map_or_else(|| "unclaimed".to_owned(), person)
    )
}

/// The last line, when not all fit.
pub fn more(n: usize) -> String {
    format!("and {n} more – /queue")
}
