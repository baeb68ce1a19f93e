//! Where interactions wait between the session and serenity, and what is known of them until their
//! people are answered.
//!
//! ```text
//! session ──brings──> waiting ──> serenity ──> answered
//!             └────────── owed ──────────────────┘
//! ```
//!
//! While an answer is owed, the position of the session is not written past its interaction
//! ([`Lobby::first_owed`]): a program that dies meanwhile hears of it again when the session is
//! resumed, and does what it had not done. Nothing is written for that before the first answer, and
//! no token is ever kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use serenity::model::application::{CommandType, Interaction};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::hashes;

/// How long an interaction waits for serenity. Discord takes a first answer within 3 s.
/// Source: Discord's "Receiving and Responding", "Interaction Callback".
const WAITS: Duration = Duration::from_secs(3);

/// How long an answer is owed at most. Most take milliseconds, those that ask GitHub seconds; one that
/// does not come must not hold the position for ever.
const OWED: Duration = Duration::from_mins(1);

/// How many wait at most.
const MOST: usize = 256;

/// The kinds of commands there are; poise panics over any other.
const COMMANDS: [CommandType; 3] = [
    CommandType::ChatInput,
    CommandType::User,
    CommandType::Message,
];

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
    /// Told whenever somebody was answered.
    answered: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The raw `d` of a READY.
    ready: Option<Arc<str>>,
    waiting: VecDeque<Waiting>,
    remembered: VecDeque<u64>,
    owed: HashMap<u64, Owed>,
    dropped: u64,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    data: String,
    since: Instant,
}

/// An answer that somebody waits for.
#[derive(Debug)]
struct Owed {
    /// The session that told of it, and its number there.
    session: String,
    sequence: u64,
    since: Instant,
}

/// An interaction, as far as it is read here.
struct Brought {
    id: u64,
    sequence: u64,
    /// Whether somebody waits for an answer that matters: nobody misses suggestions.
    waits: bool,
    /// The raw `d`.
    data: String,
}

impl Brought {
    /// Reads a frame. `None` where there is no interaction in it, or none that serenity and poise
    /// could read.
    fn read(frame: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Frame<'a> {
            #[serde(default)]
            s: u64,
            #[serde(borrow)]
            d: &'a RawValue,
        }
        let Frame { s: sequence, d } = serde_json::from_str(frame).ok()?;
        let mut data = d.get().to_owned();
        if hashes::may_be_odd(&data) {
            let mut value = serde_json::from_str(&data).ok()?;
            let odd = hashes::take_out_odd(&mut value);
            if odd > 0 {
                tracing::warn!(odd, "an interaction came with hashes that are none");
                data = value.to_string();
            }
        }
        // Read as serenity will: an answer to what it cannot read would be owed for nothing.
        let interaction: Interaction = serde_json::from_str(&data).ok()?;
        if let Interaction::Command(command) | Interaction::Autocomplete(command) = &interaction
            && !COMMANDS.contains(&command.data.kind)
        {
            return None;
        }
        Some(Self {
            id: interaction.id().get(),
            sequence,
            waits: !matches!(interaction, Interaction::Autocomplete(_)),
            data,
        })
    }
}

impl Lobby {
    /// Notes what READY says: the raw JSON of its `d`.
    pub fn ready(&self, ready: &str) {
        self.lock().ready = Some(ready.into());
        self.0.changed.notify_one();
    }

    /// Brings an interaction: the raw frame of an `INTERACTION_CREATE`, and the session it came in.
    /// Each is handed over once.
    pub fn interaction(&self, session: &str, frame: &str) {
        self.bring(session, frame, Instant::now());
    }

    fn bring(&self, session: &str, frame: &str, now: Instant) {
        let Some(Brought {
            id,
            sequence,
            waits,
            data,
        }) = Brought::read(frame)
        else {
            tracing::warn!("an interaction that cannot be read was dropped");
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
            self.lose(&mut state, &oldest, "too many wait");
        }
        if waits {
            let owed = Owed {
                session: session.to_owned(),
                sequence,
                since: now,
            };
            state.forgive(now);
            state.owed.insert(id, owed);
        }
        state.waiting.push_back(Waiting {
            id,
            data,
            since: now,
        });
        drop(state);
        self.0.changed.notify_one();
    }

