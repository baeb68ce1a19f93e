//! What stops a start: each time one sentence that says what is wrong and what to do.

use std::time::Duration;

use discord_sim::faults::Fault;
use discord_sim::world::{ChannelKind, NewChannel, Overwrite, OverwriteOf, World, permissions};
use insta::assert_snapshot;
use sameday::gateway::rest::{Base, Rest, Settings};
use sameday::gateway::session::Entrance;
use serde_json::json;

use crate::stage::{Stage, Wishes, act};

/// An id that Discord never gave to anything.
const NOBODY: &str = "100000000000000099";

async fn set() -> Stage {
    Stage::set(Wishes::default()).await
}

/// What the bot says to this stage, with names instead of numbers.
async fn refusal(mut stage: Stage) -> String {
    let sentence = stage.bot_refuses().await;
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    assert!(stage.expects_errors().is_empty());
    assert_eq!(stage.sim.unread().len(), 0, "it said something on Discord");
    stage.with_names(&sentence)
}

#[tokio::test]
async fn a_guild_that_the_bot_is_not_in() {
    let stage = set().await;
    act(&stage.sim, |world| {
        world.remove_member(stage.guild, stage.bot.id())
    });
    assert_snapshot!(refusal(stage).await, @"The bot is not in guild GUILD: invite it with https://discord.com/oauth2/authorize?client_id=BOT&scope=bot+applications.commands&permissions=274878123008&guild_id=GUILD, or take the guild out of the settings.");
}

#[tokio::test]
async fn a_guild_that_does_not_exist() {
    let mut stage = set().await;
    let guild = stage.guild.to_string();
    stage.rewrites_settings(&guild, NOBODY);
    assert_snapshot!(refusal(stage).await, @"The bot is not in guild 100000000000000099: invite it with https://discord.com/oauth2/authorize?client_id=BOT&scope=bot+applications.commands&permissions=274878123008&guild_id=100000000000000099, or take the guild out of the settings.");
}

#[tokio::test]
async fn a_channel_that_does_not_exist() {
    let mut stage = set().await;
    let help = stage.help.to_string();
    stage.rewrites_settings(&help, NOBODY);
    assert_snapshot!(refusal(stage).await, @"Guild GUILD has no channel 100000000000000099, which `channels` names: copy the right id from the channel's menu.");

    let mut stage = set().await;
    let staff = stage.staff_channel.to_string();
    stage.rewrites_settings(&staff, NOBODY);
    assert_snapshot!(refusal(stage).await, @"Guild GUILD has no channel 100000000000000099, which `staff_channel` names: copy the right id from the channel's menu.");
}

#[tokio::test]
async fn a_channel_of_another_guild() {
    let mut stage = set().await;
    let elsewhere = act(&stage.sim, |world| {
        let guild = world.add_guild("Elsewhere", stage.ann.id());
        world.invite_bot(guild, stage.bot.id(), u64::MAX >> 12)?;
        world.add_channel(guild, NewChannel::text("elsewhere"))
    });
    let help = stage.help.to_string();
    stage.rewrites_settings(&help, &elsewhere.to_string());
    let said = refusal(stage)
        .await
        .replace(&elsewhere.to_string(), "ELSEWHERE");
    assert_snapshot!(said, @"Guild GUILD has no channel ELSEWHERE, which `channels` names: copy the right id from the channel's menu.");
}

#[tokio::test]
async fn a_channel_of_the_wrong_kind() {
    for kind in [ChannelKind::Voice, ChannelKind::Category] {
        let mut stage = set().await;
        let other = act(&stage.sim, |world| {
            world.add_channel(stage.guild, NewChannel::of_kind(kind, "other"))
        });
        let help = stage.help.to_string();
        stage.rewrites_settings(&help, &other.to_string());
        let said = refusal(stage).await.replace(&other.to_string(), "OTHER");
        assert_eq!(
            said,
            "Channel OTHER of guild GUILD, which `channels` names, is of another kind: name a forum or a text channel, whose threads can be tickets."
        );
    }
    let mut stage = set().await;
    let staff = stage.staff_channel.to_string();
    let forum = act(&stage.sim, |world| {
        world.add_channel(stage.guild, NewChannel::forum("other"))
    });
    stage.rewrites_settings(&staff, &forum.to_string());
    let said = refusal(stage).await.replace(&forum.to_string(), "OTHER");
    assert_snapshot!(said, @"Channel OTHER of guild GUILD, which `staff_channel` names, is of another kind: name a text channel, in which messages can be written.");
}

#[tokio::test]
async fn a_role_that_does_not_exist() {
    let mut stage = set().await;
    let role = stage.staff_role.to_string();
    stage.rewrites_settings(&role, NOBODY);
    assert_snapshot!(refusal(stage).await, @"Guild GUILD has no role 100000000000000099, which `staff_roles` names: copy the right id from the guild's role settings.");

    let mut stage = set().await;
    let role = stage.moderator_role.to_string();
    stage.rewrites_settings(&role, NOBODY);
    assert_snapshot!(refusal(stage).await, @"Guild GUILD has no role 100000000000000099, which `moderator_roles` names: copy the right id from the guild's role settings.");
}

