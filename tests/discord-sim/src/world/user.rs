//! Accounts and applications.

use std::collections::BTreeMap;

use serde_json::Value;

use super::intents;

/// An account: a person's or a bot's.
#[derive(Clone, Debug)]
pub struct User {
    pub id: u64,
    pub username: String,
    /// The display name.
    pub global_name: Option<String>,
    pub bot: bool,
    pub system: bool,
}

/// An application with its bot.
#[derive(Clone, Debug)]
pub struct Application {
    pub id: u64,
    pub name: String,
    /// The bot's account; for applications made today it has the application's id.
    pub bot: u64,
    /// The person the application belongs to.
    pub owner: u64,
    /// The bot's token, without the word `Bot`.
    pub token: String,
    /// The privileged intents (bits of [`intents`]) switched on for it.
    pub privileged_intents: u64,
    /// Global commands, by id.
    pub commands: BTreeMap<u64, Command>,
    /// Commands of one guild, by guild and id.
    pub guild_commands: BTreeMap<u64, BTreeMap<u64, Command>>,
}

impl Application {
    /// The application flags that say which privileged intents it may use (limited form, as for
    /// applications in few guilds).
    pub fn flags(&self) -> u64 {
        let mut flags = 1 << 23; // APPLICATION_COMMAND_BADGE
        for (intent, flag) in [
            (intents::GUILD_PRESENCES, 1 << 13),
            (intents::GUILD_MEMBERS, 1 << 15),
            (intents::MESSAGE_CONTENT, 1 << 19),
        ] {
            if self.privileged_intents & intent != 0 {
                flags |= flag;
            }
        }
        flags
    }

    /// Whether the application may read what others write.
    pub fn reads_content(&self) -> bool {
        self.privileged_intents & intents::MESSAGE_CONTENT != 0
    }
}

/// A registered command.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub id: u64,
    pub name: String,
    /// 1 slash, 2 user menu, 3 message menu, 4 entry point.
    pub kind: u8,
    pub guild: Option<u64>,
    /// A snowflake that changes with each change.
    pub version: u64,
    /// The command as Discord returns it.
    pub rendered: Value,
}
