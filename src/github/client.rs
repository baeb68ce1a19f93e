//! What is asked of GitHub, and what its answers come to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;

use super::transport::{Question, Transport, lock};
use super::{forms, wire};
use crate::clock::Clock;
use crate::config::SignIn;
use crate::domain::Timestamp;
use crate::domain::issue::{Fix, IssueName, Known, Templates};

pub use super::transport::GitHubError;

/// How many list pages are read at most when something is looked for.
const MOST_PAGES: u32 = 10;

/// How long labels and templates that were read are shown again without asking.
const LABELS_LAST: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// How many files of templates are read, and how large each may be, in bytes.
const MOST_TEMPLATES: usize = 20;
const LARGEST_TEMPLATE: u64 = 64 << 10;

/// How much later than a merge the issue is closed that it fixes, at most.
const CLOSES_WITHIN: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// What a conditional look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The same as last time.
    Same,
    /// The issue, and what to give next time.
    Issue(Box<Known>, Option<String>),
    /// It is not there any more.
    Gone,
}

/// A list of a repository: when it was read, what stands for it, and what is in it.
#[derive(Clone, Debug)]
struct Shelf<T> {
    read_at: Timestamp,
    etag: Option<String>,
    items: Vec<T>,
}

type Shelves<T> = Arc<Mutex<BTreeMap<String, Shelf<T>>>>;

/// See the [module](self). Clones share what they know.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    clock: Clock,
    labels: Shelves<String>,
    releases: Shelves<(Timestamp, String)>,
    templates: Arc<Mutex<BTreeMap<String, (Timestamp, Templates)>>>,
}

impl Client {
    /// A client for the API at `base`, such as `https://api.github.com`. Must be called inside a
    /// runtime.
    ///
    /// # Errors
    /// One sentence, when the key or the address is none.
    pub fn new(base: &str, sign_in: SignIn, clock: Clock) -> anyhow::Result<Self> {
        Ok(Self {
            transport: Transport::new(base, sign_in, clock.clone())?,
            clock,
            labels: Shelves::default(),
            releases: Shelves::default(),
            templates: Arc::default(),
        })
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        repository: &str,
        path: &str,
    ) -> Result<T, GitHubError> {
        let answer = self.transport.ask(repository, Question::get(path)).await?;
        answer.read()
    }

    /// The pages of a list, each shown until one is `enough`.
    async fn leaf<T: serde::de::DeserializeOwned>(
        &self,
        repository: &str,
        path: &str,
        mut enough: impl FnMut(Vec<T>) -> bool,
    ) -> Result<(), GitHubError> {
        let and = if path.contains('?') { '&' } else { '?' };
        for page in 1..=MOST_PAGES {
            let path = format!("{path}{and}per_page=100&page={page}");
            let items: Vec<T> = self.get(repository, &path).await?;
            let last = items.len() < 100;
            if enough(items) || last {
                break;
            }
        }
        Ok(())
    }

    /// Opens an issue.
    pub async fn open_issue(
        &self,
        repository: &str,
        title: &str,
        body: &str,
        labels: &[String],
    ) -> Result<Known, GitHubError> {
        let path = format!("/repos/{repository}/issues");
        let new = serde_json::json!({"title": title, "body": body, "labels": labels});
        let question = Question::post(path, &new);
        let answer = self.transport.ask(repository, question).await?;
        let issue: wire::Issue = answer.read()?;
        Ok(issue.known(repository))
    }

    /// The issue that carries a mark, if it was opened since.
    pub async fn find_marked(
        &self,
        repository: &str,
        mark: &str,
        since: Timestamp,
    ) -> Result<Option<Known>, GitHubError> {
        let path = format!(
            "/repos/{repository}/issues?state=all&sort=created&direction=desc&since={}",
            stamp(since)
        );
        let mut found = None;
        self.leaf(repository, &path, |issues: Vec<wire::Issue>| {
            let marked = issues.into_iter().find(|issue| issue.has(mark));
            found = marked.map(|issue| issue.known(repository));
            found.is_some()
        })
        .await?;
        Ok(found)
    }

