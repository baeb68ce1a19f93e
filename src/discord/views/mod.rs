//! From what is true to what is shown: pure functions, no I/O.

pub mod alerts;
pub mod card;
#[cfg(test)]
pub(crate) mod fixture;
pub mod form;
pub mod issue;
pub mod message;
pub mod notice;
pub mod queue;
pub mod remark;
pub(crate) mod settings;
pub mod triage;
pub mod why;
