//! A gateway that greets whoever comes and then sends messages as fast as the socket takes them.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, bail};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

use crate::frames::{BEFORE, SEQUENCE_BASE, Talk, Template};

/// How many frames are written at once.
const AT_ONCE: u64 = 64;

/// No contest lasts as long: nobody has to answer a heartbeat.
const HEARTBEAT_MILLIS: u64 = 3_600_000;

/// A gateway that waits for one client.
#[derive(Debug)]
pub(crate) struct Pump {
    sockets: TcpListener,
    requests: TcpListener,
}

/// A client that has been greeted.
pub(crate) struct Greeted(WebSocketStream<TcpStream>);

impl Pump {
    pub(crate) async fn open() -> Result<Self> {
        Ok(Self {
            sockets: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
            requests: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
        })
    }

    /// The address of the API.
    pub(crate) fn base(&self) -> Result<String> {
        Ok(format!("http://{}", self.requests.local_addr()?))
    }

    /// Says where the gateway is, and greets the first that comes there.
    pub(crate) async fn greet(self) -> Result<Greeted> {
        let url = format!("ws://{}", self.sockets.local_addr()?);
        let limit =
            json!({"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1});
        let bot = json!({"url": url, "shards": 1, "session_start_limit": limit});
        let bare = json!({"url": url});
        let router = Router::new()
            .route("/api/v10/gateway/bot", get(async move || Json(bot)))
            .route("/api/v10/gateway", get(async move || Json(bare)));
        let done = CancellationToken::new();
        let _closes_at_the_end = done.clone().drop_guard();
        let serving =
            axum::serve(self.requests, router).with_graceful_shutdown(done.cancelled_owned());
        tokio::select! {
            served = serving => bail!("the API ended: {served:?}"),
            greeted = greet(&self.sockets, &url) => greeted,
        }
    }
}

async fn greet(sockets: &TcpListener, url: &str) -> Result<Greeted> {
    let (stream, _) = sockets.accept().await?;
    stream.set_nodelay(true)?;
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    let hello = json!({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MILLIS}});
    socket.send(Message::text(hello.to_string())).await?;
    while op(socket.next().await)? != 2 {}
    let user = json!({"id": "900000000000000001", "username": "bot", "discriminator": "0",
        "avatar": null, "bot": true, "mfa_enabled": false, "flags": 0});
    let ready = json!({"op": 0, "t": "READY", "s": SEQUENCE_BASE, "d": {"v": 10, "user": user,
        "guilds": [], "session_id": "0123456789abcdef0123456789abcdef", "resume_gateway_url": url,
        "application": {"id": "900000000000000001", "flags": 0}}});
    socket.send(Message::text(ready.to_string())).await?;
    Ok(Greeted(socket))
}

fn op(message: Option<Result<Message, tokio_websockets::Error>>) -> Result<u64> {
    let message = message.context("the client went away")??;
    let frame: Value = serde_json::from_str(message.as_text().unwrap_or_default())?;
    frame.get("op").and_then(Value::as_u64).context("no op")
}

impl Greeted {
    /// Sends messages as fast as they are taken.
    pub(crate) async fn send(&mut self, messages: u64, threads: u64) -> Result<()> {
        let (mut talk, mut template) = (Talk::among(threads), Template::new());
        let mut bytes = Vec::new();
        for n in 0..messages {
            push(&mut bytes, template.fill(BEFORE + n, &talk.next()))?;
            if (n + 1) % AT_ONCE == 0 || n + 1 == messages {
                self.0.get_mut().write_all(&bytes).await?;
                bytes.clear();
            }
        }
        self.0.get_mut().flush().await?;
        Ok(())
    }
}

/// A text frame as RFC 6455, 5.2, has it.
fn push(bytes: &mut Vec<u8>, text: &[u8]) -> Result<()> {
    let length = u16::try_from(text.len())?;
    bytes.extend([0x81, 126]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text);
    Ok(())
}
