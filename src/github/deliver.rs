//! Drafts become issues, each once; threads are counted in a comment.
//!
//! A draft that may have arrived is looked for before it is tried again: by its mark, in the list
//! of the repository's newest issues. GitHub works on a request for ten seconds at most, also for one whose
//! answer nobody waits for any more; so "not there" counts only when it is seen `SETTLES` after the
//! first look.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::Bridge;
use super::client::GitHubError;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::{MessageId, ThreadId, TicketId};
use crate::domain::issue::file::Attached;
use crate::domain::issue::{Consent, DraftId, DraftState, IssueId, IssueName, Known};
use crate::ledger::LedgerHandle;
use crate::ledger::bridge::{Change, Denied};
use crate::outbox::parcel::{Failure, MOST_ATTEMPTS, Notice, Parcel, Receipt, Retry};
use crate::store::{DraftRow, ReplyRow, Store, TicketRow};
use crate::text::issue::body::{Part, reply, without};
use crate::text::{self, issue as words};

/// After how long a request that went out earlier has had its effect, if it ever has one.
const SETTLES: Duration = Duration::from_secs(15);

/// How far GitHub's clock may be behind ours when the list is asked for what is new.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::hours(1);

/// How often threads are counted in a comment, at most.
const COUNTED_EVERY: TimeDelta = TimeDelta::days(1);

/// Delivers to GitHub.
#[derive(Debug)]
pub struct GitHubDelivery {
    bridge: Bridge,
    store: Store,
    ledger: LedgerHandle,
    clock: Clock,
    /// When a parcel that may have arrived was first looked for and not found.
    looked: Mutex<HashMap<i64, Timestamp>>,
}

impl GitHubDelivery {
    /// Delivers over this bridge.
    pub fn new(bridge: Bridge, store: Store, ledger: LedgerHandle, clock: Clock) -> Self {
        Self {
            bridge,
            store,
            ledger,
            clock,
            looked: Mutex::default(),
        }
    }

    /// Opens the issue of a draft.
    pub async fn open(&self, parcel: &Parcel, draft_id: DraftId) -> Result<Receipt, Failure> {
        let found = self
            .store
            .find_draft(draft_id)
            .await
            .map_err(|error| ours(&error))?;
        let Some(row) = found.filter(|row| row.state == DraftState::Ordered) else {
            // It is there already, or nobody wants it any more.
            return Ok(nothing(parcel));
        };
        let draft = &row.draft;
        let opened = if parcel.uncertain {
            self.find(parcel, &draft.repository, &draft.marker()).await
        } else {
            Ok(None)
        };
        let opened = match opened {
            Ok(Some(known)) => Ok(known),
            Ok(None) => {
                let body = self.body(&row).await?;
                let (title, labels) = (&draft.title, &draft.labels);
                let client = &self.bridge.client;
                let opened = client
                    .open_issue(&draft.repository, title, &body, labels)
                    .await;
                opened.map_err(|error| failed(&error))
            }
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(known) => self.record(parcel, draft_id, known).await,
            Err(failure) => {
                self.tell(parcel, draft_id, &failure).await;
                Err(failure.into())
            }
        }
    }

    /// The text of an issue, in which the files that did not come are named.
    async fn body(&self, row: &DraftRow) -> Result<String, Failure> {
        let kept = self.store.list_files(row.ticket).await;
        let kept = kept.map_err(|error| ours(&error))?;
        let is_kept = |file: &&Attached| file.key().is_some_and(|key| kept.get(key) == Some(&true));
        let mut body = row.draft.body.clone();
        for file in row.draft.files.iter().filter(|file| !is_kept(file)) {
            let there = text::message_link(row.guild, ThreadId(file.channel.0), file.message);
            body = without(&body, file, &there);
        }
        Ok(row.draft.marked(&body))
    }

    /// Looks for what an earlier try may have made. `None`: it certainly made nothing.
    async fn find(
        &self,
        parcel: &Parcel,
        repository: &str,
        mark: &str,
    ) -> Result<Option<Known>, Failed> {
        let now = self.clock.now();
        // A draft lives for some days at most.
        let since = now - TimeDelta::days(7) - CLOCKS_DIFFER;
        let found = self
            .bridge
            .client
            .find_marked(repository, mark, since)
            .await;
        if let Some(known) = found.map_err(|error| failed(&error))? {
            return Ok(Some(known));
        }
        let first = *self.looked().entry(parcel.parcel_id).or_insert(now);
        let settled = (now - first).to_std().unwrap_or_default();
        match SETTLES.checked_sub(settled).filter(|left| !left.is_zero()) {
            Some(left) => Err(Failed {
                reason: "an earlier try may still arrive at GitHub".to_owned(),
                retry: Retry::After(left),
                uncertain: true,
                status: None,
                unauthorized: false,
            }),
            None => Ok(None),
        }
    }

