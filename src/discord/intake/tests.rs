//! Frames in, intents out.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::event;
use super::translate::{Found, Translator};
use crate::discord::catch_up::Errand;
use crate::discord::places::{Place, Places};
use crate::discord::samples;
use crate::domain::Timestamp;
use crate::domain::bent::{bent, bent_value, tried};
use crate::domain::ids::{ChannelId, GuildId, MessageId, TagId, ThreadId, UserId};
use crate::ledger::intent::{Author, Intent, MessageSeen, ThreadSeen};

const GUILD: GuildId = GuildId(1);
const FORUM: ChannelId = ChannelId(20);
const TEXT: ChannelId = ChannelId(21);

fn now() -> Timestamp {
    crate::domain::from_millis(1_785_600_000_000).unwrap()
}

/// A translator that has seen the guild.
struct Sample {
    places: Arc<Places>,
    translator: Translator,
}

impl Sample {
    /// Knows nothing but the settings.
    fn bare() -> Self {
        let places = Arc::new(Places::new(samples::guilds()));
        let mut translator = Translator::new(Arc::clone(&places));
        translator.session_opened();
        Self { places, translator }
    }

    /// Has seen the guild and one thread of each channel: 100 in the forum, 101 in the text channel.
    fn new() -> Self {
        let mut sample = Self::bare();
        sample.hear("GUILD_CREATE", &guild(&[]));
        sample.places.note_tracked(ThreadId(100), FORUM);
        sample.places.note_tracked(ThreadId(101), TEXT);
        sample
    }

    fn hear(&mut self, name: &str, payload: &Value) -> Found {
        let text = json!({"op": 0, "s": 7, "t": name, "d": payload}).to_string();
        match event::read(name, &text).unwrap() {
            Some(event) => self.translator.translate(&event, now()),
            None => Found::default(),
        }
    }
}

fn guild(threads: &[Value]) -> Value {
    json!({
        "id": "1", "unavailable": false,
        "channels": [
            {"id": "20", "type": 15, "name": "help"},
            {"id": "21", "type": 0, "name": "talk"},
            {"id": "22", "type": 0, "name": "off-topic"},
        ],
        "threads": threads,
    })
}

fn thread(id: u64, parent: u64, kind: u64) -> Value {
    json!({
        "id": id.to_string(), "guild_id": "1", "parent_id": parent.to_string(), "type": kind,
        "name": "a title", "applied_tags": ["7"],
        "thread_metadata": {"archived": false, "locked": true},
    })
}

fn new_thread(id: u64, parent: u64) -> Value {
    let mut thread = thread(id, parent, 11);
    thread["newly_created"] = json!(true);
    thread
}

fn message(id: u64, thread: u64, author: u64, roles: &[&str]) -> Value {
    json!({
        "id": id.to_string(), "channel_id": thread.to_string(), "guild_id": "1", "type": 0,
        "author": {"id": author.to_string()}, "member": {"roles": roles},
        "content": "\u{202e} @everyone", "channel_type": 11,
    })
}

fn seen(message: u64, thread: u64, author: u64, staff: bool) -> Intent {
    Intent::Message(MessageSeen {
        thread: ThreadId(thread),
        message: MessageId(message),
        author: Author::Human {
            user: UserId(author),
            staff,
        },
    })
}

fn thread_seen(id: u64, channel: ChannelId) -> Intent {
    Intent::from(ThreadSeen {
        guild: GUILD,
        thread: ThreadId(id),
        channel,
        title: "a title".into(),
        tags: vec![TagId(7)],
        archived: false,
        locked: true,
    })
}

fn read_thread(id: u64, from: Option<u64>) -> Errand {
    Errand::Thread {
        guild: GUILD,
        thread: ThreadId(id),
        from: from.map(MessageId),
    }
}

fn intents(intents: Vec<Intent>) -> Found {
    Found {
        intents,
        errands: Vec::new(),
    }
}

fn errand(errand: Errand) -> Found {
    Found {
        intents: Vec::new(),
        errands: vec![errand],
    }
}

