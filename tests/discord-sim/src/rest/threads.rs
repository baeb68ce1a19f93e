//! Threads: open, list, join and leave.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::call::{Answer, Asked, Caller, Ids, Payload, created, nothing, ok};
use super::form::Form;
use super::message_form::new_message_of;
use crate::Sim;
use crate::world::{
    ApiError, Channel, ChannelKind, NewThread, Outcome, Thread, World, intents, permissions,
    render_thread_member,
};

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/channels/{channel}/threads", post(open))
        .route(
            "/channels/{channel}/messages/{message}/threads",
            post(open_on_message),
        )
        .route("/guilds/{guild}/threads/active", get(active))
        .route(
            "/channels/{channel}/threads/archived/public",
            get(archived_public),
        )
        .route(
            "/channels/{channel}/threads/archived/private",
            get(archived_private),
        )
        .route(
            "/channels/{channel}/users/@me/threads/archived/private",
            get(archived_private_joined),
        )
        .route("/channels/{thread}/thread-members", get(members))
        .route(
            "/channels/{thread}/thread-members/@me",
            put(join).delete(leave),
        )
        .route(
            "/channels/{thread}/thread-members/{user}",
            get(member).put(add_member).delete(remove_member),
        )
}

fn new_thread(form: &Form<'_>) -> Outcome<NewThread> {
    Ok(NewThread {
        name: form.text("name")?.ok_or_else(|| form.required("name"))?,
        auto_archive_minutes: form.number("auto_archive_duration")?,
        rate_limit_per_user: form.number("rate_limit_per_user")?,
        applied_tags: form.ids("applied_tags")?.unwrap_or_default(),
        invitable: form.boolean("invitable")?,
        id: None,
    })
}

async fn open(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    payload: Payload,
) -> Answer {
    let form = Form::new(&payload.json)?;
    let new = new_thread(&form)?;
    let kind: Option<u8> = form.number("type")?;
    let body = sim.act(|world| {
        let bot = caller.bot;
        if world.visible_channel(bot, channel)?.kind.is_forum() {
            let message = form
                .value("message")
                .ok_or_else(|| form.required("message"))?;
            let message = new_message_of(message, &payload.files)?;
            let thread = world.create_forum_post(bot, channel, new, message)?;
            let mut body = rendered(world, bot, thread)?;
            let message = world.load_message(thread, thread)?;
            let message = world.render_message(message, bot);
            if let Value::Object(body) = &mut body {
                body.insert("message".into(), message);
            }
            return Ok(body);
        }
        let kind = match kind {
            Some(10) => ChannelKind::AnnouncementThread,
            Some(11) => ChannelKind::PublicThread,
            // Discord's own default for a thread without a message.
            None | Some(12) => ChannelKind::PrivateThread,
            Some(_) => return Err(ApiError::choice("type", "10, 11, 12")),
        };
        let thread = world.create_thread(bot, channel, kind, new)?;
        rendered(world, bot, thread)
    })?;
    created(body)
}

async fn open_on_message(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((channel, message)): Ids<(u64, u64)>,
    payload: Payload,
) -> Answer {
    let new = new_thread(&Form::new(&payload.json)?)?;
    let body = sim.act(|world| {
        let thread = world.create_thread_from_message(caller.bot, channel, message, new)?;
        rendered(world, caller.bot, thread)
    })?;
    created(body)
}

fn rendered(world: &World, bot: u64, thread: u64) -> Outcome<Value> {
    let channel = world.visible_channel(bot, thread)?;
    Ok(world.render_channel_for(channel, bot))
}

/// `{threads, members, has_more}`; `members` are the caller's own memberships.
fn list_of(world: &World, bot: u64, threads: &[&Channel], has_more: bool) -> Value {
    let own = threads.iter().filter_map(|channel| {
        let member = channel.thread.as_ref()?.members.get(&bot)?;
        Some(render_thread_member(channel.id, member))
    });
    let rendered = threads
        .iter()
        .map(|channel| world.render_channel_for(channel, bot));
    json!({
        "threads": rendered.collect::<Value>(),
        "members": own.collect::<Value>(),
        "has_more": has_more,
    })
}

async fn active(State(sim): State<Sim>, caller: Caller, Ids(guild): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        world.check_in_guild(caller.bot, guild)?;
        let mut threads: Vec<&Channel> = world
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild))
            .filter(|channel| {
                channel
                    .thread
                    .as_ref()
                    .is_some_and(|thread| !thread.archived)
            })
            .filter(|channel| world.can_see(caller.bot, channel))
            .collect();
        threads.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.id));
        Ok(list_of(world, caller.bot, &threads, false))
    })?;
    ok(body)
}

/// The archived threads of a channel that pass, with their state.
fn archived(
    world: &World,
    channel: u64,
    private: bool,
) -> impl Iterator<Item = (&Channel, &Thread)> {
    world.channels.values().filter_map(move |thread| {
        let state = thread.thread.as_ref()?;
        let fits = thread.parent == Some(channel)
            && state.archived
            && (thread.kind == ChannelKind::PrivateThread) == private;
        fits.then_some((thread, state))
    })
}

