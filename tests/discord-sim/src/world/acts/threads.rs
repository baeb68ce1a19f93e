//! Threads and forum posts are opened.

use std::collections::BTreeMap;

use serde_json::json;

use super::channels::{check_auto_archive, check_name, check_slow_mode, wrong_kind};
use super::thread_state::check_tags;
use crate::world::render::put;
use crate::world::{
    ApiError, Channel, ChannelKind, FLAG_REQUIRE_TAG, NewMessage, Outcome, Reference, Thread,
    ThreadMember, World, flag, instant_of, intents, kind, permissions,
};

/// Minutes after which a thread archives itself when nobody says otherwise.
const USUAL_AUTO_ARCHIVE: u32 = 1440;
/// Threads of a guild that are active at a time (160006). Not documented; reported by users.
pub(super) const MOST_ACTIVE_THREADS: usize = 1000;

/// A thread to be opened. `NewThread::named("…")` is the plain one.
#[derive(Clone, Debug, Default)]
pub struct NewThread {
    pub name: String,
    /// None: what the channel sets, else a day.
    pub auto_archive_minutes: Option<u32>,
    pub rate_limit_per_user: Option<u32>,
    /// Of a forum post.
    pub applied_tags: Vec<u64>,
    /// Of a private thread.
    pub invitable: Option<bool>,
    /// Instead of a fresh id of now; its instant is then the thread's. Not for a thread on a message.
    pub id: Option<u64>,
}

