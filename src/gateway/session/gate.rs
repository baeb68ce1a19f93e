//! When an IDENTIFY may go is for us to say, not for twilight.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use twilight_gateway::queue::Queue;

/// Holds back twilight's IDENTIFY until [`Gate::open`].
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<Mutex<Option<oneshot::Sender<()>>>>);

impl Queue for Gate {
    fn enqueue(&self, _: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }
}

impl Gate {
    pub(super) fn is_asked(&self) -> bool {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().is_some_and(|s| !s.is_closed())
    }

    pub(super) fn open(&self) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if sender.is_some_and(|s| s.send(()).is_err()) {
            tracing::debug!("the connection was gone before it could identify");
        }
    }
}
