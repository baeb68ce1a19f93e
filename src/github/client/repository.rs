//! What else is in a repository: releases, labels, forms and templates; and what we may do there.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::{Client, GitHubError, RESERVED, encode};
use crate::domain::Timestamp;
use crate::domain::issue::Templates;
use crate::github::transport::lock;
use crate::github::{forms, wire};

/// How long labels and templates that were read are shown again without asking.
const LABELS_LAST: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// How many files of templates are read, and how large each may be, in bytes.
const MOST_TEMPLATES: usize = 20;
const LARGEST_TEMPLATE: u64 = 64 << 10;

impl Client {
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

    /// A repository, as it is shown to us.
    pub(in crate::github) async fn repository(
        &self,
        name: &str,
    ) -> Result<wire::Repository, GitHubError> {
        self.get(name, &format!("/repos/{name}")).await
    }

    /// What the installation for a repository may do; `None` with a token, which does not say.
    pub(in crate::github) async fn granted(
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

fn encode_path(path: &str) -> String {
    const RESERVED_IN_PATHS: &AsciiSet = &RESERVED.remove(b'/');
    utf8_percent_encode(path, RESERVED_IN_PATHS).to_string()
}
