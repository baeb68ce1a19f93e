//! Stops before Discord does.
//!
//! 10,000 answers of 401, 403 or 429 within ten minutes get an address blocked, and a bot that
//! collects even a hundred is doing something wrong again and again.
//! Source: Discord's "Rate limits", "Invalid request limit".

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Over how long refused requests are counted.
const WINDOW: Duration = Duration::from_mins(10);

/// How many refused requests are too many: a hundredth of what Discord allows, because other
/// programs may share the address.
pub(super) const LIMIT: usize = 100;

/// Counts refused requests.
#[derive(Debug, Default)]
pub(super) struct Guard {
    refused: VecDeque<Instant>,
}

impl Guard {
    /// Notes an answer of 401, 403 or 429. Not one of a `shared` limit, which does not count.
    pub(super) fn note(&mut self, now: Instant) {
        if self.refused.len() == LIMIT {
            self.refused.pop_front();
        }
        self.refused.push_back(now);
    }

    /// How long nothing may be sent, if so.
    pub(super) fn closed_for(&self, now: Instant) -> Option<Duration> {
        let oldest = self
            .refused
            .front()
            .filter(|_| self.refused.len() == LIMIT)?;
        let open_at = *oldest + WINDOW;
        (open_at > now).then(|| open_at - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_in_ten_minutes_close_it_until_the_window_has_moved() {
        let mut guard = Guard::default();
        let start = Instant::now();
        for i in 0..99 {
            guard.note(start + Duration::from_secs(i));
        }
        let now = start + Duration::from_secs(99);
        assert_eq!(guard.closed_for(now), None);
        guard.note(now);
        assert_eq!(guard.closed_for(now), Some(Duration::from_secs(501)));
        assert_eq!(guard.closed_for(start + WINDOW), None);
        guard.note(start + WINDOW);
        // The oldest is now the second, noted one second after the start.
        assert_eq!(
            guard.closed_for(start + WINDOW),
            Some(Duration::from_secs(1))
        );
    }
}