    /// Looks at an issue, unless it is as it was.
    pub async fn look(&self, name: &IssueName, etag: Option<&str>) -> Result<Looked, GitHubError> {
        let question = Question::get(issue_path(name)).unless(etag);
        let answer = match self.transport.ask(&name.repository, question).await {
            Ok(answer) => answer,
            Err(GitHubError::Refused(404 | 410)) => return Ok(Looked::Gone),
            Err(error) => return Err(error),
        };
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Looked::Same);
        }
        let issue: wire::Issue = answer.read()?;
        let known = Box::new(issue.known(&name.repository));
        Ok(Looked::Issue(known, answer.etag()))
    }

    /// What fixed an issue that was closed at an instant: the pull request that was merged last before, or
    /// the commit that closed it.
    pub async fn find_fix(
        &self,
        name: &IssueName,
        closed_at: Timestamp,
    ) -> Result<Option<Fix>, GitHubError> {
        let timeline = format!("{}/timeline", issue_path(name));
        let (mut merged, mut closing): (Vec<(Timestamp, IssueName)>, _) = (Vec::new(), None);
        self.leaf(&name.repository, &timeline, |page: Vec<wire::Happened>| {
            for happened in page {
                if happened.is("reopened") {
                    // What was merged until then has not fixed it.
                    merged.clear();
                    closing = None;
                } else if happened.is("closed") {
                    closing = happened.commit_in(&name.repository);
                } else {
                    merged.extend(happened.merged());
                }
            }
            false
        })
        .await?;
        merged.retain(|(at, _)| *at <= closed_at + CLOSES_WITHIN);
        let pull = merged.into_iter().max();
        let commit = match (&closing, &pull) {
            (Some(commit), _) => Some(commit.clone()),
            (None, Some((_, pull))) => self.find_merge(pull).await?,
            (None, None) => None,
        };
        if commit.is_none() && pull.is_none() {
            return Ok(None);
        }
        let (at, by) = pull.map_or((closed_at, None), |(at, by)| (at, Some(by)));
        Ok(Some(Fix { by, commit, at }))
    }

    /// The commit that a pull request came in by.
    async fn find_merge(&self, pull: &IssueName) -> Result<Option<String>, GitHubError> {
        let timeline = format!("{}/timeline", issue_path(pull));
        let mut commit = None;
        let read = self.leaf(&pull.repository, &timeline, |page: Vec<wire::Happened>| {
            let merge = page.into_iter().find(|happened| happened.is("merged"));
            commit = merge.and_then(|merge| merge.commit_in(&pull.repository));
            commit.is_some()
        });
        match read.await {
            // It may be in a repository that is not ours to see.
            Ok(()) | Err(GitHubError::Refused(_) | GitHubError::NotInstalled) => Ok(commit),
            Err(error) => Err(error),
        }
    }

    /// The full releases of a repository published since an instant, of the newest hundred, the oldest
    /// first. Drafts and pre-releases are not for everybody, so they are none.
    pub async fn list_releases(
        &self,
        repository: &str,
        since: Timestamp,
    ) -> Result<Vec<String>, GitHubError> {
        let path = format!("/repos/{repository}/releases?per_page=100");
        let read = |releases: Vec<wire::Release>| {
            let mut all: Vec<_> = releases
                .into_iter()
                .filter_map(wire::Release::published)
                .collect();
            all.sort();
            all
        };
        let all = self.shelf(&self.releases, repository, &path, read).await?;
        let later = all.into_iter().filter(|(at, _)| *at >= since);
        Ok(later.map(|(_, tag)| tag).collect())
    }

    /// Whether what a tag stands for has a commit in it.
    pub async fn contains(
        &self,
        repository: &str,
        tag: &str,
        commit: &str,
    ) -> Result<bool, GitHubError> {
        // On the second page there are no files and no commits, which nobody needs here.
        let path = format!(
            "/repos/{repository}/compare/{commit}...{}?per_page=1&page=2",
            encode(tag)
        );
        match self.get::<wire::Comparison>(repository, &path).await {
            Ok(comparison) => Ok(comparison.is_contained()),
            // One of both is not there, or they have nothing in common.
            Err(GitHubError::Refused(404 | 422)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Issues whose title or text has one of these words.
    pub async fn search(
        &self,
        repository: &str,
        words: &[String],
    ) -> Result<Vec<Known>, GitHubError> {
        let query = format!("repo:{repository} is:issue ({})", words.join(" OR "));
        let path = format!("/search/issues?q={}&per_page=20", encode(&query));
        let found: wire::Found = self.get(repository, &path).await?;
        let issues = found.items.into_iter();
        Ok(issues.map(|issue| issue.known(repository)).collect())
    }

    /// The labels of a repository, by name.
    pub async fn labels(&self, repository: &str) -> Result<Vec<String>, GitHubError> {
        let now = self.clock.now();
        if let Some(shelf) = lock(&self.labels).get(repository)
            && now - shelf.read_at < LABELS_LAST
        {
            return Ok(shelf.items.clone());
        }
        let path = format!("/repos/{repository}/labels?per_page=100");
        let read = |labels: Vec<wire::Label>| labels.into_iter().map(wire::Label::name).collect();
        self.shelf(&self.labels, repository, &path, read).await
    }

    /// A list, read again only when it is no longer what it was.
    async fn shelf<W: serde::de::DeserializeOwned, T: Clone>(
        &self,
        shelves: &Shelves<T>,
        repository: &str,
        path: &str,
        read: impl FnOnce(Vec<W>) -> Vec<T>,
    ) -> Result<Vec<T>, GitHubError> {
        let before = lock(shelves).get(repository).cloned();
        let etag = before.as_ref().and_then(|shelf| shelf.etag.as_deref());
        let question = Question::get(path).unless(etag);
        let answer = self.transport.ask(repository, question).await?;
        let read_at = self.clock.now();
        let fresh = match before {
            Some(before) if answer.status == StatusCode::NOT_MODIFIED => {
                Shelf { read_at, ..before }
            }
            _ => Shelf {
                read_at,
                etag: answer.etag(),
                items: read(answer.read()?),
            },
        };
        let items = fresh.items.clone();
        lock(shelves).insert(repository.to_owned(), fresh);
        Ok(items)
    }

    /// The issue forms and templates of a repository.
    pub async fn templates(&self, repository: &str) -> Result<Templates, GitHubError> {
        let now = self.clock.now();
        if let Some((read_at, known)) = lock(&self.templates).get(repository)
            && now - *read_at < LABELS_LAST
        {
            return Ok(known.clone());
        }
        let folder = format!("/repos/{repository}/contents/.github/ISSUE_TEMPLATE");
        let files: Vec<wire::File> = match self.get(repository, &folder).await {
            Ok(files) => files,
            // There are none, or they are not ours to see.
            Err(GitHubError::Refused(403 | 404)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut templates = Templates::default();
        let read = files
            .into_iter()
            .filter(|file| file.kind == "file" && file.size <= LARGEST_TEMPLATE);
        for file in read.take(MOST_TEMPLATES) {
            let Some(read) = forms::reader_of(&file.name) else {
                continue;
            };
            let path = format!("/repos/{repository}/contents/{}", encode_path(&file.path));
            let file: wire::File = self.get(repository, &path).await?;
            if let Some(text) = file.text() {
                read(&text, &mut templates);
            }
        }
        lock(&self.templates).insert(repository.to_owned(), (now, templates.clone()));
        Ok(templates)
    }

    /// Says something under an issue; the comment's number.
    pub async fn comment(&self, name: &IssueName, body: &str) -> Result<u64, GitHubError> {
        let path = format!("{}/comments", issue_path(name));
        let words = serde_json::json!({ "body": body });
        let question = Question::post(path, &words);
        let answer = self.transport.ask(&name.repository, question).await?;
        Ok(answer.read::<wire::Comment>()?.id)
    }

    /// The comment since an instant that carries a mark.
    pub async fn find_comment(
        &self,
        name: &IssueName,
        mark: &str,
        since: Timestamp,
    ) -> Result<Option<u64>, GitHubError> {
        let path = format!("{}/comments?since={}", issue_path(name), stamp(since));
        let mut found = None;
        self.leaf(&name.repository, &path, |comments: Vec<wire::Comment>| {
            let marked = comments.iter().find(|comment| comment.has(mark));
            found = marked.map(|comment| comment.id);
            found.is_some()
        })
        .await?;
        Ok(found)
    }

    /// The comments on an issue that are new or were changed since an instant, the oldest first.
    pub(super) async fn list_comments(
        &self,
        name: &IssueName,
        since: Option<Timestamp>,
    ) -> Result<Vec<wire::Comment>, GitHubError> {
        let since = since.map_or_else(String::new, |since| format!("?since={}", stamp(since)));
        let path = format!("{}/comments{since}", issue_path(name));
        let mut all = Vec::new();
        self.leaf(&name.repository, &path, |mut page: Vec<wire::Comment>| {
            all.append(&mut page);
            false
        })
        .await?;
        Ok(all)
    }

    /// Says something else in a comment of ours. That it is not there any more is as good.
    pub async fn edit_comment(
        &self,
        repository: &str,
        comment: u64,
        body: &str,
    ) -> Result<(), GitHubError> {
        let path = format!("/repos/{repository}/issues/comments/{comment}");
        let words = serde_json::json!({ "body": body });
        let question = Question::patch(path, &words);
        match self.transport.ask(repository, question).await {
            Ok(_) | Err(GitHubError::Refused(404 | 410)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes a comment of ours back. That it is not there is as good.
    pub async fn delete_comment(&self, repository: &str, comment: u64) -> Result<(), GitHubError> {
        let path = format!("/repos/{repository}/issues/comments/{comment}");
        match self.transport.ask(repository, Question::delete(path)).await {
            Ok(_) | Err(GitHubError::Refused(404 | 410)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A repository, as it is shown to us.
    pub(super) async fn repository(&self, name: &str) -> Result<wire::Repository, GitHubError> {
        self.get(name, &format!("/repos/{name}")).await
    }

    /// What the installation for a repository may do; `None` with a token, which does not say.
    pub(super) async fn granted(
        &self,
        repository: &str,
    ) -> Result<Option<BTreeMap<String, String>>, GitHubError> {
        if !self.transport.is_app() {
            return Ok(None);
        }
        let installation = self.transport.installation(repository).await?;
        Ok(Some(installation.permissions))
    }
}

fn issue_path(name: &IssueName) -> String {
    format!("/repos/{}/issues/{}", name.repository, name.number)
}

fn stamp(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_breaks_no_address() {
        assert_eq!(
            encode("repo:a/b (x OR ü)"),
            "repo%3Aa%2Fb%20%28x%20OR%20%C3%BC%29"
        );
    }
}
