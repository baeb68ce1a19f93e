//! The pure core: facts in, decisions out.
//!
//! Architecture invariant: nothing here does I/O, reads a clock, knows serenity or SQL, or imports
//! another module of ours.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod attention;
#[cfg(test)]
pub(crate) mod bent;
pub mod calendar;
pub mod clocks;
pub mod decision;
pub mod escalation;
pub mod event;
pub mod guild;
pub mod history;
pub mod holidays;
pub mod ids;
pub mod issue;
pub mod ladder;
pub mod lease;
pub mod metrics;
#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the naive side asks about one case at a time"
)]
mod model_tests;
pub mod no_reply;
pub mod offer;
pub mod parcel;
pub mod policy;
pub mod preview;
pub mod promise;
pub mod reach;
pub mod remark;
pub mod reminder;
pub mod resolution;
pub mod rota;
pub mod session;
pub mod target;
pub mod ticket;
mod time;
pub mod triage;
pub mod turns;
pub mod when;

pub use calendar::Calendar;
pub use target::{Due, Target, Warning, due};
pub use time::{SupportDuration, Timestamp, from_millis, whole_millis};
