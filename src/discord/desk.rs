//! What commands and components do, whoever called them: the one place that asks the ledger and the
//! store, and finds the words.

pub(super) mod critical;
pub(super) mod duty;
pub(super) mod promise;

use chrono_tz::Tz;

use super::person::Person;
use super::views::message::Message;
use super::views::{queue, triage, why};
use super::{Broken, Data};
use crate::domain::decision::{self, Face};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::ticket::{Claim, Ticket};
use crate::domain::triage::Cause;
use crate::domain::when;
use crate::domain::{Calendar, Timestamp};
use crate::ledger::intent::{Action, Command, Outcome, Rank, Refusal, TicketRef};
use crate::store::{Page, StoreError, TicketRow};
use crate::text::queue::Filter;
use crate::text::{CONTENT_LIMIT, answer, whole_lines};

/// Carries out what a person asked for, and says what became of it.
pub(super) async fn act(
    data: &Data,
    person: &Person,
    interaction: u64,
    ticket: TicketRef,
    action: Action,
) -> Message {
    act_saying(data, person, interaction, ticket, action, String::new()).await
}

/// As [`act`], with words of the person's that go with it.
pub(super) async fn act_saying(
    data: &Data,
    person: &Person,
    interaction: u64,
    ticket: TicketRef,
    action: Action,
    words: String,
) -> Message {
    if needs_staff(action) && person.rank < Rank::Staff {
        return Message::text(answer::refused(action, Refusal::NotPermitted, None));
    }
    let command = command(person, interaction, ticket, action, words);
    let sentence = match data.ledger.command(command).await {
        Ok(Outcome::Done { ticket }) if matches!(action, Action::Acknowledge { .. }) => {
            let row = readable(data.store.load_ticket(ticket).await);
            let taken = row.and_then(|row| row.ticket.acknowledged);
            answer::taken_on(taken.map(|taken| taken.until))
        }
        Ok(outcome) => {
            let face = face(data, person, outcome).await;
            let said = answer::done(action, outcome, face.as_ref());
            return after(data, person, action, outcome, said).await;
        }
        Err(refusal) => {
            let claim = claim(data, ticket, refusal).await;
            answer::refused(action, refusal, claim)
        }
    };
    Message::text(sentence)
}

/// Resolves a ticket and says what was behind it; the second is for staff alone.
pub(super) async fn resolve(
    data: &Data,
    person: &Person,
    interaction: u64,
    thread: ThreadId,
    cause: Cause,
) -> Message {
    let ticket = TicketRef::Thread(thread);
    let resolved = command(person, interaction, ticket, Action::Resolve, String::new());
    if let Err(refusal) = data.ledger.command(resolved).await {
        return Message::text(answer::refused(Action::Resolve, refusal, None));
    }
    let mut message = act(data, person, interaction, ticket, Action::NameCause(cause)).await;
    message.content = format!("{} {}", answer::RESOLVED, message.content);
    message
}

/// What is said after something was done, with what may be said next.
async fn after(
    data: &Data,
    person: &Person,
    action: Action,
    outcome: Outcome,
    said: String,
) -> Message {
    let (Outcome::Done { ticket } | Outcome::Already { ticket }) = outcome;
    let row = match action {
        Action::Resolve | Action::NameCause(_) => {
            readable(data.store.load_ticket(ticket).await).map(|row| row.ticket)
        }
        _ => None,
    };
    let Some(row) = row.filter(|ticket| is_team(person, ticket)) else {
        return Message::text(said);
    };
    match action {
        Action::Resolve if row.cause.is_none() => triage::ask_for_cause(ticket, said),
        Action::NameCause(cause)
            if cause.is_ours() && row.improvement.is_none() && data.bridge.is_some() =>
        {
            triage::suggest_issue(ticket, &said)
        }
        _ => Message::text(said),
    }
}

/// A staff member who asks is an asker in that thread, and only that.
fn is_team(person: &Person, ticket: &Ticket) -> bool {
    person.rank >= Rank::Staff && ticket.asker() != Some(person.user)
}

fn command(
    person: &Person,
    interaction: u64,
    ticket: TicketRef,
    action: Action,
    words: String,
) -> Command {
    Command {
        interaction,
        ticket,
        guild: person.guild.guild,
        by: person.user,
        rank: person.rank,
        action,
        words,
    }
}

/// What is said after somebody has taken on some of what an alert tells of.
pub(super) struct TakenOn {
    /// To everybody who reads the alert: who has what until when.
    pub(super) to_all: Option<Message>,
    /// To the person alone: what they could not take on, and why; or that all is well.
    pub(super) to_them: Message,
}

