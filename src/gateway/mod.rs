//! Our one connection with Discord: the socket in, REST out, and the loopback door that serenity
//! uses for both.

pub mod door;
pub mod rest;
pub mod session;

use std::error::Error;
use std::fmt::Write as _;

pub use twilight_gateway::Intents;

/// Installs the crypto that TLS uses. rustls guesses it from the features that all crates of the
/// program switched on, and panics when they leave it a choice.
fn install_crypto() {
    // An error means that it was installed before.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// An error with its causes; the first words alone often say nothing.
fn reasons(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        write!(text, ": {cause}").unwrap_or_default();
        next = cause.source();
    }
    text
}
