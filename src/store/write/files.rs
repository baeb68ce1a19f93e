//! Files that go along with issues.

use super::tickets::array;
use super::{NewItem, Writing};
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::issue::file::KeptFile;
use crate::domain::parcel::Content;
use crate::store::StoreError;

/// How much of a file one row holds.
const PORTION: usize = 256 << 10;

impl Writing<'_> {
    /// Keeps a file, or notes that it did not come. Nothing is kept of a message that was deleted.
    pub(crate) async fn keep_file(
        &mut self,
        ticket: TicketId,
        file: &KeptFile,
    ) -> Result<(), StoreError> {
        let content = match &file.content {
            Some(content) if !self.is_deleted(ticket, file.message).await? => Some(content),
            _ => None,
        };
        let (message, id) = (file.message.to_i64(), file.id.cast_signed());
        let bytes = content.map(|content| i64::try_from(content.len()).unwrap_or(i64::MAX));
        let made = sqlx::query!(
            "INSERT INTO issue_file (key, ticket_id, message_id, name, secrets, bytes, attachment_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING",
            file.key,
            ticket.0,
            message,
            file.name,
            file.secrets,
            bytes,
            id
        )
        .execute(self.connection())
        .await?;
        let content = content.filter(|_| made.rows_affected() > 0);
        for (part, content) in (0_i64..).zip(content.into_iter().flat_map(|it| it.chunks(PORTION)))
        {
            sqlx::query!(
                "INSERT INTO issue_file_part (key, part, content) VALUES (?1, ?2, ?3)",
                file.key,
                part,
                content
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// The issue with these files is there: what did not come is named in it. How many secrets were taken
    /// out of the others.
    pub(crate) async fn settle_files(&mut self, ticket: TicketId) -> Result<u32, StoreError> {
        sqlx::query!(
            "DELETE FROM issue_file WHERE ticket_id = ?1 AND bytes IS NULL",
            ticket.0
        )
        .execute(self.connection())
        .await?;
        Ok(sqlx::query_scalar!(
            r#"SELECT coalesce(sum(secrets), 0) AS "secrets!: u32" FROM issue_file
               WHERE ticket_id = ?1"#,
            ticket.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// How many secrets were taken out of the files of a message.
    pub(crate) async fn count_secrets_in_files_of(
        &mut self,
        message: MessageId,
    ) -> Result<u32, StoreError> {
        let message = message.to_i64();
        Ok(sqlx::query_scalar!(
            r#"SELECT coalesce(sum(secrets), 0) AS "secrets!: u32" FROM issue_file
               WHERE message_id = ?1"#,
            message
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Deletes the files of messages that were deleted; whether there were any.
    pub(crate) async fn delete_files_of_messages(
        &mut self,
        messages: &[MessageId],
    ) -> Result<bool, StoreError> {
        let messages = array(messages);
        let deleted = sqlx::query!(
            "DELETE FROM issue_file WHERE message_id IN (SELECT value FROM json_each(?1))",
            messages
        )
        .execute(self.connection())
        .await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Deletes the files of a message that do not hang on it any more; whether there were any.
    pub(crate) async fn delete_files_taken_off(
        &mut self,
        message: MessageId,
        left: &[u64],
    ) -> Result<bool, StoreError> {
        let (message, all, left) = (message.to_i64(), left.is_empty(), array(left));
        let deleted = sqlx::query!(
            "DELETE FROM issue_file
             WHERE message_id = ?1
                 AND (?2 OR attachment_id NOT IN (SELECT value FROM json_each(?3)))",
            message,
            all,
            left
        )
        .execute(self.connection())
        .await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Has it looked at which files still hang on these messages: they were edited, and Discord does not
    /// say. Where a message is said on an issue, that is seen when it is said anew.
    pub(crate) async fn look_at_files(
        &mut self,
        edited: &[MessageId],
    ) -> Result<Vec<NewItem>, StoreError> {
        let edited = array(edited);
        let rows = sqlx::query!(
            r#"SELECT DISTINCT message_id, ticket_id AS "ticket_id!"
               FROM json_each(?1) AS edited
               JOIN issue_file ON message_id = edited.value
               WHERE bytes IS NOT NULL AND message_id NOT IN (SELECT message_id FROM issue_reply)"#,
            edited
        )
        .fetch_all(self.connection())
        .await?;
        let look = rows.into_iter().map(|row| {
            let (ticket, message) = (TicketId(row.ticket_id), MessageId::from_i64(row.message_id));
            (ticket, Content::Revise { ticket, message })
        });
        self.in_their_guilds(look.collect()).await
    }

    /// Deletes the files of these tickets.
    pub(crate) async fn delete_files_of(&mut self, tickets: &[TicketId]) -> Result<(), StoreError> {
        let tickets = array(tickets);
        sqlx::query!(
            "DELETE FROM issue_file WHERE ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn is_deleted(
        &mut self,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<bool, StoreError> {
        let (at, message) = (message.instant().timestamp_millis(), message.to_i64());
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT * FROM ticket_event
                   WHERE ticket_id = ?1 AND at = ?2 AND id = ?3 AND kind = 2
               ) AS "deleted!: bool""#,
            ticket.0,
            at,
            message
        )
        .fetch_one(self.connection())
        .await?)
    }
}
