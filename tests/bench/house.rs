//! A database with threads in it, and the ledger over it.

use std::sync::Arc;

use anyhow::Result;
use sameday::clock::Clock;
use sameday::config::Config;
use sameday::discord::places::Places;
use sameday::domain::ids::{ChannelId, GuildId};
use sameday::ledger::intent::{Intent, ThreadSeen};
use sameday::ledger::{Ledger, LedgerHandle, LiveGuilds, Start};
use sameday::store::{Store, check};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::frames::{FORUM, GUILD, begins_at, question, thread};

/// The settings as they are delivered.
const SETTINGS: &str = include_str!("../../deploy/sameday.toml");

pub(crate) struct House {
    pub(crate) guilds: LiveGuilds,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) ledger: LedgerHandle,
    tracker: TaskTracker,
    threads: u64,
    _folder: TempDir,
}

impl House {
    /// A new database in which so many threads are tracked, each with its question.
    pub(crate) async fn with_threads(threads: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(&folder.path().join("sameday.db")).await?;
        let (clock, _stands_still) = Clock::manual(begins_at());
        let config = Config::parse(SETTINGS)?;
        let a_day_before = begins_at() - chrono::TimeDelta::days(1);
        let settings = config.guild.settings(a_day_before);
        let guilds = LiveGuilds::new([settings]);
        let tracker = TaskTracker::new();
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &tracker,
            Start::Deciding,
        );
        let house = Self {
            guilds,
            clock,
            store,
            ledger,
            tracker,
            threads,
            _folder: folder,
        };
        for n in 0..threads {
            house.send(Intent::ThreadSeen(seen(n))).await?;
            house.send(Intent::Message(question(n))).await?;
        }
        house.ledger.settled().await;
        Ok(house)
    }

    pub(crate) async fn send(&self, intent: Intent) -> Result<()> {
        self.ledger.reserve().await?.send(intent);
        Ok(())
    }

    /// Places in which all its threads are known.
    pub(crate) fn places(&self) -> Arc<Places> {
        let places = Places::new(self.guilds.clone());
        for n in 0..self.threads {
            places.note_tracked(thread(n), ChannelId(FORUM));
        }
        Arc::new(places)
    }

    /// Ends the ledger and checks that everything is there and adds up: a bench that loses messages
    /// measures nothing.
    pub(crate) async fn close(self, messages: u64) -> Result<()> {
        self.ledger.stop().await;
        self.tracker.close();
        self.tracker.wait().await;
        let report = check::check(&self.store).await?;
        let expected = self.threads * 2 + messages;
        anyhow::ensure!(report.findings.is_empty(), "{:?}", report.findings);
        anyhow::ensure!(
            report.events == expected,
            "{} events instead of {expected}",
            report.events
        );
        Ok(())
    }
}

fn seen(n: u64) -> ThreadSeen {
    ThreadSeen {
        guild: GuildId(GUILD),
        thread: thread(n),
        channel: ChannelId(FORUM),
        title: format!("How do I make call {n} work again?"),
        tags: Vec::new(),
        archived: false,
        locked: false,
    }
}

/// The position of a session.
pub(crate) fn position(sequence: u64) -> sameday::gateway::Position {
    sameday::gateway::Position {
        shard: 0,
        shards: 1,
        session_id: "0123456789abcdef0123456789abcdef".to_owned(),
        sequence,
        resume_url: "ws://127.0.0.1:1".to_owned(),
        ready: r#"{"v":10}"#.into(),
    }
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").finish_non_exhaustive()
    }
}
