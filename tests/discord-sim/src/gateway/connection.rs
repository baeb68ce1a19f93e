//! One connection of a client.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use super::options::SEND_WINDOW;
use super::session::{Line, Numbered, Order};
use super::wire::Wire;
use super::{members, opening};
use crate::{Finding, Sim, validate};

/// Close codes (topics/opcodes-and-status-codes, "Gateway Close Event Codes").
pub(super) mod code {
    pub(crate) const UNKNOWN_ERROR: u16 = 4000;
    pub(crate) const UNKNOWN_OPCODE: u16 = 4001;
    pub(crate) const DECODE_ERROR: u16 = 4002;
    pub(crate) const NOT_AUTHENTICATED: u16 = 4003;
    pub(crate) const AUTHENTICATION_FAILED: u16 = 4004;
    pub(crate) const ALREADY_AUTHENTICATED: u16 = 4005;
    pub(crate) const INVALID_SEQ: u16 = 4007;
    pub(crate) const RATE_LIMITED: u16 = 4008;
    pub(crate) const SESSION_TIMED_OUT: u16 = 4009;
    pub(crate) const INVALID_SHARD: u16 = 4010;
    pub(crate) const SHARDING_REQUIRED: u16 = 4011;
    pub(crate) const INVALID_API_VERSION: u16 = 4012;
    pub(crate) const INVALID_INTENTS: u16 = 4013;
    pub(crate) const DISALLOWED_INTENTS: u16 = 4014;
}

/// How long a client may take to say goodbye after a close frame. Discord's server waits too: an
/// end without waiting could make the client lose the close frame itself.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(1);

/// Why a connection ends from our side.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) code: Option<u16>,
    pub(super) reason: &'static str,
}

impl Closing {
    pub(super) fn new(code: u16, reason: &'static str) -> Self {
        Self {
            code: Some(code),
            reason,
        }
    }
}

/// How a connection ended.
enum End {
    /// We close it.
    Close(Closing),
    /// The client closed it, with this code if it gave one.
    Closed(Option<u16>),
    /// It broke, or the simulation ends.
    Broken,
}

struct Connection {
    sim: Sim,
    socket: WebSocketStream<TcpStream>,
    wire: Wire,
    line: Line,
    orders: mpsc::UnboundedReceiver<Order>,
    /// The session it serves.
    session: Option<String>,
    last_beat: Instant,
    /// When the client's latest frames came, the oldest first.
    received: VecDeque<Instant>,
}

/// Ends a connection at once, without a word.
pub(super) fn reset(stream: TcpStream) {
    // Where this fails the connection is already gone, which is what is wanted.
    drop(stream.set_zero_linger());
    drop(stream);
}

/// Serves a connection to its end.
pub(super) async fn serve(sim: Sim, stream: TcpStream) {
    let (send, orders) = mpsc::unbounded_channel();
    let cut = CancellationToken::new();
    let line = sim.hub().add_line(send, cut.clone());
    let stop = sim.stopped().clone();
    let handshake = ServerBuilder::new();
    let accepted = tokio::select! {
        accepted = handshake.accept(stream) => accepted,
        () = cut.cancelled() => return sim.hub().remove_line(line.number),
        () = stop.cancelled() => return sim.hub().remove_line(line.number),
    };
    let (request, socket) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => {
            tracing::debug!(%error, "no WebSocket handshake");
            return sim.hub().remove_line(line.number);
        }
    };
    let (wire, refused) = negotiate(&sim, request.uri().query().unwrap_or_default());
    let mut connection = Connection {
        sim,
        socket,
        wire,
        line,
        orders,
        session: None,
        last_beat: Instant::now(),
        received: VecDeque::new(),
    };
    let end = tokio::select! {
        end = connection.run(refused) => end,
        () = cut.cancelled() => End::Broken,
        () = stop.cancelled() => End::Broken,
    };
    connection.finish(end).await;
}

