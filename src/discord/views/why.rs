//! `/why`: the derivation of a ticket's clocks, from its events and with the functions that decide.

use std::collections::BTreeSet;

use super::message::Message;
use crate::domain::Timestamp;
use crate::domain::decision::{self, Clock};
use crate::domain::event::{ClockKind, Event, Fact};
use crate::domain::ids::UserId;
use crate::domain::policy::{AnsweredBy, Policy, ServiceLevel};
use crate::domain::target::{self, Target};
use crate::domain::ticket::{Exchange, Extended, Owed, Ticket};
use crate::store::{AlertRow, OutboxState, TicketRow};
use crate::text::why as text;

/// How long an embed's description may be, in characters. Source: Discord's reference, "Embed
/// Limits".
const DESCRIPTION_LIMIT: usize = 4_096;
/// How many alerts and how many steps are listed: the newest.
const NEWEST: usize = 8;

/// One question (or follow-up) and its answer.
struct Turn<'a> {
    kind: ClockKind,
    exchange: Exchange,
    /// The event that started it.
    asked: &'a Event,
    /// The event that ended it.
    ended: Option<&'a Event>,
}

/// The explanation of a ticket, seen only by whoever asked for it.
pub fn why(
    row: &TicketRow,
    events: &[Event],
    alerts: &[AlertRow],
    rules: &ServiceLevel,
    now: Timestamp,
) -> Message {
    let mut parts = Parts::default();
    explain(row, events, rules, now, &mut parts);
    if !alerts.is_empty() {
        let newest = alerts.iter().skip(alerts.len().saturating_sub(NEWEST));
        parts.tail.push(text::ALERTS.to_owned());
        parts.tail.extend(newest.map(alert));
    } else if parts.judged {
        parts.tail.push(text::NO_ALERTS.to_owned());
    }
    let steps: Vec<String> = events.iter().filter_map(step).collect();
    if !steps.is_empty() {
        let skip = steps.len().saturating_sub(NEWEST);
        parts.tail.push(text::STEPS.to_owned());
        parts.tail.extend(steps.into_iter().skip(skip));
    }
    Message::description(parts.fit())
}

/// What is said, in the order it is said.
#[derive(Default)]
struct Parts {
    head: Vec<String>,
    turns: Vec<String>,
    now: String,
    tail: Vec<String>,
    judged: bool,
}

impl Parts {
    /// All of it within the limit: where the turns are too many, those after the first and before
    /// the latest are left out.
    fn fit(self) -> String {
        let Self {
            head,
            turns,
            now,
            tail,
            ..
        } = self;
        for left_out in 0..turns.len().max(1) {
            let mut lines = head.clone();
            if left_out == 0 {
                lines.extend(turns.iter().cloned());
            } else {
                lines.extend(turns.iter().take(1).cloned());
                lines.push(text::left_out(left_out));
                lines.extend(turns.iter().skip(1 + left_out).cloned());
            }
            lines.extend((!now.is_empty()).then(|| now.clone()));
            lines.extend(tail.iter().cloned());
            let whole = lines.join("\n");
            if whole.chars().count() <= DESCRIPTION_LIMIT {
                return whole;
            }
        }
        // One turn alone is never that long; were it so, a shorter answer is better than none.
        let lines = [head, vec![now]].concat();
        lines.join("\n").chars().take(DESCRIPTION_LIMIT).collect()
    }
}

fn explain(
    row: &TicketRow,
    events: &[Event],
    rules: &ServiceLevel,
    now: Timestamp,
    parts: &mut Parts,
) {
    let ticket = &row.ticket;
    let Some(question) = ticket.question else {
        parts.head.push(text::NOBODY_ASKED.to_owned());
        return;
    };
    let link = |message| text::this_message(row.guild, row.thread, message);
    parts.head.push(text::asked(
        question.asker,
        question.opened_at,
        &link(question.message),
    ));
    if !rules.judges(ticket) {
        parts.head.push(text::OLDER_THAN_PROMISE.to_owned());
        return;
    }
    let Some(policy) = rules.find_policy(ticket) else {
        parts.head.push(text::NO_POLICY.to_owned());
        return;
    };
    parts.judged = true;
    parts.head.push(text::policy(policy));
    for turn in turns(events, policy) {
        let Some(clock) = clock_of(&turn, ticket, policy, rules, now) else {
            continue;
        };
        let cause = match turn.asked.fact {
            Fact::MessagePosted { message, .. } => link(message),
            _ => text::THE_REOPENING.to_owned(),
        };
        let by_whom = turn.ended.and_then(answerer);
        parts.turns.push(format!(
            "{} {} {}",
            text::owed(turn.kind, clock.started_at, &cause, clock.due),
            because(policy, &clock),
            text::ended(clock.state, clock.started_at, clock.stopped_at, by_whom),
        ));
    }
    let waiting = decision::clocks(ticket, rules, now)
        .into_iter()
        .find(Clock::is_waiting);
    parts.now = match (waiting, policy.owed(ticket).waiting()) {
        (Some(clock), _) => text::now_due(clock.due.due_at),
        (None, Some(_)) => text::NO_PROMISE.to_owned(),
        (None, None) => text::NOTHING_OWED.to_owned(),
    };
}

fn answerer(event: &Event) -> Option<(UserId, bool)> {
    match event.fact {
        Fact::MessagePosted { author, staff, .. } => Some((author, staff)),
        _ => None,
    }
}

