//! What commands and components do, whoever called them: the one place that asks the ledger and the
//! store, and finds the words.

use super::person::Person;
use super::views::message::Message;
use super::views::{queue, why};
use super::{Broken, Data};
use crate::domain::decision::{self, Face};
use crate::domain::ids::ThreadId;
use crate::domain::ticket::Claim;
use crate::ledger::intent::{Action, Command, Outcome, Rank, Refusal, TicketRef};
use crate::store::{Page, StoreError, TicketRow};
use crate::text::answer;
use crate::text::queue::Filter;

/// Carries out what a person asked for, and says what became of it.
pub(super) async fn act(
    data: &Data,
    person: &Person,
    interaction: u64,
    ticket: TicketRef,
    action: Action,
) -> Message {
    if needs_staff(action) && person.rank < Rank::Staff {
        return Message::text(answer::refused(action, Refusal::NotPermitted, None));
    }
    let command = Command {
        interaction,
        ticket,
        guild: person.guild.guild,
        by: person.user,
        rank: person.rank,
        action,
    };
    let sentence = match data.ledger.command(command).await {
        Ok(outcome) => answer::done(action, outcome, face(data, person, outcome).await.as_ref()),
        Err(refusal) => {
            let claim = claim(data, ticket, refusal).await;
            answer::refused(action, refusal, claim)
        }
    };
    Message::text(sentence)
}

/// Whether the rank alone decides. For the rest the ledger looks at the ticket: its asker may
/// resolve, its claimer may release.
fn needs_staff(action: Action) -> bool {
    match action {
        Action::Claim | Action::SetPriority(_) | Action::JudgeReply { .. } => true,
        Action::Release | Action::Resolve | Action::Reopen => false,
    }
}

/// What the card shows now, for the answer. The command is done: that this cannot be read is no
/// reason to frighten anybody.
async fn face(data: &Data, person: &Person, outcome: Outcome) -> Option<Face> {
    let (Outcome::Done { ticket } | Outcome::Already { ticket }) = outcome;
    let row = readable(data.store.load_ticket(ticket).await)?;
    Some(decision::face(
        &row.ticket,
        &person.guild.service_level,
        data.clock.now(),
    ))
}

/// Who has the ticket since when, when that is why it was refused.
async fn claim(data: &Data, ticket: TicketRef, refusal: Refusal) -> Option<Claim> {
    if !matches!(refusal, Refusal::ClaimedBy { .. }) {
        return None;
    }
    let row = match ticket {
        TicketRef::Thread(thread) => readable(data.store.find_ticket_by_thread(thread).await)?,
        TicketRef::Ticket(ticket) => readable(data.store.load_ticket(ticket).await),
    };
    row?.ticket.claim
}

fn readable<T>(found: Result<T, StoreError>) -> Option<T> {
    found
        .inspect_err(|error| tracing::warn!(%error, "an answer had to do without the ticket"))
        .ok()
}

/// A page of the queue; the last one, when there are fewer pages by now.
pub(super) async fn queue_page(
    data: &Data,
    person: &Person,
    filter: Filter,
    page: u32,
) -> Result<Message, Broken> {
    let now = data.clock.now();
    let list = async |page: u32| {
        let part = Page {
            offset: page.saturating_mul(queue::PAGE_SIZE),
            size: queue::PAGE_SIZE,
        };
        data.store
            .list_queue(
                person.guild.guild,
                queue::question(filter, person.user),
                now,
                part,
            )
            .await
    };
    let (mut rows, mut total) = list(page).await?;
    let mut page = page;
    if rows.is_empty() && page > 0 {
        page = queue::pages(total).saturating_sub(1);
        (rows, total) = list(page).await?;
    }
    Ok(queue::queue(&rows, total, filter, page, now))
}

/// Where the due times of the ticket of a thread come from.
pub(super) async fn explain(
    data: &Data,
    person: &Person,
    thread: ThreadId,
) -> Result<Message, Broken> {
    let found = data.store.find_ticket_by_thread(thread).await?;
    let Some(row) = found.filter(|row: &TicketRow| row.guild == person.guild.guild) else {
        return Ok(Message::text(answer::NO_TICKET));
    };
    let recorded = data.store.list_events(row.ticket_id).await?;
    let events: Vec<_> = recorded.into_iter().map(|row| row.event).collect();
    let alerts = data.store.list_alerts(row.ticket_id).await?;
    Ok(why::why(
        &row,
        &events,
        &alerts,
        &person.guild.service_level,
        data.clock.now(),
    ))
}
