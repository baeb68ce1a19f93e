//! What people press: our buttons and menus, found again by their `custom_id` alone, so that a
//! button works as long as its message stands, whatever happened to the process since.

use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

use futures_util::FutureExt as _;
use serenity::http::Http;
use serenity::model::application::{
    ActionRowComponent, ComponentInteraction, ComponentInteractionDataKind,
    MessageInteractionMetadata, ModalInteraction,
};
use serenity::model::channel::Message;

use super::custom_id::{CustomId, IssuePress, Press};
use super::person::{Person, admit};
use super::talk::{Talk, Time};
use super::views::form::Form;
use super::{Broken, Data, api, commands, desk, issue, settings};
use crate::domain::event::Priority;
use crate::domain::ids::{ChannelId, ThreadId, TicketId};
use crate::domain::issue::DraftId;
use crate::domain::triage::Cause;
use crate::ledger::intent::{Action, Rank, TicketRef};
use crate::text::answer;
use crate::text::queue::Filter;

#[cfg(test)]
mod tests;

/// Answers a press.
pub(super) async fn pressed(http: &Http, data: &Data, press: &ComponentInteraction) {
    let answered = AtomicBool::new(false);
    let talk = Talk::new(http, press.id, &press.token, &answered, &data.tasks)
        .pressed_on(&data.lobby, answers_what(&press.message));
    let (guild, member) = (press.guild_id, press.member.as_ref());
    match admit(&data.guilds, guild, press.user.id, member) {
        Ok(person) => {
            let work = Box::pin(press_on(&talk, data, &person, press));
            carry_out(&talk, "a component failed", work).await;
        }
        Err(sentence) => talk.say(sentence).await,
    }
}

/// Answers a form.
pub(super) async fn submitted(http: &Http, data: &Data, form: &ModalInteraction) {
    let answered = AtomicBool::new(false);
    let talk = Talk::new(http, form.id, &form.token, &answered, &data.tasks);
    let (guild, member) = (form.guild_id, form.member.as_ref());
    match admit(&data.guilds, guild, form.user.id, member) {
        Ok(person) => {
            let work = Box::pin(take_form(&talk, data, &person, form));
            carry_out(&talk, "a form failed", work).await;
        }
        Err(sentence) => talk.say(sentence).await,
    }
}

/// The interaction that a message answers.
fn answers_what(message: &Message) -> Option<u64> {
    let interaction = match message.interaction_metadata.as_deref()? {
        MessageInteractionMetadata::Command(made_by) => made_by.id,
        MessageInteractionMetadata::Component(made_by) => made_by.id,
        MessageInteractionMetadata::ModalSubmit(made_by) => made_by.id,
        _ => return None,
    };
    Some(interaction.get())
}

/// Does what is meant. Work that comes to `None` was for a button or form of another version.
async fn carry_out(
    talk: &Talk<'_>,
    what: &'static str,
    work: impl Future<Output = Result<Option<()>, Broken>>,
) {
    // A panic in one press must neither end the bot nor leave the person without an answer.
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    match outcome.unwrap_or(Err(Broken::Panic)) {
        Ok(Some(())) => {}
        Ok(None) => talk.say(answer::OLD_BUTTON).await,
        Err(error) => talk.apologise(&error.log(what)).await,
    }
}

async fn take_form(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    form: &ModalInteraction,
) -> Result<Option<()>, Broken> {
    match (form.data.custom_id.parse(), written(form, 0)) {
        (
            Ok(CustomId::Card {
                ticket,
                press: Press::DownSure,
            }),
            Some(what),
        ) => {
            let told = desk::critical::declared(data, person, form.id.get(), ticket, what);
            talk.answers(told.map(Ok)).await?;
        }
        (Ok(CustomId::PasteHolidays), Some(pasted)) => {
            let calendar = written(form, 1).filter(|calendar| !calendar.trim().is_empty());
            talk.answers(commands::close_dates_of(data, person, &pasted, calendar))
                .await?;
        }
        (Ok(CustomId::IssueForm { draft, kept }), _) => {
            talk.replaces(issue::edit(data, person, draft, kept, filled(form)))
                .await?;
        }
        _ => return Ok(None),
    }
    Ok(Some(()))
}

