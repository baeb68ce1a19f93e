//! What the bridge to GitHub writes: drafts, links, readings.
//!
//! An issue is opened once. The draft is ordered once, whoever presses how often; the row of the outbox
//! that opens it belongs to that draft; and the draft is gone in the transaction that records the
//! issue. Whatever comes later finds no draft and does nothing.

mod comments;
mod drafts;
mod files;
mod issues;

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::event::Event;
use crate::domain::ids::{GuildId, MessageId, TicketId, UserId};
use crate::domain::issue::file::{Carrier, KeptFile};
use crate::domain::issue::{
    CommentsRead, Consent, Draft, DraftId, IssueId, IssueName, IssueRemark, Known, Reading,
};
use crate::domain::parcel::Content;
use crate::domain::remark::Remark;
use crate::store::{NewItem, StoreError, Writing};

/// How long a webhook's number is remembered: GitHub lets people send one again for three days.
const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(4);

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep a draft for a ticket, in place of one that was only looked at.
    Keep {
        /// The ticket.
        ticket: TicketId,
        /// The draft.
        draft: Box<Draft>,
    },
    /// Replace what a draft says: it was edited.
    Edit {
        /// Which.
        draft_id: DraftId,
        /// What it says now.
        draft: Box<Draft>,
    },
    /// Open the issue, or ask the asker first.
    Order {
        /// Which.
        draft_id: DraftId,
        /// Whether the asker has a say.
        consent: Consent,
    },
    /// The asker answers.
    Consent {
        /// Which.
        draft_id: DraftId,
        /// Who answers.
        by: UserId,
        /// What.
        agreed: bool,
    },
    /// Forget a draft.
    Withdraw {
        /// Which.
        draft_id: DraftId,
    },
    /// A draft's time is over.
    Expire {
        /// Which.
        draft_id: DraftId,
    },
    /// Hang a ticket on an issue that is there.
    Link {
        /// The ticket.
        ticket: TicketId,
        /// The issue.
        known: Box<Known>,
        /// Whether a comment there counts the threads.
        count: bool,
    },
    /// A file was fetched, or given up.
    KeepFile {
        /// What it goes along with.
        with: Carrier,
        /// The file.
        file: Box<KeptFile>,
    },
    /// GitHub has the issue of a draft.
    Opened {
        /// Which.
        draft_id: DraftId,
        /// The issue.
        known: Box<Known>,
        /// Whether the asker is told that their words are there.
        tell: bool,
    },
    /// GitHub makes a draft wait.
    Delayed {
        /// Which.
        draft_id: DraftId,
    },
    /// GitHub refused a draft for good.
    Refused {
        /// Which.
        draft_id: DraftId,
        /// GitHub's status; `None` when there is no way to GitHub any more.
        status: Option<u16>,
    },
    /// An issue was looked at.
    Read {
        /// Which.
        issue: IssueId,
        /// What was seen; `None` when nothing had changed.
        reading: Option<Reading>,
        /// What GitHub gave with it.
        etag: Option<String>,
        /// When to look again.
        read_at: Timestamp,
        /// Whether labels are told of.
        labels: bool,
        /// What was read of its comments, where they are told.
        comments: Option<CommentsRead>,
        /// How often webhooks had told of it before the look; when they did so again meanwhile, it is
        /// looked at again at once.
        heard: u32,
    },
    /// A message of a thread was said on the issue.
    Replied {
        /// The ticket.
        ticket: TicketId,
        /// The message.
        message: MessageId,
        /// Where, `owner/name`.
        repository: String,
        /// GitHub's number of the comment.
        comment: u64,
        /// Who wrote it.
        by: Option<UserId>,
        /// How many secrets were taken out of what it says.
        secrets: u32,
    },
    /// A webhook was heard: these issues, or all of a repository, are to be read now.
    Heard {
        /// Its number.
        delivery: String,
        /// The issues it names.
        names: Vec<IssueName>,
        /// The repository whose issues all may have changed.
        repository: Option<String>,
    },
    /// The threads of an issue were counted there.
    Counted {
        /// Which.
        issue: IssueId,
    },
}

/// What became of it, after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effected {
    /// It is written.
    Done,
    /// The draft is kept under this number.
    Kept(DraftId),
    /// The asker was asked.
    Asked,
    /// It was known already.
    Known,
}

/// Why it was not done. Each has its own sentence in `text`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The ticket hangs on an issue already.
    #[error("the ticket hangs on {0} already")]
    Linked(IssueName),
    /// The asker was asked and has not answered yet.
    #[error("the asker was asked")]
    Asked,
    /// The ticket's issue is on its way.
    #[error("the issue is on its way")]
    OnItsWay,
    /// There is no such draft any more.
    #[error("there is no such draft")]
    NoDraft,
    /// Somebody else than the asker answered.
    #[error("not the asker")]
    NotTheAsker,
    /// It could not be written; nothing has changed.
    #[error("it could not be written")]
    NotWritten,
}

