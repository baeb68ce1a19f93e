//! Versions of the settings, changes that wait for a click, channels that are watched.

use chrono::TimeDelta;

use super::Writing;
use super::tickets::array;
use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, GuildId, UserId};
use crate::store::setting::number;
use crate::store::{SettingProposal, SettingVersion, StoreError};

/// How long a change waits for its click. Discord lets nobody see the message longer than that
/// without it being asked for again.
const PROPOSED_FOR: TimeDelta = TimeDelta::days(1);

impl Writing<'_> {
    /// The number of the version in force, and who made it; `None` when there is none yet.
    pub(crate) async fn find_version_in_force(
        &mut self,
        guild: GuildId,
    ) -> Result<Option<(u32, Option<UserId>)>, StoreError> {
        let guild = guild.to_i64();
        let row = sqlx::query!(
            "SELECT version, changed_by FROM setting_version
             WHERE guild_id = ?1 ORDER BY version DESC LIMIT 1",
            guild
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (number(row.version), row.changed_by.map(UserId::from_i64))))
    }

    /// Adds a version.
    pub(crate) async fn add_version(
        &mut self,
        guild: GuildId,
        version: &SettingVersion,
    ) -> Result<(), StoreError> {
        let guild = guild.to_i64();
        let in_force_at = version.in_force_at.timestamp_millis();
        let changed_by = version.changed_by.map(UserId::to_i64);
        sqlx::query!(
            "INSERT INTO setting_version (guild_id, version, in_force_at, changed_by, document)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            guild,
            version.version,
            in_force_at,
            changed_by,
            version.document
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps a change until its click, and forgets those that waited too long.
    pub(crate) async fn propose(
        &mut self,
        guild: GuildId,
        proposal: &SettingProposal,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let too_old = (now - PROPOSED_FOR).timestamp_millis();
        sqlx::query!(
            "DELETE FROM setting_proposal WHERE proposed_at < ?1",
            too_old
        )
        .execute(self.connection())
        .await?;
        let (guild, by) = (guild.to_i64(), proposal.proposed_by.to_i64());
        let now = now.timestamp_millis();
        let made = sqlx::query!(
            "INSERT INTO setting_proposal (guild_id, based_on, proposed_by, proposed_at, document)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            guild,
            proposal.based_on,
            by,
            now,
            proposal.document
        )
        .execute(self.connection())
        .await?;
        Ok(made.last_insert_rowid())
    }

    /// Forgets a change that was made.
    pub(crate) async fn forget_proposal(&mut self, proposal: i64) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM setting_proposal WHERE proposal_id = ?1",
            proposal
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes which channels of a guild are watched: those that were not before are since `at`.
    pub(crate) async fn watch(
        &mut self,
        guild: GuildId,
        channels: &[ChannelId],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (guild, at) = (guild.to_i64(), at.timestamp_millis());
        let channels = array(channels);
        sqlx::query!(
            "DELETE FROM watched_channel
             WHERE guild_id = ?1 AND channel_id NOT IN (SELECT value FROM json_each(?2))",
            guild,
            channels
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "INSERT INTO watched_channel (guild_id, channel_id, watched_since_at)
             SELECT ?1, value, ?3 FROM json_each(?2) WHERE TRUE
             ON CONFLICT DO NOTHING",
            guild,
            channels,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that the threads of these channels were compared with Discord.
    pub(crate) async fn note_caught_up(
        &mut self,
        guild: GuildId,
        channels: &[ChannelId],
    ) -> Result<(), StoreError> {
        let (guild, channels) = (guild.to_i64(), array(channels));
        sqlx::query!(
            "UPDATE watched_channel SET caught_up = 1
             WHERE guild_id = ?1 AND caught_up = 0
                 AND channel_id IN (SELECT value FROM json_each(?2))",
            guild,
            channels
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
