//! Our session with Discord's gateway, one per shard.
//!
//! twilight's `Shard` speaks the protocol and keeps the heartbeat; it is used for exactly one
//! connection. Everything that outlives a connection is kept here and therefore plain to see: the
//! position, the pause before the next attempt, which address to try, what waits for the inlet.
//!
//! # Nothing is lost
//!
//! A frame is either taken by the inlet, or waits in `waiting`, or has not been read. Within the
//! process a lost connection is resumed behind the last frame *read*; after a stop behind the last
//! frame *taken*, so that what waited is replayed. What the inlet has taken but not yet stored is
//! the inlet's to cover: it stores the position together with the events.
//!
//! # When the inlet is full
//!
//! The socket is then read one message at a time, `SLOW_READS` times per heartbeat
//! interval. That is what keeps the heart beating: twilight beats only while it is polled, and a
//! poll may bring a frame. What it brings waits here, up to `MOST_WAITING` frames. Meanwhile
//! TCP slows Discord down. The ACK of a heartbeat stands in the socket behind frames not read yet;
//! any message read since the last beat counts as a sign of life, so none is missed. If more
//! than `MOST_WAITING` gather, the connection is given up and resumed once they are
//! taken. Interactions go to the door as soon as they are read, before they wait;
//! they are frames like any other, too, so that the position moves past them.

mod backoff;
mod connection;
mod entrance;
mod fatal;
mod frames;
mod gate;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{Config, ConfigBuilder, Intents, Session as Resumable, Shard, ShardId};

pub use self::entrance::{Entrance, StartError, Starts};
pub use self::fatal::SessionError;
pub use self::frames::{Closed, Frame, Inlet, Opening, Position};

use self::backoff::Backoff;
use self::connection::{Ended, Fate};
use self::gate::Gate;
use super::door::Lobby;

/// How many frames wait for the inlet at most before the connection is given up for a while.
/// Read slowly, this many take a quarter of an hour at Discord's usual heartbeat.
const MOST_WAITING: usize = 512;

/// After this many attempts in a row that came to nothing the address is asked for again.
const ASK_ADDRESS_AFTER: u32 = 3;

/// After this many resumptions in a row that Discord answered by closing, the session is given up.
const RESUMPTIONS: u32 = 5;

/// The heartbeat interval of Discord, for a peer that says none.
const USUAL_HEARTBEAT: Duration = Duration::from_millis(41_250);

/// Before a session that Discord refused to resume is replaced: 1 s and up to this much more.
/// Source: Discord's "Gateway", "Resuming", on Invalid Session.
const AFTER_INVALID: Duration = Duration::from_secs(4);

/// How a session stands; for health checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// No session yet, or the connection is lost and being made again.
    Connecting,
    /// Events arrive.
    Live,
    /// Over.
    Ended,
}

/// What a session is started with.
#[derive(Debug)]
pub struct Start {
    /// Which shard, counted from 0; of [`Entrance::shards`].
    pub shard: u32,
    /// What to be told.
    pub intents: Intents,
    /// Where a former process left off.
    pub resume: Option<Position>,
    /// Ends the session, resumable.
    pub stop: CancellationToken,
}

/// One shard's session.
pub struct Session<I> {
    shard: u32,
    entrance: Arc<Entrance>,
    lobby: Lobby,
    inlet: I,
    stop: CancellationToken,
    config: Config<Gate>,
    gate: Gate,
    health: watch::Sender<Health>,
    /// Behind the last frame read. `None` when there is no session.
    read: Option<Position>,
    /// Behind the last frame taken.
    taken: Option<Position>,
    waiting: VecDeque<Waiting>,
    backoff: Backoff,
    /// Resumptions in a row that Discord answered by closing.
    resumptions: u32,
    /// Whether the address for resuming failed last time.
    avoid_resume_url: bool,
}

enum Waiting {
    Frame(Frame),
    Opening(Opening),
}

impl<I: Inlet> Session<I> {
    /// Prepares a session. A position of another shard, or of another number of shards, is not
    /// used.
    pub fn new(entrance: Arc<Entrance>, lobby: Lobby, inlet: I, start: Start) -> Self {
        super::install_crypto();
        let resume = start
            .resume
            .filter(|p| p.shard == start.shard && p.shards == entrance.shards());
        let gate = Gate::default();
        let token = entrance.rest().token().expose_secret().to_owned();
        let config = ConfigBuilder::new(token, start.intents)
            .queue(gate.clone())
            .build();
        Self {
            shard: start.shard,
            entrance,
            lobby,
            inlet,
            stop: start.stop,
            config,
            gate,
            health: watch::Sender::new(Health::Connecting),
            read: resume.clone(),
            taken: resume,
            waiting: VecDeque::new(),
            backoff: Backoff::default(),
            resumptions: 0,
            avoid_resume_url: false,
        }
    }

