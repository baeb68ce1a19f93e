use discord_sim::world::{
    AllowedMentions, NewMessage, NewRole, Overwrite, OverwriteOf, permissions,
};
use serde_json::json;

use crate::house::{BOT, House, refusal};

/// Who was pinged so far, in order.
fn pinged(house: &House) -> Vec<u64> {
    house
        .sim
        .read(|world| world.pings.iter().map(|ping| ping.user).collect())
}

#[tokio::test]
async fn allowed_mentions_decide_who_is_pinged() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.text);
    let text = format!("<@{}> <@{}>", house.asker, house.staff);
    let silent = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    let (_, body) = house.post(&path, silent).await;
    assert_eq!(body["mentions"], json!([]));
    assert!(pinged(&house).is_empty());
    let one =
        json!({ "content": text, "allowed_mentions": { "users": [house.staff.to_string()] } });
    let (_, body) = house.post(&path, one).await;
    assert_eq!(body["mentions"][0]["id"], house.staff.to_string());
    assert_eq!(pinged(&house), [house.staff]);
    let both =
        json!({ "content": text, "allowed_mentions": { "parse": ["users"], "users": ["1"] } });
    assert_eq!(refusal(&house.post(&path, both).await), (400, 50035));
}

#[tokio::test]
async fn a_role_is_pinged_when_it_is_mentionable_or_the_author_may() {
    let house = House::open().await;
    house.bot_may(BOT);
    let text = format!("<@&{}>", house.staff_role);
    house.says(house.text, &text).await;
    assert!(pinged(&house).is_empty());
    house
        .sim
        .act(|world| {
            world.edit_role(house.guild, house.staff_role, |role| {
                role.mentionable = true;
            })
        })
        .unwrap();
    house.says(house.text, &text).await;
    assert_eq!(pinged(&house), [house.staff]);
    house
        .sim
        .act(|world| {
            world.edit_role(house.guild, house.staff_role, |role| {
                role.mentionable = false;
            })
        })
        .unwrap();
    house.bot_may(BOT | permissions::MENTION_EVERYONE);
    house.says(house.text, &text).await;
    assert_eq!(pinged(&house), [house.staff, house.staff]);
}

#[tokio::test]
async fn a_role_ping_reaches_only_those_who_see_the_channel_also_in_its_threads() {
    let house = House::open().await;
    let thread = house.question();
    let other = house
        .sim
        .act(|world| {
            world.edit_role(house.guild, house.staff_role, |role| {
                role.mentionable = true;
            })?;
            let outsiders = world.add_role(house.guild, NewRole::named("Outside"))?;
            let blind = world.add_user("Bea");
            world.add_member(house.guild, blind, &[house.staff_role, outsiders])?;
            world.set_overwrite(
                house.forum,
                Overwrite {
                    id: outsiders,
                    of: OverwriteOf::Role,
                    allow: 0,
                    deny: permissions::VIEW_CHANNEL,
                },
            )?;
            Ok(blind)
        })
        .unwrap();
    house
        .says(thread, &format!("<@&{}>", house.staff_role))
        .await;
    assert_eq!(pinged(&house), [house.staff]);
    house.sim.read(|world| {
        let members = &world.channels[&thread].thread.as_ref().unwrap().members;
        // Who is named joins the thread; who cannot see it does not.
        assert!(members.contains_key(&house.staff) && !members.contains_key(&other));
    });
}

#[tokio::test]
async fn everyone_needs_the_permission_and_the_consent() {
    let house = House::open().await;
    house.bot_may(BOT);
    house.says(house.text, "@everyone").await;
    assert!(pinged(&house).is_empty());
    let text = NewMessage::text("@here look");
    house
        .sim
        .act(|world| world.post_message(house.owner, house.text, text))
        .unwrap();
    assert_eq!(pinged(&house), [house.asker, house.staff, house.bot]);
    let silent = NewMessage {
        allowed_mentions: Some(AllowedMentions::users_only()),
        ..NewMessage::text("@everyone")
    };
    house
        .sim
        .act(|world| world.post_message(house.owner, house.text, silent))
        .unwrap();
    assert_eq!(pinged(&house).len(), 3);
}

#[tokio::test]
async fn an_answer_pings_its_author_unless_told_not_to() {
    let house = House::open().await;
    let question = house
        .sim
        .act(|world| world.post_message(house.asker, house.text, NewMessage::text("?")))
        .unwrap();
    let path = format!("/channels/{}/messages", house.text);
    let reference = json!({ "message_id": question.to_string() });
    let silent = json!({ "content": "!", "message_reference": reference, "allowed_mentions": { "parse": [] } });
    house.post(&path, silent).await;
    assert!(pinged(&house).is_empty());
    house
        .post(
            &path,
            json!({ "content": "!", "message_reference": reference }),
        )
        .await;
    assert_eq!(pinged(&house), [house.asker]);
}
