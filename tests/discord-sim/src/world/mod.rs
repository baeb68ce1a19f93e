//! The state of the simulated Discord and its rules.
//!
//! [`World`] is plain data. Each act (a message written, a thread archived, a role taken) is one
//! method here: it checks what Discord checks, changes the state, and pushes the events it causes
//! into [`World::outgoing`]. REST, interactions and people all come through these methods.

mod acts;
mod channel;
mod components;
mod embeds;
mod error;
mod files;
mod guild;
pub mod intents;
mod mentions;
mod message;
pub mod permissions;
pub(crate) mod render;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

pub use acts::{
    AttachmentEdit, ChannelEdit, MessageEdit, NewApplication, NewChannel, NewRole, NewTag,
    NewThread, ThreadEdit,
};
pub use channel::{
    Channel, ChannelKind, FLAG_PINNED, FLAG_REQUIRE_TAG, Forum, ForumTag, Overwrite, OverwriteOf,
    Thread, ThreadMember,
};
pub use error::{ApiError, FieldError};
pub use files::Files;
pub use guild::{Guild, Member, Role};
pub use message::{
    AllowedMentions, Message, NewAttachment, NewMessage, Nonce, Ping, Reaction, Reference, ReplyTo,
    flag, kind,
};
pub use render::{render_thread_member, timestamp};
pub use user::{Application, Command, User};

use crate::clock::{DISCORD_EPOCH_MILLIS, SimClock};

/// What acts answer with.
pub type Outcome<T = ()> = Result<T, ApiError>;

/// An event on its way to the sessions that may see it.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Such as `MESSAGE_CREATE`.
    pub event: &'static str,
    pub guild: Option<u64>,
    pub channel: Option<u64>,
    /// A session with any of these bits of [`intents`] gets it; 0: every session.
    pub intents: u64,
    /// With the text of messages in full; see [`World::hide_content`].
    pub data: Value,
    /// Only the sessions of this user get it.
    pub only_user: Option<u64>,
}

/// Everything there is.
pub struct World {
    clock: Arc<SimClock>,
    /// The instant of the act under way, when it is not the clock's; see [`World::at`].
    instant: Option<DateTime<Utc>>,
    pub applications: BTreeMap<u64, Application>,
    pub users: BTreeMap<u64, User>,
    pub guilds: BTreeMap<u64, Guild>,
    /// Channels, threads (archived ones too) and direct conversations.
    pub channels: BTreeMap<u64, Channel>,
    /// By channel, then in order.
    pub messages: BTreeMap<u64, BTreeMap<u64, Message>>,
    /// Everybody ever pinged, in order.
    pub pings: Vec<Ping>,
    /// Events of the act under way; [`crate::Sim::act`] hands them to the gateway.
    pub outgoing: Vec<Dispatch>,
    /// Users who take no direct messages (50007).
    pub refuses_direct: BTreeSet<u64>,
    /// What is attached, or can be.
    pub files: Files,
    /// What messages were called by their senders, lately.
    nonces: Vec<RememberedNonce>,
    /// No thread archives itself before this.
    next_archive_at: Option<DateTime<Utc>>,
}

struct RememberedNonce {
    author: u64,
    channel: u64,
    nonce: Nonce,
    message: u64,
    at: DateTime<Utc>,
}

impl World {
    pub fn new(clock: Arc<SimClock>) -> Self {
        Self {
            clock,
            instant: None,
            applications: BTreeMap::new(),
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            pings: Vec::new(),
            outgoing: Vec::new(),
            refuses_direct: BTreeSet::new(),
            files: Files::default(),
            nonces: Vec::new(),
            next_archive_at: None,
        }
    }

    /// The instant it is: the clock's, or the one given to [`World::at`].
    pub fn now(&self) -> DateTime<Utc> {
        self.instant.unwrap_or_else(|| self.clock.now())
    }

    /// A fresh id whose instant is now.
    pub fn snowflake(&self) -> u64 {
        self.clock.snowflake_at(self.now())
    }

    /// Does something at another instant than the clock's: ids and timestamps follow it.
    pub fn at<T>(&mut self, instant: DateTime<Utc>, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.instant.replace(instant);
        let answer = act(self);
        self.instant = before;
        answer
    }

    /// Whether a bot may be sent this event, its intents aside: it is in the guild and sees the
    /// channel. Events about channels that are gone reach every member of the guild.
    pub fn may_receive(&self, bot: u64, dispatch: &Dispatch) -> bool {
        if let Some(only) = dispatch.only_user {
            return only == bot;
        }
        if let Some(channel) = dispatch.channel.and_then(|id| self.channels.get(&id)) {
            return self.can_see(bot, channel);
        }
        match dispatch.guild {
            Some(guild) => self
                .guilds
                .get(&guild)
                .is_some_and(|guild| guild.members.contains_key(&bot)),
            None => true,
        }
    }

    /// The application whose bot this is.
    pub fn application_of(&self, bot: u64) -> Option<&Application> {
        self.applications.values().find(|app| app.bot == bot)
    }
}

/// The instant a snowflake tells.
pub fn instant_of(snowflake: u64) -> DateTime<Utc> {
    let millis = i64::try_from(snowflake >> 22).unwrap_or(0) + DISCORD_EPOCH_MILLIS;
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
}
