//! One batch: load, apply, decide, write, in one transaction.
//!
//! A batch is about many thousands of threads where much is written. It is written in portions of a
//! few hundred, in the order of their threads, each of which is done with before the next one is
//! loaded: so what it takes in memory is bounded by the portion, and the commit serves all of it.

mod apply;
mod decide;
mod draft;
mod mirror;
mod obey;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::intent::{Intent, TicketRef};
use super::recent::Recent;
use super::request::Ask;
use super::{FellDue, bridge, lease};
use crate::domain::Timestamp;
use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, TicketId};
use crate::domain::issue::BridgeSettings;
use crate::domain::session::Position;
use crate::store::{NewItem, Store, StoreError, Tracked, Writing};
use apply::told;
use draft::Draft;

/// How many threads a portion is about, at most: each takes some KB while it is worked on, the more
/// the longer people have talked in it.
const THREADS_AT_ONCE: usize = 128;

/// What every batch is decided by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'writer> {
    pub(super) store: &'writer Store,
    pub(super) guilds: &'writer Guilds,
    pub(super) now: Timestamp,
    /// Whether decisions are held.
    pub(super) held: bool,
    /// Whether places not heard of wait to be looked up.
    pub(super) strays_wait: bool,
    /// What is set about GitHub, where there is a way to it.
    pub(super) bridge: Option<&'writer BridgeSettings>,
}

/// What a committed batch means for what comes next.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The earliest instant at which a ticket of the batch is to be decided again.
    pub(super) wake_at: Option<Timestamp>,
    /// Whether something was ordered to be said.
    pub(super) ordered: bool,
    /// Whether the bridge to GitHub has something new to look at.
    pub(super) bridged: bool,
    /// Whether threads are gone and have to be erased.
    pub(super) lost: bool,
    /// Where somebody wrote that is not tracked.
    pub(super) strays: Vec<ThreadId>,
    /// The alerts that were raised.
    pub(super) fell_due: BTreeMap<GuildId, FellDue>,
    /// Settings that are in force from the commit on.
    pub(super) settings: Vec<GuildSettings>,
}

impl Written {
    /// Takes another batch's meaning in.
    pub(super) fn absorb(&mut self, other: Self) {
        self.wake_at = self.wake_at.into_iter().chain(other.wake_at).min();
        self.ordered |= other.ordered;
        self.bridged |= other.bridged;
        self.lost |= other.lost;
        self.strays.extend(other.strays);
        self.settings.extend(other.settings);
        for (guild, more) in other.fell_due {
            *self.fell_due.entry(guild).or_default() += more;
        }
    }
}

/// The drafts of a batch and what else it writes.
pub(super) struct Batch<'writer> {
    ground: Ground<'writer>,
    recent: &'writer mut Recent,
    /// In the order of their threads, so that the file is read and written from one end to the other.
    drafts: BTreeMap<ThreadId, Draft>,
    threads_of: HashMap<TicketId, ThreadId>,
    /// The number for the next new ticket, once the batch has made one.
    next_ticket: Option<TicketId>,
    items: Vec<NewItem>,
    /// Messages that were deleted.
    deleted: Vec<MessageId>,
    /// Messages that were edited, and when.
    edited: Vec<(MessageId, Timestamp)>,
    /// What hangs on messages that were edited.
    files_left: Vec<(MessageId, Vec<u64>)>,
    lost_channels: Vec<(ChannelId, Timestamp)>,
    lost_guilds: Vec<(GuildId, Timestamp)>,
    caught_up: Vec<(GuildId, Vec<ChannelId>)>,
    positions: BTreeMap<u32, Position>,
    /// The last errand that has to be run.
    owed: Option<u64>,
    written: Written,
}

