//! The door's socket: as much of Discord's gateway as serenity needs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_websockets::{CloseCode, Limits, Message, ServerBuilder, WebSocketStream};

use super::lobby::Lobby;
use super::token::LocalToken;

/// How often serenity is to beat.
const HEARTBEAT_MILLIS: u64 = 15_000;

/// How long a visitor may take for the handshake, and again to say who it is.
const INTRODUCES_WITHIN: Duration = Duration::from_secs(5);

/// How many visitors may stand at the door at once.
const VISITORS: usize = 16;

/// The largest message taken from a visitor, in bytes; Discord itself takes 4096.
const LARGEST: usize = 64 * 1024;

/// Close codes as Discord's gateway uses them.
const UNKNOWN_ERROR: u16 = 4000;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;

type Socket = WebSocketStream<TcpStream>;

/// Listens, and lets serenity in.
pub(super) struct Porter {
    pub(super) token: LocalToken,
    pub(super) lobby: Lobby,
    /// Its own address, which it gives as the one to resume at.
    pub(super) url: String,
    pub(super) stop: CancellationToken,
    /// The sequence of the local session. It never starts anew, so no two frames share a number.
    sequence: AtomicU64,
    /// Who came last. Whoever came before leaves.
    guest: watch::Sender<Guest>,
}

/// The local session, and the connection that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Guest {
    session: u64,
    visit: u64,
}

/// A message of a visitor.
#[derive(Deserialize)]
struct Said {
    op: u8,
    #[serde(default)]
    d: Value,
}

/// How a visitor began.
enum Arrival {
    Identified,
    Resumed,
}

