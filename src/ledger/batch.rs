//! One batch: load, apply, decide, write, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::command::{self, Verdict};
use super::intent::{
    Action, Author, Command, Intent, MessageSeen, Outcome, Refusal, ThreadSeen, TicketRef,
};
use super::request::Ask;
use super::{FellDue, lease};
use crate::domain::Timestamp;
use crate::domain::decision::{self, Effect};
use crate::domain::event::{Event, Fact, Trigger};
use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, TicketId};
use crate::domain::parcel::{Content, Item, Parcel, Receipt};
use crate::domain::policy::ServiceLevel;
use crate::domain::session::Position;
use crate::domain::ticket::{Extended, Ticket};
use crate::store::{NewItem, Store, StoreError, Tracked, Waiting, Writing};

/// What every batch is decided by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'writer> {
    pub(super) store: &'writer Store,
    pub(super) guilds: &'writer Guilds,
    pub(super) now: Timestamp,
    /// Whether decisions are held.
    pub(super) held: bool,
}

/// What a committed batch means for what comes next.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The earliest instant at which a ticket of the batch is to be decided again.
    pub(super) wake_at: Option<Timestamp>,
    /// Whether something was ordered to be said.
    pub(super) ordered: bool,
    /// Whether threads are gone and have to be erased.
    pub(super) lost: bool,
    /// Where somebody wrote that is not tracked.
    pub(super) strays: Vec<ThreadId>,
    /// The alerts that were raised.
    pub(super) fell_due: BTreeMap<GuildId, FellDue>,
}

impl Written {
    /// Takes another batch's meaning in.
    pub(super) fn absorb(&mut self, other: Self) {
        self.wake_at = self.wake_at.into_iter().chain(other.wake_at).min();
        self.ordered |= other.ordered;
        self.lost |= other.lost;
        self.strays.extend(other.strays);
        for (guild, more) in other.fell_due {
            let fell_due = self.fell_due.entry(guild).or_default();
            fell_due.at_risk += more.at_risk;
            fell_due.overdue += more.overdue;
        }
    }
}

/// A tracked thread while the batch works on it.
#[derive(Clone, Debug)]
struct Draft {
    tracked: Tracked,
    /// Facts that are in the ticket and not recorded yet.
    added: Vec<Event>,
    /// Facts that came late, came twice or take something back.
    late: Vec<Event>,
    /// Whether all columns of the thread are to be written.
    thread_changed: bool,
    /// Whether a newer message was seen.
    seen: bool,
    /// Whether the ticket is to be decided and written.
    ticket_changed: bool,
}

/// The drafts of a batch and what else it writes.
struct Batch<'writer> {
    ground: Ground<'writer>,
    drafts: HashMap<ThreadId, Draft>,
    threads_of: HashMap<TicketId, ThreadId>,
    /// The number for the next new ticket, once the batch has made one.
    next_ticket: Option<TicketId>,
    items: Vec<NewItem>,
    lost_channels: Vec<(ChannelId, Timestamp)>,
    lost_guilds: Vec<(GuildId, Timestamp)>,
    positions: BTreeMap<u32, Position>,
    written: Written,
}

/// Writes intents and asks and commits; the answers of the asks are then ready to be sent.
pub(super) async fn write(
    ground: Ground<'_>,
    intents: &[Intent],
    asks: &mut [Ask],
) -> Result<Written, StoreError> {
    let mut writing = ground.store.write().await?;
    let mut batch = Batch::of(ground);
    match batch.fill(&mut writing, intents, asks).await {
        Ok(()) => {
            writing.commit().await?;
            Ok(batch.written)
        }
        Err(error) => {
            writing.abandon().await;
            Err(error)
        }
    }
}

/// Decides tickets whose time has come and commits.
pub(super) async fn decide(
    ground: Ground<'_>,
    writing: &mut Writing<'_>,
    threads: &[ThreadId],
) -> Result<Written, StoreError> {
    let mut batch = Batch::of(ground);
    batch.load(writing, threads).await?;
    for draft in batch.drafts.values_mut() {
        draft.ticket_changed = true;
    }
    batch.decide(writing).await?;
    batch.save(writing).await?;
    Ok(batch.written)
}

/// The promises a ticket is judged by; `None` when its channel is no longer watched.
fn rules<'guilds>(guilds: &'guilds Guilds, tracked: &Tracked) -> Option<&'guilds ServiceLevel> {
    let settings = guilds.get(&tracked.guild)?;
    settings
        .watches(tracked.channel)
        .then_some(&settings.service_level)
}

