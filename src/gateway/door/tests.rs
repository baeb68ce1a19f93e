//! The door against a real serenity client, a small upstream, and strangers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use serenity::all::{
    Builder as _, Context, CreateInteractionResponse, CreateInteractionResponseMessage,
    CreateMessage, EventHandler, GatewayIntents, Interaction, Ready,
};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::DropGuard;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

use super::*;
use crate::gateway::rest::{Base, Settings};

/// A request that arrived upstream.
#[derive(Debug)]
struct Arrived {
    line: String,
    headers: HeaderMap,
    body: String,
}

struct House {
    door: Door,
    arrived: mpsc::UnboundedReceiver<Arrived>,
    _stop: DropGuard,
}

/// A door whose upstream answers `status` with `{"code":10062,"message":"Unknown interaction"}`.
async fn house(status: StatusCode) -> House {
    let (sender, arrived) = mpsc::unbounded_channel();
    let app = Router::new().fallback(move |request: Incoming| {
        let sender = sender.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            sender
                .send(Arrived {
                    line: format!("{} {}", head.method, head.uri),
                    headers: head.headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                })
                .unwrap();
            let limits = [
                ("x-ratelimit-remaining", "0"),
                ("content-type", "application/json"),
            ];
            (
                status,
                limits,
                r#"{"code":10062,"message":"Unknown interaction"}"#,
            )
                .into_response()
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Base::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let server = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move { server.await.unwrap() });
    let rest = Rest::new(Settings {
        base,
        token: "real.to.ken".into(),
        about: "https://example.org".into(),
    })
    .unwrap();
    let door = Door::open(rest, Lobby::default(), &tasks, stop.clone())
        .await
        .unwrap();
    House {
        door,
        arrived,
        _stop: stop.drop_guard(),
    }
}

fn ready() -> String {
    json!({
        "v": 10,
        // Much of it as no serenity could read it.
        "user": {"id": "7", "username": "sameday", "discriminator": "0", "global_name": 3,
                 "avatar": "é", "bot": true, "mfa_enabled": null, "verified": "yes", "flags": [],
                 "email": null},
        "guilds": [{"id": "five", "unavailable": true}],
        "session_id": "discords own", "resume_gateway_url": "wss://discords.own",
        "application": {"id": "9", "flags": -1}, "private_channels": [], "_trace": ["x"],
    })
    .to_string()
}

fn interaction(id: u64) -> String {
    let user = json!({"id": "3", "username": "asker", "discriminator": "0", "global_name": null, "avatar": null});
    json!({"op": 0, "t": "INTERACTION_CREATE", "s": 42, "d": {
        "id": id.to_string(), "application_id": "9", "type": 2, "token": format!("token-{id}"),
        "version": 1, "locale": "en-US", "channel_id": "4", "user": user, "entitlements": [],
        "authorizing_integration_owners": {}, "attachment_size_limit": 0, "app_permissions": "0",
        "data": {"id": "1", "name": "queue", "type": 1},
    }})
    .to_string()
}

#[derive(Debug)]
enum Heard {
    Ready(Box<Ready>),
    Name(String),
}

struct Bot(mpsc::UnboundedSender<Heard>);

#[serenity::async_trait]
impl EventHandler for Bot {
    async fn ready(&self, _: Context, ready: Ready) {
        self.0.send(Heard::Ready(Box::new(ready))).unwrap();
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let Interaction::Command(command) = interaction else {
            return;
        };
        self.0.send(Heard::Name(command.data.name.clone())).unwrap();
        let message = CreateInteractionResponseMessage::new().content("seen");
        let answer = CreateInteractionResponse::Message(message);
        command.create_response(&context, answer).await.unwrap();
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), what)
        .await
        .expect("nothing happened for 10 s")
}

