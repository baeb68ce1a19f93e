//! Issues: what hangs on them, and what is read of them.

use std::collections::BTreeSet;

use super::{Denied, Outcome};
use crate::domain::Timestamp;
use crate::domain::event::Event;
use crate::domain::ids::TicketId;
use crate::domain::issue::{
    DraftId, DraftState, IssueId, IssueRemark, IssueState, Known, News, Reading, take,
};
use crate::domain::parcel::Content;
use crate::store::{NewLink, StoreError, Writing};

pub(super) async fn link(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    known: &Known,
    count: bool,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if let Some(name) = writing.find_link(ticket).await? {
        return Ok(Outcome::denied(Denied::Linked(name)));
    }
    if writing.draft_state_of(ticket).await? == Some(DraftState::Ordered) {
        return Ok(Outcome::denied(Denied::OnItsWay));
    }
    let mut outcome = Outcome::done();
    let new = attach(writing, &mut outcome, ticket, known, now).await?;
    writing.delete_draft_of(ticket).await?;
    let Some(guild) = writing.find_guild_of(ticket).await? else {
        return Ok(outcome);
    };
    let remark = IssueRemark::Linked {
        known: known.clone(),
        others: new.other_threads,
    };
    outcome = outcome.saying(guild, ticket, remark);
    if count {
        let issue = new.issue;
        outcome = outcome.ordering(guild, Content::CountThreads { ticket, issue });
    }
    Ok(outcome)
}

pub(super) async fn opened(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    known: &Known,
    tell: bool,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.state == DraftState::Ordered) else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    let mut outcome = Outcome::done();
    attach(writing, &mut outcome, row.ticket, known, now).await?;
    writing.delete_draft(draft_id).await?;
    let in_files = writing.settle_files(row.ticket).await?;
    let remark = IssueRemark::Opened {
        known: known.clone(),
        redacted: row.draft.redacted + in_files,
        tell,
    };
    Ok(outcome.saying(row.guild, row.ticket, remark))
}

async fn attach(
    writing: &mut Writing<'_>,
    outcome: &mut Outcome,
    ticket: TicketId,
    known: &Known,
    now: Timestamp,
) -> Result<NewLink, StoreError> {
    let before = writing.find_issue(&known.name).await?;
    let issue = match &before {
        Some((issue, _)) => *issue,
        None => writing.insert_issue(known).await?,
    };
    outcome
        .facts
        .push((ticket, Event::issue_linked(issue, now)));
    if let Some((_, before)) = before {
        // What else this look shows is told to the threads that hang on it when it is read next.
        if before.state == IssueState::Gone {
            writing.save_known(issue, known).await?;
        }
        if before.released_in.is_some() {
            outcome.facts.push((ticket, Event::fix_shipped(issue, now)));
        }
    }
    writing.link(ticket, issue, now).await
}

pub(super) async fn read(
    writing: &mut Writing<'_>,
    issue: IssueId,
    reading: &Reading,
    labels: bool,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let mut outcome = Outcome::done();
    let Some(before) = writing.find_known(issue).await? else {
        return Ok(outcome);
    };
    let (known, mut news) = take(&before, reading);
    let linked: BTreeSet<_> = writing.list_linked(issue).await?.into_iter().collect();
    let there = writing.find_issue(&known.name).await?;
    if let Some((other, _)) = there.filter(|(other, _)| *other != issue) {
        // It was moved to where another ticket had been linked to it already: they are one now, and what
        // else is new is told when that one is read.
        writing.join_issues(issue, other).await?;
        news.retain(|news| matches!(news, News::Moved { .. }));
        for (ticket, _) in &linked {
            outcome
                .facts
                .push((*ticket, Event::issue_linked(other, now)));
        }
    } else if known != before {
        writing.save_known(issue, &known).await?;
    }
    if !labels {
        news.retain(|news| !matches!(news, News::Labelled { .. }));
    }
    for (ticket, guild) in linked {
        for news in &news {
            if matches!(news, News::Released { .. }) {
                outcome.facts.push((ticket, Event::fix_shipped(issue, now)));
            }
            let remark = IssueRemark::News {
                known: known.clone(),
                news: news.clone(),
            };
            outcome = outcome.saying(guild, ticket, remark);
        }
    }
    Ok(outcome)
}
