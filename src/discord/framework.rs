//! serenity and poise on our loopback door: commands and components, nothing else.
//!
//! The door hands them READY and interactions and takes their requests; the session with Discord,
//! its rate limits and its outages are the door's side (see [`crate::gateway`]).

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use poise::{BoxFuture, FrameworkError};
use serenity::all::{FullEvent, GatewayIntents, Interaction};
use serenity::client::{Client, ClientBuilder};
use tokio_util::sync::CancellationToken;

use super::talk::Talk;
use super::{Broken, Data, commands, components, register};
use crate::gateway::door::Door;
use crate::gateway::rest::Rest;
use crate::text::answer;

type Command = poise::Command<Data, Broken>;

/// The pause before serenity is started again, should it stop by itself.
const PAUSE: Duration = Duration::from_secs(2);

/// Serves commands and components until `shutdown`; whoever is being answered then is tracked by
/// the tasks of `data`.
pub async fn run(door: &Door, rest: &Rest, data: Data, shutdown: CancellationToken) {
    let bridged = data.bridge.is_some();
    serve(|| commands::all(bridged), door, rest, data, shutdown).await;
}

async fn serve(
    commands: impl Fn() -> Vec<Command> + Send + Sync,
    door: &Door,
    rest: &Rest,
    data: Data,
    shutdown: CancellationToken,
) {
    while !shutdown.is_cancelled() {
        let mut client = match build(commands(), door, rest, &data, &shutdown).await {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "commands cannot be served; trying again");
                pause(&shutdown).await;
                continue;
            }
        };
        let shards = client.shard_manager.clone();
        tokio::select! {
            ended = client.start() => {
                tracing::error!(?ended, "commands are no longer served; starting again");
                shards.shutdown_all().await;
                pause(&shutdown).await;
            }
            () = shutdown.cancelled() => shards.shutdown_all().await,
        }
    }
}

async fn pause(shutdown: &CancellationToken) {
    // Either way the caller looks whether to go on.
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = shutdown.cancelled() => {}
    }
}

async fn build(
    commands: Vec<Command>,
    door: &Door,
    rest: &Rest,
    data: &Data,
    shutdown: &CancellationToken,
) -> Result<Client, serenity::Error> {
    // Interactions need no intent.
    let client = ClientBuilder::new_with_http(door.http()?, GatewayIntents::empty())
        .framework(framework(
            commands,
            rest.clone(),
            data.clone(),
            shutdown.clone(),
        ))
        .await?;
    door.connect(&client).await;
    Ok(client)
}

fn framework(
    commands: Vec<Command>,
    rest: Rest,
    data: Data,
    shutdown: CancellationToken,
) -> poise::Framework<Data, Broken> {
    let options = poise::FrameworkOptions {
        commands,
        event_handler: |framework, event| Box::pin(event_seen(framework, event)),
        on_error,
        ..poise::FrameworkOptions::default()
    };
    poise::Framework::builder()
        .options(options)
        // Nobody owns a command of ours. The same flag in the options would be overwritten.
        .initialize_owners(false)
        // Were this to fail or to wait, poise would answer nobody until it is done.
        .setup(move |_, ready, framework| {
            let body = register::body(&framework.options().commands);
            let application = ready.application.id.get();
            data.tasks.spawn(register::register(
                rest,
                data.clone(),
                application,
                body,
                shutdown,
            ));
            Box::pin(async move { Ok(data) })
        })
        .build()
}

/// Answers what poise does not. It comes after poise's own work, so here everybody is answered.
async fn event_seen(
    framework: poise::FrameworkContext<'_, Data, Broken>,
    event: &FullEvent,
) -> Result<(), Broken> {
    let FullEvent::InteractionCreate { interaction } = event else {
        return Ok(());
    };
    let http = &framework.serenity_context.http;
    match interaction {
        Interaction::Component(press) => {
            components::pressed(http, framework.user_data, press).await;
        }
        Interaction::Modal(form) => components::submitted(http, framework.user_data, form).await,
        // Commands are poise's; nothing of ours completes by itself.
        _ => {}
    }
    framework.user_data.lobby.answered(interaction.id().get());
    Ok(())
}

/// Whatever goes wrong around a command ends here, and the person gets an answer.
fn on_error(error: FrameworkError<'_, Data, Broken>) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        match error {
            FrameworkError::Command {
                error,
                ctx: poise::Context::Application(ctx),
                ..
            } => apologise(ctx, &error).await,
            FrameworkError::CommandPanic {
                ctx: poise::Context::Application(ctx),
                ..
            } => apologise(ctx, &Broken::Panic).await,
            FrameworkError::CommandStructureMismatch {
                description, ctx, ..
            } => {
                // Discord still shows a command of an older version.
                tracing::warn!(description, "a command came in an older form");
                commands::talk(ctx).say(answer::OLD_COMMAND).await;
            }
            FrameworkError::UnknownInteraction {
                framework,
                interaction,
                ..
            } => {
                let answered = AtomicBool::new(false);
                let http = &framework.serenity_context.http;
                let tasks = &framework.user_data.tasks;
                Talk::new(http, interaction.id, &interaction.token, &answered, tasks)
                    .say(answer::OLD_COMMAND)
                    .await;
            }
            // We have no checks, owners, cooldowns or prefixes; should poise find another reason
            // not to run a command, the person is told all the same.
            other => {
                if let Some(poise::Context::Application(ctx)) = other.ctx() {
                    apologise(ctx, &Broken::NotRun).await;
                } else {
                    tracing::error!(error = %other, "the command framework failed");
                }
            }
        }
    })
}

async fn apologise(ctx: poise::ApplicationContext<'_, Data, Broken>, error: &Broken) {
    let sentence = error.log("a command failed");
    commands::talk(ctx).apologise(&sentence).await;
}

#[cfg(test)]
mod tests;
