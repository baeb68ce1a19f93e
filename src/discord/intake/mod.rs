//! From Discord's frames to the ledger's intents.
//!
//! # What it promises
//!
//! * **Order.** The frames of a shard are taken one by one, and their intents enter the ledger's
//!   queue in that order.
//! * **The position never runs ahead.** Where the session stands is itself an intent and follows
//!   the intents of the frames it counts, so it is committed with them or after them. It may lag:
//!   frames that come to something are counted when no other waits, all others with them, and all
//!   after `MOST_UNCOUNTED` or at the end. A session that is resumed from a position that lags
//!   repeats some frames, and every intent written twice is one.
//! * **Nobody is left with "thinking …".** The position is not written past an interaction whose
//!   person has no answer yet: a program that dies over it hears of it again.
//! * **A full queue slows the socket.** A frame is taken when the one `MOST_WAITING` before it is in
//!   the queue.
//! * **Nothing panics.** A frame of a known kind that does not look as documented is counted and
//!   logged once per kind; unknown kinds are not even parsed.
//!
//! # What it takes
//!
//! | dispatch | becomes |
//! |---|---|
//! | `MESSAGE_CREATE` in a thread of a watched channel, or in a place not heard of | a message; staff if its author holds a staff role right then |
//! | … of type 21 | the question as well, which stands in the parent channel |
//! | `MESSAGE_UPDATE` of an edit in a tracked thread | a message edited: it answers nobody, and where it was said on an issue it is said anew |
//! | `MESSAGE_DELETE`, `…_BULK` | messages deleted; also the question in the parent channel |
//! | `THREAD_CREATE`, newly created | a thread; the question of a text channel's thread is fetched |
//! | `THREAD_UPDATE`, `THREAD_CREATE` otherwise | a thread; one not heard of is read from its start first |
//! | `THREAD_DELETE`, `CHANNEL_DELETE`, `GUILD_DELETE` | gone. A guild that is only unavailable is not |
//! | `THREAD_LIST_SYNC`, `GUILD_CREATE` in the middle of a session | threads, and the guild is caught up |
//! | `GUILD_ROLE_DELETE`, `CHANNEL_DELETE` of one in the settings | the moderators are told |
//!
//! Only public threads (types 10 and 11) are tracked. What is written in a private thread is for
//! those who were asked in, and the promise is a public one.

mod event;
mod inlet;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod tests;
mod translate;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

pub use self::inlet::FrameInlet;
use self::inlet::Taken;
use self::translate::{Found, Translator};
use super::catch_up::{Errand, Errands};
use super::places::Places;
use crate::clock::Clock;
use crate::gateway::door::Lobby;
use crate::gateway::{Frame, Opening, Position};
use crate::ledger::intent::Intent;
use crate::ledger::{LedgerHandle, Stopped};

/// What the bot asks to be told of: guilds with their channels and threads, and messages in them.
///
/// The text of messages only where the settings ask for it, see [`intents`]. Not the members (`GUILD_MEMBERS`, privileged): who writes comes with roles.
/// Source: Discord's docs, "Gateway Intents".
pub const INTENTS: u64 = (1 << 0) | (1 << 9);

/// The text of messages. Privileged: [`ground`](super::ground) checks at the start that it is
/// switched on.
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// What the bot asks to be told of. The text of messages is looked at once, for whether a message
/// needs an answer, and never kept.
pub fn intents(read_messages: bool) -> u64 {
    INTENTS | if read_messages { MESSAGE_CONTENT } else { 0 }
}

/// How many frames may go uncounted. Discord replays them when a session is
/// resumed, so this is what a restart repeats at most in vain.
const MOST_UNCOUNTED: u32 = 200;

/// How many frames may wait to be translated. Small, because what is full is the ledger behind it,
/// and that has a queue of its own.
const MOST_WAITING: usize = 64;