#[test]
fn who_holds_a_staff_role_is_staff() {
    let mut sample = Sample::new();
    let asker = sample.hear("MESSAGE_CREATE", &message(200, 100, 5, &["71"]));
    assert_eq!(asker, intents(vec![seen(200, 100, 5, false)]));
    let staff = sample.hear("MESSAGE_CREATE", &message(201, 100, 6, &["71", "70"]));
    assert_eq!(staff, intents(vec![seen(201, 100, 6, true)]));
}

#[test]
fn messages_elsewhere_cost_no_intent() {
    let mut sample = Sample::new();
    let nothing = Found::default();
    for mut elsewhere in [
        message(200, 22, 5, &[]),
        message(200, 20, 5, &[]),
        message(200, 500, 5, &[]),
    ] {
        elsewhere["channel_type"] = json!(0);
        assert_eq!(sample.hear("MESSAGE_CREATE", &elsewhere), nothing);
        if elsewhere["channel_id"] != "500" {
            elsewhere.as_object_mut().unwrap().remove("channel_type");
            assert_eq!(sample.hear("MESSAGE_CREATE", &elsewhere), nothing);
        }
    }
    let mut other_guild = message(200, 100, 5, &[]);
    other_guild["guild_id"] = json!("2");
    assert_eq!(sample.hear("MESSAGE_CREATE", &other_guild), nothing);
    let mut direct = message(200, 100, 5, &[]);
    direct.as_object_mut().unwrap().remove("guild_id");
    assert_eq!(sample.hear("MESSAGE_CREATE", &direct), nothing);
    assert_eq!(
        sample.hear("MESSAGE_UPDATE", &message(200, 100, 5, &[])),
        nothing,
        "Discord has only added what its links show"
    );
    let edited = |thread: u64| {
        let mut edited = message(200, thread, 5, &[]);
        edited["edited_timestamp"] = json!("2026-11-23T09:00:00Z");
        edited
    };
    let edit = Intent::MessageEdited {
        thread: ThreadId(100),
        message: MessageId(200),
        at: "2026-11-23T09:00:00Z".parse().unwrap(),
    };
    let heard = sample.hear("MESSAGE_UPDATE", &edited(100));
    assert_eq!(heard, intents(vec![edit.clone()]));
    // Where Discord shows us what it says, it also shows which files are left.
    let mut shown = edited(100);
    shown["content"] = json!("See there");
    shown["attachments"] = json!([{ "id": "7" }]);
    let left = Intent::FilesLeft {
        thread: ThreadId(100),
        message: MessageId(200),
        files: vec![7],
    };
    let heard = sample.hear("MESSAGE_UPDATE", &shown);
    assert_eq!(heard, intents(vec![edit, left]));
    for elsewhere in [22, 555] {
        assert_eq!(sample.hear("MESSAGE_UPDATE", &edited(elsewhere)), nothing);
    }
}

#[test]
fn a_message_in_a_place_not_heard_of_is_passed_on() {
    let found = Sample::new().hear("MESSAGE_CREATE", &message(200, 555, 5, &[]));
    assert_eq!(found, intents(vec![seen(200, 555, 5, false)]));
}

#[test]
fn a_message_without_roles_is_read_again_over_rest() {
    let mut bare = message(200, 100, 5, &[]);
    bare.as_object_mut().unwrap().remove("member");
    let found = Sample::new().hear("MESSAGE_CREATE", &bare);
    assert_eq!(found, errand(read_thread(100, Some(200))));
}

#[test]
fn machines_are_machines() {
    let mut webhook = message(200, 100, 5, &[]);
    webhook["webhook_id"] = json!("5");
    webhook.as_object_mut().unwrap().remove("member");
    let found = Sample::new().hear("MESSAGE_CREATE", &webhook);
    let machine = Intent::Message(MessageSeen {
        thread: ThreadId(100),
        message: MessageId(200),
        author: Author::Machine,
    });
    assert_eq!(found, intents(vec![machine]));
}

