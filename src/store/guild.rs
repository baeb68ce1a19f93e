//! Since when do we serve a guild?

use std::collections::BTreeMap;

use super::{Store, StoreError, instant};
use crate::domain::Timestamp;
use crate::domain::ids::GuildId;

impl Store {
    /// Notes that we run for these guilds at `now` and says when we first did: the default of
    /// `enforce_from`. Called before the ledger starts.
    pub async fn see_guilds(
        &self,
        guilds: &[GuildId],
        now: Timestamp,
    ) -> Result<BTreeMap<GuildId, Timestamp>, StoreError> {
        let mut writing = self.write().await?;
        writing.note_guilds(guilds, now).await?;
        writing.commit().await?;
        let rows = sqlx::query!("SELECT guild_id, first_seen_at FROM guild")
            .fetch_all(self.readers())
            .await?;
        let seen = rows
            .into_iter()
            .map(|row| (GuildId::from_i64(row.guild_id), instant(row.first_seen_at)))
            .filter(|(guild, _)| guilds.contains(guild));
        Ok(seen.collect())
    }

    /// When we first ran for a guild.
    pub async fn find_first_seen(&self, guild: GuildId) -> Result<Option<Timestamp>, StoreError> {
        let guild = guild.to_i64();
        let row = sqlx::query!("SELECT first_seen_at FROM guild WHERE guild_id = ?1", guild)
            .fetch_optional(self.readers())
            .await?;
        Ok(row.map(|row| instant(row.first_seen_at)))
    }
}
