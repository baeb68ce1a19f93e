//! What a ticket holds, part by part.

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::event::{Cycle, Priority};
use crate::domain::ids::{MessageId, UserId};
use crate::domain::time::optional_millis;

/// The question a ticket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asked.
    pub asker: UserId,
    /// The first message.
    pub message: MessageId,
    /// Its instant: when the ticket was opened.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub opened_at: Timestamp,
}

/// Whether a ticket is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Not yet resolved.
    #[default]
    Open,
    /// Answered, as somebody said.
    Resolved {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
        /// By whom.
        by: UserId,
    },
    /// The thread was deleted.
    Gone {
        /// When we noticed.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
}

/// Who has a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The staff member.
    pub by: UserId,
    /// Since when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
}

/// A change of priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prioritised {
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
    /// To which.
    pub priority: Priority,
}

/// A reopening: a command, or a message of the asker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The snowflake of the command or the message.
    pub cycle: Cycle,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
}

/// An answer by the community, until it is known whether it helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// The answer.
    pub cycle: Cycle,
    /// When it came.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub answered_at: Timestamp,
    /// How the doubt ended, if it did: answered by staff as well, or cancelled because the asker
    /// wrote again or somebody resolved it.
    pub end: Option<End>,
}

/// Who put a ticket out of the queue for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snoozed {
    /// The staff member.
    pub by: UserId,
    /// Until when at most; in any case until somebody else writes.
    #[serde(with = "optional_millis")]
    pub until: Option<Timestamp>,
    /// Why: text from people.
    pub reason: String,
}

/// Who took a ticket on for a while, so that nobody else is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The staff member.
    pub by: UserId,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
    /// Until when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub until: Timestamp,
}

/// What is owed to the asker under one rule of whose answer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owed {
    /// How the first response came about.
    pub first: Option<Exchange>,
    /// The latest exchange after the first response.
    pub next: Option<Exchange>,
    /// How many exchanges there were, the first response among them.
    pub exchanges: u32,
}

/// A question (or follow-up) and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What is owed an answer.
    pub cycle: Cycle,
    /// Since when: the oldest unanswered message of the asker.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub asked_at: Timestamp,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Somebody answered.
    Answered {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// The ticket was resolved, or its thread deleted, before anybody answered.
    Cancelled {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
}

impl End {
    /// When.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Answered { at } | Self::Cancelled { at } => at,
        }
    }
}

impl Owed {
    /// The exchange that is waiting for an answer.
    pub fn waiting(&self) -> Option<Exchange> {
        [self.first, self.next]
            .into_iter()
            .flatten()
            .find(|exchange| exchange.end.is_none())
    }

    pub(super) fn asked(&mut self, cycle: Cycle, at: Timestamp) {
        if self.waiting().is_some() {
            return; // the oldest unanswered message counts
        }
        let exchange = Some(Exchange {
            cycle,
            asked_at: at,
            end: None,
        });
        self.exchanges = self.exchanges.saturating_add(1);
        if self.first.is_none() {
            self.first = exchange;
        } else {
            self.next = exchange;
        }
    }

    pub(super) fn end(&mut self, end: End) {
        for exchange in [&mut self.first, &mut self.next].into_iter().flatten() {
            exchange.end.get_or_insert(end);
        }
    }
}
