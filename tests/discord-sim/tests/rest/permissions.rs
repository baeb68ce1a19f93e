use chrono::TimeDelta;
use discord_sim::world::{Overwrite, OverwriteOf, permissions};
use serde_json::json;

use crate::house::{BOT, House, refusal};

/// Sets what the overwrites of the text channel say of somebody.
fn overwrite(house: &House, id: u64, of: OverwriteOf, allow: u64, deny: u64) {
    let overwrite = Overwrite {
        id,
        of,
        allow,
        deny,
    };
    house
        .sim
        .act(|world| world.set_overwrite(house.text, overwrite))
        .unwrap();
}

fn asker_may_write(house: &House) -> bool {
    house.sim.read(|world| {
        world.can(
            house.asker,
            &world.channels[&house.text],
            permissions::SEND_MESSAGES,
        )
    })
}

#[tokio::test]
async fn a_members_own_overwrite_beats_its_roles_and_these_beat_everyone() {
    let house = House::open().await;
    let write = permissions::SEND_MESSAGES;
    assert!(asker_may_write(&house));
    overwrite(&house, house.guild, OverwriteOf::Role, 0, write);
    assert!(!asker_may_write(&house));
    house
        .sim
        .act(|world| world.set_roles(house.guild, house.asker, &[house.staff_role]))
        .unwrap();
    overwrite(&house, house.staff_role, OverwriteOf::Role, write, 0);
    assert!(asker_may_write(&house));
    overwrite(&house, house.asker, OverwriteOf::Member, 0, write);
    assert!(!asker_may_write(&house));
    // Nothing binds an administrator.
    let administrator =
        |role: &mut discord_sim::world::Role| role.permissions = permissions::ADMINISTRATOR;
    house
        .sim
        .act(|world| world.edit_role(house.guild, house.staff_role, administrator))
        .unwrap();
    assert!(asker_may_write(&house));
}

#[tokio::test]
async fn who_is_timed_out_reads_and_does_nothing_else_until_then() {
    let house = House::open().await;
    let until = house.sim.clock().now() + TimeDelta::hours(1);
    house
        .sim
        .act(|world| world.silence(house.guild, house.asker, Some(until)))
        .unwrap();
    assert!(!asker_may_write(&house));
    house.sim.read(|world| {
        assert!(world.can_see(house.asker, &world.channels[&house.text]));
    });
    house.advance(TimeDelta::hours(1));
    assert!(asker_may_write(&house));
}

#[tokio::test]
async fn a_channel_not_seen_is_50001_and_a_thing_not_allowed_50013() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    overwrite(
        &house,
        house.bot,
        OverwriteOf::Member,
        0,
        permissions::SEND_MESSAGES,
    );
    let answer = house.post(&path, json!({ "content": "x" })).await;
    assert_eq!(refusal(&answer), (403, 50013));
    overwrite(
        &house,
        house.bot,
        OverwriteOf::Member,
        0,
        permissions::VIEW_CHANNEL,
    );
    let answer = house.post(&path, json!({ "content": "x" })).await;
    assert_eq!(refusal(&answer), (403, 50001));
    assert_eq!(refusal(&house.get(&path).await), (403, 50001));
    assert_eq!(refusal(&house.get("/channels/1").await), (404, 10003));
}

#[tokio::test]
async fn a_thread_inherits_from_its_channel_and_needs_its_own_permission_to_write() {
    let house = House::open().await;
    let thread = house.question();
    let everyone = |denied: u64| {
        house
            .sim
            .act(|world| {
                world.edit_role(house.guild, house.guild, |role| role.permissions &= !denied)
            })
            .unwrap();
    };
    everyone(permissions::SEND_MESSAGES_IN_THREADS);
    house.bot_may(BOT & !permissions::SEND_MESSAGES_IN_THREADS);
    let path = format!("/channels/{thread}/messages");
    let refused = house.post(&path, json!({ "content": "x" })).await;
    assert_eq!(refusal(&refused), (403, 50013));
    everyone(permissions::SEND_MESSAGES);
    house.bot_may(BOT & !permissions::SEND_MESSAGES);
    assert_eq!(house.post(&path, json!({ "content": "x" })).await.0, 200);
}

#[tokio::test]
async fn a_wrong_token_is_401_and_counted() {
    let mut house = House::open().await;
    house.token = "wrong".into();
    let answer = house.get("/users/@me").await;
    assert_eq!(refusal(&answer), (401, 0));
    assert_eq!(house.sim.limiter().invalid_requests(), 1);
}

#[tokio::test]
async fn a_person_who_takes_no_direct_messages_is_50007() {
    let house = House::open().await;
    let channel = house
        .sim
        .act(|world| world.open_direct(house.bot, house.asker))
        .unwrap();
    house.says(channel, "hello").await;
    house
        .sim
        .act(|world| {
            world.refuses_direct.insert(house.asker);
            Ok(())
        })
        .unwrap();
    let path = format!("/channels/{channel}/messages");
    let answer = house.post(&path, json!({ "content": "hello?" })).await;
    assert_eq!(refusal(&answer), (403, 50007));
}

#[tokio::test]
async fn a_bot_that_gains_sight_of_a_channel_gets_its_active_threads() {
    let house = House::open().await;
    let thread = house.question();
    let see = |allow: u64, deny: u64| Overwrite {
        id: house.bot,
        of: OverwriteOf::Member,
        allow,
        deny,
    };
    let view = permissions::VIEW_CHANNEL;
    let lost = house.events_of(|world| world.set_overwrite(house.forum, see(0, view)).unwrap());
    assert!(lost.iter().all(|event| event.event != "THREAD_LIST_SYNC"));
    let gained = house.events_of(|world| world.set_overwrite(house.forum, see(view, 0)).unwrap());
    let sync = gained
        .iter()
        .find(|event| event.event == "THREAD_LIST_SYNC")
        .unwrap();
    assert_eq!(sync.only_user, Some(house.bot));
    assert_eq!(sync.data["channel_ids"], json!([house.forum.to_string()]));
    assert_eq!(sync.data["threads"][0]["id"], thread.to_string());
}
