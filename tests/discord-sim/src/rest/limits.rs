//! Rate limits: buckets, the global limit, the count of invalid requests.
//!
//! Discord does not publish the sizes of its buckets; those here are about what its headers show.
//! They run on wall time, as the clients' own waits do, not on the clock of the simulated world.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

/// So many requests in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub requests: u32,
    pub window: Duration,
}

impl Rule {
    pub const fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window }
    }
}

/// Which limits are in force.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Of one bot over all routes but those of interactions and webhooks. None: no limit.
    pub global: Option<Rule>,
    /// Per method and route template, such as `/channels/{channel}/messages`; each channel, guild
    /// and webhook has its own count.
    pub routes: Vec<(Method, &'static str, Rule)>,
    /// Of every other route. None: no limit, and no headers.
    pub other: Option<Rule>,
    /// Changes of the name or topic of one channel or thread.
    pub renames: Option<Rule>,
}

impl Limits {
    /// No limits at all.
    pub fn none() -> Self {
        Self {
            global: None,
            routes: Vec::new(),
            other: None,
            renames: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let five = Rule::new(5, seconds(5));
        Self {
            global: Some(Rule::new(50, seconds(1))),
            routes: vec![
                (Method::POST, "/channels/{channel}/messages", five),
                (
                    Method::PATCH,
                    "/channels/{channel}/messages/{message}",
                    five,
                ),
                (
                    Method::DELETE,
                    "/channels/{channel}/messages/{message}",
                    Rule::new(5, seconds(1)),
                ),
                (
                    Method::PUT,
                    "/channels/{channel}/messages/{message}/reactions/{emoji}/@me",
                    Rule::new(1, Duration::from_millis(250)),
                ),
                (Method::POST, "/webhooks/{application}/{token}", five),
            ],
            other: Some(Rule::new(10, seconds(1))),
            renames: Some(Rule::new(2, Duration::from_mins(10))),
        }
    }
}

/// Counts requests against [`Limits`].
pub struct RateLimiter {
    state: Mutex<State>,
}

struct State {
    limits: Limits,
    counts: HashMap<String, Count>,
    /// Instants of 401, 403 and 429 that were not `shared`.
    invalid: Vec<Instant>,
    refused: u64,
    /// By how much the clock of the limits was turned.
    turned: Duration,
}

#[derive(Clone, Copy)]
struct Count {
    used: u32,
    ends: Instant,
}

/// How the limits see a request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    /// The route's template below `/api/v10`.
    pub(super) template: &'a str,
    /// Below `/api/v10`.
    pub(super) path: &'a str,
    /// Who asks, for the global limit.
    pub(super) caller: Option<u64>,
    pub(super) renames: bool,
}

/// What the limits say to a request.
pub(super) struct Ruling {
    pub(super) headers: HeaderMap,
    /// The body of the 429, when it is refused.
    pub(super) refusal: Option<Value>,
}

/// Invalid requests are counted over this time; Discord blocks an address after 10,000.
const INVALID_WINDOW: Duration = Duration::from_mins(10);

