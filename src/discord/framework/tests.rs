//! Commands and components from end to end: interactions come in through the door to the real
//! serenity and poise, are written by the real ledger, and every answer is seen on its way out.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::discord::Attachments;
use crate::discord::catch_up::errands;
use crate::discord::places::Places;
use crate::discord::upstream::{Sent, Upstream};
use crate::discord::views::fixture::{self, ANN, ASKER, FORUM, GUILD, at, snowflake};
use crate::domain::ids::{MessageId, ThreadId};
use crate::gateway::door::Lobby;
use crate::gateway::rest::Base;
use crate::ledger::intent::{Action, Author, Intent, MessageSeen, Refusal, ThreadSeen};
use crate::ledger::{Ledger, LedgerHandle, LiveGuilds, Start};
use crate::store::Store;

const OTHER_GUILD: u64 = 99;

struct House {
    lobby: Lobby,
    ledger: LedgerHandle,
    upstream: Upstream,
    thread: ThreadId,
    next: u64,
    _clock: Arc<ManualClock>,
    _stop: DropGuard,
    _folder: tempfile::TempDir,
}

/// The bot with one thread in which somebody asked on Monday at 10:00; it is 11:00.
async fn house() -> House {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let upstream = Upstream::start(&tasks, stop.clone()).await;
    let rest = upstream.rest.clone();
    let lobby = Lobby::default();
    let door = Door::open(rest.clone(), lobby.clone(), &tasks, stop.clone())
        .await
        .unwrap();

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("sameday.db"))
        .await
        .unwrap();
    let guilds = LiveGuilds::new([fixture::guild()]);
    let (clock, hand) = Clock::manual(at(1, 11, 0));
    let ledger = Ledger::start(
        store.clone(),
        guilds.clone(),
        clock.clone(),
        &tasks,
        Start::Deciding,
    );
    let asked = snowflake(at(1, 10, 0));
    let thread = ThreadId(asked);
    let question = [
        Intent::from(ThreadSeen {
            guild: GUILD,
            thread,
            channel: FORUM,
            title: "How?".to_owned(),
            tags: Vec::new(),
            archived: false,
            locked: false,
        }),
        Intent::Message(MessageSeen {
            thread,
            message: MessageId(asked),
            author: Author::Human {
                user: ASKER,
                staff: false,
            },
        }),
    ];
    for intent in question {
        ledger.reserve().await.unwrap().send(intent);
    }
    ledger.settled().await;

    let (errands, _inbox) = errands(0);
    let data = Data {
        places: Arc::new(Places::new(guilds.clone())),
        guilds,
        store,
        ledger: ledger.clone(),
        clock,
        bridge: None,
        tasks: tasks.clone(),
        rest: rest.clone(),
        errands,
        commands: None,
        attachments: Attachments::new(&Base::parse("https://discord.com").unwrap()).unwrap(),
        lobby: lobby.clone(),
    };
    let running = stop.clone();
    tasks.spawn(async move { serve(with_one_that_breaks, &door, &rest, data, running).await });
    lobby.ready(&ready());
    let mut house = House {
        lobby,
        ledger,
        upstream,
        thread,
        next: 0,
        _clock: hand,
        _stop: stop.drop_guard(),
        _folder: folder,
    };
    let registered = house.upstream.next().await;
    assert_eq!(
        registered.line,
        "PUT /api/v10/applications/9/guilds/10/commands"
    );
    house
}

/// Break
#[poise::command(slash_command)]
async fn breaks(_: poise::ApplicationContext<'_, Data, Broken>) -> Result<(), Broken> {
    tokio::task::yield_now().await;
    panic!("this command always does");
}

fn with_one_that_breaks() -> Vec<Command> {
    let mut all = commands::all(false);
    all.push(breaks());
    all
}

fn ready() -> String {
    json!({
        "v": 10,
        "user": {"id": "7", "username": "sameday", "discriminator": "0", "global_name": null,
                 "avatar": null, "bot": true, "mfa_enabled": true, "verified": true, "flags": 0,
                 "email": null},
        "guilds": [{"id": "10", "unavailable": true}],
        "session_id": "discords own", "resume_gateway_url": "wss://discords.own",
        "application": {"id": "9", "flags": 0}, "private_channels": [], "_trace": ["x"],
    })
    .to_string()
}

