//! One connection, from the handshake to its end.

use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant as Moment};

use futures_util::{FutureExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};
use twilight_gateway::error::{ReceiveMessageError, ReceiveMessageErrorType};
use twilight_gateway::{CloseFrame, Message, Shard};

use super::frames::Envelope;
use super::gate::Gate;
use super::{
    Closed, Frame, Health, Inlet, MOST_WAITING, Opening, Position, Session, SessionError,
    USUAL_HEARTBEAT, Waiting,
};
use crate::gateway::reasons;

/// How often the socket is read per heartbeat interval while the inlet is full.
pub(super) const SLOW_READS: u32 = 16;

/// The longest pause between two such reads: heartbeats go out at most this late.
const SLOWEST_READ: Duration = Duration::from_secs(2);

/// From the start of a connection to its HELLO; twilight's own limit for the handshake, 10 s,
/// lies within.
const HELLO_WITHIN: Duration = Duration::from_secs(15);

/// Between which a heartbeat interval is taken for one; Discord's own is 41 s. Below it the heartbeats
/// alone would be a flood: Discord closes (4008) on more than 120 messages a minute. Above it a dead
/// peer would not be noticed for hours.
const HEARTBEATS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_hours(1);

/// From IDENTIFY or RESUME to its answer, or to the next replayed frame.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Without any message for this many heartbeat intervals a live connection is dead. twilight
/// notices after two; this is for when it cannot even write.
const SILENT_INTERVALS: u32 = 3;

/// How long a peer may take to close in return.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// How a connection ended.
pub(super) enum Ended {
    /// We were told to, or the inlet closed.
    Stopped,
    /// Discord says not to come back.
    Fatal(SessionError),
    /// To be made again.
    Lost(Lost),
}

/// A connection that has to be made again.
pub(super) struct Lost {
    pub(super) why: String,
    /// There was a HELLO.
    pub(super) greeted: bool,
    /// How long it was live, if ever.
    pub(super) live: Option<Duration>,
    /// What is left of the session.
    pub(super) fate: Fate,
}

/// What a lost connection says about its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It can be resumed.
    Lives,
    /// Discord closed before it replayed anything. That may be chance, or happen each time.
    Doubtful,
    /// Discord closed because of the sequence. Before it replayed anything: it would refuse that
    /// again.
    Refused,
    /// It cannot be resumed.
    Over,
}

/// How far a connection has come.
struct Progress {
    heartbeat: Option<Duration>,
    live_since: Option<Instant>,
    /// Whether anything was dispatched.
    dispatched: bool,
    /// When to give it up unless something happens.
    deadline: Instant,
}

/// What a message means for the connection.
enum Heard {
    /// Go on.
    Fine,
    /// Make it again.
    Over(String, Fate),
    Fatal(SessionError),
}