    /// Whoever is behind this interaction is answered, as far as they will be.
    pub fn answered(&self, interaction: u64) {
        self.lock().owed.remove(&interaction);
        self.0.answered.send_replace(());
    }

    /// Changes whenever somebody was answered.
    pub fn answers(&self) -> watch::Receiver<()> {
        self.0.answered.subscribe()
    }

    /// The number of the first interaction of a session that is still to be answered.
    pub fn first_owed(&self, session: &str) -> Option<u64> {
        let mut state = self.lock();
        state.forgive(Instant::now());
        let owed = state.owed.values().filter(|owed| owed.session == session);
        owed.map(|owed| owed.sequence).min()
    }

    /// Returns when everybody is answered whose interaction was taken. Those that still wait are left
    /// to the next start.
    pub async fn taken_are_answered(&self) {
        self.until(|state| {
            let waits = |id: &u64| state.waiting.iter().any(|waiting| waiting.id == *id);
            state.owed.keys().all(waits)
        })
        .await;
    }

    /// Returns when everybody is answered who is to be.
    pub async fn all_answered(&self) {
        self.until(|state| state.owed.is_empty()).await;
    }

    async fn until(&self, done: impl Fn(&State) -> bool) {
        let mut answers = self.answers();
        while !done(&self.lock()) && answers.changed().await.is_ok() {}
    }

    /// Returns when nothing is owed for this interaction (any more), after a minute at the latest.
    pub async fn is_answered(&self, interaction: u64) {
        let answered = self.until(|state| !state.owed.contains_key(&interaction));
        if timeout(OWED, answered).await.is_err() {
            tracing::debug!(interaction, "an answer that is owed did not come");
        }
    }

    /// How much is kept: who waits, whose answers are owed, which ids are remembered.
    pub fn size(&self) -> [usize; 3] {
        let state = self.lock();
        [
            state.waiting.len(),
            state.owed.len(),
            state.remembered.len(),
        ]
    }

    /// Somebody came to take what waits. What was brought before may have got its first answer from a
    /// former process, so it is not too old yet.
    pub(super) fn greeted(&self) {
        let now = Instant::now();
        for waiting in &mut self.lock().waiting {
            waiting.since = now;
        }
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
    pub(crate) async fn next(&self) -> String {
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
            self.lose(&mut state, &waiting, "nobody took it within 3 s");
        }
        None
    }

