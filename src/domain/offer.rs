//! Offering, unasked and once in a ticket's life, that it becomes an issue on GitHub.

use serde::{Deserialize, Serialize};

use super::SupportDuration;
use super::Timestamp;
use super::policy::ServiceLevel;
use super::ticket::{Status, Ticket};
use super::triage::Kind;

/// How long after its time an offer is still made: what fell due before we looked, or before the setting
/// was made, is old, and a hundred offers at once help nobody.
const STILL_FRESH: chrono::TimeDelta = chrono::TimeDelta::days(3);

/// When it is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// When its kind becomes bug or feature.
    pub on_kind: bool,
    /// When it is unresolved after so much support time.
    pub after: Option<SupportDuration>,
    /// Whether what staff writes is looked at for saying that it is a bug.
    pub by_words: bool,
}

/// Why it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// Its kind says that something is to be changed.
    Kind {
        /// The kind.
        kind: Kind,
    },
    /// A staff answer says that it is a bug.
    Said,
    /// It is open for long.
    Old,
}

/// When it is to be offered, and why; `None` for the present instant.
pub fn next(
    ticket: &Ticket,
    rules: &ServiceLevel,
    offers: &Offers,
    now: Timestamp,
) -> Option<(Option<Timestamp>, Why)> {
    let over = matches!(ticket.status, Status::Gone { .. });
    if over || ticket.offered || ticket.improvement.is_some() {
        return None;
    }
    let question = ticket.question?;
    let to_change = ticket.kind.filter(|kind| kind.wants_change());
    if let Some(kind) = to_change.filter(|_| offers.on_kind) {
        return Some((None, Why::Kind { kind }));
    }
    // A kind that staff chose outweighs what somebody wrote.
    if offers.by_words && ticket.said_bug && ticket.kind.is_none() {
        return Some((None, Why::Said));
    }
    let after = offers
        .after
        .filter(|_| ticket.is_open() && rules.judges(ticket))?;
    let terms = rules.find_terms(ticket, question.opened_at, question.opened_at)?;
    let at = terms.policy.calendar.add(question.opened_at, after)?;
    if at > now {
        return Some((Some(at), Why::Old));
    }
    (now - at <= STILL_FRESH).then_some((None, Why::Old))
}

/// What a member of the team says, and means that it is a bug. Whole phrases, no single words: "bug"
/// stands in many a sentence that says the opposite.
const SAYS_BUG: [&str; 14] = [
    "this is a bug",
    "that is a bug",
    "that's a bug",
    "thats a bug",
    "it's a bug",
    "its a bug",
    "it is a bug",
    "looks like a bug",
    "this is definitely a bug",
    "that's definitely a bug",
    "seems to be a bug",
    "must be a bug",
    "a bug on our side",
    "a bug in our",
];

/// With one of these before or after it, it is said of something else, or not said at all.
const UNSAYS_IT: [&str; 14] = [
    "?",
    "not ",
    "n't ",
    "no ",
    "if ",
    "whether ",
    "unless",
    "maybe",
    "might",
    "could",
    "already fixed",
    "was a bug",
    "your code",
    "your side",
];

/// Whether a short text of the team's says that it is a bug. Rather too seldom than too often.
pub fn says_bug(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    let text = text.replace(['\n', '\t'], " ");
    SAYS_BUG.iter().any(|phrase| text.contains(phrase))
        && !UNSAYS_IT.iter().any(|word| text.contains(word))
        && !text.starts_with('>')
        && !text.contains('`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_say_that_it_is_a_bug() {
        for says in [
            "Thanks, that's a bug. I'll look into it.",
            "Confirmed: THIS IS A BUG on our side",
            "Looks like a bug to me",
        ] {
            assert!(says_bug(says), "{says}");
        }
        for does_not in [
            "Is it a bug?",
            "I don't think it's a bug",
            "It's not a bug, it's a feature",
            "If it's a bug, open an issue",
            "it's a bug in your code",
            "> that's a bug",
            "it could be that it's a bug",
            "bug",
            "the bug tracker",
            "that was a bug, it's a bug no more",
        ] {
            assert!(!says_bug(does_not), "{does_not}");
        }
    }
}
