//! Catch-up against a Discord of one guild, with the real ledger on a real file.

mod rest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::rest::{Discord, Thread};
use super::guild::first_id;
use super::{CatchUp, Errand, Round, Todo, errands};
use crate::clock::{Clock, ManualClock};
use crate::discord::api::Message;
use crate::discord::places::{Place, Places};
use crate::discord::samples;
use crate::domain::Timestamp;
use crate::domain::event::Fact;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, UserId};
use crate::domain::parcel::{Content, Notice};
use crate::domain::ticket::Status;
use crate::ledger::intent::{Intent, ThreadSeen};
use crate::ledger::{Ledger, LedgerHandle, Start};
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
        let guilds = samples::guilds();
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
        let round = Round::new(&catch_up, Some(self.clock.now()));
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

#[tokio::test]
async fn a_thread_is_read_to_its_end_whatever_its_length() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    let answers = (1..250).map(|n| (id(10, n), if n % 2 == 0 { STAFF } else { LEFT }));
    bot.add(post, FORUM, [(post, ASKER)].into_iter().chain(answers));
    bot.write(post, id(11, 0), BOT);
    bot.start_over().await;
    let recorded = bot.recorded(post).await;
    assert_eq!(recorded.len(), 250);
    assert_eq!(recorded[&post], (ASKER, false));
    assert_eq!(recorded[&id(10, 1)], (LEFT, false));
    assert_eq!(recorded[&id(10, 2)], (STAFF, true));
    let known = bot.store.list_threads_known(GuildId(1)).await.unwrap();
    assert_eq!(known[0].last_seen, Some(MessageId(id(11, 0))));
    let asked = bot.discord.lock().asked.clone();
    let members = asked.iter().filter(|path| path.contains("members")).count();
    assert_eq!(members, 3, "each person is asked about once");
}

#[tokio::test]
async fn only_what_is_new_is_read_again() {
    let bot = Bot::start().await;
    let (quiet, busy) = (id(10, 0), id(20, 0));
    bot.add(quiet, FORUM, [(quiet, ASKER)]);
    bot.add(busy, FORUM, [(busy, ASKER)]);
    bot.start_over().await;
    bot.discord.lock().asked.clear();
    bot.write(busy, id(610, 0), STAFF);
    bot.hand.set(minute(620));
    bot.start_over().await;
    assert_eq!(bot.recorded(busy).await.len(), 2);
    let asked = bot.discord.lock().asked.clone();
    let read: Vec<_> = asked
        .iter()
        .filter(|path| path.ends_with("messages"))
        .collect();
    assert_eq!(read, [&format!("channels/{busy}/messages")]);
    // Twenty minutes are worth a word.
    let [
        Notice::Away {
            from,
            until,
            threads,
            ..
        },
    ] = bot.notices().await[..]
    else {
        panic!("{:?}", bot.notices().await);
    };
    assert_eq!(from, minute(600).timestamp_millis());
    assert_eq!(until, minute(620).timestamp_millis());
    assert_eq!(threads, 1);
}

#[tokio::test]
async fn the_first_start_and_a_short_absence_are_not_worth_a_word() {
    let bot = Bot::start().await;
    bot.start_over().await;
    bot.hand.set(minute(601));
    bot.start_over().await;
    assert_eq!(bot.notices().await, []);
}

#[tokio::test]
async fn what_was_recorded_past_a_gap_does_not_hide_the_gap() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.start_over().await;
    // Three messages come while nobody listens; then the last is heard, and the bot is killed.
    for n in 1..=3 {
        bot.write(post, id(610, n), ASKER);
    }
    let last = bot.discord.lock().message(post, id(610, 3));
    bot.send(Intent::Message(last.seen(false))).await;
    assert_eq!(bot.recorded(post).await.len(), 2);
    bot.hand.set(minute(620));
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 4);
}

#[tokio::test]
async fn what_is_written_while_a_thread_is_read_is_not_lost() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.discord.lock().arriving = Some((id(599, 0), STAFF));
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 2);
}

#[tokio::test]
async fn what_was_deleted_is_noticed_where_something_is_new() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(
        post,
        FORUM,
        [(post, ASKER), (id(595, 0), ASKER), (id(595, 1), ASKER)],
    );
    bot.start_over().await;
    {
        let mut guild = bot.discord.lock();
        let thread = guild.threads.get_mut(&post).unwrap();
        thread.messages.remove(&id(595, 0));
        thread.messages.insert(id(610, 0), STAFF);
    }
    bot.hand.set(minute(620));
    bot.start_over().await;
    let recorded: Vec<u64> = bot.recorded(post).await.into_keys().collect();
    assert_eq!(recorded, [post, id(595, 1), id(610, 0)]);
}

