//! Commands, components and modals on their way to the bot, and its answers back.
//!
//! * `state` holds what is under way and knows the time limits: three seconds for the first
//!   answer, fifteen minutes for the token, both by the clock of the world.
//! * `create` makes `INTERACTION_CREATE`.
//! * `callback` takes the first answer, `webhook` follow-ups and edits.
//! * `messages` writes the answers: through the world's own acts into channels, or as a whisper
//!   ("Only you can see this") on one person's screen.
//!
//! Architecture invariant: whoever holds this module's lock never asks for the world's.
//!
//! Source: <https://discord.com/developers/docs/interactions/receiving-and-responding>.

mod callback;
mod create;
mod messages;
mod state;
mod webhook;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};

use crate::Sim;
use state::State;

pub(crate) use create::{Deed, Named, begin, merge, resolved};
pub use state::{Answer, DID_NOT_RESPOND, Interaction, Kind, Place, Whisper};

/// Interactions under way and their tokens.
#[derive(Default)]
pub struct Interactions {
    state: Mutex<State>,
}

impl Interactions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An interaction as it is now.
    pub fn find(&self, id: u64) -> Option<Interaction> {
        self.state().list.get(&id).cloned()
    }

    /// Every interaction there was, in order.
    pub fn list(&self) -> Vec<Interaction> {
        self.state().list.values().cloned().collect()
    }

    /// A message that only one person sees.
    pub fn find_whisper(&self, id: u64) -> Option<Whisper> {
        self.state().whispers.get(&id).cloned()
    }

    /// Every message that only this person sees, in order.
    pub fn list_whispers(&self, person: u64) -> Vec<Whisper> {
        let state = self.state();
        let own = state
            .whispers
            .values()
            .filter(|whisper| whisper.to == person);
        own.cloned().collect()
    }

    /// Somebody looked at a message; see [`crate::Sim::unread`].
    /// Notes that somebody looked at a message.
    pub fn mark_read(&self, message: u64) {
        self.state().read.insert(message);
    }

    pub(crate) fn is_read(&self, message: u64) -> bool {
        self.state().read.contains(&message)
    }
}

/// The routes of interactions and webhooks, below `/api/v10`. They need no bot token.
pub fn routes() -> Router<Sim> {
    let messages = get(webhook::show)
        .patch(webhook::edit)
        .delete(webhook::delete);
    Router::new()
        .route(
            "/interactions/{id}/{token}/callback",
            post(callback::answer),
        )
        .route("/webhooks/{application}/{token}", post(webhook::follow_up))
        .route(
            "/webhooks/{application}/{token}/messages/{message}",
            messages,
        )
}

/// What time does to interactions: three seconds to answer, fifteen minutes of token.
pub fn tick(sim: &Sim) {
    let now = sim.clock().now();
    let mut state = sim.interactions().state();
    let late = state
        .list
        .values_mut()
        .filter_map(|interaction| interaction.expire(now).then_some(()))
        .count();
    drop(state);
    if late > 0 {
        sim.hub().note();
    }
}
