use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

use super::Door;
use crate::world::{Application, Dispatch, User, intents};
use crate::{Sim, SimOptions};

const TOKEN: &str = "good";
const BOT: u64 = 99;
/// Real time a test waits for what must happen.
const PATIENCE: Duration = Duration::from_mins(1);

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// A simulation with one application, whose clock stands where `now` says.
async fn start_at(now: crate::clock::Now) -> Sim {
    let sim = Sim::start(SimOptions::new(now)).await.unwrap();
    let done = sim.act(|world| {
        let user = |id, name: &str, bot| User {
            id,
            username: name.to_owned(),
            global_name: None,
            bot,
            system: false,
        };
        world.users.insert(BOT, user(BOT, "bot", true));
        world.users.insert(5, user(5, "ann", false));
        world.applications.insert(
            BOT,
            Application {
                id: BOT,
                name: "bot".to_owned(),
                bot: BOT,
                owner: 5,
                token: TOKEN.to_owned(),
                privileged_intents: intents::MESSAGE_CONTENT,
                commands: BTreeMap::new(),
                guild_commands: BTreeMap::new(),
            },
        );
        Ok(())
    });
    done.unwrap();
    sim
}

async fn start() -> Sim {
    start_at(Box::new(noon)).await
}

/// An event that every session of the bot sees.
fn happen(sim: &Sim, text: &str) {
    let dispatch = Dispatch {
        event: "MESSAGE_DELETE",
        guild: None,
        channel: None,
        intents: intents::DIRECT_MESSAGES,
        data: json!({"id": text, "channel_id": "2"}),
        only_user: Some(BOT),
    };
    sim.act(|world| {
        world.outgoing.push(dispatch);
        Ok(())
    })
    .unwrap();
}

/// The client's side of a connection.
struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came: a frame, or the end of the connection with the code of its close frame.
#[derive(Debug, PartialEq)]
enum Heard {
    Frame(Value),
    Closed(Option<u16>),
    Cut,
}

impl Client {
    async fn connect(sim: &Sim) -> Self {
        Self::connect_with(sim, "v=10&encoding=json").await
    }

    async fn connect_with(sim: &Sim, query: &str) -> Self {
        let address = format!("{}/?{query}", sim.gateway_url());
        let builder = ClientBuilder::new().uri(&address).unwrap();
        let (socket, _) = builder.connect().await.unwrap();
        Self { socket }
    }

    /// Connects and identifies with the intents; READY was read.
    async fn identified(sim: &Sim, intents: u64) -> (Self, Value) {
        let mut client = Self::connect(sim).await;
        assert_eq!(client.frame().await["op"], 10);
        client.send(&identify(intents)).await;
        let ready = client.frame().await;
        assert_eq!(ready["t"], "READY", "{ready}");
        (client, ready)
    }

    async fn send(&mut self, frame: &Value) {
        self.socket
            .send(Message::text(frame.to_string()))
            .await
            .unwrap();
    }

    async fn hear(&mut self) -> Heard {
        let next = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .unwrap();
        match next {
            None | Some(Err(_)) => Heard::Cut,
            Some(Ok(message)) if message.is_close() => {
                let code = message.as_close().map(|(code, _)| u16::from(code));
                Heard::Closed(code.filter(|code| *code != 1005))
            }
            Some(Ok(message)) => {
                Heard::Frame(serde_json::from_str(message.as_text().unwrap()).unwrap())
            }
        }
    }

    async fn frame(&mut self) -> Value {
        match self.hear().await {
            Heard::Frame(frame) => frame,
            other => panic!("{other:?}"),
        }
    }

    /// The ids of the next events, which must be deletions.
    async fn deletions(&mut self, count: usize) -> Vec<(u64, String)> {
        let mut seen = Vec::new();
        for _ in 0..count {
            let frame = self.frame().await;
            assert_eq!(frame["t"], "MESSAGE_DELETE", "{frame}");
            let id = frame["d"]["id"].as_str().unwrap().to_owned();
            seen.push((frame["s"].as_u64().unwrap(), id));
        }
        seen
    }
}

fn identify(intents: u64) -> Value {
    json!({"op": 2, "d": {
        "token": TOKEN, "intents": intents,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
    }})
}

