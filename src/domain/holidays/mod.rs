//! Holidays from iCalendar text (RFC 5545), as offices and calendar programs publish them.
//!
//! An event that lasts whole days closes each of its dates; what has a time of day closes nothing.
//! Dates are those of the support calendar's zone, whatever zone the text names: a holiday is on
//! its date everywhere. The end of an event is the first date after it. Events that come again
//! (`RRULE`, with `EXDATE` and `RDATE`) are followed; a cancelled event is none, and one that was
//! moved counts on its new date alone.
//!
//! Architecture invariant: no text panics or takes long: its size, its events, its rules and their
//! dates are bounded, and only the years in [`YEARS`] are looked at.

mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};
use icalendar::parser::{Component, Property, read_calendar_simple, unfold};

/// The years that are looked at: from Discord's first, before which no message was written.
pub const YEARS: RangeInclusive<i32> = 2015..=2100;

/// How long a text may be, in bytes. The holidays of a country for ten years have about 100,000.
pub const LARGEST_TEXT: usize = 1_000_000;

/// How many events a text may have.
const MOST_EVENTS: usize = 5_000;

/// How many of its events may come again.
const MOST_RULES: usize = 200;

/// How many dates its events may come to, those that are named twice twice.
const MOST_DATES: usize = 50_000;

/// How many days an event may last.
const LONGEST_EVENT_DAYS: u64 = 366;

/// How deep components may stand in each other: an alarm in an event in a calendar is three.
const DEEPEST: usize = 8;

/// Why a text holds no holidays. Each is a sentence for whoever chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HolidaysError {
    /// It does not begin as iCalendar does.
    #[error("this is no iCalendar text: it does not begin with BEGIN:VCALENDAR")]
    NoCalendar,
    /// It begins as iCalendar does, and goes on in another way.
    #[error("this iCalendar text is damaged or cut short; please export or download it once more")]
    Broken,
    /// Longer than [`LARGEST_TEXT`], or with more in it than holidays are.
    #[error("there is more in this iCalendar text than holidays; choose one with holidays alone")]
    TooMuch,
    /// No event of whole days in [`YEARS`].
    #[error("this iCalendar text has no event that lasts a whole day, so no holiday")]
    Empty,
    /// A date that does not exist.
    #[error("an event of this iCalendar text is on a date that does not exist")]
    NoDate,
    /// An event of more than a year, which would close support for good.
    #[error("the event on {0} lasts longer than a year; is its end right?")]
    TooLong(NaiveDate),
    /// An `RRULE` that is not understood, or never comes true.
    #[error(
        "the event on {0} comes again by a rule (RRULE) that I cannot follow; please name its dates one by one"
    )]
    Rule(NaiveDate),
}

