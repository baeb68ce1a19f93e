//! What was said about a ticket?

use super::{OutboxState, Store, StoreError, instant, json};
use crate::domain::Timestamp;
use crate::domain::decision::Audience;
use crate::domain::event::Alert;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::parcel::Content;
use crate::domain::reach::Ping;

/// An alert that was ordered, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Its number in the outbox.
    pub outbox_id: i64,
    /// What it says.
    pub alert: Alert,
    /// Who is told.
    pub audience: Audience,
    /// Who is pinged, and who was passed over.
    pub ping: Ping,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// What became of it.
    pub state: OutboxState,
    /// When it was delivered, dropped or given up.
    pub finished_at: Option<Timestamp>,
    /// The message that said it.
    pub message: Option<MessageId>,
    /// Why it was dropped or given up, or why the last attempt failed.
    pub reason: Option<String>,
}

impl Store {
    /// The alerts ordered for a ticket, in the order they were ordered.
    pub async fn list_alerts(&self, ticket: TicketId) -> Result<Vec<AlertRow>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT outbox_id AS "outbox_id!", content, state, ordered_at, finished_at,
                   message_id, reason
               FROM outbox
               WHERE ticket_id = ?1 AND kind = 'alert'
               ORDER BY outbox_id"#,
            ticket.0
        )
        .fetch_all(self.readers())
        .await?;
        let mut alerts = Vec::with_capacity(rows.len());
        for row in rows {
            let content = json("outbox", row.outbox_id, &row.content)?;
            if let Content::Alert {
                alert,
                audience,
                ping,
                ..
            } = content
            {
                alerts.push(AlertRow {
                    outbox_id: row.outbox_id,
                    alert,
                    audience,
                    ping: ping.unwrap_or_default(),
                    ordered_at: instant(row.ordered_at),
                    state: OutboxState::of_column(&row.state),
                    finished_at: row.finished_at.map(instant),
                    message: row.message_id.map(MessageId::from_i64),
                    reason: row.reason,
                });
            }
        }
        Ok(alerts)
    }
}
