//! The list of channels on the left.

use serde_json::{Value, json};

use super::{Eyes, id, optional_id};
use crate::world::{Channel, ChannelKind};

/// Every channel, joined thread and direct conversation of the person, each a row.
///
/// A thread is listed while it is active and the person is in it, and while it is open.
pub(in crate::page) fn rail(eyes: Eyes<'_>, open: Option<u64>) -> Vec<Value> {
    let channels = eyes.world.channels.values();
    channels
        .filter(|channel| is_listed(eyes, channel, open) && eyes.sees(channel))
        .map(|channel| row(eyes, channel))
        .collect()
}

fn is_listed(eyes: Eyes<'_>, channel: &Channel, open: Option<u64>) -> bool {
    match &channel.thread {
        Some(thread) => {
            open == Some(channel.id)
                || !thread.archived && thread.members.contains_key(&eyes.person)
        }
        None => channel.kind != ChannelKind::Direct || channel.recipients.contains(&eyes.person),
    }
}

fn row(eyes: Eyes<'_>, channel: &Channel) -> Value {
    json!({
        "id": id(channel.id),
        "guild": optional_id(channel.guild),
        "kind": channel.kind.number(),
        "name": name(eyes, channel),
        "parent": optional_id(channel.parent),
        "position": channel.position,
        "last": optional_id(channel.last_message),
        "hidden": is_hidden(eyes, channel),
        "locked": channel.thread.as_ref().is_some_and(|thread| thread.locked),
        "unread": eyes.is_unread(channel) || has_unread_posts(eyes, channel),
        "pings": eyes.unread_pings(channel.id),
    })
}

/// Whether @everyone does not see it: shown with a lock.
fn is_hidden(eyes: Eyes<'_>, channel: &Channel) -> bool {
    use crate::world::permissions::VIEW_CHANNEL;
    let everyone = channel
        .overwrites
        .iter()
        .find(|overwrite| Some(overwrite.id) == channel.guild);
    match everyone {
        Some(everyone) => everyone.deny & VIEW_CHANNEL != 0,
        None => channel
            .guild
            .and_then(|guild| eyes.world.guilds.get(&guild))
            .is_some_and(|guild| {
                guild
                    .roles
                    .get(&guild.id)
                    .is_some_and(|role| role.permissions & VIEW_CHANNEL == 0)
            }),
    }
}

/// A forum is unread when a post was opened since the person last looked at the forum.
fn has_unread_posts(eyes: Eyes<'_>, forum: &Channel) -> bool {
    let last = eyes.marks.last_read(eyes.person, forum.id);
    forum.kind.is_forum()
        && forum.last_message.is_some_and(|newest| {
            let by = eyes
                .world
                .channels
                .get(&newest)
                .and_then(|post| post.thread.as_ref());
            newest > last && by.is_some_and(|post| post.owner != eyes.person)
        })
}

/// The name, or who else is in a direct conversation.
fn name(eyes: Eyes<'_>, channel: &Channel) -> String {
    if channel.kind != ChannelKind::Direct {
        return channel.name.clone();
    }
    let others = channel
        .recipients
        .iter()
        .filter(|user| **user != eyes.person);
    let names: Vec<String> = others
        .map(|user| match eyes.world.users.get(user) {
            Some(user) => user
                .global_name
                .clone()
                .unwrap_or_else(|| user.username.clone()),
            None => "Deleted user".to_owned(),
        })
        .collect();
    names.join(", ")
}
