//! What commands and components work with, and what can break while a person waits.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::attachments::Attachments;
use super::catch_up::Errands;
use super::places::Places;
use crate::clock::Clock;
use crate::gateway::door::Lobby;
use crate::gateway::rest::{Rest, RestError};
use crate::github::Bridge;
use crate::ledger::{LedgerHandle, LiveGuilds};
use crate::settings::SettingsError;
use crate::store::{Store, StoreError};
use crate::text::answer;

/// What commands and components work with.
#[derive(Clone, Debug)]
pub struct Data {
    /// Whom we serve, and what is promised there.
    pub guilds: LiveGuilds,
    /// What is recorded.
    pub store: Store,
    /// Who records.
    pub ledger: LedgerHandle,
    /// What time it is.
    pub clock: Clock,
    /// The way to GitHub, if there is one.
    pub bridge: Option<Bridge>,
    /// Waited for at shutdown: whoever pressed a button is still answered.
    pub tasks: TaskTracker,
    /// To ask Discord, before settings are changed, whether they fit, and to read threads.
    pub rest: Rest,
    /// What is to be looked at anew when settings have changed.
    pub places: Arc<Places>,
    /// Whom to ask to read what is watched from now on.
    pub errands: Errands,
    /// The fingerprint of the commands that every guild has, where that is known.
    pub commands: Option<String>,
    /// What people hand in.
    pub attachments: Attachments,
    /// Where it is noted that somebody was answered.
    pub lobby: Lobby,
}

/// Something broke on our side while a person was waiting. What people do wrong is no error: it is
/// answered with a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// The store could not be asked.
    #[error("the store could not be asked: {0}")]
    Store(#[from] StoreError),
    /// The settings in force could not be read.
    #[error("the settings could not be read: {0}")]
    Settings(#[from] SettingsError),
    /// Discord could not be asked.
    #[error("Discord could not be asked: {0}")]
    Rest(#[from] RestError),
    /// A mistake in the program.
    #[error("a panic; its message is in the log above")]
    Panic,
    /// The framework has a reason of its own not to run a command.
    #[error("the framework refused to run a command")]
    NotRun,
}

impl Broken {
    /// Logs it, once, and gives the apology with the number under which it is found in the log.
    pub(super) fn log(&self, what: &'static str) -> String {
        let id = format!("{:08x}", fastrand::u32(..));
        tracing::error!(id, error = %self, "{what}");
        answer::sorry(&id)
    }
}
