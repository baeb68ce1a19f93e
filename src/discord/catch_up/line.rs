//! The line on which catch-up is asked to do something, and how far it has come.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use super::errand::Errand;

/// The asking end. Clones are the same line.
#[derive(Clone, Debug)]
pub struct Errands {
    sender: UnboundedSender<Errand>,
    asked: watch::Sender<u64>,
    done: watch::Receiver<u64>,
}

/// The other end, which catch-up holds.
#[derive(Debug)]
pub struct Inbox {
    receiver: UnboundedReceiver<Errand>,
    /// How many errands were heard, the first comparison of every start among them.
    heard: u64,
    done: watch::Sender<u64>,
}

/// How far catch-up has come.
#[derive(Clone, Debug)]
pub struct Progress {
    asked: watch::Receiver<u64>,
    done: watch::Receiver<u64>,
}

/// Catch-up has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended;

/// Makes a line.
pub fn errands() -> (Errands, Inbox) {
    // Without a bound, because intake must never wait for it: it is bounded by what can be asked,
    // each guild and each thread once, and is emptied between two requests.
    let (sender, receiver) = mpsc::unbounded_channel();
    let done = watch::Sender::new(0);
    let errands = Errands {
        sender,
        // Every start begins with a comparison that nobody has to ask for.
        asked: watch::Sender::new(1),
        done: done.subscribe(),
    };
    let inbox = Inbox {
        receiver,
        heard: 1,
        done,
    };
    (errands, inbox)
}

impl Errands {
    /// Asks.
    ///
    /// # Errors
    /// [`Ended`] when nobody is left to do it.
    pub fn send(&self, errand: Errand) -> Result<(), Ended> {
        self.asked.send_modify(|asked| *asked += 1);
        self.sender.send(errand).map_err(|_| Ended)
    }

    /// How far catch-up has come, from now on.
    pub fn progress(&self) -> Progress {
        Progress {
            asked: self.asked.subscribe(),
            done: self.done.clone(),
        }
    }
}

impl Inbox {
    /// The next errand; `None` when nobody can ask any more. Cancel-safe.
    pub(in crate::discord) async fn recv(&mut self) -> Option<Errand> {
        let errand = self.receiver.recv().await?;
        self.heard += 1;
        Some(errand)
    }

    /// The next errand, if one is there.
    pub(super) fn try_recv(&mut self) -> Option<Errand> {
        let errand = self.receiver.try_recv().ok()?;
        self.heard += 1;
        Some(errand)
    }

    /// Notes that everything heard is done.
    pub(super) fn done(&self) {
        self.done.send_if_modified(|done| {
            let changed = *done != self.heard;
            *done = self.heard;
            changed
        });
    }
}

impl Progress {
    /// Returns when everything that was asked is done, or catch-up has ended.
    pub async fn idle(&self) {
        let mut done = self.done.clone();
        loop {
            let asked = *self.asked.borrow();
            if done.wait_for(|done| *done >= asked).await.is_err() || *self.asked.borrow() == asked
            {
                return;
            }
        }
    }
}