/// Takes on what is due with each of these tickets. Their interaction is one, and so each command
/// is: a ticket has at most one of it.
pub(super) async fn take_on(
    data: &Data,
    person: &Person,
    interaction: u64,
    tickets: &[TicketId],
) -> TakenOn {
    let (mut to_all, mut to_them) = (Vec::new(), Vec::new());
    let action = Action::Acknowledge { until: None };
    for ticket in tickets {
        let row = readable(data.store.load_ticket(*ticket).await);
        let place = row.filter(|row| row.guild == person.guild.guild);
        let place = place.map(|row| row.thread);
        let to = TicketRef::Ticket(*ticket);
        let command = command(person, interaction, to, action, String::new());
        match data.ledger.command(command).await {
            Ok(_) => {
                let row = readable(data.store.load_ticket(*ticket).await);
                let taken = row.and_then(|row| row.ticket.acknowledged);
                let until = taken.map(|taken| taken.until);
                to_all.push(answer::has_it(person.user, place, until));
            }
            Err(refusal) => {
                let said = answer::refused(action, refusal, None);
                to_them.push(answer::about(place, &said));
            }
        }
    }
    let message = |lines: Vec<String>| {
        let text = whole_lines(&lines.join("\n"), CONTENT_LIMIT, "…");
        (!lines.is_empty()).then(|| Message::text(text))
    };
    TakenOn {
        to_all: message(to_all),
        to_them: message(to_them).unwrap_or_else(|| Message::text(answer::ALL_TAKEN_ON)),
    }
}

/// Takes on what is due in a thread until an instant that somebody typed, or for the usual time.
pub(super) async fn acknowledge(
    data: &Data,
    person: &Person,
    interaction: u64,
    thread: ThreadId,
    until: Option<&str>,
) -> Result<Message, Broken> {
    let until = match instant(data, person, thread, until).await? {
        Ok(until) => until,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let (ticket, action) = (TicketRef::Thread(thread), Action::Acknowledge { until });
    Ok(act(data, person, interaction, ticket, action).await)
}

/// Puts the ticket of a thread out of the queue until an instant that somebody typed, or until
/// somebody else writes.
pub(super) async fn snooze(
    data: &Data,
    person: &Person,
    interaction: u64,
    thread: ThreadId,
    until: Option<&str>,
    reason: String,
) -> Result<Message, Broken> {
    let until = match instant(data, person, thread, until).await? {
        Ok(until) => until,
        Err(sentence) => return Ok(Message::text(sentence)),
    };
    let (ticket, action) = (TicketRef::Thread(thread), Action::Snooze { until });
    Ok(act_saying(data, person, interaction, ticket, action, reason).await)
}

/// What somebody typed as a date, in the zone and support hours of the thread's policy; or the
/// sentence that says why it is none.
async fn instant(
    data: &Data,
    person: &Person,
    thread: ThreadId,
    typed: Option<&str>,
) -> Result<Result<Option<Timestamp>, String>, Broken> {
    // Whoever may not do it at all is told so, whatever they typed.
    let Some(typed) = typed.filter(|_| person.rank >= Rank::Staff) else {
        return Ok(Ok(None));
    };
    let found = data.store.find_ticket_by_thread(thread).await?;
    let rules = &person.guild.service_level;
    let now = data.clock.now();
    let terms = found.and_then(|row| rules.find_terms(&row.ticket, now, now));
    let calendar = terms.map_or_else(
        || Calendar::always(Tz::UTC),
        |terms| terms.policy.calendar.clone(),
    );
    Ok(match when::read(typed, &calendar, now) {
        Ok(when) => Ok(Some(when.at)),
        Err(error) => Err(answer::no_date(&error.to_string())),
    })
}

/// Whether the rank alone decides. For the rest the ledger looks at the ticket: its asker may
/// resolve, its claimer may release.
fn needs_staff(action: Action) -> bool {
    match action {
        Action::Claim
        | Action::SetPriority(_)
        | Action::Acknowledge { .. }
        | Action::Snooze { .. }
        | Action::SetKind(_)
        | Action::NameCause(_)
        | Action::JudgeReply { .. }
        | Action::Promise { .. }
        | Action::KeepPromise { .. }
        | Action::WithdrawPromise { .. } => true,
        Action::Release | Action::Resolve | Action::Reopen | Action::DeclareDown => false,
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
    let for_team = is_team(person, &row.ticket);
    let (rules, now) = (&person.guild.service_level, data.clock.now());
    Ok(why::why(&row, &events, &alerts, rules, now, for_team))
}
