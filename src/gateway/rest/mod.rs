//! The one HTTP client to Discord.
//!
//! ```text
//! our own calls ──┐                    ┌ sticky 401
//!                 ├─> Rest::send ──────┼ whose turn it is (lane, limits, guard) ──> reqwest ──> base
//! the door ───────┘   (deadline)       └ again, where that is safe
//! ```
//!
//! Every request has a deadline that covers everything: waiting for limits, attempts, pauses
//! between them. What happens to a request:
//!
//! - after a 401 on one of our own routes nothing is sent any more ([`RestError::Unauthorized`]).
//!   The 401 of an interaction token that has run out is that token's alone;
//! - a 429 was not carried out, so it is waited for and sent again, whatever the method;
//! - a 5xx, a lost connection or a silent server is tried again when a repetition does no harm
//!   (not a POST, unless the caller says so); a connection that was never made, always;
//! - redirects are not followed and the environment's proxies not used: the token goes to the
//!   base and nowhere else.
//!
//! Time here is the process's own (`tokio::time`), not the `Clock` of tickets: timeouts and limits
//! belong to the network and pass while a test's clock stands still.

mod base;
mod error;
mod guard;
mod lane;
mod limits;
mod pace;
mod refusal;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

pub use self::base::{Base, BaseError, DISCORD};
pub use self::error::RestError;
pub use self::request::{Answer, Path, Request, USUAL_PATIENCE};

use self::lane::Lane;
use self::limits::{Leave, Limits};
use self::pace::Pace;
use self::refusal::Refusal;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one attempt may take in all.
const ATTEMPT: Duration = Duration::from_secs(15);

/// How often a request is sent again after a failure of the server or the network.
const REPEATS: u32 = 3;

/// The pause before the first repetition; each further one is twice as long. A random part of up
/// to its half is taken off.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a request is sent again after a 429 before it is given back as limited.
const REFUSALS: u32 = 5;

/// The largest answer read, in bytes. A page of 100 messages with all embeds full is about 4 MB.
const LARGEST: usize = 16 * 1024 * 1024;

/// Where Discord's audit log takes its reason from.
pub(super) const AUDIT_LOG_REASON: &str = "x-audit-log-reason";

/// What the client is built from.
#[derive(Debug)]
pub struct Settings {
    /// The API.
    pub base: Base,
    /// The bot's token, with or without `Bot ` before it.
    pub token: SecretString,
    /// Where to read about this program, for the `User-Agent` that Discord asks for.
    pub about: String,
}

/// The one HTTP client to Discord. A clone is the same client.
#[derive(Clone, Debug)]
pub struct Rest {
    inner: Arc<Inner>,
    pace: Option<Arc<Pace>>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: Base,
    /// `Bot …`, marked as sensitive.
    authorization: HeaderValue,
    token: SecretString,
    limits: Limits,
    /// Whether Discord has refused the token, for good.
    unauthorized: watch::Sender<bool>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The token has characters that no token has.
    #[error("DISCORD_TOKEN is no token: it has characters that cannot be sent")]
    Token,
    /// TLS or the like is missing.
    #[error("no HTTP client could be made: {0}")]
    Http(#[from] reqwest::Error),
    /// The thread that keeps the rate limits could not be started.
    #[error("the system gives no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// How one attempt ended.
enum Attempt {
    Answered(Answer),
    /// With whether it may be tried again.
    Failed(RestError, bool),
}

impl Rest {
    /// Makes the client. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`ClientError`], a sentence for the operator.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        super::install_crypto();
        let bare = settings
            .token
            .expose_secret()
            .trim()
            .trim_start_matches("Bot ");
        let token = SecretString::from(bare);
        let mut authorization = HeaderValue::from_str(&format!("Bot {}", token.expose_secret()))
            .map_err(|_| ClientError::Token)?;
        authorization.set_sensitive(true);
        // The form is Discord's: https://discord.com/developers/docs/reference#user-agent
        let agent = format!(
            "DiscordBot ({}, {})",
            settings.about,
            env!("CARGO_PKG_VERSION")
        );
        let http = reqwest::Client::builder()
            .user_agent(agent)
            .connect_timeout(CONNECT)
            .timeout(ATTEMPT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .https_only(!settings.base.is_plain())
            .build()?;
        let inner = Inner {
            http,
            base: settings.base,
            authorization,
            token,
            limits: Limits::new()?,
            unauthorized: watch::Sender::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
            pace: None,
        })
    }

    /// The same client for somebody who asks much: this handle and its clones send at most so many
    /// requests a second together.
    #[must_use]
    pub fn paced(&self, per_second: u32) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            pace: Some(Arc::new(Pace::new(per_second))),
        }
    }

    /// Where it sends to.
    pub(crate) fn base(&self) -> &Base {
        &self.inner.base
    }

    /// Whose token it is: its first part, which is no secret.
    pub(crate) fn bot(&self) -> &str {
        let token = self.inner.token.expose_secret();
        token.split('.').next().unwrap_or_default()
    }

    /// The bot's token, without `Bot `.
    pub(crate) fn token(&self) -> &SecretString {
        &self.inner.token
    }

    /// How many routes are remembered to be closed for a while.
    pub fn limited_routes(&self) -> usize {
        self.inner.limits.closed_routes()
    }

    /// Returns once Discord has refused the token, for good.
    pub async fn refused(&self) {
        // The sender lives as long as this client, so waiting cannot fail.
        drop(
            self.inner
                .unauthorized
                .subscribe()
                .wait_for(|refused| *refused)
                .await,
        );
    }

    /// Sends a request, waits for its limits, and repeats it where that is safe.
    ///
    /// # Errors
    /// Never [`RestError::Discord`]: every answer is an `Ok`, except that a 429 is waited for (or
    /// [`RestError::RateLimited`]) and a 401 on our own routes is [`RestError::Unauthorized`].
    pub async fn send(&self, request: Request) -> Result<Answer, RestError> {
        let this = &*self.inner;
        let url = this
            .base
            .url(request.path.as_str(), request.query.as_deref());
        let url = url.ok_or(RestError::NoSuchPath)?;
        let lane = Lane::of(&request.method, &request.path);
        let (mut repeats, mut refusals) = (0, 0);
        loop {
            this.may_send()?;
            let own = self.pace.as_deref();
            let mut leave = this.limits.admit(&lane, own, request.deadline).await?;
            // The wait may have been long.
            this.may_send()?;

            let (outcome, again) = match this.attempt(&request, url.clone(), &mut leave).await {
                Attempt::Answered(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    let Refusal { retry_after, .. } = this.refused(&request, leave, &lane, &answer);
                    refusals += 1;
                    if refusals > REFUSALS || Instant::now() + retry_after > request.deadline {
                        return Err(RestError::RateLimited { retry_after });
                    }
                    if !matches!(lane, Lane::Route(_)) {
                        // Nothing else holds it back.
                        sleep(retry_after).await;
                    }
                    continue;
                }
                Attempt::Answered(answer) => {
                    Limits::answered(leave, &answer);
                    this.note(&request, &lane, answer.status)?;
                    let again = answer.status.is_server_error() && request.repeatable;
                    (Ok(answer), again)
                }
                Attempt::Failed(error, again) => {
                    drop(leave);
                    (Err(error), again)
                }
            };

            let pause = pause(repeats);
            if !again || repeats == REPEATS || Instant::now() + pause >= request.deadline {
                return outcome;
            }
            repeats += 1;
            tracing::debug!(method = %request.method, path = ?request.path, ?outcome, "sending a request again");
            sleep(pause).await;
        }
    }

    /// Sends a request and reads its JSON answer.
    ///
    /// # Errors
    /// Any [`RestError`]; an answer that is no success is [`RestError::Discord`].
    pub async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T, RestError> {
        let answer = self.success(request).await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Asks for a path and reads its JSON answer.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn get_json<T: DeserializeOwned>(&self, path: Path) -> Result<T, RestError> {
        self.json(Request::read(path)).await
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// Any [`RestError`]; an answer that is no success is [`RestError::Discord`].
    pub async fn success(&self, request: Request) -> Result<Answer, RestError> {
        let answer = self.send(request).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(RestError::of(&answer))
        }
    }
}

