//! Is the database what it says it is?

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::event::list_events;
use super::tracked::{Tracked, list_tracked};
use super::{Store, StoreError};
use crate::domain::ids::ThreadId;
use crate::domain::parcel::Content;
use crate::domain::ticket::Ticket;

/// How many tickets are in memory at once, with their events.
const TICKETS_AT_ONCE: i64 = 100;

/// How many findings of one kind are named; a broken file would fill the screen.
const FINDINGS_NAMED: usize = 20;

/// What `sameday check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many tickets were folded again and compared.
    pub tickets: u64,
    /// How many events they have.
    pub events: u64,
    /// What is wrong, one sentence each; empty when all is well.
    pub findings: Vec<String>,
}

/// Checks the file's structure, its references, every projection against the fold of its events,
/// and the outbox. Reads everything as of one instant, also while the bot runs; keeps few tickets in
/// memory at a time; changes nothing.
pub async fn check(store: &Store) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut reading = store.readers().begin().await?;
    check_structure(&mut reading, &mut report).await?;
    check_projections(&mut reading, &mut report).await?;
    check_columns(&mut reading, &mut report).await?;
    check_outbox(&mut reading, &mut report).await?;
    check_erased(&mut reading, &mut report).await?;
    reading.rollback().await?;
    Ok(report)
}

impl Report {
    fn find(&mut self, findings: impl ExactSizeIterator<Item = String>) {
        let more = findings.len().saturating_sub(FINDINGS_NAMED);
        self.findings.extend(findings.take(FINDINGS_NAMED));
        if more > 0 {
            self.findings
                .push(format!("… and {more} more of this kind"));
        }
    }
}

async fn check_structure(
    reading: &mut SqliteConnection,
    report: &mut Report,
) -> Result<(), StoreError> {
    let structure: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
        .fetch_all(&mut *reading)
        .await?;
    let broken: Vec<_> = structure.into_iter().filter(|line| line != "ok").collect();
    report.find(
        broken
            .iter()
            .map(|line| format!("the file is damaged: {line}")),
    );
    let references = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(reading)
        .await?;
    let mut broken = Vec::new();
    for row in references {
        let (table, parent): (String, String) = (row.try_get(0)?, row.try_get(2)?);
        let rowid: Option<i64> = row.try_get(1)?;
        let rowid = rowid.unwrap_or_default();
        broken.push(format!(
            "row {rowid} of table {table} names a row of table {parent} that does not exist"
        ));
    }
    report.find(broken.into_iter());
    Ok(())
}

async fn check_projections(
    reading: &mut SqliteConnection,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut after = 0;
    let mut broken = Vec::new();
    loop {
        let some = sqlx::query!(
            "SELECT ticket_id, thread_id FROM ticket WHERE ticket_id > ?1
             ORDER BY ticket_id LIMIT ?2",
            after,
            TICKETS_AT_ONCE
        )
        .fetch_all(&mut *reading)
        .await?;
        let Some(last) = some.last() else {
            break;
        };
        after = last.ticket_id;
        let threads: Vec<_> = some
            .iter()
            .map(|row| ThreadId::from_i64(row.thread_id))
            .collect();
        match compare(reading, &threads, report, &mut broken).await {
            // One row that cannot be read hides the others: look at each alone.
            Err(StoreError::Unreadable { .. }) => {
                for thread in threads {
                    match compare(reading, &[thread], report, &mut broken).await {
                        Err(error @ StoreError::Unreadable { .. }) => {
                            broken.push(error.to_string());
                        }
                        other => other?,
                    }
                }
            }
            other => other?,
        }
    }
    report.find(broken.into_iter());
    Ok(())
}

