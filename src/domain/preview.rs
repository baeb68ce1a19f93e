//! By when something would be due if it were asked now, tonight, on Friday at 16:30; and what a change
//! of the promise would do to the clocks that run.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::Timestamp;
use super::clocks::clocks_waiting;
use super::ids::ChannelId;
use super::policy::{Policy, ServiceLevel, Source};
use super::target::{self, Due, Target};
use super::ticket::Ticket;
use super::when::{self, WhenError};

/// When it is asked unless somebody says otherwise, besides now: after support hours, and shortly
/// before the weekend.
const USUAL: [&str; 2] = ["20:00", "friday 16:30"];

/// What a policy promises for some questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The policy's name.
    pub policy: String,
    /// The zone of its calendar.
    pub zone: Tz,
    /// Each question.
    pub asked: Vec<Asked>,
}

/// One question, and by when it would be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it is asked.
    pub at: Timestamp,
    /// The first answer. `None` when the policy promises none, or its calendar has no such instant.
    pub first_response: Option<Due>,
    /// A later answer, likewise.
    pub next_response: Option<Due>,
}

/// How many of the clocks that run in these tickets have another due time under `after`, or are no
/// more, or are new.
pub fn moved(
    tickets: &[Ticket],
    before: &ServiceLevel,
    after: &ServiceLevel,
    now: Timestamp,
) -> usize {
    let running = |ticket: &Ticket, rules: &ServiceLevel| -> BTreeMap<_, Timestamp> {
        let clocks = clocks_waiting(ticket, rules, now).into_iter();
        let clocks = clocks.filter(|_| rules.judges(ticket));
        clocks
            .map(|clock| ((clock.kind, clock.cycle), clock.due.due_at))
            .collect()
    };
    let moved = tickets.iter().map(|ticket| {
        let (before, after) = (running(ticket, before), running(ticket, after));
        let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let moved = all.into_iter();
        moved
            .filter(|clock| before.get(clock) != after.get(clock))
            .count()
    });
    moved.sum()
}

/// What each policy for this channel promises to who asks `at`, read in the zone of the policy's
/// calendar; by default now, tonight and on Friday afternoon.
pub fn preview(
    policies: &[Policy],
    channel: Option<ChannelId>,
    at: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Preview>, WhenError> {
    policies
        .iter()
        .filter(|policy| match channel {
            Some(channel) => {
                let here = matches!(policy.when.source, None | Some(Source::Discord));
                let listed = &policy.when.channels;
                here && (listed.is_empty() || listed.contains(&channel))
            }
            None => true,
        })
        .map(|policy| {
            let instants = instants(policy, at, now)?;
            Ok(Preview {
                policy: policy.name.clone(),
                zone: policy.calendar.zone(),
                asked: instants.into_iter().map(|at| asked(policy, at)).collect(),
            })
        })
        .collect()
}

fn instants(
    policy: &Policy,
    at: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Timestamp>, WhenError> {
    let Some(text) = at else {
        // A usual time that the clock leaves out is left out here too.
        let usual = USUAL
            .iter()
            .filter_map(|text| when::read(text, &policy.calendar, now).ok());
        let mut instants: Vec<Timestamp> = usual.map(|when| when.at).chain([now]).collect();
        instants.sort_unstable();
        return Ok(instants);
    };
    if text.trim().eq_ignore_ascii_case("now") {
        return Ok(vec![now]);
    }
    Ok(vec![when::read(text, &policy.calendar, now)?.at])
}

fn asked(policy: &Policy, at: Timestamp) -> Asked {
    let due = |target: Option<Target>| {
        target.and_then(|target| target::due(&target, &policy.warning, &policy.calendar, at))
    };
    Asked {
        at,
        first_response: due(policy.first_response),
        next_response: due(policy.next_response),
    }
}
