//! `/why`: the derivation of a ticket's clocks, from its events and with the functions that decide.

use super::message::Message;
use crate::domain::Timestamp;
use crate::domain::decision::{self, Clock};
use crate::domain::escalation;
use crate::domain::event::{ClockKind, Event, Fact, Trigger};
use crate::domain::history::{Run, history};
use crate::domain::ids::UserId;
use crate::domain::policy::{Policy, ServiceLevel, Stamp};
use crate::domain::resolution::{self, Spent};
use crate::domain::target::{self, Target};
use crate::domain::turns::Span;
use crate::store::{AlertRow, OutboxState, TicketRow};
use crate::text::{triage, why as text};

/// How long an embed's description may be, in characters. Source: Discord's reference, "Embed
/// Limits".
const DESCRIPTION_LIMIT: usize = 4_096;
/// How many alerts are listed, if there is room: the newest.
const MOST_ALERTS: usize = 40;
/// How many steps are listed: the newest.
const MOST_STEPS: usize = 8;

/// The explanation of a ticket, seen only by whoever asked for it. What is said among the team is in
/// it only where that is `for_team`.
pub fn why(
    row: &TicketRow,
    events: &[Event],
    alerts: &[AlertRow],
    rules: &ServiceLevel,
    now: Timestamp,
    for_team: bool,
) -> Message {
    let mut parts = Parts::default();
    let runs = explain(row, events, rules, now, &mut parts);
    let newest = alerts.iter().skip(alerts.len().saturating_sub(MOST_ALERTS));
    parts.alerts = newest.map(|row| alert(row, &runs, events)).collect();
    parts.older = alerts.len().saturating_sub(MOST_ALERTS);
    let steps: Vec<String> = events
        .iter()
        .filter_map(|event| step(event, for_team))
        .collect();
    if !steps.is_empty() {
        let skip = steps.len().saturating_sub(MOST_STEPS);
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
    now: Vec<String>,
    alerts: Vec<String>,
    /// How many alerts there are before those.
    older: usize,
    tail: Vec<String>,
    judged: bool,
}

impl Parts {
    /// All of it within the limit: where there is too much, the turns after the first and before
    /// the latest are left out, and then the alerts from the oldest on.
    fn fit(self) -> String {
        let most = self.turns.len().saturating_sub(1);
        let fitting = |turns: usize, alerts: usize| {
            let whole = self.without(turns, alerts);
            (whole.chars().count() <= DESCRIPTION_LIMIT).then_some(whole)
        };
        let fits = if fitting(most, 0).is_some() {
            (0..=most).find_map(|turns| fitting(turns, 0))
        } else {
            (1..=self.alerts.len()).find_map(|alerts| fitting(most, alerts))
        };
        // One turn alone is never that long; were it so, a shorter answer is better than none.
        fits.unwrap_or_else(|| {
            let lines = [self.head, self.now].concat();
            lines.join("\n").chars().take(DESCRIPTION_LIMIT).collect()
        })
    }

    fn without(&self, turns: usize, alerts: usize) -> String {
        let mut lines = self.head.clone();
        if turns == 0 {
            lines.extend(self.turns.iter().cloned());
        } else {
            lines.extend(self.turns.iter().take(1).cloned());
            lines.push(text::left_out(turns));
            lines.extend(self.turns.iter().skip(1 + turns).cloned());
        }
        lines.extend(self.now.iter().cloned());
        if self.alerts.is_empty() {
            lines.extend(self.judged.then(|| text::NO_ALERTS.to_owned()));
        } else {
            lines.push(text::alerts(self.older + alerts));
            lines.extend(self.alerts.iter().skip(alerts).cloned());
        }
        lines.extend(self.tail.iter().cloned());
        lines.join("\n")
    }
}

fn explain(
    row: &TicketRow,
    events: &[Event],
    rules: &ServiceLevel,
    now: Timestamp,
    parts: &mut Parts,
) -> Vec<Run> {
    let ticket = &row.ticket;
    let Some(question) = ticket.question else {
        parts.head.push(text::NOBODY_ASKED.to_owned());
        return Vec::new();
    };
    let link = |message| text::this_message(row.guild, row.thread, message);
    parts.head.push(text::asked(
        question.asker,
        question.opened_at,
        &link(question.message),
    ));
    let mut runs = history(events, rules, now);
    if !rules.judges(ticket) {
        parts.head.push(text::OLDER_THAN_PROMISE.to_owned());
        runs.retain(|run| run.clock.kind == ClockKind::Promise);
        if runs.is_empty() {
            return runs;
        }
    }
    let Some(stamp) = runs.last().map(|run| run.clock.stamp) else {
        parts.head.push(text::NO_POLICY.to_owned());
        return runs;
    };
    parts.judged = true;
    let mut stamps: Vec<Stamp> = Vec::new();
    for run in &runs {
        if !stamps.contains(&run.clock.stamp) {
            stamps.push(run.clock.stamp);
        }
    }
    let several = rules.versions().nth(1).is_some();
    let version = |stamp: Stamp| several.then_some(stamp.version);
    let policies = stamps
        .iter()
        .filter_map(|stamp| Some(text::policy(rules.find_policy(*stamp)?, version(*stamp))));
    parts.head.extend(policies);
    for run in &runs {
        let clock = &run.clock;
        let Some(policy) = rules.find_policy(clock.stamp) else {
            continue;
        };
        let under = (stamps.len() > 1).then(|| text::under(policy, version(clock.stamp)));
        let cause = cause(run, events, row);
        let mut sentences = vec![text::owed(clock.kind, clock.started_at, &cause, clock.due)];
        sentences.extend(under);
        if clock.counted_from != clock.started_at {
            sentences.push(text::restarted(clock.counted_from));
        }
        sentences.push(because(policy, clock));
        if clock.kind == ClockKind::Resolution {
            let spans = ticket.turns.with_team(policy.answered_by);
            sentences.extend(text::stood_still(&pauses(&spans, clock)));
        }
        let who = answerer(run, events);
        let mut promises = ticket.promises.iter();
        let promise = promises.find(|promise| promise.cycle == clock.cycle);
        sentences.push(match promise.and_then(|promise| promise.end) {
            Some(end) => text::promise_ended(end, who.map(|(who, _)| who), clock.state),
            None => text::ended(
                clock.kind,
                clock.state,
                clock.started_at,
                clock.stopped_at,
                who,
            ),
        });
        let held_until = escalation::held_until(ticket, clock, now).filter(|_| clock.is_waiting());
        let taken_on = ticket.acknowledged.zip(held_until);
        sentences.extend(taken_on.map(|(taken, until)| text::held_now(taken.by, until)));
        sentences.retain(|sentence| !sentence.is_empty());
        parts.turns.push(sentences.join(" "));
    }
    let waiting = decision::clocks_waiting(ticket, rules, now)
        .into_iter()
        .find(Clock::is_response);
    let owed = rules
        .find_policy(stamp)
        .and_then(|policy| policy.answered_by.owed(ticket).waiting());
    parts.now.push(match (waiting, owed) {
        (Some(clock), _) => text::now_due(clock.due.due_at),
        (None, Some(_)) => text::NO_PROMISE.to_owned(),
        (None, None) => text::NOTHING_OWED.to_owned(),
    });
    let spent = resolution::spent(ticket, rules, now);
    let told = |spent: &Spent| {
        let promised = runs
            .iter()
            .any(|run| run.clock.kind == ClockKind::Resolution);
        promised || spent.first.is_some()
    };
    parts.now.extend(spent.filter(told).map(text::spent));
    runs
}

/// What started a clock.
fn cause(run: &Run, events: &[Event], row: &TicketRow) -> String {
    let message = events.iter().find_map(|event| match event.fact {
        Fact::MessagePosted { message, .. } if message.0 == run.clock.cycle.0 => Some(message),
        _ => None,
    });
    let link = message.map(|message| text::this_message(row.guild, row.thread, message));
    let given_by = events.iter().find_map(|event| match event.fact {
        Fact::Promised { by, .. } if event.key.id == run.clock.cycle.0 => Some(by),
        _ => None,
    });
    if let (ClockKind::Promise, Some(by)) = (run.clock.kind, given_by) {
        return text::the_promise(by);
    }
    match (run.clock.kind, link) {
        (ClockKind::SecondLook, Some(link)) => text::unconfirmed(&link),
        (_, Some(link)) => link,
        (_, None) => text::THE_REOPENING.to_owned(),
    }
}

/// Who stopped a clock, by a message or by resolving.
fn answerer(run: &Run, events: &[Event]) -> Option<(UserId, bool)> {
    let stopped_by = run.stopped_by?;
    let event = events.iter().find(|event| event.key == stopped_by)?;
    match event.fact {
        Fact::MessagePosted { author, staff, .. } => Some((author, staff)),
        Fact::Resolved { by }
            if matches!(run.clock.kind, ClockKind::Resolution | ClockKind::Promise) =>
        {
            Some((by, false))
        }
        Fact::PromiseKept { by } | Fact::PromiseWithdrawn { by } | Fact::Promised { by, .. } => {
            Some((by, false))
        }
        _ => None,
    }
}

/// The times between the spans, since the clock began to count.
fn pauses(spans: &[Span], clock: &Clock) -> Vec<(Timestamp, Option<Timestamp>)> {
    let begins = spans.iter().skip(1).map(|span| Some(span.from));
    let mut pauses: Vec<_> = spans
        .iter()
        .zip(begins.chain([None]))
        .filter_map(|(span, next)| Some((span.until?, next)))
        .filter(|(from, until)| {
            *from >= clock.counted_from
                && clock.stopped_at.is_none_or(|at| *from < at)
                && until.is_none_or(|until| *from < until)
        })
        .collect();
    if let (Some((_, until)), Some(stopped_at)) = (pauses.last_mut(), clock.stopped_at)
        && until.is_none_or(|until| until > stopped_at)
    {
        *until = Some(stopped_at);
    }
    pauses
}

/// Why it is due when it is.
fn because(policy: &Policy, clock: &Clock) -> String {
    let (calendar, from) = (&policy.calendar, clock.counted_from);
    let target = match clock.kind {
        ClockKind::FirstResponse => policy.first_response,
        ClockKind::NextResponse | ClockKind::SecondLook => policy.next_response,
        ClockKind::Resolution => policy.resolution,
        ClockKind::Promise => None,
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

fn alert(row: &AlertRow, runs: &[Run], events: &[Event]) -> String {
    let alert = &row.alert;
    let run = runs
        .iter()
        .find(|run| (run.clock.kind, run.clock.cycle) == (alert.clock, alert.cycle));
    let fate = match row.state {
        OutboxState::Pending | OutboxState::Leased => text::Fate::Pending,
        OutboxState::Delivered => text::Fate::Sent(row.finished_at),
        OutboxState::Dropped => text::Fate::Dropped(row.finished_at, dropped(row, run, events)),
        OutboxState::Dead => text::Fate::GivenUp(row.finished_at),
    };
    let held = run.and_then(|run| held(row, run, events));
    text::alert(alert, row.audience, &row.ping, &fate, held)
}

/// Why an alert was not sent after all.
fn dropped(row: &AlertRow, run: Option<&Run>, events: &[Event]) -> text::Dropped {
    let at = row.finished_at.unwrap_or(row.ordered_at);
    let taken_on = events.iter().rev().find_map(|event| match event.fact {
        Fact::Acknowledged { by, until } if event.key.at <= at && at < until => Some(by),
        _ => None,
    });
    let clock = run.map(|run| run.clock);
    let stopped = clock.and_then(|clock| clock.stopped_at);
    let due_at = row.alert.due_at;
    match (taken_on, clock) {
        _ if stopped.is_some_and(|stopped| stopped <= at) => text::Dropped::Over,
        (Some(by), Some(_)) => text::Dropped::TakenOn(by),
        (None, Some(_)) if row.alert.trigger == Trigger::AtRisk && due_at < at => {
            text::Dropped::Overdue
        }
        _ => text::Dropped::NotTrue,
    }
}

/// Who had it in hand when the alert fell due, so that it was told only afterwards, and until when.
fn held(row: &AlertRow, run: &Run, events: &[Event]) -> Option<(UserId, Timestamp)> {
    let fell_due = match row.alert.trigger {
        Trigger::AtRisk => run.clock.due.warn_at,
        Trigger::Overdue => run.clock.due.due_at,
        Trigger::Started | Trigger::ClaimEnds => return None,
    };
    events.iter().rev().find_map(|event| match event.fact {
        Fact::Acknowledged { by, until }
            if (event.key.at..until).contains(&fell_due) && until <= row.ordered_at =>
        {
            Some((by, until))
        }
        _ => None,
    })
}

fn step(event: &Event, for_team: bool) -> Option<String> {
    let (step, who) = match event.fact {
        Fact::Claimed { by } => (text::Step::Claimed, by),
        Fact::Released { by } => (text::Step::Released, by),
        Fact::Resolved { by } => (text::Step::Resolved, by),
        Fact::Reopened { by } => (text::Step::Reopened, by),
        Fact::PrioritySet { by, priority } => (text::Step::Priority(priority), by),
        Fact::ReplySpared { by: Some(by), .. } => (text::Step::ReplySpared, by),
        Fact::ReplyWanted { by, .. } => (text::Step::ReplyWanted, by),
        Fact::ClaimLapsed { by } => (text::Step::Lapsed, by),
        Fact::Snoozed {
            by,
            until,
            ref reason,
        } => {
            let reason = for_team.then_some(reason.as_str());
            return Some(text::snoozed(by, until, reason, event.key.at));
        }
        Fact::Promised {
            by,
            until,
            ref note,
        } => return Some(text::gave_date(by, until, note, event.key.at)),
        Fact::PromiseKept { by } => (text::Step::PromiseKept, by),
        Fact::PromiseWithdrawn { by } => (text::Step::PromiseWithdrawn, by),
        Fact::AskerReminded { .. } => return Some(text::asker_reminded(event.key.at)),
        Fact::Acknowledged { by, until } => (text::Step::TookOn(until), by),
        Fact::KindSet { by, kind } => return Some(triage::said_kind(by, kind, event.key.at)),
        Fact::CauseNamed { by, cause } => {
            return Some(triage::said_cause(by, cause, event.key.at));
        }
        Fact::IssueLinked { .. } => return Some(triage::linked(event.key.at)),
        Fact::FixShipped { .. } => return Some(triage::shipped(event.key.at)),
        Fact::ThreadCreated { .. }
        | Fact::BugSaid { .. }
        | Fact::IssueOffered(_)
        | Fact::MessagePosted { .. }
        | Fact::RolesHeld { .. }
        | Fact::ReplySpared { by: None, .. }
        | Fact::MessageDeleted { .. }
        | Fact::AlertRaised(_)
        | Fact::AlertDropped(_)
        | Fact::ThreadDeleted => return None,
    };
    Some(text::step(&step, who, event.key.at))
}

#[cfg(test)]
mod tests;
