//! Who may send, and when: paces, 429s and refusals.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

use super::*;

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
    let start = Instant::now();
    peer.rest.send(callback(1)).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(1_500));
    // With time enough it is waited for.
    peer.rest.send(patch(1)).await.unwrap();
    let seen = peer.seen.lock().await;
    assert!(seen[2].at - seen[0].at >= Duration::from_millis(1_990));
}

#[tokio::test]
async fn a_global_429_stops_those_who_queue_as_well() {
    let peer = Peer::holding(
        |number, path| number == 0 || path.contains("channels"),
        |number, _, _| match number {
            0 => limited(r#"{"message":"x","retry_after":2.0,"global":true}"#, &[]),
            _ => "{}".into_response(),
        },
    )
    .await;
    let all = (0..130).map(|id| peer.rest.send(patch(id)));
    let meanwhile = async {
        // So many leave at once: all of them before the first is answered.
        peer.until_asked(50).await;
        let answered = (peer.lines().await.len(), Instant::now());
        peer.release();
        let slow = Path::root("webhooks").id(1).text("t");
        peer.rest.send(callback(1)).await.unwrap();
        peer.rest
            .send(Request::new(Method::POST, slow))
            .await
            .unwrap();
        (answered, Instant::now())
    };
    let (all, ((before, at), served)) =
        tokio::join!(futures_util::future::join_all(all), meanwhile);
    assert!(all.iter().all(Result::is_ok));
    assert!(served - at < Duration::from_secs(2), "{:?}", served - at);
    let seen = peer.seen.lock().await;
    let ours = seen[before..]
        .iter()
        .filter(|seen| seen.line.contains("channels"));
    let waited: Vec<_> = ours.map(|seen| seen.at - at).collect();
    assert_eq!(waited.len(), 131 - before);
    let first = waited.iter().min().unwrap();
    assert!(*first >= Duration::from_millis(1_990), "{first:?}");
}

#[tokio::test]
async fn a_429_of_the_shield_before_discord_stops_everything() {
    let peer = Peer::new(|number, _, _| match number {
        0 => limited("<html>error code: 1015</html>", &[("retry-after", "2")]),
        _ => "{}".into_response(),
    })
    .await;
    let refused = peer.rest.send(patch(1).deadline(soon(1_000))).await;
    assert!(matches!(refused, Err(RestError::RateLimited { .. })));
    let follow_up = Path::root("webhooks").id(1).text("t");
    for request in [callback(1), Request::new(Method::POST, follow_up), patch(2)] {
        let stopped = peer.rest.send(request.deadline(soon(1_000))).await;
        assert!(
            matches!(stopped, Err(RestError::RateLimited { .. })),
            "{stopped:?}"
        );
    }
    assert_eq!(peer.lines().await.len(), 1);
    peer.rest.send(callback(2)).await.unwrap();
    let seen = peer.seen.lock().await;
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(1_990));
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
async fn a_bot_that_is_always_refused_falls_silent() {
    let peer = Peer::new(|_, _, _| StatusCode::FORBIDDEN.into_response()).await;
    for _ in 0..100 {
        assert_eq!(
            peer.status(Request::read(thread(1))).await,
            StatusCode::FORBIDDEN
        );
    }
    let guarded = peer.rest.send(Request::read(thread(2))).await.unwrap_err();
    assert!(matches!(guarded, RestError::Guarded { .. }), "{guarded}");
    assert_eq!(peer.lines().await.len(), 100);
}

#[tokio::test]
async fn what_is_under_way_counts_as_refused_until_it_is_answered() {
    let peer = Peer::holding(|_, _| true, |_, _, _| StatusCode::FORBIDDEN.into_response()).await;
    let all = (0..250).map(|id| {
        let request = if id % 5 < 3 { callback(id) } else { patch(id) };
        peer.rest.send(request)
    });
    let release = async {
        peer.until_asked(100).await;
        peer.release();
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(all), release);
    let refused = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((refused, peer.lines().await.len()), (100, 100));
    for answer in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(answer, RestError::Guarded { .. }), "{answer}");
    }
}

#[tokio::test]
async fn who_finds_no_place_beside_refusals_waits_for_one() {
    let peer = Peer::holding(
        |number, _| number >= 60,
        |number, _, _| match number {
            0..60 => StatusCode::FORBIDDEN.into_response(),
            _ => "{}".into_response(),
        },
    )
    .await;
    for id in 0..60 {
        peer.rest.send(patch(id)).await.unwrap();
    }
    let all = (0..50).map(|id| peer.rest.send(patch(id)));
    let late = async {
        // Half of the forty that are left is for interactions.
        peer.until_asked(80).await;
        let late = peer.rest.send(patch(1_000).deadline(soon(100))).await;
        let asked = peer.lines().await.len();
        peer.release();
        (late, asked)
    };
    let (answers, (late, asked)) = tokio::join!(futures_util::future::join_all(all), late);
    assert!(
        matches!(late, Err(RestError::RateLimited { .. })),
        "{late:?}"
    );
    assert_eq!(asked, 80);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(peer.lines().await.len(), 110);
}

#[tokio::test]
async fn an_interaction_finds_a_place_while_discord_is_slow() {
    let ours = |path: &str| path.contains("channels");
    let peer = Peer::holding(move |_, path| ours(path), |_, _, _| "{}".into_response()).await;
    let all = (0..60).map(|id| peer.rest.send(patch(id)));
    let answers = async {
        peer.until_asked(50).await;
        let answers = (0..80).map(|id| peer.rest.send(callback(id)));
        let answers = futures_util::future::join_all(answers).await;
        peer.release();
        answers
    };
    let (all, answers) = tokio::join!(futures_util::future::join_all(all), answers);
    assert!(all.iter().chain(&answers).all(Result::is_ok));
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
        let rest = rest.clone();
        async move { rest.send(callback(i)).await }
    });
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.unwrap().status, StatusCode::NO_CONTENT);
    }
}