/// What a change comes to.
pub(super) struct Outcome {
    pub(super) answer: Result<Effected, Denied>,
    /// What is to be said or done because of it.
    pub(super) items: Vec<NewItem>,
    /// What is to be recorded of tickets.
    pub(super) facts: Vec<(TicketId, Event)>,
}

impl Outcome {
    fn of(effected: Effected) -> Self {
        Self {
            answer: Ok(effected),
            items: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn done() -> Self {
        Self::of(Effected::Done)
    }

    fn denied(why: Denied) -> Self {
        Self {
            answer: Err(why),
            ..Self::done()
        }
    }

    /// Says this in a ticket's thread.
    fn saying(self, guild: GuildId, ticket: TicketId, remark: IssueRemark) -> Self {
        let remark = Remark::Issue(Box::new(remark));
        self.ordering(guild, Content::Remark { ticket, remark })
    }

    fn ordering(mut self, guild: GuildId, content: Content) -> Self {
        self.items.push(NewItem { guild, content });
        self
    }
}

/// The tickets of which a change may record something.
pub(super) async fn tickets(
    writing: &mut Writing<'_>,
    change: &Change,
) -> Result<Vec<TicketId>, StoreError> {
    Ok(match change {
        Change::Link { ticket, .. } => vec![*ticket],
        Change::Opened { draft_id, .. } => {
            let draft = writing.find_draft(*draft_id).await?;
            draft.map(|row| row.ticket).into_iter().collect()
        }
        Change::Read {
            issue,
            reading: Some(_),
            ..
        } => {
            let linked = writing.list_linked(*issue).await?;
            linked.into_iter().map(|(ticket, _)| ticket).collect()
        }
        _ => Vec::new(),
    })
}

/// Writes a change.
pub(super) async fn write(
    writing: &mut Writing<'_>,
    change: &Change,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    match change {
        Change::Keep { ticket, draft } => drafts::keep(writing, *ticket, draft, now).await,
        Change::Edit { draft_id, draft } => drafts::edit(writing, *draft_id, draft).await,
        Change::Order { draft_id, consent } => {
            drafts::order(writing, *draft_id, *consent, now).await
        }
        Change::Consent {
            draft_id,
            by,
            agreed,
        } => drafts::answered(writing, *draft_id, *by, *agreed).await,
        Change::Withdraw { draft_id } => drafts::withdraw(writing, *draft_id).await,
        Change::Expire { draft_id } => drafts::expire(writing, *draft_id, now).await,
        Change::Delayed { draft_id } => drafts::delayed(writing, *draft_id).await,
        Change::Refused { draft_id, status } => drafts::refused(writing, *draft_id, *status).await,
        Change::KeepFile { with, file } => files::keep(writing, *with, file).await,
        Change::Link {
            ticket,
            known,
            count,
        } => issues::link(writing, *ticket, known, *count, now).await,
        Change::Opened {
            draft_id,
            known,
            tell,
        } => issues::opened(writing, *draft_id, known, *tell, now).await,
        Change::Read {
            issue,
            reading,
            etag,
            read_at,
            labels,
            comments,
            heard,
        } => {
            writing
                .note_reading(*issue, etag.as_deref(), *read_at, *heard, now)
                .await?;
            let mut outcome = match reading {
                None => Outcome::done(),
                Some(reading) => issues::read(writing, *issue, reading, *labels, now).await?,
            };
            if let Some(comments) = comments {
                outcome = comments::read(writing, outcome, *issue, comments).await?;
            }
            Ok(outcome)
        }
        Change::Replied {
            ticket,
            message,
            repository,
            comment,
            by,
            secrets,
        } => {
            let outcome =
                comments::replied(writing, *ticket, *message, repository, *comment).await?;
            comments::left_out(writing, outcome, *ticket, *message, *by, *secrets).await
        }
        Change::Heard {
            delivery,
            names,
            repository,
        } => {
            let kept_since = now - DELIVERIES_KEPT;
            if !writing.note_delivery(delivery, now, kept_since).await? {
                return Ok(Outcome::of(Effected::Known));
            }
            writing.read_soon(names, repository.as_deref(), now).await?;
            Ok(Outcome::done())
        }
        Change::Counted { issue } => {
            writing.note_counted(*issue, now).await?;
            Ok(Outcome::done())
        }
    }
}
