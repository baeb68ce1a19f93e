//! Reads the issues that threads hang on, each when its time comes, and lets drafts expire.
//!
//! ```text
//! a webhook's commit ──┐
//! the next reading ────┼─> what is due ─> look (conditionally) ─> fix, release ─> ledger
//! a draft's end ───────┘
//! ```
//!
//! An issue that nobody heard of is looked at every [`BridgeSettings::poll`], and less often the longer
//! nothing happens to it; one that is the same costs nothing of GitHub's limit. When GitHub does not answer,
//! nothing is decided and the issue is looked at later.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::Bridge;
use super::client::{GitHubError, Looked};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::issue::{BridgeSettings, IssueState, Known, Reading};
use crate::ledger::LedgerHandle;
use crate::ledger::bridge::{Change, Denied};
use crate::store::{IssueRow, Store};

/// How long the reader waits when the disk refuses or nothing can be read.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an issue is left alone after GitHub failed.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(1);

/// An issue that is closed and needs no more watching is looked at this much more seldom: it can be
/// reopened.
const CLOSED_IS_QUIET: i32 = 12;

/// See the [module](self).
#[derive(Debug)]
pub struct Reader;

/// What is used to talk to the reader.
#[derive(Clone, Debug)]
pub struct ReaderHandle {
    controls: mpsc::Sender<Control>,
}

#[derive(Debug)]
enum Control {
    Settle(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

struct Task {
    bridge: Bridge,
    store: Store,
    ledger: LedgerHandle,
    clock: Clock,
    controls: mpsc::Receiver<Control>,
}

impl Reader {
    /// Starts reading as a task of `tracker`. It ends after [`ReaderHandle::stop`].
    pub fn start(
        bridge: Bridge,
        store: Store,
        ledger: LedgerHandle,
        clock: Clock,
        tracker: &TaskTracker,
    ) -> ReaderHandle {
        let (controls, queued) = mpsc::channel(16);
        let task = Task {
            bridge,
            store,
            ledger,
            clock,
            controls: queued,
        };
        tracker.spawn(task.run());
        ReaderHandle { controls }
    }
}

impl ReaderHandle {
    /// Returns when nothing is due now.
    pub async fn settled(&self) {
        self.control(Control::Settle).await;
    }

    /// Ends the task after what is under way.
    pub async fn stop(&self) {
        self.control(Control::Stop).await;
    }

    async fn control(&self, control: impl Fn(oneshot::Sender<()>) -> Control) {
        let (done, answer) = oneshot::channel();
        if self.controls.send(control(done)).await.is_err() || answer.await.is_err() {
            tracing::debug!("the reader has stopped");
        }
    }
}

impl Task {
    async fn run(mut self) {
        let mut settling: Vec<oneshot::Sender<()>> = Vec::new();
        loop {
            let next_at = if let Some(next_at) = self.work().await {
                next_at
            } else {
                tokio::time::sleep(PAUSE).await;
                Some(self.clock.now())
            };
            if next_at.is_none_or(|at| at > self.clock.now()) {
                settling.drain(..).for_each(tell);
            }
            let clock = self.clock.clone();
            let due = async {
                match next_at {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                control = self.controls.recv() => match control {
                    Some(Control::Settle(done)) => settling.push(done),
                    Some(Control::Stop(done)) => {
                        tell(done);
                        break;
                    }
                    None => break,
                },
                () = self.ledger.bridged() => {}
                () = due => {}
            }
        }
        settling.into_iter().for_each(tell);
    }

    /// Does what is due. The instant at which more will be; `None` when the store does not answer.
    async fn work(&self) -> Option<Option<Timestamp>> {
        let now = self.clock.now();
        let work = match self.store.bridge_work(now).await {
            Ok(work) => work,
            Err(error) => {
                tracing::warn!(%error, "issues are read later");
                return None;
            }
        };
        let more = !work.issues.is_empty() || !work.expired.is_empty();
        for draft_id in work.expired {
            let expired = self.ledger.bridge(Change::Expire { draft_id }).await;
            if expired == Err(Denied::NotWritten) {
                return None;
            }
        }
        for row in work.issues {
            self.read(row).await?;
        }
        Some(if more { Some(now) } else { work.next_at })
    }

    async fn read(&self, row: IssueRow) -> Option<()> {
        let now = self.clock.now();
        let (reading, etag, read_at) = match self.look(&row).await {
            Ok((reading, etag)) => {
                let known = match &reading {
                    Some(Reading::There { now }) => now,
                    Some(Reading::Gone) | None => &row.known,
                };
                let read_at = now + pause(&self.bridge.settings, known);
                (reading, etag, read_at)
            }
            Err(error) => {
                tracing::warn!(issue = %row.known.name, %error, "an issue is read later");
                let pause = match error {
                    GitHubError::Limited(pause) => {
                        TimeDelta::from_std(pause).unwrap_or(AFTER_FAILURE)
                    }
                    _ => AFTER_FAILURE,
                };
                (None, row.etag.clone(), now + pause)
            }
        };
        let change = Change::Read {
            issue: row.issue,
            reading: reading.map(Box::new),
            etag,
            read_at,
            labels: self.bridge.settings.labels_told,
        };
        match self.ledger.bridge(change).await {
            Err(Denied::NotWritten) => None,
            Ok(_) | Err(_) => Some(()),
        }
    }

    /// What a look shows, with what is known around it: the fix, the release.
    async fn look(&self, row: &IssueRow) -> Result<(Option<Reading>, Option<String>), GitHubError> {
        let client = &self.bridge.client;
        let (mut now, etag) = match client.look(&row.known.name, row.etag.as_deref()).await? {
            Looked::Gone => return Ok((Some(Reading::Gone), None)),
            Looked::Same => (row.known.clone(), row.etag.clone()),
            Looked::Issue(issue, etag) => {
                let mut now = *issue;
                now.fixed_by.clone_from(&row.known.fixed_by);
                now.released_in.clone_from(&row.known.released_in);
                (now, etag)
            }
        };
        if let IssueState::Closed { at, .. } = now.state
            && now.is_fixed()
        {
            let as_before = row.known.state == now.state;
            if now.fixed_by.is_none() && !as_before {
                now.fixed_by = client.find_fix(&now.name).await?;
            }
            if now.released_in.is_none() || !as_before {
                now.released_in = match client.find_release(&now.name.repository, at).await {
                    Ok(found) => found,
                    // Without a look at the contents there are no releases for us.
                    Err(GitHubError::Refused(_)) => None,
                    Err(error) => return Err(error),
                };
            }
        } else {
            now.fixed_by = None;
            now.released_in = None;
        }
        let same = now == row.known;
        Ok(((!same).then_some(Reading::There { now }), etag))
    }
}

/// How long until an issue is looked at again.
fn pause(settings: &BridgeSettings, known: &Known) -> TimeDelta {
    let settled = match known.state {
        IssueState::Open | IssueState::Gone => false,
        IssueState::Closed { .. } => !known.is_fixed() || known.released_in.is_some(),
    };
    if settled {
        settings.poll * CLOSED_IS_QUIET
    } else {
        settings.poll
    }
}

/// Answers whoever waits; that nobody does any more is no error.
fn tell(to: oneshot::Sender<()>) {
    if to.send(()).is_err() {
        tracing::debug!("whoever asked has not waited for the answer");
    }
}
