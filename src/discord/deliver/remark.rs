//! What is said once in a ticket's thread.

use super::problem::{ARCHIVED, LOCKED, Problem, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use super::{DiscordDelivery, all_dropped, nonce, wire};
use crate::discord::views::remark;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::TicketId;
use crate::domain::issue::IssueRemark;
use crate::domain::remark::Remark;
use crate::domain::ticket::Status;
use crate::outbox::parcel::{Failure, Parcel, Receipt};
use crate::store::TicketRow;

impl DiscordDelivery {
    /// What was told of a comment is edited or deleted with it. `None`: it is to be told. One that a
    /// moderator deleted stays deleted.
    async fn follow(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        row: &TicketRow,
        told: &IssueRemark,
    ) -> Result<Option<Receipt>, Failure> {
        let comment = match told {
            IssueRemark::Comment { comment, .. } => comment.id,
            IssueRemark::CommentGone { comment } => *comment,
            _ => return Ok(None),
        };
        let known = self.store.find_comment_told(comment, row.ticket_id).await;
        let known = known.map_err(Problem::store)?;
        let (Some(message), thread) = (known, row.thread.0) else {
            let gone = matches!(told, IssueRemark::CommentGone { .. });
            return Ok(gone.then(|| all_dropped(parcel)));
        };
        let followed = if let IssueRemark::CommentGone { .. } = told {
            wire::delete(&self.rest, thread, message).await
        } else {
            let remark = Remark::Issue(Box::new(told.clone()));
            let asker = row.ticket.asker();
            let edited = remark::remark(parcel.parcel_id, row.ticket_id, asker, &remark);
            wire::edit(&self.rest, thread, message, edited).await
        };
        let followed = followed.map_err(Problem::from);
        match followed.as_ref().map_err(Problem::code) {
            Err(Some(LOCKED | ARCHIVED | UNKNOWN_MESSAGE | UNKNOWN_CHANNEL)) => {}
            _ => self.checked(guild.guild, row.channel, followed).await?,
        }
        Ok(Some(Receipt {
            message: Some(message),
            dropped: Vec::new(),
        }))
    }

    /// A remark needs no thread woken for it that Discord does not wake by itself: a message wakes
    /// an archived one. In a locked thread nothing is said.
    pub(super) async fn remark(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        ticket: TicketId,
        told: &Remark,
    ) -> Result<Receipt, Failure> {
        let row = self.store.find_ticket(ticket).await;
        let Some(row) = row.map_err(Problem::store)? else {
            return Ok(all_dropped(parcel));
        };
        let gone = matches!(row.ticket.status, Status::Gone { .. });
        if gone || row.locked || !told.still_true(&row.ticket) {
            return Ok(all_dropped(parcel));
        }
        if let Remark::Issue(told) = told
            && let Some(done) = self.follow(guild, parcel, &row, told).await?
        {
            return Ok(done);
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
