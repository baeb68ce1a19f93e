//! What staff and moderators read when a promise is at risk or broken.

use super::{Stamp, count, person, thread};
use crate::domain::Timestamp;
use crate::domain::event::Trigger;
use crate::domain::ids::{ThreadId, UserId};

/// The button that opens the queue.
pub const SHOW_QUEUE: &str = "Show queue";

/// The button that takes on what is due.
pub const I_HAVE_IT: &str = "I have it";
/// The menu that takes on some of several.
pub const I_HAVE_THESE: &str = "I have …";
/// A thread without a name.
pub const UNTITLED: &str = "(no title)";

/// How many alerts of each kind a message tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// What cannot wait.
    pub started: usize,
    /// Late.
    pub overdue: usize,
    /// Due soon.
    pub at_risk: usize,
    /// Claims that end soon.
    pub claims: usize,
}

/// What stands above the lines.
pub fn heading(counts: &Counts) -> String {
    let Counts {
        started,
        overdue,
        at_risk,
        claims,
    } = *counts;
    let parts = [
        (started, "question cannot wait", "questions cannot wait"),
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
        Trigger::Started => "**cannot wait**, due",
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
