//! How often did somebody say that production is down?

use super::{Store, StoreError, Writing};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, UserId};

impl Store {
    /// How often a person said so since an instant.
    pub async fn count_down_calls(
        &self,
        guild: GuildId,
        person: UserId,
        since: Timestamp,
    ) -> Result<u32, StoreError> {
        let (guild, person) = (guild.to_i64(), person.to_i64());
        let since = since.timestamp_millis();
        let calls = sqlx::query_scalar!(
            r#"SELECT count(*) AS "calls!: i64" FROM down_call
               WHERE guild_id = ?1 AND person_id = ?2 AND called_at > ?3"#,
            guild,
            person,
            since
        )
        .fetch_one(self.readers())
        .await?;
        Ok(u32::try_from(calls).unwrap_or(u32::MAX))
    }
}

impl Writing<'_> {
    /// Notes that a person said so, unless they did as often since an instant as they may. What is
    /// older is forgotten. Whether it was noted.
    pub(crate) async fn note_down_call(
        &mut self,
        interaction: u64,
        guild: GuildId,
        person: UserId,
        at: Timestamp,
        since: Timestamp,
        most: u32,
    ) -> Result<bool, StoreError> {
        let interaction = interaction.cast_signed();
        let (guild, person) = (guild.to_i64(), person.to_i64());
        let (at, since) = (at.timestamp_millis(), since.timestamp_millis());
        sqlx::query!("DELETE FROM down_call WHERE called_at <= ?1", since)
            .execute(self.connection())
            .await?;
        let noted = sqlx::query!(
            "INSERT INTO down_call (interaction_id, guild_id, person_id, called_at)
             SELECT ?1, ?2, ?3, ?4
             WHERE (SELECT count(*) FROM down_call WHERE guild_id = ?2 AND person_id = ?3) < ?5
             ON CONFLICT DO NOTHING",
            interaction,
            guild,
            person,
            at,
            most
        )
        .execute(self.connection())
        .await?;
        Ok(noted.rows_affected() > 0)
    }
}
