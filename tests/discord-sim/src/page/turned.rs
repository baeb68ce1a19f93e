//! A clock to turn, for hosts that have none of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use super::TurnClock;
use crate::clock::Now;

/// Another clock, turned ahead; it runs on from there.
pub struct TurnedClock {
    source: Now,
    /// Milliseconds.
    ahead: AtomicI64,
}

impl TurnedClock {
    pub fn new(source: Now) -> Arc<Self> {
        Arc::new(Self {
            source,
            ahead: AtomicI64::new(0),
        })
    }

    /// The instant it is.
    pub fn now(&self) -> DateTime<Utc> {
        (self.source)() + TimeDelta::milliseconds(self.ahead.load(Ordering::Relaxed))
    }

    /// Turns it; an instant that is over changes nothing.
    pub fn turn_to(&self, to: DateTime<Utc>) {
        let missing = (to - self.now()).num_milliseconds().max(0);
        self.ahead.fetch_add(missing, Ordering::Relaxed);
    }

    /// For [`crate::SimOptions`].
    pub fn source(self: &Arc<Self>) -> Now {
        let clock = Arc::clone(self);
        Box::new(move || clock.now())
    }

    /// For [`super::PageOptions`].
    pub fn hand(self: &Arc<Self>) -> TurnClock {
        let clock = Arc::clone(self);
        Box::new(move |to| {
            clock.turn_to(to);
            Box::pin(async {})
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_turned_ahead_only() {
        let start = DateTime::UNIX_EPOCH;
        let clock = TurnedClock::new(Box::new(move || start));
        let later = start + TimeDelta::hours(3);
        clock.turn_to(later);
        assert_eq!(clock.now(), later);
        clock.turn_to(start);
        assert_eq!(clock.now(), later);
    }
}