/// Both lists by archive time, newest first, before an instant.
fn page_by_time(
    world: &World,
    caller: Caller,
    channel: u64,
    private: bool,
    asked: &Asked,
) -> Outcome<Value> {
    let limit = asked.limit("limit", (1, 100), 50)?;
    let before = instant(asked)?;
    let mut found: Vec<(&Channel, &Thread)> = archived(world, channel, private)
        .filter(|(_, state)| before.is_none_or(|before| state.archive_changed_at < before))
        .collect();
    found.sort_unstable_by_key(|(channel, state)| {
        std::cmp::Reverse((state.archive_changed_at, channel.id))
    });
    let has_more = found.len() > limit;
    let page: Vec<&Channel> = found.into_iter().take(limit).map(|(it, _)| it).collect();
    Ok(list_of(world, caller.bot, &page, has_more))
}

/// `before` as an ISO 8601 timestamp.
fn instant(asked: &Asked) -> Outcome<Option<DateTime<Utc>>> {
    let Some(text) = asked.text("before") else {
        return Ok(None);
    };
    // A plus that was not encoded arrives as a blank.
    let text = text.replace(' ', "+");
    match DateTime::parse_from_rfc3339(&text) {
        Ok(instant) => Ok(Some(instant.to_utc())),
        Err(_) => Err(ApiError::field(
            "before",
            "DATE_TIME_TYPE_PARSE",
            format!("Could not parse {text}. Should be ISO8601."),
        )),
    }
}

/// The channel holds threads, and the caller may read its past and what else is needed.
fn may_list(world: &World, caller: Caller, channel: u64, needed: u64) -> Outcome {
    let home = world.visible_channel(caller.bot, channel)?;
    if !home.kind.holds_threads() {
        let text = "Cannot execute action on this channel type";
        return Err(ApiError::new(400, 50024, text));
    }
    if !world.can(caller.bot, home, permissions::READ_MESSAGE_HISTORY | needed) {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

async fn archived_public(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    asked: Asked,
) -> Answer {
    let body = sim.act(|world| {
        may_list(world, caller, channel, 0)?;
        page_by_time(world, caller, channel, false, &asked)
    })?;
    ok(body)
}

async fn archived_private(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    asked: Asked,
) -> Answer {
    let body = sim.act(|world| {
        may_list(world, caller, channel, permissions::MANAGE_THREADS)?;
        page_by_time(world, caller, channel, true, &asked)
    })?;
    ok(body)
}

/// By id, newest first, before an id.
async fn archived_private_joined(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    asked: Asked,
) -> Answer {
    let limit = asked.limit("limit", (1, 100), 50)?;
    let before = asked.id("before")?.unwrap_or(u64::MAX);
    let body = sim.act(|world| {
        may_list(world, caller, channel, 0)?;
        let mut found: Vec<&Channel> = archived(world, channel, true)
            .filter(|(_, state)| state.members.contains_key(&caller.bot))
            .map(|(thread, _)| thread)
            .filter(|thread| thread.id < before)
            .collect();
        found.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.id));
        let has_more = found.len() > limit;
        found.truncate(limit);
        Ok(list_of(world, caller.bot, &found, has_more))
    })?;
    ok(body)
}

fn state_of(world: &World, caller: Caller, thread: u64) -> Outcome<&Thread> {
    let channel = world.visible_channel(caller.bot, thread)?;
    channel
        .thread
        .as_ref()
        .ok_or_else(ApiError::unknown_channel)
}

/// Needs the members intent switched on.
async fn members(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(thread): Ids<u64>,
    asked: Asked,
) -> Answer {
    let with_member = asked.is_true("with_member");
    let limit = asked.limit("limit", (1, 100), 100)?;
    let after = asked.id("after")?.unwrap_or(0);
    let body = sim.act(|world| {
        let state = state_of(world, caller, thread)?;
        let switched_on = world
            .applications
            .get(&caller.application)
            .is_some_and(|it| it.privileged_intents & intents::GUILD_MEMBERS != 0);
        if !switched_on {
            return Err(ApiError::missing_access());
        }
        let members = state.members.values();
        if with_member {
            let page = members.filter(|member| member.user > after).take(limit);
            return Ok(page
                .map(|it| world.render_thread_member(thread, it))
                .collect());
        }
        Ok(members.map(|it| render_thread_member(thread, it)).collect())
    })?;
    ok(body)
}

async fn member(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((thread, user)): Ids<(u64, u64)>,
    asked: Asked,
) -> Answer {
    let with_member = asked.is_true("with_member");
    let body = sim.act(|world| {
        let state = state_of(world, caller, thread)?;
        let member = state
            .members
            .get(&user)
            .ok_or_else(ApiError::unknown_member)?;
        Ok(if with_member {
            world.render_thread_member(thread, member)
        } else {
            render_thread_member(thread, member)
        })
    })?;
    ok(body)
}

async fn join(State(sim): State<Sim>, caller: Caller, Ids(thread): Ids<u64>) -> Answer {
    sim.act(|world| world.add_thread_member(caller.bot, thread, caller.bot))?;
    nothing()
}

async fn leave(State(sim): State<Sim>, caller: Caller, Ids(thread): Ids<u64>) -> Answer {
    sim.act(|world| world.remove_thread_member(caller.bot, thread, caller.bot))?;
    nothing()
}

async fn add_member(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((thread, user)): Ids<(u64, u64)>,
) -> Answer {
    sim.act(|world| {
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        world.add_thread_member(caller.bot, thread, user)
    })?;
    nothing()
}

async fn remove_member(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((thread, user)): Ids<(u64, u64)>,
) -> Answer {
    sim.act(|world| world.remove_thread_member(caller.bot, thread, user))?;
    nothing()
}
