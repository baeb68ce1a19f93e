//! Support hours: when somebody is there to answer, and how much of that time has passed.
//!
//! A [`Calendar`] is a promise to askers: a time zone with blocks of local wall-clock time for each
//! weekday, holidays, and dates with hours of their own; or `always`. Everything is computed by
//! walking the blocks date by date, so that days of 23 and 25 hours come out right. Where the clock
//! is turned, a block's edge in the hour that was left out moves to the first instant after it, and
//! one in the hour that came twice means the earlier instant for an opening, the later for a
//! closing. A block that holds nothing after that is no block.
//!
//! Architecture invariant: nothing here panics, whatever the instant; outside chrono's range there
//! is no support time.

mod block;
#[cfg(test)]
pub(in crate::domain) mod properties;
#[cfg(test)]
mod tests;
pub(in crate::domain) mod wall_clock;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

pub use block::{Block, BlockError};

use super::{SupportDuration, Timestamp};
use wall_clock::Edge;

/// How many dates a calculation looks at, from the one it starts on: a hundred years. It bounds the
/// work for absurd instants and lengths, and no ticket lives as long.
const LONGEST_WALK_DAYS: usize = 36_525;

/// When support is there. Cheap to ask, never wrong about a day of 23 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    hours: Hours,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hours {
    Always,
    Week(Box<Week>),
}

/// Every list of blocks is sorted and free of overlaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Week {
    /// Monday first.
    weekdays: [Vec<Block>; 7],
    holidays: BTreeSet<NaiveDate>,
    exceptions: BTreeMap<NaiveDate, Vec<Block>>,
}

/// Why support hours make no calendar. Each is a sentence to be shown to whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Two blocks of one day share time.
    #[error("the support hours of {day} overlap: {first} and {second}")]
    Overlap {
        /// The weekday or date.
        day: String,
        /// The block that opens first.
        first: Block,
        /// The block that opens before the first has closed.
        second: Block,
    },
    /// No weekday has a block.
    #[error(
        "a calendar needs support hours on at least one weekday, such as `09:00-17:00` on Monday, or `always`"
    )]
    Empty,
}

/// Collects the support hours of a [`Calendar`]; made by [`Calendar::week`].
#[derive(Clone, Debug)]
pub struct CalendarBuilder {
    zone: Tz,
    week: Week,
}

impl CalendarBuilder {
    /// Adds a block to each of these weekdays.
    #[must_use]
    pub fn open(mut self, weekdays: impl IntoIterator<Item = Weekday>, block: Block) -> Self {
        for weekday in weekdays {
            if let Some(blocks) = self.week.weekdays.get_mut(days_after_monday(weekday)) {
                blocks.push(block);
            }
        }
        self
    }

    /// Closes the whole date.
    #[must_use]
    pub fn holiday(mut self, date: NaiveDate) -> Self {
        self.week.holidays.insert(date);
        self
    }

    /// Gives the date these hours instead of its weekday's, also when it is a holiday; no block at
    /// all closes it. A date given twice has the hours given last.
    #[must_use]
    pub fn exception(mut self, date: NaiveDate, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.week
            .exceptions
            .insert(date, blocks.into_iter().collect());
        self
    }

    /// The calendar, or what is wrong with its hours.
    pub fn build(mut self) -> Result<Calendar, CalendarError> {
        let mut weekday = Weekday::Mon;
        for blocks in &mut self.week.weekdays {
            sort_apart(blocks, || full_name(weekday).to_owned())?;
            weekday = weekday.succ();
        }
        for (date, blocks) in &mut self.week.exceptions {
            sort_apart(blocks, || date.to_string())?;
        }
        if self.week.weekdays.iter().all(Vec::is_empty) {
            return Err(CalendarError::Empty);
        }
        Ok(Calendar {
            zone: self.zone,
            hours: Hours::Week(Box::new(self.week)),
        })
    }
}

impl Calendar {
    /// Support at every hour of every day. The zone says when a date ends.
    pub fn always(zone: Tz) -> Self {
        Self {
            zone,
            hours: Hours::Always,
        }
    }

    /// Support in blocks of each weekday, still to be named.
    pub fn week(zone: Tz) -> CalendarBuilder {
        CalendarBuilder {
            zone,
            week: Week::default(),
        }
    }

    /// Its time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether support is there at every instant.
    pub fn is_always(&self) -> bool {
        matches!(self.hours, Hours::Always)
    }

