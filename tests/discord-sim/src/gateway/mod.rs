//! The gateway: a WebSocket server whose sessions get each event of the world, in order, once.
//!
//! * [`Hub::dispatch`] is where events come in, under the world's lock: it numbers them in every
//!   session that may see them, keeps them for a replay and hands them to the connections.
//! * `connection` is one TCP connection: HELLO, heartbeats, what a client may send and which close
//!   code it gets for what it may not.
//! * `opening` decides about IDENTIFY and RESUME, `ready` makes READY and `GUILD_CREATE`.
//! * `session` is what outlives a connection; `content` what the intent `MESSAGE_CONTENT` hides.
//! * `control` is what tests do to the gateway: reconnects, invalid sessions, close codes, cut
//!   lines, closed doors, events lost, doubled or out of order.
//!
//! Architecture invariant: whoever holds the hub's lock never asks for the world's.
//!
//! Source: <https://discord.com/developers/docs/events/gateway>.

mod connection;
pub(crate) mod content;
mod control;
mod door;
mod members;
mod opening;
mod options;
mod ready;
mod session;
mod trouble;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

pub use control::{Counters, SessionInfo};
pub use options::Options;
pub use session::Shard;
pub use trouble::{Door, Trouble};

use crate::Sim;
use crate::world::{Dispatch, World};
use session::{Event, Line, Session};
use trouble::Queue;

/// Numbers, logs and delivers each event to every session that may see it.
pub struct Hub {
    state: Mutex<State>,
    options: Mutex<Options>,
    trouble: watch::Sender<Trouble>,
    /// Counts what happened: every event, every change of a session. Whoever waits for something
    /// waits for the next number.
    happened: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<String, Session>,
    /// Every connection there is, with or without a session.
    lines: BTreeMap<u64, Line>,
    lines_made: u64,
    counters: Counters,
    queue: Queue,
    /// When a rate limit key (bot, key) was last identified with.
    identified: HashMap<(u64, u64), Instant>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            options: Mutex::default(),
            trouble: watch::Sender::new(Trouble::default()),
            happened: watch::Sender::new(0),
        }
    }
}

impl Hub {
    /// Hands on one event. Called with the world locked, so it must not wait.
    pub fn dispatch(&self, world: &World, dispatch: Dispatch) {
        let mut state = self.state();
        for dispatch in state.queue.pass(dispatch, world.now()) {
            state.deliver(world, &dispatch);
        }
    }

    /// Hands on what was late and has come by now.
    pub(crate) fn dispatch_late(&self, world: &World) {
        let mut state = self.state();
        for dispatch in state.queue.arrived(world.now()) {
            state.deliver(world, &dispatch);
        }
    }

    /// Something happened that somebody may wait for.
    pub(crate) fn note(&self) {
        self.happened.send_modify(|count| *count += 1);
    }

    /// A counter that grows whenever something happened here or in the world.
    pub(crate) fn happened(&self) -> watch::Receiver<u64> {
        self.happened.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn options(&self) -> Options {
        self.options
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl State {
    fn deliver(&mut self, world: &World, dispatch: &Dispatch) {
        // Made when the first session wants it; what is hidden depends only on the bot.
        let mut full = None;
        let mut reduced = BTreeMap::new();
        for session in self.sessions.values_mut() {
            if !session.sees(world, dispatch) {
                continue;
            }
            let event = match session.reduced(dispatch) {
                Some(less) => reduced
                    .entry(session.wish.bot)
                    .or_insert_with(|| Event::new(dispatch.event, &less)),
                None => full.get_or_insert_with(|| Event::new(dispatch.event, &dispatch.data)),
            };
            session.push(std::sync::Arc::clone(event));
        }
    }
}

/// Binds the gateway's socket and serves it until the simulation ends; answers with its `ws://` URL.
pub async fn start(sim: &Sim) -> anyhow::Result<String> {
    door::open(sim).await
}
