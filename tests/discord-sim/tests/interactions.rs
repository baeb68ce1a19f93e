//! Commands, components and modals, with the bot played by hand: what it is told is parsed by
//! twilight, what it answers goes over HTTP.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

mod common;

use chrono::TimeDelta;
use common::House;
use discord_sim::interactions::{DID_NOT_RESPOND, Kind};
use discord_sim::people::{Answer, Seen};
use discord_sim::world::{Command, NewMessage, NewRole, permissions};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use twilight_gateway::{
    ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};

/// The bot, played by hand.
struct Bot {
    house: House,
    /// What it was told, as twilight understood it.
    told: mpsc::UnboundedReceiver<String>,
    http: reqwest::Client,
    _listens: tokio_util::task::AbortOnDropHandle<()>,
}

impl Bot {
    async fn start() -> Self {
        let house = House::build().await;
        let config = ConfigBuilder::new(house.token.clone(), Intents::GUILDS)
            .proxy_url(house.sim.gateway_url().to_owned())
            .build();
        let mut shard = Shard::with_config(ShardId::ONE, config);
        let (tell, told) = mpsc::unbounded_channel();
        let tasks = tokio_util::task::TaskTracker::new();
        let listens = tasks.spawn(async move {
            while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
                if let Event::InteractionCreate(interaction) = event.unwrap() {
                    tell.send(interaction.token.clone()).unwrap();
                }
            }
        });
        house.sim.gateway().until_connected(1).await.unwrap();
        Self {
            house,
            told,
            http: reqwest::Client::new(),
            _listens: tokio_util::task::AbortOnDropHandle::new(listens),
        }
    }

    fn offers(&self, commands: Vec<Value>) {
        let guild = self.house.guild;
        let bot = self.house.bot;
        let done = self.house.sim.act(|world| {
            for rendered in commands {
                let id = world.snowflake();
                let command = Command {
                    id,
                    name: rendered["name"].as_str().unwrap().to_owned(),
                    kind: u8::try_from(rendered["type"].as_u64().unwrap()).unwrap(),
                    guild: Some(guild),
                    version: id,
                    rendered,
                };
                let application = world.applications.get_mut(&bot).unwrap();
                let of_guild = application.guild_commands.entry(guild).or_default();
                of_guild.insert(id, command);
            }
            Ok(())
        });
        done.unwrap();
    }

    /// A message of the bot's with these components, as `who` sees it.
    fn shows(&self, components: &Value) -> Seen {
        let message = NewMessage {
            components: components.as_array().unwrap().clone(),
            ..NewMessage::text("a card")
        };
        let (bot, channel) = (self.house.bot, self.house.channel);
        let id = self
            .house
            .sim
            .act(|world| world.post_message(bot, channel, message));
        let ann = self.house.sim.person("Ann");
        let seen = ann.sees(channel).unwrap();
        seen.into_iter()
            .find(|seen| seen.id() == *id.as_ref().unwrap())
            .unwrap()
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/api/v10{path}", self.house.sim.base_url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Gives the first answer; `(204, null)` when all is well.
    async fn answers(&mut self, to: &Answer, body: Value) -> (u16, Value) {
        let token = self.told.recv().await.unwrap();
        let path = format!("/interactions/{}/{token}/callback", to.interaction());
        self.send("POST", &path, Some(body)).await
    }

    fn webhook(&self, to: &Answer) -> String {
        let interactions = self.house.sim.interactions();
        let token = interactions.find(to.interaction()).unwrap().token;
        format!("/webhooks/{}/{token}", self.house.bot)
    }
}

const FINE: (u16, Value) = (204, Value::Null);

fn ping() -> Value {
    json!({"type": 1, "name": "ping", "description": "Pings"})
}

