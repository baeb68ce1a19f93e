//! The ledger on a real file, with a clock turned by hand.

mod commands;
mod disk;
mod erase;
mod facts;
mod summer_time;
mod sweep;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::intent::{
    Action, Author, Command, Intent, MessageSeen, Outcome, Rank, Refusal, ThreadSeen, TicketRef,
};
use super::{Ledger, LedgerHandle, LiveGuilds, Start};
use crate::clock::{Clock, ManualClock};
use crate::domain::calendar::Calendar;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{
    ChannelId, DISCORD_EPOCH_MILLIS, GuildId, MessageId, RoleId, ThreadId, UserId,
};
use crate::domain::no_reply::NoReply;
use crate::domain::policy::{Policy, ServiceLevel};
use crate::domain::target::{Target, Warning};
use crate::domain::{Timestamp, from_millis};
use crate::store::{Store, TicketRow, check};

pub(super) const GUILD: GuildId = GuildId(1);
pub(super) const HELP: ChannelId = ChannelId(20);
pub(super) const ELSEWHERE: ChannelId = ChannelId(21);
pub(super) const ANN: UserId = UserId(100_000);
pub(super) const BEN: UserId = UserId(100_001);
pub(super) const EVA: UserId = UserId(100_002);
pub(super) const MAX: UserId = UserId(100_003);

/// Minute zero of every test: a Tuesday, 3,653 days after Discord's epoch.
const START_MINUTE: u64 = 3_653 * 24 * 60;

/// The instant `minute` minutes after the test's start.
pub(super) fn at(minute: u64) -> Timestamp {
    let minutes = i64::try_from(START_MINUTE + minute).unwrap();
    from_millis(DISCORD_EPOCH_MILLIS + minutes * 60_000).unwrap()
}

/// The `n`th snowflake of a minute.
pub(super) fn snowflake(minute: u64, n: u64) -> u64 {
    ((START_MINUTE + minute) * 60_000) << 22 | n
}

pub(super) fn thread(n: u64) -> ThreadId {
    ThreadId(snowflake(0, n))
}

/// Four hours for every answer, a warning one hour before.
pub(super) fn guilds(channels: &[ChannelId]) -> LiveGuilds {
    let four_hours = Target::Wall(TimeDelta::hours(4));
    let settings = GuildSettings {
        guild: GUILD,
        channels: channels.to_vec(),
        staff_roles: vec![RoleId(30)],
        moderator_roles: vec![RoleId(31)],
        staff_channel: ChannelId(40),
        moderator_channel: ChannelId(41),
        no_reply: NoReply::default(),
        service_level: ServiceLevel::of(
            vec![Policy {
                warning: Warning::Lead(TimeDelta::hours(1)),
                ..Policy::of("all", Calendar::always(chrono_tz::UTC)).answering(four_hours)
            }],
            at(0),
        ),
    };
    LiveGuilds::new([settings])
}

pub(super) fn seen(thread: ThreadId) -> Intent {
    Intent::from(ThreadSeen {
        guild: GUILD,
        thread,
        channel: HELP,
        title: "Ünïcode: how do I …?".to_owned(),
        tags: Vec::new(),
        archived: false,
        locked: false,
    })
}

pub(super) fn message(thread: ThreadId, message: u64, user: UserId) -> Intent {
    let staff = user == EVA || user == MAX;
    Intent::Message(MessageSeen {
        thread,
        message: MessageId(message),
        author: Author::Human { user, staff },
    })
}

/// A ledger, its file and its clock.
pub(super) struct House {
    pub(super) folder: TempDir,
    pub(super) store: Store,
    pub(super) ledger: LedgerHandle,
    pub(super) clock: Clock,
    pub(super) hand: Arc<ManualClock>,
    pub(super) tracker: TaskTracker,
}

impl House {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::manual(at(0));
        Self::open(folder, clock, hand, guilds(&[HELP]), Start::Deciding).await
    }

    pub(super) async fn open(
        folder: TempDir,
        clock: Clock,
        hand: Arc<ManualClock>,
        guilds: LiveGuilds,
        start: Start,
    ) -> Self {
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let tracker = TaskTracker::new();
        let ledger = Ledger::start(store.clone(), guilds, clock.clone(), &tracker, start);
        Self {
            folder,
            store,
            ledger,
            clock,
            hand,
            tracker,
        }
    }

    /// Ends the ledger, closes the file and opens both again.
    pub(super) async fn restart(self, guilds: LiveGuilds, start: Start) -> Self {
        self.ledger.stop().await;
        self.tracker.close();
        self.tracker.wait().await;
        drop((self.ledger, self.store));
        Self::open(self.folder, self.clock, self.hand, guilds, start).await
    }

    pub(super) async fn send(&self, intents: impl IntoIterator<Item = Intent>) {
        for intent in intents {
            self.ledger.reserve().await.unwrap().send(intent);
        }
        self.ledger.settled().await;
    }

    /// Turns the clock and lets everything happen.
    pub(super) async fn turn_to(&self, minute: u64) {
        self.hand.set(at(minute));
        self.ledger.settled().await;
    }

    pub(super) async fn ticket(&self, thread: ThreadId) -> TicketRow {
        let ticket = self.store.find_ticket_by_thread(thread).await.unwrap();
        ticket.expect("the thread is tracked")
    }

    pub(super) fn command(interaction: u64, by: UserId, action: Action) -> Command {
        let rank = match by {
            MAX => Rank::Moderator,
            EVA => Rank::Staff,
            _ => Rank::Member,
        };
        Command {
            interaction,
            ticket: TicketRef::Thread(thread(1)),
            guild: GUILD,
            by,
            rank,
            action,
            words: String::new(),
        }
    }

    pub(super) async fn run(
        &self,
        interaction: u64,
        by: UserId,
        action: Action,
    ) -> Result<Outcome, Refusal> {
        self.ledger
            .command(Self::command(interaction, by, action))
            .await
    }

    /// Proves that nothing is wrong: every projection is the fold of its events, and no intent was
    /// left out.
    pub(super) async fn is_sound(&self) {
        let report = check::check(&self.store).await.unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!(self.ledger.unwritable(), 0);
    }
}
