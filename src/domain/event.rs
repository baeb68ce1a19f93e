//! Facts about one ticket, each with the instant at which it happened.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::{ChannelId, MessageId, RoleId, TagId, ThreadId, UserId};
use super::issue::IssueId;
use super::offer::Why;
use super::time::optional_millis;
use super::triage::{Cause, Kind};

/// A fact that happened, past tense, never changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it stands among the ticket's events, and what makes it the same event when it comes
    /// a second time.
    pub key: EventKey,
    /// What happened.
    pub fact: Fact,
}

/// The place of an event in its ticket: by instant, then by id, then by kind. Never by arrival,
/// because Discord promises no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// When it happened: the instant of a snowflake, a webhook's instant, or for our own decisions
    /// the instant they were decided for.
    pub at: Timestamp,
    /// The snowflake it came from (message, thread, interaction). For our own decisions a number
    /// made from what was decided, so that deciding twice gives one event.
    pub id: u64,
    /// Tells apart several facts of one snowflake: a forum post and its first message share theirs.
    pub kind: u8,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The thread came to be.
    ThreadCreated {
        /// The channel it hangs on.
        channel: ChannelId,
        /// The forum tags it had then. Later changes never move a clock.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<TagId>,
    },
    /// A person wrote in the thread. What bots and Discord itself write is no fact of ours.
    MessagePosted {
        /// The message.
        message: MessageId,
        /// Who wrote it.
        author: UserId,
        /// Whether the author held a staff role then.
        staff: bool,
    },
    /// Whoever wrote the message of this snowflake held these roles then: those of them by which a
    /// policy chooses, and only where the message may be the question.
    RolesHeld {
        /// The roles; never empty.
        roles: Vec<RoleId>,
    },
    /// A message of the asker's needs no answer: by what it says, or because a staff member said so.
    ReplySpared {
        /// The message.
        message: MessageId,
        /// Who said so; `None` when it follows from the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
    },
    /// A staff member said that a message needs an answer after all.
    ReplyWanted {
        /// The message.
        message: MessageId,
        /// Who said so.
        by: UserId,
    },
    /// A message was deleted: it counts as never written.
    MessageDeleted {
        /// The message.
        message: MessageId,
    },
    /// A staff member took the ticket.
    Claimed {
        /// Who.
        by: UserId,
    },
    /// The claim was given back.
    Released {
        /// Who gave it back: the claimer or a moderator.
        by: UserId,
    },
    /// Somebody said that the question is answered.
    Resolved {
        /// Who.
        by: UserId,
    },
    /// Somebody said that it is not answered after all.
    Reopened {
        /// Who.
        by: UserId,
    },
    /// Triage gave the ticket another priority.
    PrioritySet {
        /// Who.
        by: UserId,
        /// The new priority.
        priority: Priority,
    },
    /// A trigger was passed and somebody has to be told.
    AlertRaised(Alert),
    /// An alert was no longer true when it was about to be sent, and was not sent.
    AlertDropped(Alert),
    /// The thread was deleted: nothing is owed any more.
    ThreadDeleted,
    /// A staff member took it on for a while: nobody else is called meanwhile.
    Acknowledged {
        /// Who.
        by: UserId,
        /// Until when.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        until: Timestamp,
    },
    /// A staff member put it out of the queue for a while.
    Snoozed {
        /// Who.
        by: UserId,
        /// Until when at most; in any case until somebody else writes.
        #[serde(with = "optional_millis")]
        until: Option<Timestamp>,
        /// Why: text from people, empty once the thread is gone.
        reason: String,
    },
    /// A staff member promised something by a date, in public. An earlier promise gives way to it.
    Promised {
        /// Who.
        by: UserId,
        /// By when.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        until: Timestamp,
        /// What: text from people, empty once the thread is gone.
        note: String,
    },
    /// A staff member said that what was promised is done.
    PromiseKept {
        /// Who.
        by: UserId,
    },
    /// A staff member took back what was promised.
    PromiseWithdrawn {
        /// Who.
        by: UserId,
    },
    /// The asker was reminded that there is an answer.
    AskerReminded {
        /// How often before.
        before: u8,
    },
    /// The claim ended, because whoever held it owed a reply and stayed silent.
    ClaimLapsed {
        /// Who held it.
        by: UserId,
    },
    /// Triage said what it is about.
    KindSet {
        /// Who.
        by: UserId,
        /// What.
        kind: Kind,
    },
    /// A staff member said what was behind it.
    CauseNamed {
        /// Who.
        by: UserId,
        /// What.
        cause: Cause,
    },
    /// It hangs on an issue from now on.
    IssueLinked {
        /// Which.
        issue: IssueId,
    },
    /// A full release has the fix of its issue.
    FixShipped {
        /// Which.
        issue: IssueId,
    },
    /// What a staff member wrote says that it is a bug.
    BugSaid {
        /// Who wrote it.
        by: UserId,
    },
    /// It was offered, unasked, to make it an issue.
    IssueOffered(Why),
}

