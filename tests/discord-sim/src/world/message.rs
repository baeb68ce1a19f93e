//! Messages, and what is needed to write one.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Message types the simulation makes. Others can be replayed by number.
pub mod kind {
    pub const DEFAULT: u8 = 0;
    pub const CHANNEL_NAME_CHANGE: u8 = 4;
    pub const PINNED: u8 = 6;
    pub const MEMBER_JOINED: u8 = 7;
    pub const THREAD_CREATED: u8 = 18;
    pub const REPLY: u8 = 19;
    pub const CHAT_INPUT_COMMAND: u8 = 20;
    pub const THREAD_STARTER: u8 = 21;
    pub const CONTEXT_MENU_COMMAND: u8 = 23;
}

/// Message flags.
pub mod flag {
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    pub const HAS_THREAD: u64 = 1 << 5;
    pub const EPHEMERAL: u64 = 1 << 6;
    pub const LOADING: u64 = 1 << 7;
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    pub const COMPONENTS_V2: u64 = 1 << 15;
}

#[derive(Clone, Debug)]
pub struct Message {
    pub id: u64,
    pub channel: u64,
    pub author: u64,
    /// One of [`kind`].
    pub kind: u8,
    pub content: String,
    /// Bits of [`flag`].
    pub flags: u64,
    pub at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    /// As Discord renders them.
    pub embeds: Vec<Value>,
    /// As Discord renders them: each with its `id`.
    pub components: Vec<Value>,
    /// As Discord renders them.
    pub attachments: Vec<Value>,
    pub nonce: Option<Nonce>,
    pub reference: Option<Reference>,
    /// Users named in the text (or replied to), as far as `allowed_mentions` lets them through.
    pub mentions: Vec<u64>,
    pub mention_roles: Vec<u64>,
    pub mention_everyone: bool,
    pub pinned: bool,
    pub tts: bool,
    pub reactions: Vec<Reaction>,
    /// The application that sent it, for a webhook's or an interaction's message.
    pub application: Option<u64>,
    /// The webhook that sent it; an interaction's follow-up carries the application's id.
    pub webhook: Option<u64>,
    /// `interaction_metadata`, for an answer to an interaction.
    pub interaction: Option<Value>,
}

/// What the sender calls its message: a number or a text, given back as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nonce {
    Number(i64),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub channel: u64,
    /// None: the channel itself, as in the system message about a new thread.
    pub message: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct Reaction {
    /// A Unicode emoji, or the name of a custom one.
    pub name: String,
    /// The id of a custom emoji.
    pub emoji: Option<u64>,
    pub users: Vec<u64>,
}

/// Who may be pinged by a message (`allowed_mentions`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the form has these switches")]
pub struct AllowedMentions {
    pub parse_users: bool,
    pub parse_roles: bool,
    pub parse_everyone: bool,
    pub users: Vec<u64>,
    pub roles: Vec<u64>,
    pub replied_user: bool,
}

impl AllowedMentions {
    /// What holds when a message says nothing about it: everybody it names.
    pub fn everything() -> Self {
        Self {
            parse_users: true,
            parse_roles: true,
            parse_everyone: true,
            replied_user: true,
            ..Self::default()
        }
    }

    /// What holds for answers to interactions and webhooks that say nothing about it.
    pub fn users_only() -> Self {
        Self {
            parse_users: true,
            replied_user: true,
            ..Self::default()
        }
    }
}

/// A message to be written. `NewMessage::text("…")` is the plain one.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<NewAttachment>,
    pub flags: u64,
    pub tts: bool,
    pub nonce: Option<Nonce>,
    pub enforce_nonce: bool,
    /// The message it answers.
    pub reply_to: Option<ReplyTo>,
    /// None: as for an ordinary message that says nothing.
    pub allowed_mentions: Option<AllowedMentions>,
    pub sticker_ids: Vec<u64>,
    /// Instead of a fresh snowflake of now; its instant is then the message's.
    pub id: Option<u64>,
    /// Instead of [`kind::DEFAULT`] or [`kind::REPLY`]; for replays.
    pub kind: Option<u8>,
    /// Set by interactions and webhooks.
    pub application: Option<u64>,
    pub webhook: Option<u64>,
    pub interaction: Option<Value>,
}

impl NewMessage {
    pub fn text(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct ReplyTo {
    pub message: u64,
    pub channel: Option<u64>,
    pub fail_if_not_exists: bool,
}

#[derive(Clone, Debug)]
pub struct NewAttachment {
    pub filename: String,
    pub description: Option<String>,
    pub content_type: Option<String>,
    pub content: Bytes,
}

/// Somebody was pinged by a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    pub user: u64,
    pub message: u64,
    pub channel: u64,
}
