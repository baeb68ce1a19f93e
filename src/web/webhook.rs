//! GitHub's webhooks.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::Sha256;

use super::{LARGEST_WEBHOOK, PATIENCE, Served, Web};
use crate::domain::issue::IssueName;
use crate::ledger::bridge::{Change, Denied};

/// The longest delivery number we take: GitHub's have 36 characters.
const LONGEST_DELIVERY: usize = 100;

/// A webhook, as far as it says where to look.
#[derive(Deserialize)]
struct Payload {
    repository: Option<Repository>,
    issue: Option<Issue>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
}

/// Takes a webhook. The answer follows the commit. Whoever shows no signature is not even listened to, and
/// nobody can hold more than a few places or hold one for long: what is missed is found by looking.
pub(super) async fn heard(State(served): State<Served>, request: Request) -> StatusCode {
    let web = &served.web;
    let (head, body) = request.into_parts();
    let headers = head.headers;
    let Some(signature) = signature(&headers) else {
        return StatusCode::UNAUTHORIZED;
    };
    let Ok(_place) = served.places.try_acquire() else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let body = axum::body::to_bytes(body, LARGEST_WEBHOOK);
    let body = match tokio::time::timeout(PATIENCE, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    if !is_signed(web, &signature, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let delivery =
        text("x-github-delivery").filter(|id| (1..=LONGEST_DELIVERY).contains(&id.len()));
    let (Some(event), Some(delivery)) = (text("x-github-event"), delivery) else {
        return StatusCode::BAD_REQUEST;
    };
    let Ok(payload) = serde_json::from_slice::<Payload>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let Some(change) = meaning(event, delivery, payload) else {
        return StatusCode::NO_CONTENT;
    };
    match web.ledger.bridge(change).await {
        // GitHub shows this as failed; the issues are read when their time comes all the same.
        Err(Denied::NotWritten) => StatusCode::SERVICE_UNAVAILABLE,
        Ok(_) | Err(_) => StatusCode::ACCEPTED,
    }
}

/// The signature that somebody shows.
fn signature(headers: &HeaderMap) -> Option<[u8; 32]> {
    let sent = headers.get("x-hub-signature-256")?;
    from_hex(sent.to_str().ok()?.strip_prefix("sha256=")?)
}

/// Whether the bytes were signed with our secret. Source: GitHub's docs, "Validating webhook
/// deliveries".
fn is_signed(web: &Web, signature: &[u8; 32], body: &[u8]) -> bool {
    let Some(secret) = &web.webhook_secret else {
        return false;
    };
    let secret = secret.expose_secret().as_bytes();
    Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mut mac| {
        mac.update(body);
        // Compares in constant time.
        mac.verify_slice(signature).is_ok()
    })
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

/// What is to be read because of it; `None` where nothing of ours can have changed.
fn meaning(event: &str, delivery: &str, payload: Payload) -> Option<Change> {
    let repository = payload.repository?.full_name;
    let (names, repository) = match event {
        "issues" | "issue_comment" => {
            let number = payload.issue?.number;
            (vec![IssueName { repository, number }], None)
        }
        "release" | "repository" => (Vec::new(), Some(repository)),
        _ => return None,
    };
    Some(Change::Heard {
        delivery: delivery.to_owned(),
        names,
        repository,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_change_an_issue_means_something() {
        let payload = |text: &str| serde_json::from_str(text).unwrap();
        let issue = r#"{"repository": {"full_name": "a/b"}, "issue": {"number": 3}}"#;
        assert!(matches!(
            meaning("issues", "1", payload(issue)),
            Some(Change::Heard { names, repository: None, .. }) if names.len() == 1
        ));
        assert!(matches!(
            meaning("release", "1", payload(issue)),
            Some(Change::Heard { names, repository: Some(_), .. }) if names.is_empty()
        ));
        for (event, text) in [
            ("ping", issue),
            ("issues", r#"{"repository": {"full_name": "a/b"}}"#),
            ("issues", r#"{"issue": {"number": 3}}"#),
            ("installation", "{}"),
        ] {
            assert_eq!(meaning(event, "1", payload(text)), None, "{event}");
        }
    }

    #[test]
    fn a_signature_is_32_bytes() {
        assert_eq!(from_hex(&"0f".repeat(32)), Some([15; 32]));
        for wrong in [
            "",
            "0f",
            &"0g".repeat(32),
            &"0f".repeat(33),
            &"é".repeat(32),
        ] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
