//! Ladders as the settings write them.

use std::fmt;
use std::str::FromStr;

use super::{Again, Point, Telling, Whom};
use crate::domain::SupportDuration;
use crate::domain::decision::Audience;
use crate::domain::event::Trigger;
use crate::domain::ids::{ChannelId, RoleId, UserId};
use crate::domain::target::{self, LengthError};

/// How often a step may come again: who has not come after that is reached in another way.
const MOST_TIMES: u32 = 20;

/// Why a ladder cannot be used. Each is a sentence for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// Not a point of a clock.
    #[error(
        "`{0}` is no point of a clock: write `start`, `at risk`, `overdue`, or later, as in `2h after overdue`"
    )]
    Point(String),
    /// Not a length.
    #[error(transparent)]
    Length(#[from] LengthError),
    /// Seconds.
    #[error("`{0}` is not in whole minutes")]
    Minutes(String),
    /// Nobody is named so.
    #[error(
        "`{0}` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both)"
    )]
    Whom(String),
    /// Nowhere.
    #[error("`{0}` is no place to tell: write `staff`, `moderators` or the id of a channel")]
    Place(String),
    /// Not a rhythm.
    #[error(
        "`{0}` does not say how often: write it like `every 30m, 4 times`, at most {MOST_TIMES} times"
    )]
    Again(String),
    /// Two steps at one point.
    #[error(
        "two steps at the same point come again differently: give both the same `again`, or none"
    )]
    TwoRhythms,
}

impl FromStr for Point {
    type Err = LadderError;

    fn from_str(text: &str) -> Result<Self, LadderError> {
        let (minutes, point) = match text.split_once(" after ") {
            Some((length, point)) => (whole_minutes(length)?, point),
            None => (0, text),
        };
        let trigger = match point.trim() {
            "start" => Trigger::Started,
            "at risk" => Trigger::AtRisk,
            "overdue" => Trigger::Overdue,
            _ => return Err(LadderError::Point(text.to_owned())),
        };
        Ok(Self { trigger, minutes })
    }
}

impl FromStr for Again {
    type Err = LadderError;

    fn from_str(text: &str) -> Result<Self, LadderError> {
        let refuse = || LadderError::Again(text.to_owned());
        let rest = text.trim().strip_prefix("every ").ok_or_else(refuse)?;
        let (every, times) = rest.split_once(',').ok_or_else(refuse)?;
        let times = times.trim();
        let times = times
            .strip_suffix(" times")
            .or_else(|| times.strip_suffix(" time"))
            .and_then(|times| times.trim().parse().ok())
            .filter(|times| (1..=MOST_TIMES).contains(times))
            .ok_or_else(refuse)?;
        Ok(Self {
            every: whole_minutes(every)?,
            times,
        })
    }
}

impl FromStr for Audience {
    type Err = LadderError;

    fn from_str(text: &str) -> Result<Self, LadderError> {
        match text.trim() {
            "staff" => Ok(Self::Staff),
            "moderators" => Ok(Self::Moderators),
            id => id
                .parse()
                .map(|id| Self::Channel(ChannelId(id)))
                .map_err(|_| LadderError::Place(text.to_owned())),
        }
    }
}

impl Telling {
    /// What `tell` and `in` say.
    pub fn read(whom: Option<&str>, place: Option<&str>) -> Result<Self, LadderError> {
        let lists = whom.into_iter().flat_map(|whom| whom.split(" and "));
        Ok(Self {
            audience: place.map_or(Ok(Audience::Staff), str::parse)?,
            whom: lists
                .map(|list| list.split(" else ").map(str::parse).collect())
                .collect::<Result<_, _>>()?,
        })
    }
}

impl FromStr for Whom {
    type Err = LadderError;

