//! `/promise`: a date in public.
//!
//! ```text
//! /promise until:… note:… ──> the date as it was understood ──button──> said in the thread, its clock runs
//! /promise                ──> what stands ──button──> kept, or taken back; said in the thread
//! ```
//!
//! What is shown is what counts: the click names the offer, and the offer the promise that ran when
//! it was made. When another runs by then, nothing changes and the person is told.

use chrono::Months;

use super::{act, act_saying, is_team};
use crate::discord::custom_id::{CustomId, PromisePress};
use crate::discord::person::Person;
use crate::discord::views::message::{Button, Message, Row, Style};
use crate::discord::{Broken, Data};
use crate::domain::Timestamp;
use crate::domain::decision;
use crate::domain::event::{Cycle, Fact};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::ticket::Status;
use crate::domain::when;
use crate::ledger::intent::{Action, Refusal, TicketRef};
use crate::store::{PromiseOffer, TicketRow};
use crate::text::{answer, promise as text};

/// How far ahead a date may be.
const FURTHEST: Months = Months::new(12);

/// A promise as it was typed.
pub(in crate::discord) struct Wanted<'a> {
    pub(in crate::discord) until: Option<&'a str>,
    pub(in crate::discord) note: Option<String>,
}

/// Shows a date as it was understood, with a button to give it; without one, what stands.
pub(in crate::discord) async fn asked(
    data: &Data,
    person: &Person,
    interaction: u64,
    thread: ThreadId,
    wanted: Wanted<'_>,
) -> Result<Message, Broken> {
    let found = data.store.find_ticket_by_thread(thread).await?;
    let Some(row) = found.filter(|row| row.guild == person.guild.guild) else {
        return Ok(Message::text(answer::NO_TICKET));
    };
    let offer = Action::Promise {
        offer: interaction,
        until: data.clock.now(),
        instead_of: None,
    };
    let refused = |refusal| Ok(Message::text(answer::refused(offer, refusal, None)));
    if !is_team(person, &row.ticket) {
        return refused(Refusal::NotPermitted);
    }
    let Some(typed) = wanted.until else {
        return Ok(match wanted.note {
            Some(_) => Message::text(text::NO_DATE),
            None => shown(data, person, &row),
        });
    };
    match row.ticket.status {
        Status::Open => {}
        Status::Resolved { .. } => return refused(Refusal::Resolved),
        Status::Gone { .. } => return refused(Refusal::Gone),
    }
    let now = data.clock.now();
    let terms = person.guild.service_level.find_terms(&row.ticket, now, now);
    let Some(terms) = terms else {
        return Ok(Message::text(text::NO_POLICY));
    };
    let when = match when::read(typed, &terms.policy.calendar, now) {
        Ok(when) if when.is_ambiguous() => return Ok(Message::text(text::ambiguous(&when))),
        Ok(when)
            if now
                .checked_add_months(FURTHEST)
                .is_none_or(|furthest| when.at > furthest) =>
        {
            return Ok(Message::text(text::TOO_FAR));
        }
        Ok(when) => when,
        Err(error) => return Ok(Message::text(answer::no_date(&error.to_string()))),
    };
    let stands = row.ticket.promise();
    let note = wanted.note.unwrap_or_default();
    let content = text::offer(&when, &note, stands.map(|promise| promise.until));
    let offer = PromiseOffer {
        offer: interaction,
        ticket: row.ticket_id,
        to: person.user,
        until: when.at,
        note,
        instead_of: stands.map(|promise| promise.cycle),
    };
    if data.ledger.offer_promise(offer).await.is_err() {
        return refused(Refusal::NotWritten);
    }
    let button = |style, label, wanted| {
        let offer = interaction;
        Button::new(style, label, CustomId::PromiseOffer { offer, wanted })
    };
    Ok(Message {
        components: vec![Row::buttons([
            button(Style::Primary, text::YES, true),
            button(Style::Secondary, text::NO, false),
        ])],
        ..Message::text(content)
    })
}

/// What stands, with what can be done about it.
fn shown(data: &Data, person: &Person, row: &TicketRow) -> Message {
    let face = decision::face(&row.ticket, &person.guild.service_level, data.clock.now());
    let Some((promise, promised)) = row.ticket.promise().zip(face.promised) else {
        return Message::text(text::NONE);
    };
    let button = |style, label, press| {
        let (ticket, promise) = (row.ticket_id, promise.cycle);
        let custom_id = CustomId::Promise {
            ticket,
            promise,
            press,
        };
        Button::new(style, label, custom_id)
    };
    Message {
        components: vec![Row::buttons([
            button(Style::Success, text::KEPT, PromisePress::Kept),
            button(Style::Danger, text::WITHDRAW, PromisePress::Withdraw),
        ])],
        ..Message::text(text::stands(&promised))
    }
}

/// Gives a date that was offered, or leaves it: by a click, in a thread.
pub(in crate::discord) async fn decided(
    data: &Data,
    person: &Person,
    (click, here): (u64, ThreadId),
    offer: u64,
    wanted: bool,
) -> Result<Message, Broken> {
    let Some(found) = data.store.find_promise_offer(offer).await? else {
        return match given_before(data, click, here).await? {
            // It is said again, and not done again.
            Some((until, note)) => {
                let (ticket, instead_of) = (TicketRef::Thread(here), None);
                let action = Action::Promise {
                    offer,
                    until,
                    instead_of,
                };
                Ok(act_saying(data, person, click, ticket, action, note).await)
            }
            None => Ok(Message::text(text::NO_OFFER)),
        };
    };
    if found.to != person.user {
        return Ok(Message::text(text::NOT_YOURS));
    }
    if !wanted {
        return Ok(Message::text(text::LEFT));
    }
    let action = Action::Promise {
        offer,
        until: found.until,
        instead_of: found.instead_of,
    };
    let ticket = TicketRef::Ticket(found.ticket);
    Ok(act_saying(data, person, click, ticket, action, found.note).await)
}

/// The date that this very click has given: the program died before it could say so.
async fn given_before(
    data: &Data,
    click: u64,
    here: ThreadId,
) -> Result<Option<(Timestamp, String)>, Broken> {
    let Some(row) = data.store.find_ticket_by_thread(here).await? else {
        return Ok(None);
    };
    let recorded = data.store.list_events(row.ticket_id).await?;
    let of_click = recorded.into_iter().map(|row| row.event);
    let mut given = of_click.filter_map(|event| match event.fact {
        Fact::Promised { until, note, .. } if event.key.id == click => Some((until, note)),
        _ => None,
    });
    Ok(given.next())
}

/// Ends the promise that stood when the button was shown.
pub(in crate::discord) async fn ended(
    data: &Data,
    person: &Person,
    click: u64,
    ticket: TicketId,
    promise: Cycle,
    press: PromisePress,
) -> Message {
    let action = match press {
        PromisePress::Kept => Action::KeepPromise { promise },
        PromisePress::Withdraw => Action::WithdrawPromise { promise },
    };
    act(data, person, click, TicketRef::Ticket(ticket), action).await
}
