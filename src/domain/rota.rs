//! Rotas: who is on duty, in turn.
//!
//! A [`Rota`] is an ordered list of people who take turns of a day or a week. Duty is handed over
//! at one local time of day, so a *day of duty* reaches from that time on its date to that time on
//! the next. Somebody else may cover days of duty; of two covers of one day the later added wins.
//!
//! The first turn begins on the start date, also in the middle of a week. From then on every
//! instant has exactly one person. Where the clock leaves the hand-over time out, duty is handed
//! over at the first instant after it; where it comes twice, at the earlier, as support hours open.
//!
//! Architecture invariant: nothing here panics or walks day by day, whatever the instant; outside
//! chrono's range nobody is on duty.

#[cfg(test)]
mod tests;

use std::iter;

use chrono::{Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::Timestamp;
use super::calendar::wall_clock::{self, Edge};
use super::ids::UserId;

/// Who is on duty when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rota {
    people: Vec<UserId>,
    zone: Tz,
    turn: Turn,
    hands_over: NaiveTime,
    starts_on: NaiveDate,
    /// Later ones win.
    covers: Vec<Cover>,
}

/// How long one person's turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A day of duty.
    Day,
    /// Seven days of duty, from this weekday.
    Week(Weekday),
}

/// Somebody is on duty instead of those whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Who covers.
    pub by: UserId,
    /// The first day of duty.
    pub first_on: NaiveDate,
    /// The last one.
    pub last_on: NaiveDate,
}

/// One person's duty without a break: a turn, or the part of it before, in or after a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who is on duty.
    pub person: UserId,
    /// Whose turn it is, when somebody covers it.
    pub covers_for: Option<UserId>,
    /// From when on.
    pub begins_at: Timestamp,
    /// Until when; at this very instant the next shift has begun.
    pub ends_at: Timestamp,
}

/// Why a rota cannot be used. Each is a sentence for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotaError {
    /// An empty list.
    #[error("a rota needs at least one person")]
    Nobody,
    /// The last day comes before the first.
    #[error("the cover ends on {last_on}, before it begins on {first_on}; please swap the dates")]
    Order {
        /// The first day.
        first_on: NaiveDate,
        /// The last day.
        last_on: NaiveDate,
    },
    /// A cover of days that have no duty.
    #[error("the cover ends on {last_on}, before the rota starts on {starts_on}")]
    BeforeStart {
        /// The last day.
        last_on: NaiveDate,
        /// The rota's first day.
        starts_on: NaiveDate,
    },
}

impl Rota {
    /// A rota of `people` in this order, again and again, whose first turn begins on `starts_on`.
    /// Who stands in the list twice has two turns. Without people there is none.
    pub fn new(
        people: Vec<UserId>,
        zone: Tz,
        turn: Turn,
        hands_over: NaiveTime,
        starts_on: NaiveDate,
    ) -> Result<Self, RotaError> {
        if people.is_empty() {
            return Err(RotaError::Nobody);
        }
        Ok(Self {
            people,
            zone,
            turn,
            hands_over,
            starts_on,
            covers: Vec::new(),
        })
    }

    /// Adds a cover, over those there are.
    pub fn cover(mut self, cover: Cover) -> Result<Self, RotaError> {
        let Cover {
            first_on, last_on, ..
        } = cover;
        if last_on < first_on {
            return Err(RotaError::Order { first_on, last_on });
        }
        if last_on < self.starts_on {
            return Err(RotaError::BeforeStart {
                last_on,
                starts_on: self.starts_on,
            });
        }
        self.covers.push(cover);
        Ok(self)
    }

    /// Its time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The shift at this instant. `None` before the start.
    pub fn shift_at(&self, at: Timestamp) -> Option<Shift> {
        let day = self.day_of(at)?;
        let (person, covers_for) = self.person(day)?;
        Some(Shift {
            person,
            covers_for,
            begins_at: self.begins(self.first_day(day))?,
            ends_at: self.begins(self.day_after(day)?)?,
        })
    }

    /// The shift at this instant, or the first, and those that follow, one at a time.
    pub fn shifts_from(&self, at: Timestamp) -> impl Iterator<Item = Shift> {
        let first = self.shift_at(at).or_else(|| {
            let start = self.begins(self.starts_on)?;
            (at < start).then(|| self.shift_at(start)).flatten()
        });
        iter::successors(first, |shift| self.shift_at(shift.ends_at))
    }

