//! A draft is edited: in its form, or by choosing from what a repository's form gives to choose from.

use std::collections::BTreeMap;

use super::{add_labels, enter};
use crate::discord::person::Person;
use crate::discord::views::form::Form;
use crate::discord::views::issue as view;
use crate::discord::views::message::Message;
use crate::discord::{Broken, Data};
use crate::domain::issue::{Draft, DraftId, DraftState};
use crate::ledger::bridge::{Change, Denied};
use crate::text::issue as text;
use crate::text::issue::quiet::quiet;
use crate::text::issue::{length, secrets};

/// The form in which a draft is edited.
pub(in crate::discord) async fn form(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
) -> Result<Result<Form, &'static str>, Broken> {
    Ok(match enter(data, person, draft_id).await? {
        Ok(row) if row.state == DraftState::Preview => Ok(view::form(draft_id, &row.draft)),
        Ok(_) => Err(text::DRAFT_GONE),
        Err(sentence) => Err(sentence),
    })
}

/// What was written into the form.
#[derive(Debug, Default)]
pub(in crate::discord) struct Filled {
    pub(in crate::discord) title: String,
    pub(in crate::discord) body: String,
    pub(in crate::discord) labels: String,
}

/// Takes an edited draft. What did not fit the form, from the character `kept` on, stays as it is.
pub(in crate::discord) async fn edit(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
    kept: u32,
    filled: Filled,
) -> Result<Message, Broken> {
    let row = match enter(data, person, draft_id).await? {
        Ok(row) => row,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    let rest: String = row.draft.body.chars().skip(kept).collect();
    let whole = format!("{}{rest}", filled.body);
    let (body, in_body) = secrets::redact(&whole);
    let body = length::cut(&quiet(&body, &BTreeMap::new()), length::BODY_LIMIT);
    let (title, in_title) = secrets::redact(&filled.title);
    let title = length::title(&title);
    let mut labels = Vec::new();
    add_labels(&mut labels, &filled.labels);
    let draft = Draft {
        title,
        body,
        labels,
        redacted: row.draft.redacted + in_body + in_title,
        ..row.draft
    };
    keep_edited(data, draft_id, draft).await
}

/// Keeps a draft that was edited, and shows it.
async fn keep_edited(data: &Data, draft_id: DraftId, draft: Draft) -> Result<Message, Broken> {
    let change = Change::Edit {
        draft_id,
        draft: Box::new(draft.clone()),
    };
    Ok(match data.ledger.bridge(change).await {
        Ok(_) => view::preview(draft_id, &draft),
        Err(Denied::NoDraft) => Message::text(text::DRAFT_GONE),
        Err(denied) => Message::text(text::denied(&denied)),
    })
}

/// Something was chosen of what a form gives to choose from. Where people have written something else
/// meanwhile, their words stay.
pub(in crate::discord) async fn choose(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
    at: u8,
    chosen: &[usize],
) -> Result<Message, Broken> {
    let row = match enter(data, person, draft_id).await? {
        Ok(row) => row,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let mut draft = row.draft;
    let Some(section) = draft.choices.get_mut(usize::from(at)) else {
        return Ok(Message::text(text::DRAFT_GONE));
    };
    let before = section.asked();
    *section = section.choosing(chosen);
    let harmless = |asked: Option<String>| quiet(&asked.unwrap_or_default(), &BTreeMap::new());
    let (before, after) = (harmless(before), harmless(section.asked()));
    let body = draft.body.replacen(&before, &after, 1);
    draft.body = length::cut(&body, length::BODY_LIMIT);
    keep_edited(data, draft_id, draft).await
}
