//! Finding what was not heard: after a new session, after a start that does not resume the old one,
//! and when somebody writes in a place nobody has heard of.
//!
//! # How it works
//!
//! A round begins by holding decisions: facts are recorded while it lasts, from REST and from the
//! gateway alike, but nobody is alarmed about a thread that is read only half. When everything is
//! read, decisions go on, and what fell due meanwhile is said together. A round of a guild:
//!
//! 1. its channels, its active threads, and for each watched channel the archived threads, back to
//!    the instant from which on something may be missing;
//! 2. threads that were active and are on no list are asked for one by one: archived, or gone;
//! 3. of each thread with a message later than what is recorded, the messages after that, 100 at a
//!    time, the oldest first; and up to where it was read. Threads in which somebody wrote minutes
//!    before that instant are read as well, unless the process before had heard them without a gap;
//! 4. of each listed thread that has messages which were said on its issue, or whose files went along,
//!    also where nothing is new, the page with the last of them: no list says that something was
//!    edited or deleted, and it is followed on GitHub.
//!
//! REST and the gateway overlap on purpose. Every fact has a key made from its snowflake, so what
//! comes twice is one, and the order does not matter. A thread nobody had heard of is announced to
//! the ledger together with all of its messages, and read once more after that: what was written
//! meanwhile had nowhere to go.
//!
//! # When nothing is compared
//!
//! A start whose sessions are all resumed has missed nothing, and asks Discord nothing, if the
//! process before it owed nothing: every errand that a position has moved past is counted in the
//! transaction that moves it, and what is done is counted when presence is noted. Settings that
//! watch other channels than then are compared as well. Requests of a comparison leave at
//! [`AT_MOST`] a second, so that alerts and answers have room beside it.
//!
//! # From which instant
//!
//! The *presence* in the store is the last instant at which everything before was heard: it is
//! moved forward while every shard's session is live, nothing is left to be looked up, and no
//! session was lost since. A crash in the middle of a round leaves it where it was, and the next
//! round reads the same stretch again, even where later messages are recorded already.
//!
//! # What cannot be read
//!
//! A thread at which Discord fails each time, while it does not at others, is left out of all that:
//! it is remembered and tried again by itself (see `unread`).
//!
//! # While nothing is heard
//!
//! When no session comes about for minutes, rounds are made all the same, every few minutes, and
//! decisions are held between them.
//!
//! # What it does not find
//!
//! * A message that was deleted while the bot was away, unless it was written after the presence in
//!   a thread that has something new, or stands on that page. Telling otherwise would mean to read
//!   everything again.
//! * A thread that was archived when it was last seen and was deleted since. Nobody is alarmed
//!   about it before somebody would have written in it, and then it is looked up.
//! * The roles people had when they wrote: what counts is what they hold when it is read.
//! * The tags a thread had at its start, when it is first seen later: those it has then count.
//! * Archived threads from before the presence, when `enforce_from` is moved back later.

mod carried;
mod deaf;
mod errand;
mod guild;
mod line;
mod members;
mod presence;
mod round;
#[cfg(test)]
mod tests;
mod thread;
mod unread;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::deaf::Deaf;
pub use self::errand::Errand;
use self::errand::Todo;
pub(in crate::discord) use self::guild::first_id;
pub use self::line::{Ended, Errands, Inbox, Progress, errands};
use self::presence::Presence;
use self::round::{Done, Round};
use self::unread::Unreads;
use super::places::Places;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, MessageId, ThreadId};
use crate::domain::parcel::Notice;
use crate::domain::session::{Alive, Debt};
use crate::gateway::Health;
use crate::gateway::rest::{Rest, RestError};
use crate::ledger::{FellDue, LedgerHandle, Stopped};
use crate::store::{Store, StoreError};

/// How long the first round waits for a session at most. It is best made right after the session
/// was opened, when nothing can fall between the two.
const SESSION_PATIENCE: Duration = Duration::from_secs(15);

