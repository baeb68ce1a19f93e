//! What a command does to a ticket: permission, compare-and-set, and the fact that is recorded.
//!
//! Pure: the ticket is as of the batch the command is in, and nobody else writes.

use super::intent::{Action, Command, Rank, Refusal};
use crate::domain::event::{Event, Fact};
use crate::domain::ticket::{Status, Ticket};

/// What a permitted command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Record its fact.
    Record,
    /// It already is so.
    Already,
}

/// The fact that a command records, at the instant of its interaction.
pub(super) fn event(command: &Command) -> Event {
    let by = command.by;
    let fact = match command.action {
        Action::Claim => Fact::Claimed { by },
        Action::Release => Fact::Released { by },
        Action::Resolve => Fact::Resolved { by },
        Action::Reopen => Fact::Reopened { by },
        Action::SetPriority(priority) => Fact::PrioritySet { by, priority },
        Action::JudgeReply {
            message,
            needed: true,
            ..
        } => Fact::ReplyWanted { message, by },
        Action::JudgeReply {
            message,
            needed: false,
            ..
        } => Fact::ReplySpared {
            message,
            by: Some(by),
        },
    };
    Event::of_snowflake(command.interaction, fact)
}

/// Whether the command may be carried out on the ticket as it is. Permission comes first: who may
/// not do a thing learns nothing about the ticket.
pub(super) fn judge(ticket: &Ticket, command: &Command) -> Result<Verdict, Refusal> {
    permit(ticket, command)?;
    match (command.action, ticket.status) {
        (_, Status::Gone { .. }) => Err(Refusal::Gone),
        (Action::Claim, Status::Resolved { .. }) => Err(Refusal::Resolved),
        (Action::Claim, Status::Open) => match ticket.claim {
            None => Ok(Verdict::Record),
            Some(claim) if claim.by == command.by => Ok(Verdict::Already),
            Some(claim) => Err(Refusal::ClaimedBy { by: claim.by }),
        },
        (Action::Release, Status::Open | Status::Resolved { .. }) => match ticket.claim {
            None => Err(Refusal::NotClaimed),
            Some(claim) if claim.by == command.by || command.rank == Rank::Moderator => {
                Ok(Verdict::Record)
            }
            Some(claim) => Err(Refusal::ClaimedBy { by: claim.by }),
        },
        (Action::Resolve, Status::Resolved { .. }) | (Action::Reopen, Status::Open) => {
            Ok(Verdict::Already)
        }
        (Action::Resolve, Status::Open) | (Action::Reopen, Status::Resolved { .. }) => {
            Ok(Verdict::Record)
        }
        (
            Action::JudgeReply {
                message, author, ..
            },
            Status::Open | Status::Resolved { .. },
        ) => match ticket.question {
            Some(question) if question.message == message => Err(Refusal::TheQuestion),
            Some(question) if question.asker == author => Ok(Verdict::Record),
            _ => Err(Refusal::NotTheAskers),
        },
        (Action::SetPriority(priority), Status::Open | Status::Resolved { .. }) => {
            if priority == ticket.priority {
                Ok(Verdict::Already)
            } else {
                Ok(Verdict::Record)
            }
        }
    }
}

/// A staff member who asks is an asker in that thread, and only that.
fn permit(ticket: &Ticket, command: &Command) -> Result<(), Refusal> {
    let asker = ticket.asker() == Some(command.by);
    let staff = command.rank >= Rank::Staff && !asker;
    let claimer = ticket.claim.is_some_and(|claim| claim.by == command.by);
    let permitted = match command.action {
        Action::Claim | Action::SetPriority(_) | Action::JudgeReply { .. } => staff,
        Action::Release => claimer || staff,
        Action::Resolve | Action::Reopen => asker || staff,
    };
    if permitted {
        Ok(())
    } else {
        Err(Refusal::NotPermitted)
    }
}
