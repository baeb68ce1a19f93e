//! What the ledger can be asked to write.
//!
//! Intake and catch-up send [`Intent`]s that need no answer; commands send a [`Command`] and wait
//! for its [`Outcome`], which comes after the commit.

use crate::domain::Timestamp;
use crate::domain::event::{Cycle, Priority};
use crate::domain::ids::{
    ChannelId, GuildId, MessageId, RoleId, TagId, ThreadId, TicketId, UserId,
};
use crate::domain::session::Position;
use crate::domain::triage::{Cause, Kind};

/// Something that happened on Discord, in the few numbers that matter. No text of a message is in
/// here: what is not kept cannot be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A thread of a watched channel exists, or has changed.
    ThreadSeen(Box<ThreadSeen>),
    /// Somebody or something wrote. In a thread that is not tracked it is nothing.
    Message(MessageSeen),
    /// Whoever wrote a message held these roles, by which a policy chooses. Sent after the message;
    /// it counts where the message is the question.
    RolesHeld {
        /// The thread it stands in.
        thread: ThreadId,
        /// The message.
        message: MessageId,
        /// The roles; never empty.
        roles: Vec<RoleId>,
    },
    /// A message needs no answer, by what it says. Sent after the message.
    ReplySpared {
        /// The thread it stands in.
        thread: ThreadId,
        /// The message.
        message: MessageId,
    },
    /// What somebody of the team wrote says that it is a bug. Sent after the message.
    BugSaid {
        /// The thread it stands in.
        thread: ThreadId,
        /// The message.
        message: MessageId,
        /// Who wrote it.
        by: UserId,
    },
    /// Messages were deleted.
    MessagesDeleted {
        /// The thread they were in; any other channel is nothing.
        thread: ThreadId,
        /// The messages.
        messages: Vec<MessageId>,
    },
    /// A message was edited.
    MessageEdited {
        /// The thread it stands in.
        thread: ThreadId,
        /// The message.
        message: MessageId,
        /// When.
        at: Timestamp,
    },
    /// These files, and no others, hang on a message. Sent after it was edited.
    FilesLeft {
        /// The thread it stands in.
        thread: ThreadId,
        /// The message.
        message: MessageId,
        /// Discord's numbers of the files.
        files: Vec<u64>,
    },
    /// A thread was deleted.
    ThreadGone {
        /// The thread.
        thread: ThreadId,
        /// When we noticed.
        at: Timestamp,
    },
    /// A channel was deleted, and all its threads with it.
    ChannelGone {
        /// The channel.
        channel: ChannelId,
        /// When we noticed.
        at: Timestamp,
    },
    /// The bot was removed from a guild.
    GuildGone {
        /// The guild.
        guild: GuildId,
        /// When we noticed.
        at: Timestamp,
    },
    /// Where the gateway session stands once everything before this is written.
    Position(Box<Position>),
    /// Errands up to this number have to be run; it comes before the position that moves past
    /// what asked for them.
    Owed(u64),
    /// Catch-up has compared all threads of these channels with Discord.
    CaughtUp {
        /// Their guild.
        guild: GuildId,
        /// The channels.
        channels: Vec<ChannelId>,
    },
    /// Catch-up has compared a thread with Discord up to this message.
    ReadUpTo {
        /// The thread.
        thread: ThreadId,
        /// The last message read.
        message: MessageId,
    },
}

// Messages are what there are most of; what is larger stands elsewhere, so that a full queue is small.
const _: () = assert!(size_of::<Intent>() <= 48, "a full queue takes more");

impl From<ThreadSeen> for Intent {
    fn from(seen: ThreadSeen) -> Self {
        Self::ThreadSeen(Box::new(seen))
    }
}

impl From<Position> for Intent {
    fn from(position: Position) -> Self {
        Self::Position(Box::new(position))
    }
}

impl Intent {
    /// The thread that it is about, if it is about one.
    pub(super) fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::ThreadSeen(seen) => Some(seen.thread),
            Self::ReplySpared { thread, .. }
            | Self::BugSaid { thread, .. }
            | Self::Message(MessageSeen { thread, .. })
            | Self::RolesHeld { thread, .. }
            | Self::MessagesDeleted { thread, .. }
            | Self::MessageEdited { thread, .. }
            | Self::FilesLeft { thread, .. }
            | Self::ThreadGone { thread, .. }
            | Self::ReadUpTo { thread, .. } => Some(*thread),
            Self::ChannelGone { .. }
            | Self::GuildGone { .. }
            | Self::CaughtUp { .. }
            | Self::Position(_)
            | Self::Owed(_) => None,
        }
    }
}

/// A thread of a watched channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadSeen {
    /// Its guild.
    pub guild: GuildId,
    /// The thread.
    pub thread: ThreadId,
    /// The channel it hangs on.
    pub channel: ChannelId,
    /// Its name: text from people.
    pub title: String,
    /// Its forum tags.
    pub tags: Vec<TagId>,
    /// Whether Discord has archived it.
    pub archived: bool,
    /// Whether it is locked.
    pub locked: bool,
}

