//! The simulation as a whole: what is started, locked and asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::faults::{Fault, Faults};
use crate::hooks::Hooks;
use crate::limits::{Limiter, Limits};
use crate::rest;
use crate::world::World;

/// Where the time comes from.
pub(crate) type Now = Box<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How to start a simulation.
pub struct Options {
    /// Where the time comes from.
    pub now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Rate limits in force.
    pub limits: Limits,
    /// How far search is behind.
    pub search_lag: TimeDelta,
    /// Whether issues are to be read on the page of this simulation (feature `page`) and not on
    /// github.com.
    pub own_page: bool,
}

impl Options {
    /// Any free port of 127.0.0.1, GitHub's usual limits, a search that is half a minute behind.
    pub fn new(now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Self {
        Self {
            now,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            limits: Limits::default(),
            search_lag: TimeDelta::seconds(30),
            own_page: false,
        }
    }
}

/// Something that a test must not pass over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whose mistake it is or where it was seen.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

/// A running simulation. Clones share it; the server stops when the last clone is gone.
#[derive(Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
    /// Ends the server with the last clone that a test holds; the server's own clone lacks it.
    _ends: Option<Arc<DropGuard>>,
}

struct Shared {
    world: Mutex<World>,
    limiter: Mutex<Limiter>,
    faults: Faults,
    hooks: Hooks,
    findings: Mutex<Vec<Finding>>,
    requests: Mutex<Vec<String>>,
    address: SocketAddr,
    tasks: TaskTracker,
    /// Counts whatever can change what the page shows.
    changed: watch::Sender<u64>,
    /// What the page says and leads to beside GitHub's own, handed in by whoever runs it.
    notes: Mutex<Notes>,
}

/// What the host of the page hands in.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Shown where there is no issue yet: how to come to one.
    pub hint: String,
    /// Another page of the host: its name and address.
    pub link: Option<(String, String)>,
    /// Links to addresses that begin with the first lead to the second.
    pub instead: Option<(String, String)>,
}

#[cfg(feature = "page")]
impl Notes {
    /// HTML, its links leading where the host wants them to.
    pub(crate) fn leads(&self, html: &str) -> String {
        let Some((from, to)) = &self.instead else {
            return html.to_owned();
        };
        let href = |url: &str| format!("href=\"{url}");
        html.replace(&href(from), &href(to))
    }
}

impl GitHub {
    /// Starts it; it serves when this returns.
    ///
    /// # Errors
    /// When the address is taken or is not of this machine alone.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        anyhow::ensure!(
            options.listen.ip().is_loopback(),
            "the simulated GitHub is for this machine only, not for {}",
            options.listen
        );
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let web = if options.own_page {
            format!("http://{address}")
        } else {
            "https://github.com".to_owned()
        };
        let inner = Self {
            shared: Arc::new(Shared {
                world: Mutex::new(World::new(options.now, options.search_lag, web)),
                limiter: Mutex::new(Limiter::new(options.limits)),
                faults: Faults::default(),
                hooks: Hooks::default(),
                findings: Mutex::default(),
                requests: Mutex::default(),
                address,
                tasks: TaskTracker::new(),
                changed: watch::Sender::new(0),
                notes: Mutex::default(),
            }),
            _ends: None,
        };
        rest::serve(&inner, listener, stop.clone());
        Ok(Self {
            _ends: Some(Arc::new(stop.drop_guard())),
            ..inner
        })
    }

    /// The address clients are given instead of `https://api.github.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Changes the world; the events this causes are on their way when it returns.
    pub fn act<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let answer = act(&mut world);
        let events = std::mem::take(&mut world.outgoing);
        drop(world);
        for event in events {
            self.check_event(&event);
            self.shared.hooks.send(self, event);
        }
        self.note_change();
        answer
    }

    /// From now on every request meets this fault; `None`: the outage is over.
    pub fn goes_down(&self, with: Option<Fault>) {
        self.shared.faults.set_outage(with);
        self.note_change();
    }

    /// What the page says and leads to beside GitHub's own.
    pub fn hands_in(&self, notes: Notes) {
        *lock(&self.shared.notes) = notes;
        self.note_change();
    }

    fn note_change(&self) {
        self.shared.changed.send_modify(|count| *count += 1);
    }

    /// Looks at the world.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world())
    }

    /// What shall go wrong.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Who is told of events.
    pub fn hooks(&self) -> &Hooks {
        &self.shared.hooks
    }

    /// Every request so far, as `POST /repos/acme/widgets/issues`, the oldest first.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    /// What a test must not pass over.
    pub fn findings(&self) -> Vec<Finding> {
        lock(&self.shared.findings).clone()
    }

    pub(crate) fn report(&self, at: String, what: String) {
        tracing::warn!(at, what, "a finding of the simulated GitHub");
        lock(&self.shared.findings).push(Finding { at, what });
    }

    pub(crate) fn note_request(&self, line: String) {
        lock(&self.shared.requests).push(line);
    }

    #[cfg(feature = "page")]
    pub(crate) fn notes(&self) -> Notes {
        lock(&self.shared.notes).clone()
    }

    #[cfg(feature = "page")]
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    #[cfg(feature = "page")]
    pub(crate) fn address(&self) -> SocketAddr {
        self.shared.address
    }

    pub(crate) fn limiter(&self) -> MutexGuard<'_, Limiter> {
        lock(&self.shared.limiter)
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.shared.tasks
    }

    /// A clone that does not keep the server alive.
    pub(crate) fn servant(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            _ends: None,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
