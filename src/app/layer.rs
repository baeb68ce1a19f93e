//! Tasks that end together, how long their end is waited for, and which must not end before.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end together.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) stop: CancellationToken,
    /// Those that come and go.
    pub(super) tasks: TaskTracker,
    /// Those without which the bot is none: each is alone in its tracker, by what it does.
    lasting: Vec<(&'static str, TaskTracker)>,
}

impl Layer {
    /// Where the one task is to be spawned that does this as long as the bot runs.
    pub(super) fn lasting(&mut self, what: &'static str) -> TaskTracker {
        let tracker = TaskTracker::new();
        tracker.close();
        self.lasting.push((what, tracker.clone()));
        tracker
    }

    /// Returns when a lasting task has ended, whether it returned or panicked, with what it did.
    pub(super) async fn broken(&self) -> &'static str {
        let ends = self.lasting.iter().map(async |(what, task)| {
            task.wait().await;
            *what
        });
        let mut ends: FuturesUnordered<_> = ends.collect();
        match ends.next().await {
            Some(what) => what,
            None => std::future::pending().await,
        }
    }

    /// Returns when all its tasks have ended.
    pub(super) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        for (_, task) in &self.lasting {
            task.wait().await;
        }
    }

    /// Ends its tasks and waits for them until `deadline`.
    pub(super) async fn end(&self, what: &str, deadline: Instant) {
        self.stop.cancel();
        leave_behind(what, deadline, self.ended()).await;
    }
}

/// Waits for an end until `deadline`; what is not over by then goes on without anybody.
pub(super) async fn leave_behind(what: &str, deadline: Instant, end: impl Future<Output = ()>) {
    if tokio::time::timeout_at(deadline, end).await.is_err() {
        tracing::warn!(what, "did not end in time; left to the next start");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_lasting_task_that_ends_is_missed_whether_it_panics_or_returns() {
        for panics in [true, false] {
            let mut layer = Layer::default();
            let stop = layer.stop.clone();
            layer.lasting("goes on").spawn(stop.cancelled_owned());
            layer.lasting("ends").spawn(async move { assert!(!panics) });
            layer.tasks.spawn(async {});
            assert_eq!(layer.broken().await, "ends");
            let soon = Instant::now() + Duration::from_secs(20);
            layer.end("the test", soon).await;
            assert!(Instant::now() < soon);
        }
    }
}
