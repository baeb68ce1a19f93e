//! What is to be said: ordering, leasing, and what became of it.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::Writing;
use super::tickets::{ROWS_AT_ONCE, Texts, array};
use crate::domain::Timestamp;
use crate::domain::decision::Audience;
use crate::domain::ids::{GuildId, MessageId, TicketId};
use crate::domain::parcel::Content;
use crate::store::{StoreError, instant, json};

/// How long it is remembered what became of something that was said. What became of an alert is
/// remembered as long as its ticket, like the events that led to it: `/why` tells of it.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// Something to say, newly decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewItem {
    pub(crate) guild: GuildId,
    pub(crate) content: Content,
}

/// A row that can be leased, at the head of its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeaseRow {
    pub(crate) outbox_id: i64,
    pub(crate) guild: GuildId,
    pub(crate) lane: String,
    pub(crate) content: Content,
    /// How often it was tried before.
    pub(crate) attempts: u32,
    /// The parcel it went out in before.
    pub(crate) parcel_id: Option<i64>,
    pub(crate) uncertain: bool,
}

impl NewItem {
    fn ticket(&self) -> Option<TicketId> {
        match self.content {
            Content::Card { ticket, .. }
            | Content::Alert { ticket, .. }
            | Content::Remark { ticket, .. }
            | Content::OpenIssue { ticket, .. }
            | Content::Reply { ticket, .. }
            | Content::Revise { ticket, .. }
            | Content::TakeBack { ticket, .. }
            | Content::CountThreads { ticket, .. } => Some(ticket),
            Content::Notice(_) => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self.content {
            Content::Card { .. } => "card",
            Content::Alert { .. } => "alert",
            Content::Remark { .. } => "remark",
            Content::OpenIssue { .. } => "issue",
            Content::CountThreads { .. } => "count",
            Content::Reply { .. } => "reply",
            Content::Revise { .. } => "revise",
            Content::TakeBack { .. } => "take_back",
            Content::Notice(_) => "notice",
        }
    }

    /// How long it waits, in milliseconds: whoever corrects a message often does so twice.
    fn waits(&self) -> i64 {
        match self.content {
            Content::Revise { .. } => 15_000,
            _ => 0,
        }
    }

    fn lane(&self) -> String {
        match self.content {
            Content::Card { ticket, .. } => format!("card:{ticket}"),
            Content::Remark { ticket, .. } => format!("thread:{ticket}"),
            Content::OpenIssue { ticket, .. } => format!("issue:{ticket}"),
            Content::CountThreads { issue, .. } => format!("count:{issue}"),
            // In the order in which they were written; edited and taken back after they were said.
            Content::Reply { ticket, .. }
            | Content::Revise { ticket, .. }
            | Content::TakeBack { ticket, .. } => format!("reply:{ticket}"),
            Content::Alert {
                audience: Audience::Staff,
                ..
            } => format!("staff:{}", self.guild),
            Content::Alert {
                audience: Audience::Channel(channel),
                ..
            } => format!("channel:{channel}"),
            Content::Alert {
                audience: Audience::Moderators,
                ..
            }
            | Content::Notice(_) => format!("moderators:{}", self.guild),
        }
    }
}

impl Writing<'_> {
    /// Orders what is to be said. A card's newer face takes the place of one that was never handed
    /// out, in its row; one that was keeps its parcel and goes first, so that its card is never made twice. A
    /// notice that still waits to be said is not ordered again.
    pub(crate) async fn order(
        &mut self,
        items: &[NewItem],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for portion in items.chunks(ROWS_AT_ONCE) {
            self.order_some(portion, now).await?;
        }
        Ok(())
    }