/// What was written into a field of a form.
fn written(form: &ModalInteraction, field: usize) -> Option<String> {
    let row = form.data.components.get(field)?;
    match row.components.first()? {
        ActionRowComponent::InputText(field) => field.value.clone(),
        _ => None,
    }
}

/// What was written into the fields of a form.
fn filled(form: &ModalInteraction) -> issue::Filled {
    let mut filled = issue::Filled::default();
    let fields = form.data.components.iter().flat_map(|row| &row.components);
    for field in fields {
        if let ActionRowComponent::InputText(field) = field {
            let value = field.value.clone().unwrap_or_default();
            match field.custom_id.as_str() {
                "title" => filled.title = value,
                "body" => filled.body = value,
                "labels" => filled.labels = value,
                _ => {}
            }
        }
    }
    filled
}

async fn press_on(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    press: &ComponentInteraction,
) -> Result<Option<()>, Broken> {
    let Ok(custom_id) = press.data.custom_id.parse() else {
        return Ok(None);
    };
    let (click, kind) = (press.id.get(), &press.data.kind);
    let here = ThreadId(press.channel_id.get());
    let is_staff = person.rank >= Rank::Staff;
    match custom_id {
        CustomId::Card {
            ticket,
            press: button,
        } => press_card(talk, data, person, press, ticket, button).await?,
        CustomId::TakeOn => {
            let Some(tickets) = numbers(kind) else {
                return Ok(None);
            };
            let tickets: Vec<_> = tickets.into_iter().map(TicketId).collect();
            take_on(talk, data, person, press, &tickets).await;
        }
        CustomId::PromiseOffer { offer, wanted } => {
            talk.edits(desk::promise::decided(
                data,
                person,
                (click, here),
                offer,
                wanted,
            ))
            .await?;
        }
        CustomId::Promise {
            ticket,
            promise,
            press,
        } => {
            let told = desk::promise::ended(data, person, click, ticket, promise, press);
            talk.edits(told.map(Ok)).await?;
        }
        CustomId::Why { .. } => talk.answers(desk::explain(data, person, here)).await?,
        CustomId::Setting { proposal, wanted } => {
            talk.edits(settings::decide(data, person, click, proposal, wanted))
                .await?;
        }
        CustomId::Uncover { cover } => {
            talk.replaces(desk::duty::uncover(data, person, cover).map(Ok))
                .await?;
        }
        CustomId::Issue { draft, press } => issue_pressed(talk, data, person, draft, press).await?,
        CustomId::IssueLink { draft, at } => {
            talk.replaces(issue::link(data, person, draft, at)).await?;
        }
        CustomId::IssueChoice { draft, at } => {
            let Some(chosen) = numbers(kind) else {
                return Ok(None);
            };
            talk.replaces(issue::choose(data, person, draft, at, &chosen))
                .await?;
        }
        CustomId::IssueStart { .. } => {
            let drafted = issue::begin(data, person, here, issue::Wish::default());
            talk.answers(drafted).await?;
        }
        CustomId::IssueShow { .. } => talk.answers(issue::show(data, person, here)).await?,
        CustomId::IssueDecline { .. } => match issue::decline(person) {
            Ok(message) => talk.replaces(ready(Ok(message))).await?,
            Err(sentence) => talk.say(sentence).await,
        },
        CustomId::Cause { ticket } => {
            let Some(cause) = chosen(kind).and_then(Cause::of_word) else {
                return Ok(None);
            };
            let (ticket, action) = (TicketRef::Ticket(ticket), Action::NameCause(cause));
            talk.replaces(desk::act(data, person, click, ticket, action).map(Ok))
                .await?;
        }
        CustomId::ShowQueue { .. } | CustomId::QueuePage { .. } | CustomId::QueueFilter
            if !is_staff =>
        {
            talk.say(answer::QUEUE_IS_FOR_STAFF).await;
        }
        CustomId::ShowQueue { .. } => {
            talk.answers(desk::queue_page(data, person, Filter::All, 0))
                .await?;
        }
        CustomId::QueuePage { filter, page } => {
            talk.edits(desk::queue_page(data, person, filter, page))
                .await?;
        }
        CustomId::QueueFilter => {
            let Some(filter) = chosen(kind).and_then(Filter::from_word) else {
                return Ok(None);
            };
            talk.edits(desk::queue_page(data, person, filter, 0))
                .await?;
        }
        // Forms are no buttons.
        CustomId::PasteHolidays | CustomId::IssueForm { .. } => return Ok(None),
    }
    Ok(Some(()))
}

