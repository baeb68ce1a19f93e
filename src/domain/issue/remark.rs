//! What a ticket's thread is told about its issue.

use serde::{Deserialize, Serialize};

use super::{Draft, DraftId, Known, News};

/// What is said in the thread, complete, so that it is composed without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "issue", rename_all = "snake_case")]
pub enum IssueRemark {
    /// The issue was opened.
    Opened {
        /// The issue.
        known: Known,
        /// How many secrets were left out: the asker is told to change them.
        redacted: u32,
        /// Whether the asker is told at all.
        tell: bool,
    },
    /// The ticket hangs on an issue that was there.
    Linked {
        /// The issue.
        known: Known,
        /// How many other threads hang on it.
        others: u32,
    },
    /// The asker is asked whether it may be opened.
    MayI {
        /// The draft.
        draft_id: DraftId,
        /// As it will be.
        draft: Draft,
    },
    /// GitHub does not answer, and it waits.
    Delayed,
    /// GitHub refused it for good.
    Refused {
        /// GitHub's status.
        status: u16,
    },
    /// Nobody agreed in time.
    Expired,
    /// Something happened to the issue.
    News {
        /// The issue as it is.
        known: Known,
        /// What happened.
        news: News,
    },
}
