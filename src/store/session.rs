//! Where did we stop?

use super::{Store, StoreError, instant};
use crate::domain::Timestamp;
use crate::domain::session::Position;

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
}