#[test]
fn a_new_post_is_known_from_its_beginning() {
    let mut sample = Sample::new();
    let found = sample.hear("THREAD_CREATE", &new_thread(300, 20));
    let nothing_before = Intent::ReadUpTo {
        thread: ThreadId(300),
        message: MessageId(299),
    };
    assert_eq!(
        found,
        intents(vec![thread_seen(300, FORUM), nothing_before])
    );
    assert_eq!(sample.places.find(300), Place::Tracked);
    // The same once more, as after a resumed session.
    let again = sample.hear("THREAD_CREATE", &new_thread(300, 20));
    assert_eq!(again, intents(vec![thread_seen(300, FORUM)]));
}

#[test]
fn the_question_of_a_text_channels_thread_is_fetched_or_comes_with_its_entry() {
    let mut sample = Sample::new();
    let found = sample.hear("THREAD_CREATE", &new_thread(300, 21));
    assert_eq!(found.intents, [thread_seen(300, TEXT)]);
    let starter = Errand::Starter {
        guild: GUILD,
        channel: TEXT,
        thread: ThreadId(300),
    };
    assert_eq!(found.errands, [starter]);
    let entry = json!({
        "id": "310", "channel_id": "300", "guild_id": "1", "type": 21,
        "author": {"id": "6"}, "member": {"roles": ["70"]},
        "referenced_message": {"id": "300", "type": 0, "author": {"id": "5"}},
    });
    let found = sample.hear("MESSAGE_CREATE", &entry);
    assert_eq!(found.intents[0], seen(300, 300, 5, false));
    assert!(matches!(
        found.intents[1],
        Intent::Message(MessageSeen {
            author: Author::Machine,
            ..
        })
    ));
}

#[test]
fn a_thread_that_was_there_before_is_read_before_it_is_announced() {
    let mut sample = Sample::new();
    for name in ["THREAD_CREATE", "THREAD_UPDATE"] {
        let found = sample.hear(name, &thread(300, 20, 11));
        assert_eq!(found, errand(read_thread(300, None)), "{name}");
    }
    sample.places.note_tracked(ThreadId(300), FORUM);
    let found = sample.hear("THREAD_UPDATE", &thread(300, 20, 11));
    assert_eq!(found, intents(vec![thread_seen(300, FORUM)]));
}

#[test]
fn private_threads_and_those_of_other_channels_are_elsewhere() {
    let mut sample = Sample::new();
    for (id, elsewhere) in [(300, thread(300, 20, 12)), (301, thread(301, 22, 11))] {
        assert_eq!(sample.hear("THREAD_CREATE", &elsewhere), Found::default());
        assert_eq!(sample.places.find(id), Place::Elsewhere);
        let mut said = message(400, id, 5, &[]);
        said.as_object_mut().unwrap().remove("channel_type");
        assert_eq!(sample.hear("MESSAGE_CREATE", &said), Found::default());
    }
}

#[test]
fn what_is_deleted_is_deleted() {
    let mut sample = Sample::new();
    let one = json!({"id": "200", "channel_id": "100", "guild_id": "1"});
    let deleted = |thread, messages: &[u64]| {
        intents(vec![Intent::MessagesDeleted {
            thread: ThreadId(thread),
            messages: messages.iter().copied().map(MessageId).collect(),
        }])
    };
    assert_eq!(sample.hear("MESSAGE_DELETE", &one), deleted(100, &[200]));
    let many = json!({"ids": ["200", "201"], "channel_id": "100", "guild_id": "1"});
    assert_eq!(
        sample.hear("MESSAGE_DELETE_BULK", &many),
        deleted(100, &[200, 201])
    );
    // The question of thread 101 stands in its channel; 999 is no question.
    let questions = json!({"ids": ["101", "999"], "channel_id": "21", "guild_id": "1"});
    assert_eq!(
        sample.hear("MESSAGE_DELETE_BULK", &questions),
        deleted(101, &[101])
    );
    let elsewhere = json!({"id": "200", "channel_id": "22", "guild_id": "1"});
    assert_eq!(sample.hear("MESSAGE_DELETE", &elsewhere), Found::default());
    let thread = json!({"id": "100", "guild_id": "1", "parent_id": "20", "type": 11});
    let gone = Intent::ThreadGone {
        thread: ThreadId(100),
        at: now(),
    };
    assert_eq!(sample.hear("THREAD_DELETE", &thread), intents(vec![gone]));
}