fn resume(ready: &Value, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": TOKEN, "session_id": ready["d"]["session_id"], "seq": seq}})
}

fn numbered(pairs: &[(u64, &str)]) -> Vec<(u64, String)> {
    pairs
        .iter()
        .map(|(seq, id)| (*seq, (*id).to_owned()))
        .collect()
}

#[tokio::test]
async fn what_was_missed_is_replayed_in_order_and_then_resumed() {
    let sim = start().await;
    let (mut client, ready) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    assert_eq!(ready["s"], 1);
    happen(&sim, "11");
    assert_eq!(client.deletions(1).await, numbered(&[(2, "11")]));
    sim.gateway().cut();
    assert_eq!(client.hear().await, Heard::Cut);
    sim.gateway().until_connected(0).await.unwrap();
    happen(&sim, "12");
    happen(&sim, "13");

    let mut again = Client::connect(&sim).await;
    again.frame().await;
    again.send(&resume(&ready, 2)).await;
    assert_eq!(again.deletions(2).await, numbered(&[(3, "12"), (4, "13")]));
    assert_eq!(again.frame().await["t"], "RESUMED");
    happen(&sim, "14");
    assert_eq!(again.deletions(1).await, numbered(&[(6, "14")]));
    let counters = sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 1));
}

#[tokio::test]
async fn a_resume_may_go_back_further_than_what_was_delivered() {
    let sim = start().await;
    let (mut client, ready) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    for id in ["11", "12", "13"] {
        happen(&sim, id);
    }
    client.deletions(3).await;
    let mut again = Client::connect(&sim).await;
    again.frame().await;
    again.send(&resume(&ready, 2)).await;
    assert_eq!(again.deletions(2).await, numbered(&[(3, "12"), (4, "13")]));
    assert_eq!(again.frame().await["t"], "RESUMED");
    assert_eq!(
        client.hear().await,
        Heard::Closed(Some(4000)),
        "a session has one connection"
    );
}

#[tokio::test]
async fn op_9_answers_a_resume_of_a_session_that_is_gone() {
    let (turn, now) = tokio::sync::watch::channel(noon());
    let sim = start_at(Box::new(move || *now.borrow())).await;
    let (mut client, ready) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    let op9 = json!({"t": null, "s": null, "op": 9, "d": false});

    // Too late.
    sim.gateway().cut();
    assert_eq!(client.hear().await, Heard::Cut);
    sim.gateway().until_connected(0).await.unwrap();
    turn.send_modify(|now| *now += TimeDelta::minutes(4));
    let mut late = Client::connect(&sim).await;
    late.frame().await;
    late.send(&resume(&ready, 1)).await;
    assert_eq!(late.frame().await, op9);
    // The same connection may open a new session.
    late.send(&identify(intents::DIRECT_MESSAGES)).await;
    let ready = late.frame().await;
    assert_eq!(ready["t"], "READY");

    // Closed by the client with 1000: that ends it.
    let code = tokio_websockets::CloseCode::NORMAL_CLOSURE;
    late.socket
        .send(Message::close(Some(code), ""))
        .await
        .unwrap();
    sim.gateway()
        .until(PATIENCE, |sessions, _| sessions.is_empty())
        .await
        .unwrap();
    let mut third = Client::connect(&sim).await;
    third.frame().await;
    third.send(&resume(&ready, 1)).await;
    assert_eq!(third.frame().await, op9);
}

#[tokio::test]
async fn a_forgotten_session_lives_until_its_connection_ends() {
    let sim = start().await;
    let (mut client, ready) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    sim.gateway().forget_sessions();
    happen(&sim, "11");
    client.deletions(1).await;
    sim.gateway().close(4000);
    assert_eq!(client.hear().await, Heard::Closed(Some(4000)));
    let mut again = Client::connect(&sim).await;
    again.frame().await;
    again.send(&resume(&ready, 2)).await;
    assert_eq!(again.frame().await["op"], 9);
}

