//! Which issue does a ticket hang on, what is to be read, what is drafted?

use std::collections::{BTreeMap, BTreeSet};

use sqlx::SqliteExecutor;

use super::{Store, StoreError, instant, json, number};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, MessageId, ThreadId, TicketId, UserId};
use crate::domain::issue::{Draft, DraftId, DraftState, IssueId, Known};
use crate::domain::triage::Cause;

/// An issue that tickets hang on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueRow {
    /// Our number for it.
    pub issue: IssueId,
    /// What is known of it.
    pub known: Known,
    /// What GitHub gave with the last reading.
    pub etag: Option<String>,
    /// When its threads were last counted there.
    pub counted_at: Option<Timestamp>,
    /// How many tickets hang on it.
    pub threads: u32,
    /// How often webhooks have told of it.
    pub heard: u32,
    /// Up to when its comments were read.
    pub comments_at: Option<Timestamp>,
}

/// A draft and what has to be known to go on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// Its ticket.
    pub ticket: TicketId,
    /// Its guild.
    pub guild: GuildId,
    /// Who asked the question.
    pub asker: Option<UserId>,
    /// What it says.
    pub draft: Draft,
    /// How far it has come.
    pub state: DraftState,
    /// Whether the thread was told that it waits.
    pub delayed: bool,
    /// When it is forgotten.
    pub expires_at: Option<Timestamp>,
}

/// A message that is, or is to be, said on the issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyRow {
    /// What nobody can guess in its comment.
    pub mark: String,
    /// Where it was said: `owner/name`, and GitHub's number of the comment.
    pub said: Option<(String, u64)>,
}

/// What the bridge has to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BridgeWork {
    /// Issues to be read now.
    pub issues: Vec<IssueRow>,
    /// Drafts whose time is over.
    pub expired: Vec<DraftId>,
    /// When there is more to do.
    pub next_at: Option<Timestamp>,
}

/// What became of the causes of a guild's resolved tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Improvements {
    /// Resolved tickets.
    pub resolved: u32,
    /// How many of them have this cause.
    pub causes: BTreeMap<Cause, u32>,
    /// How many have a cause of ours, and the issue they hang on is in a release.
    pub shipped: u32,
}

impl Improvements {
    /// Resolved tickets with a cause of ours.
    pub fn ours(&self) -> u32 {
        let ours = self.causes.iter().filter(|(cause, _)| cause.is_ours());
        ours.map(|(_, count)| count).sum()
    }

    /// Resolved tickets whose cause nobody has named.
    pub fn unnamed(&self) -> u32 {
        self.resolved.saturating_sub(self.causes.values().sum())
    }
}

impl Store {
    /// The issue that a ticket hangs on.
    pub async fn find_issue_of(&self, ticket: TicketId) -> Result<Option<IssueRow>, StoreError> {
        let issue = sqlx::query_scalar!(
            "SELECT issue_id FROM issue_link WHERE ticket_id = ?1",
            ticket.0
        )
        .fetch_optional(self.readers())
        .await?;
        match issue {
            Some(issue) => self.find_issue(IssueId(issue)).await,
            None => Ok(None),
        }
    }