#[test]
fn the_loss_of_what_the_settings_name_is_told() {
    let mut sample = Sample::new();
    let found = sample.hear(
        "CHANNEL_DELETE",
        &json!({"id": "20", "guild_id": "1", "type": 15}),
    );
    let gone = Intent::ChannelGone {
        channel: FORUM,
        at: now(),
    };
    assert_eq!(found.intents, [gone]);
    assert!(matches!(&found.errands[..], [Errand::Tell { sentence, .. }]
        if sentence.contains("`channels`")));
    assert_eq!(sample.places.find(100), Place::Unknown);
    let role = json!({"guild_id": "1", "role_id": "70"});
    let found = sample.hear("GUILD_ROLE_DELETE", &role);
    assert!(matches!(&found.errands[..], [Errand::Tell { sentence, .. }]
        if sentence.contains("`staff_roles`")));
    let other = json!({"guild_id": "1", "role_id": "71"});
    assert_eq!(sample.hear("GUILD_ROLE_DELETE", &other), Found::default());
    let other = json!({"id": "22", "guild_id": "1", "type": 0});
    assert_eq!(sample.hear("CHANNEL_DELETE", &other), Found::default());
}

#[test]
fn an_outage_is_no_farewell_but_is_caught_up() {
    let mut sample = Sample::new();
    let outage = json!({"id": "1", "unavailable": true});
    assert_eq!(sample.hear("GUILD_DELETE", &outage), Found::default());
    assert_eq!(sample.hear("GUILD_CREATE", &outage), Found::default());
    let back = sample.hear(
        "GUILD_CREATE",
        &guild(&[thread(100, 20, 11), thread(300, 20, 11)]),
    );
    assert_eq!(back.intents, [thread_seen(100, FORUM)]);
    assert_eq!(back.errands, [Errand::Guild(GUILD)]);
    let removed = sample.hear("GUILD_DELETE", &json!({"id": "1"}));
    let gone = Intent::GuildGone {
        guild: GUILD,
        at: now(),
    };
    assert_eq!(removed, intents(vec![gone]));
}

#[test]
fn the_guilds_of_a_new_session_are_caught_up_once() {
    let mut sample = Sample::bare();
    let first = sample.hear("GUILD_CREATE", &guild(&[thread(100, 20, 11)]));
    assert_eq!(first, Found::default());
    let later = sample.hear("GUILD_CREATE", &guild(&[]));
    assert_eq!(later, errand(Errand::Guild(GUILD)));
}

#[test]
fn a_channel_that_can_be_seen_from_now_on_is_caught_up() {
    let sync = json!({"guild_id": "1", "channel_ids": ["20"], "members": [],
        "threads": [thread(100, 20, 11), thread(300, 20, 11), thread(301, 22, 11)]});
    let mut sample = Sample::new();
    let found = sample.hear("THREAD_LIST_SYNC", &sync);
    assert_eq!(found.intents, [thread_seen(100, FORUM)]);
    assert_eq!(found.errands, [Errand::Guild(GUILD)]);
    assert_eq!(sample.places.find(301), Place::Elsewhere);
}

/// Frames as Discord's schema has them, and some that it refuses. Read from `SAMEDAY_SPECS`.
fn vectors(kind: &str) -> Option<Vec<Value>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the data of tests is, is no setting of the bot"
    )]
    let (specs, ci) = (std::env::var("SAMEDAY_SPECS"), std::env::var("CI"));
    let folder = specs.map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/specs"),
        PathBuf::from,
    );
    let path = folder.join("discord/gateway-vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(ci.as_deref() != Ok("true"), "{} is missing", path.display());
        eprintln!("SKIPPED: {} is missing, set SAMEDAY_SPECS", path.display());
        return None;
    };
    let mut all: Value = serde_json::from_str(&text).unwrap();
    Some(serde_json::from_value(all[kind].take()).unwrap())
}

