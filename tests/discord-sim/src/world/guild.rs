//! Guilds, their roles and members.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

/// A guild ("server").
#[derive(Clone, Debug)]
pub struct Guild {
    pub id: u64,
    pub name: String,
    pub owner: u64,
    /// By id. The role with the guild's own id is @everyone.
    pub roles: BTreeMap<u64, Role>,
    /// By user.
    pub members: BTreeMap<u64, Member>,
    pub features: Vec<String>,
    pub preferred_locale: String,
}

#[derive(Clone, Debug)]
pub struct Role {
    pub id: u64,
    pub name: String,
    /// Bits of [`super::permissions`].
    pub permissions: u64,
    pub position: u32,
    pub color: u32,
    pub hoist: bool,
    /// Belongs to an integration, such as the role of a bot.
    pub managed: bool,
    /// The bot whose role it is.
    pub bot: Option<u64>,
    /// Anybody may ping it.
    pub mentionable: bool,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub user: u64,
    pub nick: Option<String>,
    /// Without @everyone, which all have.
    pub roles: BTreeSet<u64>,
    pub joined_at: DateTime<Utc>,
    /// Timed out until then.
    pub silenced_until: Option<DateTime<Utc>>,
}
