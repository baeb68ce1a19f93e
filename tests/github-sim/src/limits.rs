//! Rate limits. Source: GitHub's docs, "Rate limits for the REST API".

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How many requests are answered.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Per token and hour.
    pub per_hour: u32,
    /// Searches per token and minute.
    pub searches_per_minute: u32,
    /// Issues and comments made per minute: the secondary limit.
    pub made_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_hour: 5_000,
            searches_per_minute: 30,
            made_per_minute: 80,
        }
    }
}

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    Core,
    Search,
}

impl Resource {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
        }
    }

    fn window(self) -> TimeDelta {
        match self {
            Self::Core => TimeDelta::hours(1),
            Self::Search => TimeDelta::minutes(1),
        }
    }
}

/// How a window stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    pub(crate) reset_at: DateTime<Utc>,
}

impl Standing {
    pub(crate) fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// Whether a request is answered.
pub(crate) enum Ruling {
    Pass,
    /// The hour's or the minute's requests are used up.
    Primary,
    /// Too much was made too fast: wait so many seconds.
    Secondary(i64),
}

pub(crate) struct Limiter {
    limits: Limits,
    windows: HashMap<(String, Resource), Standing>,
    made: Vec<DateTime<Utc>>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            windows: HashMap::new(),
            made: Vec::new(),
        }
    }

    /// How a caller's window stands, without counting anything.
    pub(crate) fn standing(
        &mut self,
        caller: &str,
        resource: Resource,
        now: DateTime<Utc>,
    ) -> Standing {
        let limit = match resource {
            Resource::Core => self.limits.per_hour,
            Resource::Search => self.limits.searches_per_minute,
        };
        let fresh = Standing {
            limit,
            used: 0,
            reset_at: now + resource.window(),
        };
        let window = self
            .windows
            .entry((caller.to_owned(), resource))
            .or_insert(fresh);
        if window.reset_at <= now {
            *window = fresh;
        }
        *window
    }

    /// Counts a request.
    pub(crate) fn count(
        &mut self,
        caller: &str,
        resource: Resource,
        makes: bool,
        now: DateTime<Utc>,
    ) -> Ruling {
        if self.standing(caller, resource, now).remaining() == 0 {
            return Ruling::Primary;
        }
        if makes {
            let minute = TimeDelta::minutes(1);
            self.made.retain(|at| now - *at < minute);
            let made = u32::try_from(self.made.len()).unwrap_or(u32::MAX);
            if made >= self.limits.made_per_minute {
                let oldest = self.made.iter().min().copied().unwrap_or(now);
                return Ruling::Secondary((oldest + minute - now).num_seconds().max(1));
            }
            self.made.push(now);
        }
        if let Some(window) = self.windows.get_mut(&(caller.to_owned(), resource)) {
            window.used += 1;
        }
        Ruling::Pass
    }

    /// Takes a request back that turned out to be free.
    pub(crate) fn uncount(&mut self, caller: &str, resource: Resource) {
        if let Some(window) = self.windows.get_mut(&(caller.to_owned(), resource)) {
            window.used = window.used.saturating_sub(1);
        }
    }
}
