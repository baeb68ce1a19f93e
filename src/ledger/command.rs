//! What a command does to a ticket: permission, compare-and-set, and the fact that is recorded.
//!
//! Pure: the ticket is as of the batch the command is in, and nobody else writes.

use chrono::TimeDelta;

use super::intent::{Action, Command, Rank, Refusal};
use crate::domain::Timestamp;
use crate::domain::event::{Event, Fact, Priority};
use crate::domain::ids::snowflake_instant;
use crate::domain::policy::ServiceLevel;
use crate::domain::remark::Remark;
use crate::domain::ticket::{Status, Ticket};

/// How far ahead somebody may take on what is due: who needs longer gives a date to the asker.
const LONGEST_HOLD: TimeDelta = TimeDelta::days(7);

/// What a permitted command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Record its fact.
    Record,
    /// It already is so.
    Already,
}

/// The fact that a command records, at the instant of its interaction.
pub(super) fn event(command: &Command, ticket: &Ticket, rules: &ServiceLevel) -> Event {
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
        Action::Acknowledge { until } => Fact::Acknowledged {
            by,
            until: until.unwrap_or_else(|| hold(command, ticket, rules)),
        },
        Action::Snooze { until } => Fact::Snoozed {
            by,
            until,
            reason: command.words.clone(),
        },
        Action::SetKind(kind) => Fact::KindSet { by, kind },
        Action::NameCause(cause) => Fact::CauseNamed { by, cause },
        Action::DeclareDown => Fact::PrioritySet {
            by,
            priority: Priority::Critical,
        },
        Action::Promise { until, .. } => Fact::Promised {
            by,
            until,
            note: command.words.clone(),
        },
        Action::KeepPromise { .. } => Fact::PromiseKept { by },
        Action::WithdrawPromise { .. } => Fact::PromiseWithdrawn { by },
    };
    Event::of_snowflake(command.interaction, fact)
}

/// What is said in the thread about a command that is carried out; `ticket` is as before it.
pub(super) fn remark(command: &Command, ticket: &Ticket) -> Option<Remark> {
    let by = command.by;
    let before = ticket.promise().map(|promise| promise.until);
    match command.action {
        Action::DeclareDown => Some(Remark::ProductionDown {
            by,
            what: command.words.clone(),
        }),
        Action::Promise { until, .. } => Some(Remark::Promised {
            by,
            until,
            note: command.words.clone(),
            instead_of: before,
        }),
        Action::KeepPromise { .. } => before.map(|until| Remark::PromiseKept {
            by,
            until,
            late: snowflake_instant(command.interaction) > until,
        }),
        Action::WithdrawPromise { .. } => {
            before.map(|until| Remark::PromiseWithdrawn { by, until })
        }
        Action::Claim
        | Action::Release
        | Action::Resolve
        | Action::Reopen
        | Action::SetPriority(_)
        | Action::JudgeReply { .. }
        | Action::Acknowledge { .. }
        | Action::SetKind(_)
        | Action::NameCause(_)
        | Action::Snooze { .. } => None,
    }
}

/// Until when a ladder is held by somebody who named no instant.
fn hold(command: &Command, ticket: &Ticket, rules: &ServiceLevel) -> Timestamp {
    let from = snowflake_instant(command.interaction);
    let hold = rules.attention.hold;
    rules
        .find_terms(ticket, from, from)
        .and_then(|terms| terms.policy.calendar.add(from, hold))
        .unwrap_or(from)
}

