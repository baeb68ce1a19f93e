//! The way in: what `GET /gateway/bot` says, and how often a session may be started.
//!
//! The address of the socket comes from the same server as everything else, or the bot does not
//! start. There is no fallback address: a bot that was pointed at a test server and cannot reach
//! it must not turn up at the real one.
//!
//! IDENTIFYs are spaced over restarts, too: each is noted ([`Starts`]) before it is sent, so that a
//! program that ends and is started again at once waits like one that ran on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, sleep_until};

use crate::gateway::rest::{Path, Rest, RestError};

/// Between two IDENTIFYs of one bucket: Discord's 5 s and a little for the way.
/// Source: Discord's "Gateway", "Rate limiting" and "Session start limit object".
const SPACING: Duration = Duration::from_millis(5_200);

/// Of the day's session starts, one in this many is kept for a person who has to put something
/// right. Using up all makes Discord reset the bot's token.
const KEPT: u32 = 20;

/// How long what was said about the day's session starts is believed.
const FRESH: Duration = Duration::from_secs(30);

/// How long to wait before asking again while Discord cannot answer at the start.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// How long one look at a long wait lasts.
const LOOK: Duration = Duration::from_mins(1);

/// What `GET /gateway/bot` says. Shared by all shards.
#[derive(Debug)]
pub struct Entrance {
    rest: Rest,
    shards: u32,
    /// What was said first, as JSON.
    answer: String,
    said: Mutex<Said>,
    starts: Option<Box<dyn Starts>>,
}

/// Remembers over restarts when sessions were started.
pub trait Starts: fmt::Debug + Send + Sync + 'static {
    /// Notes that now a session with this rate limit key is started. Returns once that is kept, or
    /// cannot be.
    fn note(&self, bucket: u32) -> BoxFuture<'_, ()>;
}

#[derive(Debug)]
struct Said {
    url: String,
    /// `None` when a former process asked: good enough to resume by, not to start a session by.
    asked_at: Option<Instant>,
    total: u32,
    remaining: u32,
    reset_at: Instant,
    concurrency: u32,
    /// When the next IDENTIFY of a bucket may go.
    next: HashMap<u32, Instant>,
}

/// Why the bot cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Discord (or what stands for it) could not say where its gateway is.
    #[error(
        "{base} does not say where its gateway is ({cause}); check SAMEDAY_DISCORD_API and that \
         this machine reaches it"
    )]
    Refused {
        /// The API that was asked.
        base: String,
        /// What it answered. Its words stand in the sentence, so it is no source of it.
        cause: RestError,
    },
    /// The token is not good.
    #[error("{0}")]
    Token(RestError),
    /// It answered, but with no address that can be used.
    #[error(
        "{base} gives {url:?} as its gateway, which is no wss:// address (ws:// is taken from and \
         to this machine only); check SAMEDAY_DISCORD_API"
    )]
    NoAddress {
        /// The API that was asked.
        base: String,
        /// What it gave.
        url: String,
    },
}

impl StartError {
    fn of(rest: &Rest, cause: RestError) -> Self {
        match cause {
            RestError::Unauthorized => Self::Token(cause),
            cause => Self::Refused {
                base: rest.base().to_string(),
                cause,
            },
        }
    }
}

#[derive(Deserialize, Serialize)]
struct GatewayBot {
    #[serde(default)]
    url: String,
    #[serde(default = "one")]
    shards: u32,
    session_start_limit: StartLimit,
}

#[derive(Deserialize, Serialize)]
struct StartLimit {
    total: u32,
    remaining: u32,
    /// Milliseconds.
    reset_after: u64,
    #[serde(default = "one")]
    max_concurrency: u32,
}

fn one() -> u32 {
    1
}

impl Entrance {
    /// Asks where the gateway is. While the server cannot answer (no connection, 5xx) it is asked
    /// again for `patience`.
    ///
    /// # Errors
    /// [`StartError`], a sentence for the operator.
    pub async fn find(rest: Rest, patience: Duration) -> Result<Self, StartError> {
        let until = Instant::now() + patience;
        loop {
            let failure = match ask(&rest).await {
                Ok(bot) => return Self::of(rest, bot, Some(Instant::now())),
                Err(failure) => failure,
            };
            let wait = failure.retry_after().unwrap_or_default().max(ASK_AGAIN);
            if !failure.is_temporary() || Instant::now() + wait > until {
                return Err(StartError::of(&rest, failure));
            }
            tracing::warn!(%failure, "Discord does not say where its gateway is; asking again");
            sleep(wait).await;
        }
    }

    /// The entrance that a former process has found, by its [`Self::answer`]. It is asked for again
    /// before a session is started.
    pub fn found_before(rest: Rest, answer: &str) -> Option<Self> {
        let bot = serde_json::from_str(answer).ok()?;
        Self::of(rest, bot, None).ok()
    }

    fn of(rest: Rest, bot: GatewayBot, asked_at: Option<Instant>) -> Result<Self, StartError> {
        // Numbers and a text: it cannot fail, and without it the next start asks again.
        let answer = serde_json::to_string(&bot).unwrap_or_default();
        let (shards, said) = read(&rest, bot, asked_at)?;
        Ok(Self {
            rest,
            shards,
            answer,
            said: Mutex::new(said),
            starts: None,
        })
    }

    /// What Discord said, for [`Self::found_before`].
    pub fn answer(&self) -> &str {
        &self.answer
    }

    /// Has starts of sessions noted, and keeps its distance from those of a former process: their
    /// rate limit keys, and how long ago they were.
    #[must_use]
    pub fn remembering(
        mut self,
        starts: impl Starts,
        former: impl IntoIterator<Item = (u32, Duration)>,
    ) -> Self {
        let now = Instant::now();
        let said = self.said.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (bucket, passed) in former {
            said.next
                .insert(bucket, now + SPACING.saturating_sub(passed));
        }
        self.starts = Some(Box::new(starts));
        self
    }

