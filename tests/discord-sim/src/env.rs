//! The only reader of the environment in this crate.

use std::path::PathBuf;

pub use published_specs::env::{is_ci, skip, specs};

/// Where tests put pictures of the page: `DISCORD_SIM_SHOTS`, if anybody wants them.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulated Discord is no part of the bot and cannot ask its config"
)]
pub fn shots() -> Option<PathBuf> {
    let folder = std::env::var("DISCORD_SIM_SHOTS").ok()?;
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}
