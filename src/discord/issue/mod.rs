//! From a thread to an issue: what people type and press, and what becomes of it.
//!
//! ```text
//! /issue, a message's menu, the card ─> thread (read over REST) ─> draft ─> preview
//!      preview ─ Link #12 ─> linked            Edit ─> form ─> preview
//!              ─ Open issue ─> the asker is asked, or it is ordered ─> outbox ─> GitHub
//! ```
//!
//! * Staff opens issues, of other people's threads; the asker only says yes or no.
//! * Likely duplicates stand above every preview: issues that other threads hang on, and what a search of
//!   the repository finds.
//! * The text is read when the preview is made, over REST. Without the Message Content Intent Discord leaves
//!   the text of most messages out; the preview says of how many.
//! * A repository's issue forms and templates are respected: labels, what titles begin with, and its
//!   parts, of which the one that asks for it gets what was written. What a form gives to choose from can
//!   be chosen under the preview; boxes are ticked by people alone. What nobody fills in is left as
//!   GitHub leaves it.

mod edit;
mod similar;
mod thread;
mod typed;

use std::collections::BTreeMap;

use super::person::Person;
use super::views::issue as view;
use super::views::message::Message;
use super::{Broken, Data};
use crate::domain::ids::ThreadId;
use crate::domain::issue::file::{self, Attached};
use crate::domain::issue::{Draft, DraftId, Section, Template, Templates};
use crate::github::Bridge;
use crate::github::client::Looked;
use crate::ledger::bridge::{Change, Effected};
use crate::ledger::intent::Rank;
use crate::store::{DraftRow, TicketRow};
use crate::text::issue::quiet::quiet;
use crate::text::issue::{body, length, secrets};
use crate::text::{answer, issue as text};
pub(super) use edit::{Filled, choose, edit, form};
pub(super) use thread::{Quoted, Where, locate, quote};
pub(super) use typed::{labels, repositories, template_names};

/// What a person wants to be in the draft.
#[derive(Debug, Default)]
pub(super) struct Wish {
    /// Another repository than the settings choose.
    pub(super) repository: Option<String>,
    /// More labels, separated by commas.
    pub(super) labels: Option<String>,
    /// A form or template of the repository; the ticket's kind chooses if there is none.
    pub(super) template: Option<String>,
    /// A message that comes first.
    pub(super) message: Option<Quoted>,
}

