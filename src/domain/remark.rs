//! Remarks: what is said once in a ticket's thread, beside its card.
//!
//! A remark is ordered with the fact it tells of, composed when it is delivered, and then leaves no
//! trace in the outbox: the fact is what is kept.

use serde::{Deserialize, Serialize};

use super::ids::UserId;

/// What is said. Whom it pings follows from what it says; usually nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remark", rename_all = "snake_case")]
pub enum Remark {
    /// A claim has ended, because whoever held it owed a reply and stayed silent.
    ClaimLapsed {
        /// Who held it.
        by: UserId,
    },
}
