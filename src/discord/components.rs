//! What people press: our buttons and menus, found again by their `custom_id` alone, so that a
//! button works as long as its message stands, whatever happened to the process since.

use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

use futures_util::FutureExt as _;
use serenity::http::Http;
use serenity::model::application::{
    ActionRowComponent, ComponentInteraction, ComponentInteractionDataKind, ModalInteraction,
};

use super::custom_id::{CustomId, IssuePress, Press, PromisePress};
use super::person::{Person, admit};
use super::talk::{Talk, Time};
use super::views::form::Form;
use super::views::message::Message;
use super::{Broken, Data, api, commands, desk, issue, settings};
use crate::domain::event::{Cycle, Priority};
use crate::domain::ids::{ChannelId, ThreadId, TicketId};
use crate::domain::issue::DraftId;
use crate::domain::triage::Cause;
use crate::ledger::intent::{Action, Rank, TicketRef};
use crate::text::answer;
use crate::text::queue::Filter;

/// Answers a press.
pub(super) async fn pressed(http: &Http, data: &Data, press: &ComponentInteraction) {
    let answered = AtomicBool::new(false);
    let talk = Talk::new(http, press.id, &press.token, &answered, &data.tasks);
    // A panic in one press must neither end the bot nor leave the person without an answer.
    let outcome = AssertUnwindSafe(route(&talk, data, press))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Broken::Panic));
    if let Err(error) = outcome {
        let sentence = error.log("a component failed");
        talk.apologise(&sentence).await;
    }
}

/// Answers a form.
pub(super) async fn submitted(http: &Http, data: &Data, form: &ModalInteraction) {
    let answered = AtomicBool::new(false);
    let talk = Talk::new(http, form.id, &form.token, &answered, &data.tasks);
    let outcome = AssertUnwindSafe(take_form(&talk, data, form))
        .catch_unwind()
        .await;
    if outcome.is_err() {
        let sentence = Broken::Panic.log("a form failed");
        talk.apologise(&sentence).await;
    }
}