fn code(answer: &(u16, Value)) -> (u16, u64) {
    (answer.0, answer.1["code"].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn a_command_is_answered_once() {
    let mut bot = Bot::start().await;
    bot.offers(vec![ping()]);
    let ann = bot.house.sim.person("Ann");
    let bob = bot.house.sim.person("Bob");
    let channel = bot.house.channel;

    let answer = ann.runs(channel, "/ping").unwrap();
    let text = json!({"type": 4, "data": {"content": "pong"}});
    assert_eq!(bot.answers(&answer, text.clone()).await, FINE);
    assert_eq!(answer.message().await.unwrap().content(), "pong");
    assert!(
        bob.sees(channel)
            .unwrap()
            .iter()
            .any(|seen| seen.says("pong"))
    );
    let interaction = bot
        .house
        .sim
        .interactions()
        .find(answer.interaction())
        .unwrap();
    let path = format!(
        "/interactions/{}/{}/callback",
        interaction.id, interaction.token
    );
    let again = bot.send("POST", &path, Some(text.clone())).await;
    assert_eq!(code(&again), (400, 40060));
    let wrong = format!("/interactions/{}/wrong/callback", interaction.id);
    let wrong = bot.send("POST", &wrong, Some(text)).await;
    assert_eq!(code(&wrong), (404, 10062));
    bot.house.assert_clean();
}

#[tokio::test]
async fn whispers_are_for_one_person_only() {
    let mut bot = Bot::start().await;
    bot.offers(vec![ping()]);
    let ann = bot.house.sim.person("Ann");
    let bob = bot.house.sim.person("Bob");
    let channel = bot.house.channel;
    let answer = ann.runs(channel, "/ping").unwrap();
    let text = json!({"type": 4, "data": {"content": "psst", "flags": 64}});
    assert_eq!(bot.answers(&answer, text).await, FINE);
    let seen = answer.message().await.unwrap();
    assert!(seen.is_whisper());
    assert_eq!(ann.sees(channel).unwrap().last(), Some(&seen));
    assert_eq!(bob.sees(channel).unwrap(), []);
    assert!(bob.clicks(&seen, "x").is_err());

    let original = format!("{}/messages/@original", bot.webhook(&answer));
    let (status, changed) = bot
        .send("PATCH", &original, Some(json!({"content": "psst!"})))
        .await;
    assert_eq!((status, &changed["content"]), (200, &json!("psst!")));
    assert!(answer.message().await.unwrap().is_edited());
    assert_eq!(bot.send("GET", &original, None).await.1["content"], "psst!");
    assert_eq!(bot.send("DELETE", &original, None).await, FINE);
    assert_eq!(ann.sees(channel).unwrap(), []);
    assert_eq!(code(&bot.send("GET", &original, None).await), (404, 10008));
    bot.house.assert_clean();
}

#[tokio::test]
async fn three_seconds_and_fifteen_minutes() {
    let mut bot = Bot::start().await;
    bot.offers(vec![ping()]);
    let ann = bot.house.sim.person("Ann");
    let channel = bot.house.channel;

    let late = ann.runs(channel, "/ping").unwrap();
    bot.house.advance(TimeDelta::milliseconds(3001));
    assert_eq!(late.failure().await.unwrap(), DID_NOT_RESPOND);
    assert!(late.message().await.is_err());
    let refused = bot
        .answers(&late, json!({"type": 4, "data": {"content": "late"}}))
        .await;
    assert_eq!(code(&refused), (404, 10062));
    let hook = bot.webhook(&late);
    let refused = bot
        .send("POST", &hook, Some(json!({"content": "late"})))
        .await;
    assert_eq!(code(&refused), (404, 10015));

    let slow = ann.runs(channel, "/ping").unwrap();
    bot.house.advance(TimeDelta::milliseconds(2999));
    assert_eq!(bot.answers(&slow, json!({"type": 5})).await, FINE);
    let hook = bot.webhook(&slow);
    assert!(ann.sees(channel).unwrap()[0].is_thinking());
    bot.house.advance(TimeDelta::minutes(14));
    // The first follow-up takes the place of "… is thinking".
    let (status, _) = bot
        .send("POST", &hook, Some(json!({"content": "done"})))
        .await;
    assert_eq!(status, 200);
    let seen = slow.message().await.unwrap();
    assert_eq!((seen.content(), seen.is_edited()), ("done", false));
    let (status, more) = bot
        .send("POST", &hook, Some(json!({"content": "more"})))
        .await;
    assert_eq!(status, 200);
    assert_eq!(slow.follow_up(1).await.unwrap().content(), "more");
    assert_eq!(ann.sees(channel).unwrap().len(), 2);
    let path = format!("{hook}/messages/{}", more["id"].as_str().unwrap());
    let edited = bot
        .send("PATCH", &path, Some(json!({"content": "more!"})))
        .await;
    assert_eq!(edited.1["content"], "more!");

    bot.house.advance(TimeDelta::minutes(1));
    let refused = bot
        .send("POST", &hook, Some(json!({"content": "late"})))
        .await;
    assert_eq!(code(&refused), (401, 50027));
    bot.house.assert_clean();
}

#[tokio::test]
async fn options_of_every_type_arrive() {
    let mut bot = Bot::start().await;
    bot.offers(vec![
        json!({"type": 1, "name": "all", "description": "d", "options": [
            {"type": 1, "name": "sub", "description": "d", "options": [
                {"type": 3, "name": "text", "description": "d", "required": true},
                {"type": 4, "name": "count", "description": "d"},
                {"type": 5, "name": "sure", "description": "d"},
                {"type": 6, "name": "who", "description": "d"},
                {"type": 7, "name": "where", "description": "d"},
                {"type": 8, "name": "role", "description": "d"},
                {"type": 9, "name": "any", "description": "d"},
                {"type": 10, "name": "share", "description": "d"},
                {"type": 11, "name": "file", "description": "d"},
            ]},
        ]}),
    ]);
    let ann = bot.house.sim.person("Ann");
    let line = "/all sub text:a b count:3 sure:true who:@Bob where:#help role:@everyone any:@Ann \
                share:0.5 file:log.txt";
    let answer = ann.runs(bot.house.channel, line).unwrap();
    assert_eq!(bot.answers(&answer, json!({"type": 5})).await, FINE);
    answer.acknowledged().await.unwrap();
    assert!(ann.runs(bot.house.channel, "/all sub count:3").is_err());
    bot.house.assert_clean();
}

#[tokio::test]
async fn suggestions_come_while_typing() {
    let mut bot = Bot::start().await;
    bot.offers(vec![
        json!({"type": 1, "name": "find", "description": "d", "options": [
            {"type": 3, "name": "what", "description": "d", "autocomplete": true},
        ]}),
    ]);
    let ann = bot.house.sim.person("Ann");
    let answer = ann.completes(bot.house.channel, "/find what:par").unwrap();
    let interaction = bot
        .house
        .sim
        .interactions()
        .find(answer.interaction())
        .unwrap();
    assert_eq!(interaction.kind, Kind::Autocomplete);
    let choices = json!({"type": 8, "data": {"choices": [{"name": "Parser", "value": "parser"}]}});
    assert_eq!(bot.answers(&answer, choices).await, FINE);
    let expected = [("Parser".to_owned(), json!("parser"))];
    assert_eq!(answer.choices().await.unwrap(), expected);
    bot.house.assert_clean();
}

#[tokio::test]
async fn buttons_change_their_message_and_can_be_gone() {
    let mut bot = Bot::start().await;
    let ann = bot.house.sim.person("Ann");
    let row = |label: &str| {
        json!([{"type": 1, "components": [
            {"type": 2, "style": 1, "label": label, "custom_id": format!("id-{label}")},
        ]}])
    };
    let card = bot.shows(&row("Claim"));

    let answer = ann.clicks(&card, "Claim").unwrap();
    let update = json!({"type": 7, "data": {"content": "claimed", "components": row("Release")}});
    assert_eq!(bot.answers(&answer, update).await, FINE);
    let seen = answer.message().await.unwrap();
    assert_eq!((seen.id(), seen.content()), (card.id(), "claimed"));
    assert_eq!(seen.buttons(), ["Release"]);

    // The card of before: its button is no more, and the bot hears nothing.
    let count = bot.house.sim.interactions().list().len();
    assert!(ann.clicks(&card, "Claim").is_err());
    let (author, channel) = (bot.house.bot, bot.house.channel);
    let answer = ann.clicks(&card, "Release").unwrap();
    assert_eq!(bot.answers(&answer, json!({"type": 6})).await, FINE);
    let original = format!("{}/messages/@original", bot.webhook(&answer));
    let (status, _) = bot
        .send("PATCH", &original, Some(json!({"content": "free"})))
        .await;
    assert_eq!(status, 200);
    ann.waits(channel, |seen| seen.content() == "free")
        .await
        .unwrap();
    let gone = bot
        .house
        .sim
        .act(|world| world.delete_message(author, channel, card.id()));
    gone.unwrap();
    assert!(ann.clicks(&card, "Release").is_err());
    assert_eq!(bot.house.sim.interactions().list().len(), count + 1);
    bot.house.assert_clean();
}

#[tokio::test]
async fn every_select_brings_what_was_chosen() {
    let mut bot = Bot::start().await;
    let ann = bot.house.sim.person("Ann");
    let options = json!([{"label": "Low", "value": "low"}, {"label": "High", "value": "high"}]);
    let cases = [
        (
            json!({"type": 3, "custom_id": "s", "options": options}),
            "High",
        ),
        (json!({"type": 5, "custom_id": "s"}), "@Bob"),
        (json!({"type": 6, "custom_id": "s"}), "@everyone"),
        (json!({"type": 7, "custom_id": "s"}), "@Bob"),
        (json!({"type": 8, "custom_id": "s"}), "#help"),
    ];
    for (select, choice) in cases {
        let card = bot.shows(&json!([{"type": 1, "components": [select]}]));
        let answer = ann.selects(&card, "s", &[choice]).unwrap();
        let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "Why?", "components": [
            {"type": 18, "label": "Cause", "component": {"type": 4, "custom_id": "c", "style": 1}},
        ]}});
        assert_eq!(bot.answers(&answer, modal).await, FINE);
        let window = answer.modal().await.unwrap();
        assert_eq!(window.title(), "Why?");
        let submitted = window.submits(&[("Cause", "a race")]).unwrap();
        let text = json!({"type": 7, "data": {"content": "thanks"}});
        assert_eq!(bot.answers(&submitted, text).await, FINE);
        assert_eq!(submitted.message().await.unwrap().id(), card.id());
        assert!(ann.selects(&card, "s", &["@Nobody"]).is_err());
    }
    bot.house.assert_clean();
}