impl Inner {
    fn may_send(&self) -> Result<(), RestError> {
        if *self.unauthorized.borrow() {
            return Err(RestError::Unauthorized);
        }
        self.limits.open()
    }

    async fn attempt(&self, request: &Request, url: Url, leave: &mut Leave) -> Attempt {
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(reason) = &request.reason {
            builder = builder.header(AUDIT_LOG_REASON, reason.clone());
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, body.content_type.clone())
                .body(body.bytes.clone());
        }
        leave.sent();
        match timeout_at(request.deadline, exchange(builder)).await {
            Ok(Ok(answer)) => Attempt::Answered(answer),
            Ok(Err(Exchange::Failed(e))) => {
                // What never got a connection did not arrive.
                let again = request.repeatable || e.is_connect();
                let error = if e.is_timeout() {
                    RestError::TimedOut
                } else {
                    RestError::Network(super::reasons(&e.without_url()))
                };
                Attempt::Failed(error, again)
            }
            Ok(Err(Exchange::TooLarge)) => Attempt::Failed(RestError::TooLarge(LARGEST), false),
            Err(_) => Attempt::Failed(RestError::TimedOut, false),
        }
    }

    fn refused(&self, request: &Request, leave: Leave, lane: &Lane, answer: &Answer) -> Refusal {
        let refusal = Refusal::read(answer);
        tracing::warn!(
            method = %request.method,
            path = ?request.path,
            retry_after_ms = refusal.retry_after.as_millis(),
            reach = ?refusal.reach,
            "Discord refused a request because of a rate limit"
        );
        self.limits.refused(leave, lane, answer, refusal);
        refusal
    }

    fn note(&self, request: &Request, lane: &Lane, status: StatusCode) -> Result<(), RestError> {
        // On a webhook or an interaction it means that *that* token has run out.
        if status == StatusCode::UNAUTHORIZED && lane.is_global() {
            self.unauthorized.send_replace(true);
            tracing::error!(path = ?request.path, "Discord refuses the bot's token; nothing more is sent");
            return Err(RestError::Unauthorized);
        }
        Ok(())
    }
}

enum Exchange {
    Failed(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Exchange {
    fn from(e: reqwest::Error) -> Self {
        Self::Failed(e)
    }
}

/// Sends, and reads the answer completely, but not more than [`LARGEST`].
async fn exchange(builder: reqwest::RequestBuilder) -> Result<Answer, Exchange> {
    let mut response = builder.send().await?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Exchange::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: body.freeze(),
    })
}

fn pause(repeats: u32) -> Duration {
    let full = PAUSE * 2_u32.pow(repeats);
    full.mul_f64(1.0 - fastrand::f64() / 2.0)
}
