use chrono::TimeDelta;
use discord_sim::world::{ChannelKind, NewMessage, NewThread, permissions};
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{BOT, House, id_of, refusal};

fn archived(house: &House, thread: u64) -> bool {
    house
        .sim
        .read(|world| world.channels[&thread].thread.as_ref().unwrap().archived)
}

#[tokio::test]
async fn a_quiet_thread_archives_itself_at_the_instant_it_was_due() {
    let house = House::open().await;
    let thread = house.question();
    let asked_at = house.sim.clock().now();
    house.advance(TimeDelta::hours(23));
    house.says(thread, "looking").await;
    house.advance(TimeDelta::hours(23));
    assert!(!archived(&house, thread));
    house.advance(TimeDelta::hours(5));
    assert!(archived(&house, thread));
    let (_, body) = house.get(&format!("/channels/{thread}")).await;
    let at = body["thread_metadata"]["archive_timestamp"]
        .as_str()
        .unwrap();
    let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
    assert_eq!(at - asked_at, TimeDelta::hours(47));
}

#[tokio::test]
async fn a_message_wakes_a_thread_and_the_update_comes_first() {
    let house = House::open().await;
    let thread = house.question();
    house.says(thread, "looking").await;
    house.advance(TimeDelta::days(2));
    assert!(archived(&house, thread));
    let events = house.events_of(|world| {
        world
            .post_message(house.asker, thread, NewMessage::text("still"))
            .unwrap();
    });
    let names: Vec<&str> = events.iter().map(|event| event.event).collect();
    assert_eq!(
        names,
        ["THREAD_UPDATE", "THREAD_MEMBER_UPDATE", "MESSAGE_CREATE"]
    );
    assert_eq!(events[0].data["thread_metadata"]["archived"], false);
    assert!(!archived(&house, thread));
}

#[tokio::test]
async fn a_locked_thread_is_only_for_moderators() {
    let house = House::open().await;
    house.bot_may(BOT | permissions::MANAGE_THREADS);
    let thread = house.question();
    let path = format!("/channels/{thread}");
    let (status, _) = house
        .patch(&path, json!({ "locked": true, "archived": true }))
        .await;
    assert_eq!(status, 200);
    let written = house
        .sim
        .act(|world| world.post_message(house.asker, thread, NewMessage::text("but")));
    assert_eq!(written.unwrap_err().code, 160_005);
    // Even a moderator must wake it first: a message does not.
    let written = house
        .post(&format!("{path}/messages"), json!({ "content": "x" }))
        .await;
    assert_eq!(refusal(&written), (400, 50083));
    let woken = house
        .sim
        .act(|world| world.set_archived(house.asker, thread, false));
    assert_eq!(woken.unwrap_err().code, 160_005);
    assert_eq!(
        house.patch(&path, json!({ "archived": false })).await.0,
        200
    );
    house.says(thread, "x").await;
}

#[tokio::test]
async fn an_archived_thread_is_changed_only_by_waking_it() {
    let house = House::open().await;
    house.bot_may(BOT | permissions::MANAGE_THREADS);
    let thread = house.question();
    let own = house.says(thread, "card").await;
    house.advance(TimeDelta::days(2));
    let path = format!("/channels/{thread}");
    let renamed = house.patch(&path, json!({ "name": "new" })).await;
    assert_eq!(refusal(&renamed), (400, 50083));
    let edited = house
        .patch(&format!("{path}/messages/{own}"), json!({ "content": "y" }))
        .await;
    assert_eq!(refusal(&edited), (400, 50083));
    let both = house
        .patch(&path, json!({ "name": "new", "archived": false }))
        .await;
    assert_eq!((both.0, &both.1["name"]), (200, &json!("new")));
}

#[tokio::test]
async fn owners_rename_and_archive_others_do_not() {
    let house = House::open().await;
    house.bot_may(BOT);
    let thread = house.question();
    let refused = house
        .patch(&format!("/channels/{thread}"), json!({ "archived": true }))
        .await;
    assert_eq!(refusal(&refused), (403, 50013));
    house
        .sim
        .act(|world| world.rename(house.asker, thread, "Better title"))
        .unwrap();
    house.sim.read(|world| {
        let (_, last) = world.messages[&thread].last_key_value().unwrap();
        assert_eq!((last.kind, last.content.as_str()), (4, "Better title"));
    });
    let locked = house
        .sim
        .act(|world| world.set_locked(house.asker, thread, true));
    assert_eq!(locked.unwrap_err().code, 50013);
}

