//! Which date was offered to whom, and waits for its click?

use chrono::TimeDelta;

use super::write::array;
use super::{Store, StoreError, Writing, instant};
use crate::domain::Timestamp;
use crate::domain::event::Cycle;
use crate::domain::ids::{TicketId, UserId};

/// How long an offer waits for its click; Discord shows its message no longer.
const OFFERED_FOR: TimeDelta = TimeDelta::days(1);

/// A date that somebody is about to promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseOffer {
    /// The interaction of the command.
    pub offer: u64,
    /// The ticket.
    pub ticket: TicketId,
    /// Who asked for it.
    pub to: UserId,
    /// The date.
    pub until: Timestamp,
    /// What is promised: text from people.
    pub note: String,
    /// The promise that ran then.
    pub instead_of: Option<Cycle>,
}

impl Store {
    /// An offer that still waits.
    pub async fn find_promise_offer(&self, offer: u64) -> Result<Option<PromiseOffer>, StoreError> {
        let offer_id = offer.cast_signed();
        let row = sqlx::query!(
            "SELECT ticket_id, offered_to, until_at, note, instead_of
             FROM promise_offer WHERE offer_id = ?1",
            offer_id
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(row.map(|row| PromiseOffer {
            offer,
            ticket: TicketId(row.ticket_id),
            to: UserId::from_i64(row.offered_to),
            until: instant(row.until_at),
            note: row.note,
            instead_of: row.instead_of.map(|cycle| Cycle(cycle.cast_unsigned())),
        }))
    }
}

impl Writing<'_> {
    /// Keeps an offer until its click, and forgets those that waited too long.
    pub(crate) async fn offer_promise(
        &mut self,
        offer: &PromiseOffer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let too_old = (now - OFFERED_FOR).timestamp_millis();
        sqlx::query!("DELETE FROM promise_offer WHERE offered_at < ?1", too_old)
            .execute(self.connection())
            .await?;
        let (offer_id, to) = (offer.offer.cast_signed(), offer.to.to_i64());
        let (now, until) = (now.timestamp_millis(), offer.until.timestamp_millis());
        let instead_of = offer.instead_of.map(|cycle| cycle.0.cast_signed());
        sqlx::query!(
            "INSERT INTO promise_offer (offer_id, ticket_id, offered_to, offered_at, until_at, note,
                 instead_of)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING",
            offer_id,
            offer.ticket.0,
            to,
            now,
            until,
            offer.note,
            instead_of
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes an offer, which then is gone. `false` when it is gone already.
    pub(crate) async fn take_promise_offer(&mut self, offer: u64) -> Result<bool, StoreError> {
        let offer_id = offer.cast_signed();
        let taken = sqlx::query!("DELETE FROM promise_offer WHERE offer_id = ?1", offer_id)
            .execute(self.connection())
            .await?;
        Ok(taken.rows_affected() > 0)
    }

    /// Forgets what was offered for these tickets.
    pub(crate) async fn forget_promise_offers(
        &mut self,
        tickets: &[TicketId],
    ) -> Result<(), StoreError> {
        let tickets = array(tickets);
        sqlx::query!(
            "DELETE FROM promise_offer WHERE ticket_id IN (SELECT value FROM json_each(?1))",
            tickets
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
