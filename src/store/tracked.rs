//! What do we hold about these threads? One statement, however many they are.

use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::SqliteExecutor;

use super::event::event_key;
use super::{StoreError, instant, json};
use crate::domain::Timestamp;
use crate::domain::decision::Face;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, TicketId};
use crate::domain::ticket::Ticket;

/// A tracked thread and its ticket, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// The ticket's number.
    pub(crate) ticket_id: TicketId,
    pub(crate) thread: ThreadId,
    pub(crate) guild: GuildId,
    pub(crate) channel: ChannelId,
    /// Text from people.
    pub(crate) title: String,
    pub(crate) archived: bool,
    pub(crate) locked: bool,
    pub(crate) last_seen: Option<MessageId>,
    pub(crate) gone_at: Option<Timestamp>,
    /// What the events add up to.
    pub(crate) ticket: Ticket,
    pub(crate) waiting: Waiting,
    pub(crate) wake_at: Option<Timestamp>,
    /// The face the card was last ordered to show.
    pub(crate) shown: Option<Face>,
    pub(crate) card_message: Option<MessageId>,
}

/// The answer that is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Since when; `None` when nobody waits.
    pub(crate) since: Option<Timestamp>,
    /// Its warning point, when an answer is promised.
    pub(crate) warn_at: Option<Timestamp>,
    /// Its due time, when an answer is promised.
    pub(crate) due_at: Option<Timestamp>,
}

struct Row {
    ticket_id: i64,
    thread_id: i64,
    guild_id: i64,
    channel_id: i64,
    title: String,
    archived: i64,
    locked: i64,
    last_seen_message_id: Option<i64>,
    gone_at: Option<i64>,
    state: String,
    latest_at: Option<i64>,
    latest_id: Option<i64>,
    latest_kind: Option<i64>,
    waiting_since: Option<i64>,
    warn_at: Option<i64>,
    due_at: Option<i64>,
    wake_at: Option<i64>,
    shown: Option<String>,
    card_message_id: Option<i64>,
}

/// Those of `threads` that are tracked, in no order.
pub(super) async fn list_tracked(
    executor: impl SqliteExecutor<'_>,
    threads: &[ThreadId],
) -> Result<Vec<Tracked>, StoreError> {
    let threads = serde_json::json!(threads).to_string();
    sqlx::query_as!(
        Row,
        r#"SELECT ticket.ticket_id AS "ticket_id!", thread.thread_id AS "thread_id!",
               guild_id AS "guild_id!", channel_id AS "channel_id!", title AS "title!",
               archived AS "archived!", locked AS "locked!", last_seen_message_id, gone_at,
               state AS "state!", latest_at, latest_id, latest_kind,
               waiting_since, warn_at, due_at, wake_at, shown, card_message_id
           FROM json_each(?1) AS asked
           CROSS JOIN thread ON thread.thread_id = asked.value
           CROSS JOIN ticket ON ticket.thread_id = thread.thread_id"#,
        threads
    )
    .fetch(executor)
    // Each is read as it comes: as text they are the larger half.
    .map(|row| Tracked::read(row?))
    .try_collect()
    .await
}

impl Tracked {
    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.title.capacity() + self.ticket.bytes_elsewhere()
    }

    fn read(row: Row) -> Result<Self, StoreError> {
        let mut ticket: Ticket = json("ticket", row.ticket_id, &row.state)?;
        ticket.latest = match (row.latest_at, row.latest_id, row.latest_kind) {
            (Some(at), Some(id), Some(kind)) => Some(event_key(at, id, kind)),
            _ => None,
        };
        let shown = row
            .shown
            .map(|shown| json("ticket", row.ticket_id, &shown))
            .transpose()?;
        Ok(Self {
            ticket_id: TicketId(row.ticket_id),
            thread: ThreadId::from_i64(row.thread_id),
            guild: GuildId::from_i64(row.guild_id),
            channel: ChannelId::from_i64(row.channel_id),
            title: row.title,
            archived: row.archived != 0,
            locked: row.locked != 0,
            last_seen: row.last_seen_message_id.map(MessageId::from_i64),
            gone_at: row.gone_at.map(instant),
            ticket,
            waiting: Waiting {
                since: row.waiting_since.map(instant),
                warn_at: row.warn_at.map(instant),
                due_at: row.due_at.map(instant),
            },
            wake_at: row.wake_at.map(instant),
            shown,
            card_message: row.card_message_id.map(MessageId::from_i64),
        })
    }
}

/// When the next ticket is to be decided.
pub(super) async fn find_next_wake(
    executor: impl SqliteExecutor<'_>,
) -> Result<Option<Timestamp>, StoreError> {
    let next = sqlx::query_scalar!(
        "SELECT wake_at FROM ticket WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1"
    )
    .fetch_optional(executor)
    .await?;
    Ok(next.flatten().map(instant))
}
