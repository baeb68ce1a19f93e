//! What tests ask of the gateway, and do to it.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::session::{Line, Order, Session, Shard};
use super::{Hub, Options, Trouble};
use crate::Sim;

/// What clients did since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// TCP connections that were let in.
    pub connections: u64,
    /// TCP connections that were reset.
    pub refused: u64,
    /// IDENTIFYs with a good token, also those answered with op 9.
    pub identifies: u64,
    /// RESUMEs with a good token.
    pub resumes: u64,
    /// RESUMEs that were granted.
    pub resumed: u64,
    pub heartbeats: u64,
}

/// A session, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    pub id: String,
    /// The bot's account.
    pub bot: u64,
    pub intents: u64,
    pub shard: Shard,
    /// The number of its last event.
    pub seq: u64,
    pub connected: bool,
}

impl From<&Session> for SessionInfo {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.clone(),
            bot: session.wish.bot,
            intents: session.wish.intents,
            shard: session.shard(),
            seq: session.seq,
            connected: session.line.is_some(),
        }
    }
}

impl Sim {
    /// The gateway: who is connected, and what shall go wrong.
    pub fn gateway(&self) -> &Hub {
        self.hub()
    }
}

impl Hub {
    /// Changes how it behaves, for connections made from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Options)) {
        let mut options = self
            .options
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut options);
    }

    /// Changes what is wrong for every connection, at once.
    pub fn trouble(&self, change: impl FnOnce(&mut Trouble)) {
        self.trouble.send_modify(change);
    }

    /// Sessions that live: connected, or waiting for a RESUME (perhaps longer than they may).
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.state()
            .sessions
            .values()
            .map(SessionInfo::from)
            .collect()
    }

    pub fn counters(&self) -> Counters {
        self.state().counters
    }

    /// Waits until the sessions and counters are as wanted.
    ///
    /// # Errors
    /// After `patience` of real time, with what there was instead.
    pub async fn until(
        &self,
        patience: Duration,
        wanted: impl Fn(&[SessionInfo], &Counters) -> bool,
    ) -> anyhow::Result<()> {
        let mut happened = self.happened();
        let reached = async {
            while !wanted(&self.sessions(), &self.counters()) {
                // The sender lives in `self`, so waiting cannot fail.
                drop(happened.changed().await);
            }
        };
        tokio::time::timeout(patience, reached).await.map_err(|_| {
            anyhow::anyhow!(
                "the gateway did not come to it within {patience:?}: {:?}, {:?}",
                self.counters(),
                self.sessions()
            )
        })
    }

    /// Waits until so many sessions are connected.
    ///
    /// # Errors
    /// After a minute.
    pub async fn until_connected(&self, count: usize) -> anyhow::Result<()> {
        self.until(Duration::from_mins(1), |sessions, _| {
            sessions.iter().filter(|session| session.connected).count() == count
        })
        .await
    }

    /// Op 7: every client shall come again and resume.
    pub fn reconnect_all(&self) {
        self.order_all(|| Order::SendRaw(json!({"t": null, "s": null, "op": 7, "d": null})));
    }

    /// Op 1: every client shall beat at once.
    pub fn demand_heartbeats(&self) {
        self.order_all(|| Order::SendRaw(json!({"t": null, "s": null, "op": 1, "d": null})));
    }

    /// Sends every client a text that nobody has checked, whether it makes sense or not.
    pub fn utter(&self, text: &str) {
        self.order_all(|| Order::Utter(text.to_owned()));
    }

    /// Op 9 to every client. When it is not `resumable` the sessions are gone.
    pub fn invalidate(&self, resumable: bool) {
        let mut state = self.state();
        for line in state.lines.values() {
            line.order(Order::Invalidate { resumable });
        }
        if resumable {
            for session in state.sessions.values_mut() {
                session.line = None;
            }
        } else {
            state.sessions.clear();
        }
        drop(state);
        self.note();
    }

    /// Closes every connection with this code.
    pub fn close(&self, code: u16) {
        self.order_all(|| Order::Close(Some(code), "Closed by the test."));
    }

    /// Closes every connection with a close frame that has no code.
    pub fn close_without_code(&self) {
        self.order_all(|| Order::Close(None, ""));
    }

    /// Cuts every TCP connection without a word.
    pub fn cut(&self) {
        for line in self.state().lines.values() {
            line.cut.cancel();
        }
    }

    /// No session can be resumed any more. Who is connected stays so.
    pub fn forget_sessions(&self) {
        let mut state = self.state();
        state.sessions.retain(|_, session| session.line.is_some());
        for session in state.sessions.values_mut() {
            session.resumable = false;
        }
        drop(state);
        self.note();
    }

    /// The next `count` events come twice, each time with a number of its own.
    pub fn duplicate_next(&self, count: usize) {
        self.state().queue.duplicate = count;
    }

    /// The next `count` events are held back and then come last first.
    pub fn reorder_next(&self, count: usize) {
        self.state().queue.reorder = count;
    }

    /// Delivers what [`Hub::reorder_next`] holds back, though there are fewer than it waits for.
    pub fn release_held(&self, sim: &Sim) {
        sim.read(|world| {
            let mut state = self.state();
            for dispatch in state.queue.release() {
                state.deliver(world, &dispatch);
            }
        });
        self.note();
    }

    /// The next `count` events come so much later, by the clock of the world: as eventual
    /// consistency has it, long after the answer to the request that caused them.
    pub fn delay_next(&self, count: usize, time: TimeDelta) {
        self.state().queue.delay = (count, time);
    }

    /// The next `count` events are never sent to anybody.
    pub fn lose_next(&self, count: usize) {
        self.state().queue.lose = count;
    }

    pub(super) fn add_line(
        &self,
        orders: mpsc::UnboundedSender<Order>,
        cut: CancellationToken,
    ) -> Line {
        let mut state = self.state();
        state.lines_made += 1;
        state.counters.connections += 1;
        let line = Line {
            number: state.lines_made,
            orders,
            cut,
        };
        state.lines.insert(line.number, line.clone());
        drop(state);
        self.note();
        line
    }

    pub(super) fn remove_line(&self, number: u64) {
        self.state().lines.remove(&number);
        self.note();
    }

    pub(super) fn count_refused(&self) {
        self.state().counters.refused += 1;
        self.note();
    }

    pub(super) fn count_beat(&self) {
        self.state().counters.heartbeats += 1;
        self.note();
    }

    /// The connection of a session ended; with `ended` the session too.
    pub(super) fn detach(&self, sim: &Sim, line: u64, ended: bool) {
        let now = sim.clock().now();
        self.state().sessions.retain(|_, session| {
            if session.line.as_ref().is_none_or(|own| own.number != line) {
                return true;
            }
            session.line = None;
            session.detached_at = Some(now);
            !ended && session.resumable
        });
        self.note();
    }

    fn order_all(&self, order: impl Fn() -> Order) {
        for line in self.state().lines.values() {
            line.order(order());
        }
    }
}
