//! `[[policy]]`: the rows of the promise as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ConfigError;
use super::file::{Snowflake, ids, not_empty};
use crate::domain::calendar::Calendar;
use crate::domain::event::Priority;
use crate::domain::ids::{ChannelId, RoleId, TagId};
use crate::domain::ladder::Ladder;
use crate::domain::policy::{AnsweredBy, Match, Policy, Source};
use crate::domain::target::{Target, Warning};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    name: String,
    calendar: String,
    #[serde(default)]
    channels: Vec<Snowflake>,
    #[serde(default)]
    tags: Vec<Snowflake>,
    priority: Option<Priority>,
    #[serde(default)]
    asker_roles: Vec<Snowflake>,
    source: Option<Source>,
    first_response: Option<Target>,
    next_response: Option<Target>,
    resolution: Option<Target>,
    #[serde(default = "usual_warning")]
    warning: Warning,
    #[serde(default)]
    answered_by: Answer,
    confirm_within: Option<Target>,
    ladder: Option<String>,
}

fn usual_warning() -> Warning {
    Warning::USUAL
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    #[default]
    Anyone,
    Staff,
}

/// The promise, row by row: each has a name of its own and something to match.
pub(super) fn policies(
    rows: &[Row],
    ladders: &BTreeMap<&str, Ladder>,
    calendars: &BTreeMap<String, Calendar>,
) -> Result<Vec<Policy>, ConfigError> {
    let policies = rows
        .iter()
        .map(|row| policy(row, calendars, ladders))
        .collect::<Result<Vec<_>, _>>()?;
    not_empty(&policies, "[[policy]]", "a row of the promise")?;
    for (index, policy) in policies.iter().enumerate() {
        if policies
            .iter()
            .take(index)
            .any(|other| other.name == policy.name)
        {
            return Err(ConfigError::new(format!(
                "two policies are named {:?}: give each a name of its own.",
                policy.name
            )));
        }
        let before = policies.iter().take(index);
        if let Some(covers) = before.rev().find(|other| other.when.covers(&policy.when)) {
            return Err(ConfigError::new(format!(
                "policy {:?} can never match: {:?} stands before it and takes every thread it is for; move it up, or leave it out.",
                policy.name, covers.name
            )));
        }
    }
    Ok(policies)
}

fn policy(
    row: &Row,
    calendars: &BTreeMap<String, Calendar>,
    ladders: &BTreeMap<&str, Ladder>,
) -> Result<Policy, ConfigError> {
    let name = row.name.trim().to_owned();
    let refuse = |why: String| ConfigError::new(format!("policy {name:?}: {why}."));
    if name.is_empty() || name.chars().count() > 40 {
        return Err(refuse("a name has 1 to 40 characters".to_owned()));
    }
    let calendar = calendars.get(row.calendar.as_str()).ok_or_else(|| {
        refuse(format!(
            "there is no calendar {:?}; add [calendar.{}] or use one of: {}",
            row.calendar,
            row.calendar,
            calendars.keys().cloned().collect::<Vec<_>>().join(", ")
        ))
    })?;
    if row.first_response.is_none() && row.next_response.is_none() && row.resolution.is_none() {
        return Err(refuse(
            "it promises nothing; set first_response, next_response, resolution or several of them"
                .to_owned(),
        ));
    }
    if let Some(Target::SameDay { .. }) = row.resolution {
        return Err(refuse(
            "a resolution waits for the asker now and then, so it has no day to be due on; set \
             resolution to support time (`40h`) or wall time (`72h wall`)"
                .to_owned(),
        ));
    }
    let answered_by = match row.answered_by {
        Answer::Anyone => AnsweredBy::Anyone,
        Answer::Staff => AnsweredBy::Staff,
    };
    let confirm_within = match (row.confirm_within, answered_by) {
        (None, _) => None,
        (Some(_), AnsweredBy::Staff) => {
            return Err(refuse(
                "only staff's answer counts, so nothing is left to confirm; leave out \
                 confirm_within, or set answered_by = \"anyone\""
                    .to_owned(),
            ));
        }
        (Some(Target::Support(within)), AnsweredBy::Anyone) => Some(within),
        (Some(Target::Wall(_) | Target::SameDay { .. }), AnsweredBy::Anyone) => {
            return Err(refuse(
                "confirm_within is support time, such as `16h`".to_owned(),
            ));
        }
    };
    let ladder = match (&row.ladder, row.priority) {
        (Some(name), _) => ladders
            .get(name.as_str())
            .cloned()
            .ok_or_else(|| refuse(format!("there is no ladder {name:?}; add [ladder.{name}]")))?,
        (None, Some(Priority::Critical)) => Ladder::critical(),
        (None, _) => Ladder::default(),
    };
    Ok(Policy {
        when: Match {
            channels: ids(&row.channels, ChannelId),
            tags: ids(&row.tags, TagId),
            priority: row.priority,
            asker_roles: ids(&row.asker_roles, RoleId),
            source: row.source,
        },
        first_response: row.first_response,
        next_response: row.next_response,
        resolution: row.resolution,
        warning: row.warning,
        answered_by,
        confirm_within,
        ladder,
        ..Policy::of(name, calendar.clone())
    })
}
