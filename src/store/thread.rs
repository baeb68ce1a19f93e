//! Which threads do we know, and up to where were they read?

use super::{Store, StoreError};
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, TicketId};

/// A thread that is tracked and not gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownThread {
    /// The thread.
    pub thread: ThreadId,
    /// The channel it hangs on.
    pub channel: ChannelId,
    /// Its ticket.
    pub ticket_id: TicketId,
    /// The newest message we know of, whoever wrote it.
    pub last_seen: Option<MessageId>,
    /// Whether it was archived when last seen.
    pub archived: bool,
    /// Whether its ticket is open.
    pub open: bool,
}

impl Store {
    /// Every tracked thread of a guild that was not deleted, by its id.
    pub async fn list_threads_known(&self, guild: GuildId) -> Result<Vec<KnownThread>, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            r#"SELECT thread.thread_id AS "thread_id!", channel_id, ticket_id AS "ticket_id!",
                   last_seen_message_id, archived, status AS "status!"
               FROM thread
               JOIN ticket ON ticket.thread_id = thread.thread_id
               WHERE guild_id = ?1 AND gone_at IS NULL
               ORDER BY thread.thread_id"#,
            guild
        )
        .fetch_all(self.readers())
        .await?;
        let threads = rows.into_iter().map(|row| KnownThread {
            thread: ThreadId::from_i64(row.thread_id),
            channel: ChannelId::from_i64(row.channel_id),
            ticket_id: TicketId(row.ticket_id),
            last_seen: row.last_seen_message_id.map(MessageId::from_i64),
            archived: row.archived != 0,
            open: row.status == "open",
        });
        Ok(threads.collect())
    }
}
