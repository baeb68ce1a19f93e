//! Channels (and threads as channels): look, change, delete; direct conversations.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::Value;

use super::call::{Answer, Caller, Ids, Payload, ok};
use super::form::Form;
use crate::Sim;
use crate::world::{ChannelEdit, FLAG_PINNED, NewTag, Outcome, Overwrite, OverwriteOf, ThreadEdit};

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/channels/{channel}", get(one).patch(edit).delete(remove))
        .route("/users/@me/channels", post(open_direct))
}

async fn one(State(sim): State<Sim>, caller: Caller, Ids(channel): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        let channel = world.visible_channel(caller.bot, channel)?;
        Ok(world.render_channel_for(channel, caller.bot))
    })?;
    ok(body)
}

async fn edit(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(channel): Ids<u64>,
    payload: Payload,
) -> Answer {
    let form = Form::new(&payload.json)?;
    let body = sim.act(|world| {
        if world.visible_channel(caller.bot, channel)?.thread.is_some() {
            world.edit_thread(caller.bot, channel, thread_edit(&form)?)?;
        } else {
            world.edit_channel(caller.bot, channel, channel_edit(&form)?)?;
        }
        let channel = world.visible_channel(caller.bot, channel)?;
        Ok(world.render_channel_for(channel, caller.bot))
    })?;
    ok(body)
}

async fn remove(State(sim): State<Sim>, caller: Caller, Ids(channel): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        let rendered = world.visible_channel(caller.bot, channel)?;
        let rendered = world.render_channel_for(rendered, caller.bot);
        world.delete_channel(caller.bot, channel)?;
        Ok(rendered)
    })?;
    ok(body)
}

async fn open_direct(State(sim): State<Sim>, caller: Caller, payload: Payload) -> Answer {
    let form = Form::new(&payload.json)?;
    let other = form
        .number("recipient_id")?
        .ok_or_else(|| form.required("recipient_id"))?;
    let body = sim.act(|world| {
        let channel = world.open_direct(caller.bot, other)?;
        Ok(world.render_channel(world.visible_channel(caller.bot, channel)?))
    })?;
    ok(body)
}

fn thread_edit(form: &Form<'_>) -> Outcome<ThreadEdit> {
    let flags: Option<u32> = form.number("flags")?;
    Ok(ThreadEdit {
        name: form.text("name")?,
        archived: form.boolean("archived")?,
        locked: form.boolean("locked")?,
        invitable: form.boolean("invitable")?,
        auto_archive_minutes: form.number("auto_archive_duration")?,
        rate_limit_per_user: form.number("rate_limit_per_user")?,
        applied_tags: form.ids("applied_tags")?,
        pinned: flags.map(|flags| flags & FLAG_PINNED != 0),
    })
}

fn channel_edit(form: &Form<'_>) -> Outcome<ChannelEdit> {
    Ok(ChannelEdit {
        name: form.text("name")?,
        topic: form.has("topic").then(|| form.text("topic")).transpose()?,
        parent: form
            .has("parent_id")
            .then(|| form.number("parent_id"))
            .transpose()?,
        position: form.number("position")?,
        nsfw: form.boolean("nsfw")?,
        rate_limit_per_user: form.number("rate_limit_per_user")?,
        overwrites: overwrites(form)?,
        tags: tags(form)?,
        flags: form.number("flags")?,
        default_auto_archive_minutes: form
            .has("default_auto_archive_duration")
            .then(|| form.number("default_auto_archive_duration"))
            .transpose()?,
    })
}

fn overwrites(form: &Form<'_>) -> Outcome<Option<Vec<Overwrite>>> {
    let Some(entries) = form.forms("permission_overwrites")? else {
        return Ok(None);
    };
    let read = |entry: &Form<'_>| {
        let of: u64 = entry.number("type")?.unwrap_or(0);
        Ok(Overwrite {
            id: entry.number("id")?.ok_or_else(|| entry.required("id"))?,
            of: if of == 1 {
                OverwriteOf::Member
            } else {
                OverwriteOf::Role
            },
            allow: entry.number("allow")?.unwrap_or(0),
            deny: entry.number("deny")?.unwrap_or(0),
        })
    };
    entries
        .iter()
        .map(read)
        .collect::<Outcome<Vec<_>>>()
        .map(Some)
}

fn tags(form: &Form<'_>) -> Outcome<Option<Vec<NewTag>>> {
    let Some(entries) = form.forms("available_tags")? else {
        return Ok(None);
    };
    let read = |entry: &Form<'_>| {
        Ok(NewTag {
            id: entry.number("id")?,
            name: entry.text("name")?.ok_or_else(|| entry.required("name"))?,
            moderated: entry.boolean("moderated")?.unwrap_or(false),
            emoji_id: entry.number("emoji_id")?,
            emoji_name: entry.text("emoji_name")?,
        })
    };
    entries
        .iter()
        .map(read)
        .collect::<Outcome<Vec<_>>>()
        .map(Some)
}

/// Whether this body changes what Discord lets nobody change often: the name or topic.
pub(super) fn is_rename(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|body| body.get("name").is_some() || body.get("topic").is_some())
}