#[tokio::test]
async fn serenity_identifies_hears_an_interaction_and_answers_with_the_real_token() {
    let mut house = house(StatusCode::NO_CONTENT).await;
    let (sender, mut heard) = mpsc::unbounded_channel();
    let builder = serenity::client::ClientBuilder::new_with_http(
        house.door.http().unwrap(),
        GatewayIntents::empty(),
    );
    let mut client = builder.event_handler(Bot(sender)).await.unwrap();
    house.door.connect(&client).await;
    let manager = Arc::clone(&client.shard_manager);
    let serenity = TaskTracker::new().spawn(async move { client.start().await });

    // It waits for READY at the door as long as Discord has not said it.
    assert!(
        timeout(Duration::from_millis(100), heard.recv())
            .await
            .is_err()
    );
    house.door.lobby().ready(&ready());
    let Some(Heard::Ready(ready)) = soon(heard.recv()).await else {
        panic!("READY comes first");
    };
    assert_eq!(ready.user.name, "sameday");
    assert_eq!(ready.application.id.get(), 9);
    assert_ne!(ready.session_id, "discords own");
    assert_eq!(ready.resume_gateway_url, house.door.socket_url());

    // A replay after a resumption brings an interaction again; it is heard once.
    house.door.lobby().interaction("s", &interaction(100));
    house.door.lobby().interaction("s", &interaction(100));
    assert!(matches!(soon(heard.recv()).await, Some(Heard::Name(name)) if name == "queue"));
    let callback = soon(house.arrived.recv()).await.unwrap();
    assert_eq!(
        callback.line,
        "POST /api/v10/interactions/100/token-100/callback"
    );
    assert_eq!(callback.headers["authorization"], "Bot real.to.ken");
    assert_eq!(
        callback.headers["user-agent"]
            .to_str()
            .unwrap()
            .split(' ')
            .next(),
        Some("DiscordBot")
    );
    assert!(callback.body.contains("seen"));
    assert!(heard.try_recv().is_err());

    manager.shutdown_all().await;
    soon(serenity).await.unwrap().unwrap();
    // Nothing went upstream that was not meant to, GET /gateway least of all.
    assert!(house.arrived.try_recv().is_err());
}