impl Fact {
    /// The number that tells this kind apart in an [`EventKey`]. Kinds that share a snowflake sort
    /// by it: the thread comes before its first message.
    pub fn kind(&self) -> u8 {
        match self {
            Self::ThreadCreated { .. } => 0,
            Self::MessagePosted { .. } => 1,
            Self::MessageDeleted { .. } => 2,
            Self::Claimed { .. } => 3,
            Self::Released { .. } => 4,
            Self::Resolved { .. } => 5,
            Self::Reopened { .. } => 6,
            Self::PrioritySet { .. } => 7,
            Self::AlertRaised(_) => 8,
            Self::AlertDropped(_) => 9,
            Self::ThreadDeleted => 10,
            Self::ClaimLapsed { .. } => 20,
            Self::RolesHeld { .. } => 11,
            Self::ReplySpared { .. } => 15,
            Self::ReplyWanted { .. } => 16,
            Self::Acknowledged { .. } => 21,
            Self::Snoozed { .. } => 22,
            Self::AskerReminded { .. } => 23,
            Self::Promised { .. } => 24,
            Self::PromiseKept { .. } => 25,
            Self::PromiseWithdrawn { .. } => 26,
            Self::KindSet { .. } => 60,
            Self::CauseNamed { .. } => 61,
            Self::IssueLinked { .. } => 62,
            Self::FixShipped { .. } => 63,
            Self::BugSaid { .. } => 64,
            Self::IssueOffered(_) => 65,
        }
    }
}

impl Event {
    /// Whether it changes what an earlier message means, so that only a whole fold can take it in.
    pub fn looks_back(&self) -> bool {
        matches!(
            self.fact,
            Fact::MessageDeleted { .. } | Fact::ReplySpared { .. } | Fact::ReplyWanted { .. }
        )
    }

    /// The message that it says was posted.
    pub fn posted(&self) -> Option<MessageId> {
        if let Fact::MessagePosted { message, .. } = self.fact {
            Some(message)
        } else {
            None
        }
    }

    /// A fact at the instant of the snowflake that brought it.
    pub fn of_snowflake(id: u64, fact: Fact) -> Self {
        Self::at(super::ids::snowflake_instant(id), id, fact)
    }

    /// A fact at an instant of its own; `id` makes it the same event when it comes again.
    pub fn at(at: Timestamp, id: u64, fact: Fact) -> Self {
        let kind = fact.kind();
        Self {
            key: EventKey { at, id, kind },
            fact,
        }
    }

    /// The thread came to be.
    pub fn thread_created(thread: ThreadId, channel: ChannelId, tags: Vec<TagId>) -> Self {
        Self::of_snowflake(thread.0, Fact::ThreadCreated { channel, tags })
    }

    /// A person wrote.
    pub fn message_posted(message: MessageId, author: UserId, staff: bool) -> Self {
        Self::of_snowflake(
            message.0,
            Fact::MessagePosted {
                message,
                author,
                staff,
            },
        )
    }

    /// Whoever wrote a message held these roles.
    pub fn roles_held(message: MessageId, roles: Vec<RoleId>) -> Self {
        Self::of_snowflake(message.0, Fact::RolesHeld { roles })
    }

    /// A message needs no answer, by what it says.
    pub fn reply_spared(message: MessageId) -> Self {
        Self::of_snowflake(message.0, Fact::ReplySpared { message, by: None })
    }

    /// A message was deleted. Discord does not say when, so the fact stands beside the message.
    pub fn message_deleted(message: MessageId) -> Self {
        Self::of_snowflake(message.0, Fact::MessageDeleted { message })
    }

