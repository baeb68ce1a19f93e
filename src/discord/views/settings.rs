//! The settings in force, and a change of them that can be made with a click.

use chrono::NaiveDate;

use super::message::{Button, Message, Row, Style};
use crate::config::{Difference, Document, WrittenRow};
use crate::discord::custom_id::CustomId;
use crate::domain::guild::GuildSettings;
use crate::domain::policy::PolicyChange;
use crate::store::SettingVersion;
use crate::text::{settings as text, whole_lines};

/// How long an embed may be, in characters. Source: Discord's reference, "Embed Limits".
const LONGEST: usize = 4_096;

/// What is in force, and the latest versions.
pub(crate) fn shown(
    document: &Document,
    policies: &[WrittenRow],
    versions: &[SettingVersion],
    guild: &GuildSettings,
    today: NaiveDate,
) -> Message {
    let places = text::Places {
        channels: &guild.channels,
        staff: &guild.staff_roles,
        moderators: &guild.moderator_roles,
        staff_channel: guild.staff_channel,
        moderator_channel: guild.moderator_channel,
    };
    long(&text::shown(document, policies, versions, &places, today))
}

/// What a change would change, with a button to make it.
pub(crate) fn offer(differences: &[Difference], effect: &str, proposal: i64) -> Message {
    let button =
        |style, label, wanted| Button::new(style, label, CustomId::Setting { proposal, wanted });
    let mut message = long(&text::changes(differences));
    message.content = text::offer(effect);
    message.components.push(Row::buttons([
        button(Style::Success, "Change it", true),
        button(Style::Secondary, "Leave it", false),
    ]));
    message
}

/// A text of any length, cut at the end of a line where Discord takes no more.
pub(crate) fn long(text: &str) -> Message {
    /// What stands around a table.
    const AROUND: usize = 10;
    Message::description(whole_lines(text.trim_end(), LONGEST - AROUND, "…"))
}

/// A table of plain text, as it is.
pub(crate) fn monospaced(text: &str) -> Message {
    // Nothing in it can end the block.
    let text = text.trim_end().replace('`', "'");
    let mut message = long(&text);
    for embed in &mut message.embeds {
        embed.description = format!("```\n{}\n```", embed.description);
    }
    message
}

/// Whether clocks that run keep what they were promised.
pub(crate) fn keeps(settings: &GuildSettings) -> bool {
    settings.service_level.newest().changes.policy == PolicyChange::Keep
}