#[tokio::test]
async fn context_menus_of_messages_and_people() {
    let mut bot = Bot::start().await;
    bot.offers(vec![
        json!({"type": 3, "name": "Make issue", "description": ""}),
        json!({"type": 2, "name": "Their tickets", "description": ""}),
    ]);
    let ann = bot.house.sim.person("Ann");
    let bob = bot.house.sim.person("Bob");
    let channel = bot.house.channel;
    bob.posts(channel, "it hangs").unwrap();
    let message = ann.sees(channel).unwrap().remove(0);
    for answer in [
        ann.uses_on_message("Make issue", &message).unwrap(),
        ann.uses_on_person(channel, "Their tickets", &bob).unwrap(),
    ] {
        let text = json!({"type": 4, "data": {"content": "done", "flags": 64}});
        assert_eq!(bot.answers(&answer, text).await, FINE);
        answer.message().await.unwrap();
    }
    bot.house.assert_clean();
}

#[tokio::test]
async fn commands_are_offered_to_those_who_may() {
    let bot = Bot::start().await;
    let threads = permissions::MANAGE_THREADS.to_string();
    bot.offers(vec![
        json!({"type": 1, "name": "claim", "description": "d", "default_member_permissions": threads}),
        json!({"type": 1, "name": "direct", "description": "d", "contexts": [1]}),
    ]);
    let (guild, channel) = (bot.house.guild, bot.house.channel);
    let ann = bot.house.sim.person("Ann");
    let hidden = ann.runs(channel, "/claim").err().unwrap();
    assert!(hidden.to_string().contains("permissions"), "{hidden}");
    assert!(ann.runs(channel, "/direct").is_err());
    let promoted = bot.house.sim.act(|world| {
        let role = NewRole {
            permissions: permissions::MANAGE_THREADS,
            ..NewRole::named("staff")
        };
        let role = world.add_role(guild, role)?;
        world.set_roles(guild, ann.id(), &[role])
    });
    promoted.unwrap();
    assert!(ann.runs(channel, "/claim").is_ok());
}

