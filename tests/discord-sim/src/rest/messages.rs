//! Messages: list, write, edit, delete, pin, react.

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post, put};
use serde_json::{Value, json};

use super::call::{Answer, Asked, Caller, Ids, Payload, nothing, ok};
use super::form::Form;
use super::message_form::{message_edit, new_message};
use crate::Sim;
use crate::world::{ApiError, Message, Outcome, World, permissions, timestamp};

pub(super) fn routes() -> Router<Sim> {
    const ONE: &str = "/channels/{channel}/messages/{message}";
    const REACTION: &str = "/channels/{channel}/messages/{message}/reactions/{emoji}";
    Router::new()
        .route("/channels/{channel}/messages", get(list).post(create))
        .route(ONE, get(one).patch(edit).delete(remove))
        .route(
            "/channels/{channel}/messages/bulk-delete",
            post(bulk_delete),
        )
        .route("/channels/{channel}/messages/pins", get(pins))
        .route(
            "/channels/{channel}/messages/pins/{message}",
            put(pin).delete(unpin),
        )
        .route("/channels/{channel}/pins", get(old_pins))
        .route("/channels/{channel}/pins/{message}", put(pin).delete(unpin))
        .route(REACTION, get(reactors))
        .route(&format!("{REACTION}/@me"), put(react).delete(unreact))
        .route(&format!("{REACTION}/{{user}}"), delete(unreact_other))
        .route("/channels/{channel}/typing", post(typing))
}

/// A message as the caller may see it.
fn shown(world: &World, message: &Message, caller: Caller) -> Value {
    let mut rendered = world.render_message(message, caller.bot);
    world.hide_content(caller.bot, &mut rendered);
    rendered
}

async fn list(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    asked: Asked,
) -> Answer {
    let limit = asked.limit("limit", (1, 100), 50)?;
    let (before, after) = (asked.id("before")?, asked.id("after")?);
    let around = asked.id("around")?;
    let body = sim.act(|world| {
        let home = world.visible_channel(caller.bot, channel)?;
        if !home.kind.holds_messages() {
            let text = "Cannot execute action on this channel type";
            return Err(ApiError::new(400, 50024, text));
        }
        // Without the history, Discord answers with nothing rather than an error.
        if !world.can(caller.bot, home, permissions::READ_MESSAGE_HISTORY) {
            return Ok(json!([]));
        }
        let Some(messages) = world.messages.get(&channel) else {
            return Ok(json!([]));
        };
        let mut page: Vec<&Message> = if let Some(around) = around {
            let older = messages.range(..around).rev().take(limit / 2);
            let newer = messages.range(around..).take(limit - limit / 2);
            older.chain(newer).map(|(_, message)| message).collect()
        } else if let Some(before) = before {
            let older = messages.range(..before).rev().take(limit);
            older.map(|(_, message)| message).collect()
        } else if let Some(after) = after {
            let newer = messages.range(after.saturating_add(1)..).take(limit);
            newer.map(|(_, message)| message).collect()
        } else {
            messages.values().rev().take(limit).collect()
        };
        page.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        Ok(page
            .into_iter()
            .map(|message| shown(world, message, caller))
            .collect())
    })?;
    ok(body)
}

async fn one(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
) -> Answer {
    let body = sim.act(|world| {
        readable(world, caller, channel)?;
        let message = world.load_message(channel, message)?;
        Ok(shown(world, message, caller))
    })?;
    ok(body)
}

/// 50001 for who does not see the channel or its past.
fn readable(world: &World, caller: Caller, channel: u64) -> Outcome {
    let home = world.visible_channel(caller.bot, channel)?;
    if world.can(caller.bot, home, permissions::READ_MESSAGE_HISTORY) {
        Ok(())
    } else {
        Err(ApiError::missing_access())
    }
}

async fn create(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    payload: Payload,
) -> Answer {
    let new = new_message(&payload)?;
    let nonce = new.nonce.as_ref().map(crate::world::Nonce::render);
    let body = sim.act(|world| {
        let id = world.post_message(caller.bot, channel, new)?;
        let mut body = shown(world, world.load_message(channel, id)?, caller);
        if let (Value::Object(body), Some(nonce)) = (&mut body, nonce) {
            body.insert("nonce".into(), nonce);
        }
        Ok(body)
    })?;
    ok(body)
}

