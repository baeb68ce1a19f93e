//! The settings file as it is written, and how it becomes settings that are known to be whole.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::calendars::{CalendarSection, calendars};
use super::policies::{Row, policies};
use super::{Config, ConfigError, Document, GuildSection, attention, github};
use crate::domain::Timestamp;
use crate::domain::calendar::Calendar;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, RoleId};
use crate::domain::no_reply::NoReply;
use crate::domain::policy::{Changes, Policy, ServiceLevel, Version};

/// The database when the file does not name one.
const DEFAULT_DATABASE: &str = "sameday.db";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<PathBuf>,
    #[serde(default)]
    read_messages: bool,
    guild: Option<Guild>,
    calendar: BTreeMap<String, CalendarSection>,
    policy: Vec<Row>,
    #[serde(default)]
    attention: attention::Section,
    #[serde(default)]
    changes: Changes,
    #[serde(default)]
    rota: BTreeMap<String, attention::RotaSection>,
    #[serde(default)]
    ladder: BTreeMap<String, attention::LadderSection>,
    github: Option<github::Section>,
    web: Option<github::Web>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guild {
    id: Snowflake,
    channels: Vec<Snowflake>,
    staff_roles: Vec<Snowflake>,
    moderator_roles: Vec<Snowflake>,
    staff_channel: Snowflake,
    moderator_channel: Snowflake,
    enforce_from: Option<Instant>,
    no_reply: Option<Vec<String>>,
}

/// An id as Discord shows it: digits, with or without quotes.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "SnowflakeText")]
pub(super) struct Snowflake(pub(super) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum SnowflakeText {
    Number(i64),
    Text(String),
}

impl TryFrom<SnowflakeText> for Snowflake {
    type Error = String;

    fn try_from(text: SnowflakeText) -> Result<Self, String> {
        let text = match text {
            SnowflakeText::Number(number) => number.to_string(),
            SnowflakeText::Text(text) => text,
        };
        match text.parse::<i64>().map(u64::try_from) {
            Ok(Ok(id)) if id > 0 => Ok(Self(id)),
            _ => Err(format!(
                "`{text}` is no Discord id: copy it in Discord with Developer Mode on (right click, Copy ID)"
            )),
        }
    }
}

/// An instant: RFC 3339 in quotes, or TOML's own with an offset.
#[derive(Deserialize)]
#[serde(try_from = "InstantText")]
struct Instant(Timestamp);

#[derive(Deserialize)]
#[serde(untagged)]
enum InstantText {
    Toml(toml::value::Datetime),
    Text(String),
}

impl TryFrom<InstantText> for Instant {
    type Error = String;

    fn try_from(text: InstantText) -> Result<Self, String> {
        let text = match text {
            InstantText::Toml(instant) => instant.to_string(),
            InstantText::Text(text) => text,
        };
        DateTime::parse_from_rfc3339(&text)
            .map(|instant| Self(instant.with_timezone(&Utc)))
            .map_err(|_| {
                format!("`{text}` is no instant: write it like 2026-11-01T08:00:00Z or 2026-11-01T09:00:00+01:00")
            })
    }
}

/// Settings from their text; `folder` is where the files are that they name.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Config, ConfigError> {
    let file = read(text)?;
    let guild = file.guild.as_ref().ok_or_else(|| {
        ConfigError::new("there is no [guild]: name the guild, its channels and its roles.")
    })?;
    let channels = ids(&guild.channels, ChannelId);
    not_empty(&channels, "guild.channels", "a forum or a text channel")?;
    let calendars = calendars(&file.calendar, folder)?;
    let policies = file.policies(&calendars)?;
    for policy in &policies {
        if let Some(channel) = policy
            .when
            .channels
            .iter()
            .find(|id| !channels.contains(id))
        {
            return Err(ConfigError::new(format!(
                "policy {:?}: channel {channel} is not in guild.channels, so no ticket comes from it.",
                policy.name
            )));
        }
    }
    let promise = Version {
        changes: file.changes,
        ..Version::first(policies)
    };
    let mut service_level = ServiceLevel::new(promise, Timestamp::UNIX_EPOCH);
    service_level.attention = file.attention.read(&file.rota, &calendars)?;
    let settings = GuildSettings {
        guild: GuildId(guild.id.0),
        channels,
        staff_roles: ids(&guild.staff_roles, RoleId),
        moderator_roles: ids(&guild.moderator_roles, RoleId),
        staff_channel: ChannelId(guild.staff_channel.0),
        moderator_channel: ChannelId(guild.moderator_channel.0),
        no_reply: guild
            .no_reply
            .as_ref()
            .map_or_else(NoReply::default, |phrases| {
                NoReply::of(phrases.iter().map(String::as_str))
            }),
        service_level,
    };
    not_empty(&settings.staff_roles, "guild.staff_roles", "a role")?;
    not_empty(&settings.moderator_roles, "guild.moderator_roles", "a role")?;
    for (name, place) in [
        ("staff_channel", settings.staff_channel),
        ("moderator_channel", settings.moderator_channel),
    ] {
        if settings.watches(place) {
            return Err(ConfigError::new(format!(
                "guild.{name} is also in guild.channels: the team is told somewhere else than askers ask."
            )));
        }
    }
    let github = file.github.as_ref();
    let github = github
        .map(|section| section.read(&settings.channels))
        .transpose()?;
    let enforce_from = guild.enforce_from.as_ref().map(|instant| instant.0);
    Ok(Config {
        read_messages: file.read_messages,
        database: file.database.unwrap_or_else(|| DEFAULT_DATABASE.into()),
        document: Document::of_file(text, folder)?,
        guild: GuildSection {
            settings,
            calendars,
            enforce_from,
        },
        github,
        web: file.web.as_ref().map(github::Web::read).transpose()?,
    })
}

/// The promise alone: the calendars and policies of a settings file, which may leave out the rest.
pub(super) fn parse_policies(text: &str, folder: &Path) -> Result<Vec<Policy>, ConfigError> {
    let file = read(text)?;
    file.policies(&calendars(&file.calendar, folder)?)
}

impl File {
    fn policies(&self, calendars: &BTreeMap<String, Calendar>) -> Result<Vec<Policy>, ConfigError> {
        let ladders = self
            .ladder
            .iter()
            .map(|(name, section)| Ok((name.as_str(), section.read(name, &self.rota)?)))
            .collect::<Result<BTreeMap<_, _>, ConfigError>>()?;
        policies(&self.policy, &ladders, calendars)
    }
}

fn read(text: &str) -> Result<File, ConfigError> {
    toml::from_str(text).map_err(|error| at_line(text, error.span(), error.message()))
}

/// What the reader of TOML found, and on which line.
pub(super) fn at_line(text: &str, span: Option<Range<usize>>, message: &str) -> ConfigError {
    let line = span
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    let message = message.trim().trim_end_matches('.').replace('\n', "; ");
    ConfigError::new(format!("line {line}: {message}."))
}

/// Ids of a kind.
pub(super) fn ids<Id>(written: &[Snowflake], id: impl Fn(u64) -> Id) -> Vec<Id> {
    written.iter().map(|snowflake| id(snowflake.0)).collect()
}

/// An empty list is refused: `what` is missing.
pub(super) fn not_empty<T>(list: &[T], key: &str, what: &str) -> Result<(), ConfigError> {
    if list.is_empty() {
        return Err(ConfigError::new(format!(
            "{key} is empty: name at least {what}."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
