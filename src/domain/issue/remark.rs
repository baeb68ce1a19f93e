//! What a ticket's thread is told about its issue.

use serde::{Deserialize, Serialize};

use super::{Comment, DraftId, IssueName, Known, News};
use crate::domain::ids::UserId;
use crate::domain::offer::Why;
use crate::domain::ticket::{Status, Ticket};

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
        /// Whether the asker is told that their words are there.
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
        /// The repository it is for.
        repository: String,
        /// Whether files go along with it.
        with_files: bool,
    },
    /// GitHub does not answer, and it waits.
    Delayed,
    /// GitHub refused it for good.
    Refused {
        /// GitHub's status; `None` when there is no way to GitHub any more.
        status: Option<u16>,
    },
    /// Nobody agreed in time.
    Expired,
    /// The team is offered to make it an issue.
    Offered {
        /// Why.
        #[serde(flatten)]
        why: Why,
    },
    /// Somebody commented the issue, or edited the comment: then what was told is edited.
    Comment {
        /// The issue.
        name: IssueName,
        /// The comment.
        comment: Comment,
    },
    /// A comment that was told is there no more: what was told is deleted.
    CommentGone {
        /// GitHub's number of it.
        comment: u64,
    },
    /// What somebody wrote was said on the issue without a secret that was in it.
    LeftOut {
        /// Who wrote it.
        by: UserId,
    },
    /// Something happened to the issue.
    News {
        /// The issue as it is.
        known: Known,
        /// What happened.
        news: News,
    },
}

impl IssueRemark {
    /// Whether it is still worth saying, asked again just before it is said.
    pub fn still_true(&self, ticket: &Ticket) -> bool {
        match self {
            Self::Offered { .. } => {
                ticket.improvement.is_none() && !matches!(ticket.status, Status::Gone { .. })
            }
            Self::Opened { .. }
            | Self::Linked { .. }
            | Self::MayI { .. }
            | Self::Delayed
            | Self::Refused { .. }
            | Self::Expired
            | Self::Comment { .. }
            | Self::CommentGone { .. }
            | Self::LeftOut { .. }
            | Self::News { .. } => true,
        }
    }
}
