//! Messages.

use serde_json::{Value, json};

use super::{id, ids, join, optional_timestamp, put, timestamp};
use crate::world::{Message, Nonce, Reaction, World, flag, kind};

impl World {
    /// A message as REST answers it to a reader, in full; see [`World::hide_content`].
    pub fn render_message(&self, message: &Message, reader: u64) -> Value {
        let mut rendered = self.render_plain_message(message);
        if !message.reactions.is_empty() {
            let reactions = message.reactions.iter();
            put(
                &mut rendered,
                "reactions",
                reactions.map(|it| render_reaction(it, reader)).collect(),
            );
        }
        if message.flags & flag::HAS_THREAD != 0
            && let Some(thread) = self.channels.get(&message.id)
        {
            put(&mut rendered, "thread", self.render_channel(thread));
        }
        if let Some(reference) = message.reference
            && matches!(
                message.kind,
                kind::REPLY | kind::THREAD_STARTER | kind::CONTEXT_MENU_COMMAND
            )
        {
            let referenced = reference
                .message
                .and_then(|id| self.messages.get(&reference.channel)?.get(&id))
                .map_or(Value::Null, |message| self.render_plain_message(message));
            put(&mut rendered, "referenced_message", referenced);
        }
        rendered
    }

    /// A message as the gateway brings it: with guild and member.
    pub fn render_message_event(&self, message: &Message) -> Value {
        let mut rendered = self.render_message(message, 0);
        if let Some(nonce) = &message.nonce {
            put(&mut rendered, "nonce", nonce.render());
        }
        let Some(guild) = self.channels.get(&message.channel).and_then(|it| it.guild) else {
            return rendered;
        };
        put(&mut rendered, "guild_id", id(guild));
        if let Some(member) = self.find_member(guild, message.author)
            && message.webhook.is_none()
        {
            put(
                &mut rendered,
                "member",
                self.render_member_without_user(member),
            );
        }
        let mentions = message.mentions.iter().map(|user| {
            let mut rendered = self.render_user(*user);
            if let Some(member) = self.find_member(guild, *user) {
                put(
                    &mut rendered,
                    "member",
                    self.render_member_without_user(member),
                );
            }
            rendered
        });
        put(&mut rendered, "mentions", mentions.collect());
        rendered
    }

    fn render_plain_message(&self, message: &Message) -> Value {
        let mut rendered = json!({
            "type": message.kind,
            "content": message.content,
            "mentions": message.mentions.iter().map(|user| self.render_user(*user)).collect::<Value>(),
            "mention_roles": ids(&message.mention_roles),
            "attachments": self.files.sign_all(&message.attachments, self.now()),
            "embeds": message.embeds,
            "timestamp": timestamp(message.at),
            "edited_timestamp": optional_timestamp(message.edited_at),
            "flags": message.flags,
            "components": message.components,
            "id": id(message.id),
            "channel_id": id(message.channel),
            "author": self.render_user(message.author),
            "pinned": message.pinned,
            "mention_everyone": message.mention_everyone,
            "tts": message.tts,
        });
        if let Some(reference) = message.reference {
            let mut target = json!({ "type": 0, "channel_id": id(reference.channel) });
            if let Some(message) = reference.message {
                put(&mut target, "message_id", id(message));
            }
            if let Some(guild) = self.channels.get(&message.channel).and_then(|it| it.guild) {
                put(&mut target, "guild_id", id(guild));
            }
            put(&mut rendered, "message_reference", target);
        }
        for (key, value) in [
            ("application_id", message.application),
            ("webhook_id", message.webhook),
        ] {
            if let Some(value) = value {
                put(&mut rendered, key, id(value));
            }
        }
        if let Some(interaction) = &message.interaction {
            join(
                &mut rendered,
                json!({ "interaction_metadata": interaction }),
            );
        }
        rendered
    }

    /// Empties what an application without the message content intent may not read: everything
    /// but its own messages, direct conversations and messages that mention it.
    ///
    /// `data` is a message (from [`World::render_message`] or an event).
    pub fn hide_content(&self, bot: u64, data: &mut Value) {
        if self
            .application_of(bot)
            .is_none_or(|app| !app.reads_content())
        {
            self.hide_content_always(bot, data);
        }
    }

    /// As [`World::hide_content`], for a session that did not ask for the intent.
    pub fn hide_content_always(&self, bot: u64, data: &mut Value) {
        let bot_id = bot.to_string();
        let channel = data["channel_id"].as_str().and_then(|id| id.parse().ok());
        let direct = channel
            .and_then(|id: u64| self.channels.get(&id))
            .is_some_and(|channel| channel.guild.is_none());
        let own = data
            .pointer("/author/id")
            .is_some_and(|id| *id == bot_id.as_str());
        let mentioned = data["mentions"]
            .as_array()
            .is_some_and(|users| users.iter().any(|user| user["id"] == bot_id.as_str()));
        if let Some(Value::Object(_)) = data.get("referenced_message")
            && let Some(referenced) = data.get_mut("referenced_message")
        {
            self.hide_content_always(bot, referenced);
        }
        if direct || own || mentioned {
            return;
        }
        put(data, "content", json!(""));
        for key in ["embeds", "attachments", "components"] {
            put(data, key, json!([]));
        }
    }
}

impl Nonce {
    pub fn render(&self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

fn render_reaction(reaction: &Reaction, reader: u64) -> Value {
    json!({
        "emoji": { "id": reaction.emoji.map(|id| id.to_string()), "name": reaction.name },
        "count": reaction.users.len(),
        "count_details": { "burst": 0, "normal": reaction.users.len() },
        "burst_colors": [],
        "me_burst": false,
        "me": reaction.users.contains(&reader),
    })
}
