//! The posts of an open forum.

use serde_json::{Value, json};

use super::{Eyes, id, optional_id};
use crate::world::{Channel, FLAG_PINNED, Thread};

/// Characters of a post's first message that its row shows.
const GLIMPSE: usize = 240;

/// Every post the person sees, archived ones too, each a row.
pub(in crate::page) fn posts(eyes: Eyes<'_>, forum: u64) -> Vec<Value> {
    let Some(forum) = eyes.find(forum).filter(|forum| forum.kind.is_forum()) else {
        return Vec::new();
    };
    let channels = eyes.world.channels.values();
    channels
        .filter(|channel| channel.parent == Some(forum.id))
        .filter_map(|channel| Some((channel, channel.thread.as_ref()?)))
        .filter(|(channel, _)| eyes.sees(channel))
        .map(|(channel, thread)| row(eyes, channel, thread))
        .collect()
}

fn row(eyes: Eyes<'_>, post: &Channel, thread: &Thread) -> Value {
    let first = eyes
        .world
        .messages
        .get(&post.id)
        .and_then(|messages| messages.get(&post.id));
    let glimpse: String = first.map_or_else(String::new, |first| {
        first.content.chars().take(GLIMPSE).collect()
    });
    let reactions = first.map(|first| {
        let all = first.reactions.iter();
        all.map(|it| json!({ "name": it.name, "count": it.users.len() }))
            .collect::<Value>()
    });
    json!({
        "id": id(post.id),
        "name": post.name,
        "owner": id(thread.owner),
        "tags": thread.applied_tags.iter().copied().map(id).collect::<Value>(),
        "archived": thread.archived,
        "locked": thread.locked,
        "pinned": post.flags & FLAG_PINNED != 0,
        "answers": thread.message_count,
        "last": optional_id(post.last_message),
        "first": glimpse,
        "deleted": first.is_none(),
        "reactions": reactions,
        "unread": eyes.is_unread(post),
        "pings": eyes.unread_pings(post.id),
    })
}
