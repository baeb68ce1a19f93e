//! What catch-up is asked to do, and what of it is still to be done.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId};

/// Something to look up on Discord, or to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A shard opened a new session: what happened since its last one was not heard. Decisions
    /// are held already.
    Session {
        /// Which shard.
        shard: u32,
        /// Of how many.
        shards: u32,
    },
    /// A shard resumed its session: nothing was missed.
    Resumed {
        /// Which shard.
        shard: u32,
    },
    /// Compare one guild.
    Guild(GuildId),
    /// Read one thread: from the message `from` on if it is tracked, else from its start.
    Thread {
        /// Its guild.
        guild: GuildId,
        /// The thread.
        thread: ThreadId,
        /// The first message to read; `None` for all that are not known.
        from: Option<MessageId>,
    },
    /// Fetch the message that a new thread was made from.
    Starter {
        /// Its guild.
        guild: GuildId,
        /// The channel the thread hangs on and the message stands in.
        channel: ChannelId,
        /// The thread, whose id is the message's as well.
        thread: ThreadId,
    },
    /// Tell a guild's moderators about something that a person has to mend.
    Tell {
        /// Whom.
        guild: GuildId,
        /// What is wrong and what to do.
        sentence: String,
    },
}

/// What is still to be done, each thing once.
#[derive(Debug, Default)]
pub(super) struct Todo {
    /// Guilds to compare.
    pub(super) guilds: BTreeSet<GuildId>,
    /// Guilds whose session has come to nothing yet since the start: resumed, nothing was missed;
    /// else they are to be compared.
    pub(super) unheard: BTreeSet<GuildId>,
    /// Threads to read.
    pub(super) threads: BTreeMap<ThreadId, (GuildId, Option<MessageId>)>,
    /// Questions to fetch.
    pub(super) starters: BTreeMap<ThreadId, (GuildId, ChannelId)>,
    /// Places somebody wrote in that nobody has heard of.
    pub(super) strays: BTreeSet<ThreadId>,
    /// Threads that could not be read before.
    pub(super) again: BTreeSet<ThreadId>,
    /// What to tell.
    pub(super) sentences: BTreeSet<(GuildId, String)>,
    /// Decisions are held and have to go on, even if there is nothing to look up.
    pub(super) held: bool,
}

impl Todo {
    /// Adds an errand. What a session means for which guilds is for the caller to say.
    pub(super) fn add(&mut self, errand: Errand) {
        match errand {
            Errand::Session { .. } => self.held = true,
            Errand::Resumed { .. } => {}
            Errand::Guild(guild) => {
                self.guilds.insert(guild);
            }
            Errand::Thread {
                guild,
                thread,
                from,
            } => {
                let wanted = self.threads.entry(thread).or_insert((guild, from));
                // `None` reads more than any message, an older message more than a newer one.
                wanted.1 = wanted.1.min(from);
            }
            Errand::Starter {
                guild,
                channel,
                thread,
            } => {
                self.starters.insert(thread, (guild, channel));
            }
            Errand::Tell { guild, sentence } => {
                self.sentences.insert((guild, sentence));
            }
        }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        !self.looks_up() && self.unheard.is_empty() && self.sentences.is_empty()
    }

    /// Whether anything has to be looked up, with decisions held.
    pub(super) fn looks_up(&self) -> bool {
        self.held
            || !self.guilds.is_empty()
            || !self.threads.is_empty()
            || !self.starters.is_empty()
            || !self.strays.is_empty()
            || !self.again.is_empty()
    }

    /// Puts back what failed.
    pub(super) fn put_back(&mut self, failed: Self) {
        self.guilds.extend(failed.guilds);
        for (thread, (guild, from)) in failed.threads {
            self.add(Errand::Thread {
                guild,
                thread,
                from,
            });
        }
        self.starters.extend(failed.starters);
        self.strays.extend(failed.strays);
        self.again.extend(failed.again);
        self.sentences.extend(failed.sentences);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(from: Option<u64>) -> Errand {
        Errand::Thread {
            guild: GuildId(1),
            thread: ThreadId(10),
            from: from.map(MessageId),
        }
    }

    #[test]
    fn the_same_thread_is_read_once_from_the_earliest_message() {
        let mut todo = Todo::default();
        for from in [Some(7), Some(5), Some(9)] {
            todo.add(thread(from));
        }
        assert_eq!(todo.threads[&ThreadId(10)].1, Some(MessageId(5)));
        todo.add(thread(None));
        todo.add(thread(Some(3)));
        assert_eq!(todo.threads[&ThreadId(10)].1, None);
    }

    #[test]
    fn a_session_has_to_be_let_go_on_even_without_a_guild() {
        let mut todo = Todo::default();
        assert!(todo.is_empty());
        todo.add(Errand::Session {
            shard: 0,
            shards: 1,
        });
        assert!(todo.looks_up());
        let mut told = Todo::default();
        told.add(Errand::Tell {
            guild: GuildId(1),
            sentence: "Mend it.".into(),
        });
        assert!(!told.looks_up() && !told.is_empty());
    }
}
