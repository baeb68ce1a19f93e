//! Channels come, change and go.

use serde_json::json;

use crate::world::render::id;
use crate::world::{
    ApiError, Channel, ChannelKind, FLAG_REQUIRE_TAG, FieldError, Forum, ForumTag, Outcome,
    Overwrite, World, intents, permissions,
};

/// A channel to be made. `NewChannel::text("…")` and `NewChannel::forum("…")` are the plain ones.
#[derive(Clone, Debug)]
pub struct NewChannel {
    pub name: String,
    pub kind: ChannelKind,
    /// Its category.
    pub parent: Option<u64>,
    pub topic: Option<String>,
    pub overwrites: Vec<Overwrite>,
    pub tags: Vec<NewTag>,
    /// Posts need a tag.
    pub require_tag: bool,
    pub default_auto_archive_minutes: Option<u32>,
}

/// A tag of a forum, new or (with its id) as it shall be from now on.
#[derive(Clone, Debug, Default)]
pub struct NewTag {
    pub id: Option<u64>,
    pub name: String,
    pub moderated: bool,
    pub emoji_id: Option<u64>,
    pub emoji_name: Option<String>,
}

impl NewTag {
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

impl NewChannel {
    pub fn of_kind(kind: ChannelKind, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            parent: None,
            topic: None,
            overwrites: Vec::new(),
            tags: Vec::new(),
            require_tag: false,
            default_auto_archive_minutes: None,
        }
    }

    pub fn text(name: impl Into<String>) -> Self {
        Self::of_kind(ChannelKind::Text, name)
    }

    pub fn forum(name: impl Into<String>) -> Self {
        Self::of_kind(ChannelKind::Forum, name)
    }

    pub fn category(name: impl Into<String>) -> Self {
        Self::of_kind(ChannelKind::Category, name)
    }
}

/// What shall change about a channel that is no thread. None: stays.
#[derive(Clone, Debug, Default)]
pub struct ChannelEdit {
    pub name: Option<String>,
    pub topic: Option<Option<String>>,
    pub parent: Option<Option<u64>>,
    pub position: Option<u32>,
    pub nsfw: Option<bool>,
    pub rate_limit_per_user: Option<u32>,
    pub overwrites: Option<Vec<Overwrite>>,
    pub tags: Option<Vec<NewTag>>,
    pub flags: Option<u32>,
    pub default_auto_archive_minutes: Option<Option<u32>>,
}

/// Channels of a guild, categories among them (30013).
const MOST_CHANNELS: usize = 500;
/// Tags of a forum (30048).
const MOST_TAGS: usize = 20;