    /// Whether support is there at this instant. At the end of a block it is not.
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self.hours {
            Hours::Always => true,
            Hours::Week(_) => self.date_of(at).is_some_and(|date| {
                self.blocks_on(date)
                    .iter()
                    .any(|(opens, closes)| *opens <= at && at < *closes)
            }),
        }
    }

    /// The instant at which so much support time has passed since `from`.
    ///
    /// A result that is exactly the end of a block stays there: due on Friday at 17:00, not on
    /// Monday at 09:00. No time at all has passed at `from` itself, in or out of support hours.
    /// `None` when there is not that much support time in the hundred years after `from`.
    pub fn add(&self, from: Timestamp, length: SupportDuration) -> Option<Timestamp> {
        if length == SupportDuration::ZERO {
            return Some(from);
        }
        if self.is_always() {
            return from.checked_add_signed(length.length());
        }
        let mut left = length.length();
        for (opens, closes) in self.blocks_after(from) {
            let opens = opens.max(from);
            let here = closes.signed_duration_since(opens);
            if left <= here {
                return opens.checked_add_signed(left);
            }
            left = left.checked_sub(&here)?;
        }
        None
    }

    /// The support time in `from <= t < to`; none when `to` is not after `from`. At most the
    /// hundred years after `from` are counted.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> SupportDuration {
        if self.is_always() {
            return SupportDuration::new(to.signed_duration_since(from));
        }
        self.blocks_after(from)
            .take_while(|(opens, _)| *opens < to)
            .map(|(opens, closes)| {
                SupportDuration::new(closes.min(to).signed_duration_since(opens.max(from)))
            })
            .fold(SupportDuration::ZERO, |sum, here| sum + here)
    }

    /// The first instant of support time that is not before `at`: `at` itself when support is
    /// there. `None` when there is none in the next hundred years.
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_always() {
            return Some(at);
        }
        let (opens, _) = self.blocks_after(at).next()?;
        Some(opens.max(at))
    }

    /// The local date of an instant. Every instant belongs to exactly one date, also when the
    /// clock is turned at midnight. `None` outside chrono's range.
    pub fn date_of(&self, at: Timestamp) -> Option<NaiveDate> {
        wall_clock::date_of(self.zone, at)
    }

    /// The support hours of a local date, as instants `(opens, closes)`, in order and apart; none
    /// on a closed date. With `always` it is the whole date, midnight to midnight.
    pub fn blocks_on(&self, date: NaiveDate) -> Vec<(Timestamp, Timestamp)> {
        let blocks = self.hours_on(date);
        if blocks.is_empty() {
            return Vec::new();
        }
        let edges = date.succ_opt().and_then(|next| {
            let begins = wall_clock::date_edge(self.zone, date)?;
            let ends = wall_clock::date_edge(self.zone, next)?;
            Some((begins, ends))
        });
        let Some((begins, ends)) = edges else {
            return Vec::new();
        };
        let mut found = Vec::with_capacity(blocks.len());
        let mut earliest = begins;
        for block in blocks {
            let opens = match block.opens() {
                0 => Some(begins),
                minute => self.wall_instant(date, minute, Edge::Opening),
            };
            let closes = if block.closes_at_midnight() {
                Some(ends)
            } else {
                self.wall_instant(date, block.closes(), Edge::Closing)
            };
            let (Some(opens), Some(closes)) = (opens, closes) else {
                continue;
            };
            // Where the clock was turned back, a block may reach into the next one, or (around
            // midnight) into the next date: the time is counted once.
            let (opens, closes) = (opens.max(earliest), closes.min(ends));
            if opens < closes {
                found.push((opens, closes));
                earliest = closes;
            }
        }
        found
    }

    /// The blocks that end after `at`, in order.
    fn blocks_after(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.date_of(at)
            .into_iter()
            .flat_map(walk)
            .flat_map(|date| self.blocks_on(date))
            .filter(move |(_, closes)| at < *closes)
    }

    fn hours_on(&self, date: NaiveDate) -> &[Block] {
        let week = match &self.hours {
            Hours::Always => return &[Block::WHOLE_DAY],
            Hours::Week(week) => week,
        };
        if let Some(blocks) = week.exceptions.get(&date) {
            return blocks;
        }
        if week.holidays.contains(&date) {
            return &[];
        }
        week.weekdays
            .get(days_after_monday(date.weekday()))
            .map_or(&[], Vec::as_slice)
    }

    fn wall_instant(&self, date: NaiveDate, minute: u16, edge: Edge) -> Option<Timestamp> {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0)?;
        wall_clock::instant(self.zone, date.and_time(time), edge)
    }
}

/// The dates a calculation that starts on `date` looks at, in order.
pub(super) fn walk(date: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    date.iter_days().take(LONGEST_WALK_DAYS)
}

fn days_after_monday(weekday: Weekday) -> usize {
    weekday.num_days_from_monday() as usize
}

/// Sorts the blocks of one day and refuses those that share time. Blocks may touch.
fn sort_apart(blocks: &mut [Block], day: impl FnOnce() -> String) -> Result<(), CalendarError> {
    blocks.sort_unstable();
    for pair in blocks.windows(2) {
        if let [first, second] = *pair
            && second.opens() < first.closes()
        {
            return Err(CalendarError::Overlap {
                day: day(),
                first,
                second,
            });
        }
    }
    Ok(())
}

pub(in crate::domain) fn full_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
