//! Remarks: what is said once in a ticket's thread, beside its card.
//!
//! A remark is ordered with the fact it tells of, composed when it is delivered, and then leaves no
//! trace in the outbox: the fact is what is kept.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::UserId;
use super::issue::IssueRemark;
use super::ticket::Ticket;
use super::time::optional_millis;

/// What is said. Whom it pings follows from what it says; usually nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remark", rename_all = "snake_case")]
pub enum Remark {
    /// The asker is reminded that there is an answer.
    AskerReminded {
        /// Who asked.
        asker: UserId,
        /// How often they were reminded before.
        before: u8,
    },
    /// The asker has said that production is down.
    ProductionDown {
        /// Who.
        by: UserId,
        /// What is broken: text from people.
        what: String,
    },
    /// A claim has ended, because whoever held it owed a reply and stayed silent.
    ClaimLapsed {
        /// Who held it.
        by: UserId,
    },
    /// A date was promised.
    Promised {
        /// Who gave it.
        by: UserId,
        /// The date.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        until: Timestamp,
        /// What is promised: text from people, possibly none.
        note: String,
        /// The date that was promised before, where this one takes its place.
        #[serde(with = "optional_millis")]
        instead_of: Option<Timestamp>,
    },
    /// Somebody on the team says that what was promised is done.
    PromiseKept {
        /// Who.
        by: UserId,
        /// By when it was promised.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        until: Timestamp,
        /// Whether that was past.
        late: bool,
    },
    /// Somebody on the team takes a promise back.
    PromiseWithdrawn {
        /// Who.
        by: UserId,
        /// By when it was promised.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        until: Timestamp,
    },
    /// Something about the ticket's issue on GitHub.
    Issue(Box<IssueRemark>),
}

impl Remark {
    /// Whether it is still worth saying, asked again just before it is said.
    pub fn still_true(&self, ticket: &Ticket) -> bool {
        match self {
            Self::AskerReminded { .. } => ticket.is_open() && ticket.answered_at.is_some(),
            Self::Issue(told) => told.still_true(ticket),
            Self::ClaimLapsed { .. }
            | Self::ProductionDown { .. }
            | Self::Promised { .. }
            | Self::PromiseKept { .. }
            | Self::PromiseWithdrawn { .. } => true,
        }
    }
}