impl<I: Inlet> Session<I> {
    /// Reads a connection until it ends, and hands on what it brings.
    pub(super) async fn converse(&mut self, shard: &mut Shard<Gate>) -> Ended {
        let mut slow = pace(USUAL_HEARTBEAT);
        let mut progress = Progress {
            heartbeat: None,
            live_since: None,
            dispatched: false,
            deadline: Instant::now() + HELLO_WITHIN,
        };
        loop {
            let behind = !self.waiting.is_empty();
            let asked = self.gate.is_asked();
            if self.waiting.len() >= MOST_WAITING {
                return progress.lost("too many frames wait to be taken", Fate::Lives);
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    close(shard, &progress).await;
                    return Ended::Stopped;
                }
                room = self.inlet.room(), if behind => {
                    if room == Err(Closed) {
                        close(shard, &progress).await;
                        return Ended::Stopped;
                    }
                    self.hand_over();
                }
                () = self.entrance.permit(self.shard), if asked => {
                    self.gate.open();
                    progress.deadline = Instant::now() + ANSWER_WITHIN;
                }
                () = sleep_until(progress.deadline), if !asked => {
                    return progress.lost("Discord does not answer", Fate::Lives);
                }
                message = next(shard, behind.then_some(&mut slow)) => {
                    let heard = match message {
                        Ok(Some(message)) => self.hear(message, &mut progress, &mut slow),
                        Ok(None) => Heard::Over("the connection was closed".into(), Fate::Lives),
                        Err(Broke) => Heard::Over(
                            "the gateway client broke on what Discord said".into(),
                            Fate::Doubtful,
                        ),
                    };
                    match heard {
                        Heard::Fine => {}
                        Heard::Over(why, fate) => return progress.lost(&why, fate),
                        Heard::Fatal(error) => return Ended::Fatal(error),
                    }
                }
            }
        }
    }

    fn hear(
        &mut self,
        message: Result<Message, ReceiveMessageError>,
        progress: &mut Progress,
        slow: &mut Interval,
    ) -> Heard {
        match message {
            Ok(Message::Text(text)) => self.hear_text(text, progress, slow),
            Ok(Message::Close(frame)) => self.hear_close(frame.as_ref()),
            Err(e) => match e.kind() {
                ReceiveMessageErrorType::Deserializing { event } => self.hear_unreadable(event),
                _ => Heard::Over(reasons(&e), Fate::Lives),
            },
        }
    }

    /// A frame that twilight could not read, or not we. A session goes on without most.
    fn hear_unreadable(&self, text: &str) -> Heard {
        #[derive(Deserialize)]
        struct Kind<'a> {
            op: u8,
            #[serde(borrow, default)]
            t: Option<&'a RawValue>,
        }
        let kind = serde_json::from_str::<Kind<'_>>(text);
        let (what, fate) = match kind.as_ref().map(|k| (k.op, k.t.map(RawValue::get))) {
            Ok((0, Some("\"READY\""))) => ("READY", Fate::Lives),
            Ok((9, _)) => ("whether the session is invalid", Fate::Doubtful),
            Ok((10, _)) => ("HELLO", Fate::Lives),
            _ => {
                tracing::warn!(
                    shard = self.shard,
                    "a frame that cannot be read was skipped"
                );
                return Heard::Fine;
            }
        };
        Heard::Over(format!("{what} cannot be read"), fate)
    }

    fn hear_text(&mut self, text: String, progress: &mut Progress, slow: &mut Interval) -> Heard {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(&text) else {
            return self.hear_unreadable(&text);
        };
        progress.heard(envelope.op);
        match envelope.op {
            0 => {
                if let (Some(event), Some(sequence)) = (&envelope.t, envelope.s) {
                    match &**event {
                        "READY" => self.ready(&envelope, sequence, progress),
                        "RESUMED" => self.resumed(sequence, progress),
                        _ => {
                            let event = Box::from(&**event);
                            self.dispatch(event, sequence, text);
                        }
                    }
                }
                Heard::Fine
            }
            7 => Heard::Over("Discord asks to reconnect".into(), Fate::Lives),
            9 => {
                let fate = match envelope.read::<bool>() {
                    Some(true) => Fate::Lives,
                    _ => Fate::Over,
                };
                Heard::Over("Discord says the session is invalid".into(), fate)
            }
            10 => {
                #[derive(Deserialize)]
                struct Hello {
                    heartbeat_interval: u64,
                }
                let heartbeat = envelope.read::<Hello>().map_or(USUAL_HEARTBEAT, |h| {
                    Duration::from_millis(h.heartbeat_interval)
                });
                if progress.heartbeat.is_some() {
                    // twilight has said once more who it is, on a connection that knows.
                    return Heard::Over("Discord greets twice".into(), Fate::Lives);
                }
                if !HEARTBEATS.contains(&heartbeat) {
                    let why = format!("no heart beats every {heartbeat:?}");
                    return Heard::Over(why, Fate::Lives);
                }
                *slow = pace(heartbeat);
                progress.heartbeat = Some(heartbeat);
                progress.deadline = Instant::now() + ANSWER_WITHIN;
                Heard::Fine
            }
            _ => Heard::Fine,
        }
    }

    fn dispatch(&mut self, event: Box<str>, sequence: u64, text: String) {
        if &*event == "INTERACTION_CREATE" {
            let session = self.read.as_ref().map_or("", |read| &read.session_id);
            self.lobby.interaction(session, &text);
        }
        if let Some(read) = &mut self.read {
            read.sequence = sequence;
        }
        self.waiting.push_back(Waiting::Frame(Frame {
            shard: self.shard,
            sequence,
            event,
            text,
            received: Moment::now(),
        }));
    }

    fn ready(&mut self, envelope: &Envelope<'_>, sequence: u64, progress: &mut Progress) {
        #[derive(Deserialize)]
        struct Ready {
            session_id: String,
            resume_gateway_url: String,
        }
        // Without these twilight has not taken it for a session either, and the deadline ends
        // the connection.
        let (Some(ready), Some(raw)) = (envelope.read::<Ready>(), envelope.d) else {
            return;
        };
        let position = Position {
            shard: self.shard,
            shards: self.entrance.shards(),
            session_id: ready.session_id,
            sequence,
            resume_url: ready.resume_gateway_url,
            ready: raw.get().into(),
        };
        tracing::info!(shard = self.shard, "a new session with Discord");
        self.read = Some(position.clone());
        self.live(&position.ready, progress);
        self.waiting
            .push_back(Waiting::Opening(Opening::New(position)));
    }

    fn resumed(&mut self, sequence: u64, progress: &mut Progress) {
        let Some(read) = &mut self.read else {
            return;
        };
        read.sequence = sequence;
        let position = read.clone();
        tracing::info!(shard = self.shard, "the session with Discord goes on");
        self.live(&position.ready, progress);
        self.waiting
            .push_back(Waiting::Opening(Opening::Resumed(position)));
    }

    fn live(&self, ready: &str, progress: &mut Progress) {
        progress.live_since = Some(Instant::now());
        self.lobby.ready(ready);
        self.health.send_replace(Health::Live);
    }

    fn hear_close(&self, frame: Option<&CloseFrame<'static>>) -> Heard {
        let Some(frame) = frame else {
            return Heard::Over(
                "Discord closed the connection without a code".into(),
                Fate::Doubtful,
            );
        };
        if let Some(error) = SessionError::of(frame.code, self.config.intents()) {
            return Heard::Fatal(error);
        }
        let why = format!("closed with {} {}", frame.code, frame.reason);
        let fate = match frame.code {
            4007 => Fate::Refused,
            // twilight's own, for a connection that broke.
            1006 => Fate::Lives,
            _ => Fate::Doubtful,
        };
        Heard::Over(why, fate)
    }
}

