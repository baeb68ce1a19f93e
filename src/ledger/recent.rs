//! The threads of the last batches, as these have left them, so that a batch need not read what the
//! one before has written.
//!
//! The ledger is the only one who writes, so what is kept here is what a question to the database
//! would find. Whoever works on a thread takes it out, and puts it back after the commit: what a
//! failed transaction has touched is not here, and is read again.

use std::collections::HashMap;

use crate::domain::ids::ThreadId;
use crate::store::Tracked;

/// How many bytes of threads are kept at most. A thread has about 1 KB, and more the longer people
/// have talked in it.
const MOST_BYTES: usize = 16 << 20;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Recent {
    threads: HashMap<ThreadId, Box<Tracked>>,
    /// What they take, together.
    bytes: usize,
}

impl Recent {
    /// Takes a thread out, if it is here.
    pub(super) fn take(&mut self, thread: ThreadId) -> Option<Box<Tracked>> {
        let tracked = self.threads.remove(&thread)?;
        self.bytes -= tracked.bytes();
        Some(tracked)
    }

    /// Keeps what was committed. Where there is no room for it, those before are forgotten.
    pub(super) fn keep(&mut self, committed: impl Iterator<Item = Box<Tracked>>) {
        for tracked in committed {
            let bytes = tracked.bytes();
            if self.bytes + bytes > MOST_BYTES {
                self.forget();
            }
            self.bytes += bytes;
            if let Some(before) = self.threads.insert(tracked.thread, tracked) {
                self.bytes -= before.bytes();
            }
        }
    }

    /// Forgets everything: a statement has changed threads without taking them out.
    pub(super) fn forget(&mut self) {
        self.threads.clear();
        self.bytes = 0;
    }
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
            recent.keep((first..first + 2_000).map(|n| talked(n, turns)));
            let bytes: usize = recent.threads.values().map(|kept| kept.bytes()).sum();
            assert_eq!(recent.bytes, bytes);
            assert!(
                (1..=MOST_BYTES).contains(&bytes),
                "{bytes} after {turns} turns"
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
