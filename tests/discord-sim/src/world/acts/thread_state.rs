//! Threads are archived, woken, locked, renamed and tagged, by people and by time.

use chrono::{DateTime, TimeDelta, Utc};

use super::channels::{check_auto_archive, check_name, check_slow_mode, wrong_kind};
use crate::world::render::{optional_id, put};
use crate::world::{
    ApiError, Channel, ChannelKind, FLAG_PINNED, FLAG_REQUIRE_TAG, Outcome, World, intents, kind,
    permissions, render_thread_member,
};

/// What shall change about a thread. None: stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadEdit {
    pub name: Option<String>,
    pub archived: Option<bool>,
    pub locked: Option<bool>,
    pub invitable: Option<bool>,
    pub auto_archive_minutes: Option<u32>,
    pub rate_limit_per_user: Option<u32>,
    pub applied_tags: Option<Vec<u64>>,
    /// Of a forum post: pinned.
    pub pinned: Option<bool>,
}

impl ThreadEdit {
    fn is_only_archiving(&self) -> bool {
        let only = Self {
            archived: self.archived,
            ..Self::default()
        };
        *self == only
    }
}

impl World {
    /// Changes a thread as its owner, a moderator, or (waking it) anybody who may write in it.
    pub fn edit_thread(&mut self, actor: u64, thread: u64, edit: ThreadEdit) -> Outcome {
        let channel = self.visible_channel(actor, thread)?.clone();
        let (Some(state), Some(parent)) = (
            &channel.thread,
            channel.parent.and_then(|parent| self.channels.get(&parent)),
        ) else {
            return Err(wrong_kind());
        };
        let parent = parent.clone();
        let granted = self.permissions_in(actor, &channel);
        let moderator = granted & permissions::MANAGE_THREADS != 0;
        let writes = granted & permissions::SEND_MESSAGES_IN_THREADS != 0;
        if !moderator && state.locked {
            return Err(if state.archived {
                ApiError::thread_locked()
            } else {
                ApiError::missing_permissions()
            });
        }
        let waking = edit.archived == Some(false);
        if state.archived && !waking && !(edit.is_only_archiving()) {
            return Err(ApiError::thread_archived());
        }
        let wakes_only = waking && edit.is_only_archiving();
        let owner = state.owner == actor && writes;
        if !(moderator || owner || wakes_only && writes) {
            return Err(ApiError::missing_permissions());
        }
        let for_moderators = edit.locked.is_some_and(|locked| locked != state.locked)
            || edit.rate_limit_per_user.is_some()
            || edit.pinned.is_some();
        if for_moderators && !moderator {
            return Err(ApiError::missing_permissions());
        }
        self.check_thread_edit(&channel, &parent, &edit, moderator)?;
        if state.archived && waking {
            self.check_active_threads(channel.guild)?;
        }
        let renamed = edit
            .name
            .as_ref()
            .map(|name| name.trim().to_owned())
            .filter(|name| *name != channel.name);
        let archives = edit.archived == Some(true) && !state.archived;
        // The system message about the new name comes before the thread is put away with it.
        if let Some(name) = renamed {
            self.rename_thread(thread, actor, &name);
        }
        self.apply_thread_edit(thread, edit);
        if archives && let Some(channel) = self.channels.get_mut(&thread) {
            channel.flags &= !FLAG_PINNED;
        }
        self.note_archive_due(thread);
        self.tell_changed(thread);
        if state.archived && waking {
            self.tell_own_memberships(thread);
        }
        Ok(())
    }

    /// Archives or wakes a thread.
    pub fn set_archived(&mut self, actor: u64, thread: u64, archived: bool) -> Outcome {
        let edit = ThreadEdit {
            archived: Some(archived),
            ..ThreadEdit::default()
        };
        self.edit_thread(actor, thread, edit)
    }

    /// Locks or unlocks a thread.
    pub fn set_locked(&mut self, actor: u64, thread: u64, locked: bool) -> Outcome {
        let edit = ThreadEdit {
            locked: Some(locked),
            ..ThreadEdit::default()
        };
        self.edit_thread(actor, thread, edit)
    }

    pub fn rename(&mut self, actor: u64, thread: u64, name: impl Into<String>) -> Outcome {
        let edit = ThreadEdit {
            name: Some(name.into()),
            ..ThreadEdit::default()
        };
        self.edit_thread(actor, thread, edit)
    }

    /// Puts exactly these tags on a forum post.
    pub fn set_tags(&mut self, actor: u64, thread: u64, tags: Vec<u64>) -> Outcome {
        let edit = ThreadEdit {
            applied_tags: Some(tags),
            ..ThreadEdit::default()
        };
        self.edit_thread(actor, thread, edit)
    }

    fn check_thread_edit(
        &self,
        thread: &Channel,
        parent: &Channel,
        edit: &ThreadEdit,
        moderator: bool,
    ) -> Outcome {
        if let Some(name) = &edit.name {
            check_name(name)?;
        }
        if let Some(minutes) = edit.auto_archive_minutes {
            check_auto_archive("auto_archive_duration", minutes)?;
        }
        if let Some(seconds) = edit.rate_limit_per_user {
            check_slow_mode(seconds)?;
        }
        if edit.invitable.is_some() && thread.kind != ChannelKind::PrivateThread {
            return Err(wrong_kind());
        }
        if let (Some(tags), Some(state)) = (&edit.applied_tags, &thread.thread) {
            check_tags(parent, &state.applied_tags, tags, moderator)?;
            if tags.is_empty() && parent.flags & FLAG_REQUIRE_TAG != 0 {
                let message = "A tag is required to create a forum post in this channel";
                return Err(ApiError::new(400, 40067, message));
            }
        }
        let pins = edit.pinned == Some(true) && thread.flags & FLAG_PINNED == 0;
        let pinned_already = self
            .channels
            .values()
            .any(|other| other.parent == Some(parent.id) && other.flags & FLAG_PINNED != 0);
        if pins && pinned_already {
            let message = "Maximum number of pinned threads in a forum channel has been reached";
            return Err(ApiError::new(400, 30047, message));
        }
        Ok(())
    }

