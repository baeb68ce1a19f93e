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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::bent::usual;
    use crate::domain::guild::Guilds;
    use crate::ledger::batch::{self, Ground};
    use crate::ledger::intent::{Action, Intent};
    use crate::ledger::request::{Ask, Asked};
    use crate::ledger::tests::{
        ANN, BEN, ELSEWHERE, EVA, HELP, House, at, guilds, message, seen, snowflake, thread,
    };
    use crate::ledger::{erase, sweep};
    use crate::store::Store;

    /// What happens to a database, one thing after the other.
    #[derive(Clone, Debug)]
    enum Step {
        Write(Vec<Intent>),
        /// As [`Step::Write`], on a disk that is full.
        Refused(Vec<Intent>),
        Claim(u64),
        /// The clock is turned on, and what is due is decided.
        Sweep(u64),
        Erase,
    }

    /// A few threads, some of them in a channel that is deleted at times, and whatever is said there.
    fn intent() -> impl Strategy<Value = Intent> {
        let place = || (0_u64..12).prop_map(thread);
        let wrote = (
            place(),
            1_u64..40,
            0_u64..500,
            proptest::sample::select(vec![ANN, BEN, EVA]),
        )
            .prop_map(|(place, minute, n, user)| message(place, snowflake(minute, n), user));
        let made = (0_u64..12, any::<bool>()).prop_map(|(n, archived)| match seen(thread(n)) {
            Intent::ThreadSeen(mut seen) => {
                seen.archived = archived;
                seen.channel = if n < 3 { ELSEWHERE } else { HELP };
                Intent::ThreadSeen(seen)
            }
            other => other,
        });
        let deleted = (place(), 1_u64..40, 0_u64..500).prop_map(|(thread, minute, n)| {
            let messages = vec![crate::domain::ids::MessageId(snowflake(minute, n))];
            Intent::MessagesDeleted { thread, messages }
        });
        let gone = place().prop_map(|thread| Intent::ThreadGone { thread, at: at(50) });
        let channel_gone = Just(Intent::ChannelGone {
            channel: ELSEWHERE,
            at: at(50),
        });
        prop_oneof![8 => wrote, 6 => made, 2 => deleted, 1 => gone, 1 => channel_gone]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => vec(intent(), 1..20).prop_map(Step::Write),
            1 => vec(intent(), 1..20).prop_map(Step::Refused),
            2 => (0_u64..12).prop_map(Step::Claim),
            2 => (0_u64..400).prop_map(Step::Sweep),
            1 => Just(Step::Erase),
        ]
    }

    async fn take(step: &Step, store: &Store, guilds: &Guilds, recent: &mut Recent) {
        let ground = |minute| Ground {
            store,
            guilds,
            now: at(minute),
            held: false,
            strays_wait: false,
            bridge: None,
        };
        match step {
            Step::Write(intents) => {
                let written = batch::write(ground(60), recent, intents, &mut []).await;
                drop(written.unwrap());
            }
            Step::Refused(intents) => {
                // Not a page more than there is: whether that is too little depends on the batch.
                store.tamper("PRAGMA max_page_count = 1").await;
                drop(batch::write(ground(60), recent, intents, &mut []).await);
                store.tamper("PRAGMA max_page_count = 4294967294").await;
            }
            Step::Claim(n) => {
                let mut command = House::command(snowflake(45, *n), EVA, Action::Claim);
                command.ticket = crate::ledger::intent::TicketRef::Thread(thread(*n));
                let (asked, _answer) = Asked::new(command);
                let asks = &mut [Ask::Command(asked)];
                drop(batch::write(ground(60), recent, &[], asks).await.unwrap());
            }
            Step::Sweep(minutes) => {
                drop(sweep::sweep(ground(60 + minutes), recent).await.unwrap());
            }
            Step::Erase => {
                erase::erase(store, recent, at(60)).await.unwrap();
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..usual() })]

        #[test]
        fn what_is_kept_is_what_the_database_says(steps in vec(step(), 1..25)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let store = Store::open(&folder.path().join("sameday.db")).await.unwrap();
                let (guilds, mut recent) = (guilds(&[HELP, ELSEWHERE]).now(), Recent::default());
                for step in &steps {
                    take(step, &store, &guilds, &mut recent).await;
                    let threads: Vec<_> = recent.0.keys().copied().collect();
                    let mut writing = store.write().await.unwrap();
                    let stored = writing.list_tracked(&threads).await.unwrap();
                    writing.abandon().await;
                    prop_assert_eq!(stored.len(), threads.len(), "after {:?}", step);
                    for stored in stored {
                        let kept = recent.0.get(&stored.thread).map(|kept| &**kept);
                        prop_assert_eq!(kept, Some(&stored), "after {:?}", step);
                    }
                }
                Ok(())
            })?;
        }
    }
}