impl Draft {
    fn of(tracked: Tracked) -> Self {
        Self {
            tracked,
            added: Vec::new(),
            late: Vec::new(),
            thread_changed: false,
            seen: false,
            ticket_changed: false,
        }
    }

    fn add(&mut self, event: Event) {
        match self.tracked.ticket.extend(&event) {
            Extended::Yes => {
                self.added.push(event);
                self.ticket_changed = true;
            }
            Extended::FoldAgain => self.late.push(event),
        }
    }

    fn saw(&mut self, message: MessageId) {
        if self.tracked.last_seen.is_none_or(|last| last < message) {
            self.tracked.last_seen = Some(message);
            self.seen = true;
        }
    }

    fn lost(&mut self, at: Timestamp) {
        if self.tracked.gone_at.is_none() {
            self.tracked.gone_at = Some(at);
            self.tracked.title.clear();
            self.thread_changed = true;
        }
    }

    fn is_gone(&self) -> bool {
        self.tracked.gone_at.is_some()
    }
}

impl<'writer> Batch<'writer> {
    fn of(ground: Ground<'writer>) -> Self {
        Self {
            ground,
            drafts: HashMap::new(),
            threads_of: HashMap::new(),
            next_ticket: None,
            items: Vec::new(),
            lost_channels: Vec::new(),
            lost_guilds: Vec::new(),
            positions: BTreeMap::new(),
            written: Written::default(),
        }
    }