    async fn order_some(&mut self, items: &[NewItem], now: Timestamp) -> Result<(), StoreError> {
        let mut texts = Texts::default();
        let rows: Vec<_> = items
            .iter()
            .map(|item| {
                let (begin, length) = texts.push(&item.content);
                (
                    item.guild,
                    item.ticket(),
                    item.kind(),
                    item.lane(),
                    begin,
                    length,
                    item.waits(),
                )
            })
            .collect();
        let rows = array(&rows);
        let texts = texts.bytes();
        let now = now.timestamp_millis();
        sqlx::query!(
            "UPDATE outbox SET
                 content = CAST(substr(?2, item.value ->> 4, item.value ->> 5) AS TEXT),
                 ordered_at = ?3,
                 not_before = ?3,
                 waits_since = ?3
             FROM jsonb_each(?1) AS item
             WHERE item.value ->> 2 = 'card' AND ticket_id = item.value ->> 1
                 AND kind = 'card' AND state = 'pending' AND parcel_id IS NULL",
            rows,
            texts,
            now
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "INSERT INTO outbox (guild_id, ticket_id, kind, lane, content, state, ordered_at,
                 not_before, waits_since)
             SELECT item.value ->> 0, item.value ->> 1, item.value ->> 2, item.value ->> 3,
                 CAST(substr(?2, item.value ->> 4, item.value ->> 5) AS TEXT), 'pending', ?3,
                 ?3 + (item.value ->> 6), ?3
             FROM jsonb_each(?1) AS item
             WHERE CASE item.value ->> 2
                 WHEN 'card' THEN NOT EXISTS (
                     SELECT * FROM outbox AS waits
                     WHERE waits.ticket_id = item.value ->> 1 AND waits.kind = 'card'
                         AND waits.state = 'pending' AND waits.parcel_id IS NULL
                 )
                 -- What a message says is read when it is said: one that waits will do.
                 WHEN 'revise' THEN NOT EXISTS (
                     SELECT * FROM outbox AS waits
                     WHERE waits.lane = item.value ->> 3 AND waits.state = 'pending'
                         AND waits.kind = 'revise' AND waits.parcel_id IS NULL
                         AND waits.content =
                             CAST(substr(?2, item.value ->> 4, item.value ->> 5) AS TEXT)
                 )
                 WHEN 'notice' THEN NOT EXISTS (
                     SELECT * FROM outbox AS waits
                     WHERE waits.lane = item.value ->> 3 AND waits.state IN ('pending', 'leased')
                         AND waits.content =
                             CAST(substr(?2, item.value ->> 4, item.value ->> 5) AS TEXT)
                 )
                 ELSE TRUE
             END
             ORDER BY item.key",
            rows,
            texts,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The heads of up to `most_lanes` lanes that may be said at `now`, oldest first, with up to
    /// `most_rows` rows of each lane; and the instant at which the next lane may be.
    pub(crate) async fn list_leasable(
        &mut self,
        busy: &HashSet<String>,
        now: Timestamp,
        most_lanes: u32,
        most_rows: u32,
    ) -> Result<(Vec<LeaseRow>, Option<Timestamp>), StoreError> {
        let busy = array(busy);
        let now = now.timestamp_millis();
        // From the oldest row on, and no further than needed: a hundred thousand may wait.
        let due = sqlx::query!(
            r#"SELECT lane AS "lane!", not_before AS "not_before!"
               FROM outbox AS head INDEXED BY outbox_open_by_age
               WHERE state IN ('pending', 'leased') AND not_before <= ?2
                   AND lane NOT IN (SELECT value FROM json_each(?1))
                   AND NOT EXISTS (
                       SELECT * FROM outbox AS before
                       WHERE before.lane = head.lane AND before.state IN ('pending', 'leased')
                           AND before.outbox_id < head.outbox_id
                   )
               ORDER BY outbox_id
               LIMIT ?3 + 1"#,
            busy,
            now,
            most_lanes
        )
        .fetch_all(self.connection())
        .await?;
        let most_lanes = usize::try_from(most_lanes).unwrap_or(usize::MAX);
        let next_at = match due.get(most_lanes) {
            Some(head) => Some(instant(head.not_before)),
            None => self.find_next_lane(&busy, now).await?,
        };
        let lanes: Vec<&str> = due
            .iter()
            .take(most_lanes)
            .map(|head| head.lane.as_str())
            .collect();
        if lanes.is_empty() {
            return Ok((Vec::new(), next_at));
        }
        let lanes = array(&lanes);
        let rows = sqlx::query!(
            r#"SELECT outbox.outbox_id AS "outbox_id!", guild_id AS "guild_id!",
                   lane AS "lane!", content AS "content!", attempts AS "attempts!",
                   parcel_id, uncertain AS "uncertain!"
               FROM json_each(?1) AS asked
               CROSS JOIN outbox
               WHERE lane = asked.value AND state IN ('pending', 'leased')
                   AND outbox.outbox_id IN (
                       SELECT row.outbox_id FROM outbox AS row
                       WHERE row.lane = asked.value AND row.state IN ('pending', 'leased')
                       ORDER BY row.outbox_id LIMIT ?2
                   )
               ORDER BY asked.key, outbox.outbox_id"#,
            lanes,
            most_rows
        )
        .fetch_all(self.connection())
        .await?;
        let mut readable = Vec::with_capacity(rows.len());
        for row in rows {
            match json("outbox", row.outbox_id, &row.content) {
                Ok(content) => readable.push(LeaseRow {
                    outbox_id: row.outbox_id,
                    guild: GuildId::from_i64(row.guild_id),
                    lane: row.lane,
                    content,
                    attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
                    parcel_id: row.parcel_id,
                    uncertain: row.uncertain != 0,
                }),
                // It would hold up its lane for ever.
                Err(error) => {
                    tracing::error!(%error, "given up: see `sameday outbox`");
                    self.give_up(row.outbox_id, now).await?;
                }
            }
        }
        Ok((readable, next_at))
    }

    /// When the next lane that is not busy may be said, of those that may not yet.
    async fn find_next_lane(
        &mut self,
        busy: &str,
        now: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next = sqlx::query_scalar!(
            r#"SELECT min(outbox.not_before) AS "next: i64"
               FROM (
                   SELECT lane, min(outbox_id) AS outbox_id
                   FROM outbox
                   WHERE state IN ('pending', 'leased')
                   GROUP BY lane
               ) AS head
               CROSS JOIN outbox ON outbox.outbox_id = head.outbox_id
               WHERE outbox.not_before > ?2
                   AND head.lane NOT IN (SELECT value FROM json_each(?1))"#,
            busy,
            now
        )
        .fetch_one(self.connection())
        .await?;
        Ok(next.map(instant))
    }

    async fn give_up(&mut self, outbox_id: i64, now: i64) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE outbox SET state = 'dead', finished_at = ?2, reason = 'the row is not readable'
             WHERE outbox_id = ?1",
            outbox_id,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that the clock was set back, where it was: what was decided later than `now` waits from
    /// now on as long as it was to wait, and no longer. Its order moves back with it, and rather
    /// too far, so that a message which was made all the same is still looked for early enough.
    pub(crate) async fn follow_clock(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        sqlx::query!(
            "UPDATE outbox SET
                 ordered_at = ?1 - max(not_before - ordered_at, 0),
                 not_before = ?1 + max(not_before - waits_since, 0),
                 waits_since = ?1
             WHERE state IN ('pending', 'leased') AND waits_since > ?1",
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Leases rows at `now`, until `until`: each a pair of row and parcel. The attempt is counted now, so
    /// that one that ends the process counts too.
    pub(crate) async fn lease(
        &mut self,
        rows: &[(i64, i64)],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = array(rows);
        let (now, until) = (now.timestamp_millis(), until.timestamp_millis());
        sqlx::query!(
            "UPDATE outbox SET state = 'leased', attempts = attempts + 1, not_before = ?2,
                 waits_since = ?3, parcel_id = leased.value ->> 1
             FROM jsonb_each(?1) AS leased
             WHERE outbox_id = leased.value ->> 0",
            rows,
            until,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A parcel has arrived, except for what was no longer true. Cards and remarks, which name
    /// people, leave no trace here.
    pub(crate) async fn note_delivered(
        &mut self,
        parcel: i64,
        message: Option<MessageId>,
        dropped: &[i64],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let dropped = array(dropped);
        let long_ago = (now - REMEMBERED).timestamp_millis();
        let now = now.timestamp_millis();
        let message = message.map(MessageId::to_i64);
        sqlx::query!(
            "DELETE FROM outbox
             WHERE parcel_id = ?1 AND state = 'leased' AND kind IN ('card', 'remark')",
            parcel
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE outbox SET
                 finished_at = ?2,
                 state = iif(outbox_id IN (SELECT value FROM json_each(?3)), 'dropped', 'delivered'),
                 message_id = iif(outbox_id IN (SELECT value FROM json_each(?3)), NULL, ?4),
                 reason = iif(outbox_id IN (SELECT value FROM json_each(?3)),
                     'no longer true when it was about to be said', NULL)
             WHERE parcel_id = ?1 AND state = 'leased'",
            parcel,
            now,
            dropped,
            message
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM outbox
             WHERE kind <> 'alert' AND state IN ('delivered', 'dropped') AND finished_at < ?1",
            long_ago
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A parcel has not arrived: it is tried again at `retry_at`, or given up. Its attempts count as no more
    /// than `most_counted`.
    pub(crate) async fn note_failed(
        &mut self,
        parcel: i64,
        retry_at: Option<Timestamp>,
        reason: &str,
        uncertain: bool,
        most_counted: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = if retry_at.is_some() {
            "pending"
        } else {
            "dead"
        };
        let finished_at = retry_at.is_none().then(|| now.timestamp_millis());
        let since = now.timestamp_millis();
        let not_before = retry_at.unwrap_or(now).timestamp_millis();
        sqlx::query!(
            "UPDATE outbox SET state = ?2, not_before = ?3, finished_at = ?4, reason = ?5,
                 uncertain = uncertain OR ?6, attempts = min(attempts, ?7), waits_since = ?8
             WHERE parcel_id = ?1 AND state = 'leased'",
            parcel,
            state,
            not_before,
            finished_at,
            reason,
            uncertain,
            most_counted,
            since
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes back the leases of the process before: it has ended, or we could not have opened the
    /// file. Its deliveries may have arrived. What was tried too often is given up.
    pub(crate) async fn free_leases(
        &mut self,
        most_attempts: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        sqlx::query!(
            "UPDATE outbox SET uncertain = 1, not_before = ?1, waits_since = ?1,
                 state = iif(attempts >= ?2, 'dead', 'pending'),
                 finished_at = iif(attempts >= ?2, ?1, NULL),
                 reason = 'the process ended before the answer came'
             WHERE state = 'leased'",
            now,
            most_attempts
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives a dead letter, with all of its parcel, a fresh set of attempts.
    pub(crate) async fn revive(
        &mut self,
        outbox_id: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = now.timestamp_millis();
        let revived = sqlx::query!(
            "UPDATE outbox SET state = 'pending', attempts = 0, not_before = ?2, waits_since = ?2,
                 finished_at = NULL
             WHERE state = 'dead' AND parcel_id = (
                 SELECT parcel_id FROM outbox WHERE outbox_id = ?1 AND state = 'dead'
             )",
            outbox_id,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(revived.rows_affected() > 0)
    }
}