/// How long until something that failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(20);

/// How often presence is noted.
const NOTE_EVERY: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// How many requests a second a comparison makes at most: Discord allows 50 in all.
pub const AT_MOST: u32 = 40;

/// Discord promises no order: of what was written in this time before the last thing that was heard,
/// something may still have been on its way.
const IN_ORDER: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// From this on an absence is always worth saying.
const LONG_ABSENCE: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// From this on an absence is worth saying when something fell due in it. A shorter one is no
/// absence to anybody: presence itself is noted only every [`NOTE_EVERY`].
const ABSENCE: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Looks up on Discord what was not heard. See the [module](self).
#[derive(Debug)]
pub struct CatchUp {
    rest: Rest,
    store: Store,
    ledger: LedgerHandle,
    places: Arc<Places>,
    clock: Clock,
    debt: Debt,
    heard: Heard,
    unreads: Unreads,
}

/// Up to where threads were heard without a gap before this start. Nothing is to be read in one whose
/// last message on Discord is not later.
///
/// Only what the presence alone would have read again is here: threads in which somebody wrote
/// shortly before it.
type Heard = HashMap<ThreadId, MessageId>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// Discord did not answer, or not as it should.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// The database did not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Everything ends.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Failed {
    /// Logs what can be tried again; hands back what ends everything.
    fn log_or_stop(self, what: &'static str, id: u64) -> Result<(), Self> {
        match self {
            Self::Rest(RestError::Unauthorized) | Self::Stopped(_) => Err(self),
            Self::Rest(_) | Self::Store(_) => {
                tracing::warn!(id, error = %self, "{what}; it is tried again");
                Ok(())
            }
        }
    }
}

