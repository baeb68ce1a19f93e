//! `/oncall` and `/cover`.

use serenity::model::user::User;

use super::{Context, begin, end, names};
use crate::discord::{Broken, desk};
use crate::domain::ids::UserId;

/// Who is on duty now, and who comes next
#[poise::command(slash_command)]
pub(super) async fn oncall(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let shown = desk::duty::shown(ctx.framework.user_data, &person).await;
    end(talk, shown).await
}

/// Take over days of duty in a rota, from a first to a last day
#[poise::command(slash_command)]
pub(super) async fn cover(
    ctx: Context<'_>,
    #[description = "Which rota; /oncall lists them"]
    #[autocomplete = "names::rotas"]
    rota: String,
    #[description = "The first day of duty, like: tomorrow, friday, 24.12."] from: String,
    #[description = "The last one; only the first if left out"] to: Option<String>,
    #[description = "Who covers; you if left out. Moderators can name anybody"] person: Option<
        User,
    >,
) -> Result<(), Broken> {
    let Some((talk, asks)) = begin(ctx).await else {
        return Ok(());
    };
    let wanted = desk::duty::Wanted {
        rota: &rota,
        from: &from,
        to: to.as_deref(),
        person: person.map(|user| UserId(user.id.get())),
    };
    let data = ctx.framework.user_data;
    let told = desk::duty::cover(data, &asks, ctx.interaction.id.get(), &wanted).await;
    end(talk, told).await
}
