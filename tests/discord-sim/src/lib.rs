//! A simulated Discord, good enough that real clients (serenity, twilight, discord.js,
//! discord.py) talk to it over HTTP and WebSocket on 127.0.0.1 without a patch.
//!
//! # How it fits together
//!
//! ```text
//!  people (tests)      REST v10 (axum)        interactions (callback, follow-ups)
//!        \                  |                     /
//!         +------ Sim::act -> world: the state, changed by one function per act,
//!                     |       each pushing the dispatches it causes into `outgoing`
//!                     v
//!                 gateway hub: numbers, logs and delivers each dispatch to every
//!                 session that may see it (intents, permissions, resume, faults)
//! ```
//!
//! * [`Sim`] owns everything and is cheap to clone. [`Sim::act`] is the only way to change the
//!   world: it holds the lock until the hub has numbered what the act caused, so the order of the
//!   events is the order of the acts.
//! * [`world`] is plain data and rules behind that one lock: guilds, roles, members, channels,
//!   threads, messages, permissions, thread state, tags, mentions, nonces. A rule of Discord lives
//!   here once; people, REST and interactions all come through it.
//! * [`rest`] parses requests, asks `world`, renders answers and errors, counts rate limits.
//! * [`gateway`] is the WebSocket server: sessions, sequence numbers, resume and replay, close codes.
//! * [`interactions`] carries commands, components and modals to the bot and its answers back.
//! * [`people`] is what tests read like: `asker.posts("…")`, `staff.runs("/claim")`.
//! * [`page`] is all this in a browser, through the eyes of anybody.
//! * [`validate`] (with the feature of that name) checks each request, answer and event against
//!   Discord's published schemas.
//! * [`faults`] is bad weather on demand.
//! * [`clock`] is the time of this world; snowflakes follow it. Nothing happens by itself: whoever
//!   turns the clock calls [`Sim::tick`].
//!
//! # What is assumed where Discord says nothing
//!
//! * Limits on text count Unicode code points, and text is trimmed before it is counted.
//! * A nonce is remembered for five minutes.
//! * At most 1000 threads of a guild are active.
//! * The address of an attachment lasts for a day.

pub mod clock;
pub mod env;
pub mod faults;
pub mod gateway;
pub mod interactions;
pub mod page;
pub mod people;
pub mod rest;
mod sim;
pub mod validate;
pub mod world;

pub use sim::{Asked, Finding, Sim, SimOptions};
