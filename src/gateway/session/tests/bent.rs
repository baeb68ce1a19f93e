//! A Discord that says on its first connection what Discord never says: whatever it is, the session
//! comes to a connection on which it hears the next message, and makes no noise on the way.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;
use tokio_websockets::WebSocketStream;

use super::*;

/// The message that is to be heard in the end.
const MESSAGE: u64 = 7;

/// What is odd about the first connection.
#[derive(Clone)]
enum Odd {
    /// What comes first. Where it is no HELLO that can be taken, nothing else does.
    Greeting(Vec<String>),
    /// What answers IDENTIFY. Where it is no READY, none comes.
    Answer(Vec<String>),
    /// What comes in the middle of the session, before the message.
    Session(Vec<String>),
}

/// A gateway that is odd once, and afterwards as Discord is.
struct Gateway {
    url: String,
    connections: AtomicU32,
    /// On the first connection.
    beats: AtomicU32,
}

impl Odd {
    fn text(&self) -> String {
        let (Self::Greeting(frames) | Self::Answer(frames) | Self::Session(frames)) = self;
        frames.concat()
    }
}

impl Gateway {
    async fn opens(odd: Odd) -> (Arc<Self>, AbortOnDropHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Arc::new(Self {
            url: format!("ws://{}", listener.local_addr().unwrap()),
            connections: AtomicU32::new(0),
            beats: AtomicU32::new(0),
        });
        let served = Arc::clone(&gateway).serves(listener, odd);
        let served = tokio_util::task::TaskTracker::new().spawn(served);
        (gateway, AbortOnDropHandle::new(served))
    }

