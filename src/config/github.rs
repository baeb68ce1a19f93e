//! `[github]` and `[web]`, and how we sign in at GitHub.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use secrecy::SecretString;
use serde::Deserialize;

use super::attention::Length;
use super::file::Snowflake;
use super::{ConfigError, Environment};
use crate::domain::ids::{ChannelId, TagId};
use crate::domain::issue::{BridgeSettings, Comments, Consent, Replies, RepositoryRule};
use crate::domain::offer::Offers;

/// GitHub's own API.
const API: &str = "https://api.github.com";

/// How often an issue is looked at, unless the settings say otherwise, in minutes.
const POLL_MINUTES: u32 = 5;

/// The `[github]` section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    #[serde(default)]
    asker: Consent,
    count_threads: Option<bool>,
    #[serde(default)]
    tell_labels: bool,
    poll_minutes: Option<u32>,
    offer: Option<bool>,
    offer_after: Option<Length>,
    #[serde(default)]
    offer_by_words: bool,
    #[serde(default)]
    comments: Comments,
    #[serde(default)]
    replies: Replies,
    repository: Vec<Repository>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repository {
    name: String,
    #[serde(default)]
    channels: Vec<Snowflake>,
    #[serde(default)]
    tags: Vec<Snowflake>,
    #[serde(default)]
    labels: Vec<String>,
}

/// The `[web]` section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Web {
    listen: SocketAddr,
    address: Option<String>,
}

/// Where we are asked over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Where we listen.
    pub listen: SocketAddr,
    /// Where people reach that from outside, without a slash at the end: files of issues are linked
    /// there.
    pub address: Option<String>,
}

impl Web {
    /// What it means. Plain HTTP is accepted for this machine only: files travel there.
    pub(super) fn read(&self) -> Result<WebSettings, ConfigError> {
        let address = self.address.as_deref().map(|text| {
            let url = reqwest::Url::parse(text).ok();
            let url = url.filter(|url| is_safe(url) && url.query().is_none() && url.fragment().is_none());
            let text = text.trim_end_matches('/').to_owned();
            // It stands in brackets in the text of issues.
            let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/".contains(c));
            url.filter(|_| plain).map(|_| text).ok_or_else(|| {
                ConfigError::new("web.address: write where people reach this from outside, like \"https://help.acme.example\"; plain http:// is only for this machine (127.0.0.1).")
            })
        });
        Ok(WebSettings {
            listen: self.listen,
            address: address.transpose()?,
        })
    }
}

/// TLS, or this machine.
fn is_safe(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let here = host.parse::<IpAddr>().is_ok_and(|host| host.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

/// How we sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// As an App.
    App {
        /// Its number.
        id: u64,
        /// Its private key, PEM.
        key: SecretString,
    },
    /// With a fine-grained token.
    Token(SecretString),
}

/// What a machine knows about GitHub.
#[derive(Clone, Debug)]
pub struct GitHubAccess {
    /// Where its API is.
    pub api: String,
    /// How we sign in.
    pub sign_in: SignIn,
    /// What webhooks are signed with.
    pub webhook_secret: Option<SecretString>,
}

impl Section {
    /// What it means, once it is known to be whole.
    pub(super) fn read(&self, watched: &[ChannelId]) -> Result<BridgeSettings, ConfigError> {
        let refuse = |why: String| Err(ConfigError::new(format!("github: {why}.")));
        let mut repositories: Vec<RepositoryRule> = Vec::new();
        for row in &self.repository {
            let name = row.name.trim();
            if !is_repository(name) {
                return refuse(format!(
                    "{:?} is no repository; write it as in \"acme/widgets\"",
                    row.name
                ));
            }
            let channels: Vec<ChannelId> = row.channels.iter().map(|id| ChannelId(id.0)).collect();
            if let Some(channel) = channels.iter().find(|id| !watched.contains(id)) {
                return refuse(format!(
                    "channel {channel} is not in guild.channels, so no ticket comes from it"
                ));
            }
            repositories.push(RepositoryRule {
                name: name.to_owned(),
                channels,
                tags: row.tags.iter().map(|id| TagId(id.0)).collect(),
                labels: row.labels.clone(),
            });
        }
        if repositories.is_empty() {
            return refuse("name a repository with [[github.repository]]".to_owned());
        }
        let poll = self.poll_minutes.unwrap_or(POLL_MINUTES);
        if poll == 0 {
            return refuse("poll_minutes is 0: write at least 1".to_owned());
        }
        Ok(BridgeSettings {
            repositories,
            consent: self.asker,
            count_threads: self.count_threads.unwrap_or(true),
            labels_told: self.tell_labels,
            poll: TimeDelta::minutes(i64::from(poll)),
            offers: Offers {
                on_kind: self.offer.unwrap_or(true),
                after: self.offer_after.map(|length| length.0),
                by_words: self.offer_by_words,
            },
            comments: self.comments,
            replies: self.replies,
        })
    }
}

/// `owner/name` in the characters that GitHub allows: it becomes part of addresses.
fn is_repository(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain);
    name.split_once('/')
        .is_some_and(|(owner, name)| part(owner) && part(name))
}

