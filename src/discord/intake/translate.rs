//! From a dispatch to intents: what happened, in the ledger's words, and what has to be looked up.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::{Event, GuildCreate, GuildDelete};
use crate::discord::api::{Channel, ChannelKind, Edited, Message, Snowflake, Writer};
use crate::discord::catch_up::Errand;
use crate::discord::ground::Loss;
use crate::discord::places::{Place, Places};
use crate::domain::Timestamp;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, MessageId, RoleId, ThreadId};
use crate::ledger::intent::Intent;

/// What a dispatch came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// To be written, in this order.
    pub(super) intents: Vec<Intent>,
    /// To be looked up or told by catch-up.
    pub(super) errands: Vec<Errand>,
}

/// Translates the dispatches of one shard.
#[derive(Debug)]
pub(super) struct Translator {
    places: Arc<Places>,
    /// The guilds whose next `GUILD_CREATE` belongs to a session that is caught up anyway.
    announced: BTreeSet<GuildId>,
}

impl Translator {
    pub(super) fn new(places: Arc<Places>) -> Self {
        Self {
            places,
            announced: BTreeSet::new(),
        }
    }

    /// A new session was opened: Discord will now send every guild, and catch-up is under way.
    pub(super) fn session_opened(&mut self) {
        self.announced = self.places.guilds().keys().copied().collect();
    }

    /// What a dispatch came to, noticed at `now`.
    pub(super) fn translate(&mut self, event: &Event, now: Timestamp) -> Found {
        let mut found = Found::default();
        match event {
            Event::MessageCreate(message) => self.message(message, &mut found),
            Event::MessageUpdate(edited) => self.edited(edited, &mut found),
            Event::MessageDelete(gone) => {
                self.deleted(gone.guild_id, gone.channel_id, &[gone.id], &mut found);
            }
            Event::MessageDeleteBulk(gone) => {
                self.deleted(gone.guild_id, gone.channel_id, &gone.ids, &mut found);
            }
            Event::ThreadCreate(thread) => self.thread_created(thread, &mut found),
            Event::ThreadUpdate(thread) => {
                if let Some(settings) = self.served(thread.guild_id) {
                    self.thread(&settings, thread, &mut found);
                }
            }
            Event::ThreadDelete(gone) => {
                let thread = ThreadId::from(gone.id);
                let served = self.served(gone.guild_id).is_some();
                if served && self.places.find(thread.0) != Place::Elsewhere {
                    self.places.forget_thread(thread);
                    found.intents.push(Intent::ThreadGone { thread, at: now });
                }
            }
            Event::ThreadListSync(sync) => {
                if let Some(settings) = self.served(Some(sync.guild_id)) {
                    self.threads(&settings, &sync.threads, &mut found);
                    // What was written there before is not known.
                    found.errands.push(Errand::Guild(settings.guild));
                }
            }
            Event::ChannelSeen(channel) => {
                if let Some(settings) = self.served(channel.guild_id) {
                    self.places.note_channel(&settings, channel);
                }
            }
            Event::ChannelDelete(gone) => {
                if let Some(settings) = self.served(gone.guild_id) {
                    self.channel_gone(&settings, ChannelId::from(gone.id), now, &mut found);
                }
            }
            Event::GuildCreate(guild) => self.guild_created(guild, &mut found),
            Event::GuildDelete(guild) => self.guild_deleted(guild, now, &mut found),
            Event::RoleDelete(gone) => {
                if let Some(settings) = self.served(Some(gone.guild_id)) {
                    let loss = Loss::of_role(&settings, RoleId::from(gone.role_id));
                    found.tell(settings.guild, loss);
                }
            }
        }
        found
    }

    fn served(&self, guild: Option<Snowflake>) -> Option<Arc<GuildSettings>> {
        self.places.find_guild(GuildId::from(guild?))
    }

    fn message(&self, message: &Message, found: &mut Found) {
        let Some(settings) = self.served(message.guild_id) else {
            return;
        };
        let elsewhere = message
            .channel_type
            .is_some_and(|kind| ChannelKind::of(kind) != ChannelKind::PublicThread);
        if elsewhere || self.places.find(message.channel_id.0) == Place::Elsewhere {
            return;
        }
        if let Some(question) = message.starter() {
            found.intents.push(Intent::Message(question));
        }
        let staff = match (&message.member, message.writer()) {
            (Some(roles), _) => roles.hold_any(&settings.staff_roles),
            (None, Writer::Machine) => false,
            (None, Writer::Person(_)) => {
                // Discord left out the roles: who wrote is asked over REST.
                found.errands.push(Errand::Thread {
                    guild: settings.guild,
                    thread: ThreadId::from(message.channel_id),
                    from: Some(MessageId::from(message.id)),
                });
                return;
            }
        };
        let seen = message.seen(staff);
        found.intents.push(Intent::Message(seen));
        found.intents.extend(message.spares_reply(&settings));
        found.intents.extend(message.says_bug(staff));
        if let Some(roles) = &message.member {
            let held = roles.held_by(&settings, seen.thread, seen.message);
            found.intents.extend(held);
        }
    }

