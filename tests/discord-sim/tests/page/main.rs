//! The page: its protocol, and a real browser telling stories on it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests stop at what they did not expect"
)]

mod app;
#[path = "../common/browser.rs"]
#[allow(dead_code, reason = "each test binary uses another part of it")]
mod browser;
mod figures;
mod house;
mod left_behind;
mod markdown;
mod protocol;
mod shots;
mod socket;
mod story;
