//! Every clock that a ticket ever had, with what started and what stopped it.
//!
//! A [`Ticket`] remembers its first exchange and the latest; the rest follows from its events, by
//! the same functions that decide.

use super::Timestamp;
use super::clocks::{Clock, clocks};
use super::event::{Event, EventKey};
use super::policy::ServiceLevel;
use super::ticket::Ticket;

/// One run of a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The clock: as it stopped, or as it stands now.
    pub clock: Clock,
    /// The event that stopped it.
    pub stopped_by: Option<EventKey>,
}

/// The runs of a ticket's clocks, in the order in which they started.
pub fn history(events: &[Event], rules: &ServiceLevel, now: Timestamp) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let ticket = Ticket::fold_watched(events.iter().cloned(), |ticket, event| {
        note(&mut runs, &clocks(ticket, rules, event.key.at), event.key);
    });
    let last = clocks(&ticket, rules, now);
    if let Some(latest) = ticket.latest {
        note(&mut runs, &last, latest);
    }
    // What neither stopped nor is there any more was taken back by a change of terms.
    runs.retain(|run| {
        !run.clock.is_waiting() || last.iter().any(|clock| is_same(clock, &run.clock))
    });
    runs.sort_by_key(|run| (run.clock.started_at, run.clock.kind));
    runs
}

fn note(runs: &mut Vec<Run>, clocks: &[Clock], at: EventKey) {
    for clock in clocks {
        let known = runs.iter_mut().find(|run| is_same(&run.clock, clock));
        let stopped_by = |before: Option<EventKey>| clock.stopped_at.and(before.or(Some(at)));
        match known {
            Some(run) => {
                let before = run
                    .stopped_by
                    .filter(|_| run.clock.stopped_at == clock.stopped_at);
                run.stopped_by = stopped_by(before);
                run.clock = *clock;
            }
            None => runs.push(Run {
                clock: *clock,
                stopped_by: stopped_by(None),
            }),
        }
    }
}

fn is_same(one: &Clock, other: &Clock) -> bool {
    (one.kind, one.cycle) == (other.kind, other.cycle)
}