#[tokio::test]
async fn each_mistake_has_its_close_code() {
    let sim = start().await;
    let with = |key: &str, value: Value| {
        let mut frame = identify(intents::GUILDS);
        frame["d"][key] = value;
        frame
    };
    let long = "x".repeat(5000);
    let unknown_session = json!({"d": {"session_id": "none"}});
    let cases = [
        (with("token", json!("bad")), 4004),
        (with("shard", json!([1, 1])), 4010),
        (with("intents", json!(1_u64 << 40)), 4013),
        (with("intents", json!(intents::GUILD_MEMBERS)), 4014),
        (with("x", json!(long)), 4002),
        (json!({"op": 77, "d": null}), 4001),
        (json!({"d": null}), 4002),
        (json!({"op": 3, "d": {}}), 4003),
        (
            json!({"op": 6, "d": {"token": "bad", "session_id": "x", "seq": 1}}),
            4004,
        ),
    ];
    for (frame, code) in cases {
        let mut client = Client::connect(&sim).await;
        client.frame().await;
        client.send(&frame).await;
        assert_eq!(client.hear().await, Heard::Closed(Some(code)), "{frame}");
    }
    let mut client = Client::connect_with(&sim, "v=6&encoding=json").await;
    assert_eq!(client.hear().await, Heard::Closed(Some(4012)));

    let (mut client, ready) = Client::identified(&sim, intents::GUILDS).await;
    client.send(&identify(intents::GUILDS)).await;
    assert_eq!(client.hear().await, Heard::Closed(Some(4005)));
    let mut client = Client::connect(&sim).await;
    client.frame().await;
    client.send(&resume(&ready, 1000)).await;
    assert_eq!(client.hear().await, Heard::Closed(Some(4007)));
    let mut client = Client::connect(&sim).await;
    client.frame().await;
    client.send(&resume(&unknown_session, 1)).await;
    assert_eq!(client.frame().await["op"], 9);
    assert_eq!(sim.gateway().counters().identifies, 1);
}

#[tokio::test]
async fn who_sends_too_much_is_closed_with_4008() {
    let sim = start().await;
    sim.gateway().configure(|options| options.sends = 10);
    let mut client = Client::connect(&sim).await;
    client.frame().await;
    for _ in 0..10 {
        client.send(&json!({"op": 1, "d": null})).await;
        assert_eq!(client.frame().await["op"], 11);
    }
    client.send(&json!({"op": 1, "d": null})).await;
    assert_eq!(client.hear().await, Heard::Closed(Some(4008)));
}

#[tokio::test]
async fn who_does_not_beat_is_a_zombie() {
    let sim = start().await;
    sim.gateway()
        .configure(|options| options.heartbeat_interval = Duration::from_millis(200));
    let (mut client, ready) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    assert_eq!(client.hear().await, Heard::Closed(Some(4009)));
    happen(&sim, "11");
    let mut again = Client::connect(&sim).await;
    assert_eq!(again.frame().await["d"]["heartbeat_interval"], 200);
    again.send(&resume(&ready, 1)).await;
    assert_eq!(again.deletions(1).await, numbered(&[(2, "11")]));
}

#[tokio::test]
async fn heartbeats_are_acknowledged_unless_that_is_the_trouble() {
    let sim = start().await;
    let (mut client, _) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    client.send(&json!({"op": 1, "d": 1})).await;
    assert_eq!(client.frame().await["op"], 11);
    sim.gateway().trouble(|trouble| trouble.no_acks = true);
    client.send(&json!({"op": 1, "d": 1})).await;
    sim.gateway()
        .until(PATIENCE, |_, counters| counters.heartbeats == 2)
        .await
        .unwrap();
    happen(&sim, "11");
    client.deletions(1).await;
}

#[tokio::test]
async fn clients_are_told_to_come_again() {
    let sim = start().await;
    let (mut client, _) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    sim.gateway().reconnect_all();
    assert_eq!(client.frame().await["op"], 7);
    sim.gateway().demand_heartbeats();
    assert_eq!(client.frame().await["op"], 1);

    sim.gateway().invalidate(true);
    assert_eq!(
        client.frame().await,
        json!({"t": null, "s": null, "op": 9, "d": true})
    );
    let id = sim.gateway().sessions()[0].id.clone();
    happen(&sim, "11");
    client
        .send(&resume(&json!({"d": {"session_id": id}}), 1))
        .await;
    assert_eq!(client.deletions(1).await, numbered(&[(2, "11")]));
    assert_eq!(client.frame().await["t"], "RESUMED");

    sim.gateway().invalidate(false);
    assert_eq!(client.frame().await["d"], false);
    assert_eq!(sim.gateway().sessions(), []);
    client
        .send(&resume(&json!({"d": {"session_id": id}}), 1))
        .await;
    assert_eq!(client.frame().await["op"], 9);
}

