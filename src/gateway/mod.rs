//! Our one connection with Discord: the socket in, REST out, and the loopback door that serenity
//! uses for both.
//!
//! ```text
//!                        GET /gateway/bot
//!   rest::Rest <──────────────────────────── session::Entrance   address, session starts left
//!    ^      ^                                      │
//!    │      │ real token                           v
//!    │      │        every frame, in order   session::Session ══════ Discord's gateway
//!    │      │       ┌──────────────────────────────┤ (one per shard)
//!    │      │       v                              │ READY, INTERACTION_CREATE
//!    │      │  session::Inlet                      v
//!    │      │  (intake, elsewhere)           door::Lobby
//!    │      │       │ frames + position            │ each once, 3 s at most
//!    │      │       v                              v
//!    │      │   the ledger                   door::Door ────── serenity, poise
//!    │      │                                      │ local token
//!    │      └──────────────────────────────────────┘
//!  our own calls (outbox, catch-up)
//! ```
//!
//! - [`rest`]: all requests to Discord leave through one client, so that one place keeps the limits
//!   and knows when the token is refused.
//! - [`session`]: twilight-gateway speaks the protocol; what outlives a connection is kept here.
//!   Frames go to the inlet in order. The inlet stores the position together with what the frames
//!   meant; [`session::Position`] is all that a restart needs to resume.
//! - [`door`]: serenity identifies with a local token at a loopback socket and gets READY and
//!   interactions, nothing else. Its requests come back through [`rest`].
//!
//! # In which order to start and stop
//!
//! [`rest::Rest::new`], [`door::Door::open`], [`session::Entrance::find`], a [`session::Session`]
//! per shard with the door's lobby, then serenity with [`door::Door::http`] and
//! [`door::Door::connect`]. Stop: serenity, the sessions (each returns its position within 2 s),
//! the door.
//!
//! # Time
//!
//! Timeouts, heartbeats, pauses and rate limits run by the process's own clock (`tokio::time`), not
//! by [`crate::clock::Clock`]: they are the network's, and pass while a test's clock stands still.
//! No ticket's clock depends on them.
//!
//! Architecture invariant: nothing here knows a ticket, reads a message or writes to the database.

pub mod door;
pub mod rest;
pub mod session;

use std::error::Error;
use std::fmt::Write as _;

pub use session::{Closed, Frame, Health, Inlet, Opening, Position};
pub use twilight_gateway::Intents;

/// Installs the crypto that TLS uses. rustls guesses it from the features that all crates of the
/// program switched on, and panics when they leave it a choice.
fn install_crypto() {
    // An error means that it was installed before.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// An error with its causes; the first words alone often say nothing.
fn reasons(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        write!(text, ": {cause}").unwrap_or_default();
        next = cause.source();
    }
    text
}