/// Who acts, and where.
#[derive(Clone, Copy)]
struct Actor {
    user: u64,
    role: Option<u64>,
    guild: u64,
}

const STAFF: Actor = Actor {
    user: ANN.0,
    role: Some(fixture::STAFF.0),
    guild: GUILD.0,
};
const STRANGER: Actor = Actor {
    user: 77,
    role: None,
    guild: GUILD.0,
};

impl House {
    fn interaction(&mut self, actor: Actor, mut more: Value) {
        self.next += 1;
        // Interactions are snowflakes: their instant is the instant of what they do.
        let id = snowflake(at(1, 11, 0)) + self.next;
        let user = json!({"id": actor.user.to_string(), "username": "u", "discriminator": "0",
                          "global_name": null, "avatar": null});
        let roles: Vec<String> = actor.role.iter().map(u64::to_string).collect();
        let mut interaction = json!({
            "id": id.to_string(), "application_id": "9", "token": "secret",
            "version": 1, "locale": "en-US", "entitlements": [], "app_permissions": "0",
            "authorizing_integration_owners": {}, "attachment_size_limit": 0,
            "channel_id": self.thread.to_string(), "guild_id": actor.guild.to_string(),
            "member": {"user": user, "roles": roles, "permissions": "0", "joined_at": null,
                       "deaf": false, "mute": false, "flags": 0},
        });
        interaction
            .as_object_mut()
            .unwrap()
            .append(more.as_object_mut().unwrap());
        let frame = json!({"op": 0, "t": "INTERACTION_CREATE", "s": 1, "d": interaction});
        self.lobby.interaction("s", &frame.to_string());
    }

    /// Somebody types a command; gives the two answers.
    async fn types(&mut self, actor: Actor, name: &str) -> (Sent, Sent) {
        let data = json!({"id": "1", "name": name, "type": 1});
        self.interaction(actor, json!({"type": 2, "data": data}));
        (self.upstream.next().await, self.upstream.next().await)
    }

    fn presses(&mut self, actor: Actor, custom_id: &str) {
        let message = json!({
            "id": "5", "channel_id": self.thread.to_string(), "type": 0, "content": "",
            "author": {"id": "7", "username": "sameday", "discriminator": "0",
                       "global_name": null, "avatar": null},
            "timestamp": "2026-11-23T09:00:00Z", "edited_timestamp": null, "tts": false,
            "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "pinned": false, "components": [], "flags": 0,
        });
        let data = json!({"custom_id": custom_id, "component_type": 2});
        self.interaction(actor, json!({"type": 3, "data": data, "message": message}));
    }
}

fn is_callback(sent: &Sent, kind: u8) {
    assert!(sent.line.ends_with("/secret/callback"), "{sent:?}");
    assert_eq!(sent.body["type"], kind, "{sent:?}");
}

