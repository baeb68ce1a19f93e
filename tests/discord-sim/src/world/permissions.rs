//! Who may do what where.
//!
//! Source: <https://discord.com/developers/docs/topics/permissions>.

use super::{Channel, ChannelKind, Guild, OverwriteOf, World};

pub const ADD_REACTIONS: u64 = 1 << 6;
pub const KICK_MEMBERS: u64 = 1 << 1;
pub const ADMINISTRATOR: u64 = 1 << 3;
pub const MANAGE_CHANNELS: u64 = 1 << 4;
pub const MANAGE_GUILD: u64 = 1 << 5;
pub const VIEW_CHANNEL: u64 = 1 << 10;
pub const SEND_MESSAGES: u64 = 1 << 11;
pub const SEND_TTS_MESSAGES: u64 = 1 << 12;
pub const MANAGE_MESSAGES: u64 = 1 << 13;
pub const EMBED_LINKS: u64 = 1 << 14;
pub const ATTACH_FILES: u64 = 1 << 15;
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub const MENTION_EVERYONE: u64 = 1 << 17;
pub const USE_EXTERNAL_EMOJIS: u64 = 1 << 18;
pub const MANAGE_ROLES: u64 = 1 << 28;
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub const MANAGE_THREADS: u64 = 1 << 34;
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
pub const MODERATE_MEMBERS: u64 = 1 << 40;
pub const PIN_MESSAGES: u64 = 1 << 51;
pub const BYPASS_SLOWMODE: u64 = 1 << 52;

/// Every bit that names a permission today.
pub const ALL: u64 = (1 << 53) - 1;

/// What @everyone may do in a new guild.
pub const DEFAULT_EVERYONE: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | ADD_REACTIONS
    | READ_MESSAGE_HISTORY
    | USE_EXTERNAL_EMOJIS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS
    | 1 << 0 // create invites
    | 1 << 20 // connect
    | 1 << 21 // speak
    | 1 << 26; // change nickname

/// What somebody who is timed out keeps.
const WHILE_SILENCED: u64 = VIEW_CHANNEL | READ_MESSAGE_HISTORY;

/// What somebody may do in a direct conversation.
const DIRECT: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | ADD_REACTIONS
    | READ_MESSAGE_HISTORY
    | USE_EXTERNAL_EMOJIS
    | PIN_MESSAGES;

impl World {
    /// What a member may do in the guild at large, before any channel's overwrites. Not a member: 0.
    pub fn guild_permissions(&self, user: u64, guild: &Guild) -> u64 {
        let Some(member) = guild.members.get(&user) else {
            return 0;
        };
        if guild.owner == user {
            return ALL;
        }
        let everyone = guild
            .roles
            .get(&guild.id)
            .map_or(0, |role| role.permissions);
        let granted = member
            .roles
            .iter()
            .filter_map(|role| guild.roles.get(role))
            .fold(everyone, |sum, role| sum | role.permissions);
        if granted & ADMINISTRATOR != 0 {
            return ALL;
        }
        if self.is_silenced(user, guild) {
            granted & WHILE_SILENCED
        } else {
            granted
        }
    }

    /// Whether the member is timed out now. The owner and administrators cannot be.
    pub fn is_silenced(&self, user: u64, guild: &Guild) -> bool {
        guild
            .members
            .get(&user)
            .and_then(|member| member.silenced_until)
            .is_some_and(|until| until > self.now())
    }

    /// What a user may do in a channel; a thread inherits from its parent. 0 for who is not in the
    /// guild or the conversation. Who cannot see a channel can do nothing in it.
    pub fn permissions_in(&self, user: u64, channel: &Channel) -> u64 {
        let Some(guild) = channel.guild else {
            return if channel.recipients.contains(&user) {
                DIRECT
            } else {
                0
            };
        };
        let Some(guild) = self.guilds.get(&guild) else {
            return 0;
        };
        let home = if channel.kind.is_thread() {
            let Some(parent) = channel.parent.and_then(|id| self.channels.get(&id)) else {
                return 0;
            };
            parent
        } else {
            channel
        };
        let granted = overwritten(self.guild_permissions(user, guild), user, guild, home);
        let granted = if granted != ALL && self.is_silenced(user, guild) {
            granted & WHILE_SILENCED
        } else {
            granted
        };
        if granted & VIEW_CHANNEL == 0 {
            return 0;
        }
        granted
    }

    /// Whether the user can see the channel: View Channel, and for a private thread membership or
    /// Manage Threads.
    pub fn can_see(&self, user: u64, channel: &Channel) -> bool {
        let granted = self.permissions_in(user, channel);
        granted & VIEW_CHANNEL != 0
            && (channel.kind != ChannelKind::PrivateThread
                || granted & MANAGE_THREADS != 0
                || channel
                    .thread
                    .as_ref()
                    .is_some_and(|thread| thread.members.contains_key(&user)))
    }

    /// Whether the user has all of these permissions in the channel.
    pub fn can(&self, user: u64, channel: &Channel, needed: u64) -> bool {
        self.permissions_in(user, channel) & needed == needed
    }
}

/// Applies a channel's overwrites in Discord's order: @everyone, roles together, the member.
fn overwritten(base: u64, user: u64, guild: &Guild, channel: &Channel) -> u64 {
    if base & ADMINISTRATOR != 0 {
        return base;
    }
    let Some(member) = guild.members.get(&user) else {
        return 0;
    };
    let mut granted = base;
    let (mut role_allow, mut role_deny) = (0, 0);
    let mut own = None;
    for overwrite in &channel.overwrites {
        match overwrite.of {
            OverwriteOf::Role if overwrite.id == guild.id => {
                granted = granted & !overwrite.deny | overwrite.allow;
            }
            OverwriteOf::Role if member.roles.contains(&overwrite.id) => {
                role_allow |= overwrite.allow;
                role_deny |= overwrite.deny;
            }
            OverwriteOf::Member if overwrite.id == user => own = Some(overwrite),
            OverwriteOf::Role | OverwriteOf::Member => {}
        }
    }
    granted = granted & !role_deny | role_allow;
    if let Some(own) = own {
        granted = granted & !own.deny | own.allow;
    }
    granted
}