/// Every exchange of the ticket, with what started and what ended it: the events are folded one by
/// one, and what is owed is compared before and after each.
fn turns<'a>(events: &'a [Event], policy: &Policy) -> Vec<Turn<'a>> {
    let deleted: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event.fact {
            Fact::MessageDeleted { message } => Some(message),
            _ => None,
        })
        .collect();
    let mut ticket = Ticket::default();
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match event.fact {
            Fact::MessageDeleted { .. } => continue,
            Fact::MessagePosted { message, .. } if deleted.contains(&message) => {
                // A deleted question still says who asked, and nothing else.
                if ticket.question.is_none() {
                    let so_far = events.iter().take(place + 1).cloned();
                    ticket = Ticket::fold(so_far.chain([Event::message_deleted(message)]));
                }
                continue;
            }
            _ => {
                if ticket.extend(event) == Extended::FoldAgain {
                    continue; // the same event a second time
                }
            }
        }
        let owed = policy.owed(&ticket);
        if let Some(turn) = turns.last_mut()
            && turn.ended.is_none()
            && let Some(exchange) = find_exchange(owed, turn.exchange)
            && exchange.end.is_some()
        {
            turn.exchange = exchange;
            turn.ended = Some(event);
        }
        if let Some(exchange) = owed.waiting()
            && turns
                .last()
                .is_none_or(|turn| turn.exchange.cycle != exchange.cycle)
        {
            turns.push(Turn {
                kind: if turns.is_empty() {
                    ClockKind::FirstResponse
                } else {
                    ClockKind::NextResponse
                },
                exchange,
                asked: event,
                ended: None,
            });
        }
    }
    turns
}

fn find_exchange(owed: &Owed, wanted: Exchange) -> Option<Exchange> {
    [owed.first, owed.next]
        .into_iter()
        .flatten()
        .find(|exchange| exchange.cycle == wanted.cycle)
}

/// The clock of an exchange, also of one that is long over: the ticket as if this exchange were
/// all there is, given to the function that decides.
fn clock_of(
    turn: &Turn<'_>,
    ticket: &Ticket,
    policy: &Policy,
    rules: &ServiceLevel,
    now: Timestamp,
) -> Option<Clock> {
    let mut alone = ticket.clone();
    let owed = match policy.answered_by {
        AnsweredBy::Anyone => &mut alone.owed_by_anyone,
        AnsweredBy::Staff => &mut alone.owed_by_staff,
    };
    let exchange = Some(turn.exchange);
    *owed = match turn.kind {
        ClockKind::FirstResponse => Owed {
            first: exchange,
            ..Owed::default()
        },
        ClockKind::NextResponse => Owed {
            next: exchange,
            ..Owed::default()
        },
    };
    decision::clocks(&alone, rules, now).into_iter().next()
}

/// Why it is due when it is.
fn because(policy: &Policy, clock: &Clock) -> String {
    let (calendar, from) = (&policy.calendar, clock.started_at);
    let target = match clock.kind {
        ClockKind::FirstResponse => policy.first_response,
        ClockKind::NextResponse => policy.next_response,
    };
    let reason = match target {
        None => return String::new(),
        Some(Target::Wall(time)) => return text::wall_time(&crate::text::length(time)),
        Some(Target::Support(time)) => text::support_time(
            &crate::text::length(time.length()),
            calendar.next_opening(from).unwrap_or(from),
        ),
        Some(Target::SameDay { last_call }) => {
            let on = calendar.date_of(from);
            let last_call = on.and_then(|date| target::last_call_on(calendar, last_call, date));
            let closes = on.and_then(|date| Some(calendar.blocks_on(date).last()?.1));
            match (last_call, closes) {
                (Some(last_call), Some(closes)) if from < last_call => {
                    text::before_last_call(last_call, closes)
                }
                (Some(last_call), _) => text::after_last_call(last_call),
                (None, _) => text::CLOSED_DAY.to_owned(),
            }
        }
    };
    let due_on = calendar.date_of(clock.due.due_at);
    let blocks = due_on.map_or_else(Vec::new, |date| calendar.blocks_on(date));
    if calendar.is_always() || blocks.is_empty() {
        reason
    } else {
        format!("{reason} {}", text::hours(&blocks))
    }
}

fn alert(row: &AlertRow) -> String {
    let fate = match row.state {
        OutboxState::Pending | OutboxState::Leased => text::Fate::Pending,
        OutboxState::Delivered => text::Fate::Sent(row.finished_at),
        OutboxState::Dropped => text::Fate::Dropped(row.finished_at),
        OutboxState::Dead => text::Fate::GivenUp(row.finished_at),
    };
    text::alert(row.alert.trigger, row.audience, row.alert.due_at, &fate)
}

fn step(event: &Event) -> Option<String> {
    let (step, who) = match event.fact {
        Fact::Claimed { by } => (text::Step::Claimed, by),
        Fact::Released { by } => (text::Step::Released, by),
        Fact::Resolved { by } => (text::Step::Resolved, by),
        Fact::Reopened { by } => (text::Step::Reopened, by),
        Fact::PrioritySet { by, priority } => (text::Step::Priority(priority), by),
        Fact::ClaimLapsed { by } => (text::Step::Lapsed, by),
        Fact::ThreadCreated { .. }
        | Fact::MessagePosted { .. }
        | Fact::MessageDeleted { .. }
        | Fact::AlertRaised(_)
        | Fact::AlertDropped(_)
        | Fact::ThreadDeleted => return None,
    };
    Some(text::step(&step, who, event.key.at))
}

#[cfg(test)]
mod tests;
