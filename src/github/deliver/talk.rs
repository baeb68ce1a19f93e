//! Comments: messages of threads that are said on their issue, and how many threads hang on it.

use chrono::TimeDelta;

use super::{CLOCKS_DIFFER, GitHubDelivery, done, failed, nothing, ours, unwritten};
use crate::domain::Timestamp;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::issue::{IssueId, IssueName, IssueState};
use crate::github::client::GitHubError;
use crate::ledger::bridge::Change;
use crate::ledger::intent::Intent;
use crate::outbox::parcel::{Failure, Parcel, Receipt, Retry};
use crate::store::{ReplyRow, TicketRow};
use crate::text::issue::body::Part;
use crate::text::issue::reply::reply;
use crate::text::{self, issue as words};

/// How often threads are counted in a comment, at most.
const COUNTED_EVERY: TimeDelta = TimeDelta::days(1);

impl GitHubDelivery {
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
        let there = linked.filter(|issue| issue.known.state != IssueState::Gone);
        if there.is_none() && waits.is_some() {
            return self.unsaid(parcel, &row, message).await;
        }
        let (Some(issue), Some(part), Some(reply)) = (there, said, waits) else {
            return Ok(nothing(parcel));
        };
        let name = &issue.known.name;
        let (mark, body, secrets) = as_comment(&row, message, &part, &reply);
        let since = message.instant();
        let Some(comment) = self.say(parcel, name, &mark, &body, since).await? else {
            return self.unsaid(parcel, &row, message).await;
        };
        self.written(Change::Replied {
            ticket,
            message,
            repository: name.repository.clone(),
            comment,
            by: part.by,
            secrets,
        })
        .await
    }

    /// The issue is there no more: what was to go along with a message goes nowhere, and is kept no longer.
    async fn unsaid(
        &self,
        parcel: &Parcel,
        row: &TicketRow,
        message: MessageId,
    ) -> Result<Receipt, Failure> {
        let room = self.ledger.reserve().await;
        let room = room.map_err(|stopped| Failure {
            reason: stopped.to_string(),
            retry: Retry::Away(None),
            uncertain: parcel.uncertain,
        })?;
        room.send(Intent::FilesLeft {
            thread: row.thread,
            message,
            files: Vec::new(),
        });
        Ok(nothing(parcel))
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
        let (_, body, _) = as_comment(&row, message, &part, &reply);
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

    /// Comments an issue, once: what an earlier try may have said is looked for by its mark. `None`: the
    /// issue is there no more.
    async fn say(
        &self,
        parcel: &Parcel,
        name: &IssueName,
        mark: &str,
        body: &str,
        since: Timestamp,
    ) -> Result<Option<u64>, Failure> {
        let client = &self.bridge.client;
        if parcel.uncertain {
            let found = client.find_comment(name, mark, since - CLOCKS_DIFFER).await;
            match found {
                Ok(None) => {}
                Ok(Some(comment)) => return Ok(Some(comment)),
                Err(GitHubError::Refused(404 | 410)) => return Ok(None),
                Err(error) => return Err(failed(&error).into()),
            }
        }
        match client.comment(name, body).await {
            Ok(comment) => Ok(Some(comment)),
            Err(GitHubError::Refused(404 | 410)) => Ok(None),
            Err(error) => Err(failed(&error).into()),
        }
    }

    /// Writes down what was done.
    async fn written(&self, change: Change) -> Result<Receipt, Failure> {
        match self.ledger.bridge(change).await {
            Ok(_) => Ok(done()),
            Err(denied) => Err(unwritten(&denied)),
        }
    }

    /// Counts the threads of an issue there, with all that came to hang on it in the day since that was done
    /// last.
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
        let threads = self
            .store
            .list_threads_on(issue)
            .await
            .map_err(|error| ours(&error))?;
        let counted = |since: &Timestamp| row.counted_at.is_some_and(|at| *since < at);
        if threads.len() < 2 || threads.iter().all(|(_, _, since)| counted(since)) {
            return Ok(nothing(parcel));
        }
        let again_at = row.counted_at.map(|at| at + COUNTED_EVERY);
        if let Some(left) = again_at.and_then(|at| (at - now).to_std().ok())
            && !left.is_zero()
        {
            return Err(Failure {
                reason: "the threads were counted within a day".to_owned(),
                retry: Retry::Away(Some(left)),
                uncertain: parcel.uncertain,
            });
        }
        let mark = format!("<!-- sameday:count:{} -->", parcel.parcel_id);
        let name = &row.known.name;
        let links: Vec<String> = threads
            .iter()
            .map(|(guild, thread, _)| text::thread_link(*guild, *thread))
            .collect();
        let body = format!("{}\n\n{mark}", words::counted(&links));
        let since = now - COUNTED_EVERY;
        match self.say(parcel, name, &mark, &body, since).await? {
            Some(_) => self.written(Change::Counted { issue }).await,
            None => Ok(nothing(parcel)),
        }
    }
}

/// A message of a thread as it stands on the issue: the mark by which it is found, the text, and how many
/// secrets were taken out of it.
fn as_comment(
    row: &TicketRow,
    message: MessageId,
    part: &Part,
    known: &ReplyRow,
) -> (String, String, u32) {
    let mark = format!("<!-- sameday:reply:{} -->", known.mark);
    let link = text::message_link(row.guild, row.thread, message);
    let (text, secrets) = reply(part, &link);
    let body = format!("{text}\n\n{mark}");
    (mark, body, secrets)
}