#[tokio::test]
async fn an_answer_pings_people_but_no_role_unless_it_says_so() {
    let mut bot = Bot::start().await;
    bot.offers(vec![ping()]);
    let (guild, channel) = (bot.house.guild, bot.house.channel);
    let ann = bot.house.sim.person("Ann");
    let bob = bot.house.sim.person("Bob");
    let role = bot
        .house
        .sim
        .act(|world| {
            let role = world.add_role(
                guild,
                NewRole {
                    mentionable: true,
                    ..NewRole::named("staff")
                },
            )?;
            world.set_roles(guild, bob.id(), &[role])?;
            Ok(role)
        })
        .unwrap();
    let content = format!("<@{}> <@&{role}>", ann.id());
    let answer = ann.runs(channel, "/ping").unwrap();
    let text = json!({"type": 4, "data": {"content": content}});
    assert_eq!(bot.answers(&answer, text).await, FINE);
    answer.message().await.unwrap();
    assert_eq!((ann.pinged().len(), bob.pinged().len()), (1, 0));

    let answer = ann.runs(channel, "/ping").unwrap();
    let allowed = json!({"parse": ["roles"]});
    let text = json!({"type": 4, "data": {"content": content, "allowed_mentions": allowed}});
    assert_eq!(bot.answers(&answer, text).await, FINE);
    answer.message().await.unwrap();
    assert_eq!((ann.pinged().len(), bob.pinged().len()), (1, 1));
    bot.house.assert_clean();
}

#[tokio::test]
async fn the_response_can_be_asked_for() {
    let mut bot = Bot::start().await;
    bot.offers(vec![ping()]);
    let ann = bot.house.sim.person("Ann");
    let answer = ann.runs(bot.house.channel, "/ping").unwrap();
    let token = bot.told.recv().await.unwrap();
    let path = format!(
        "/interactions/{}/{token}/callback?with_response=true",
        answer.interaction()
    );
    let body = json!({"type": 4, "data": {"content": "pong"}});
    let (status, told) = bot.send("POST", &path, Some(body)).await;
    assert_eq!(status, 200);
    assert_eq!(told["resource"]["message"]["content"], "pong");
    let seen = answer.message().await.unwrap();
    assert_eq!(
        told["interaction"]["response_message_id"],
        seen.id().to_string()
    );
    bot.house.assert_clean();
}
