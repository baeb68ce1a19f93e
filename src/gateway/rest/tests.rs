//! The client against small servers on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::{Barrier, Mutex};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

use super::*;

/// What a server answers to the n-th request (from 0).
type Script = dyn Fn(usize, &Method, &str) -> Response + Send + Sync;

/// A server that answers as it is told and remembers what it was asked.
struct Peer {
    rest: Rest,
    seen: Arc<Mutex<Vec<Seen>>>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct Seen {
    line: String,
    headers: HeaderMap,
    at: Instant,
}

impl Peer {
    async fn new(
        script: impl Fn(usize, &Method, &str) -> Response + Send + Sync + 'static,
    ) -> Self {
        let script: Arc<Script> = Arc::new(script);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let app = Router::new().fallback(move |request: Incoming| {
            let (script, log) = (Arc::clone(&script), Arc::clone(&log));
            async move {
                let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                let mut log = log.lock().await;
                log.push(Seen {
                    line: format!("{method} {path}"),
                    headers: request.headers().clone(),
                    at: Instant::now(),
                });
                script(log.len() - 1, &method, &path)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rest = client(listener.local_addr().unwrap());
        let server = TaskTracker::new().spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self {
            rest,
            seen,
            _server: AbortOnDropHandle::new(server),
        }
    }

    async fn lines(&self) -> Vec<String> {
        self.seen
            .lock()
            .await
            .iter()
            .map(|s| s.line.clone())
            .collect()
    }
}

fn client(address: SocketAddr) -> Rest {
    Rest::new(Settings {
        base: Base::parse(&format!("http://{address}")).unwrap(),
        token: "Bot real.to.ken".into(),
        about: "https://example.org".into(),
    })
    .unwrap()
}

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
async fn a_limited_route_is_waited_for_and_its_neighbours_are_not() {
    let peer = Peer::new(|_, method, path| match (method.as_str(), path) {
        ("PATCH", "/api/v10/channels/1") => limited(
            r#"{"message":"x","retry_after":60.0,"global":false}"#,
            &[
                ("x-ratelimit-bucket", "b"),
                ("x-ratelimit-limit", "2"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset-after", "60.0"),
                ("x-ratelimit-scope", "user"),
            ],
        ),
        _ => "{}".into_response(),
    })
    .await;
    let refused = peer.rest.send(patch(1).deadline(soon(1_500))).await;
    assert!(
        matches!(refused, Err(RestError::RateLimited { retry_after }) if retry_after.as_millis() == 60_000)
    );
    let start = Instant::now();
    // Another method, another thread: not this limit.
    peer.rest.send(Request::read(thread(1))).await.unwrap();
    peer.rest.send(patch(2)).await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    // The same route is not even asked before its time.
    let again = peer.rest.send(patch(1).deadline(soon(1_000))).await;
    assert!(
        matches!(again, Err(RestError::RateLimited { .. })),
        "{again:?}"
    );
    assert_eq!(
        peer.lines()
            .await
            .iter()
            .filter(|l| *l == "PATCH /api/v10/channels/1")
            .count(),
        1
    );
}

#[tokio::test]
async fn no_more_leave_in_a_second_than_discord_allows() {
    let peer = Peer::new(|_, _, _| "{}".into_response()).await;
    let before = Instant::now();
    let all = (0..130).map(|id| peer.rest.send(patch(id)));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.unwrap().status, StatusCode::OK);
    }
    // 50 at once, 50 a second later, the rest after another one.
    assert!(before.elapsed() >= Duration::from_millis(2_100));
}

#[tokio::test]
async fn who_asks_much_leaves_room_for_the_others() {
    let peer = Peer::new(|_, _, _| "{}".into_response()).await;
    let paced = peer.rest.paced(40);
    let (one, other) = (paced.clone(), paced);
    let all = (0..60).map(|id| {
        let rest = if id % 2 == 0 { &one } else { &other };
        rest.send(Request::read(thread(id)))
    });
    let before = Instant::now();
    let asking = async {
        let answers = futures_util::future::join_all(all).await;
        (answers, before.elapsed())
    };
    let alert = async {
        peer.rest.send(patch(1_000)).await.unwrap();
        before.elapsed()
    };
    let ((answers, asked), alert) = tokio::join!(asking, alert);
    assert!(answers.iter().all(Result::is_ok));
    assert!(asked >= Duration::from_secs(1));
    assert!(alert < asked, "{alert:?}, {asked:?}");
}

#[tokio::test]
async fn a_limit_learned_on_one_message_holds_for_the_next() {
    let peer = Peer::new(|n, _, _| {
        let remaining = if n == 0 { "0" } else { "1" };
        (
            [
                ("x-ratelimit-bucket", "m"),
                ("x-ratelimit-limit", "2"),
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset-after", "0.4"),
            ],
            "{}",
        )
            .into_response()
    })
    .await;
    let edit = |message| {
        Request::new(Method::PATCH, thread(1).then("messages").id(message))
            .json(&serde_json::json!({}))
            .unwrap()
    };
    peer.rest.send(edit(10)).await.unwrap();
    peer.rest.send(edit(11)).await.unwrap();
    let seen = peer.seen.lock().await;
    assert!(
        seen[1].at - seen[0].at >= Duration::from_millis(380),
        "{:?}",
        seen[1].at - seen[0].at
    );
}

#[tokio::test]
async fn a_429_without_headers_is_waited_for_by_its_body() {
    let peer = Peer::new(|n, _, _| match n {
        0 => limited(r#"{"message":"x","retry_after":0.3}"#, &[]),
        _ => "{}".into_response(),
    })
    .await;
    let post = Request::new(Method::POST, thread(1).then("messages"));
    peer.rest.send(post).await.unwrap();
    let seen = peer.seen.lock().await;
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_global_429_stops_everything_but_interactions() {
    let peer = Peer::new(|n, _, _| match n {
        0 => limited(
            r#"{"message":"x","retry_after":2.0,"global":true}"#,
            &[("x-ratelimit-scope", "global")],
        ),
        _ => "{}".into_response(),
    })
    .await;
    let refused = peer.rest.send(patch(1).deadline(soon(1_000))).await;
    assert!(matches!(refused, Err(RestError::RateLimited { .. })));
    for path in [
        Path::root("users").then("@me"),
        thread(2),
        Path::root("guilds").id(1),
    ] {
        let other = peer
            .rest
            .send(Request::read(path).deadline(soon(1_000)))
            .await;
        assert!(
            matches!(other, Err(RestError::RateLimited { .. })),
            "{other:?}"
        );
    }
    assert_eq!(peer.lines().await.len(), 1);
    let callback = Path::root("interactions").id(1).text("t").then("callback");
    let start = Instant::now();
    peer.rest
        .send(Request::new(Method::POST, callback))
        .await
        .unwrap();
    assert!(start.elapsed() < Duration::from_millis(1_500));
    // With time enough it is waited for.
    peer.rest.send(patch(1)).await.unwrap();
    let seen = peer.seen.lock().await;
    assert!(seen[2].at - seen[0].at >= Duration::from_millis(1_990));
}

#[tokio::test]
async fn a_shared_limit_is_obeyed_and_does_not_count_as_ours() {
    let peer = Peer::new(|_, method, _| match method.as_str() {
        "PATCH" => limited(
            r#"{"message":"x","retry_after":600}"#,
            &[
                ("x-ratelimit-scope", "shared"),
                ("x-ratelimit-bucket", "b"),
                ("x-ratelimit-limit", "5"),
                ("x-ratelimit-remaining", "4"),
                ("x-ratelimit-reset-after", "1"),
            ],
        ),
        _ => "{}".into_response(),
    })
    .await;
    for id in 0..110 {
        let refused = peer.rest.send(patch(id)).await;
        assert!(
            matches!(refused, Err(RestError::RateLimited { .. })),
            "{refused:?}"
        );
    }
    let again = peer.rest.send(patch(1)).await.unwrap_err();
    assert!(
        again.retry_after().unwrap() > Duration::from_secs(590),
        "{again}"
    );
    peer.rest.send(Request::read(thread(1))).await.unwrap();
    assert_eq!(peer.lines().await.len(), 111);
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
    assert_eq!(
        peer.rest
            .send(Request::read(thread(1)))
            .await
            .unwrap()
            .status,
        StatusCode::OK
    );
    assert_eq!(peer.lines().await.len(), 2);
    let post = || Request::new(Method::POST, thread(1).then("messages"));
    assert_eq!(
        peer.rest.send(post().idempotent()).await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(peer.lines().await.len(), 4);
    assert_eq!(
        peer.rest.send(post()).await.unwrap().status,
        StatusCode::BAD_GATEWAY
    );
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
async fn a_bot_that_is_always_refused_falls_silent() {
    let peer = Peer::new(|_, _, _| StatusCode::FORBIDDEN.into_response()).await;
    for _ in 0..100 {
        assert_eq!(
            peer.rest
                .send(Request::read(thread(1)))
                .await
                .unwrap()
                .status,
            StatusCode::FORBIDDEN
        );
    }
    let guarded = peer.rest.send(Request::read(thread(2))).await.unwrap_err();
    assert!(matches!(guarded, RestError::Guarded { .. }), "{guarded}");
    assert_eq!(peer.lines().await.len(), 100);
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

#[tokio::test]
async fn callbacks_do_not_wait_for_each_other() {
    const ALL: usize = 50;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rest = client(listener.local_addr().unwrap());
    // Each is answered only when all have come.
    let all_there = Arc::new(Barrier::new(ALL));
    let app = Router::new().fallback(async move || {
        all_there.wait().await;
        StatusCode::NO_CONTENT
    });
    let _server = AbortOnDropHandle::new(TaskTracker::new().spawn(async move {
        axum::serve(listener, app).await.unwrap();
    }));
    let all = (0..ALL as u64).map(|i| {
        let path = Path::root("interactions").id(i).text("t").then("callback");
        let rest = rest.clone();
        async move { rest.send(Request::new(Method::POST, path)).await }
    });
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.unwrap().status, StatusCode::NO_CONTENT);
    }
}
