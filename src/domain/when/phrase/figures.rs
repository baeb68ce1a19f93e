//! What is written with figures: lengths, dates, times, offsets.

use chrono::{FixedOffset, NaiveTime, TimeDelta};

use super::{Clock, Day, Kind, Length, Parser, Span, WhenError};

impl Parser<'_, '_> {
    /// `90 min`, `a week`, `half an hour`.
    pub(super) fn count_of_units(&mut self) -> Result<Option<Length>, WhenError> {
        if self.take_words(&["half", "an", "hour"]) {
            return Ok(Some(Length::Exact(TimeDelta::minutes(30))));
        }
        let count = match self.kind(0) {
            Some(Kind::Number { value, .. }) => value,
            Some(Kind::Word(word)) => match count_named(word) {
                Some(count) => count,
                None => return Ok(None),
            },
            Some(Kind::Mark(_)) | None => return Ok(None),
        };
        let Some(unit) = self.word(1) else {
            return Ok(None);
        };
        let exact = |seconds: i64| {
            let seconds = i64::from(count).checked_mul(seconds);
            seconds
                .and_then(TimeDelta::try_seconds)
                .map(Length::Exact)
                .ok_or(WhenError::TooFar)
        };
        let span = |months, days| Length::Span(Span { months, days });
        let length = match unit {
            "year" | "years" | "y" => span(count.checked_mul(12).ok_or(WhenError::TooFar)?, 0),
            "month" | "months" | "mo" => span(count, 0),
            "week" | "weeks" | "w" => span(0, count.checked_mul(7).ok_or(WhenError::TooFar)?),
            "day" | "days" | "d" => span(0, count),
            "hour" | "hours" | "hr" | "hrs" | "h" => exact(3_600)?,
            "minute" | "minutes" | "min" | "mins" | "m" => exact(60)?,
            _ => return Ok(None),
        };
        self.skip(2);
        Ok(Some(length))
    }

    pub(super) fn add(&mut self, length: Length) -> Result<(), WhenError> {
        let sum = match length {
            Length::Exact(exact) => {
                let sum = self.exact.unwrap_or_default().checked_add(&exact);
                sum.map(|sum| self.exact = Some(sum))
            }
            Length::Span(span) => {
                let so_far = self.span.unwrap_or_default();
                let months = so_far.months.checked_add(span.months);
                let days = so_far.days.checked_add(span.days);
                months.zip(days).map(|(months, days)| {
                    self.span = Some(Span { months, days });
                })
            }
        };
        sum.ok_or(WhenError::TooFar)
    }

    pub(super) fn date(&mut self) -> Result<Option<Day>, WhenError> {
        if let Some((first, digits)) = self.number(0) {
            if self.is_mark(1, '/') {
                return Err(WhenError::Slashes);
            }
            if digits == 4 && self.is_mark(1, '-') {
                return self.iso_date(first);
            }
            if self.is_mark(1, '.') && self.is_joined(1) {
                return Ok(self
                    .dotted_date(first)
                    .or_else(|| self.day_then_month(first)));
            }
            return Ok(self.day_then_month(first));
        }
        Ok(self.month_then_day())
    }

    /// `2026-12-01`.
    fn iso_date(&mut self, year: u32) -> Result<Option<Day>, WhenError> {
        let (Some((month, _)), true, Some((day, _))) =
            (self.number(2), self.is_mark(3, '-'), self.number(4))
        else {
            return Err(WhenError::Unclear);
        };
        self.skip(5);
        Ok(Some(Day::Date {
            year: Some(year),
            month,
            day,
        }))
    }

    /// `1.12.`, `1.12`, `1.12.2026`, `1.12.26`.
    fn dotted_date(&mut self, day: u32) -> Option<Day> {
        let (month, _) = self.number(2)?;
        self.skip(3);
        let mut year = None;
        if self.is_mark(0, '.') && self.is_joined(0) {
            self.skip(1);
            year = self.year(0);
            if year.is_none()
                && self.is_joined(0)
                && let Some((short, 2)) = self.number(0)
            {
                year = Some(2_000 + short);
            }
            self.skip(usize::from(year.is_some()));
        }
        Some(Day::Date { year, month, day })
    }

    /// `1 Dec`, `1. Dec`, `1st of December 2026`.
    fn day_then_month(&mut self, day: u32) -> Option<Day> {
        let mut ahead = 1 + usize::from(self.is_ordinal(1) || self.is_mark(1, '.'));
        ahead += usize::from(self.word(ahead) == Some("of"));
        let month = month_named(self.word(ahead)?)?;
        self.skip(ahead + 1);
        Some(self.with_year(month, day))
    }

