//! Checks each request, answer and gateway frame against Discord's published schemas.
//!
//! What does not fit is a [`Finding`]; a test ends by asserting that there is none. With the
//! feature `validate` off, or where the schemas are missing, nothing is checked; the latter is
//! said aloud, and is a failure with `CI=true`.

mod form;
pub mod rules;
#[cfg(feature = "validate")]
pub(crate) mod specs;

use axum::http::Method;
use bytes::Bytes;
use published_specs::Problem;
use serde_json::Value;

use crate::{Finding, Sim};

/// Bytes of the longest frame that a client may send (Discord's reference, gateway, "Sending
/// events").
pub const LONGEST_FRAME: usize = 4096;

/// A request and the answer to it.
pub struct Exchange<'a> {
    pub method: &'a Method,
    /// With the query, such as `/api/v10/channels/1/messages?limit=2`.
    pub path: &'a str,
    /// The content type of the request.
    pub content_type: &'a str,
    pub body: &'a Bytes,
    pub status: u16,
    pub answer: &'a Bytes,
}

/// Checks one exchange; what it finds goes to [`Sim::report`].
pub fn exchange(sim: &Sim, exchange: &Exchange<'_>) {
    let Some(path) = exchange.path.strip_prefix("/api/v10") else {
        return;
    };
    let method = exchange.method.as_str();
    let request = if exchange.content_type.starts_with("multipart/") {
        form::payload_json(exchange.content_type, exchange.body)
    } else {
        serde_json::from_slice(exchange.body).ok()
    };
    let answer: Option<Value> = serde_json::from_slice(exchange.answer).ok();
    let unknown = exchange.status == 404
        && answer.as_ref().and_then(|answer| answer.get("code")) == Some(&Value::from(0));
    if unknown {
        // Reported by whoever answered.
        return;
    }
    let at = format!("{method} {path}");
    report(sim, &at, check::request(method, path, request.as_ref()));
    report(
        sim,
        &format!("discord-sim's answer {} to {at}", exchange.status),
        check::answer(method, path, exchange.status, answer.as_ref()),
    );
}

/// Checks a frame that a client sent to the gateway.
pub fn frame_received(sim: &Sim, frame: &Value) {
    let at = format!("gateway op {}", frame.get("op").unwrap_or(&Value::Null));
    report(sim, &at, check::frame(false, frame));
}

/// Checks a frame of the gateway's own.
pub fn frame_sent(sim: &Sim, frame: &Value) {
    let at = match frame.get("t").and_then(Value::as_str) {
        Some(event) => format!("discord-sim's gateway event {event}"),
        None => format!(
            "discord-sim's gateway op {}",
            frame.get("op").unwrap_or(&Value::Null)
        ),
    };
    report(sim, &at, check::frame(true, frame));
}

/// Whether frames are checked at all; preparing one costs time.
pub const ENABLED: bool = cfg!(feature = "validate");

fn report(sim: &Sim, at: &str, problems: Vec<Problem>) {
    for problem in problems {
        sim.report(Finding {
            at: at.to_owned(),
            what: format!("{}: {}", problem.path, problem.message),
        });
    }
}

#[cfg(feature = "validate")]
mod check {
    use serde_json::Value;

    use super::Problem;
    use super::specs::Specs;

    fn specs() -> Option<&'static Specs> {
        static SAID: std::sync::Once = std::sync::Once::new();
        match Specs::of_process() {
            Ok(specs) => Some(specs),
            Err(why) => {
                SAID.call_once(|| crate::env::skip("validation against Discord's schemas", why));
                None
            }
        }
    }

    pub(super) fn request(method: &str, path: &str, body: Option<&Value>) -> Vec<Problem> {
        specs().map_or_else(Vec::new, |specs| specs.request(method, path, body))
    }

    pub(super) fn answer(
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<Problem> {
        specs().map_or_else(Vec::new, |specs| specs.answer(method, path, status, body))
    }

    pub(super) fn frame(to_client: bool, frame: &Value) -> Vec<Problem> {
        specs().map_or_else(Vec::new, |specs| specs.frame(to_client, frame))
    }
}

#[cfg(not(feature = "validate"))]
mod check {
    use serde_json::Value;

    use super::Problem;

    pub(super) fn request(_: &str, _: &str, _: Option<&Value>) -> Vec<Problem> {
        Vec::new()
    }

    pub(super) fn answer(_: &str, _: &str, _: u16, _: Option<&Value>) -> Vec<Problem> {
        Vec::new()
    }

    pub(super) fn frame(_: bool, _: &Value) -> Vec<Problem> {
        Vec::new()
    }
}

#[cfg(all(test, feature = "validate"))]
mod tests;