    async fn fill(
        &mut self,
        writing: &mut Writing<'_>,
        intents: &[Intent],
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
                let answer = self.command(writing, asked.question).await?;
                asked.answer(answer);
            }
        }
        self.decide(writing).await?;
        self.save(writing).await?;
        // Last, so that what this batch ordered can go out at once.
        for ask in asks.iter_mut() {
            if let Ask::Lease(asked) = ask {
                let answer = lease::lease(writing, &asked.question, self.ground.now).await?;
                asked.answer(answer);
            }
        }
        Ok(())
    }

    /// Every thread that the batch is about.
    async fn places(
        &mut self,
        writing: &mut Writing<'_>,
        intents: &[Intent],
        asks: &[Ask],
    ) -> Result<Vec<ThreadId>, StoreError> {
        let mut threads: HashSet<ThreadId> = HashSet::new();
        for intent in intents {
            match intent {
                Intent::ThreadSeen(ThreadSeen { thread, .. })
                | Intent::Message(MessageSeen { thread, .. })
                | Intent::MessagesDeleted { thread, .. }
                | Intent::ThreadGone { thread, .. }
                | Intent::ReadUpTo { thread, .. } => {
                    threads.insert(*thread);
                }
                Intent::ChannelGone { .. } | Intent::GuildGone { .. } | Intent::Position(_) => {}
            }
        }
        let mut tickets: HashSet<TicketId> = HashSet::new();
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
                Ask::Notice(_) | Ask::Alive(_) | Ask::Lease(_) | Ask::Failed(_) => {}
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
        if threads.is_empty() {
            return Ok(());
        }
        let tracked = writing.list_tracked(threads).await?;
        self.drafts = tracked
            .into_iter()
            .map(|tracked| (tracked.thread, Draft::of(tracked)))
            .collect();
        Ok(())
    }

    async fn thread_seen(
        &mut self,
        writing: &mut Writing<'_>,
        seen: &ThreadSeen,
    ) -> Result<(), StoreError> {
        if let Some(draft) = self.drafts.get_mut(&seen.thread) {
            let tracked = &mut draft.tracked;
            if tracked.gone_at.is_none()
                && (tracked.title != seen.title
                    || tracked.archived != seen.archived
                    || tracked.locked != seen.locked)
            {
                tracked.title.clone_from(&seen.title);
                tracked.archived = seen.archived;
                tracked.locked = seen.locked;
                draft.thread_changed = true;
            }
            return Ok(());
        }
        let settings = self.ground.guilds.get(&seen.guild);
        if !settings.is_some_and(|settings| settings.watches(seen.channel)) {
            return Ok(());
        }
        let ticket_id = match self.next_ticket {
            Some(next) => next,
            None => writing.next_ticket_id().await?,
        };
        self.next_ticket = Some(TicketId(ticket_id.0 + 1));
        let mut draft = Draft::of(Tracked {
            ticket_id,
            thread: seen.thread,
            guild: seen.guild,
            channel: seen.channel,
            title: seen.title.clone(),
            archived: seen.archived,
            locked: seen.locked,
            last_seen: None,
            gone_at: None,
            ticket: Ticket::default(),
            waiting: Waiting::default(),
            wake_at: None,
            shown: None,
            card_message: None,
        });
        draft.thread_changed = true;
        draft.add(Event::thread_created(
            seen.thread,
            seen.channel,
            seen.tags.clone(),
        ));
        self.drafts.insert(seen.thread, draft);
        Ok(())
    }

    fn apply(&mut self, intent: &Intent) {
        match intent {
            Intent::ThreadSeen(_) => {} // was first
            Intent::Message(seen) => self.message(seen),
            Intent::MessagesDeleted { thread, messages } => {
                if let Some(draft) = self.live(*thread) {
                    for message in messages {
                        draft.add(Event::message_deleted(*message));
                        if draft.tracked.card_message == Some(*message) {
                            draft.tracked.card_message = None;
                            draft.ticket_changed = true;
                        }
                    }
                }
            }
            Intent::ThreadGone { thread, at } => {
                if let Some(draft) = self.live(*thread) {
                    draft.lost(*at);
                    self.written.lost = true;
                }
            }
            Intent::ChannelGone { channel, at } => {
                let theirs = |tracked: &Tracked| tracked.channel == *channel;
                self.lose(theirs, *at);
                self.lost_channels.push((*channel, *at));
            }
            Intent::GuildGone { guild, at } => {
                let theirs = |tracked: &Tracked| tracked.guild == *guild;
                self.lose(theirs, *at);
                self.lost_guilds.push((*guild, *at));
            }
            Intent::Position(position) => {
                self.positions.insert(position.shard, position.clone());
            }
            Intent::ReadUpTo { thread, message } => {
                if let Some(draft) = self.live(*thread) {
                    draft.saw(*message);
                }
            }
        }
    }

    fn message(&mut self, seen: &MessageSeen) {
        let guilds = self.ground.guilds;
        let Some(draft) = self.drafts.get_mut(&seen.thread) else {
            self.written.strays.push(seen.thread);
            return;
        };
        // A channel that is no longer watched is left alone: when it is watched again, catch-up
        // finds what was written meanwhile, because we have not looked.
        if draft.is_gone() || rules(guilds, &draft.tracked).is_none() {
            return;
        }
        draft.saw(seen.message);
        match seen.author {
            Author::Human { user, staff } => {
                draft.add(Event::message_posted(seen.message, user, staff));
            }
            Author::Machine => {}
        }
    }

    fn lose(&mut self, theirs: impl Fn(&Tracked) -> bool, at: Timestamp) {
        for draft in self.drafts.values_mut() {
            if theirs(&draft.tracked) {
                draft.lost(at);
            }
        }
        self.written.lost = true;
    }

    /// The draft of a tracked thread that is not gone.
    fn live(&mut self, thread: ThreadId) -> Option<&mut Draft> {
        self.drafts
            .get_mut(&thread)
            .filter(|draft| !draft.is_gone())
    }

    /// What is written as it is asked, without a ticket being decided first.
    async fn report(&mut self, writing: &mut Writing<'_>, ask: &mut Ask) -> Result<(), StoreError> {
        let now = self.ground.now;
        match ask {
            Ask::Notice(asked) => {
                let (guild, notice) = asked.question.clone();
                self.items.push(NewItem {
                    guild,
                    content: Content::Notice(notice),
                });
                asked.answer(());
            }
            Ask::Alive(asked) => {
                writing.save_presence(asked.question).await?;
                asked.answer(());
            }
            Ask::Delivered(asked) => {
                let (parcel, receipt) = &asked.question;
                self.delivered(parcel, receipt);
                writing
                    .note_delivered(parcel.parcel_id, receipt.message, &receipt.dropped, now)
                    .await?;
                asked.answer(());
            }
            Ask::Failed(asked) => {
                let setback = &asked.question;
                writing
                    .note_failed(
                        setback.parcel_id,
                        setback.retry_at,
                        &setback.reason,
                        setback.uncertain,
                        now,
                    )
                    .await?;
                asked.answer(());
            }
            Ask::Command(_) | Ask::Lease(_) => {} // have their own turn
        }
        Ok(())
    }

    fn delivered(&mut self, parcel: &Parcel, receipt: &Receipt) {
        let now = self.ground.now;
        for (ticket, item) in told(parcel, receipt) {
            let thread = self.threads_of.get(&ticket);
            let Some(draft) = thread.and_then(|thread| self.drafts.get_mut(thread)) else {
                continue;
            };
            if draft.is_gone() {
                continue;
            }
            match &item.content {
                Content::Alert { alert, .. } => draft.add(Event::alert_dropped(*alert, now)),
                Content::Card { .. } => {
                    draft.tracked.card_message = receipt.message;
                    draft.ticket_changed = true;
                }
                Content::Notice(_) => {}
            }
        }
    }

    /// Folds again what extending could not do, from all events, recorded and new. What turns out
    /// to be recorded already is forgotten.
    async fn fold_late(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let keys: Vec<_> = self
            .drafts
            .values()
            .flat_map(|draft| {
                let ticket = draft.tracked.ticket_id;
                draft.late.iter().map(move |event| (ticket, event.key))
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let recorded = writing.list_recorded(&keys).await?;
        let mut late: Vec<TicketId> = Vec::new();
        for draft in self
            .drafts
            .values_mut()
            .filter(|draft| !draft.late.is_empty())
        {
            let ticket = draft.tracked.ticket_id;
            let mut known: HashSet<_> = draft.added.iter().map(|event| event.key).collect();
            draft.late.retain(|event| {
                !recorded.contains(&(ticket, event.key)) && known.insert(event.key)
            });
            if !draft.late.is_empty() {
                late.push(ticket);
            }
        }
        if late.is_empty() {
            return Ok(());
        }
        let mut recorded = writing.list_events_of(&late).await?;
        for draft in self
            .drafts
            .values_mut()
            .filter(|draft| !draft.late.is_empty())
        {
            draft.added.append(&mut draft.late);
            let mut events = recorded
                .remove(&draft.tracked.ticket_id)
                .unwrap_or_default();
            events.extend(draft.added.iter().cloned());
            draft.tracked.ticket = Ticket::fold(events);
            draft.ticket_changed = true;
        }
        Ok(())
    }

    async fn command(
        &mut self,
        writing: &mut Writing<'_>,
        asked: Command,
    ) -> Result<Result<Outcome, Refusal>, StoreError> {
        let thread = match asked.ticket {
            TicketRef::Thread(thread) => Some(thread),
            TicketRef::Ticket(ticket) => self.threads_of.get(&ticket).copied(),
        };
        let guilds = self.ground.guilds;
        let draft = thread.and_then(|thread| self.drafts.get_mut(&thread));
        let Some(draft) = draft.filter(|draft| {
            draft.tracked.guild == asked.guild
                && guilds
                    .get(&asked.guild)
                    .is_some_and(|settings: &GuildSettings| settings.watches(draft.tracked.channel))
        }) else {
            return Ok(Err(Refusal::NoTicket));
        };
        if draft.is_gone() {
            return Ok(Err(Refusal::Gone));
        }
        let ticket = draft.tracked.ticket_id;
        let event = command::event(&asked);
        let in_order = draft
            .tracked
            .ticket
            .latest
            .is_none_or(|latest| latest < event.key);
        let twice = !in_order
            && (draft.added.iter().any(|added| added.key == event.key)
                || !writing
                    .list_recorded(&[(ticket, event.key)])
                    .await?
                    .is_empty());
        if twice {
            return Ok(Ok(Outcome::Done { ticket }));
        }
        match command::judge(&draft.tracked.ticket, &asked) {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(Verdict::Already) => return Ok(Ok(Outcome::Already { ticket })),
            Ok(Verdict::Record) => {}
        }
        let before = (!in_order).then(|| draft.clone());
        draft.add(event);
        let Some(before) = before else {
            return Ok(Ok(Outcome::Done { ticket }));
        };
        // It was sent before something we already know, and takes its place in between. A claim
        // that comes to nothing there is refused rather than lost.
        let thread = draft.tracked.thread;
        self.fold_late(writing).await?;
        let Some(draft) = self.drafts.get_mut(&thread) else {
            return Ok(Err(Refusal::NoTicket));
        };
        let claim = draft.tracked.ticket.claim;
        if asked.action == Action::Claim && claim.is_none_or(|claim| claim.by != asked.by) {
            *draft = before;
            return Ok(Err(Refusal::NotWritten));
        }
        Ok(Ok(Outcome::Done { ticket }))
    }

    async fn decide(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        for draft in self
            .drafts
            .values_mut()
            .filter(|draft| draft.ticket_changed)
        {
            let said = decide_one(draft, self.ground);
            self.items.extend(said.items);
            for trigger in said.raised {
                let fell_due = self
                    .written
                    .fell_due
                    .entry(draft.tracked.guild)
                    .or_default();
                match trigger {
                    Trigger::AtRisk => fell_due.at_risk += 1,
                    Trigger::Overdue => fell_due.overdue += 1,
                }
            }
        }
        // A decision at an instant before the latest message's (clocks differ) is late too.
        self.fold_late(writing).await
    }

    async fn save(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let now = self.ground.now;
        let some = |wanted: fn(&Draft) -> bool| -> Vec<&Tracked> {
            let wanted = self.drafts.values().filter(|draft| wanted(draft));
            wanted.map(|draft| &draft.tracked).collect()
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
        writing.order(&self.items, now).await?;
        self.written.ordered = !self.items.is_empty();
        for position in self.positions.values() {
            writing.save_position(position).await?;
        }
        Ok(())
    }
}

/// What a decision says.
#[derive(Default)]
struct Said {
    items: Vec<NewItem>,
    raised: Vec<Trigger>,
}

/// Brings a draft's projection up to date with its facts, and decides it unless decisions are held.
fn decide_one(draft: &mut Draft, ground: Ground<'_>) -> Said {
    let mut said = Said::default();
    let tracked = &mut draft.tracked;
    let rules = rules(ground.guilds, tracked);
    tracked.waiting = waiting(&tracked.ticket, rules, ground.now);
    tracked.wake_at = None;
    if tracked.gone_at.is_some() {
        return said;
    }
    let Some(rules) = rules else {
        return said;
    };
    if ground.held {
        tracked.wake_at = Some(ground.now);
        return said;
    }
    let decision = decision::decide(&tracked.ticket, rules, tracked.shown.as_ref(), ground.now);
    tracked.wake_at = decision.wake_at;
    for effect in decision.effects {
        let ticket = tracked.ticket_id;
        let content = match effect {
            Effect::ShowCard(face) => {
                tracked.shown = Some(face);
                Content::Card { ticket, face }
            }
            Effect::SendAlert { alert, audience } => Content::Alert {
                ticket,
                alert,
                audience,
            },
        };
        said.items.push(NewItem {
            guild: tracked.guild,
            content,
        });
    }
    for event in decision.events {
        if let Fact::AlertRaised(alert) = &event.fact {
            said.raised.push(alert.trigger);
        }
        draft.add(event);
    }
    said
}

/// The answer that is waited for, as lists of tickets ask for it.
fn waiting(ticket: &Ticket, rules: Option<&ServiceLevel>, now: Timestamp) -> Waiting {
    if !ticket.is_open() {
        return Waiting::default();
    }
    let promised = rules
        .filter(|rules| rules.judges(ticket))
        .and_then(|rules| {
            let clocks = decision::clocks(ticket, rules, now);
            clocks.into_iter().find(decision::Clock::is_waiting)
        });
    match promised {
        Some(clock) => Waiting {
            since: Some(clock.started_at),
            warn_at: Some(clock.due.warn_at),
            due_at: Some(clock.due.due_at),
        },
        None => Waiting {
            since: ticket.owed_by_anyone.waiting().map(|waits| waits.asked_at),
            ..Waiting::default()
        },
    }
}

/// The items of a delivered parcel that change their ticket: a card that was sent, an alert that was
/// dropped.
fn told<'parcel>(
    parcel: &'parcel Parcel,
    receipt: &'parcel Receipt,
) -> impl Iterator<Item = (TicketId, &'parcel Item)> {
    parcel.items.iter().filter_map(|item| {
        let dropped = receipt.dropped.contains(&item.outbox_id);
        match &item.content {
            Content::Card { ticket, .. } => {
                (receipt.message.is_some() && !dropped).then_some((*ticket, item))
            }
            Content::Alert { ticket, .. } => dropped.then_some((*ticket, item)),
            Content::Notice(_) => None,
        }
    })
}
