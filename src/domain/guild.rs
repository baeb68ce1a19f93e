//! What a guild has set: places, people, promises.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decision::Audience;
use super::ids::{ChannelId, GuildId, RoleId};
use super::ladder::Telling;
use super::no_reply::NoReply;
use super::policy::ServiceLevel;

/// One guild's settings, checked.
#[derive(Clone, Debug)]
pub struct GuildSettings {
    /// The guild.
    pub guild: GuildId,
    /// The forums and text channels whose threads are tickets.
    pub channels: Vec<ChannelId>,
    /// Who holds one of these is staff. At least one; the first is pinged for unclaimed tickets.
    pub staff_roles: Vec<RoleId>,
    /// Who holds one of these is a moderator. At least one; the first is pinged when overdue.
    pub moderator_roles: Vec<RoleId>,
    /// Where staff is told.
    pub staff_channel: ChannelId,
    /// Where moderators are told.
    pub moderator_channel: ChannelId,
    /// What says that a message needs no answer.
    pub no_reply: NoReply,
    /// What is promised.
    pub service_level: ServiceLevel,
}

/// The settings of every guild the bot serves, at one moment.
pub type Guilds = Arc<BTreeMap<GuildId, Arc<GuildSettings>>>;

impl GuildSettings {
    /// Whether a holder of these roles is staff.
    pub fn is_staff(&self, roles: &[RoleId]) -> bool {
        self.staff_roles.iter().any(|role| roles.contains(role))
    }

    /// Whether a holder of these roles is a moderator by role.
    pub fn is_moderator(&self, roles: &[RoleId]) -> bool {
        self.moderator_roles.iter().any(|role| roles.contains(role))
    }

    /// Those of these roles by which a policy chooses.
    pub fn asker_roles(&self, held: &[RoleId]) -> Vec<RoleId> {
        let mut roles: Vec<RoleId> = self.service_level.asker_roles().collect();
        roles.retain(|role| held.contains(role));
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The channel in which an audience is told.
    pub fn channel_of(&self, audience: Audience) -> ChannelId {
        match audience {
            Audience::Staff => self.staff_channel,
            Audience::Moderators => self.moderator_channel,
            Audience::Channel(channel) => channel,
        }
    }

    /// Everything that any of its ladders tells.
    pub fn tellings(&self) -> impl Iterator<Item = &Telling> {
        let newest = &self.service_level.newest().policies;
        newest.iter().flat_map(|policy| policy.ladder.tellings())
    }

    /// Whether threads of this channel are tickets.
    pub fn watches(&self, channel: ChannelId) -> bool {
        self.channels.contains(&channel)
    }
}
