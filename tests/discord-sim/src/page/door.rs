//! Who is let in: browsers on this machine, on a page of this origin.
//!
//! Any web page can make a browser ask 127.0.0.1, and with a name that changes its address (DNS
//! rebinding) even read the answer. So `Host` must be this machine's own name, and a WebSocket must
//! come from a page served here.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::protocol::LONGEST_FRAME;
use super::{Shared, assets, session};

/// Scripts, styles and the socket come from here; everything else comes from nowhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stop = shared.sim.stopped().clone();
    let tasks = shared.sim.tasks().clone();
    let app = Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route("/socket", get(socket))
        .route(
            "/{name}",
            get(|Path(name): Path<String>| async move { file(&name) }),
        )
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), check))
        .with_state(shared);
    tasks.spawn(async move {
        let served = axum::serve(listener, app)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the page stopped");
        }
    });
}

fn file(name: &str) -> Response {
    match assets::find(name) {
        Some((kind, bytes)) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn socket(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let origin = text(&headers, &ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    if !origin.is_some_and(|origin| is_own(&shared, origin)) {
        return (StatusCode::FORBIDDEN, "This socket is for its own page.").into_response();
    }
    let tasks = shared.sim.tasks().clone();
    upgrade
        .max_message_size(LONGEST_FRAME)
        .max_frame_size(LONGEST_FRAME)
        .on_upgrade(move |socket| async move {
            // The tracker waits for it when the simulation ends.
            let served = tasks.track_future(session::serve(shared, socket));
            served.await;
        })
}

async fn check(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let host = text(request.headers(), &HOST);
    if !host.is_some_and(|host| is_own(&shared, host)) {
        let words = "This page is served to this machine only, as 127.0.0.1 or localhost.";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let mut answer = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // The files are compiled in: another build may stand at the same address in a minute.
        (CACHE_CONTROL, "no-store"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Whether `host:port` is this page.
fn is_own(shared: &Shared, host: &str) -> bool {
    let Some((name, port)) = host.rsplit_once(':') else {
        return false;
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]") && port == shared.address.port().to_string()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
