//! The REST API and the rules behind it, over real HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

mod house;
mod limits;
mod mentions;
mod messages;
mod permissions;
mod routes;
mod tags;
mod threads;
