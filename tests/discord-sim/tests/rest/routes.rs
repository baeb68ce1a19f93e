use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, id_of, refusal};

#[tokio::test]
async fn a_route_that_does_not_exist_is_a_finding() {
    let house = House::open().await;
    let answer = house.get("/guilds/1/auto-moderation/nothing").await;
    assert_eq!(refusal(&answer), (404, 0));
    assert_eq!(
        house.sim.unknown_routes(),
        ["GET /api/v10/guilds/1/auto-moderation/nothing"]
    );
    assert_eq!(house.sim.findings().len(), 1);
    let strange = house.ask(Method::DELETE, "/gateway", Value::Null).await;
    assert_eq!(strange.0, 405);
    assert_eq!(house.sim.unknown_routes().len(), 2);
}

#[tokio::test]
async fn an_id_that_is_no_number_is_a_wrong_form() {
    let house = House::open().await;
    assert_eq!(refusal(&house.get("/channels/abc").await), (400, 50035));
}

#[tokio::test]
async fn session_starts_fall_with_each_identify() {
    let house = House::open().await;
    assert!(house.sim.count_identify());
    house.advance(chrono::TimeDelta::hours(1));
    let (_, body) = house.get("/gateway/bot").await;
    let limit = &body["session_start_limit"];
    assert_eq!(
        (&limit["total"], &limit["remaining"]),
        (&json!(1000), &json!(999))
    );
    assert_eq!(limit["reset_after"], 23 * 3_600_000);
    house.advance(chrono::TimeDelta::hours(23));
    assert_eq!(house.sim.session_starts().remaining, 1000);
}

#[tokio::test]
async fn commands_that_stay_keep_their_id() {
    let house = House::open().await;
    let path = format!(
        "/applications/{}/guilds/{}/commands",
        house.bot, house.guild
    );
    let command = |name: &str| json!({ "name": name, "description": "d" });
    let put = async |body: Value| house.ask(Method::PUT, &path, body).await;
    let (status, first) = put(json!([command("claim"), command("old")])).await;
    assert_eq!(status, 200, "{first}");
    let (_, second) = put(json!([command("claim"), command("new")])).await;
    assert_eq!(first[0]["id"], second[0]["id"]);
    assert_ne!(first[0]["version"], second[0]["version"]);
    let (_, listed) = house.get(&path).await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let wrong = put(json!([command("claim"), command("Not Lower")])).await;
    assert_eq!(refusal(&wrong), (400, 50035));
    assert!(wrong.1["errors"]["1"]["name"].is_object());
    let other = house.get("/applications/1/commands").await;
    assert_eq!(refusal(&other), (403, 20012));
    let (status, _) = house.post(&path, command("claim")).await;
    assert_eq!(status, 200);
    let (status, body) = house.post(&path, command("fresh")).await;
    assert_eq!(status, 201);
    let one = format!("{path}/{}", id_of(&body));
    assert_eq!(house.ask(Method::DELETE, &one, Value::Null).await.0, 204);
    assert_eq!(refusal(&house.get(&one).await), (404, 10063));
}

#[tokio::test]
async fn members_are_found_listed_and_missed() {
    let house = House::open().await;
    let members = format!("/guilds/{}/members", house.guild);
    let (_, all) = house.get(&format!("{members}?limit=1000")).await;
    assert_eq!(all.as_array().unwrap().len(), 4);
    let (_, found) = house.get(&format!("{members}/search?query=STE")).await;
    assert_eq!(found[0]["user"]["id"], house.staff.to_string());
    house
        .sim
        .act(|world| world.remove_member(house.guild, house.staff))
        .unwrap();
    let gone = house.get(&format!("{members}/{}", house.staff)).await;
    assert_eq!(refusal(&gone), (404, 10007));
    assert_eq!(
        refusal(&house.get(&format!("{members}/1")).await),
        (404, 10013)
    );
    house
        .sim
        .act(|world| world.remove_member(house.guild, house.bot))
        .unwrap();
    let out = house.get(&format!("/guilds/{}", house.guild)).await;
    assert_eq!(refusal(&out), (403, 50001));
}

#[tokio::test]
async fn reactions_are_counted_by_user() {
    let house = House::open().await;
    let message = house.says(house.text, "x").await;
    house
        .sim
        .act(|world| world.add_reaction(house.asker, house.text, message, "👍", None))
        .unwrap();
    let path = format!("/channels/{}/messages/{message}", house.text);
    let own = format!("{path}/reactions/%F0%9F%91%8D/@me");
    assert_eq!(house.ask(Method::PUT, &own, Value::Null).await.0, 204);
    let (_, body) = house.get(&path).await;
    assert_eq!(
        (&body["reactions"][0]["count"], &body["reactions"][0]["me"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(house.ask(Method::DELETE, &own, Value::Null).await.0, 204);
    let (_, body) = house.get(&path).await;
    assert_eq!(
        (&body["reactions"][0]["count"], &body["reactions"][0]["me"]),
        (&json!(1), &json!(false))
    );
}
