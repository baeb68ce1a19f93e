//! The settings of a guild, from the file and from Discord, version by version.
//!
//! # Which settings count
//!
//! 1. The first start takes what `sameday.toml` says as version 1.
//! 2. As long as nobody changes anything on Discord the file rules: a start that finds it changed
//!    takes it as the next version.
//! 3. Once somebody has changed the settings on Discord, what is recorded rules, and the file only
//!    says where the database is and for which guild the bot runs. A file that was changed since is
//!    left alone, and the start says so.
//! 4. `sameday settings use-file` makes the file rule again: it is the next version, and 2 holds.
//!
//! Which of the two rules is no setting of its own: it is whether the latest version came from the
//! file. Nothing is ever overwritten; `/settings undo` and `sameday settings export --version`
//! bring any version back.
//!
//! # How a change travels
//!
//! ```text
//! command ──> Document, edited ──> check ──> ground (Discord) ──> difference, shown with two buttons
//!                                                                          │ proposal, recorded
//! click ──> check again ──> ledger: compare and set, one transaction <─────┘
//!                               └── after the commit: live for everybody, open tickets decided again
//! ```
//!
//! Two people who change the settings at once: the first click counts, the second is told, because
//! a change is made to the version it was shown against or not at all.
//!
//! # What a change does
//!
//! * To clocks that run: what the settings say themselves (`[changes]`, see
//!   [`crate::domain::policy`]).
//! * To threads of a channel that is watched from now on: they are read as after an absence.
//!   Unless `guild.enforce_from` says otherwise, those opened before never alarm.
//! * To threads of a channel that is no longer watched: nothing is recorded or said any more.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::config::{Config, ConfigError, Document, GuildSection};
use crate::domain::Timestamp;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, UserId};
use crate::domain::policy::{ServiceLevel, Version};
use crate::store::{SettingVersion, Store, StoreError, WatchedChannel};

/// Why there are no settings to run with.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The database did not say.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is recorded: the bot has never run for this guild.
    #[error("no settings are recorded; start the bot once")]
    Nothing,
    /// What is recorded cannot be used.
    #[error(
        "the settings that were made on Discord (version {version}) cannot be used by this version of sameday: {cause} Write them anew with `sameday settings export`, or let the file count with `sameday settings use-file`"
    )]
    Recorded {
        /// Which.
        version: u32,
        /// What is wrong.
        cause: ConfigError,
    },
}

/// What a guild has set and had set.
#[derive(Clone, Debug)]
pub struct History {
    /// The guild.
    pub guild: GuildId,
    /// The first version first; at least one.
    pub versions: Vec<SettingVersion>,
    watched: BTreeMap<ChannelId, WatchedChannel>,
    first_seen_at: Timestamp,
}

/// Whose word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The file's.
    File {
        /// Whether it was changed since it was last read: that counts from the next start on.
        changed: bool,
    },
    /// That of whoever changed the settings on Discord.
    Discord {
        /// Whether the file was changed since it was last read: that has no effect.
        file_changed: bool,
    },
}

impl History {
    /// Everything that is recorded about a guild's settings; `None` before the first start.
    pub async fn load(store: &Store, guild: GuildId) -> Result<Option<Self>, StoreError> {
        let versions = store.list_setting_versions(guild).await?;
        let Some(first_seen_at) = store.find_first_seen(guild).await? else {
            return Ok(None);
        };
        let watched = store.list_watched_channels(guild).await?;
        Ok((!versions.is_empty()).then_some(Self {
            guild,
            versions,
            watched,
            first_seen_at,
        }))
    }

    /// Whether a channel is watched whose threads were not compared with Discord since.
    pub fn has_fresh_channels(&self) -> bool {
        self.watched.values().any(|channel| !channel.caught_up)
    }

    /// The version in force.
    pub fn latest(&self) -> Option<&SettingVersion> {
        self.versions.last()
    }

    /// Whose word counts, when this is what the file says.
    pub fn ruling(&self, file: &Document) -> Ruling {
        let from_file = |version: &&SettingVersion| version.changed_by.is_none();
        let last_read = self.versions.iter().rfind(from_file);
        let changed = last_read.is_none_or(|read| read.document != file.text());
        match self.latest().and_then(|latest| latest.changed_by) {
            Some(_) => Ruling::Discord {
                file_changed: changed,
            },
            None => Ruling::File { changed },
        }
    }

