//! What handlers are given: who calls, which ids stand in the path, what the body says.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Sim;
use crate::world::{ApiError, NewAttachment, Outcome};

/// What handlers answer with.
pub(crate) type Answer = Result<Response, ApiError>;

/// 200 with a body.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every handler ends with an answer"
)]
pub(crate) fn ok(body: Value) -> Answer {
    Ok(Json(body).into_response())
}

/// 201 with a body.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every handler ends with an answer"
)]
pub(crate) fn created(body: Value) -> Answer {
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// 204.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every handler ends with an answer"
)]
pub(crate) fn nothing() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The bot that calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) bot: u64,
    pub(crate) application: u64,
}

/// Who holds the token of these headers.
pub(crate) fn find_caller(sim: &Sim, headers: &HeaderMap) -> Option<Caller> {
    let token = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bot ")?
        .trim();
    sim.read(|world| {
        let mut applications = world.applications.values();
        let found = applications.find(|application| application.token == token)?;
        Some(Caller {
            bot: found.bot,
            application: found.id,
        })
    })
}

impl FromRequestParts<Sim> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sim: &Sim) -> Result<Self, ApiError> {
        find_caller(sim, &parts.headers).ok_or_else(ApiError::unauthorized)
    }
}

/// The ids of the path.
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Sim> for Ids<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sim: &Sim) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, sim).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(not_a_snowflake("id")),
        }
    }
}

/// The query.
pub(crate) struct Asked(BTreeMap<String, String>);

impl FromRequestParts<Sim> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sim: &Sim) -> Result<Self, ApiError> {
        let Query(asked) = Query::from_request_parts(parts, sim)
            .await
            .map_err(|_| ApiError::form(Vec::new()))?;
        Ok(Self(asked))
    }
}

impl Asked {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        matches!(self.text(key), Some("true" | "True" | "1"))
    }

    pub(crate) fn id(&self, key: &str) -> Outcome<Option<u64>> {
        self.parsed(key)
    }

    /// A number in a range, or the usual one.
    pub(crate) fn limit(&self, key: &str, range: (usize, usize), usual: usize) -> Outcome<usize> {
        let number = self.parsed(key)?.unwrap_or(usual);
        let (min, max) = range;
        if number < min {
            let text = format!("int value should be greater than or equal to {min}.");
            return Err(ApiError::field(key, "NUMBER_TYPE_MIN", text));
        }
        if number > max {
            let text = format!("int value should be less than or equal to {max}.");
            return Err(ApiError::field(key, "NUMBER_TYPE_MAX", text));
        }
        Ok(number)
    }

    fn parsed<T: FromStr>(&self, key: &str) -> Outcome<Option<T>> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| not_a_snowflake(key))
    }
}

/// The body: a JSON document, and files where it came as a multipart form.
pub(crate) struct Payload {
    pub(crate) json: Value,
    pub(crate) files: Vec<UploadedFile>,
}

pub(crate) struct UploadedFile {
    /// The number in `files[0]`.
    pub(crate) number: u64,
    pub(crate) file: NewAttachment,
}

impl FromRequest<Sim> for Payload {
    type Rejection = ApiError;

    async fn from_request(request: Request, sim: &Sim) -> Result<Self, ApiError> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            let form = Multipart::from_request(request, sim)
                .await
                .map_err(|_| ApiError::form(Vec::new()))?;
            return read_multipart(form).await;
        }
        let body = axum::body::to_bytes(request.into_body(), usize::MAX)
            .await
            .map_err(|_| ApiError::form(Vec::new()))?;
        if body.is_empty() {
            return Ok(Self {
                json: json!({}),
                files: Vec::new(),
            });
        }
        if !kind.starts_with("application/json") {
            return Err(ApiError::field(
                "",
                "CONTENT_TYPE_INVALID",
                "Expected \"Content-Type\" header to be one of {'application/json'}.",
            ));
        }
        Ok(Self {
            json: parse(&body)?,
            files: Vec::new(),
        })
    }
}

async fn read_multipart(mut form: Multipart) -> Outcome<Payload> {
    let broken = |_| ApiError::form(Vec::new());
    let mut payload = Payload {
        json: json!({}),
        files: Vec::new(),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(broken)?;
        if name == "payload_json" {
            payload.json = parse(&bytes)?;
        } else if let Some(filename) = filename {
            let number = name.trim_start_matches("files[").trim_end_matches(']');
            payload.files.push(UploadedFile {
                number: number.parse().unwrap_or(0),
                file: NewAttachment {
                    filename,
                    description: None,
                    content_type,
                    content: bytes,
                },
            });
        }
    }
    Ok(payload)
}

fn parse(body: &[u8]) -> Outcome<Value> {
    serde_json::from_slice(body)
        .map_err(|_| ApiError::new(400, 50109, "The request body contains invalid JSON."))
}

fn not_a_snowflake(path: &str) -> ApiError {
    ApiError::field(
        path,
        "NUMBER_TYPE_COERCE",
        format!("Value \"{path}\" is not a number."),
    )
}
