//! Discord's rate limits: who may send now, and what an answer taught.
//!
//! Buckets are kept by twilight-http-ratelimiting. It does not know what is added here: at most 50
//! requests in any one second, a global 429 stops everything of ours, one that means the address
//! everything, a 429 without headers closes its route for as long as its body says, a `shared` limit
//! is obeyed, refusals stay few ([`Guard`]), and waiting ends at a deadline. Instants are the process's own (`tokio::time`): these limits are the network's, no
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

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};
use twilight_http_ratelimiting::{Endpoint, Permit, RateLimitHeaders, RateLimiter};

use super::guard::{Asker, Guard, Place};
use super::lane::Lane;
use super::pace::Pace;
use super::refusal::{Reach, Refusal, UNSAID, duration, text};
use super::{Answer, RestError};

/// How many requests a bot may send in a second. Source: Discord's "Rate limits", "Global rate
/// limit".
const GLOBAL: u32 = 50;

/// The limits in force.
#[derive(Debug)]
pub(super) struct Limits {
    buckets: RateLimiter,
    keeper: Arc<Keeper>,
    pace: Pace,
    guard: Arc<Guard>,
    closed: Mutex<Closed>,
}

/// Keeps the limiter's task alive until the limits and every leave are gone.
#[derive(Debug)]
struct Keeper {
    _ends_with_this: oneshot::Sender<Infallible>,
}

#[derive(Debug, Default)]
struct Closed {
    /// After a 429 that means the address.
    everything: Option<Instant>,
    /// After a global 429.
    ours: Option<Instant>,
    /// After a 429 of a route. Only entries that still matter are kept.
    routes: HashMap<Endpoint, Instant>,
}

/// Leave to send one request. Dropping it unsent gives it back; once [`Self::sent`] was called it
/// counts, whatever becomes of the request.
#[derive(Debug)]
pub(super) struct Leave {
    permit: Option<Permit>,
    place: Place,
    sent: bool,
    // Behind the permit: fields are dropped in order.
    _keeper: Arc<Keeper>,
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
            // Seconds are counted by the pace. The limiter's own count forgets those who wait for
            // its next second when all permits of this one are given back unused.
            RateLimiter::new(u16::MAX)
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
            guard: Arc::default(),
            closed: Mutex::default(),
        })
    }

    /// Fails while so many were refused that nothing may be sent.
    pub(super) fn open(&self) -> Result<(), RestError> {
        self.guard.open()
    }

    /// Waits until a request of somebody with an `own` pace may be sent, at most until `deadline`.
    ///
    /// # Errors
    /// How long it would still have to wait, known to end after `deadline`.
    pub(super) async fn admit(
        &self,
        lane: &Lane,
        own: Option<&Pace>,
        deadline: Instant,
    ) -> Result<Leave, RestError> {
        let asker = if lane.is_global() {
            Asker::Bot
        } else {
            Asker::Person
        };
        loop {
            self.wait_while_closed(lane, deadline).await?;
            let permit = match lane {
                Lane::Route(endpoint) => Some(self.acquire(endpoint, deadline).await?),
                Lane::Callback | Lane::Unlimited => None,
            };
            if let Some(own) = own {
                own.turn(deadline).await.map_err(limited)?;
            }
            // Before the turn, which is to be the last wait: what waited longer behind it would
            // leave all at once.
            let leave = Leave {
                permit,
                place: self.guard.place(asker, deadline).await?,
                sent: false,
                _keeper: Arc::clone(&self.keeper),
            };
            if lane.is_global() {
                self.pace.turn(deadline).await.map_err(limited)?;
            }
            // Another request may have met a limit while this one queued. Waiting with the leave
            // in hand would let everybody go at once afterwards, so it is given back.
            if self.closed_until(lane).is_none() {
                return Ok(leave);
            }
        }
    }

    async fn wait_while_closed(&self, lane: &Lane, deadline: Instant) -> Result<(), RestError> {
        while let Some(until) = self.closed_until(lane) {
            if until > deadline {
                return Err(limited(until - Instant::now()));
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    async fn acquire(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Permit, RestError> {
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
            Ok(None) => Err(limited(too_late.get().map_or(UNSAID, |&at| {
                Instant::from_std(at).saturating_duration_since(Instant::now())
            }))),
            // In the queue behind others; when its turn comes is unknown.
            Err(_) => Err(limited(Duration::from_secs(1))),
        }
    }

    fn closed_until(&self, lane: &Lane) -> Option<Instant> {
        let now = Instant::now();
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = closed.ours.filter(|_| lane.is_global());
        let route = match lane {
            Lane::Route(endpoint) => closed.routes.get(endpoint).copied(),
            Lane::Callback | Lane::Unlimited => None,
        };
        closed
            .everything
            .max(ours)
            .max(route)
            .filter(|&until| until > now)
    }

    /// How many routes are remembered to be closed.
    pub(super) fn closed_routes(&self) -> usize {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.routes.len()
    }

    /// Learns from a 429.
    pub(super) fn refused(&self, mut leave: Leave, lane: &Lane, answer: &Answer, refusal: Refusal) {
        if refusal.reach != Reach::Shared {
            leave.place.refused();
        }
        let now = Instant::now();
        let until = now + refusal.retry_after;
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        match (refusal.reach, lane) {
            (Reach::Address, _) => closed.everything = closed.everything.max(Some(until)),
            (Reach::Bot, _) => closed.ours = closed.ours.max(Some(until)),
            (Reach::Route | Reach::Shared, Lane::Route(endpoint)) => {
                closed.routes.retain(|_, &mut until| until > now);
                closed.routes.insert(endpoint.clone(), until);
            }
            // A callback is given once; nothing else would wait for it.
            (Reach::Route | Reach::Shared, Lane::Callback | Lane::Unlimited) => {}
        }
        drop(closed);
        let wide = matches!(refusal.reach, Reach::Bot | Reach::Address);
        // A wide refusal says nothing about the bucket. Any other has emptied it, whatever
        // `Remaining` says, and for as long as `retry_after` says.
        let headers = bucket(&answer.headers)
            .filter(|_| !wide)
            .map(|b| RateLimitHeaders {
                bucket: b.to_vec(),
                limit: 0,
                remaining: 0,
                reset_at: until.into_std(),
            });
        leave.complete(headers);
    }

    /// Learns from any other answer.
    pub(super) fn answered(mut leave: Leave, answer: &Answer) {
        if matches!(
            answer.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ) {
            leave.place.refused();
        }
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

fn limited(retry_after: Duration) -> RestError {
    RestError::RateLimited { retry_after }
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
        let mut leave = runtime
            .block_on(limits.admit(&lane, None, deadline))
            .unwrap();
        leave.sent();
        drop((runtime, limits));
        assert!(leave.permit.is_some());
        // A permit whose limiter is gone would panic here.
        drop(leave);
    }
}
