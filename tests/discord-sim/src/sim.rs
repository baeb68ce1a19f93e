//! The simulation as a whole: what is started, locked and asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::clock::{Now, SimClock};
use crate::faults::Faults;
use crate::gateway::{self, Hub};
use crate::interactions::{self, Interactions};
use crate::rest::{self, Limits, RateLimiter};
use crate::world::{ApiError, World};

/// How to start a simulation.
pub struct SimOptions {
    /// Where the time comes from.
    pub now: Now,
    /// Where REST listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Rate limits in force.
    pub limits: Limits,
}

impl SimOptions {
    /// Any free port of 127.0.0.1, Discord's usual limits.
    pub fn new(now: Now) -> Self {
        Self {
            now,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            limits: Limits::default(),
        }
    }
}

/// Something that a test must not pass over: a request or an answer that Discord's schemas
/// refuse, a route that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whose mistake it is or where it was seen, such as `POST /channels/{id}/messages`.
    pub at: String,
    pub what: String,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    /// The method, and the path below `/api/v10`: `GET /guilds/1/channels`.
    pub what: String,
}

/// A running simulation. Clones share it; the servers stop when the last clone is gone or after
/// [`Sim::stop`].
#[derive(Clone)]
pub struct Sim {
    shared: Arc<Shared>,
    /// Ends the servers with the last clone that a test holds; the servers' own clones lack it.
    _ends: Option<Arc<DropGuard>>,
}

struct Shared {
    clock: Arc<SimClock>,
    world: Mutex<World>,
    hub: Hub,
    interactions: Interactions,
    faults: Faults,
    limiter: RateLimiter,
    findings: Mutex<Vec<Finding>>,
    requests: Mutex<VecDeque<Asked>>,
    /// How many requests are not answered yet.
    under_way: watch::Sender<usize>,
    unknown_routes: Mutex<Vec<String>>,
    identifies: Mutex<IdentifyCount>,
    address: SocketAddr,
    gateway_url: OnceLock<String>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How often sessions were opened since the count began; Discord allows 1000 in 24 hours.
#[derive(Clone, Copy, Debug)]
struct IdentifyCount {
    used: u32,
    since: DateTime<Utc>,
}

/// What is left of the sessions that may be opened (`session_start_limit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionStarts {
    pub total: u32,
    pub remaining: u32,
    /// Milliseconds.
    pub reset_after: i64,
}

/// How many requests are remembered for [`Sim::take_requests`].
const MOST_REQUESTS: usize = 100_000;

/// Session starts allowed per 24 hours.
const SESSION_STARTS: u32 = 1000;

impl Sim {
    /// Starts REST and gateway; they serve when this returns.
    pub async fn start(options: SimOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let clock = Arc::new(SimClock::new(options.now));
        let stop = CancellationToken::new();
        let since = clock.now();
        let address = listener.local_addr()?;
        let mut world = World::new(Arc::clone(&clock));
        world.files.host = format!("http://{address}");
        let shared = Shared {
            world: Mutex::new(world),
            hub: Hub::default(),
            interactions: Interactions::default(),
            faults: Faults::default(),
            limiter: RateLimiter::new(options.limits),
            findings: Mutex::default(),
            requests: Mutex::default(),
            under_way: watch::Sender::new(0),
            unknown_routes: Mutex::default(),
            identifies: Mutex::new(IdentifyCount { used: 0, since }),
            address,
            gateway_url: OnceLock::new(),
            stop: stop.clone(),
            tasks: TaskTracker::new(),
            clock,
        };
        let inner = Self {
            shared: Arc::new(shared),
            _ends: None,
        };
        let url = gateway::start(&inner).await?;
        inner
            .shared
            .gateway_url
            .set(url)
            .map_err(|_| anyhow::anyhow!("the gateway was started twice"))?;
        rest::serve(&inner, listener);
        Ok(Self {
            _ends: Some(Arc::new(stop.drop_guard())),
            ..inner
        })
    }

    /// The address clients are given instead of `https://discord.com`, without `/api`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The address of the gateway, `ws://…`.
    pub fn gateway_url(&self) -> &str {
        self.shared.gateway_url.get().map_or("", String::as_str)
    }

    pub fn clock(&self) -> &SimClock {
        &self.shared.clock
    }

    /// Changes the world, and hands the events this causes to the gateway before anybody else can
    /// change it.
    pub fn act<T>(
        &self,
        act: impl FnOnce(&mut World) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut world = self.world();
        // Time first: who writes in a thread that was due to be archived wakes it.
        world.pass_time();
        self.shared.hub.dispatch_late(&world);
        let answer = act(&mut world);
        // Also after a refusal: what it changed on the way (a quiet thread archived itself) is so.
        for dispatch in std::mem::take(&mut world.outgoing) {
            self.shared.hub.dispatch(&world, dispatch);
        }
        drop(world);
        self.shared.hub.note();
        answer
    }

