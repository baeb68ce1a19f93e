//! The queue, page by page.

use super::message::{Button, Choice, Message, Row, Style};
use crate::discord::custom_id::CustomId;
use crate::domain::Timestamp;
use crate::domain::decision::ClockState;
use crate::domain::ids::UserId;
use crate::store::{self, QueueRow};
use crate::text::queue as text;
use crate::text::queue::Filter;

/// How many tickets a page has: few enough for 2,000 characters, and for a glance.
pub const PAGE_SIZE: u32 = 10;

/// The question for the store when this person asks.
pub fn question(filter: Filter, person: UserId) -> store::Filter {
    match filter {
        Filter::All => store::Filter::All,
        Filter::Unanswered => store::Filter::Unanswered,
        Filter::AtRisk => store::Filter::AtRisk,
        Filter::Overdue => store::Filter::Overdue,
        Filter::Mine => store::Filter::Mine(person),
        Filter::Unclaimed => store::Filter::Unclaimed,
        Filter::Snoozed => store::Filter::Snoozed,
    }
}

/// How many pages so many tickets fill; at least one.
pub fn pages(total: u64) -> u32 {
    u32::try_from(total.div_ceil(u64::from(PAGE_SIZE)))
        .unwrap_or(u32::MAX)
        .max(1)
}

/// A page of the queue, seen only by whoever asked for it.
pub fn queue(rows: &[QueueRow], total: u64, filter: Filter, page: u32, now: Timestamp) -> Message {
    let mut content = text::heading(filter, total, page, pages(total));
    let mut place = page.saturating_mul(PAGE_SIZE);
    for row in rows {
        place = place.saturating_add(1);
        content.push('\n');
        content.push_str(&text::line(
            place,
            row.thread,
            row.priority,
            row.waiting_since,
            promise(row, now),
            row.claimed_by,
        ));
        if let Some(snoozed) = row.snoozed.as_ref().filter(|_| filter == Filter::Snoozed) {
            content.push_str(&text::snoozed(snoozed.by, snoozed.until, &snoozed.reason));
        }
    }
    let options = Filter::ALL
        .into_iter()
        .map(|option| Choice {
            label: option.label().into(),
            value: option.word().into(),
            default: option == filter,
        })
        .collect();
    let mut components = vec![Row::select(CustomId::QueueFilter, options)];
    if pages(total) > 1 {
        let next = page.saturating_add(1);
        components.push(Row::buttons([
            // Where there is no page to turn to, the button still needs a name that no other
            // component of the message has.
            turn(text::BACK, filter, page.checked_sub(1), u32::MAX),
            turn(
                text::NEXT,
                filter,
                Some(next).filter(|next| *next < pages(total)),
                next,
            ),
        ]));
    }
    Message {
        content,
        components,
        ..Message::default()
    }
}

fn turn(label: &'static str, filter: Filter, to: Option<u32>, nowhere: u32) -> Button {
    let page = to.unwrap_or(nowhere);
    Button::new(
        Style::Secondary,
        label,
        CustomId::QueuePage { filter, page },
    )
    .enabled(to.is_some())
}

fn promise(row: &QueueRow, now: Timestamp) -> Option<(ClockState, Timestamp)> {
    let due_at = row.due_at?;
    let state = if now > due_at {
        ClockState::Overdue
    } else if row.warn_at.is_some_and(|warn_at| now >= warn_at) {
        ClockState::AtRisk
    } else {
        ClockState::Running
    };
    Some((state, due_at))
}

#[cfg(test)]
mod tests;
