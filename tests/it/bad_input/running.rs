//! What is taken from the bot while it runs: said once, and it goes on with what it has.

use discord_sim::faults::Fault;
use discord_sim::world::{Overwrite, OverwriteOf, permissions};
use insta::assert_snapshot;
use serde_json::json;

use crate::stage::{Stage, act, within};

/// The one thing the moderators were told, with names instead of numbers.
async fn told(stage: &Stage) -> String {
    let news = stage.news(stage.moderator_channel).await;
    let [one] = news.as_slice() else {
        panic!("not one message: {news:#?}");
    };
    stage.with_names(&one.text())
}

fn denies(stage: &Stage, channel: u64, permission: u64) {
    let overwrite = Overwrite {
        id: stage.bot.id(),
        of: OverwriteOf::Member,
        allow: 0,
        deny: permission,
    };
    act(&stage.sim, |world| world.set_overwrite(channel, overwrite));
}

#[tokio::test]
async fn a_role_of_the_settings_is_deleted() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "?").unwrap();
    stage.card(post).await;
    act(&stage.sim, |world| {
        world.delete_role(stage.guild, stage.staff_role)
    });
    assert_snapshot!(told(&stage).await, @"
    **Something needs your hand.** The role STAFF_ROLE, which `staff_roles` names, was deleted: put another one in its place with `/settings set`.
    [Show queue]
    ");
    // The alert is written all the same, where people look.
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn the_channel_of_the_staff_is_deleted() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "?").unwrap();
    stage.card(post).await;
    act(&stage.sim, |world| {
        world.vanish_channel(stage.staff_channel)
    });
    assert_snapshot!(told(&stage).await, @"
    **Something needs your hand.** The channel STAFF_CHANNEL, which `staff_channel` names, was deleted: put another one in its place with `/channels staff`.
    [Show queue]
    ");
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.moderator_channel).await;
    assert!(news.is_empty(), "said again: {news:#?}");
    stage.card(post).await;
    // Late is late: the moderators hear of it in their own channel.
    stage.turns_to("2026-11-18T16:00:01Z").await;
    let late = told(&stage).await;
    assert!(late.contains("overdue"), "{late}");
    stage.card(post).await;
    let dead = stage.ends_with_dead_letters().await;
    assert_eq!(dead.len(), 2, "the two alerts for the staff: {dead:#?}");
}

#[tokio::test]
async fn the_channel_of_the_moderators_is_deleted() {
    let mut stage = Stage::opens().await;
    act(&stage.sim, |world| {
        world.vanish_channel(stage.moderator_channel)
    });
    stage.settles().await;
    // Nobody is left to be told but the log; the rest goes on.
    let post = stage.ann.asks(stage.forum, "It hangs", "?").unwrap();
    stage.card(post).await;
    stage.turns_to("2026-11-18T16:00:01Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.card(post).await;
    let dead = stage.ends_with_dead_letters().await;
    assert_eq!(dead.len(), 2, "the notice and the alert: {dead:#?}");
}

#[tokio::test]
async fn the_bot_may_no_longer_write_in_the_threads() {
    let mut stage = Stage::opens().await;
    denies(&stage, stage.forum, permissions::SEND_MESSAGES_IN_THREADS);
    for title in ["One", "Two", "Three"] {
        stage.ann.asks(stage.forum, title, "?").unwrap();
        stage.settles().await;
    }
    let said = told(&stage).await;
    assert!(said.contains("I may not write in"), "{said}");
    // The clocks run, and the team is warned.
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    let news = stage.news(stage.moderator_channel).await;
    assert!(news.is_empty(), "said again: {news:#?}");
    let dead = stage.ends_with_dead_letters().await;
    assert!(!dead.is_empty());
}

#[tokio::test]
async fn the_bot_may_no_longer_write_to_the_staff() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "?").unwrap();
    stage.card(post).await;
    denies(&stage, stage.staff_channel, permissions::SEND_MESSAGES);
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_snapshot!(told(&stage).await, @"
    **Something needs your hand.** I may not write in <#STAFF_CHANNEL>. Please give me View Channel, Send Messages, Send Messages in Threads and Read Message History there; until then people wait for what I had to say.
    [Show queue]
    ");
    stage.card(post).await;
    let dead = stage.ends_with_dead_letters().await;
    assert_eq!(dead.len(), 1, "{dead:#?}");
}

#[tokio::test]
async fn the_token_is_revoked_and_only_a_request_hears_of_it() {
    let mut stage = Stage::opens().await;
    let unauthorized = Fault::Answer {
        status: 401,
        body: json!({"message": "401: Unauthorized", "code": 0}),
    };
    let messages = "POST /channels/*/messages";
    stage.sim.faults().order(messages, 1, unauthorized);
    stage.ann.asks(stage.forum, "It hangs", "?").unwrap();
    let ended = within("it ends", stage.app_mut().ended()).await;
    assert!(
        ended
            .to_string()
            .starts_with("Discord refuses the bot's token")
    );
    assert_eq!(stage.expects_errors().len(), 1);
    stage.bot_stops().await;
}

#[tokio::test]
async fn the_token_is_revoked() {
    let mut stage = Stage::opens().await;
    stage.sim.gateway().close(4004);
    let ended = within("it ends", stage.app_mut().ended()).await;
    assert_snapshot!(ended, @"Discord refuses the bot's token: make a new one in the Developer Portal under Bot, set DISCORD_TOKEN and start again.");
    assert_eq!(stage.expects_errors(), Vec::<String>::new());
    stage.bot_stops().await;
}

#[tokio::test]
async fn a_part_of_the_bot_breaks_down() {
    let mut stage = Stage::opens().await;
    // As if it had panicked: its task is over, and nobody has stopped the bot.
    stage.app().ledger().stop().await;
    let ended = within("it ends", stage.app_mut().ended()).await;
    assert_snapshot!(ended, @"The part of sameday that keeps the records has broken down, and without it the rest only seems to work: start it again, and report what its log says before this.");
    stage.bot_stops().await;
}
