//! By when something would be due if it were asked now, tonight, on Friday at 16:30.

use chrono_tz::Tz;

use super::Timestamp;
use super::ids::ChannelId;
use super::policy::{Policy, Source};
use super::target::{self, Due, Target};
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