/// How long the end waits for whoever is being answered. Those who are not by then are answered after
/// the next start.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Takes the frames of one shard. See the [module](self).
#[derive(Debug)]
pub struct Intake {
    frames: mpsc::Receiver<Taken>,
    translator: Translator,
    ledger: LedgerHandle,
    errands: Errands,
    clock: Clock,
    /// Knows who waits for an answer.
    lobby: Lobby,
    answers: watch::Receiver<()>,
    /// Where the session stands, frames that came to nothing included. `None` before it is known.
    position: Option<Position>,
    /// The last frame whose intents are in the ledger's queue.
    heard: watch::Sender<Heard>,
    /// How many frames were taken since a position was written.
    uncounted: u32,
    /// Whether one of them came to something.
    came_to_something: bool,
    /// How often a dispatch of a known kind could not be read, by its name.
    unreadable: BTreeMap<&'static str, u64>,
}

/// How far the intake of a shard has come.
#[derive(Clone, Debug)]
pub struct Progress(watch::Receiver<Heard>);

/// A frame: of which session, and its number. Numbers begin anew with a new session.
#[derive(Debug, Default)]
struct Heard {
    session: String,
    sequence: u64,
}

impl Progress {
    /// Returns when the frame with this number was taken, and what it led to is in the ledger's
    /// queue. Numbers begin anew with a new session: see [`Self::up_to_in`].
    pub async fn up_to(&self, sequence: u64) {
        self.wait_for(|heard| heard.sequence >= sequence).await;
    }

    /// As [`Self::up_to`], of this session and no other.
    pub async fn up_to_in(&self, session: &str, sequence: u64) {
        self.wait_for(|heard| heard.session == session && heard.sequence >= sequence)
            .await;
    }

    async fn wait_for(&self, reached: impl FnMut(&Heard) -> bool) {
        // Intake that has ended hears nothing more: nothing is left to wait for.
        drop(self.0.clone().wait_for(reached).await);
    }
}

impl Intake {
    /// Intake for one shard and the inlet for its session: what is to be written goes to `ledger`,
    /// what has to be looked up to catch-up. `lobby` is where the session brings interactions.
    pub fn new(
        places: Arc<Places>,
        ledger: LedgerHandle,
        errands: Errands,
        clock: Clock,
        lobby: Lobby,
    ) -> (FrameInlet, Self) {
        let (sender, frames) = mpsc::channel(MOST_WAITING);
        let intake = Self {
            frames,
            translator: Translator::new(places),
            ledger,
            errands,
            clock,
            answers: lobby.answers(),
            lobby,
            position: None,
            heard: watch::Sender::new(Heard::default()),
            uncounted: 0,
            came_to_something: false,
            unreadable: BTreeMap::new(),
        };
        (FrameInlet::new(sender), intake)
    }

    /// How far it has come, from now on.
    pub fn progress(&self) -> Progress {
        Progress(self.heard.subscribe())
    }

    /// Takes what comes until the session has ended and everything is in the ledger's queue, or
    /// until the ledger has stopped; the session then ends as well.
    pub async fn run(mut self) {
        loop {
            let written = tokio::select! {
                biased;
                taken = self.frames.recv() => match taken {
                    Some(Taken::Frame(frame)) => self.take(&frame).await,
                    Some(Taken::Opening(opening)) => self.open(opening).await,
                    None => break,
                },
                // It cannot fail: the lobby is ours, too.
                Ok(()) = self.answers.changed() => self.somebody_was_answered().await,
            };
            if written.is_err() {
                tracing::info!("the ledger has stopped, so intake does");
                return;
            }
        }
        if timeout(LAST_ANSWERS, self.lobby.taken_are_answered())
            .await
            .is_err()
        {
            tracing::info!("somebody is still being answered; left to the next start");
        }
        if self.count().await.is_err() {
            tracing::info!("the ledger stopped before intake");
        }
    }

