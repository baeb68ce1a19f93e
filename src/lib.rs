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
//! | [`domain`] | the pure core: facts in, decisions out. No I/O, no clock, no serenity, no SQL |
//! | [`clock`] | the only reader of the time: the system's, or one turned by hand |
//! | [`config`] | the only reader of the settings file and the environment |
//! | [`ledger`] | the one writer: takes intents, decides, writes events, projection and outbox in one transaction |
//! | [`store`] | all SQL, one file per question asked |
//! | [`outbox`] | delivers what was decided: leases, retries, dead letters |
//! | [`discord`] | Discord's side: intake (frame to intent), commands, views, catch-up, delivery |
//! | [`text`] | every sentence a person reads |
//! | [`backtest`] | a promise, tried on recorded threads through the same core |
//! | [`gateway`] | our one connection with Discord: the socket in, REST out, and the loopback door that serenity uses for both |

pub mod app;
pub mod backtest;
pub mod clock;
pub mod config;
pub mod discord;
pub mod domain;
pub mod gateway;
pub mod ledger;
pub mod outbox;
pub mod store;
pub mod text;
