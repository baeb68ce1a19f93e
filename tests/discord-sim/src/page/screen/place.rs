//! The open channel itself, and who is there.

use serde_json::{Value, json};

use super::{Eyes, id, optional_id};
use crate::world::{Channel, ChannelKind, FLAG_PINNED, FLAG_REQUIRE_TAG, permissions};

/// The open channel; null when the person sees no such channel.
pub(in crate::page) fn place(eyes: Eyes<'_>, channel: u64) -> Value {
    let Some(channel) = eyes.find(channel) else {
        return Value::Null;
    };
    let parent = channel
        .parent
        .and_then(|parent| eyes.world.channels.get(&parent));
    let forum = channel
        .forum
        .as_ref()
        .or(parent.and_then(|parent| parent.forum.as_ref()));
    let tags = forum.map(|forum| {
        let tag = |tag: &crate::world::ForumTag| {
            json!({
                "id": id(tag.id), "name": tag.name, "emoji": tag.emoji_name, "moderated": tag.moderated,
            })
        };
        forum.tags.iter().map(tag).collect::<Value>()
    });
    let thread = channel.thread.as_ref().map(|thread| {
        json!({
            "owner": id(thread.owner),
            "archived": thread.archived,
            "locked": thread.locked,
            "pinned": channel.flags & FLAG_PINNED != 0,
            "tags": thread.applied_tags.iter().copied().map(id).collect::<Value>(),
            "joined": thread.members.contains_key(&eyes.person),
            "created": crate::world::timestamp(thread.created_at),
        })
    });
    json!({
        "id": id(channel.id),
        "guild": optional_id(channel.guild),
        "kind": channel.kind.number(),
        "name": channel.name,
        "topic": channel.topic,
        "parent": parent.map(|parent| json!({
            "id": id(parent.id), "kind": parent.kind.number(), "name": parent.name,
        })),
        "tags": tags,
        "needsTag": channel.flags & FLAG_REQUIRE_TAG != 0,
        "slow": channel.rate_limit_per_user,
        "thread": thread,
        "with": channel.recipients.iter().copied().filter(|user| *user != eyes.person).map(id)
            .collect::<Value>(),
        "may": may(eyes, channel),
        "readTo": id(eyes.marks.last_read(eyes.person, channel.id)),
    })
}

/// What the person may do there, and why not write.
fn may(eyes: Eyes<'_>, channel: &Channel) -> Value {
    let granted = eyes.world.permissions_in(eyes.person, channel);
    let has = |bits: u64| granted & bits == bits;
    let moderates = has(permissions::MANAGE_THREADS);
    let write = if channel.thread.is_some() {
        permissions::SEND_MESSAGES_IN_THREADS
    } else {
        permissions::SEND_MESSAGES
    };
    let thread = channel.thread.as_ref();
    let owns = thread.is_some_and(|thread| thread.owner == eyes.person);
    let guild = channel
        .guild
        .and_then(|guild| eyes.world.guilds.get(&guild));
    let silenced = guild.is_some_and(|guild| eyes.world.is_silenced(eyes.person, guild));
    let locked = thread.is_some_and(|thread| thread.locked) && !moderates;
    let closed = if silenced {
        Some("You are timed out here.")
    } else if locked {
        Some("This thread is locked.")
    } else if !has(write) {
        Some("You do not have permission to send messages in this channel.")
    } else {
        None
    };
    json!({
        "write": closed.is_none() && channel.kind.holds_messages(),
        "ask": channel.kind.is_forum() && closed.is_none(),
        "closed": closed,
        "moderate": moderates,
        "rename": moderates || owns && !locked,
        "manage": has(permissions::MANAGE_MESSAGES),
        "pin": has(permissions::PIN_MESSAGES),
        "react": has(permissions::ADD_REACTIONS),
        "branch": matches!(channel.kind, ChannelKind::Text | ChannelKind::Announcement)
            && has(permissions::CREATE_PUBLIC_THREADS),
    })
}

/// Who is in the open channel, for the list on the right: of a thread its members, else everybody
/// who sees it.
pub(in crate::page) fn here(eyes: Eyes<'_>, channel: u64) -> Value {
    let Some(channel) = eyes.find(channel) else {
        return json!([]);
    };
    let users: Vec<u64> = match (&channel.thread, channel.guild) {
        (Some(thread), _) => thread.members.keys().copied().collect(),
        (None, None) => channel.recipients.clone(),
        (None, Some(guild)) => {
            let guild = eyes.world.guilds.get(&guild);
            let members = guild.into_iter().flat_map(|guild| guild.members.keys());
            members
                .copied()
                .filter(|user| eyes.world.can_see(*user, channel))
                .collect()
        }
    };
    users.into_iter().map(id).collect()
}
