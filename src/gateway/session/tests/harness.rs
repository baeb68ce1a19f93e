//! A session, an inlet that can be shut, and the simulated Discord that they run against.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use discord_sim::gateway::{SessionInfo, Trouble};
use discord_sim::world::{Application, Dispatch, User, intents};
use discord_sim::{Sim, SimOptions};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::super::*;
use crate::gateway::rest::{Base, Rest, Settings};

pub(super) const TOKEN: &str = "good.to.ken";
pub(super) const BOT: u64 = 99;

/// Real time a test waits for what must happen: more than two IDENTIFYs apart.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What the inlet was given.
#[derive(Debug)]
pub(super) enum Got {
    New(Position),
    Resumed(Position),
    /// The sequence and the id of a message.
    Frame(u64, u64),
}

/// An inlet that can be shut and opened again.
pub(super) struct Tray {
    got: mpsc::UnboundedSender<Got>,
    open: watch::Receiver<bool>,
}

impl Inlet for Tray {
    async fn room(&mut self) -> Result<(), Closed> {
        self.open
            .wait_for(|open| *open)
            .await
            .map(drop)
            .map_err(|_| Closed)
    }

    fn accept(&mut self, frame: Frame) {
        assert!(*self.open.borrow(), "there was no room");
        let text: Value = serde_json::from_str(&frame.text).unwrap();
        assert_eq!(text["s"], frame.sequence);
        if &*frame.event == "MESSAGE_DELETE" {
            let id = text["d"]["id"].as_str().unwrap().parse().unwrap();
            self.got.send(Got::Frame(frame.sequence, id)).unwrap();
        }
    }

    fn opened(&mut self, opening: Opening) {
        let got = match opening {
            Opening::New(position) => Got::New(position),
            Opening::Resumed(position) => Got::Resumed(position),
        };
        self.got.send(got).unwrap();
    }
}

/// What a session came to.
type Outcome = Result<Option<Position>, SessionError>;

/// A running session, seen from its inlet.
pub(super) struct Running {
    pub(super) got: mpsc::UnboundedReceiver<Got>,
    pub(super) room: watch::Sender<bool>,
    pub(super) lobby: Lobby,
    pub(super) health: watch::Receiver<Health>,
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<(Session<Tray>, Outcome)>,
    _server: AbortOnDropHandle<()>,
}

impl Running {
    pub(super) async fn start(sim: &Sim, resume: Option<Position>) -> Self {
        Self::with(sim, resume, Intents::DIRECT_MESSAGES).await
    }

    pub(super) async fn with(sim: &Sim, resume: Option<Position>, intents: Intents) -> Self {
        Self::at(sim.gateway_url(), resume, intents).await
    }

    pub(super) async fn at(url: &str, resume: Option<Position>, intents: Intents) -> Self {
        let (base, server) = entrance_at(url).await;
        let entrance = Entrance::find(rest(&base), Duration::ZERO).await.unwrap();
        let (sender, got) = mpsc::unbounded_channel();
        let (room, open) = watch::channel(true);
        let (lobby, stop) = (Lobby::default(), CancellationToken::new());
        let start = Start {
            shard: 0,
            intents,
            resume,
            stop: stop.clone(),
        };
        let tray = Tray { got: sender, open };
        let mut session = Session::new(Arc::new(entrance), lobby.clone(), tray, start);
        Self {
            got,
            room,
            lobby,
            health: session.health(),
            stop,
            task: TaskTracker::new().spawn(async move {
                let ended = session.run().await;
                (session, ended)
            }),
            _server: server,
        }
    }

    pub(super) async fn next(&mut self) -> Got {
        timeout(PATIENCE, self.got.recv())
            .await
            .expect("nothing came")
            .expect("it ended")
    }

