//! The card of a ticket: made once, then edited.

use super::problem::{ARCHIVED, LOCKED, Problem, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use super::{DiscordDelivery, all_dropped, nonce, wire};
use crate::discord::views::card::{card, with_issue};
use crate::discord::views::message::Message;
use crate::domain::decision::{self, Face, Standing};
use crate::domain::event::Fact;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{MessageId, TicketId};
use crate::ledger::intent::Intent;
use crate::outbox::parcel::{Failure, Parcel, Receipt};
use crate::store::{StoreError, TicketRow};

/// The card is this message still, also when it could not be changed or somebody deleted it: its
/// number says when it was made.
fn stays(card: Option<MessageId>) -> Receipt {
    Receipt {
        message: card,
        dropped: Vec::new(),
    }
}

impl DiscordDelivery {
    pub(super) async fn card(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        ticket: TicketId,
    ) -> Result<Receipt, Failure> {
        let row = self.store.find_ticket(ticket).await;
        let Some(row) = row.map_err(Problem::store)? else {
            return Ok(all_dropped(parcel));
        };
        let face = decision::face(&row.ticket, &guild.service_level, self.clock.now());
        if face.standing == Standing::Gone {
            return Ok(all_dropped(parcel));
        }
        let attention = &guild.service_level.attention;
        let down = attention.production_down_per_day.is_some();
        let message = if self.attachments.is_some() {
            with_issue(row.ticket_id, &face, down)
        } else {
            card(row.ticket_id, &face, down)
        };
        let shown = self.show(parcel, &row, &face, message).await;
        match shown.as_ref().map_err(Problem::code) {
            // Nothing is said in a locked thread, and nothing is wrong with that.
            Err(Some(LOCKED | ARCHIVED)) => Ok(stays(row.card_message)),
            Err(Some(UNKNOWN_CHANNEL)) => {
                self.thread_is_gone(&row).await;
                Ok(all_dropped(parcel))
            }
            // What is wrong in one thread is wrong in all threads of its channel: told once.
            _ => self.checked(row.guild, row.channel, shown).await,
        }
    }

    async fn show(
        &self,
        parcel: &Parcel,
        row: &TicketRow,
        face: &Face,
        message: Message,
    ) -> Result<Receipt, Problem> {
        let mut known = row.card_message;
        if known.is_none() && parcel.uncertain {
            let carries = wire::card_of(row.ticket_id);
            let since = self.store.load_ordered_at(parcel.parcel_id).await?;
            known = wire::find(&self.rest, row.thread.0, since, carries).await?;
        }
        let Some(known) = known else {
            return self.make(parcel, row, message).await;
        };
        match self.edit(row, known, face, message.clone()).await {
            Err(problem) if problem.code() == Some(UNKNOWN_MESSAGE) => {
                if self.reopened_since(row, known).await? {
                    self.make(parcel, row, message).await
                } else {
                    Ok(stays(Some(known)))
                }
            }
            other => other,
        }
    }

    async fn make(
        &self,
        parcel: &Parcel,
        row: &TicketRow,
        message: Message,
    ) -> Result<Receipt, Problem> {
        let message = message.once(nonce('c', parcel));
        let made = wire::create(&self.rest, row.thread.0, &message).await?;
        Ok(stays(Some(made)))
    }

    /// Edits the card. Discord edits nothing in an archived thread: it is woken when somebody waits
    /// there or a promise was not kept, else left in peace.
    async fn edit(
        &self,
        row: &TicketRow,
        known: MessageId,
        face: &Face,
        message: Message,
    ) -> Result<Receipt, Problem> {
        let thread = row.thread.0;
        let mut edited = wire::edit(&self.rest, thread, known, message.clone()).await;
        let asleep = edited.as_ref().is_err_and(|e| e.code() == Some(ARCHIVED));
        let lapsed = face.promised.is_some_and(|promised| promised.lapsed);
        let waits = lapsed || matches!(face.standing, Standing::Waiting { .. });
        if asleep && !row.locked && waits {
            wire::wake(&self.rest, thread).await?;
            edited = wire::edit(&self.rest, thread, known, message).await;
        }
        edited?;
        Ok(stays(Some(known)))
    }

    /// Whether the ticket was resolved and is open again since its card was made: a new round, in
    /// which a card that was deleted may come back.
    async fn reopened_since(&self, row: &TicketRow, card: MessageId) -> Result<bool, StoreError> {
        if !row.ticket.is_open() {
            return Ok(false);
        }
        let events = self.store.list_events(row.ticket_id).await?;
        Ok(events.iter().any(|recorded| {
            matches!(recorded.event.fact, Fact::Resolved { .. })
                && recorded.event.key.at > card.instant()
        }))
    }

    /// Discord does not know the thread: its deletion was missed.
    pub(super) async fn thread_is_gone(&self, row: &TicketRow) {
        if let Ok(room) = self.ledger.reserve().await {
            room.send(Intent::ThreadGone {
                thread: row.thread,
                at: self.clock.now(),
            });
        }
    }
}
