//! What is offered while the name of something in the settings is typed. Only whoever may see the
//! settings is offered any.

use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{Context, admitted};
use crate::config::{Document, WrittenRow};
use crate::discord::settings;
use crate::ledger::intent::Rank;

/// How many choices Discord takes. Source: Discord's reference, "Autocomplete".
const MOST: usize = 25;

/// Which calendars there are: everybody may know.
pub(super) async fn calendars(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(ctx, typed, Rank::Member, |document| {
        let names = document.calendars().into_iter();
        names.map(str::to_owned).collect()
    })
    .await
}

/// Which policies there are.
pub(super) async fn policies(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(ctx, typed, Rank::Staff, |document| {
        let names = document.policies().into_iter();
        names.map(str::to_owned).collect()
    })
    .await
}

/// Which rotas there are.
pub(super) async fn rotas(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(ctx, typed, Rank::Staff, |document| {
        let rotas = document.written_rotas().into_iter();
        rotas.map(|WrittenRow { name, .. }| name).collect()
    })
    .await
}

/// Which ladders there are.
pub(super) async fn ladders(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(ctx, typed, Rank::Staff, |document| {
        let ladders = document.written_ladders().into_iter();
        ladders.map(|(name, _)| name).collect()
    })
    .await
}

async fn offer(
    ctx: Context<'_>,
    typed: &str,
    from: Rank,
    names: impl FnOnce(&Document) -> Vec<String>,
) -> CreateAutocompleteResponse {
    let nothing = CreateAutocompleteResponse::new();
    let Ok(person) = admitted(ctx) else {
        return nothing;
    };
    if person.rank < from && !person.may_change_settings {
        return nothing;
    }
    // Whoever types can do without: the command itself says what is wrong.
    let Ok(in_force) = settings::in_force(ctx.framework.user_data, &person).await else {
        return nothing;
    };
    let typed = typed.trim().to_lowercase();
    let fitting = names(&in_force.document).into_iter();
    let fitting = fitting.filter(|name| name.to_lowercase().contains(&typed));
    let choices = fitting.take(MOST).map(AutocompleteChoice::from);
    nothing.set_choices(choices.collect())
}
