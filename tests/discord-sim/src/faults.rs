//! Bad weather on demand.
//!
//! ```no_run
//! # use discord_sim::faults::{Fault, Faults};
//! # fn order(faults: &Faults) {
//! // The next two messages are written, but the bot never hears of it.
//! faults.order("POST /channels/*/messages", 2, Fault::CutAfter);
//! // From now on one edit in five fails before anything happened.
//! faults.sometimes("PATCH /channels/*/messages/*", 0.2, Fault::CutBefore);
//! # }
//! ```
//!
//! | weather | how it is ordered |
//! |---|---|
//! | an answer lost after the effect | [`Fault::CutAfter`], [`Fault::AnswerAfter`] |
//! | a slow peer | [`Fault::Delay`], [`Fault::DelayAnswer`] |
//! | a silent peer | the same, for longer than anybody waits; at the gateway [`Door::Silent`], [`Door::Speechless`] |
//! | no network | [`Fault::CutBefore`] for `* /**`, and [`Door::Refusing`] |
//! | a half-open socket: it stands, and nothing comes through | [`Trouble::mute`] with [`Trouble::deaf`] |
//! | missed acknowledgements | [`Trouble::no_acks`] |
//! | a cut, op 7, op 9 of both kinds | [`Hub::cut`], [`Hub::reconnect_all`], [`Hub::invalidate`] |
//! | every close code, and none | [`Hub::close`], [`Hub::close_without_code`] |
//! | the session is lost | [`Hub::forget_sessions`] |
//! | limits per route, per method and global, with headers and without | [`Fault::RateLimited`], [`Limits`] |
//! | bursts of 5xx | [`Fault::Answer`], so many times |
//! | events lost, doubled, last first | [`Hub::lose_next`], [`Hub::duplicate_next`], [`Hub::reorder_next`] |
//! | an event seconds after the answer to its request | [`Hub::delay_next`] |
//! | two versions of one message | [`World::tell_again`] |
//!
//! [`Door::Silent`]: crate::gateway::Door::Silent
//! [`Door::Speechless`]: crate::gateway::Door::Speechless
//! [`Door::Refusing`]: crate::gateway::Door::Refusing
//! [`Trouble::mute`]: crate::gateway::Trouble::mute
//! [`Trouble::deaf`]: crate::gateway::Trouble::deaf
//! [`Trouble::no_acks`]: crate::gateway::Trouble::no_acks
//! [`Hub::cut`]: crate::gateway::Hub::cut
//! [`Hub::reconnect_all`]: crate::gateway::Hub::reconnect_all
//! [`Hub::invalidate`]: crate::gateway::Hub::invalidate
//! [`Hub::close`]: crate::gateway::Hub::close
//! [`Hub::close_without_code`]: crate::gateway::Hub::close_without_code
//! [`Hub::forget_sessions`]: crate::gateway::Hub::forget_sessions
//! [`Hub::lose_next`]: crate::gateway::Hub::lose_next
//! [`Hub::duplicate_next`]: crate::gateway::Hub::duplicate_next
//! [`Hub::reorder_next`]: crate::gateway::Hub::reorder_next
//! [`Hub::delay_next`]: crate::gateway::Hub::delay_next
//! [`Limits`]: crate::rest::Limits
//! [`World::tell_again`]: crate::world::World::tell_again

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use serde_json::{Value, json};

/// What shall go wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This answer instead of any effect.
    Answer { status: u16, body: Value },
    /// This answer although the request had its effect.
    AnswerAfter { status: u16, body: Value },
    /// 429 instead of any effect.
    RateLimited(TooMany),
    /// The request waits so long (real time), then goes on as usual.
    Delay(Duration),
    /// The request has its effect at once, its answer comes so much later (real time).
    DelayAnswer(Duration),
    /// The connection is cut before the request has any effect.
    CutBefore,
    /// The connection is cut after the effect: the answer is lost.
    CutAfter,
}

/// How a 429 looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooMany {
    /// Seconds.
    pub retry_after: f64,
    pub scope: Scope,
    /// Discord's headers are optional, and Cloudflare's 429 has none but `Retry-After`.
    pub headers: bool,
}

/// What a 429 is about (`X-RateLimit-Scope`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    User,
    Global,
    Shared,
}

/// The faults ordered.
#[derive(Default)]
pub struct Faults {
    ordered: Mutex<Vec<Ordered>>,
    /// What decides about the faults that happen sometimes.
    chance: Mutex<fastrand::Rng>,
}

struct Ordered {
    method: Option<String>,
    pattern: Vec<String>,
    fault: Fault,
    times: Times,
}

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Times {
    /// The next so many requests.
    Next(usize),
    /// To this share of the requests.
    Share(f64),
}

