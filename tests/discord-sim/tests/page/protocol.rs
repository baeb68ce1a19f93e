//! What the server tells whom.

use std::time::Instant;

use chrono::TimeDelta;
use discord_sim::world::NewMessage;
use serde_json::{Value, json};
use tokio_websockets::Message;

use crate::app::App;
use crate::figures::figure;
use crate::house::House;
use crate::socket::{Tab, connect};

fn post(channel: u64, content: &str) -> Value {
    json!({"do": "post", "channel": channel.to_string(), "content": content, "reply_to": null})
}

#[tokio::test]
async fn what_one_writes_the_other_sees_at_once() {
    let house = House::build().await;
    let mut nora = Tab::of(&house, house.nora.id(), house.general).await;
    let mut sam = Tab::of(&house, house.sam.id(), house.general).await;
    let mut took = Vec::new();
    for number in 0..9 {
        let mention = format!("{number} <@{}>", house.sam.id());
        let started = Instant::now();
        let id = nora.ask(post(house.general, &mention)).await.unwrap();
        // When the answer comes, the message is on the writer's own screen.
        assert_eq!(nora.message(&mention).unwrap()["id"], id);
        let pings = sam
            .until("the message", |tab| {
                Some(tab.message(&mention)?["view"]["pings"].clone())
            })
            .await;
        took.push(started.elapsed());
        assert_eq!(pings, json!(true));
    }
    figure("from one's words to the other's page", took);
}

#[tokio::test]
async fn a_hidden_channel_stays_hidden() {
    let house = House::build().await;
    let mut nora = Tab::of(&house, house.nora.id(), house.staff_room).await;
    assert_eq!(nora.part("hidden"), &json!(true));
    house
        .ines
        .posts(house.staff_room, "the secret plan")
        .unwrap();
    // What comes after it is there, so it was not sent.
    house.ines.posts(house.general, "good evening").unwrap();
    let open = json!({"do": "open", "channel": house.general.to_string()});
    nora.ask(open).await.unwrap();
    assert!(nora.message("good evening").is_some());
    for words in ["secret plan", "\"staff\""] {
        assert!(!nora.heard.contains(words), "{words} was sent to Nora");
    }
    assert!(nora.row("rail", house.staff_room).is_none());
    let refused = nora.ask(post(house.staff_room, "me too")).await;
    assert_eq!(refused.unwrap_err(), "Missing Access");

    // Nor does the host explain it to her.
    let open = json!({"do": "open", "channel": house.staff_room.to_string()});
    nora.ask(open).await.unwrap();
    nora.ask(json!({"do": "panel", "on": true})).await.unwrap();
    assert_eq!(nora.part("panel"), &Value::Null);

    let mut ines = Tab::of(&house, house.ines.id(), house.staff_room).await;
    ines.ask(json!({"do": "panel", "on": true})).await.unwrap();
    assert_eq!(ines.part("panel")["sections"][0]["rows"][0]["tone"], "good");
    assert!(ines.message("the secret plan").is_some());
}

#[tokio::test]
async fn losing_a_role_empties_the_screen() {
    let house = House::build().await;
    house.ines.posts(house.staff_room, "only us").unwrap();
    let mut sam = Tab::of(&house, house.sam.id(), house.staff_room).await;
    assert!(sam.message("only us").is_some());
    house
        .sim
        .act(|world| world.set_roles(house.guild, house.sam.id(), &[]))
        .unwrap();
    sam.until("nothing", |tab| {
        (*tab.part("hidden") == json!(true)).then_some(())
    })
    .await;
    sam.until("an empty list", |tab| {
        tab.rows["messages"].is_empty().then_some(())
    })
    .await;
    assert!(sam.row("rail", house.staff_room).is_none());
}

