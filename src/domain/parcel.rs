//! What is said outside: one thing to say, and what goes out together.

use serde::{Deserialize, Serialize};

use super::decision::{Audience, Face};
use super::event::Alert;
use super::ids::{GuildId, MessageId, TicketId};
use super::issue::{DraftId, IssueId};
use super::reach::Ping;
use super::remark::Remark;

/// How often a parcel is tried before it becomes a dead letter.
pub const MOST_ATTEMPTS: u32 = 12;

/// One row of the outbox: one thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub outbox_id: i64,
    /// The guild it is for.
    pub guild: GuildId,
    /// What to say.
    pub content: Content,
    /// How often delivery was tried before.
    pub attempts: u32,
}

/// What a row says, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Make a ticket's card show this face. A newer face of the same ticket replaces an older one
    /// that was not delivered yet.
    Card {
        /// The ticket.
        ticket: TicketId,
        /// What to show.
        face: Face,
    },
    /// Tell an audience about a ticket.
    Alert {
        /// The ticket.
        ticket: TicketId,
        /// What happened.
        alert: Alert,
        /// Who is told.
        audience: Audience,
        /// Who is pinged, as it was decided; not there in rows of before that was recorded, and no
        /// more once what was theirs is erased.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ping: Option<Ping>,
    },
    /// Say something in a ticket's thread, once.
    Remark {
        /// The ticket.
        ticket: TicketId,
        /// What is said.
        remark: Remark,
    },
    /// Open the issue of a draft on GitHub, once.
    OpenIssue {
        /// The ticket.
        ticket: TicketId,
        /// The draft: what is sent stands there.
        draft_id: DraftId,
    },
    /// Say a message of a ticket's thread on its issue.
    Reply {
        /// The ticket.
        ticket: TicketId,
        /// The message: what it says is read when it is said.
        message: MessageId,
    },
    /// Say a message anew where it was said on the issue, and let go of files that were taken off it: it was
    /// edited.
    Revise {
        /// The ticket.
        ticket: TicketId,
        /// The message: what it says is read when it is said.
        message: MessageId,
    },
    /// Take back what was said on an issue: the message was deleted.
    TakeBack {
        /// The ticket.
        ticket: TicketId,
        /// Where, `owner/name`.
        repository: String,
        /// GitHub's number of the comment.
        comment: u64,
    },
    /// Count the threads of an issue in a comment on GitHub.
    CountThreads {
        /// The ticket that was linked last.
        ticket: TicketId,
        /// The issue.
        issue: IssueId,
    },
    /// Tell the moderators something about the bot itself, once.
    Notice(Notice),
}

/// Something the moderators are told about the bot itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The bot was away and has caught up.
    Away {
        /// Since when, in milliseconds.
        from: i64,
        /// Until when, in milliseconds.
        until: i64,
        /// How many threads had something new.
        threads: u32,
        /// How many answers fell overdue meanwhile.
        overdue: u32,
        /// How many came at risk meanwhile.
        at_risk: u32,
    },
    /// Something is wrong that a person has to mend: a missing permission, a vanished channel.
    Trouble {
        /// What is wrong and what to do, in one sentence of ours.
        sentence: String,
    },
    /// The disk did not take our writes for a while, and does again.
    DiskRecovered {
        /// Since when it failed, in milliseconds.
        from: i64,
        /// Until when, in milliseconds.
        until: i64,
    },
}

/// What is delivered in one message: one item, or all alerts for one channel that are due together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The same for every try of this parcel: goes out as the message's nonce and in its components.
    pub parcel_id: i64,
    /// What is in it; never empty, all of one guild and one kind, alerts all of one audience.
    pub items: Vec<Item>,
    /// The message an earlier try may have made although its answer was lost: look before sending
    /// again, when the time of the nonce is over.
    pub uncertain: bool,
}

/// What became of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The message that says it; `None` when nothing had to be said.
    pub message: Option<MessageId>,
    /// The items that were no longer true and were left out.
    pub dropped: Vec<i64>,
}
