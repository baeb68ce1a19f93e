use chrono::TimeDelta;
use discord_sim::world::{NewMessage, intents};
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, id_of, refusal};

#[tokio::test]
async fn the_same_nonce_answers_with_the_first_message_for_five_minutes() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    let body = json!({ "content": "once", "nonce": "alert-1", "enforce_nonce": true });
    let (_, first) = house.post(&path, body.clone()).await;
    house.advance(TimeDelta::minutes(4));
    let (status, again) = house.post(&path, body.clone()).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    assert_eq!(again["nonce"], "alert-1");
    house.advance(TimeDelta::minutes(2));
    let (_, later) = house.post(&path, body).await;
    assert_ne!(later["id"], first["id"]);
    assert_eq!(house.sim.read(|world| world.messages[&house.text].len()), 2);
}

#[tokio::test]
async fn a_nonce_without_enforcement_is_only_a_name() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    let body = json!({ "content": "twice", "nonce": 7 });
    let (_, first) = house.post(&path, body.clone()).await;
    let (_, second) = house.post(&path, body).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["nonce"], 7);
}

#[tokio::test]
async fn text_is_counted_in_code_points_and_must_not_be_blank() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    let fits = house
        .post(&path, json!({ "content": "🙂".repeat(2000) }))
        .await;
    assert_eq!(fits.0, 200);
    let long = house
        .post(&path, json!({ "content": "ä".repeat(2001) }))
        .await;
    assert_eq!(refusal(&long), (400, 50035));
    assert_eq!(
        long.1["errors"]["content"]["_errors"][0]["code"],
        "BASE_TYPE_BAD_LENGTH"
    );
    let blank = house.post(&path, json!({ "content": " \n" })).await;
    assert_eq!(refusal(&blank), (400, 50006));
}

#[tokio::test]
async fn messages_are_listed_newest_first_and_paged() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(house.says(house.text, &number.to_string()).await);
    }
    let page = async |query: String| {
        let path = format!("/channels/{}/messages?{query}", house.text);
        let (status, body) = house.get(&path).await;
        assert_eq!(status, 200, "{body}");
        body.as_array()
            .unwrap()
            .iter()
            .map(id_of)
            .collect::<Vec<u64>>()
    };
    assert_eq!(page("limit=2".into()).await, [ids[6], ids[5]]);
    assert_eq!(
        page(format!("limit=2&before={}", ids[5])).await,
        [ids[4], ids[3]]
    );
    // The page after an id is the one next to it, and still newest first.
    assert_eq!(
        page(format!("limit=2&after={}", ids[1])).await,
        [ids[3], ids[2]]
    );
    assert_eq!(
        page(format!("limit=3&around={}", ids[3])).await,
        [ids[4], ids[3], ids[2]]
    );
    let too_many = house
        .get(&format!("/channels/{}/messages?limit=101", house.text))
        .await;
    assert_eq!(refusal(&too_many), (400, 50035));
}