#[test]
fn frames_as_discord_documents_them_are_read() {
    let Some(vectors) = vectors("good") else {
        return;
    };
    let mut read = Vec::new();
    for vector in vectors {
        let frame = &vector["frame"];
        let Some(name) = frame["t"].as_str() else {
            continue;
        };
        if event::read(name, &frame.to_string()).unwrap().is_some() {
            read.push(name.to_owned());
        }
    }
    assert_eq!(
        read,
        [
            "MESSAGE_CREATE",
            "MESSAGE_UPDATE",
            "MESSAGE_DELETE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "THREAD_LIST_SYNC",
            "GUILD_DELETE"
        ]
    );
}

#[test]
fn frames_that_no_schema_allows_harm_nothing() {
    for vector in vectors("bad").into_iter().flatten() {
        let frame = &vector["frame"];
        let name = frame["t"].as_str().unwrap_or_default();
        if let Ok(Some(event)) = event::read(name, &frame.to_string()) {
            Sample::new().translator.translate(&event, now());
        }
    }
}

fn good_payloads() -> Vec<(&'static str, Value)> {
    let mut entry = message(310, 101, 6, &["70"]);
    entry["type"] = json!(21);
    entry["referenced_message"] = json!({"id": "101", "type": 0, "author": {"id": "5"}});
    vec![
        ("MESSAGE_CREATE", message(200, 100, 5, &["70"])),
        ("MESSAGE_CREATE", entry),
        (
            "MESSAGE_DELETE",
            json!({"id": "200", "channel_id": "100", "guild_id": "1"}),
        ),
        (
            "MESSAGE_DELETE_BULK",
            json!({"ids": ["200"], "channel_id": "100", "guild_id": "1"}),
        ),
        ("THREAD_CREATE", new_thread(300, 20)),
        ("THREAD_CREATE", new_thread(301, 21)),
        ("THREAD_UPDATE", thread(100, 20, 11)),
        (
            "THREAD_DELETE",
            json!({"id": "100", "guild_id": "1", "parent_id": "20", "type": 11}),
        ),
        (
            "THREAD_LIST_SYNC",
            json!({"guild_id": "1", "threads": [thread(100, 20, 11)]}),
        ),
        (
            "CHANNEL_UPDATE",
            json!({"id": "20", "guild_id": "1", "type": 15}),
        ),
        (
            "CHANNEL_DELETE",
            json!({"id": "20", "guild_id": "1", "type": 15}),
        ),
        ("GUILD_CREATE", guild(&[thread(100, 20, 11)])),
        ("GUILD_DELETE", json!({"id": "1"})),
        (
            "GUILD_ROLE_DELETE",
            json!({"guild_id": "1", "role_id": "70"}),
        ),
    ]
}

/// Anything anywhere in a dispatch: it is read or refused, never more.
#[test]
fn a_bent_dispatch_panics_nothing() {
    let bent = |(name, payload)| bent_value(payload).prop_map(move |bent| dispatch(name, &bent));
    let dispatches = proptest::sample::select(good_payloads()).prop_flat_map(bent);
    tried(dispatches, read_and_translate);
}

/// The same for a frame that was bent as a text.
#[test]
fn a_broken_frame_panics_nothing() {
    let right = good_payloads().into_iter();
    let right = right.map(|(name, payload)| dispatch(name, &payload));
    tried(bent(right.collect()), read_and_translate);
}

/// A frame behind the name that its envelope was read to have.
fn dispatch(name: &str, payload: &Value) -> String {
    let frame = json!({"op": 0, "s": 1, "t": name, "d": payload});
    format!("{name} {frame}")
}

fn read_and_translate(dispatch: &str) {
    if let Some((name, frame)) = dispatch.split_once(' ')
        && let Ok(Some(event)) = event::read(name, frame)
    {
        Sample::new().translator.translate(&event, now());
    }
}
