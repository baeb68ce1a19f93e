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

mod draft;
mod news;
mod remark;
mod settings;
pub mod similar;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

pub use draft::{Consent, Draft, DraftState, Similar};
pub use news::{News, take};
pub use remark::IssueRemark;
pub use settings::{BridgeSettings, RepositoryRule};

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
    /// The pull request that fixed it, once it was merged.
    #[serde(default)]
    pub fixed_by: Option<IssueName>,
    /// The release that is known to have the fix.
    #[serde(default)]
    pub released_in: Option<String>,
    /// GitHub's own instant of the last change that was read.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub updated_at: Timestamp,
}

impl Known {
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
        now: Known,
    },
    /// It was deleted, or we may no longer see it.
    Gone,
}
