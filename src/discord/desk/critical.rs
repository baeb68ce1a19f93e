//! Production is down: staff raise a ticket with `/critical`, its asker with a button of the card.
//!
//! ```text
//! /critical ──> are you sure? ──button──> the priority changes, the clock with it, the ladder begins
//! the card's button ──> are you sure? ──button──> what is broken? ──form──> the same, said in the thread
//! ```
//!
//! Both ask back, because whoever is on duty is called at once, at any hour. An asker may do it a
//! few times a day; what they write stands in the thread and is not kept.

use chrono::TimeDelta;

use super::{act, act_saying, is_team};
use crate::discord::custom_id::{CustomId, Press};
use crate::discord::person::Person;
use crate::discord::views::message::{Button, Message, Row, Style};
use crate::discord::{Broken, Data};
use crate::domain::event::Priority;
use crate::domain::ids::{ThreadId, TicketId};
use crate::ledger::intent::{Action, Refusal, TicketRef};
use crate::store::TicketRow;
use crate::text::{answer, critical as text};

/// Asks a staff member back.
pub(in crate::discord) async fn asked(
    data: &Data,
    person: &Person,
    thread: ThreadId,
) -> Result<Message, Broken> {
    let critical = Action::SetPriority(Priority::Critical);
    let Some(row) = find(data, person, TicketRef::Thread(thread)).await? else {
        return Ok(Message::text(answer::NO_TICKET));
    };
    if !is_team(person, &row.ticket) {
        return Ok(Message::text(answer::refused(
            critical,
            Refusal::NotPermitted,
            None,
        )));
    }
    Ok(match row.ticket.priority {
        Priority::Normal => sure(
            text::SURE,
            Style::Danger,
            text::YES_CRITICAL,
            row.ticket_id,
            Press::Critical,
        ),
        Priority::Critical => sure(
            text::ALREADY,
            Style::Secondary,
            text::TO_NORMAL,
            row.ticket_id,
            Press::Normal,
        ),
    })
}

/// Asks an asker back, or says why not.
pub(in crate::discord) async fn pressed(
    data: &Data,
    person: &Person,
    ticket: TicketId,
) -> Result<Message, Broken> {
    let refused = |refusal| {
        Ok(Message::text(answer::refused(
            Action::DeclareDown,
            refusal,
            None,
        )))
    };
    let Some(row) = find(data, person, TicketRef::Ticket(ticket)).await? else {
        return refused(Refusal::NoTicket);
    };
    if row.ticket.asker() != Some(person.user) {
        return refused(Refusal::NotPermitted);
    }
    let now = data.clock.now();
    let since = now.checked_sub_signed(TimeDelta::days(1)).unwrap_or(now);
    let guild = person.guild.guild;
    let calls = data
        .store
        .count_down_calls(guild, person.user, since)
        .await?;
    let attention = &person.guild.service_level.attention;
    if calls >= attention.production_down_per_day.unwrap_or_default() {
        return refused(Refusal::TooOften);
    }
    Ok(sure(
        text::SURE_DOWN,
        Style::Danger,
        text::YES_DOWN,
        ticket,
        Press::DownSure,
    ))
}

/// The asker has written what is broken.
pub(in crate::discord) async fn declared(
    data: &Data,
    person: &Person,
    interaction: u64,
    ticket: TicketId,
    what: String,
) -> Message {
    let ticket = TicketRef::Ticket(ticket);
    act_saying(data, person, interaction, ticket, Action::DeclareDown, what).await
}

/// A staff member is sure.
pub(in crate::discord) async fn set(
    data: &Data,
    person: &Person,
    interaction: u64,
    ticket: TicketId,
    priority: Priority,
) -> Message {
    let ticket = TicketRef::Ticket(ticket);
    act(
        data,
        person,
        interaction,
        ticket,
        Action::SetPriority(priority),
    )
    .await
}

fn sure(
    question: &str,
    style: Style,
    yes: &'static str,
    ticket: TicketId,
    press: Press,
) -> Message {
    let button = Button::new(style, yes, CustomId::Card { ticket, press });
    Message {
        components: vec![Row::buttons([button])],
        ..Message::text(question)
    }
}

async fn find(
    data: &Data,
    person: &Person,
    ticket: TicketRef,
) -> Result<Option<TicketRow>, Broken> {
    let found = match ticket {
        TicketRef::Thread(thread) => data.store.find_ticket_by_thread(thread).await?,
        TicketRef::Ticket(ticket) => data.store.find_ticket(ticket).await?,
    };
    Ok(found.filter(|row| row.guild == person.guild.guild))
}
