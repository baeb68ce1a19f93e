//! The application and its commands. Every command route exists for all places and for one guild.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use super::call::{Answer, Caller, Ids, Payload, created, nothing, ok};
use crate::Sim;
use crate::world::{ApiError, Outcome, World};

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/oauth2/applications/@me", get(own))
        .route("/applications/@me", get(own))
        .route(
            "/applications/{application}/commands",
            get(list_global).put(replace_global).post(create_global),
        )
        .route(
            "/applications/{application}/commands/{command}",
            get(one_global).patch(edit_global).delete(delete_global),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands",
            get(list_in_guild)
                .put(replace_in_guild)
                .post(create_in_guild),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands/{command}",
            get(one_in_guild)
                .patch(edit_in_guild)
                .delete(delete_in_guild),
        )
}

async fn own(State(sim): State<Sim>, caller: Caller) -> Answer {
    let body = sim.act(|world| {
        let application = world
            .applications
            .get(&caller.application)
            .ok_or_else(ApiError::unknown_application)?;
        Ok(world.render_application(application))
    })?;
    ok(body)
}

/// A bot manages its own commands only (20012).
fn check_own(caller: Caller, application: u64) -> Outcome {
    if caller.application == application {
        Ok(())
    } else {
        let text = "You are not authorized to perform this action on this application";
        Err(ApiError::new(403, 20012, text))
    }
}

fn rendered(world: &World, application: u64, guild: Option<u64>, command: u64) -> Outcome<Value> {
    Ok(world
        .load_command(application, guild, command)?
        .rendered
        .clone())
}

fn list(sim: &Sim, caller: Caller, application: u64, guild: Option<u64>) -> Answer {
    check_own(caller, application)?;
    let body = sim.act(|world| {
        let commands = world.list_commands(application, guild)?.into_iter();
        Ok(commands.map(|command| command.rendered.clone()).collect())
    })?;
    ok(body)
}

fn replace(
    sim: &Sim,
    caller: Caller,
    application: u64,
    guild: Option<u64>,
    payload: &Payload,
) -> Answer {
    check_own(caller, application)?;
    let Value::Array(commands) = &payload.json else {
        return Err(ApiError::field(
            "",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        ));
    };
    let body = sim.act(|world| {
        let ids = world.replace_commands(application, guild, commands)?;
        ids.into_iter()
            .map(|id| rendered(world, application, guild, id))
            .collect::<Outcome<Value>>()
    })?;
    ok(body)
}

fn create(
    sim: &Sim,
    caller: Caller,
    application: u64,
    guild: Option<u64>,
    payload: &Payload,
) -> Answer {
    check_own(caller, application)?;
    let (body, new) = sim.act(|world| {
        let (id, new) = world.create_command(application, guild, &payload.json)?;
        Ok((rendered(world, application, guild, id)?, new))
    })?;
    if new { created(body) } else { ok(body) }
}

fn one(sim: &Sim, caller: Caller, application: u64, guild: Option<u64>, command: u64) -> Answer {
    check_own(caller, application)?;
    ok(sim.act(|world| rendered(world, application, guild, command))?)
}

fn edit(
    sim: &Sim,
    caller: Caller,
    application: u64,
    guild: Option<u64>,
    command: u64,
    payload: &Payload,
) -> Answer {
    check_own(caller, application)?;
    let Value::Object(changes) = &payload.json else {
        return Err(ApiError::form(Vec::new()));
    };
    let body = sim.act(|world| {
        world.edit_command(application, guild, command, changes)?;
        rendered(world, application, guild, command)
    })?;
    ok(body)
}

fn delete(sim: &Sim, caller: Caller, application: u64, guild: Option<u64>, command: u64) -> Answer {
    check_own(caller, application)?;
    sim.act(|world| world.delete_command(application, guild, command))?;
    nothing()
}

async fn list_global(State(sim): State<Sim>, caller: Caller, Ids(app): Ids<u64>) -> Answer {
    list(&sim, caller, app, None)
}

async fn list_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild)): Ids<(u64, u64)>,
) -> Answer {
    list(&sim, caller, app, Some(guild))
}

async fn replace_global(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(app): Ids<u64>,
    payload: Payload,
) -> Answer {
    replace(&sim, caller, app, None, &payload)
}

async fn replace_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild)): Ids<(u64, u64)>,
    payload: Payload,
) -> Answer {
    replace(&sim, caller, app, Some(guild), &payload)
}

async fn create_global(
    State(sim): State<Sim>,
    caller: Caller,
    Ids(app): Ids<u64>,
    payload: Payload,
) -> Answer {
    create(&sim, caller, app, None, &payload)
}

async fn create_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild)): Ids<(u64, u64)>,
    payload: Payload,
) -> Answer {
    create(&sim, caller, app, Some(guild), &payload)
}

async fn one_global(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, command)): Ids<(u64, u64)>,
) -> Answer {
    one(&sim, caller, app, None, command)
}

async fn one_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild, command)): Ids<(u64, u64, u64)>,
) -> Answer {
    one(&sim, caller, app, Some(guild), command)
}

async fn edit_global(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, command)): Ids<(u64, u64)>,
    payload: Payload,
) -> Answer {
    edit(&sim, caller, app, None, command, &payload)
}

async fn edit_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild, command)): Ids<(u64, u64, u64)>,
    payload: Payload,
) -> Answer {
    edit(&sim, caller, app, Some(guild), command, &payload)
}

async fn delete_global(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, command)): Ids<(u64, u64)>,
) -> Answer {
    delete(&sim, caller, app, None, command)
}

async fn delete_in_guild(
    State(sim): State<Sim>,
    caller: Caller,
    Ids((app, guild, command)): Ids<(u64, u64, u64)>,
) -> Answer {
    delete(&sim, caller, app, Some(guild), command)
}
