//! Drafts become issues, each once.
//!
//! A draft that may have arrived is looked for in the list of the repository's newest issues. GitHub works
//! on a request for ten seconds at most, also for one whose answer nobody waits for any more; so "not there"
//! counts only when it is seen `SETTLES` after the first look.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::{CLOCKS_DIFFER, Failed, GitHubDelivery, done, failed, nothing, ours, unwritten};
use crate::domain::Timestamp;
use crate::domain::ids::ThreadId;
use crate::domain::issue::file::Attached;
use crate::domain::issue::{Consent, Draft, DraftId, DraftState, Known};
use crate::ledger::bridge::{Change, Denied};
use crate::outbox::parcel::{Failure, Notice, Parcel, Receipt, Retry};
use crate::store::DraftRow;
use crate::text::issue::attached::without;
use crate::text::{self, issue as words};

/// After how long a request that went out earlier has had its effect, if it ever has one.
const SETTLES: Duration = Duration::from_secs(15);

impl GitHubDelivery {
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
        let made = if parcel.uncertain {
            let ordered_at = self.store.load_ordered_at(parcel.parcel_id).await;
            let since = ordered_at.map_err(|error| ours(&error))? - CLOCKS_DIFFER;
            self.find(parcel, draft, since).await
        } else {
            Ok(None)
        };
        let opened = match made {
            Ok(Some(known)) => Ok(known),
            Ok(None) => {
                // Should this try be lost, it has as long to arrive as the first one.
                self.looked().remove(&parcel.parcel_id);
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
        draft: &Draft,
        since: Timestamp,
    ) -> Result<Option<Known>, Failed> {
        let now = self.clock.now();
        let client = &self.bridge.client;
        let mark = draft.marker();
        let found = client.find_marked(&draft.repository, &mark, since).await;
        let found = found.map_err(|error| {
            let mut failed = failed(&error);
            if failed.retry == Retry::Never {
                // Who may not look does not know that nothing was made.
                failed.retry = Retry::Away(None);
            }
            failed
        });
        if let Some(known) = found? {
            return Ok(Some(known));
        }
        let first = *self.looked().entry(parcel.parcel_id).or_insert(now);
        let settled = (now - first).to_std().unwrap_or_default();
        let left = SETTLES.checked_sub(settled).filter(|left| !left.is_zero());
        match left {
            Some(left) => Err(Failed {
                reason: "an earlier try may still arrive at GitHub".to_owned(),
                retry: Retry::Away(Some(left)),
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
        let tell = self.bridge.settings.consent == Consent::Tell;
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
            Err(denied) => Err(unwritten(&denied)),
        }
    }

    /// The thread is told that it waits, or that it was refused; each once.
    async fn tell(&self, parcel: &Parcel, draft_id: DraftId, failed: &Failed) {
        let status = failed.status;
        let change = match failed.retry {
            Retry::Never => Change::Refused { draft_id, status },
            Retry::Away(Some(left)) if left <= SETTLES => return, // it is only being careful
            Retry::Away(_) | Retry::After(_) | Retry::Backoff => Change::Delayed { draft_id },
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

    fn looked(&self) -> MutexGuard<'_, HashMap<i64, Timestamp>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
