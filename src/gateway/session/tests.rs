//! Sessions against the simulated Discord, with everything that can happen to a connection.

mod bent;
mod harness;

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use discord_sim::gateway::{Door as Entry, Hub, Trouble};
use discord_sim::world::Dispatch;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_websockets::{CloseCode, Message, ServerBuilder};

use self::harness::*;
use super::*;
use crate::gateway::door::ping;

#[tokio::test]
async fn frames_come_in_order_behind_the_opening() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    let position = session.new_session().await;
    assert_eq!(
        (position.shard, position.shards, position.sequence),
        (0, 1, 1)
    );
    let ready: Value = serde_json::from_str(&position.ready).unwrap();
    assert_eq!(ready["session_id"], *position.session_id);
    happen(&sim, 10..60);
    assert_eq!(session.messages(50).await, (10..60).collect::<Vec<_>>());
    assert_eq!(*session.health.borrow(), Health::Live);
    let last = session.stop().await.unwrap();
    assert_eq!(
        (&last.session_id, last.sequence),
        (&position.session_id, 51)
    );
}

#[tokio::test]
async fn whatever_ends_a_connection_the_session_goes_on() {
    type End = fn(&Hub);
    let endings: [(&str, End); 8] = [
        ("op 7", |gateway| gateway.reconnect_all()),
        ("op 9, resumable", |gateway| gateway.invalidate(true)),
        ("cut", |gateway| gateway.cut()),
        ("no code", |gateway| gateway.close_without_code()),
        ("1000", |gateway| gateway.close(1000)),
        ("4000", |gateway| gateway.close(4000)),
        ("4003", |gateway| gateway.close(4003)),
        ("4009", |gateway| gateway.close(4009)),
    ];
    let all = endings.map(async |(name, end)| {
        let sim = simulation().await;
        let mut session = Running::start(&sim, None).await;
        let first = session.new_session().await;
        trouble(&sim, |t| t.mute = true);
        happen(&sim, [1, 2]);
        end(sim.gateway());
        trouble(&sim, |t| t.mute = false);
        happen(&sim, [3]);
        let mut seen = Vec::new();
        let resumed = loop {
            match session.next().await {
                Got::Frame(_, id) => seen.push(id),
                Got::Resumed(position) => break position,
                Got::New(_) => panic!("{name}: a new session"),
            }
        };
        assert_eq!(resumed.session_id, first.session_id, "{name}");
        if seen.len() < 3 {
            seen.extend(session.messages(3 - seen.len()).await);
        }
        assert_eq!(seen, [1, 2, 3], "{name}");
        assert_eq!(sim.gateway().counters().identifies, 1, "{name}");
        session.stop().await.unwrap();
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_session_that_discord_gave_up_is_replaced_and_said_to_be_new() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    let first = session.new_session().await;
    sim.gateway().invalidate(false);
    let second = session.new_session().await;
    assert_ne!(first.session_id, second.session_id);
    happen(&sim, [7]);
    assert_eq!(session.messages(1).await, [7]);
    assert_eq!(session.stop().await.unwrap().session_id, second.session_id);
}

#[tokio::test]
async fn a_restart_replays_exactly_what_was_missed() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    happen(&sim, [1, 2]);
    assert_eq!(session.messages(2).await, [1, 2]);
    // Two more were read but not taken: they are missed, too.
    session.room.send(false).unwrap();
    happen(&sim, [3, 4]);
    // It answers this when it has read what came before.
    let before = sim.gateway().counters().heartbeats;
    sim.gateway().demand_heartbeats();
    let answered = sim
        .gateway()
        .until(PATIENCE, |_, now| now.heartbeats > before);
    answered.await.unwrap();
    let position = session.stop().await.unwrap();
    assert_eq!(position.sequence, 3);
    nobody_connected(&sim).await;
    happen(&sim, [5]);

    let mut session = Running::start(&sim, Some(position.clone())).await;
    assert_eq!(session.messages(3).await, [3, 4, 5]);
    let resumed = session.resumed().await;
    assert_eq!(
        (&resumed.session_id, &resumed.ready),
        (&position.session_id, &position.ready)
    );
    assert_eq!(sim.gateway().counters().identifies, 1);
    session.stop().await.unwrap();
}

#[tokio::test]
async fn a_position_that_is_too_old_leads_to_a_new_session() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    let old = session.new_session().await;
    session.stop().await.unwrap();
    sim.gateway().forget_sessions();
    let mut session = Running::start(&sim, Some(old.clone())).await;
    assert_ne!(session.new_session().await.session_id, old.session_id);
    session.stop().await.unwrap();
    // One of another number of shards is not even tried.
    let resumes = sim.gateway().counters().resumes;
    let other = Position { shards: 2, ..old };
    let mut session = Running::start(&sim, Some(other)).await;
    session.new_session().await;
    assert_eq!(sim.gateway().counters().resumes, resumes);
    session.stop().await.unwrap();
}

