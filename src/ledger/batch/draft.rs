//! A tracked thread while a batch works on it, and the fold of what came late.

use std::collections::HashSet;

use super::Batch;
use crate::domain::Timestamp;
use crate::domain::event::Event;
use crate::domain::guild::Guilds;
use crate::domain::ids::MessageId;
use crate::domain::policy::ServiceLevel;
use crate::domain::ticket::{Extended, Ticket};
use crate::store::{StoreError, Tracked, Writing};

/// A tracked thread while the batch works on it.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) tracked: Box<Tracked>,
    /// Facts that are in the ticket and not recorded yet.
    pub(super) added: Vec<Event>,
    /// Facts that came late, came twice or take something back.
    pub(super) late: Vec<Event>,
    /// Whether all columns of the thread are to be written.
    pub(super) thread_changed: bool,
    /// Whether a newer message was seen.
    pub(super) seen: bool,
    /// Whether the ticket is to be decided and written.
    pub(super) ticket_changed: bool,
}

impl Draft {
    pub(super) fn of(tracked: Box<Tracked>) -> Self {
        Self {
            tracked,
            added: Vec::new(),
            late: Vec::new(),
            thread_changed: false,
            seen: false,
            ticket_changed: false,
        }
    }

    pub(super) fn add(&mut self, event: Event) {
        match self.tracked.ticket.extend(&event) {
            Extended::Yes => {
                self.added.push(event);
                self.ticket_changed = true;
            }
            Extended::FoldAgain => self.late.push(event),
        }
    }

    pub(super) fn saw(&mut self, message: MessageId) {
        if self.tracked.last_seen.is_none_or(|last| last < message) {
            self.tracked.last_seen = Some(message);
            self.seen = true;
        }
    }

    /// Whether a message is the question, as far as it is known, or came before it.
    pub(super) fn may_be_question(&self, message: MessageId) -> bool {
        let question = self.tracked.ticket.question;
        question.is_none_or(|question| message <= question.message)
    }

    pub(super) fn lost(&mut self, at: Timestamp) {
        if self.tracked.gone_at.is_none() {
            self.tracked.gone_at = Some(at);
            self.tracked.title.clear();
            self.thread_changed = true;
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.tracked.gone_at.is_some()
    }
}

/// The promises a ticket is judged by; `None` when its channel is no longer watched.
pub(super) fn rules<'guilds>(
    guilds: &'guilds Guilds,
    tracked: &Tracked,
) -> Option<&'guilds ServiceLevel> {
    let settings = guilds.get(&tracked.guild)?;
    settings
        .watches(tracked.channel)
        .then_some(&settings.service_level)
}

impl Batch<'_> {
    /// Folds again what extending could not do, from all events, recorded and new. What turns out
    /// to be recorded already is forgotten.
    pub(super) async fn fold_late(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
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
        let drafts = self.drafts.values_mut();
        for draft in drafts.filter(|draft| !draft.late.is_empty()) {
            let ticket = draft.tracked.ticket_id;
            let mut known: HashSet<_> = draft.added.iter().map(|event| event.key).collect();
            draft.late.retain(|event| {
                !recorded.contains(&(ticket, event.key)) && known.insert(event.key)
            });
            if draft.late.is_empty() {
                continue;
            }
            draft.added.append(&mut draft.late);
            let mut events = writing.list_events(ticket).await?;
            events.extend(draft.added.iter().cloned());
            draft.tracked.ticket = Ticket::fold(events);
            draft.ticket_changed = true;
        }
        Ok(())
    }
}