/// What a fault sees of a request.
pub struct Request<'a> {
    pub method: &'a Method,
    /// Without host and query, such as `/api/v10/channels/1/messages`.
    pub path: &'a str,
    pub body: &'a Bytes,
}

/// What shall become of a request or its answer.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Nothing special.
    Pass,
    /// This answer instead.
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    /// The connection ends without an answer.
    Cut,
}

impl Faults {
    /// The next `times` requests that match have this fault.
    ///
    /// `requests` is a method (or `*`) and a path below `/api/v10`, in which `*` stands for one
    /// segment and a last `**` for any rest: `PATCH /channels/*`, `* /**`. Of several faults for
    /// one request the one ordered first counts.
    pub fn order(&self, requests: &str, times: usize, fault: Fault) {
        self.add(requests, Times::Next(times), fault);
    }

    /// Until [`Self::clear`] this share of the requests that match have this fault, by chance.
    pub fn sometimes(&self, requests: &str, share: f64, fault: Fault) {
        self.add(requests, Times::Share(share), fault);
    }

    /// Makes chance repeat itself.
    pub fn seed(&self, seed: u64) {
        *self.chance() = fastrand::Rng::with_seed(seed);
    }

    fn add(&self, requests: &str, times: Times, fault: Fault) {
        let (method, path) = requests.split_once(' ').unwrap_or(("*", requests));
        self.lock().push(Ordered {
            method: (method != "*").then(|| method.to_owned()),
            pattern: path.split('/').map(str::to_owned).collect(),
            fault,
            times,
        });
    }

    /// Takes back every fault that did not happen yet, and says how many there were.
    pub fn clear(&self) -> usize {
        let left = |ordered: Ordered| match ordered.times {
            Times::Next(times) => times,
            Times::Share(_) => 0,
        };
        self.lock().drain(..).map(left).sum()
    }

    /// Before the request has any effect. May wait.
    pub async fn before(&self, request: &Request<'_>) -> Verdict {
        let fault = self.take(request, |fault| {
            !matches!(
                fault,
                Fault::AnswerAfter { .. } | Fault::DelayAnswer(_) | Fault::CutAfter
            )
        });
        verdict(fault).await
    }

    /// After its effect, before the answer is sent. May wait. A request that failed anyway keeps
    /// its answer: a fault is for what would have gone well.
    pub async fn after(&self, request: &Request<'_>, status: u16) -> Verdict {
        if status >= 400 {
            return Verdict::Pass;
        }
        let fault = self.take(request, |fault| {
            matches!(
                fault,
                Fault::AnswerAfter { .. } | Fault::DelayAnswer(_) | Fault::CutAfter
            )
        });
        verdict(fault).await
    }

    fn take(&self, request: &Request<'_>, now: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut ordered = self.lock();
        let mut chance = self.chance();
        // The first that matches decides, also when its turn is later: one fault per request. One
        // that happens sometimes decides only when it does.
        let index = ordered.iter().position(|entry| {
            entry.matches(request)
                && match entry.times {
                    Times::Next(_) => true,
                    Times::Share(share) => now(&entry.fault) && chance.f64() < share,
                }
        })?;
        let entry = ordered.get_mut(index).filter(|entry| now(&entry.fault))?;
        let fault = entry.fault.clone();
        if let Times::Next(left) = &mut entry.times {
            *left = left.saturating_sub(1);
            if *left == 0 {
                ordered.remove(index);
            }
        }
        Some(fault)
    }

