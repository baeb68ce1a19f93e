//! Edits of places and roles, and of any key that has no edit of its own.

use toml_edit::{Item, Table, TableLike, Value, value};

use super::{Document, elsewhere, put};
use crate::config::ConfigError;
use crate::domain::ids::{ChannelId, RoleId};

/// The roles that a guild names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// Whose holders are staff.
    Staff,
    /// Whose holders are moderators.
    Moderator,
}

/// The channels in which the team is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldKind {
    /// Staff.
    Staff,
    /// Moderators.
    Moderator,
}

impl Document {
    /// Makes the threads of a channel tickets.
    pub fn watch(&mut self, channel: ChannelId) -> Result<(), ConfigError> {
        self.add_id("channels", channel.0, "this channel is watched already.")
    }

    /// Leaves the threads of a channel alone. That no policy names it is checked with the rest.
    pub fn unwatch(&mut self, channel: ChannelId) -> Result<(), ConfigError> {
        self.remove_id("channels", channel.0, "this channel is not watched.")
    }

    /// Tells the team somewhere else.
    pub fn tell(&mut self, whom: ToldKind, channel: ChannelId) -> Result<(), ConfigError> {
        let key = match whom {
            ToldKind::Staff => "staff_channel",
            ToldKind::Moderator => "moderator_channel",
        };
        put(self.guild()?, key, value(channel.0.to_string()));
        Ok(())
    }

    /// Gives the holders of a role their part.
    pub fn add_role(&mut self, kind: RoleKind, role: RoleId) -> Result<(), ConfigError> {
        self.add_id(kind.key(), role.0, "this role has that part already.")
    }

    /// Takes a role's part away.
    pub fn remove_role(&mut self, kind: RoleKind, role: RoleId) -> Result<(), ConfigError> {
        self.remove_id(kind.key(), role.0, "this role does not have that part.")
    }

    /// Sets any key, named from the outside in (`attention.claim_lease`), to what somebody typed: a
    /// value of TOML, or else a text. `none` takes it out.
    pub fn set(&mut self, path: &str, typed: &str) -> Result<(), ConfigError> {
        let (path, typed) = (path.trim(), typed.trim());
        let keys: Vec<&str> = path.split('.').map(str::trim).collect();
        let Some((last, outer)) = keys.split_last() else {
            return Ok(());
        };
        if keys.iter().any(|key| key.is_empty()) {
            return Err(ConfigError::new(
                "a key is written like `attention.claim_lease`; `/settings export` shows which \
                 there are.",
            ));
        }
        let mut table: &mut dyn TableLike = self.0.as_table_mut();
        for key in outer {
            let inner = table.entry(key).or_insert(Item::Table(Table::new()));
            table = inner.as_table_like_mut().ok_or_else(|| elsewhere(path))?;
        }
        let there = table.get(last);
        if there.is_some_and(|item| item.is_table() || item.is_array_of_tables()) {
            return Err(elsewhere(path));
        }
        if typed.eq_ignore_ascii_case("none") {
            table.remove(last);
            return Ok(());
        }
        let typed = typed
            .parse::<Value>()
            .unwrap_or_else(|_| Value::from(typed));
        put(table, last, value(typed));
        Ok(())
    }

    fn guild(&mut self) -> Result<&mut dyn TableLike, ConfigError> {
        let guild = self.0.get_mut("guild").and_then(Item::as_table_like_mut);
        guild.ok_or_else(|| elsewhere("guild"))
    }

    fn add_id(&mut self, key: &str, id: u64, already: &str) -> Result<(), ConfigError> {
        let ids = self.guild()?.get_mut(key).and_then(Item::as_array_mut);
        let ids = ids.ok_or_else(|| elsewhere(key))?;
        if ids.iter().any(|known| is_id(known, id)) {
            return Err(ConfigError::new(already));
        }
        ids.push(id.to_string());
        Ok(())
    }

    fn remove_id(&mut self, key: &str, id: u64, not_there: &str) -> Result<(), ConfigError> {
        let ids = self.guild()?.get_mut(key).and_then(Item::as_array_mut);
        let ids = ids.ok_or_else(|| elsewhere(key))?;
        let before = ids.len();
        ids.retain(|known| !is_id(known, id));
        if ids.len() == before {
            return Err(ConfigError::new(not_there));
        }
        Ok(())
    }
}

impl RoleKind {
    fn key(self) -> &'static str {
        match self {
            Self::Staff => "staff_roles",
            Self::Moderator => "moderator_roles",
        }
    }
}

fn is_id(value: &Value, id: u64) -> bool {
    match value {
        Value::String(text) => text.value().parse() == Ok(id),
        Value::Integer(number) => u64::try_from(*number.value()) == Ok(id),
        _ => false,
    }
}