    async fn serves(self: Arc<Self>, listener: TcpListener, odd: Odd) {
        let mut odd = Some(odd);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (_, mut socket) = ServerBuilder::new().accept(stream).await.unwrap();
            self.connections.fetch_add(1, Ordering::Relaxed);
            // A connection that the session has left is none of the next one's business.
            drop(self.speaks(&mut socket, odd.take()).await);
        }
    }

    async fn speaks(
        &self,
        socket: &mut WebSocketStream<TcpStream>,
        odd: Option<Odd>,
    ) -> Result<(), tokio_websockets::Error> {
        let is_first = odd.is_some();
        let (greeting, answer, session) = match odd {
            None => (None, None, Vec::new()),
            Some(Odd::Greeting(frames)) => (Some(frames), None, Vec::new()),
            Some(Odd::Answer(frames)) => (None, Some(frames), Vec::new()),
            Some(Odd::Session(frames)) => (None, None, frames),
        };
        for frame in greeting.unwrap_or_else(|| vec![hello("60000")]) {
            socket.send(Message::text(frame)).await?;
        }
        while let Some(said) = socket.next().await {
            let said = said?;
            let Some(text) = said.as_text() else {
                continue;
            };
            let said: Value = serde_json::from_str(text).unwrap();
            let opening = match said["op"].as_u64() {
                Some(1) => {
                    self.beats.fetch_add(u32::from(is_first), Ordering::Relaxed);
                    socket.send(Message::text(r#"{"op":11}"#)).await?;
                    continue;
                }
                Some(2) => vec![ready(&self.url)],
                Some(6) => vec![r#"{"op":0,"t":"RESUMED","s":8,"d":{}}"#.to_owned()],
                _ => continue,
            };
            let opening = answer.clone().unwrap_or(opening);
            let message = format!(
                r#"{{"op":0,"t":"MESSAGE_DELETE","s":9,"d":{{"id":"{MESSAGE}","channel_id":"2"}}}}"#
            );
            for frame in opening.into_iter().chain(session.clone()).chain([message]) {
                socket.send(Message::text(frame)).await?;
            }
        }
        Ok(())
    }
}

fn hello(interval: &str) -> String {
    format!(r#"{{"op":10,"t":null,"s":null,"d":{{"heartbeat_interval":{interval}}}}}"#)
}

fn ready(url: &str) -> String {
    format!(
        r#"{{"op":0,"t":"READY","s":1,"d":{{"session_id":"it","resume_gateway_url":"{url}"}}}}"#
    )
}

/// The session hears the message in the end. How many connections that took, and how often it beat on
/// the first.
async fn outlives(odd: Odd) -> (u32, u32) {
    let name = odd.text();
    let (gateway, _served) = Gateway::opens(odd).await;
    let mut session = Running::at(&gateway.url, None, Intents::GUILDS).await;
    let heard = async {
        loop {
            match session.got.recv().await {
                Some(Got::Frame(_, MESSAGE)) => break,
                Some(_) => {}
                None => panic!("it ended after {name}"),
            }
        }
    };
    timeout(2 * PATIENCE, heard)
        .await
        .unwrap_or_else(|_| panic!("it is silent after {name}"));
    session.stop().await;
    let seen = |count: &AtomicU32| count.load(Ordering::Relaxed);
    (seen(&gateway.connections), seen(&gateway.beats))
}

async fn all_outlived(odd: impl IntoIterator<Item = (Odd, u32)>) {
    let all = odd.into_iter().map(async |(odd, expected)| {
        let name = odd.text();
        let (connections, beats) = outlives(odd).await;
        assert_eq!(connections, expected, "{name}");
        assert_eq!(beats, 0, "{name}");
    });
    futures_util::future::join_all(all).await;
}

fn one(frame: impl Into<String>) -> Vec<String> {
    vec![frame.into()]
}

#[tokio::test]
async fn a_heartbeat_that_nobody_can_beat_is_refused_and_another_connection_made() {
    let intervals = [
        "0",
        "1",
        "99",
        "3600001",
        "18446744073709551615",
        "-1",
        "1e300",
        "null",
        r#""41250""#,
        "[]",
    ];
    let frames = intervals.map(hello).into_iter().chain([
        r#"{"op":10,"d":{}}"#.to_owned(),
        r#"{"op":10,"d":null}"#.to_owned(),
        r#"{"op":10}"#.to_owned(),
        r#"{"op":10,"t":5,"d":{"heartbeat_interval":1}}"#.to_owned(),
    ]);
    all_outlived(frames.map(|frame| (Odd::Greeting(one(frame)), 2))).await;
}

#[tokio::test]
async fn whatever_stands_in_a_greetings_place_the_session_begins() {
    let harmless = [
        "",
        "[]",
        r#"{"op":11}"#,
        r#"{"op":"10"}"#,
        r#"{"op":99,"d":1}"#,
        r#"{"t":1}"#,
    ];
    let harmless = harmless.map(|frame| (Odd::Greeting(vec![frame.to_owned(), hello("60000")]), 1));
    let ends = [
        r#"{"op":7}"#,
        r#"{"op":9,"d":false}"#,
        r#"{"op":9,"d":true}"#,
        r#"{"op":9}"#,
        r#"{"op":9,"d":"no"}"#,
    ];
    let ends = ends.map(|frame| (Odd::Greeting(one(frame)), 2));
    all_outlived(harmless.into_iter().chain(ends)).await;
}

#[tokio::test]
async fn an_opening_that_cannot_be_read_is_asked_for_again() {
    let bent = [
        r#"{"op":0,"t":"READY","s":1,"d":{}}"#,
        r#"{"op":0,"t":"READY","s":1,"d":null}"#,
        r#"{"op":0,"t":"READY","s":1}"#,
        r#"{"op":0,"t":"READY","s":1,"d":{"session_id":1,"resume_gateway_url":"x"}}"#,
        r#"{"op":0,"t":"READY","s":null,"d":{"session_id":"it","resume_gateway_url":"x"}}"#,
        r#"{"op":0,"t":"READY","s":-1,"d":{"session_id":"it","resume_gateway_url":"x"}}"#,
        r#"{"op":0,"t":"READY","s":"1","d":{"session_id":"it","resume_gateway_url":"x"}}"#,
    ];
    all_outlived(bent.map(|frame| (Odd::Answer(one(frame)), 2))).await;
}

#[tokio::test]
async fn in_the_middle_of_a_session_nothing_ends_it() {
    let harmless = [
        r#"{"op":11,"d":"x"}"#,
        r#"{"op":0}"#,
        r#"{"op":0,"t":"MESSAGE_DELETE","s":null,"d":{"id":"1"}}"#,
        r#"{"op":0,"t":"TYPING_START","s":18446744073709551615,"d":{}}"#,
        r#"{"op":0,"t":7,"s":5,"d":{}}"#,
        r#"{"op":0,"t":"RESUMED","s":5}"#,
        r#"{"op":0,"t":"RESUMED","s":"5","d":1}"#,
        r#"{"op":0,"t":"READY","s":5,"d":{"session_id":"other","resume_gateway_url":"wss://\""}}"#,
        r#"{"op":255,"d":{}}"#,
        r#"{"op":256}"#,
    ];
    let harmless = harmless.map(|frame| (Odd::Session(one(frame)), 1));
    let ends = [
        hello("0"),
        hello("1"),
        hello("60000"),
        r#"{"op":7,"d":{"x":1}}"#.to_owned(),
        r#"{"op":9,"d":"x"}"#.to_owned(),
        r#"{"op":9,"d":true}"#.to_owned(),
        r#"{"op":9,"d":false}"#.to_owned(),
    ];
    let ends = ends.map(|frame| (Odd::Session(one(frame)), 2));
    // A session whose address is none: resumed at the usual one.
    let nowhere = [
        "wss://\\\"",
        "wss://x y",
        "no address",
        "",
        "wss://::1",
        "http://127.0.0.1:1",
    ]
    .map(|url| {
        let ready = format!(
            r#"{{"op":0,"t":"READY","s":5,"d":{{"session_id":"it","resume_gateway_url":"{url}"}}}}"#
        );
        (Odd::Session(vec![ready, r#"{"op":7}"#.to_owned()]), 2)
    });
    all_outlived(harmless.into_iter().chain(ends).chain(nowhere)).await;
}