#[tokio::test]
async fn a_close_frame_can_lack_its_code() {
    let sim = start().await;
    let (mut client, _) = Client::identified(&sim, intents::GUILDS).await;
    sim.gateway().close_without_code();
    assert_eq!(client.hear().await, Heard::Closed(None));
    assert_eq!(sim.gateway().sessions().len(), 1, "it can be resumed");
}

#[tokio::test]
async fn events_are_lost_doubled_and_put_in_another_order() {
    let sim = start().await;
    let (mut client, _) = Client::identified(&sim, intents::DIRECT_MESSAGES).await;
    sim.gateway().lose_next(1);
    happen(&sim, "11");
    sim.gateway().duplicate_next(1);
    happen(&sim, "12");
    sim.gateway().reorder_next(2);
    happen(&sim, "13");
    happen(&sim, "14");
    let expected = numbered(&[(2, "12"), (3, "12"), (4, "14"), (5, "13")]);
    assert_eq!(client.deletions(4).await, expected);
}

#[tokio::test]
async fn the_door_can_be_closed_in_three_ways() {
    let sim = start().await;
    let address = sim.gateway_url().to_owned() + "/?v=10&encoding=json";
    let connect = || async {
        let builder = ClientBuilder::new().uri(&address).unwrap();
        let length = Duration::from_millis(200);
        match tokio::time::timeout(length, builder.connect()).await {
            Err(_) => "silence",
            Ok(Err(_)) => "refused",
            Ok(Ok((mut socket, _))) => match tokio::time::timeout(length, socket.next()).await {
                Err(_) => "let in and left alone",
                Ok(_) => "let in",
            },
        }
    };
    sim.gateway()
        .trouble(|trouble| trouble.door = Door::Refusing);
    assert_eq!(connect().await, "refused");
    sim.gateway().trouble(|trouble| trouble.door = Door::Silent);
    assert_eq!(connect().await, "silence");
    sim.gateway()
        .trouble(|trouble| trouble.door = Door::Speechless);
    assert_eq!(connect().await, "let in and left alone");
    sim.gateway().trouble(|trouble| trouble.door = Door::Open);
    assert_eq!(connect().await, "let in");
}

#[tokio::test]
async fn sessions_get_what_their_intents_and_their_shard_allow() {
    let sim = start().await;
    let mut shards = Vec::new();
    for id in 0..2 {
        let mut client = Client::connect(&sim).await;
        client.frame().await;
        let mut frame = identify(intents::DIRECT_MESSAGES);
        frame["d"]["shard"] = json!([id, 2]);
        client.send(&frame).await;
        assert_eq!(client.frame().await["d"]["shard"], json!([id, 2]));
        shards.push(client);
    }
    let (mut guilds_only, _) = Client::identified(&sim, intents::GUILDS).await;
    happen(&sim, "11");
    shards[0].deletions(1).await;
    for client in [&mut shards[1], &mut guilds_only] {
        client.send(&json!({"op": 1, "d": 1})).await;
        assert_eq!(
            client.frame().await["op"],
            11,
            "nothing came before the answer"
        );
    }
}

#[tokio::test]
async fn identifying_too_fast_is_refused_with_op_9() {
    let sim = start().await;
    sim.gateway()
        .configure(|options| options.identify_pause = Duration::from_mins(1));
    let (_first, _) = Client::identified(&sim, intents::GUILDS).await;
    let mut second = Client::connect(&sim).await;
    second.frame().await;
    second.send(&identify(intents::GUILDS)).await;
    let op9 = json!({"t": null, "s": null, "op": 9, "d": false});
    assert_eq!(second.frame().await, op9);
}
