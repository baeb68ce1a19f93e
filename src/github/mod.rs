//! GitHub: what is asked of it, what it answers, what is delivered there.
//!
//! ```text
//! out:  outbox ──> deliver ──> client ──> GitHub           (a draft becomes an issue, once)
//! in:   webhook ─"look again"─┐
//!       the passing of time ──┴─> reader ──> client ──> ledger   (what differs is told in the threads)
//! people: /issue ──> client                                (labels, likely duplicates)
//! ```
//!
//! * `transport` signs in through octocrab (an App's installation, whose tokens it renews, or a token)
//!   and carries the bytes; limits, refusals and lost answers are told apart there. [`client`] knows
//!   what is asked.
//! * [`deliver`] opens issues. After an answer that was lost it first looks for the hidden mark, in the
//!   list of issues, which is up to date, and not in the search, which is behind.
//! * [`reader`] reads each linked issue when its time comes. A webhook only makes that now.
//!
//! Architecture invariant: nothing here decides what is said to whom.

pub mod access;
pub mod client;
pub mod deliver;
mod forms;
pub mod reader;
mod transport;
mod wire;

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::GitHubAccess;
use crate::domain::issue::BridgeSettings;
pub use client::Client;

/// The way to GitHub, and the rules for it.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Who talks.
    pub client: Client,
    /// What was set.
    pub settings: Arc<BridgeSettings>,
    /// Where people reach our own page, if they do: files go along with issues there.
    pub page: Option<Arc<str>>,
}

impl Bridge {
    /// The way to GitHub by these settings.
    ///
    /// # Errors
    /// One sentence, when the key or the address is none.
    pub fn new(
        settings: &BridgeSettings,
        access: &GitHubAccess,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::new(&access.api, access.sign_in.clone(), clock.clone())?,
            settings: Arc::new(settings.clone()),
            page: None,
        })
    }

    /// With a page of our own, at this address.
    #[must_use]
    pub fn with_page(mut self, page: Option<&str>) -> Self {
        self.page = page.map(Arc::from);
        self
    }
}
