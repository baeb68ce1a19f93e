//! How the gateway behaves when nothing is wrong.

use std::time::Duration;

use chrono::TimeDelta;

/// What a gateway can be told; see [`super::Hub::configure`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Told to clients in HELLO. Real time, also under a clock that is turned: clients beat by
    /// their own.
    pub heartbeat_interval: Duration,
    /// How long a session can be resumed after its connection ended, by the clock of the world.
    /// Discord does not say how long it is; minutes are what people see.
    pub resume_window: TimeDelta,
    /// The pause between two IDENTIFYs of one rate limit key (`shard_id % max_concurrency`), in
    /// real time. Discord's is 5 s; none by default, as tests restart bots at once.
    pub identify_pause: Duration,
    /// How many shards bots are told to come with.
    pub shards: u64,
    /// Keys of the limit above.
    pub max_concurrency: u64,
    /// Frames a client may send in a minute.
    pub sends: usize,
    /// With payload compression, frames longer than this (bytes) are sent compressed.
    pub compress_from: usize,
}

/// The window in which a client's frames are counted (topics/gateway, "Rate limiting").
pub(super) const SEND_WINDOW: Duration = Duration::from_mins(1);

impl Default for Options {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_millis(41_250),
            resume_window: TimeDelta::minutes(3),
            identify_pause: Duration::ZERO,
            shards: 1,
            max_concurrency: 1,
            sends: 120,
            compress_from: 1024,
        }
    }
}
