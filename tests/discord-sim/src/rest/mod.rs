//! The REST API, version 10.

mod applications;
pub(crate) mod call;
mod channels;
mod connection;
mod edge;
pub(crate) mod form;
mod guilds;
mod limits;
pub(crate) mod message_form;
mod messages;
mod meta;
mod threads;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use tokio::net::TcpListener;

pub use limits::{Limits, RateLimiter, Rule};

use crate::{Sim, interactions};

/// Below which everything lives. Other versions of the API do not exist here.
const API: &str = "/api/v10";

/// Serves the API until the simulation ends.
pub(crate) fn serve(sim: &Sim, listener: TcpListener) {
    let sim = sim.servant();
    let stop = sim.stopped().clone();
    let tasks = sim.tasks().clone();
    let app = router(sim).into_make_service_with_connect_info::<connection::Cut>();
    tasks.spawn(async move {
        let served = axum::serve(connection::Listener(listener), app)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the simulated REST API stopped");
        }
    });
}

fn router(sim: Sim) -> Router {
    let api = Router::new()
        .merge(meta::routes())
        .merge(applications::routes())
        .merge(guilds::routes())
        .merge(channels::routes())
        .merge(threads::routes())
        .merge(messages::routes())
        .merge(interactions::routes());
    Router::new()
        .nest(API, api)
        .route("/attachments/{channel}/{id}/{name}", get(edge::file))
        .route(
            "/ephemeral-attachments/{person}/{id}/{name}",
            get(edge::file),
        )
        .fallback(edge::unknown_route)
        .method_not_allowed_fallback(edge::method_not_allowed)
        // The edge refuses what is too large; axum's own limit is far below Discord's.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(sim.clone(), edge::edge))
        .with_state(sim)
}
