//! Discord's side of the bot.
//!
//! ```text
//! in:   frames ──> intake ──> intents          (catch_up reads by REST what was not heard)
//!       clicks, commands ──> framework ──> commands / components ──> desk ──> ledger, store
//! out:  outbox ──> deliver ──> views ──> text  (the same views and words answer people)
//! ```
//!
//! Architecture invariant: nothing here decides what is owed or who is told. Views are pure, and
//! every sentence stands in [`crate::text`].

pub mod api;
mod attachments;
pub mod catch_up;
mod commands;
mod components;
pub mod custom_id;
mod data;
pub mod deliver;
mod desk;
mod doctor;
pub mod framework;
pub mod ground;
pub mod intake;
mod issue;
mod person;
pub mod places;
mod register;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema_tests;
mod settings;
mod tags;
mod talk;
#[cfg(test)]
mod upstream;
pub mod views;

pub use attachments::Attachments;
use data::Broken;
pub use data::Data;
