//! What a session hands on, and to whom.

use std::borrow::Cow;
use std::future::Future;
use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use crate::domain::session::Position;

/// One dispatch, as it came.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Which shard's.
    pub shard: u32,
    /// Its number in the session.
    pub sequence: u64,
    /// Its type: `MESSAGE_CREATE`.
    pub event: Box<str>,
    /// The whole frame, JSON with `op`, `t`, `s` and `d`.
    pub text: String,
    /// When it was read from the socket.
    pub received: Instant,
}

/// How a connection began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A new session: what happened before it was not told and has to be caught up by REST.
    New(Position),
    /// An old session went on: everything missed has been replayed before this.
    Resumed(Position),
}

/// The inlet takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Who takes the frames. Calls come one after another, in the order of the session.
pub trait Inlet: Send + 'static {
    /// Resolves when one more frame can be taken. Must be cancel-safe: it is asked again and again.
    ///
    /// # Errors
    /// [`Closed`] when there will never be room; the session then ends as if it was stopped.
    fn room(&mut self) -> impl Future<Output = Result<(), Closed>> + Send;

    /// Takes one frame; called only after [`Self::room`] resolved. Never blocks. The session
    /// counts the frame as taken: after a stop it resumes behind it.
    fn accept(&mut self, frame: Frame);

    /// A session was opened, or resumed with its replay complete. Comes before its later frames.
    fn opened(&mut self, opening: Opening);
}

/// A frame's envelope.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    pub(super) op: u8,
    #[serde(default)]
    pub(super) s: Option<u64>,
    #[serde(borrow, default)]
    pub(super) t: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) d: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// The payload, read as far as `T` asks.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.d?.get()).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::bent::{bent, tried};

    fn frames() -> Vec<String> {
        let frames = [
            r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#,
            r#"{"op":0,"s":1,"t":"READY","d":{"v":10,"session_id":"a","resume_gateway_url":"wss://b"}}"#,
            r#"{"op":0,"s":18446744073709551615,"t":"MESSAGE_\u0043REATE","d":{"id":"1","content":"\ud83d\ude00"}}"#,
            r#"{"op":9,"d":false}"#,
            r#"{"op":11}"#,
        ];
        frames.map(str::to_owned).into()
    }

    #[test]
    fn a_bent_envelope_panics_nothing() {
        tried(bent(frames()), |text| {
            if let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(text) {
                assert!(envelope.d.is_some() || envelope.read::<Value>().is_none());
                assert!(envelope.read::<bool>().is_none() || envelope.read::<u64>().is_none());
            }
        });
    }
}
