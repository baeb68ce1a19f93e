//! Lists and search.

use chrono::{DateTime, Utc};

use super::{Issue, World};

/// Which issues of a repository are listed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// `open`, `closed` or `all`.
    pub state: String,
    /// Only what changed since.
    pub since: Option<DateTime<Utc>>,
    /// Only this author's.
    pub creator: Option<String>,
    /// By what.
    pub sort: Sort,
    /// Whether the smallest comes first.
    pub ascending: bool,
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// When it was opened.
    Created,
    /// When it last changed.
    Updated,
}

impl World {
    /// The issues of a repository that are there, pull requests too.
    pub fn list(&self, repository: &str, listing: &Listing) -> Vec<&Issue> {
        let mut found: Vec<&Issue> = self
            .repository(repository)
            .into_iter()
            .flat_map(|known| known.issues.values())
            .filter(|issue| issue.moved.is_none())
            .filter(|issue| match listing.state.as_str() {
                "open" => issue.closed.is_none(),
                "closed" => issue.closed.is_some(),
                _ => true,
            })
            .filter(|issue| listing.since.is_none_or(|since| issue.updated_at >= since))
            .filter(|issue| {
                listing
                    .creator
                    .as_ref()
                    .is_none_or(|creator| *creator == issue.author)
            })
            .collect();
        found.sort_by_key(|issue| match listing.sort {
            Sort::Created => (issue.created_at, issue.number),
            Sort::Updated => (issue.updated_at, issue.number),
        });
        if !listing.ascending {
            found.reverse();
        }
        found
    }

    /// Search, as far as it is used: `repo:`, `is:issue`, `is:open`, words of which every one must
    /// be there, and groups in parentheses joined by OR. What is too new is not found.
    pub fn search(&self, query: &str) -> Vec<(String, &Issue)> {
        let known_by = self.now() - self.search_lag;
        let wanted = Wanted::parse(query);
        let mut found: Vec<(usize, String, &Issue)> = Vec::new();
        for repository in &self.repositories {
            if !wanted.repositories.is_empty()
                && !wanted
                    .repositories
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&repository.full_name))
            {
                continue;
            }
            for issue in repository.issues.values() {
                let hidden = issue.moved.is_some()
                    || issue.created_at > known_by
                    || wanted.issues_only && issue.pull.is_some()
                    || wanted.open_only && issue.closed.is_some();
                let text = format!("{} {}", issue.title, issue.body).to_lowercase();
                let has = |word: &&String| text.contains(word.as_str());
                let some = wanted.any.iter().filter(has).count();
                if !hidden
                    && wanted.all.iter().all(|word| text.contains(word.as_str()))
                    && (wanted.any.is_empty() || some > 0)
                {
                    found.push((some, repository.full_name.clone(), issue));
                }
            }
        }
        found.sort_by_key(|(score, _, issue)| (std::cmp::Reverse(*score), issue.number));
        found
            .into_iter()
            .map(|(_, repository, issue)| (repository, issue))
            .collect()
    }
}

#[derive(Default)]
struct Wanted {
    repositories: Vec<String>,
    issues_only: bool,
    open_only: bool,
    all: Vec<String>,
    any: Vec<String>,
}

impl Wanted {
    fn parse(query: &str) -> Self {
        let mut wanted = Self::default();
        let mut inside = false;
        for word in query.split_whitespace() {
            inside |= word.starts_with('(');
            let ends = word.ends_with(')');
            let plain = word.trim_matches(|c| matches!(c, '(' | ')' | '"'));
            match plain.split_once(':') {
                Some(("repo", name)) => wanted.repositories.push(name.to_owned()),
                Some(("is", "issue")) => wanted.issues_only = true,
                Some(("is" | "state", "open")) => wanted.open_only = true,
                _ if plain.is_empty() || plain == "OR" => {}
                _ if inside => wanted.any.push(plain.to_lowercase()),
                _ => wanted.all.push(plain.to_lowercase()),
            }
            inside &= !ends;
        }
        wanted
    }
}
