//! Just enough of a Discord for the program itself: it answers what is asked of it at once, greets
//! whoever comes to its gateway, and notes when an interaction gets its first answer.
//!
//! The simulated Discord of the tests checks every request against schemas; here nothing may cost
//! more than the bot.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use sameday::clock::Clock;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_util::task::AbortOnDropHandle;
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

use crate::frames::{FORUM, GUILD, SEQUENCE_BASE, STAFF, STAFF_ROLE, Talk, Template, snowflake};

const BOT: &str = "900000000000000001";
const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// What the settings name beside the forum.
const CHANNELS: [(u64, u8); 4] = [
    (FORUM, 15),
    (100_000_000_000_000_012, 0),
    (100_000_000_000_000_013, 0),
    (100_000_000_000_000_014, 0),
];
const MODERATOR_ROLE: u64 = 100_000_000_000_000_022;

/// View, send, in threads too, embed, read history.
const PERMISSIONS: &str = "274877991936";

type Socket = WebSocketStream<TcpStream>;

/// A Discord with one bot.
pub(crate) struct Discord {
    pub(crate) base: String,
    pub(crate) gateway: String,
    answers: Arc<Answers>,
    /// Sockets on which a session was opened or resumed.
    sessions: mpsc::UnboundedReceiver<SplitSink<Socket, Message>>,
    line: Option<SplitSink<Socket, Message>>,
    sequence: u64,
    interactions: u64,
    _serving: [AbortOnDropHandle<()>; 2],
}

/// When interactions were sent and answered.
#[derive(Debug, Default)]
struct Answers {
    open: Mutex<HashMap<u64, Instant>>,
    took: Mutex<Vec<Duration>>,
    came: Notify,
}

impl Discord {
    pub(crate) async fn open() -> Result<Self> {
        let requests = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sockets = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}", requests.local_addr()?);
        let gateway = format!("ws://{}", sockets.local_addr()?);
        let answers = Arc::<Answers>::default();
        let state = (Arc::clone(&answers), gateway.clone());
        let router = Router::new().fallback(answer).with_state(state);
        let (session, sessions) = mpsc::unbounded_channel();
        let url = gateway.clone();
        let serving = [
            spawn(async move { drop(axum::serve(requests, router).await) }),
            spawn(async move {
                while let Ok((stream, _)) = sockets.accept().await {
                    // One that ends early leaves whoever waits for a session waiting, with a reason.
                    if let Err(error) = greet(stream, &url, &session).await {
                        println!("a connection ended early: {error}");
                    }
                }
            }),
        ];
        Ok(Self {
            base,
            gateway,
            answers,
            sessions,
            line: None,
            sequence: SEQUENCE_BASE,
            interactions: 0,
            _serving: serving,
        })
    }

    /// What READY says, as JSON.
    pub(crate) fn ready(&self) -> String {
        ready(&self.gateway).to_string()
    }

    /// The number of the last frame.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Waits until the bot has a session.
    pub(crate) async fn greeted(&mut self) -> Result<()> {
        self.line = Some(self.sessions.recv().await.context("nobody came")?);
        Ok(())
    }

    /// Somebody writes, so many times.
    pub(crate) async fn tells(
        &mut self,
        count: u64,
        talk: &mut Talk,
        template: &mut Template,
    ) -> Result<()> {
        let line = self.line.as_mut().context("nobody listens")?;
        for _ in 0..count {
            self.sequence += 1;
            let text = template.fill(self.sequence - SEQUENCE_BASE, &talk.next());
            line.feed(Message::text(String::from_utf8(text.to_vec())?))
                .await?;
        }
        Ok(line.flush().await?)
    }

    /// A member of the staff presses "Claim" on a ticket's card.
    pub(crate) async fn presses(&mut self, ticket: u64) -> Result<()> {
        self.sequence += 1;
        self.interactions += 1;
        let now = Clock::System.now().timestamp_millis().unsigned_abs();
        let id = snowflake(now, self.interactions);
        let frame = press(id, self.sequence, ticket);
        lock(&self.answers.open).insert(id, Instant::now());
        let line = self.line.as_mut().context("nobody listens")?;
        line.feed(Message::text(frame)).await?;
        Ok(line.flush().await?)
    }

    /// Waits until every press has its first answer, and gives the times that took.
    pub(crate) async fn answered(&self) -> Result<Vec<Duration>> {
        let all = async {
            loop {
                let came = self.answers.came.notified();
                if lock(&self.answers.open).is_empty() {
                    return;
                }
                came.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), all).await;
        waited.context("an interaction was never answered")?;
        Ok(std::mem::take(&mut *lock(&self.answers.took)))
    }
}

fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "ended when the handle is dropped"
    )]
    AbortOnDropHandle::new(tokio::spawn(task))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ready(url: &str) -> Value {
    let user = json!({"id": BOT, "username": "bot", "discriminator": "0", "avatar": null,
        "bot": true, "mfa_enabled": false, "flags": 0});
    json!({"v": 10, "user": user, "guilds": [], "session_id": SESSION, "resume_gateway_url": url,
        "application": {"id": BOT, "flags": 0}})
}

