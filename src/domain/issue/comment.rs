//! Comments on an issue that are told in its threads, and messages that are said on the issue.

use serde::{Deserialize, Serialize};

use super::Consent;
use crate::domain::Timestamp;

/// Whose comments on an issue are told in its threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comments {
    /// Nobody's.
    #[default]
    Off,
    /// Those of the repository's owner, members and collaborators.
    Maintainers,
    /// Everybody's, except machines'.
    All,
}

/// Whose messages in a thread are said on its issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replies {
    /// Nobody's.
    #[default]
    Off,
    /// The team's.
    Staff,
    /// Everybody's.
    All,
}

impl Replies {
    /// Whether what somebody writes is said. Where askers are asked before their words go to GitHub,
    /// only the team's are.
    pub fn includes(self, staff: bool, consent: Consent) -> bool {
        match self {
            Self::Off => false,
            Self::Staff => staff,
            Self::All => staff || consent != Consent::Ask,
        }
    }
}

/// A comment, as it is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// GitHub's number.
    pub id: u64,
    /// Who wrote it: text from people.
    pub by: String,
    /// What: text from people.
    pub text: String,
    /// Where people read it.
    pub url: Option<String>,
}

/// What was read of an issue's comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentsRead {
    /// Up to when, by GitHub's clock.
    pub up_to: Timestamp,
    /// Those that were there before the issue was watched: known, and not told.
    pub before: Vec<Comment>,
    /// Those that are new or were edited, as far as the settings want them told.
    pub said: Vec<Comment>,
    /// Those that were told and are there no more.
    pub gone: Vec<u64>,
}

impl Comment {
    /// A number that is another when the text is another. It is kept instead of the text.
    pub fn digest(&self) -> i64 {
        // FNV-1a: the same in every version of this program.
        let hash = self.text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash.cast_signed()
    }
}
