//! Who covers days of duty, and how often were people pinged?

use std::collections::BTreeMap;

use sqlx::SqliteExecutor;

use super::{Store, StoreError, Writing};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, UserId};
use crate::domain::rota::Cover;

/// A cover, newly asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCover {
    /// The interaction that asked for it.
    pub interaction: u64,
    /// The guild.
    pub guild: GuildId,
    /// The rota's name.
    pub rota: String,
    /// Who covers when.
    pub cover: Cover,
    /// Who asked for it.
    pub added_by: UserId,
}

impl Store {
    /// Who covers days of a guild's rotas, in the order in which they were added.
    pub async fn list_covers(&self, guild: GuildId) -> Result<Vec<(String, Cover)>, StoreError> {
        list_covers(self.readers(), guild).await
    }
}

impl Writing<'_> {
    /// As [`Store::list_covers`], with what this transaction has written.
    pub(crate) async fn list_covers(
        &mut self,
        guild: GuildId,
    ) -> Result<Vec<(String, Cover)>, StoreError> {
        list_covers(self.connection(), guild).await
    }

    /// Adds a cover. One that is there already stays as it is.
    pub(crate) async fn save_cover(&mut self, new: &NewCover) -> Result<(), StoreError> {
        let interaction = new.interaction.cast_signed();
        let (guild, person) = (new.guild.to_i64(), new.cover.by.to_i64());
        let first_on = new.cover.first_on.to_string();
        let last_on = new.cover.last_on.to_string();
        let added_by = new.added_by.to_i64();
        sqlx::query!(
            "INSERT INTO rota_cover (interaction_id, guild_id, rota, person_id, first_on, last_on,
                 added_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING",
            interaction,
            guild,
            new.rota,
            person,
            first_on,
            last_on,
            added_by
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes a cover out; only one by or for this person, where somebody is named. Says whether
    /// there was one.
    pub(crate) async fn remove_cover(
        &mut self,
        guild: GuildId,
        interaction: u64,
        of: Option<UserId>,
    ) -> Result<bool, StoreError> {
        let (guild, interaction) = (guild.to_i64(), interaction.cast_signed());
        let of = of.map(UserId::to_i64);
        let removed = sqlx::query!(
            "DELETE FROM rota_cover
             WHERE interaction_id = ?1 AND guild_id = ?2
                 AND (?3 IS NULL OR ?3 IN (person_id, added_by))",
            interaction,
            guild,
            of
        )
        .execute(self.connection())
        .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// By how many messages each person was pinged since an instant, of those who were.
    pub(crate) async fn count_pings(
        &mut self,
        guild: GuildId,
        since: Timestamp,
    ) -> Result<BTreeMap<UserId, u32>, StoreError> {
        let (guild, since) = (guild.to_i64(), since.timestamp_millis());
        // What was ordered at one instant for one lane goes out as one message.
        let rows = sqlx::query!(
            r#"SELECT CAST(person.value AS INTEGER) AS "person!: i64",
                   count(DISTINCT lane || ordered_at) AS "messages!: i64"
               FROM outbox, json_each(content, '$.ping.people') AS person
               WHERE kind = 'alert' AND guild_id = ?1 AND ordered_at > ?2 AND state <> 'dropped'
                   AND content ->> '$.ping.people[0]' IS NOT NULL
               GROUP BY person.value"#,
            guild,
            since
        )
        .fetch_all(self.connection())
        .await?;
        let counted = rows.into_iter().map(|row| {
            let messages = u32::try_from(row.messages).unwrap_or(u32::MAX);
            (UserId::from_i64(row.person), messages)
        });
        Ok(counted.collect())
    }
}

async fn list_covers(
    executor: impl SqliteExecutor<'_>,
    guild: GuildId,
) -> Result<Vec<(String, Cover)>, StoreError> {
    let guild = guild.to_i64();
    let rows = sqlx::query!(
        "SELECT rota, person_id, first_on, last_on FROM rota_cover
         WHERE guild_id = ?1
         ORDER BY interaction_id",
        guild
    )
    .fetch_all(executor)
    .await?;
    // The table holds dates as we wrote them; what is none covers nothing.
    let covers = rows.into_iter().filter_map(|row| {
        let cover = Cover {
            by: UserId::from_i64(row.person_id),
            first_on: row.first_on.parse().ok()?,
            last_on: row.last_on.parse().ok()?,
        };
        Some((row.rota, cover))
    });
    Ok(covers.collect())
}
