//! A small application as anybody could write it: it listens to the gateway with twilight and
//! answers over REST.

use std::sync::Arc;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use twilight_gateway::{ConfigBuilder, Intents, Message, Shard, ShardId};

use crate::house::House;

/// Version 2 components.
const V2: u64 = 1 << 15;
const EPHEMERAL: u64 = 1 << 6;

pub(crate) struct App {
    /// Lets `/slow` end.
    pub(crate) finish: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl App {
    /// Registers its commands and listens.
    pub(crate) async fn start(house: &House) -> Self {
        let client = reqwest::Client::new();
        let url = format!(
            "{}/api/v10/applications/{}/guilds/{}/commands",
            house.sim.base_url(),
            house.application,
            house.guild
        );
        let registered = client
            .put(url)
            .header("Authorization", format!("Bot {}", house.token))
            .header("User-Agent", "DiscordBot (https://example.org, 1)")
            .json(&commands())
            .send()
            .await
            .unwrap();
        assert!(
            registered.status().is_success(),
            "{:?}",
            registered.text().await
        );
        let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
        let config = ConfigBuilder::new(house.token.clone(), intents)
            .proxy_url(house.sim.gateway_url().to_owned())
            .build();
        let mut shard = Shard::with_config(ShardId::ONE, config);
        let finish = Arc::new(Notify::new());
        let worker = Worker {
            client,
            base: house.sim.base_url(),
            finish: Arc::clone(&finish),
        };
        let (ready, connected) = tokio::sync::oneshot::channel();
        let mut ready = Some(ready);
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        let task = tokio::spawn(async move {
            while let Some(Ok(message)) = shard.next().await {
                let Message::Text(text) = message else {
                    continue;
                };
                let frame: Value = serde_json::from_str(&text).unwrap();
                match frame["t"].as_str() {
                    Some("READY") => {
                        if let Some(ready) = ready.take() {
                            ready.send(()).unwrap();
                        }
                    }
                    Some("INTERACTION_CREATE") => worker.handle(&frame["d"]).await,
                    _ => {}
                }
            }
        });
        connected.await.unwrap();
        Self { finish, task }
    }
}

struct Worker {
    client: reqwest::Client,
    base: String,
    finish: Arc<Notify>,
}

impl Worker {
    async fn handle(&self, interaction: &Value) {
        let data = &interaction["data"];
        let user = interaction["member"]["user"]["id"]
            .as_str()
            .unwrap_or_default();
        let answer = match interaction["type"].as_u64() {
            Some(2) => match data["name"].as_str().unwrap() {
                "status" => {
                    message(&json!({"flags": V2, "components": [card("Nobody yet", true)]}))
                }
                "remind" => whisper(&format!("I will remind you: {}", data["options"])),
                "slow" => {
                    self.answer(interaction, &json!({"type": 5})).await;
                    self.finish.notified().await;
                    return self.fill_in(interaction, "That took a while.").await;
                }
                "find" => whisper(&format!("Found {}", data["options"][0]["value"])),
                "Wave" => whisper(&format!(
                    "You wave at <@{}>.",
                    data["target_id"].as_str().unwrap()
                )),
                "Bookmark" => whisper(&format!("Bookmarked {}", data["target_id"])),
                // `/silent` gets no answer.
                _ => return,
            },
            Some(4) => {
                let typed = data["options"][0]["value"].as_str().unwrap_or_default();
                let topics = ["tides", "towing", "anchors"];
                let fitting = topics.iter().filter(|topic| topic.starts_with(typed));
                let choices: Vec<Value> = fitting
                    .map(|topic| json!({"name": format!("About {topic}"), "value": topic}))
                    .collect();
                json!({"type": 8, "data": {"choices": choices}})
            }
            Some(3) => match data["custom_id"].as_str().unwrap() {
                "claim" => {
                    json!({"type": 7, "data": {"components": [card(&format!("<@{user}>"), false)]}})
                }
                "note" => json!({"type": 9, "data": note()}),
                "kind" => whisper(&format!("Chosen: {}", data["values"])),
                "who" => whisper(&format!(
                    "Looking for <@{}>",
                    data["values"][0].as_str().unwrap()
                )),
                _ => return,
            },
            Some(5) => {
                let cause = &data["components"][0]["component"]["value"];
                message(
                    &json!({"content": format!("Note by <@{user}>: {}", cause.as_str().unwrap())}),
                )
            }
            _ => return,
        };
        self.answer(interaction, &answer).await;
    }

