//! The queue.

use super::{Stamp, clean, count, person, thread};
use crate::domain::Timestamp;
use crate::domain::decision::ClockState;
use crate::domain::event::Priority;
use crate::domain::ids::{ThreadId, UserId};

/// How much of a reason a line shows: ten lines are one message.
const REASON_LENGTH: usize = 40;

/// Turns to the page before.
pub const BACK: &str = "Back";
/// Turns to the page after.
pub const NEXT: &str = "Next";

/// What the queue lists. "Mine" is whoever looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every open ticket.
    #[default]
    All,
    /// The asker waits for an answer.
    Unanswered,
    /// The answer is due soon.
    AtRisk,
    /// The answer is late.
    Overdue,
    /// Claimed by whoever looks.
    Mine,
    /// Claimed by nobody.
    Unclaimed,
    /// Out of the queue for a while.
    Snoozed,
}

impl Filter {
    /// Every one, in the order of the menu.
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::Unanswered,
        Self::AtRisk,
        Self::Overdue,
        Self::Mine,
        Self::Unclaimed,
        Self::Snoozed,
    ];

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All open",
            Self::Unanswered => "Unanswered",
            Self::AtRisk => "At risk",
            Self::Overdue => "Overdue",
            Self::Mine => "Mine",
            Self::Unclaimed => "Unclaimed",
            Self::Snoozed => "Snoozed",
        }
    }

    /// The word for it in a component.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unanswered => "unanswered",
            Self::AtRisk => "at-risk",
            Self::Overdue => "overdue",
            Self::Mine => "mine",
            Self::Unclaimed => "unclaimed",
            Self::Snoozed => "snoozed",
        }
    }

    /// The filter with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.word() == word)
    }
}

/// The first line of a page; `page` counts from 0.
pub fn heading(filter: Filter, total: u64, page: u32, pages: u32) -> String {
    if total == 0 {
        return match filter {
            Filter::All => "Nothing is open. Well done!",
            Filter::Unanswered => "Nobody waits for an answer. Well done!",
            Filter::AtRisk => "No answer is due soon.",
            Filter::Overdue => "Nothing is overdue.",
            Filter::Mine => "You have nothing open.",
            Filter::Unclaimed => "Everything that is open has somebody.",
            Filter::Snoozed => "Nothing is snoozed.",
        }
        .to_owned();
    }
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let what = match filter {
        Filter::All => count(total, "open thread", "open threads"),
        Filter::Unanswered => count(total, "thread waits", "threads wait"),
        Filter::AtRisk => count(total, "answer is due soon", "answers are due soon"),
        Filter::Overdue => count(total, "answer is overdue", "answers are overdue"),
        Filter::Mine => count(total, "open thread is yours", "open threads are yours"),
        Filter::Unclaimed => count(
            total,
            "open thread is unclaimed",
            "open threads are unclaimed",
        ),
        Filter::Snoozed => count(total, "thread is snoozed", "threads are snoozed"),
    };
    let page = if pages == 1 {
        String::new()
    } else {
        format!(" (page {} of {pages})", page.saturating_add(1))
    };
    format!("**{what}**, longest wait first{page}")
}

/// One ticket. `waiting_since` is `None` when nobody waits, `promise` when nothing is promised.
pub fn line(
    place: u32,
    in_thread: ThreadId,
    priority: Priority,
    waiting_since: Option<Timestamp>,
    promise: Option<(ClockState, Timestamp)>,
    claimed_by: Option<UserId>,
) -> String {
    let urgent = match priority {
        Priority::Normal => "",
        Priority::Critical => "**critical** · ",
    };
    let wait = match (waiting_since, promise) {
        (None, _) => "answered".to_owned(),
        (Some(since), None) => format!("asked {} · no time promised", Stamp::Relative(since)),
        (Some(since), Some((state, due_at))) => {
            let due = match state {
                ClockState::Overdue => "**overdue**, was due",
                ClockState::AtRisk => "**at risk**, due",
                ClockState::Running
                | ClockState::Paused
                | ClockState::Met
                | ClockState::Missed
                | ClockState::Cancelled => "due",
            };
            format!(
                "asked {} · {due} {}",
                Stamp::Relative(since),
                Stamp::Relative(due_at)
            )
        }
    };
    let who = claimed_by.map_or_else(|| "unclaimed".to_owned(), person);
    format!("{place}. {urgent}{} · {wait} · {who}", thread(in_thread))
}

/// Why a ticket is not in the queue, and until when; goes after its line.
pub fn snoozed(by: UserId, until: Option<Timestamp>, reason: &str) -> String {
    let until = until.map_or_else(
        || "until somebody writes".to_owned(),
        |until| format!("until {}", Stamp::Relative(until)),
    );
    let reason = clean::plain(reason, REASON_LENGTH);
    format!(" · snoozed {until} by {}: {reason}", person(by))
}
