//! Frames that Discord would never send: the bot reads what it can, skips the rest, and lives on.

use std::time::Duration;

use discord_sim::faults::Fault;
use fastrand::Rng;
use serde_json::{Value, json};

use super::interactions::interactions;
use crate::lengths::{chance, how_many};
use crate::stage::Stage;

/// Longer than the pauses between attempts to connect grow in a few of them.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is put into a frame where something else was.
const ODD: [&str; 12] = [
    "null",
    "true",
    "-1",
    "0",
    "1e300",
    "18446744073709551616",
    "\"\"",
    "\"0\"",
    "\"\\u0000\"",
    "\"18446744073709551615\"",
    "[]",
    "{\"id\":\"1\"}",
];

/// Who holds it may change the settings.
const MANAGE_GUILD: &str = "32";

/// Dispatches about a thread, as they should be; none that would take the channels away.
fn dispatches(stage: &Stage, thread: u64) -> Vec<(&'static str, Value)> {
    let id = |id: u64| id.to_string();
    let user = |id: u64| {
        json!({"id": id.to_string(), "username": "u", "discriminator": "0", "global_name": null,
            "avatar": null})
    };
    let member = json!({"user": user(stage.eva.id()), "roles": [id(stage.staff_role)],
        "permissions": MANAGE_GUILD, "joined_at": null, "deaf": false, "mute": false, "flags": 0});
    let message = json!({"id": id(thread + 1), "channel_id": id(thread), "guild_id": id(stage.guild),
        "type": 0, "content": "\u{202e}@everyone", "author": user(stage.ann.id()),
        "member": {"roles": []}, "channel_type": 11, "timestamp": "2026-11-18T09:00:00Z",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [],
        "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "components": [],
        "flags": 0});
    let post = json!({"id": id(thread), "guild_id": id(stage.guild), "parent_id": id(stage.forum),
        "type": 11, "name": "Another title", "applied_tags": [],
        "thread_metadata": {"archived": false, "locked": false}});
    let interaction = |kind: u8, data: Value| {
        json!({"id": id(thread + 2), "application_id": id(stage.bot.id()), "token": "t",
            "version": 1, "locale": "en-US", "entitlements": [], "app_permissions": "0",
            "authorizing_integration_owners": {}, "attachment_size_limit": 0, "type": kind,
            "data": data, "channel_id": id(thread), "guild_id": id(stage.guild),
            "member": member, "message": message})
    };
    let mut all = vec![
        ("MESSAGE_CREATE", message.clone()),
        (
            "MESSAGE_DELETE",
            json!({"id": id(thread + 1), "channel_id": id(thread), "guild_id": id(stage.guild)}),
        ),
        (
            "MESSAGE_DELETE_BULK",
            json!({"ids": [id(thread + 1)], "channel_id": id(thread), "guild_id": id(stage.guild)}),
        ),
        ("THREAD_UPDATE", post.clone()),
        ("THREAD_CREATE", post),
        (
            "CHANNEL_UPDATE",
            json!({"id": id(stage.lounge), "guild_id": id(stage.guild), "type": 0, "name": "x"}),
        ),
        ("PRESENCE_UPDATE", json!({"user": {"id": "1"}})),
    ];
    let interactions = interactions(stage).into_iter();
    let interactions = interactions.map(|(kind, data)| interaction(kind, data));
    all.extend(interactions.map(|data| ("INTERACTION_CREATE", data)));
    all
}