    async fn answer(&self, interaction: &Value, answer: &Value) {
        let url = format!(
            "{}/api/v10/interactions/{}/{}/callback",
            self.base,
            interaction["id"].as_str().unwrap(),
            interaction["token"].as_str().unwrap()
        );
        let sent = self.client.post(url).json(answer).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
    }

    async fn fill_in(&self, interaction: &Value, content: &str) {
        let url = format!(
            "{}/api/v10/webhooks/{}/{}/messages/@original",
            self.base,
            interaction["application_id"].as_str().unwrap(),
            interaction["token"].as_str().unwrap()
        );
        let edit = self.client.patch(url).json(&json!({ "content": content }));
        assert!(edit.send().await.unwrap().status().is_success());
    }
}

fn message(data: &Value) -> Value {
    json!({"type": 4, "data": data})
}

fn whisper(text: &str) -> Value {
    message(&json!({"flags": EPHEMERAL, "content": text}))
}

fn commands() -> Value {
    json!([
        {"name": "status", "description": "Shows the card of this thread"},
        {"name": "remind", "description": "Reminds somebody of something", "options": [
            {"type": 3, "name": "what", "description": "What not to forget", "required": true, "max_length": 60},
            {"type": 4, "name": "minutes", "description": "In how many minutes", "min_value": 1, "max_value": 60},
            {"type": 6, "name": "who", "description": "Somebody else than you"},
            {"type": 3, "name": "tone", "description": "How", "choices": [
                {"name": "Softly", "value": "soft"}, {"name": "With a bell", "value": "bell"}]},
        ]},
        {"name": "find", "description": "Finds a page of the handbook", "options": [
            {"type": 3, "name": "topic", "description": "A topic", "required": true, "autocomplete": true},
        ]},
        {"name": "slow", "description": "Thinks for a while"},
        {"name": "silent", "description": "Never answers"},
        {"name": "Wave", "type": 2},
        {"name": "Bookmark", "type": 3},
    ])
}

/// A card like those that real applications post.
fn card(owner: &str, open: bool) -> Value {
    json!({"type": 17, "accent_color": 0x0056_61e0, "components": [
        {"type": 9, "components": [
            {"type": 10, "content": "### The export hangs at 99 %\n-# Ticket 17 • normal • waiting for **staff**"},
        ], "accessory": {"type": 2, "style": 5, "label": "Open", "url": "https://example.org/17"}},
        {"type": 14},
        {"type": 10, "content": format!(
            "**Owner** {owner}\n**Answer due** <t:1795458600:t> (<t:1795458600:R>)")},
        {"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Claim", "custom_id": "claim", "disabled": !open},
            {"type": 2, "style": 2, "label": "Write a note", "custom_id": "note"},
            {"type": 2, "style": 3, "label": "Resolve", "custom_id": "resolve"},
            {"type": 2, "style": 4, "label": "Escalate", "custom_id": "escalate"},
        ]},
        {"type": 1, "components": [
            {"type": 3, "custom_id": "kind", "placeholder": "Kind of question", "options": [
                {"label": "Bug", "value": "bug", "description": "It should work and does not"},
                {"label": "Question", "value": "question", "description": "How does one do it?"},
                {"label": "Wish", "value": "wish"},
            ]},
        ]},
        {"type": 1, "components": [{"type": 5, "custom_id": "who", "placeholder": "Hand over to"}]},
    ]})
}

fn note() -> Value {
    json!({"custom_id": "note", "title": "Write a note", "components": [
        {"type": 18, "label": "What did you see?", "description": "Only staff reads it.", "component":
            {"type": 4, "custom_id": "text", "style": 2, "min_length": 3, "max_length": 500,
             "placeholder": "One or two sentences"}},
        {"type": 18, "label": "How sure are you?", "component":
            {"type": 21, "custom_id": "sure", "required": false, "options": [
                {"label": "Quite", "value": "quite"}, {"label": "Not at all", "value": "no"}]}},
        {"type": 18, "label": "Area", "component":
            {"type": 3, "custom_id": "area", "required": false, "placeholder": "Choose one", "options": [
                {"label": "Export", "value": "export"}, {"label": "Import", "value": "import"}]}},
    ]})
}
