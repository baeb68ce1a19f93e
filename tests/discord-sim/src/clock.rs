//! The time of the simulated world, and the snowflakes that follow it.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

/// The first millisecond of 2015, from which snowflakes count.
pub const DISCORD_EPOCH_MILLIS: i64 = 1_420_070_400_000;

/// Where the time comes from: the system, or whoever turns the clock.
///
/// A function rather than a type, so that the bot under test and its simulated Discord can share
/// one clock without knowing each other's.
pub type Now = Box<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The time of the world and its source of ids.
pub struct SimClock {
    now: Now,
    /// The last id handed out; ids never repeat and never go back within a millisecond.
    last: Mutex<u64>,
}

impl SimClock {
    /// A clock that reads `now`.
    pub fn new(now: Now) -> Self {
        Self {
            now,
            last: Mutex::new(0),
        }
    }

    /// The instant it is.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    /// A fresh snowflake whose instant is now.
    pub fn snowflake(&self) -> u64 {
        self.snowflake_at(self.now())
    }

    /// A fresh snowflake whose instant is `at`: the first free one of that millisecond.
    pub fn snowflake_at(&self, at: DateTime<Utc>) -> u64 {
        let millis = u64::try_from(at.timestamp_millis() - DISCORD_EPOCH_MILLIS).unwrap_or(0);
        let first = millis << 22;
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // Clocks that are turned back still give new ids: the counter part tells them apart.
        let id = if *last >> 22 == millis {
            *last + 1
        } else {
            first + (*last & 0x003f_ffff) + 1
        };
        *last = id;
        id
    }
}
