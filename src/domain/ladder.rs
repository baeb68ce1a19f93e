//! Ladders: who is told of a clock, step by step, until somebody answers.
//!
//! A step stands at a point of the clock or so much support time after it, says where and whom to
//! tell, and may come again a few times. In the settings:
//!
//! | key | what it says |
//! |---|---|
//! | `at` | `start`, `at risk` or `overdue`, or later, in support time: `2h after overdue` |
//! | `tell` | who is pinged: `claimer`, `staff`, `moderators`, `role 123`, `member 123`, `rota NAME`; of `A else B` the first who can be reached, of `A and B` both; nobody when left out |
//! | `in` | where: `staff` unless it says `moderators` or a channel's id |
//! | `again` | how often it comes again: `every 30m, 4 times` |
//!
//! A promise climbs from "overdue" on; before that whoever gave it is reminded.
//! Once a clock is overdue, its steps from "at risk" are no news any more. Of a step that came again
//! while nobody could be told, only the latest is said.

mod text;

use chrono::TimeDelta;

pub use text::LadderError;

use super::decision::{Audience, Clock, ClockState};
use super::event::{Alert, ClockKind, Trigger};
use super::ids::{RoleId, UserId};
use super::{Calendar, SupportDuration, Timestamp};

/// Who is told when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Each at a point of its own.
    steps: Vec<Step>,
}

/// What happens at one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub point: Point,
    /// Who is told, and where.
    pub tell: Vec<Telling>,
    /// How often it comes again.
    pub again: Option<Again>,
}

/// A point of a clock, or some support time after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// What is passed.
    pub trigger: Trigger,
    /// How many minutes of support time later.
    pub minutes: u32,
}

/// Where something is said, and who is pinged for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Where.
    pub audience: Audience,
    /// Of each list the first who can be reached is pinged.
    pub whom: Vec<Vec<Whom>>,
}

/// Whom a step names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Who has the ticket, if somebody has.
    Claimer,
    /// The staff role.
    Staff,
    /// The moderators' role.
    Moderators,
    /// A role.
    Role(RoleId),
    /// A person.
    Member(UserId),
    /// Who is on duty in this rota, and after them those who follow.
    Rota(String),
}

/// How a step comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// Every so many minutes of support time.
    pub every: u32,
    /// So often, after the first time.
    pub times: u32,
}

/// What of a ladder a clock has reached.
#[derive(Debug, Default)]
pub struct Climb<'ladder> {
    /// What is to be said, if it was not said before.
    pub reached: Vec<(Alert, &'ladder Step)>,
    /// When more is reached, while the clock's state stays what it is.
    pub next_at: Option<Timestamp>,
}

impl Default for Ladder {
    /// At risk: whoever has it, else the staff role. Overdue: both of them, and the moderators in
    /// their own channel.
    fn default() -> Self {
        let staff = |whom| Telling {
            audience: Audience::Staff,
            whom,
        };
        let moderators = Telling {
            audience: Audience::Moderators,
            whom: vec![vec![Whom::Moderators]],
        };
        let holder_or_staff = vec![vec![Whom::Claimer, Whom::Staff]];
        let holder_and_staff = vec![vec![Whom::Claimer], vec![Whom::Staff]];
        Self {
            steps: vec![
                Step::at(Trigger::AtRisk, vec![staff(holder_or_staff)]),
                Step::at(Trigger::Overdue, vec![staff(holder_and_staff), moderators]),
            ],
        }
    }
}