#[tokio::test]
async fn every_permission_that_is_missing_is_named() {
    let watched = [
        (permissions::VIEW_CHANNEL, "View Channel"),
        (
            permissions::SEND_MESSAGES_IN_THREADS,
            "Send Messages in Threads",
        ),
        (permissions::READ_MESSAGE_HISTORY, "Read Message History"),
        (permissions::EMBED_LINKS, "Embed Links"),
    ];
    let told = [
        (permissions::VIEW_CHANNEL, "View Channel"),
        (permissions::SEND_MESSAGES, "Send Messages"),
        (permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    ];
    let cases = watched
        .map(|case| (true, case))
        .into_iter()
        .chain(told.map(|case| (false, case)));
    for (is_forum, (permission, name)) in cases {
        let stage = set().await;
        let channel = if is_forum {
            stage.forum
        } else {
            stage.staff_channel
        };
        denies(&stage, channel, permission);
        let said = refusal(stage).await;
        let place = if is_forum {
            "#help-forum (FORUM)"
        } else {
            "#staff (STAFF_CHANNEL)"
        };
        // What cannot be seen has no name for the bot, and nothing in it can be done.
        let hidden = permission == permissions::VIEW_CHANNEL;
        let expected = format!(
            "The bot lacks permissions in {place} of guild GUILD: give its role these in the \
             channel's settings: {name}."
        );
        if hidden {
            assert!(
                said.contains("lacks permissions") && said.contains(name),
                "{said}"
            );
        } else {
            assert_eq!(said, expected);
        }
    }
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
async fn a_role_that_cannot_be_pinged() {
    let stage = set().await;
    act(&stage.sim, |world| {
        world.edit_role(stage.guild, stage.staff_role, |role| {
            role.mentionable = false;
        })
    });
    assert_snapshot!(refusal(stage).await, @"The bot cannot ping role STAFF_ROLE in #staff (STAFF_CHANNEL) of guild GUILD: allow everybody to mention the role, or give the bot “Mention @everyone, @here and All Roles” in that channel.");
}

#[tokio::test]
async fn a_token_that_was_revoked() {
    let stage = set().await;
    act(&stage.sim, |world| {
        revoke(world);
        Ok(())
    });
    let mut stage = stage;
    assert_snapshot!(stage.bot_refuses().await, @"Discord refuses the bot's token: make a new one in the Developer Portal under Bot, set DISCORD_TOKEN and start again");
    assert_eq!(stage.expects_errors().len(), 1, "it is in the log once");
}

fn revoke(world: &mut World) {
    for application in world.applications.values_mut() {
        "another token".clone_into(&mut application.token);
    }
}

#[tokio::test]
async fn an_api_that_is_something_else() {
    let gateway = |url: &str| {
        json!({
            "url": url,
            "shards": 1,
            "session_start_limit": {
                "total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1,
            },
        })
    };
    let mut said = Vec::new();
    for (status, body) in [
        (200, json!("<html>Welcome!</html>")),
        (404, json!("<html>Not here</html>")),
        (200, json!({})),
        (200, gateway("")),
        (200, gateway("ws://example.org")),
    ] {
        let stage = set().await;
        let answer = Fault::Answer { status, body };
        stage.sim.faults().order("GET /gateway/bot", 9, answer);
        said.push(refusal(stage).await);
    }
    assert_snapshot!(said.join("\n"), @r#"
    API does not say where its gateway is (the answer is not what Discord sends there); check SAMEDAY_DISCORD_API and that this machine reaches it
    API does not say where its gateway is (Discord answered 404 Not Found, code 0: "<html>Not here</html>"); check SAMEDAY_DISCORD_API and that this machine reaches it
    API does not say where its gateway is (the answer is not what Discord sends there); check SAMEDAY_DISCORD_API and that this machine reaches it
    API gives "" as its gateway, which is no wss:// address (ws:// is taken from and to this machine only); check SAMEDAY_DISCORD_API
    API gives "ws://example.org" as its gateway, which is no wss:// address (ws:// is taken from and to this machine only); check SAMEDAY_DISCORD_API
    "#);
}

#[tokio::test]
async fn an_api_that_fails_when_asked_about_the_settings() {
    let stage = set().await;
    let answer = Fault::Answer {
        status: 404,
        body: json!({"code": 0, "message": "404: Not Found"}),
    };
    stage.sim.faults().order("GET /applications/@me", 9, answer);
    assert_snapshot!(refusal(stage).await, @"Discord does not say whether the settings fit (Discord answered 404 Not Found, code 0: 404: Not Found); start again");
}

#[tokio::test]
async fn an_api_that_does_not_answer() {
    // Nobody listens on this port any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let rest = Rest::new(Settings {
        base: Base::parse(&format!("http://{address}")).unwrap(),
        token: "a.secret".to_owned().into(),
        about: "https://sameday.example".to_owned(),
    })
    .unwrap();
    let refused = Entrance::find(rest, Duration::ZERO).await.unwrap_err();
    let said = format!("{:#}", anyhow::Error::from(refused));
    assert_snapshot!(said.replace(&address.to_string(), "ADDRESS"), @"http://ADDRESS does not say where its gateway is (the connection failed: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)); check SAMEDAY_DISCORD_API and that this machine reaches it");
}
