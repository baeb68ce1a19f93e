//! What must hold of the whole: the house rules, and scenarios of the real bot against a simulated
//! Discord.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test stops where something is not as it must be, and says so"
)]

mod attention;
mod bad_input;
mod bounded;
mod catch_up;
mod commands;
mod delivery;
#[cfg(feature = "demo")]
mod demo;
#[cfg(target_os = "linux")]
mod disk;
mod faults;
mod house;
mod issues;
mod kills;
mod ladder;
mod lease;
mod lengths;
mod logged;
mod once;
mod operator;
mod points;
mod process;
mod promise;
mod replay;
mod same_day;
mod service_level;
mod session;
mod settings;
mod slow_disk;
mod stage;
mod traps;
mod why;
