//! Where did we stop?

use super::{Store, StoreError, instant};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, ThreadId};
use crate::domain::session::{Bearings, Debt, Position, Unread};

impl Store {
    /// Where each shard's session stands, by shard.
    pub async fn load_positions(&self) -> Result<Vec<Position>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT session.shard AS "shard!", shards, session.session_id, sequence, resume_url, ready
               FROM session
               JOIN session_ready
                   ON session_ready.shard = session.shard
                   AND session_ready.session_id = session.session_id
               ORDER BY session.shard"#
        )
        .fetch_all(self.readers())
        .await?;
        let positions = rows.into_iter().map(|row| Position {
            shard: u32::try_from(row.shard).unwrap_or_default(),
            shards: u32::try_from(row.shards).unwrap_or_default(),
            session_id: row.session_id,
            sequence: row.sequence.cast_unsigned(),
            resume_url: row.resume_url,
            ready: row.ready.into(),
        });
        Ok(positions.collect())
    }

    /// The last instant at which we know that we were running; `None` before the first run.
    pub async fn load_presence(&self) -> Result<Option<Timestamp>, StoreError> {
        let alive_at = sqlx::query_scalar!("SELECT alive_at FROM presence")
            .fetch_optional(self.readers())
            .await?;
        Ok(alive_at.map(instant))
    }

    /// What catch-up owed when the last process ended.
    pub async fn load_debt(&self) -> Result<Debt, StoreError> {
        let row = sqlx::query!("SELECT asked, done, strays, watched FROM catch_up")
            .fetch_one(self.readers())
            .await?;
        Ok(Debt {
            last_errand: row.asked.max(row.done).cast_unsigned(),
            is_open: row.asked > row.done || row.strays != 0,
            watched: row.watched,
        })
    }

    /// The threads that could not be read.
    pub async fn list_unread(&self) -> Result<Vec<Unread>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT thread_id AS "thread_id!", guild_id, since, failing_since, told FROM unread_thread"#
        )
        .fetch_all(self.readers())
        .await?;
        let unread = rows.into_iter().map(|row| Unread {
            thread: ThreadId::from_i64(row.thread_id),
            guild: row.guild_id.map(GuildId::from_i64),
            since: row.since.map(instant),
            failing_since: instant(row.failing_since),
            told: row.told != 0,
        });
        Ok(unread.collect())
    }

    /// What the last start found out about Discord.
    pub async fn load_bearings(&self) -> Result<Bearings, StoreError> {
        let row = sqlx::query!("SELECT fits, gateway, commands FROM start")
            .fetch_one(self.readers())
            .await?;
        Ok(Bearings {
            fits: row.fits,
            gateway: row.gateway,
            commands: row.commands,
        })
    }

    /// When a session was last opened, by Discord's rate limit key.
    pub async fn list_session_starts(&self) -> Result<Vec<(u32, Timestamp)>, StoreError> {
        let rows = sqlx::query!("SELECT bucket, started_at FROM session_start")
            .fetch_all(self.readers())
            .await?;
        let starts = rows.into_iter().map(|row| {
            let bucket = u32::try_from(row.bucket).unwrap_or_default();
            (bucket, instant(row.started_at))
        });
        Ok(starts.collect())
    }
}
