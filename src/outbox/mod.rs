//! Delivers what was decided: leases, retries, dead letters.
//!
//! # Data flow
//!
//! ```text
//! a decision's commit ── nudge ──┐
//! the next retry's instant ──────┼─> lease (a write) ─> parcels ─> deliver, outside any transaction
//! a delivery has ended ──────────┘                                  │
//!            ^                                                      ├─> delivered, message noted
//!            └──────────────── report (a write) <───────────────────┼─> tried again later
//!                                                                   └─> dead letter
//! ```
//!
//! * A row belongs to a lane: a ticket's card, a guild's staff, a guild's moderators. A lane has one
//!   parcel under way at a time, in the order in which its rows were ordered; a parcel that waits for
//!   its next try holds its lane.
//! * All alerts that stand at the head of a lane are one parcel. A parcel stays the same, with the
//!   same number, until it is delivered or given up; its number goes out with it.
//! * An attempt is counted when it begins, so that one that ends the process counts too. After a
//!   start, whatever was under way is uncertain: it may have arrived.
//! * A pause is as long as it was meant to be, also when the clock is set back in it.
//! * What fails too often is given up, but not where the other side is away: that takes as long as it takes.
//! * Nothing disappears in silence: a parcel ends as delivered, dropped (with its reason) or as a
//!   dead letter (with its reason), to be seen and tried again with `sameday outbox`.

pub mod parcel;
mod task;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::ledger::LedgerHandle;
use parcel::{Deliver, MOST_ATTEMPTS};
use task::{Control, Task};

/// The pauses before the second, third … attempt. Each is lengthened or shortened by up to
/// [`JITTER_PERCENT`], so that what failed together does not come back together. In all about four hours.
const PAUSES: [Duration; MOST_ATTEMPTS as usize - 1] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
    Duration::from_mins(20),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
];

/// How far a pause may differ from its place in the schedule.
const JITTER_PERCENT: u64 = 20;

/// How many parcels are under way at once: more would only wait for Discord's rate limits.
const MOST_UNDER_WAY: usize = 8;

/// The outbox: see the [module](self).
#[derive(Debug)]
pub struct Outbox;

/// What is used to talk to the outbox.
#[derive(Clone, Debug)]
pub struct OutboxHandle {
    ledger: LedgerHandle,
    controls: mpsc::Sender<Control>,
}

impl Outbox {
    /// Starts delivering as a task of `tracker`. It ends after [`OutboxHandle::stop`], or when the
    /// last handle is dropped.
    pub fn start(
        ledger: LedgerHandle,
        deliver: impl Deliver,
        clock: Clock,
        tracker: &TaskTracker,
    ) -> OutboxHandle {
        let (controls, queued) = mpsc::channel(16);
        tracker.spawn(Task::new(ledger.clone(), deliver, clock, queued).run());
        OutboxHandle { ledger, controls }
    }
}

impl OutboxHandle {
    /// Returns when the ledger is settled, nothing is being delivered and nothing is due now.
    /// Returns at once when the outbox has stopped.
    pub async fn settled(&self) {
        self.ledger.settled().await;
        self.control(Control::Settle).await;
        self.ledger.settled().await;
    }

    /// Finishes the deliveries under way and ends the task. What waits is delivered after the next
    /// start.
    pub async fn stop(&self) {
        self.control(Control::Stop).await;
    }

    async fn control(&self, control: impl Fn(oneshot::Sender<()>) -> Control) {
        let (done, answer) = oneshot::channel();
        let sent = self.controls.send(control(done)).await;
        if sent.is_err() || answer.await.is_err() {
            tracing::debug!("the outbox has stopped");
        }
    }
}