/// One of them: as likely an interaction as anything else. No interaction is heard twice, so each has an
/// id of its own.
fn any_of(
    dispatches: &[(&'static str, Value)],
    fodder: u64,
    random: &mut Rng,
) -> (&'static str, Value) {
    let is_interaction = random.bool();
    let (name, mut payload) = loop {
        let one = &dispatches[random.usize(..dispatches.len())];
        if (one.0 == "INTERACTION_CREATE") == is_interaction {
            break one.clone();
        }
    };
    if is_interaction {
        payload["id"] = json!((fodder + random.u64(2..1 << 22)).to_string());
    }
    (name, payload)
}

/// Puts something odd anywhere into a value.
fn bend(value: &mut Value, random: &mut Rng) {
    let inner: Vec<&mut Value> = match value {
        Value::Object(map) => map.values_mut().collect(),
        Value::Array(list) => list.iter_mut().collect(),
        _ => Vec::new(),
    };
    if !inner.is_empty() && random.u8(..8) > 0 {
        let at = random.usize(..inner.len());
        return bend(inner.into_iter().nth(at).unwrap(), random);
    }
    let odd = ODD[random.usize(..ODD.len())];
    *value = serde_json::from_str(odd).unwrap_or(Value::Null);
}

/// The simulated Discord takes answers to interactions that it knows nothing of, so that the bot goes on
/// to do what was asked.
fn takes_every_answer(stage: &Stage) {
    for answers in ["* /interactions/**", "* /webhooks/**"] {
        let taken = Fault::Answer {
            status: 200,
            body: json!({}),
        };
        stage.sim.faults().sometimes(answers, 1.0, taken);
    }
}

/// How many answers came since this was last asked that follow on work.
fn answers(stage: &Stage) -> usize {
    let asked = stage.sim.take_requests().into_iter();
    asked
        .filter(|asked| asked.what.starts_with("PATCH /webhooks/"))
        .count()
}

/// Changes the text of a frame somewhere.
fn tear(text: &str, random: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.usize(..chars.len());
    match random.u8(..3) {
        0 => chars.truncate(at),
        1 => chars[at] = random.char(..),
        _ => drop(chars.drain(at..(at + 9).min(text.chars().count()))),
    }
    chars.into_iter().collect()
}

#[tokio::test]
async fn the_bot_lives_on_whatever_the_gateway_says() {
    let mut random = chance();
    let stage = Stage::opens().await;
    let fodder = stage.ann.asks(stage.forum, "Fodder", "?").unwrap();
    stage.settles().await;
    takes_every_answer(&stage);
    let dispatches = dispatches(&stage, fodder);
    let sequence = stage.sim.gateway().sessions()[0].seq;
    let frames = how_many("SAMEDAY_FRAMES", 2_000);
    let mut answered = 0;
    for n in 1..=frames {
        let (name, mut payload) = any_of(&dispatches, fodder, &mut random);
        if random.u8(..10) > 0 {
            bend(&mut payload, &mut random);
        }
        // The number of the last event: the session goes on where it was.
        let frame = json!({"op": 0, "t": name, "s": sequence, "d": payload}).to_string();
        let text = match random.u8(..5) {
            0 => tear(&frame, &mut random),
            _ => frame,
        };
        stage.sim.gateway().utter(&text);
        if n % 250 == 0 {
            // The last number that is heard has to be one of Discord's own.
            stage.ann.posts(fodder, "?").unwrap();
            stage.settles().await;
            answered += answers(&stage);
        }
    }
    // It has heard all of them, done much of what was asked, and works as before.
    stage.sim.faults().clear();
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    let told = stage.runs(&stage.eva, post, "/claim").await;
    assert!(told.contains("It's yours"), "{told}");
    answered += answers(&stage);

    assert!(answered > frames / 40, "{answered} of {frames}");
    assert_eq!(stage.sim.gateway().counters().identifies, 1);
    for error in stage.expects_errors() {
        assert!(error.contains("could not be read"), "{error}");
    }
    let mut stage = stage;
    stage.ends_unread().await;
}

/// A frame of any kind whose every part may be odd, and that by itself ends no connection.
fn odd_frame(
    stage: &Stage,
    dispatches: &[(&'static str, Value)],
    fodder: u64,
    random: &mut Rng,
) -> String {
    let sequence = stage.sim.gateway().sessions()[0].seq;
    let mut frame = match random.u8(..20) {
        0 => json!({"op": 1, "d": null}),
        1..4 => json!({"op": 11}),
        4 => json!({"op": 0, "t": "RESUMED", "s": sequence, "d": {}}),
        _ => {
            let (name, payload) = any_of(dispatches, fodder, random);
            json!({"op": 0, "t": name, "s": sequence, "d": payload})
        }
    };
    for part in ["op", "t", "s", "d"] {
        match random.u8(..8) {
            0 => bend(&mut frame[part], random),
            1 => frame[part] = json!(random.u64(..)),
            _ => {}
        }
    }
    frame.to_string()
}

#[tokio::test]
async fn a_session_lives_whatever_the_gateway_says_about_it() {
    let mut random = chance();
    let mut stage = Stage::opens().await;
    let fodder = stage.ann.asks(stage.forum, "Fodder", "?").unwrap();
    stage.settles().await;
    let dispatches = dispatches(&stage, fodder);
    let ends = [7, 9, 10, 0];
    for n in 0..how_many("SAMEDAY_VOLLEYS", ends.len()) {
        let gateway = stage.sim.gateway();
        for _ in 0..200 {
            gateway.utter(&odd_frame(&stage, &dispatches, fodder, &mut random));
        }
        // And then one that ends the connection; where it does not, bent as it is, the last one does.
        let before = gateway.counters().connections;
        let mut d = json!({"heartbeat_interval": 0, "session_id": "x", "resume_gateway_url": null});
        if n >= ends.len() {
            bend(&mut d, &mut random);
        }
        let op = ends[n % ends.len()];
        gateway.utter(&format!(r#"{{"op":{op},"t":"READY","s":1,"d":{d}}}"#));
        gateway.utter(r#"{"op":7}"#);
        let again = gateway.until(PATIENCE, |sessions, now| {
            now.connections > before && sessions.iter().any(|session| session.connected)
        });
        again.await.unwrap();
        stage.settles_within(PATIENCE).await;
    }
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    let told = stage.runs(&stage.eva, post, "/claim").await;
    assert!(told.contains("It's yours"), "{told}");
    for error in stage.expects_errors() {
        assert!(error.contains("could not be read"), "{error}");
    }
    stage.ends_unread().await;
}
