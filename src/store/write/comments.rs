//! Comments that are told in threads, and messages that are said on issues.

use super::issues::place;
use super::tickets::array;
use super::{NewItem, Writing};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, MessageId, TicketId};
use crate::domain::issue::IssueId;
use crate::domain::parcel::Content;
use crate::store::{StoreError, number};

/// Whether a comment is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Nobody was told yet.
    New,
    /// It says something else than what was told.
    Changed,
    /// It was told as it is.
    Same,
}

impl Writing<'_> {
    /// Notes up to when the comments of an issue were read.
    pub(crate) async fn note_comments_read(
        &mut self,
        issue: IssueId,
        up_to: Timestamp,
    ) -> Result<(), StoreError> {
        let up_to = up_to.timestamp_millis();
        sqlx::query!(
            "UPDATE issue SET comments_at = max(coalesce(comments_at, 0), ?2) WHERE issue_id = ?1",
            issue.0,
            up_to
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes a comment as it is.
    pub(crate) async fn note_comment(
        &mut self,
        issue: IssueId,
        comment: u64,
        digest: i64,
    ) -> Result<Noted, StoreError> {
        let comment = number(comment);
        let before = sqlx::query_scalar!(
            "SELECT digest FROM issue_comment WHERE comment_id = ?1",
            comment
        )
        .fetch_optional(self.connection())
        .await?;
        if before == Some(digest) {
            return Ok(Noted::Same);
        }
        sqlx::query!(
            "INSERT INTO issue_comment (comment_id, issue_id, digest) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET digest = ?3",
            comment,
            issue.0,
            digest
        )
        .execute(self.connection())
        .await?;
        Ok(if before.is_none() {
            Noted::New
        } else {
            Noted::Changed
        })
    }

    /// A comment is there no more. Where it was told is kept until it is deleted there.
    pub(crate) async fn note_comment_gone(&mut self, comment: u64) -> Result<(), StoreError> {
        let comment = number(comment);
        sqlx::query!(
            "UPDATE issue_comment SET gone = 1 WHERE comment_id = ?1",
            comment
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A comment that is gone was deleted in the thread of a ticket.
    pub(crate) async fn forget_comment_told(
        &mut self,
        comment: u64,
        ticket: TicketId,
    ) -> Result<(), StoreError> {
        let comment = number(comment);
        sqlx::query!(
            "DELETE FROM issue_comment_told WHERE comment_id = ?1 AND ticket_id = ?2",
            comment,
            ticket.0
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM issue_comment WHERE comment_id = ?1 AND gone = 1
                 AND NOT EXISTS (SELECT * FROM issue_comment_told WHERE comment_id = ?1)",
            comment
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A comment is told in the thread of a ticket.
    pub(crate) async fn insert_comment_told(
        &mut self,
        comment: u64,
        ticket: TicketId,
    ) -> Result<(), StoreError> {
        let comment = number(comment);
        sqlx::query!(
            "INSERT INTO issue_comment_told (comment_id, ticket_id) VALUES (?1, ?2)
             ON CONFLICT DO NOTHING",
            comment,
            ticket.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes the message in which a comment was told.
    pub(crate) async fn note_comment_told(
        &mut self,
        comment: u64,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<(), StoreError> {
        let (comment, message) = (number(comment), message.to_i64());
        sqlx::query!(
            "UPDATE issue_comment_told SET message_id = ?3
             WHERE comment_id = ?1 AND ticket_id = ?2",
            comment,
            ticket.0,
            message
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The tickets in whose threads a comment was told, and their guilds.
    pub(crate) async fn list_comment_told(
        &mut self,
        comment: u64,
    ) -> Result<Vec<(TicketId, GuildId)>, StoreError> {
        let comment = number(comment);
        let rows = sqlx::query!(
            r#"SELECT issue_comment_told.ticket_id AS "ticket_id!", guild_id
               FROM issue_comment_told JOIN ticket USING (ticket_id) JOIN thread USING (thread_id)
               WHERE comment_id = ?1 ORDER BY 1"#,
            comment
        )
        .fetch_all(self.connection())
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|it| place(it.ticket_id, it.guild_id)).collect())
    }

    /// A message is to be said on the issue; `false` when it was to be before.
    pub(crate) async fn insert_reply(
        &mut self,
        message: MessageId,
        ticket: TicketId,
    ) -> Result<bool, StoreError> {
        let message = message.to_i64();
        let made = sqlx::query!(
            "INSERT INTO issue_reply (message_id, ticket_id, mark)
             VALUES (?1, ?2, lower(hex(randomblob(16))))
             ON CONFLICT DO NOTHING",
            message,
            ticket.0
        )
        .execute(self.connection())
        .await?;
        Ok(made.rows_affected() > 0)
    }

    /// Whether a message is said, or is to be.
    pub(crate) async fn has_reply(&mut self, message: MessageId) -> Result<bool, StoreError> {
        let message = message.to_i64();
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT * FROM issue_reply WHERE message_id = ?1) AS "has!: bool""#,
            message
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Notes where a message was said; `false` when it was deleted meanwhile.
    pub(crate) async fn note_reply(
        &mut self,
        message: MessageId,
        repository: &str,
        comment: u64,
    ) -> Result<bool, StoreError> {
        let (message, comment) = (message.to_i64(), number(comment));
        let noted = sqlx::query!(
            "UPDATE issue_reply SET repository = ?2, comment_id = ?3 WHERE message_id = ?1",
            message,
            repository,
            comment
        )
        .execute(self.connection())
        .await?;
        Ok(noted.rows_affected() > 0)
    }

    /// Notes that messages were edited; what has to be said anew. An edit that was heard of before is none.
    pub(crate) async fn revise_replies(
        &mut self,
        edited: &[(MessageId, Timestamp)],
    ) -> Result<Vec<NewItem>, StoreError> {
        let rows: Vec<_> = edited
            .iter()
            .map(|(message, at)| (message, at.timestamp_millis()))
            .collect();
        let rows = array(&rows);
        let rows = sqlx::query!(
            r#"UPDATE issue_reply SET edited_at = edited.value ->> 1
               FROM json_each(?1) AS edited
               WHERE message_id = edited.value ->> 0
                   AND coalesce(edited_at, 0) < edited.value ->> 1
               RETURNING message_id AS "message_id!: i64", ticket_id AS "ticket_id!: i64""#,
            rows
        )
        .fetch_all(self.connection())
        .await?;
        let revise = rows.into_iter().map(|row| {
            let (ticket, message) = (TicketId(row.ticket_id), MessageId::from_i64(row.message_id));
            (ticket, Content::Revise { ticket, message })
        });
        self.in_their_guilds(revise.collect()).await
    }

    /// Forgets messages that were deleted; what has to be taken back on GitHub.
    pub(crate) async fn take_replies(
        &mut self,
        messages: &[MessageId],
    ) -> Result<Vec<NewItem>, StoreError> {
        self.delete_replies(messages, &[]).await
    }

    /// Forgets what was told and said of these tickets; what has to be taken back on GitHub.
    pub(crate) async fn forget_comments_of(
        &mut self,
        tickets: &[TicketId],
    ) -> Result<Vec<NewItem>, StoreError> {
        let all = array(tickets);
        sqlx::query!(
            "DELETE FROM issue_comment_told
             WHERE ticket_id IN (SELECT value FROM json_each(?1))",
            all
        )
        .execute(self.connection())
        .await?;
        self.delete_replies(&[], tickets).await
    }

    async fn delete_replies(
        &mut self,
        messages: &[MessageId],
        tickets: &[TicketId],
    ) -> Result<Vec<NewItem>, StoreError> {
        let (messages, tickets) = (array(messages), array(tickets));
        let rows = sqlx::query!(
            r#"DELETE FROM issue_reply
               WHERE message_id IN (SELECT value FROM json_each(?1))
                   OR ticket_id IN (SELECT value FROM json_each(?2))
               RETURNING ticket_id, repository, comment_id"#,
            messages,
            tickets
        )
        .fetch_all(self.connection())
        .await?;
        let said = rows.into_iter().filter_map(|row| {
            let ticket = TicketId(row.ticket_id);
            let content = Content::TakeBack {
                ticket,
                repository: row.repository?,
                comment: row.comment_id?.unsigned_abs(),
            };
            Some((ticket, content))
        });
        self.in_their_guilds(said.collect()).await
    }

    /// What is to be done for these tickets, each in its guild.
    pub(super) async fn in_their_guilds(
        &mut self,
        contents: Vec<(TicketId, Content)>,
    ) -> Result<Vec<NewItem>, StoreError> {
        let mut items = Vec::with_capacity(contents.len());
        for (ticket, content) in contents {
            let guild = self.find_guild_of(ticket).await?;
            items.extend(guild.map(|guild| NewItem { guild, content }));
        }
        Ok(items)
    }
}
