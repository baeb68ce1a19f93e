//! The way to GitHub's REST API: signing in, sending, telling limits from refusals and losses.
//!
//! octocrab builds, signs and sends; its typed models are not used, because they refuse whole
//! answers for fields we never look at. Nothing is retried here: the outbox and the reader know when.
//! A limit holds for everybody who asks: until it is over nothing is sent, because GitHub locks out
//! whoever goes on.

mod answer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::IF_NONE_MATCH;
use axum::http::{Method, Request};
use octocrab::models::{AppId, InstallationId};
use octocrab::{EncodingKey, Octocrab};
use secrecy::ExposeSecret;

use self::answer::UNSAID_PAUSE;
use super::wire;
use crate::clock::Clock;
use crate::config::SignIn;
use crate::domain::Timestamp;

pub(super) use self::answer::Answer;
pub use self::answer::GitHubError;

/// How long one request may take. GitHub itself gives up on a request after ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// The largest answer that is read. A hundred issues with texts as long as they may be come to less.
const LARGEST_ANSWER: usize = 64 << 20;

/// How often a request follows to where GitHub says that it went.
const MOST_HOPS: usize = 2;

/// What is asked.
pub(super) struct Question<'a> {
    method: Method,
    path: String,
    body: Option<&'a serde_json::Value>,
    etag: Option<&'a str>,
}

impl<'a> Question<'a> {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            etag: None,
        }
    }

    pub(super) fn post(path: impl Into<String>, body: &'a serde_json::Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path)
        }
    }

    pub(super) fn patch(path: impl Into<String>, body: &'a serde_json::Value) -> Self {
        Self {
            method: Method::PATCH,
            ..Self::post(path, body)
        }
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(path)
        }
    }

    /// Only when it is no longer what this tag stands for.
    pub(super) fn unless(mut self, etag: Option<&'a str>) -> Self {
        self.etag = etag;
        self
    }

    /// Searches have a limit of their own.
    fn resource(&self) -> Resource {
        if self.path.starts_with("/search/") {
            Resource::Search
        } else {
            Resource::Core
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Core,
    Search,
}

/// See the [module](self). Clones share what they know.
#[derive(Clone)]
pub(super) struct Transport {
    crab: Arc<Octocrab>,
    sign_in: SignIn,
    clock: Clock,
    /// The installations of an App, by repository. A clone of an `Octocrab` would not share its token.
    installations: Arc<Mutex<BTreeMap<String, Arc<Octocrab>>>>,
    /// Until when nothing is to be sent.
    limited: Arc<Mutex<BTreeMap<Resource, Timestamp>>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl Transport {
    /// A client for the API at `base`, such as `https://api.github.com`. Must be called inside a
    /// runtime.
    ///
    /// # Errors
    /// One sentence, when the key or the address is none.
    pub(super) fn new(base: &str, sign_in: SignIn, clock: Clock) -> anyhow::Result<Self> {
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
            limited: Arc::default(),
        })
    }

    /// Whether we sign in as an App.
    pub(super) fn is_app(&self) -> bool {
        matches!(self.sign_in, SignIn::App { .. })
    }

    pub(super) async fn installation(
        &self,
        repository: &str,
    ) -> Result<wire::Installation, GitHubError> {
        let question = Question::get(format!("/repos/{repository}/installation"));
        let answer = self.exchange(&self.crab, question).await;
        let answer = answer.map_err(|error| match error {
            GitHubError::Refused(404) => GitHubError::NotInstalled,
            other => other,
        })?;
        answer.read()
    }

    /// Who may act in a repository: with an App, its installation there.
    async fn actor(&self, repository: &str) -> Result<Arc<Octocrab>, GitHubError> {
        if !self.is_app() {
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

    /// Asks something about a repository.
    pub(super) async fn ask(
        &self,
        repository: &str,
        question: Question<'_>,
    ) -> Result<Answer, GitHubError> {
        let actor = self.actor(repository).await?;
        let sent = self.exchange(&actor, question).await;
        if matches!(sent, Err(GitHubError::Unauthorized)) {
            // The App may have been installed anew, under another number.
            lock(&self.installations).remove(repository);
        }
        sent
    }

    /// A request and its answer, at the place where GitHub says it is now.
    async fn exchange(
        &self,
        actor: &Octocrab,
        mut question: Question<'_>,
    ) -> Result<Answer, GitHubError> {
        for _ in 0..MOST_HOPS {
            let answer = self.once(actor, &question).await?;
            match (answer.status.as_u16(), answer.location()) {
                (301 | 307 | 308, Some(there)) => {
                    question.path = there;
                    question.etag = None;
                }
                _ => return Ok(answer),
            }
        }
        self.once(actor, &question).await
    }

    async fn once(&self, actor: &Octocrab, question: &Question<'_>) -> Result<Answer, GitHubError> {
        let (now, resource) = (self.clock.now(), question.resource());
        if let Some(until) = lock(&self.limited).get(&resource).filter(|at| **at > now) {
            let left = (*until - now).to_std().unwrap_or(UNSAID_PAUSE);
            return Err(GitHubError::Limited(left));
        }
        let mut request = Request::builder()
            .method(question.method.clone())
            .uri(question.path.as_str());
        if let Some(etag) = question.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = actor
            .build_request(request, question.body)
            .map_err(|_| GitHubError::Lost("the request could not be written"))?;
        let exchange = async {
            let answer = actor.execute(request).await.map_err(sending)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await;
            let body = body.map_err(|_| GitHubError::Lost("the answer broke off"))?;
            let body = String::from_utf8(body.into());
            let body = body.map_err(|_| GitHubError::Lost("the answer is no text"))?;
            Ok(Answer {
                status,
                headers,
                body,
            })
        };
        let answer = tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| GitHubError::Lost("no answer in time"))?;
        let judged = answer.and_then(|answer| answer.judged(self.clock.now()));
        if let Err(GitHubError::Limited(pause)) = &judged {
            let pause = chrono::TimeDelta::from_std(*pause).unwrap_or(chrono::TimeDelta::hours(1));
            let until = self.clock.now() + pause;
            let mut limited = lock(&self.limited);
            let known = limited.entry(resource).or_insert(until);
            *known = until.max(*known);
        }
        judged
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
