//! A simulated Discord, good enough that real clients (serenity, twilight, discord.js,
//! discord.py) talk to it over HTTP and WebSocket on 127.0.0.1 without a patch.
//!
//! # How it fits together
//!
//! ```text
//!  people (tests)      REST v10 (axum)        interactions (callback, follow-ups)
//!        \                  |                     /
//!         +---------> world: the state, changed by one function per act,
//!                     each answering with the dispatches it causes
//!                           |
//!                     gateway hub: numbers, logs and delivers each dispatch to every
//!                     session that may see it (intents, permissions, resume, faults)
//! ```
//!
//! * [`world`] is plain data and rules behind one lock: guilds, roles, members, channels, threads,
//!   messages, permissions, thread state, tags, mentions, nonces. A rule of Discord lives here once.
//! * `rest` parses requests, asks `world`, renders answers and errors, counts rate limits.
//! * `gateway` is the WebSocket server: sessions, sequence numbers, resume and replay, close codes.
//! * `interactions` carries commands, components and modals to the bot and its answers back.
//! * `people` is what tests read like: `asker.posts("…")`, `staff.runs("/claim")`.
//! * `validate` checks each request, answer and event against Discord's published schemas.
//! * `faults` is bad weather on demand.
//! * `clock` is the time of this world; snowflakes follow it.

pub mod clock;
pub mod world;