const ORIGINAL: &str = "PATCH /api/v10/webhooks/9/secret/messages/@original";

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_acknowledged_then_done_then_told() {
    let mut house = house().await;
    let (first, then) = house.types(STAFF, "claim").await;
    is_callback(&first, 5);
    assert_eq!(first.body["data"]["flags"], 64);
    assert_eq!(then.line, ORIGINAL);
    insta::assert_snapshot!(then.body["content"].as_str().unwrap(), @"It's yours. The card now says that you are on it. An answer is due <t:1795449600:F> (<t:1795449600:R>).");
    assert_eq!(then.body["allowed_mentions"], json!({"parse": []}));

    let other = Actor { user: 42, ..STAFF };
    let (_, refused) = house.types(other, "claim").await;
    insta::assert_snapshot!(refused.body["content"].as_str().unwrap(), @"<@41> has this one since <t:1795428000:R>. Ask them to `/release` it if you want to take over.");

    let (_, why) = house.types(STRANGER, "why").await;
    let explained = why.body["embeds"][0]["description"].as_str().unwrap();
    assert!(
        explained.contains("**Steps:**\n- <@41> claimed it"),
        "{explained}"
    );

    let (_, queue) = house.types(STAFF, "queue").await;
    assert!(
        queue.body["content"]
            .as_str()
            .unwrap()
            .starts_with("**1 open thread**")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_is_acknowledged_and_answered_to_the_person_alone() {
    let mut house = house().await;
    house.presses(STAFF, "sameday1:claim:1");
    let first = house.upstream.next().await;
    is_callback(&first, 5);
    assert_eq!(first.body["data"]["flags"], 64);
    let told = house.upstream.next().await;
    assert_eq!(told.line, ORIGINAL);
    assert!(
        told.body["content"]
            .as_str()
            .unwrap()
            .starts_with("It's yours.")
    );

    house.presses(STAFF, "sameday1:show-queue:7");
    is_callback(&house.upstream.next().await, 5);
    assert_eq!(house.upstream.next().await.line, ORIGINAL);
    house.presses(STAFF, "sameday1:queue:mine:3");
    is_callback(&house.upstream.next().await, 6);
    let page = house.upstream.next().await;
    assert_eq!(page.line, ORIGINAL);
    assert!(
        page.body["content"]
            .as_str()
            .unwrap()
            .starts_with("**1 open thread is yours**")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_and_nothing_changes() {
    let mut house = house().await;
    let (_, told) = house.types(STRANGER, "claim").await;
    assert_eq!(
        told.body["content"],
        answer::refused(Action::Claim, Refusal::NotPermitted, None)
    );
    let (_, told) = house.types(STRANGER, "resolve").await;
    assert_eq!(
        told.body["content"],
        answer::refused(Action::Resolve, Refusal::NotPermitted, None)
    );
    let (_, told) = house.types(STRANGER, "queue").await;
    assert_eq!(told.body["content"], answer::QUEUE_IS_FOR_STAFF);
    house.presses(STRANGER, "sameday1:queue:all:0");
    let told = house.upstream.next().await;
    is_callback(&told, 4);
    assert_eq!(told.body["data"]["content"], answer::QUEUE_IS_FOR_STAFF);

    // A button of a message that was copied, a button of another version, another server.
    let elsewhere = Actor {
        guild: OTHER_GUILD,
        ..STAFF
    };
    for (actor, custom_id, sentence) in [
        (elsewhere, "sameday1:claim:1", answer::NOT_HERE),
        (STAFF, "sameday0:claim:1", answer::OLD_BUTTON),
        (STAFF, "", answer::OLD_BUTTON),
    ] {
        house.presses(actor, custom_id);
        let told = house.upstream.next().await;
        is_callback(&told, 4);
        assert_eq!(told.body["data"]["content"], sentence);
        assert_eq!(told.body["data"]["flags"], 64);
    }

    house.thread = ThreadId(123);
    let (_, told) = house.types(STAFF, "claim").await;
    assert_eq!(
        told.body["content"],
        answer::refused(Action::Claim, Refusal::NoTicket, None)
    );
    house.presses(STAFF, "sameday1:claim:404");
    is_callback(&house.upstream.next().await, 5);
    assert_eq!(
        house.upstream.next().await.body["content"],
        answer::refused(Action::Claim, Refusal::NoTicket, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_bot_still_answers() {
    let mut house = house().await;
    house.ledger.stop().await;
    let (first, then) = house.types(STAFF, "claim").await;
    is_callback(&first, 5);
    assert_eq!(
        then.body["content"],
        answer::refused(Action::Claim, Refusal::NotWritten, None)
    );
    house.interaction(
        STAFF,
        json!({"type": 2, "data": {"id": "1", "name": "dance", "type": 1}}),
    );
    let told = house.upstream.next().await;
    is_callback(&told, 4);
    assert_eq!(told.body["data"]["content"], answer::OLD_COMMAND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_panics_ends_with_an_apology() {
    let mut house = house().await;
    house.interaction(
        STAFF,
        json!({"type": 2, "data": {"id": "1", "name": "breaks", "type": 1}}),
    );
    let told = house.upstream.next().await;
    is_callback(&told, 4);
    let words = told.body["data"]["content"].as_str().unwrap();
    assert!(words.contains("something broke on my side"), "{words}");
    // And the bot lives on.
    let (first, then) = house.types(STAFF, "claim").await;
    is_callback(&first, 5);
    assert_eq!(then.line, ORIGINAL);
}