async fn edit(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
    payload: Payload,
) -> Answer {
    let edit = message_edit(&payload)?;
    let body = sim.act(|world| {
        world.edit_message(caller.bot, channel, message, edit)?;
        Ok(shown(world, world.load_message(channel, message)?, caller))
    })?;
    ok(body)
}

async fn remove(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
) -> Answer {
    sim.act(|world| world.delete_message(caller.bot, channel, message))?;
    nothing()
}

async fn bulk_delete(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    payload: Payload,
) -> Answer {
    let form = Form::new(&payload.json)?;
    let messages = form
        .ids("messages")?
        .ok_or_else(|| form.required("messages"))?;
    sim.act(|world| world.bulk_delete(caller.bot, channel, &messages))?;
    nothing()
}

/// The pinned messages of a channel, newest first.
fn pinned(world: &World, channel: u64) -> impl Iterator<Item = &Message> {
    let messages = world.messages.get(&channel).into_iter();
    messages
        .flat_map(|messages| messages.values().rev())
        .filter(|message| message.pinned)
}

async fn pins(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    asked: Asked,
) -> Answer {
    let limit = asked.limit("limit", (1, 50), 50)?;
    let body = sim.act(|world| {
        readable(world, caller, channel)?;
        let items: Vec<Value> = pinned(world, channel)
            .map(|message| {
                json!({ "pinned_at": timestamp(message.at), "message": shown(world, message, caller) })
            })
            .collect();
        let has_more = items.len() > limit;
        Ok(json!({ "items": items.into_iter().take(limit).collect::<Value>(), "has_more": has_more }))
    })?;
    ok(body)
}

async fn old_pins(State(sim): State<Sim>, caller: Caller, Ids(channel): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        readable(world, caller, channel)?;
        let pinned = pinned(world, channel).take(50);
        Ok(pinned
            .map(|message| shown(world, message, caller))
            .collect())
    })?;
    ok(body)
}

async fn pin(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
) -> Answer {
    sim.act(|world| world.set_pinned(caller.bot, channel, message, true))?;
    nothing()
}

async fn unpin(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
) -> Answer {
    sim.act(|world| world.set_pinned(caller.bot, channel, message, false))?;
    nothing()
}

/// The emoji of a path: `👍`, or `name:id`.
fn emoji(text: &str) -> (&str, Option<u64>) {
    match text.rsplit_once(':') {
        Some((name, id)) => match id.parse() {
            Ok(id) => (name, Some(id)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}

async fn react(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message, text)): Ids<(u64, u64, String)>,
) -> Answer {
    let (name, id) = emoji(&text);
    sim.act(|world| world.add_reaction(caller.bot, channel, message, name, id))?;
    nothing()
}

async fn unreact(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message, text)): Ids<(u64, u64, String)>,
) -> Answer {
    let (name, id) = emoji(&text);
    let bot = caller.bot;
    sim.act(|world| world.remove_reaction(bot, channel, message, name, id, bot))?;
    nothing()
}

async fn unreact_other(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message, text, user)): Ids<(u64, u64, String, u64)>,
) -> Answer {
    let (name, id) = emoji(&text);
    sim.act(|world| world.remove_reaction(caller.bot, channel, message, name, id, user))?;
    nothing()
}

async fn reactors(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message, text)): Ids<(u64, u64, String)>,
) -> Answer {
    let (name, id) = emoji(&text);
    let body = sim.act(|world| {
        readable(world, caller, channel)?;
        let message = world.load_message(channel, message)?;
        let found = message
            .reactions
            .iter()
            .find(|it| it.name == name && it.emoji == id);
        let users = found.into_iter().flat_map(|reaction| &reaction.users);
        Ok(users.map(|user| world.render_user(*user)).collect())
    })?;
    ok(body)
}

async fn typing(State(sim): State<Sim>, caller: Caller, Ids(channel): Ids<u64>) -> Answer {
    sim.act(|world| world.start_typing(caller.bot, channel))?;
    nothing()
}