    async fn record(
        &self,
        parcel: &Parcel,
        draft_id: DraftId,
        known: Known,
    ) -> Result<Receipt, Failure> {
        let tell = self.bridge.settings.consent != Consent::Off;
        let change = Change::Opened {
            draft_id,
            known: Box::new(known),
            tell,
        };
        match self.ledger.bridge(change).await {
            Ok(_) | Err(Denied::NoDraft) => {
                self.looked().remove(&parcel.parcel_id);
                Ok(done())
            }
            Err(denied) => Err(Failure {
                reason: denied.to_string(),
                retry: Retry::Backoff,
                uncertain: true,
            }),
        }
    }

    /// The thread is told that it waits, or that it was refused or given up; each once.
    async fn tell(&self, parcel: &Parcel, draft_id: DraftId, failed: &Failed) {
        let attempts = parcel.items.iter().map(|item| item.attempts).max();
        let last = attempts.unwrap_or_default() + 1 >= MOST_ATTEMPTS;
        let status = failed.status;
        let change = match failed.retry {
            Retry::Never => Change::Refused { draft_id, status },
            Retry::Backoff | Retry::After(_) if last => Change::Refused {
                draft_id,
                status: None,
            },
            Retry::After(left) if left <= SETTLES => return, // it is only being careful
            Retry::Backoff | Retry::After(_) => Change::Delayed { draft_id },
        };
        if matches!(change, Change::Refused { .. }) {
            self.looked().remove(&parcel.parcel_id);
        }
        if failed.unauthorized
            && let Some(guild) = parcel.items.first().map(|item| item.guild)
        {
            let sentence = words::UNAUTHORIZED.to_owned();
            if let Err(stopped) = self
                .ledger
                .order_notice(guild, Notice::Trouble { sentence })
                .await
            {
                tracing::debug!(%stopped, "the moderators are told after the next start");
            }
        }
        if let Err(denied) = self.ledger.bridge(change).await {
            tracing::debug!(%denied, "the thread was told before");
        }
    }

    /// Says a message of a ticket's thread on its issue. `said` is what it says; `None` when it is gone.
    pub async fn reply(
        &self,
        parcel: &Parcel,
        ticket: TicketId,
        message: MessageId,
        said: Option<Part>,
    ) -> Result<Receipt, Failure> {
        let linked = self.store.find_issue_of(ticket).await;
        let linked = linked.map_err(|error| ours(&error))?;
        let (row, known) = self.known(ticket, message).await?;
        let waits = known.filter(|reply| reply.said.is_none());
        let (Some(issue), Some(part), Some(reply)) = (linked, said, waits) else {
            return Ok(nothing(parcel));
        };
        let name = &issue.known.name;
        let (mark, body) = as_comment(&row, message, &part, &reply);
        let comment = self
            .say(parcel, name, &mark, &body, message.instant())
            .await?;
        self.written(Change::Replied {
            ticket,
            message,
            repository: name.repository.clone(),
            comment,
        })
        .await
    }

