//! Talking with GitHub's REST API.
//!
//! octocrab builds, signs and sends; its typed models are not used, because they refuse whole
//! answers for fields we never look at. Nothing is retried here: the outbox and the reader know when.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::{ETAG, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use octocrab::models::{AppId, InstallationId};
use octocrab::{EncodingKey, Octocrab};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use super::wire;
use crate::clock::Clock;
use crate::config::SignIn;
use crate::domain::issue::{IssueName, Known};
use crate::domain::{Timestamp, from_millis};

/// How long one request may take. GitHub itself gives up on a request after ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pause after a limit that does not say how long. Source: GitHub's docs, "Best practices for
/// using the REST API": wait for at least one minute.
const UNSAID_PAUSE: Duration = Duration::from_mins(1);

/// How many list pages are read at most when an issue is looked for.
const MOST_PAGES: u32 = 10;

/// How long labels that were read are shown again without asking.
const LABELS_LAST: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Why GitHub did not do or tell something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// A limit: not before this has passed.
    #[error("GitHub's rate limit is used up for {0:?}")]
    Limited(Duration),
    /// The credentials are refused.
    #[error("GitHub refuses our credentials")]
    Unauthorized,
    /// A refusal for good.
    #[error("GitHub refused with status {0}")]
    Refused(u16),
    /// GitHub failed, or its answer was lost: the request may have had its effect.
    #[error("GitHub's answer was lost or is a failure of its own ({0})")]
    Lost(&'static str),
    /// The App is not installed for this repository.
    #[error("the App is not installed for the repository")]
    NotInstalled,
}

/// An answer that is no failure.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

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

/// Labels of a repository, and when they were read.
type Labels = (Timestamp, Vec<String>);