impl RateLimiter {
    pub fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::new(State {
                limits,
                counts: HashMap::new(),
                invalid: Vec::new(),
                refused: 0,
                turned: Duration::ZERO,
            }),
        }
    }

    /// Sets other limits; all counts start anew.
    pub fn set(&self, limits: Limits) {
        let mut state = self.lock();
        state.limits = limits;
        state.counts.clear();
    }

    /// Turns the clock of the limits, which is otherwise the machine's: clients wait by theirs.
    pub fn passes(&self, time: Duration) {
        self.lock().turned += time;
    }

    /// Answers of 401, 403 and (but for shared limits) 429 in the last ten minutes.
    pub fn invalid_requests(&self) -> usize {
        let mut state = self.lock();
        let now = state.now();
        state
            .invalid
            .retain(|at| now.duration_since(*at) < INVALID_WINDOW);
        state.invalid.len()
    }

    /// Requests refused by a limit so far.
    pub fn refused_requests(&self) -> u64 {
        self.lock().refused
    }

    pub(super) fn note_answer(&self, status: StatusCode, shared: bool) {
        if matches!(status.as_u16(), 401 | 403 | 429) && !shared {
            let mut state = self.lock();
            let now = state.now();
            state.invalid.push(now);
        }
    }

    /// Counts a request.
    pub(super) fn ask(&self, asked: &Asked<'_>) -> Ruling {
        let mut state = self.lock();
        let now = state.now();
        let first = asked.path.split('/').nth(1).unwrap_or_default();
        let outside_global = matches!(first, "interactions" | "webhooks");
        if let (Some(rule), Some(caller), false) =
            (state.limits.global, asked.caller, outside_global)
        {
            let (count, allowed) = state.count(format!("global {caller}"), rule, now);
            if !allowed {
                state.refused += 1;
                return refused_globally(count, now);
            }
        }
        let bucket = bucket_name(asked.method, asked.template);
        if let (true, Some(rule)) = (asked.renames, state.limits.renames) {
            let (count, allowed) = state.count(format!("rename {}", asked.path), rule, now);
            if !allowed {
                state.refused += 1;
                let headers = bucket_headers(&bucket, rule, count, now);
                return refused(headers, count, now);
            }
        }
        let listed = state.limits.routes.iter();
        let rule = listed
            .filter(|(method, template, _)| {
                method == asked.method && is_same_route(template, asked.template)
            })
            .map(|(_, _, rule)| *rule)
            .next()
            .or(state.limits.other);
        // The callback of an interaction is never limited.
        let Some(rule) = rule.filter(|_| first != "interactions") else {
            return Ruling {
                headers: HeaderMap::new(),
                refusal: None,
            };
        };
        let key = format!("{bucket} {}", top_level_resource(asked.path));
        let (count, allowed) = state.count(key, rule, now);
        let headers = bucket_headers(&bucket, rule, count, now);
        if allowed {
            Ruling {
                headers,
                refusal: None,
            }
        } else {
            state.refused += 1;
            refused(headers, count, now)
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Instant {
        Instant::now() + self.turned
    }

    /// Counts one more, unless the window is full; false then.
    fn count(&mut self, key: String, rule: Rule, now: Instant) -> (Count, bool) {
        let fresh = Count {
            used: 0,
            ends: now + rule.window,
        };
        let count = self.counts.entry(key).or_insert(fresh);
        if count.ends <= now {
            *count = fresh;
        }
        let allowed = count.used < rule.requests;
        if allowed {
            count.used += 1;
        }
        (*count, allowed)
    }
}

/// Whether two templates are of one route, whatever they call their parameters.
fn is_same_route(one: &str, other: &str) -> bool {
    let parts = |template: &str| {
        let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
        template.split('/').map(part).collect::<Vec<String>>()
    };
    parts(one) == parts(other)
}

/// The count is kept per channel, guild, or webhook with its token.
fn top_level_resource(path: &str) -> String {
    let mut parts = path.split('/').skip(1);
    let (first, second) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    match first {
        "channels" | "guilds" => format!("{first}/{second}"),
        "webhooks" => format!("{first}/{second}/{}", parts.next().unwrap_or_default()),
        _ => String::new(),
    }
}

/// A name that says nothing, as Discord's.
fn bucket_name(method: &Method, template: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (method.as_str(), template).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn bucket_headers(bucket: &str, rule: Rule, count: Count, now: Instant) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let left = count.ends.saturating_duration_since(now);
    // The epoch of the answer is of wall time too.
    let epoch = std::time::UNIX_EPOCH.elapsed().unwrap_or_default() + left;
    for (name, value) in [
        ("x-ratelimit-limit", rule.requests.to_string()),
        (
            "x-ratelimit-remaining",
            rule.requests.saturating_sub(count.used).to_string(),
        ),
        ("x-ratelimit-reset", format!("{:.3}", epoch.as_secs_f64())),
        (
            "x-ratelimit-reset-after",
            format!("{:.3}", left.as_secs_f64()),
        ),
        ("x-ratelimit-bucket", bucket.to_owned()),
    ] {
        insert(&mut headers, name, &value);
    }
    headers
}

fn refused(mut headers: HeaderMap, count: Count, now: Instant) -> Ruling {
    insert(&mut headers, "x-ratelimit-scope", "user");
    refusal(headers, count, now, false)
}

fn refused_globally(count: Count, now: Instant) -> Ruling {
    let mut headers = HeaderMap::new();
    insert(&mut headers, "x-ratelimit-global", "true");
    insert(&mut headers, "x-ratelimit-scope", "global");
    refusal(headers, count, now, true)
}

fn refusal(mut headers: HeaderMap, count: Count, now: Instant, global: bool) -> Ruling {
    let left = count.ends.saturating_duration_since(now).as_secs_f64();
    insert(&mut headers, "retry-after", &format!("{:.0}", left.ceil()));
    Ruling {
        headers,
        refusal: Some(json!({
            "message": "You are being rate limited.",
            // Rounded up: who waits exactly this long is let through.
            "retry_after": (left * 1000.0).ceil() / 1000.0,
            "global": global,
            "code": 0,
        })),
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
