//! What the settings name and is there no more.

use super::{Need, Use};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, RoleId};
use crate::domain::ladder::{Telling, Whom};
use crate::text::ground as words;

/// Something in the settings was lost while the bot ran. Told to the moderators once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A role was deleted.
    Role {
        /// Which.
        role: RoleId,
        /// The setting that names it.
        setting: &'static str,
    },
    /// A channel whose threads are tickets was deleted.
    Channel {
        /// Which.
        channel: ChannelId,
        /// The setting that names it.
        setting: &'static str,
    },
    /// A channel cannot be seen or read any more.
    Hidden {
        /// Which.
        channel: ChannelId,
    },
}

impl Loss {
    /// What the deletion of a role means; `None` if no setting names it.
    pub fn of_role(settings: &GuildSettings, role: RoleId) -> Option<Self> {
        let setting = if settings.staff_roles.contains(&role) {
            "staff_roles"
        } else if settings.moderator_roles.contains(&role) {
            "moderator_roles"
        } else if settings
            .tellings()
            .flat_map(Telling::names)
            .any(|whom| *whom == Whom::Role(role))
        {
            "ladder"
        } else {
            return None;
        };
        Some(Self::Role { role, setting })
    }

    /// What the deletion of a channel means; `None` if no setting names it.
    pub fn of_channel(settings: &GuildSettings, channel: ChannelId) -> Option<Self> {
        let purpose = if settings.watches(channel) {
            Use::Watched
        } else if settings.staff_channel == channel {
            Use::Staff
        } else if settings.moderator_channel == channel {
            Use::Moderators
        } else if settings
            .tellings()
            .any(|telling| settings.channel_of(telling.audience) == channel)
        {
            Use::Ladder
        } else {
            return None;
        };
        Some(Self::Channel {
            channel,
            setting: purpose.setting(),
        })
    }

    /// What is wrong and what to do, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Role { role, setting } => words::role_deleted(*role, setting),
            Self::Channel { channel, setting } => words::channel_deleted(*channel, setting),
            Self::Hidden { channel } => {
                let needs = [Need::ViewChannel, Need::ReadMessageHistory];
                words::channel_hidden(*channel, needs.map(Need::name))
            }
        }
    }
}

impl Use {
    /// The setting that names such a channel.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Self::Watched => "channels",
            Self::Staff => "staff_channel",
            Self::Moderators => "moderator_channel",
            Self::Ladder => "ladder",
        }
    }
}
