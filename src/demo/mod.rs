//! `sameday demo`: a small company's server in a simulated Discord, in the browser or told in the
//! terminal, with the real bot in it.
//!
//! The bot is the same [`App`](crate::app::App) that runs in production, with a SQLite file in a
//! temporary folder and serenity on its loopback door. Only what is around it is simulated:
//! Discord, GitHub, the people and the time.
//!
//! ```text
//!                    ┌── told: a story, printed
//!  stage: Discord,  <┤                                  (clicks, keys)
//!  the team, the bot │          ┌── page of discord-sim <────────────── a browser
//!  and one clock     └── browser┼── page of github-sim  <───────────────┘
//!       │                       ├── panel: the bot's records beside each thread
//!  hub: a repository            └── scenes: little plays, step by step
//! ```

mod browser;
mod hub;
mod panel;
mod scenes;
mod stage;
mod team;
mod told;

pub use browser::{Demo, Options, USUAL_PORT};
pub use told::tell;
