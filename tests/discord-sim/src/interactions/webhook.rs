//! `/webhooks/{application}/{token}…`: follow-ups, and what became of the first answer.

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use serde_json::Value;

use super::messages::{is_thinking, remove, render, rewrite, write};
use super::state::{Interaction, Place, State};
use crate::Sim;
use crate::rest::call::Payload;
use crate::rest::message_form::{message_edit, new_message};
use crate::world::{ApiError, MessageEdit, Outcome, World};

/// A follow-up. The first one after "… is thinking" takes its place.
pub(super) async fn follow_up(
    Extract(sim): Extract<Sim>,
    Path((application, token)): Path<(u64, String)>,
    payload: Payload,
) -> Result<Json<Value>, ApiError> {
    let new = new_message(&payload)?;
    with(&sim, application, &token, |world, state, interaction| {
        let thinking = interaction
            .original
            .filter(|place| is_thinking(world, state, *place));
        let place = if let Some(place) = thinking {
            let edit = MessageEdit {
                content: Some(new.content),
                embeds: Some(new.embeds),
                components: Some(new.components),
                flags: Some(new.flags),
                allowed_mentions: new.allowed_mentions,
                attachments: Some(
                    new.attachments
                        .into_iter()
                        .map(crate::world::AttachmentEdit::New)
                        .collect(),
                ),
            };
            rewrite(world, state, place, edit)?;
            place
        } else {
            let place = write(world, state, interaction, new, false)?;
            interaction.follow_ups.push(place);
            place
        };
        render(world, state, place)
    })
}

pub(super) async fn show(
    Extract(sim): Extract<Sim>,
    Path((application, token, message)): Path<(u64, String, String)>,
) -> Result<Json<Value>, ApiError> {
    with(&sim, application, &token, |world, state, interaction| {
        let place = find(interaction, &message)?;
        render(world, state, place)
    })
}

pub(super) async fn edit(
    Extract(sim): Extract<Sim>,
    Path((application, token, message)): Path<(u64, String, String)>,
    payload: Payload,
) -> Result<Json<Value>, ApiError> {
    let edit = message_edit(&payload)?;
    with(&sim, application, &token, |world, state, interaction| {
        let place = find(interaction, &message)?;
        rewrite(world, state, place, edit)?;
        render(world, state, place)
    })
}

pub(super) async fn delete(
    Extract(sim): Extract<Sim>,
    Path((application, token, message)): Path<(u64, String, String)>,
) -> Result<StatusCode, ApiError> {
    with(&sim, application, &token, |world, state, interaction| {
        let place = find(interaction, &message)?;
        remove(world, state, place)?;
        Ok(Value::Null)
    })
    .map(|_| StatusCode::NO_CONTENT)
}

/// Does something with the interaction the token belongs to, if the token still counts.
fn with(
    sim: &Sim,
    application: u64,
    token: &str,
    act: impl FnOnce(&mut World, &mut State, &mut Interaction) -> Outcome<Value>,
) -> Result<Json<Value>, ApiError> {
    let answer = sim.act(|world| {
        let mut state = sim.interactions().state();
        let id = state.tokens.get(token).copied();
        let mut interaction = id
            .and_then(|id| state.list.get(&id))
            .filter(|interaction| interaction.application == application)
            .cloned()
            .ok_or_else(|| ApiError::new(404, 10015, "Unknown Webhook"))?;
        interaction.expire(world.now());
        interaction.check_token(world.now())?;
        let answer = act(world, &mut state, &mut interaction);
        state.list.insert(interaction.id, interaction);
        answer
    });
    sim.hub().note();
    answer.map(Json)
}

/// `@original` or the id of a follow-up.
fn find(interaction: &Interaction, message: &str) -> Outcome<Place> {
    if message == "@original" {
        return interaction.original.ok_or_else(ApiError::unknown_message);
    }
    interaction
        .follow_ups
        .iter()
        .chain(&interaction.original)
        .find(|place| place.message().to_string() == message)
        .copied()
        .ok_or_else(ApiError::unknown_message)
}
