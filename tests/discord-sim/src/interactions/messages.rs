//! The messages that answer interactions.
//!
//! In a channel they go through the world's own acts, so that mentions, threads and events follow
//! the same rules as any message. A whisper is built by the same rules, but only one person gets it
//! and no event tells of it.

use serde_json::Value;

use super::state::{Interaction, Place, State, Whisper};
use crate::world::{
    AllowedMentions, ApiError, Message, MessageEdit, NewMessage, Outcome, ReplyTo, World, flag,
    kind,
};

/// Writes an answer; with `thinking` it is the bot's "… is thinking", to be filled in later.
pub(super) fn write(
    world: &mut World,
    state: &mut State,
    interaction: &Interaction,
    mut new: NewMessage,
    thinking: bool,
) -> Outcome<Place> {
    let whisper = new.flags & flag::EPHEMERAL != 0;
    if thinking {
        new.flags |= flag::LOADING;
    }
    new.application = Some(interaction.application);
    new.webhook = Some(interaction.application);
    new.interaction = Some(interaction.metadata.clone());
    if interaction.message_kind == kind::DEFAULT
        && let Some(Place::Channel { channel, message }) = interaction.source
    {
        // An answer to a click shows what was clicked.
        new.reply_to = Some(ReplyTo {
            message,
            channel: Some(channel),
            fail_if_not_exists: false,
        });
    }
    let mut message = world.compose(interaction.bot, interaction.channel, new)?;
    if interaction.message_kind != kind::DEFAULT {
        message.kind = interaction.message_kind;
    }
    if whisper {
        let id = message.id;
        let to = interaction.user;
        state.whispers.insert(id, Whisper { to, message });
        return Ok(Place::Whisper(id));
    }
    let channel = message.channel;
    let message = world.store(&message);
    Ok(Place::Channel { channel, message })
}

/// Changes an answer, or fills in the one the bot was thinking about.
pub(super) fn rewrite(
    world: &mut World,
    state: &mut State,
    place: Place,
    mut edit: MessageEdit,
) -> Outcome {
    let mut message = load(world, state, place)?;
    let home = world
        .channels
        .get(&message.channel)
        .cloned()
        .ok_or_else(ApiError::unknown_channel)?;
    let was_thinking = message.flags & flag::LOADING != 0;
    edit.allowed_mentions
        .get_or_insert_with(AllowedMentions::users_only);
    if was_thinking {
        message.flags &= !flag::LOADING;
    }
    world.change_message(&mut message, &home, edit)?;
    if was_thinking {
        // To readers it is new, not edited.
        message.edited_at = None;
    }
    match place {
        Place::Channel { .. } => world.replace_message(&message),
        Place::Whisper(id) => {
            if let Some(whisper) = state.whispers.get_mut(&id) {
                whisper.message = message;
            }
        }
    }
    Ok(())
}

/// Deletes an answer.
pub(super) fn remove(world: &mut World, state: &mut State, place: Place) -> Outcome {
    match place {
        Place::Channel { channel, message } => world.vanish_message(channel, message),
        Place::Whisper(id) => match state.whispers.remove(&id) {
            Some(_) => Ok(()),
            None => Err(ApiError::unknown_message()),
        },
    }
}

/// An answer as its bot gets it.
pub(super) fn render(world: &World, state: &State, place: Place) -> Outcome<Value> {
    let message = load(world, state, place)?;
    Ok(world.render_message(&message, message.author))
}

/// Whether the bot is still thinking about it.
pub(super) fn is_thinking(world: &World, state: &State, place: Place) -> bool {
    load(world, state, place).is_ok_and(|message| message.flags & flag::LOADING != 0)
}

fn load(world: &World, state: &State, place: Place) -> Outcome<Message> {
    match place {
        Place::Channel { channel, message } => world.load_message(channel, message).cloned(),
        Place::Whisper(id) => state
            .whispers
            .get(&id)
            .map(|whisper| whisper.message.clone())
            .ok_or_else(ApiError::unknown_message),
    }
}
