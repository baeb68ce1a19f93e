//! The entries of a message's menu ("Apps").

use poise::serenity_prelude::Message;

use super::ticket::act_here;
use super::{Broken, Context};
use crate::domain::ids::{MessageId, UserId};
use crate::domain::triage::Kind;
use crate::ledger::intent::Action;

#[poise::command(context_menu_command = "No reply needed")]
pub(super) async fn no_reply_needed(ctx: Context<'_>, message: Message) -> Result<(), Broken> {
    judge(ctx, &message, false).await
}

#[poise::command(context_menu_command = "Needs a reply")]
pub(super) async fn needs_a_reply(ctx: Context<'_>, message: Message) -> Result<(), Broken> {
    judge(ctx, &message, true).await
}

/// A staff member's mark on an answer, or on what the asker wrote.
#[poise::command(context_menu_command = "It is a bug")]
pub(super) async fn it_is_a_bug(ctx: Context<'_>, _message: Message) -> Result<(), Broken> {
    act_here(ctx, Action::SetKind(Kind::Bug)).await
}

async fn judge(ctx: Context<'_>, message: &Message, needed: bool) -> Result<(), Broken> {
    let action = Action::JudgeReply {
        message: MessageId(message.id.get()),
        author: UserId(message.author.id.get()),
        needed,
    };
    act_here(ctx, action).await
}
