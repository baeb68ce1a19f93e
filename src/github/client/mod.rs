//! What is asked of GitHub, and what its answers come to: of issues, of comments, and of what else is in a
//! repository.

mod comments;
mod issues;
mod repository;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use super::transport::{Question, Transport, lock};
use crate::clock::Clock;
use crate::config::SignIn;
use crate::domain::Timestamp;
use crate::domain::issue::{IssueName, Templates};

pub use super::transport::GitHubError;
pub use issues::Looked;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How many list pages are read at most when something is looked for.
const MOST_PAGES: u32 = 10;

/// How many entries they hold: of a longer list nobody can say what is not in it.
pub(super) const MOST_LISTED: u64 = 100 * MOST_PAGES as u64;

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
}

fn issue_path(name: &IssueName) -> String {
    format!("/repos/{}/issues/{}", name.repository, name.number)
}

fn stamp(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_breaks_no_address() {
        assert_eq!(
            encode("repo:a/b (x OR ü)").to_string(),
            "repo%3Aa%2Fb%20%28x%20OR%20%C3%BC%29"
        );
    }
}
