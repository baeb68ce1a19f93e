//! Escalation: what of its ladders a ticket has reached and nobody was told yet.
//!
//! "I have it until …" holds the ladder of every clock that ran then: until that instant nothing is
//! said, and afterwards what was reached meanwhile, unless it is no longer true. A question that
//! comes later, or another priority, is another matter and is told at once.
//!
//! Before its date a promise is the matter of who gave it, and no ladder's: they are reminded.

use super::Timestamp;
use super::decision::Clock;
use super::event::{Alert, Trigger};
use super::ladder::{Climb, Telling};
use super::lease;
use super::policy::ServiceLevel;
use super::promise;
use super::ticket::Ticket;

/// What is to be said, and when to look again.
#[derive(Debug, Default)]
pub struct Escalation {
    /// Alerts that are to be raised, and who is told of each.
    pub alerts: Vec<(Alert, Vec<Telling>)>,
    /// When a ladder goes on.
    pub wake_at: Option<Timestamp>,
}

/// What the running clocks of a ticket have reached at `now`.
pub fn escalate(
    ticket: &Ticket,
    rules: &ServiceLevel,
    clocks: &[Clock],
    now: Timestamp,
) -> Escalation {
    let mut escalation = Escalation::default();
    for clock in clocks {
        let held_until = held_until(ticket, clock, now);
        let climb = match held_until {
            Some(_) => Climb::default(),
            None => climb(rules, clock, now),
        };
        let wakes = [escalation.wake_at, held_until, climb.next_at];
        escalation.wake_at = wakes.into_iter().flatten().min();
        let reached = climb.reached.into_iter();
        let reached = reached.map(|(alert, step)| (alert, step.tell.clone()));
        let reminder = promise::reminder(clock).filter(|_| held_until.is_none());
        let reminder = reminder.map(|alert| (alert, vec![Telling::of_claim()]));
        let alerts = reached.chain(reminder);
        let new = alerts.filter(|(alert, _)| !ticket.raised.contains(alert));
        escalation.alerts.extend(new);
    }
    escalation
}

/// Whether an alert that was raised is still true of the ticket's clocks, and nobody has taken it on.
pub fn still_true(
    ticket: &Ticket,
    rules: &ServiceLevel,
    clocks: &[Clock],
    alert: &Alert,
    now: Timestamp,
) -> bool {
    if alert.trigger == Trigger::ClaimEnds {
        return lease::still_warns(ticket, rules, alert, now);
    }
    clocks.iter().any(|clock| {
        held_until(ticket, clock, now).is_none()
            && (promise::reminder(clock) == Some(*alert)
                || climb(rules, clock, now)
                    .reached
                    .iter()
                    .any(|(reached, _)| reached == alert))
    })
}

fn climb<'rules>(rules: &'rules ServiceLevel, clock: &Clock, now: Timestamp) -> Climb<'rules> {
    match rules.find_policy(clock.stamp) {
        Some(policy) => policy.ladder.climb(clock, &policy.calendar, now),
        None => Climb::default(),
    }
}

/// Until when somebody has this clock's matter in hand.
pub fn held_until(ticket: &Ticket, clock: &Clock, now: Timestamp) -> Option<Timestamp> {
    let taken = ticket.acknowledged?;
    (taken.at >= clock.counted_from && now < taken.until).then_some(taken.until)
}
