//! What staff and moderators read when a promise is at risk or broken.

use super::{Stamp, count, person, thread};
use crate::domain::Timestamp;
use crate::domain::event::Trigger;
use crate::domain::ids::{ThreadId, UserId};

/// The button that opens the queue.
pub const SHOW_QUEUE: &str = "Show queue";

/// What stands above the lines.
pub fn heading(overdue: usize, at_risk: usize) -> String {
    let late = count(overdue, "answer is overdue", "answers are overdue");
    let soon = count(at_risk, "answer is due soon", "answers are due soon");
    match (overdue, at_risk) {
        (_, 0) => format!("{late}:"),
        (0, _) => format!("{soon}:"),
        _ => format!("{late}, {soon}:"),
    }
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
