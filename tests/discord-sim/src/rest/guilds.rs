//! Guilds: the guild itself, its channels, roles and members.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::call::{Answer, Asked, Caller, Ids, ok};
use crate::Sim;
use crate::world::{ApiError, Guild, Member, Outcome, World, intents};

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/guilds/{guild}", get(one))
        .route("/guilds/{guild}/channels", get(channels))
        .route("/guilds/{guild}/roles", get(roles))
        .route("/guilds/{guild}/roles/{role}", get(role))
        .route("/guilds/{guild}/members", get(members))
        .route("/guilds/{guild}/members/search", get(search_members))
        .route("/guilds/{guild}/members/{user}", get(member))
}

/// The guild, for a bot that is in it.
fn own_guild(world: &World, caller: Caller, guild: u64) -> Outcome<&Guild> {
    world.check_in_guild(caller.bot, guild)?;
    world.guilds.get(&guild).ok_or_else(ApiError::unknown_guild)
}

async fn one(State(sim): State<Sim>, caller: Caller, Ids(guild): Ids<u64>, asked: Asked) -> Answer {
    let body = sim.act(|world| {
        let guild = own_guild(world, caller, guild)?;
        let mut body = world.render_guild(guild);
        if asked.is_true("with_counts")
            && let Value::Object(body) = &mut body
        {
            let members = guild.members.len();
            body.insert("approximate_member_count".into(), json!(members));
            body.insert("approximate_presence_count".into(), json!(members));
        }
        Ok(body)
    })?;
    ok(body)
}

/// All channels, also those the bot does not see; threads are not among them.
async fn channels(State(sim): State<Sim>, caller: Caller, Ids(guild): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        own_guild(world, caller, guild)?;
        let channels = world.channels.values();
        Ok(channels
            .filter(|channel| channel.guild == Some(guild) && channel.thread.is_none())
            .map(|channel| world.render_channel(channel))
            .collect())
    })?;
    ok(body)
}

async fn roles(State(sim): State<Sim>, caller: Caller, Ids(guild): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        let roles = own_guild(world, caller, guild)?.roles.values();
        Ok(roles.map(|role| world.render_role(role)).collect())
    })?;
    ok(body)
}

async fn role(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((guild, role)): Ids<(u64, u64)>,
) -> Answer {
    let body = sim.act(|world| {
        let roles = &own_guild(world, caller, guild)?.roles;
        let role = roles.get(&role).ok_or_else(ApiError::unknown_role)?;
        Ok(world.render_role(role))
    })?;
    ok(body)
}

async fn member(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((guild, user)): Ids<(u64, u64)>,
) -> Answer {
    let body = sim.act(|world| {
        let members = &own_guild(world, caller, guild)?.members;
        match members.get(&user) {
            Some(member) => Ok(world.render_member(member)),
            None if world.users.contains_key(&user) => Err(ApiError::unknown_member()),
            None => Err(ApiError::unknown_user()),
        }
    })?;
    ok(body)
}

/// Needs the members intent switched on.
async fn members(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(guild): Ids<u64>,
    asked: Asked,
) -> Answer {
    let limit = asked.limit("limit", (1, 1000), 1)?;
    let after = asked.id("after")?.unwrap_or(0);
    let body = sim.act(|world| {
        let guild = own_guild(world, caller, guild)?;
        let switched_on = world
            .applications
            .get(&caller.application)
            .is_some_and(|it| it.privileged_intents & intents::GUILD_MEMBERS != 0);
        if !switched_on {
            return Err(ApiError::missing_access());
        }
        let page = guild.members.range(after.saturating_add(1)..).take(limit);
        Ok(page
            .map(|(_, member)| world.render_member(member))
            .collect())
    })?;
    ok(body)
}

/// Members whose name or nick starts with the query, case aside.
async fn search_members(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(guild): Ids<u64>,
    asked: Asked,
) -> Answer {
    let query = asked
        .text("query")
        .ok_or_else(|| ApiError::required("query"))?;
    let query = query.to_lowercase();
    let limit = asked.limit("limit", (1, 1000), 1)?;
    let body = sim.act(|world| {
        let guild = own_guild(world, caller, guild)?;
        let fits = |member: &&Member| {
            let user = world.users.get(&member.user);
            let names = [
                user.map(|user| user.username.as_str()),
                user.and_then(|user| user.global_name.as_deref()),
                member.nick.as_deref(),
            ];
            let mut names = names.into_iter().flatten();
            names.any(|name| name.to_lowercase().starts_with(&query))
        };
        let found = guild.members.values().filter(fits).take(limit);
        Ok(found.map(|member| world.render_member(member)).collect())
    })?;
    ok(body)
}
