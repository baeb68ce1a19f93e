//! Channels, threads and the tags of forums.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// What a channel is. The numbers are Discord's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ChannelKind {
    Text = 0,
    Direct = 1,
    Voice = 2,
    Category = 4,
    Announcement = 5,
    AnnouncementThread = 10,
    PublicThread = 11,
    PrivateThread = 12,
    Forum = 15,
    Media = 16,
}

impl ChannelKind {
    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn is_thread(self) -> bool {
        matches!(
            self,
            Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread
        )
    }

    /// Holds only threads.
    pub fn is_forum(self) -> bool {
        matches!(self, Self::Forum | Self::Media)
    }

    /// People can write in it.
    pub fn holds_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum | Self::Media)
    }

    /// Threads can be made in it.
    pub fn holds_threads(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Announcement | Self::Forum | Self::Media
        )
    }
}

/// A channel of a guild, a thread, or a direct conversation.
#[derive(Clone, Debug)]
pub struct Channel {
    pub id: u64,
    pub kind: ChannelKind,
    /// None for a direct conversation.
    pub guild: Option<u64>,
    pub name: String,
    pub topic: Option<String>,
    pub position: u32,
    /// The category of a channel, the channel of a thread.
    pub parent: Option<u64>,
    pub overwrites: Vec<Overwrite>,
    pub nsfw: bool,
    /// Slow mode, in seconds.
    pub rate_limit_per_user: u32,
    pub last_message: Option<u64>,
    pub last_pin_at: Option<DateTime<Utc>>,
    /// [`FLAG_PINNED`], [`FLAG_REQUIRE_TAG`].
    pub flags: u32,
    /// Minutes after which new threads archive themselves; None: the client's choice.
    pub default_auto_archive_minutes: Option<u32>,
    /// What only a forum has.
    pub forum: Option<Forum>,
    /// What only a thread has.
    pub thread: Option<Thread>,
    /// Who takes part in a direct conversation.
    pub recipients: Vec<u64>,
}

/// The flag of a pinned forum post.
pub const FLAG_PINNED: u32 = 1 << 1;
/// The flag of a forum whose posts need a tag.
pub const FLAG_REQUIRE_TAG: u32 = 1 << 4;

/// A change to the permissions of a role or member in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    pub id: u64,
    pub of: OverwriteOf,
    pub allow: u64,
    pub deny: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverwriteOf {
    Role,
    Member,
}

#[derive(Clone, Debug, Default)]
pub struct Forum {
    pub tags: Vec<ForumTag>,
    pub default_thread_rate_limit_per_user: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForumTag {
    pub id: u64,
    pub name: String,
    /// Only those with Manage Threads may put it on or take it off.
    pub moderated: bool,
    pub emoji_id: Option<u64>,
    pub emoji_name: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Thread {
    pub owner: u64,
    pub archived: bool,
    pub locked: bool,
    /// Of a private thread: others than moderators may add people.
    pub invitable: bool,
    pub auto_archive_minutes: u32,
    /// When `archived` last changed, or the thread was made.
    pub archive_changed_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    /// Counted from here, the thread archives itself.
    pub active_at: DateTime<Utc>,
    /// Messages there are, the opening one not counted.
    pub message_count: u32,
    /// Messages there ever were.
    pub total_message_sent: u32,
    pub applied_tags: Vec<u64>,
    pub members: BTreeMap<u64, ThreadMember>,
}

#[derive(Clone, Copy, Debug)]
pub struct ThreadMember {
    pub user: u64,
    pub joined_at: DateTime<Utc>,
}
