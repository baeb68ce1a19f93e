//! Dates and times as people type them: `tomorrow 15:00`, `in 2 days`, `friday`.
//!
//! What is typed is understood in the zone of a [`Calendar`], from now on and never backwards, and
//! is echoed back before it counts: [`When`] prints itself so that it can be read again.
//!
//! # The grammar
//!
//! Upper and lower case are one. Each of the parts stands at most once, in any order, with the
//! fillers `by`, `until`, `on`, `at`, `the` and commas anywhere:
//!
//! ```text
//! when    = stamp | length | { day | weekday | time | offset | closing }
//! stamp   = "<t:1795000000>" | "<t:1795000000:F>"                what Discord shows as a time
//! length  = ["in"] count unit {["and"] count unit} ["from now"]  "in 90 min", "2 weeks", "1h30m"
//!         | ["in"] "half an hour"
//! day     = "today" | "tonight" | "tomorrow" | "day after tomorrow"
//!         | "2026-12-01" | "1.12." | "1.12.2026" | "1 Dec" | "Dec 1st, 2026"
//!         | ["end of"] ("this week" | "next week") | "end of week" | "end of month"
//! weekday = ["this" | "next"] "monday"                           also "mon"; before a date a check
//! time    = "15:00" | "9:30 am" | "3pm" | "24:00" | "noon" | "midnight"
//!         | "morning" (9:00) | "afternoon" (15:00) | "evening" (18:00); "tonight" is 20:00
//! offset  = "Z" | "UTC" | "+01:00" | "+0100"                     only with a time
//! closing = "end of day" | "eod" | "end of business" | "end of" before a day
//! ```
//!
//! # What it means
//!
//! * A day without a time means the end of support hours on that date. Where there are none on it,
//!   the end of the next support day is meant, as with a same-day target, and
//!   [`Reading::NextSupportDay`] says so. Today after closing is refused.
//! * `in 2 days` is the day after tomorrow, a day without a time; months end where the shorter one
//!   does. With hours or minutes a length counts from this very moment: days by the clock on the
//!   wall, hours in real time.
//! * A time without a day is the next time the clock shows it, and a weekday the next one whose
//!   time is still ahead, today included. `next friday` is the Friday of the next week, which
//!   begins on Monday. A date without a year is the next such date, today included.
//! * `midnight` and `24:00` are the end of the date, `0:00` its beginning.
//! * A time that the clock leaves out is refused. One that it shows twice means the later instant,
//!   as where support hours close.
//! * What is past, or more than two years ahead, is refused. Instants have whole seconds, because
//!   that is what Discord shows.
//!
//! Architecture invariant: no text panics or takes long, whatever is in it, and no sentence of an
//! error repeats it.

mod phrase;
mod resolve;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;

use super::calendar::full_name;
use super::{Calendar, Timestamp};

/// How long a text may be, in characters. The longest date that says something has about 50.
const LONGEST_TEXT: usize = 100;

/// How far ahead an instant may be, in months.
const FURTHEST_MONTHS: u32 = 24;

/// An instant that somebody typed. Prints as `Tue 1 Dec 2026 15:00 +01:00`, which [`read`]
/// understands as the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The instant, ahead of now, in whole seconds.
    pub at: Timestamp,
    /// How the text was taken, for the echo.
    pub understood_as: Reading,
    zone: Tz,
}

/// How a text was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// An instant with its offset, or one of Discord's timestamps.
    Instant,
    /// So much later than now.
    FromNow,
    /// What the clock on the wall shows.
    WallClock,
    /// The end of support hours on this date.
    Closing(NaiveDate),
    /// There are no support hours on the date that was named: the end of the next date that has.
    NextSupportDay {
        /// The date that was named.
        closed: NaiveDate,
        /// The date that is meant.
        on: NaiveDate,
    },
}

impl When {
    /// What the clock on the wall shows then, in the zone it was read in.
    pub fn local(&self) -> DateTime<Tz> {
        self.at.with_timezone(&self.zone)
    }
}

impl When {
    /// Whether the clock on the wall shows what was typed twice, because it is turned back between.
    pub fn is_ambiguous(&self) -> bool {
        let shown = self.local().naive_local();
        let twice = self.zone.from_local_datetime(&shown).single().is_none();
        self.understood_as == Reading::WallClock && twice
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let form = if local.second() == 0 {
            "%a %-d %b %Y %H:%M %:z"
        } else {
            "%a %-d %b %Y %H:%M:%S %:z"
        };
        write!(f, "{}", local.format(form))
    }
}

/// Why a text is no instant ahead. Each is a sentence for whoever typed it, and repeats nothing of
/// what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// No date or time, or words that contradict each other.
    #[error(
        "I do not understand that as a date or time; write it like `tomorrow 15:00`, `in 2 days`, `friday`, `1 Dec` or `2026-12-01 15:00`"
    )]
    Unclear,
    /// More text than a date has.
    #[error(
        "that is too long for a date or time; write it like `tomorrow 15:00` or `2026-12-01 15:00`"
    )]
    TooLong,
    /// `1/12`, which is in January or in December.
    #[error(
        "dates with slashes are read differently from country to country; write `1 Dec` or `2026-12-01`"
    )]
    Slashes,
    /// A date that no calendar has, or a time that no clock shows.
    #[error("there is no such date or time; please look at the numbers again")]
    NotThere,
    /// A weekday beside a date that is another.
    #[error("{} is a {}, not a {}; which of the two do you mean?", long_date(*.date), full_name(chrono::Datelike::weekday(.date)), full_name(*.said))]
    WrongWeekday {
        /// The date.
        date: NaiveDate,
        /// The weekday that was typed.
        said: Weekday,
    },
    /// The clock is turned forward past that time.
    #[error("the clocks in {zone} leave out {} {}; the next time after it is {}", long_date(.local.date()), .local.format("%H:%M"), .after.with_timezone(.zone).format("%H:%M"))]
    LeftOut {
        /// What was typed.
        local: NaiveDateTime,
        /// The first instant after it.
        after: Timestamp,
        /// Where.
        zone: Tz,
    },
    /// Not ahead.
    #[error("{} is past; write a date or time that is still ahead, like `tomorrow 15:00`", long(*.at, *.zone))]
    Past {
        /// What was meant.
        at: Timestamp,
        /// Where it was read.
        zone: Tz,
    },
    /// `yesterday`, `2 days ago`.
    #[error("that is past; write a date or time that is still ahead, like `tomorrow 15:00`")]
    Behind,
    /// Today without a time, after closing.
    #[error("support hours ended today at {}; write a time, like `20:00`, or a later day, like `tomorrow`", .closed_at.with_timezone(.zone).format("%H:%M"))]
    SupportOver {
        /// When they ended.
        closed_at: Timestamp,
        /// Where.
        zone: Tz,
    },
    /// More than two years ahead.
    #[error("that is more than two years ahead; write a nearer date, like `in 3 months`")]
    TooFar,
}

/// Understands a text as an instant ahead of `now`, in the zone and support hours of `calendar`.
pub fn read(text: &str, calendar: &Calendar, now: Timestamp) -> Result<When, WhenError> {
    if text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(WhenError::TooLong);
    }
    let phrase = phrase::parse(text)?;
    resolve::resolve(&phrase, calendar, now)
}

/// "1 December 2026".
fn long_date(date: NaiveDate) -> impl fmt::Display {
    date.format("%-d %B %Y")
}

/// "Tuesday, 1 December 2026 15:00".
fn long(at: Timestamp, zone: Tz) -> impl fmt::Display {
    at.with_timezone(&zone).format("%A, %-d %B %Y %H:%M")
}
