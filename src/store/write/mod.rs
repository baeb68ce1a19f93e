//! One write transaction, and the statements that go into it: each takes a whole batch.

mod comments;
mod drafts;
mod erase;
mod files;
mod issues;
mod outbox;
mod refold;
mod session;
mod settings;
mod tickets;

use sqlx::sqlite::SqliteConnection;
use tokio::sync::MappedMutexGuard;

use super::{Store, StoreError, Writer};

pub(crate) use comments::Noted;
pub(crate) use issues::NewLink;
pub(crate) use outbox::{LeaseRow, NewItem};
pub(super) use tickets::array;

/// A write transaction. What is not committed is rolled back, at the latest when the next one
/// begins.
#[derive(Debug)]
pub(crate) struct Writing<'store> {
    writer: MappedMutexGuard<'store, Writer>,
}

impl Store {
    /// Begins a write transaction. There is one at a time; while the bot runs, all are the
    /// ledger's.
    pub(crate) async fn write(&self) -> Result<Writing<'_>, StoreError> {
        let mut writing = Writing {
            writer: self.writer().await?,
        };
        writing.roll_back().await;
        writing.writer.tidy().await;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(writing.connection())
            .await?;
        writing.writer.in_transaction = true;
        Ok(writing)
    }
}

impl Writing<'_> {
    /// Makes everything durable: when this returns, it survives a power loss.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(self.connection()).await?;
        self.writer.in_transaction = false;
        self.writer.committed().await;
        Ok(())
    }

    /// Takes everything back.
    pub(crate) async fn abandon(mut self) {
        self.roll_back().await;
    }

    /// A full disk makes SQLite roll back by itself; rolling back once more is then refused, which
    /// is as good. (sqlx's own transactions count, and would count wrongly after that.)
    async fn roll_back(&mut self) {
        if self.writer.in_transaction {
            if let Err(error) = sqlx::query("ROLLBACK").execute(self.connection()).await {
                tracing::debug!(%error, "nothing to roll back");
            }
            self.writer.in_transaction = false;
        }
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.writer.connection
    }
}
