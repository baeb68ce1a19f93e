//! Channels and threads.

use serde_json::{Value, json};

use super::{id, ids, join, optional_id, optional_timestamp, put, timestamp};
use crate::world::{
    Channel, ChannelKind, Forum, ForumTag, Overwrite, OverwriteOf, Thread, ThreadMember, World,
};

/// Counts of members stop here.
const MOST_MEMBERS_COUNTED: usize = 50;

impl World {
    /// A channel, a thread or a direct conversation.
    pub fn render_channel(&self, channel: &Channel) -> Value {
        let Some(guild) = channel.guild else {
            return self.render_direct(channel);
        };
        let mut rendered = json!({
            "id": id(channel.id),
            "type": channel.kind.number(),
            "flags": channel.flags,
            "guild_id": id(guild),
            "name": channel.name,
            "parent_id": optional_id(channel.parent),
        });
        if channel.kind != ChannelKind::Category {
            join(
                &mut rendered,
                json!({
                    "last_message_id": optional_id(channel.last_message),
                    "last_pin_timestamp": optional_timestamp(channel.last_pin_at),
                    "rate_limit_per_user": channel.rate_limit_per_user,
                }),
            );
        }
        if let Some(thread) = &channel.thread {
            join(&mut rendered, self.render_thread_part(channel, thread));
            return rendered;
        }
        join(
            &mut rendered,
            json!({
                "position": channel.position,
                "permission_overwrites": channel.overwrites.iter().map(render_overwrite).collect::<Value>(),
                "nsfw": channel.nsfw,
            }),
        );
        if channel.kind.holds_threads() {
            put(&mut rendered, "topic", json!(channel.topic));
            if let Some(minutes) = channel.default_auto_archive_minutes {
                put(
                    &mut rendered,
                    "default_auto_archive_duration",
                    json!(minutes),
                );
            }
        }
        if channel.kind == ChannelKind::Voice {
            join(
                &mut rendered,
                json!({ "bitrate": 64_000, "user_limit": 0, "rtc_region": null }),
            );
        }
        if let Some(forum) = &channel.forum {
            join(&mut rendered, render_forum_part(forum));
        }
        rendered
    }

    /// A thread with the reader's own membership, where it has one.
    pub fn render_channel_for(&self, channel: &Channel, reader: u64) -> Value {
        let mut rendered = self.render_channel(channel);
        if let Some(member) = channel
            .thread
            .as_ref()
            .and_then(|thread| thread.members.get(&reader))
        {
            put(
                &mut rendered,
                "member",
                render_thread_member(channel.id, member),
            );
        }
        rendered
    }

    fn render_direct(&self, channel: &Channel) -> Value {
        let recipients: Value = channel
            .recipients
            .iter()
            .filter(|user| self.users.get(user).is_some_and(|user| !user.bot))
            .map(|user| self.render_user(*user))
            .collect();
        json!({
            "id": id(channel.id),
            "type": channel.kind.number(),
            "last_message_id": optional_id(channel.last_message),
            "flags": 0,
            "recipients": recipients,
        })
    }

    fn render_thread_part(&self, channel: &Channel, thread: &Thread) -> Value {
        let mut metadata = json!({
            "archived": thread.archived,
            "archive_timestamp": timestamp(thread.archive_changed_at),
            "auto_archive_duration": thread.auto_archive_minutes,
            "locked": thread.locked,
            "create_timestamp": timestamp(thread.created_at),
        });
        if channel.kind == ChannelKind::PrivateThread {
            put(&mut metadata, "invitable", json!(thread.invitable));
        }
        let mut rendered = json!({
            "owner_id": id(thread.owner),
            "thread_metadata": metadata,
            "message_count": thread.message_count,
            "member_count": thread.members.len().min(MOST_MEMBERS_COUNTED),
            "total_message_sent": thread.total_message_sent,
        });
        let in_forum = channel
            .parent
            .and_then(|parent| self.channels.get(&parent))
            .is_some_and(|parent| parent.kind.is_forum());
        if in_forum {
            put(&mut rendered, "applied_tags", ids(&thread.applied_tags));
        }
        rendered
    }
}

/// The membership of a thread.
pub fn render_thread_member(thread: u64, member: &ThreadMember) -> Value {
    json!({
        "id": id(thread),
        "user_id": id(member.user),
        "join_timestamp": timestamp(member.joined_at),
        "flags": 0,
    })
}

fn render_forum_part(forum: &Forum) -> Value {
    json!({
        "available_tags": forum.tags.iter().map(render_tag).collect::<Value>(),
        "default_reaction_emoji": null,
        "default_sort_order": null,
        "default_forum_layout": 0,
        "default_tag_setting": "match_some",
        "default_thread_rate_limit_per_user": forum.default_thread_rate_limit_per_user,
    })
}

fn render_tag(tag: &ForumTag) -> Value {
    json!({
        "id": id(tag.id),
        "name": tag.name,
        "moderated": tag.moderated,
        "emoji_id": optional_id(tag.emoji_id),
        "emoji_name": tag.emoji_name,
    })
}

fn render_overwrite(overwrite: &Overwrite) -> Value {
    json!({
        "id": id(overwrite.id),
        "type": match overwrite.of { OverwriteOf::Role => 0, OverwriteOf::Member => 1 },
        "allow": overwrite.allow.to_string(),
        "deny": overwrite.deny.to_string(),
    })
}
