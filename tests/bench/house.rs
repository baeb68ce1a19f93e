//! A database with threads in it, and the ledger over it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use sameday::clock::{Clock, ManualClock};
use sameday::config::Config;
use sameday::discord::places::Places;
use sameday::domain::Timestamp;
use sameday::domain::ids::{ChannelId, GuildId, ThreadId};
use sameday::ledger::intent::{Intent, ThreadSeen};
use sameday::ledger::{Ledger, LedgerHandle, LiveGuilds, Start};
use sameday::settings;
use sameday::store::{Store, check};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::frames::{FORUM, GUILD, SEQUENCE_BASE, begins_at, question, thread};

/// The settings as they are delivered.
pub(crate) const SETTINGS: &str = include_str!("../../deploy/sameday.toml");

pub(crate) struct House {
    pub(crate) guilds: LiveGuilds,
    pub(crate) clock: Clock,
    hand: Option<Arc<ManualClock>>,
    pub(crate) store: Store,
    pub(crate) ledger: LedgerHandle,
    tracker: TaskTracker,
    threads: u64,
    folder: Option<TempDir>,
}

impl House {
    /// A new database in which so many threads are tracked, each with its question.
    pub(crate) async fn with_threads(threads: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut house = Self::open(folder.path(), SETTINGS, threads).await?;
        house.folder = Some(folder);
        house.fill(false).await?;
        Ok(house)
    }

    /// A database for the program itself, as it may stand before a start: all threads archived, as
    /// those are that Discord does not list, and the position of a session to be resumed at `url`.
    pub(crate) async fn prepare(
        folder: &Path,
        settings: &str,
        threads: u64,
        resume: Option<(&str, &str)>,
    ) -> Result<()> {
        let house = Self::open(folder, settings, threads).await?;
        house.fill(true).await?;
        if let Some((url, ready)) = resume {
            let mut position = position(SEQUENCE_BASE);
            url.clone_into(&mut position.resume_url);
            position.ready = ready.into();
            house.send(Intent::from(position)).await?;
        }
        house.ledger.settled().await;
        house.close(0).await
    }

    /// A database with no thread in it yet, and the ledger over it.
    pub(crate) async fn open(folder: &Path, settings: &str, threads: u64) -> Result<Self> {
        let (clock, hand) = Clock::manual(begins_at());
        let mut house = Self::by(clock, folder, settings, threads).await?;
        house.hand = Some(hand);
        Ok(house)
    }

    /// The same by the system's clock.
    pub(crate) async fn on_system_clock(folder: &Path, settings: &str) -> Result<Self> {
        Self::by(Clock::System, folder, settings, 0).await
    }

    async fn by(clock: Clock, folder: &Path, settings: &str, threads: u64) -> Result<Self> {
        let store = Store::open(&folder.join("sameday.db")).await?;
        let config = Config::parse(settings)?;
        let a_day_before = clock.now() - chrono::TimeDelta::days(1);
        // As the program takes them in: to it these are the settings of the process before.
        let (history, _) = settings::take_in(&store, &config, a_day_before).await?;
        let guilds = LiveGuilds::new([history.settings()?]);
        let tracker = TaskTracker::new();
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &tracker,
            Start::Deciding,
        );
        Ok(Self {
            guilds,
            clock,
            hand: None,
            store,
            ledger,
            tracker,
            threads,
            folder: None,
        })
    }

    pub(crate) async fn fill(&self, archived: bool) -> Result<()> {
        for n in 0..self.threads {
            self.send(Intent::from(seen(n, archived))).await?;
            self.send(Intent::Message(question(n))).await?;
        }
        self.ledger.settled().await;
        Ok(())
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

    /// Turns its clock.
    pub(crate) fn turns_to(&self, now: Timestamp) {
        if let Some(hand) = &self.hand {
            hand.set(now);
        }
    }

    /// Ends the ledger.
    pub(crate) async fn stops(self) {
        self.ledger.stop().await;
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Ends the ledger and checks that everything is there and adds up: a bench that loses messages
    /// measures nothing.
    pub(crate) async fn close(mut self, messages: u64) -> Result<()> {
        let (store, threads) = (self.store.clone(), self.threads);
        // The file is looked at before it goes.
        let _folder = self.folder.take();
        self.stops().await;
        let report = check::check(&store).await?;
        let expected = threads * 2 + messages;
        anyhow::ensure!(report.findings.is_empty(), "{:?}", report.findings);
        anyhow::ensure!(
            report.events == expected,
            "{} events instead of {expected}",
            report.events
        );
        // Whoever opens the file next would else find it being closed.
        store.close().await;
        Ok(())
    }
}

fn seen(n: u64, archived: bool) -> ThreadSeen {
    ThreadSeen {
        archived,
        ..seen_at(thread(n), n)
    }
}

/// The `n`th thread with a number of its own.
pub(crate) fn seen_at(thread: ThreadId, n: u64) -> ThreadSeen {
    ThreadSeen {
        guild: GuildId(GUILD),
        thread,
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
