//! What a new session is told first.

use serde_json::{Value, json};

use super::session::Session;
use crate::world::{Guild, World};

/// The guilds of the session's bot on its shard.
pub(super) fn guilds<'a>(world: &'a World, session: &Session) -> Vec<&'a Guild> {
    let shard = session.shard();
    world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&session.wish.bot))
        .filter(|guild| shard.serves(Some(guild.id)))
        .collect()
}

/// The data of READY. Every guild is unavailable until its `GUILD_CREATE`.
pub(super) fn ready(world: &World, session: &Session, gateway_url: &str) -> Value {
    let wish = &session.wish;
    let guilds: Vec<Value> = guilds(world, session)
        .iter()
        .map(|guild| json!({ "id": guild.id.to_string(), "unavailable": true }))
        .collect();
    let flags = world
        .applications
        .get(&wish.application)
        .map_or(0, crate::world::Application::flags);
    let mut data = json!({
        "v": 10,
        "user": world.render_self(wish.bot),
        "user_settings": {},
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guild_join_requests": [],
        "guilds": guilds,
        "session_type": "normal",
        "session_id": session.id,
        "resume_gateway_url": gateway_url,
        "application": {
            "id": wish.application.to_string(),
            "flags": flags,
            "flags_new": flags.to_string(),
        },
        "_trace": ["[\"discord-sim\",{\"micros\":0.0}]"],
    });
    if let (Some(shard), Some(data)) = (wish.shard, data.as_object_mut()) {
        data.insert("shard".to_owned(), json!([shard.id, shard.count]));
    }
    data
}
