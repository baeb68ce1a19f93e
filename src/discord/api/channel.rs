//! Channels and threads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

use super::Snowflake;
use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, GuildId, MessageId, TagId, ThreadId};
use crate::ledger::intent::ThreadSeen;

/// What a channel is, as far as it matters here. Source: Discord's docs, "Channel Types".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// A text channel (0) or an announcement channel (5): threads hang on its messages.
    Text,
    /// A forum (15) or media channel (16): all it has is threads, each with its first message in it.
    Forum,
    /// A thread everybody who sees the channel can see (11), also on an announcement channel (10).
    PublicThread,
    /// A thread for those who were asked in (12). Not tracked: the promise is public, and what was
    /// said among a few is nobody else's business.
    PrivateThread,
    /// Voice, a category, a direct message, or something Discord invented later.
    Other,
}

impl ChannelKind {
    /// What Discord's number means.
    pub fn of(number: u64) -> Self {
        match number {
            0 | 5 => Self::Text,
            15 | 16 => Self::Forum,
            10 | 11 => Self::PublicThread,
            12 => Self::PrivateThread,
            _ => Self::Other,
        }
    }

    /// Whether public threads can hang on it.
    pub fn carries_threads(self) -> bool {
        matches!(self, Self::Text | Self::Forum)
    }
}

impl<'de> Deserialize<'de> for ChannelKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u64::deserialize(from).map(Self::of)
    }
}

/// A channel or a thread.
#[derive(Debug, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: Snowflake,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ChannelKind,
    /// Its guild; Discord leaves it out where it is clear from the context.
    pub guild_id: Option<Snowflake>,
    /// For a thread the channel it hangs on, for a channel its category.
    pub parent_id: Option<Snowflake>,
    /// Its name: text from people.
    pub name: Option<String>,
    /// Its last message, which may have been deleted since.
    pub last_message_id: Option<Snowflake>,
    /// The tags that posts of a forum can have.
    pub available_tags: Option<Vec<ForumTag>>,
    /// Forum tags of a thread.
    pub applied_tags: Option<Vec<Snowflake>>,
    /// The state of a thread.
    pub thread_metadata: Option<ThreadState>,
    /// Only in the dispatch that tells of a new thread: that it has just come to be. The same
    /// dispatch without it means that the bot has come to see a thread that was there before.
    pub newly_created: Option<bool>,
    /// Who may do what in it.
    pub permission_overwrites: Option<Vec<Overwrite>>,
}

/// A tag that posts of a forum can have.
#[derive(Debug, Deserialize)]
pub struct ForumTag {
    /// Its id.
    pub id: Snowflake,
    /// Its name: text from people.
    pub name: String,
}

/// The state of a thread.
#[derive(Debug, Deserialize)]
pub struct ThreadState {
    /// Whether it is archived.
    pub archived: bool,
    /// Whether only moderators can wake it.
    pub locked: Option<bool>,
    /// When it was archived or woken last.
    #[serde(default, deserialize_with = "lenient_instant")]
    pub archive_timestamp: Option<Timestamp>,
    /// When it was made, which for a thread made from a message is later than its id says.
    #[serde(default, deserialize_with = "lenient_instant")]
    pub create_timestamp: Option<Timestamp>,
}

/// What a role or a member is given or denied in one channel.
#[derive(Debug, Deserialize)]
pub struct Overwrite {
    /// The role or the member.
    pub id: Snowflake,
    /// 0 for a role, 1 for a member.
    #[serde(rename = "type")]
    pub kind: u64,
    /// Permission bits.
    pub allow: Bits,
    /// Permission bits.
    pub deny: Bits,
}

/// Permission bits, which Discord writes as a string of digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits(pub u64);

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse()
            .map(Self)
            .map_err(|_| serde::de::Error::custom("not permission bits"))
    }
}

impl Channel {
    /// The thread, if this is a public one.
    pub fn thread(&self, guild: GuildId) -> Option<ThreadSeen> {
        let parent = self.parent_id?;
        if self.kind != ChannelKind::PublicThread {
            return None;
        }
        let state = self.thread_metadata.as_ref();
        Some(ThreadSeen {
            guild,
            thread: ThreadId(self.id.0),
            channel: ChannelId(parent.0),
            title: self.name.clone().unwrap_or_default(),
            tags: self
                .applied_tags
                .iter()
                .flatten()
                .map(|tag| TagId(tag.0))
                .collect(),
            archived: state.is_some_and(|state| state.archived),
            locked: state.is_some_and(|state| state.locked == Some(true)),
        })
    }

    /// Its last message, as far as Discord remembers.
    pub fn last_message(&self) -> Option<MessageId> {
        self.last_message_id.map(MessageId::from)
    }

    /// When a thread was archived, or woken, for the last time.
    pub fn archived_at(&self) -> Option<Timestamp> {
        self.thread_metadata.as_ref()?.archive_timestamp
    }
}

/// An instant as Discord writes it, or nothing if it is written otherwise: one odd time must not
/// make a whole list unreadable.
fn lenient_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| {
        DateTime::parse_from_rfc3339(&text)
            .ok()
            .map(|at| at.with_timezone(&Utc))
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_public_thread_is_a_thread() {
        let channel: Channel = serde_json::from_value(json!({
            "id": "10", "type": 11, "parent_id": "20", "name": "n", "applied_tags": ["7"],
            "thread_metadata": {
                "archived": true, "locked": true,
                "archive_timestamp": "2026-08-01T00:00:00.123000+00:00"
            }
        }))
        .unwrap();
        let thread = channel.thread(GuildId(1)).unwrap();
        assert_eq!(
            (thread.thread, thread.channel),
            (ThreadId(10), ChannelId(20))
        );
        assert_eq!(thread.tags, [TagId(7)]);
        assert!(thread.archived && thread.locked);
        let at = channel.thread_metadata.unwrap().archive_timestamp.unwrap();
        assert_eq!(at.timestamp_millis(), 1_785_542_400_123);
    }

    #[test]
    fn nothing_else_is() {
        for kind in [0, 2, 4, 5, 12, 13, 15, 16, 99] {
            let channel: Channel =
                serde_json::from_value(json!({"id": "10", "type": kind, "parent_id": "20"}))
                    .unwrap();
            assert_eq!(channel.thread(GuildId(1)), None, "{kind}");
        }
    }

    #[test]
    fn an_odd_time_is_no_time() {
        let state: ThreadState =
            serde_json::from_value(json!({"archived": false, "archive_timestamp": "yesterday"}))
                .unwrap();
        assert_eq!(state.archive_timestamp, None);
    }
}
