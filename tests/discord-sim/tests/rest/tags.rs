use discord_sim::world::{FLAG_REQUIRE_TAG, NewMessage, NewThread, permissions};
use serde_json::json;

use crate::house::{BOT, House, refusal};

fn require_tag(house: &House) {
    house
        .sim
        .act(|world| {
            world.channels.get_mut(&house.forum).unwrap().flags |= FLAG_REQUIRE_TAG;
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn tags_are_of_the_forum_and_at_most_five() {
    let house = House::open().await;
    let path = format!("/channels/{}/threads", house.forum);
    let post = |tags: &[u64]| {
        let tags: Vec<String> = tags.iter().map(u64::to_string).collect();
        json!({ "name": "Post", "message": { "content": "x" }, "applied_tags": tags })
    };
    assert_eq!(refusal(&house.post(&path, post(&[1])).await), (404, 10087));
    let many = house.post(&path, post(&[house.bug; 6])).await;
    assert_eq!(refusal(&many), (400, 50035));
    assert_eq!(house.post(&path, post(&[house.bug])).await.0, 201);
}

#[tokio::test]
async fn moderated_tags_are_for_moderators() {
    let house = House::open().await;
    let thread = house.question();
    let tagged = house
        .sim
        .act(|world| world.set_tags(house.asker, thread, vec![house.solved]));
    assert_eq!(tagged.unwrap_err().code, 50013);
    house.bot_may(BOT | permissions::MANAGE_THREADS);
    let body = json!({ "applied_tags": [house.solved.to_string()] });
    let (status, body) = house.patch(&format!("/channels/{thread}"), body).await;
    assert_eq!(
        (status, &body["applied_tags"]),
        (200, &json!([house.solved.to_string()]))
    );
}

#[tokio::test]
async fn a_forum_may_ask_for_a_tag() {
    let house = House::open().await;
    require_tag(&house);
    let ask = || {
        house.sim.act(|world| {
            let new = NewThread::named("Post");
            world.create_forum_post(house.asker, house.forum, new, NewMessage::text("x"))
        })
    };
    assert_eq!(ask().unwrap_err().code, 40067);
    house
        .sim
        .act(|world| {
            let forum = world.channels.get_mut(&house.forum).unwrap();
            forum
                .forum
                .as_mut()
                .unwrap()
                .tags
                .retain(|tag| tag.moderated);
            Ok(())
        })
        .unwrap();
    assert_eq!(ask().unwrap_err().code, 40066);
}

#[tokio::test]
async fn tags_sent_with_their_id_stay_the_same_and_those_left_out_go_from_the_posts() {
    let house = House::open().await;
    house.bot_may(BOT | permissions::MANAGE_CHANNELS | permissions::MANAGE_THREADS);
    let thread = house.question();
    house
        .sim
        .act(|world| world.set_tags(house.asker, thread, vec![house.bug]))
        .unwrap();
    let path = format!("/channels/{}", house.forum);
    let keep = json!({ "available_tags": [{ "id": house.bug.to_string(), "name": "defect" }, { "name": "new" }] });
    let (status, body) = house.patch(&path, keep).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["available_tags"][0]["id"], house.bug.to_string());
    let tags = |house: &House| {
        house.sim.read(|world| {
            world.channels[&thread]
                .thread
                .as_ref()
                .unwrap()
                .applied_tags
                .clone()
        })
    };
    assert_eq!(tags(&house), [house.bug]);
    // The same name without the id is another tag.
    house
        .patch(&path, json!({ "available_tags": [{ "name": "defect" }] }))
        .await;
    assert!(tags(&house).is_empty());
    let twice = json!({ "available_tags": [{ "name": "a" }, { "name": "a" }] });
    assert_eq!(refusal(&house.patch(&path, twice).await), (400, 40061));
    let many: Vec<_> = (0..21).map(|n| json!({ "name": n.to_string() })).collect();
    let many = house.patch(&path, json!({ "available_tags": many })).await;
    assert_eq!(refusal(&many), (400, 30048));
}