/// See the [module](self). Clones share what they know.
#[derive(Clone)]
pub struct Client {
    crab: Arc<Octocrab>,
    sign_in: SignIn,
    clock: Clock,
    /// The installations of an App, by repository. A clone of an `Octocrab` would not share its token.
    installations: Arc<Mutex<BTreeMap<String, Arc<Octocrab>>>>,
    labels: Arc<Mutex<BTreeMap<String, Labels>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the API at `base`, such as `https://api.github.com`. Must be called inside a
    /// runtime.
    ///
    /// # Errors
    /// One sentence, when the key or the address is none.
    pub fn new(base: &str, sign_in: SignIn, clock: Clock) -> anyhow::Result<Self> {
        let builder = Octocrab::builder()
            .base_uri(base)
            .map_err(|_| anyhow::anyhow!("SAMEDAY_GITHUB_API is no address"))?
            .set_connect_timeout(Some(PATIENCE))
            .set_read_timeout(Some(PATIENCE))
            .set_write_timeout(Some(PATIENCE));
        let crab = match &sign_in {
            SignIn::Token(token) => builder
                .personal_token(token.expose_secret().to_owned())
                .build(),
            SignIn::App { id, key } => {
                let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).map_err(|_| {
                    anyhow::anyhow!("GITHUB_APP_KEY_FILE holds no RSA private key: copy the file that GitHub gave you, from -----BEGIN to -----END")
                })?;
                builder.app(AppId(*id), key).build()
            }
        };
        Ok(Self {
            crab: Arc::new(
                crab.map_err(|_| anyhow::anyhow!("the client for GitHub could not be made"))?,
            ),
            sign_in,
            clock,
            installations: Arc::default(),
            labels: Arc::default(),
        })
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
        let answer = self
            .send(repository, Method::POST, &path, Some(&new), None)
            .await?;
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
        let since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        for page in 1..=MOST_PAGES {
            let path = format!(
                "/repos/{repository}/issues?state=all&sort=created&direction=desc&since={since}&per_page=100&page={page}"
            );
            let answer = self
                .send(repository, Method::GET, &path, None, None)
                .await?;
            let issues: Vec<wire::Issue> = answer.read()?;
            let full = issues.len() == 100;
            if let Some(found) = issues.into_iter().find(|issue| issue.has(mark)) {
                return Ok(Some(found.known(repository)));
            }
            if !full {
                break;
            }
        }
        Ok(None)
    }

    /// Looks at an issue, unless it is as it was.
    pub async fn look(&self, name: &IssueName, etag: Option<&str>) -> Result<Looked, GitHubError> {
        let path = format!("/repos/{}/issues/{}", name.repository, name.number);
        let mut answer = self
            .send(&name.repository, Method::GET, &path, None, etag)
            .await;
        // Moved, or its repository was renamed; GitHub names the place, once.
        if let Ok(moved) = &answer
            && moved.status == StatusCode::MOVED_PERMANENTLY
            && let Some(there) = moved.location()
        {
            answer = self
                .send(&name.repository, Method::GET, &there, None, None)
                .await;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(GitHubError::Refused(404 | 410)) => return Ok(Looked::Gone),
            Err(error) => return Err(error),
        };
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Looked::Same);
        }
        let etag = answer.header(ETAG);
        let issue: wire::Issue = answer.read()?;
        Ok(Looked::Issue(Box::new(issue.known(&name.repository)), etag))
    }

    /// The pull request that fixed an issue, if one that mentions it was merged.
    pub async fn find_fix(&self, name: &IssueName) -> Result<Option<IssueName>, GitHubError> {
        let path = format!(
            "/repos/{}/issues/{}/timeline?per_page=100",
            name.repository, name.number
        );
        let answer = self
            .send(&name.repository, Method::GET, &path, None, None)
            .await?;
        let timeline: Vec<wire::Happened> = answer.read()?;
        Ok(timeline.into_iter().rev().find_map(wire::Happened::merged))
    }

    /// The first full release of a repository published after an instant, of the newest hundred.
    pub async fn find_release(
        &self,
        repository: &str,
        after: Timestamp,
    ) -> Result<Option<String>, GitHubError> {
        let path = format!("/repos/{repository}/releases?per_page=100");
        let answer = self
            .send(repository, Method::GET, &path, None, None)
            .await?;
        let releases: Vec<wire::Release> = answer.read()?;
        let mut later: Vec<(Timestamp, String)> = releases
            .into_iter()
            .filter_map(wire::Release::published)
            .filter(|(at, _)| *at >= after)
            .collect();
        later.sort();
        Ok(later.into_iter().next().map(|(_, tag)| tag))
    }

    /// Issues whose title or text has one of these words.
    pub async fn search(
        &self,
        repository: &str,
        words: &[String],
    ) -> Result<Vec<Known>, GitHubError> {
        let query = format!("repo:{repository} is:issue ({})", words.join(" OR "));
        let path = format!("/search/issues?q={}&per_page=20", encode(&query));
        let answer = self
            .send(repository, Method::GET, &path, None, None)
            .await?;
        let found: wire::Found = answer.read()?;
        Ok(found
            .items
            .into_iter()
            .map(|issue| issue.known(repository))
            .collect())
    }

    /// The labels of a repository, by name.
    pub async fn labels(&self, repository: &str) -> Result<Vec<String>, GitHubError> {
        let now = self.clock.now();
        if let Some((at, labels)) = lock(&self.labels).get(repository)
            && now - *at < LABELS_LAST
        {
            return Ok(labels.clone());
        }
        let path = format!("/repos/{repository}/labels?per_page=100");
        let answer = self
            .send(repository, Method::GET, &path, None, None)
            .await?;
        let labels: Vec<wire::Label> = answer.read()?;
        let names: Vec<String> = labels.into_iter().map(wire::Label::name).collect();
        lock(&self.labels).insert(repository.to_owned(), (now, names.clone()));
        Ok(names)
    }

    /// Says something under an issue.
    pub async fn comment(&self, name: &IssueName, body: &str) -> Result<(), GitHubError> {
        let path = format!("/repos/{}/issues/{}/comments", name.repository, name.number);
        let words = serde_json::json!({ "body": body });
        self.send(&name.repository, Method::POST, &path, Some(&words), None)
            .await?;
        Ok(())
    }

    /// Whether a comment since an instant carries a mark.
    pub async fn has_comment(
        &self,
        name: &IssueName,
        mark: &str,
        since: Timestamp,
    ) -> Result<bool, GitHubError> {
        let since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let path = format!(
            "/repos/{}/issues/{}/comments?since={since}&per_page=100",
            name.repository, name.number
        );
        let answer = self
            .send(&name.repository, Method::GET, &path, None, None)
            .await?;
        let comments: Vec<wire::Comment> = answer.read()?;
        Ok(comments.iter().any(|comment| comment.has(mark)))
    }

    /// A repository, as it is shown to us.
    pub(super) async fn repository(&self, name: &str) -> Result<wire::Repository, GitHubError> {
        let answer = self
            .send(name, Method::GET, &format!("/repos/{name}"), None, None)
            .await?;
        answer.read()
    }

    /// What the installation for a repository may do; `None` with a token, which does not say.
    pub(super) async fn granted(
        &self,
        repository: &str,
    ) -> Result<Option<BTreeMap<String, String>>, GitHubError> {
        match self.sign_in {
            SignIn::Token(_) => Ok(None),
            SignIn::App { .. } => Ok(Some(self.installation(repository).await?.permissions)),
        }
    }

    async fn installation(&self, repository: &str) -> Result<wire::Installation, GitHubError> {
        let path = format!("/repos/{repository}/installation");
        let answer = self
            .send_by(&self.crab, Method::GET, &path, None, None)
            .await
            .map_err(|error| match error {
                GitHubError::Refused(404) => GitHubError::NotInstalled,
                other => other,
            })?;
        answer.read()
    }

    /// Who may act in a repository: with an App, its installation there.
    async fn actor(&self, repository: &str) -> Result<Arc<Octocrab>, GitHubError> {
        if matches!(self.sign_in, SignIn::Token(_)) {
            return Ok(self.crab.clone());
        }
        if let Some(known) = lock(&self.installations).get(repository) {
            return Ok(known.clone());
        }
        let installation = self.installation(repository).await?;
        let actor = self
            .crab
            .installation(InstallationId(installation.id))
            .map_err(|_| GitHubError::Lost("the installation could not be used"))?;
        let actor = Arc::new(actor);
        lock(&self.installations).insert(repository.to_owned(), Arc::clone(&actor));
        Ok(actor)
    }

    async fn send(
        &self,
        repository: &str,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
        etag: Option<&str>,
    ) -> Result<Answer, GitHubError> {
        let actor = self.actor(repository).await?;
        let sent = self.send_by(&actor, method, path, body, etag).await;
        if sent == Err(GitHubError::Unauthorized) {
            // The App may have been installed anew, under another number.
            lock(&self.installations).remove(repository);
        }
        sent
    }

    async fn send_by(
        &self,
        actor: &Octocrab,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
        etag: Option<&str>,
    ) -> Result<Answer, GitHubError> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = actor
            .build_request(request, body)
            .map_err(|_| GitHubError::Lost("the request could not be written"))?;
        let exchange = async {
            let answer = actor.execute(request).await.map_err(sending)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = actor
                .body_to_string(answer)
                .await
                .map_err(|_| GitHubError::Lost("the answer broke off"))?;
            Ok(Answer {
                status,
                headers,
                body,
            })
        };
        let answer = tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| GitHubError::Lost("no answer in time"))??;
        answer.judged(self.clock.now())
    }
}

