//! Intents and reports: facts into drafts.

use super::draft::{Draft, rules};
use super::{Batch, mirror};
use crate::domain::Timestamp;
use crate::domain::event::Event;
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::parcel::{Content, Item, Parcel, Receipt};
use crate::domain::ticket::Ticket;
use crate::ledger::bridge;
use crate::ledger::intent::{Author, Intent, MessageSeen, ThreadSeen};
use crate::ledger::request::Ask;
use crate::store::{NewItem, StoreError, Tracked, Waiting, Writing};

impl Batch<'_> {
    pub(super) async fn thread_seen(
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
        let mut draft = Draft::of(Box::new(Tracked {
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
        }));
        draft.thread_changed = true;
        draft.add(Event::thread_created(
            seen.thread,
            seen.channel,
            seen.tags.clone(),
        ));
        self.drafts.insert(seen.thread, draft);
        Ok(())
    }

    pub(super) fn apply(&mut self, intent: &Intent) {
        match intent {
            Intent::ThreadSeen(_) => {} // was first
            Intent::Message(seen) => self.message(seen),
            Intent::RolesHeld {
                thread,
                message,
                roles,
            } => {
                if let Some(draft) = self.live(*thread)
                    && draft.may_be_question(*message)
                {
                    draft.add(Event::roles_held(*message, roles.clone()));
                }
            }
            Intent::ReplySpared { thread, message } => {
                if let Some(draft) = self.live(*thread) {
                    draft.add(Event::reply_spared(*message));
                }
            }
            Intent::BugSaid {
                thread,
                message,
                by,
            } => {
                // Nobody needs to know it otherwise.
                let wanted = self
                    .ground
                    .bridge
                    .is_some_and(|bridge| bridge.offers.by_words);
                if let Some(draft) = self.live(*thread).filter(|_| wanted) {
                    draft.add(Event::bug_said(*message, *by));
                }
            }
            Intent::MessagesDeleted { thread, messages } => {
                if let Some(draft) = self.live(*thread) {
                    for message in messages {
                        draft.add(Event::message_deleted(*message));
                    }
                    self.deleted.extend(messages);
                }
            }
            Intent::MessageEdited {
                thread,
                message,
                at,
            } => {
                if self.live(*thread).is_some() {
                    self.edited.push((*message, *at));
                }
            }
            Intent::FilesLeft {
                thread,
                message,
                files,
            } => {
                if self.live(*thread).is_some() {
                    self.files_left.push((*message, files.clone()));
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
                self.positions.insert(position.shard, (**position).clone());
            }
            Intent::Owed(errand) => self.owed = self.owed.max(Some(*errand)),
            Intent::CaughtUp { guild, channels } => {
                self.caught_up.push((*guild, channels.clone()));
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
    pub(super) async fn report(
        &mut self,
        writing: &mut Writing<'_>,
        ask: &mut Ask,
    ) -> Result<(), StoreError> {
        let now = self.ground.now;
        match ask {
            Ask::Propose(asked) => {
                let (guild, proposal) = &asked.question;
                let number = writing.propose(*guild, proposal, now).await?;
                asked.answer(number);
            }
            Ask::Notice(asked) => {
                let (guild, notice) = asked.question.clone();
                self.items.push(NewItem {
                    guild,
                    content: Content::Notice(notice),
                });
                asked.answer(());
            }
            Ask::Cover(asked) => {
                writing.save_cover(&asked.question).await?;
                asked.answer(());
            }
            Ask::Uncover(asked) => {
                let (guild, cover, of) = asked.question;
                let removed = writing.remove_cover(guild, cover, of).await?;
                asked.answer(removed);
            }
            Ask::OfferPromise(asked) => {
                writing.offer_promise(&asked.question, now).await?;
                asked.answer(());
            }
            Ask::Alive(asked) => {
                let strays_wait = self.ground.strays_wait;
                writing.save_alive(&asked.question, strays_wait).await?;
                asked.answer(());
            }
            Ask::SessionStart(asked) => {
                let (bucket, at) = asked.question;
                writing.save_session_start(bucket, at).await?;
                asked.answer(());
            }
            Ask::Bearings(asked) => {
                writing.save_bearings(&asked.question).await?;
                asked.answer(());
            }
            Ask::Delivered(asked) => {
                let (parcel, receipt) = &asked.question;
                self.delivered(parcel, receipt);
                mirror::note_told(writing, parcel, receipt).await?;
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
                        setback.most_counted,
                        now,
                    )
                    .await?;
                asked.answer(());
            }
            Ask::Bridge(asked) => {
                let outcome = bridge::write(writing, &asked.question, now).await?;
                self.items.extend(outcome.items);
                for (ticket, event) in outcome.facts {
                    let thread = self.threads_of.get(&ticket);
                    let draft = thread.and_then(|thread| self.drafts.get_mut(thread));
                    if let Some(draft) = draft.filter(|draft| !draft.is_gone()) {
                        draft.add(event);
                    }
                }
                self.written.bridged = true;
                asked.answer(outcome.answer);
            }
            Ask::Command(_) | Ask::Change(_) | Ask::Lease(_) => {} // have their own turn
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
                Content::Remark { .. }
                | Content::OpenIssue { .. }
                | Content::Reply { .. }
                | Content::Revise { .. }
                | Content::TakeBack { .. }
                | Content::CountThreads { .. }
                | Content::Notice(_) => {}
            }
        }
    }
}

/// The items of a delivered parcel that change their ticket: a card that was sent, an alert that was
/// dropped.
pub(super) fn told<'parcel>(
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
            Content::Remark { .. }
            | Content::OpenIssue { .. }
            | Content::Reply { .. }
            | Content::Revise { .. }
            | Content::TakeBack { .. }
            | Content::CountThreads { .. }
            | Content::Notice(_) => None,
        }
    })
}
