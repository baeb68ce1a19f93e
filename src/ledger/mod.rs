//! The one writer: takes intents, decides, writes events, projection and outbox in one transaction.
//!
//! # Data flow
//!
//! ```text
//! intake, catch-up ── Intent ──> bounded queue ──┐
//!                                               ├─> drain ─> load ─> apply ─> decide ─> write ─> commit ─> answer
//! commands, outbox ── Ask ─────> bounded queue ──┘     (one transaction, one commit for all that was queued)
//!                                               ┌─> tickets whose `wake_at` has come   (the sweep)
//!        when nothing is queued, or in between ─┤
//!                                               └─> threads that are gone              (erasing)
//! ```
//!
//! * Nothing is acknowledged before it is durable, and one commit serves whatever was queued while
//!   the last one was under way. A batch reads the tickets that the last ones have not left in
//!   memory in one query, and writes one statement per table and some hundred rows.
//! * Facts come in any order and any number of times: what follows the latest event extends the
//!   ticket, what comes late or takes something back makes it be folded again from all its events,
//!   what is recorded already is nothing.
//! * A ticket is decided once per batch, after all its facts are in.
//! * While decisions are held (a catch-up is under way) facts are recorded and the ticket is marked
//!   as due; the sweep that follows the release decides it.
//! * When the disk does not take a batch, its intents are kept and tried again with back-off, the
//!   queue fills, and intake slows down; commands are refused meanwhile, because a person can try
//!   again. An intent that fails for a reason of its own is taken out, logged and counted.
//! * The ticket of a deleted thread is closed and loses what was theirs, a few threads at a time.
//!
//! # Memory
//!
//! At most [`INTENTS_QUEUED`] intents of 48 bytes (a new thread's title and the like come on top) wait,
//! and one batch of as many is being written, some hundred threads at a time. The threads of the last
//! batches are kept, up to 2 MB of them. A transaction is about at most 12,288 threads.

mod batch;
pub mod bridge;
mod command;
mod erase;
pub mod intent;
mod lease;
mod live;
mod recent;
mod request;
mod settings;
mod strays;
mod sweep;
mod writer;

#[cfg(test)]
mod tests;

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, ThreadId, UserId};
use crate::domain::issue::BridgeSettings;
use crate::domain::parcel::{Notice, Parcel, Receipt};
use crate::domain::session::{Alive, Bearings};
use crate::store::{NewCover, PromiseOffer, SettingProposal, Store};
use bridge::{Denied, Effected};
use intent::{Command, Intent, Outcome, Refusal};
pub(crate) use lease::{Lease, Room};
pub use live::LiveGuilds;
pub(crate) use request::Setback;
use request::{Ask, Asked, Control, Released, Request};
pub use settings::{Change, NotChanged};
use strays::Strays;
use writer::Writer;

/// How many intents wait at most, and how many are taken at once: about 1.5 MB.
/// The more messages a batch has, the more of them share a ticket, which is written once.
pub const INTENTS_QUEUED: usize = 32_768;

/// How many commands and reports of the outbox wait at most.
const REQUESTS_QUEUED: usize = 1_024;

/// The ledger: see the [module](self).
#[derive(Debug)]
pub struct Ledger;

/// Whether the ledger decides from its first moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Deciding,
    /// Not before a [`LedgerHandle::hold`] is released: what we know may be old, and nobody should be alarmed
    /// about a question that was answered while we were away.
    Held,
}

/// What is used to talk to the ledger. Clones talk to the same ledger.
#[derive(Clone, Debug)]
pub struct LedgerHandle {
    intents: mpsc::Sender<Intent>,
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
}

/// What the writer and the handles have in common.
#[derive(Debug, Default)]
struct Shared {
    strays: Strays,
    /// Told after a commit that ordered something to be said.
    ordered: Notify,
    /// Told after a commit that was about issues on GitHub.
    bridged: Notify,
    /// How many intents were taken out because they could not be written.
    unwritable: AtomicU64,
    /// What is set about GitHub, where there is a way to it.
    bridge: OnceLock<BridgeSettings>,
}

/// Room for one intent in the ledger's queue.
#[derive(Debug)]
pub struct Permit<'handle>(mpsc::Permit<'handle, Intent>);

/// The ledger has stopped and takes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger has stopped")]
pub struct Stopped;

