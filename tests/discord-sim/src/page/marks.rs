//! What each person has read. Discord keeps this per account; nothing else in the world needs it.

use std::collections::HashMap;

#[derive(Debug)]
pub(super) struct Marks {
    /// What is older than this snowflake was read by everybody: the page did not exist yet.
    since: u64,
    /// The last message read, by person and channel.
    read: HashMap<(u64, u64), u64>,
}

impl Marks {
    pub(super) fn since(snowflake: u64) -> Self {
        Self {
            since: snowflake,
            read: HashMap::new(),
        }
    }

    /// The last message the person has read in a channel.
    pub(super) fn last_read(&self, person: u64, channel: u64) -> u64 {
        let read = self.read.get(&(person, channel)).copied();
        read.unwrap_or(self.since)
    }

    /// True if that is news.
    pub(super) fn read(&mut self, person: u64, channel: u64, message: u64) -> bool {
        let news = message > self.last_read(person, channel);
        if news {
            self.read.insert((person, channel), message);
        }
        news
    }
}
