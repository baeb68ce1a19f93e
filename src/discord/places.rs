//! What the channels and threads of the served guilds are, as far as it is known right now.
//!
//! Intake asks it about every message, so that the many messages that are written elsewhere cost
//! one look-up and not a place in the ledger's queue. Being wrong is harmless in one direction only:
//! a place that is not known is passed on and looked up, but a thread of ours that is held to be
//! elsewhere would be lost. So nothing is put down as [`Place::Elsewhere`] on a guess.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::api::{Channel, ChannelKind};
use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::{ChannelId, GuildId, ThreadId};
use crate::ledger::LiveGuilds;

/// How many places elsewhere are remembered. They are forgotten all at once beyond that, and each
/// is looked up again when somebody writes in it.
const MOST_ELSEWHERE: usize = 200_000;

/// What is known about the place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A thread that is tracked.
    Tracked,
    /// No thread of a watched channel.
    Elsewhere,
    /// Not known yet.
    Unknown,
}

/// What is known about all places. Shared by intake and catch-up.
#[derive(Debug)]
pub struct Places {
    guilds: LiveGuilds,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    tracked: HashMap<ThreadId, ChannelId>,
    elsewhere: HashSet<u64>,
    watched: HashMap<ChannelId, ChannelKind>,
}

impl Places {
    /// Knows nothing but the settings.
    pub fn new(guilds: LiveGuilds) -> Self {
        Self {
            guilds,
            known: Mutex::default(),
        }
    }

    /// The settings of a guild that is served.
    pub fn find_guild(&self, guild: GuildId) -> Option<Arc<GuildSettings>> {
        self.guilds.find(guild)
    }

    /// The settings of all guilds that are served.
    pub fn guilds(&self) -> Guilds {
        self.guilds.now()
    }

    /// What is known about a place.
    pub fn find(&self, place: u64) -> Place {
        let known = self.lock();
        if known.tracked.contains_key(&ThreadId(place)) {
            Place::Tracked
        } else if known.elsewhere.contains(&place) {
            Place::Elsewhere
        } else {
            Place::Unknown
        }
    }

    /// What a watched channel is, once Discord has said so.
    pub fn find_watched(&self, channel: ChannelId) -> Option<ChannelKind> {
        self.lock().watched.get(&channel).copied()
    }

    /// Notes a channel that is no thread.
    pub fn note_channel(&self, settings: &GuildSettings, channel: &Channel) {
        let mut known = self.lock();
        let id = ChannelId::from(channel.id);
        match channel.kind {
            // Whether a thread is ours depends on what it hangs on, not on this.
            ChannelKind::PublicThread | ChannelKind::PrivateThread => return,
            kind if settings.watches(id) => {
                known.watched.insert(id, kind);
            }
            ChannelKind::Text | ChannelKind::Forum | ChannelKind::Other => {}
        }
        known.elsewhere(channel.id.0);
    }

    /// Notes that a thread is not tracked: it hangs elsewhere, or is private.
    pub fn note_elsewhere(&self, thread: u64) {
        let mut known = self.lock();
        known.tracked.remove(&ThreadId(thread));
        known.elsewhere(thread);
    }

    /// Notes that a thread is tracked: what is written in it is recorded from now on.
    pub fn note_tracked(&self, thread: ThreadId, channel: ChannelId) {
        let mut known = self.lock();
        known.elsewhere.remove(&thread.0);
        known.tracked.insert(thread, channel);
    }

    /// Other channels are watched: what was elsewhere may be ours now, and is looked up again.
    pub fn forget_elsewhere(&self) {
        self.lock().elsewhere.clear();
    }

    /// Forgets a thread that was deleted.
    pub fn forget_thread(&self, thread: ThreadId) {
        self.lock().tracked.remove(&thread);
    }

    /// Forgets the threads of a channel that was deleted.
    pub fn forget_channel(&self, channel: ChannelId) {
        let mut known = self.lock();
        known.tracked.retain(|_, parent| *parent != channel);
        known.watched.remove(&channel);
        known.elsewhere.remove(&channel.0);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Every change is one insertion or removal: a panic elsewhere leaves nothing half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn elsewhere(&mut self, place: u64) {
        if self.elsewhere.len() >= MOST_ELSEWHERE {
            self.elsewhere.clear();
        }
        self.elsewhere.insert(place);
    }
}
