//! Guilds, roles, members, the application.

use serde::Deserialize;

use super::{Bits, Snowflake};

/// A person, a bot, or Discord itself.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Its id.
    pub id: Snowflake,
    /// Whether it is a bot.
    pub bot: Option<bool>,
    /// Whether it is Discord itself.
    pub system: Option<bool>,
}

impl User {
    /// Whether it is no person.
    pub fn is_machine(&self) -> bool {
        self.bot == Some(true) || self.system == Some(true)
    }
}

/// A guild.
#[derive(Clone, Debug, Deserialize)]
pub struct Guild {
    /// Its id, which is also the id of the role that everybody has.
    pub id: Snowflake,
    /// Its owner, who may do everything.
    pub owner_id: Snowflake,
    /// All its roles.
    pub roles: Vec<Role>,
}

/// A role.
#[derive(Clone, Debug, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: Snowflake,
    /// What it may do everywhere.
    pub permissions: Bits,
    /// Whether anybody may mention it.
    pub mentionable: bool,
}

/// An application.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: Snowflake,
    /// Its public flags; among them which privileged intents are switched on.
    #[serde(default)]
    pub flags: u64,
}
