//! Stops before Discord does.
//!
//! 10,000 answers of 401, 403 or 429 within ten minutes get an address blocked, and a bot that
//! collects even a hundred is doing something wrong again and again.
//! Source: Discord's "Rate limits", "Invalid request limit".
//!
//! What is under way may come back refused as well. So there are [`LIMIT`] places: a request takes
//! one before it leaves, and gives it back unless it is refused. Who finds none fails at once when
//! refusals have them all, and else waits until its deadline for what is under way to be answered.
//!
//! Our own requests have at most half of what refusals left under way: they can wait, while the first
//! answer to an interaction has three seconds, also from a Discord that is slow with everything
//! else.
//!
//! What is cut or never answered gives its place back, although Discord may have refused it: else
//! an outage of Discord's would silence the bot after its end.
//!
//! The count is this process's. One that is started again may be refused a hundred times more: to
//! reach what Discord allows it would have to be started a hundred times in ten minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::RestError;

/// Over how long refused requests are counted.
const WINDOW: Duration = Duration::from_mins(10);

/// How many refused requests are too many: a hundredth of what Discord allows, because other
/// programs may share the address.
const LIMIT: usize = 100;

/// After how long to ask again for a place: when one will be free is unknown.
const SOON: Duration = Duration::from_secs(1);

/// Who asks for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// We ourselves.
    Bot,
    /// Somebody who waits for the answer to an interaction.
    Person,
}

/// Counts refused requests and those that may still be.
#[derive(Debug, Default)]
pub(super) struct Guard {
    places: Mutex<Places>,
    bot_waits: Notify,
    person_waits: Notify,
}

#[derive(Debug, Default)]
struct Places {
    /// When, the oldest first.
    refused: VecDeque<Instant>,
    /// Requests of ours under way.
    bot: usize,
    /// Answers to interactions under way.
    person: usize,
}

/// One request that is under way. Dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Place {
    guard: Arc<Guard>,
    asker: Asker,
    refused: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Place,
    /// All that is left is under way.
    Taken,
    /// For how long nothing may be sent.
    Closed(Duration),
}

impl Guard {
    /// Fails while nothing may be sent.
    pub(super) fn open(&self) -> Result<(), RestError> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.closed_for(Instant::now()).map_or(Ok(()), guarded)
    }

    /// Waits for a place, at most until `deadline`.
    pub(super) async fn place(
        self: &Arc<Self>,
        asker: Asker,
        deadline: Instant,
    ) -> Result<Place, RestError> {
        loop {
            let found = {
                let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
                places.take(asker, Instant::now())
            };
            if found != Found::Taken {
                // There may be room for the next, or it need not wait either.
                self.waits(asker).notify_one();
            }
            match found {
                Found::Place => {
                    return Ok(Place {
                        guard: Arc::clone(self),
                        asker,
                        refused: false,
                    });
                }
                Found::Closed(retry_after) => guarded(retry_after)?,
                Found::Taken => timeout_at(deadline, self.waits(asker).notified())
                    .await
                    .map_err(|_| RestError::RateLimited { retry_after: SOON })?,
            }
        }
    }

    fn waits(&self, asker: Asker) -> &Notify {
        match asker {
            Asker::Bot => &self.bot_waits,
            Asker::Person => &self.person_waits,
        }
    }
}

impl Places {
    fn take(&mut self, asker: Asker, now: Instant) -> Found {
        if let Some(retry_after) = self.closed_for(now) {
            return Found::Closed(retry_after);
        }
        let left = LIMIT - self.refused.len();
        let all = self.bot + self.person < left;
        match asker {
            Asker::Bot if all && self.bot < left.div_ceil(2) => self.bot += 1,
            Asker::Person if all => self.person += 1,
            Asker::Bot | Asker::Person => return Found::Taken,
        }
        Found::Place
    }

    fn give_back(&mut self, asker: Asker, refused: bool, now: Instant) {
        match asker {
            Asker::Bot => self.bot -= 1,
            Asker::Person => self.person -= 1,
        }
        if refused {
            self.refused.push_back(now);
        }
    }

    fn closed_for(&mut self, now: Instant) -> Option<Duration> {
        while self.refused.front().is_some_and(|at| *at + WINDOW <= now) {
            self.refused.pop_front();
        }
        let oldest = self
            .refused
            .front()
            .filter(|_| self.refused.len() >= LIMIT)?;
        Some(*oldest + WINDOW - now)
    }
}

impl Place {
    /// The answer is 401, 403 or 429, and the latter not because of a `shared` limit, which does
    /// not count.
    pub(super) fn refused(&mut self) {
        self.refused = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let guard = &self.guard;
        let mut places = guard.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.give_back(self.asker, self.refused, Instant::now());
        drop(places);
        guard.person_waits.notify_one();
        guard.bot_waits.notify_one();
    }
}

fn guarded(retry_after: Duration) -> Result<(), RestError> {
    Err(RestError::Guarded {
        refused: LIMIT,
        retry_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_in_ten_minutes_close_it_until_the_window_has_moved() {
        let mut places = Places::default();
        let start = Instant::now();
        let mut refuse = |at| {
            let found = places.take(Asker::Bot, at);
            if found == Found::Place {
                places.give_back(Asker::Bot, true, at);
            }
            found
        };
        for second in 0..100 {
            let at = start + Duration::from_secs(second);
            assert_eq!(refuse(at), Found::Place);
        }
        let closed = |seconds| Found::Closed(Duration::from_secs(seconds));
        assert_eq!(refuse(start + Duration::from_secs(99)), closed(501));
        assert_eq!(refuse(start + WINDOW), Found::Place);
        // The oldest is now the second, noted one second after the start.
        assert_eq!(refuse(start + WINDOW), closed(1));
    }

    #[test]
    fn half_of_what_is_left_is_kept_for_interactions() {
        let now = Instant::now();
        for (refused, bots, people) in [(0, 50, 50), (60, 20, 20), (97, 2, 1), (99, 1, 0)] {
            let mut places = Places::default();
            places.refused.extend(vec![now; refused]);
            let mut take = |asker| {
                (0..200)
                    .filter(|_| places.take(asker, now) == Found::Place)
                    .count()
            };
            assert_eq!((take(Asker::Bot), take(Asker::Person)), (bots, people));
        }
        let mut places = Places::default();
        let people = (0..200).filter(|_| places.take(Asker::Person, now) == Found::Place);
        assert_eq!(people.count(), 100);
        assert_eq!(places.take(Asker::Bot, now), Found::Taken);
    }
}
