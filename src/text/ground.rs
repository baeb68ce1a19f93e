//! The sentences about settings that do not meet the ground. Each says what is wrong and what to
//! do. Those at the start are for a terminal, those about a loss for Discord.

use crate::domain::ids::{ChannelId, GuildId, RoleId};

/// The bot is not there.
pub fn not_in(guild: GuildId, application: u64, permissions: u64) -> String {
    format!(
        "The bot is not in guild {guild}: invite it with https://discord.com/oauth2/authorize\
         ?client_id={application}&scope=bot+applications.commands&permissions={permissions}\
         &guild_id={guild}, or take the guild out of the settings."
    )
}

/// There is no such role.
pub fn no_role(guild: GuildId, role: RoleId, setting: &str) -> String {
    format!(
        "Guild {guild} has no role {role}, which `{setting}` names: copy the right id from the \
         guild's role settings."
    )
}

/// There is no such channel.
pub fn no_channel(guild: GuildId, channel: ChannelId, setting: &str) -> String {
    format!(
        "Guild {guild} has no channel {channel}, which `{setting}` names: copy the right id from \
         the channel's menu."
    )
}

/// A channel is of another kind than can be used.
pub fn wrong_kind(guild: GuildId, channel: ChannelId, setting: &str, is_watched: bool) -> String {
    let wanted = if is_watched {
        "a forum or a text channel, whose threads can be tickets"
    } else {
        "a text channel, in which messages can be written"
    };
    format!(
        "Channel {channel} of guild {guild}, which `{setting}` names, is of another kind: name {wanted}."
    )
}

/// Something is not permitted in a channel.
pub fn no_permission(
    guild: GuildId,
    channel: ChannelId,
    name: Option<&str>,
    missing: &[&str],
) -> String {
    let place = place(channel, name);
    let missing = missing.join(", ");
    format!(
        "The bot lacks permissions in {place} of guild {guild}: give its role these in the \
         channel's settings: {missing}."
    )
}

/// A role cannot be pinged in a channel without this permission.
pub fn no_ping(
    guild: GuildId,
    channel: ChannelId,
    name: Option<&str>,
    role: RoleId,
    permission: &str,
) -> String {
    let place = place(channel, name);
    format!(
        "The bot cannot ping role {role} in {place} of guild {guild}: allow everybody to mention \
         the role, or give the bot “{permission}” in that channel."
    )
}

/// A privileged intent is wanted and switched off.
pub fn no_intent(name: &str) -> String {
    format!(
        "The bot asks for the {name}, which is switched off: switch it on in the Developer Portal \
         under Bot, Privileged Gateway Intents."
    )
}

/// A privileged intent is switched on and not wanted.
pub fn needless_intent(name: &str) -> String {
    format!(
        "The {name} is switched on, but the bot does not use it: you can switch it off in the \
         Developer Portal under Bot, Privileged Gateway Intents."
    )
}

/// A role of the settings was deleted.
pub fn role_deleted(role: RoleId, setting: &str) -> String {
    deleted(&format!("The role {role}"), setting)
}

/// A channel of the settings was deleted.
pub fn channel_deleted(channel: ChannelId, setting: &str) -> String {
    deleted(&format!("The channel {channel}"), setting)
}

fn deleted(what: &str, setting: &str) -> String {
    let command = match setting {
        "staff_channel" => "/channels staff",
        "moderator_channel" => "/channels moderators",
        "ladder" => "/ladder step",
        // What is gone stands in no menu of Discord's, so it can only be typed.
        _ => "/settings set",
    };
    format!(
        "{what}, which `{setting}` names, was deleted: put another one in its place with `{command}`."
    )
}

/// A watched channel cannot be read any more without these permissions.
pub fn channel_hidden(channel: ChannelId, [view, read]: [&str; 2]) -> String {
    format!(
        "I cannot read <#{channel}> any more, so I do not see the questions there: give my role \
         “{view}” and “{read}” in that channel."
    )
}

/// A channel by its number and, when it is harmless, its name: text from people.
fn place(channel: ChannelId, name: Option<&str>) -> String {
    let harmless = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    match name.filter(harmless) {
        Some(name) => format!("#{name} ({channel})"),
        None => format!("channel {channel}"),
    }
}