    pub(super) async fn new_session(&mut self) -> Position {
        match self.next().await {
            Got::New(position) => position,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn resumed(&mut self) -> Position {
        match self.next().await {
            Got::Resumed(position) => position,
            other => panic!("{other:?}"),
        }
    }

    /// The ids of the next messages, which must come with growing sequences.
    pub(super) async fn messages(&mut self, count: usize) -> Vec<u64> {
        let (mut ids, mut last) = (Vec::new(), 0);
        for _ in 0..count {
            match self.next().await {
                Got::Frame(sequence, id) => {
                    assert!(sequence > last);
                    last = sequence;
                    ids.push(id);
                }
                other => panic!("{other:?}"),
            }
        }
        ids
    }

    pub(super) async fn stop(self) -> Option<Position> {
        self.stop.cancel();
        let ended = timeout(Duration::from_secs(2), self.task).await;
        let (_session, ended) = ended.expect("it did not stop in time").unwrap();
        ended.unwrap()
    }

    pub(super) async fn error(self) -> SessionError {
        let ended = timeout(PATIENCE, self.task).await;
        let (session, ended) = ended.expect("it did not end").unwrap();
        // Whoever is behind the inlet must not end before it can be said why.
        assert!(!self.got.is_closed());
        drop(session);
        assert!(self.got.is_closed());
        ended.unwrap_err()
    }
}

/// A server that says where the gateway is, and nothing else.
pub(super) async fn entrance_at(url: &str) -> (String, AbortOnDropHandle<()>) {
    let limit = json!({"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1});
    let bot = json!({"url": url, "shards": 1, "session_start_limit": limit});
    let app = Router::new().route("/api/v10/gateway/bot", get(async move || Json(bot)));
    serve(app).await
}

pub(super) async fn serve(app: Router) -> (String, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = TaskTracker::new().spawn(async move {
        axum::serve(listener, app).await.unwrap();
    });
    (base, AbortOnDropHandle::new(server))
}

pub(super) fn rest(base: &str) -> Rest {
    Rest::new(Settings {
        base: Base::parse(base).unwrap(),
        token: TOKEN.into(),
        about: "https://example.org".into(),
    })
    .unwrap()
}

pub(super) async fn simulation() -> Sim {
    let noon = || chrono::DateTime::from_timestamp(1_795_435_200, 0).unwrap();
    let sim = Sim::start(SimOptions::new(Box::new(noon))).await.unwrap();
    sim.gateway()
        .configure(|o| o.heartbeat_interval = Duration::from_secs(1));
    sim.act(|world| {
        for (id, name, bot) in [(BOT, "bot", true), (5, "ann", false)] {
            let user = User {
                id,
                username: name.into(),
                global_name: None,
                bot,
                system: false,
            };
            world.users.insert(id, user);
        }
        let application = Application {
            id: BOT,
            name: "bot".into(),
            bot: BOT,
            owner: 5,
            token: TOKEN.into(),
            privileged_intents: 0,
            commands: BTreeMap::new(),
            guild_commands: BTreeMap::new(),
        };
        world.applications.insert(BOT, application);
        Ok(())
    })
    .unwrap();
    sim
}

/// Events that the bot sees.
pub(super) fn happen(sim: &Sim, ids: impl IntoIterator<Item = u64>) {
    sim.act(|world| {
        world.outgoing.extend(ids.into_iter().map(|id| Dispatch {
            event: "MESSAGE_DELETE",
            guild: None,
            channel: None,
            intents: intents::DIRECT_MESSAGES,
            data: json!({"id": id.to_string(), "channel_id": "2"}),
            only_user: Some(BOT),
        }));
        Ok(())
    })
    .unwrap();
}

/// Changes what is wrong.
pub(super) fn trouble(sim: &Sim, change: impl FnOnce(&mut Trouble)) {
    sim.gateway().trouble(change);
}

/// Waits until the session has no connection.
pub(super) async fn nobody_connected(sim: &Sim) {
    let nobody = |sessions: &[SessionInfo]| sessions.iter().all(|s| !s.connected);
    let reached = sim
        .gateway()
        .until(PATIENCE, |sessions, _| nobody(sessions));
    reached.await.unwrap();
}
