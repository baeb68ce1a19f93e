//! Issues: opened, found, looked at, and what fixed them.

use axum::http::StatusCode;

use super::{Client, GitHubError, encode, issue_path, stamp};
use crate::domain::Timestamp;
use crate::domain::issue::{Fix, IssueName, Known};
use crate::github::transport::Question;
use crate::github::wire;

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

impl Client {
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
}