/// Writes intents and asks and commits; the answers of the asks are then ready to be sent.
pub(super) async fn write(
    ground: Ground<'_>,
    recent: &mut Recent,
    intents: &[Intent],
    asks: &mut [Ask],
) -> Result<Written, StoreError> {
    let mut writing = ground.store.write().await?;
    let outcome = match fill(ground, recent, &mut writing, intents, asks).await {
        Ok(written) => writing.commit().await.map(|()| written),
        Err(error) => {
            writing.abandon().await;
            Err(error)
        }
    };
    match outcome {
        Ok(_) => recent.committed(),
        Err(_) => recent.failed(),
    }
    outcome
}

/// Fills a transaction, portion by portion.
async fn fill(
    ground: Ground<'_>,
    recent: &mut Recent,
    writing: &mut Writing<'_>,
    intents: &[Intent],
    asks: &mut [Ask],
) -> Result<Written, StoreError> {
    let mut intents: Vec<&Intent> = intents.iter().collect();
    let mut portions = portions(&mut intents);
    // What is about no thread, or many, comes after all threads, and then what was asked: a command
    // finds what its sender had seen before sending it.
    let last = portions.pop().unwrap_or_default();
    let mut written = Written::default();
    for portion in portions {
        let mut batch = Batch::of(ground, recent);
        batch.fill(writing, portion, &mut []).await?;
        written.absorb(batch.done());
    }
    let mut batch = Batch::of(ground, recent);
    batch.fill(writing, last, asks).await?;
    written.absorb(batch.done());
    Ok(written)
}

/// Sorts intents by their threads, what is about one thread in the order in which it came, and cuts
/// them where they would be about too many.
fn portions<'these, 'intent>(
    intents: &'these mut [&'intent Intent],
) -> Vec<&'these [&'intent Intent]> {
    if intents.len() > THREADS_AT_ONCE {
        intents.sort_by_key(|intent| {
            let thread = intent.thread();
            (thread.is_none(), thread)
        });
    }
    let mut threads = 1;
    let fits = |before: &&Intent, next: &&Intent| {
        threads += usize::from(before.thread() != next.thread());
        let fits = threads <= THREADS_AT_ONCE;
        if !fits {
            threads = 1;
        }
        fits
    };
    intents.chunk_by(fits).collect()
}

/// Decides tickets whose time has come; the commit is the caller's.
pub(super) async fn decide(
    ground: Ground<'_>,
    recent: &mut Recent,
    writing: &mut Writing<'_>,
    threads: &[ThreadId],
) -> Result<Written, StoreError> {
    let mut batch = Batch::of(ground, recent);
    batch.load(writing, threads).await?;
    for draft in batch.drafts.values_mut() {
        draft.ticket_changed = true;
    }
    batch.decide(writing).await?;
    batch.save(writing).await?;
    Ok(batch.written)
}

impl<'writer> Batch<'writer> {
    fn of(ground: Ground<'writer>, recent: &'writer mut Recent) -> Self {
        Self {
            ground,
            recent,
            drafts: BTreeMap::new(),
            threads_of: HashMap::new(),
            next_ticket: None,
            items: Vec::new(),
            deleted: Vec::new(),
            edited: Vec::new(),
            files_left: Vec::new(),
            lost_channels: Vec::new(),
            lost_guilds: Vec::new(),
            caught_up: Vec::new(),
            positions: BTreeMap::new(),
            owed: None,
            written: Written::default(),
        }
    }

