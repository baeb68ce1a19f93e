//! Who waits, longest first?

use super::{Store, StoreError, instant};
use crate::domain::Timestamp;
use crate::domain::event::Priority;
use crate::domain::ids::{GuildId, ThreadId, TicketId, UserId};
use crate::domain::ticket::Snoozed;

/// Which open tickets to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every open ticket.
    #[default]
    All,
    /// The asker waits for an answer.
    Unanswered,
    /// The warning point is passed, the due time is not.
    AtRisk,
    /// The due time is passed.
    Overdue,
    /// Claimed by this person.
    Mine(UserId),
    /// Claimed by nobody.
    Unclaimed,
    /// Out of the queue for a while.
    Snoozed,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many rows to leave out.
    pub offset: u32,
    /// How many rows at most.
    pub size: u32,
}

/// One line of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The thread that shows it.
    pub thread: ThreadId,
    /// The thread's name: text from people.
    pub title: String,
    /// Who asked.
    pub asker: Option<UserId>,
    /// Who has it.
    pub claimed_by: Option<UserId>,
    /// How urgent it is.
    pub priority: Priority,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// Since when the asker waits; `None` when nobody waits.
    pub waiting_since: Option<Timestamp>,
    /// The warning point of the answer that is waited for.
    pub warn_at: Option<Timestamp>,
    /// The due time of the answer that is waited for; `None` when none is promised.
    pub due_at: Option<Timestamp>,
    /// Who put it out of the queue, until when and why.
    pub snoozed: Option<Snoozed>,
}

impl Store {
    /// A page of a guild's open tickets and how many there are in all. Those that are snoozed are
    /// left out unless they are asked for. First those who wait for an
    /// answer that was promised, the longest wait first; then those who wait without a promise;
    /// then those who were answered.
    pub async fn list_queue(
        &self,
        guild: GuildId,
        asked: Filter,
        at: Timestamp,
        page: Page,
    ) -> Result<(Vec<QueueRow>, u64), StoreError> {
        let (filter, mine) = asked.columns();
        let (guild, now) = (guild.to_i64(), at.timestamp_millis());
        let rows = sqlx::query!(
            r#"SELECT ticket_id AS "ticket_id!", ticket.thread_id AS "thread_id!",
                   title AS "title!", asker_id, claimed_by,
                   state ->> '$.priority' AS "priority: String",
                   opened_at, waiting_since, warn_at, due_at, state -> '$.snoozed' AS "snoozed: String",
                   count(*) OVER () AS "total!: i64"
               FROM ticket
               JOIN thread ON thread.thread_id = ticket.thread_id
               WHERE status = 'open' AND guild_id = ?1 AND gone_at IS NULL
                   AND CASE ?2
                       WHEN 'unanswered' THEN waiting_since IS NOT NULL
                       WHEN 'at_risk' THEN warn_at <= ?4 AND due_at >= ?4
                       WHEN 'overdue' THEN due_at < ?4
                       WHEN 'mine' THEN claimed_by = ?3
                       WHEN 'unclaimed' THEN claimed_by IS NULL
                       ELSE TRUE
                   END
                   AND (?2 = 'snoozed') = (coalesce(snoozed_until, 0) > ?4)
               ORDER BY waiting_since IS NULL, due_at IS NULL, waiting_since, ticket_id
               LIMIT ?5 OFFSET ?6"#,
            guild,
            filter,
            mine,
            now,
            page.size,
            page.offset
        )
        .fetch_all(self.readers())
        .await?;
        let total = match rows.first() {
            Some(row) => u64::try_from(row.total).unwrap_or_default(),
            None if page.offset == 0 => 0,
            // Past the end: the rows that would say how many there are have been left out.
            None => {
                let first = Page { offset: 0, size: 1 };
                return Box::pin(self.list_queue(GuildId::from_i64(guild), asked, at, first))
                    .await
                    .map(|(_, total)| (Vec::new(), total));
            }
        };
        let rows = rows.into_iter().map(|row| QueueRow {
            ticket_id: TicketId(row.ticket_id),
            thread: ThreadId::from_i64(row.thread_id),
            title: row.title,
            asker: row.asker_id.map(UserId::from_i64),
            claimed_by: row.claimed_by.map(UserId::from_i64),
            priority: match row.priority.as_deref() {
                Some("critical") => Priority::Critical,
                _ => Priority::Normal,
            },
            opened_at: row.opened_at.map(instant),
            waiting_since: row.waiting_since.map(instant),
            warn_at: row.warn_at.map(instant),
            due_at: row.due_at.map(instant),
            snoozed: row
                .snoozed
                .and_then(|snoozed| serde_json::from_str(&snoozed).ok()),
        });
        Ok((rows.collect(), total))
    }
}

impl Filter {
    /// The word for it in the statement, and whose tickets.
    fn columns(self) -> (&'static str, i64) {
        match self {
            Self::All => ("all", 0),
            Self::Unanswered => ("unanswered", 0),
            Self::AtRisk => ("at_risk", 0),
            Self::Overdue => ("overdue", 0),
            Self::Mine(user) => ("mine", user.to_i64()),
            Self::Unclaimed => ("unclaimed", 0),
            Self::Snoozed => ("snoozed", 0),
        }
    }
}
