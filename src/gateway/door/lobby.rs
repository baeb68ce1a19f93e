//! Where interactions wait between the session and serenity.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;

/// How long an interaction waits for serenity. Discord takes a first answer within 3 s.
/// Source: Discord's "Receiving and Responding", "Interaction Callback".
const WAITS: Duration = Duration::from_secs(3);

/// How many wait at most.
const MOST: usize = 256;

/// How many ids of interactions are remembered, to hand each over once: Discord may send an event
/// twice, and a resumed session replays what a former process may have answered.
const REMEMBERED: usize = 1024;

/// The place between the session, which brings READY and interactions, and serenity's socket,
/// which takes them. A clone is the same place.
#[derive(Clone, Debug, Default)]
pub struct Lobby(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The raw `d` of a READY.
    ready: Option<Arc<str>>,
    waiting: VecDeque<Waiting>,
    remembered: VecDeque<u64>,
    dropped: u64,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    data: String,
    since: Instant,
}

impl Lobby {
    /// Notes what READY says: the raw JSON of its `d`.
    pub fn ready(&self, ready: &str) {
        self.lock().ready = Some(ready.into());
        self.0.changed.notify_one();
    }

    /// Brings an interaction: the raw frame of an `INTERACTION_CREATE`. Each is handed over once.
    pub fn interaction(&self, frame: &str) {
        self.bring(frame, Instant::now());
    }

    fn bring(&self, frame: &str, now: Instant) {
        #[derive(Deserialize)]
        struct Frame<'a> {
            #[serde(borrow)]
            d: &'a RawValue,
        }
        #[derive(Deserialize)]
        struct Interaction {
            id: String,
        }
        let read = || {
            let data = serde_json::from_str::<Frame<'_>>(frame).ok()?.d.get();
            let id = serde_json::from_str::<Interaction>(data).ok()?.id;
            Some((id.parse::<u64>().ok()?, data.to_owned()))
        };
        let Some((id, data)) = read() else {
            tracing::warn!("an interaction without an id was dropped");
            return;
        };
        let mut state = self.lock();
        if state.remembered.contains(&id) {
            tracing::debug!(interaction = id, "an interaction came twice");
            return;
        }
        if state.remembered.len() == REMEMBERED {
            state.remembered.pop_front();
        }
        state.remembered.push_back(id);
        if state.waiting.len() == MOST
            && let Some(oldest) = state.waiting.pop_front()
        {
            state.lose(&oldest, "too many wait");
        }
        state.waiting.push_back(Waiting {
            id,
            data,
            since: now,
        });
        drop(state);
        self.0.changed.notify_one();
    }

    /// How many interactions nobody took in time, since the start.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The READY to show, once there is one. Cancel-safe.
    pub(super) async fn wait_ready(&self) -> Arc<str> {
        loop {
            if let Some(ready) = self.lock().ready.clone() {
                return ready;
            }
            self.0.changed.notified().await;
        }
    }

    /// The next interaction that can still be answered: the raw `d`. Cancel-safe.
    pub(in crate::gateway) async fn next(&self) -> String {
        loop {
            if let Some(data) = self.take(Instant::now()) {
                return data;
            }
            self.0.changed.notified().await;
        }
    }

    fn take(&self, now: Instant) -> Option<String> {
        let mut state = self.lock();
        while let Some(waiting) = state.waiting.pop_front() {
            if now.saturating_duration_since(waiting.since) < WAITS {
                return Some(waiting.data);
            }
            state.lose(&waiting, "nobody took it within 3 s");
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose(&mut self, waiting: &Waiting, why: &str) {
        self.dropped += 1;
        tracing::warn!(
            interaction = waiting.id,
            why,
            "an interaction was dropped unanswered"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u64) -> String {
        format!(r#"{{"op":0,"t":"INTERACTION_CREATE","s":{id},"d":{{"id":"{id}","x":"é"}}}}"#)
    }

    #[test]
    fn each_is_handed_over_once_and_in_order() {
        let lobby = Lobby::default();
        for id in [1, 2, 1, 3, 2] {
            lobby.interaction(&frame(id));
        }
        let now = Instant::now();
        let taken: Vec<_> = std::iter::from_fn(|| lobby.take(now)).collect();
        assert_eq!(
            taken,
            [1, 2, 3].map(|id| format!(r#"{{"id":"{id}","x":"é"}}"#))
        );
        assert_eq!(lobby.dropped(), 0);
    }

    #[test]
    fn what_is_too_old_or_too_much_is_dropped_and_counted() {
        let lobby = Lobby::default();
        let start = Instant::now();
        lobby.bring(&frame(1), start);
        lobby.bring(&frame(2), start + WAITS);
        assert!(lobby.take(start + WAITS).unwrap().contains(r#""2""#));
        assert_eq!(lobby.dropped(), 1);
        for id in 10..10 + MOST as u64 + 5 {
            lobby.bring(&frame(id), start);
        }
        assert_eq!(lobby.dropped(), 6);
        assert!(lobby.take(start).unwrap().contains(r#""15""#));
        lobby.interaction("not json");
        lobby.interaction(r#"{"d":{"id":7}}"#);
    }
}
