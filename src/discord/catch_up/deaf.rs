//! While nothing comes over the gateway: Discord is asked by REST instead, now and then.
//!
//! An outage of the gateway is not always one of REST. Without this, everybody who was answered
//! meanwhile would be alarmed about. So decisions are held while nothing is heard, and go on after
//! each comparison, which is as late as an alert can come.

use std::collections::{BTreeMap, BTreeSet};

use super::guild::News;
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, ThreadId};
use crate::ledger::FellDue;

/// For how long nothing may be heard before Discord is asked. Most lost sessions are back sooner.
const PATIENCE: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// How often Discord is asked until something is heard again.
const ASK_EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// What is done while nothing is heard, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Deaf {
    /// When to ask next; `None` while something is heard.
    ask_at: Option<Timestamp>,
    /// Decisions are held between two comparisons.
    holds: bool,
    /// The threads that had news since the session was lost.
    news: News,
    /// What fell due since then.
    due: BTreeMap<GuildId, FellDue>,
}

impl Deaf {
    /// Notes whether every session is live.
    pub(super) fn look(&mut self, is_live: bool, now: Timestamp) {
        if is_live {
            self.ask_at = None;
        } else {
            self.ask_at.get_or_insert(now + PATIENCE);
        }
    }

    /// When to ask, if nothing is heard until then.
    pub(super) fn ask_at(&self) -> Option<Timestamp> {
        self.ask_at
    }

    /// Discord is asked now; from here on decisions are held but for the end of a round.
    pub(super) fn ask(&mut self, now: Timestamp) {
        self.ask_at = Some(now + ASK_EVERY);
        self.holds = true;
    }

    /// Whether decisions are to be held when a round has ended.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// A session was opened or resumed, and all that came before it is heard or being looked up.
    /// Whether decisions were held until now.
    pub(super) fn hears_again(&mut self) -> bool {
        std::mem::take(&mut self.holds)
    }

    /// The session was resumed: there was no absence to tell about.
    pub(super) fn missed_nothing(&mut self) {
        self.news.clear();
        self.due.clear();
    }

    /// Notes what a round came to.
    pub(super) fn note(&mut self, news: &News, due: BTreeMap<GuildId, FellDue>) {
        for (guild, threads) in news {
            self.news.entry(*guild).or_default().extend(threads);
        }
        for (guild, more) in due {
            *self.due.entry(guild).or_default() += more;
        }
    }

    /// What came to light in a guild, to be told once.
    pub(super) fn take(&mut self, guild: GuildId) -> (BTreeSet<ThreadId>, FellDue) {
        let news = self.news.remove(&guild).unwrap_or_default();
        (news, self.due.remove(&guild).unwrap_or_default())
    }
}