    fn apply_thread_edit(&mut self, thread: u64, edit: ThreadEdit) {
        let now = self.now();
        let Some(channel) = self.channels.get_mut(&thread) else {
            return;
        };
        if let Some(pinned) = edit.pinned {
            channel.flags = channel.flags & !FLAG_PINNED | if pinned { FLAG_PINNED } else { 0 };
        }
        channel.rate_limit_per_user = edit
            .rate_limit_per_user
            .unwrap_or(channel.rate_limit_per_user);
        let Some(state) = &mut channel.thread else {
            return;
        };
        if let Some(archived) = edit.archived
            && archived != state.archived
        {
            state.archived = archived;
            state.archive_changed_at = now;
            if !archived {
                state.active_at = now;
            }
        }
        if let Some(minutes) = edit.auto_archive_minutes {
            state.auto_archive_minutes = minutes;
            state.active_at = now;
        }
        state.locked = edit.locked.unwrap_or(state.locked);
        state.invitable = edit.invitable.unwrap_or(state.invitable);
        state.applied_tags = edit
            .applied_tags
            .unwrap_or_else(|| std::mem::take(&mut state.applied_tags));
    }

    fn rename_thread(&mut self, thread: u64, actor: u64, name: &str) {
        if let Some(channel) = self.channels.get_mut(&thread) {
            name.clone_into(&mut channel.name);
        }
        self.add_system_message(thread, actor, kind::CHANNEL_NAME_CHANGE, name, None);
    }

    /// `THREAD_MEMBER_UPDATE`: bots in a thread that wakes are told of their membership again.
    fn tell_own_memberships(&mut self, thread: u64) {
        let Some(channel) = self.channels.get(&thread).cloned() else {
            return;
        };
        for member in channel
            .thread
            .iter()
            .flat_map(|state| state.members.values())
        {
            if self.application_of(member.user).is_some() {
                let mut data = render_thread_member(thread, member);
                put(&mut data, "guild_id", optional_id(channel.guild));
                let needed = intents::GUILDS;
                self.tell_user(
                    "THREAD_MEMBER_UPDATE",
                    channel.guild,
                    member.user,
                    needed,
                    data,
                );
            }
        }
    }

    /// A message came: the thread is active, and awake.
    pub(super) fn wake_thread(&mut self, thread: u64) {
        let now = self.now();
        let Some(state) = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut())
        else {
            return;
        };
        // A replayed older message does not make a thread older.
        state.active_at = state.active_at.max(now);
        let woken = std::mem::replace(&mut state.archived, false);
        if woken {
            state.archive_changed_at = now;
        }
        self.note_archive_due(thread);
        if woken {
            self.tell_changed(thread);
            self.tell_own_memberships(thread);
        }
    }

    /// Does what the passing of time does: threads that were quiet for long enough archive
    /// themselves, at the instant they were due.
    pub fn pass_time(&mut self) {
        let now = self.now();
        if self.next_archive_at.is_none_or(|due| due > now) {
            return;
        }
        let mut due: Vec<(DateTime<Utc>, u64)> = Vec::new();
        let mut next = None;
        for (id, at) in self.channels.values().filter_map(archive_due) {
            if at <= now {
                due.push((at, id));
            } else {
                next = Some(next.map_or(at, |next: DateTime<Utc>| next.min(at)));
            }
        }
        self.next_archive_at = next;
        due.sort_unstable();
        for (at, id) in due {
            if let Some(state) = self
                .channels
                .get_mut(&id)
                .and_then(|channel| channel.thread.as_mut())
            {
                state.archived = true;
                state.archive_changed_at = at;
            }
            self.tell_changed(id);
        }
    }

    /// Remembers when this thread may be the next to archive itself. An instant too early costs one
    /// look; it is never too late.
    pub(super) fn note_archive_due(&mut self, thread: u64) {
        let due = self.channels.get(&thread).and_then(archive_due);
        if let Some((_, at)) = due {
            self.next_archive_at = Some(self.next_archive_at.map_or(at, |next| next.min(at)));
        }
    }
}

/// When a thread archives itself; None for one that does not.
fn archive_due(channel: &Channel) -> Option<(u64, DateTime<Utc>)> {
    let state = channel.thread.as_ref()?;
    if state.archived || channel.flags & FLAG_PINNED != 0 {
        return None;
    }
    let quiet = TimeDelta::minutes(i64::from(state.auto_archive_minutes));
    Some((channel.id, state.active_at + quiet))
}

/// At most five tags, all of this forum; moderated ones only by moderators.
pub(super) fn check_tags(
    forum: &Channel,
    before: &[u64],
    after: &[u64],
    moderator: bool,
) -> Outcome {
    let Some(tags) = forum.forum.as_ref().map(|forum| &forum.tags) else {
        return if after.is_empty() {
            Ok(())
        } else {
            Err(wrong_kind())
        };
    };
    if after.len() > 5 {
        return Err(ApiError::field(
            "applied_tags",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 5 or fewer in length.",
        ));
    }
    if !after.iter().all(|id| tags.iter().any(|tag| tag.id == *id)) {
        return Err(ApiError::new(404, 10087, "Unknown tag"));
    }
    let touched = |id: u64| before.contains(&id) != after.contains(&id);
    if !moderator && tags.iter().any(|tag| tag.moderated && touched(tag.id)) {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}
