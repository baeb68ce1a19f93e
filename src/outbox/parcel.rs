//! What the outbox hands to an adapter, and what the adapter answers.

use std::time::Duration;

pub use crate::domain::parcel::{Content, Item, MOST_ATTEMPTS, Notice, Parcel, Receipt};

/// Why a parcel did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// In one sentence, without secrets and without text from people.
    pub reason: String,
    /// What to do about it.
    pub retry: Retry,
    /// Whether the message may have been made all the same: the answer was lost.
    pub uncertain: bool,
}

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After the usual back-off.
    Backoff,
    /// Not before this has passed: the other side said so.
    After(Duration),
    /// As often as it takes, after the usual back-off or not before this has passed: the other side is
    /// away, and nobody has to do anything for it to come back.
    Away(Option<Duration>),
    /// Never: it becomes a dead letter.
    Never,
}

/// Delivers parcels to one outside service.
pub trait Deliver: Send + Sync + 'static {
    /// Says what is in the parcel, outside. Called again with the same parcel after a failure or
    /// a crash, so it must carry the parcel's id to the far side.
    fn deliver(&self, parcel: &Parcel) -> impl Future<Output = Result<Receipt, Failure>> + Send;
}
