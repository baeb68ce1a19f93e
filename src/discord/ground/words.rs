//! The sentences about settings that do not meet the ground. Each says what is wrong and what to
//! do. Those at the start are for a terminal, those about a loss for Discord.

use super::{Need, Use};
use crate::domain::ids::{ChannelId, GuildId, RoleId};

pub(super) fn not_in(guild: GuildId, application: u64) -> String {
    let permissions = Need::all();
    format!(
        "The bot is not in guild {guild}: invite it with https://discord.com/oauth2/authorize\
         ?client_id={application}&scope=bot+applications.commands&permissions={permissions}\
         &guild_id={guild}, or take the guild out of the settings."
    )
}

pub(super) fn no_role(guild: GuildId, role: RoleId, setting: &str) -> String {
    format!(
        "Guild {guild} has no role {role}, which `{setting}` names: copy the right id from the \
         guild's role settings."
    )
}

pub(super) fn no_channel(guild: GuildId, channel: ChannelId, purpose: Use) -> String {
    let setting = purpose.setting();
    format!(
        "Guild {guild} has no channel {channel}, which `{setting}` names: copy the right id from \
         the channel's menu."
    )
}

pub(super) fn wrong_kind(guild: GuildId, channel: ChannelId, purpose: Use) -> String {
    let setting = purpose.setting();
    let wanted = match purpose {
        Use::Watched => "a forum or a text channel, whose threads can be tickets",
        Use::Staff | Use::Moderators | Use::Ladder => {
            "a text channel, in which messages can be written"
        }
    };
    format!(
        "Channel {channel} of guild {guild}, which `{setting}` names, is of another kind: name {wanted}."
    )
}

pub(super) fn no_permission(
    guild: GuildId,
    channel: ChannelId,
    name: Option<&str>,
    missing: &[Need],
) -> String {
    let place = place(channel, name);
    let missing: Vec<&str> = missing.iter().map(|need| need.name()).collect();
    let missing = missing.join(", ");
    format!(
        "The bot lacks permissions in {place} of guild {guild}: give its role these in the \
         channel's settings: {missing}."
    )
}

pub(super) fn no_ping(
    guild: GuildId,
    channel: ChannelId,
    name: Option<&str>,
    role: RoleId,
) -> String {
    let place = place(channel, name);
    let permission = Need::MentionEveryone.name();
    format!(
        "The bot cannot ping role {role} in {place} of guild {guild}: allow everybody to mention \
         the role, or give the bot “{permission}” in that channel."
    )
}

pub(super) fn no_intent(name: &str) -> String {
    format!(
        "The bot asks for the {name}, which is switched off: switch it on in the Developer Portal \
         under Bot, Privileged Gateway Intents."
    )
}

pub(super) fn needless_intent(name: &str) -> String {
    format!(
        "The {name} is switched on, but the bot does not use it: you can switch it off in the \
         Developer Portal under Bot, Privileged Gateway Intents."
    )
}

pub(super) fn role_deleted(role: RoleId, setting: &str) -> String {
    deleted(&format!("The role {role}"), setting)
}

pub(super) fn channel_deleted(channel: ChannelId, setting: &str) -> String {
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

pub(super) fn channel_hidden(channel: ChannelId) -> String {
    let [view, read] = [Need::ViewChannel.name(), Need::ReadMessageHistory.name()];
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
