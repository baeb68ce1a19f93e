//! IDENTIFY and RESUME: who may open a session, and who may go on with one.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::connection::{Closing, code};
use super::ready;
use super::session::{Event, Line, Order, Session, Shard, Wish};
use super::wire::Wire;
use crate::world::{World, intents};
use crate::{Finding, Sim};

/// Guilds that one shard may serve (events/gateway, "Sharding").
const GUILDS_PER_SHARD: usize = 2500;

/// Opens a session. `None`: op 9 was sent, the client may try again.
pub(super) fn identify(
    sim: &Sim,
    line: &Line,
    data: &Value,
    wire: &mut Wire,
) -> Result<Option<String>, Closing> {
    let hub = sim.hub();
    let options = hub.options();
    // The world stays locked until the session is in the hub: no event falls between.
    sim.read(|world| {
        let wish = judge(world, data)?;
        if data.get("compress") == Some(&Value::Bool(true)) {
            wire.compress_payloads(options.compress_from);
        }
        let mut state = hub.state();
        state.counters.identifies += 1;
        let shard = wish.shard.unwrap_or(Shard { id: 0, count: 1 });
        let key = (wish.bot, shard.id % options.max_concurrency.max(1));
        let now = Instant::now();
        let before = state.identified.insert(key, now);
        let too_soon =
            before.is_some_and(|before| now.duration_since(before) < options.identify_pause);
        let none_left = !sim.count_identify();
        if none_left {
            sim.report(Finding {
                at: "gateway op 2".to_owned(),
                what: "more sessions were opened than Discord allows in a day".to_owned(),
            });
        }
        if too_soon || none_left {
            line.order(Order::Invalidate { resumable: false });
            return Ok(None);
        }
        let id = format!("{:032x}", fastrand::u128(..));
        let mut session = Session::new(id.clone(), wish, line.clone());
        session.push(Event::new(
            "READY",
            &ready::ready(world, &session, sim.gateway_url()),
        ));
        for guild in ready::guilds(world, &session) {
            session.push(Event::new(
                "GUILD_CREATE",
                &world.render_guild_create(guild, session.wish.bot),
            ));
        }
        state.sessions.insert(id.clone(), session);
        drop(state);
        hub.note();
        Ok(Some(id))
    })
}

/// What the client wants, or the close code for why it cannot have it.
fn judge(world: &World, data: &Value) -> Result<Wish, Closing> {
    let application = find_application(world, data)?;
    let Some(wanted) = data.get("intents").and_then(Value::as_u64) else {
        return Err(Closing::new(code::INVALID_INTENTS, "Invalid intent(s)."));
    };
    if wanted & !intents::ALL != 0 {
        return Err(Closing::new(code::INVALID_INTENTS, "Invalid intent(s)."));
    }
    if wanted & intents::PRIVILEGED & !application.privileged_intents != 0 {
        return Err(Closing::new(
            code::DISALLOWED_INTENTS,
            "Disallowed intent(s).",
        ));
    }
    let shard = match data.get("shard") {
        None | Some(Value::Null) => None,
        Some(shard) => {
            let number = |index: usize| shard.get(index).and_then(Value::as_u64);
            match (number(0), number(1)) {
                (Some(id), Some(count)) if id < count => Some(Shard { id, count }),
                _ => return Err(Closing::new(code::INVALID_SHARD, "Invalid shard.")),
            }
        }
    };
    let wish = Wish {
        bot: application.bot,
        application: application.id,
        intents: wanted,
        shard,
    };
    let part = shard.unwrap_or(Shard { id: 0, count: 1 });
    let served = world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&wish.bot) && part.serves(Some(guild.id)));
    if served.count() > GUILDS_PER_SHARD {
        return Err(Closing::new(code::SHARDING_REQUIRED, "Sharding required."));
    }
    Ok(wish)
}

fn find_application<'a>(
    world: &'a World,
    data: &Value,
) -> Result<&'a crate::world::Application, Closing> {
    let token = data
        .get("token")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let token = token.strip_prefix("Bot ").unwrap_or(token);
    world
        .applications
        .values()
        .find(|application| application.token == token)
        .ok_or(Closing::new(
            code::AUTHENTICATION_FAILED,
            "Authentication failed.",
        ))
}

/// Goes on with a session: everything after `seq` again, then RESUMED. `None`: op 9 was sent.
pub(super) fn resume(sim: &Sim, line: &Line, data: &Value) -> Result<Option<String>, Closing> {
    let bot = sim.read(|world| find_application(world, data).map(|application| application.bot))?;
    let hub = sim.hub();
    let asked = data
        .get("session_id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(seq) = data.get("seq").and_then(Value::as_u64) else {
        return Err(Closing::new(code::INVALID_SEQ, "Invalid seq."));
    };
    let (now, window) = (sim.clock().now(), hub.options().resume_window);
    let mut state = hub.state();
    state.counters.resumes += 1;
    let expired = |session: &Session| {
        session
            .detached_at
            .is_some_and(|at| now.signed_duration_since(at) > window)
    };
    let known = state
        .sessions
        .get_mut(asked)
        .filter(|session| session.wish.bot == bot && session.resumable && !expired(session));
    let Some(session) = known else {
        state
            .sessions
            .retain(|id, session| id != asked || session.line.is_some());
        line.order(Order::Invalidate { resumable: false });
        return Ok(None);
    };
    if seq > session.seq {
        return Err(Closing::new(code::INVALID_SEQ, "Invalid seq."));
    }
    if let Some(old) = session.line.replace(line.clone()) {
        old.order(Order::Close(
            Some(code::UNKNOWN_ERROR),
            "The session goes on elsewhere.",
        ));
    }
    session.detached_at = None;
    session.replay(seq);
    session.push_once(Event::new(
        "RESUMED",
        &json!({"_trace": ["[\"discord-sim\",{\"micros\":0.0}]"]}),
    ));
    state.counters.resumed += 1;
    drop(state);
    hub.note();
    Ok(Some(asked.to_owned()))
}
