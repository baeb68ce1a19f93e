//! All SQL, one file per question asked.
//!
//! # Data flow
//!
//! ```text
//! ledger ── one transaction at a time ──> the writer's connection ──┐
//!                                                                  ├── one SQLite file, WAL
//! commands, views, catch-up ── questions ──> the read pool ─────────┘
//! ```
//!
//! * One process per file: an operating system's lock on `<file>.lock` is held as long as the
//!   [`Store`] lives, and is released by the system when the process is killed.
//! * One writer: whatever changes the file goes over one connection, in `BEGIN IMMEDIATE`
//!   transactions with `synchronous=FULL`. The ledger owns that path while the bot runs.
//! * A batch is one statement per table and some hundred rows: sqlx hands every statement to a thread,
//!   and that hop costs more than a row. Rows travel as one JSON array and become rows again with
//!   `jsonb_each`, which spares SQLite to read each row's text once more per column.
//! * Readers never wait for the writer and see what is committed.
//! * The file is sealed with each checkpoint, and refused when it is another one at the next start.
//!
//! # Checked SQL
//!
//! Statements are checked when the program is compiled, against the descriptions in `.sqlx`, so
//! that a plain `cargo build` needs no database. After changing a statement or a migration, run
//! `.ci/sqlx-prepare` and commit `.sqlx`; `.ci/sqlx-prepare --check` says whether it is current.

mod alert;
pub mod check;
mod cover;
mod down;
mod event;
mod file;
mod guild;
mod issue;
mod open;
mod outbox;
mod promise;
mod queue;
mod seal;
mod session;
mod setting;
mod thread;
mod ticket;
mod tracked;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::domain::{Timestamp, from_millis};

pub use alert::AlertRow;
pub use cover::NewCover;
pub use event::RecordedEvent;
pub use file::FileRow;
pub use issue::DraftRow;
pub use issue::{BridgeWork, Improvements, IssueRow, ReplyRow};
pub use open::OpenError;
pub use outbox::{OutboxRow, OutboxState};
pub use promise::PromiseOffer;
pub use queue::{Filter, Page, QueueRow};
use seal::Sealer;
pub use setting::{SettingProposal, SettingVersion, WatchedChannel};
pub use thread::KnownThread;
pub use ticket::TicketRow;
pub(crate) use tracked::Tracked;
pub(crate) use tracked::Waiting;
pub(crate) use write::{LeaseRow, NewItem, NewLink, Noted, Writing};

/// The database. Clones are the same database.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// `None` once it is closed.
    writer: Mutex<Option<Writer>>,
    readers: SqlitePool,
    /// Held, never read: other processes are kept out while it is open.
    _lock: Option<std::fs::File>,
}

/// The writer's connection.
#[derive(Debug)]
struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction was begun and not committed.
    in_transaction: bool,
    /// `None` where nothing is written, or no seal can be.
    sealer: Option<Sealer>,
    /// From how many pages on the log is copied into the file.
    copy_at: i64,
    /// Whether it has become that long.
    to_copy: bool,
}

impl Writer {
    fn new(connection: SqliteConnection, sealer: Option<Sealer>) -> Self {
        Self {
            connection,
            in_transaction: false,
            sealer,
            copy_at: seal::LONG,
            to_copy: false,
        }
    }
}

/// Why a question could not be answered or something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row holds something this version cannot read.
    #[error("row {row} of table {table} is not readable")]
    Unreadable {
        /// Which table.
        table: &'static str,
        /// Which row.
        row: i64,
        /// What serde says.
        #[source]
        cause: serde_json::Error,
    },
    /// What had to exist does not.
    #[error("there is no {what} {id}")]
    NoSuch {
        /// A word for it.
        what: &'static str,
        /// Its number.
        id: i64,
    },
}

/// What lies behind a failure of the database, as far as it decides what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No room on the disk.
    Full,
    /// The disk, the system or another program stands in the way: the same write may succeed later.
    Disk,
    /// The file is not a database.
    NotADatabase,
    /// The file is damaged.
    Damaged,
    /// The statement or its rows: the same write will fail again.
    Other,
}

impl Store {
    fn readers(&self) -> &SqlitePool {
        &self.shared.readers
    }

    /// The writer's connection, for as long as this is held.
    async fn writer(&self) -> Result<MappedMutexGuard<'_, Writer>, StoreError> {
        let writer = self.shared.writer.lock().await;
        MutexGuard::try_map(writer, Option::as_mut)
            .map_err(|_closed| sqlx::Error::PoolClosed.into())
    }
}

impl StoreError {
    /// Whether the same write may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => cause(error) != Cause::Other,
            Self::Unreadable { .. } | Self::NoSuch { .. } => false,
        }
    }
}

/// Sorts an error by SQLite's result code. Source: sqlite.org/rescode.html.
pub(crate) fn cause(error: &sqlx::Error) -> Cause {
    let code = match error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        sqlx::Error::Migrate(error) => match &**error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => return cause(error),
            _ => None,
        },
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
            return Cause::Disk;
        }
        _ => None,
    };
    // The lowest byte is the primary code, what is above tells its kinds apart.
    match code.map(|code| code & 0xff) {
        Some(13) => Cause::Full,
        // PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CANTOPEN, PROTOCOL
        Some(3 | 5 | 6 | 7 | 8 | 10 | 14 | 15) => Cause::Disk,
        Some(26) => Cause::NotADatabase,
        Some(11) => Cause::Damaged,
        _ => Cause::Other,
    }
}

/// A number of GitHub's as SQLite stores it.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An instant out of a column.
fn instant(millis: i64) -> Timestamp {
    // Only instants that were inside chrono's range are ever written.
    from_millis(millis).unwrap_or_default()
}

/// JSON out of a column.
fn json<T: serde::de::DeserializeOwned>(
    table: &'static str,
    row: i64,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| StoreError::Unreadable { table, row, cause })
}

#[cfg(test)]
impl Store {
    /// Runs a statement on the writer's connection, as an accident would.
    pub(crate) async fn tamper(&self, statement: &'static str) {
        let mut writer = self.writer().await.unwrap();
        sqlx::query(statement)
            .execute(&mut writer.connection)
            .await
            .unwrap();
    }
}