impl Ladder {
    /// A ladder of these steps. Those at one point become one step.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Result<Self, LadderError> {
        let mut made: Vec<Step> = Vec::new();
        for mut step in steps {
            match made.iter_mut().find(|other| other.point == step.point) {
                Some(other) if other.again == step.again => other.tell.append(&mut step.tell),
                Some(_) => return Err(LadderError::TwoRhythms),
                None => made.push(step),
            }
        }
        made.sort_by_key(|step| step.point);
        Ok(Self { steps: made })
    }

    /// For what cannot wait: as the default, and whoever has it, else the staff role, at once.
    pub fn critical() -> Self {
        let mut ladder = Self::default();
        let at_once = Step::at(Trigger::Started, vec![Telling::of_claim()]);
        ladder.steps.insert(0, at_once);
        ladder
    }

    /// Everything that any step tells.
    pub fn tellings(&self) -> impl Iterator<Item = &Telling> {
        self.steps.iter().flat_map(|step| &step.tell)
    }

    /// What a clock has reached at `now`. `calendar` is its policy's.
    pub fn climb(&self, clock: &Clock, calendar: &Calendar, now: Timestamp) -> Climb<'_> {
        let mut climb = Climb::default();
        for step in &self.steps {
            if !is_for(step.point.trigger, clock) {
                continue;
            }
            let Some(base) = base(step.point.trigger, clock) else {
                continue;
            };
            let mut reached = None;
            let times = step.again.map_or(0, |again| again.times);
            for again in 0..=times {
                let Some(at) = step.instant(base, calendar, again) else {
                    break;
                };
                if at > now {
                    climb.next_at = climb.next_at.into_iter().chain([at]).min();
                    break;
                }
                reached = Some(again);
            }
            if let Some(again) = reached
                && is_news(step.point.trigger, clock.state)
            {
                climb.reached.push((step.alert(clock, again), step));
            }
        }
        climb
    }
}

impl Step {
    fn at(trigger: Trigger, tell: Vec<Telling>) -> Self {
        Self {
            point: Point {
                trigger,
                minutes: 0,
            },
            tell,
            again: None,
        }
    }

    fn instant(&self, base: Timestamp, calendar: &Calendar, again: u32) -> Option<Timestamp> {
        let every = self.again.map_or(0, |again| again.every);
        let minutes = self
            .point
            .minutes
            .saturating_add(every.saturating_mul(again));
        match minutes {
            // The due time itself is kept: overdue begins a millisecond later.
            0 if self.point.trigger == Trigger::Overdue => {
                base.checked_add_signed(TimeDelta::milliseconds(1))
            }
            minutes => calendar.add(base, SupportDuration::from_minutes(minutes)),
        }
    }

    fn alert(&self, clock: &Clock, again: u32) -> Alert {
        Alert {
            clock: clock.kind,
            cycle: clock.cycle,
            trigger: self.point.trigger,
            due_at: clock.due.due_at,
            minutes: self.point.minutes,
            again,
        }
    }
}

impl Telling {
    /// Everybody whom it names.
    pub fn names(&self) -> impl Iterator<Item = &Whom> {
        self.whom.iter().flatten()
    }

    /// Whoever has the ticket, else the staff role.
    pub fn of_claim() -> Self {
        Self {
            audience: Audience::Staff,
            whom: vec![vec![Whom::Claimer, Whom::Staff]],
        }
    }
}

/// Whether a clock passes this point at all: what cannot wait is an answer, and before its date a
/// promise is the matter of who gave it.
fn is_for(trigger: Trigger, clock: &Clock) -> bool {
    match trigger {
        Trigger::Started => clock.is_response(),
        Trigger::AtRisk => clock.kind != ClockKind::Promise,
        Trigger::Overdue | Trigger::ClaimEnds => true,
    }
}

/// The instant of a point. No ladder has a step for the end of a claim.
fn base(trigger: Trigger, clock: &Clock) -> Option<Timestamp> {
    match trigger {
        Trigger::Started => Some(clock.counted_from),
        Trigger::AtRisk => Some(clock.due.warn_at),
        Trigger::Overdue => Some(clock.due.due_at),
        Trigger::ClaimEnds => None,
    }
}

/// Whether a step from this point is worth saying while the clock stands so.
fn is_news(trigger: Trigger, state: ClockState) -> bool {
    match state {
        ClockState::Running => trigger == Trigger::Started,
        ClockState::AtRisk => matches!(trigger, Trigger::Started | Trigger::AtRisk),
        ClockState::Overdue => matches!(trigger, Trigger::Started | Trigger::Overdue),
        ClockState::Paused | ClockState::Met | ClockState::Missed | ClockState::Cancelled => false,
    }
}
