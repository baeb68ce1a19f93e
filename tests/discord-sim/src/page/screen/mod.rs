//! What one person may see, made anew from the world each time.
//!
//! Every function here takes the person and answers with JSON for the browser; none changes anything.
//! Whether somebody may see a channel is asked of the world, in [`Eyes::sees`].

mod commands;
mod forum;
mod guild;
mod messages;
mod place;
mod rail;

pub(super) use commands::commands;
pub(super) use forum::posts;
pub(super) use guild::{guilds, members, people};
pub(super) use messages::{messages, named_channels, place_of};
pub(super) use place::{here, place};
pub(super) use rail::rail;

use serde_json::{Value, json};

use super::marks::Marks;
use crate::world::{Channel, World};

/// Somebody who looks.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    pub(super) world: &'a World,
    pub(super) marks: &'a Marks,
    pub(super) person: u64,
}

impl<'a> Eyes<'a> {
    /// The channel, if this person sees it.
    pub(super) fn find(&self, channel: u64) -> Option<&'a Channel> {
        let channel = self.world.channels.get(&channel)?;
        self.sees(channel).then_some(channel)
    }

    pub(super) fn sees(&self, channel: &Channel) -> bool {
        self.world.can_see(self.person, channel)
    }

    /// Unread messages that pinged the person in a channel.
    fn unread_pings(&self, channel: u64) -> usize {
        let last = self.marks.last_read(self.person, channel);
        let messages = self.world.messages.get(&channel);
        let is_there = |message| messages.is_some_and(|all| all.contains_key(&message));
        let own = self.world.pings.iter().filter(|ping| {
            ping.user == self.person && ping.channel == channel && ping.message > last
        });
        own.filter(|ping| is_there(ping.message)).count()
    }

    /// Whether there is something the person has not read in a channel.
    fn is_unread(&self, channel: &Channel) -> bool {
        let last = self.marks.last_read(self.person, channel.id);
        let messages = self.world.messages.get(&channel.id);
        let newest = messages.and_then(|messages| messages.values().next_back());
        newest.is_some_and(|newest| newest.id > last && newest.author != self.person)
    }
}

fn id(snowflake: u64) -> Value {
    json!(snowflake.to_string())
}

fn optional_id(snowflake: Option<u64>) -> Value {
    snowflake.map_or(Value::Null, id)
}
