//! Endings that no reconnection mends, each as one sentence with what to do.

use twilight_gateway::Intents;

/// Why a session is over for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// 4004.
    #[error(
        "Discord refuses the bot's token: make a new one in the Developer Portal under Bot, set \
         DISCORD_TOKEN and start again."
    )]
    Token,
    /// 4010 and 4011.
    #[error(
        "Discord refuses this number of connections (close code {0}): start again, so that it is \
         asked how many the bot needs now."
    )]
    Shards(u16),
    /// 4012.
    #[error("Discord no longer speaks version 10 of its gateway: a newer sameday is needed.")]
    Version,
    /// 4013.
    #[error("Discord does not know an intent that was asked for: a newer sameday is needed.")]
    UnknownIntents,
    /// 4014.
    #[error(
        "Discord refuses the {0} intent: switch it on in the Developer Portal under Bot, then \
         start again."
    )]
    RefusedIntents(String),
}

impl SessionError {
    /// The close codes after which Discord says not to reconnect.
    /// Source: Discord's "Opcodes and Status Codes", "Gateway Close Event Codes".
    pub(super) fn of(code: u16, asked: Intents) -> Option<Self> {
        Some(match code {
            4004 => Self::Token,
            4010 | 4011 => Self::Shards(code),
            4012 => Self::Version,
            4013 => Self::UnknownIntents,
            4014 => Self::RefusedIntents(privileged(asked)),
            _ => return None,
        })
    }
}

/// The privileged ones among the intents, by their names in the Developer Portal.
fn privileged(asked: Intents) -> String {
    let names: Vec<_> = [
        (Intents::MESSAGE_CONTENT, "Message Content"),
        (Intents::GUILD_MEMBERS, "Server Members"),
        (Intents::GUILD_PRESENCES, "Presence"),
    ]
    .into_iter()
    .filter_map(|(intent, name)| asked.contains(intent).then_some(name))
    .collect();
    match names.as_slice() {
        [] => "privileged".to_owned(),
        names => names.join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_intent_is_named() {
        let asked = Intents::GUILDS | Intents::MESSAGE_CONTENT;
        assert_eq!(
            SessionError::of(4014, asked).unwrap().to_string(),
            "Discord refuses the Message Content intent: switch it on in the Developer Portal \
             under Bot, then start again."
        );
        let asked = asked | Intents::GUILD_MEMBERS;
        assert!(
            SessionError::of(4014, asked)
                .unwrap()
                .to_string()
                .contains("Message Content or Server Members")
        );
    }

    #[test]
    fn every_other_close_is_reconnected() {
        let fatal: Vec<u16> = (1000..5000)
            .filter(|&c| SessionError::of(c, Intents::GUILDS).is_some())
            .collect();
        assert_eq!(fatal, [4004, 4010, 4011, 4012, 4013, 4014]);
    }
}
