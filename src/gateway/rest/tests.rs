//! The client against small servers on loopback.

mod limits;
mod peer;

use std::time::Duration;

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::time::Instant;

use self::peer::{Peer, client};
use super::*;

fn limited(body: &'static str, headers: &[(&'static str, &'static str)]) -> Response {
    let headers: HeaderMap = headers
        .iter()
        .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
        .collect();
    (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
}

fn thread(id: u64) -> Path {
    Path::root("channels").id(id)
}

fn patch(id: u64) -> Request {
    Request::new(Method::PATCH, thread(id))
        .json(&serde_json::json!({}))
        .unwrap()
}

fn callback(id: u64) -> Request {
    let path = Path::root("interactions").id(id).text("t").then("callback");
    Request::new(Method::POST, path)
}

fn soon(millis: u64) -> Instant {
    Instant::now() + Duration::from_millis(millis)
}

#[tokio::test]
async fn a_request_says_who_asks_and_why() {
    let peer = Peer::new(|_, _, _| "{}".into_response()).await;
    peer.rest.send(patch(5).reason("Grund: é")).await.unwrap();
    let seen = peer.seen.lock().await;
    let headers = &seen[0].headers;
    assert_eq!(seen[0].line, "PATCH /api/v10/channels/5");
    assert_eq!(headers["authorization"], "Bot real.to.ken");
    assert_eq!(
        headers["user-agent"],
        concat!(
            "DiscordBot (https://example.org, ",
            env!("CARGO_PKG_VERSION"),
            ")"
        )
    );
    assert_eq!(headers["x-audit-log-reason"], "Grund%3A%20%C3%A9");
    assert_eq!(headers["content-type"], "application/json");
    assert!(!format!("{:?}", peer.rest).contains("real.to.ken"));
}

#[tokio::test]
async fn a_401_is_the_last_answer() {
    let peer = Peer::new(|_, _, path| match path {
        "/api/v10/users/@me" => StatusCode::UNAUTHORIZED.into_response(),
        path if path.starts_with("/api/v10/webhooks") => StatusCode::UNAUTHORIZED.into_response(),
        _ => "{}".into_response(),
    })
    .await;
    // An interaction whose token ran out is not the bot's token.
    let late = Path::root("webhooks")
        .id(1)
        .text("old")
        .then("messages")
        .then("@original");
    let answer = peer
        .rest
        .send(Request::new(Method::PATCH, late))
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    peer.rest.send(patch(1)).await.unwrap();

    let me = || Request::read(Path::root("users").then("@me"));
    assert!(matches!(
        peer.rest.send(me()).await,
        Err(RestError::Unauthorized)
    ));
    assert!(matches!(
        peer.rest.send(me()).await,
        Err(RestError::Unauthorized)
    ));
    assert!(matches!(
        peer.rest.send(patch(1)).await,
        Err(RestError::Unauthorized)
    ));
    peer.rest.refused().await;
    assert_eq!(peer.lines().await.len(), 3);
}

#[tokio::test]
async fn a_failing_server_is_asked_again_only_where_that_is_safe() {
    let peer = Peer::new(|n, _, _| match n % 2 {
        0 => StatusCode::BAD_GATEWAY.into_response(),
        _ => "{}".into_response(),
    })
    .await;
    assert_eq!(peer.status(Request::read(thread(1))).await, StatusCode::OK);
    assert_eq!(peer.lines().await.len(), 2);
    let post = || Request::new(Method::POST, thread(1).then("messages"));
    assert_eq!(peer.status(post().idempotent()).await, StatusCode::OK);
    assert_eq!(peer.lines().await.len(), 4);
    assert_eq!(peer.status(post()).await, StatusCode::BAD_GATEWAY);
    assert_eq!(peer.lines().await.len(), 5);
}

#[tokio::test]
async fn a_broken_server_is_asked_a_bounded_number_of_times() {
    let peer = Peer::new(|_, _, _| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let error = peer
        .rest
        .get_json::<serde_json::Value>(thread(1))
        .await
        .unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_eq!(peer.lines().await.len(), 4);
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    // Accepts connections (the kernel does) and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rest = client(listener.local_addr().unwrap());
    let start = Instant::now();
    let silent = rest
        .send(Request::read(thread(1)).deadline(soon(300)))
        .await;
    assert!(matches!(silent, Err(RestError::TimedOut)), "{silent:?}");
    assert!(start.elapsed() < ATTEMPT);
}

#[tokio::test]
async fn a_closed_port_is_a_temporary_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rest = client(listener.local_addr().unwrap());
    drop(listener);
    let error = rest.send(Request::read(thread(1))).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert!(matches!(error, RestError::Network(_)), "{error}");
}

#[tokio::test]
async fn discords_words_reach_the_caller_and_redirects_lead_nowhere() {
    let peer = Peer::new(|n, _, _| match n {
        0 => (
            StatusCode::NOT_FOUND,
            r#"{"code":10008,"message":"Unknown Message"}"#,
        )
            .into_response(),
        _ => (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]).into_response(),
    })
    .await;
    let error = peer
        .rest
        .get_json::<serde_json::Value>(thread(1))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(10008));
    assert_eq!(
        error.to_string(),
        "Discord answered 404 Not Found, code 10008: Unknown Message"
    );
    let moved = peer.rest.send(Request::read(thread(1))).await.unwrap();
    assert_eq!(moved.status, StatusCode::FOUND);
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let peer = Peer::new(|_, _, _| vec![b' '; LARGEST + 1].into_response()).await;
    let error = peer.rest.send(Request::read(thread(1))).await.unwrap_err();
    assert!(matches!(error, RestError::TooLarge(LARGEST)), "{error}");
}
