//! `/rota`, `/ladder` and `/quiet`: who is called, when, and when not.

use serenity::model::guild::Role;
use serenity::model::user::User;

use super::{Context, change, names, show};
use crate::config::{ConfigError, RotaEdit, StepEdit, read_people};
use crate::discord::Broken;
use crate::domain::attention::Pinged;
use crate::domain::ids::{RoleId, UserId};
use crate::text::settings as text;

/// Who takes turns at being on duty
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("show_rotas", "set_rota", "remove_rota"),
    subcommand_required
)]
pub(super) async fn rota(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// The rotas as they are set; /oncall says who is on duty now
#[poise::command(slash_command, rename = "show")]
async fn show_rotas(ctx: Context<'_>) -> Result<(), Broken> {
    show(ctx, text::rotas).await
}

/// Change a rota, or make a new one
#[poise::command(slash_command, rename = "set")]
async fn set_rota(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::rotas"]
    #[max_length = 40]
    name: String,
    #[description = "Everybody in it, in the order of turns: @Eva @Tom"]
    #[max_length = 1000]
    people: Option<String>,
    #[description = "How long a turn is: day, week, or: week from tuesday; week in a new one"]
    #[max_length = 40]
    turn: Option<String>,
    #[description = "When one hands over to the next; 09:00 in a new one"]
    #[max_length = 8]
    hands_over: Option<String>,
    #[description = "The time zone of that; the first calendar's in a new one"]
    #[max_length = 60]
    zone: Option<String>,
) -> Result<(), Broken> {
    let now = ctx.framework.user_data.clock.now();
    change(ctx, |document| {
        let people = people.as_deref().map(read_people).transpose()?;
        let edit = RotaEdit {
            people: people.as_deref(),
            turn: turn.as_deref(),
            hands_over: hands_over.as_deref(),
            time_zone: zone.as_deref(),
            starts_on: now.date_naive(),
        };
        document.set_rota(name.trim(), edit)
    })
    .await
}

/// Do without a rota
#[poise::command(slash_command, rename = "remove")]
async fn remove_rota(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::rotas"]
    #[max_length = 40]
    name: String,
) -> Result<(), Broken> {
    change(ctx, |document| document.remove_rota(name.trim())).await
}

/// Who is told when an answer is due, step by step
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("show_ladders", "step", "remove_step"),
    subcommand_required
)]
pub(super) async fn ladder(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// The ladders; /policy list says which policy climbs which
#[poise::command(slash_command, rename = "show")]
async fn show_ladders(ctx: Context<'_>) -> Result<(), Broken> {
    show(ctx, text::ladders).await
}

/// Set the step of a ladder at a point, or add it; a new name begins a new ladder
#[poise::command(slash_command)]
async fn step(
    ctx: Context<'_>,
    #[description = "The ladder's name"]
    #[autocomplete = "names::ladders"]
    #[max_length = 40]
    name: String,
    #[description = "When: start, at risk, overdue, or later: 2h after overdue"]
    #[max_length = 60]
    at: String,
    #[description = "Whom: claimer, staff, moderators, @role, @member, rota NAME; with: else, and"]
    #[max_length = 200]
    tell: Option<String>,
    #[description = "Where: staff (if left out), moderators, or a #channel"]
    #[max_length = 60]
    place: Option<String>,
    #[description = "How often again, like: every 30m, 4 times"]
    #[max_length = 60]
    again: Option<String>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        let step = StepEdit {
            at: &at,
            tell: tell.as_deref(),
            place: place.as_deref(),
            again: again.as_deref(),
        };
        document.set_step(name.trim(), step)
    })
    .await
}

/// Take a step out of a ladder; a ladder without steps is gone
#[poise::command(slash_command, rename = "remove")]
async fn remove_step(
    ctx: Context<'_>,
    #[description = "The ladder's name"]
    #[autocomplete = "names::ladders"]
    #[max_length = 40]
    name: String,
    #[description = "When, as /ladder show says it"]
    #[max_length = 60]
    at: String,
    #[description = "Where; staff if left out"]
    #[max_length = 60]
    place: Option<String>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.remove_step(name.trim(), &at, place.as_deref())
    })
    .await
}

/// When somebody is not to be pinged
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("show_quiet", "set_quiet", "remove_quiet"),
    subcommand_required
)]
pub(super) async fn quiet(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// Who has quiet hours
#[poise::command(slash_command, rename = "show")]
async fn show_quiet(ctx: Context<'_>) -> Result<(), Broken> {
    show(ctx, text::quiet).await
}

/// Give a person or a role quiet hours: the next in turn is called then
#[poise::command(slash_command, rename = "set")]
async fn set_quiet(
    ctx: Context<'_>,
    #[description = "Quiet whenever this calendar is not open; /hours show lists them"]
    #[autocomplete = "names::calendars"]
    #[max_length = 40]
    outside: String,
    #[description = "Whose"] member: Option<User>,
    #[description = "Or of which role's holders"] role: Option<Role>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.set_quiet(whose(member, role)?, Some(&outside))
    })
    .await
}

/// Let somebody be pinged at any hour again
#[poise::command(slash_command, rename = "remove")]
async fn remove_quiet(
    ctx: Context<'_>,
    #[description = "Who"] member: Option<User>,
    #[description = "Or which role's holders"] role: Option<Role>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.set_quiet(whose(member, role)?, None)
    })
    .await
}

fn whose(member: Option<User>, role: Option<Role>) -> Result<Pinged, ConfigError> {
    match (member, role) {
        (Some(member), None) => Ok(Pinged::Person(UserId(member.id.get()))),
        (None, Some(role)) => Ok(Pinged::Role(RoleId(role.id.get()))),
        _ => Err(ConfigError::new("name a member or a role, and not both.")),
    }
}
