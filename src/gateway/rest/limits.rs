//! Discord's rate limits: who may send now, and what an answer taught.
//!
//! Buckets are kept by twilight-http-ratelimiting. It does not know what is added here: at most 50
//! requests in any one second, a global 429 stops everything of ours, a 429 without headers closes
//! its route for as long as its body says, a `shared` limit is obeyed, and waiting ends at a
//! deadline. Instants are the process's own (`tokio::time`): these limits are the network's, no
//! ticket's clock runs by them.
//!
//! The limiter's own task runs on a thread of its own. Leaves are given back in destructors, some
//! of them run while the runtime of the requests is torn down, and the limiter's task must outlive
//! them: a permit that finds it gone panics.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{io, thread};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};
use twilight_http_ratelimiting::{Endpoint, Permit, RateLimitHeaders, RateLimiter};

use super::Answer;
use super::lane::Lane;
use super::pace::Pace;

/// The longest limit believed. Discord's longest are daily; more is a mistake, and the timers
/// below cannot hold everything a float can say.
const LONGEST: Duration = Duration::from_hours(24);

/// How many requests a bot may send in a second. Source: Discord's "Rate limits", "Global rate
/// limit".
const GLOBAL: u32 = 50;

/// How long to wait after a 429 that does not say for how long.
const UNSAID: Duration = Duration::from_secs(5);

/// The limits in force.
#[derive(Debug)]
pub(super) struct Limits {
    buckets: RateLimiter,
    keeper: Arc<Keeper>,
    pace: Pace,
    closed: Mutex<Closed>,
}

/// Keeps the limiter's task alive until the limits and every leave are gone.
#[derive(Debug)]
struct Keeper {
    _ends_with_this: oneshot::Sender<Infallible>,
}

#[derive(Debug, Default)]
struct Closed {
    /// After a global 429.
    everything: Option<Instant>,
    /// After a 429 of a route. Only entries that still matter are kept.
    routes: HashMap<Endpoint, Instant>,
}

/// Leave to send one request. Dropping it unsent gives it back; once [`Self::sent`] was called it
/// counts, whatever becomes of the request.
#[derive(Debug)]
pub(super) struct Leave {
    permit: Option<Permit>,
    sent: bool,
    // Behind the permit: fields are dropped in order.
    _keeper: Arc<Keeper>,
}

/// What a 429 says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) retry_after: Duration,
    pub(super) global: bool,
    /// The limit is shared with others: it is nobody's fault, and does not count as one.
    pub(super) shared: bool,
}