async fn take_form(talk: &Talk<'_>, data: &Data, form: &ModalInteraction) {
    let admitted = admit(
        &data.guilds,
        form.guild_id,
        form.user.id,
        form.member.as_ref(),
    );
    let person = match admitted {
        Ok(person) => person,
        Err(sentence) => return talk.say(sentence).await,
    };
    match (form.data.custom_id.parse(), written(form, 0)) {
        (
            Ok(CustomId::Card {
                ticket,
                press: Press::DownSure,
            }),
            Some(what),
        ) => {
            if talk.defer().await {
                let form = form.id.get();
                let told = desk::critical::declared(data, &person, form, ticket, what).await;
                talk.finish(told).await;
            }
        }
        (Ok(CustomId::PasteHolidays), Some(pasted)) => {
            if talk.defer().await {
                let calendar = written(form, 1).filter(|calendar| !calendar.trim().is_empty());
                match commands::close_dates_of(data, &person, &pasted, calendar).await {
                    Ok(offer) => talk.finish(offer).await,
                    Err(error) => {
                        let sentence = error.log("a form failed");
                        talk.apologise(&sentence).await;
                    }
                }
            }
        }
        (Ok(CustomId::IssueForm { draft, kept }), _) => {
            if talk.defer_update().await {
                match issue::edit(data, &person, draft, kept, filled(form)).await {
                    Ok(edited) => talk.replace(edited).await,
                    Err(error) => {
                        let sentence = error.log("a form failed");
                        talk.apologise(&sentence).await;
                    }
                }
            }
        }
        _ => talk.say(answer::OLD_BUTTON).await,
    }
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

async fn route(talk: &Talk<'_>, data: &Data, press: &ComponentInteraction) -> Result<(), Broken> {
    let admitted = admit(
        &data.guilds,
        press.guild_id,
        press.user.id,
        press.member.as_ref(),
    );
    let person = match admitted {
        Ok(person) => person,
        Err(sentence) => {
            talk.say(sentence).await;
            return Ok(());
        }
    };
    let meant = meaning(press);
    let queue = match meant {
        None => {
            talk.say(answer::OLD_BUTTON).await;
            return Ok(());
        }
        Some(Meaning::Act { ticket, action }) => {
            // The thread sees the card change; the answer is for the person alone.
            if talk.defer().await {
                let message = desk::act(data, &person, press.id.get(), ticket, action).await;
                talk.finish(message).await;
            }
            return Ok(());
        }
        Some(Meaning::Critical(ticket, priority)) => {
            if talk.defer_update().await {
                let interaction = press.id.get();
                let told = desk::critical::set(data, &person, interaction, ticket, priority).await;
                // In the place of the question, whose button has done its work.
                talk.finish(told).await;
            }
            return Ok(());
        }
        Some(Meaning::Down(ticket)) => {
            if talk.defer().await {
                talk.finish(desk::critical::pressed(data, &person, ticket).await?)
                    .await;
            }
            return Ok(());
        }
        Some(Meaning::DownSure(ticket)) => {
            talk.open(&Form::down(ticket)).await;
            return Ok(());
        }
        Some(Meaning::Promise { offer, wanted }) => {
            if talk.defer_update().await {
                let here = ThreadId(press.channel_id.get());
                let click = (press.id.get(), here);
                let message = desk::promise::decided(data, &person, click, offer, wanted).await?;
                talk.finish(message).await;
            }
            return Ok(());
        }
        Some(Meaning::EndPromise(ticket, promise, how)) => {
            if talk.defer_update().await {
                let click = press.id.get();
                let told = desk::promise::ended(data, &person, click, ticket, promise, how).await;
                talk.finish(told).await;
            }
            return Ok(());
        }
        Some(Meaning::TakeOn(tickets)) => {
            if let Some(time) = talk.begin_update().await {
                let taken = desk::take_on(data, &person, press.id.get(), &tickets).await;
                if time == Time::Again && is_said(data, press).await {
                    return Ok(());
                }
                if let Some(message) = taken.to_them {
                    talk.follow_up(message).await;
                }
                // Last, so that where it stands everything was said.
                if let Some(message) = taken.to_all {
                    talk.tell_all(message).await;
                }
            }
            return Ok(());
        }
        Some(Meaning::Why) => {
            if talk.defer().await {
                let here = ThreadId(press.channel_id.get());
                talk.finish(desk::explain(data, &person, here).await?).await;
            }
            return Ok(());
        }
        Some(Meaning::Setting { proposal, wanted }) => {
            if talk.defer_update().await {
                let click = press.id.get();
                let message = settings::decide(data, &person, click, proposal, wanted).await?;
                talk.finish(message).await;
            }
            return Ok(());
        }
        Some(Meaning::Uncover(cover)) => {
            if talk.defer_update().await {
                talk.replace(desk::duty::uncover(data, &person, cover).await)
                    .await;
            }
            return Ok(());
        }
        Some(Meaning::Issue(press)) => return issue_pressed(talk, data, &person, press).await,
        Some(Meaning::StartIssue) => {
            if talk.defer().await {
                let here = ThreadId(press.channel_id.get());
                let drafted = issue::begin(data, &person, here, issue::Wish::default());
                talk.finish(Box::pin(drafted).await?).await;
            }
            return Ok(());
        }
        Some(Meaning::Decline) => {
            if talk.defer_update().await {
                match issue::decline(&person) {
                    Ok(message) => talk.replace(message).await,
                    Err(sentence) => talk.follow_up(Message::text(sentence)).await,
                }
            }
            return Ok(());
        }
        Some(Meaning::Cause(ticket, cause)) => {
            if talk.defer_update().await {
                let (ticket, action) = (TicketRef::Ticket(ticket), Action::NameCause(cause));
                let message = desk::act(data, &person, press.id.get(), ticket, action).await;
                talk.replace(message).await;
            }
            return Ok(());
        }
        Some(Meaning::ShowIssue) => {
            if talk.defer().await {
                let here = ThreadId(press.channel_id.get());
                talk.finish(issue::show(data, &person, here).await?).await;
            }
            return Ok(());
        }
        Some(Meaning::Queue(queue)) => queue,
    };
    if person.rank < Rank::Staff {
        talk.say(answer::QUEUE_IS_FOR_STAFF).await;
        return Ok(());
    }
    let waiting = if queue.in_place {
        talk.defer_update().await
    } else {
        talk.defer().await
    };
    if waiting {
        talk.finish(page(data, &person, queue).await?).await;
    }
    Ok(())
}

/// Whether everybody was told of a press before. Where Discord does not say so, they are told again.
async fn is_said(data: &Data, press: &ComponentInteraction) -> bool {
    let channel = ChannelId(press.channel_id.get());
    let said = api::is_said(&data.rest, channel, press.id.get()).await;
    said.inspect_err(|error| tracing::warn!(%error, "whether a press was answered is unknown"))
        .unwrap_or_default()
}

async fn page(data: &Data, person: &Person, queue: Queue) -> Result<Message, Broken> {
    desk::queue_page(data, person, queue.filter, queue.page).await
}

/// What a press means.
enum Meaning {
    Act { ticket: TicketRef, action: Action },
    TakeOn(Vec<TicketId>),
    Promise { offer: u64, wanted: bool },
    EndPromise(TicketId, Cycle, PromisePress),
    Critical(TicketId, Priority),
    Down(TicketId),
    DownSure(TicketId),
    Why,
    Setting { proposal: i64, wanted: bool },
    Uncover(u64),
    Issue(IssueMeaning),
    StartIssue,
    ShowIssue,
    Decline,
    Cause(TicketId, Cause),
    Queue(Queue),
}

/// What a press on a draft means.
enum IssueMeaning {
    Press(DraftId, IssuePress),
    Link(DraftId, u8),
    Choose(DraftId, u8, Vec<usize>),
}

/// A press on a draft. Its preview is replaced by what became of it; the asker's question stays, and
/// the asker is answered alone.
async fn issue_pressed(
    talk: &Talk<'_>,
    data: &Data,
    person: &Person,
    meant: IssueMeaning,
) -> Result<(), Broken> {
    let message = match meant {
        IssueMeaning::Press(draft, IssuePress::Edit) => {
            match issue::form(data, person, draft).await? {
                Ok(form) => {
                    talk.ask(form).await;
                }
                Err(sentence) => talk.say(sentence).await,
            }
            return Ok(());
        }
        IssueMeaning::Press(draft, press @ (IssuePress::Allow | IssuePress::Forbid)) => {
            if talk.defer().await {
                let agreed = press == IssuePress::Allow;
                talk.finish(issue::consent(data, person, draft, agreed).await?)
                    .await;
            }
            return Ok(());
        }
        _ if !talk.defer_update().await => return Ok(()),
        IssueMeaning::Press(draft, IssuePress::Withdraw) => {
            issue::withdraw(data, person, draft).await?
        }
        IssueMeaning::Press(draft, _) => issue::open(data, person, draft).await?,
        IssueMeaning::Link(draft, at) => issue::link(data, person, draft, at).await?,
        IssueMeaning::Choose(draft, at, chosen) => {
            issue::choose(data, person, draft, at, &chosen).await?
        }
    };
    talk.replace(message).await;
    Ok(())
}

/// Which part of the queue to show.
struct Queue {
    filter: Filter,
    page: u32,
    /// Whether the message that was pressed is a page itself, to be turned.
    in_place: bool,
}

fn meaning(press: &ComponentInteraction) -> Option<Meaning> {
    let custom_id: CustomId = press.data.custom_id.parse().ok()?;
    Some(match custom_id {
        CustomId::Card { ticket, press } => pressed_card(ticket, press),
        CustomId::Setting { proposal, wanted } => Meaning::Setting { proposal, wanted },
        CustomId::Uncover { cover } => Meaning::Uncover(cover),
        CustomId::ShowQueue { .. } => Meaning::Queue(Queue {
            filter: Filter::All,
            page: 0,
            in_place: false,
        }),
        CustomId::PromiseOffer { offer, wanted } => Meaning::Promise { offer, wanted },
        CustomId::Promise {
            ticket,
            promise,
            press,
        } => Meaning::EndPromise(ticket, promise, press),
        CustomId::TakeOn => {
            let tickets = numbers(&press.data.kind)?.into_iter();
            Meaning::TakeOn(tickets.map(TicketId).collect())
        }
        CustomId::Why { .. } => Meaning::Why,
        CustomId::Issue { draft, press } => Meaning::Issue(IssueMeaning::Press(draft, press)),
        CustomId::IssueLink { draft, at } => Meaning::Issue(IssueMeaning::Link(draft, at)),
        CustomId::IssueChoice { draft, at } => {
            let chosen = numbers(&press.data.kind)?;
            Meaning::Issue(IssueMeaning::Choose(draft, at, chosen))
        }
        CustomId::IssueStart { .. } => Meaning::StartIssue,
        CustomId::IssueShow { .. } => Meaning::ShowIssue,
        CustomId::IssueDecline { .. } => Meaning::Decline,
        CustomId::Cause { ticket } => Meaning::Cause(ticket, cause(&press.data.kind)?),
        // Forms are no buttons.
        CustomId::PasteHolidays | CustomId::IssueForm { .. } => return None,
        CustomId::QueuePage { filter, page } => Meaning::Queue(Queue {
            filter,
            page,
            in_place: true,
        }),
        CustomId::QueueFilter => Meaning::Queue(Queue {
            filter: chosen(&press.data.kind)?,
            page: 0,
            in_place: true,
        }),
    })
}

fn pressed_card(ticket: TicketId, press: Press) -> Meaning {
    let action = match press {
        Press::Claim => Action::Claim,
        Press::Release => Action::Release,
        Press::Resolve => Action::Resolve,
        Press::Reopen => Action::Reopen,
        Press::Acknowledge => return Meaning::TakeOn(vec![ticket]),
        Press::Critical => return Meaning::Critical(ticket, Priority::Critical),
        Press::Normal => return Meaning::Critical(ticket, Priority::Normal),
        Press::Down => return Meaning::Down(ticket),
        Press::DownSure => return Meaning::DownSure(ticket),
    };
    Meaning::Act {
        ticket: TicketRef::Ticket(ticket),
        action,
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

fn cause(kind: &ComponentInteractionDataKind) -> Option<Cause> {
    let ComponentInteractionDataKind::StringSelect { values } = kind else {
        return None;
    };
    values.first().and_then(|word| Cause::of_word(word))
}

fn chosen(kind: &ComponentInteractionDataKind) -> Option<Filter> {
    let ComponentInteractionDataKind::StringSelect { values } = kind else {
        return None;
    };
    values.first().and_then(|word| Filter::from_word(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use serenity::all::Interaction;

    use super::*;
    use crate::discord::samples;
    use crate::domain::bent::{bent, bent_value, usual};
    use crate::gateway::door::Lobby;

    fn interaction(kind: u8, data: &Value) -> Value {
        let user = json!({"id": "5", "username": "u", "discriminator": "0", "global_name": null,
                          "avatar": null});
        json!({
            "id": "900", "application_id": "9", "token": "t", "version": 1, "locale": "en-US",
            "entitlements": [], "app_permissions": "0", "authorizing_integration_owners": {},
            "attachment_size_limit": 0, "type": kind, "data": data, "channel_id": "100",
            "guild_id": "1",
            "member": {"user": user, "roles": ["70"], "permissions": "0", "joined_at": null,
                       "deaf": false, "mute": false, "flags": 0},
            "message": {
                "id": "6", "channel_id": "100", "type": 0, "content": "", "author": user,
                "timestamp": "2026-11-23T09:00:00Z", "edited_timestamp": null, "tts": false,
                "mention_everyone": false, "mentions": [], "mention_roles": [],
                "attachments": [], "embeds": [], "pinned": false, "components": [], "flags": 0,
            },
        })
    }

    fn interactions() -> impl Strategy<Value = Value> {
        let custom_ids = ["claim:17", "queue:all:3", "show-queue:4", "filter"];
        let custom_ids = custom_ids.map(|rest| format!("sameday1:{rest}"));
        let pressed = bent(custom_ids.into()).prop_map(|custom_id| {
            interaction(3, &json!({"custom_id": custom_id, "component_type": 2}))
        });
        let chosen = bent(vec!["mine".to_owned(), "at-risk".to_owned()]).prop_map(|word| {
            let data =
                json!({"custom_id": "sameday1:filter", "component_type": 3, "values": [word]});
            interaction(3, &data)
        });
        let typed = ["claim", "queue"].map(|name| {
            let options = json!([{"name": "filter", "type": 4, "value": 1}]);
            interaction(
                2,
                &json!({"id": "1", "name": name, "type": 1, "options": options}),
            )
        });
        let form = interaction(5, &json!({"custom_id": "old", "components": []}));
        let other = [typed.into(), vec![form]].concat();
        prop_oneof![pressed, chosen, proptest::sample::select(other)]
            .prop_flat_map(|right| prop_oneof![1 => Just(right.clone()), 4 => bent_value(right)])
    }

    proptest! {
        #![proptest_config(usual())]

        #[test]
        fn a_bent_interaction_panics_nothing(bent in interactions()) {
            let lobby = Lobby::default();
            lobby.interaction("s", &json!({"d": bent}).to_string());
            // As serenity reads what the door lets through.
            let let_through = lobby.next().now_or_never().unwrap_or_default();
            if let Ok(Interaction::Component(press)) = serde_json::from_str(&let_through) {
                let guilds = samples::guilds();
                let who = admit(&guilds, press.guild_id, press.user.id, press.member.as_ref());
                prop_assert!(who.is_err() || press.guild_id.is_some());
                let ours = press.data.custom_id.starts_with("sameday1:");
                prop_assert!(meaning(&press).is_none() || ours);
            }
        }
    }
}
