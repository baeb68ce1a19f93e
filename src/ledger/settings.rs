//! Changes of a guild's settings: compared and set with everything else that is written.

use super::batch::Batch;
use super::sweep;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{GuildId, UserId};
use crate::store::{SettingVersion, StoreError, Writing};

/// A change of a guild's settings, checked and wanted.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whose.
    pub guild: GuildId,
    /// The version it was made to.
    pub based_on: u32,
    /// The proposal that it was.
    pub proposal: i64,
    /// The version that it makes.
    pub version: SettingVersion,
    /// What that version comes to.
    pub settings: GuildSettings,
}

/// Why the settings were not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// Somebody else was quicker: theirs is in force, and this change was made to another.
    #[error("version {version} is in force by now")]
    Outdated {
        /// What is in force.
        version: u32,
        /// Who made it.
        by: Option<UserId>,
    },
    /// It could not be written; nothing has changed.
    #[error("it could not be written")]
    NotWritten,
}

impl Batch<'_> {
    /// After everything else of the batch is saved: the open tickets of the guild are then due to
    /// be decided, by what is in force after the commit.
    pub(super) async fn change(
        &mut self,
        writing: &mut Writing<'_>,
        change: &Change,
    ) -> Result<Result<(), NotChanged>, StoreError> {
        let in_force = writing.find_version_in_force(change.guild).await?;
        if let Some((version, by)) = in_force
            && version != change.based_on
        {
            return Ok(Err(NotChanged::Outdated { version, by }));
        }
        let now = self.now();
        let channels = &change.settings.channels;
        let since = change.version.in_force_at;
        writing.add_version(change.guild, &change.version).await?;
        writing.watch(change.guild, channels, since).await?;
        writing.forget_proposal(change.proposal).await?;
        let rules = sweep::fingerprint(Some(&change.settings));
        writing.save_rules(change.guild, &rules, now).await?;
        self.switches_to(change.settings.clone());
        Ok(Ok(()))
    }
}
