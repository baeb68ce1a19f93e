//! The settings: `sameday.toml` for what a team decides, the environment for what a machine knows.
//!
//! This is the only reader of either. What is read is checked here, whole, before anything starts:
//! an unknown key, half a group, a time zone that does not exist or hours that overlap stop the
//! start with one sentence that says where and what to do. Whether channels and roles exist only
//! Discord knows; it is asked at the start.

mod attention;
mod calendars;
mod difference;
mod document;
mod file;
mod github;
mod policies;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use secrecy::SecretString;

use crate::domain::Timestamp;
use crate::domain::calendar::Calendar;
use crate::domain::guild::GuildSettings;
use crate::domain::holidays;
use crate::domain::ids::{ChannelId, GuildId};
use crate::domain::issue::BridgeSettings;
use crate::domain::policy::{Policy, Version};

pub use difference::{Change, Difference};
pub use document::{
    Document, LARGEST_DOCUMENT, PolicyKey, RoleKind, RotaEdit, StepEdit, ToldKind, WrittenCalendar,
    WrittenRow, read_blocks, read_people,
};

/// Where the settings are read from when nobody says otherwise.
pub const DEFAULT_FILE: &str = "sameday.toml";

/// The settings file of the repository, complete and with every default: the reference.
pub const EXAMPLE: &str = include_str!("../deploy/sameday.toml");

/// Every variable of the environment that sameday reads, with what it is for.
pub const VARIABLES: [(&str, &str); 10] = [
    ("DISCORD_TOKEN", "the bot's token; never in the file"),
    (
        "SAMEDAY_CONFIG",
        "the settings file; `sameday.toml` by default",
    ),
    (
        "SAMEDAY_DATABASE",
        "the database file; overrides `database` in the settings",
    ),
    (
        "SAMEDAY_DISCORD_API",
        "where Discord's API is; Discord's own by default",
    ),
    (
        "GITHUB_APP_ID",
        "the number of the GitHub App that opens issues",
    ),
    ("GITHUB_APP_KEY_FILE", "the file with the App's private key"),
    ("GITHUB_TOKEN", "a fine-grained token, instead of an App"),
    (
        "GITHUB_WEBHOOK_SECRET",
        "what GitHub signs its webhooks with",
    ),
    (
        "SAMEDAY_GITHUB_API",
        "where GitHub's API is; GitHub's own by default",
    ),
    (
        "SAMEDAY_LOG",
        "what is logged, as in `info` or `sameday=debug`; `info` by default",
    ),
];

/// Everything that was set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database file.
    pub database: PathBuf,
    /// Whether Discord is asked for the text of messages, to see which need no answer.
    pub read_messages: bool,
    /// The one guild that is served.
    pub guild: GuildSection,
    /// What the file says about it.
    pub document: Document,
    /// Issues on GitHub; `None` without a `[github]` section.
    pub github: Option<BridgeSettings>,
    /// Where we are asked over HTTP, if anywhere.
    pub web: Option<WebSettings>,
}

/// A guild's section: its settings but for the instant that only the database may know.
#[derive(Clone, Debug)]
pub struct GuildSection {
    settings: GuildSettings,
    calendars: BTreeMap<String, Calendar>,
    enforce_from: Option<Timestamp>,
}

impl GuildSection {
    /// The settings; where `enforce_from` is not set it is the guild's `first_seen_at`, so that a
    /// bot that is new somewhere never alarms about what was there before it.
    pub fn settings(&self, first_seen_at: Timestamp) -> GuildSettings {
        let mut settings = self.settings.clone();
        settings.service_level.enforce_from = self.enforce_from.unwrap_or(first_seen_at);
        settings
    }

    /// The guild.
    pub fn id(&self) -> GuildId {
        self.settings.guild
    }

    /// Whether it says itself from when on tickets are judged.
    pub fn sets_enforce_from(&self) -> bool {
        self.enforce_from.is_some()
    }

    /// What is promised.
    pub fn promise(&self) -> &Version {
        self.settings.service_level.newest()
    }

    /// The channels whose threads are tickets.
    pub fn channels(&self) -> &[ChannelId] {
        &self.settings.channels
    }

    /// Every calendar, by its name.
    pub fn calendars(&self) -> &BTreeMap<String, Calendar> {
        &self.calendars
    }
}

/// What a machine knows: read from the environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `DISCORD_TOKEN`.
    pub token: Option<SecretString>,
    /// `SAMEDAY_CONFIG`.
    pub config: Option<PathBuf>,
    /// `SAMEDAY_DATABASE`.
    pub database: Option<PathBuf>,
    /// `SAMEDAY_DISCORD_API`.
    pub discord_api: Option<String>,
    /// `SAMEDAY_LOG`.
    pub log: Option<String>,
    /// `GITHUB_APP_ID`.
    pub github_app_id: Option<String>,
    /// `GITHUB_APP_KEY_FILE`.
    pub github_app_key: Option<PathBuf>,
    /// `GITHUB_TOKEN`.
    pub github_token: Option<SecretString>,
    /// `GITHUB_WEBHOOK_SECRET`.
    pub github_webhook_secret: Option<SecretString>,
    /// `SAMEDAY_GITHUB_API`.
    pub github_api: Option<String>,
}

pub use github::{GitHubAccess, SignIn, WebSettings};

/// Why the settings cannot be used: one sentence for the person who wrote them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// In these words.
    pub fn new(sentence: impl fmt::Display) -> Self {
        Self(sentence.to_string())
    }

    /// Without the line it is on, for who has not written the lines.
    #[must_use]
    pub fn without_line(self) -> Self {
        let rest = self.0.strip_prefix("line ");
        let rest = rest.and_then(|rest| rest.split_once(": "));
        match rest {
            Some((number, rest)) if number.parse::<usize>().is_ok() => Self(rest.to_owned()),
            _ => self,
        }
    }
}

