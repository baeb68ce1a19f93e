//! How acts tell the gateway what happened.

use serde_json::{Value, json};

use crate::world::render::{id, put};
use crate::world::{Channel, Dispatch, Message, World, intents};

impl World {
    pub(super) fn dispatch(&mut self, dispatch: Dispatch) {
        self.outgoing.push(dispatch);
    }

    /// An event for everybody who sees the channel.
    pub(super) fn tell_channel(
        &mut self,
        event: &'static str,
        channel: &Channel,
        intents: u64,
        data: Value,
    ) {
        self.dispatch(Dispatch {
            event,
            guild: channel.guild,
            channel: Some(channel.id),
            intents,
            data,
            only_user: None,
        });
    }

    /// An event for every member of the guild.
    pub(super) fn tell_guild(
        &mut self,
        event: &'static str,
        guild: u64,
        intents: u64,
        data: Value,
    ) {
        self.dispatch(Dispatch {
            event,
            guild: Some(guild),
            channel: None,
            intents,
            data,
            only_user: None,
        });
    }

    /// An event for one bot.
    pub(super) fn tell_user(
        &mut self,
        event: &'static str,
        guild: Option<u64>,
        user: u64,
        intents: u64,
        data: Value,
    ) {
        self.dispatch(Dispatch {
            event,
            guild,
            channel: None,
            intents,
            data,
            only_user: Some(user),
        });
    }

    /// An event about a message.
    pub(super) fn tell_message(&mut self, event: &'static str, message: &Message) {
        let data = self.render_message_event(message);
        if let Some(channel) = self.channels.get(&message.channel).cloned() {
            let intents = message_intent(&channel);
            self.tell_channel(event, &channel, intents, data);
        }
    }

    /// `THREAD_UPDATE`, `CHANNEL_UPDATE`: what the channel is like now.
    pub(super) fn tell_changed(&mut self, channel: u64) {
        let Some(channel) = self.channels.get(&channel).cloned() else {
            return;
        };
        let event = if channel.kind.is_thread() {
            "THREAD_UPDATE"
        } else {
            "CHANNEL_UPDATE"
        };
        let data = self.render_channel(&channel);
        self.tell_channel(event, &channel, intents::GUILDS, data);
    }

    /// The bots that see a channel now; asked before it goes.
    pub(super) fn bots_that_see(&self, channel: &Channel) -> Vec<u64> {
        self.applications
            .values()
            .map(|application| application.bot)
            .filter(|bot| self.can_see(*bot, channel))
            .collect()
    }
}

/// The intent under which a channel's messages are sent.
pub(super) fn message_intent(channel: &Channel) -> u64 {
    if channel.guild.is_some() {
        intents::GUILD_MESSAGES
    } else {
        intents::DIRECT_MESSAGES
    }
}

/// `{channel_id, guild_id?}`, the head of many events.
pub(super) fn place(channel: &Channel) -> Value {
    let mut place = json!({ "channel_id": id(channel.id) });
    if let Some(guild) = channel.guild {
        put(&mut place, "guild_id", id(guild));
    }
    place
}
