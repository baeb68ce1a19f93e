//! Drafts: kept, edited, ordered, let go.

use chrono::TimeDelta;

use super::{Denied, Effected, Outcome};
use crate::domain::Timestamp;
use crate::domain::ids::{TicketId, UserId};
use crate::domain::issue::{Consent, Draft, DraftId, DraftState, IssueRemark};
use crate::domain::parcel::Content;
use crate::store::{DraftRow, StoreError, Writing};

/// How long a preview is kept that nobody sends.
const PREVIEW_LASTS: TimeDelta = TimeDelta::days(1);
/// How long the asker has to agree.
const QUESTION_LASTS: TimeDelta = TimeDelta::days(3);

/// A draft that is in this state.
pub(super) async fn find(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    state: DraftState,
) -> Result<Option<DraftRow>, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    Ok(found.filter(|row| row.state == state))
}

pub(super) async fn keep(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    draft: &Draft,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if let Some(name) = writing.find_link(ticket).await? {
        return Ok(Outcome::denied(Denied::Linked(name)));
    }
    match writing.draft_state_of(ticket).await? {
        Some(DraftState::Ordered) => return Ok(Outcome::denied(Denied::OnItsWay)),
        Some(DraftState::Asked) => return Ok(Outcome::denied(Denied::Asked)),
        Some(DraftState::Preview) | None => {}
    }
    let until = now + PREVIEW_LASTS;
    let draft_id = writing.keep_draft(ticket, draft, until).await?;
    Ok(Outcome::of(Effected::Kept(draft_id)))
}

pub(super) async fn edit(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    draft: &Draft,
) -> Result<Outcome, StoreError> {
    if find(writing, draft_id, DraftState::Preview)
        .await?
        .is_none()
    {
        return Ok(Outcome::denied(Denied::NoDraft));
    }
    writing.save_draft(draft_id, draft).await?;
    Ok(Outcome::done())
}

pub(super) async fn order(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    consent: Consent,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(row) = writing.find_draft(draft_id).await? else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    if let Some(name) = writing.find_link(row.ticket).await? {
        return Ok(Outcome::denied(Denied::Linked(name)));
    }
    match row.state {
        DraftState::Ordered => Ok(Outcome::denied(Denied::OnItsWay)),
        DraftState::Asked => Ok(Outcome::of(Effected::Asked)),
        DraftState::Preview if consent == Consent::Ask && row.asker != Some(row.draft.by) => {
            let until = Some(now + QUESTION_LASTS);
            writing
                .set_draft_state(draft_id, DraftState::Asked, until)
                .await?;
            let with_files = row.draft.files_along().next().is_some();
            let asks = IssueRemark::MayI {
                draft_id,
                repository: row.draft.repository,
                with_files,
            };
            Ok(Outcome::of(Effected::Asked).saying(row.guild, row.ticket, asks))
        }
        DraftState::Preview => send(writing, draft_id, &row).await,
    }
}

/// From now on it is on its way to GitHub.
async fn send(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    row: &DraftRow,
) -> Result<Outcome, StoreError> {
    writing
        .set_draft_state(draft_id, DraftState::Ordered, None)
        .await?;
    let ticket = row.ticket;
    let content = Content::OpenIssue { ticket, draft_id };
    Ok(Outcome::done().ordering(row.guild, content))
}

pub(super) async fn answered(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    by: UserId,
    agreed: bool,
) -> Result<Outcome, StoreError> {
    let Some(row) = find(writing, draft_id, DraftState::Asked).await? else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    if row.asker != Some(by) {
        return Ok(Outcome::denied(Denied::NotTheAsker));
    }
    if agreed {
        return send(writing, draft_id, &row).await;
    }
    writing.delete_draft(draft_id).await?;
    Ok(Outcome::done())
}

pub(super) async fn withdraw(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    match found.map(|row| row.state) {
        None => Ok(Outcome::denied(Denied::NoDraft)),
        Some(DraftState::Ordered) => Ok(Outcome::denied(Denied::OnItsWay)),
        Some(DraftState::Preview | DraftState::Asked) => {
            writing.delete_draft(draft_id).await?;
            Ok(Outcome::done())
        }
    }
}

pub(super) async fn expire(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let found = writing.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.expires_at.is_some_and(|end| end <= now)) else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    writing.delete_draft(draft_id).await?;
    if row.state != DraftState::Asked {
        return Ok(Outcome::done());
    }
    Ok(Outcome::done().saying(row.guild, row.ticket, IssueRemark::Expired))
}

pub(super) async fn delayed(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
) -> Result<Outcome, StoreError> {
    let found = find(writing, draft_id, DraftState::Ordered).await?;
    let Some(row) = found.filter(|row| !row.delayed) else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    writing.note_delayed(draft_id).await?;
    Ok(Outcome::done().saying(row.guild, row.ticket, IssueRemark::Delayed))
}

pub(super) async fn refused(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    status: Option<u16>,
) -> Result<Outcome, StoreError> {
    let Some(row) = find(writing, draft_id, DraftState::Ordered).await? else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    writing.delete_draft(draft_id).await?;
    writing.delete_files_of(&[row.ticket]).await?;
    let remark = IssueRemark::Refused { status };
    Ok(Outcome::done().saying(row.guild, row.ticket, remark))
}