/// How frames are packed, by what the address asked for; and why that is refused.
fn negotiate(sim: &Sim, query: &str) -> (Wire, Option<Closing>) {
    let value = |key: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(name, value)| (name == key).then_some(value))
    };
    let wire = match value("compress") {
        Some("zlib-stream") => Wire::zlib_stream(),
        _ => Wire::plain(),
    };
    let unsupported = |what: &str| {
        sim.report(Finding {
            at: format!("gateway ?{query}"),
            what: format!("the simulated gateway has no {what}"),
        });
        Some(Closing::new(code::UNKNOWN_ERROR, "Unknown error."))
    };
    let refused = match (value("v"), value("encoding"), value("compress")) {
        (Some("10"), None | Some("json"), None | Some("zlib-stream")) => None,
        (Some("10"), None | Some("json"), Some(other)) | (Some("10"), Some(other), _) => {
            unsupported(other)
        }
        _ => Some(Closing::new(
            code::INVALID_API_VERSION,
            "Invalid API version.",
        )),
    };
    (wire, refused)
}

impl Connection {
    async fn run(&mut self, refused: Option<Closing>) -> End {
        if let Some(closing) = refused {
            return End::Close(closing);
        }
        let options = self.sim.hub().options();
        let hello = json!({
            "t": null, "s": null, "op": 10,
            "d": {
                "heartbeat_interval": u64::try_from(options.heartbeat_interval.as_millis()).unwrap_or(u64::MAX),
                "_trace": ["[\"discord-sim\",{\"micros\":0.0}]"],
            },
        });
        if let Err(end) = self.send_raw(&hello).await {
            return end;
        }
        let mut trouble = self.sim.hub().trouble.subscribe();
        loop {
            let now = *trouble.borrow_and_update();
            let zombie_at = self.last_beat + options.heartbeat_interval.mul_f32(1.5);
            tokio::select! {
                // First what was ordered: the order of the orders is the order of the events.
                biased;
                order = self.orders.recv(), if !now.mute => {
                    let Some(order) = order else { return End::Broken };
                    if let Err(end) = self.obey(order).await {
                        return end;
                    }
                }
                message = self.socket.next(), if !now.deaf => match message {
                    Some(Ok(message)) => {
                        if let Err(end) = self.hear(&message).await {
                            return end;
                        }
                    }
                    Some(Err(error)) => {
                        tracing::debug!(%error, "the connection broke");
                        return End::Broken;
                    }
                    None => return End::Broken,
                },
                changed = trouble.changed() => {
                    if changed.is_err() {
                        return End::Broken;
                    }
                }
                // A deaf server hears no heartbeats; it must not blame the client for that.
                () = tokio::time::sleep_until(zombie_at), if !now.deaf => {
                    return End::Close(Closing::new(code::SESSION_TIMED_OUT, "Session timed out."));
                }
            }
        }
    }

    /// Does what it is told, and everything else that waits, with one flush.
    async fn obey(&mut self, order: Order) -> Result<(), End> {
        let mut next = Some(order);
        while let Some(order) = next {
            match order {
                Order::Send(numbered) => self.feed_event(&numbered).await?,
                Order::SendRaw(frame) => self.feed(&frame).await?,
                Order::Utter(text) => self.feed_text(text).await?,
                Order::Invalidate { resumable } => {
                    self.session = None;
                    self.feed(&json!({"t": null, "s": null, "op": 9, "d": resumable}))
                        .await?;
                }
                Order::Close(code, reason) => {
                    return Err(End::Close(Closing { code, reason }));
                }
            }
            next = self.orders.try_recv().ok();
        }
        self.socket.flush().await.map_err(|error| broken(&error))
    }

    async fn feed_event(&mut self, numbered: &Numbered) -> Result<(), End> {
        let frame = numbered.frame();
        if validate::ENABLED && numbered.event.claim_check() {
            match serde_json::from_str(&frame) {
                Ok(parsed) => validate::frame_sent(&self.sim, &parsed),
                Err(error) => self.sim.report(Finding {
                    at: format!("discord-sim's gateway event {}", numbered.event.name),
                    what: error.to_string(),
                }),
            }
        }
        self.feed_text(frame).await
    }

    async fn feed(&mut self, frame: &Value) -> Result<(), End> {
        validate::frame_sent(&self.sim, frame);
        self.feed_text(frame.to_string()).await
    }

    async fn feed_text(&mut self, frame: String) -> Result<(), End> {
        let message = self.wire.pack(frame).map_err(|error| {
            tracing::error!(%error, "a frame could not be packed");
            End::Broken
        })?;
        self.socket
            .feed(message)
            .await
            .map_err(|error| broken(&error))
    }