impl NewThread {
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

impl World {
    /// A post in a forum: the thread and its first message share the id.
    pub fn create_forum_post(
        &mut self,
        actor: u64,
        forum: u64,
        new: NewThread,
        mut message: NewMessage,
    ) -> Outcome<u64> {
        let parent = self.visible_channel(actor, forum)?.clone();
        if !parent.kind.is_forum() {
            return Err(wrong_kind());
        }
        if !self.can(actor, &parent, permissions::SEND_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        let moderator = self.can(actor, &parent, permissions::MANAGE_THREADS);
        check_tags(&parent, &[], &new.applied_tags, moderator)?;
        if parent.flags & FLAG_REQUIRE_TAG != 0 && new.applied_tags.is_empty() {
            return Err(missing_tag(&parent, moderator));
        }
        let id = new.id.or(message.id).unwrap_or_else(|| self.snowflake());
        message.id = Some(id);
        let thread = self.build_thread(actor, &parent, ChannelKind::PublicThread, id, new)?;
        // The message is checked before anything changes; the thread must exist for it to be put in.
        self.channels.insert(id, thread);
        let first = match self.compose(actor, id, message) {
            Ok(first) => first,
            Err(refusal) => {
                self.channels.remove(&id);
                return Err(refusal);
            }
        };
        if let Some(parent) = self.channels.get_mut(&forum) {
            parent.last_message = Some(id);
        }
        self.tell_new_thread(id);
        self.store(&first);
        Ok(id)
    }

    /// A thread on a message of a text channel; it takes the message's id.
    pub fn create_thread_from_message(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        new: NewThread,
    ) -> Outcome<u64> {
        let parent = self.visible_channel(actor, channel)?.clone();
        if !matches!(parent.kind, ChannelKind::Text | ChannelKind::Announcement) {
            return Err(wrong_kind());
        }
        if !self.can(actor, &parent, permissions::READ_MESSAGE_HISTORY) {
            return Err(ApiError::missing_permissions());
        }
        let origin = self
            .messages
            .get(&channel)
            .and_then(|messages| messages.get(&message))
            .ok_or_else(ApiError::unknown_message)?;
        if origin.flags & flag::HAS_THREAD != 0 || self.channels.contains_key(&message) {
            let text = "A thread has already been created for this message";
            return Err(ApiError::new(400, 160_004, text));
        }
        if !self.can(actor, &parent, permissions::CREATE_PUBLIC_THREADS) {
            return Err(ApiError::missing_permissions());
        }
        let kind = if parent.kind == ChannelKind::Announcement {
            ChannelKind::AnnouncementThread
        } else {
            ChannelKind::PublicThread
        };
        let mut thread = self.build_thread(actor, &parent, kind, message, new)?;
        if let Some(thread) = &mut thread.thread {
            // The id is older than the thread when an old message gets one.
            (thread.created_at, thread.active_at) = (self.now(), self.now());
            thread.archive_changed_at = self.now();
        }
        self.channels.insert(message, thread);
        self.tell_new_thread(message);
        if let Some(origin) = self
            .messages
            .get_mut(&channel)
            .and_then(|messages| messages.get_mut(&message))
        {
            origin.flags |= flag::HAS_THREAD;
            let origin = origin.clone();
            self.tell_message("MESSAGE_UPDATE", &origin);
        }
        let starter = Reference {
            channel,
            message: Some(message),
        };
        self.add_system_message(message, actor, kind::THREAD_STARTER, "", Some(starter));
        Ok(message)
    }

    /// A thread of a text channel without a message.
    pub fn create_thread(
        &mut self,
        actor: u64,
        channel: u64,
        kind: ChannelKind,
        new: NewThread,
    ) -> Outcome<u64> {
        let parent = self.visible_channel(actor, channel)?.clone();
        let fits = match parent.kind {
            ChannelKind::Text => {
                matches!(kind, ChannelKind::PublicThread | ChannelKind::PrivateThread)
            }
            ChannelKind::Announcement => kind == ChannelKind::AnnouncementThread,
            _ => false,
        };
        if !fits {
            return Err(wrong_kind());
        }
        let needed = if kind == ChannelKind::PrivateThread {
            permissions::CREATE_PRIVATE_THREADS
        } else {
            permissions::CREATE_PUBLIC_THREADS
        };
        if !self.can(actor, &parent, needed) {
            return Err(ApiError::missing_permissions());
        }
        let id = new.id.unwrap_or_else(|| self.snowflake());
        let name = new.name.clone();
        let thread = self.build_thread(actor, &parent, kind, id, new)?;
        self.channels.insert(id, thread);
        self.tell_new_thread(id);
        if kind != ChannelKind::PrivateThread {
            let link = Reference {
                channel: id,
                message: None,
            };
            self.add_system_message(channel, actor, kind::THREAD_CREATED, &name, Some(link));
        }
        Ok(id)
    }

    /// Checks what holds for every new thread and makes it, with its owner as its only member.
    fn build_thread(
        &self,
        actor: u64,
        parent: &Channel,
        kind: ChannelKind,
        id: u64,
        new: NewThread,
    ) -> Outcome<Channel> {
        check_name(&new.name)?;
        let minutes = new
            .auto_archive_minutes
            .or(parent.default_auto_archive_minutes)
            .unwrap_or(USUAL_AUTO_ARCHIVE);
        check_auto_archive("auto_archive_duration", minutes)?;
        let slow = new.rate_limit_per_user.unwrap_or_else(|| {
            let forum = parent.forum.as_ref();
            forum.map_or(0, |forum| forum.default_thread_rate_limit_per_user)
        });
        check_slow_mode(slow)?;
        self.check_active_threads(parent.guild)?;
        let at = instant_of(id);
        let owner = ThreadMember {
            user: actor,
            joined_at: at,
        };
        Ok(Channel {
            id,
            kind,
            guild: parent.guild,
            name: new.name.trim().to_owned(),
            topic: None,
            position: 0,
            parent: Some(parent.id),
            overwrites: Vec::new(),
            nsfw: false,
            rate_limit_per_user: slow,
            last_message: None,
            last_pin_at: None,
            flags: 0,
            default_auto_archive_minutes: None,
            forum: None,
            thread: Some(Thread {
                owner: actor,
                archived: false,
                locked: false,
                invitable: new.invitable.unwrap_or(true),
                auto_archive_minutes: minutes,
                archive_changed_at: at,
                created_at: at,
                active_at: at,
                message_count: 0,
                total_message_sent: 0,
                applied_tags: new.applied_tags,
                members: BTreeMap::from([(actor, owner)]),
            }),
            recipients: Vec::new(),
        })
    }

    /// 160006 when the guild has as many active threads as it may.
    pub(super) fn check_active_threads(&self, guild: Option<u64>) -> Outcome {
        let active = self
            .channels
            .values()
            .filter(|it| it.guild == guild && it.thread.as_ref().is_some_and(|it| !it.archived))
            .count();
        if active >= MOST_ACTIVE_THREADS {
            let message = "Maximum number of active threads reached";
            return Err(ApiError::new(400, 160_006, message));
        }
        Ok(())
    }

    /// `THREAD_CREATE` for everybody who sees it.
    fn tell_new_thread(&mut self, thread: u64) {
        let Some(channel) = self.channels.get(&thread).cloned() else {
            return;
        };
        self.note_archive_due(thread);
        // Bots that are in it (the one that made it) also hear of their membership in the event.
        for bot in self.bots_that_see(&channel) {
            let mut data = self.render_channel_for(&channel, bot);
            put(&mut data, "newly_created", json!(true));
            self.tell_user("THREAD_CREATE", channel.guild, bot, intents::GUILDS, data);
        }
    }
}

/// 40067, or 40066 when the author could not choose any.
fn missing_tag(forum: &Channel, moderator: bool) -> ApiError {
    let choosable = forum
        .forum
        .as_ref()
        .is_some_and(|forum| forum.tags.iter().any(|tag| moderator || !tag.moderated));
    if choosable {
        let message = "A tag is required to create a forum post in this channel";
        ApiError::new(400, 40067, message)
    } else {
        let message = "There are no tags available that can be set by non-moderators";
        ApiError::new(400, 40066, message)
    }
}
