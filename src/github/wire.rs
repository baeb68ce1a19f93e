//! GitHub's answers, as far as we look at them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::issue::{CloseReason, IssueName, IssueState, Known};
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
            fixed_by: None,
            released_in: None,
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
}

#[derive(Clone, Debug, Deserialize)]
struct Source {
    issue: Option<Issue>,
}

impl Happened {
    /// The pull request, where it was merged.
    pub(super) fn merged(self) -> Option<IssueName> {
        if self.event.as_deref() != Some("cross-referenced") {
            return None;
        }
        let issue = self.source?.issue?;
        issue.pull_request.as_ref()?.merged_at?;
        Some(IssueName {
            repository: repository_of(&issue.repository_url)?,
            number: issue.number,
        })
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

/// What search found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) items: Vec<Issue>,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comment {
    body: Option<String>,
}

impl Comment {
    /// Whether its text carries a mark.
    pub(super) fn has(&self, mark: &str) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains(mark))
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
