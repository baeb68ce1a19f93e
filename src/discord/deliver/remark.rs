//! What is said once in a ticket's thread.

use super::problem::{ARCHIVED, LOCKED, Problem, UNKNOWN_CHANNEL};
use super::{DiscordDelivery, all_dropped, nonce};
use crate::discord::views::remark;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::TicketId;
use crate::domain::remark::Remark;
use crate::domain::ticket::Status;
use crate::outbox::parcel::{Failure, Parcel, Receipt};
use crate::store::StoreError;

impl DiscordDelivery {
    /// A remark needs no thread woken for it that Discord does not wake by itself: a message wakes
    /// an archived one. In a locked thread nothing is said.
    pub(super) async fn remark(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        ticket: TicketId,
        told: &Remark,
    ) -> Result<Receipt, Failure> {
        let row = match self.store.load_ticket(ticket).await {
            Ok(row) => row,
            Err(StoreError::NoSuch { .. }) => return Ok(all_dropped(parcel)),
            Err(error) => return Err(Problem::from(error).into_failure()),
        };
        let gone = matches!(row.ticket.status, Status::Gone { .. });
        if gone || row.locked || !told.still_true(&row.ticket) {
            return Ok(all_dropped(parcel));
        }
        let message = remark::remark(parcel.parcel_id, ticket, row.ticket.asker(), told)
            .once(nonce('r', parcel));
        let said = self.say_once(row.thread.0, message, parcel).await;
        match said.as_ref().map_err(Problem::code) {
            Err(Some(LOCKED | ARCHIVED)) => Ok(all_dropped(parcel)),
            Err(Some(UNKNOWN_CHANNEL)) => {
                self.thread_is_gone(&row).await;
                Ok(all_dropped(parcel))
            }
            _ => {
                let message = self.checked(guild.guild, row.channel, said).await?;
                Ok(Receipt {
                    message: Some(message),
                    dropped: Vec::new(),
                })
            }
        }
    }
}
