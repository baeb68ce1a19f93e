//! GitHub's answers, as far as we look at them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::domain::issue::{self as domain, CloseReason, Comments, IssueName, IssueState, Known};
use crate::domain::{Timestamp, whole_millis};

/// An issue, or a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Issue {
    number: u64,
    title: String,
    body: Option<String>,
    state: String,
    state_reason: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
    html_url: String,
    repository_url: String,
    #[serde(default)]
    comments: u64,
    closed_at: Option<Timestamp>,
    updated_at: Timestamp,
    pull_request: Option<Pull>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Pull {
    merged_at: Option<Timestamp>,
}

/// A label, in either form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Label {
    Name(String),
    Full { name: String },
}

impl Label {
    pub(super) fn name(self) -> String {
        match self {
            Self::Name(name) | Self::Full { name } => name,
        }
    }
}

impl Issue {
    /// Whether its text carries a mark.
    pub(super) fn has(&self, mark: &str) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains(mark))
    }

    /// What is known by it. Its address names the repository it is in, also after it was moved; the
    /// one that was asked for stands in where it does not.
    pub(super) fn known(self, asked: &str) -> Known {
        let repository = repository_of(&self.repository_url).unwrap_or_else(|| asked.to_owned());
        let state = match (self.state.as_str(), self.closed_at) {
            ("closed", at) => IssueState::Closed {
                reason: match self.state_reason.as_deref() {
                    Some("not_planned") => CloseReason::NotPlanned,
                    Some("duplicate") => CloseReason::Duplicate,
                    _ => CloseReason::Completed,
                },
                at: whole_millis(at.unwrap_or(self.updated_at)),
            },
            _ => IssueState::Open,
        };
        let mut labels: Vec<String> = self.labels.into_iter().map(Label::name).collect();
        labels.sort();
        Known {
            name: IssueName {
                repository,
                number: self.number,
            },
            title: self.title,
            url: web(&self.html_url),
            state,
            labels,
            fix: None,
            released_in: None,
            not_in: Vec::new(),
            comments: self.comments,
            updated_at: whole_millis(self.updated_at),
        }
    }
}

/// An address that can stand in a message: no blank, no bracket.
fn web(url: &str) -> Option<String> {
    let plain = url
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | '[' | ']'));
    (plain && url.starts_with("http")).then(|| url.to_owned())
}

/// `owner/name` at the end of a repository's address.
fn repository_of(url: &str) -> Option<String> {
    let (_, name) = url.split_once("/repos/")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    (name.split('/').count() == 2 && name.chars().all(plain)).then(|| name.to_owned())
}

/// Something in an issue's timeline.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Happened {
    event: Option<String>,
    source: Option<Source>,
    commit_id: Option<String>,
    commit_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Source {
    issue: Option<Issue>,
}

impl Happened {
    pub(super) fn is(&self, event: &str) -> bool {
        self.event.as_deref() == Some(event)
    }

    /// The commit that it happened by, if it is one of this repository.
    pub(super) fn commit_in(&self, repository: &str) -> Option<String> {
        let (url, commit) = (self.commit_url.as_ref()?, self.commit_id.as_ref()?);
        let here = format!("/repos/{repository}/").to_ascii_lowercase();
        let hex = commit.chars().all(|c| c.is_ascii_hexdigit());
        (hex && url.to_ascii_lowercase().contains(&here)).then(|| commit.clone())
    }

    /// The pull request that mentions it, where that was merged, and when.
    pub(super) fn merged(self) -> Option<(Timestamp, IssueName)> {
        if !self.is("cross-referenced") {
            return None;
        }
        let issue = self.source?.issue?;
        let at = issue.pull_request.as_ref()?.merged_at?;
        let name = IssueName {
            repository: repository_of(&issue.repository_url)?,
            number: issue.number,
        };
        Some((whole_millis(at), name))
    }
}

/// How two places of a history stand to each other.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comparison {
    status: String,
}

impl Comparison {
    /// Whether the second has all that the first has.
    pub(super) fn is_contained(&self) -> bool {
        matches!(self.status.as_str(), "ahead" | "identical")
    }
}

/// A release.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Release {
    tag_name: String,
    draft: bool,
    prerelease: bool,
    published_at: Option<Timestamp>,
}

impl Release {
    /// When it was published to everybody, and its tag.
    pub(super) fn published(self) -> Option<(Timestamp, String)> {
        let for_all = !self.draft && !self.prerelease;
        Some((self.published_at.filter(|_| for_all)?, self.tag_name))
    }
}

/// A file, or the entry of a folder: then without what is in it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) path: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) size: u64,
    content: Option<String>,
}

impl File {
    /// What is in it, if that is text.
    pub(super) fn text(&self) -> Option<String> {
        let plain: String = self.content.as_ref()?.split_whitespace().collect();
        String::from_utf8(BASE64_STANDARD.decode(plain).ok()?).ok()
    }
}

/// What search found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) items: Vec<Issue>,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    body: Option<String>,
    user: Option<User>,
    author_association: Option<String>,
    html_url: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Comment {
    /// Whether its text carries a mark.
    pub(super) fn has(&self, mark: &str) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains(mark))
    }
}

/// What every text of ours has in it.
const OUR_MARK: &str = "<!-- sameday:";

/// The most of a comment that is told; its link leads to the rest.
const TOLD: usize = 1_500;

impl Comment {
    /// What is told of it, if the settings want it told. What we wrote ourselves, and what machines write,
    /// is never told: so nothing goes round in circles.
    pub(super) fn told(self, whose: Comments) -> Option<domain::Comment> {
        let user = self.user?;
        let machine = user.kind.as_deref() == Some("Bot") || user.login.ends_with("[bot]");
        let text = self.body.unwrap_or_default();
        let maintainer = matches!(
            self.author_association.as_deref(),
            Some("OWNER" | "MEMBER" | "COLLABORATOR")
        );
        let wanted = match whose {
            Comments::Off => false,
            Comments::Maintainers => maintainer,
            Comments::All => true,
        };
        (wanted && !machine && !text.contains(OUR_MARK)).then(|| domain::Comment {
            id: self.id,
            by: user.login,
            text: text.chars().take(TOLD).collect(),
            url: self.html_url.as_deref().and_then(web),
        })
    }
}

/// An App's installation.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Installation {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) permissions: BTreeMap<String, String>,
}

/// A repository.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) has_issues: bool,
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) permissions: Option<BTreeMap<String, bool>>,
}