impl Limits {
    /// Starts with nothing learned.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let buckets = {
            let _spawns_here = runtime.enter();
            RateLimiter::default()
        };
        let (ends_with_this, ended) = oneshot::channel::<Infallible>();
        thread::Builder::new()
            .name("rate limits".to_owned())
            .spawn(move || drop(runtime.block_on(ended)))?;
        Ok(Self {
            buckets,
            keeper: Arc::new(Keeper {
                _ends_with_this: ends_with_this,
            }),
            pace: Pace::new(GLOBAL),
            closed: Mutex::default(),
        })
    }

    /// Waits until a request may be sent, at most until `deadline`.
    ///
    /// # Errors
    /// How long it would still have to wait, known to end after `deadline`.
    pub(super) async fn admit(&self, lane: &Lane, deadline: Instant) -> Result<Leave, Duration> {
        loop {
            self.wait_while_closed(lane, deadline).await?;
            let permit = match lane {
                Lane::Route(endpoint) => Some(self.acquire(endpoint, deadline).await?),
                Lane::Callback | Lane::Unlimited => None,
            };
            let leave = Leave {
                permit,
                sent: false,
                _keeper: Arc::clone(&self.keeper),
            };
            if lane.is_global() {
                self.pace.turn(deadline).await?;
            }
            // Another request may have met a limit while this one queued. Waiting with the leave
            // in hand would let everybody go at once afterwards, so it is given back.
            if self.closed_until(lane).is_none() {
                return Ok(leave);
            }
        }
    }

    async fn wait_while_closed(&self, lane: &Lane, deadline: Instant) -> Result<(), Duration> {
        while let Some(until) = self.closed_until(lane) {
            if until > deadline {
                return Err(until - Instant::now());
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    async fn acquire(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Permit, Duration> {
        // The limiter answers "would you still want it?" before it queues.
        let too_late = Arc::new(OnceLock::new());
        let found = Arc::clone(&too_late);
        let wanted = self.buckets.acquire_if(endpoint.clone(), move |bucket| {
            let late = bucket
                .filter(|b| b.remaining == 0 && Instant::from_std(b.reset_at) > deadline)
                .map(|b| b.reset_at);
            late.is_none_or(|at| found.set(at).is_err())
        });
        match timeout_at(deadline, wanted).await {
            Ok(Some(permit)) => Ok(permit),
            Ok(None) => Err(too_late.get().map_or(UNSAID, |&at| {
                Instant::from_std(at).saturating_duration_since(Instant::now())
            })),
            // In the queue behind others; when its turn comes is unknown.
            Err(_) => Err(Duration::from_secs(1)),
        }
    }

    fn closed_until(&self, lane: &Lane) -> Option<Instant> {
        let now = Instant::now();
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let global = closed.everything.filter(|_| lane.is_global());
        let route = match lane {
            Lane::Route(endpoint) => closed.routes.get(endpoint).copied(),
            Lane::Callback | Lane::Unlimited => None,
        };
        global.max(route).filter(|&until| until > now)
    }

    /// How many routes are remembered to be closed.
    pub(super) fn closed_routes(&self) -> usize {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.routes.len()
    }

    /// Learns from a 429.
    pub(super) fn refused(&self, leave: Leave, lane: &Lane, answer: &Answer, refusal: Refusal) {
        let now = Instant::now();
        let until = now + refusal.retry_after;
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if refusal.global {
            closed.everything = closed.everything.max(Some(until));
        } else if let Lane::Route(endpoint) = lane {
            closed.routes.retain(|_, &mut until| until > now);
            closed.routes.insert(endpoint.clone(), until);
        }
        drop(closed);
        // A global refusal says nothing about the bucket. Any other has emptied it, whatever
        // `Remaining` says, and for as long as `retry_after` says.
        let headers = bucket(&answer.headers)
            .filter(|_| !refusal.global)
            .map(|b| RateLimitHeaders {
                bucket: b.to_vec(),
                limit: 0,
                remaining: 0,
                reset_at: until.into_std(),
            });
        leave.complete(headers);
    }

    /// Learns from any other answer.
    pub(super) fn answered(leave: Leave, answer: &Answer) {
        leave.complete(counted(&answer.headers));
    }
}

impl Leave {
    /// From here on the request counts.
    pub(super) fn sent(&mut self) {
        self.sent = true;
    }

    fn complete(mut self, headers: Option<RateLimitHeaders>) {
        if let Some(permit) = self.permit.take() {
            permit.complete(headers);
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        // A dropped permit counts as never used. Discord has seen this one.
        if self.sent
            && let Some(permit) = self.permit.take()
        {
            permit.complete(None);
        }
    }
}

impl Refusal {
    /// Reads a 429: `retry_after` of the body, else the header, else a guess.
    pub(super) fn read(answer: &Answer) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Said {
            retry_after: Option<f64>,
            global: bool,
        }
        let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
        // A 429 that is not JSON is not Discord's but that of the shield in front of it, and
        // means the whole address.
        let global = said.as_ref().is_none_or(|s| s.global)
            || text(&answer.headers, "x-ratelimit-global")
                .is_some_and(|v| v.eq_ignore_ascii_case("true"))
            || text(&answer.headers, RateLimitHeaders::SCOPE) == Some("global");
        let seconds = said
            .and_then(|s| s.retry_after)
            .or_else(|| text(&answer.headers, RETRY_AFTER.as_str())?.parse().ok());
        Self {
            retry_after: seconds.map_or(UNSAID, duration),
            global,
            shared: text(&answer.headers, RateLimitHeaders::SCOPE) == Some("shared"),
        }
    }
}

/// The four headers of a counted answer; all of them or nothing.
fn counted(headers: &HeaderMap) -> Option<RateLimitHeaders> {
    let number = |name| text(headers, name)?.parse::<u16>().ok();
    Some(RateLimitHeaders {
        bucket: bucket(headers)?.to_vec(),
        limit: number(RateLimitHeaders::LIMIT)?,
        remaining: number(RateLimitHeaders::REMAINING)?,
        reset_at: (Instant::now()
            + duration(text(headers, RateLimitHeaders::RESET_AFTER)?.parse().ok()?))
        .into_std(),
    })
}

fn bucket(headers: &HeaderMap) -> Option<&[u8]> {
    headers
        .get(RateLimitHeaders::BUCKET)
        .map(reqwest::header::HeaderValue::as_bytes)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Seconds, as a server says them: nothing it can write is out of range.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).map_or(LONGEST, |d| d.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::rest::Path;

    #[test]
    fn a_leave_may_outlive_the_runtime_and_the_limits() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let limits = Limits::new().unwrap();
        let lane = Lane::of(&reqwest::Method::GET, &Path::root("gateway"));
        let deadline = Instant::now() + Duration::from_secs(5);
        let mut leave = runtime.block_on(limits.admit(&lane, deadline)).unwrap();
        leave.sent();
        drop((runtime, limits));
        assert!(leave.permit.is_some());
        // A permit whose limiter is gone would panic here.
        drop(leave);
    }

    fn answer(headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
        Answer {
            status: reqwest::StatusCode::TOO_MANY_REQUESTS,
            headers: headers.collect(),
            body: body.into(),
        }
    }

    #[test]
    fn every_way_to_say_no() {
        let cases = [
            (answer(&[], r#"{"retry_after":0.5}"#), 500, false, false),
            (
                answer(&[("retry-after", "3")], r#"{"message":"x"}"#),
                3_000,
                false,
                false,
            ),
            (
                answer(
                    &[("retry-after", "9")],
                    r#"{"retry_after":0.25,"global":true}"#,
                ),
                250,
                true,
                false,
            ),
            (
                answer(&[("x-ratelimit-scope", "global")], r#"{"retry_after":1}"#),
                1_000,
                true,
                false,
            ),
            (
                answer(&[("x-ratelimit-global", "true")], r#"{"retry_after":1}"#),
                1_000,
                true,
                false,
            ),
            (
                answer(
                    &[("x-ratelimit-scope", "shared")],
                    r#"{"retry_after":61.5}"#,
                ),
                61_500,
                false,
                true,
            ),
            (
                answer(&[("retry-after", "600")], "<html>"),
                600_000,
                true,
                false,
            ),
            (answer(&[], "{}"), 5_000, false, false),
            (answer(&[], r#"{"retry_after":-4}"#), 0, false, false),
            (
                answer(&[], r#"{"retry_after":1e300}"#),
                86_400_000,
                false,
                false,
            ),
        ];
        for (answer, millis, global, shared) in cases {
            let refusal = Refusal::read(&answer);
            let got = (
                refusal.retry_after.as_millis(),
                refusal.global,
                refusal.shared,
            );
            assert_eq!(got, (millis, global, shared), "{:?}", answer.body);
        }
    }
}
