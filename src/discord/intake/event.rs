//! The dispatches that matter, read from the text of a frame in one pass. What is not needed is
//! skipped by the parser and never allocated.

use serde::Deserialize;

use crate::discord::api::{Channel, Edited, Message, Snowflake};

/// A dispatch that matters.
#[derive(Debug)]
pub(super) enum Event {
    /// The guild is there: at the start of a session, after an outage, or after an invitation.
    GuildCreate(Box<GuildCreate>),
    /// The guild is not there: an outage, or the bot was removed.
    GuildDelete(GuildDelete),
    /// A role was deleted.
    RoleDelete(RoleDelete),
    /// A channel came to be or changed.
    ChannelSeen(Box<Channel>),
    /// A channel was deleted.
    ChannelDelete(ChannelGone),
    /// A thread came to be, or the bot was asked into a private one.
    ThreadCreate(Box<Channel>),
    /// A thread changed.
    ThreadUpdate(Box<Channel>),
    /// A thread was deleted.
    ThreadDelete(ChannelGone),
    /// The bot may see a channel's threads from now on.
    ThreadListSync(ThreadListSync),
    /// A message.
    MessageCreate(Box<Message>),
    /// A message was edited, or Discord has added to it what its links show.
    MessageUpdate(Edited),
    /// A message was deleted.
    MessageDelete(MessageDelete),
    /// Several were.
    MessageDeleteBulk(MessageDeleteBulk),
}

#[derive(Debug, Deserialize)]
pub(super) struct GuildCreate {
    pub(super) id: Snowflake,
    pub(super) unavailable: Option<bool>,
    #[serde(default)]
    pub(super) channels: Vec<Channel>,
    #[serde(default)]
    pub(super) threads: Vec<Channel>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GuildDelete {
    pub(super) id: Snowflake,
    pub(super) unavailable: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RoleDelete {
    pub(super) guild_id: Snowflake,
    pub(super) role_id: Snowflake,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChannelGone {
    pub(super) id: Snowflake,
    pub(super) guild_id: Option<Snowflake>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ThreadListSync {
    pub(super) guild_id: Snowflake,
    #[serde(default)]
    pub(super) threads: Vec<Channel>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MessageDelete {
    pub(super) id: Snowflake,
    pub(super) channel_id: Snowflake,
    pub(super) guild_id: Option<Snowflake>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MessageDeleteBulk {
    pub(super) ids: Vec<Snowflake>,
    pub(super) channel_id: Snowflake,
    pub(super) guild_id: Option<Snowflake>,
}

/// A frame: only its payload.
#[derive(Deserialize)]
struct Payload<D> {
    d: D,
}

/// Reads a dispatch. `None` for the many that do not matter; those are not even parsed.
///
/// # Errors
/// When a dispatch that matters does not look as Discord documents it.
pub(super) fn read(name: &str, text: &str) -> Result<Option<Event>, serde_json::Error> {
    let event = match name {
        "MESSAGE_CREATE" => Event::MessageCreate(payload(text)?),
        "MESSAGE_UPDATE" => Event::MessageUpdate(payload(text)?),
        "MESSAGE_DELETE" => Event::MessageDelete(payload(text)?),
        "MESSAGE_DELETE_BULK" => Event::MessageDeleteBulk(payload(text)?),
        "THREAD_CREATE" => Event::ThreadCreate(payload(text)?),
        "THREAD_UPDATE" => Event::ThreadUpdate(payload(text)?),
        "THREAD_DELETE" => Event::ThreadDelete(payload(text)?),
        "THREAD_LIST_SYNC" => Event::ThreadListSync(payload(text)?),
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" => Event::ChannelSeen(payload(text)?),
        "CHANNEL_DELETE" => Event::ChannelDelete(payload(text)?),
        "GUILD_CREATE" => Event::GuildCreate(payload(text)?),
        "GUILD_DELETE" => Event::GuildDelete(payload(text)?),
        "GUILD_ROLE_DELETE" => Event::RoleDelete(payload(text)?),
        _ => return Ok(None),
    };
    Ok(Some(event))
}

fn payload<'a, D: Deserialize<'a>>(text: &'a str) -> Result<D, serde_json::Error> {
    serde_json::from_str::<Payload<D>>(text).map(|frame| frame.d)
}

/// The names of the dispatches that are read, for counting the unreadable ones.
pub(super) fn static_name(name: &str) -> &'static str {
    const NAMES: [&str; 14] = [
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
        "THREAD_LIST_SYNC",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
        "GUILD_CREATE",
        "GUILD_DELETE",
        "GUILD_ROLE_DELETE",
    ];
    NAMES
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or("another")
}
