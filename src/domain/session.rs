//! Where a session with Discord stands, and what was heard up to when.

use std::sync::Arc;

use super::Timestamp;
use super::ids::{GuildId, ThreadId};

/// With it a restart resumes a session instead of starting anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which shard's session it is.
    pub shard: u32,
    /// Of how many; a session cannot be resumed with another number.
    pub shards: u32,
    /// Discord's name for the session.
    pub session_id: String,
    /// The last frame that need not come again.
    pub sequence: u64,
    /// Where to resume.
    pub resume_url: String,
    /// The `d` of the READY that opened it, as it came. Large, and the same in every position of a
    /// session: thousands of them may be queued.
    pub ready: Arc<str>,
}

/// Everything before an instant was heard, and what had to be looked up for that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive {
    /// The instant.
    pub at: Timestamp,
    /// The number of the last errand that is done, with all before it.
    pub done: u64,
    /// Which channels of which guilds were watched, and from when on.
    pub watched: String,
    /// The threads that are left out of it.
    pub unread: Vec<Unread>,
}

/// A thread that Discord does not let us read while all others can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub thread: ThreadId,
    /// Its guild, as far as that is known.
    pub guild: Option<GuildId>,
    /// From when on something may be missing; `None`: from its beginning on.
    pub since: Option<Timestamp>,
    /// Since when it has been like that.
    pub failing_since: Timestamp,
    /// Whether the moderators were told.
    pub told: bool,
}

/// What a start found out about Discord. One that goes on a moment later need not ask again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bearings {
    /// The fingerprint of what was compared with Discord and fits.
    pub fits: Option<String>,
    /// What Discord said about its gateway, as JSON.
    pub gateway: Option<String>,
    /// The fingerprint of the commands that every guild has taken.
    pub commands: Option<String>,
}

/// A hash of a text, for telling whether something is as it was. It need not be the same in another
/// version of the program: then something is done once more that was done already.
pub fn fingerprint(text: &str) -> String {
    // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What catch-up owed when the last process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debt {
    /// The highest number of an errand ever used.
    pub last_errand: u64,
    /// Whether something was still to be looked up.
    pub is_open: bool,
    /// Which channels of which guilds were watched, and from when on.
    pub watched: String,
}
