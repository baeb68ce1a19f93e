//! What the bot may do in a channel.

use crate::discord::api::{Channel, Guild, Overwrite, Snowflake};

/// A permission the bot needs. Source: Discord's docs, "Bitwise Permission Flags".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// See the channel.
    ViewChannel,
    /// Write in it.
    SendMessages,
    /// Write in its threads.
    SendMessagesInThreads,
    /// Read what was written before.
    ReadMessageHistory,
    /// Show the derivation of `/why` and the queue.
    EmbedLinks,
    /// Mention a role that does not allow everybody to.
    MentionEveryone,
}

/// Everything.
const ADMINISTRATOR: u64 = 1 << 3;

impl Need {
    /// Needed in a channel whose threads are tickets.
    pub const WATCHED: [Self; 4] = [
        Self::ViewChannel,
        Self::SendMessagesInThreads,
        Self::ReadMessageHistory,
        Self::EmbedLinks,
    ];

    /// Needed where staff or moderators are told. The history is read to find out whether a message
    /// whose answer was lost was sent.
    pub const TOLD: [Self; 4] = [
        Self::ViewChannel,
        Self::SendMessages,
        Self::ReadMessageHistory,
        Self::EmbedLinks,
    ];

    fn bit(self) -> u64 {
        match self {
            Self::ViewChannel => 1 << 10,
            Self::SendMessages => 1 << 11,
            Self::EmbedLinks => 1 << 14,
            Self::ReadMessageHistory => 1 << 16,
            Self::MentionEveryone => 1 << 17,
            Self::SendMessagesInThreads => 1 << 38,
        }
    }

    /// What Discord's settings call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ViewChannel => "View Channel",
            Self::SendMessages => "Send Messages",
            Self::SendMessagesInThreads => "Send Messages in Threads",
            Self::ReadMessageHistory => "Read Message History",
            Self::EmbedLinks => "Embed Links",
            Self::MentionEveryone => "Mention @everyone, @here and All Roles",
        }
    }

    /// All permissions the bot asks for when it is invited.
    pub fn all() -> u64 {
        Self::WATCHED
            .into_iter()
            .chain(Self::TOLD)
            .chain([Self::MentionEveryone])
            .fold(0, |bits, need| bits | need.bit())
    }
}

/// Who the bot is in a guild.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The guild.
    pub guild: &'a Guild,
    /// The bot.
    pub bot: Snowflake,
    /// Its roles.
    pub roles: &'a [Snowflake],
}

impl Standing<'_> {
    /// Which of `needs` the bot lacks in a channel.
    pub fn missing(&self, channel: &Channel, needs: &[Need]) -> Vec<Need> {
        let have = self.permissions(channel);
        needs
            .iter()
            .copied()
            .filter(|need| have & need.bit() == 0)
            .collect()
    }

    /// Source: Discord's docs, "Permission Hierarchy" and "Permission Overwrites": first what the
    /// roles give in the whole guild, then what the channel denies and allows to everybody, then to
    /// all roles of the member together, then to the member.
    fn permissions(&self, channel: &Channel) -> u64 {
        let everyone = self.guild.id;
        let base = self
            .guild
            .roles
            .iter()
            .filter(|role| role.id == everyone || self.roles.contains(&role.id))
            .fold(0, |bits, role| bits | role.permissions.0);
        if self.guild.owner_id == self.bot || base & ADMINISTRATOR != 0 {
            return u64::MAX;
        }
        let overwrites = channel.permission_overwrites.as_deref().unwrap_or_default();
        let step = |bits: u64, applies: &dyn Fn(&Overwrite) -> bool| {
            let those = overwrites.iter().filter(|overwrite| applies(overwrite));
            let (allow, deny) = those.fold((0, 0), |(allow, deny), overwrite| {
                (allow | overwrite.allow.0, deny | overwrite.deny.0)
            });
            (bits & !deny) | allow
        };
        let bits = step(base, &|overwrite| overwrite.id == everyone);
        let bits = step(bits, &|overwrite| {
            overwrite.kind == ROLE && overwrite.id != everyone && self.roles.contains(&overwrite.id)
        });
        let bits = step(bits, &|overwrite| {
            overwrite.kind == MEMBER && overwrite.id == self.bot
        });
        // Who may not see a channel may do nothing in it.
        if bits & Need::ViewChannel.bit() == 0 {
            return 0;
        }
        bits
    }
}

const ROLE: u64 = 0;
const MEMBER: u64 = 1;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VIEW_AND_SEND: u64 = (1 << 10) | (1 << 11);

    fn guild(owner: &str, everyone: u64, role: u64) -> Guild {
        serde_json::from_value(json!({
            "id": "1", "owner_id": owner,
            "roles": [
                {"id": "1", "permissions": everyone.to_string(), "mentionable": false},
                {"id": "7", "permissions": role.to_string(), "mentionable": false},
                {"id": "8", "permissions": u64::MAX.to_string(), "mentionable": false},
            ],
        }))
        .unwrap()
    }

    fn channel(overwrites: &serde_json::Value) -> Channel {
        serde_json::from_value(json!({"id": "20", "type": 0, "permission_overwrites": overwrites}))
            .unwrap()
    }

    fn missing(guild: &Guild, overwrites: &serde_json::Value) -> Vec<Need> {
        let standing = Standing {
            guild,
            bot: Snowflake(9),
            roles: &[Snowflake(7)],
        };
        standing.missing(
            &channel(overwrites),
            &[Need::ViewChannel, Need::SendMessages],
        )
    }

    #[test]
    fn roles_of_others_count_for_nothing() {
        assert_eq!(missing(&guild("5", 0, VIEW_AND_SEND), &json!([])), []);
        assert_eq!(
            missing(&guild("5", 1 << 10, 0), &json!([])),
            [Need::SendMessages]
        );
    }

    #[test]
    fn owners_and_administrators_may_do_everything() {
        let denied =
            json!([{"id": "1", "type": 0, "allow": "0", "deny": VIEW_AND_SEND.to_string()}]);
        assert_eq!(missing(&guild("9", 0, 0), &denied), []);
        assert_eq!(missing(&guild("5", 0, ADMINISTRATOR), &denied), []);
    }

    #[test]
    fn the_closer_rule_wins() {
        let send = (1_u64 << 11).to_string();
        let guild = guild("5", VIEW_AND_SEND, 0);
        let everyone = json!({"id": "1", "type": 0, "allow": "0", "deny": send});
        let role = json!({"id": "7", "type": 0, "allow": send, "deny": "0"});
        let other_role = json!({"id": "8", "type": 0, "allow": send, "deny": "0"});
        let member = json!({"id": "9", "type": 1, "allow": "0", "deny": send});
        let other_member = json!({"id": "7", "type": 1, "allow": send, "deny": "0"});
        assert_eq!(missing(&guild, &json!([everyone])), [Need::SendMessages]);
        assert_eq!(missing(&guild, &json!([role, everyone])), []);
        assert_eq!(
            missing(&guild, &json!([everyone, other_role, other_member])),
            [Need::SendMessages]
        );
        assert_eq!(
            missing(&guild, &json!([member, role, everyone])),
            [Need::SendMessages]
        );
    }

    #[test]
    fn a_channel_that_is_not_seen_allows_nothing() {
        let hidden =
            json!([{"id": "1", "type": 0, "allow": "0", "deny": (1_u64 << 10).to_string()}]);
        assert_eq!(
            missing(&guild("5", VIEW_AND_SEND, 0), &hidden),
            [Need::ViewChannel, Need::SendMessages]
        );
    }
}
