//! What happened to a ticket?

use std::collections::HashMap;

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
        let mut events = list_events_of(self.readers(), &[ticket]).await?;
        Ok(events.remove(&ticket).unwrap_or_default())
    }
}

/// The events of these tickets, each ticket's in their order.
pub(super) async fn list_events_of(
    executor: impl SqliteExecutor<'_>,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<RecordedEvent>>, StoreError> {
    let tickets = serde_json::json!(tickets).to_string();
    let rows = sqlx::query!(
        r#"SELECT ticket_id AS "ticket_id!", at AS "at!", ticket_event.id AS "id!", kind AS "kind!",
               fact AS "fact!", recorded_at AS "recorded_at!"
           FROM json_each(?1) AS asked
           CROSS JOIN ticket_event ON ticket_event.ticket_id = asked.value
           ORDER BY ticket_id, at, ticket_event.id, kind"#,
        tickets
    )
    .fetch_all(executor)
    .await?;
    let mut events: HashMap<TicketId, Vec<RecordedEvent>> = HashMap::new();
    for row in rows {
        let event = Event {
            key: event_key(row.at, row.id, row.kind),
            fact: json("ticket_event", row.ticket_id, &row.fact)?,
        };
        let recorded_at = instant(row.recorded_at);
        events
            .entry(TicketId(row.ticket_id))
            .or_default()
            .push(RecordedEvent { event, recorded_at });
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
