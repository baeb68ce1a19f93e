//! The door's HTTP side: serenity's requests, sent on with the real token.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request as Incoming, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::time::Instant;

use super::token::LocalToken;
use crate::gateway::rest::{Answer, Path, Request, Rest, RestError, USUAL_PATIENCE};

/// The largest request taken, in bytes: Discord's 25 MiB of files and room for the rest.
/// Source: Discord's reference, "Uploading Files".
const LARGEST: usize = 26 * 1024 * 1024;

/// After this an interaction can no longer get its first answer.
const CALLBACK_WITHIN: Duration = Duration::from_secs(3);

/// What the HTTP side knows.
pub(super) struct Api {
    pub(super) rest: Rest,
    pub(super) token: LocalToken,
    pub(super) socket_url: String,
}

/// All routes: they are the API's, so there is one handler.
pub(super) fn router(api: Api) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(api))
}

async fn answer(State(api): State<Arc<Api>>, incoming: Incoming) -> Response {
    let shown = incoming
        .headers()
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    if !shown.is_some_and(|shown| api.token.admits(shown)) {
        tracing::warn!("a request without the local token was turned away at the local door");
        return refusal(StatusCode::UNAUTHORIZED, 0, "401: Unauthorized");
    }
    let path = incoming.uri().path().strip_prefix("/api/v10/");
    let Some(path) = path.and_then(Path::encoded) else {
        return refusal(StatusCode::NOT_FOUND, 0, "404: Not Found");
    };
    match path.as_str() {
        // Never Discord's own address: serenity is to come here.
        "gateway" => Json(json!({"url": api.socket_url})).into_response(),
        "gateway/bot" => Json(json!({
            "url": api.socket_url,
            "shards": 1,
            "session_start_limit":
                {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1},
        }))
        .into_response(),
        _ => match forward(&api, path, incoming).await {
            Ok(answer) => outgoing(answer),
            Err(refused) => *refused,
        },
    }
}

async fn forward(api: &Api, path: Path, incoming: Incoming) -> Result<Answer, Box<Response>> {
    let (head, body) = incoming.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        let refused = refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            40005,
            "Request entity too large",
        );
        return Err(Box::new(refused));
    };
    let is_callback = path.as_str().starts_with("interactions/");
    let patience = if is_callback {
        CALLBACK_WITHIN
    } else {
        USUAL_PATIENCE
    };
    // A first answer is given once: whoever gives it again is told that it was.
    let remembers =
        is_callback || head.method == Method::POST && has_enforced_nonce(&head.headers, &bytes);
    let mut request = Request::new(head.method, path)
        .raw_query(head.uri.query())
        .raw_reason(head.headers.get(crate::gateway::rest::AUDIT_LOG_REASON))
        .deadline(Instant::now() + patience);
    if remembers {
        request = request.idempotent();
    }
    // These three headers and no others: neither the local token nor what belongs to the hop.
    if let Some(content_type) = head.headers.get(CONTENT_TYPE) {
        request = request.body(bytes, content_type.clone());
    }
    api.rest
        .send(request)
        .await
        .map_err(|error| Box::new(failure(&error)))
}

/// Discord's answer without its headers: the rate limits in them are kept here, and serenity's own
/// limiter is off.
fn outgoing(answer: Answer) -> Response {
    let content_type = answer.headers.get(CONTENT_TYPE).cloned();
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

/// A failure in Discord's form. `code` must be there, or serenity cannot read it.
fn failure(error: &RestError) -> Response {
    let status = match error {
        RestError::RateLimited { retry_after } => {
            let seconds = retry_after.as_secs_f64();
            let body = json!({
                "message": "You are being rate limited.",
                "retry_after": seconds,
                "global": false,
                "code": 0,
            });
            let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
            let whole = retry_after.as_secs().saturating_add(1);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(whole));
            return response;
        }
        RestError::Unauthorized => StatusCode::UNAUTHORIZED,
        RestError::Guarded { .. } => StatusCode::SERVICE_UNAVAILABLE,
        RestError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        RestError::NoSuchPath => StatusCode::NOT_FOUND,
        RestError::Network(_)
        | RestError::TooLarge(_)
        | RestError::Discord { .. }
        | RestError::Unreadable(_) => StatusCode::BAD_GATEWAY,
    };
    refusal(status, 0, &error.to_string())
}

fn refusal(status: StatusCode, code: u32, message: &str) -> Response {
    (status, Json(json!({"code": code, "message": message}))).into_response()
}

/// Whether Discord will notice that it got this message before.
fn has_enforced_nonce(headers: &HeaderMap, body: &Bytes) -> bool {
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        enforce_nonce: bool,
        nonce: Option<IgnoredAny>,
    }
    let json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"application/json"));
    json && serde_json::from_slice::<Message>(body)
        .is_ok_and(|m| m.enforce_nonce && m.nonce.is_some())
}