    fn edited(&self, edited: &Edited, found: &mut Found) {
        let tracked = self.places.find(edited.channel_id.0) == Place::Tracked;
        if tracked && self.served(edited.guild_id).is_some() {
            found.intents.extend(edited.intents());
        }
    }

    fn deleted(
        &self,
        guild: Option<Snowflake>,
        channel: Snowflake,
        messages: &[Snowflake],
        found: &mut Found,
    ) {
        let Some(settings) = self.served(guild) else {
            return;
        };
        if settings.watches(ChannelId::from(channel)) {
            // In the channel itself stand the questions of the threads that were made from messages.
            let questions = messages
                .iter()
                .filter(|message| self.places.find(message.0) == Place::Tracked);
            found
                .intents
                .extend(questions.map(|message| Intent::MessagesDeleted {
                    thread: ThreadId::from(*message),
                    messages: vec![MessageId::from(*message)],
                }));
        } else if self.places.find(channel.0) != Place::Elsewhere {
            found.intents.push(Intent::MessagesDeleted {
                thread: ThreadId::from(channel),
                messages: messages.iter().copied().map(MessageId::from).collect(),
            });
        }
    }

    fn thread_created(&self, thread: &Channel, found: &mut Found) {
        let Some(settings) = self.served(thread.guild_id) else {
            return;
        };
        let Some(seen) = thread.thread(settings.guild) else {
            self.places.note_elsewhere(thread.id.0);
            return;
        };
        let is_new = thread.newly_created == Some(true)
            && settings.watches(seen.channel)
            && self.places.find(thread.id.0) != Place::Tracked;
        if !is_new {
            self.thread(&settings, thread, found);
            return;
        }
        let (id, channel) = (seen.thread, seen.channel);
        self.places.note_tracked(id, channel);
        found.intents.push(Intent::from(seen));
        if self.places.find_watched(channel) == Some(ChannelKind::Forum) {
            // Nothing stands in it before its first message, which has the thread's own id.
            found.intents.push(Intent::ReadUpTo {
                thread: id,
                message: MessageId(id.0 - 1),
            });
        } else {
            found.errands.push(Errand::Starter {
                guild: settings.guild,
                channel,
                thread: id,
            });
        }
    }

    /// A thread that was there before.
    fn thread(&self, settings: &GuildSettings, thread: &Channel, found: &mut Found) {
        match self.known_thread(settings, thread) {
            Known::Tracked(intent) => found.intents.push(intent),
            Known::Not => {}
            // Its earlier messages have to be read first: who asks is written there.
            Known::New => found.errands.push(Errand::Thread {
                guild: settings.guild,
                thread: ThreadId::from(thread.id),
                from: None,
            }),
        }
    }

    /// The threads of a guild that will be caught up as a whole.
    fn threads(&self, settings: &GuildSettings, threads: &[Channel], found: &mut Found) {
        for thread in threads {
            if let Known::Tracked(intent) = self.known_thread(settings, thread) {
                found.intents.push(intent);
            }
        }
    }

    fn known_thread(&self, settings: &GuildSettings, thread: &Channel) -> Known {
        match thread.thread(settings.guild) {
            Some(seen) if settings.watches(seen.channel) => {
                if self.places.find(thread.id.0) == Place::Tracked {
                    Known::Tracked(Intent::from(seen))
                } else {
                    Known::New
                }
            }
            _ => {
                self.places.note_elsewhere(thread.id.0);
                Known::Not
            }
        }
    }

    fn channel_gone(
        &self,
        settings: &GuildSettings,
        channel: ChannelId,
        now: Timestamp,
        found: &mut Found,
    ) {
        self.places.forget_channel(channel);
        if settings.watches(channel) {
            found.intents.push(Intent::ChannelGone { channel, at: now });
        }
        found.tell(settings.guild, Loss::of_channel(settings, channel));
    }

    fn guild_created(&mut self, guild: &GuildCreate, found: &mut Found) {
        let id = GuildId::from(guild.id);
        if guild.unavailable == Some(true) {
            return;
        }
        let Some(settings) = self.places.find_guild(id) else {
            return;
        };
        for channel in &guild.channels {
            self.places.note_channel(&settings, channel);
        }
        self.threads(&settings, &guild.threads, found);
        if !self.announced.remove(&id) {
            // Back after an outage or an invitation, in the middle of a session.
            found.errands.push(Errand::Guild(id));
        }
    }

    fn guild_deleted(&mut self, guild: &GuildDelete, now: Timestamp, found: &mut Found) {
        let id = GuildId::from(guild.id);
        if self.places.find_guild(id).is_none() {
            return;
        }
        self.announced.remove(&id);
        if guild.unavailable != Some(true) {
            tracing::warn!(guild = %id, "the bot was removed from a guild");
            found.intents.push(Intent::GuildGone { guild: id, at: now });
        }
    }
}

impl Found {
    fn tell(&mut self, guild: GuildId, loss: Option<Loss>) {
        if let Some(loss) = loss {
            self.errands.push(Errand::Tell {
                guild,
                sentence: loss.sentence(),
            });
        }
    }
}

/// What is known about a thread that Discord describes.
enum Known {
    /// It is tracked, and this is how it is now.
    Tracked(Intent),
    /// It belongs to a watched channel and was not heard of before.
    New,
    /// It is none of ours.
    Not,
}