    /// `Dec 1`, `December 1st, 2026`.
    fn month_then_day(&mut self) -> Option<Day> {
        let month = month_named(self.word(0)?)?;
        let (day, digits) = self.number(1)?;
        if digits > 2 {
            return None;
        }
        self.skip(2 + usize::from(self.is_ordinal(2)));
        Some(self.with_year(month, day))
    }

    /// The date, with the year that may follow.
    fn with_year(&mut self, month: u32, day: u32) -> Day {
        self.skip(usize::from(self.is_mark(0, '.')));
        let comma = usize::from(self.is_mark(0, ','));
        let year = self.year(comma);
        if year.is_some() {
            self.skip(comma + 1);
        }
        Day::Date { year, month, day }
    }

    fn is_ordinal(&self, ahead: usize) -> bool {
        let is_ending = matches!(self.word(ahead), Some("st" | "nd" | "rd" | "th"));
        is_ending && self.is_joined(ahead)
    }

    /// Four digits.
    fn year(&self, ahead: usize) -> Option<u32> {
        match self.number(ahead)? {
            (year, 4) => Some(year),
            _ => None,
        }
    }

    /// `15:00`, `15:00:30`, `9:30 am`, `3pm`, `noon`, `midnight`.
    pub(super) fn clock(&mut self) -> Result<Option<Clock>, WhenError> {
        if self.take_words(&["noon"]) {
            return Ok(NaiveTime::from_hms_opt(12, 0, 0).map(Clock::At));
        }
        if self.take_words(&["midnight"]) {
            return Ok(Some(Clock::EndOfDate));
        }
        let Some((hour, hour_digits)) = self.number(0) else {
            return Ok(None);
        };
        let (mut minute, mut second) = (0, 0);
        let has_minutes = self.is_mark(1, ':');
        let mut length = 1;
        if has_minutes {
            let Some((value, 2)) = self.number(2) else {
                return Err(WhenError::Unclear);
            };
            (minute, length) = (value, 3);
            if self.is_mark(3, ':') {
                let Some((value, 2)) = self.number(4) else {
                    return Err(WhenError::Unclear);
                };
                (second, length) = (value, 5);
                // Parts of a second: Discord shows none.
                if self.is_mark(5, '.') && self.number(6).is_some() {
                    length = 7;
                }
            }
        }
        let half = self.word(length);
        let hour = match half {
            Some("am" | "pm") if !(1..=12).contains(&hour) => return Err(WhenError::NotThere),
            Some("am") => hour % 12,
            Some("pm") => hour % 12 + 12,
            _ if !has_minutes || hour_digits > 2 => return Err(WhenError::Unclear),
            _ => hour,
        };
        self.skip(length + usize::from(matches!(half, Some("am" | "pm"))));
        if (hour, minute, second) == (24, 0, 0) {
            return Ok(Some(Clock::EndOfDate));
        }
        NaiveTime::from_hms_opt(hour, minute, second)
            .map(|time| Some(Clock::At(time)))
            .ok_or(WhenError::NotThere)
    }

    /// `Z`, `UTC`, `+01:00`, `-0330`.
    pub(super) fn offset(&mut self) -> Result<Option<FixedOffset>, WhenError> {
        let west = self.is_mark(0, '-') || self.is_mark(0, '\u{2212}');
        let east = self.is_mark(0, '+');
        if !west && !east {
            let zero = self.take_words(&["z"]) || self.take_words(&["utc"]);
            if zero && (self.is_mark(0, '+') || self.is_mark(0, '-')) {
                return self.offset();
            }
            return Ok(zero.then(|| FixedOffset::east_opt(0)).flatten());
        }
        let (hours, minutes, length) = match (self.number(1), self.is_mark(2, ':'), self.number(3))
        {
            (Some((hours, 2)), true, Some((minutes, 2))) => (hours, minutes, 4),
            (Some((both, 4)), false, _) => (both / 100, both % 100, 2),
            _ => return Err(WhenError::Unclear),
        };
        if hours > 14 || minutes > 59 {
            return Err(WhenError::NotThere);
        }
        self.skip(length);
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).unwrap_or_default();
        Ok(FixedOffset::east_opt(if west { -seconds } else { seconds }))
    }
}

fn count_named(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if word == "a" || word == "an" {
        return Some(1);
    }
    let at = NAMES.iter().position(|name| *name == word)?;
    u32::try_from(at + 1).ok()
}

fn month_named(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = NAMES
        .iter()
        .position(|name| *name == word || (word.len() == 3 && name.starts_with(word)))
        .or((word == "sept").then_some(8))?;
    u32::try_from(at + 1).ok()
}