impl Progress {
    fn heard(&mut self, op: u8) {
        self.dispatched |= op == 0;
        match (self.live_since, self.heartbeat) {
            (Some(_), Some(heartbeat)) => {
                self.deadline = Instant::now() + heartbeat.saturating_mul(SILENT_INTERVALS);
            }
            // A replay is progress; an ACK of a heartbeat is none.
            (None, Some(_)) if op == 0 => self.deadline = Instant::now() + ANSWER_WITHIN,
            _ => {}
        }
    }

    fn lost(&self, why: &str, fate: Fate) -> Ended {
        let fate = match fate {
            Fate::Doubtful | Fate::Refused if self.dispatched => Fate::Lives,
            Fate::Refused => Fate::Over,
            fate => fate,
        };
        Ended::Lost(Lost {
            why: why.to_owned(),
            greeted: self.heartbeat.is_some(),
            live: self.live_since.map(|since| since.elapsed()),
            fate,
        })
    }
}

/// twilight panicked. It is to be dropped.
struct Broke;

/// The next message; slowed down when asked to. Cancel-safe.
///
/// twilight reads a frame before anybody else can, and panics on some: on a heartbeat interval of 0, for
/// one. That is the end of a connection, not of the session.
async fn next(
    shard: &mut Shard<Gate>,
    slow: Option<&mut Interval>,
) -> Result<Option<Result<Message, ReceiveMessageError>>, Broke> {
    if let Some(slow) = slow {
        slow.tick().await;
    }
    let next = AssertUnwindSafe(shard.next()).catch_unwind();
    next.await.map_err(|_said_on_stderr| Broke)
}

/// The pace of reading while the inlet is full.
fn pace(heartbeat: Duration) -> Interval {
    let pause = (heartbeat / SLOW_READS).clamp(Duration::from_millis(10), SLOWEST_READ);
    let mut pace = interval(pause);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

/// Closes so that the session can be resumed: with a code other than 1000 and 1001.
async fn close(shard: &mut Shard<Gate>, progress: &Progress) {
    if progress.heartbeat.is_none() {
        return;
    }
    shard.close(CloseFrame::RESUME);
    let closed = async {
        // Frames that still come are not taken, so they are replayed.
        while let Ok(Some(Ok(Message::Text(_)))) = next(shard, None).await {}
    };
    if timeout(CLOSE_WITHIN, closed).await.is_err() {
        tracing::debug!("Discord did not close in return");
    }
}