#[tokio::test]
async fn a_post_and_its_first_message_share_the_id() {
    let house = House::open().await;
    let path = format!("/channels/{}/threads", house.forum);
    let body = json!({ "name": "Post", "message": { "content": "first" }, "applied_tags": [house.bug.to_string()] });
    let (status, body) = house.post(&path, body).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(
        (&body["id"], &body["message_count"]),
        (&body["message"]["id"], &json!(0))
    );
    assert_eq!(body["applied_tags"], json!([house.bug.to_string()]));
    let direct = house
        .post(
            &format!("/channels/{}/messages", house.forum),
            json!({ "content": "x" }),
        )
        .await;
    assert_eq!(refusal(&direct), (400, 40058));
    // A refused first message leaves no thread behind.
    let empty = house
        .post(
            &path,
            json!({ "name": "Post", "message": { "content": "" } }),
        )
        .await;
    assert_eq!(refusal(&empty), (400, 50006));
    let (_, active) = house
        .get(&format!("/guilds/{}/threads/active", house.guild))
        .await;
    assert_eq!(active["threads"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_gets_one_thread_that_opens_with_a_pointer_to_it() {
    let house = House::open().await;
    let message = house.says(house.text, "question").await;
    let path = format!("/channels/{}/messages/{message}/threads", house.text);
    let (status, body) = house.post(&path, json!({ "name": "Thread" })).await;
    assert_eq!((status, id_of(&body)), (201, message));
    let again = house.post(&path, json!({ "name": "Thread" })).await;
    assert_eq!(refusal(&again), (400, 160_004));
    let (_, listed) = house.get(&format!("/channels/{message}/messages")).await;
    assert_eq!(listed[0]["type"], 21);
    assert_eq!(listed[0]["referenced_message"]["content"], "question");
    let (_, origin) = house
        .get(&format!("/channels/{}/messages/{message}", house.text))
        .await;
    assert_eq!(origin["thread"]["id"], message.to_string());
    assert_eq!(origin["flags"], 32);
}

#[tokio::test]
async fn counts_follow_messages_but_for_the_first() {
    let house = House::open().await;
    let thread = house.question();
    let second = house.says(thread, "a").await;
    house.says(thread, "b").await;
    house
        .ask(
            Method::DELETE,
            &format!("/channels/{thread}/messages/{second}"),
            Value::Null,
        )
        .await;
    let (_, body) = house.get(&format!("/channels/{thread}")).await;
    assert_eq!(
        (&body["message_count"], &body["total_message_sent"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(body["member_count"], 2);
}

#[tokio::test]
async fn archived_threads_are_paged_by_the_time_they_were_archived() {
    let house = House::open().await;
    let mut threads = Vec::new();
    for _ in 0..5 {
        threads.push(house.question());
        house.advance(TimeDelta::minutes(10));
    }
    house.advance(TimeDelta::days(1));
    let path = format!("/channels/{}/threads/archived/public?limit=2", house.forum);
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let (status, page) = house.get(&format!("{path}{before}")).await;
        assert_eq!(status, 200, "{page}");
        let listed = page["threads"].as_array().unwrap();
        found.extend(listed.iter().map(id_of));
        if page["has_more"] == false {
            break;
        }
        let last = &listed.last().unwrap()["thread_metadata"]["archive_timestamp"];
        before = format!("&before={}", last.as_str().unwrap().replace("+00:00", "Z"));
    }
    threads.reverse();
    assert_eq!(found, threads);
}

#[tokio::test]
async fn a_private_thread_is_seen_by_its_members_and_moderators() {
    let house = House::open().await;
    let thread = house
        .sim
        .act(|world| {
            let new = NewThread::named("Private");
            world.create_thread(house.asker, house.text, ChannelKind::PrivateThread, new)
        })
        .unwrap();
    let path = format!("/channels/{thread}");
    assert_eq!(refusal(&house.get(&path).await), (403, 50001));
    let events = house.events_of(|world| {
        world
            .add_thread_member(house.asker, thread, house.bot)
            .unwrap();
    });
    let names: Vec<&str> = events.iter().map(|event| event.event).collect();
    assert_eq!(names, ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]);
    assert_eq!(house.get(&path).await.0, 200);
    let left = house
        .ask(
            Method::DELETE,
            &format!("{path}/thread-members/@me"),
            Value::Null,
        )
        .await;
    assert_eq!((left.0, house.get(&path).await.0), (204, 403));
    house.bot_may(BOT | permissions::MANAGE_THREADS);
    assert_eq!(house.get(&path).await.0, 200);
}

#[tokio::test]
async fn a_deleted_channel_takes_its_threads_along() {
    let house = House::open().await;
    let thread = house.question();
    let events = house.events_of(|world| world.vanish_channel(house.forum).unwrap());
    assert_eq!((events.len(), events[0].event), (1, "CHANNEL_DELETE"));
    assert_eq!(events[0].only_user, Some(house.bot));
    assert_eq!(
        refusal(&house.get(&format!("/channels/{thread}")).await),
        (404, 10003)
    );
}

#[tokio::test]
async fn a_replayed_post_has_the_instant_of_its_id() {
    let house = House::open().await;
    let at = "2026-11-20T16:30:00Z".parse().unwrap();
    let thread = house
        .sim
        .act(|world| {
            world.at(at, |world| {
                let message = NewMessage::text("old");
                world.create_forum_post(house.asker, house.forum, NewThread::named("Old"), message)
            })
        })
        .unwrap();
    house.sim.read(|world| {
        assert_eq!(discord_sim::world::instant_of(thread), at);
        assert_eq!(world.messages[&thread][&thread].at, at);
    });
    // It was quiet for three days by now.
    house.sim.tick();
    assert!(archived(&house, thread));
}
