//! The threads of the last batches, as these have left them, so that a batch need not read what the
//! one before has written.
//!
//! The ledger is the only one who writes, so what is kept here is what a question to the database
//! would find. Whoever works on a thread takes it out, and puts it back after the commit: what a
//! failed transaction has touched is not here, and is read again.

use std::collections::HashMap;

use crate::domain::ids::ThreadId;
use crate::store::Tracked;

/// How many threads are kept at most: about 1 KB each.
const MOST_KEPT: usize = 16_384;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Recent(HashMap<ThreadId, Box<Tracked>>);

impl Recent {
    /// Takes a thread out, if it is here.
    pub(super) fn take(&mut self, thread: ThreadId) -> Option<Box<Tracked>> {
        self.0.remove(&thread)
    }

    /// Keeps what was committed. Where there is no room for all, those before are forgotten.
    pub(super) fn keep(&mut self, committed: impl ExactSizeIterator<Item = Box<Tracked>>) {
        if self.0.len() + committed.len() > MOST_KEPT {
            self.0.clear();
        }
        let committed = committed.take(MOST_KEPT);
        self.0
            .extend(committed.map(|tracked| (tracked.thread, tracked)));
    }

    /// Forgets everything: a statement has changed threads without taking them out.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
