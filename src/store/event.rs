//! What happened to a ticket?

use futures_util::TryStreamExt as _;
use sqlx::SqliteExecutor;

use super::{Store, StoreError, instant, json};
use crate::domain::Timestamp;
use crate::domain::event::{Event, EventKey};
use crate::domain::ids::TicketId;

/// An event and when we wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The event.
    pub event: Event,
    /// When it was written, which decides nothing.
    pub recorded_at: Timestamp,
}

impl Store {
    /// A ticket's events, in their order.
    pub async fn list_events(&self, ticket: TicketId) -> Result<Vec<RecordedEvent>, StoreError> {
        list_events(self.readers(), ticket).await
    }
}

/// A ticket's events, in their order. Of one ticket: in some threads people talk for ever, and
/// whoever works on many tickets holds one ticket's events at a time.
pub(super) async fn list_events(
    executor: impl SqliteExecutor<'_>,
    ticket: TicketId,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut rows = sqlx::query!(
        "SELECT at, id, kind, fact, recorded_at FROM ticket_event
         WHERE ticket_id = ?1 ORDER BY at, id, kind",
        ticket.0
    )
    .fetch(executor);
    let mut events = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let event = Event {
            key: event_key(row.at, row.id, row.kind),
            fact: json("ticket_event", ticket.0, &row.fact)?,
        };
        let recorded_at = instant(row.recorded_at);
        events.push(RecordedEvent { event, recorded_at });
    }
    Ok(events)
}

/// The key out of its columns.
pub(super) fn event_key(at: i64, id: i64, kind: i64) -> EventKey {
    EventKey {
        at: instant(at),
        id: id.cast_unsigned(),
        kind: u8::try_from(kind).unwrap_or(u8::MAX),
    }
}