/// Compares the tickets of these threads with the fold of their events.
async fn compare(
    reading: &mut SqliteConnection,
    threads: &[ThreadId],
    report: &mut Report,
    broken: &mut Vec<String>,
) -> Result<(), StoreError> {
    let tracked: Vec<Tracked> = list_tracked(&mut *reading, threads).await?;
    for each in tracked {
        let recorded = list_events(&mut *reading, each.ticket_id).await?;
        report.tickets += 1;
        report.events += recorded.len() as u64;
        let folded = Ticket::fold(recorded.into_iter().map(|recorded| recorded.event));
        if folded != each.ticket {
            broken.push(format!(
                "ticket {} is not what its events add up to",
                each.ticket_id
            ));
        }
    }
    Ok(())
}

/// The columns that copy what is in `state`.
async fn check_columns(
    reading: &mut SqliteConnection,
    report: &mut Report,
) -> Result<(), StoreError> {
    let broken = sqlx::query_scalar!(
        r#"SELECT ticket_id AS "ticket_id!" FROM ticket
           WHERE status IS NOT state ->> '$.status.status'
               OR asker_id IS NOT state ->> '$.question.asker'
               OR opened_at IS NOT state ->> '$.question.opened_at'
               OR claimed_by IS NOT state ->> '$.claim.by'"#
    )
    .fetch_all(reading)
    .await?;
    report.find(
        broken
            .iter()
            .map(|ticket| format!("the columns of ticket {ticket} differ from its state")),
    );
    Ok(())
}

async fn check_outbox(
    reading: &mut SqliteConnection,
    report: &mut Report,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT outbox_id AS "outbox_id!", content FROM outbox
           WHERE state IN ('pending', 'leased', 'dead')"#
    )
    .fetch_all(&mut *reading)
    .await?;
    let unreadable: Vec<_> = rows
        .iter()
        .filter(|row| serde_json::from_str::<Content>(&row.content).is_err())
        .collect();
    report.find(
        unreadable
            .iter()
            .map(|row| format!("row {} of the outbox cannot be read", row.outbox_id)),
    );
    let unsaid = sqlx::query_scalar!(
        r#"SELECT ticket_event.ticket_id AS "ticket_id!"
           FROM ticket_event
           WHERE fact ->> '$.fact' = 'alert_raised' AND NOT EXISTS (
               SELECT * FROM outbox
               WHERE outbox.ticket_id = ticket_event.ticket_id AND outbox.kind = 'alert'
                   AND content ->> '$.alert.clock' = fact ->> '$.clock'
                   AND content ->> '$.alert.cycle' = fact ->> '$.cycle'
                   AND content ->> '$.alert.trigger' = fact ->> '$.trigger'
                   AND content ->> '$.alert.due_at' = fact ->> '$.due_at'
                   AND content ->> '$.alert.minutes' IS fact ->> '$.minutes'
                   AND content ->> '$.alert.again' IS fact ->> '$.again'
           )"#
    )
    .fetch_all(&mut *reading)
    .await?;
    report.find(unsaid.iter().map(|ticket| {
        format!("an alert of ticket {ticket} was raised, but never ordered to be said")
    }));
    let twice = sqlx::query_scalar!(
        r#"SELECT min(ticket_id) AS "ticket_id!: i64" FROM outbox
           WHERE kind = 'alert' AND state <> 'dropped'
           GROUP BY ticket_id, content -> '$.alert', content -> '$.audience'
           HAVING count(*) > 1"#
    )
    .fetch_all(reading)
    .await?;
    report.find(
        twice
            .iter()
            .map(|ticket| format!("an alert of ticket {ticket} was ordered twice")),
    );
    Ok(())
}

/// What is theirs in threads that are gone.
async fn check_erased(
    reading: &mut SqliteConnection,
    report: &mut Report,
) -> Result<(), StoreError> {
    let kept = sqlx::query_scalar!(
        r#"SELECT ticket_id AS "ticket_id!" FROM ticket
           JOIN thread ON thread.thread_id = ticket.thread_id
           WHERE gone_at IS NOT NULL AND to_erase = 0
               AND (title <> '' OR shown IS NOT NULL OR status <> 'gone')"#
    )
    .fetch_all(reading)
    .await?;
    report.find(
        kept.iter()
            .map(|ticket| format!("ticket {ticket} was not erased although its thread is gone")),
    );
    Ok(())
}
