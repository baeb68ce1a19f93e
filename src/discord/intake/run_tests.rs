//! Intake as it runs: between a session and the real ledger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::{FrameInlet, Intake, MOST_UNCOUNTED};
use crate::clock::Clock;
use crate::discord::catch_up::{Errand, Inbox, errands};
use crate::discord::places::Places;
use crate::discord::samples;
use crate::domain::ids::ThreadId;
use crate::gateway::door::{Lobby, ping};
use crate::gateway::{Frame, Inlet as _, Opening, Position};
use crate::ledger::{Ledger, LedgerHandle, Start};
use crate::store::Store;

struct Running {
    inlet: FrameInlet,
    lobby: Lobby,
    store: Store,
    ledger: LedgerHandle,
    asked: Inbox,
    tracker: TaskTracker,
    sequence: u64,
    folder: TempDir,
}

fn position(session: &str, sequence: u64) -> Position {
    Position {
        shard: 0,
        shards: 1,
        session_id: session.into(),
        sequence,
        resume_url: "wss://example.org".into(),
        ready: "{}".into(),
    }
}

impl Running {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let (clock, _hand) = Clock::manual(crate::domain::from_millis(1_785_600_000_000).unwrap());
        let (tracker, tasks) = (TaskTracker::new(), TaskTracker::new());
        let guilds = samples::guilds();
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &tasks,
            Start::Deciding,
        );
        let (errands, asked) = errands(0);
        let places = Arc::new(Places::new(guilds));
        let lobby = Lobby::default();
        let (inlet, intake) = Intake::new(places, ledger.clone(), errands, clock, lobby.clone());
        tracker.spawn(intake.run());
        tracker.close();
        Self {
            inlet,
            lobby,
            store,
            ledger,
            asked,
            tracker,
            sequence: 0,
            folder,
        }
    }

    async fn open(&mut self, opening: Opening) {
        self.inlet.room().await.unwrap();
        self.inlet.opened(opening);
    }

    async fn hear(&mut self, name: &str, payload: Value) {
        self.sequence += 1;
        let text = json!({"op": 0, "t": name, "s": self.sequence, "d": payload}).to_string();
        if name == "INTERACTION_CREATE" {
            self.lobby.interaction("one", &text);
        }
        self.inlet.room().await.unwrap();
        // Asked for twice, as a cancelled wait does.
        self.inlet.room().await.unwrap();
        self.inlet.accept(Frame {
            shard: 0,
            sequence: self.sequence,
            event: name.into(),
            text,
            received: Instant::now(),
        });
    }

    /// A post of the forum with its first message.
    async fn post(&mut self, id: u64) {
        let id = id.to_string();
        let thread = json!({"id": id, "guild_id": "1", "parent_id": "20", "type": 11,
            "name": "n", "newly_created": true, "thread_metadata": {"archived": false}});
        self.hear("THREAD_CREATE", thread).await;
        let message = json!({"id": id, "channel_id": id, "guild_id": "1", "type": 0,
            "author": {"id": "5"}, "member": {"roles": []}});
        self.hear("MESSAGE_CREATE", message).await;
    }

    /// The session ends; everything that was taken is written.
    async fn stop(self) -> (Store, TempDir) {
        drop(self.inlet);
        self.tracker.wait().await;
        self.ledger.settled().await;
        (self.store, self.folder)
    }
}

#[tokio::test]
async fn what_was_heard_is_written_with_where_it_stands() {
    let mut running = Running::start().await;
    running.open(Opening::New(position("one", 1))).await;
    running.sequence = 1;
    running.post(100).await;
    running.hear("TYPING_START", json!({})).await;
    running.hear("MESSAGE_CREATE", json!("no message")).await;
    assert_eq!(
        running.asked.recv().await,
        Some(Errand::Session {
            shard: 0,
            shards: 1
        })
    );
    let (store, _folder) = running.stop().await;
    // The two frames that came to nothing are counted at the end.
    assert_eq!(store.load_positions().await.unwrap(), [position("one", 5)]);
    let row = store.find_ticket_by_thread(ThreadId(100)).await.unwrap();
    assert_eq!(row.unwrap().ticket.asker_messages, 1);
}

#[tokio::test]
async fn frames_that_come_to_nothing_are_counted_now_and_then() {
    let mut running = Running::start().await;
    running.open(Opening::Resumed(position("one", 1))).await;
    running.sequence = 1;
    for _ in 0..MOST_UNCOUNTED + 3 {
        running.hear("TYPING_START", json!({})).await;
    }
    // Everything before the last few is taken when this one has room.
    running.post(100).await;
    running.post(101).await;
    let last = running.sequence;
    let (store, _folder) = running.stop().await;
    assert_eq!(
        store.load_positions().await.unwrap(),
        [position("one", last)]
    );
}

/// Waits until this is where the session stands for good.
async fn written(running: &Running, expected: u64) {
    let stands = async {
        loop {
            running.ledger.settled().await;
            let positions = running.store.load_positions().await.unwrap();
            if positions == [position("one", expected)] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(30), stands).await.unwrap();
}

#[tokio::test]
async fn the_position_waits_for_whoever_waits_for_an_answer() {
    let mut running = Running::start().await;
    running.open(Opening::Resumed(position("one", 1))).await;
    running.sequence = 1;
    running.hear("INTERACTION_CREATE", ping(900)).await;
    running.post(100).await;
    running.hear("INTERACTION_CREATE", ping(901)).await;
    running.post(101).await;
    written(&running, 1).await;
    assert!(
        running
            .store
            .find_ticket_by_thread(ThreadId(101))
            .await
            .unwrap()
            .is_some()
    );
    // The second is answered first, and the position still waits for the first.
    running.lobby.answered(901);
    running.lobby.answered(900);
    written(&running, 7).await;
    let (store, _folder) = running.stop().await;
    assert_eq!(store.load_positions().await.unwrap(), [position("one", 7)]);
}

#[tokio::test]
async fn what_is_replayed_before_the_session_is_known_moves_no_position() {
    let mut running = Running::start().await;
    running.sequence = 7;
    running.post(100).await;
    running.open(Opening::Resumed(position("one", 9))).await;
    // No channel was described yet, so the post could hang on a message.
    assert!(matches!(
        running.asked.recv().await,
        Some(Errand::Starter { .. })
    ));
    assert_eq!(
        running.asked.recv().await,
        Some(Errand::Resumed { shard: 0 })
    );
    let (store, _folder) = running.stop().await;
    assert_eq!(store.load_positions().await.unwrap(), [position("one", 9)]);
    let row = store.find_ticket_by_thread(ThreadId(100)).await.unwrap();
    assert!(row.is_some());
}

#[tokio::test]
async fn a_new_session_holds_decisions() {
    let mut running = Running::start().await;
    running.open(Opening::New(position("one", 1))).await;
    running.post(100).await;
    let ledger = running.ledger.clone();
    let (store, _folder) = running.stop().await;
    let row = store.find_ticket_by_thread(ThreadId(100)).await.unwrap();
    assert_eq!(row.unwrap().shown, None);
    // Nothing fell due, and nothing hangs.
    let hold = ledger.hold().await.unwrap();
    assert_eq!(ledger.release(hold).await.unwrap(), Some(BTreeMap::new()));
}

#[tokio::test]
async fn when_the_ledger_stops_the_session_is_told() {
    let mut running = Running::start().await;
    running.ledger.stop().await;
    running.post(100).await;
    running.tracker.wait().await;
    assert!(running.inlet.room().await.is_err() || running.inlet.room().await.is_err());
}
