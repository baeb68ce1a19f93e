//! Tasks that end together, and how long their end is waited for.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end together.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Layer {
    /// Ends its tasks and waits for them until `deadline`.
    pub(super) async fn end(&self, what: &str, deadline: Instant) {
        self.stop.cancel();
        self.tasks.close();
        leave_behind(what, deadline, self.tasks.wait()).await;
    }
}

/// Waits for an end until `deadline`; what is not over by then goes on without anybody.
pub(super) async fn leave_behind(what: &str, deadline: Instant, end: impl Future<Output = ()>) {
    if tokio::time::timeout_at(deadline, end).await.is_err() {
        tracing::warn!(what, "did not end in time; left to the next start");
    }
}
