use std::time::Duration;

use discord_sim::rest::{Limits, Rule};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::house::House;

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn send(house: &House, channel: u64) -> Response {
    let path = format!("/channels/{channel}/messages");
    house
        .request(Method::POST, &path, &json!({ "content": "x" }))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn each_channel_has_its_own_count_and_every_answer_tells_it() {
    let house = House::with_limits(Limits::default()).await;
    let thread = house.question();
    for left in (0..5).rev() {
        let answer = send(&house, house.text).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "x-ratelimit-limit"), "5");
        assert_eq!(header(&answer, "x-ratelimit-remaining"), left.to_string());
    }
    let refused = send(&house, house.text).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-ratelimit-scope"), "user");
    let bucket = header(&refused, "x-ratelimit-bucket").to_owned();
    assert_eq!(header(&refused, "retry-after"), "5");
    let body: Value = refused.json().await.unwrap();
    assert_eq!((&body["global"], &body["code"]), (&json!(false), &json!(0)));
    assert!((0.0..=5.0).contains(&body["retry_after"].as_f64().unwrap()));
    let other = send(&house, thread).await;
    assert_eq!(
        (
            other.status().as_u16(),
            header(&other, "x-ratelimit-bucket")
        ),
        (200, &*bucket)
    );
    assert_eq!(house.sim.limiter().invalid_requests(), 1);
}

#[tokio::test]
async fn a_window_that_passed_lets_requests_through_again() {
    let limits = Limits {
        other: Some(Rule::new(1, Duration::from_mins(1))),
        ..Limits::none()
    };
    let house = House::with_limits(limits).await;
    assert_eq!(house.get("/users/@me").await.0, 200);
    let (status, body) = house.get("/users/@me").await;
    assert_eq!(status, 429);
    // As long as a client is told to wait.
    let wait = Duration::from_secs_f64(body["retry_after"].as_f64().unwrap());
    house.sim.limiter().passes(wait);
    assert_eq!(house.get("/users/@me").await.0, 200);
}

#[tokio::test]
async fn the_global_limit_holds_over_all_routes() {
    let limits = Limits {
        global: Some(Rule::new(2, Duration::from_mins(1))),
        ..Limits::none()
    };
    let house = House::with_limits(limits).await;
    assert_eq!(house.get("/users/@me").await.0, 200);
    assert_eq!(house.get("/gateway/bot").await.0, 200);
    let refused = house
        .request(Method::GET, "/users/@me", &Value::Null)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-ratelimit-global"), "true");
    assert_eq!(header(&refused, "x-ratelimit-scope"), "global");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["global"], true);
}

#[tokio::test]
async fn a_thread_is_renamed_twice_in_ten_minutes_and_archived_as_often_as_one_likes() {
    let house = House::with_limits(Limits::default()).await;
    house.bot_may(crate::house::BOT | discord_sim::world::permissions::MANAGE_THREADS);
    let path = format!("/channels/{}", house.question());
    for name in ["one", "two"] {
        assert_eq!(house.patch(&path, json!({ "name": name })).await.0, 200);
    }
    let (status, body) = house.patch(&path, json!({ "name": "three" })).await;
    assert_eq!(status, 429);
    assert!(body["retry_after"].as_f64().unwrap() > 590.0);
    assert_eq!(house.patch(&path, json!({ "archived": true })).await.0, 200);
}