    /// An issue by our number.
    pub async fn find_issue(&self, issue: IssueId) -> Result<Option<IssueRow>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT known, etag, counted_at, heard AS "heard: u32", comments_at,
                   (SELECT count(*) FROM issue_link WHERE issue_link.issue_id = issue.issue_id)
                       AS "threads!: u32"
               FROM issue WHERE issue_id = ?1"#,
            issue.0
        )
        .fetch_optional(self.readers())
        .await?;
        row.map(|row| {
            Ok(IssueRow {
                issue,
                known: json("issue", issue.0, &row.known)?,
                etag: row.etag,
                counted_at: row.counted_at.map(instant),
                threads: row.threads,
                heard: row.heard,
                comments_at: row.comments_at.map(instant),
            })
        })
        .transpose()
    }

    /// All issues that tickets of a guild hang on and that are not closed for good, with the number of
    /// their tickets: whoever opens another one should see them.
    pub async fn list_open_issues(&self, guild: GuildId) -> Result<Vec<(Known, u32)>, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            r#"SELECT issue.issue_id AS "issue_id!", known AS "known!", count(*) AS "threads!: u32"
               FROM issue
               JOIN issue_link USING (issue_id)
               JOIN ticket ON ticket.ticket_id = issue_link.ticket_id
               JOIN thread USING (thread_id)
               WHERE guild_id = ?1 AND read_at IS NOT NULL
               GROUP BY issue.issue_id
               ORDER BY max(linked_at) DESC
               LIMIT 500"#,
            guild
        )
        .fetch_all(self.readers())
        .await?;
        rows.into_iter()
            .map(|row| Ok((json("issue", row.issue_id, &row.known)?, row.threads)))
            .collect()
    }

    /// The threads that hang on an issue, with their guilds and since when they do.
    pub async fn list_threads_on(
        &self,
        issue: IssueId,
    ) -> Result<Vec<(GuildId, ThreadId, Timestamp)>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT guild_id, thread.thread_id AS "thread_id!", linked_at
               FROM issue_link
               JOIN ticket USING (ticket_id)
               JOIN thread USING (thread_id)
               WHERE issue_id = ?1 AND gone_at IS NULL
               ORDER BY linked_at"#,
            issue.0
        )
        .fetch_all(self.readers())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                (
                    GuildId::from_i64(row.guild_id),
                    ThreadId::from_i64(row.thread_id),
                    instant(row.linked_at),
                )
            })
            .collect())
    }

    /// The comments of an issue that are told in threads.
    pub async fn list_comments(&self, issue: IssueId) -> Result<BTreeSet<u64>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT comment_id FROM issue_comment WHERE issue_id = ?1 AND gone = 0",
            issue.0
        )
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().map(i64::unsigned_abs).collect())
    }

    /// The message in which a comment was told in the thread of a ticket.
    pub async fn find_comment_told(
        &self,
        comment: u64,
        ticket: TicketId,
    ) -> Result<Option<MessageId>, StoreError> {
        let comment = number(comment);
        let message = sqlx::query_scalar!(
            "SELECT message_id FROM issue_comment_told WHERE comment_id = ?1 AND ticket_id = ?2",
            comment,
            ticket.0
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(message.flatten().map(MessageId::from_i64))
    }

    /// A message that is, or is to be, said on the issue.
    pub async fn find_reply(&self, message: MessageId) -> Result<Option<ReplyRow>, StoreError> {
        let number = message.to_i64();
        let row = sqlx::query!(
            "SELECT mark, repository, comment_id FROM issue_reply WHERE message_id = ?1",
            number
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(row.map(|row| ReplyRow {
            mark: row.mark.unwrap_or_else(|| message.to_string()),
            said: row.repository.zip(row.comment_id.map(i64::unsigned_abs)),
        }))
    }

    /// A draft, if there is one of this number.
    pub async fn find_draft(&self, draft_id: DraftId) -> Result<Option<DraftRow>, StoreError> {
        find_draft(self.readers(), draft_id).await
    }

    /// What the bridge has to do at `now`.
    pub async fn bridge_work(&self, now: Timestamp) -> Result<BridgeWork, StoreError> {
        let now_millis = now.timestamp_millis();
        let due = sqlx::query_scalar!(
            r#"SELECT issue_id AS "issue_id!" FROM issue
               WHERE read_at <= ?1 ORDER BY read_at, issue_id LIMIT 50"#,
            now_millis
        )
        .fetch_all(self.readers())
        .await?;
        let mut work = BridgeWork::default();
        for issue in due {
            work.issues.extend(self.find_issue(IssueId(issue)).await?);
        }
        let expired = sqlx::query_scalar!(
            r#"SELECT draft_id AS "draft_id!" FROM issue_draft WHERE expires_at <= ?1 LIMIT 50"#,
            now_millis
        )
        .fetch_all(self.readers())
        .await?;
        work.expired = expired.into_iter().map(DraftId).collect();
        let next = sqlx::query_scalar!(
            r#"SELECT min(at) AS "at: i64" FROM (
                   SELECT min(read_at) AS at FROM issue WHERE read_at > ?1
                   UNION ALL
                   SELECT min(expires_at) AS at FROM issue_draft WHERE expires_at > ?1
               )"#,
            now_millis
        )
        .fetch_one(self.readers())
        .await?;
        work.next_at = next.map(instant);
        Ok(work)
    }

    /// What became of the causes of a guild's resolved tickets, as their events say.
    pub async fn count_improvements(&self, guild: GuildId) -> Result<Improvements, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            r#"SELECT state ->> 'cause' AS "cause: String", count(*) AS "count!: u32",
                   coalesce(sum(state ->> '$.improvement.shipped_at' IS NOT NULL), 0)
                       AS "shipped!: u32"
               FROM ticket
               JOIN thread USING (thread_id)
               WHERE guild_id = ?1 AND status = 'resolved'
               GROUP BY state ->> 'cause'"#,
            guild
        )
        .fetch_all(self.readers())
        .await?;
        let mut counted = Improvements::default();
        for row in rows {
            counted.resolved += row.count;
            if let Some(cause) = row.cause.as_deref().and_then(Cause::of_word) {
                counted.causes.insert(cause, row.count);
                if cause.is_ours() {
                    counted.shipped += row.shipped;
                }
            }
        }
        Ok(counted)
    }
}

/// A draft, if there is one of this number.
pub(super) async fn find_draft(
    executor: impl SqliteExecutor<'_>,
    draft_id: DraftId,
) -> Result<Option<DraftRow>, StoreError> {
    let row = sqlx::query!(
        r#"SELECT issue_draft.ticket_id, guild_id, asker_id, draft, issue_draft.state, delayed,
                   expires_at
               FROM issue_draft
               JOIN ticket USING (ticket_id)
               JOIN thread USING (thread_id)
               WHERE draft_id = ?1"#,
        draft_id.0
    )
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        Ok(DraftRow {
            ticket: TicketId(row.ticket_id),
            guild: GuildId::from_i64(row.guild_id),
            asker: row.asker_id.map(UserId::from_i64),
            draft: json("issue_draft", draft_id.0, &row.draft)?,
            state: DraftState::of_word(&row.state),
            delayed: row.delayed != 0,
            expires_at: row.expires_at.map(instant),
        })
    })
    .transpose()
}
