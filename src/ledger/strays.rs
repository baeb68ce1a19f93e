//! Places that are not tracked and in which somebody wrote.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::ids::ThreadId;

/// How many places wait to be looked at, at most; what is too much comes again with the next
/// message there.
const MOST_WAITING: usize = 1_024;

/// How many places are remembered as told. When there are more, all are forgotten and come again.
const MOST_REMEMBERED: usize = 65_536;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Strays {
    state: Mutex<State>,
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<ThreadId>,
    told: HashSet<ThreadId>,
}

impl Strays {
    /// Somebody wrote there.
    pub(super) fn note(&self, threads: impl IntoIterator<Item = ThreadId>) {
        let mut state = self.state();
        for thread in threads {
            if state.waiting.len() >= MOST_WAITING {
                break;
            }
            if state.told.len() >= MOST_REMEMBERED {
                state.told.clear();
            }
            if state.told.insert(thread) {
                state.waiting.push_back(thread);
                self.came.notify_one();
            }
        }
    }

    /// Whether places wait to be looked at.
    pub(super) fn wait(&self) -> bool {
        !self.state().waiting.is_empty()
    }

    /// Lets a place come again.
    pub(super) fn forget(&self, thread: ThreadId) {
        self.state().told.remove(&thread);
    }

    /// The next place to look at.
    pub(super) async fn next(&self) -> ThreadId {
        loop {
            // Waiting begins before looking, so that nothing is missed in between.
            let came = self.came.notified();
            let next = {
                let mut state = self.state();
                let next = state.waiting.pop_front();
                if !state.waiting.is_empty() {
                    self.came.notify_one();
                }
                next
            };
            match next {
                Some(thread) => return thread,
                None => came.await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