/// Whether the command may be carried out on the ticket as it is. Permission comes first: who may
/// not do a thing learns nothing about the ticket.
pub(super) fn judge(ticket: &Ticket, command: &Command) -> Result<Verdict, Refusal> {
    permit(ticket, command)?;
    match (command.action, ticket.status) {
        (_, Status::Gone { .. }) => Err(Refusal::Gone),
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
        (Action::Acknowledge { .. }, Status::Resolved { .. }) => Err(Refusal::NobodyWaits),
        (
            Action::Claim | Action::Snooze { .. } | Action::DeclareDown | Action::Promise { .. },
            Status::Resolved { .. },
        ) => Err(Refusal::Resolved),
        (
            Action::Promise {
                until, instead_of, ..
            },
            Status::Open,
        ) => match ticket.promise() {
            Some(stands) if instead_of != Some(stands.cycle) => Err(Refusal::PromisedMeanwhile {
                by: stands.by,
                until: stands.until,
            }),
            None if instead_of.is_some() => Err(Refusal::NoPromise),
            _ if until <= snowflake_instant(command.interaction) => Err(Refusal::DatePast),
            _ => Ok(Verdict::Record),
        },
        (
            Action::KeepPromise { promise } | Action::WithdrawPromise { promise },
            Status::Open | Status::Resolved { .. },
        ) => match ticket.promise() {
            Some(stands) if stands.cycle == promise => Ok(Verdict::Record),
            Some(stands) => Err(Refusal::PromisedMeanwhile {
                by: stands.by,
                until: stands.until,
            }),
            None => Err(Refusal::NoPromise),
        },
        (Action::Snooze { until }, Status::Open) => {
            let now = snowflake_instant(command.interaction);
            match until {
                Some(until) if until <= now => Err(Refusal::NotThen),
                _ => Ok(Verdict::Record),
            }
        }
        (Action::DeclareDown, Status::Open) if ticket.priority == Priority::Critical => {
            Ok(Verdict::Already)
        }
        (Action::DeclareDown, Status::Open) => Ok(Verdict::Record),
        (Action::Acknowledge { until }, Status::Open) => {
            let now = snowflake_instant(command.interaction);
            let taken = ticket.acknowledged.filter(|taken| now < taken.until);
            let within = |until: Timestamp| until > now && until - now <= LONGEST_HOLD;
            match taken {
                Some(taken) if taken.by != command.by => Err(Refusal::TakenOn {
                    by: taken.by,
                    until: taken.until,
                }),
                _ if ticket.owed_by_staff.waiting().is_none() && ticket.promise().is_none() => {
                    Err(Refusal::NobodyWaits)
                }
                _ if until.is_some_and(|until| !within(until)) => Err(Refusal::NotThen),
                _ => Ok(Verdict::Record),
            }
        }
        (Action::SetPriority(priority), Status::Open | Status::Resolved { .. }) => {
            Ok(unless(priority == ticket.priority))
        }
        (Action::SetKind(kind), Status::Open | Status::Resolved { .. }) => {
            Ok(unless(ticket.kind == Some(kind)))
        }
        (Action::NameCause(cause), Status::Open | Status::Resolved { .. }) => {
            Ok(unless(ticket.cause == Some(cause)))
        }
    }
}

fn unless(already: bool) -> Verdict {
    if already {
        Verdict::Already
    } else {
        Verdict::Record
    }
}

/// A staff member who asks is an asker in that thread, and only that.
fn permit(ticket: &Ticket, command: &Command) -> Result<(), Refusal> {
    let asker = ticket.asker() == Some(command.by);
    let staff = command.rank >= Rank::Staff && !asker;
    let claimer = ticket.claim.is_some_and(|claim| claim.by == command.by);
    let permitted = match command.action {
        Action::Claim
        | Action::SetPriority(_)
        | Action::Acknowledge { .. }
        | Action::Snooze { .. }
        | Action::SetKind(_)
        | Action::NameCause(_)
        | Action::JudgeReply { .. }
        | Action::Promise { .. }
        | Action::KeepPromise { .. }
        | Action::WithdrawPromise { .. } => staff,
        Action::DeclareDown => asker,
        Action::Release => claimer || staff,
        Action::Resolve | Action::Reopen => asker || staff,
    };
    if permitted {
        Ok(())
    } else {
        Err(Refusal::NotPermitted)
    }
}