/// A press on a card, or on an alert about one ticket. The thread sees the card change; the answer is
/// for the person alone.
async fn press_card(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    press: &ComponentInteraction,
    ticket: TicketId,
    button: Press,
) -> Result<(), Broken> {
    let click = press.id.get();
    let is = |priority| {
        let told = desk::critical::set(data, person, click, ticket, priority);
        // In the place of the question, whose button has done its work.
        talk.edits(told.map(Ok))
    };
    let action = match button {
        Press::Claim => Action::Claim,
        Press::Release => Action::Release,
        Press::Resolve => Action::Resolve,
        Press::Reopen => Action::Reopen,
        Press::Acknowledge => {
            take_on(talk, data, person, press, &[ticket]).await;
            return Ok(());
        }
        Press::Critical => return is(Priority::Critical).await,
        Press::Normal => return is(Priority::Normal).await,
        Press::Down => {
            let asked = desk::critical::pressed(data, person, ticket);
            return talk.answers(asked).await;
        }
        Press::DownSure => {
            talk.open(&Form::down(ticket)).await;
            return Ok(());
        }
    };
    let ticket = TicketRef::Ticket(ticket);
    talk.answers(desk::act(data, person, click, ticket, action).map(Ok))
        .await
}

/// "I have it", of one ticket or several: whoever reads the alert is told who has what, and the person
/// what they could not take on.
async fn take_on(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    press: &ComponentInteraction,
    tickets: &[TicketId],
) {
    let Some(time) = talk.begin().await else {
        return;
    };
    let taken = desk::take_on(data, person, press.id.get(), tickets).await;
    talk.finish(taken.to_them).await;
    // Last, and not a second time: it is a message of its own.
    if let Some(message) = taken.to_all
        && !(time == Time::Again && is_said(data, press).await)
    {
        talk.tell_all(message).await;
    }
}

/// Whether everybody was told of a press before. Where Discord does not say so, they are told again.
async fn is_said(data: &Data, press: &ComponentInteraction) -> bool {
    let channel = ChannelId(press.channel_id.get());
    let said = api::is_said(&data.rest, channel, press.id.get()).await;
    said.inspect_err(|error| tracing::warn!(%error, "whether a press was answered is unknown"))
        .unwrap_or_default()
}

/// A press on a draft. Its preview is replaced by what became of it; the asker's question stays, and
/// the asker is answered alone.
async fn issue_pressed(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    draft: DraftId,
    press: IssuePress,
) -> Result<(), Broken> {
    match press {
        IssuePress::Edit => {
            match issue::form(data, person, draft).await? {
                Ok(form) => talk.open(&form).await,
                Err(sentence) => talk.say(sentence).await,
            }
            Ok(())
        }
        IssuePress::Allow | IssuePress::Forbid => {
            let agreed = press == IssuePress::Allow;
            talk.answers(issue::consent(data, person, draft, agreed))
                .await
        }
        IssuePress::Withdraw => talk.replaces(issue::withdraw(data, person, draft)).await,
        IssuePress::Open => talk.replaces(issue::open(data, person, draft)).await,
    }
}

/// The numbers that were chosen in a menu of them.
fn numbers<N: FromStr>(kind: &ComponentInteractionDataKind) -> Option<Vec<N>> {
    let ComponentInteractionDataKind::StringSelect { values } = kind else {
        return None;
    };
    let numbers = values.iter().map(|value| value.parse().ok());
    numbers.collect()
}

/// The word that was chosen in a menu of them.
fn chosen(kind: &ComponentInteractionDataKind) -> Option<&str> {
    let ComponentInteractionDataKind::StringSelect { values } = kind else {
        return None;
    };
    values.first().map(String::as_str)
}