    /// The thread was deleted, noticed at `at`.
    pub fn thread_deleted(thread: ThreadId, at: Timestamp) -> Self {
        Self::at(at, thread.0, Fact::ThreadDeleted)
    }

    /// A claim ended at `at` because its holder stayed silent.
    pub fn claim_lapsed(by: UserId, at: Timestamp) -> Self {
        Self::at(at, by.0, Fact::ClaimLapsed { by })
    }

    /// The asker was reminded at `at`.
    pub fn asker_reminded(before: u8, at: Timestamp) -> Self {
        Self::at(at, u64::from(before), Fact::AskerReminded { before })
    }

    /// It hangs on an issue since `at`.
    pub fn issue_linked(issue: IssueId, at: Timestamp) -> Self {
        Self::at(at, issue.0.unsigned_abs(), Fact::IssueLinked { issue })
    }

    /// A release was heard of at `at` that has the fix of its issue.
    pub fn fix_shipped(issue: IssueId, at: Timestamp) -> Self {
        Self::at(at, issue.0.unsigned_abs(), Fact::FixShipped { issue })
    }

    /// What somebody of the team wrote says that it is a bug.
    pub fn bug_said(message: MessageId, by: UserId) -> Self {
        Self::of_snowflake(message.0, Fact::BugSaid { by })
    }

    /// It was offered at `at` to make it an issue.
    pub fn issue_offered(why: Why, at: Timestamp) -> Self {
        Self::at(at, 0, Fact::IssueOffered(why))
    }

    /// An alert was raised at `at`.
    pub fn alert_raised(alert: Alert, at: Timestamp) -> Self {
        Self::at(at, alert.id(), Fact::AlertRaised(alert))
    }

    /// An alert was dropped at `at`.
    pub fn alert_dropped(alert: Alert, at: Timestamp) -> Self {
        Self::at(at, alert.id(), Fact::AlertDropped(alert))
    }
}

/// How urgent a ticket is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// As any question.
    #[default]
    Normal,
    /// Production is down for the asker.
    Critical,
}

/// Which promise a clock measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// Opened to the first answer.
    FirstResponse,
    /// Oldest unanswered message of the asker to the next answer.
    NextResponse,
    /// An answer of the community that nobody confirmed in time, to an answer of staff.
    SecondLook,
    /// Opened to resolved, less the time spent waiting for the asker.
    Resolution,
    /// A date given in public, to its being kept.
    Promise,
}

/// What starts one run of a clock: the snowflake of the message (or the reopening) that is owed an
/// answer, or of the command that promised. A number that counts runs would change when an event comes late; this does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cycle(pub u64);

/// Which instant of a clock was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The warning point.
    AtRisk,
    /// The due time.
    Overdue,
    /// The beginning: what cannot wait is told at once.
    Started,
    /// The point at which a holder who owes a reply is warned; the claim ends at the due time.
    ClaimEnds,
}

/// The identity of an alert inside its ticket. It fires once; another due time is another alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alert {
    /// Which clock.
    pub clock: ClockKind,
    /// Which run of it.
    pub cycle: Cycle,
    /// What was passed.
    pub trigger: Trigger,
    /// When the answer was or is due.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub due_at: Timestamp,
    /// Which step of the ladder: so many minutes of support time after what was passed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes: u32,
    /// How often that step came before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Alert {
    /// A number that is the same for the same alert and, within a ticket, different for others.
    pub fn id(&self) -> u64 {
        let clock = match self.clock {
            ClockKind::FirstResponse => 0,
            ClockKind::NextResponse => 1,
            ClockKind::SecondLook => 2,
            ClockKind::Resolution => 3,
            ClockKind::Promise => 4,
        };
        let trigger = match self.trigger {
            Trigger::AtRisk => 0,
            Trigger::Overdue => 1,
            Trigger::ClaimEnds => 2,
            Trigger::Started => 3,
        };
        let due = self.due_at.timestamp_millis().cast_unsigned();
        let step = (u64::from(self.minutes) << 32) | (u64::from(self.again) << 56);
        let mixed = (self.cycle.0 ^ due.rotate_left(22) ^ step).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // 63 bits, so that SQLite's integers hold it.
        ((mixed << 8) | (trigger << 4) | clock) & (u64::MAX >> 1)
    }
}
