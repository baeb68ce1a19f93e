//! What the bridge to GitHub writes: drafts, links, readings.
//!
//! An issue is opened once. The draft is ordered once, whoever presses how often; the row of the outbox
//! that opens it belongs to that draft; and the draft is gone in the transaction that records the
//! issue. Whatever comes later finds no draft and does nothing.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::ids::{TicketId, UserId};
use crate::domain::issue::{
    Consent, Draft, DraftId, DraftState, IssueId, IssueName, IssueRemark, IssueState, Known, News,
    Reading, take,
};
use crate::domain::parcel::Content;
use crate::domain::remark::Remark;
use crate::store::{NewItem, NewLink, StoreError, Writing};

/// How long a preview is kept that nobody sends.
const PREVIEW_LASTS: TimeDelta = TimeDelta::days(1);
/// How long the asker has to agree.
const QUESTION_LASTS: TimeDelta = TimeDelta::days(3);
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
    /// GitHub has the issue of a draft.
    Opened {
        /// Which.
        draft_id: DraftId,
        /// The issue.
        known: Box<Known>,
        /// Whether the asker is told.
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
        /// GitHub's status.
        status: u16,
    },
    /// An issue was looked at.
    Read {
        /// Which.
        issue: IssueId,
        /// What was seen; `None` when nothing had changed.
        reading: Option<Box<Reading>>,
        /// What GitHub gave with it.
        etag: Option<String>,
        /// When to look again.
        read_at: Timestamp,
        /// Whether labels are told of.
        labels: bool,
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

/// What a change comes to, and what is to be said because of it.
pub(super) type Outcome = (Result<Effected, Denied>, Vec<NewItem>);

#[expect(
    clippy::unnecessary_wraps,
    reason = "each way through a change ends like this"
)]
fn done(items: Vec<NewItem>) -> Result<Outcome, StoreError> {
    Ok((Ok(Effected::Done), items))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "each way through a change ends like this"
)]
fn denied(why: Denied) -> Result<Outcome, StoreError> {
    Ok((Err(why), Vec::new()))
}

/// Writes a change.
pub(super) async fn write(
    writing: &mut Writing<'_>,
    change: &Change,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    match change {
        Change::Keep { ticket, draft } => keep(writing, *ticket, draft, now).await,
        Change::Edit { draft_id, draft } => {
            let found = writing.find_draft(*draft_id).await?;
            if found.is_none_or(|row| row.state != DraftState::Preview) {
                return denied(Denied::NoDraft);
            }
            writing.save_draft(*draft_id, draft).await?;
            done(Vec::new())
        }
        Change::Order { draft_id, consent } => order(writing, *draft_id, *consent, now).await,
        Change::Consent {
            draft_id,
            by,
            agreed,
        } => answered(writing, *draft_id, *by, *agreed).await,
        Change::Withdraw { draft_id } => {
            let found = writing.find_draft(*draft_id).await?;
            match found.map(|row| row.state) {
                None => denied(Denied::NoDraft),
                Some(DraftState::Ordered) => denied(Denied::OnItsWay),
                Some(DraftState::Preview | DraftState::Asked) => {
                    writing.delete_draft(*draft_id).await?;
                    done(Vec::new())
                }
            }
        }
        Change::Expire { draft_id } => expire(writing, *draft_id, now).await,
        Change::Link {
            ticket,
            known,
            count,
        } => link(writing, *ticket, known, *count, now).await,
        Change::Opened {
            draft_id,
            known,
            tell,
        } => opened(writing, *draft_id, known, *tell, now).await,
        Change::Delayed { draft_id } => delayed(writing, *draft_id).await,
        Change::Refused { draft_id, status } => refused(writing, *draft_id, *status, now).await,
        Change::Read {
            issue,
            reading,
            etag,
            read_at,
            labels,
        } => {
            writing
                .note_reading(*issue, etag.as_deref(), *read_at)
                .await?;
            match reading {
                None => done(Vec::new()),
                Some(reading) => read(writing, *issue, reading, *labels).await,
            }
        }
        Change::Heard {
            delivery,
            names,
            repository,
        } => {
            let kept_since = now - DELIVERIES_KEPT;
            if !writing.note_delivery(delivery, now, kept_since).await? {
                return Ok((Ok(Effected::Known), Vec::new()));
            }
            writing.read_soon(names, repository.as_deref(), now).await?;
            done(Vec::new())
        }
        Change::Counted { issue } => {
            writing.note_counted(*issue, now).await?;
            done(Vec::new())
        }
    }
}

async fn keep(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    draft: &Draft,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if let Some(name) = writing.find_link(ticket).await? {
        return denied(Denied::Linked(name));
    }
    if writing.draft_state_of(ticket).await? == Some(DraftState::Ordered) {
        return denied(Denied::OnItsWay);
    }
    let draft_id = writing
        .keep_draft(ticket, draft, now + PREVIEW_LASTS)
        .await?;
    Ok((Ok(Effected::Kept(draft_id)), Vec::new()))
}

