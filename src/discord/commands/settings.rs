//! `/settings`: all of them at once, as a document that is handed out and in.

use serenity::model::channel::Attachment;

use super::{Context, begin, change, end};
use crate::discord::views::message::Message;
use crate::discord::{Broken, settings as desk};
use crate::text::settings as text;

/// The settings of this server
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("show", "set", "export", "import", "undo"),
    subcommand_required
)]
pub(super) async fn settings(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// What is set, and who changed it
#[poise::command(slash_command)]
async fn show(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    end(talk, desk::show(ctx.framework.user_data, &person).await).await
}

/// Change one setting for which there is no command of its own
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "Its key, such as: attention.claim_lease"]
    #[max_length = 200]
    key: String,
    #[description = "Its value, such as: 8h - or: none"]
    #[max_length = 1000]
    to: String,
) -> Result<(), Broken> {
    change(ctx, |document| document.set(&key, &to)).await
}

/// The settings as a file, to be changed and handed in again
#[poise::command(slash_command)]
async fn export(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    if !person.may_change_settings {
        return end(talk, Ok(Message::text(text::NOT_PERMITTED))).await;
    }
    let in_force = desk::in_force(ctx.framework.user_data, &person).await?;
    let message = Message::text(text::exported(in_force.version));
    talk.finish_with_file(message, "sameday.toml", in_force.document.text())
        .await;
    Ok(())
}

/// Replace the settings by those in a file; you see first what that would change
#[poise::command(slash_command)]
async fn import(
    ctx: Context<'_>,
    #[description = "Settings as /settings export hands them out"] file: Attachment,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let offered = desk::import(ctx.framework.user_data, &person, &file).await;
    end(talk, offered).await
}

/// Go back to an earlier version; you see first what that would change
#[poise::command(slash_command)]
async fn undo(
    ctx: Context<'_>,
    #[description = "Which version; the one before, if left out"]
    #[min = 1]
    version: Option<u32>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let offered = desk::undo(ctx.framework.user_data, &person, version).await;
    end(talk, offered).await
}
