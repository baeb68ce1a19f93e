//! Checks each request, answer and event against GitHub's published description.

use axum::http::Method;
use bytes::Bytes;
use serde_json::Value;

use crate::hooks::Event;
use crate::sim::GitHub;

/// A request and the answer to it.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a Method,
    /// With the query.
    pub(crate) path: &'a str,
    pub(crate) body: &'a Bytes,
    pub(crate) status: u16,
    pub(crate) answer: &'a Bytes,
}

impl GitHub {
    /// Holds one exchange against the description.
    pub(crate) fn check_exchange(&self, exchange: &Exchange<'_>) {
        let method = exchange.method.as_str();
        let request: Option<Value> = serde_json::from_slice(exchange.body).ok();
        let answer: Option<Value> = serde_json::from_slice(exchange.answer).ok();
        let at = format!("{method} {}", exchange.path);
        for (path, message) in check::request(method, exchange.path, request.as_ref()) {
            self.report(at.clone(), format!("{path}: {message}"));
        }
        // Limits (429) and refused credentials (401) may answer every route; not every one says so.
        let anywhere = matches!(exchange.status, 401 | 403 | 429);
        for (path, message) in
            check::answer(method, exchange.path, exchange.status, answer.as_ref())
        {
            if anywhere && message.starts_with("the specification has no answer") {
                continue;
            }
            self.report(
                format!("github-sim's answer {} to {at}", exchange.status),
                format!("{path}: {message}"),
            );
        }
    }

    /// Holds an event of our own against the description.
    pub(crate) fn check_event(&self, event: &Event) {
        for (path, message) in check::event(event) {
            self.report(
                format!("github-sim's event {}.{}", event.name, event.action()),
                format!("{path}: {message}"),
            );
        }
    }
}

#[cfg(feature = "validate")]
mod check {
    use std::sync::{Once, OnceLock};

    use published_specs::{Document, Draft, OpenApi, Problem, env};
    use serde_json::Value;

    use crate::hooks::Event;

    const REST: &str = "urn:github:rest";

    fn specs() -> Option<&'static OpenApi> {
        static SPECS: OnceLock<Result<OpenApi, String>> = OnceLock::new();
        static SAID: Once = Once::new();
        let specs = SPECS.get_or_init(|| {
            let description = Document {
                name: REST,
                file: &env::specs().join("github/github-rest-subset.json"),
                draft: Draft::Draft202012,
            };
            OpenApi::load(description, &[])
        });
        match specs {
            Ok(specs) => Some(specs),
            Err(why) => {
                SAID.call_once(|| env::skip("validation against GitHub's description", why));
                None
            }
        }
    }

    fn pairs(problems: Vec<Problem>) -> Vec<(String, String)> {
        problems
            .into_iter()
            .map(|problem| (problem.path, problem.message))
            .collect()
    }

    pub(super) fn request(method: &str, path: &str, body: Option<&Value>) -> Vec<(String, String)> {
        specs().map_or_else(Vec::new, |specs| pairs(specs.request(method, path, body)))
    }

    pub(super) fn answer(
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<(String, String)> {
        specs().map_or_else(Vec::new, |specs| {
            pairs(specs.answer(method, path, status, body))
        })
    }

    pub(super) fn event(event: &Event) -> Vec<(String, String)> {
        let Some(specs) = specs() else {
            return Vec::new();
        };
        let action = event.action();
        let dash = if action.is_empty() { "" } else { "-" };
        let name = format!("{}{dash}{action}", event.name.replace('_', "-"));
        let pointer = format!("/webhooks/{name}/post/requestBody/content/application~1json/schema");
        if specs.schemas().document(REST).pointer(&pointer).is_none() {
            return vec![(String::new(), format!("there is no event {name}"))];
        }
        pairs(specs.schemas().check(REST, &pointer, &event.payload))
    }
}

#[cfg(not(feature = "validate"))]
mod check {
    use serde_json::Value;

    use crate::hooks::Event;

    pub(super) fn request(_: &str, _: &str, _: Option<&Value>) -> Vec<(String, String)> {
        Vec::new()
    }

    pub(super) fn answer(_: &str, _: &str, _: u16, _: Option<&Value>) -> Vec<(String, String)> {
        Vec::new()
    }

    pub(super) fn event(_: &Event) -> Vec<(String, String)> {
        Vec::new()
    }
}
