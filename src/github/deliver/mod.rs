//! What is delivered to GitHub: drafts that become issues (`open`), and comments (`talk`).
//!
//! What may have arrived is looked for by its mark before it is tried again. While GitHub is away or limits
//! us, everything waits, for as long as it takes; only what GitHub refuses is given up.

mod open;
mod talk;

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::TimeDelta;

use super::Bridge;
use super::client::GitHubError;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::ledger::LedgerHandle;
use crate::ledger::bridge::Denied;
use crate::outbox::parcel::{Failure, Parcel, Receipt, Retry};
use crate::store::{Store, StoreError};

/// How far GitHub's clock may be behind ours when a list is asked for what is new.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::hours(1);

/// Delivers to GitHub.
#[derive(Debug)]
pub struct GitHubDelivery {
    bridge: Bridge,
    store: Store,
    ledger: LedgerHandle,
    clock: Clock,
    /// When a parcel that may have arrived was first looked for and not found.
    looked: Mutex<HashMap<i64, Timestamp>>,
}

impl GitHubDelivery {
    /// Delivers over this bridge.
    pub fn new(bridge: Bridge, store: Store, ledger: LedgerHandle, clock: Clock) -> Self {
        Self {
            bridge,
            store,
            ledger,
            clock,
            looked: Mutex::default(),
        }
    }
}

/// A failure with GitHub's own status, where there is one.
struct Failed {
    reason: String,
    retry: Retry,
    uncertain: bool,
    status: Option<u16>,
    unauthorized: bool,
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        Self {
            reason: failed.reason,
            retry: failed.retry,
            uncertain: failed.uncertain,
        }
    }
}

fn failed(error: &GitHubError) -> Failed {
    let (retry, uncertain, status) = match *error {
        GitHubError::Limited(pause) => (Retry::Away(Some(pause)), false, None),
        // New credentials need a new start, and then this is tried again.
        GitHubError::Unauthorized => (Retry::Away(None), false, None),
        GitHubError::Refused(status) => (Retry::Never, false, Some(status)),
        GitHubError::NotInstalled => (Retry::Never, false, Some(404)),
        GitHubError::Lost(_) => (Retry::Away(None), true, None),
    };
    Failed {
        reason: error.to_string(),
        retry,
        uncertain,
        status,
        unauthorized: *error == GitHubError::Unauthorized,
    }
}

fn ours(error: &StoreError) -> Failure {
    Failure {
        reason: error.to_string(),
        retry: Retry::Backoff,
        uncertain: false,
    }
}

/// It is done, and could not be written down.
fn unwritten(denied: &Denied) -> Failure {
    Failure {
        reason: denied.to_string(),
        retry: Retry::Away(None),
        uncertain: true,
    }
}

fn done() -> Receipt {
    Receipt {
        message: None,
        dropped: Vec::new(),
    }
}

fn nothing(parcel: &Parcel) -> Receipt {
    Receipt {
        message: None,
        dropped: parcel.items.iter().map(|item| item.outbox_id).collect(),
    }
}
