//! The clock, as far as the page turns it: to an instant, or ahead at a running speed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::Shared;

/// At a running speed the clock is turned this often, in real time.
const STRIDE: Duration = Duration::from_millis(250);
/// The clock is turned at most so far at once. Farther is a slip of the hand.
const FARTHEST: TimeDelta = TimeDelta::days(366);
/// An hour in a second.
const FASTEST: u32 = 3600;

/// How the clock is being turned.
#[derive(Debug, Default)]
pub(super) struct Turning {
    /// Seconds of the simulation per real second, beside what the host's clock does itself.
    speed: AtomicU32,
    /// Held while the clock is turned, so that it is turned by one hand at a time.
    turn: Mutex<()>,
}

impl Turning {
    pub(super) fn speed(&self) -> u32 {
        self.speed.load(Ordering::Relaxed)
    }
}

/// Turns the clock to an instant that is not yet over.
pub(super) async fn turn_to(shared: &Shared, to: DateTime<Utc>) -> anyhow::Result<()> {
    let turn = shared.host.turn_clock.as_ref();
    let turn = turn.context("The clock cannot be turned here.")?;
    let _one_hand = shared.turning.turn.lock().await;
    let now = shared.sim.clock().now();
    ensure!(to >= now, "The clock only goes forward.");
    ensure!(to - now <= FARTHEST, "That is more than a year ahead.");
    turn(to).await;
    shared.sim.tick();
    shared.note();
    Ok(())
}

/// Lets the clock run ahead by itself; 0 lets it be.
pub(super) fn set_speed(shared: &Shared, speed: u32) -> anyhow::Result<()> {
    ensure!(
        shared.host.turn_clock.is_some(),
        "The clock cannot be turned here."
    );
    ensure!(
        speed <= FASTEST,
        "The clock runs at most {FASTEST} times as fast."
    );
    shared.turning.speed.store(speed, Ordering::Relaxed);
    shared.note();
    Ok(())
}

/// Turns the clock at its running speed until the simulation ends.
pub(super) fn run(shared: &Arc<Shared>) {
    if shared.host.turn_clock.is_none() {
        return;
    }
    let shared = Arc::clone(shared);
    let tasks = shared.sim.tasks().clone();
    tasks.spawn(async move {
        let stop = shared.sim.stopped().clone();
        let mut strides = tokio::time::interval(STRIDE);
        strides.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = strides.tick() => {}
            }
            let speed = shared.turning.speed();
            if speed == 0 {
                continue;
            }
            let stride = TimeDelta::from_std(STRIDE).unwrap_or_default();
            let to = shared.sim.clock().now() + stride * i32::try_from(speed).unwrap_or(1);
            if let Err(error) = turn_to(&shared, to).await {
                tracing::warn!(%error, "the clock did not run");
            }
        }
    });
}
