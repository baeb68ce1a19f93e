//! sameday keeps a team's same-day promise on Discord.
//!
//! Every help thread is a *ticket*; its clocks start at the first message, the right person is
//! warned before a target is at risk, and every figure can be explained from recorded events.
//!
//! # The map
//!
//! | module | what it is for |
//! |---|---|
//! | [`app`] | what runs together, in what order it starts and stops |
//! | [`domain`] | the pure core: facts in, decisions out |
//! | [`ledger`] | the one writer: takes intents, decides, writes events, projection and outbox in one transaction |
//! | [`store`] | all SQL, one file per question asked |
//! | [`outbox`] | delivers what was decided: leases, retries, dead letters |
//! | [`gateway`] | our one connection with Discord: the socket in, REST out, and the loopback door that serenity uses for both |
//! | [`discord`] | Discord's side: intake (frame to intent), catch-up, commands, views, delivery |
//! | [`github`] | GitHub's side: opening issues once, reading them again, what we may do |
//! | [`web`] | what is asked of us over HTTP: webhooks, and the files of issues |
//! | [`text`] | every sentence a person reads |
//! | [`config`] | the only reader of the settings file and the environment |
//! | [`settings`] | a guild's settings, from the file and from Discord, version by version |
//! | [`clock`] | the only reader of the time: the system's, or one turned by hand |
//! | [`backtest`] | a promise, tried on recorded threads through the same core |
//! | `demo` | the real bot in a simulated Discord, in the browser or told in the terminal (feature `demo`) |
//!
//! # Invariants
//!
//! * Arrows point one way: [`domain`] imports nothing of ours, [`store`] knows only it, [`ledger`]
//!   knows both, adapters hand intents to the ledger. A test refuses an import that breaks this.
//! * `ticket_event` is append-only and is the truth; a ticket is what its events add up to, and
//!   `sameday check` folds them again and compares.
//! * Order is by instant and id, never by arrival. A fact that comes late, twice or not at all is
//!   put right by folding again, by its key, or by catch-up.
//! * Nothing is acknowledged before it is durable, and no network call happens in a transaction.
//! * Everything said outside is a row of the outbox, written in the transaction that decided it.
//! * No text of a message is kept but in a draft of an issue, until GitHub has it, and no file but those that
//!   went along with one. What a member deletes is deleted here.
//!
//! # Three walk-throughs
//!
//! **A question.** Somebody opens a post. [`gateway::session`] reads the frames in order and offers
//! them to [`discord::intake`], which turns `THREAD_CREATE` and `MESSAGE_CREATE` into a few numbers
//! ([`ledger::intent`]) and queues them. The ledger drains the queue: it loads the ticket, adds the
//! events ([`domain::ticket`]), asks [`domain::decision::decide`] what follows (a card is to be
//! shown, the next instant that matters is 15:00) and commits events, projection, outbox row and the
//! session's position together. The outbox leases the row, [`discord::deliver`] composes the card
//! from the ticket as it is now and posts it with the row's number as its nonce.
//!
//! **15:00.** The ledger sleeps until the earliest `wake_at`, decides the tickets that are due then,
//! and writes `AlertRaised` with an outbox row. All alerts for one channel that are due become one
//! parcel; just before it is sent each is asked again whether it is still true.
//!
//! **A click on "Claim".** The session hands `INTERACTION_CREATE` to [`gateway::door`] at once;
//! serenity and poise, which live behind that door, answer "thinking" before anything else happens.
//! The person's rank is computed on our side, the command goes to the ledger, which compares and
//! sets in its next transaction; after the commit the person is told, and the card changes through
//! the outbox.

pub mod app;
pub mod backtest;
pub mod clock;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod discord;
pub mod domain;
pub mod gateway;
pub mod github;
pub mod ledger;
pub mod outbox;
pub mod settings;
pub mod store;
pub mod text;
pub mod web;
