//! Threads, tickets and their events.

use std::collections::HashSet;

use serde::Serialize;

use super::Writing;
use crate::domain::Timestamp;
use crate::domain::event::{Event, EventKey};
use crate::domain::ids::{MessageId, ThreadId, TicketId};
use crate::domain::ticket::{Status, Ticket};
use crate::store::StoreError;
use crate::store::event::{event_key, list_events};
use crate::store::tracked::{self, Tracked, list_tracked};

/// How many rows a statement takes: enough that the hand-over to SQLite's thread costs nothing
/// beside them, and so few that what is handed over is a quarter of a MB.
pub(super) const ROWS_AT_ONCE: usize = 256;

impl Writing<'_> {
    /// Those of `threads` that are tracked, in no order.
    pub(crate) async fn list_tracked(
        &mut self,
        threads: &[ThreadId],
    ) -> Result<Vec<Tracked>, StoreError> {
        let mut tracked = Vec::with_capacity(threads.len());
        for portion in threads.chunks(ROWS_AT_ONCE) {
            tracked.append(&mut list_tracked(self.connection(), portion).await?);
        }
        Ok(tracked)
    }

    /// The threads of these tickets.
    pub(crate) async fn list_threads_of(
        &mut self,
        tickets: &[TicketId],
    ) -> Result<Vec<(TicketId, ThreadId)>, StoreError> {
        let tickets = array(tickets);
        let rows = sqlx::query!(
            r#"SELECT ticket_id AS "ticket_id!", thread_id AS "thread_id!"
               FROM json_each(?1) AS asked
               CROSS JOIN ticket ON ticket.ticket_id = asked.value"#,
            tickets
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (TicketId(row.ticket_id), ThreadId::from_i64(row.thread_id)))
            .collect())
    }

    /// The threads whose tickets are to be decided at `now`, longest due first.
    pub(crate) async fn list_due(
        &mut self,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<ThreadId>, StoreError> {
        let now = now.timestamp_millis();
        let rows = sqlx::query_scalar!(
            "SELECT thread_id FROM ticket WHERE wake_at <= ?1 ORDER BY wake_at LIMIT ?2",
            now,
            most
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(ThreadId::from_i64).collect())
    }

    /// When the next ticket is to be decided.
    pub(crate) async fn find_next_wake(&mut self) -> Result<Option<Timestamp>, StoreError> {
        tracked::find_next_wake(self.connection()).await
    }

    /// Puts a ticket to sleep that cannot be decided, so that it does not stop the others.
    pub(crate) async fn never_wake(&mut self, thread: ThreadId) -> Result<(), StoreError> {
        let thread = thread.to_i64();
        sqlx::query!(
            "UPDATE ticket SET wake_at = NULL WHERE thread_id = ?1",
            thread
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The number for the next new ticket. Tickets are never deleted, and nobody else writes.
    pub(crate) async fn next_ticket_id(&mut self) -> Result<TicketId, StoreError> {
        let next = sqlx::query_scalar!(
            r#"SELECT coalesce(max(ticket_id), 0) + 1 AS "next!: i64" FROM ticket"#
        )
        .fetch_one(self.connection())
        .await?;
        Ok(TicketId(next))
    }

    /// Those of `keys` that are recorded already.
    pub(crate) async fn list_recorded(
        &mut self,
        keys: &[(TicketId, EventKey)],
    ) -> Result<HashSet<(TicketId, EventKey)>, StoreError> {
        let keys: Vec<_> = keys
            .iter()
            .map(|(ticket, key)| columns(*ticket, *key))
            .collect();
        let keys = array(&keys);
        let rows = sqlx::query!(
            r#"SELECT ticket_id AS "ticket_id!", at AS "at!", ticket_event.id AS "id!", kind AS "kind!"
               FROM jsonb_each(?1) AS asked
               CROSS JOIN ticket_event
                   ON ticket_id = asked.value ->> 0 AND at = asked.value ->> 1
                   AND ticket_event.id = asked.value ->> 2 AND kind = asked.value ->> 3"#,
            keys
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (TicketId(row.ticket_id), event_key(row.at, row.id, row.kind)))
            .collect())
    }

    /// A ticket's recorded events, in their order.
    pub(crate) async fn list_events(&mut self, ticket: TicketId) -> Result<Vec<Event>, StoreError> {
        let recorded = list_events(self.connection(), ticket).await?;
        Ok(recorded.into_iter().map(|each| each.event).collect())
    }

    /// Writes threads with all their columns, new or known.
    pub(crate) async fn save_threads(&mut self, threads: &[&Tracked]) -> Result<(), StoreError> {
        if threads.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = threads
            .iter()
            .map(|row| {
                (
                    row.thread,
                    row.guild,
                    row.channel,
                    &row.title,
                    u8::from(row.archived),
                    u8::from(row.locked),
                    row.last_seen,
                    millis(row.gone_at),
                )
            })
            .collect();
        let rows = array(&rows);
        sqlx::query!(
            "INSERT INTO thread (thread_id, guild_id, channel_id, title, archived, locked,
                 last_seen_message_id, gone_at, to_erase)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                 value ->> 6, value ->> 7, (value ->> 7) IS NOT NULL
             FROM jsonb_each(?1)
             WHERE TRUE
             ON CONFLICT (thread_id) DO UPDATE SET
                 guild_id = excluded.guild_id,
                 channel_id = excluded.channel_id,
                 title = excluded.title,
                 archived = excluded.archived,
                 locked = excluded.locked,
                 last_seen_message_id = excluded.last_seen_message_id,
                 gone_at = excluded.gone_at,
                 to_erase = to_erase OR (gone_at IS NULL AND excluded.gone_at IS NOT NULL)",
            rows
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes up to where threads were read.
    pub(crate) async fn save_last_seen(&mut self, threads: &[&Tracked]) -> Result<(), StoreError> {
        if threads.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = threads
            .iter()
            .map(|row| (row.thread, row.last_seen))
            .collect();
        let rows = array(&rows);
        sqlx::query!(
            "UPDATE thread SET last_seen_message_id = seen.value ->> 1
             FROM jsonb_each(?1) AS seen
             WHERE thread_id = seen.value ->> 0",
            rows
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes tickets with all their columns, new or known.
    pub(crate) async fn save_tickets(&mut self, tickets: &[&Tracked]) -> Result<(), StoreError> {
        for portion in tickets.chunks(ROWS_AT_ONCE) {
            self.save_some_tickets(portion).await?;
        }
        Ok(())
    }

    async fn save_some_tickets(&mut self, tickets: &[&Tracked]) -> Result<(), StoreError> {
        let mut texts = Texts::default();
        let rows: Vec<_> = tickets
            .iter()
            .map(|row| ticket_columns(row, &mut texts))
            .collect();
        let rows = array(&rows);
        let texts = texts.bytes();
        sqlx::query!(
            "INSERT INTO ticket (ticket_id, thread_id, latest_at, latest_id, latest_kind, status,
                 asker_id, claimed_by, opened_at, waiting_since, warn_at, due_at, wake_at,
                 card_message_id, snoozed_until, state, shown)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                 value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
                 value ->> 12, value ->> 13, value ->> 14,
                 CAST(substr(?2, value ->> 15, value ->> 16) AS TEXT),
                 nullif(CAST(substr(?2, value ->> 17, value ->> 18) AS TEXT), '')
             FROM jsonb_each(?1)
             WHERE TRUE
             ON CONFLICT (ticket_id) DO UPDATE SET
                 state = excluded.state,
                 latest_at = excluded.latest_at,
                 latest_id = excluded.latest_id,
                 latest_kind = excluded.latest_kind,
                 status = excluded.status,
                 asker_id = excluded.asker_id,
                 claimed_by = excluded.claimed_by,
                 opened_at = excluded.opened_at,
                 waiting_since = excluded.waiting_since,
                 warn_at = excluded.warn_at,
                 due_at = excluded.due_at,
                 wake_at = excluded.wake_at,
                 shown = excluded.shown,
                 card_message_id = excluded.card_message_id,
                 snoozed_until = excluded.snoozed_until",
            rows,
            texts
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Appends events; one that is recorded already stays as it is.
    pub(crate) async fn save_events(
        &mut self,
        events: &[(TicketId, &Event)],
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let recorded_at = recorded_at.timestamp_millis();
        for portion in events.chunks(ROWS_AT_ONCE) {
            self.save_some_events(portion, recorded_at).await?;
        }
        Ok(())
    }

    async fn save_some_events(
        &mut self,
        events: &[(TicketId, &Event)],
        recorded_at: i64,
    ) -> Result<(), StoreError> {
        let (rows, texts) = fact_rows(events);
        sqlx::query!(
            "INSERT INTO ticket_event (ticket_id, at, id, kind, fact, recorded_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3,
                 CAST(substr(?2, value ->> 4, value ->> 5) AS TEXT), ?3
             FROM jsonb_each(?1)
             WHERE TRUE
             ON CONFLICT DO NOTHING",
            rows,
            texts,
            recorded_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// Rows as one JSON array of arrays. Serializing numbers, strings and our own enums cannot fail.
pub(in crate::store) fn array<T: Serialize + ?Sized>(rows: &T) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// Events as rows of `ticket_event`, in its columns' order, and their facts.
pub(super) fn fact_rows(events: &[(TicketId, &Event)]) -> (String, Vec<u8>) {
    let mut texts = Texts::default();
    let rows: Vec<_> = events
        .iter()
        .map(|(ticket, event)| {
            let (ticket, at, id, kind) = columns(*ticket, event.key);
            let (begin, length) = texts.push(&event.fact);
            (ticket, at, id, kind, begin, length)
        })
        .collect();
    (array(&rows), texts.bytes())
}

/// JSON columns of many rows, one after the other. They travel beside the array of the rows' other
/// columns, because SQLite takes nested JSON apart and puts it together again at every step.
#[derive(Debug, Default)]
pub(super) struct Texts(Vec<u8>);

impl Texts {
    /// Adds one and says where it stands, as `substr` counts.
    pub(super) fn push<T: Serialize>(&mut self, value: &T) -> (usize, usize) {
        let begin = self.0.len();
        // Serializing our own types into memory cannot fail.
        if let Err(error) = serde_json::to_writer(&mut self.0, value) {
            tracing::error!(%error, "a column could not be made");
        }
        (begin + 1, self.0.len() - begin)
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(super) fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.timestamp_millis())
}

/// An event's place, as it is stored. Ids stay below 2^63, see [`EventKey`].
fn columns(ticket: TicketId, key: EventKey) -> (TicketId, i64, i64, u8) {
    (
        ticket,
        key.at.timestamp_millis(),
        key.id.cast_signed(),
        key.kind,
    )
}

/// The columns of `ticket`, in the order of the statement that writes them.
fn ticket_columns(row: &Tracked, texts: &mut Texts) -> [Cell; 19] {
    let Ticket {
        latest,
        status,
        claim,
        question,
        snoozed,
        ..
    } = &row.ticket;
    let status = match status {
        Status::Open => "open",
        Status::Resolved { .. } => "resolved",
        Status::Gone { .. } => "gone",
    };
    let (state_at, state_length) = texts.push(&row.ticket);
    let (shown_at, shown_length) = row.shown.map_or((1, 0), |shown| texts.push(&shown));
    [
        Cell::Number(Some(row.ticket_id.0)),
        Cell::Number(Some(row.thread.to_i64())),
        Cell::Number(latest.map(|key| key.at.timestamp_millis())),
        Cell::Number(latest.map(|key| key.id.cast_signed())),
        Cell::Number(latest.map(|key| i64::from(key.kind))),
        Cell::Word(status),
        Cell::Number(question.map(|question| question.asker.to_i64())),
        Cell::Number(claim.map(|claim| claim.by.to_i64())),
        Cell::Number(millis(question.map(|question| question.opened_at))),
        Cell::Number(millis(row.waiting.since)),
        Cell::Number(millis(row.waiting.warn_at)),
        Cell::Number(millis(row.waiting.due_at)),
        Cell::Number(millis(row.wake_at)),
        Cell::Number(row.card_message.map(MessageId::to_i64)),
        Cell::Number(
            snoozed
                .as_ref()
                .map(|snoozed| millis(snoozed.until).unwrap_or(i64::MAX)),
        ),
        Cell::Place(state_at),
        Cell::Place(state_length),
        Cell::Place(shown_at),
        Cell::Place(shown_length),
    ]
}

/// A column of a row that has more of them than serde has tuples for.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell {
    Number(Option<i64>),
    Word(&'static str),
    Place(usize),
}