#[tokio::test]
async fn a_full_inlet_slows_the_socket_and_not_the_heart() {
    let sim = simulation().await;
    sim.gateway()
        .configure(|o| o.heartbeat_interval = Duration::from_secs(1));
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    session.room.send(false).unwrap();
    happen(&sim, 1..=2_000);
    let before = sim.gateway().counters();
    // Nearly four seconds of nothing taken.
    let beats = before.heartbeats + 4;
    sim.gateway()
        .until(PATIENCE, |_, now| now.heartbeats >= beats)
        .await
        .unwrap();
    assert_eq!(
        sim.gateway().counters().connections,
        before.connections,
        "the connection was lost"
    );
    assert!(session.got.try_recv().is_err());
    session.room.send(true).unwrap();
    assert_eq!(
        session.messages(2_000).await,
        (1..=2_000).collect::<Vec<_>>()
    );
    session.stop().await.unwrap();
}

#[tokio::test]
async fn more_than_can_wait_is_resumed_once_there_is_room() {
    let sim = simulation().await;
    // The shortest pause between slow reads: what can wait has come after five seconds.
    sim.gateway()
        .configure(|o| o.heartbeat_interval = Duration::from_millis(160));
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    session.room.send(false).unwrap();
    happen(&sim, 1..=1_000);
    nobody_connected(&sim).await;
    // Discord may see it before the session says so.
    timeout(
        PATIENCE,
        session.health.wait_for(|h| *h == Health::Connecting),
    )
    .await
    .unwrap()
    .unwrap();
    session.room.send(true).unwrap();
    assert_eq!(
        session.messages(1_000).await,
        (1..=1_000).collect::<Vec<_>>()
    );
    session.resumed().await;
    assert_eq!(sim.gateway().counters().identifies, 1);
    session.stop().await.unwrap();
}

#[tokio::test]
async fn a_dead_peer_is_noticed_and_an_outage_outlived() {
    let sim = simulation().await;
    sim.gateway()
        .configure(|o| o.heartbeat_interval = Duration::from_millis(300));
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    // No ACK: a zombie. Then each new connection is reset.
    trouble(&sim, |t| {
        *t = Trouble {
            mute: true,
            no_acks: true,
            door: Entry::Refusing,
            ..Trouble::default()
        }
    });
    let mut health = session.health.clone();
    timeout(PATIENCE, health.wait_for(|h| *h == Health::Connecting))
        .await
        .unwrap()
        .unwrap();
    happen(&sim, [1]);
    let again_and_again = sim.gateway().until(PATIENCE, |_, now| now.refused >= 3);
    again_and_again.await.unwrap();
    trouble(&sim, |t| *t = Trouble::default());
    assert_eq!(session.messages(1).await, [1]);
    session.resumed().await;
    assert_eq!(sim.gateway().counters().identifies, 1);
    session.stop().await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_answers_is_left_and_tried_again() {
    // One says nothing at all, the other takes the handshake and then says nothing.
    futures_util::future::join(left_and_tried_again(false), left_and_tried_again(true)).await;
}

async fn left_and_tried_again(shakes_hands: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let session = Running::at(&url, None, Intents::GUILDS).await;
    let first = timeout(PATIENCE, listener.accept())
        .await
        .unwrap()
        .unwrap()
        .0;
    let silent = if shakes_hands {
        Ok(ServerBuilder::new().accept(first).await.unwrap())
    } else {
        Err(first)
    };
    timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    assert_eq!(session.stop().await, None);
    drop(silent);
}

#[tokio::test]
async fn a_session_that_cannot_be_resumed_is_not_tried_for_ever() {
    // 4007 says that this session's sequence is wrong; 4000 may mean anything.
    let both = [(4007, 1), (4000, RESUMPTIONS)].map(async |(code, expected)| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let position = Position {
            shard: 0,
            shards: 1,
            session_id: "old".into(),
            sequence: 9,
            resume_url: url.clone(),
            ready: "{}".into(),
        };
        let mut session = Running::at(&url, Some(position), Intents::GUILDS).await;
        let resumes = closes_each_resume(listener, &url, code);
        let resumes = timeout(2 * PATIENCE, resumes).await.unwrap();
        assert_eq!(resumes, expected, "{code}");
        assert_eq!(session.new_session().await.session_id, "new");
        session.stop().await.unwrap();
    });
    futures_util::future::join_all(both).await;
}