    /// The ticket, and what is known of a message of its thread that goes to its issue.
    async fn known(
        &self,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<(TicketRow, Option<ReplyRow>), Failure> {
        let row = self.store.load_ticket(ticket).await;
        let known = self.store.find_reply(message).await;
        Ok((
            row.map_err(|error| ours(&error))?,
            known.map_err(|error| ours(&error))?,
        ))
    }

    /// Says a message anew where it was said: it was edited. Doing so twice is as good as once.
    pub async fn revise(
        &self,
        parcel: &Parcel,
        ticket: TicketId,
        message: MessageId,
        said: Option<Part>,
    ) -> Result<Receipt, Failure> {
        let (row, known) = self.known(ticket, message).await?;
        let (Some(reply), Some(part)) = (known, said) else {
            return Ok(nothing(parcel));
        };
        let Some((repository, comment)) = &reply.said else {
            return Ok(nothing(parcel));
        };
        let (_, body) = as_comment(&row, message, &part, &reply);
        let client = &self.bridge.client;
        let edited = client.edit_comment(repository, *comment, &body).await;
        edited.map_err(|error| Failure::from(failed(&error)))?;
        Ok(done())
    }

    /// Takes back what was said: its message was deleted.
    pub async fn take_back(&self, repository: &str, comment: u64) -> Result<Receipt, Failure> {
        let deleted = self.bridge.client.delete_comment(repository, comment).await;
        deleted.map_err(|error| Failure::from(failed(&error)))?;
        Ok(done())
    }

    /// Comments an issue, once: what an earlier try may have said is looked for by its mark.
    async fn say(
        &self,
        parcel: &Parcel,
        name: &IssueName,
        mark: &str,
        body: &str,
        since: Timestamp,
    ) -> Result<u64, Failure> {
        let client = &self.bridge.client;
        if parcel.uncertain {
            let found = client.find_comment(name, mark, since - CLOCKS_DIFFER).await;
            if let Some(comment) = found.map_err(|error| Failure::from(failed(&error)))? {
                return Ok(comment);
            }
        }
        let said = client.comment(name, body).await;
        said.map_err(|error| failed(&error).into())
    }

    /// Writes down what was done.
    async fn written(&self, change: Change) -> Result<Receipt, Failure> {
        match self.ledger.bridge(change).await {
            Ok(_) => Ok(done()),
            Err(denied) => Err(Failure {
                reason: denied.to_string(),
                retry: Retry::Backoff,
                uncertain: true,
            }),
        }
    }

    /// Counts the threads of an issue there, unless that was done within a day.
    pub async fn count(&self, parcel: &Parcel, issue: IssueId) -> Result<Receipt, Failure> {
        let now = self.clock.now();
        let Some(row) = self
            .store
            .find_issue(issue)
            .await
            .map_err(|error| ours(&error))?
        else {
            return Ok(nothing(parcel));
        };
        let fresh = row.counted_at.is_some_and(|at| now - at < COUNTED_EVERY);
        let threads = self
            .store
            .list_threads_on(issue)
            .await
            .map_err(|error| ours(&error))?;
        if fresh || threads.len() < 2 {
            return Ok(nothing(parcel));
        }
        let mark = format!("<!-- sameday:count:{} -->", parcel.parcel_id);
        let name = &row.known.name;
        let links: Vec<String> = threads
            .iter()
            .map(|(guild, thread)| text::thread_link(*guild, *thread))
            .collect();
        let body = format!("{}\n\n{mark}", words::counted(&links));
        self.say(parcel, name, &mark, &body, now - COUNTED_EVERY)
            .await?;
        self.written(Change::Counted { issue }).await
    }

    fn looked(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Timestamp>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A failure with GitHub's own status, where there is one.
struct Failed {
    reason: String,
    retry: Retry,
    uncertain: bool,
    status: Option<u16>,
    unauthorized: bool,
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        Self {
            reason: failed.reason,
            retry: failed.retry,
            uncertain: failed.uncertain,
        }
    }
}

fn failed(error: &GitHubError) -> Failed {
    let (retry, uncertain, status) = match *error {
        GitHubError::Limited(pause) => (Retry::After(pause), false, None),
        // New credentials need a new start, and then this is tried again.
        GitHubError::Unauthorized => (Retry::Backoff, false, None),
        GitHubError::Refused(status) => (Retry::Never, false, Some(status)),
        GitHubError::NotInstalled => (Retry::Never, false, Some(404)),
        GitHubError::Lost(_) => (Retry::Backoff, true, None),
    };
    Failed {
        reason: error.to_string(),
        retry,
        uncertain,
        status,
        unauthorized: *error == GitHubError::Unauthorized,
    }
}

fn ours(error: &crate::store::StoreError) -> Failure {
    Failure {
        reason: error.to_string(),
        retry: Retry::Backoff,
        uncertain: false,
    }
}

/// A message of a thread as it stands on the issue: the mark by which it is found, and the text.
fn as_comment(
    row: &TicketRow,
    message: MessageId,
    part: &Part,
    known: &ReplyRow,
) -> (String, String) {
    let mark = format!("<!-- sameday:reply:{} -->", known.mark);
    let link = text::message_link(row.guild, row.thread, message);
    let body = format!("{}\n\n{mark}", reply(part, &link));
    (mark, body)
}

fn done() -> Receipt {
    Receipt {
        message: None,
        dropped: Vec::new(),
    }
}

fn nothing(parcel: &Parcel) -> Receipt {
    Receipt {
        message: None,
        dropped: parcel.items.iter().map(|item| item.outbox_id).collect(),
    }
}
