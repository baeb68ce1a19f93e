//! sameday keeps a team's same-day promise on Discord.
//!
//! Every help thread is a *ticket*; its clocks start at the first message, the right person is
//! warned before a target is at risk, and every figure can be explained from recorded events.
//!
//! # The map
//!
//! | module | what it is for |
//! |---|---|
//! | [`domain`] | the pure core: facts in, decisions out. No I/O, no clock, no serenity, no SQL |
//! | [`clock`] | the only reader of the time: the system's, or one turned by hand |
//! | [`config`] | the only reader of the settings file and the environment |
//! | [`backtest`] | a promise, tried on recorded threads through the same core |
//! | [`gateway`] | our one connection with Discord: the socket in, REST out, and the loopback door that serenity uses for both |

pub mod backtest;
pub mod clock;
pub mod config;
pub mod domain;
pub mod gateway;