impl Environment {
    /// Reads the environment. A variable that is set but empty counts as not set.
    pub fn read() -> Result<Self, ConfigError> {
        Ok(Self {
            token: variable("DISCORD_TOKEN")?.map(|token| token.trim().to_owned().into()),
            config: variable("SAMEDAY_CONFIG")?.map(PathBuf::from),
            database: variable("SAMEDAY_DATABASE")?.map(PathBuf::from),
            discord_api: variable("SAMEDAY_DISCORD_API")?,
            log: variable("SAMEDAY_LOG")?,
            github_app_id: variable("GITHUB_APP_ID")?,
            github_app_key: variable("GITHUB_APP_KEY_FILE")?.map(PathBuf::from),
            github_token: variable("GITHUB_TOKEN")?.map(|token| token.trim().to_owned().into()),
            github_webhook_secret: variable("GITHUB_WEBHOOK_SECRET")?.map(Into::into),
            github_api: variable("SAMEDAY_GITHUB_API")?,
        })
    }

    /// The bot's token, which has to be there and look like one.
    pub fn load_token(&self) -> Result<SecretString, ConfigError> {
        let Some(token) = &self.token else {
            return Err(ConfigError::new(
                "DISCORD_TOKEN is not set: copy the bot's token from the Developer Portal (Bot, Reset Token) and set it.",
            ));
        };
        let text = secrecy::ExposeSecret::expose_secret(token);
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ConfigError::new(
                "DISCORD_TOKEN holds no token: it must be one word without spaces, without the prefix \"Bot\".",
            ));
        }
        Ok(token.clone())
    }

    /// Where Discord's API is: an origin such as `https://discord.com`. Plain HTTP is accepted for
    /// this machine only, because the token travels in every request.
    pub fn discord_api(&self) -> Result<String, ConfigError> {
        let text = self.discord_api.as_deref().unwrap_or("https://discord.com");
        let refuse =
            |why: &str| ConfigError::new(format!("SAMEDAY_DISCORD_API is {text:?}: {why}."));
        let url = reqwest::Url::parse(text)
            .map_err(|_| refuse("that is no address; write it like https://discord.com"))?;
        let host = url.host_str().unwrap_or_default();
        let here = host == "localhost"
            || host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        match url.scheme() {
            "https" => Ok(text.to_owned()),
            "http" if here => Ok(text.to_owned()),
            "http" => Err(refuse(
                "plain http:// is only for this machine (127.0.0.1); the token would travel in the clear",
            )),
            _ => Err(refuse("write it with https://")),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::new(format!(
            "{name} is not valid Unicode: set it again."
        ))),
    }
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "is not there: copy deploy/sameday.toml to it and fill it in".to_owned()
            }
            std::io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
            _ => format!("cannot be read ({error})"),
        };
        ConfigError::new(format!("The settings file {} {what}.", path.display()))
    })
}

/// Reads the dates of a holidays file. The reason for a refusal is a part of a sentence.
fn read_holidays(path: &Path) -> Result<BTreeSet<NaiveDate>, String> {
    let refuse = |why: &dyn fmt::Display| format!("the holidays file {} {why}", path.display());
    // One byte more than is accepted, so that no file of any size is read whole.
    let most = u64::try_from(holidays::LARGEST_TEXT).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                refuse(&"is not there; its name is relative to the folder of the settings file")
            }
            _ => refuse(&format_args!("cannot be read ({error})")),
        })?;
    // Titles in another encoding are no matter: only dates are read.
    holidays::read(&String::from_utf8_lossy(&bytes))
        .map_err(|error| refuse(&format_args!("cannot be used: {error}")))
}

/// Which settings file is read.
fn settings_file<'path>(file: Option<&'path Path>, environment: &'path Environment) -> &'path Path {
    file.or(environment.config.as_deref())
        .unwrap_or(Path::new(DEFAULT_FILE))
}

/// The folder from which a settings file names other files.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

fn in_file(path: &Path, error: &ConfigError) -> ConfigError {
    ConfigError::new(format!("In the settings file {}: {error}", path.display()))
}

impl Config {
    /// Reads the settings file: `file` if somebody named one, else `SAMEDAY_CONFIG`, else
    /// [`DEFAULT_FILE`].
    pub fn read(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let path = settings_file(file, environment);
        let mut config =
            file::parse(&read_file(path)?, folder(path)).map_err(|error| in_file(path, &error))?;
        if let Some(database) = &environment.database {
            config.database.clone_from(database);
        }
        Ok(config)
    }

    /// Reads the promise alone, the calendars and policies, from a settings file or from one that
    /// holds nothing else.
    pub fn read_policies(file: &Path) -> Result<Vec<Policy>, ConfigError> {
        file::parse_policies(&read_file(file)?, folder(file)).map_err(|error| in_file(file, &error))
    }

    /// Reads the promise alone from the settings file that [`Self::read`] would read.
    pub fn read_set_policies(
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<Vec<Policy>, ConfigError> {
        Self::read_policies(settings_file(file, environment))
    }

    /// The promise of [`EXAMPLE`]: the team's table.
    pub fn default_policies() -> Result<Vec<Policy>, ConfigError> {
        file::parse_policies(EXAMPLE, Path::new(""))
    }

    /// Checks the text of a settings file. Files that it names are looked for in the working
    /// directory.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        file::parse(text, Path::new(""))
    }
}