#[tokio::test]
async fn a_last_message_that_was_deleted_is_not_looked_for_again_and_again() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let deleted = BTreeSet::from([id(11, 0)]);
    bot.discord.lock().threads.get_mut(&post).unwrap().deleted = deleted;
    bot.start_over().await;
    bot.discord.lock().asked.clear();
    bot.start_over().await;
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.ends_with("messages")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn threads_and_channels_that_vanished_are_gone() {
    let bot = Bot::start().await;
    let (post, talk) = (id(10, 0), id(20, 0));
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.add(talk, TEXT, [(id(20, 1), ASKER)]);
    bot.start_over().await;
    bot.discord.lock().threads.clear();
    bot.discord.lock().channels.remove(&TEXT);
    bot.start_over().await;
    for thread in [post, talk] {
        let row = bot
            .store
            .find_ticket_by_thread(ThreadId(thread))
            .await
            .unwrap();
        let status = row.unwrap().ticket.status;
        assert!(matches!(status, Status::Gone { .. }), "{status:?}");
    }
    let notices = bot.notices().await;
    assert!(
        matches!(&notices[..], [Notice::Trouble { sentence }] if sentence.contains("21")),
        "{notices:?}"
    );
}

#[tokio::test]
async fn the_question_of_a_thread_in_a_text_channel_stands_above_it() {
    let bot = Bot::start().await;
    let (asked, alone) = (id(10, 0), id(20, 0));
    bot.add(asked, TEXT, [(id(12, 0), STAFF)]);
    bot.add(alone, TEXT, [(id(21, 0), ASKER)]);
    bot.discord.lock().questions.insert((TEXT, asked), ASKER);
    bot.start_over().await;
    assert_eq!(
        bot.recorded(asked).await,
        [(asked, (ASKER, false)), (id(12, 0), (STAFF, true))].into()
    );
    assert_eq!(
        bot.recorded(alone).await,
        [(id(21, 0), (ASKER, false))].into()
    );
    let row = bot
        .store
        .find_ticket_by_thread(ThreadId(asked))
        .await
        .unwrap();
    assert_eq!(row.unwrap().ticket.asker(), Some(UserId(ASKER)));
}

#[tokio::test]
async fn a_new_thread_in_a_text_channel_gets_its_question() {
    let bot = Bot::start().await;
    bot.start_over().await;
    let thread = id(601, 0);
    bot.add(thread, TEXT, []);
    bot.discord.lock().questions.insert((TEXT, thread), STAFF);
    bot.places.note_tracked(ThreadId(thread), ChannelId(TEXT));
    bot.send(Intent::from(thread_seen(thread, TEXT))).await;
    bot.round([Errand::Starter {
        guild: GuildId(1),
        channel: ChannelId(TEXT),
        thread: ThreadId(thread),
    }])
    .await;
    assert_eq!(
        bot.recorded(thread).await,
        [(thread, (STAFF, false))].into()
    );
}

#[tokio::test]
async fn one_thread_is_read_from_the_message_that_came_without_roles() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.start_over().await;
    bot.write(post, id(605, 0), STAFF);
    bot.discord.lock().asked.clear();
    bot.round([Errand::Thread {
        guild: GuildId(1),
        thread: ThreadId(post),
        from: Some(MessageId(id(605, 0))),
    }])
    .await;
    assert_eq!(bot.recorded(post).await[&id(605, 0)], (STAFF, true));
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.contains("guilds/1/threads")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn archived_threads_are_read_back_to_where_the_promise_starts() {
    let bot = Bot::start().await;
    for n in 0..5 {
        let post = id(10 + n, 0);
        bot.add(post, FORUM, [(post, ASKER)]);
        let archived_at = minute(100 * n).timestamp_millis() - 1;
        let mut guild = bot.discord.lock();
        guild.threads.get_mut(&post).unwrap().archived_at = Some(archived_at);
    }
    bot.start_over().await;
    let mut recorded = Vec::new();
    for n in 0..5 {
        recorded.push(bot.recorded(id(10 + n, 0)).await.len());
    }
    // The first was archived before: it is heard of when somebody writes in it.
    assert_eq!(recorded, [0, 1, 1, 1, 1]);
    let asked = bot.discord.lock().asked.clone();
    let pages = asked
        .iter()
        .filter(|path| path.contains("20/threads/archived"));
    assert_eq!(pages.count(), 3);
    // Once the forum has a history, the presence is far enough.
    bot.discord.lock().asked.clear();
    bot.start_over().await;
    let asked = bot.discord.lock().asked.clone();
    let pages = asked
        .iter()
        .filter(|path| path.contains("20/threads/archived"));
    assert_eq!(pages.count(), 1);
}

