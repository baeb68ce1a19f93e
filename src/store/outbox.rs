//! What waits to be said, and what was given up?

use super::{Store, StoreError, instant, json};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, TicketId};
use crate::domain::parcel::Content;

/// What became of a row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Waits for its first or next attempt.
    Pending,
    /// Being delivered.
    Leased,
    /// Said.
    Delivered,
    /// Not said, because it was no longer true or its thread was gone.
    Dropped,
    /// Given up.
    Dead,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub outbox_id: i64,
    /// The guild it is for.
    pub guild: GuildId,
    /// What it says.
    pub content: Content,
    /// What became of it.
    pub state: OutboxState,
    /// How often delivery was tried.
    pub attempts: u32,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When it is tried next (pending), or until when it is leased.
    pub not_before: Timestamp,
    /// When it was delivered, dropped or given up.
    pub finished_at: Option<Timestamp>,
    /// Why the last attempt failed, or why it was dropped.
    pub reason: Option<String>,
}

struct Row {
    outbox_id: i64,
    guild_id: i64,
    content: String,
    state: String,
    attempts: i64,
    ordered_at: i64,
    not_before: i64,
    finished_at: Option<i64>,
    reason: Option<String>,
}

impl Store {
    /// What was given up, oldest first.
    pub async fn list_dead(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.list_outbox(OutboxState::Dead, OutboxState::Dead).await
    }

    /// What is not yet said: pending and leased, oldest first.
    pub async fn list_pending(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.list_outbox(OutboxState::Pending, OutboxState::Leased)
            .await
    }

    /// When the first of a parcel was ordered: what says it cannot be older.
    pub async fn load_ordered_at(&self, parcel_id: i64) -> Result<Timestamp, StoreError> {
        let ordered_at = sqlx::query_scalar!(
            "SELECT ordered_at FROM outbox WHERE outbox_id = ?1",
            parcel_id
        )
        .fetch_optional(self.readers())
        .await?;
        ordered_at.map(instant).ok_or(StoreError::NoSuch {
            what: "row of the outbox",
            id: parcel_id,
        })
    }

    /// Gives a dead letter, with all of its parcel, a fresh set of attempts. `false` when there is
    /// no dead letter of that number. For `sameday outbox retry`, while the bot does not run.
    pub async fn retry_dead(&self, outbox_id: i64, now: Timestamp) -> Result<bool, StoreError> {
        let mut writing = self.write().await?;
        let revived = writing.revive(outbox_id, now).await?;
        writing.commit().await?;
        Ok(revived)
    }

    async fn list_outbox(
        &self,
        one: OutboxState,
        other: OutboxState,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let (one, other) = (one.to_column(), other.to_column());
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT outbox_id AS "outbox_id!", guild_id, content, state, attempts, ordered_at,
                   not_before, finished_at, reason
               FROM outbox
               WHERE state IN (?1, ?2)
               ORDER BY outbox_id"#,
            one,
            other
        )
        .fetch_all(self.readers())
        .await?;
        rows.into_iter().map(OutboxRow::read).collect()
    }

    /// What was ever ordered to be said about a ticket, oldest first.
    pub async fn list_ordered(&self, ticket: TicketId) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT outbox_id AS "outbox_id!", guild_id, content, state, attempts, ordered_at,
                   not_before, finished_at, reason
               FROM outbox
               WHERE ticket_id = ?1
               ORDER BY outbox_id"#,
            ticket.0
        )
        .fetch_all(self.readers())
        .await?;
        rows.into_iter().map(OutboxRow::read).collect()
    }
}

impl OutboxRow {
    fn read(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            outbox_id: row.outbox_id,
            guild: GuildId::from_i64(row.guild_id),
            content: json("outbox", row.outbox_id, &row.content)?,
            state: OutboxState::of_column(&row.state),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            ordered_at: instant(row.ordered_at),
            not_before: instant(row.not_before),
            finished_at: row.finished_at.map(instant),
            reason: row.reason,
        })
    }
}

impl OutboxState {
    pub(super) fn to_column(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Delivered => "delivered",
            Self::Dropped => "dropped",
            Self::Dead => "dead",
        }
    }

    /// The table's own check admits no other words.
    pub(super) fn of_column(state: &str) -> Self {
        match state {
            "pending" => Self::Pending,
            "leased" => Self::Leased,
            "delivered" => Self::Delivered,
            "dropped" => Self::Dropped,
            _ => Self::Dead,
        }
    }
}