    fn from_str(text: &str) -> Result<Self, LadderError> {
        let refuse = || LadderError::Whom(text.trim().to_owned());
        let id = |digits: &str| digits.trim().parse::<u64>().ok().filter(|id| *id > 0);
        match text.trim().split_once(' ') {
            None => match text.trim() {
                "claimer" => Ok(Self::Claimer),
                "staff" => Ok(Self::Staff),
                "moderators" => Ok(Self::Moderators),
                _ => Err(refuse()),
            },
            Some(("role", digits)) => Ok(Self::Role(RoleId(id(digits).ok_or_else(refuse)?))),
            Some(("member", digits)) => Ok(Self::Member(UserId(id(digits).ok_or_else(refuse)?))),
            Some(("rota", name)) if !name.trim().is_empty() => {
                Ok(Self::Rota(name.trim().to_owned()))
            }
            Some(_) => Err(refuse()),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.minutes > 0 {
            let later = SupportDuration::from_minutes(self.minutes);
            write!(f, "{later} after ")?;
        }
        f.write_str(match self.trigger {
            Trigger::Started => "start",
            Trigger::AtRisk => "at risk",
            Trigger::Overdue => "overdue",
            Trigger::ClaimEnds => "the end of a claim",
        })
    }
}

fn whole_minutes(text: &str) -> Result<u32, LadderError> {
    let length = target::read_length(text)?.length();
    let minutes = length.num_minutes();
    if length.num_milliseconds() % 60_000 != 0 {
        return Err(LadderError::Minutes(text.trim().to_owned()));
    }
    u32::try_from(minutes).map_err(|_| LadderError::Minutes(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ladder::{Ladder, Step};

    #[test]
    fn whom_and_where() {
        let telling = Telling::read(
            Some("claimer else rota on call else staff and member 7 and role 8"),
            Some("9"),
        );
        assert_eq!(
            telling.unwrap(),
            Telling {
                audience: Audience::Channel(ChannelId(9)),
                whom: vec![
                    vec![Whom::Claimer, Whom::Rota("on call".to_owned()), Whom::Staff],
                    vec![Whom::Member(UserId(7))],
                    vec![Whom::Role(RoleId(8))],
                ],
            }
        );
        let nobody = Telling::read(None, None).unwrap();
        assert_eq!((nobody.audience, nobody.whom), (Audience::Staff, vec![]));
    }

    #[test]
    fn points_and_rhythms() {
        for (text, trigger, minutes) in [
            ("start", Trigger::Started, 0),
            ("at risk", Trigger::AtRisk, 0),
            ("1h30m after overdue", Trigger::Overdue, 90),
        ] {
            assert_eq!(text.parse(), Ok(Point { trigger, minutes }), "{text}");
        }
        assert_eq!(
            "every 30m, 4 times".parse(),
            Ok(Again {
                every: 30,
                times: 4
            })
        );
    }

    #[test]
    fn what_is_no_ladder_is_refused_in_one_sentence() {
        let point = |text: &str| text.parse::<Point>().unwrap_err().to_string();
        let again = |text: &str| text.parse::<Again>().unwrap_err().to_string();
        let tell = |text: &str| Telling::read(Some(text), None).unwrap_err().to_string();
        let place = |text: &str| Telling::read(None, Some(text)).unwrap_err().to_string();
        let step = |again: Option<&str>| Step {
            point: "start".parse().unwrap(),
            tell: Vec::new(),
            again: again.map(|again| again.parse().unwrap()),
        };
        let rhythms = Ladder::new([step(None), step(Some("every 1h, 1 time"))]);
        let sentences = [
            point("soon"),
            point("2d after overdue"),
            point("30s after start"),
            again("often"),
            again("every 10m, 0 times"),
            tell("everybody"),
            tell("role x"),
            tell("claimer else"),
            place("there"),
            rhythms.unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(sentences.join("\n"), @"
        `soon` is no point of a clock: write `start`, `at risk`, `overdue`, or later, as in `2h after overdue`
        `2d` counts in days or longer, which have no fixed length in support time: write hours, such as `16h`
        `30s` is not in whole minutes
        `often` does not say how often: write it like `every 30m, 4 times`, at most 20 times
        `every 10m, 0 times` does not say how often: write it like `every 30m, 4 times`, at most 20 times
        `everybody` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both)
        `role x` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both)
        `claimer else` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both)
        `there` is no place to tell: write `staff`, `moderators` or the id of a channel
        two steps at the same point come again differently: give both the same `again`, or none
        ");
    }
}
