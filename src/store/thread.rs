//! Which threads do we know, and up to where were they read?

use std::collections::{BTreeMap, BTreeSet};

use super::{Store, StoreError, json};
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId};

/// How many threads come at once: in one row, because there may be hundreds of thousands, and each row
/// is handed over from SQLite's thread for itself.
const AT_ONCE: usize = 4_096;

/// A thread that is tracked and not gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownThread {
    /// The thread.
    pub thread: ThreadId,
    /// The channel it hangs on.
    pub channel: ChannelId,
    /// The newest message we know of, whoever wrote it.
    pub last_seen: Option<MessageId>,
    /// Whether it was archived when last seen.
    pub archived: bool,
}

/// The columns of a thread, as they travel.
type Columns = (i64, i64, Option<i64>, u8);

impl Store {
    /// Every tracked thread of a guild that was not deleted, by its id.
    pub async fn list_threads_known(&self, guild: GuildId) -> Result<Vec<KnownThread>, StoreError> {
        let (mut known, mut after) = (Vec::new(), 0);
        loop {
            let page = self.list_some_threads(guild, after).await?;
            known.extend(page.iter().map(|columns| KnownThread::read(*columns)));
            match page.iter().map(|(thread, ..)| *thread).max() {
                Some(last) if page.len() == AT_ONCE => after = last,
                _ => break,
            }
        }
        // SQLite promises no order of what it gathers.
        known.sort_unstable_by_key(|known| known.thread);
        Ok(known)
    }

    /// The messages of a guild's threads that were said on an issue, or whose files went along with one.
    pub async fn list_carried(
        &self,
        guild: GuildId,
    ) -> Result<BTreeMap<ThreadId, BTreeSet<MessageId>>, StoreError> {
        let guild = guild.to_i64();
        let all = sqlx::query_scalar!(
            r#"SELECT json_group_array(json_array(thread_id, message_id)) AS "all!: String"
               FROM (
                   SELECT ticket_id, message_id FROM issue_reply
                   UNION
                   SELECT ticket_id, message_id FROM issue_file
               )
               JOIN ticket USING (ticket_id)
               JOIN thread USING (thread_id)
               WHERE guild_id = ?1 AND gone_at IS NULL"#,
            guild
        )
        .fetch_one(self.readers())
        .await?;
        let rows: Vec<(i64, i64)> = json("thread", guild, &all)?;
        let mut carried: BTreeMap<ThreadId, BTreeSet<MessageId>> = BTreeMap::new();
        for (thread, message) in rows {
            let messages = carried.entry(ThreadId::from_i64(thread)).or_default();
            messages.insert(MessageId::from_i64(message));
        }
        Ok(carried)
    }

    async fn list_some_threads(
        &self,
        guild: GuildId,
        after: i64,
    ) -> Result<Vec<Columns>, StoreError> {
        let (guild, most) = (guild.to_i64(), i64::try_from(AT_ONCE).unwrap_or(i64::MAX));
        let page = sqlx::query_scalar!(
            r#"SELECT json_group_array(
                   json_array(thread_id, channel_id, last_seen_message_id, archived)
               ) AS "page!: String"
               FROM (
                   SELECT thread_id, channel_id, last_seen_message_id, archived
                   FROM thread NOT INDEXED
                   WHERE guild_id = ?1 AND gone_at IS NULL AND thread_id > ?2
                   ORDER BY thread_id
                   LIMIT ?3
               )"#,
            guild,
            after,
            most
        )
        .fetch_one(self.readers())
        .await?;
        json("thread", after, &page)
    }
}

impl KnownThread {
    fn read((thread, channel, last_seen, archived): Columns) -> Self {
        Self {
            thread: ThreadId::from_i64(thread),
            channel: ChannelId::from_i64(channel),
            last_seen: last_seen.map(MessageId::from_i64),
            archived: archived != 0,
        }
    }
}