/// octocrab also fails where it renews a token; what GitHub said then is in its error.
fn sending(error: octocrab::Error) -> GitHubError {
    match error {
        octocrab::Error::GitHub { source, .. } => match source.status_code.as_u16() {
            401 => GitHubError::Unauthorized,
            403 | 429 => GitHubError::Limited(UNSAID_PAUSE),
            status @ 400..500 => GitHubError::Refused(status),
            _ => GitHubError::Lost("the token could not be renewed"),
        },
        _ => GitHubError::Lost("the connection failed"),
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.status == other.status && self.body == other.body
    }
}

impl Answer {
    fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    }

    /// The path that a redirect names, at the same API.
    fn location(&self) -> Option<String> {
        let url = reqwest::Url::parse(&self.header(LOCATION)?).ok()?;
        Some(url.path().to_owned())
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        serde_json::from_str(&self.body)
            .map_err(|_| GitHubError::Lost("the answer is not readable"))
    }

    /// Tells answers from failures.
    fn judged(self, now: Timestamp) -> Result<Self, GitHubError> {
        let limited = || {
            let spent = self.header("x-ratelimit-remaining").as_deref() == Some("0");
            spent
                || self.header(RETRY_AFTER).is_some()
                || self.body.contains("secondary rate limit")
        };
        match self.status.as_u16() {
            200..400 => Ok(self),
            401 => Err(GitHubError::Unauthorized),
            429 => Err(GitHubError::Limited(self.pause(now))),
            403 if limited() => Err(GitHubError::Limited(self.pause(now))),
            status @ 400..500 => Err(GitHubError::Refused(status)),
            _ => Err(GitHubError::Lost("GitHub failed")),
        }
    }

    /// How long a limit says to wait. Source: GitHub's docs, "Rate limits for the REST API".
    fn pause(&self, now: Timestamp) -> Duration {
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
        if let Some(seconds) = number(self.header(RETRY_AFTER)) {
            return Duration::from_secs(seconds.max(1).unsigned_abs());
        }
        let spent = self.header("x-ratelimit-remaining").as_deref() == Some("0");
        let reset = number(self.header("x-ratelimit-reset")).filter(|_| spent);
        let reset = reset.and_then(|seconds| from_millis(seconds.checked_mul(1_000)?));
        let pause = reset.and_then(|at| (at - now).to_std().ok());
        pause.map_or(UNSAID_PAUSE, |pause| pause + Duration::from_secs(1))
    }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: body.to_owned(),
        }
    }

    #[test]
    fn refusals_limits_and_losses_are_told_apart() {
        let now = from_millis(1_795_000_000_000).unwrap();
        let judged =
            |status, headers: &[_], body: &str| answer(status, headers, body).judged(now).err();
        let wait = |seconds| Some(GitHubError::Limited(Duration::from_secs(seconds)));
        assert_eq!(judged(200, &[], ""), None);
        assert_eq!(judged(304, &[], ""), None);
        assert_eq!(judged(401, &[], ""), Some(GitHubError::Unauthorized));
        assert_eq!(judged(403, &[], "no"), Some(GitHubError::Refused(403)));
        assert_eq!(judged(422, &[], ""), Some(GitHubError::Refused(422)));
        assert!(matches!(judged(502, &[], ""), Some(GitHubError::Lost(_))));
        assert_eq!(judged(403, &[("retry-after", "7")], ""), wait(7));
        assert_eq!(
            judged(403, &[], "You have exceeded a secondary rate limit"),
            wait(60)
        );
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795000030"),
        ];
        assert_eq!(judged(403, &spent, ""), wait(31));
        assert_eq!(judged(429, &[], ""), wait(60));
    }

    #[test]
    fn a_redirect_stays_at_the_api() {
        let moved = answer(
            301,
            &[(
                "location",
                "https://elsewhere.example/repositories/5/issues/6",
            )],
            "",
        );
        assert_eq!(
            moved.location().as_deref(),
            Some("/repositories/5/issues/6")
        );
    }

    #[test]
    fn what_is_searched_for_breaks_no_address() {
        assert_eq!(
            encode("repo:a/b (x OR ü)"),
            "repo%3Aa%2Fb%20%28x%20OR%20%C3%BC%29"
        );
    }
}