    fn chance(&self) -> MutexGuard<'_, fastrand::Rng> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ordered>> {
        self.ordered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ordered {
    fn matches(&self, request: &Request<'_>) -> bool {
        let method = self
            .method
            .as_ref()
            .is_none_or(|method| method == request.method.as_str());
        let path = request
            .path
            .strip_prefix("/api/v10")
            .unwrap_or(request.path);
        let mut asked = path.split('/');
        let fits = self.pattern.iter().all(|part| match part.as_str() {
            "**" => {
                asked.by_ref().for_each(drop);
                true
            }
            "*" => asked.next().is_some_and(|segment| !segment.is_empty()),
            literal => asked.next() == Some(literal),
        });
        method && fits && asked.next().is_none()
    }
}

async fn verdict(fault: Option<Fault>) -> Verdict {
    match fault {
        None => Verdict::Pass,
        Some(Fault::Delay(length) | Fault::DelayAnswer(length)) => {
            // Nothing is waited for: this is the fault.
            tokio::time::sleep(length).await;
            Verdict::Pass
        }
        Some(Fault::CutBefore | Fault::CutAfter) => Verdict::Cut,
        Some(Fault::Answer { status, body } | Fault::AnswerAfter { status, body }) => {
            Verdict::Answer {
                status,
                headers: vec![json_content()],
                body: body.to_string().into(),
            }
        }
        Some(Fault::RateLimited(too_many)) => too_many.answer(),
    }
}

impl TooMany {
    /// Headers and body as Discord's reference shows them (topics/rate-limits).
    fn answer(self) -> Verdict {
        let global = self.scope == Scope::Global;
        let mut headers = vec![json_content()];
        if self.headers {
            let scope = match self.scope {
                Scope::User => "user",
                Scope::Global => "global",
                Scope::Shared => "shared",
            };
            headers.push(("retry-after".into(), self.retry_after.ceil().to_string()));
            headers.push(("x-ratelimit-scope".into(), scope.into()));
            if global {
                headers.push(("x-ratelimit-global".into(), "true".into()));
            } else {
                headers.extend([
                    ("x-ratelimit-limit".into(), "5".into()),
                    ("x-ratelimit-remaining".into(), "0".into()),
                    (
                        "x-ratelimit-reset-after".into(),
                        format!("{:.3}", self.retry_after),
                    ),
                    ("x-ratelimit-bucket".into(), "ordered-by-a-test".into()),
                ]);
            }
        }
        let body = json!({
            "message": "You are being rate limited.",
            "retry_after": self.retry_after,
            "global": global,
            "code": 0,
        });
        Verdict::Answer {
            status: 429,
            headers,
            body: body.to_string().into(),
        }
    }
}

fn json_content() -> (String, String) {
    ("content-type".to_owned(), "application/json".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(faults: &Faults, method: Method, path: &str) -> (Verdict, Verdict) {
        let body = Bytes::new();
        let request = Request {
            method: &method,
            path,
            body: &body,
        };
        let before = faults.before(&request).await;
        (before, faults.after(&request, 200).await)
    }

    #[tokio::test]
    async fn a_fault_hits_what_it_was_ordered_for_and_so_often() {
        let faults = Faults::default();
        faults.order("POST /channels/*/messages", 2, Fault::CutAfter);
        let path = "/api/v10/channels/1/messages";
        let none = (Verdict::Pass, Verdict::Pass);
        assert_eq!(pass(&faults, Method::GET, path).await, none);
        let longer = "/api/v10/channels/1/messages/2";
        assert_eq!(pass(&faults, Method::POST, longer).await, none);
        let lost = (Verdict::Pass, Verdict::Cut);
        assert_eq!(pass(&faults, Method::POST, path).await, lost);
        assert_eq!(pass(&faults, Method::POST, path).await, lost);
        assert_eq!(pass(&faults, Method::POST, path).await, none);
    }

    #[tokio::test]
    async fn any_method_any_rest() {
        let faults = Faults::default();
        let fault = Fault::Answer {
            status: 503,
            body: json!({"message": "no", "code": 0}),
        };
        faults.order("* /guilds/**", 5, fault);
        let (before, _) = pass(&faults, Method::PUT, "/api/v10/guilds/1/members/2").await;
        assert!(matches!(before, Verdict::Answer { status: 503, .. }));
        assert_eq!(faults.clear(), 4);
        let (before, _) = pass(&faults, Method::PUT, "/api/v10/guilds/1").await;
        assert_eq!(before, Verdict::Pass);
    }

    #[tokio::test]
    async fn what_happens_sometimes_happens_that_often_and_repeats_with_its_seed() {
        let tried = async || {
            let faults = Faults::default();
            faults.seed(7);
            faults.sometimes("POST /channels/*/messages", 0.3, Fault::CutAfter);
            let mut cut = Vec::new();
            for _ in 0..1000 {
                let (before, after) =
                    pass(&faults, Method::POST, "/api/v10/channels/1/messages").await;
                assert_eq!(before, Verdict::Pass);
                cut.push(after == Verdict::Cut);
            }
            assert_eq!(faults.clear(), 0);
            cut
        };
        let cut = tried().await;
        let share = cut.iter().filter(|cut| **cut).count();
        assert!((250..350).contains(&share), "{share}");
        assert_eq!(cut, tried().await);
    }

    #[tokio::test]
    async fn a_429_comes_with_or_without_headers() {
        let faults = Faults::default();
        for headers in [true, false] {
            let too_many = TooMany {
                retry_after: 1.5,
                scope: Scope::Shared,
                headers,
            };
            faults.order("PATCH /channels/*", 1, Fault::RateLimited(too_many));
        }
        for expected in [true, false] {
            let (before, _) = pass(&faults, Method::PATCH, "/api/v10/channels/5").await;
            let Verdict::Answer {
                status: 429,
                headers,
                body,
            } = before
            else {
                panic!("{before:?}");
            };
            let retry = headers.iter().find(|(name, _)| name == "retry-after");
            assert_eq!(
                retry.map(|(_, value)| value.as_str()),
                expected.then_some("2")
            );
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["retry_after"], 1.5);
        }
    }
}