#[tokio::test]
async fn answers_come_back_whole_but_without_limits() {
    let mut house = house(StatusCode::NOT_FOUND).await;
    let http = house.door.http().unwrap();
    let error = CreateMessage::new()
        .content("hello")
        .execute(&http, (4.into(), None))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Unknown interaction"), "{error}");
    let sent = soon(house.arrived.recv()).await.unwrap();
    assert_eq!(sent.line, "POST /api/v10/channels/4/messages");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert!(
        sent.body
            .contains(r#""allowed_mentions":{"parse":[],"users":[],"roles":[]}"#),
        "{}",
        sent.body
    );

    let url = format!(
        "{}/api/v10/channels/4/messages?&limit=2",
        house.door.http_url()
    );
    let authorization = format!("Bot {}", house.door.local_token().expose_secret());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(&url)
        .header("authorization", &authorization)
        .header("x-audit-log-reason", "a%20b")
        .header("x-secret", "1")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert!(!answer.headers().contains_key("x-ratelimit-remaining"));
    let sent = soon(house.arrived.recv()).await.unwrap();
    assert_eq!(sent.line, "GET /api/v10/channels/4/messages?limit=2");
    assert_eq!(sent.headers["x-audit-log-reason"], "a%20b");
    assert!(!sent.headers.contains_key("x-secret"));

    let file = serenity::all::CreateAttachment::bytes(b"bytes of a file".as_slice(), "a.txt");
    let message = CreateMessage::new().add_file(file);
    message.execute(&http, (4.into(), None)).await.unwrap_err();
    let sent = soon(house.arrived.recv()).await.unwrap();
    assert!(
        sent.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    assert!(sent.body.contains("bytes of a file"));
}

#[tokio::test]
async fn strangers_get_no_further_than_the_door() {
    let mut house = house(StatusCode::OK).await;
    house.door.lobby().ready(&ready());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/v10/gateway", house.door.http_url());
    for shown in [None, Some("Bot x"), Some("Bot real.to.ken"), Some("")] {
        let mut request = client.get(&url);
        if let Some(shown) = shown {
            request = request.header("authorization", shown);
        }
        assert_eq!(request.send().await.unwrap().status(), 401, "{shown:?}");
    }
    let local = house.door.local_token().expose_secret().to_owned();
    for path in [
        "/",
        "/api/v9/users/@me",
        "/api/v10/",
        "/api/v10/a//b",
        "/api/v10/%2e%2e/x",
    ] {
        let request = client.get(format!("{}{path}", house.door.http_url()));
        let status = request
            .header("authorization", format!("Bot {local}"))
            .send()
            .await
            .unwrap();
        assert_eq!(status.status(), 404, "{path}");
    }
    assert!(house.arrived.try_recv().is_err());

    for (frame, code) in [
        (json!({"op": 2, "d": {"token": "real.to.ken"}}), 4004),
        (
            json!({"op": 6, "d": {"token": "", "session_id": "local-1", "seq": 1}}),
            4004,
        ),
        (json!({"op": 2, "d": null}), 4004),
        (json!({"op": 8, "d": {}}), 4003),
    ] {
        let mut socket = knock(&house.door).await;
        say(&mut socket, &frame).await;
        assert_eq!(soon(goodbye(&mut socket)).await, Some(code), "{frame}");
    }
}

#[tokio::test]
async fn a_local_session_is_resumed_and_the_last_to_come_has_it() {
    let house = house(StatusCode::OK).await;
    house.door.lobby().ready(&ready());
    let token = house.door.local_token().expose_secret().to_owned();
    let identify = json!({"op": 2, "d": {"token": token}});
    let mut first = knock(&house.door).await;
    say(&mut first, &identify).await;
    let ready = soon(hear(&mut first)).await;
    assert_eq!(
        (&ready["t"], &ready["d"]["guilds"]),
        (&json!("READY"), &json!([]))
    );
    say(&mut first, &json!({"op": 1, "d": 1})).await;
    assert_eq!(soon(hear(&mut first)).await["op"], 11);

    let resume =
        |session: &Value| json!({"op": 6, "d": {"token": token, "session_id": session, "seq": 1}});
    let mut second = knock(&house.door).await;
    say(&mut second, &resume(&ready["d"]["session_id"])).await;
    assert_eq!(soon(hear(&mut second)).await["t"], "RESUMED");
    assert_eq!(soon(goodbye(&mut first)).await, Some(4000));
    house.door.lobby().interaction("s", &interaction(1));
    let frame = soon(hear(&mut second)).await;
    assert_eq!((&frame["d"]["id"], &frame["s"]), (&json!("1"), &json!(3)));

    let mut third = knock(&house.door).await;
    say(&mut third, &resume(&json!("local-77"))).await;
    assert_eq!(soon(hear(&mut third)).await, json!({"op": 9, "d": false}));
    say(&mut third, &identify).await;
    assert_eq!(soon(hear(&mut third)).await["t"], "READY");
}

#[tokio::test]
async fn a_real_serenity_that_was_sent_away_comes_back() {
    let mut house = house(StatusCode::NO_CONTENT).await;
    house.door.lobby().ready(&ready());
    let (sender, mut heard) = mpsc::unbounded_channel();
    let http = house.door.http().unwrap();
    let builder = serenity::client::ClientBuilder::new_with_http(http, GatewayIntents::empty());
    let mut client = builder.event_handler(Bot(sender)).await.unwrap();
    house.door.connect(&client).await;
    let manager = Arc::clone(&client.shard_manager);
    let serenity = TaskTracker::new().spawn(async move { client.start().await });
    assert!(matches!(soon(heard.recv()).await, Some(Heard::Ready(_))));

    // Its connection is closed with a code, and its session is another's: it cannot be resumed.
    let token = house.door.local_token().expose_secret().to_owned();
    let mut other = knock(&house.door).await;
    say(&mut other, &json!({"op": 2, "d": {"token": token}})).await;
    assert_eq!(soon(hear(&mut other)).await["t"], "READY");
    drop(other);
    let back = timeout(Duration::from_mins(1), heard.recv()).await;
    assert!(matches!(back, Ok(Some(Heard::Ready(_)))), "{back:?}");
    house.door.lobby().interaction("s", &interaction(100));
    assert!(matches!(soon(heard.recv()).await, Some(Heard::Name(name)) if name == "queue"));
    let callback = soon(house.arrived.recv()).await.unwrap();
    assert!(callback.line.ends_with("/token-100/callback"));
    manager.shutdown_all().await;
    soon(serenity).await.unwrap().unwrap();
}

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn knock(door: &Door) -> Socket {
    let builder = ClientBuilder::new().uri(door.socket_url()).unwrap();
    let (mut socket, _) = builder.connect().await.unwrap();
    assert_eq!(soon(hear(&mut socket)).await["op"], 10);
    socket
}

async fn say(socket: &mut Socket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> Value {
    let message = socket.next().await.unwrap().unwrap();
    serde_json::from_str(message.as_text().expect("a text frame")).unwrap()
}

async fn goodbye(socket: &mut Socket) -> Option<u16> {
    while let Some(Ok(message)) = socket.next().await {
        if let Some((code, _)) = message.as_close() {
            return Some(code.into());
        }
    }
    None
}
