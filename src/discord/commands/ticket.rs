//! The commands about the ticket of the thread they are typed in.

use super::{Context, begin, end};
use crate::discord::{Broken, desk};
use crate::domain::ids::ThreadId;
use crate::domain::triage::{Cause, Kind};
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
pub(super) async fn resolve(
    ctx: Context<'_>,
    #[description = "For the team: what was behind it"] cause: Option<CauseChoice>,
) -> Result<(), Broken> {
    let Some(cause) = cause else {
        return act_here(ctx, Action::Resolve).await;
    };
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let message = desk::resolve(
        ctx.framework.user_data,
        &person,
        ctx.interaction.id.get(),
        here(ctx),
        cause.into(),
    );
    end(talk, Ok(message.await)).await
}

/// Say what this thread is about
#[poise::command(slash_command)]
pub(super) async fn kind(
    ctx: Context<'_>,
    #[description = "What it is about"] kind: KindChoice,
) -> Result<(), Broken> {
    act_here(ctx, Action::SetKind(kind.into())).await
}

/// The question in this thread is not answered after all
#[poise::command(slash_command)]
pub(super) async fn reopen(ctx: Context<'_>) -> Result<(), Broken> {
    act_here(ctx, Action::Reopen).await
}

/// Say that you have it for a while: nobody else is called about this thread meanwhile
#[poise::command(slash_command)]
pub(super) async fn acknowledge(
    ctx: Context<'_>,
    #[description = "Until when, like: 15:00, or: in 2 hours; as long as is usual if left out"]
    until: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    let interaction = ctx.interaction.id.get();
    let message = desk::acknowledge(data, &person, interaction, here(ctx), until.as_deref()).await;
    end(talk, message).await
}

/// Put the question in this thread out of the queue for a while; its clocks run on
#[poise::command(slash_command)]
pub(super) async fn snooze(
    ctx: Context<'_>,
    #[description = "Why, for the team"]
    #[max_length = 200]
    reason: String,
    #[description = "Until when, like: tomorrow 15:00; until somebody writes if left out"]
    until: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    let (interaction, thread) = (ctx.interaction.id.get(), here(ctx));
    let until = until.as_deref();
    let message = desk::snooze(data, &person, interaction, thread, until, reason).await;
    end(talk, message).await
}

/// Production is down for the asker: whoever is on duty is called at once
#[poise::command(slash_command)]
pub(super) async fn critical(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let asked = desk::critical::asked(ctx.framework.user_data, &person, here(ctx)).await;
    end(talk, asked).await
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

/// A kind, as it is offered.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum KindChoice {
    #[name = "Question"]
    Question,
    #[name = "Bug"]
    Bug,
    #[name = "Feature"]
    Feature,
}

impl From<KindChoice> for Kind {
    fn from(choice: KindChoice) -> Self {
        match choice {
            KindChoice::Question => Self::Question,
            KindChoice::Bug => Self::Bug,
            KindChoice::Feature => Self::Feature,
        }
    }
}

/// A cause, as it is offered.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum CauseChoice {
    #[name = "Ours: a bug"]
    Bug,
    #[name = "Ours: the documentation is missing or wrong"]
    Docs,
    #[name = "Ours: it is missing, or too hard to use"]
    Design,
    #[name = "The asker's own code, settings or machine"]
    Theirs,
    #[name = "Somebody else's software or service"]
    Elsewhere,
}

impl From<CauseChoice> for Cause {
    fn from(choice: CauseChoice) -> Self {
        match choice {
            CauseChoice::Bug => Self::Bug,
            CauseChoice::Docs => Self::Docs,
            CauseChoice::Design => Self::Design,
            CauseChoice::Theirs => Self::Theirs,
            CauseChoice::Elsewhere => Self::Elsewhere,
        }
    }
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
