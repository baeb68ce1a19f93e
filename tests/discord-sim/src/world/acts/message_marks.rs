//! Pins, reactions, typing.

use serde_json::{Value, json};

use super::events::{message_intent, place};
use crate::world::render::{id, join, optional_timestamp, put};
use crate::world::{
    ApiError, Channel, Outcome, Reaction, Reference, World, intents, kind, permissions,
};

/// Different reactions on a message (30010).
const MOST_REACTIONS: usize = 20;
/// Pins of a channel (30003).
const MOST_PINS: usize = 250;

impl World {
    /// Pins or unpins a message; needs Pin Messages.
    pub fn set_pinned(&mut self, actor: u64, channel: u64, message: u64, pinned: bool) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        if !self.can(actor, &home, permissions::PIN_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        refuse_archived(&home)?;
        if self.load_message(channel, message)?.pinned == pinned {
            return Ok(());
        }
        if pinned && self.pins(channel) >= MOST_PINS {
            let text = "Maximum number of pins reached for the channel (250)";
            return Err(ApiError::new(400, 30003, text));
        }
        let mut changed = self.load_message(channel, message)?.clone();
        changed.pinned = pinned;
        self.replace_message(&changed);
        let now = self.now();
        if pinned && let Some(home) = self.channels.get_mut(&channel) {
            home.last_pin_at = Some(now);
        }
        let mut data = place(&home);
        let last = if pinned { Some(now) } else { home.last_pin_at };
        put(&mut data, "last_pin_timestamp", optional_timestamp(last));
        let needed = if home.guild.is_some() {
            intents::GUILDS
        } else {
            intents::DIRECT_MESSAGES
        };
        self.tell_channel("CHANNEL_PINS_UPDATE", &home, needed, data);
        if pinned {
            let target = Reference {
                channel,
                message: Some(message),
            };
            self.add_system_message(channel, actor, kind::PINNED, "", Some(target));
        }
        Ok(())
    }

    fn pins(&self, channel: u64) -> usize {
        self.messages.get(&channel).map_or(0, |messages| {
            messages.values().filter(|message| message.pinned).count()
        })
    }

    /// Puts a reaction on a message. `emoji` is the id of a custom one.
    pub fn add_reaction(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        name: &str,
        emoji: Option<u64>,
    ) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        if name.is_empty() || name.chars().count() > 32 {
            return Err(ApiError::unknown_emoji());
        }
        let target = self.load_message(channel, message)?;
        let same = |it: &&Reaction| it.name == name && it.emoji == emoji;
        let known = target.reactions.iter().find(same);
        // Whoever may not add one may still join one.
        let mut needed = permissions::READ_MESSAGE_HISTORY;
        if known.is_none() {
            needed |= permissions::ADD_REACTIONS;
        }
        if !self.can(actor, &home, needed) {
            return Err(ApiError::missing_permissions());
        }
        refuse_archived(&home)?;
        if known.is_some_and(|reaction| reaction.users.contains(&actor)) {
            return Ok(());
        }
        if known.is_none() && target.reactions.len() >= MOST_REACTIONS {
            let text = "Maximum number of reactions reached (20)";
            return Err(ApiError::new(400, 30010, text));
        }
        let author = target.author;
        if let Some(target) = self
            .messages
            .get_mut(&channel)
            .and_then(|messages| messages.get_mut(&message))
        {
            let found = target
                .reactions
                .iter_mut()
                .find(|it| it.name == name && it.emoji == emoji);
            match found {
                Some(reaction) => reaction.users.push(actor),
                None => target.reactions.push(Reaction {
                    name: name.to_owned(),
                    emoji,
                    users: vec![actor],
                }),
            }
        }
        let mut data = reaction_event(&home, actor, message, name, emoji);
        put(&mut data, "message_author_id", id(author));
        if let Some(member) = home.guild.and_then(|guild| self.find_member(guild, actor)) {
            put(&mut data, "member", self.render_member(member));
        }
        self.tell_channel("MESSAGE_REACTION_ADD", &home, reaction_intent(&home), data);
        Ok(())
    }

    /// Takes a reaction off: one's own, or with Manage Messages anybody's.
    pub fn remove_reaction(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        name: &str,
        emoji: Option<u64>,
        user: u64,
    ) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        if actor != user && !self.can(actor, &home, permissions::MANAGE_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        refuse_archived(&home)?;
        self.load_message(channel, message)?;
        let removed = self
            .messages
            .get_mut(&channel)
            .and_then(|messages| messages.get_mut(&message))
            .is_some_and(|target| {
                let mut removed = false;
                for reaction in &mut target.reactions {
                    if reaction.name == name && reaction.emoji == emoji {
                        removed = reaction.users.contains(&user);
                        reaction.users.retain(|other| *other != user);
                    }
                }
                target.reactions.retain(|it| !it.users.is_empty());
                removed
            });
        if removed {
            let data = reaction_event(&home, user, message, name, emoji);
            self.tell_channel(
                "MESSAGE_REACTION_REMOVE",
                &home,
                reaction_intent(&home),
                data,
            );
        }
        Ok(())
    }

    /// Somebody begins to write.
    pub fn start_typing(&mut self, actor: u64, channel: u64) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        let needed = if home.thread.is_some() {
            permissions::SEND_MESSAGES_IN_THREADS
        } else {
            permissions::SEND_MESSAGES
        };
        if !self.can(actor, &home, needed) {
            return Err(ApiError::missing_permissions());
        }
        let mut data = place(&home);
        join(
            &mut data,
            json!({ "user_id": id(actor), "timestamp": self.now().timestamp() }),
        );
        if let Some(member) = home.guild.and_then(|guild| self.find_member(guild, actor)) {
            put(&mut data, "member", self.render_member(member));
        }
        let needed = if home.guild.is_some() {
            intents::GUILD_MESSAGE_TYPING
        } else {
            intents::DIRECT_MESSAGE_TYPING
        };
        self.tell_channel("TYPING_START", &home, needed, data);
        Ok(())
    }
}

fn refuse_archived(home: &Channel) -> Outcome {
    match &home.thread {
        Some(thread) if thread.archived => Err(ApiError::thread_archived()),
        _ => Ok(()),
    }
}

fn reaction_event(
    home: &Channel,
    user: u64,
    message: u64,
    name: &str,
    emoji: Option<u64>,
) -> Value {
    let mut data = place(home);
    join(
        &mut data,
        json!({
            "user_id": id(user),
            "message_id": id(message),
            "emoji": { "id": emoji.map(|id| id.to_string()), "name": name },
            "burst": false,
            "type": 0,
        }),
    );
    data
}

/// Reactions follow the messages' intents, one bit further.
fn reaction_intent(home: &Channel) -> u64 {
    message_intent(home) << 1
}
