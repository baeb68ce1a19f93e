//! What happens to every request, whatever its route: faults, rate limits, validation.

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use bytes::Bytes;

use super::call::find_caller;
use super::connection::Cut;
use super::{API, channels, limits};
use crate::Sim;
use crate::faults::{self, Verdict};
use crate::world::ApiError;

/// The most Discord takes in one request: 25 MiB of files, and something for the form around them.
const MOST_BYTES: usize = 26 << 20;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}

/// Wraps every route.
pub(super) async fn edge(
    State(sim): State<Sim>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let _under_way = sim.under_way();
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return ApiError::new(413, 40005, "Request entity too large").into_response();
    };
    let seen = faults::Request {
        method: &parts.method,
        path: parts.uri.path(),
        body: &body,
    };
    let below = seen.path.strip_prefix(API).unwrap_or(seen.path);
    sim.note_request(format!("{} {below}", parts.method));
    match sim.faults().before(&seen).await {
        Verdict::Pass => {}
        other => return ordered(other, &cut),
    }
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let content_type = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let answer = match limited(&sim, &parts, &body) {
        Ok(headers) => {
            let request = Request::from_parts(parts, Body::from(body.clone()));
            let mut answer = next.run(request).await;
            answer.headers_mut().extend(headers);
            answer
        }
        Err(refusal) => refusal,
    };
    sim.limiter().note_answer(answer.status(), false);
    let (parts, answer) = answer.into_parts();
    let Ok(answer) = axum::body::to_bytes(answer, MOST_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    validate(
        &sim,
        &method,
        &uri,
        &content_type,
        &body,
        parts.status,
        &answer,
    );
    let seen = faults::Request {
        method: &method,
        path: uri.path(),
        body: &body,
    };
    match sim.faults().after(&seen, parts.status.as_u16()).await {
        Verdict::Pass => Response::from_parts(parts, Body::from(answer)),
        other => ordered(other, &cut),
    }
}

/// The headers of the request's rate limits, or the 429.
#[expect(clippy::result_large_err, reason = "the refusal is sent at once")]
fn limited(sim: &Sim, parts: &Parts, body: &Bytes) -> Result<HeaderMap, Response> {
    let template = parts
        .extensions
        .get::<MatchedPath>()
        .map(MatchedPath::as_str);
    let Some(template) = template.and_then(|template| template.strip_prefix(API)) else {
        return Ok(HeaderMap::new());
    };
    let path = parts.uri.path();
    let caller = find_caller(sim, &parts.headers);
    let ruling = sim.limiter().ask(&limits::Asked {
        method: &parts.method,
        template,
        path: path.strip_prefix(API).unwrap_or(path),
        caller: caller.map(|caller| caller.bot),
        renames: parts.method == Method::PATCH
            && template == "/channels/{channel}"
            && channels::is_rename(body),
    });
    match ruling.refusal {
        None => Ok(ruling.headers),
        Some(body) => {
            Err((StatusCode::TOO_MANY_REQUESTS, ruling.headers, Json(body)).into_response())
        }
    }
}

/// The answer that a fault ordered.
fn ordered(verdict: Verdict, cut: &Cut) -> Response {
    match verdict {
        Verdict::Pass => StatusCode::NO_CONTENT.into_response(),
        Verdict::Cut => {
            cut.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Verdict::Answer {
            status,
            headers,
            body,
        } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response
                .body(Body::from(body))
                .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

#[cfg(feature = "validate")]
fn validate(
    sim: &Sim,
    method: &Method,
    uri: &Uri,
    content_type: &str,
    body: &Bytes,
    status: StatusCode,
    answer: &Bytes,
) {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    crate::validate::exchange(
        sim,
        &crate::validate::Exchange {
            method,
            path,
            content_type,
            body,
            status: status.as_u16(),
            answer,
        },
    );
}

#[cfg(not(feature = "validate"))]
fn validate(
    _sim: &Sim,
    _method: &Method,
    _uri: &Uri,
    _content_type: &str,
    _body: &Bytes,
    _status: StatusCode,
    _answer: &Bytes,
) {
}

/// Something that was attached. Anybody who has its address may have it, as long as that lasts.
pub(super) async fn file(State(sim): State<Sim>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    match sim.read(|world| world.files.find_signed(uri.path(), query, world.now())) {
        Some(content) => content.into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "This content is no longer available.",
        )
            .into_response(),
    }
}

/// Nothing lives here: Discord's 404, and a finding.
pub(super) async fn unknown_route(State(sim): State<Sim>, method: Method, uri: Uri) -> ApiError {
    sim.report_unknown_route(format!("{method} {}", uri.path()));
    ApiError::unknown_route()
}

/// Something lives here, but not for this method.
pub(super) async fn method_not_allowed(
    State(sim): State<Sim>,
    method: Method,
    uri: Uri,
) -> ApiError {
    sim.report_unknown_route(format!("{method} {}", uri.path()));
    ApiError::new(405, 0, "405: Method Not Allowed")
}
