//! Who is in a thread.

use serde_json::json;

use super::channels::wrong_kind;
use crate::world::render::{id, put};
use crate::world::{
    ApiError, Channel, ChannelKind, Outcome, Thread, ThreadMember, World, intents, permissions,
};

/// Members of a thread (30033).
const MOST_THREAD_MEMBERS: usize = 1000;

impl World {
    /// The actor joins a thread, or adds somebody else to it.
    pub fn add_thread_member(&mut self, actor: u64, thread: u64, user: u64) -> Outcome {
        let channel = self.visible_channel(actor, thread)?.clone();
        let state = active(&channel)?;
        if state.members.contains_key(&user) {
            return Ok(());
        }
        if actor != user {
            let granted = self.permissions_in(actor, &channel);
            let moderator = granted & permissions::MANAGE_THREADS != 0;
            let may_invite = channel.kind != ChannelKind::PrivateThread
                || state.invitable
                || state.owner == actor
                || moderator;
            if granted & permissions::SEND_MESSAGES_IN_THREADS == 0 || !may_invite {
                return Err(ApiError::missing_permissions());
            }
            let seen_by_user = channel
                .parent
                .and_then(|parent| self.channels.get(&parent))
                .is_some_and(|parent| self.can_see(user, parent));
            if !seen_by_user {
                return Err(ApiError::missing_access());
            }
        }
        if state.members.len() >= MOST_THREAD_MEMBERS {
            let message = "Maximum number of thread participants has been reached (1000)";
            return Err(ApiError::new(400, 30033, message));
        }
        self.join_thread(thread, user);
        Ok(())
    }

    /// The actor leaves a thread, or removes somebody else from it.
    pub fn remove_thread_member(&mut self, actor: u64, thread: u64, user: u64) -> Outcome {
        let channel = self.visible_channel(actor, thread)?.clone();
        let state = active(&channel)?;
        let owner = channel.kind == ChannelKind::PrivateThread && state.owner == actor;
        if actor != user && !owner && !self.can(actor, &channel, permissions::MANAGE_THREADS) {
            return Err(ApiError::missing_permissions());
        }
        if !state.members.contains_key(&user) {
            return Err(ApiError::unknown_member());
        }
        let seen_before = self.bots_that_see(&channel);
        if let Some(state) = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut())
        {
            state.members.remove(&user);
        }
        for bot in seen_before {
            self.tell_members_update(&channel, bot, None, &[user]);
        }
        Ok(())
    }

    /// Puts somebody into a thread without asking; nothing happens when it is there already.
    pub(in crate::world) fn join_thread(&mut self, thread: u64, user: u64) {
        let now = self.now();
        let Some(before) = self.channels.get(&thread).cloned() else {
            return;
        };
        let saw_before = self.can_see(user, &before);
        let Some(state) = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut())
        else {
            return;
        };
        if state.members.contains_key(&user) {
            return;
        }
        let member = ThreadMember {
            user,
            joined_at: now,
        };
        state.members.insert(user, member);
        let Some(channel) = self.channels.get(&thread).cloned() else {
            return;
        };
        // A bot that is added to a private thread first learns that there is one.
        if self.application_of(user).is_some() && !saw_before {
            let data = self.render_channel_for(&channel, user);
            self.tell_user("THREAD_CREATE", channel.guild, user, intents::GUILDS, data);
        }
        for bot in self.bots_that_see(&channel) {
            self.tell_members_update(&channel, bot, Some(&member), &[]);
        }
    }

    /// `THREAD_MEMBERS_UPDATE` for one bot: its own coming and going needs only Guilds, that of
    /// others the members intent.
    fn tell_members_update(
        &mut self,
        channel: &Channel,
        bot: u64,
        added: Option<&ThreadMember>,
        removed: &[u64],
    ) {
        let Some(guild) = channel.guild else { return };
        let count = self
            .channels
            .get(&channel.id)
            .and_then(|channel| channel.thread.as_ref())
            .map_or(0, |thread| thread.members.len().min(50));
        let own = added.is_some_and(|member| member.user == bot) || removed.contains(&bot);
        let mut data =
            json!({ "id": id(channel.id), "guild_id": id(guild), "member_count": count });
        if let Some(added) = added {
            let mut member = self.render_thread_member(channel.id, added);
            put(&mut member, "presence", serde_json::Value::Null);
            put(&mut data, "added_members", json!([member]));
        }
        if !removed.is_empty() {
            let removed = removed.iter().map(u64::to_string).collect();
            put(&mut data, "removed_member_ids", removed);
        }
        let needed = if own {
            intents::GUILDS
        } else {
            intents::GUILD_MEMBERS
        };
        self.tell_user("THREAD_MEMBERS_UPDATE", Some(guild), bot, needed, data);
    }

    /// A thread's member with its guild member.
    pub fn render_thread_member(&self, thread: u64, member: &ThreadMember) -> serde_json::Value {
        let mut rendered = crate::world::render_thread_member(thread, member);
        let guild = self.channels.get(&thread).and_then(|channel| channel.guild);
        if let Some(found) = guild.and_then(|guild| self.find_member(guild, member.user)) {
            put(&mut rendered, "member", self.render_member(found));
        }
        rendered
    }
}

/// The state of a thread that is not archived.
fn active(channel: &Channel) -> Outcome<&Thread> {
    match &channel.thread {
        None => Err(wrong_kind()),
        Some(state) if state.archived => Err(ApiError::thread_archived()),
        Some(state) => Ok(state),
    }
}