/// Makes a draft of the ticket of a thread, and shows it.
pub(super) async fn begin(
    data: &Data,
    person: &Person,
    here: ThreadId,
    wish: Wish,
) -> Result<Message, Broken> {
    let Some(bridge) = &data.bridge else {
        return Ok(Message::text(text::NO_BRIDGE));
    };
    let found = data.store.find_ticket_by_thread(here).await?;
    let Some(row) = found.filter(|row| row.guild == person.guild.guild) else {
        return Ok(Message::text(answer::NO_TICKET));
    };
    if person.rank < Rank::Staff || row.ticket.asker() == Some(person.user) {
        return Ok(Message::text(text::FOR_STAFF));
    }
    if let Some(linked) = data.store.find_issue_of(row.ticket_id).await? {
        return Ok(Message::text(text::linked_already(&linked.known)));
    }
    let draft = match compose(data, bridge, person, &row, wish).await? {
        Ok(draft) => draft,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let change = Change::Keep {
        ticket: row.ticket_id,
        draft: Box::new(draft.clone()),
    };
    Ok(match data.ledger.bridge(change).await {
        Ok(Effected::Kept(draft_id)) => view::preview(draft_id, &draft),
        Ok(_) => Message::text(text::DRAFT_GONE),
        Err(denied) => Message::text(text::denied(&denied)),
    })
}

/// The draft of a ticket, or the sentence that says why there is none.
async fn compose(
    data: &Data,
    bridge: &Bridge,
    person: &Person,
    row: &TicketRow,
    wish: Wish,
) -> Result<Result<Draft, &'static str>, Broken> {
    let rules = &bridge.settings;
    let rule = match &wish.repository {
        Some(name) => rules.find(name.trim()),
        None => rules.rule_for(Some(row.channel), &row.ticket.tags),
    };
    let Some(rule) = rule else {
        return Ok(Err(text::UNKNOWN_REPOSITORY));
    };
    let read = match thread::read(data, row, wish.message).await {
        Ok(read) => read,
        Err(thread::Unread::Discord(error)) => {
            tracing::warn!(%error, "a thread could not be read for an issue");
            return Ok(Err(text::UNREADABLE));
        }
        Err(thread::Unread::Store(error)) => return Err(error.into()),
    };
    let Some(mark) = random_word() else {
        return Ok(Err(text::UNREADABLE));
    };
    let mut conversation = read.conversation;
    if let Some(page) = &bridge.page {
        file::choose(conversation.files(), page, |_| random_word());
    }
    let (body, in_body) = body::body(&conversation);
    let files = conversation.files().filter(|file| file.link.is_some());
    let files = files.map(|file| Attached {
        name: secrets::redact(&file.name).0,
        ..file.clone()
    });
    let files = files.collect();
    let (title, in_title) = secrets::redact(&row.title);
    let title = length::title(&title);
    let template = match templates(bridge, &rule.name).await {
        Some(known) => {
            let chosen = known.choose(wish.template.as_deref(), row.ticket.kind);
            if chosen.is_none() && wish.template.is_some() {
                return Ok(Err(text::UNKNOWN_TEMPLATE));
            }
            chosen.cloned()
        }
        None => None,
    };
    let mut labels = rule.labels.clone();
    let (title, body) = match &template {
        None => (title, body),
        Some(template) => {
            let room = length::BODY_LIMIT.saturating_sub(template.length());
            let filled = template.fill(&length::cut(&body, room));
            add_labels(&mut labels, &template.labels.join(","));
            let filled = quiet(&filled, &BTreeMap::new());
            (
                length::title(&template.title_of(&title)),
                length::cut(&filled, length::BODY_LIMIT),
            )
        }
    };
    add_labels(&mut labels, wish.labels.as_deref().unwrap_or_default());
    let (similar, searched) =
        similar::find(data, bridge, person.guild.guild, &rule.name, &title).await?;
    Ok(Ok(Draft {
        repository: rule.name.clone(),
        title,
        body,
        labels,
        choices: template.iter().flat_map(offered).collect(),
        template: template.map(|template| template.name),
        similar,
        files,
        redacted: in_body + in_title,
        unseen: read.unseen,
        unsearched: !searched,
        by: person.user,
        mark,
    }))
}

/// What a form gives to choose from.
fn offered(template: &Template) -> impl Iterator<Item = Section> {
    let sections = template.sections.iter();
    let offers = |section: &&Section| {
        let mut choice = section.choice.iter();
        choice.any(|choice| !choice.options.is_empty())
    };
    sections.filter(offers).cloned()
}

/// A word that nobody can guess, if the system has one.
pub(super) fn random_word() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The forms and templates of a repository. Without them the issue is made all the same.
async fn templates(bridge: &Bridge, repository: &str) -> Option<Templates> {
    let read = bridge.client.templates(repository).await;
    read.inspect_err(|error| tracing::warn!(%error, "templates could not be read"))
        .ok()
}

/// Adds labels that are separated by commas, each once. GitHub takes 50 characters and 100 labels.
fn add_labels(labels: &mut Vec<String>, written: &str) {
    for label in written.split(',').map(str::trim) {
        let known = labels.iter().any(|known| known.eq_ignore_ascii_case(label));
        if !label.is_empty() && !known && label.chars().count() <= 50 && labels.len() < 100 {
            labels.push(label.to_owned());
        }
    }
}

/// The issue that the thread hangs on, as it was last read.
pub(super) async fn show(data: &Data, person: &Person, here: ThreadId) -> Result<Message, Broken> {
    let found = data.store.find_ticket_by_thread(here).await?;
    let Some(row) = found.filter(|row| row.guild == person.guild.guild) else {
        return Ok(Message::text(answer::NO_TICKET));
    };
    let linked = data.store.find_issue_of(row.ticket_id).await?;
    Ok(Message::text(match linked {
        Some(row) => text::standing(&row.known, row.threads),
        None => text::NOT_LINKED.to_owned(),
    }))
}

/// An offer is let be; everybody in the thread sees by whom.
pub(super) fn decline(person: &Person) -> Result<Message, &'static str> {
    if person.rank < Rank::Staff {
        return Err(text::FOR_STAFF);
    }
    Ok(Message::text(text::declined(person.user)))
}

