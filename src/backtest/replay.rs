//! One recorded thread through the core: what the bot would have recorded and said.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::recording::Thread;
use crate::domain::calendar::Calendar;
use crate::domain::decision::{ClockState, decide};
use crate::domain::event::{ClockKind, Event, Fact, Trigger};
use crate::domain::history::history;
use crate::domain::ids::{MessageId, UserId};
use crate::domain::policy::ServiceLevel;
use crate::domain::ticket::{Extended, Ticket};
use crate::domain::{SupportDuration, Timestamp};

/// What became of a thread in which somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// When the question was asked.
    pub(super) opened_at: Timestamp,
    /// The first answer by anyone.
    pub(super) by_anyone: Option<Response>,
    /// The first answer by staff.
    pub(super) by_staff: Option<Response>,
    /// Every promise that was made, and where it stood in the end.
    pub(super) promises: Vec<(ClockKind, ClockState)>,
    /// Every alert, in order.
    pub(super) alerts: Vec<Alarm>,
    /// The zone of the support hours that applied: UTC where no policy matched.
    pub(super) zone: Tz,
}

/// How long a first answer took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) wall: chrono::TimeDelta,
    /// `None` where no policy matched, and so no support hours are known.
    pub(super) support: Option<SupportDuration>,
}

/// An alert that would have been raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    pub(super) trigger: Trigger,
    pub(super) at: Timestamp,
}

/// Runs a thread through the core. `None` when no person wrote in it.
///
/// Between two messages time passes: the core is asked again at every instant it named, so that
/// alerts are raised when they would have been. Facts of one instant count before anything is
/// decided at that instant. After the last message it is asked until it names no instant any more,
/// so an answer that never came is overdue in the end.
pub(super) fn replay(thread: &Thread, rules: &ServiceLevel) -> Option<Outcome> {
    let events = events(thread);
    let mut run = Run::new(rules);
    for same_instant in events.chunk_by(|one, other| one.key.at == other.key.at) {
        let Some(at) = same_instant.first().map(|event| event.key.at) else {
            continue;
        };
        run.pass_time(Some(at));
        for event in same_instant {
            run.record(event.clone());
        }
        run.decide(at);
    }
    run.pass_time(None);
    run.outcome()
}

/// The facts of a thread, in order. Numbers stand for the ids that a recording does not have, in
/// its order, so that facts of one instant keep it.
fn events(thread: &Thread) -> Vec<Event> {
    let mut people: HashMap<&str, UserId> = HashMap::new();
    let mut events = Vec::with_capacity(thread.messages.len() + 1);
    let mut id = 0;
    for message in thread.messages.iter().filter(|message| message.is_human()) {
        id += 1;
        let known = people.len() as u64;
        let author = *people
            .entry(&message.author)
            .or_insert_with(|| UserId(known + 1));
        let fact = Fact::MessagePosted {
            message: MessageId(id),
            author,
            staff: message.is_staff,
        };
        events.push(Event::at(message.at, id, fact));
    }
    // Who resolved it is not recorded and changes nothing here: nobody's number.
    if let (Some(at), false) = (thread.resolved_at, events.is_empty()) {
        events.push(Event::at(at, id + 1, Fact::Resolved { by: UserId(0) }));
    }
    events.sort_by_key(|event| event.key);
    events
}

struct Run<'rules> {
    rules: &'rules ServiceLevel,
    recorded: Vec<Event>,
    ticket: Ticket,
    wake_at: Option<Timestamp>,
    /// When it was last asked.
    asked_at: Timestamp,
    alerts: Vec<Alarm>,
}

impl<'rules> Run<'rules> {
    fn new(rules: &'rules ServiceLevel) -> Self {
        Self {
            rules,
            recorded: Vec::new(),
            ticket: Ticket::default(),
            wake_at: None,
            asked_at: Timestamp::MIN_UTC,
            alerts: Vec::new(),
        }
    }

    fn record(&mut self, event: Event) {
        let extended = self.ticket.extend(&event);
        self.recorded.push(event);
        if extended == Extended::FoldAgain {
            self.ticket = Ticket::fold(self.recorded.iter().cloned());
        }
    }

    /// Asks at every instant before `until` at which something changes by itself.
    fn pass_time(&mut self, until: Option<Timestamp>) {
        while let Some(wake_at) = self.wake_at
            && until.is_none_or(|until| wake_at < until)
        {
            self.decide(wake_at);
            // The next change is later, always: or else this would not end.
            self.wake_at = self.wake_at.filter(|next| *next > wake_at);
        }
    }

    fn decide(&mut self, now: Timestamp) {
        self.asked_at = now;
        let decision = decide(&self.ticket, self.rules, None, now);
        for event in decision.events {
            if let Fact::AlertRaised(alert) = &event.fact {
                self.alerts.push(Alarm {
                    trigger: alert.trigger,
                    at: now,
                });
            }
            self.record(event);
        }
        self.wake_at = decision.wake_at;
    }

    fn outcome(self) -> Option<Outcome> {
        let ticket = &self.ticket;
        let opened_at = ticket.question?.opened_at;
        let terms = self.rules.find_terms(ticket, opened_at, opened_at);
        let calendar = terms.map(|terms| &terms.policy.calendar);
        let response = |at: Timestamp| Response {
            wall: at.signed_duration_since(opened_at),
            support: calendar.map(|calendar| calendar.between(opened_at, at)),
        };
        let (community, staff) = (ticket.first_community_at, ticket.first_staff_at);
        Some(Outcome {
            opened_at,
            by_anyone: community.into_iter().chain(staff).min().map(response),
            by_staff: staff.map(response),
            promises: history(&self.recorded, self.rules, self.asked_at)
                .iter()
                .map(|run| (run.clock.kind, run.clock.state))
                .collect(),
            alerts: self.alerts,
            zone: calendar.map_or(Tz::UTC, Calendar::zone),
        })
    }
}
