//! Tells Discord which commands there are, guild by guild, until it has taken them.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Broken, Data};
use crate::domain::ids::GuildId;
use crate::domain::session::{Bearings, fingerprint};
use crate::gateway::rest::{Path, Request, Rest, RestError};

/// The pause after the first failure; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause: a missing permission may be given at any time, and nobody should have to
/// start the bot again for it.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// Replaces the commands of each guild by these, unless a start a moment ago did. A failure is logged
/// once and tried again: the bot keeps its promises without commands as well.
pub(super) async fn register(
    rest: Rest,
    data: Data,
    application: u64,
    commands: Value,
    shutdown: CancellationToken,
) {
    let mut left: Vec<GuildId> = data.guilds.now().keys().copied().collect();
    let theirs = Some(fingerprint(&format!("{application} {left:?} {commands}")));
    if data.commands == theirs {
        return;
    }
    let mut pause = PAUSE;
    let mut told = Vec::new();
    loop {
        let mut failed = Vec::new();
        for guild in left {
            match replace(&rest, application, guild, &commands).await {
                Ok(()) => tracing::info!(%guild, "commands are registered"),
                Err(error) => {
                    if !told.contains(&guild) {
                        told.push(guild);
                        tracing::warn!(
                            %guild, %error,
                            "commands could not be registered; was the bot invited with the scope \
                             applications.commands? Trying again"
                        );
                    }
                    failed.push(guild);
                }
            }
        }
        if failed.is_empty() {
            let bearings = Bearings {
                commands: theirs,
                ..Bearings::default()
            };
            if data.ledger.note_bearings(bearings).await.is_err() {
                tracing::debug!("the next start will register the commands again");
            }
            return;
        }
        left = failed;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.cancelled() => return,
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// The commands as Discord takes them. serenity writes all fields of all kinds of options, empty
/// ones too, of which Discord's schema knows only those of the option's own kind.
pub(super) fn body(commands: &[poise::Command<Data, Broken>]) -> Value {
    let commands = poise::builtins::create_application_commands(commands);
    // Writing to a value fails for maps without string keys only, and there are none.
    let mut body = serde_json::to_value(commands).unwrap_or_default();
    leave_out_empty(&mut body);
    body
}

fn leave_out_empty(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| match field {
                Value::Null => false,
                Value::Array(list) => !list.is_empty(),
                Value::Object(map) => !map.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            });
            fields.values_mut().for_each(leave_out_empty);
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out_empty),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn replace(
    rest: &Rest,
    application: u64,
    guild: GuildId,
    commands: &Value,
) -> Result<(), RestError> {
    let path = Path::root("applications")
        .id(application)
        .then("guilds")
        .id(guild.0)
        .then("commands");
    rest.success(Request::new(Method::PUT, path).json(commands)?)
        .await?;
    Ok(())
}
