//! Settings for the tests of this module: guild 1 with the forum 20 and the text channel 21, staff
//! role 70, moderator role 80, staff channel 30, moderators' channel 31.

use crate::domain::from_millis;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, RoleId};
use crate::domain::no_reply::NoReply;
use crate::domain::policy::ServiceLevel;
use crate::ledger::LiveGuilds;

pub(super) fn settings() -> GuildSettings {
    GuildSettings {
        guild: GuildId(1),
        channels: vec![ChannelId(20), ChannelId(21)],
        staff_roles: vec![RoleId(70)],
        moderator_roles: vec![RoleId(80)],
        staff_channel: ChannelId(30),
        moderator_channel: ChannelId(31),
        no_reply: NoReply::default(),
        service_level: ServiceLevel::of(Vec::new(), from_millis(1_785_542_400_000).unwrap()),
    }
}

pub(super) fn guilds() -> LiveGuilds {
    LiveGuilds::new([settings()])
}