#[tokio::test]
async fn private_threads_are_left_alone() {
    let bot = Bot::start().await;
    let secret = id(10, 0);
    bot.add(secret, TEXT, [(id(11, 0), ASKER)]);
    bot.discord.lock().threads.get_mut(&secret).unwrap().kind = 12;
    bot.start_over().await;
    assert_eq!(bot.recorded(secret).await, BTreeMap::new());
    assert_eq!(bot.places.find(secret), Place::Elsewhere);
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.ends_with("messages")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_place_nobody_has_heard_of_is_looked_up() {
    let bot = Bot::start().await;
    bot.start_over().await;
    let old = id(10, 0);
    bot.add(old, FORUM, [(old, ASKER), (id(605, 0), STAFF)]);
    let said = bot.discord.lock().message(old, id(605, 0));
    let elsewhere = bot.discord.lock().message_in(22, id(605, 1));
    bot.send(Intent::Message(said.seen(true))).await;
    bot.send(Intent::Message(elsewhere.seen(false))).await;
    bot.ledger.settled().await;
    let catch_up = bot.prepare().await;
    let mut todo = Todo::default();
    for _ in 0..2 {
        todo.strays.insert(bot.ledger.next_stray().await);
    }
    let round = Round::new(&catch_up, Some(minute(600)));
    let done = round.run(todo).await.unwrap();
    assert!(done.failed.is_empty());
    assert_eq!(bot.recorded(old).await.len(), 2);
    assert_eq!(bot.places.find(22), Place::Elsewhere);
}

#[tokio::test]
async fn what_fails_is_kept_for_another_try_and_moves_no_presence() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let path = format!("channels/{post}/messages");
    bot.discord.lock().faults.insert(path.clone(), 404);
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await, BTreeMap::new());
    assert_eq!(bot.store.load_presence().await.unwrap(), None);
    bot.discord.lock().faults.clear();
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 1);
    assert_eq!(bot.store.load_presence().await.unwrap(), Some(minute(600)));
}

#[tokio::test]
async fn a_channel_that_is_hidden_is_told_once_and_stops_nothing() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let path = format!("channels/{TEXT}/threads/archived/public");
    bot.discord.lock().faults.insert(path, 403);
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 1);
    let notices = bot.notices().await;
    assert!(
        matches!(&notices[..], [Notice::Trouble { sentence }] if sentence.contains("<#21>")),
        "{notices:?}"
    );
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

/// A thread of as many messages as `heard` says which were heard live; after those numbered in
/// `rounds` a catch-up takes place.
async fn interleave(heard: &[bool], rounds: &[usize], twice: bool, announced: bool) {
    let bot = Bot::start().await;
    let post = id(10, 0);
    let authors = [ASKER, STAFF, LEFT, BOT];
    let messages: Vec<(u64, u64)> = (0..heard.len())
        .map(|n| {
            let number = u64::try_from(n).unwrap();
            let minutes = 10 + 100 * i64::try_from(n).unwrap();
            (
                id(minutes, u64::from(n > 0) * number),
                authors[n % authors.len()],
            )
        })
        .collect();
    bot.hand.set(minute(10));
    bot.add(post, FORUM, []);
    if announced {
        bot.places.note_tracked(ThreadId(post), ChannelId(FORUM));
        bot.send(Intent::from(thread_seen(post, FORUM))).await;
        let message = MessageId(post - 1);
        let thread = ThreadId(post);
        bot.send(Intent::ReadUpTo { thread, message }).await;
    }
    for (n, (message, author)) in messages.iter().enumerate() {
        bot.hand.set(MessageId(*message).instant());
        bot.write(post, *message, *author);
        if heard[n] {
            let said = bot.discord.lock().message(post, *message);
            let said = said.seen(*author == STAFF);
            for _ in 0..=u8::from(twice) {
                bot.send(Intent::Message(said)).await;
            }
        }
        if rounds.contains(&n) {
            bot.start_over().await;
        }
    }
    bot.start_over().await;
    let expected: BTreeMap<u64, (u64, bool)> = messages
        .into_iter()
        .filter(|(_, author)| *author != BOT)
        .map(|(message, author)| (message, (author, author == STAFF)))
        .collect();
    assert_eq!(bot.recorded(post).await, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever part of a thread was heard live, and whenever the rest was read: all of it is
    /// recorded, once.
    #[test]
    fn live_frames_and_catch_up_add_up_in_any_order(
        heard in prop::collection::vec(any::<bool>(), 1..9),
        rounds in prop::collection::vec(0_usize..9, 0..3),
        twice in any::<bool>(),
        announced in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(interleave(&heard, &rounds, twice, announced));
    }
}