/// A gateway that closes with `code` on RESUME, until it hears IDENTIFY. How often it closed.
async fn closes_each_resume(listener: TcpListener, url: &str, code: u16) -> u32 {
    let mut resumes = 0;
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (_, mut socket) = ServerBuilder::new().accept(stream).await.unwrap();
        let hello = json!({"op": 10, "d": {"heartbeat_interval": 60_000}});
        socket.send(Message::text(hello.to_string())).await.unwrap();
        let said = socket.next().await.unwrap().unwrap();
        let said: Value = serde_json::from_str(said.as_text().unwrap()).unwrap();
        if said["op"] == 2 {
            let ready = json!({"op": 0, "t": "READY", "s": 1,
                "d": {"session_id": "new", "resume_gateway_url": url}});
            socket.send(Message::text(ready.to_string())).await.unwrap();
            return resumes;
        }
        assert_eq!((&said["op"], &said["d"]["seq"]), (&json!(6), &json!(9)));
        resumes += 1;
        let code = CloseCode::try_from(code).unwrap();
        socket.send(Message::close(Some(code), "no")).await.unwrap();
        socket.close().await.unwrap();
    }
}

#[tokio::test]
async fn it_stops_within_two_seconds_even_if_nobody_listens() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    let position = session.new_session().await;
    trouble(&sim, |t| (t.deaf, t.mute) = (true, true));
    assert_eq!(session.stop().await.unwrap(), position);
}

#[tokio::test]
async fn an_ending_for_good_says_what_to_do() {
    let sim = simulation().await;
    let asked = Intents::GUILDS | Intents::MESSAGE_CONTENT;
    let refused = Running::with(&sim, None, asked).await.error().await;
    assert_eq!(
        refused,
        SessionError::RefusedIntents("Message Content".into())
    );
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    sim.gateway().close(4004);
    assert_eq!(session.error().await, SessionError::Token);
}

#[tokio::test]
async fn interactions_do_not_wait_for_the_inlet() {
    let sim = simulation().await;
    let mut session = Running::start(&sim, None).await;
    session.new_session().await;
    session.room.send(false).unwrap();
    sim.act(|world| {
        world.outgoing.push(Dispatch {
            event: "INTERACTION_CREATE",
            guild: None,
            channel: None,
            intents: 0,
            data: ping(77),
            only_user: Some(BOT),
        });
        Ok(())
    })
    .unwrap();
    let handed = timeout(PATIENCE, session.lobby.next()).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&handed).unwrap()["id"], "77");
    // It counts as taken only with the inlet's word.
    assert_eq!(session.stop().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn without_an_address_there_is_no_start() {
    let answers: [(&str, u16, &str); 4] = [
        (
            r#"{"url":"https://x","shards":1,"session_start_limit":{"total":1,"remaining":1,"reset_after":0,"max_concurrency":1}}"#,
            200,
            "no wss:// address",
        ),
        (
            r#"{"url":"ws://example.org","session_start_limit":{"total":1,"remaining":1,"reset_after":0}}"#,
            200,
            "no wss:// address",
        ),
        ("{}", 200, "not what Discord sends"),
        (
            r#"{"code":0,"message":"401: Unauthorized"}"#,
            401,
            "refuses the bot's token",
        ),
    ];
    for (body, status, reason) in answers {
        let status = StatusCode::from_u16(status).unwrap();
        let (base, _server) = serve(Router::new().fallback(async move || (status, body))).await;
        let refused = Entrance::find(rest(&base), PATIENCE).await.unwrap_err();
        let sentence = refused.to_string();
        assert!(sentence.contains(reason), "{sentence}");
        // Whose mistake it is, unless it is the token's.
        assert!(status == 401 || sentence.starts_with(&base), "{sentence}");
    }
}