/// A message, without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageSeen {
    /// The thread it stands in.
    pub thread: ThreadId,
    /// The message.
    pub message: MessageId,
    /// Who wrote it, and as what.
    pub author: Author,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person.
    Human {
        /// Who.
        user: UserId,
        /// Whether they held a staff role then.
        staff: bool,
    },
    /// A bot, a webhook or Discord itself: never answers anybody.
    Machine,
}

/// What a person asked the bot to do, already checked for permission except where the answer
/// depends on the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The interaction's snowflake: the command's instant, and its identity when it comes twice.
    pub interaction: u64,
    /// Which ticket.
    pub ticket: TicketRef,
    /// The guild the interaction came from; a ticket of another guild does not exist for it.
    pub guild: GuildId,
    /// Who asks.
    pub by: UserId,
    /// What the person may do.
    pub rank: Rank,
    /// What to do.
    pub action: Action,
    /// What the person wrote with it: text from people. Empty where nothing is asked for.
    pub words: String,
}

/// How a command names its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketRef {
    /// By the thread it was typed in.
    Thread(ThreadId),
    /// By the number in a component.
    Ticket(TicketId),
}

/// What the settings and Discord make of a person. Being the asker is a matter of the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Anybody.
    Member,
    /// Holds a staff role.
    Staff,
    /// Holds a moderator role, or Discord's Manage Threads.
    Moderator,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take the ticket, if nobody has it. Staff.
    Claim,
    /// Give it back. The claimer, or a moderator.
    Release,
    /// Say that it is answered. The asker or staff.
    Resolve,
    /// Say that it is not. The asker or staff.
    Reopen,
    /// Give it another priority. Staff.
    SetPriority(Priority),
    /// Say whether a message of the asker's needs an answer. Staff.
    JudgeReply {
        /// The message.
        message: MessageId,
        /// Who wrote it.
        author: UserId,
        /// Whether it does.
        needed: bool,
    },
    /// Take on what is due until an instant, by default as long as the settings say. Staff.
    Acknowledge {
        /// Until when.
        until: Option<Timestamp>,
    },
    /// Put it out of the queue, with the words as the reason. Staff.
    Snooze {
        /// Until when at most; in any case until somebody else writes.
        until: Option<Timestamp>,
    },
    /// Say what it is about. Staff.
    SetKind(Kind),
    /// Say what was behind it. Staff.
    NameCause(Cause),
    /// Say that production is down, with the words as what is broken. The asker, a few times a day.
    DeclareDown,
    /// Give a date in public that was offered, with the words as what is promised. Staff.
    Promise {
        /// The offer; it counts once.
        offer: u64,
        /// The date.
        until: Timestamp,
        /// The promise that ran when it was offered, whose place it takes.
        instead_of: Option<Cycle>,
    },
    /// Say that what was promised is done. Staff.
    KeepPromise {
        /// Which promise.
        promise: Cycle,
    },
    /// Take back what was promised. Staff.
    WithdrawPromise {
        /// Which promise.
        promise: Cycle,
    },
}

/// What became of a command, after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done and written.
    Done {
        /// The ticket.
        ticket: TicketId,
    },
    /// Nothing to do: it already is so.
    Already {
        /// The ticket.
        ticket: TicketId,
    },
}

/// Why a command was not carried out. Each has its own sentence in `text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The place is no ticket of this guild.
    #[error("there is no ticket here")]
    NoTicket,
    /// Somebody else has it.
    #[error("claimed by {by}")]
    ClaimedBy {
        /// Who.
        by: UserId,
    },
    /// Nobody has it.
    #[error("nobody has claimed it")]
    NotClaimed,
    /// The person may not do this.
    #[error("not permitted")]
    NotPermitted,
    /// The message is not the asker's, so nobody owes an answer to it.
    #[error("not a message of the asker's")]
    NotTheAskers,
    /// The message is the question itself.
    #[error("it is the question")]
    TheQuestion,
    /// Somebody else has taken on what is due.
    #[error("taken on by {by}")]
    TakenOn {
        /// Who.
        by: UserId,
        /// Until when.
        until: Timestamp,
    },
    /// Nobody waits for an answer.
    #[error("nobody waits")]
    NobodyWaits,
    /// Said that production is down as often as somebody may in a day.
    #[error("too often")]
    TooOften,
    /// An instant that is past or too far ahead.
    #[error("not within reach")]
    NotThen,
    /// Another promise was given meanwhile.
    #[error("promised by {by}")]
    PromisedMeanwhile {
        /// Who gave it.
        by: UserId,
        /// The date.
        until: Timestamp,
    },
    /// The promise does not run any more.
    #[error("no such promise runs")]
    NoPromise,
    /// The offer was taken already, or is too old.
    #[error("no such offer")]
    NoOffer,
    /// The date is past by now.
    #[error("the date is past")]
    DatePast,
    /// The ticket is resolved.
    #[error("it is resolved")]
    Resolved,
    /// The thread was deleted.
    #[error("the thread is gone")]
    Gone,
    /// It could not be written; nothing has changed.
    #[error("it could not be written")]
    NotWritten,
}
