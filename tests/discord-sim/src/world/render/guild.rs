//! Guilds and roles.

use serde_json::{Value, json};

use super::{id, join, put, timestamp};
use crate::world::{Channel, Guild, Role, World};

impl World {
    /// A guild as `GET /guilds/{id}` answers.
    pub fn render_guild(&self, guild: &Guild) -> Value {
        json!({
            "id": id(guild.id),
            "name": guild.name,
            "icon": null,
            "description": null,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": guild.features,
            "banner": null,
            "owner_id": id(guild.owner),
            "application_id": null,
            "region": "deprecated",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "system_channel_id": null,
            "system_channel_flags": 0,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 1,
            "roles": guild.roles.values().map(|role| self.render_role(role)).collect::<Value>(),
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 2,
            "max_presences": null,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": guild.preferred_locale,
            "rules_channel_id": null,
            "safety_alerts_channel_id": null,
            "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": null,
        })
    }

    /// A guild as `GUILD_CREATE` brings it to one bot: with the channels it sees, the active threads
    /// among them, and (as for a guild with few members) its members.
    pub fn render_guild_create(&self, guild: &Guild, bot: u64) -> Value {
        let visible =
            |channel: &&Channel| channel.guild == Some(guild.id) && self.can_see(bot, channel);
        let channels: Value = self
            .channels
            .values()
            .filter(visible)
            .filter(|channel| channel.thread.is_none())
            .map(|channel| self.render_channel(channel))
            .collect();
        let threads: Value = self
            .channels
            .values()
            .filter(visible)
            .filter(|channel| {
                channel
                    .thread
                    .as_ref()
                    .is_some_and(|thread| !thread.archived)
            })
            .map(|channel| self.render_channel_for(channel, bot))
            .collect();
        let members: Value = guild
            .members
            .values()
            .map(|member| self.render_member(member))
            .collect();
        let joined_at = guild
            .members
            .get(&bot)
            .map_or(Value::Null, |member| timestamp(member.joined_at));
        let mut rendered = self.render_guild(guild);
        join(
            &mut rendered,
            json!({
                "hub_type": null,
                "joined_at": joined_at,
                "hub_type": null,
                "large": false,
                "unavailable": false,
                "member_count": guild.members.len(),
                "voice_states": [],
                "members": members,
                "channels": channels,
                "threads": threads,
                "presences": [],
                "stage_instances": [],
                "guild_scheduled_events": [],
                "soundboard_sounds": [],
            }),
        );
        rendered
    }

    pub fn render_role(&self, role: &Role) -> Value {
        let mut rendered = json!({
            "id": id(role.id),
            "name": role.name,
            "permissions": role.permissions.to_string(),
            "position": role.position,
            "color": role.color,
            "colors": { "primary_color": role.color, "secondary_color": null, "tertiary_color": null },
            "hoist": role.hoist,
            "managed": role.managed,
            "mentionable": role.mentionable,
            "icon": null,
            "unicode_emoji": null,
            "flags": 0,
        });
        if let Some(bot) = role.bot {
            put(&mut rendered, "tags", json!({ "bot_id": id(bot) }));
        }
        rendered
    }
}