    /// How many shards Discord wants for this bot.
    pub fn shards(&self) -> u32 {
        self.shards
    }

    /// The client that it asks with.
    pub(super) fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Where to connect when there is nothing to resume.
    pub(super) fn url(&self) -> String {
        self.lock().url.clone()
    }

    /// Asks again, unless that was done just now. What cannot be learned stays as it was.
    pub(super) async fn refresh(&self) {
        let asked_at = self.lock().asked_at;
        if asked_at.is_some_and(|asked_at| asked_at.elapsed() < FRESH) {
            return;
        }
        let answer = match ask(&self.rest).await {
            Ok(bot) => read(&self.rest, bot, Some(Instant::now())).map_err(|e| e.to_string()),
            Err(e) => Err(e.to_string()),
        };
        let mut said = self.lock();
        match answer {
            Ok((_, new)) => {
                let next = std::mem::take(&mut said.next);
                *said = Said { next, ..new };
            }
            Err(failure) => {
                if let Some(asked_at) = &mut said.asked_at {
                    *asked_at = Instant::now();
                }
                tracing::warn!(%failure, "Discord does not say how many sessions may be started; going by its last word");
            }
        }
    }

    /// Waits until this shard may send IDENTIFY, and counts it as sent. Cancel-safe.
    pub(super) async fn permit(&self, shard: u32) {
        loop {
            self.refresh().await;
            if self.lock().asked_at.is_none() {
                sleep(ASK_AGAIN).await;
                continue;
            }
            let ready = self.lock().ready(shard, Instant::now());
            match ready {
                Ok(bucket) => {
                    // First, and then taken at once: who is cancelled in between has taken nothing.
                    if let Some(starts) = &self.starts {
                        starts.note(bucket).await;
                    }
                    if self.lock().take(shard, Instant::now()).is_ok() {
                        return;
                    }
                }
                Err(Wait::Spacing(until)) => sleep_until(until).await,
                Err(Wait::Budget { remaining, until }) => {
                    tracing::error!(
                        shard,
                        remaining,
                        wait_s = (until - Instant::now()).as_secs(),
                        "so many sessions were started today that Discord may soon reset the \
                         bot's token; waiting for a new day before starting another"
                    );
                    sleep_until(until.min(Instant::now() + LOOK)).await;
                }
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wait {
    Spacing(Instant),
    Budget { remaining: u32, until: Instant },
}

impl Said {
    /// Whether a shard may identify now, and under which rate limit key.
    fn ready(&mut self, shard: u32, now: Instant) -> Result<u32, Wait> {
        if now >= self.reset_at {
            self.remaining = self.total;
            self.reset_at = now + Duration::from_hours(24);
        }
        if self.remaining <= self.total / KEPT {
            return Err(Wait::Budget {
                remaining: self.remaining,
                until: self.reset_at,
            });
        }
        let bucket = shard % self.concurrency;
        match self.next.get(&bucket) {
            Some(&next) if next > now => Err(Wait::Spacing(next)),
            _ => Ok(bucket),
        }
    }

    fn take(&mut self, shard: u32, now: Instant) -> Result<(), Wait> {
        let bucket = self.ready(shard, now)?;
        self.next.insert(bucket, now + SPACING);
        self.remaining -= 1;
        Ok(())
    }
}

async fn ask(rest: &Rest) -> Result<GatewayBot, RestError> {
    rest.get_json(Path::root("gateway").then("bot")).await
}

fn read(
    rest: &Rest,
    bot: GatewayBot,
    asked_at: Option<Instant>,
) -> Result<(u32, Said), StartError> {
    let Some(url) = rest.base().socket(&bot.url) else {
        return Err(StartError::NoAddress {
            base: rest.base().to_string(),
            url: bot.url,
        });
    };
    let now = Instant::now();
    let limit = bot.session_start_limit;
    // A day at most, as Discord's limit is daily.
    let reset_after = Duration::from_millis(limit.reset_after).min(Duration::from_hours(24));
    let said = Said {
        url,
        asked_at,
        total: limit.total,
        remaining: limit.remaining,
        reset_at: now + reset_after,
        concurrency: limit.max_concurrency.max(1),
        next: HashMap::new(),
    };
    Ok((bot.shards.max(1), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(total: u32, remaining: u32, concurrency: u32) -> Said {
        Said {
            url: String::new(),
            asked_at: Some(Instant::now()),
            total,
            remaining,
            reset_at: Instant::now() + Duration::from_hours(1),
            concurrency,
            next: HashMap::new(),
        }
    }

    #[test]
    fn starts_are_five_seconds_apart_per_bucket() {
        let mut said = said(1000, 1000, 2);
        let now = Instant::now();
        assert_eq!(said.take(0, now), Ok(()));
        assert_eq!(said.take(1, now), Ok(()));
        assert_eq!(said.take(2, now), Err(Wait::Spacing(now + SPACING)));
        assert_eq!(said.take(2, now + SPACING), Ok(()));
        assert_eq!(said.remaining, 997);
    }

    #[test]
    fn the_last_starts_of_a_day_are_kept() {
        let mut said = said(1000, 51, 1);
        let (now, reset_at) = (Instant::now(), said.reset_at);
        assert_eq!(said.take(0, now), Ok(()));
        let refused = Err(Wait::Budget {
            remaining: 50,
            until: reset_at,
        });
        assert_eq!(said.take(0, now + SPACING), refused);
        assert_eq!(said.take(0, reset_at), Ok(()));
        assert_eq!(said.remaining, 999);
    }
}
