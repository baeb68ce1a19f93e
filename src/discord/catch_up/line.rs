//! The line on which catch-up is asked to do something, and how far it has come.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use super::errand::Errand;
use crate::domain::Timestamp;

/// The asking end. Clones are the same line.
#[derive(Clone, Debug)]
pub struct Errands {
    sender: UnboundedSender<Errand>,
    asked: watch::Sender<u64>,
    done: watch::Receiver<u64>,
    next_try: watch::Receiver<Option<Timestamp>>,
}

/// The other end, which catch-up holds.
#[derive(Debug)]
pub struct Inbox {
    receiver: UnboundedReceiver<Errand>,
    /// The number of the last errand heard; with several shards, how far a count of them has come.
    heard: u64,
    done: watch::Sender<u64>,
    next_try: watch::Sender<Option<Timestamp>>,
}

/// How far catch-up has come.
#[derive(Clone, Debug)]
pub struct Progress {
    asked: watch::Receiver<u64>,
    done: watch::Receiver<u64>,
    next_try: watch::Receiver<Option<Timestamp>>,
}

/// Catch-up has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended;

/// Makes a line. Errands are numbered, from the one after `last` on, over all processes.
pub fn errands(last: u64) -> (Errands, Inbox) {
    // Every start begins with a question that nobody has to ask: was something missed?
    let first = last.saturating_add(1);
    // Without a bound, because intake must never wait for it: it holds what is asked during one round,
    // about as much as happens to threads meanwhile, and is emptied after it.
    let (sender, receiver) = mpsc::unbounded_channel();
    let (done, next_try) = (watch::Sender::new(last), watch::Sender::new(None));
    let errands = Errands {
        sender,
        asked: watch::Sender::new(first),
        done: done.subscribe(),
        next_try: next_try.subscribe(),
    };
    let inbox = Inbox {
        receiver,
        heard: first,
        done,
        next_try,
    };
    (errands, inbox)
}

impl Errands {
    /// Asks.
    ///
    /// # Errors
    /// [`Ended`] when nobody is left to do it.
    pub fn send(&self, errand: Errand) -> Result<(), Ended> {
        self.announce(1);
        self.send_announced(errand)
    }

    /// Numbers errands that will be sent. The last number.
    pub(in crate::discord) fn announce(&self, errands: usize) -> u64 {
        let more = u64::try_from(errands).unwrap_or(u64::MAX);
        let mut last = 0;
        self.asked.send_modify(|asked| {
            *asked = asked.saturating_add(more);
            last = *asked;
        });
        last
    }

    /// Asks for what was announced.
    pub(in crate::discord) fn send_announced(&self, errand: Errand) -> Result<(), Ended> {
        self.sender.send(errand).map_err(|_| Ended)
    }

    /// How far catch-up has come, from now on.
    pub fn progress(&self) -> Progress {
        Progress {
            asked: self.asked.subscribe(),
            done: self.done.clone(),
            next_try: self.next_try.clone(),
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

    /// The number up to which errands were heard.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// Notes when something is tried again that nobody has to ask for.
    pub(super) fn tries_again_at(&self, at: Option<Timestamp>) {
        self.next_try.send_replace(at);
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
    /// Returns when everything that was asked is done and nothing is to be tried again at `now`, or
    /// catch-up has ended.
    pub async fn idle(&self, now: Timestamp) {
        let mut next_try = self.next_try.clone();
        let mut done = self.done.clone();
        loop {
            let asked = *self.asked.borrow();
            if done.wait_for(|done| *done >= asked).await.is_err() || *self.asked.borrow() == asked
            {
                break;
            }
        }
        // Ended, when it fails.
        drop(next_try.wait_for(|at| at.is_none_or(|at| at > now)).await);
    }
}
