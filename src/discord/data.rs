//! What commands and components work with, and what can break while a person waits.

use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::ledger::{LedgerHandle, LiveGuilds};
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
    /// Waited for at shutdown: whoever pressed a button is still answered.
    pub tasks: TaskTracker,
}

/// Something broke on our side while a person was waiting. What people do wrong is no error: it is
/// answered with a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// The store could not be asked.
    #[error("the store could not be asked: {0}")]
    Store(#[from] StoreError),
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