#[tokio::test]
async fn only_the_author_edits_and_only_moderators_delete_what_others_wrote() {
    let house = House::open().await;
    let theirs = house
        .sim
        .act(|world| world.post_message(house.asker, house.text, NewMessage::text("mine")))
        .unwrap();
    let path = format!("/channels/{}/messages/{theirs}", house.text);
    let edited = house.patch(&path, json!({ "content": "ours" })).await;
    assert_eq!(refusal(&edited), (403, 50005));
    let deleted = house.ask(Method::DELETE, &path, Value::Null).await;
    assert_eq!(refusal(&deleted), (403, 50013));
    let own = house.says(house.text, "a").await;
    let path = format!("/channels/{}/messages/{own}", house.text);
    let (status, body) = house.patch(&path, json!({ "content": "b" })).await;
    assert_eq!((status, &body["content"]), (200, &json!("b")));
    assert!(body["edited_timestamp"].is_string());
    assert_eq!(house.ask(Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(refusal(&house.get(&path).await), (404, 10008));
}

#[tokio::test]
async fn without_the_content_intent_text_is_empty_but_for_own_mentions_and_direct_ones() {
    let house = House::open().await;
    let (plain, naming) = house
        .sim
        .act(|world| {
            world
                .applications
                .get_mut(&house.bot)
                .unwrap()
                .privileged_intents &= !intents::MESSAGE_CONTENT;
            let plain = world.post_message(house.asker, house.text, NewMessage::text("secret"))?;
            let text = format!("<@{}> please", house.bot);
            let naming = world.post_message(house.asker, house.text, NewMessage::text(text))?;
            let direct = world.open_direct(house.bot, house.asker)?;
            world.post_message(house.asker, direct, NewMessage::text("psst"))?;
            Ok((plain, naming))
        })
        .unwrap();
    let own = house.says(house.text, "mine").await;
    let content = async |id: u64| {
        let (_, body) = house
            .get(&format!("/channels/{}/messages/{id}", house.text))
            .await;
        body["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(content(plain).await, "");
    assert!(content(naming).await.ends_with("please"));
    assert_eq!(content(own).await, "mine");
    let recipient = json!({ "recipient_id": house.asker.to_string() });
    let (_, direct) = house.post("/users/@me/channels", recipient).await;
    let (_, body) = house
        .get(&format!("/channels/{}/messages", id_of(&direct)))
        .await;
    assert_eq!(body[0]["content"], "psst");
}

#[tokio::test]
async fn files_come_as_a_multipart_form() {
    let house = House::open().await;
    house.bot_may(crate::house::BOT | discord_sim::world::permissions::ATTACH_FILES);
    let payload =
        json!({ "content": "log", "attachments": [{ "id": 0, "description": "the log" }] });
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\
         Content-Type: application/json\r\n\r\n{payload}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.log\"\r\n\
         Content-Type: text/plain\r\n\r\nline\r\n--b--\r\n"
    );
    let answer = house
        .request(
            Method::POST,
            &format!("/channels/{}/messages", house.text),
            &Value::Null,
        )
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let message: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["filename"], &file["size"], &file["description"]),
        (&json!("a.log"), &json!(4), &json!("the log"))
    );
    // Its address leads to it, without a token.
    let url = file["url"].as_str().unwrap();
    let kept = reqwest::get(url).await.unwrap();
    assert_eq!(kept.text().await.unwrap(), "line");
    for other in [
        url.replace("a.log", "b.log"),
        url.replace("hm=", "hm=0"),
        url.split('?').next().unwrap().to_owned(),
    ] {
        let answer = reqwest::get(other).await.unwrap();
        assert_eq!(answer.status().as_u16(), 404);
    }
    // A day later it does not, and the message has a fresh one.
    house.advance(TimeDelta::days(1));
    assert_eq!(reqwest::get(url).await.unwrap().status().as_u16(), 404);
    let id = message["id"].as_str().unwrap();
    let path = format!("/channels/{}/messages/{id}", house.text);
    let again = house.get(&path).await.1;
    let fresh = again["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(reqwest::get(fresh).await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn many_messages_go_at_once_but_not_old_ones() {
    let house = House::open().await;
    house.bot_may(crate::house::BOT | discord_sim::world::permissions::MANAGE_MESSAGES);
    let old = house.says(house.text, "old").await;
    house.advance(TimeDelta::days(15));
    let mut ids = vec![
        house.says(house.text, "a").await,
        house.says(house.text, "b").await,
    ];
    let path = format!("/channels/{}/messages/bulk-delete", house.text);
    let strings =
        |ids: &[u64]| json!({ "messages": ids.iter().map(u64::to_string).collect::<Vec<_>>() });
    assert_eq!(house.post(&path, strings(&ids)).await.0, 204);
    ids.push(old);
    assert_eq!(
        refusal(&house.post(&path, strings(&ids)).await),
        (400, 50034)
    );
    assert_eq!(
        refusal(&house.post(&path, strings(&ids[..1])).await),
        (400, 50016)
    );
    assert_eq!(house.sim.read(|world| world.messages[&house.text].len()), 1);
}

#[tokio::test]
async fn an_answer_to_nothing_is_refused_or_becomes_a_plain_message() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    let missing = json!({ "content": "x", "message_reference": { "message_id": "1" } });
    assert_eq!(refusal(&house.post(&path, missing).await), (400, 50035));
    let lenient = json!({ "content": "x", "message_reference": { "message_id": "1", "fail_if_not_exists": false } });
    let (status, body) = house.post(&path, lenient).await;
    assert_eq!((status, &body["type"]), (200, &json!(0)));
    let first = house.says(house.text, "first").await;
    let answer =
        json!({ "content": "x", "message_reference": { "message_id": first.to_string() } });
    let (_, body) = house.post(&path, answer).await;
    assert_eq!(
        (&body["type"], &body["referenced_message"]["content"]),
        (&json!(19), &json!("first"))
    );
}
