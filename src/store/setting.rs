//! Which settings are and were in force?

use std::collections::BTreeMap;

use super::{Store, StoreError, instant};
use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, GuildId, UserId};

/// One version of a guild's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingVersion {
    /// Counted from 1.
    pub version: u32,
    /// Since when it is in force.
    pub in_force_at: Timestamp,
    /// Who changed them on Discord; `None` when the settings file was read.
    pub changed_by: Option<UserId>,
    /// The settings as TOML.
    pub document: String,
}

/// A change that waits for a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProposal {
    /// The version it changes.
    pub based_on: u32,
    /// Who asked for it.
    pub proposed_by: UserId,
    /// The settings as they would be.
    pub document: String,
}

/// A channel whose threads are tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedChannel {
    /// Since when.
    pub since: Timestamp,
    /// Whether its threads were compared with Discord since then.
    pub caught_up: bool,
}

impl Store {
    /// Every version of a guild's settings, the first one first.
    pub async fn list_setting_versions(
        &self,
        guild: GuildId,
    ) -> Result<Vec<SettingVersion>, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            "SELECT version, in_force_at, changed_by, document FROM setting_version
             WHERE guild_id = ?1 ORDER BY version",
            guild
        )
        .fetch_all(self.readers())
        .await?;
        let versions = rows.into_iter().map(|row| SettingVersion {
            version: number(row.version),
            in_force_at: instant(row.in_force_at),
            changed_by: row.changed_by.map(UserId::from_i64),
            document: row.document,
        });
        Ok(versions.collect())
    }

    /// Adds a version, and notes which channels are watched under it: new ones since `since`. While
    /// the ledger does not run.
    pub async fn add_setting_version(
        &self,
        guild: GuildId,
        version: &SettingVersion,
        channels: &[ChannelId],
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        writing.add_version(guild, version).await?;
        writing.watch(guild, channels, since).await?;
        writing.commit().await
    }

    /// A change of a guild's settings that waits for a click.
    pub async fn find_setting_proposal(
        &self,
        guild: GuildId,
        proposal: i64,
    ) -> Result<Option<SettingProposal>, StoreError> {
        let guild = guild.to_i64();
        let row = sqlx::query!(
            "SELECT based_on, proposed_by, document FROM setting_proposal
             WHERE guild_id = ?1 AND proposal_id = ?2",
            guild,
            proposal
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(row.map(|row| SettingProposal {
            based_on: number(row.based_on),
            proposed_by: UserId::from_i64(row.proposed_by),
            document: row.document,
        }))
    }

    /// The channels of a guild whose threads are tickets.
    pub async fn list_watched_channels(
        &self,
        guild: GuildId,
    ) -> Result<BTreeMap<ChannelId, WatchedChannel>, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            "SELECT channel_id, watched_since_at, caught_up FROM watched_channel
             WHERE guild_id = ?1",
            guild
        )
        .fetch_all(self.readers())
        .await?;
        let channels = rows.into_iter().map(|row| {
            let watched = WatchedChannel {
                since: instant(row.watched_since_at),
                caught_up: row.caught_up != 0,
            };
            (ChannelId::from_i64(row.channel_id), watched)
        });
        Ok(channels.collect())
    }
}

/// The number of a version, which the table keeps above zero.
pub(super) fn number(version: i64) -> u32 {
    u32::try_from(version).unwrap_or_default()
}