/// The dates in [`YEARS`] that the events of an iCalendar text take up.
pub fn read(text: &str) -> Result<BTreeSet<NaiveDate>, HolidaysError> {
    if text.len() > LARGEST_TEXT {
        return Err(HolidaysError::TooMuch);
    }
    let lines = lines(text)?;
    let root = read_calendar_simple(&lines).map_err(|_| HolidaysError::Broken)?;
    let found: Vec<&Component<'_>> = root
        .iter()
        .flat_map(|calendar| &calendar.components)
        .filter(|component| component.name == "VEVENT")
        .collect();
    if found.len() > MOST_EVENTS {
        return Err(HolidaysError::TooMuch);
    }
    let mut events = found
        .into_iter()
        .filter_map(|component| Event::read(component).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    if events.iter().filter(|event| event.rule.is_some()).count() > MOST_RULES {
        return Err(HolidaysError::TooMuch);
    }
    let moved: BTreeSet<(String, NaiveDate)> = events
        .iter()
        .filter_map(|event| Some((event.uid.clone(), event.instead_of?)))
        .collect();
    let mut dates = BTreeSet::new();
    let mut left = MOST_DATES;
    events.retain(|event| !event.cancelled);
    for event in &events {
        event.add_dates(&moved, &mut dates, &mut left)?;
    }
    if dates.is_empty() {
        return Err(HolidaysError::Empty);
    }
    Ok(dates)
}

/// The lines of a text, unfolded, each with the ending that the parser finds fastest.
fn lines(text: &str) -> Result<String, HolidaysError> {
    let unfolded = unfold(text.trim_start_matches('\u{feff}'));
    let mut lines = String::with_capacity(unfolded.len());
    let mut depth = 0_usize;
    for line in unfolded.lines().filter(|line| !line.trim().is_empty()) {
        let begins = |with: &str| {
            line.trim_start()
                .get(..with.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        if lines.is_empty() && !begins("BEGIN:VCALENDAR") {
            return Err(HolidaysError::NoCalendar);
        }
        if begins("BEGIN:") {
            depth += 1;
        } else if begins("END:") {
            depth = depth.saturating_sub(1);
        }
        // The parser goes down into each by a call of its own.
        if depth > DEEPEST {
            return Err(HolidaysError::Broken);
        }
        lines.push_str(line);
        lines.push_str("\r\n");
    }
    if lines.is_empty() {
        return Err(HolidaysError::NoCalendar);
    }
    Ok(lines)
}

/// An event of whole days.
struct Event {
    uid: String,
    starts_on: NaiveDate,
    days: u64,
    rule: Option<String>,
    also_on: Vec<NaiveDate>,
    not_on: Vec<NaiveDate>,
    /// The date of an event that comes again which this one replaces.
    instead_of: Option<NaiveDate>,
    cancelled: bool,
}

impl Event {
    /// `None` for an event with a time of day.
    fn read(component: &Component<'_>) -> Result<Option<Self>, HolidaysError> {
        let value = |name: &str| component.find_prop(name).map(|found| found.val.as_str());
        let Some(starts_on) = value("DTSTART").filter(|value| is_date(value)) else {
            return Ok(None);
        };
        let starts_on = date(starts_on)?;
        let ends_on = value("DTEND").and_then(|value| value.get(..8));
        let days = match (ends_on, value("DURATION")) {
            (Some(ends_on), _) => date(ends_on)?
                .signed_duration_since(starts_on)
                .num_days()
                .try_into()
                .unwrap_or(1),
            (None, Some(duration)) => whole_days(duration).unwrap_or(1),
            (None, None) => 1,
        };
        // Some programs end an event on the date it starts.
        let days = days.max(1);
        if days > LONGEST_EVENT_DAYS {
            return Err(HolidaysError::TooLong(starts_on));
        }
        let instead_of = value("RECURRENCE-ID").and_then(|value| value.get(..8));
        Ok(Some(Self {
            uid: value("UID").unwrap_or_default().to_owned(),
            starts_on,
            days,
            rule: value("RRULE").map(str::to_owned),
            also_on: dates_of(&component.properties, "RDATE")?,
            not_on: dates_of(&component.properties, "EXDATE")?,
            instead_of: instead_of.map(date).transpose()?,
            cancelled: value("STATUS").is_some_and(|is| is.eq_ignore_ascii_case("CANCELLED")),
        }))
    }

    /// Adds the dates it takes up. `left` is how many there may still be.
    fn add_dates(
        &self,
        moved: &BTreeSet<(String, NaiveDate)>,
        dates: &mut BTreeSet<NaiveDate>,
        left: &mut usize,
    ) -> Result<(), HolidaysError> {
        let starts = iter_starts(self)?;
        for start in starts {
            let is_moved = self.instead_of.is_none() && moved.contains(&(self.uid.clone(), start));
            if is_moved || self.not_on.contains(&start) {
                continue;
            }
            for day in 0..self.days {
                *left = left.checked_sub(1).ok_or(HolidaysError::TooMuch)?;
                let date = start.checked_add_days(Days::new(day));
                dates.extend(date.filter(|date| YEARS.contains(&date.year())));
            }
        }
        Ok(())
    }
}

/// The dates on which an event starts: its own, those it names, those of its rule.
fn iter_starts(event: &Event) -> Result<impl Iterator<Item = NaiveDate>, HolidaysError> {
    let again = match &event.rule {
        Some(rule) => Some(
            rule::starts(rule, event.starts_on)
                .ok_or(HolidaysError::Rule(event.starts_on))?
                .filter(|start| *start != event.starts_on),
        ),
        None => None,
    };
    Ok([event.starts_on]
        .into_iter()
        .chain(event.also_on.iter().copied())
        .chain(again.into_iter().flatten()))
}

/// The dates of a property that may name several, and that may stand several times. Periods and
/// times of day count by their date.
fn dates_of(properties: &[Property<'_>], name: &str) -> Result<Vec<NaiveDate>, HolidaysError> {
    properties
        .iter()
        .filter(|property| property.name == name)
        .flat_map(|property| property.val.as_str().split(','))
        .filter_map(|value| value.trim().get(..8))
        .map(date)
        .collect()
}

/// Whether a value has the form of a date without a time.
fn is_date(value: &str) -> bool {
    value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit())
}

fn date(value: &str) -> Result<NaiveDate, HolidaysError> {
    NaiveDate::parse_from_str(value, "%Y%m%d").map_err(|_| HolidaysError::NoDate)
}

/// `P2D`, `P1W`. Source: RFC 5545, 3.3.6.
fn whole_days(duration: &str) -> Option<u64> {
    let length = duration.trim_start_matches('+').strip_prefix('P')?;
    let (count, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let count: u64 = count.parse().ok()?;
    match unit {
        "D" => Some(count),
        "W" => count.checked_mul(7),
        _ => None,
    }
}
