//! Where a session with Discord stands.

use std::sync::Arc;

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
