//! A small world to test in, on a clock that is turned by hand.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::rest::Limits;
use discord_sim::world::{
    Dispatch, NewApplication, NewChannel, NewMessage, NewRole, NewTag, NewThread, World, intents,
    permissions,
};
use discord_sim::{Sim, SimOptions};
use reqwest::Method;
use serde_json::{Value, json};

/// What the bot is invited with, unless a test says otherwise.
pub(crate) const BOT: u64 = permissions::VIEW_CHANNEL
    | permissions::SEND_MESSAGES
    | permissions::SEND_MESSAGES_IN_THREADS
    | permissions::READ_MESSAGE_HISTORY
    | permissions::EMBED_LINKS
    | permissions::CREATE_PUBLIC_THREADS
    | permissions::CREATE_PRIVATE_THREADS
    | permissions::ADD_REACTIONS;

pub(crate) struct House {
    pub(crate) sim: Sim,
    time: Arc<Mutex<DateTime<Utc>>>,
    client: reqwest::Client,
    pub(crate) token: String,
    pub(crate) bot: u64,
    pub(crate) guild: u64,
    pub(crate) owner: u64,
    pub(crate) asker: u64,
    pub(crate) staff: u64,
    pub(crate) staff_role: u64,
    pub(crate) forum: u64,
    pub(crate) text: u64,
    /// The tags of the forum; `solved` is moderated.
    pub(crate) bug: u64,
    pub(crate) solved: u64,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with_limits(Limits::none()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let start = "2026-11-23T09:00:00Z".parse().unwrap();
        let time = Arc::new(Mutex::new(start));
        let now = Arc::clone(&time);
        let mut options = SimOptions::new(Box::new(move || *now.lock().unwrap()));
        options.limits = limits;
        let sim = Sim::start(options).await.unwrap();
        let mut house = Self {
            sim: sim.clone(),
            time,
            client: reqwest::Client::new(),
            token: String::new(),
            bot: 0,
            guild: 0,
            owner: 0,
            asker: 0,
            staff: 0,
            staff_role: 0,
            forum: 0,
            text: 0,
            bug: 0,
            solved: 0,
        };
        sim.act(|world| {
            house.furnish(world);
            Ok(())
        })
        .unwrap();
        house
    }

    fn furnish(&mut self, world: &mut World) {
        self.owner = world.add_user("Olga");
        self.guild = world.add_guild("Help desk", self.owner);
        self.staff_role = world.add_role(self.guild, NewRole::named("Staff")).unwrap();
        self.asker = world.add_user("Ada");
        self.staff = world.add_user("Stella");
        world.add_member(self.guild, self.asker, &[]).unwrap();
        world
            .add_member(self.guild, self.staff, &[self.staff_role])
            .unwrap();
        let solved = NewTag {
            moderated: true,
            ..NewTag::named("solved")
        };
        let forum = NewChannel {
            tags: vec![NewTag::named("bug"), solved],
            ..NewChannel::forum("help")
        };
        self.forum = world.add_channel(self.guild, forum).unwrap();
        self.text = world
            .add_channel(self.guild, NewChannel::text("chat"))
            .unwrap();
        let tags = &world.channels[&self.forum].forum.as_ref().unwrap().tags;
        (self.bug, self.solved) = (tags[0].id, tags[1].id);
        self.bot = world.add_application(NewApplication {
            name: "sameday".into(),
            owner: self.owner,
            privileged_intents: intents::MESSAGE_CONTENT | intents::GUILD_MEMBERS,
        });
        world.invite_bot(self.guild, self.bot, BOT).unwrap();
        self.token = world.applications[&self.bot].token.clone();
    }

    /// Turns the clock and lets time do what it does.
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.time.lock().unwrap() += by;
        self.sim.tick();
    }

    /// Gives the bot's own role these permissions.
    pub(crate) fn bot_may(&self, granted: u64) {
        self.sim
            .act(|world| {
                let roles = &world.guilds[&self.guild].roles;
                let own = roles
                    .values()
                    .find(|role| role.bot == Some(self.bot))
                    .unwrap()
                    .id;
                world.edit_role(self.guild, own, |role| role.permissions = granted)?;
                let guild = self.guild;
                world.edit_role(guild, guild, |everyone| {
                    everyone.permissions &= !(permissions::MENTION_EVERYONE);
                })
            })
            .unwrap();
    }

    /// A question in the forum.
    pub(crate) fn question(&self) -> u64 {
        self.sim
            .act(|world| {
                let message = NewMessage::text("It hangs");
                world.create_forum_post(self.asker, self.forum, NewThread::named("Help"), message)
            })
            .unwrap()
    }

    /// Asks the API as the bot; answers with status and body (null when there is none).
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let answer = self.request(method, path, &body).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v10{path}", self.sim.base_url());
        let request = self
            .client
            .request(method, url)
            .header("authorization", format!("Bot {}", self.token));
        if body.is_null() {
            request
        } else {
            request.json(body)
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, body).await
    }

    /// Posts a text as the bot; answers with the message's id.
    pub(crate) async fn says(&self, channel: u64, text: &str) -> u64 {
        let path = format!("/channels/{channel}/messages");
        let (status, body) = self.post(&path, json!({ "content": text })).await;
        assert_eq!(status, 200, "{body}");
        id_of(&body)
    }

    /// The events an act causes, instead of the gateway getting them.
    pub(crate) fn events_of(&self, act: impl FnOnce(&mut World)) -> Vec<Dispatch> {
        self.sim
            .act(|world| {
                act(world);
                Ok(std::mem::take(&mut world.outgoing))
            })
            .unwrap()
    }
}

/// The id of an answered object.
pub(crate) fn id_of(body: &Value) -> u64 {
    body["id"].as_str().unwrap().parse().unwrap()
}

/// Status and code of a refusal.
pub(crate) fn refusal(answer: &(u16, Value)) -> (u16, u64) {
    (answer.0, answer.1["code"].as_u64().unwrap())
}
