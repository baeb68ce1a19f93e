//! So many requests in any one second, and no more.
//!
//! Discord does not say where its seconds begin, so a limit that is counted by the second lets
//! twice as many through where two of them meet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A second, and a little for the way: requests may arrive closer together than they left.
const WINDOW: Duration = Duration::from_millis(1_050);

/// Gives turns, first come, first served.
#[derive(Debug)]
pub(super) struct Pace {
    per_window: usize,
    /// The last turns given; some may be still to come.
    turns: Mutex<VecDeque<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_window: usize::try_from(per_second.max(1)).unwrap_or(usize::MAX),
            turns: Mutex::default(),
        }
    }

    /// Waits for the next turn, at most until `deadline`.
    ///
    /// # Errors
    /// How long it would still have to wait, known to end after `deadline`.
    pub(super) async fn turn(&self, deadline: Instant) -> Result<(), Duration> {
        let turn = self.take(Instant::now(), deadline)?;
        sleep_until(turn).await;
        Ok(())
    }

    fn take(&self, now: Instant, deadline: Instant) -> Result<Instant, Duration> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let full = turns.len() >= self.per_window;
        let free_at = turns.front().filter(|_| full).map(|first| *first + WINDOW);
        let turn = free_at.map_or(now, |at| at.max(now));
        if turn > deadline {
            return Err(turn - now);
        }
        if full {
            turns.pop_front();
        }
        turns.push_back(turn);
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_turns_wherever_it_begins() {
        let pace = Pace::new(50);
        let start = Instant::now();
        let far = start + Duration::from_mins(1);
        // Some at the end of a second, all others as soon as they may.
        let mut turns = Vec::new();
        for number in 0..500 {
            let now = start + Duration::from_millis(if number < 30 { 0 } else { 900 });
            turns.push(pace.take(now, far).unwrap());
        }
        for few in turns.windows(51) {
            assert!(few[50] - few[0] >= Duration::from_secs(1));
        }
        // And not many fewer: 30 at once, 20 at 0.9 s, the last of 450 after nine more windows.
        assert!(turns[499] - start < Duration::from_secs(11));
        let late = pace.take(start, start + Duration::from_secs(1));
        assert!(late.unwrap_err() > Duration::from_secs(9));
    }
}
