//! Which ticket is this?

use super::tracked::{self, Tracked};
use super::{Store, StoreError, json};
use crate::domain::Timestamp;
use crate::domain::decision::Face;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, TicketId};
use crate::domain::ticket::Ticket;

/// A ticket and the place that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// Our number for it.
    pub ticket_id: TicketId,
    /// Its guild.
    pub guild: GuildId,
    /// The thread that shows it.
    pub thread: ThreadId,
    /// The channel the thread hangs on.
    pub channel: ChannelId,
    /// The thread's name now: text from people, empty once the thread is gone.
    pub title: String,
    /// Whether Discord has archived the thread.
    pub archived: bool,
    /// Whether the thread is locked.
    pub locked: bool,
    /// What its events add up to.
    pub ticket: Ticket,
    /// What the card was last ordered to show; `None` while there is no card.
    pub shown: Option<Face>,
    /// The card's message, once it was sent.
    pub card_message: Option<MessageId>,
}

impl Store {
    /// The ticket of a thread, if the thread is tracked.
    pub async fn find_ticket_by_thread(
        &self,
        thread: ThreadId,
    ) -> Result<Option<TicketRow>, StoreError> {
        let tracked = tracked::list_tracked(self.readers(), &[thread]).await?;
        Ok(tracked.into_iter().next().map(TicketRow::from))
    }

    /// A guild's open tickets.
    pub async fn list_open_tickets(&self, guild: GuildId) -> Result<Vec<Ticket>, StoreError> {
        let guild = guild.to_i64();
        let rows = sqlx::query!(
            r#"SELECT ticket_id AS "ticket_id!", state FROM ticket
               JOIN thread ON thread.thread_id = ticket.thread_id
               WHERE guild_id = ?1 AND gone_at IS NULL AND status = 'open'"#,
            guild
        )
        .fetch_all(self.readers())
        .await?;
        let tickets = rows.iter();
        tickets
            .map(|row| json("ticket", row.ticket_id, &row.state))
            .collect()
    }

    /// When the next ticket is to be decided.
    pub async fn find_next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        tracked::find_next_wake(self.readers()).await
    }

    /// The ticket with this number, if there is one.
    pub async fn find_ticket(&self, ticket: TicketId) -> Result<Option<TicketRow>, StoreError> {
        let thread = sqlx::query_scalar!(
            "SELECT thread_id FROM ticket WHERE ticket_id = ?1",
            ticket.0
        )
        .fetch_optional(self.readers())
        .await?;
        match thread.map(ThreadId::from_i64) {
            Some(thread) => self.find_ticket_by_thread(thread).await,
            None => Ok(None),
        }
    }

    /// The ticket with this number.
    pub async fn load_ticket(&self, ticket: TicketId) -> Result<TicketRow, StoreError> {
        let row = self.find_ticket(ticket).await?;
        row.ok_or(StoreError::NoSuch {
            what: "ticket",
            id: ticket.0,
        })
    }
}

impl From<Tracked> for TicketRow {
    fn from(tracked: Tracked) -> Self {
        Self {
            ticket_id: tracked.ticket_id,
            guild: tracked.guild,
            thread: tracked.thread,
            channel: tracked.channel,
            title: tracked.title,
            archived: tracked.archived,
            locked: tracked.locked,
            ticket: tracked.ticket,
            shown: tracked.shown,
            card_message: tracked.card_message,
        }
    }
}