    /// The settings in force, with every promise that was made before.
    pub fn settings(&self) -> Result<GuildSettings, SettingsError> {
        let latest = self.latest().ok_or(SettingsError::Nothing)?;
        let version = latest.version;
        let section = read(latest).map_err(|cause| SettingsError::Recorded { version, cause })?;
        let mut settings = section.settings(self.first_seen_at);
        let level = &mut settings.service_level;
        let mut promises = self.versions.iter().filter_map(promise);
        if let Some(first) = promises.next() {
            let mut first = ServiceLevel::new(first, level.enforce_from);
            first.attention = level.attention.clone();
            *level = promises.fold(first, ServiceLevel::changed);
        }
        if !section.sets_enforce_from() {
            let since = self
                .watched
                .iter()
                .map(|(channel, watched)| (*channel, watched.since));
            level.watched_since = since.collect();
        }
        Ok(settings)
    }

    /// The version that would come next, made at `at`.
    pub fn next(
        &self,
        document: String,
        changed_by: Option<UserId>,
        at: Timestamp,
    ) -> SettingVersion {
        let (version, after) = match self.latest() {
            Some(latest) => (
                latest.version + 1,
                latest.in_force_at + TimeDelta::milliseconds(1),
            ),
            None => (1, at),
        };
        SettingVersion {
            version,
            in_force_at: at.max(after),
            changed_by,
            document,
        }
    }

    /// This history with one more version.
    #[must_use]
    pub fn and(mut self, version: SettingVersion, channels: &[ChannelId]) -> Self {
        self.watched.retain(|channel, _| channels.contains(channel));
        for channel in channels {
            self.watched.entry(*channel).or_insert(WatchedChannel {
                since: version.in_force_at,
                caught_up: false,
            });
        }
        self.versions.push(version);
        self
    }
}

fn read(version: &SettingVersion) -> Result<GuildSection, ConfigError> {
    Document::read(&version.document)?.check()
}

/// What was promised under a version. One that this program can no longer read promises nothing:
/// the clocks that were under it go over to the version before.
fn promise(version: &SettingVersion) -> Option<Version> {
    let section = read(version).inspect_err(|cause| {
        let version = version.version;
        tracing::warn!(version, %cause, "an earlier version of the settings cannot be read");
    });
    Some(Version {
        number: version.version,
        since: version.in_force_at,
        ..section.ok()?.promise().clone()
    })
}

/// Takes in what the file says, as far as it counts, and gives what is in force. Before the ledger
/// starts.
pub async fn take_in(
    store: &Store,
    config: &Config,
    now: Timestamp,
) -> Result<(History, Ruling), StoreError> {
    let guild = config.guild.id();
    store.see_guilds(&[guild], now).await?;
    if let Some(history) = History::load(store, guild).await? {
        let ruling = history.ruling(&config.document);
        if ruling != (Ruling::File { changed: true }) {
            return Ok((history, ruling));
        }
    }
    let history = use_file(store, config, now).await?;
    Ok((history, Ruling::File { changed: false }))
}

/// Makes the file rule: what it says is the next version. While the bot does not run.
pub async fn use_file(
    store: &Store,
    config: &Config,
    now: Timestamp,
) -> Result<History, StoreError> {
    let guild = config.guild.id();
    let seen = store.see_guilds(&[guild], now).await?;
    let first_seen_at = seen.get(&guild).copied().unwrap_or(now);
    let history = History::load(store, guild).await?.unwrap_or(History {
        guild,
        versions: Vec::new(),
        watched: BTreeMap::new(),
        first_seen_at,
    });
    let version = history.next(config.document.text(), None, now);
    // Whatever is there when the bot first comes is as old as the bot.
    let since = if history.versions.is_empty() {
        first_seen_at
    } else {
        version.in_force_at
    };
    let channels = config.guild.channels();
    store
        .add_setting_version(guild, &version, channels, since)
        .await?;
    Ok(history.and(version, channels))
}
