//! `POST /interactions/{id}/{token}/callback`: the first answer.

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::messages::{render, rewrite, write};
use super::state::{Answer, Interaction, State, unknown};
use crate::Sim;
use crate::rest::call::{Asked, Payload};
use crate::rest::message_form::{message_edit_of, new_message_of};
use crate::validate::rules;
use crate::world::{ApiError, FieldError, NewMessage, Outcome, World, flag};

pub(super) async fn answer(
    Extract(sim): Extract<Sim>,
    Path((id, token)): Path<(u64, String)>,
    asked: Asked,
    payload: Payload,
) -> Result<Response, ApiError> {
    let answer_type = payload
        .json
        .get("type")
        .and_then(Value::as_u64)
        .ok_or_else(|| ApiError::required("type"))?;
    let told = sim.act(|world| {
        let mut state = sim.interactions().state();
        let mut interaction = state
            .list
            .get(&id)
            .filter(|interaction| interaction.token == token)
            .cloned()
            .ok_or_else(unknown)?;
        interaction.expire(world.now());
        let given = interaction
            .check_answer(answer_type)
            .and_then(|()| take(world, &mut state, &mut interaction, answer_type, &payload));
        // Also a refusal may have changed it: it is too late now.
        state.list.insert(id, interaction.clone());
        given?;
        tell(world, &state, &interaction, answer_type)
    });
    sim.hub().note();
    let told = told?;
    if asked.is_true("with_response") {
        Ok(Json(told).into_response())
    } else {
        Ok(StatusCode::NO_CONTENT.into_response())
    }
}

/// Does what the answer says.
fn take(
    world: &mut World,
    state: &mut State,
    interaction: &mut Interaction,
    answer_type: u64,
    payload: &Payload,
) -> Outcome {
    let data = payload.json.get("data").unwrap_or(&Value::Null);
    let answer = match answer_type {
        4 => {
            let new = new_message_of(data, &payload.files)?;
            interaction.original = Some(write(world, state, interaction, new, false)?);
            Answer::Message
        }
        5 => {
            let flags = data.get("flags").and_then(Value::as_u64).unwrap_or(0);
            let new = NewMessage {
                // The only flag that counts here.
                flags: flags & flag::EPHEMERAL,
                ..NewMessage::default()
            };
            interaction.original = Some(write(world, state, interaction, new, true)?);
            Answer::Thinking
        }
        6 => {
            interaction.original = interaction.source;
            Answer::DeferredUpdate
        }
        7 => {
            let source = interaction.source.ok_or_else(ApiError::unknown_message)?;
            rewrite(world, state, source, message_edit_of(data, &payload.files)?)?;
            interaction.original = Some(source);
            Answer::Update
        }
        8 => {
            check_rules(&payload.json)?;
            Answer::Choices(rules::list(data, "choices").to_vec())
        }
        9 => {
            check_rules(&payload.json)?;
            for (key, most) in [("custom_id", 100), ("title", 45)] {
                let text = data.get(key).and_then(Value::as_str).unwrap_or_default();
                if !(1..=most).contains(&text.chars().count()) {
                    return Err(ApiError::length(format!("data.{key}"), 1, most));
                }
            }
            Answer::Modal(data.clone())
        }
        _ => return Err(ApiError::choice("type", "4, 5, 6, 7, 8, 9")),
    };
    interaction.answer = Some(answer);
    Ok(())
}

/// The rules that no act of the world knows: those for suggestions and modals.
fn check_rules(body: &Value) -> Outcome {
    let route = "/interactions/{interaction_id}/{interaction_token}/callback";
    let broken: Vec<FieldError> = rules::broken("POST", route, body)
        .into_iter()
        .map(|(path, message)| FieldError {
            path: path.trim_start_matches('/').replace('/', "."),
            code: "BASE_TYPE_INVALID",
            message,
        })
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(ApiError::form(broken))
    }
}

/// The answer to `with_response=true`.
fn tell(
    world: &World,
    state: &State,
    interaction: &Interaction,
    answer_type: u64,
) -> Outcome<Value> {
    let mut about = json!({
        "id": interaction.id.to_string(),
        "type": interaction.kind as u8,
        "channel_id": interaction.channel.to_string(),
    });
    if let Some(guild) = interaction.guild {
        super::merge(&mut about, json!({ "guild_id": guild.to_string() }));
    }
    let mut told = json!({});
    if let Some(place) = interaction.original
        && answer_type != 6
    {
        let message = render(world, state, place)?;
        let flags = message.get("flags").and_then(Value::as_u64).unwrap_or(0);
        super::merge(
            &mut about,
            json!({
                "response_message_id": place.message().to_string(),
                "response_message_loading": flags & flag::LOADING != 0,
                "response_message_ephemeral": flags & flag::EPHEMERAL != 0,
            }),
        );
        // The specification knows the resource of types 4 and 7 only; a deferred message is a 4 too.
        let resource_type = if answer_type == 7 { 7 } else { 4 };
        super::merge(
            &mut told,
            json!({ "resource": { "type": resource_type, "message": message } }),
        );
    }
    super::merge(&mut told, json!({ "interaction": about }));
    Ok(told)
}
