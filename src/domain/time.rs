//! Instants and durations.

use std::fmt;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// An instant in UTC. Discord's instants have whole milliseconds, and so have ours.
pub type Timestamp = DateTime<Utc>;

/// The instant without what is finer than a millisecond.
pub fn whole_millis(instant: Timestamp) -> Timestamp {
    instant.trunc_subsecs(3)
}

/// The instant `millis` milliseconds after 1970-01-01T00:00:00Z, or `None` outside chrono's range.
pub fn from_millis(millis: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(millis)
}

/// Time inside the support hours of a calendar: never a bare number, never wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SupportDuration(TimeDelta);

impl SupportDuration {
    /// No time at all.
    pub const ZERO: Self = Self(TimeDelta::zero());

    /// So much support time; a negative length becomes zero.
    pub fn new(length: TimeDelta) -> Self {
        Self(length.max(TimeDelta::zero()))
    }

    /// So many minutes of support time.
    pub const fn from_minutes(minutes: u32) -> Self {
        // `u32::MAX` minutes are 8,000 years: inside chrono's range.
        Self(TimeDelta::minutes(minutes as i64))
    }

    /// Its length. Only a calendar can say what that is in wall time.
    pub fn length(self) -> TimeDelta {
        self.0
    }

    /// Its length in whole milliseconds.
    pub fn millis(self) -> i64 {
        self.0.num_milliseconds()
    }
}

impl std::ops::Add for SupportDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(&other.0).unwrap_or(TimeDelta::MAX))
    }
}

impl fmt::Display for SupportDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.num_minutes();
        match (minutes / 60, minutes % 60) {
            (0, m) => write!(f, "{m} min"),
            (h, 0) => write!(f, "{h} h"),
            (h, m) => write!(f, "{h} h {m} min"),
        }
    }
}

/// `Option<Timestamp>` as milliseconds, absent when `None`.
pub(super) mod optional_millis {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::{Timestamp, from_millis};

    #[expect(clippy::ref_option, reason = "serde's `with` passes a reference")]
    pub(in crate::domain) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_i64(at.timestamp_millis()),
            None => to.serialize_none(),
        }
    }

    pub(in crate::domain) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.and_then(from_millis))
    }
}
