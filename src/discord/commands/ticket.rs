//! The commands about the ticket of the thread they are typed in.

use super::{Context, begin, end};
use crate::discord::{Broken, desk};
use crate::domain::ids::ThreadId;
use crate::ledger::intent::{Action, TicketRef};

/// Take the question in this thread: the asker sees that you are on it
#[poise::command(slash_command)]
pub(super) async fn claim(ctx: Context<'_>) -> Result<(), Broken> {
    act_here(ctx, Action::Claim).await
}

/// Give the question in this thread back, so that somebody else can take it
#[poise::command(slash_command)]
pub(super) async fn release(ctx: Context<'_>) -> Result<(), Broken> {
    act_here(ctx, Action::Release).await
}

/// The question in this thread is answered
#[poise::command(slash_command)]
pub(super) async fn resolve(ctx: Context<'_>) -> Result<(), Broken> {
    act_here(ctx, Action::Resolve).await
}

/// The question in this thread is not answered after all
#[poise::command(slash_command)]
pub(super) async fn reopen(ctx: Context<'_>) -> Result<(), Broken> {
    act_here(ctx, Action::Reopen).await
}

/// Why an answer in this thread is due when it is
#[poise::command(slash_command)]
pub(super) async fn why(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let explained = desk::explain(ctx.framework.user_data, &person, here(ctx)).await;
    end(talk, explained).await
}

pub(super) async fn act_here(ctx: Context<'_>, action: Action) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let message = desk::act(
        ctx.framework.user_data,
        &person,
        ctx.interaction.id.get(),
        TicketRef::Thread(here(ctx)),
        action,
    )
    .await;
    end(talk, Ok(message)).await
}

fn here(ctx: Context<'_>) -> ThreadId {
    ThreadId(ctx.interaction.channel_id.get())
}
