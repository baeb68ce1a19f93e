//! What a ticket is about, said at its first look, and what turned out to be behind it, said at its end.
//! Both are the team's word, and neither has to be said.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::issue::IssueId;
use super::time::optional_millis;

/// What a ticket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody wants to know something.
    Question,
    /// Something of ours does not do what it should.
    Bug,
    /// Something of ours cannot do what is wanted.
    Feature,
}

/// What turned out to be behind a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A fault of ours.
    Bug,
    /// It is not explained, or wrongly.
    Docs,
    /// It is missing, or too hard to use as it is.
    Design,
    /// The asker's own code, settings or machine.
    Theirs,
    /// Somebody else's software or service.
    Elsewhere,
}

/// What is done about the cause: the issue that the ticket hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Improvement {
    /// The issue.
    pub issue: IssueId,
    /// Since when the ticket hangs on it.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub linked_at: Timestamp,
    /// When it was heard that a full release has the fix.
    #[serde(
        with = "optional_millis",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub shipped_at: Option<Timestamp>,
}

impl Kind {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::Question, Self::Bug, Self::Feature];

    /// Whether something is to be changed because of it.
    pub fn wants_change(self) -> bool {
        matches!(self, Self::Bug | Self::Feature)
    }
}

impl Cause {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [
        Self::Bug,
        Self::Docs,
        Self::Design,
        Self::Theirs,
        Self::Elsewhere,
    ];

    /// Whether it is ours to take away.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Bug | Self::Docs | Self::Design)
    }

    /// The word by which it comes back from a menu.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Docs => "docs",
            Self::Design => "design",
            Self::Theirs => "theirs",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// From that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
}