/// How many alerts were raised when decisions were released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FellDue {
    /// Warning points passed.
    pub at_risk: u32,
    /// Due times passed.
    pub overdue: u32,
}

impl AddAssign for FellDue {
    fn add_assign(&mut self, more: Self) {
        self.at_risk = self.at_risk.saturating_add(more.at_risk);
        self.overdue = self.overdue.saturating_add(more.overdue);
    }
}

/// Decisions are held; the later one is the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold(u64);

impl Ledger {
    /// Starts the writer as a task of `tracker`, on a thread of its own: what it takes and gives
    /// back by the megabyte then comes from one of the allocator's arenas, not from that of
    /// whichever worker it happens to run on. It ends after [`LedgerHandle::stop`], or when the
    /// last handle is dropped.
    pub fn start(
        store: Store,
        guilds: LiveGuilds,
        clock: Clock,
        tracker: &TaskTracker,
        start: Start,
    ) -> LedgerHandle {
        let (intents, intents_queued) = mpsc::channel(INTENTS_QUEUED);
        let (requests, requests_queued) = mpsc::channel(REQUESTS_QUEUED);
        let shared = Arc::new(Shared::default());
        let writer = Writer::new(
            store,
            guilds,
            clock,
            Arc::clone(&shared),
            intents_queued,
            requests_queued,
            start == Start::Held,
        );
        let runtime = Handle::current();
        tracker.spawn_blocking(move || runtime.block_on(writer.run()));
        LedgerHandle {
            intents,
            requests,
            shared,
        }
    }
}

impl Permit<'_> {
    /// Queues an intent, at once. It is written with the next commit.
    pub fn send(self, intent: Intent) {
        self.0.send(intent);
    }
}

