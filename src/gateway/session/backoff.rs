//! How long to wait before the next connection.

use std::time::Duration;

/// The first pause after a connection that came to nothing; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// A connection that was live for this long ended by chance, not by its own fault.
const HEALTHY: Duration = Duration::from_secs(5);

/// Counts connections that came to nothing.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after a connection that was live for `live`. None after one that did well: each
    /// moment without a connection is a moment in which interactions are lost.
    pub(super) fn after(&mut self, live: Option<Duration>) -> Duration {
        if live.is_some_and(|d| d >= HEALTHY) {
            self.failures = 0;
        }
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        if failures == 0 && live.is_some() {
            return Duration::ZERO;
        }
        let full = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        // Up to a half is taken off at random, so that shards do not come back all at once.
        full.min(LONGEST).mul_f64(1.0 - fastrand::f64() / 2.0)
    }

    /// How many connections in a row came to nothing.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_connection_is_replaced_at_once_and_bad_ones_ever_slower() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.after(Some(Duration::from_hours(1))), Duration::ZERO);
        assert_eq!(backoff.after(Some(Duration::from_hours(1))), Duration::ZERO);
        for full in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = backoff.after(None).as_secs_f64();
            let full = f64::from(full);
            assert!(pause <= full && pause >= full / 2.0, "{pause} of {full}");
        }
        assert_eq!(backoff.after(Some(HEALTHY)), Duration::ZERO);
        // Live, but lost at once, again and again: not a hot loop.
        assert!(backoff.after(Some(Duration::ZERO)) >= FIRST / 2);
    }
}
