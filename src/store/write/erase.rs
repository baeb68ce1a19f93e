//! Forgetting what was theirs.

use super::Writing;
use super::tickets::{array, fact_rows};
use crate::domain::Timestamp;
use crate::domain::event::Event;
use crate::domain::ids::{ChannelId, GuildId, ThreadId, TicketId};
use crate::store::{Store, StoreError};

/// How long clearing the log waits for readers, in milliseconds: nothing is written meanwhile.
const PATIENCE: &str = "PRAGMA busy_timeout = 200";
/// As everywhere else; see `open`.
const USUAL_PATIENCE: &str = "PRAGMA busy_timeout = 5000";

impl Store {
    /// Empties the write-ahead log, which still holds what was erased, into the file, which does
    /// not. `false` when a reader still needs the log.
    pub(crate) async fn clear_log(&self) -> Result<bool, StoreError> {
        let mut writer = self.writer().await?;
        writer.checkpoint().await;
        if !writer.is_copied() {
            return Ok(false);
        }
        let connection = &mut writer.connection;
        sqlx::query(PATIENCE).execute(&mut *connection).await?;
        let cleared = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await;
        sqlx::query(USUAL_PATIENCE).execute(connection).await?;
        Ok(cleared? == 0)
    }
}

impl Writing<'_> {
    /// Marks a channel's threads as gone; what is theirs is erased step by step afterwards.
    pub(crate) async fn lose_channel(
        &mut self,
        channel: ChannelId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.to_i64();
        let at = at.timestamp_millis();
        sqlx::query!(
            "UPDATE thread SET gone_at = ?2, to_erase = 1, title = ''
             WHERE channel_id = ?1 AND gone_at IS NULL",
            channel,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Marks a guild's threads as gone, and drops what was to be said there.
    pub(crate) async fn lose_guild(
        &mut self,
        guild: GuildId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let guild = guild.to_i64();
        let at = at.timestamp_millis();
        sqlx::query!(
            "UPDATE thread SET gone_at = ?2, to_erase = 1, title = ''
             WHERE guild_id = ?1 AND gone_at IS NULL",
            guild,
            at
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE outbox SET state = 'dropped', finished_at = ?2,
                 reason = 'the bot was removed from the server'
             WHERE guild_id = ?1 AND kind = 'notice' AND state IN ('pending', 'leased')",
            guild,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Threads that are gone and hold what is to be erased.
    pub(crate) async fn list_to_erase(&mut self, most: u32) -> Result<Vec<ThreadId>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT thread_id FROM thread WHERE to_erase = 1 ORDER BY thread_id LIMIT ?1",
            most
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(ThreadId::from_i64).collect())
    }

    /// Notes that there is nothing left to erase in these threads.
    pub(crate) async fn note_erased(&mut self, threads: &[ThreadId]) -> Result<(), StoreError> {
        let threads = array(threads);
        sqlx::query!(
            "UPDATE thread SET to_erase = 0, title = ''
             FROM json_each(?1) AS erased
             WHERE thread_id = erased.value",
            threads
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes other facts under the keys of recorded events: the one exception to append-only.
    pub(crate) async fn replace_facts(
        &mut self,
        events: &[(TicketId, &Event)],
    ) -> Result<(), StoreError> {
        let (rows, texts) = fact_rows(events);
        sqlx::query!(
            "UPDATE ticket_event
             SET fact = CAST(substr(?2, erased.value ->> 4, erased.value ->> 5) AS TEXT)
             FROM jsonb_each(?1) AS erased
             WHERE ticket_id = erased.value ->> 0 AND at = erased.value ->> 1
                 AND ticket_event.id = erased.value ->> 2 AND kind = erased.value ->> 3",
            rows,
            texts
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Drops what was still to be said about these tickets; cards and remarks, which name people,
    /// without a trace, even when they were given up, and whom alerts pinged. What is to be taken back
    /// elsewhere is taken back all the same.
    pub(crate) async fn drop_items_of(
        &mut self,
        tickets: &[TicketId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tickets = array(tickets);
        let now = now.timestamp_millis();
        sqlx::query!(
            "DELETE FROM outbox
             WHERE kind IN ('card', 'remark') AND ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE outbox SET content = json_remove(content, '$.ping')
             WHERE kind = 'alert' AND ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE outbox SET state = 'dropped', finished_at = ?2, reason = 'the thread is gone'
             WHERE state IN ('pending', 'leased', 'dead') AND kind <> 'take_back'
                 AND ticket_id IN (SELECT value FROM json_each(?1))",
            tickets,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