impl World {
    /// Makes a channel. Whoever calls it for a user checks that it has Manage Channels.
    pub fn add_channel(&mut self, guild: u64, new: NewChannel) -> Outcome<u64> {
        if !self.guilds.contains_key(&guild) {
            return Err(ApiError::unknown_guild());
        }
        check_name(&new.name)?;
        let siblings = self
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild) && channel.thread.is_none())
            .count();
        if siblings >= MOST_CHANNELS {
            let message = "Maximum number of guild channels reached (500)";
            return Err(ApiError::new(400, 30013, message));
        }
        self.check_category(guild, new.parent)?;
        let id = self.snowflake();
        let forum = if new.kind.is_forum() {
            Some(Forum {
                tags: self.fresh_tags(&[], new.tags)?,
                ..Forum::default()
            })
        } else {
            None
        };
        let channel = Channel {
            id,
            kind: new.kind,
            guild: Some(guild),
            name: new.name,
            topic: new.topic,
            position: u32::try_from(siblings).unwrap_or(u32::MAX),
            parent: new.parent,
            overwrites: new.overwrites,
            nsfw: false,
            rate_limit_per_user: 0,
            last_message: None,
            last_pin_at: None,
            flags: if new.require_tag { FLAG_REQUIRE_TAG } else { 0 },
            default_auto_archive_minutes: new.default_auto_archive_minutes,
            forum,
            thread: None,
            recipients: Vec::new(),
        };
        let data = self.render_channel(&channel);
        self.channels.insert(id, channel.clone());
        self.tell_channel("CHANNEL_CREATE", &channel, intents::GUILDS, data);
        Ok(id)
    }

    /// Changes a channel that is no thread; needs Manage Channels.
    pub fn edit_channel(&mut self, actor: u64, channel: u64, edit: ChannelEdit) -> Outcome {
        let mut changed = self.visible_channel(actor, channel)?.clone();
        let granted = self.permissions_in(actor, &changed);
        if granted & permissions::MANAGE_CHANNELS == 0
            || edit.overwrites.is_some() && granted & permissions::MANAGE_ROLES == 0
        {
            return Err(ApiError::missing_permissions());
        }
        if let Some(name) = edit.name {
            check_name(&name)?;
            changed.name = name;
        }
        if let Some(topic) = edit.topic {
            let most = if changed.kind.is_forum() { 4096 } else { 1024 };
            if topic
                .as_ref()
                .is_some_and(|text| text.chars().count() > most)
            {
                return Err(ApiError::length("topic", 0, most));
            }
            changed.topic = topic;
        }
        if let Some(parent) = edit.parent {
            if let Some(guild) = changed.guild {
                self.check_category(guild, parent)?;
            }
            changed.parent = parent;
        }
        if let Some(seconds) = edit.rate_limit_per_user {
            check_slow_mode(seconds)?;
            changed.rate_limit_per_user = seconds;
        }
        if let Some(Some(minutes)) = edit.default_auto_archive_minutes {
            check_auto_archive("default_auto_archive_duration", minutes)?;
        }
        if let Some(tags) = edit.tags {
            let Some(forum) = &mut changed.forum else {
                return Err(wrong_kind());
            };
            forum.tags = self.fresh_tags(&forum.tags, tags)?;
        }
        changed.default_auto_archive_minutes = edit
            .default_auto_archive_minutes
            .unwrap_or(changed.default_auto_archive_minutes);
        changed.position = edit.position.unwrap_or(changed.position);
        changed.nsfw = edit.nsfw.unwrap_or(changed.nsfw);
        changed.overwrites = edit.overwrites.unwrap_or(changed.overwrites);
        changed.flags = edit.flags.unwrap_or(changed.flags);
        let kept_tags: Option<Vec<u64>> = changed
            .forum
            .as_ref()
            .map(|forum| forum.tags.iter().map(|tag| tag.id).collect());
        let guild = changed.guild.unwrap_or_default();
        self.changing_sight(guild, |world| {
            world.channels.insert(channel, changed);
            if let Some(kept) = kept_tags {
                world.forget_tags(channel, &kept);
            }
            world.tell_changed(channel);
            Ok(())
        })
    }

    /// A tag that is gone is gone from the posts too.
    fn forget_tags(&mut self, forum: u64, kept: &[u64]) {
        for post in self.channels.values_mut() {
            if post.parent == Some(forum)
                && let Some(thread) = &mut post.thread
            {
                thread.applied_tags.retain(|tag| kept.contains(tag));
            }
        }
    }

    /// Sets the permissions of a role or member in a channel.
    pub fn set_overwrite(&mut self, channel: u64, overwrite: Overwrite) -> Outcome {
        let guild = self
            .channels
            .get(&channel)
            .filter(|channel| channel.thread.is_none())
            .and_then(|channel| channel.guild)
            .ok_or_else(ApiError::unknown_channel)?;
        self.changing_sight(guild, |world| {
            if let Some(home) = world.channels.get_mut(&channel) {
                home.overwrites.retain(|other| other.id != overwrite.id);
                home.overwrites.push(overwrite);
            }
            world.tell_changed(channel);
            Ok(())
        })
    }

    /// Deletes a channel with its threads, or a thread. Needs Manage Channels (Manage Threads).
    pub fn delete_channel(&mut self, actor: u64, channel: u64) -> Outcome<Channel> {
        let target = self.visible_channel(actor, channel)?.clone();
        let needed = if target.thread.is_some() {
            permissions::MANAGE_THREADS
        } else {
            permissions::MANAGE_CHANNELS
        };
        if target.guild.is_none() || !self.can(actor, &target, needed) {
            return Err(ApiError::missing_permissions());
        }
        self.vanish_channel(channel)?;
        Ok(target)
    }

    /// Deletes a channel or thread without asking who may.
    pub fn vanish_channel(&mut self, channel: u64) -> Outcome {
        let target = self
            .channels
            .get(&channel)
            .cloned()
            .ok_or_else(ApiError::unknown_channel)?;
        let threads: Vec<u64> = self
            .channels
            .values()
            .filter(|other| other.parent == Some(channel) && other.thread.is_some())
            .map(|thread| thread.id)
            .collect();
        let told = self.bots_that_see(&target);
        // Discord says nothing of the threads: who hears that the channel is gone knows.
        for gone in threads.into_iter().chain([channel]) {
            self.channels.remove(&gone);
            self.messages.remove(&gone);
        }
        for other in self.channels.values_mut() {
            if other.parent == Some(channel) {
                other.parent = None;
            }
        }
        let (event, data) = if target.thread.is_some() {
            let data = json!({
                "id": id(target.id),
                "guild_id": target.guild.map(|id| id.to_string()),
                "parent_id": target.parent.map(|id| id.to_string()),
                "type": target.kind.number(),
            });
            ("THREAD_DELETE", data)
        } else {
            ("CHANNEL_DELETE", self.render_channel(&target))
        };
        for bot in told {
            self.tell_user(event, target.guild, bot, intents::GUILDS, data.clone());
        }
        Ok(())
    }

    /// The direct conversation of two users, made when it is first asked for.
    pub fn open_direct(&mut self, one: u64, other: u64) -> Outcome<u64> {
        if !self.users.contains_key(&other) {
            return Err(ApiError::unknown_user());
        }
        let found = self.channels.values().find(|channel| {
            channel.kind == ChannelKind::Direct
                && channel.recipients.contains(&one)
                && channel.recipients.contains(&other)
        });
        if let Some(channel) = found {
            return Ok(channel.id);
        }
        let id = self.snowflake();
        let channel = Channel {
            id,
            kind: ChannelKind::Direct,
            guild: None,
            name: String::new(),
            topic: None,
            position: 0,
            parent: None,
            overwrites: Vec::new(),
            nsfw: false,
            rate_limit_per_user: 0,
            last_message: None,
            last_pin_at: None,
            flags: 0,
            default_auto_archive_minutes: None,
            forum: None,
            thread: None,
            recipients: vec![one, other],
        };
        self.channels.insert(id, channel);
        Ok(id)
    }

    /// The channel, if there is one (10003) and the actor sees it (50001).
    pub fn visible_channel(&self, actor: u64, channel: u64) -> Outcome<&Channel> {
        let found = self
            .channels
            .get(&channel)
            .ok_or_else(ApiError::unknown_channel)?;
        if self.can_see(actor, found) {
            Ok(found)
        } else {
            Err(ApiError::missing_access())
        }
    }

    fn check_category(&self, guild: u64, parent: Option<u64>) -> Outcome {
        let Some(parent) = parent else { return Ok(()) };
        let fits = self.channels.get(&parent).is_some_and(|parent| {
            parent.kind == ChannelKind::Category && parent.guild == Some(guild)
        });
        if fits {
            Ok(())
        } else {
            Err(ApiError::field(
                "parent_id",
                "CHANNEL_PARENT_INVALID",
                "Category does not exist",
            ))
        }
    }

    /// Checks the tags a forum shall have and gives new ones their id. A tag sent without its id is
    /// a new one, whatever its name.
    fn fresh_tags(&self, known: &[ForumTag], wanted: Vec<NewTag>) -> Outcome<Vec<ForumTag>> {
        if wanted.len() > MOST_TAGS {
            let message = "Maximum number of tags available in a forum channel reached (20)";
            return Err(ApiError::new(400, 30048, message));
        }
        let mut tags: Vec<ForumTag> = Vec::new();
        for (index, tag) in wanted.into_iter().enumerate() {
            let length = tag.name.chars().count();
            if length > 20 {
                return Err(ApiError::length(
                    format!("available_tags.{index}.name"),
                    0,
                    20,
                ));
            }
            if tags.iter().any(|other| other.name == tag.name) {
                return Err(ApiError::new(400, 40061, "Tag names must be unique"));
            }
            if tag.emoji_id.is_some() && tag.emoji_name.is_some() {
                return Err(ApiError::form(vec![FieldError {
                    path: format!("available_tags.{index}"),
                    code: "TAG_EMOJI_INVALID",
                    message: "Only one of emoji_id and emoji_name may be set.".into(),
                }]));
            }
            let id = tag
                .id
                .filter(|id| known.iter().any(|other| other.id == *id))
                .unwrap_or_else(|| self.snowflake());
            tags.push(ForumTag {
                id,
                name: tag.name,
                moderated: tag.moderated,
                emoji_id: tag.emoji_id,
                emoji_name: tag.emoji_name,
            });
        }
        Ok(tags)
    }
}

/// Names of channels and threads: 1 to 100 characters.
pub(super) fn check_name(name: &str) -> Outcome {
    let length = name.trim().chars().count();
    if (1..=100).contains(&length) {
        Ok(())
    } else {
        Err(ApiError::length("name", 1, 100))
    }
}

/// Slow mode is at most six hours.
pub(super) fn check_slow_mode(seconds: u32) -> Outcome {
    if seconds <= 21_600 {
        Ok(())
    } else {
        Err(ApiError::field(
            "rate_limit_per_user",
            "NUMBER_TYPE_MAX",
            "int value should be less than or equal to 21600.",
        ))
    }
}

/// An hour, a day, three days or a week.
pub(super) fn check_auto_archive(field: &str, minutes: u32) -> Outcome {
    if [60, 1440, 4320, 10080].contains(&minutes) {
        Ok(())
    } else {
        Err(ApiError::choice(field, "60, 1440, 4320, 10080"))
    }
}

/// 50024: this cannot be done with a channel of this kind.
pub(super) fn wrong_kind() -> ApiError {
    ApiError::new(400, 50024, "Cannot execute action on this channel type")
}