impl Environment {
    /// How we sign in at GitHub. Half of it is an error, nothing of it is none.
    pub fn github(&self) -> Result<GitHubAccess, ConfigError> {
        let sign_in = match (
            &self.github_token,
            &self.github_app_id,
            &self.github_app_key,
        ) {
            (Some(token), None, None) => SignIn::Token(token.clone()),
            (None, Some(id), Some(file)) => SignIn::App {
                id: id.trim().parse().map_err(|_| {
                    ConfigError::new("GITHUB_APP_ID is no number: it stands on the App's page.")
                })?,
                key: read_key(file)?,
            },
            (None, None, None) => {
                return Err(ConfigError::new(
                    "The settings have [github], but there is no way to sign in: set GITHUB_APP_ID and GITHUB_APP_KEY_FILE, or GITHUB_TOKEN.",
                ));
            }
            (Some(_), ..) => {
                return Err(ConfigError::new(
                    "GITHUB_TOKEN and a GitHub App are both set: set one of them.",
                ));
            }
            (None, ..) => {
                return Err(ConfigError::new(
                    "GITHUB_APP_ID and GITHUB_APP_KEY_FILE belong together: set both.",
                ));
            }
        };
        Ok(GitHubAccess {
            api: self.github_api()?,
            sign_in,
            webhook_secret: self.github_webhook_secret.clone(),
        })
    }

    /// Where GitHub's API is. Plain HTTP is accepted for this machine only.
    fn github_api(&self) -> Result<String, ConfigError> {
        let text = self.github_api.as_deref().unwrap_or(API);
        if reqwest::Url::parse(text).is_ok_and(|url| is_safe(&url)) {
            return Ok(text.trim_end_matches('/').to_owned());
        }
        Err(ConfigError::new(format!(
            "SAMEDAY_GITHUB_API is {text:?}: write it like {API}; plain http:// is only for this machine (127.0.0.1)."
        )))
    }
}

fn read_key(file: &Path) -> Result<SecretString, ConfigError> {
    std::fs::read_to_string(file)
        .map(SecretString::from)
        .map_err(|error| {
            ConfigError::new(format!(
                "GITHUB_APP_KEY_FILE: {} cannot be read ({error}).",
                PathBuf::from(file).display()
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_named_plainly() {
        for good in ["acme/widgets", "a-b/c.d_e", "A/b"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in [
            "acme",
            "acme/",
            "/x",
            "a/b/c",
            "a/..",
            "a b/c",
            "https://github.com/a/b",
            "a/b?x",
        ] {
            assert!(!is_repository(bad), "{bad}");
        }
    }

    #[test]
    fn the_page_has_an_address_that_can_stand_in_an_issue() {
        let read = |address: &str| {
            let listen = "127.0.0.1:0".parse().unwrap();
            let address = Some(address.to_owned());
            Web { listen, address }
                .read()
                .map(|web| web.address.unwrap())
        };
        let kept = read("https://acme.example/help/").unwrap();
        assert_eq!(kept, "https://acme.example/help");
        assert!(read("http://127.0.0.1:8787").is_ok());
        for bad in [
            "acme.example",
            "http://acme.example",
            "https://a.b/?c",
            "https://a.b/(c)",
            "ftp://a.b",
            "",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_a_sign_in_is_said_in_one_sentence() {
        let with = |token: bool, id: Option<&str>, key: Option<&str>| Environment {
            github_token: token.then(|| "t".into()),
            github_app_id: id.map(str::to_owned),
            github_app_key: key.map(PathBuf::from),
            ..Environment::default()
        };
        let said: Vec<String> = [
            with(false, None, None),
            with(true, Some("1"), Some("key.pem")),
            with(false, Some("1"), None),
            with(false, Some("one"), Some("key.pem")),
            with(false, Some("1"), Some("/nowhere/key.pem")),
        ]
        .iter()
        .map(|environment| environment.github().unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        The settings have [github], but there is no way to sign in: set GITHUB_APP_ID and GITHUB_APP_KEY_FILE, or GITHUB_TOKEN.
        GITHUB_TOKEN and a GitHub App are both set: set one of them.
        GITHUB_APP_ID and GITHUB_APP_KEY_FILE belong together: set both.
        GITHUB_APP_ID is no number: it stands on the App's page.
        GITHUB_APP_KEY_FILE: /nowhere/key.pem cannot be read (No such file or directory (os error 2)).
        ");
        assert!(with(true, None, None).github().is_ok());
    }
}
