//! What happens to every request, whatever its route: who calls, limits, faults, `ETag`s, validation.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, ETAG, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::limits::{Resource, Ruling};
use crate::sim::GitHub;
use crate::validate::Exchange;
use crate::world::{Access, Refused, put};

/// More than any issue.
const MOST_BYTES: usize = 1 << 20;

const DOCS: &str = "https://docs.github.com/rest";

/// An answer that says no.
pub(super) struct No(pub(super) StatusCode, pub(super) Value);

impl No {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        let body =
            json!({"message": message, "documentation_url": DOCS, "status": status.as_str()});
        Self(status, body)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::not_found(),
            Refused::Gone => Self::new(StatusCode::GONE, "Issues are disabled for this repo"),
            Refused::Archived => Self::new(
                StatusCode::FORBIDDEN,
                "Repository was archived so is read-only.",
            ),
            Refused::Invalid(why) => Self(
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({
                    "message": "Validation Failed", "documentation_url": DOCS,
                    "errors": [{"resource": "Issue", "code": "custom", "message": why}],
                }),
            ),
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let location = self.1.get("url").and_then(Value::as_str);
        let location = location.map(HeaderValue::from_str);
        let mut answer = (self.0, Json(self.1)).into_response();
        if let Some(Ok(location)) = location {
            answer.headers_mut().insert(LOCATION, location);
        }
        answer
    }
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Who calls.
pub(super) fn caller(github: &GitHub, headers: &HeaderMap) -> Result<Access, No> {
    let token = bearer(headers)
        .ok_or_else(|| No::new(StatusCode::UNAUTHORIZED, "Requires authentication"))?;
    github
        .read(|world| world.holder(token).cloned())
        .ok_or_else(|| No::new(StatusCode::UNAUTHORIZED, "Bad credentials"))
}

/// Wraps every route.
pub(super) async fn edge(State(github): State<GitHub>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (method, uri, headers) = (
        parts.method.clone(),
        parts.uri.clone(),
        parts.headers.clone(),
    );
    let path = uri
        .path_and_query()
        .map_or("", |path| path.as_str())
        .to_owned();
    github.note_request(format!("{method} {}", uri.path()));
    let fault = github.faults().take(method.as_str(), uri.path());
    if let Some(fault) = fault.filter(|fault| !fault.is_late()) {
        return ordered(fault);
    }
    let meter = Meter::of(&github, &method, &uri, &headers);
    let mut answer = match meter.count(&github) {
        Ok(()) => {
            next.run(Request::from_parts(parts, Body::from(body.clone())))
                .await
        }
        Err(no) => no.into_response(),
    };
    let status = answer.status();
    let (head, content) = std::mem::take(&mut answer).into_parts();
    let Ok(content) = axum::body::to_bytes(content, 16 * MOST_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // A repository asked for by its number is not in the description, but where it leads to is; comparing
    // and files are left out of the part of it that there is.
    let outside = ["/compare/", "/contents/"];
    if !path.starts_with("/repositories/") && !outside.iter().any(|part| path.contains(part)) {
        github.check_exchange(&Exchange {
            method: &method,
            path: &path,
            body: &body,
            status: status.as_u16(),
            answer: &content,
        });
    }
    let mut answer = Response::from_parts(head, Body::from(content.clone()));
    if method == Method::GET && status == StatusCode::OK {
        answer = with_etag(&github, &meter, &headers, answer, &content);
    }
    answer.headers_mut().extend(meter.headers(&github));
    match fault {
        None => answer,
        Some(Fault::DelayAnswer(length)) => {
            // Nothing is waited for: this is the fault.
            tokio::time::sleep(length).await;
            answer
        }
        Some(late) => ordered(late),
    }
}

/// The answer with its `ETag`; 304, free of charge, to whoever has it already.
fn with_etag(
    github: &GitHub,
    meter: &Meter,
    headers: &HeaderMap,
    mut answer: Response,
    content: &Bytes,
) -> Response {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known == Some(&tag) {
        github.limiter().uncount(&meter.caller, meter.resource);
        answer = StatusCode::NOT_MODIFIED.into_response();
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    answer
}

/// What a request counts as.
struct Meter {
    caller: String,
    resource: Resource,
    makes: bool,
    free: bool,
}

impl Meter {
    fn of(github: &GitHub, method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let token = bearer(headers).unwrap_or("nobody");
        // Two tokens of one installation share its limit.
        let caller = github.read(|world| {
            let access = world.holder(token);
            access.map_or_else(|| token.to_owned(), |access| access.login.clone())
        });
        let path = uri.path();
        Self {
            caller,
            resource: if path.starts_with("/search/") {
                Resource::Search
            } else {
                Resource::Core
            },
            makes: method == Method::POST && path.starts_with("/repos/"),
            free: path == "/rate_limit" || path.starts_with("/app"),
        }
    }

    fn count(&self, github: &GitHub) -> Result<(), No> {
        if self.free {
            return Ok(());
        }
        let now = github.read(crate::world::World::now);
        let ruling = github
            .limiter()
            .count(&self.caller, self.resource, self.makes, now);
        match ruling {
            Ruling::Pass => Ok(()),
            Ruling::Primary => Err(No::new(
                StatusCode::FORBIDDEN,
                "API rate limit exceeded for this installation.",
            )),
            Ruling::Secondary(seconds) => Err(slow_down(seconds)),
        }
    }

    fn headers(&self, github: &GitHub) -> HeaderMap {
        let now = github.read(crate::world::World::now);
        let standing = github.limiter().standing(&self.caller, self.resource, now);
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        put("x-ratelimit-limit", standing.limit.to_string());
        put("x-ratelimit-remaining", standing.remaining().to_string());
        put("x-ratelimit-used", standing.used.to_string());
        put(
            "x-ratelimit-reset",
            standing.reset_at.timestamp().to_string(),
        );
        put("x-ratelimit-resource", self.resource.name().to_owned());
        headers
    }
}

fn slow_down(seconds: i64) -> No {
    let mut no = No::new(
        StatusCode::FORBIDDEN,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    );
    put(&mut no.1, "retry_after", json!(seconds));
    no
}

/// The answer that a fault ordered.
fn ordered(fault: Fault) -> Response {
    match fault {
        Fault::Answer(status) | Fault::AnswerAfter(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            No::new(status, "ordered by a test").into_response()
        }
        Fault::SlowDown(seconds) => {
            let mut answer = slow_down(i64::from(seconds)).into_response();
            answer
                .headers_mut()
                .insert("retry-after", HeaderValue::from(seconds));
            answer
        }
        // A body that breaks off before its first byte: the server hangs up.
        Fault::CutBefore | Fault::CutAfter | Fault::DelayAnswer(_) => {
            let broken = futures_util::stream::once(async {
                Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            Response::new(Body::from_stream(broken))
        }
    }
}

/// Nothing lives here: 404, and a finding.
pub(super) async fn unknown_route(State(github): State<GitHub>, method: Method, uri: Uri) -> No {
    github.report(
        format!("{method} {}", uri.path()),
        "no such route".to_owned(),
    );
    No::not_found()
}
