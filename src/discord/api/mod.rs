//! What the bot asks of Discord's REST API by itself, typed: only the fields that are used.
//!
//! Everything here reads. What the bot says goes out through the outbox, and what it answers to a
//! command through serenity.

mod channel;
mod guild;
mod message;
mod snowflake;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;

pub use channel::{Bits, Channel, ChannelKind, ForumTag, Overwrite, ThreadState};
pub use guild::{Application, Guild, Role, User};
pub use message::{Edited, Message, Quoted, Roles, Writer};
pub use snowflake::Snowflake;

use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId, UserId};
use crate::gateway::rest::{Path, Request, Rest, RestError};

/// How many messages or threads one page holds at most. Source: Discord's docs, "Get Channel
/// Messages" and "List Public Archived Threads".
pub const PAGE: usize = 100;

/// A list of threads, or a page of one.
#[derive(Debug, serde::Deserialize)]
pub struct Threads {
    /// The threads.
    pub threads: Vec<Channel>,
    /// Whether there is another page.
    #[serde(default)]
    pub has_more: bool,
}

/// The application the bot belongs to.
///
/// # Errors
/// [`RestError`], as of every function here.
pub async fn load_application(rest: &Rest) -> Result<Application, RestError> {
    load(rest, Path::root("applications").then("@me")).await
}

/// The bot itself.
pub async fn load_self(rest: &Rest) -> Result<User, RestError> {
    load(rest, Path::root("users").then("@me")).await
}

/// A guild; `None` if there is none or the bot is not in it.
pub async fn find_guild(rest: &Rest, guild: GuildId) -> Result<Option<Guild>, RestError> {
    absent(load(rest, Path::root("guilds").id(guild.0)).await)
}

/// All channels of a guild that the bot may see, threads left out.
pub async fn list_channels(rest: &Rest, guild: GuildId) -> Result<Vec<Channel>, RestError> {
    let path = Path::root("guilds").id(guild.0).then("channels");
    // The schema allows `null` for none.
    Ok(load::<Option<_>>(rest, path).await?.unwrap_or_default())
}

/// One channel or thread; `None` if it does not exist (any more).
pub async fn find_channel(rest: &Rest, channel: u64) -> Result<Option<Channel>, RestError> {
    absent(load(rest, Path::root("channels").id(channel)).await)
}

/// A member of a guild; `None` for who left or was never there.
pub async fn find_member(
    rest: &Rest,
    guild: GuildId,
    user: UserId,
) -> Result<Option<Roles>, RestError> {
    let path = Path::root("guilds").id(guild.0).then("members").id(user.0);
    absent(load(rest, path).await)
}

/// All threads of a guild that are not archived and that the bot may see.
pub async fn list_active_threads(rest: &Rest, guild: GuildId) -> Result<Threads, RestError> {
    let path = Path::root("guilds")
        .id(guild.0)
        .then("threads")
        .then("active");
    load(rest, path).await
}

/// A page of a channel's archived public threads, the latest archived first, `before` an instant.
pub async fn list_archived_threads(
    rest: &Rest,
    channel: ChannelId,
    before: Option<Timestamp>,
) -> Result<Threads, RestError> {
    let path = Path::root("channels")
        .id(channel.0)
        .then("threads")
        .then("archived")
        .then("public");
    let mut request = Request::read(path).query("limit", &PAGE.to_string());
    if let Some(before) = before {
        let text = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        request = request.query("before", &text);
    }
    rest.json(request).await
}

/// A page of messages after `after`, the oldest first. A full page ([`PAGE`]) may not be the last.
pub async fn list_messages_after(
    rest: &Rest,
    thread: ThreadId,
    after: MessageId,
) -> Result<Vec<Message>, RestError> {
    let path = Path::root("channels").id(thread.0).then("messages");
    let request = Request::read(path)
        .query("after", &after.to_string())
        .query("limit", &PAGE.to_string());
    let page: Option<Vec<Message>> = rest.json(request).await?;
    // Discord gives the page that follows `after`, but the newest of it first.
    let mut page = page.unwrap_or_default();
    page.sort_unstable_by_key(|message| message.id);
    Ok(page)
}

/// The newest messages up to `last`, as many as one page holds, the oldest first, as they stand now.
pub async fn list_messages_up_to(
    rest: &Rest,
    thread: ThreadId,
    last: MessageId,
) -> Result<Vec<Edited>, RestError> {
    let path = Path::root("channels").id(thread.0).then("messages");
    let request = Request::read(path)
        .query("before", &(last.0 + 1).to_string())
        .query("limit", &PAGE.to_string());
    let page: Option<Vec<Edited>> = rest.json(request).await?;
    let mut page = page.unwrap_or_default();
    page.sort_unstable_by_key(|message| message.id);
    Ok(page)
}

/// One message; `None` if it does not exist (any more).
pub async fn find_message(
    rest: &Rest,
    channel: ChannelId,
    message: MessageId,
) -> Result<Option<Message>, RestError> {
    let path = Path::root("channels")
        .id(channel.0)
        .then("messages")
        .id(message.0);
    absent(load(rest, path).await)
}

/// Whether a message that everybody sees came of this interaction.
pub async fn is_said(rest: &Rest, channel: ChannelId, interaction: u64) -> Result<bool, RestError> {
    #[derive(serde::Deserialize)]
    struct Said {
        interaction_metadata: Option<Origin>,
    }
    #[derive(serde::Deserialize)]
    struct Origin {
        id: Snowflake,
    }
    let path = Path::root("channels").id(channel.0).then("messages");
    let request = Request::read(path)
        .query("after", &interaction.to_string())
        .query("limit", &PAGE.to_string());
    let page: Option<Vec<Said>> = rest.json(request).await?;
    let mut origins = page
        .unwrap_or_default()
        .into_iter()
        .filter_map(|said| said.interaction_metadata);
    Ok(origins.any(|origin| origin.id.0 == interaction))
}

async fn load<T: DeserializeOwned>(rest: &Rest, path: Path) -> Result<T, RestError> {
    rest.get_json(path).await
}

/// Turns "there is none" into an answer. A 404 without Discord's own code comes from something in
/// between and says nothing about what Discord has.
fn absent<T>(found: Result<T, RestError>) -> Result<Option<T>, RestError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(RestError::Discord { status, code, .. })
            if status == StatusCode::NOT_FOUND && code != 0 =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether Discord said that the bot may not do this.
pub fn is_forbidden(error: &RestError) -> bool {
    matches!(error, RestError::Discord { status, .. } if *status == StatusCode::FORBIDDEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u64) -> Result<(), RestError> {
        Err(RestError::Discord {
            status: StatusCode::NOT_FOUND,
            code,
            message: String::new(),
        })
    }

    #[test]
    fn only_discord_can_say_that_there_is_none() {
        assert!(matches!(absent(refused(10_003)), Ok(None)));
        assert!(absent(refused(0)).is_err());
    }
}
