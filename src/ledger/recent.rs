//! The threads of the last batches, as these have left them, so that a batch need not read what the
//! one before has written.
//!
//! The ledger is the only one who writes, so what is kept here is what a question to the database
//! would find. Whoever works on a thread takes it out and may put it back, which counts with the
//! commit: what a failed transaction has touched is not here, and is read again.
//!
//! Where there is no room, what is put back is not kept, and after the commit whatever that
//! transaction did not touch makes room for the next one's. So of threads that are all written to
//! by turns, more than there is room for, the same part stays instead of none.

use std::collections::HashMap;
use std::mem::take;

use crate::domain::ids::ThreadId;
use crate::store::Tracked;

/// How many bytes of threads are kept at most. A thread has about 1 KB, and more the longer people
/// have talked in it.
const MOST_BYTES: usize = 2 << 20;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Recent {
    threads: HashMap<ThreadId, Box<Tracked>>,
    /// Put back by the transaction under way.
    uncommitted: HashMap<ThreadId, Box<Tracked>>,
    /// What they take, all together.
    bytes: usize,
    /// Whether the transaction under way put back what found no room.
    full: bool,
}

impl Recent {
    /// Takes a thread out, if it is here.
    pub(super) fn take(&mut self, thread: ThreadId) -> Option<Box<Tracked>> {
        let uncommitted = self.uncommitted.remove(&thread);
        let tracked = uncommitted.or_else(|| self.threads.remove(&thread))?;
        self.bytes -= tracked.bytes();
        Some(tracked)
    }

    /// Puts threads back as a transaction has written them, as far as there is room.
    pub(super) fn put_back(&mut self, written: impl Iterator<Item = Box<Tracked>>) {
        for tracked in written {
            let thread = tracked.thread;
            drop(self.take(thread));
            let bytes = self.bytes + tracked.bytes();
            if bytes > MOST_BYTES {
                self.full = true;
            } else {
                self.bytes = bytes;
                self.uncommitted.insert(thread, tracked);
            }
        }
    }

    /// What was put back is committed.
    pub(super) fn committed(&mut self) {
        if take(&mut self.full) {
            self.threads.clear();
            self.bytes = bytes(&self.uncommitted);
        }
        self.threads.extend(self.uncommitted.drain());
    }

    /// What was put back is not committed, and never will be.
    pub(super) fn failed(&mut self) {
        self.full = false;
        self.bytes -= bytes(&self.uncommitted);
        self.uncommitted.clear();
    }

    /// Forgets everything: a statement has changed threads without taking them out.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn bytes(threads: &HashMap<ThreadId, Box<Tracked>>) -> usize {
    threads.values().map(|tracked| tracked.bytes()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::bent::usual;
    use crate::domain::event::Event;
    use crate::domain::guild::Guilds;
    use crate::domain::ids::{MessageId, TicketId};
    use crate::domain::ticket::Ticket;
    use crate::ledger::batch::{self, Ground};
    use crate::ledger::intent::{Action, Intent};
    use crate::ledger::request::{Ask, Asked};
    use crate::ledger::tests::{
        ANN, BEN, ELSEWHERE, EVA, GUILD, HELP, House, at, guilds, message, seen, snowflake, thread,
    };
    use crate::ledger::{erase, sweep};
    use crate::store::{Store, Waiting};

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
            let messages = vec![MessageId(snowflake(minute, n))];
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

    /// A thread in which asker and staff took so many turns.
    fn talked(n: u64, turns: u64) -> Box<Tracked> {
        let said = (0..turns).map(|turn| {
            let (by, staff) = if turn % 2 == 0 {
                (ANN, false)
            } else {
                (EVA, true)
            };
            Event::message_posted(MessageId(snowflake(turn, n)), by, staff)
        });
        Box::new(Tracked {
            ticket_id: TicketId(1),
            thread: thread(n),
            guild: GUILD,
            channel: HELP,
            title: "How?".to_owned(),
            archived: false,
            locked: false,
            last_seen: None,
            gone_at: None,
            ticket: Ticket::fold(said),
            waiting: Waiting::default(),
            wake_at: None,
            shown: None,
            card_message: None,
        })
    }

    #[test]
    fn what_is_kept_stays_small_however_long_people_talk() {
        let mut recent = Recent::default();
        for (batch, turns) in [1, 2, 40, 2_000, 1].into_iter().enumerate() {
            let first = 1_000 * batch as u64;
            recent.put_back((first..first + 2_000).map(|n| talked(n, turns)));
            recent.committed();
            assert_eq!(recent.bytes, bytes(&recent.threads));
            assert!(
                (1..=MOST_BYTES).contains(&recent.bytes),
                "{} after {turns} turns",
                recent.bytes
            );
        }
        let threads: Vec<ThreadId> = recent.threads.keys().copied().collect();
        assert!(
            threads
                .into_iter()
                .all(|thread| recent.take(thread).is_some())
        );
        assert_eq!(recent.bytes, 0);
    }

    #[test]
    fn of_what_is_written_by_turns_a_part_stays_and_what_is_not_written_goes() {
        let mut recent = Recent::default();
        let hits = |recent: &mut Recent, threads: std::ops::Range<u64>| {
            let mut hits = 0;
            for portion in threads.collect::<Vec<_>>().chunks(100) {
                let taken = portion.iter().filter_map(|n| recent.take(thread(*n)));
                hits += taken.count();
                recent.put_back(portion.iter().map(|n| talked(*n, 1)));
            }
            recent.committed();
            hits
        };
        // More than there is room for, and all of them again and again.
        assert_eq!(hits(&mut recent, 0..20_000), 0);
        let room = recent.threads.len();
        assert!(room > 1_000, "{room}");
        assert_eq!(hits(&mut recent, 0..20_000), room);
        assert_eq!(hits(&mut recent, 0..20_000), room);
        // Others from now on: what was not written makes room for them.
        assert_eq!(hits(&mut recent, 30_000..31_000), 0);
        assert_eq!(hits(&mut recent, 30_000..31_000), 0);
        assert_eq!(hits(&mut recent, 30_000..31_000), 1_000);
    }

    #[test]
    fn what_a_failed_transaction_put_back_is_not_here() {
        let mut recent = Recent::default();
        recent.put_back([talked(1, 1), talked(2, 1)].into_iter());
        recent.committed();
        let again = recent.take(thread(1));
        recent.put_back(again.into_iter());
        recent.failed();
        assert!(recent.take(thread(1)).is_none());
        assert_eq!(recent.bytes, bytes(&recent.threads));
        assert!(recent.take(thread(2)).is_some());
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
                    let threads: Vec<_> = recent.threads.keys().copied().collect();
                    let mut writing = store.write().await.unwrap();
                    let stored = writing.list_tracked(&threads).await.unwrap();
                    writing.abandon().await;
                    prop_assert_eq!(stored.len(), threads.len(), "after {:?}", step);
                    for stored in stored {
                        let kept = recent.threads.get(&stored.thread).map(|kept| &**kept);
                        prop_assert_eq!(kept, Some(&stored), "after {:?}", step);
                    }
                }
                Ok(())
            })?;
        }
    }
}