async fn order(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    consent: Consent,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(row) = writing.find_draft(draft_id).await? else {
        return denied(Denied::NoDraft);
    };
    if let Some(name) = writing.find_link(row.ticket).await? {
        return denied(Denied::Linked(name));
    }
    let (ticket, guild) = (row.ticket, row.guild);
    match row.state {
        DraftState::Ordered => denied(Denied::OnItsWay),
        DraftState::Asked => Ok((Ok(Effected::Asked), Vec::new())),
        DraftState::Preview if consent == Consent::Ask && row.asker != Some(row.draft.by) => {
            let until = Some(now + QUESTION_LASTS);
            writing
                .set_draft_state(draft_id, DraftState::Asked, until)
                .await?;
            let draft = row.draft;
            let remark = IssueRemark::MayI { draft_id, draft };
            let said = NewItem {
                guild,
                content: remark_in(ticket, remark),
            };
            Ok((Ok(Effected::Asked), vec![said]))
        }
        DraftState::Preview => {
            writing
                .set_draft_state(draft_id, DraftState::Ordered, None)
                .await?;
            done(vec![NewItem {
                guild,
                content: Content::OpenIssue { ticket, draft_id },
            }])
        }
    }
}

async fn answered(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    by: UserId,
    agreed: bool,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.state == DraftState::Asked) else {
        return denied(Denied::NoDraft);
    };
    if row.asker != Some(by) {
        return denied(Denied::NotTheAsker);
    }
    if !agreed {
        writing.delete_draft(draft_id).await?;
        return done(Vec::new());
    }
    writing
        .set_draft_state(draft_id, DraftState::Ordered, None)
        .await?;
    let (ticket, guild) = (row.ticket, row.guild);
    let content = Content::OpenIssue { ticket, draft_id };
    done(vec![NewItem { guild, content }])
}

async fn expire(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.expires_at.is_some_and(|end| end <= now)) else {
        return denied(Denied::NoDraft);
    };
    writing.delete_draft(draft_id).await?;
    if row.state != DraftState::Asked {
        return done(Vec::new());
    }
    done(vec![NewItem {
        guild: row.guild,
        content: remark_in(row.ticket, IssueRemark::Expired),
    }])
}

async fn link(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    known: &Known,
    count: bool,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if let Some(name) = writing.find_link(ticket).await? {
        return denied(Denied::Linked(name));
    }
    if writing.draft_state_of(ticket).await? == Some(DraftState::Ordered) {
        return denied(Denied::OnItsWay);
    }
    let others = attach(writing, ticket, known, now).await?;
    writing.delete_draft_of(ticket).await?;
    let Some(guild) = writing.find_guild_of(ticket).await? else {
        return done(Vec::new());
    };
    let remark = IssueRemark::Linked {
        known: known.clone(),
        others: others.other_threads,
    };
    let mut items = vec![NewItem {
        guild,
        content: remark_in(ticket, remark),
    }];
    if count {
        let issue = others.issue;
        let content = Content::CountThreads { ticket, issue };
        items.push(NewItem { guild, content });
    }
    done(items)
}

async fn opened(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    known: &Known,
    tell: bool,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.state == DraftState::Ordered) else {
        return denied(Denied::NoDraft);
    };
    attach(writing, row.ticket, known, now).await?;
    writing.delete_draft(draft_id).await?;
    let remark = IssueRemark::Opened {
        known: known.clone(),
        redacted: row.draft.redacted,
        tell,
    };
    done(vec![NewItem {
        guild: row.guild,
        content: remark_in(row.ticket, remark),
    }])
}

async fn attach(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    known: &Known,
    now: Timestamp,
) -> Result<NewLink, StoreError> {
    let issue = match writing.find_issue(&known.name).await? {
        Some((issue, before)) => {
            // What this look shows is told to the threads that hang on it when it is read next.
            if before.state == IssueState::Gone {
                writing.save_known(issue, known).await?;
            }
            issue
        }
        None => writing.insert_issue(known).await?,
    };
    writing.link(ticket, issue, now).await
}

async fn delayed(writing: &mut Writing<'_>, draft_id: DraftId) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.state == DraftState::Ordered && !row.delayed) else {
        return denied(Denied::NoDraft);
    };
    writing.note_delayed(draft_id).await?;
    done(vec![NewItem {
        guild: row.guild,
        content: remark_in(row.ticket, IssueRemark::Delayed),
    }])
}

async fn refused(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    status: u16,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.state == DraftState::Ordered) else {
        return denied(Denied::NoDraft);
    };
    let until = Some(now + PREVIEW_LASTS);
    writing
        .set_draft_state(draft_id, DraftState::Preview, until)
        .await?;
    done(vec![NewItem {
        guild: row.guild,
        content: remark_in(row.ticket, IssueRemark::Refused { status }),
    }])
}

async fn read(
    writing: &mut Writing<'_>,
    issue: IssueId,
    reading: &Reading,
    labels: bool,
) -> Result<Outcome, StoreError> {
    let Some(before) = writing.find_known(issue).await? else {
        return done(Vec::new());
    };
    let (known, news) = take(&before, reading);
    if known.name != before.name
        && let Some((other, _)) = writing.find_issue(&known.name).await?
        && other != issue
    {
        // It was moved to where another ticket had been linked to it already: they are one now.
        writing.join_issues(issue, other).await?;
        return done(Vec::new());
    }
    if known != before {
        writing.save_known(issue, &known).await?;
    }
    let mut items = Vec::new();
    let threads: BTreeSet<_> = writing.list_linked(issue).await?.into_iter().collect();
    for (ticket, guild) in threads {
        for news in &news {
            if matches!(news, News::Labelled { .. }) && !labels {
                continue;
            }
            let remark = IssueRemark::News {
                known: known.clone(),
                news: news.clone(),
            };
            items.push(NewItem {
                guild,
                content: remark_in(ticket, remark),
            });
        }
    }
    done(items)
}

fn remark_in(ticket: TicketId, remark: IssueRemark) -> Content {
    Content::Remark {
        ticket,
        remark: Remark::Issue(Box::new(remark)),
    }
}
