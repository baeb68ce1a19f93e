//! Catch-up against a Discord of one guild, with the real ledger on a real file.

mod interleaved;
mod rest;
mod rounds;
mod threads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::rest::{Discord, Thread};
use super::guild::first_id;
use super::{CatchUp, Errand, Round, Todo, errands};
use crate::clock::{Clock, ManualClock};
use crate::discord::api::Message;
use crate::discord::places::{Place, Places};
use crate::discord::samples;
use crate::domain::event::Fact;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, UserId};
use crate::domain::parcel::{Content, Notice};
use crate::domain::policy::{Policy, ServiceLevel};
use crate::domain::target::Target;
use crate::domain::ticket::Status;
use crate::domain::{Calendar, Timestamp};
use crate::ledger::intent::{Intent, ThreadSeen};
use crate::ledger::{Ledger, LedgerHandle, LiveGuilds, Start};
use crate::store::Store;

const FORUM: u64 = 20;
const TEXT: u64 = 21;
const ASKER: u64 = 5;
const STAFF: u64 = 6;
const LEFT: u64 = 7;
const BOT: u64 = 99;

/// So many minutes after `enforce_from`.
fn minute(minutes: i64) -> Timestamp {
    samples::settings().service_level.enforce_from + chrono::TimeDelta::minutes(minutes)
}

/// An id of that minute.
fn id(minutes: i64, number: u64) -> u64 {
    first_id(minute(minutes)).0 + number
}

struct Bot {
    discord: Discord,
    store: Store,
    ledger: LedgerHandle,
    places: Arc<Places>,
    rest: crate::gateway::rest::Rest,
    clock: Clock,
    hand: Arc<ManualClock>,
    _folder: TempDir,
}

impl Bot {
    /// A guild with its channels and people, and a bot that has not heard of any of it.
    async fn start() -> Self {
        Self::of(samples::settings()).await
    }

    async fn of(settings: GuildSettings) -> Self {
        let tracker = TaskTracker::new();
        let (discord, rest) = Discord::start(&tracker).await;
        {
            let mut guild = discord.lock();
            guild.channels = [(FORUM, 15), (TEXT, 0), (22, 0)].into();
            guild.members = [(ASKER, vec![]), (STAFF, vec![70])].into();
        }
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let (clock, hand) = Clock::manual(minute(600));
        let guilds = LiveGuilds::new([settings]);
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &tracker,
            Start::Held,
        );
        Self {
            discord,
            store,
            ledger,
            places: Arc::new(Places::new(guilds)),
            rest,
            clock,
            hand,
            _folder: folder,
        }
    }

    /// Does these errands after a start, and notes presence at the end.
    async fn catch_up(&self, wanted: impl IntoIterator<Item = Errand>) {
        let catch_up = self.prepare().await;
        let (line, inbox) = errands(0);
        for errand in wanted {
            line.send(errand).unwrap();
        }
        drop(line);
        // It ends when nobody can ask for anything any more.
        catch_up
            .run(inbox, Vec::new(), CancellationToken::new())
            .await
            .unwrap();
        self.ledger.settled().await;
    }

    async fn start_over(&self) {
        self.catch_up([Errand::Session {
            shard: 0,
            shards: 1,
        }])
        .await;
    }

    /// Does these errands and nothing else.
    async fn round(&self, wanted: impl IntoIterator<Item = Errand>) {
        let mut todo = Todo::default();
        for errand in wanted {
            todo.add(errand);
        }
        let catch_up = self.prepare().await;
        let round = Round::new(&catch_up, &catch_up.unreads, Some(self.clock.now()));
        assert!(round.run(todo).await.unwrap().failed.is_empty());
    }

    async fn prepare(&self) -> CatchUp {
        CatchUp::prepare(
            self.rest.clone(),
            self.store.clone(),
            self.ledger.clone(),
            Arc::clone(&self.places),
            self.clock.clone(),
        )
        .await
        .unwrap()
    }

    async fn send(&self, intent: Intent) {
        self.ledger.reserve().await.unwrap().send(intent);
    }

    /// The messages recorded in a thread: who wrote them, and whether as staff.
    async fn recorded(&self, thread: u64) -> BTreeMap<u64, (u64, bool)> {
        self.ledger.settled().await;
        let row = self.store.find_ticket_by_thread(ThreadId(thread)).await;
        let Some(row) = row.unwrap() else {
            return BTreeMap::new();
        };
        let mut recorded = BTreeMap::new();
        for event in self.store.list_events(row.ticket_id).await.unwrap() {
            match event.event.fact {
                Fact::MessagePosted {
                    message,
                    author: UserId(author),
                    staff,
                } => drop(recorded.insert(message.0, (author, staff))),
                Fact::MessageDeleted { message } => drop(recorded.remove(&message.0)),
                _ => {}
            }
        }
        recorded
    }

    /// What the moderators were told.
    async fn notices(&self) -> Vec<Notice> {
        let pending = self.store.list_pending().await.unwrap();
        pending
            .into_iter()
            .filter_map(|row| match row.content {
                Content::Notice(notice) => Some(notice),
                _ => None,
            })
            .collect()
    }

    fn add(&self, thread: u64, parent: u64, messages: impl IntoIterator<Item = (u64, u64)>) {
        let thread_at = Thread {
            parent,
            kind: 11,
            archived_at: None,
            messages: messages.into_iter().collect(),
            deleted: BTreeSet::new(),
        };
        self.discord.lock().threads.insert(thread, thread_at);
    }

    fn write(&self, thread: u64, message: u64, author: u64) {
        let mut guild = self.discord.lock();
        let thread = guild.threads.get_mut(&thread).unwrap();
        thread.messages.insert(message, author);
    }
}

fn thread_seen(thread: u64, channel: u64) -> ThreadSeen {
    ThreadSeen {
        guild: GuildId(1),
        thread: ThreadId(thread),
        channel: ChannelId(channel),
        title: "a title".into(),
        tags: Vec::new(),
        archived: false,
        locked: false,
    }
}

impl rest::Guild {
    /// A message of a thread, as the gateway would bring it.
    fn message(&self, thread: u64, message: u64) -> Message {
        let author = self.threads[&thread].messages[&message];
        serde_json::from_value(Self::message_json(thread, message, author)).unwrap()
    }

    fn message_in(&self, channel: u64, message: u64) -> Message {
        assert!(self.channels.contains_key(&channel));
        serde_json::from_value(Self::message_json(channel, message, ASKER)).unwrap()
    }
}
