//! `/issue`, the menu of a message, `/stats`, and `/doctor`.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse, ResolvedValue};
use serenity::model::channel::Message;

use super::{Context, begin, end};
use crate::discord::issue::{self, Quoted, Wish};
use crate::discord::person::admit;
use crate::discord::{Broken, views};
use crate::domain::ids::ThreadId;
use crate::ledger::intent::Rank;
use crate::text::issue as text;

/// Turn this thread into an issue on GitHub, or hang it on one that is there
#[poise::command(slash_command)]
pub(super) async fn issue(
    ctx: Context<'_>,
    #[description = "Where; the settings choose if left out"]
    #[autocomplete = "repositories"]
    repository: Option<String>,
    #[description = "More labels, separated by commas"]
    #[autocomplete = "labels"]
    labels: Option<String>,
    #[description = "A form or template of the repository"]
    #[autocomplete = "templates"]
    template: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let wish = Wish {
        repository,
        labels,
        template,
        message: None,
    };
    let here = ThreadId(ctx.interaction.channel_id.get());
    let shown = Box::pin(issue::begin(ctx.framework.user_data, &person, here, wish)).await;
    end(talk, shown).await
}

/// The menu of a message: the same, and this message is seen in any case.
#[poise::command(context_menu_command = "Open GitHub issue")]
pub(super) async fn issue_of_message(
    ctx: Context<'_>,
    #[description = "The message"] message: Message,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    // serenity has read it from the interaction; our own reading needs less of it.
    let quoted: Option<Quoted> = serde_json::to_value(&message)
        .ok()
        .and_then(|value| serde_json::from_value(value).ok());
    let Some(quoted) = quoted else {
        let sentence = views::message::Message::text(text::UNREADABLE);
        return end(talk, Ok(sentence)).await;
    };
    let wish = Wish {
        message: Some(quoted),
        ..Wish::default()
    };
    let here = ThreadId(ctx.interaction.channel_id.get());
    let shown = Box::pin(issue::begin(ctx.framework.user_data, &person, here, wish)).await;
    end(talk, shown).await
}

/// How many causes of ours were taken away by an improvement that shipped
#[poise::command(slash_command)]
pub(super) async fn stats(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let shown = issue::stats(ctx.framework.user_data, &person).await;
    end(talk, shown).await
}

/// What I lack on Discord and on GitHub, and what to do about it
#[poise::command(slash_command)]
pub(super) async fn doctor(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let examined = Box::pin(crate::discord::doctor::examine(
        ctx.framework.user_data,
        &person,
    ));
    end(talk, examined.await).await
}

fn choices(names: Vec<String>) -> CreateAutocompleteResponse {
    let choices = names
        .into_iter()
        .map(|name| AutocompleteChoice::new(name.clone(), name));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Names of repositories and labels are for the team.
fn is_staff(ctx: Context<'_>) -> bool {
    let asked = ctx.interaction;
    let member = asked.member.as_deref();
    let guilds = &ctx.framework.user_data.guilds;
    admit(guilds, asked.guild_id, asked.user.id, member)
        .is_ok_and(|person| person.rank >= Rank::Staff)
}

#[expect(clippy::unused_async, reason = "poise awaits it")]
async fn repositories(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if !is_staff(ctx) {
        return choices(Vec::new());
    }
    choices(issue::repositories(ctx.framework.user_data, typed))
}

/// The repository that is chosen in the same command.
fn chosen(ctx: Context<'_>) -> Option<&str> {
    let chosen = ctx.args.iter().find(|option| option.name == "repository");
    chosen.and_then(|option| match option.value {
        ResolvedValue::String(name) => Some(name),
        _ => None,
    })
}

async fn templates(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if !is_staff(ctx) {
        return choices(Vec::new());
    }
    choices(issue::template_names(ctx.framework.user_data, chosen(ctx), typed).await)
}

async fn labels(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if !is_staff(ctx) {
        return choices(Vec::new());
    }
    let repository = chosen(ctx);
    choices(issue::labels(ctx.framework.user_data, repository, typed).await)
}