impl LedgerHandle {
    /// Waits for room in the queue.
    pub async fn reserve(&self) -> Result<Permit<'_>, Stopped> {
        self.intents
            .reserve()
            .await
            .map(Permit)
            .map_err(|_closed| Stopped)
    }

    /// Carries out a command and answers after the commit.
    pub async fn command(&self, command: Command) -> Result<Outcome, Refusal> {
        self.ask(command, Ask::Command)
            .await
            .unwrap_or(Err(Refusal::NotWritten))
    }

    /// Writes down who takes over days of duty; returns after the commit.
    pub async fn cover(&self, cover: NewCover) -> Result<(), Stopped> {
        self.ask(cover, Ask::Cover).await
    }

    /// Takes back the cover that an interaction asked for, if it is by or for `of` or nobody is
    /// named; after the commit says whether there was one.
    pub async fn uncover(
        &self,
        guild: GuildId,
        cover: u64,
        of: Option<UserId>,
    ) -> Result<bool, Stopped> {
        self.ask((guild, cover, of), Ask::Uncover).await
    }

    /// Keeps a date that somebody is about to promise until its click; returns after the commit.
    pub async fn offer_promise(&self, offer: PromiseOffer) -> Result<(), Stopped> {
        self.ask(offer, Ask::OfferPromise).await
    }

    /// Keeps a change of a guild's settings until its click; gives its number after the commit.
    pub async fn propose(&self, guild: GuildId, proposal: SettingProposal) -> Result<i64, Stopped> {
        self.ask((guild, proposal), Ask::Propose).await
    }

    /// Changes a guild's settings. After the commit they are in force, for everybody.
    pub async fn change_settings(&self, change: Change) -> Result<(), NotChanged> {
        let asked = self.ask(Box::new(change), Ask::Change).await;
        asked.unwrap_or(Err(NotChanged::NotWritten))
    }

    /// There is a way to GitHub, with these rules: to be said once, before anything is decided.
    pub fn is_bridged(&self, settings: BridgeSettings) {
        if self.shared.bridge.set(settings).is_err() {
            tracing::warn!("the way to GitHub is known already");
        }
    }

    /// Writes something about issues on GitHub and answers after the commit.
    pub async fn bridge(&self, change: bridge::Change) -> Result<Effected, Denied> {
        self.ask(change, Ask::Bridge)
            .await
            .unwrap_or(Err(Denied::NotWritten))
    }

    /// Orders something to be said to a guild's moderators about the bot itself; returns after the
    /// commit. The same notice that still waits to be said is ordered once.
    pub async fn order_notice(&self, guild: GuildId, notice: Notice) -> Result<(), Stopped> {
        self.ask((guild, notice), Ask::Notice).await
    }

    /// Notes that everything was heard up to now; returns after the commit.
    pub async fn note_alive(&self, alive: Alive) -> Result<(), Stopped> {
        self.ask(alive, Ask::Alive).await
    }

    /// Notes that a session with Discord is about to be opened; returns after the commit, or at
    /// once when the disk refuses.
    pub async fn note_session_start(&self, bucket: u32, at: Timestamp) -> Result<(), Stopped> {
        self.ask((bucket, at), Ask::SessionStart).await
    }

    /// Notes what a start has found out about Discord; returns after the commit.
    pub async fn note_bearings(&self, bearings: Bearings) -> Result<(), Stopped> {
        self.ask(bearings, Ask::Bearings).await
    }

    /// Stops deciding until [`Self::release`]: facts are recorded, nothing is ordered. For the time
    /// of a catch-up.
    pub async fn hold(&self) -> Result<Hold, Stopped> {
        self.control(Control::Hold).await
    }

    /// Decides everything that fell due while decisions were held, and goes on. Answers, after the
    /// commit, how many alerts that raised in each guild. `None`: somebody has held decisions after this
    /// hold, and they stay held until that one is released.
    pub async fn release(&self, hold: Hold) -> Result<Released, Stopped> {
        self.control(|done| Control::Release(hold, done)).await
    }

    /// The next place that is not tracked and in which somebody wrote: ask Discord what it is. Each
    /// place comes once, until it is forgotten or many thousands of others have come.
    pub async fn next_stray(&self) -> ThreadId {
        self.shared.strays.next().await
    }

    /// Lets a place that came out of [`Self::next_stray`] come again when somebody writes there.
    pub fn forget_stray(&self, thread: ThreadId) {
        self.shared.strays.forget(thread);
    }

    /// How many intents could not be written for a reason of their own and were left out. Anything
    /// but zero is a bug of ours.
    pub fn unwritable(&self) -> u64 {
        self.shared.unwritable.load(Ordering::Relaxed)
    }

    /// Returns when everything that was sent before is committed and, unless decisions are held,
    /// nothing is due now. Returns at once when the ledger has stopped.
    pub async fn settled(&self) {
        if let Err(Stopped) = self.control(Control::Settle).await {
            tracing::debug!("the ledger has stopped: nothing is left to settle");
        }
    }

    /// Writes what is queued and ends the task; whatever is sent afterwards is refused.
    pub async fn stop(&self) {
        if let Err(Stopped) = self.control(Control::Stop).await {
            tracing::debug!("the ledger had stopped before");
        }
    }

    /// Leases what may be said now, as far as there is room. `None` when it could not be written.
    pub(crate) async fn lease(&self, room: Room) -> Option<Lease> {
        self.ask(room, Ask::Lease).await.ok()
    }

    /// Records that a parcel has arrived; returns after the commit.
    pub(crate) async fn delivered(&self, parcel: Parcel, receipt: Receipt) -> Result<(), Stopped> {
        self.ask((parcel, receipt), Ask::Delivered).await
    }

    /// Records that a parcel has not arrived; returns after the commit.
    pub(crate) async fn failed(&self, setback: Setback) -> Result<(), Stopped> {
        self.ask(setback, Ask::Failed).await
    }

    /// Returns when something about issues on GitHub was written since the last time.
    pub(crate) async fn bridged(&self) {
        self.shared.bridged.notified().await;
    }

    /// Returns when something was ordered since the last time.
    pub(crate) async fn ordered(&self) {
        self.shared.ordered.notified().await;
    }

    async fn ask<Q, A>(&self, question: Q, ask: impl Fn(Asked<Q, A>) -> Ask) -> Result<A, Stopped> {
        let (asked, answer) = Asked::new(question);
        self.requests
            .send(Request::Ask(ask(asked)))
            .await
            .map_err(|_closed| Stopped)?;
        answer.await.map_err(|_dropped| Stopped)
    }

    async fn control<A>(
        &self,
        control: impl Fn(oneshot::Sender<A>) -> Control,
    ) -> Result<A, Stopped> {
        let (done, answer) = oneshot::channel();
        self.requests
            .send(Request::Control(control(done)))
            .await
            .map_err(|_closed| Stopped)?;
        answer.await.map_err(|_dropped| Stopped)
    }
}