    async fn send_raw(&mut self, frame: &Value) -> Result<(), End> {
        self.feed(frame).await?;
        self.socket.flush().await.map_err(|error| broken(&error))
    }

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
        if message.is_close() {
            let code = message.as_close().map(|(code, _)| u16::from(code));
            // 1005 stands for a close frame without a code.
            return Err(End::Closed(code.filter(|code| *code != 1005)));
        }
        if !(message.is_text() || message.is_binary()) {
            return Ok(());
        }
        let decode = || {
            End::Close(Closing::new(
                code::DECODE_ERROR,
                "Error while decoding payload.",
            ))
        };
        if message.as_payload().len() > validate::LONGEST_FRAME {
            return Err(decode());
        }
        let Ok(frame) = serde_json::from_slice::<Value>(message.as_payload()) else {
            return Err(decode());
        };
        let Some(op) = frame.get("op").and_then(Value::as_u64) else {
            return Err(decode());
        };
        self.count_frame()?;
        validate::frame_received(&self.sim, &frame);
        let data = frame.get("d").unwrap_or(&Value::Null);
        match (op, &self.session) {
            (1, _) => self.beat().await,
            (2, None) => opening::identify(&self.sim, &self.line, data, &mut self.wire)
                .map(|session| self.session = session)
                .map_err(End::Close),
            (6, None) => opening::resume(&self.sim, &self.line, data)
                .map(|session| self.session = session)
                .map_err(End::Close),
            (2 | 6, Some(_)) => Err(End::Close(Closing::new(
                code::ALREADY_AUTHENTICATED,
                "Already authenticated.",
            ))),
            (3 | 4 | 8 | 31 | 43, None) => Err(End::Close(Closing::new(
                code::NOT_AUTHENTICATED,
                "Not authenticated.",
            ))),
            (8, Some(session)) => {
                members::request(&self.sim, session, data);
                Ok(())
            }
            // Presence, voice, sounds and channel infos change nothing here.
            (3 | 4 | 31 | 43, Some(_)) => Ok(()),
            _ => Err(End::Close(Closing::new(
                code::UNKNOWN_OPCODE,
                "Unknown opcode.",
            ))),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.last_beat = Instant::now();
        self.sim.hub().count_beat();
        if self.sim.hub().trouble.borrow().no_acks {
            return Ok(());
        }
        self.send_raw(&json!({"t": null, "s": null, "op": 11, "d": null}))
            .await
    }

    fn count_frame(&mut self) -> Result<(), End> {
        let now = Instant::now();
        while self
            .received
            .front()
            .is_some_and(|at| now.duration_since(*at) >= SEND_WINDOW)
        {
            self.received.pop_front();
        }
        self.received.push_back(now);
        if self.received.len() > self.sim.hub().options().sends {
            return Err(End::Close(Closing::new(
                code::RATE_LIMITED,
                "You are being rate limited.",
            )));
        }
        Ok(())
    }

    /// Says goodbye as the end demands, and leaves the session in the right state.
    async fn finish(mut self, end: End) {
        let ended = match &end {
            End::Closed(code) => matches!(code, Some(1000 | 1001)),
            End::Close(closing) => matches!(
                closing.code,
                // A session that was never, or that Discord itself ended.
                Some(code::AUTHENTICATION_FAILED | code::INVALID_SHARD..=code::DISALLOWED_INTENTS)
            ),
            End::Broken => false,
        };
        self.sim.hub().remove_line(self.line.number);
        self.sim.hub().detach(&self.sim, self.line.number, ended);
        match end {
            End::Close(closing) => {
                let code = closing.code.and_then(|code| CloseCode::try_from(code).ok());
                let reason = if code.is_some() { closing.reason } else { "" };
                let goodbye = async {
                    self.socket.send(Message::close(code, reason)).await?;
                    while let Some(message) = self.socket.next().await {
                        message?;
                    }
                    Ok::<_, tokio_websockets::Error>(())
                };
                tokio::select! {
                    said = tokio::time::timeout(GOODBYE, goodbye) => {
                        tracing::debug!(?said, code = closing.code, "closed");
                    }
                    () = self.line.cut.cancelled() => reset(self.socket.into_inner()),
                }
            }
            End::Closed(code) => {
                // Answers the client's close frame.
                let answered = tokio::time::timeout(GOODBYE, self.socket.flush()).await;
                tracing::debug!(?answered, code, "the client closed");
            }
            End::Broken => reset(self.socket.into_inner()),
        }
    }
}

fn broken(error: &tokio_websockets::Error) -> End {
    tracing::debug!(%error, "the connection broke");
    End::Broken
}