    async fn fill(
        &mut self,
        writing: &mut Writing<'_>,
        intents: &[&Intent],
        asks: &mut [Ask],
    ) -> Result<(), StoreError> {
        let threads = self.places(writing, intents, asks).await?;
        self.load(writing, &threads).await?;
        // Threads first: the order within a batch means nothing, and a message that overtook its
        // thread is then no stray.
        for intent in intents {
            if let Intent::ThreadSeen(seen) = intent {
                self.thread_seen(writing, seen).await?;
            }
        }
        for intent in intents {
            self.apply(intent);
        }
        for ask in asks.iter_mut() {
            self.report(writing, ask).await?;
        }
        self.fold_late(writing).await?;
        for ask in asks.iter_mut() {
            if let Ask::Command(asked) = ask {
                let answer = self.command(writing, asked.question.clone()).await?;
                asked.answer(answer);
            }
        }
        self.decide(writing).await?;
        self.save(writing).await?;
        // After everything else: settings that change now decide from the next batch on, and what
        // this batch ordered can go out at once.
        for ask in asks.iter_mut() {
            match ask {
                Ask::Change(asked) => {
                    let answer = self.change(writing, &asked.question).await?;
                    asked.answer(answer);
                }
                Ask::Lease(asked) => {
                    let answer = lease::lease(writing, &asked.question, self.ground.now).await?;
                    asked.answer(answer);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Every thread that the batch is about.
    async fn places(
        &mut self,
        writing: &mut Writing<'_>,
        intents: &[&Intent],
        asks: &[Ask],
    ) -> Result<Vec<ThreadId>, StoreError> {
        let mut threads: BTreeSet<ThreadId> = intents
            .iter()
            .filter_map(|intent| intent.thread())
            .collect();
        let mut tickets: BTreeSet<TicketId> = BTreeSet::new();
        for ask in asks {
            match ask {
                Ask::Command(asked) => match asked.question.ticket {
                    TicketRef::Thread(thread) => {
                        threads.insert(thread);
                    }
                    TicketRef::Ticket(ticket) => {
                        tickets.insert(ticket);
                    }
                },
                Ask::Delivered(asked) => {
                    let (parcel, receipt) = &asked.question;
                    tickets.extend(told(parcel, receipt).map(|(ticket, _)| ticket));
                }
                Ask::Cover(_)
                | Ask::Uncover(_)
                | Ask::OfferPromise(_)
                | Ask::SessionStart(_)
                | Ask::Bearings(_)
                | Ask::Propose(_)
                | Ask::Change(_)
                | Ask::Notice(_)
                | Ask::Alive(_)
                | Ask::Lease(_)
                | Ask::Failed(_) => {}
                Ask::Bridge(asked) => {
                    tickets.extend(bridge::tickets(writing, &asked.question).await?);
                }
            }
        }
        if !tickets.is_empty() {
            let tickets: Vec<TicketId> = tickets.into_iter().collect();
            self.threads_of = writing
                .list_threads_of(&tickets)
                .await?
                .into_iter()
                .collect();
            threads.extend(self.threads_of.values());
        }
        Ok(threads.into_iter().collect())
    }

    async fn load(
        &mut self,
        writing: &mut Writing<'_>,
        threads: &[ThreadId],
    ) -> Result<(), StoreError> {
        let mut missing = Vec::new();
        for thread in threads {
            match self.recent.take(*thread) {
                Some(tracked) => {
                    self.drafts.insert(*thread, Draft::of(tracked));
                }
                None => missing.push(*thread),
            }
        }
        let read = writing.list_tracked(&missing).await?;
        let read = read.into_iter().map(Box::new);
        self.drafts
            .extend(read.map(|tracked| (tracked.thread, Draft::of(tracked))));
        Ok(())
    }

    /// Leaves the threads to the next portion and, once they are committed, to the next batch.
    fn done(self) -> Written {
        self.recent
            .put_back(self.drafts.into_values().map(|draft| draft.tracked));
        // What other statements have changed in the rows of many threads.
        let changed = !self.lost_channels.is_empty()
            || !self.lost_guilds.is_empty()
            || !self.written.settings.is_empty();
        if changed {
            self.recent.forget();
        }
        self.written
    }

    /// The instant of the batch.
    pub(super) fn now(&self) -> Timestamp {
        self.ground.now
    }

    /// Puts settings in force with the commit, and has every open ticket decided by them.
    pub(super) fn switches_to(&mut self, settings: GuildSettings) {
        self.written.settings.push(settings);
        self.written.wake_at = Some(self.ground.now);
    }

    async fn save(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let now = self.ground.now;
        let some = |wanted: fn(&Draft) -> bool| -> Vec<&Tracked> {
            let wanted = self.drafts.values().filter(|draft| wanted(draft));
            wanted.map(|draft| &*draft.tracked).collect()
        };
        writing
            .save_threads(&some(|draft| draft.thread_changed))
            .await?;
        writing
            .save_last_seen(&some(|draft| draft.seen && !draft.thread_changed))
            .await?;
        let tickets = some(|draft| draft.ticket_changed);
        writing.save_tickets(&tickets).await?;
        self.written.wake_at = tickets.iter().filter_map(|ticket| ticket.wake_at).min();
        let mut events = Vec::new();
        for draft in self.drafts.values() {
            let ticket = draft.tracked.ticket_id;
            events.extend(draft.added.iter().map(|event| (ticket, event)));
        }
        writing.save_events(&events, now).await?;
        for (channel, at) in &self.lost_channels {
            writing.lose_channel(*channel, *at).await?;
        }
        for (guild, at) in &self.lost_guilds {
            writing.lose_guild(*guild, *at).await?;
        }
        for (guild, channels) in &self.caught_up {
            writing.note_caught_up(*guild, channels).await?;
        }
        self.mirror(writing).await?;
        writing.order(&self.items, now).await?;
        self.written.ordered = !self.items.is_empty();
        for position in self.positions.values() {
            writing.save_position(position).await?;
        }
        let strays = !self.written.strays.is_empty();
        if self.owed.is_some() || strays {
            writing.save_owed(self.owed, strays).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::intent::Action;
    use crate::ledger::request::Asked;
    use crate::ledger::tests::{
        ANN, ELSEWHERE, EVA, HELP, House, at, guilds, message, seen, snowflake, thread,
    };
    use crate::store::check;

    /// In so many threads a question, what makes the thread known, and an answer, each far from the others.
    fn much(threads: u64) -> Vec<Intent> {
        let asked = (0..threads).map(|n| message(thread(n), snowflake(1, n), ANN));
        let known = (0..threads).rev().map(|n| seen(thread(n)));
        let answered = (0..threads).map(|n| message(thread(n), snowflake(5, n), EVA));
        let gone = Intent::ChannelGone {
            channel: ELSEWHERE,
            at: at(6),
        };
        asked.chain([gone]).chain(known).chain(answered).collect()
    }

    #[test]
    fn a_portion_is_about_few_threads_and_has_all_that_is_about_them() {
        let intents = much(3 * THREADS_AT_ONCE as u64);
        let mut sorted: Vec<&Intent> = intents.iter().collect();
        let portions = portions(&mut sorted);
        let sizes: Vec<usize> = portions.iter().map(|portion| portion.len()).collect();
        let whole = 3 * THREADS_AT_ONCE;
        assert_eq!(sizes, [whole, whole, whole, 1]);
        for (n, portion) in portions.iter().take(3).enumerate() {
            let threads = n * THREADS_AT_ONCE..(n + 1) * THREADS_AT_ONCE;
            let expected = threads.flat_map(|n| {
                let n = n as u64;
                let answer = message(thread(n), snowflake(5, n), EVA);
                [
                    message(thread(n), snowflake(1, n), ANN),
                    seen(thread(n)),
                    answer,
                ]
            });
            assert!(portion.iter().map(|intent| (*intent).clone()).eq(expected));
        }
    }

    #[tokio::test]
    async fn what_is_about_many_threads_is_written_whole_and_before_what_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let guilds = guilds(&[HELP, ELSEWHERE]).now();
        let ground = Ground {
            store: &store,
            guilds: &guilds,
            now: at(60),
            held: false,
            strays_wait: false,
            bridge: None,
        };
        let threads = 2 * THREADS_AT_ONCE as u64 + 7;
        let claim = House::command(snowflake(6, 0), EVA, Action::Claim);
        let (claim, _answer) = Asked::new(claim);
        let (intents, asks) = (much(threads), &mut [Ask::Command(claim)]);
        let written = write(ground, &mut Recent::default(), &intents, asks).await;
        assert_eq!(written.unwrap().strays, []);
        let report = check::check(&store).await.unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!(report.events, threads * 3 + 1);
    }
}
