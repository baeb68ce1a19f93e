//! What staff and moderators read when a promise is at risk or broken.

use super::{Stamp, count, person, thread};
use crate::domain::Timestamp;
use crate::domain::event::{ClockKind, Trigger};
use crate::domain::ids::{ThreadId, UserId};

/// The button that opens the queue.
pub const SHOW_QUEUE: &str = "Show queue";

/// The button that takes on what is due.
pub const I_HAVE_IT: &str = "I have it";
/// The menu that takes on some of several.
pub const I_HAVE_THESE: &str = "I have …";
/// A thread without a name.
pub const UNTITLED: &str = "(no title)";

/// What stands above the lines: how many there are of each kind, what is worst first.
pub fn heading(told: &[(Trigger, ClockKind)]) -> String {
    let kinds: [(Trigger, &[ClockKind], &str, &str); 8] = [
        (
            Trigger::Started,
            ANSWERS,
            "question cannot wait",
            "questions cannot wait",
        ),
        (
            Trigger::Overdue,
            ANSWERS,
            "answer is overdue",
            "answers are overdue",
        ),
        (
            Trigger::Overdue,
            &[ClockKind::Resolution],
            "resolution is overdue",
            "resolutions are overdue",
        ),
        (
            Trigger::Overdue,
            &[ClockKind::Promise],
            "promise was not kept",
            "promises were not kept",
        ),
        (
            Trigger::AtRisk,
            ANSWERS,
            "answer is due soon",
            "answers are due soon",
        ),
        (
            Trigger::AtRisk,
            &[ClockKind::Resolution],
            "resolution is due soon",
            "resolutions are due soon",
        ),
        (
            Trigger::AtRisk,
            &[ClockKind::Promise],
            "promise is due soon",
            "promises are due soon",
        ),
        (
            Trigger::ClaimEnds,
            ANSWERS,
            "claim ends soon",
            "claims end soon",
        ),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .filter_map(|(trigger, clocks, one, many)| {
            let theirs = told.iter();
            let theirs = theirs.filter(|(of, clock)| *of == trigger && clocks.contains(clock));
            let n = theirs.count();
            (n > 0).then(|| count(n, one, many))
        })
        .collect();
    format!("{}:", parts.join(", "))
}

/// The clocks that an answer stops.
const ANSWERS: &[ClockKind] = &[
    ClockKind::FirstResponse,
    ClockKind::NextResponse,
    ClockKind::SecondLook,
];

/// One line about one thread. `since`: when it was asked or promised; `holder`: who has it, or who
/// promised it.
pub fn line(
    trigger: Trigger,
    clock: ClockKind,
    place: ThreadId,
    since: Timestamp,
    due_at: Timestamp,
    holder: Option<UserId>,
) -> String {
    let (what, began) = match clock {
        ClockKind::FirstResponse | ClockKind::NextResponse | ClockKind::SecondLook => ("", "asked"),
        ClockKind::Resolution => ("resolution ", "asked"),
        ClockKind::Promise => ("promise ", "promised"),
    };
    let due = match (trigger, clock) {
        (Trigger::AtRisk, _) => format!("{what}due"),
        (Trigger::Overdue, ClockKind::Promise) => "**promise not kept**, was due".to_owned(),
        (Trigger::Overdue, _) => format!("**{what}overdue**, was due"),
        (Trigger::Started, _) => format!("**cannot wait**, {what}due"),
        (Trigger::ClaimEnds, _) => "waits for its holder, whose claim ends".to_owned(),
    };
    format!(
        "- {} · {due} {} ({}) · {began} {} · {}",
        thread(place),
        Stamp::Full(due_at),
        Stamp::Relative(due_at),
        Stamp::Relative(since),
        holder.map_or_else(|| "unclaimed".to_owned(), person)
    )
}

/// The last line, when not all fit.
pub fn more(n: usize) -> String {
    format!("and {n} more – /queue")
}