/// How many causes of ours were taken away by an improvement that shipped.
pub(super) async fn stats(data: &Data, person: &Person) -> Result<Message, Broken> {
    if person.rank < Rank::Staff {
        return Ok(Message::text(text::STATS_ARE_FOR_STAFF));
    }
    let guild = person.guild.guild;
    let counted = data.store.count_improvements(guild).await?;
    Ok(Message::text(text::improvements(&counted)))
}

/// A draft that this person may do something with, or the sentence that says why not.
async fn enter(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
) -> Result<Result<DraftRow, &'static str>, Broken> {
    let found = data.store.find_draft(draft_id).await?;
    let Some(row) = found.filter(|row| row.guild == person.guild.guild) else {
        return Ok(Err(text::DRAFT_GONE));
    };
    if person.rank < Rank::Staff || row.asker == Some(person.user) {
        return Ok(Err(text::FOR_STAFF));
    }
    Ok(Ok(row))
}

/// The draft is to be opened.
pub(super) async fn open(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
) -> Result<Message, Broken> {
    let Some(bridge) = &data.bridge else {
        return Ok(Message::text(text::NO_BRIDGE));
    };
    if let Err(sentence) = enter(data, person, draft_id).await? {
        return Ok(Message::text(sentence));
    }
    let consent = bridge.settings.consent;
    let ordered = data
        .ledger
        .bridge(Change::Order { draft_id, consent })
        .await;
    Ok(Message::text(match ordered {
        Ok(Effected::Asked) => text::ASKED.to_owned(),
        Ok(_) => text::ON_ITS_WAY.to_owned(),
        Err(denied) => text::denied(&denied),
    }))
}

/// The draft is to be forgotten.
pub(super) async fn withdraw(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
) -> Result<Message, Broken> {
    if let Err(sentence) = enter(data, person, draft_id).await? {
        return Ok(Message::text(sentence));
    }
    let done = data.ledger.bridge(Change::Withdraw { draft_id }).await;
    Ok(Message::text(match done {
        Ok(_) => text::WITHDRAWN.to_owned(),
        Err(denied) => text::denied(&denied),
    }))
}

/// The ticket is to hang on one of the issues above the preview.
pub(super) async fn link(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
    at: u8,
) -> Result<Message, Broken> {
    let Some(bridge) = &data.bridge else {
        return Ok(Message::text(text::NO_BRIDGE));
    };
    let row = match enter(data, person, draft_id).await? {
        Ok(row) => row,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let Some(similar) = row.draft.similar.get(usize::from(at)) else {
        return Ok(Message::text(text::DRAFT_GONE));
    };
    let known = match bridge.client.look(&similar.name, None).await {
        Ok(Looked::Issue(known, _)) => *known,
        Ok(Looked::Same | Looked::Gone) => return Ok(Message::text(text::ISSUE_GONE)),
        Err(error) => {
            tracing::warn!(%error, "an issue could not be looked at");
            return Ok(Message::text(text::GITHUB_SILENT));
        }
    };
    let change = Change::Link {
        ticket: row.ticket,
        known: Box::new(known.clone()),
        count: bridge.settings.count_threads,
    };
    Ok(Message::text(match data.ledger.bridge(change).await {
        Ok(_) => text::linked_now(&known),
        Err(denied) => text::denied(&denied),
    }))
}

/// The asker says yes or no.
pub(super) async fn consent(
    data: &Data,
    person: &Person,
    draft_id: DraftId,
    agreed: bool,
) -> Result<Message, Broken> {
    let found = data.store.find_draft(draft_id).await?;
    if found.is_none_or(|row| row.guild != person.guild.guild) {
        return Ok(Message::text(text::DRAFT_GONE));
    }
    let change = Change::Consent {
        draft_id,
        by: person.user,
        agreed,
    };
    let answered = data.ledger.bridge(change).await;
    Ok(Message::text(match (answered, agreed) {
        (Ok(_), true) => text::ALLOWED.to_owned(),
        (Ok(_), false) => text::FORBIDDEN.to_owned(),
        (Err(denied), _) => text::denied(&denied),
    }))
}
