//! Forgetting what was theirs, when a thread is gone.
//!
//! The ticket's figures stay: people become 1, 2, 3 … in the order in which they appear, per ticket,
//! so that the fold of the events comes to the same as before. There is no way back from these
//! numbers to a person, and the numbers of two tickets have nothing to do with each other.

use std::collections::HashMap;

use super::recent::Recent;
use crate::domain::Timestamp;
use crate::domain::event::{Event, Fact};
use crate::domain::ids::{ThreadId, TicketId, UserId};
use crate::domain::ticket::Ticket;
use crate::store::{Store, StoreError, Waiting};

/// How many threads are done in one transaction.
const MOST_THREADS: u32 = 200;

/// Erases some of what is to be erased. `false` when nothing is left.
pub(super) async fn erase(
    store: &Store,
    recent: &mut Recent,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut writing = store.write().await?;
    let threads = writing.list_to_erase(MOST_THREADS).await?;
    if threads.is_empty() {
        writing.abandon().await;
        return Ok(false);
    }
    for thread in &threads {
        drop(recent.take(*thread));
    }
    let mut tracked = writing.list_tracked(&threads).await?;
    let tickets: Vec<_> = tracked.iter().map(|each| each.ticket_id).collect();
    let mut facts = Vec::new();
    let mut endings = Vec::new();
    for each in &mut tracked {
        let mut events = writing.list_events(each.ticket_id).await?;
        let mut ordinals = Ordinals::default();
        for event in &mut events {
            ordinals.replace(&mut event.fact);
        }
        let ended = events
            .iter()
            .any(|event| matches!(event.fact, Fact::ThreadDeleted));
        facts.extend(events.iter().map(|event| (each.ticket_id, event.clone())));
        if !ended {
            let ending = ending(each.thread, each.gone_at.unwrap_or(now), &events);
            endings.push((each.ticket_id, ending.clone()));
            events.push(ending);
        }
        each.ticket = Ticket::fold(events);
        each.waiting = Waiting::default();
        each.wake_at = None;
        each.shown = None;
        each.card_message = None;
    }
    let rows: Vec<_> = tracked.iter().collect();
    writing.replace_facts(&borrowed(&facts)).await?;
    writing.save_events(&borrowed(&endings), now).await?;
    writing.save_tickets(&rows).await?;
    writing.drop_items_of(&tickets, now).await?;
    // After what was still to be said was dropped: what was said elsewhere is taken back.
    let taken_back = writing.forget_comments_of(&tickets).await?;
    writing.order(&taken_back, now).await?;
    writing.forget_issues_of(&tickets).await?;
    writing.forget_promise_offers(&tickets).await?;
    writing.note_erased(&threads).await?;
    writing.commit().await?;
    Ok(true)
}

fn borrowed(events: &[(TicketId, Event)]) -> Vec<(TicketId, &Event)> {
    let events = events.iter();
    events.map(|(ticket, event)| (*ticket, event)).collect()
}

/// The deletion, not before anything that happened in the thread: our clock may be behind Discord's.
fn ending(thread: ThreadId, gone_at: Timestamp, events: &[Event]) -> Event {
    let latest = events.iter().map(|event| event.key.at).max();
    let at = latest.map_or(gone_at, |latest| latest.max(gone_at));
    Event::thread_deleted(thread, at)
}

/// People as numbers.
#[derive(Debug, Default)]
struct Ordinals(HashMap<UserId, u64>);

impl Ordinals {
    fn of(&mut self, user: &mut UserId) {
        let next = self.0.len() as u64 + 1;
        *user = UserId(*self.0.entry(*user).or_insert(next));
    }

    fn replace(&mut self, fact: &mut Fact) {
        match fact {
            Fact::MessagePosted { author: user, .. }
            | Fact::Claimed { by: user }
            | Fact::Released { by: user }
            | Fact::Resolved { by: user }
            | Fact::Reopened { by: user }
            | Fact::ClaimLapsed { by: user }
            | Fact::ReplySpared { by: Some(user), .. }
            | Fact::ReplyWanted { by: user, .. }
            | Fact::Acknowledged { by: user, .. }
            | Fact::PromiseKept { by: user }
            | Fact::PromiseWithdrawn { by: user }
            | Fact::KindSet { by: user, .. }
            | Fact::CauseNamed { by: user, .. }
            | Fact::BugSaid { by: user }
            | Fact::PrioritySet { by: user, .. } => self.of(user),
            Fact::Snoozed {
                by, reason: text, ..
            }
            | Fact::Promised { by, note: text, .. } => {
                self.of(by);
                text.clear();
            }
            Fact::ThreadCreated { .. }
            // A role is nobody in particular.
            | Fact::RolesHeld { .. }
            | Fact::ReplySpared { by: None, .. }
            | Fact::AskerReminded { .. }
            | Fact::IssueLinked { .. }
            | Fact::FixShipped { .. }
            | Fact::IssueOffered(_)
            | Fact::MessageDeleted { .. }
            | Fact::AlertRaised(_)
            | Fact::AlertDropped(_)
            | Fact::ThreadDeleted => {}
        }
    }
}