    async fn open(&mut self, opening: Opening) -> Result<(), Stopped> {
        let position = match opening {
            Opening::New(position) => {
                // Before anything that comes after the gap is written.
                self.ledger.hold().await?;
                self.translator.session_opened();
                let errand = Errand::Session {
                    shard: position.shard,
                    shards: position.shards,
                };
                self.owe(1).await?;
                self.run_errand(errand);
                position
            }
            Opening::Resumed(position) => {
                self.errands.announce(1);
                self.run_errand(Errand::Resumed {
                    shard: position.shard,
                });
                position
            }
        };
        let heard = Heard {
            session: position.session_id.clone(),
            sequence: position.sequence,
        };
        self.position = Some(position);
        self.uncounted = 1;
        self.count().await?;
        self.heard.send_replace(heard);
        Ok(())
    }

    async fn take(&mut self, frame: &Frame) -> Result<(), Stopped> {
        let found = self.read(&frame.event, &frame.text);
        self.came_to_something |= !found.intents.is_empty();
        if !found.errands.is_empty() {
            self.owe(found.errands.len()).await?;
        }
        for intent in found.intents {
            self.ledger.reserve().await?.send(intent);
        }
        for errand in found.errands {
            self.run_errand(errand);
        }
        self.uncounted = self.uncounted.saturating_add(1);
        if let Some(position) = &mut self.position {
            position.sequence = position.sequence.max(frame.sequence);
        }
        let last = self.frames.is_empty();
        if (self.came_to_something && last) || self.uncounted >= MOST_UNCOUNTED {
            self.count().await?;
        }
        self.heard
            .send_modify(|heard| heard.sequence = frame.sequence);
        Ok(())
    }

    /// The position may move on: what is answered need not be heard again.
    async fn somebody_was_answered(&mut self) -> Result<(), Stopped> {
        self.came_to_something |= self.uncounted > 0;
        if self.came_to_something && self.frames.is_empty() {
            self.count().await?;
        }
        Ok(())
    }

    fn read(&mut self, name: &str, text: &str) -> Found {
        match event::read(name, text) {
            Ok(Some(event)) => self.translator.translate(&event, self.clock.now()),
            Ok(None) => Found::default(),
            Err(error) => {
                self.note_unreadable(name, &error);
                Found::default()
            }
        }
    }

    /// Writes the position, behind everything that was taken and before the first interaction that is
    /// still to be answered.
    async fn count(&mut self) -> Result<(), Stopped> {
        if self.uncounted > 0
            && let Some(mut position) = self.position.clone()
        {
            let permit = self.ledger.reserve().await?;
            self.uncounted = 0;
            if let Some(owed) = self.lobby.first_owed(&position.session_id) {
                // To be written again once it is answered.
                self.uncounted = 1;
                position.sequence = position.sequence.min(owed.saturating_sub(1));
            }
            permit.send(Intent::from(position));
            self.came_to_something = false;
        }
        Ok(())
    }

    fn note_unreadable(&mut self, name: &str, error: &serde_json::Error) {
        let name = event::static_name(name);
        let count = self.unreadable.entry(name).or_insert(0);
        *count = count.saturating_add(1);
        if *count == 1 {
            // serde's sentence may quote the payload, so only the place and the class are logged.
            tracing::error!(
                dispatch = name,
                class = ?error.classify(),
                column = error.column(),
                "Discord sent a dispatch that could not be read; more of this kind are only counted"
            );
        }
    }

    /// Has it written, before the position moves past what asks for them, that so many errands
    /// have to be run: should this process end first, the next one compares.
    async fn owe(&self, errands: usize) -> Result<(), Stopped> {
        let last = self.errands.announce(errands);
        self.ledger.reserve().await?.send(Intent::Owed(last));
        Ok(())
    }

    fn run_errand(&self, errand: Errand) {
        // Catch-up ends only when everything ends; its next run finds what was left undone.
        if self.errands.send_announced(errand).is_err() {
            tracing::debug!("catch-up has ended");
        }
    }
}
