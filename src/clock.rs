//! The only reader of the time.
//!
//! Everything that needs "now" or waits for an instant takes a [`Clock`]: the system's in
//! production, one turned by hand in tests and in the demo. tokio's paused time is no substitute,
//! it breaks the timeouts of database pools.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::Timestamp;

/// How long one sleep on the system's clock lasts at most before the clock is read again, so that
/// a clock that was set (NTP, a suspended laptop) is noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until somebody turns it.
    Manual(Arc<ManualClock>),
}

/// A clock that moves only when [`ManualClock::set`] moves it.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl Clock {
    /// A clock turned by hand that starts at `now`.
    pub fn manual(now: Timestamp) -> (Self, Arc<ManualClock>) {
        let hand = Arc::new(ManualClock {
            now: watch::Sender::new(now),
        });
        (Self::Manual(Arc::clone(&hand)), hand)
    }

    /// The instant it is, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place")]
            Self::System => crate::domain::whole_millis(chrono::Utc::now()),
            Self::Manual(hand) => hand.now(),
        }
    }

    /// Returns when the clock shows `instant` or later; at once when it already does.
    pub async fn sleep_until(&self, instant: Timestamp) {
        match self {
            Self::System => loop {
                let left = instant - self.now();
                match left.to_std() {
                    Ok(left) if !left.is_zero() => {
                        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
                    }
                    _ => return,
                }
            },
            Self::Manual(hand) => {
                let mut turned = hand.now.subscribe();
                // The sender lives in `hand`, so waiting cannot fail.
                drop(turned.wait_for(|now| *now >= instant).await);
            }
        }
    }

    /// Returns when the clock was set back: when it shows less than it once did.
    pub async fn set_back(&self, shown: Timestamp) {
        match self {
            Self::System => {
                while self.now() >= shown {
                    tokio::time::sleep(LONGEST_SLEEP).await;
                }
            }
            Self::Manual(hand) => {
                let mut turned = hand.now.subscribe();
                // The sender lives in `hand`, so waiting cannot fail.
                drop(turned.wait_for(|now| *now < shown).await);
            }
        }
    }
}

impl ManualClock {
    /// The instant it shows.
    pub fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    /// Turns the clock to `now`, forwards or back, and wakes whoever waited for it.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(crate::domain::whole_millis(now));
    }
}
