//! `[attention]`, `[rota.NAME]` and `[ladder.NAME]`: who is reminded, relieved and called.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use super::ConfigError;
use super::file::Snowflake;
use crate::domain::attention::{Attention, Lease, Pinged, Quiet};
use crate::domain::ids::{RoleId, UserId};
use crate::domain::ladder::{Again, Ladder, LadderError, Point, Step, Telling, Whom};
use crate::domain::reminder;
use crate::domain::rota::{Rota, Turn};
use crate::domain::target;
use crate::domain::{Calendar, SupportDuration};

/// How long before a claim ends its holder is warned, unless the settings say otherwise.
const CLAIM_WARNING: SupportDuration = SupportDuration::from_minutes(120);

/// The section as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    claim_lease: Option<Length>,
    claim_warning: Option<Length>,
    acknowledged_for: Option<Length>,
    most_pings_per_hour: Option<u32>,
    remind_asker: Vec<Length>,
    production_down_per_day: Option<u32>,
    quiet: Vec<QuietSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuietSection {
    member: Option<Snowflake>,
    role: Option<Snowflake>,
    outside: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotaSection {
    people: Vec<Snowflake>,
    time_zone: String,
    turn: String,
    hands_over: NaiveTime,
    starts_on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LadderSection {
    steps: Vec<StepSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSection {
    at: String,
    tell: Option<String>,
    r#in: Option<String>,
    again: Option<String>,
}

/// Support time, as in `4h`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Length(pub(super) SupportDuration);

impl TryFrom<String> for Length {
    type Error = target::LengthError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        target::read_length(&text).map(Self)
    }
}

impl Section {
    /// What it means, once it is known to be whole.
    pub(super) fn read(
        &self,
        rotas: &BTreeMap<String, RotaSection>,
        calendars: &BTreeMap<String, Calendar>,
    ) -> Result<Attention, ConfigError> {
        let usual = Attention::default();
        let quiet = self.quiet.iter().map(|quiet| quiet.read(calendars));
        let rotas = rotas
            .iter()
            .map(|(name, rota)| Ok((name.clone(), rota.read(name)?)));
        if self.most_pings_per_hour == Some(0) {
            return Err(ConfigError::new(
                "attention.most_pings_per_hour is 0: name at least 1, or leave it out for no limit.",
            ));
        }
        let remind_asker: Vec<_> = self.remind_asker.iter().map(|length| length.0).collect();
        if remind_asker.len() > reminder::MOST || !remind_asker.is_sorted_by(|one, next| one < next)
        {
            return Err(ConfigError::new(
                "attention.remind_asker: an asker is reminded at most twice, the second time later than the first.",
            ));
        }
        if self.production_down_per_day == Some(0) {
            return Err(ConfigError::new(
                "attention.production_down_per_day is 0: name at least 1, or leave it out for no button.",
            ));
        }
        Ok(Attention {
            remind_asker,
            production_down_per_day: self.production_down_per_day,
            claim_lease: self.lease()?,
            hold: self.acknowledged_for.map_or(usual.hold, |length| length.0),
            rotas: rotas.collect::<Result<_, ConfigError>>()?,
            quiet: quiet.collect::<Result<_, _>>()?,
            most_pings_per_hour: self.most_pings_per_hour,
        })
    }

    fn lease(&self) -> Result<Option<Lease>, ConfigError> {
        let refuse = |why: &str| Err(ConfigError::new(format!("attention.{why}.")));
        let Some(Length(length)) = self.claim_lease else {
            return match self.claim_warning {
                None => Ok(None),
                Some(_) => refuse("claim_warning is set, but claim_lease is not: set both or none"),
            };
        };
        let warning = self.claim_warning.map_or(CLAIM_WARNING, |length| length.0);
        if warning >= length {
            return refuse(
                "claim_warning must be shorter than claim_lease: somebody is warned before a claim ends",
            );
        }
        Ok(Some(Lease { length, warning }))
    }
}

impl QuietSection {
    fn read(&self, calendars: &BTreeMap<String, Calendar>) -> Result<Quiet, ConfigError> {
        let refuse = |why: String| ConfigError::new(format!("attention.quiet: {why}."));
        let whose = match (self.member, self.role) {
            (Some(Snowflake(member)), None) => Pinged::Person(UserId(member)),
            (None, Some(Snowflake(role))) => Pinged::Role(RoleId(role)),
            _ => return Err(refuse("name a member or a role, and not both".to_owned())),
        };
        let outside = calendars.get(self.outside.as_str()).ok_or_else(|| {
            refuse(format!(
                "there is no calendar {:?}; quiet hours are whenever a calendar is not open",
                self.outside
            ))
        })?;
        Ok(Quiet {
            whose,
            outside: outside.clone(),
        })
    }
}

impl RotaSection {
    fn read(&self, name: &str) -> Result<Rota, ConfigError> {
        let refuse = |why: String| ConfigError::new(format!("rota.{name}: {why}."));
        let zone: Tz = self.time_zone.parse().map_err(|_| {
            refuse(format!(
                "there is no time zone {:?}; write an IANA name such as Europe/Berlin or UTC",
                self.time_zone
            ))
        })?;
        let turn = turn(&self.turn).ok_or_else(|| {
            refuse(format!(
                "{:?} is no turn: write \"day\", \"week\" (from Monday) or \"week from tuesday\"",
                self.turn
            ))
        })?;
        let people = self.people.iter().map(|id| UserId(id.0)).collect();
        Rota::new(people, zone, turn, self.hands_over, self.starts_on)
            .map_err(|error| refuse(error.to_string()))
    }
}

fn turn(text: &str) -> Option<Turn> {
    match text.trim() {
        "day" => Some(Turn::Day),
        "week" => Some(Turn::Week(Weekday::Mon)),
        text => {
            let weekday = text.strip_prefix("week from ")?;
            weekday.trim().parse().ok().map(Turn::Week)
        }
    }
}

impl LadderSection {
    /// The ladder, whose rotas have to be there.
    pub(super) fn read(
        &self,
        name: &str,
        rotas: &BTreeMap<String, RotaSection>,
    ) -> Result<Ladder, ConfigError> {
        let refuse = |why: String| ConfigError::new(format!("ladder.{name}: {why}."));
        let steps = self.steps.iter().map(StepSection::read);
        let ladder = steps
            .collect::<Result<Vec<_>, _>>()
            .and_then(Ladder::new)
            .map_err(|error| refuse(error.to_string()))?;
        if self.steps.is_empty() {
            return Err(refuse(
                "it has no steps, so nobody would ever be told".to_owned(),
            ));
        }
        let missing = ladder
            .tellings()
            .flat_map(Telling::names)
            .find_map(|whom| match whom {
                Whom::Rota(rota) if !rotas.contains_key(rota) => Some(rota.clone()),
                _ => None,
            });
        match missing {
            Some(rota) => Err(refuse(format!(
                "there is no rota {rota:?}; add [rota.{rota}]"
            ))),
            None => Ok(ladder),
        }
    }
}

impl StepSection {
    fn read(&self) -> Result<Step, LadderError> {
        let again: Option<Again> = self.again.as_deref().map(str::parse).transpose()?;
        let point: Point = self.at.parse()?;
        let telling = Telling::read(self.tell.as_deref(), self.r#in.as_deref())?;
        Ok(Step {
            point,
            tell: vec![telling],
            again,
        })
    }
}