    /// Nobody takes it any more, and nobody waits for its answer.
    fn lose(&self, state: &mut State, waiting: &Waiting, why: &str) {
        state.dropped += 1;
        state.owed.remove(&waiting.id);
        self.0.answered.send_replace(());
        tracing::warn!(
            interaction = waiting.id,
            why,
            "an interaction was dropped unanswered"
        );
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets what was owed for too long.
    fn forgive(&mut self, now: Instant) {
        self.owed
            .retain(|_, owed| now.saturating_duration_since(owed.since) < OWED);
    }
}

/// The shortest interaction that serenity reads.
#[cfg(test)]
pub(crate) fn ping(id: u64) -> serde_json::Value {
    serde_json::json!({"id": id.to_string(), "application_id": "9", "type": 1, "token": "é", "version": 1})
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn frame(id: u64) -> String {
        json!({"op": 0, "t": "INTERACTION_CREATE", "s": id, "d": ping(id)}).to_string()
    }

    /// A command of this kind, or what somebody has typed of one so far.
    fn command(id: u64, interaction: u8, kind: u8) -> String {
        let mut command = ping(id);
        let more = json!({"type": interaction, "channel_id": "4", "locale": "en-US",
            "user": {"id": "3", "username": "asker"}, "entitlements": [],
            "authorizing_integration_owners": {}, "attachment_size_limit": 0,
            "data": {"id": "1", "name": "queue", "type": kind}});
        let more = more.as_object().unwrap().clone();
        command.as_object_mut().unwrap().extend(more);
        json!({"s": id, "d": command}).to_string()
    }

    #[test]
    fn each_is_handed_over_once_and_in_order() {
        let lobby = Lobby::default();
        for id in [1, 2, 1, 3, 2] {
            lobby.interaction("s", &frame(id));
        }
        let now = Instant::now();
        let taken = std::iter::from_fn(|| lobby.take(now));
        assert!(taken.eq([1, 2, 3].map(|id| ping(id).to_string())));
        assert_eq!(lobby.dropped(), 0);
    }

    #[test]
    fn what_is_too_old_or_too_much_is_dropped_and_counted() {
        let lobby = Lobby::default();
        let start = Instant::now();
        lobby.bring("s", &frame(1), start);
        lobby.bring("s", &frame(2), start + WAITS);
        assert!(lobby.take(start + WAITS).unwrap().contains(r#""2""#));
        assert_eq!(lobby.dropped(), 1);
        for id in 10..10 + MOST as u64 + 5 {
            lobby.bring("s", &frame(id), start);
        }
        assert_eq!(lobby.dropped(), 6);
        assert!(lobby.take(start).unwrap().contains(r#""15""#));
    }

    #[test]
    fn what_serenity_could_not_read_is_not_owed() {
        let (lobby, now) = (Lobby::default(), Instant::now());
        for frame in ["not json", r#"{"d":{"id":"7","type":1}}"#] {
            lobby.bring("s", frame, now);
        }
        lobby.bring("s", &command(7, 2, 4), now);
        assert_eq!(lobby.size(), [0; 3]);
        lobby.bring("s", &command(7, 2, 1), now);
        assert_eq!(lobby.size(), [1; 3]);
    }

    #[tokio::test]
    async fn nobody_waits_for_an_answer_to_what_was_lost() {
        let lobby = Lobby::default();
        lobby.interaction("s", &frame(1));
        lobby.taken_are_answered().await;
        let mut all = std::pin::pin!(lobby.all_answered());
        assert!(futures_util::poll!(&mut all).is_pending());
        assert_eq!(lobby.take(Instant::now() + WAITS), None);
        all.await;
    }

    #[test]
    fn the_first_that_is_owed_is_known_until_it_is_answered_lost_or_too_old() {
        let (lobby, start) = (Lobby::default(), Instant::now());
        for id in [5, 6, 7] {
            lobby.bring("s", &frame(id), start);
        }
        assert_eq!(lobby.first_owed("another"), None);
        assert_eq!(lobby.first_owed("s"), Some(5));
        lobby.answered(5);
        assert_eq!(lobby.first_owed("s"), Some(6));
        assert_eq!(lobby.take(start + WAITS), None);
        assert_eq!((lobby.first_owed("s"), lobby.dropped()), (None, 3));
        let long_ago = start.checked_sub(OWED).unwrap();
        lobby.bring("s", &frame(8), long_ago);
        assert_eq!(lobby.first_owed("s"), None);
        let before = lobby.size();
        lobby.bring("s", &command(9, 4, 1), start);
        assert_eq!(lobby.size(), [before[0] + 1, before[1], before[2] + 1]);
        assert_eq!(lobby.first_owed("s"), None);
    }

    #[tokio::test]
    async fn who_waits_for_an_answer_to_another_goes_on_when_it_is_given() {
        let lobby = Lobby::default();
        lobby.is_answered(1).await;
        for id in [1, 2] {
            lobby.interaction("s", &frame(id));
        }
        let mut waits = std::pin::pin!(lobby.is_answered(1));
        assert!(futures_util::poll!(&mut waits).is_pending());
        lobby.answered(2);
        assert!(futures_util::poll!(&mut waits).is_pending());
        lobby.answered(1);
        waits.await;
    }

    #[test]
    fn what_waits_for_serenity_at_a_start_is_not_too_old() {
        let lobby = Lobby::default();
        lobby.bring("s", &frame(1), Instant::now().checked_sub(WAITS).unwrap());
        lobby.greeted();
        assert!(lobby.take(Instant::now()).is_some());
    }

    #[test]
    fn a_hash_that_is_none_does_not_reach_serenity() {
        let lobby = Lobby::default();
        let odd = format!("a{}a", "é".repeat(15));
        let with = |id, hash: Value| {
            let mut interaction = ping(id);
            interaction["avatar"] = hash;
            interaction
        };
        let frame = |id| json!({"d": with(id, odd.clone().into())}).to_string();
        lobby.interaction("s", &frame(1));
        lobby.interaction("s", &frame(2).replace('é', "\\u00e9"));
        for id in [1, 2] {
            let data = lobby.take(Instant::now()).unwrap();
            let data: Value = serde_json::from_str(&data).unwrap();
            let mended = with(id, Value::Null);
            assert_eq!(data, mended);
        }
    }
}