impl CatchUp {
    /// Reads what is recorded, so that intake knows our threads from the first frame on. Before
    /// the gateway session starts.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn prepare(
        rest: Rest,
        store: Store,
        ledger: LedgerHandle,
        places: Arc<Places>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let debt = store.load_debt().await?;
        let unreads = Unreads::of(store.list_unread().await?, clock.now());
        let since = store.load_presence().await?.map(round::back_from);
        let (mut heard, mut newest) = (Heard::new(), None);
        for guild in places.guilds().keys() {
            for known in store.list_threads_known(*guild).await? {
                places.note_tracked(known.thread, known.channel);
                newest = newest.max(known.last_seen);
                // While something is owed, what is recorded may have come past a gap.
                if !debt.is_open
                    && !unreads.contains(known.thread)
                    && let Some(last) = known.last_seen.filter(|last| Some(last.instant()) > since)
                {
                    heard.insert(known.thread, last);
                }
            }
        }
        if let Some(newest) = newest {
            heard.retain(|_, last| newest.instant() - last.instant() > IN_ORDER);
        }
        Ok(Self {
            rest: rest.paced(AT_MOST),
            store,
            ledger,
            places,
            clock,
            debt,
            heard,
            unreads,
        })
    }

    /// The highest number of an errand that a former process used.
    pub fn last_errand(&self) -> u64 {
        self.debt.last_errand
    }

    /// Catches up until it is told to stop. `sessions` is how each shard's session stands, by the
    /// shard's number.
    ///
    /// # Errors
    /// When the presence cannot be read at the start; afterwards it goes on whatever happens.
    pub async fn run(
        mut self,
        mut inbox: Inbox,
        sessions: Vec<watch::Receiver<Health>>,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        let mut unreads = std::mem::take(&mut self.unreads);
        let mut presence = Presence::new(self.store.load_presence().await?, sessions);
        let mut todo = Todo::default();
        let guilds = self.places.guilds();
        if self.debt.is_open || self.debt.watched != self.watched() {
            todo.guilds.extend(guilds.keys());
        } else {
            todo.unheard.extend(guilds.keys());
        }
        todo.again.extend(unreads.due(self.clock.now()));
        let mut told = BTreeSet::new();
        let mut deaf = Deaf::default();
        let mut not_before = Some(Instant::now() + SESSION_PATIENCE);
        let mut note_at = self.clock.now();
        let mut stray = std::pin::pin!(self.ledger.next_stray());
        loop {
            presence.look();
            deaf.look(presence.is_live(), self.clock.now());
            while let Some(errand) = inbox.try_recv() {
                self.hear(errand, &mut todo, &mut presence, &mut deaf, &mut not_before);
            }
            inbox.tries_again_at(unreads.again_at());
            if todo.is_empty() {
                presence.caught_up();
                inbox.done();
            }
            if not_before.is_some_and(|at| at <= Instant::now()) {
                not_before = None;
            }
            if !todo.is_empty() && not_before.is_none() {
                let unheard = std::mem::take(&mut todo.unheard);
                todo.guilds.extend(unheard);
                let todo_now = std::mem::take(&mut todo);
                let round = self.round(todo_now, &presence, &mut unreads, &mut deaf, &mut told);
                let round = tokio::select! {
                    () = stop.cancelled() => break,
                    round = round => round,
                };
                let failed = match round {
                    Ok(failed) => failed,
                    Err(error) => {
                        tracing::warn!(%error, "catch-up ends");
                        break;
                    }
                };
                if !failed.is_empty() {
                    todo.put_back(failed);
                    not_before = Some(Instant::now() + TRY_AGAIN);
                }
                // Not to be compared again should this process end now.
                note_at = self.clock.now();
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = presence.changed() => {}
                errand = inbox.recv() => match errand {
                    Some(errand) => {
                        self.hear(errand, &mut todo, &mut presence, &mut deaf, &mut not_before);
                    }
                    None => break,
                },
                () = self.reaches(deaf.ask_at()) => {
                    deaf.ask(self.clock.now());
                    todo.guilds.extend(self.places.guilds().keys().copied());
                    not_before = None;
                }
                place = &mut stray => {
                    todo.strays.insert(place);
                    stray.set(self.ledger.next_stray());
                }
                () = self.reaches(unreads.again_at()), if todo.again.is_empty() => {
                    todo.again.extend(unreads.due(self.clock.now()));
                }
                () = later(not_before) => {}
                () = self.clock.sleep_until(note_at) => {
                    note_at = self.clock.now() + NOTE_EVERY;
                    self.note(&mut presence, &todo, &unreads, &inbox).await;
                }
            }
        }
        // A stop in good order is no gap.
        self.note(&mut presence, &todo, &unreads, &inbox).await;
        Ok(())
    }

    fn hear(
        &self,
        errand: Errand,
        todo: &mut Todo,
        presence: &mut Presence,
        deaf: &mut Deaf,
        not_before: &mut Option<Instant>,
    ) {
        // A session is live before its errand is sent: a lost one is seen before what came of it.
        presence.look();
        match errand {
            Errand::Session { shard, shards } => {
                presence.opened(shard, self.clock.now());
                deaf.hears_again();
                todo.held = true;
                let theirs = |guild: &GuildId| shard_of(*guild, shards) == shard;
                let guilds = self.places.guilds();
                let ours = guilds.keys().copied();
                todo.guilds.extend(ours.filter(theirs));
                todo.unheard.retain(|guild| !theirs(guild));
            }
            Errand::Resumed { shard } => {
                presence.resumed(shard, self.clock.now());
                let before = todo.unheard.len();
                let shards = presence.shards();
                todo.unheard
                    .retain(|guild| shard_of(*guild, shards) != shard);
                // At the start decisions are held, too.
                todo.held |= deaf.hears_again() || todo.unheard.len() < before;
                deaf.missed_nothing();
            }
            errand => return todo.add(errand),
        }
        // Of the others it is soon known as well.
        if todo.unheard.is_empty() {
            *not_before = None;
        }
    }

    /// Does what is to be done, and gives back what failed. What was `told` is not told again
    /// before the next start. Decisions go on after a round that failed, too: a Discord that answers
    /// no question must not silence the alarms, even where one of them proves needless.
    async fn round(
        &self,
        todo: Todo,
        presence: &Presence,
        unreads: &mut Unreads,
        deaf: &mut Deaf,
        told: &mut BTreeSet<(GuildId, String)>,
    ) -> Result<Todo, Failed> {
        let sentences = todo.sentences.clone();
        let absent = presence.absence();
        let unheard_since = presence.last();
        let mut done = Done::default();
        if todo.looks_up() {
            let hold = self.ledger.hold().await?;
            let round = Round::new(self, unreads, unheard_since);
            done = Box::pin(round.run(todo)).await?;
            // A session that was opened meanwhile has left a gap that is not read yet: the round that
            // reads it releases.
            let due = self.ledger.release(hold).await?;
            let decided = due.is_some();
            if deaf.holds() {
                self.ledger.hold().await?;
            }
            if absent.is_some() || !presence.is_live() || !decided {
                deaf.note(&done.news, due.unwrap_or_default());
            }
            if let Some((from, until)) = absent.filter(|_| decided) {
                for guild in done.news.keys() {
                    let (threads, due) = deaf.take(*guild);
                    let threads = u32::try_from(threads.len()).unwrap_or(u32::MAX);
                    self.say_absence(*guild, from, until, threads, due).await?;
                }
            }
        }
        let unreadable = unreads.note(done.tried, self.clock.now());
        let sentences = sentences.into_iter().chain(done.losses);
        for (guild, sentence) in sentences.chain(unreadable) {
            if !told.insert((guild, sentence.clone())) {
                continue;
            }
            self.ledger
                .order_notice(guild, Notice::Trouble { sentence })
                .await?;
        }
        Ok(done.failed)
    }

    async fn reaches(&self, instant: Option<Timestamp>) {
        match instant {
            Some(instant) => self.clock.sleep_until(instant).await,
            None => std::future::pending().await,
        }
    }

    async fn say_absence(
        &self,
        guild: GuildId,
        from: Timestamp,
        until: Timestamp,
        threads: u32,
        due: FellDue,
    ) -> Result<(), Stopped> {
        let length = until - from;
        let fell_due = due.at_risk > 0 || due.overdue > 0;
        if length < LONG_ABSENCE && (length < ABSENCE || !fell_due) {
            return Ok(());
        }
        let notice = Notice::Away {
            from: from.timestamp_millis(),
            until: until.timestamp_millis(),
            threads,
            overdue: due.overdue,
            at_risk: due.at_risk,
        };
        self.ledger.order_notice(guild, notice).await
    }

    async fn note(&self, presence: &mut Presence, todo: &Todo, unreads: &Unreads, inbox: &Inbox) {
        if !todo.is_empty() || !presence.is_sure() {
            return;
        }
        let at = self.clock.now();
        let alive = Alive {
            at,
            done: inbox.heard(),
            watched: self.watched(),
            unread: unreads.list(),
        };
        if self.ledger.note_alive(alive).await.is_ok() {
            presence.note(at);
        } else {
            // The next one counts.
            tracing::debug!("the disk refuses, or the ledger has stopped");
        }
    }

    /// What is watched, and from when on, in a form to be compared.
    fn watched(&self) -> String {
        let mut watched = String::new();
        for (guild, settings) in self.places.guilds().iter() {
            let channels: BTreeSet<_> = settings.channels.iter().collect();
            let from = settings.service_level.enforce_from;
            writeln!(watched, "{guild} from {from}: {channels:?}").unwrap_or_default();
        }
        watched
    }
}

/// Which shard a guild belongs to. Source: Discord's docs, "Sharding Formula".
fn shard_of(guild: GuildId, shards: u32) -> u32 {
    let shard = (guild.0 >> 22) % u64::from(shards.max(1));
    u32::try_from(shard).unwrap_or_default()
}

async fn later(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