    /// How it stands, from now on.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// Runs until it is stopped, or the inlet closes, and returns the position from which the
    /// session can be resumed, if it can. Takes at most a second after the stop. The inlet closes with
    /// the session itself, so that whoever hears why it ended can say so before those behind it end.
    ///
    /// # Errors
    /// [`SessionError`] when Discord says not to come back.
    pub async fn run(&mut self) -> Result<Option<Position>, SessionError> {
        let result = self.keep_connected().await;
        self.health.send_replace(Health::Ended);
        result.map(|()| self.position())
    }

    async fn keep_connected(&mut self) -> Result<(), SessionError> {
        loop {
            let mut shard = self.connection();
            let ended = self.converse(&mut shard).await;
            // Without a close frame: the session stays resumable, and nobody waits for a peer
            // that may be gone.
            drop(shard);
            let lost = match ended {
                Ended::Stopped => return Ok(()),
                Ended::Fatal(error) => return Err(error),
                Ended::Lost(lost) => lost,
            };
            self.health.send_replace(Health::Connecting);
            self.learn(&lost);

            let mut pause = self.backoff.after(lost.live);
            if lost.fate == Fate::Over {
                pause = pause.max(Duration::from_secs(1) + AFTER_INVALID.mul_f64(fastrand::f64()));
            }
            tracing::info!(
                shard = self.shard,
                why = %lost.why,
                resume = self.read.is_some(),
                pause_ms = pause.as_millis(),
                "the connection with Discord is lost"
            );
            let until = Instant::now() + pause;
            if !self.hand_over_until(until).await {
                return Ok(());
            }
            if self.backoff.failures() > ASK_ADDRESS_AFTER {
                tokio::select! {
                    () = self.stop.cancelled() => return Ok(()),
                    () = self.entrance.refresh() => {}
                }
            }
        }
    }

    /// Prepares one connection: resuming when there is something to resume.
    fn connection(&self) -> Shard<Gate> {
        // Never twilight's own default address: one is always given.
        let mut config = ConfigBuilder::from(self.config.clone()).proxy_url(self.entrance.url());
        if let Some(position) = &self.read {
            config = config.session(Resumable::new(
                position.sequence,
                position.session_id.clone(),
            ));
            let base = self.entrance.rest().base();
            if let Some(url) = base.socket(&position.resume_url)
                && !self.avoid_resume_url
            {
                config = config.resume_url(url);
            }
        }
        let id = ShardId::new(self.shard, self.entrance.shards());
        Shard::with_config(id, config.build())
    }

    /// Draws conclusions from a lost connection.
    fn learn(&mut self, lost: &connection::Lost) {
        self.resumptions = match lost.fate {
            Fate::Doubtful if self.read.is_some() => self.resumptions + 1,
            Fate::Doubtful | Fate::Refused | Fate::Lives | Fate::Over => 0,
        };
        // An address that does not answer is left alone for one attempt.
        self.avoid_resume_url = !lost.greeted && !self.avoid_resume_url;
        if lost.fate == Fate::Over || self.resumptions >= RESUMPTIONS {
            self.read = None;
            self.resumptions = 0;
        }
    }

    /// Waits, handing over what waits meanwhile; if too much waits, until all is taken. `false`
    /// when it is time to end.
    async fn hand_over_until(&mut self, until: Instant) -> bool {
        let full = self.waiting.len() >= MOST_WAITING;
        loop {
            let may_end = !full || self.waiting.is_empty();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return false,
                room = self.inlet.room(), if !self.waiting.is_empty() => match room {
                    Ok(()) => self.hand_over(),
                    Err(Closed) => return false,
                },
                () = sleep_until(until), if may_end => return true,
            }
        }
    }

    /// Hands over the first of what waits. There must be room.
    fn hand_over(&mut self) {
        match self.waiting.pop_front() {
            Some(Waiting::Frame(frame)) => {
                if let Some(taken) = &mut self.taken {
                    taken.sequence = frame.sequence;
                }
                self.inlet.accept(frame);
            }
            Some(Waiting::Opening(opening)) => {
                let (Opening::New(position) | Opening::Resumed(position)) = &opening;
                self.taken = Some(position.clone());
                self.inlet.opened(opening);
            }
            None => {}
        }
    }

    /// The position behind the last frame taken, if its session still lives.
    fn position(&self) -> Option<Position> {
        let (read, taken) = (self.read.as_ref()?, self.taken.as_ref()?);
        (read.session_id == taken.session_id).then(|| taken.clone())
    }
}
