//! The task that leases and delivers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};

use super::parcel::{Deliver, Failure, MOST_ATTEMPTS, Parcel, Retry};
use super::{JITTER_PERCENT, MOST_UNDER_WAY, PAUSES};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::ledger::{LedgerHandle, Room, Setback, Stopped};

/// How long the outbox waits after it could not lease, because the disk refuses.
const DISK_PAUSE: Duration = Duration::from_secs(1);

/// As how many attempts those count that found the other side away: after them two are left, so that one
/// which ends the process does not make a dead letter.
const COUNTED_AWAY: u32 = MOST_ATTEMPTS - 2;

/// What the task is told.
#[derive(Debug)]
pub(super) enum Control {
    /// Say when nothing is under way or due.
    Settle(oneshot::Sender<()>),
    /// End after what is under way.
    Stop(oneshot::Sender<()>),
}

/// See the [module](self).
pub(super) struct Task<D> {
    ledger: LedgerHandle,
    deliver: Arc<D>,
    clock: Clock,
    controls: mpsc::Receiver<Control>,
    under_way: JoinSet<Result<(), Stopped>>,
    /// What each delivery delivers, and in which lane.
    parcels: HashMap<Id, (String, Parcel)>,
    settling: Vec<oneshot::Sender<()>>,
    stopping: Option<oneshot::Sender<()>>,
}

/// What to do next.
enum Next {
    /// There may be something to lease.
    Lease,
    /// Nothing more is done.
    End,
}

impl<D: Deliver> Task<D> {
    pub(super) fn new(
        ledger: LedgerHandle,
        deliver: D,
        clock: Clock,
        controls: mpsc::Receiver<Control>,
    ) -> Self {
        Self {
            ledger,
            deliver: Arc::new(deliver),
            clock,
            controls,
            under_way: JoinSet::new(),
            parcels: HashMap::new(),
            settling: Vec::new(),
            stopping: None,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let room = MOST_UNDER_WAY.saturating_sub(self.under_way.len());
            let leased_at = self.clock.now();
            let next_at = match u32::try_from(room) {
                Ok(room) if room > 0 => self.lease(room).await,
                _ => None,
            };
            if self.under_way.is_empty() && next_at.is_none_or(|at| at > self.clock.now()) {
                for settled in self.settling.drain(..) {
                    tell(settled);
                }
            }
            if let Next::End = self.wait(next_at, leased_at).await {
                break;
            }
        }
        while let Some(ended) = self.under_way.join_next_with_id().await {
            self.ended(ended).await;
        }
        if let Some(stopped) = self.stopping {
            tell(stopped);
        }
    }

    /// Starts what may be delivered now. The instant at which more may be.
    async fn lease(&mut self, parcels: u32) -> Option<Timestamp> {
        let lanes = self.parcels.values().map(|(lane, _)| lane.clone());
        let room = Room {
            busy: lanes.collect(),
            parcels,
        };
        let Some(lease) = self.ledger.lease(room).await else {
            // The disk refuses, or the ledger has ended; in both cases there is no hurry.
            tokio::time::sleep(DISK_PAUSE).await;
            return Some(self.clock.now());
        };
        for (lane, parcel) in lease.parcels {
            let (ledger, deliver) = (self.ledger.clone(), Arc::clone(&self.deliver));
            let clock = self.clock.clone();
            let taken = parcel.clone();
            let task = self.under_way.spawn(async move {
                match deliver.deliver(&taken).await {
                    Ok(receipt) => ledger.delivered(taken, receipt).await,
                    Err(failure) => {
                        let setback = setback(&taken, failure, clock.now());
                        ledger.failed(setback).await
                    }
                }
            });
            self.parcels.insert(task.id(), (lane, parcel));
        }
        lease.next_at
    }

    /// Waits until there may be something to lease: also where a clock that was set back would make
    /// what waits wait longer.
    async fn wait(&mut self, next_at: Option<Timestamp>, leased_at: Timestamp) -> Next {
        let clock = self.clock.clone();
        let due = async {
            match next_at {
                Some(at) => tokio::select! {
                    () = clock.sleep_until(at) => {}
                    () = clock.set_back(leased_at) => {}
                },
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(ended) = self.under_way.join_next_with_id() => {
                self.ended(ended).await;
                Next::Lease
            }
            control = self.controls.recv() => match control {
                Some(Control::Settle(done)) => {
                    self.settling.push(done);
                    Next::Lease
                }
                Some(Control::Stop(done)) => {
                    self.stopping = Some(done);
                    Next::End
                }
                None => Next::End,
            },
            () = self.ledger.ordered() => Next::Lease,
            () = due => Next::Lease,
        }
    }

    /// A delivery has ended and was reported, or it has panicked and is reported now.
    async fn ended(&mut self, ended: Result<(Id, Result<(), Stopped>), JoinError>) {
        let reported = match ended {
            Ok((id, reported)) => {
                self.parcels.remove(&id);
                reported
            }
            Err(error) => {
                tracing::error!(%error, "a delivery has panicked");
                let Some((_, parcel)) = self.parcels.remove(&error.id()) else {
                    return;
                };
                let failure = Failure {
                    reason: "the delivery ended unexpectedly".to_owned(),
                    retry: Retry::Backoff,
                    uncertain: true,
                };
                let setback = setback(&parcel, failure, self.clock.now());
                self.ledger.failed(setback).await
            }
        };
        if reported.is_err() {
            tracing::warn!(
                "a delivery could not be recorded: it is looked for after the next start"
            );
        }
    }
}

/// What a failure means for the parcel: when it is tried again, or that it is given up.
fn setback(parcel: &Parcel, failure: Failure, now: Timestamp) -> Setback {
    let before = parcel.items.iter().map(|item| item.attempts).max();
    let attempts = before.unwrap_or_default().saturating_add(1);
    let counts = attempts < MOST_ATTEMPTS;
    let pause = match failure.retry {
        Retry::Never => None,
        Retry::After(pause) => counts.then_some(pause),
        Retry::Backoff => counts.then(|| pause(attempts)),
        Retry::Away(told) => Some(told.unwrap_or_else(|| pause(attempts))),
    };
    let retry_at = pause.map(|pause| {
        let pause = chrono::TimeDelta::from_std(pause).unwrap_or(chrono::TimeDelta::MAX);
        now.checked_add_signed(pause).unwrap_or(Timestamp::MAX_UTC)
    });
    if retry_at.is_none() {
        let parcel = parcel.parcel_id;
        tracing::error!(parcel, attempts, reason = %failure.reason, "given up: see `sameday outbox`");
    }
    Setback {
        parcel_id: parcel.parcel_id,
        retry_at,
        reason: failure.reason,
        uncertain: failure.uncertain,
        most_counted: match failure.retry {
            Retry::Away(_) => COUNTED_AWAY,
            _ => MOST_ATTEMPTS,
        },
    }
}

/// The pause after so many attempts, with jitter.
fn pause(attempts: u32) -> Duration {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = PAUSES.get(place).or(PAUSES.last()).copied();
    let millis = pause.unwrap_or_default().as_millis();
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let percent = fastrand::u64(100 - JITTER_PERCENT..=100 + JITTER_PERCENT);
    Duration::from_millis(millis.saturating_mul(percent) / 100)
}

/// Answers whoever waits; that nobody does any more is no error.
fn tell(to: oneshot::Sender<()>) {
    if to.send(()).is_err() {
        tracing::debug!("whoever asked has not waited for the answer");
    }
}
