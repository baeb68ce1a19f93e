//! `/channels` and `/roles`: what is watched, who is who, where the team is told.

use serenity::model::channel::PartialChannel;
use serenity::model::guild::Role;

use super::{Context, change};
use crate::config::{RoleKind, ToldKind};
use crate::discord::Broken;
use crate::domain::ids::{ChannelId, RoleId};

/// Which channels are watched, and where the team is told
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("watch", "unwatch", "staff", "moderators"),
    subcommand_required
)]
pub(super) async fn channels(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// Make the threads of a forum or text channel tickets
#[poise::command(slash_command)]
async fn watch(
    ctx: Context<'_>,
    #[description = "A forum or a text channel"]
    #[channel_types("Forum", "Text", "News")]
    channel: PartialChannel,
) -> Result<(), Broken> {
    change(ctx, |document| document.watch(id(&channel))).await
}

/// Leave the threads of a channel alone from now on
#[poise::command(slash_command)]
async fn unwatch(
    ctx: Context<'_>,
    #[description = "A channel that is watched"]
    #[channel_types("Forum", "Text", "News")]
    channel: PartialChannel,
) -> Result<(), Broken> {
    change(ctx, |document| document.unwatch(id(&channel))).await
}

/// Tell the staff in another channel
#[poise::command(slash_command)]
async fn staff(
    ctx: Context<'_>,
    #[description = "A text channel"]
    #[channel_types("Text")]
    channel: PartialChannel,
) -> Result<(), Broken> {
    change(ctx, |document| document.tell(ToldKind::Staff, id(&channel))).await
}

/// Tell the moderators in another channel
#[poise::command(slash_command)]
async fn moderators(
    ctx: Context<'_>,
    #[description = "A text channel"]
    #[channel_types("Text")]
    channel: PartialChannel,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.tell(ToldKind::Moderator, id(&channel))
    })
    .await
}

/// Who is staff and who is a moderator
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(slash_command, subcommands("add", "remove"), subcommand_required)]
pub(super) async fn roles(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// Whose holders are meant.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Part {
    #[name = "staff"]
    Staff,
    #[name = "moderators"]
    Moderator,
}

/// Make the holders of a role staff or moderators
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What its holders are"] part: Part,
    #[description = "The role"] role: Role,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.add_role(part.kind(), RoleId(role.id.get()))
    })
    .await
}

/// Let the holders of a role be staff or moderators no more
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "What its holders are"] part: Part,
    #[description = "The role"] role: Role,
) -> Result<(), Broken> {
    change(ctx, |document| {
        document.remove_role(part.kind(), RoleId(role.id.get()))
    })
    .await
}

impl Part {
    fn kind(self) -> RoleKind {
        match self {
            Self::Staff => RoleKind::Staff,
            Self::Moderator => RoleKind::Moderator,
        }
    }
}

fn id(channel: &PartialChannel) -> ChannelId {
    ChannelId(channel.id.get())
}