/// Opens or resumes a session, and acknowledges heartbeats from then on.
async fn greet(
    stream: TcpStream,
    url: &str,
    sessions: &mpsc::UnboundedSender<SplitSink<Socket, Message>>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    // No measurement lasts as long: nobody has to answer a heartbeat.
    let hello = json!({"op": 10, "d": {"heartbeat_interval": 3_600_000}});
    socket.send(Message::text(hello.to_string())).await?;
    let first = loop {
        let message = socket.next().await.context("the client went away")??;
        let frame: Value = serde_json::from_str(message.as_text().unwrap_or_default())?;
        match frame.get("op").and_then(Value::as_u64) {
            Some(2) => break json!({"op": 0, "t": "READY", "s": SEQUENCE_BASE, "d": ready(url)}),
            Some(6) => break json!({"op": 0, "t": "RESUMED", "s": SEQUENCE_BASE, "d": {}}),
            _ => {}
        }
    };
    socket.send(Message::text(first.to_string())).await?;
    let (sink, mut heard) = socket.split();
    // What is sent later is read and forgotten, so that a closing client is answered.
    drop(spawn_detached(async move {
        while let Some(Ok(_)) = heard.next().await {}
    }));
    sessions
        .send(sink)
        .map_err(|_| anyhow::anyhow!("nobody waits for a session"))
}

fn spawn_detached(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    #[expect(clippy::disallowed_methods, reason = "ends with its connection")]
    tokio::spawn(task)
}

async fn answer(
    State((answers, gateway)): State<(Arc<Answers>, String)>,
    method: Method,
    uri: Uri,
) -> Response {
    let path = uri.path().trim_start_matches("/api/v10");
    let words: Vec<&str> = path.split('/').skip(1).collect();
    let body = match words.as_slice() {
        ["gateway", "bot"] => json!({"url": gateway, "shards": 1, "session_start_limit":
            {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}}),
        ["applications", "@me"] => json!({"id": BOT, "flags": 0}),
        ["users", "@me"] => json!({"id": BOT, "bot": true}),
        ["guilds", _] => guild(),
        ["guilds", _, "channels"] => CHANNELS.iter().map(channel).collect(),
        ["guilds", _, "members", _] => json!({"roles": []}),
        ["guilds", _, "threads", "active"] => json!({"threads": [], "members": []}),
        ["channels", _, "threads", "archived", "public"] => {
            json!({"threads": [], "members": [], "has_more": false})
        }
        ["interactions", id, _, "callback"] => {
            answers.note(id.parse().unwrap_or_default());
            return StatusCode::NO_CONTENT.into_response();
        }
        ["channels", _, "messages", ..] | ["webhooks", ..] if method != Method::GET => message(),
        ["applications", _, "guilds", _, "commands"] | ["channels", _, "messages"] => json!([]),
        _ => {
            let unknown = json!({"code": 10003, "message": "Unknown Channel"});
            return (StatusCode::NOT_FOUND, Json(unknown)).into_response();
        }
    };
    Json(body).into_response()
}

impl Answers {
    fn note(&self, interaction: u64) {
        if let Some(sent) = lock(&self.open).remove(&interaction) {
            lock(&self.took).push(sent.elapsed());
        }
        self.came.notify_waiters();
    }
}

fn guild() -> Value {
    let role =
        |id: u64| json!({"id": id.to_string(), "permissions": PERMISSIONS, "mentionable": true});
    json!({"id": GUILD.to_string(), "owner_id": "1",
        "roles": [role(GUILD), role(STAFF_ROLE), role(MODERATOR_ROLE)]})
}

fn channel(&(id, kind): &(u64, u8)) -> Value {
    json!({"id": id.to_string(), "type": kind, "guild_id": GUILD.to_string(), "name": "a-channel",
        "permission_overwrites": []})
}

fn message() -> Value {
    json!({"id": "700000000000000001", "channel_id": FORUM.to_string(), "type": 0, "content": "",
        "author": {"id": BOT, "username": "bot", "discriminator": "0", "avatar": null},
        "timestamp": "2026-11-24T09:00:00Z", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [], "pinned": false, "components": [], "flags": 0})
}

/// The frame of a press on "Claim".
fn press(id: u64, sequence: u64, ticket: u64) -> String {
    let user = json!({"id": STAFF.to_string(), "username": "u", "discriminator": "0",
        "global_name": null, "avatar": null});
    let data = json!({"id": id.to_string(), "application_id": BOT, "token": format!("t{id}"),
        "version": 1, "locale": "en-US", "entitlements": [], "app_permissions": "0",
        "authorizing_integration_owners": {}, "attachment_size_limit": 0, "type": 3,
        "data": {"custom_id": format!("sameday1:claim:{ticket}"), "component_type": 2},
        "channel_id": FORUM.to_string(), "guild_id": GUILD.to_string(), "message": message(),
        "member": {"user": user, "roles": [STAFF_ROLE.to_string()], "permissions": "0",
            "joined_at": null, "deaf": false, "mute": false, "flags": 0}});
    json!({"op": 0, "t": "INTERACTION_CREATE", "s": sequence, "d": data}).to_string()
}