/// Why a visitor has to go. `None` when it went by itself.
type Farewell = Option<(u16, &'static str)>;

impl Porter {
    pub(super) fn new(
        token: LocalToken,
        lobby: Lobby,
        url: String,
        stop: CancellationToken,
    ) -> Self {
        Self {
            token,
            lobby,
            url,
            stop,
            sequence: AtomicU64::new(0),
            guest: watch::Sender::default(),
        }
    }

    /// Opens the door to each who knocks, until the stop.
    pub(super) async fn listen(self: Arc<Self>, listener: TcpListener) {
        let mut visits = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => break,
                Some(_) = visits.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the local door could not take a connection");
                    // Out of file descriptors, perhaps: not a reason to spin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            if visits.len() >= VISITORS {
                tracing::warn!("too many connections stand at the local door; one was refused");
                continue;
            }
            let porter = Arc::clone(&self);
            visits.spawn(async move {
                if let Err(error) = porter.receive(stream).await {
                    tracing::debug!(%error, "a connection at the local door broke");
                }
            });
        }
        // Each hears of the stop and takes its leave.
        while visits.join_next().await.is_some() {}
    }

    async fn receive(&self, stream: TcpStream) -> io::Result<()> {
        // Interactions are small and in a hurry.
        stream.set_nodelay(true)?;
        let builder = ServerBuilder::new().limits(Limits::default().max_payload_len(Some(LARGEST)));
        let Ok(accepted) = timeout(INTRODUCES_WITHIN, builder.accept(stream)).await else {
            return Ok(());
        };
        let (_, mut socket) = accepted.map_err(io::Error::other)?;
        let farewell = tokio::select! {
            () = self.stop.cancelled() => Some((UNKNOWN_ERROR, "the door is closing")),
            farewell = self.host(&mut socket) => farewell?,
        };
        if let Some((code, why)) = farewell {
            let said = timeout(INTRODUCES_WITHIN, farewell_with(&mut socket, code, why)).await;
            said.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    /// Speaks with one visitor until it leaves.
    async fn host(&self, socket: &mut Socket) -> io::Result<Farewell> {
        send(
            socket,
            &json!({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MILLIS}}),
        )
        .await?;
        let arrival = match timeout(INTRODUCES_WITHIN, self.introduce(socket)).await {
            Ok(introduced) => match introduced? {
                Ok(arrival) => arrival,
                Err(farewell) => return Ok(farewell),
            },
            Err(_) => return Ok(Some((NOT_AUTHENTICATED, "say who you are"))),
        };
        self.guest.send_modify(|guest| {
            guest.visit += 1;
            if let Arrival::Identified = arrival {
                guest.session += 1;
            }
        });
        let mut newest = self.guest.subscribe();
        let me = *newest.borrow_and_update();
        let mut greeted = false;
        if let Arrival::Resumed = arrival {
            self.dispatch(socket, "RESUMED", "{}").await?;
            self.lobby.greeted();
            greeted = true;
        }
        loop {
            tokio::select! {
                biased;
                () = superseded(&mut newest, me) => {
                    return Ok(Some((UNKNOWN_ERROR, "another connection took over")));
                }
                said = listen(socket) => match said? {
                    None => return Ok(None),
                    Some(Said { op: 1, .. }) => send(socket, &json!({"op": 11})).await?,
                    // Presence, member requests: the session with Discord is not serenity's to use.
                    Some(_) => {}
                },
                ready = self.lobby.wait_ready(), if !greeted => {
                    let ready = self.local_ready(&ready, me.session)?;
                    self.dispatch(socket, "READY", &ready).await?;
                    self.lobby.greeted();
                    greeted = true;
                }
                interaction = self.lobby.next(), if greeted => {
                    let handed = self.dispatch(socket, "INTERACTION_CREATE", &interaction).await;
                    if handed.is_err() {
                        tracing::warn!("an interaction was lost: the local connection broke");
                    }
                    handed?;
                }
            }
        }
    }

    /// Waits for an IDENTIFY or RESUME that can be taken.
    async fn introduce(&self, socket: &mut Socket) -> io::Result<Result<Arrival, Farewell>> {
        loop {
            let Some(said) = listen(socket).await? else {
                return Ok(Err(None));
            };
            if said.op == 1 {
                send(socket, &json!({"op": 11})).await?;
                continue;
            }
            if !matches!(said.op, 2 | 6) {
                return Ok(Err(Some((NOT_AUTHENTICATED, "say who you are"))));
            }
            let text = |key| said.d.get(key).and_then(Value::as_str);
            if !text("token").is_some_and(|token| self.token.admits(token)) {
                tracing::warn!("a stranger was turned away at the local door");
                return Ok(Err(Some((AUTHENTICATION_FAILED, "not the local token"))));
            }
            if said.op == 2 {
                return Ok(Ok(Arrival::Identified));
            }
            let current = self.guest.borrow().session;
            if current > 0 && text("session_id") == Some(&session_id(current)) {
                return Ok(Ok(Arrival::Resumed));
            }
            send(socket, &json!({"op": 9, "d": false})).await?;
        }
    }

    /// What serenity needs of Discord's READY, who we are, and a session and address of its own. What
    /// it does not need it does not get: a field that it could not read would leave every command
    /// unanswered, and nothing about guilds is sent here.
    fn local_ready(&self, ready: &str, session: u64) -> io::Result<String> {
        let ready: Value = serde_json::from_str(ready)?;
        let said = |place| ready.pointer(place).unwrap_or(&Value::Null);
        let ready = json!({
            "v": 10,
            "user": {
                "id": said("/user/id"),
                "username": said("/user/username").as_str().unwrap_or_default(),
                "bot": true,
            },
            "application": {"id": said("/application/id"), "flags": 0},
            "guilds": [],
            "session_id": session_id(session),
            "resume_gateway_url": self.url,
            "shard": [0, 1],
        });
        Ok(ready.to_string())
    }

    /// Sends an event under the next number. `data` is JSON.
    async fn dispatch(&self, socket: &mut Socket, event: &str, data: &str) -> io::Result<()> {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        let frame = format!(r#"{{"op":0,"t":"{event}","s":{sequence},"d":{data}}}"#);
        socket
            .send(Message::text(frame))
            .await
            .map_err(io::Error::other)
    }
}

/// Returns when somebody else came. Cancel-safe.
async fn superseded(newest: &mut watch::Receiver<Guest>, me: Guest) {
    // It cannot fail: the sender lives as long as the porter.
    drop(newest.wait_for(|newest| *newest != me).await);
}

fn session_id(session: u64) -> String {
    format!("local-{session}")
}

async fn send(socket: &mut Socket, frame: &Value) -> io::Result<()> {
    let message = Message::text(frame.to_string());
    socket.send(message).await.map_err(io::Error::other)
}

/// The next message; `None` when the visitor has gone. Cancel-safe.
async fn listen(socket: &mut Socket) -> io::Result<Option<Said>> {
    while let Some(message) = socket.next().await {
        let message = message.map_err(io::Error::other)?;
        if message.is_close() {
            return Ok(None);
        }
        if let Some(text) = message.as_text() {
            return Ok(Some(serde_json::from_str(text)?));
        }
    }
    Ok(None)
}

/// Closes, always with a code: on a close without one serenity spins and freezes its runtime.
async fn farewell_with(socket: &mut Socket, code: u16, why: &str) -> io::Result<()> {
    let code = CloseCode::try_from(code).map_err(io::Error::other)?;
    let message = Message::close(Some(code), why);
    socket.send(message).await.map_err(io::Error::other)?;
    socket.close().await.map_err(io::Error::other)
}
