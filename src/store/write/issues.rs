//! Issues and what hangs on them.

use super::Writing;
use super::tickets::array;
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, TicketId};
use crate::domain::issue::{IssueId, IssueName, IssueState, Known};
use crate::store::{StoreError, json, number};

/// A ticket's new place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewLink {
    pub(crate) issue: IssueId,
    pub(crate) other_threads: u32,
}

/// A ticket and its guild.
pub(super) fn place(ticket: i64, guild: i64) -> (TicketId, GuildId) {
    (TicketId(ticket), GuildId::from_i64(guild))
}

/// A text as JSON; nothing of ours fails to become that.
pub(super) fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Writing<'_> {
    /// The issue a ticket hangs on.
    pub(crate) async fn find_link(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<IssueName>, StoreError> {
        let row = sqlx::query!(
            "SELECT repository, number FROM issue_link JOIN issue USING (issue_id)
             WHERE ticket_id = ?1",
            ticket.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| IssueName {
            repository: row.repository,
            number: row.number.cast_unsigned(),
        }))
    }

    /// The guild of a ticket.
    pub(crate) async fn find_guild_of(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<GuildId>, StoreError> {
        let guild = sqlx::query_scalar!(
            "SELECT guild_id FROM ticket JOIN thread USING (thread_id) WHERE ticket_id = ?1",
            ticket.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(guild.map(GuildId::from_i64))
    }

    /// An issue by its name, and what is known of it.
    pub(crate) async fn find_issue(
        &mut self,
        name: &IssueName,
    ) -> Result<Option<(IssueId, Known)>, StoreError> {
        let number = number(name.number);
        let row = sqlx::query!(
            r#"SELECT issue_id AS "issue_id!", known FROM issue
               WHERE repository = ?1 AND number = ?2"#,
            name.repository,
            number
        )
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok((
                IssueId(row.issue_id),
                json("issue", row.issue_id, &row.known)?,
            ))
        })
        .transpose()
    }

    /// What is known of an issue.
    pub(crate) async fn find_known(&mut self, issue: IssueId) -> Result<Option<Known>, StoreError> {
        let known = sqlx::query_scalar!("SELECT known FROM issue WHERE issue_id = ?1", issue.0)
            .fetch_optional(self.connection())
            .await?;
        known
            .map(|known| json("issue", issue.0, &known))
            .transpose()
    }

    /// Records an issue that nobody knew, to be read at once.
    pub(crate) async fn insert_issue(&mut self, known: &Known) -> Result<IssueId, StoreError> {
        let (number, state) = (number(known.name.number), text(known));
        let made = sqlx::query!(
            "INSERT INTO issue (repository, number, known, read_at) VALUES (?1, ?2, ?3, 0)",
            known.name.repository,
            number,
            state
        )
        .execute(self.connection())
        .await?;
        Ok(IssueId(made.last_insert_rowid()))
    }

    /// Writes what is known of an issue. One that is gone is not read again.
    pub(crate) async fn save_known(
        &mut self,
        issue: IssueId,
        known: &Known,
    ) -> Result<(), StoreError> {
        let (number, state) = (number(known.name.number), text(known));
        let gone = known.state == IssueState::Gone;
        sqlx::query!(
            "UPDATE issue SET repository = ?2, number = ?3, known = ?4,
                 read_at = iif(?5, NULL, coalesce(read_at, 0))
             WHERE issue_id = ?1",
            issue.0,
            known.name.repository,
            number,
            state,
            gone
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that an issue was looked at. When a webhook told of it since `heard` was read, what was seen
    /// may be old already, and it is looked at again at once.
    pub(crate) async fn note_reading(
        &mut self,
        issue: IssueId,
        etag: Option<&str>,
        read_at: Timestamp,
        heard: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (read_at, now) = (read_at.timestamp_millis(), now.timestamp_millis());
        sqlx::query!(
            "UPDATE issue SET etag = ?2, read_at = iif(heard = ?4, ?3, ?5) WHERE issue_id = ?1",
            issue.0,
            etag,
            read_at,
            heard,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Hangs a ticket on an issue.
    pub(crate) async fn link(
        &mut self,
        ticket: TicketId,
        issue: IssueId,
        now: Timestamp,
    ) -> Result<NewLink, StoreError> {
        let others = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM issue_link WHERE issue_id = ?1 AND ticket_id <> ?2"#,
            issue.0,
            ticket.0
        )
        .fetch_one(self.connection())
        .await?;
        let now = now.timestamp_millis();
        sqlx::query!(
            "INSERT INTO issue_link (ticket_id, issue_id, linked_at) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
            ticket.0,
            issue.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(NewLink {
            issue,
            other_threads: others,
        })
    }

    /// Two issues turned out to be one: the tickets of the first hang on the other.
    pub(crate) async fn join_issues(
        &mut self,
        issue: IssueId,
        other: IssueId,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE issue_link SET issue_id = ?2 WHERE issue_id = ?1",
            issue.0,
            other.0
        )
        .execute(self.connection())
        .await?;
        sqlx::query!("DELETE FROM issue WHERE issue_id = ?1", issue.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The tickets that hang on an issue, and their guilds.
    pub(crate) async fn list_linked(
        &mut self,
        issue: IssueId,
    ) -> Result<Vec<(TicketId, GuildId)>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT issue_link.ticket_id AS "ticket_id!", guild_id
               FROM issue_link JOIN ticket USING (ticket_id) JOIN thread USING (thread_id)
               WHERE issue_id = ?1"#,
            issue.0
        )
        .fetch_all(self.connection())
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|it| place(it.ticket_id, it.guild_id)).collect())
    }

    /// Notes a webhook; `false` when it was noted before. Old ones are forgotten.
    pub(crate) async fn note_delivery(
        &mut self,
        delivery: &str,
        now: Timestamp,
        kept_since: Timestamp,
    ) -> Result<bool, StoreError> {
        let (now, kept_since) = (now.timestamp_millis(), kept_since.timestamp_millis());
        sqlx::query!(
            "DELETE FROM github_delivery WHERE received_at < ?1",
            kept_since
        )
        .execute(self.connection())
        .await?;
        let noted = sqlx::query!(
            "INSERT INTO github_delivery (delivery_id, received_at) VALUES (?1, ?2)
             ON CONFLICT DO NOTHING",
            delivery,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(noted.rows_affected() > 0)
    }

    /// Has these issues, and all of a repository, read now.
    pub(crate) async fn read_soon(
        &mut self,
        names: &[IssueName],
        repository: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let names: Vec<_> = names
            .iter()
            .map(|name| (&name.repository, name.number))
            .collect();
        let (names, now) = (array(&names), now.timestamp_millis());
        sqlx::query!(
            "UPDATE issue SET read_at = min(read_at, ?3), heard = heard + 1
             WHERE read_at IS NOT NULL AND (
                 repository = ?2
                 OR EXISTS (
                     SELECT * FROM json_each(?1) AS named
                     WHERE repository = named.value ->> 0 AND number = named.value ->> 1
                 )
             )",
            names,
            repository,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that the threads of an issue were counted there.
    pub(crate) async fn note_counted(
        &mut self,
        issue: IssueId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        sqlx::query!(
            "UPDATE issue SET counted_at = ?2 WHERE issue_id = ?1",
            issue.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets the drafts and links of these tickets, and issues on which nothing hangs any more.
    pub(crate) async fn forget_issues_of(
        &mut self,
        tickets: &[TicketId],
    ) -> Result<(), StoreError> {
        self.delete_files_of(tickets).await?;
        let tickets = array(tickets);
        sqlx::query!(
            "DELETE FROM issue_draft WHERE ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM issue_link WHERE ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM issue_comment
             WHERE NOT EXISTS (
                 SELECT * FROM issue_link WHERE issue_link.issue_id = issue_comment.issue_id
             )"
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM issue
             WHERE NOT EXISTS (SELECT * FROM issue_link WHERE issue_link.issue_id = issue.issue_id)"
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
