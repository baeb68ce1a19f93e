//! Folding every ticket anew, once, after the fold itself has changed.

use super::Writing;
use super::tickets::ROWS_AT_ONCE;
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::ticket::{FOLD, Ticket};
use crate::store::{Store, StoreError};

impl Store {
    /// Makes every ticket what its events add up to today. Ends in the middle when the process
    /// does, and begins again with the next start. What cannot be read is left as it is.
    pub(in crate::store) async fn refold(&self) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        let made_by = writing.find_fold().await?;
        if made_by == Some(FOLD) {
            writing.abandon().await;
            return Ok(());
        }
        let mut after = TicketId(0);
        let mut folded = 0;
        loop {
            let some = writing.list_threads_after(after).await?;
            let Some((last, _)) = some.last() else {
                break;
            };
            after = *last;
            let threads: Vec<ThreadId> = some.iter().map(|(_, thread)| *thread).collect();
            folded += threads.len();
            match writing.refold_some(&threads).await {
                Err(StoreError::Unreadable { .. }) => {
                    for thread in threads {
                        match writing.refold_some(&[thread]).await {
                            Err(error @ StoreError::Unreadable { .. }) => {
                                tracing::error!(%error, "a ticket cannot be folded anew; run `sameday check`");
                            }
                            other => other?,
                        }
                    }
                }
                other => other?,
            }
            writing.commit().await?;
            writing = self.write().await?;
        }
        writing.note_fold(FOLD).await?;
        writing.commit().await?;
        if folded > 0 {
            tracing::info!(
                tickets = folded,
                "every ticket was folded anew for this version"
            );
        }
        Ok(())
    }
}

impl Writing<'_> {
    async fn refold_some(&mut self, threads: &[ThreadId]) -> Result<(), StoreError> {
        let mut tracked = self.list_tracked(threads).await?;
        for each in &mut tracked {
            each.ticket = Ticket::fold(self.list_events(each.ticket_id).await?);
        }
        let rows: Vec<_> = tracked.iter().collect();
        self.save_tickets(&rows).await
    }

    async fn find_fold(&mut self) -> Result<Option<i64>, StoreError> {
        let fold = sqlx::query_scalar!("SELECT fold FROM projection")
            .fetch_optional(self.connection())
            .await?;
        Ok(fold)
    }

    async fn note_fold(&mut self, fold: i64) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO projection (only, fold) VALUES (1, ?1)
             ON CONFLICT DO UPDATE SET fold = excluded.fold",
            fold
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The next tickets by their numbers.
    async fn list_threads_after(
        &mut self,
        ticket: TicketId,
    ) -> Result<Vec<(TicketId, ThreadId)>, StoreError> {
        let most = u32::try_from(ROWS_AT_ONCE).unwrap_or(u32::MAX);
        let rows = sqlx::query!(
            "SELECT ticket_id, thread_id FROM ticket WHERE ticket_id > ?1
             ORDER BY ticket_id LIMIT ?2",
            ticket.0,
            most
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (TicketId(row.ticket_id), ThreadId::from_i64(row.thread_id)))
            .collect())
    }
}
