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
//!
//! The release with the fix is the first full one whose tag has the commit that the fixing pull request
//! came in by, asked of GitHub and not guessed from dates: a later release of an older line does not have it.
//! Where GitHub names no commit (somebody closed the issue by hand), it is the first release since, and the
//! thread is told that this is all that is known.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::Bridge;
use super::client::{GitHubError, Looked, MOST_LISTED};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::issue::{BridgeSettings, Comments, CommentsRead, IssueState, Known, Reading};
use crate::ledger::LedgerHandle;
use crate::ledger::bridge::{Change, Denied};
use crate::store::{IssueRow, Store};

/// How long the reader waits when the disk refuses or nothing can be read.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an issue is left alone after it could not be read, and all of them after GitHub failed: a
/// thousand issues ask it no more than one.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(1);

/// How many releases are compared with a fix at one look.
const MOST_COMPARED: usize = 5;

/// How much more seldom an issue is looked at, at most, to which nothing has happened for days.
const MOST_PATIENT: i32 = 12;

/// An issue that is closed and needs no more watching is looked at this much more seldom: it can be
/// reopened.
const CLOSED_IS_QUIET: i32 = 12;

/// What a look came to.
#[derive(Debug, Default)]
struct Look {
    /// The issue, when something about it has changed.
    reading: Option<Reading>,
    etag: Option<String>,
    comments: Option<CommentsRead>,
}

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
    /// Until when nothing is read, because GitHub failed.
    away_until: Option<Timestamp>,
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
            away_until: None,
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
    async fn work(&mut self) -> Option<Option<Timestamp>> {
        let now = self.clock.now();
        let work = match self.store.bridge_work(now).await {
            Ok(work) => work,
            Err(error) => {
                tracing::warn!(%error, "issues are read later");
                return None;
            }
        };
        let away = self.away_until.filter(|until| *until > now);
        let more = !work.issues.is_empty() && away.is_none() || !work.expired.is_empty();
        for draft_id in work.expired {
            let expired = self.ledger.bridge(Change::Expire { draft_id }).await;
            if expired == Err(Denied::NotWritten) {
                return None;
            }
        }
        if let Some(until) = away {
            let next_at = if more { Some(now) } else { work.next_at };
            return Some(Some(next_at.map_or(until, |at| at.min(until))));
        }
        for row in work.issues {
            self.read(row).await?;
            if self.away_until.is_some_and(|until| until > now) {
                break;
            }
        }
        Some(if more { Some(now) } else { work.next_at })
    }

    async fn read(&mut self, row: IssueRow) -> Option<()> {
        let now = self.clock.now();
        let (look, read_at) = match self.look(&row).await {
            Ok(look) => {
                let known = match &look.reading {
                    Some(Reading::There { now }) => now,
                    Some(Reading::Gone) | None => &row.known,
                };
                let read_at = now + pause(&self.bridge.settings, known, now);
                (look, read_at)
            }
            Err(error) => {
                tracing::warn!(issue = %row.known.name, %error, "an issue is read later");
                let pause = match error {
                    GitHubError::Limited(pause) => {
                        TimeDelta::from_std(pause).unwrap_or(AFTER_FAILURE)
                    }
                    _ => AFTER_FAILURE,
                };
                if !matches!(error, GitHubError::Refused(_) | GitHubError::NotInstalled) {
                    self.away_until = Some(now + pause);
                }
                let etag = row.etag.clone();
                (
                    Look {
                        etag,
                        ..Look::default()
                    },
                    now + pause,
                )
            }
        };
        let change = Change::Read {
            issue: row.issue,
            reading: look.reading,
            etag: look.etag,
            comments: look.comments,
            read_at,
            labels: self.bridge.settings.labels_told,
            heard: row.heard,
        };
        match self.ledger.bridge(change).await {
            Err(Denied::NotWritten) => None,
            Ok(_) | Err(_) => Some(()),
        }
    }

    /// What a look shows, with what is known around it: the fix, the release.
    async fn look(&self, row: &IssueRow) -> Result<Look, GitHubError> {
        let client = &self.bridge.client;
        let (mut now, etag) = match client.look(&row.known.name, row.etag.as_deref()).await? {
            Looked::Gone => {
                let reading = Some(Reading::Gone);
                return Ok(Look {
                    reading,
                    ..Look::default()
                });
            }
            Looked::Same => (row.known.clone(), row.etag.clone()),
            Looked::Issue(issue, etag) => {
                let mut now = *issue;
                now.fix.clone_from(&row.known.fix);
                now.released_in.clone_from(&row.known.released_in);
                now.not_in.clone_from(&row.known.not_in);
                (now, etag)
            }
        };
        let newly_closed = now.state != row.known.state;
        match now.state {
            IssueState::Closed { at, .. } if now.is_fixed() => {
                if newly_closed || (etag != row.etag && now.fix.is_none()) {
                    now.fix = client.find_fix(&now.name, at).await?;
                    now.released_in = None;
                    now.not_in.clear();
                }
                if now.released_in.is_none() {
                    self.find_release(&mut now, at).await?;
                }
            }
            _ => {
                now.fix = None;
                now.released_in = None;
                now.not_in.clear();
            }
        }
        let wanted = self.bridge.settings.comments != Comments::Off;
        let comments = if wanted && etag != row.etag {
            Some(self.read_comments(row, &now).await?)
        } else {
            None
        };
        let same = now == row.known;
        let now = Box::new(now);
        Ok(Look {
            reading: (!same).then_some(Reading::There { now }),
            etag,
            comments,
        })
    }

    /// What is new among the comments of an issue, and which of those that were told are no longer there.
    /// What was said before a thread hung on it is not told, also not when it is edited.
    async fn read_comments(
        &self,
        row: &IssueRow,
        now: &Known,
    ) -> Result<CommentsRead, GitHubError> {
        let mut read = CommentsRead {
            up_to: now.updated_at,
            before: Vec::new(),
            said: Vec::new(),
            gone: Vec::new(),
        };
        let client = &self.bridge.client;
        let whose = self.bridge.settings.comments;
        let Some(since) = row.comments_at else {
            if now.comments > 0 {
                let all = client.list_comments(&now.name, None).await?.into_iter();
                read.before = all.filter_map(|comment| comment.told(whose)).collect();
            }
            return Ok(read);
        };
        let changed = client.list_comments(&now.name, Some(since)).await?;
        let newest = changed.iter().map(|comment| comment.updated_at).max();
        read.up_to = read.up_to.max(newest.unwrap_or(read.up_to));
        let new = changed.iter().filter(|comment| comment.created_at > since);
        let fewer = now.comments < row.known.comments + new.count() as u64;
        read.said = changed
            .into_iter()
            .filter_map(|comment| comment.told(whose))
            .collect();
        if fewer && now.comments <= MOST_LISTED {
            let Ok(told) = self.store.list_comments(row.issue).await else {
                return Err(GitHubError::Lost("our own list of comments cannot be read"));
            };
            let there = client.list_comments(&now.name, None).await?;
            let there: BTreeSet<u64> = there.iter().map(|comment| comment.id).collect();
            read.gone = told.difference(&there).copied().collect();
        }
        Ok(read)
    }

    /// The first full release that has the fix. Where the commit is not known, the first one since.
    async fn find_release(
        &self,
        known: &mut Known,
        closed_at: Timestamp,
    ) -> Result<(), GitHubError> {
        let client = &self.bridge.client;
        let fix = known.fix.clone();
        let fixed_in = fix.as_ref().and_then(|fix| fix.by.as_ref());
        let repository = fixed_in
            .map_or(&known.name.repository, |by| &by.repository)
            .clone();
        let since = fix.as_ref().map_or(closed_at, |fix| fix.at);
        let releases = match client.list_releases(&repository, since).await {
            Ok(releases) => releases,
            // Without a look at the contents there are no releases for us.
            Err(GitHubError::Refused(_) | GitHubError::NotInstalled) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(commit) = fix.and_then(|fix| fix.commit) else {
            known.released_in = releases.into_iter().next();
            return Ok(());
        };
        // What is no longer in the list is not asked for again.
        known.not_in.retain(|tag| releases.contains(tag));
        let new = releases
            .into_iter()
            .filter(|tag| !known.not_in.contains(tag));
        for tag in new.collect::<Vec<_>>().into_iter().take(MOST_COMPARED) {
            if client.contains(&repository, &tag, &commit).await? {
                known.released_in = Some(tag);
                return Ok(());
            }
            known.not_in.push(tag);
        }
        Ok(())
    }
}

/// How long until an issue is looked at again: with each day on which nothing happened to it longer.
fn pause(settings: &BridgeSettings, known: &Known, now: Timestamp) -> TimeDelta {
    let settled = match known.state {
        IssueState::Open | IssueState::Gone => false,
        IssueState::Closed { .. } => !known.is_fixed() || known.released_in.is_some(),
    };
    if settled {
        return settings.poll * CLOSED_IS_QUIET;
    }
    let days = i32::try_from((now - known.updated_at).num_days()).unwrap_or(MOST_PATIENT);
    settings.poll * (1 + days).clamp(1, MOST_PATIENT)
}

/// Answers whoever waits; that nobody does any more is no error.
fn tell(to: oneshot::Sender<()>) {
    if to.send(()).is_err() {
        tracing::debug!("whoever asked has not waited for the answer");
    }
}
