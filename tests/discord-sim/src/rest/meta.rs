//! Where the gateway is, and who users are.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::call::{Answer, Caller, Ids, ok};
use crate::Sim;
use crate::world::ApiError;

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/gateway", get(gateway))
        .route("/gateway/bot", get(gateway_for_bot))
        .route("/users/@me", get(own_user))
        .route("/users/{user}", get(user))
}

async fn gateway(State(sim): State<Sim>) -> Json<Value> {
    Json(json!({ "url": sim.gateway_url() }))
}

async fn gateway_for_bot(State(sim): State<Sim>, _: Caller) -> Answer {
    let starts = sim.session_starts();
    let options = sim.gateway().options();
    ok(json!({
        "url": sim.gateway_url(),
        "shards": options.shards,
        "session_start_limit": {
            "total": starts.total,
            "remaining": starts.remaining,
            "reset_after": starts.reset_after,
            "max_concurrency": options.max_concurrency,
        },
    }))
}

async fn own_user(State(sim): State<Sim>, caller: Caller) -> Answer {
    ok(sim.read(|world| world.render_self(caller.bot)))
}

async fn user(State(sim): State<Sim>, _: Caller, Ids(user): Ids<u64>) -> Answer {
    let body = sim.act(|world| {
        if world.users.contains_key(&user) {
            Ok(world.render_user(user))
        } else {
            Err(ApiError::unknown_user())
        }
    })?;
    ok(body)
}