    /// Looks at the world. Nothing else happens in it meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world())
    }

    /// Does what the passing of time does. To be called after the clock was turned.
    pub fn tick(&self) {
        let mut world = self.world();
        world.pass_time();
        self.shared.hub.dispatch_late(&world);
        for dispatch in std::mem::take(&mut world.outgoing) {
            self.shared.hub.dispatch(&world, dispatch);
        }
        drop(world);
        interactions::tick(self);
    }

    /// Sessions that may still be opened.
    pub fn session_starts(&self) -> SessionStarts {
        let mut count = lock(&self.shared.identifies);
        let passed = self.current_count(&mut count);
        SessionStarts {
            total: SESSION_STARTS,
            remaining: SESSION_STARTS.saturating_sub(count.used),
            reset_after: if count.used == 0 {
                0
            } else {
                (chrono::TimeDelta::days(1) - passed).num_milliseconds()
            },
        }
    }

    /// Counts an IDENTIFY. False: none was left.
    pub fn count_identify(&self) -> bool {
        let mut count = lock(&self.shared.identifies);
        self.current_count(&mut count);
        let allowed = count.used < SESSION_STARTS;
        count.used = count.used.saturating_add(1);
        allowed
    }

    /// Starts the count anew after a day; says how long it runs.
    fn current_count(&self, count: &mut IdentifyCount) -> chrono::TimeDelta {
        let now = self.shared.clock.now();
        if count.used == 0 || now - count.since >= chrono::TimeDelta::days(1) {
            *count = IdentifyCount {
                used: 0,
                since: now,
            };
        }
        now - count.since
    }

    pub fn hub(&self) -> &Hub {
        &self.shared.hub
    }

    pub fn interactions(&self) -> &Interactions {
        &self.shared.interactions
    }

    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    pub fn limiter(&self) -> &RateLimiter {
        &self.shared.limiter
    }

    /// Where the servers run. Every task must end soon after [`Sim::stopped`].
    pub fn tasks(&self) -> &TaskTracker {
        &self.shared.tasks
    }

    /// Cancelled when the simulation ends.
    pub fn stopped(&self) -> &CancellationToken {
        &self.shared.stop
    }

    /// A clone that does not keep the simulation running; for the servers' own tasks.
    #[must_use]
    pub fn servant(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            _ends: None,
        }
    }

    /// Ends the servers and waits for them.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Returns when every request that has arrived is answered.
    pub async fn until_idle(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        drop(
            self.shared
                .under_way
                .subscribe()
                .wait_for(|count| *count == 0)
                .await,
        );
    }

    /// A request is under way until what this gives is dropped.
    pub(crate) fn under_way(&self) -> impl Drop + use<> {
        let sim = self.servant();
        sim.shared.under_way.send_modify(|count| *count += 1);
        UnderWay(sim)
    }

    pub(crate) fn note_request(&self, what: String) {
        let at = Instant::now();
        let mut requests = lock(&self.shared.requests);
        if requests.len() == MOST_REQUESTS {
            requests.pop_front();
        }
        requests.push_back(Asked { at, what });
        drop(requests);
        // Whoever waits for it looks again.
        self.shared.under_way.send_modify(|_| {});
    }

    /// The requests that arrived since this was last asked (the last of very many), in order.
    pub fn take_requests(&self) -> Vec<Asked> {
        lock(&self.shared.requests).drain(..).collect()
    }

    /// Returns when a request like this has arrived, and takes all that did so far.
    pub async fn until_asked(&self, is_it: impl Fn(&str) -> bool) {
        let mut arrivals = self.shared.under_way.subscribe();
        while !self.take_requests().iter().any(|asked| is_it(&asked.what)) {
            // The sender lives in `self`, so waiting cannot fail.
            drop(arrivals.changed().await);
        }
    }

    /// Notes something a test must not pass over.
    pub fn report(&self, finding: Finding) {
        tracing::warn!(at = %finding.at, what = %finding.what, "finding");
        lock(&self.shared.findings).push(finding);
    }

    /// Everything noted so far.
    pub fn findings(&self) -> Vec<Finding> {
        lock(&self.shared.findings).clone()
    }

    /// Notes a request for a route that does not exist.
    pub fn report_unknown_route(&self, route: String) {
        self.report(Finding {
            at: route.clone(),
            what: "there is no such route".to_owned(),
        });
        lock(&self.shared.unknown_routes).push(route);
    }

    /// Requests for routes that do not exist, as `METHOD path`.
    pub fn unknown_routes(&self) -> Vec<String> {
        lock(&self.shared.unknown_routes).clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }
}

struct UnderWay(Sim);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.shared.under_way.send_modify(|count| *count -= 1);
    }
}

/// Locks even after a panic elsewhere: a failing test says its own reason, not that of the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
