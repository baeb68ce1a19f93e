//! Comments on issues.

use super::{Client, GitHubError, issue_path, stamp};
use crate::domain::Timestamp;
use crate::domain::issue::IssueName;
use crate::github::transport::Question;
use crate::github::wire;

impl Client {
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
    pub(in crate::github) async fn list_comments(
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
}