    /// Whoever is on duty at this instant, and those whose turns follow, each once: also those whose
    /// turns are covered for as long as it takes everybody to come round, they last. Nobody before
    /// the start.
    pub fn in_turn(&self, at: Timestamp) -> Vec<UserId> {
        let mut in_turn = Vec::new();
        if let Some(place) = self.day_of(at).and_then(|day| self.place(day)) {
            let shifts = 2 * (self.people.len() + self.covers.len());
            let shifts = self.shifts_from(at).take(shifts);
            let listed = self.people.iter().cycle().skip(place + 1);
            let listed = listed.take(self.people.len()).copied();
            for person in shifts.map(|shift| shift.person).chain(listed) {
                if !in_turn.contains(&person) {
                    in_turn.push(person);
                }
            }
        }
        in_turn
    }

    /// The day of duty that an instant belongs to: the last one that has begun.
    fn day_of(&self, at: Timestamp) -> Option<NaiveDate> {
        let shown = wall_clock::local(self.zone, at)?.date();
        // A clock that is turned moves the hand-over by less than a day, either way.
        let day = [shown.succ_opt(), Some(shown), shown.pred_opt()]
            .into_iter()
            .flatten()
            .chain(shown.checked_sub_days(Days::new(2)))
            .find(|day| self.begins(*day).is_some_and(|begins| begins <= at))?;
        (day >= self.starts_on).then_some(day)
    }

    fn begins(&self, day: NaiveDate) -> Option<Timestamp> {
        wall_clock::instant(self.zone, day.and_time(self.hands_over), Edge::Opening)
    }

    /// Who has the day, and for whom if it is covered.
    fn person(&self, day: NaiveDate) -> Option<(UserId, Option<UserId>)> {
        let turn = self.whose_turn(day)?;
        Some(match self.covering(day) {
            Some(cover) => (cover.by, Some(turn)),
            None => (turn, None),
        })
    }

    fn covering(&self, day: NaiveDate) -> Option<&Cover> {
        let mut latest_first = self.covers.iter().rev();
        latest_first.find(|cover| (cover.first_on..=cover.last_on).contains(&day))
    }

    fn whose_turn(&self, day: NaiveDate) -> Option<UserId> {
        self.people.get(self.place(day)?).copied()
    }

    /// Where in the list whoever has the turn stands.
    fn place(&self, day: NaiveDate) -> Option<usize> {
        let people = u64::try_from(self.people.len()).ok()?;
        let place = self.turns_before(day).checked_rem(people)?;
        usize::try_from(place).ok()
    }

    /// How many turns have ended when `day` begins.
    fn turns_before(&self, day: NaiveDate) -> u64 {
        let days = days_between(self.first_turn_on(), day);
        match self.turn {
            Turn::Day => days,
            Turn::Week(_) => days / 7,
        }
    }

    /// When the first turn would have begun had it been whole.
    fn first_turn_on(&self) -> NaiveDate {
        match self.turn {
            Turn::Day => self.starts_on,
            Turn::Week(weekday) => self
                .starts_on
                .week(weekday)
                .checked_first_day()
                .unwrap_or(self.starts_on),
        }
    }

    /// The first day of the shift that `day` is in.
    fn first_day(&self, day: NaiveDate) -> NaiveDate {
        self.edges(day)
            .filter(|edge| *edge <= day)
            .max()
            .unwrap_or(day)
            .max(self.starts_on)
    }

    /// The day after the last day of the shift that `day` is in.
    fn day_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        self.edges(day).filter(|edge| *edge > day).min()
    }

    /// The days around `day` with which a shift may begin: those of its turn and those of covers.
    ///
    /// Where covers lie over each other a day may be named on which nothing changes: two shifts of
    /// one person then follow each other, as two turns of one person do.
    fn edges(&self, day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let length = match self.turn {
            Turn::Day => 1,
            Turn::Week(_) => 7,
        };
        let turns = self.turns_before(day);
        let turn = [turns, turns + 1].into_iter().filter_map(move |turns| {
            self.first_turn_on()
                .checked_add_days(Days::new(turns.checked_mul(length)?))
        });
        let covers = self
            .covers
            .iter()
            .flat_map(|cover| [Some(cover.first_on), cover.last_on.succ_opt()])
            .flatten();
        turn.chain(covers)
    }
}

fn days_between(from: NaiveDate, to: NaiveDate) -> u64 {
    u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or_default()
}
