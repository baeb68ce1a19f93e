//! Issues on GitHub that tickets hang on: what is known of one, and what is news.
//!
//! An issue is *read*, never told about: a webhook only says that it is time to read again. So
//! deliveries may come twice, late, in any order or not at all, and polling says nothing twice:
//!
//! ```text
//! Known + Reading  ->  Known + News      take: pure
//! ```
//!
//! What is news is what differs from what was known. Each piece is said once in every thread that
//! was linked before it was read; who links an issue sees how it stands then.

mod comment;
mod draft;
pub mod file;
mod news;
mod remark;
mod settings;
pub mod similar;
mod template;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

pub use comment::{Comment, Comments, CommentsRead, Replies};
pub use draft::{Consent, Draft, DraftState, Similar};
pub use news::{News, take};
pub use remark::IssueRemark;
pub use settings::{BridgeSettings, RepositoryRule};
pub use template::{Choice, Section, Takes, Template, Templates};

/// Names an issue as people do: `acme/widgets#12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueName {
    /// The repository, `owner/name`.
    pub repository: String,
    /// Its number there.
    pub number: u64,
}

impl fmt::Display for IssueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}

/// Our number for an issue, which stays when it is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueId(pub i64);

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Our number for a draft of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DraftId(pub i64);

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an issue is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum IssueState {
    /// Not done.
    Open,
    /// Closed.
    Closed {
        /// As what.
        reason: CloseReason,
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// Deleted, or no longer to be seen by us.
    Gone,
}

/// Why an issue was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Done.
    Completed,
    /// It will not be done.
    NotPlanned,
    /// Another issue is about the same.
    Duplicate,
}

/// What is known of an issue: as it was last read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Where it is.
    pub name: IssueName,
    /// Its title: text from people.
    pub title: String,
    /// Where people read it, if GitHub gave an address that can stand in a message.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether it is open.
    pub state: IssueState,
    /// Its labels, sorted: text from people.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What fixed it, once it is closed as done and as far as GitHub tells.
    #[serde(default)]
    pub fix: Option<Fix>,
    /// The first full release that has the fix; where the commit is not known, the first one since.
    #[serde(default)]
    pub released_in: Option<String>,
    /// Releases that came later than the fix and do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_in: Vec<String>,
    /// How many comments it has.
    #[serde(default)]
    pub comments: u64,
    /// GitHub's own instant of the last change that was read.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub updated_at: Timestamp,
}

/// What fixed an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The pull request, if it was one.
    pub by: Option<IssueName>,
    /// The commit that brought it in, if GitHub tells it.
    pub commit: Option<String>,
    /// When: no earlier release has it.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
}

impl Known {
    /// The commit with the fix: with it is certain which releases have it.
    pub fn fix_commit(&self) -> Option<&str> {
        self.fix.as_ref()?.commit.as_deref()
    }

    /// Whether it was closed because it is done.
    pub fn is_fixed(&self) -> bool {
        matches!(
            self.state,
            IssueState::Closed {
                reason: CloseReason::Completed,
                ..
            }
        )
    }
}

/// What a look at GitHub showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The issue is there.
    There {
        /// As it is now.
        now: Box<Known>,
    },
    /// It was deleted, or we may no longer see it.
    Gone,
}