#[tokio::test]
async fn unread_marks_and_badges_are_each_persons_own() {
    let house = House::build().await;
    let mut sam = Tab::of(&house, house.sam.id(), house.general).await;
    let mut ines = Tab::of(&house, house.ines.id(), house.general).await;
    let text = format!("<@&{}> meeting", house.staff_role);
    let message = house.nora.posts(house.general, text).unwrap();
    let badge = |tab: &Tab| {
        let row = tab.row("rail", house.general)?;
        (row["unread"] == json!(true)).then(|| row["pings"].clone())
    };
    assert_eq!(sam.until("a badge", badge).await, json!(1));
    assert_eq!(ines.until("a badge", badge).await, json!(1));
    let read =
        json!({"do": "read", "channel": house.general.to_string(), "message": message.to_string()});
    sam.ask(read).await.unwrap();
    assert_eq!(sam.row("rail", house.general).unwrap()["pings"], json!(0));
    assert_eq!(ines.row("rail", house.general).unwrap()["pings"], json!(1));
    let pings = |tab: &Tab, name: &str| {
        let people = tab.part("people").as_array().unwrap();
        let one = people.iter().find(|one| one["name"] == name).unwrap();
        one["pings"].as_u64().unwrap()
    };
    ines.until("whom it pinged", |tab| {
        let all = ["Ines", "Sam", "Nora"].map(|name| pings(tab, name));
        (all == [1, 0, 0]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_difference_is_sent_and_not_the_whole() {
    let house = House::build().await;
    for number in 0..60 {
        house
            .nora
            .posts(house.general, format!("message {number}"))
            .unwrap();
    }
    let mut sam = Tab::of(&house, house.sam.id(), house.general).await;
    assert_eq!(
        (sam.rows["messages"].len(), sam.part("older")),
        (50, &json!(true))
    );
    sam.ask(json!({"do": "older"})).await.unwrap();
    assert_eq!(
        (sam.rows["messages"].len(), sam.part("older")),
        (60, &json!(false))
    );
    sam.heard.clear();
    let last = house.nora.posts(house.general, "one more").unwrap();
    sam.until("the message", |tab| tab.message("one more").map(drop))
        .await;
    assert!(!sam.heard.contains("message 59"), "{}", sam.heard);
    house.nora.edits(house.general, last, "changed").unwrap();
    sam.until("the change", |tab| tab.message("changed").map(drop))
        .await;
    house.nora.deletes(house.general, last).unwrap();
    sam.until("it gone", |tab| {
        tab.row("messages", last).is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_application_is_run_clicked_and_filled_in() {
    let house = House::build().await;
    let _app = App::start(&house).await;
    let mut sam = Tab::of(&house, house.sam.id(), house.general).await;
    let mut nora = Tab::of(&house, house.nora.id(), house.general).await;
    let channel = house.general.to_string();
    let command = |tab: &Tab, name: &str| {
        let commands = tab.part("commands").as_array().unwrap();
        commands.iter().find(|one| one["name"] == name).unwrap()["id"].clone()
    };

    // Only for Sam's eyes.
    let run = json!({"do": "run", "channel": channel, "command": command(&sam, "remind"),
        "options": [["what", "tea page:3"], ["minutes", "5"], ["who", house.nora.id().to_string()]]});
    let id = sam.ask(run).await.unwrap();
    sam.until("a whisper", |tab| {
        let rows = tab.rows["messages"].values();
        let mut whispers = rows.filter(|row| row["view"]["whisper"] == json!(true));
        let text = whispers.next()?["content"].as_str()?.to_owned();
        assert!(text.contains("tea page:3"), "{text}");
        (tab.doing(&id)?["state"] == "done").then_some(())
    })
    .await;
    let missing = json!({"do": "run", "channel": channel, "command": command(&sam, "remind")});
    assert_eq!(sam.ask(missing).await.unwrap_err(), "what is required.");

    // Suggestions.
    let typing = json!({"do": "complete", "channel": channel, "command": command(&sam, "find"),
        "focused": "topic", "options": [["topic", "to"]]});
    let id = sam.ask(typing).await.unwrap();
    let choices = sam
        .until("suggestions", |tab| tab.doing(&id)?.get("choices").cloned())
        .await;
    assert_eq!(
        choices,
        json!([{"name": "About towing", "value": "towing"}])
    );

    // A card for all, with a form behind a button.
    let run = json!({"do": "run", "channel": channel, "command": command(&sam, "status")});
    sam.ask(run).await.unwrap();
    let card = |tab: &Tab| {
        let rows = tab.rows["messages"].values();
        let mut cards = rows.filter(|row| row["components"][0]["type"] == json!(17));
        Some(cards.next()?["id"].clone())
    };
    let message = sam.until("the card", card).await;
    assert_eq!(nora.until("the card", card).await, message);
    let click = json!({"do": "click", "channel": channel, "message": message, "custom_id": "note"});
    let id = sam.ask(click).await.unwrap();
    let window = sam
        .until("the form", |tab| tab.doing(&id)?.get("window").cloned())
        .await;
    assert_eq!(window["title"], "Write a note");
    let submit =
        |text: &str| json!({"do": "submit", "interaction": id, "fields": [["text", text]]});
    let refused = sam.ask(submit("a")).await.unwrap_err();
    assert!(refused.contains("3 to 500"), "{refused}");
    sam.ask(submit("It is the lock.")).await.unwrap();
    let note = format!("Note by <@{}>: It is the lock.", house.sam.id());
    nora.until("the note", |tab| tab.message(&note).map(drop))
        .await;
    assert!(
        !nora.heard.contains("tea page:3"),
        "Nora heard Sam's whisper"
    );
    assert_eq!(house.sim.findings(), []);
}

#[tokio::test]
async fn an_application_that_does_not_answer_failed_after_three_seconds() {
    let house = House::build().await;
    let _app = App::start(&house).await;
    let mut sam = Tab::of(&house, house.sam.id(), house.general).await;
    let commands = sam.part("commands").as_array().unwrap();
    let silent = commands.iter().find(|one| one["name"] == "silent").unwrap()["id"].clone();
    let run = json!({"do": "run", "channel": house.general.to_string(), "command": silent});
    let id = sam.ask(run).await.unwrap();
    assert_eq!(sam.doing(&id).unwrap()["state"], "waiting");
    house.advance(TimeDelta::seconds(4));
    let words = sam
        .until("a failure", |tab| tab.doing(&id)?.get("words").cloned())
        .await;
    assert_eq!(words, "The application did not respond");
}

#[tokio::test]
async fn the_clock_turns_forward_only_and_runs_by_itself() {
    let house = House::build().await;
    let mut tab = Tab::of(&house, house.nora.id(), house.general).await;
    let before = tab.part("clock")["now"].as_i64().unwrap();
    let turn = |to: &str| json!({"do": "turn", "to": to});
    tab.ask(turn("2026-11-24T08:00:00Z")).await.unwrap();
    let after = tab.part("clock")["now"].as_i64().unwrap();
    assert_eq!(after - before, 15 * 3600 + 20 * 60);
    let refused = tab.ask(turn("2026-11-23T08:00:00Z")).await.unwrap_err();
    assert_eq!(refused, "The clock only goes forward.");
    assert!(tab.ask(turn("2036-11-23T08:00:00Z")).await.is_err());
    assert!(
        tab.ask(json!({"do": "speed", "times": 100_000}))
            .await
            .is_err()
    );
    tab.ask(json!({"do": "speed", "times": 600})).await.unwrap();
    tab.until("the clock run", |tab| {
        let now = tab.part("clock")["now"].as_i64().unwrap();
        (now > after + 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn scenes_play_whole_or_step_by_step() {
    let house = House::build().await;
    let mut tab = Tab::of(&house, house.omar.id(), house.general).await;
    let progress = |tab: &Tab, scene: usize| tab.part("host")["scenes"][scene]["progress"].clone();
    let at_rest = |done: u64| {
        move |tab: &Tab| {
            let now = progress(tab, 0);
            (now["done"] == json!(done) && now["running"] == json!(false)).then_some(())
        }
    };
    tab.ask(json!({"do": "scene", "scene": 0, "step": true}))
        .await
        .unwrap();
    tab.until("one step", at_rest(1)).await;
    assert!(tab.message("second").is_none());
    tab.ask(json!({"do": "scene", "scene": 0, "step": true}))
        .await
        .unwrap();
    tab.until("two steps", at_rest(2)).await;
    tab.until("the words", |tab| tab.message("second").map(drop))
        .await;
    tab.ask(json!({"do": "scene", "scene": 1})).await.unwrap();
    let failed = tab
        .until("a failure", |tab| {
            progress(tab, 1)["failed"].as_str().map(str::to_owned)
        })
        .await;
    assert_eq!(failed, "It fails: the lights went out");
    assert!(tab.ask(json!({"do": "scene", "scene": 7})).await.is_err());
}

#[tokio::test]
async fn hostile_frames_are_answered_and_nothing_breaks() {
    let house = House::build().await;
    let mut tab = Tab::open(&house).await;
    for text in [
        "",
        "null",
        "[]",
        "{\"n\":1}",
        "{\"n\":-1,\"do\":\"older\"}",
        "{\"n\":1,\"do\":\"\\u0000\"}",
        "{\"n\":1,\"do\":\"post\",\"channel\":\"99999999999999999999999\",\"content\":\"x\",\"reply_to\":null}",
        &"[".repeat(20_000),
    ] {
        tab.send(Message::text(text.to_owned())).await;
        let answer = tab.answer(None).await;
        assert!(answer["error"].is_string(), "{text}: {answer}");
    }
    // Nobody was chosen yet.
    assert!(tab.ask(post(house.general, "x")).await.is_err());
    // A bot is not a person, and neither is nobody.
    for who in [house.application, 0, 5] {
        let be = json!({"do": "be", "person": who.to_string(), "channel": null});
        assert!(tab.ask(be).await.is_err());
    }
    let be = json!({"do": "be", "person": house.nora.id().to_string(), "channel": null});
    tab.ask(be).await.unwrap();
    let (here, gone) = (house.general.to_string(), "1");
    let long = "x".repeat(4001);
    for wish in [
        post(1, "x"),
        post(house.general, ""),
        post(house.general, &long),
        json!({"do": "edit", "channel": here, "message": gone, "content": "x"}),
        json!({"do": "delete", "channel": here, "message": gone}),
        json!({"do": "react", "channel": here, "message": gone, "emoji": "👍", "on": true}),
        json!({"do": "click", "channel": here, "message": gone, "custom_id": "claim"}),
        json!({"do": "submit", "interaction": gone, "fields": []}),
        json!({"do": "run", "channel": here, "command": gone}),
        json!({"do": "ask", "forum": here, "name": "x", "content": "x"}),
        json!({"do": "thread", "channel": here, "archived": true}),
        json!({"do": "direct", "person": gone}),
    ] {
        assert!(tab.ask(wish.clone()).await.is_err(), "{wish}");
    }
    tab.ask(post(house.general, "still here")).await.unwrap();
    // A frame far too long ends the connection and nothing else.
    tab.send(Message::text("x".repeat(70_000))).await;
    assert!(tab.hears_the_end().await);
    let again = Tab::of(&house, house.nora.id(), house.general).await;
    assert!(again.message("still here").is_some());
}

#[tokio::test]
async fn only_its_own_page_is_let_in() {
    let house = House::build().await;
    for origin in [
        "http://evil.example",
        "http://127.0.0.1:1",
        "null",
        "https://127.0.0.1",
    ] {
        assert!(connect(&house, origin).await.is_err(), "{origin}");
    }
    let client = reqwest::Client::new();
    let ask = async |host: &str, path: &str| {
        let url = format!("{}{path}", house.page.url());
        client.get(url).header("Host", host).send().await.unwrap()
    };
    let own = house.page.address().to_string();
    assert_eq!(ask("rebound.example", "").await.status(), 403);
    assert_eq!(ask("rebound.example:80", "app.js").await.status(), 403);
    let page = ask(&own, "").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(ask(&own, "../Cargo.toml").await.status(), 404);
    assert_eq!(ask(&own, "socket").await.status(), 400);
    let far = discord_sim::page::PageOptions {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..discord_sim::page::PageOptions::new()
    };
    assert!(discord_sim::page::open(&house.sim, far).await.is_err());
}

#[tokio::test]
async fn two_hundred_threads_are_quick() {
    let house = House::build().await;
    for thread in 0..200 {
        let id = house.post(
            &house.nora,
            &format!("Question {thread}"),
            &"Long words. ".repeat(40),
            &["Bug"],
        );
        for answer in 0..15 {
            let text = format!("answer {answer} {}", "and more ".repeat(20));
            house.omar.sends(id, NewMessage::text(text)).unwrap();
        }
    }
    let mut sam = Tab::of(&house, house.sam.id(), house.forum).await;
    assert_eq!(sam.rows["posts"].len(), 200);
    let mut took = Vec::new();
    for number in 0..9 {
        let started = Instant::now();
        let message = house.nora.posts(house.general, format!("quick {number}?"));
        let message = message.unwrap().to_string();
        sam.until("the mark", |tab| {
            let row = tab.row("rail", house.general)?;
            (row["last"] == json!(message)).then_some(())
        })
        .await;
        took.push(started.elapsed());
    }
    figure("the same beside 200 threads", took);
}
