//! From words to what was said, without a calendar: the grammar of [`super`].

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Weekday};

use super::WhenError;
use super::token::{self, Kind, Token};
use crate::domain::Timestamp;

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    /// This instant.
    Stamp(Timestamp),
    /// So much later than now.
    Later { span: Span, exact: TimeDelta },
    /// A day, a time, or both.
    Moment(Moment),
}

/// A day, a time, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) day: Option<Day>,
    /// Beside a date it is a check.
    pub(super) weekday: Option<Weekday>,
    pub(super) clock: Option<Clock>,
    pub(super) offset: Option<FixedOffset>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// So much after today.
    After(Span),
    /// The weekday of the next week.
    OfNextWeek(Weekday),
    /// The last support day of the week so many weeks after this one.
    EndOfWeek(u32),
    /// The last support day of this month.
    EndOfMonth,
    /// A date, or the next one that is so called.
    Date {
        year: Option<u32>,
        month: u32,
        day: u32,
    },
}

/// Months and days, which have no fixed length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) months: u32,
    pub(super) days: u32,
}

/// A count of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Span(Span),
    Exact(TimeDelta),
}

/// What the clock on the wall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    At(NaiveTime),
    /// 24:00.
    EndOfDate,
}

/// A part of the day, which a time may make more precise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Morning,
    Afternoon,
    Evening,
    Night,
}

impl Part {
    fn named(word: &str) -> Option<Self> {
        match word {
            "morning" => Some(Self::Morning),
            "afternoon" => Some(Self::Afternoon),
            "evening" => Some(Self::Evening),
            _ => None,
        }
    }

    fn clock(self) -> Clock {
        let hour = match self {
            Self::Morning => 9,
            Self::Afternoon => 15,
            Self::Evening => 18,
            Self::Night => 20,
        };
        NaiveTime::from_hms_opt(hour, 0, 0).map_or(Clock::EndOfDate, Clock::At)
    }

    /// Whether a time can be meant in this part of the day: `evening 8:00` is no time.
    fn holds(self, clock: Clock) -> bool {
        let before_noon = match clock {
            Clock::At(time) => chrono::Timelike::hour(&time) < 12,
            Clock::EndOfDate => false,
        };
        before_noon == (self == Self::Morning)
    }
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Phrase, WhenError> {
    let text = text.trim().to_lowercase();
    if let Some(inside) = text.strip_prefix("<t:") {
        return stamp(inside).map(Phrase::Stamp).ok_or(WhenError::Unclear);
    }
    let tokens = token::split(&text).ok_or(WhenError::Unclear)?;
    let mut parser = Parser {
        rest: &tokens,
        said: Moment::default(),
        part: None,
        span: None,
        exact: None,
        closing: false,
        empty: true,
    };
    while !parser.rest.is_empty() {
        parser.step()?;
    }
    parser.phrase()
}

/// The instant of a Discord timestamp after its `<t:`. Source: Discord's reference, "Message
/// Formatting", "Formats".
fn stamp(inside: &str) -> Option<Timestamp> {
    let inside = inside.strip_suffix('>')?;
    let (seconds, style) = inside.split_once(':').unwrap_or((inside, "f"));
    let is_style = matches!(style, "t" | "d" | "f" | "r" | "s");
    let is_number = seconds.bytes().all(|b| b.is_ascii_digit());
    let seconds = (is_style && is_number).then(|| seconds.parse().ok())??;
    DateTime::from_timestamp(seconds, 0)
}

struct Parser<'tokens, 'text> {
    rest: &'tokens [Token<'text>],
    said: Moment,
    part: Option<Part>,
    span: Option<Span>,
    exact: Option<TimeDelta>,
    closing: bool,
    /// Nothing but fillers so far.
    empty: bool,
}

/// Puts what was read into its place; twice is too often.
fn set<T>(place: &mut Option<T>, value: T) -> Result<(), WhenError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(WhenError::Unclear),
    }
}

impl<'text> Parser<'_, 'text> {
    /// Reads one part.
    fn step(&mut self) -> Result<(), WhenError> {
        if self.filler() {
            return Ok(());
        }
        self.empty = false;
        if let Some(length) = self.count_of_units()? {
            return self.add(length);
        }
        if let Some(day) = self.date()? {
            return set(&mut self.said.day, day);
        }
        if let Some(clock) = self.clock()? {
            return set(&mut self.said.clock, clock);
        }
        if let Some(offset) = self.offset()? {
            return set(&mut self.said.offset, offset);
        }
        self.words()
    }

    /// What the parts come to.
    fn phrase(self) -> Result<Phrase, WhenError> {
        let mut said = self.said;
        if self.empty {
            return Err(WhenError::Unclear);
        }
        match (self.part, said.clock) {
            (Some(part), None) => said.clock = Some(part.clock()),
            (Some(part), Some(clock)) if !part.holds(clock) => return Err(WhenError::Unclear),
            _ => {}
        }
        if self.closing && said.clock.is_some() {
            return Err(WhenError::Unclear);
        }
        if let Some(exact) = self.exact {
            if self.closing || said != Moment::default() {
                return Err(WhenError::Unclear);
            }
            let span = self.span.unwrap_or_default();
            return Ok(Phrase::Later { span, exact });
        }
        if let Some(span) = self.span {
            set(&mut said.day, Day::After(span))?;
        }
        if self.closing && said.day.is_none() && said.weekday.is_none() {
            said.day = Some(Day::After(Span::default()));
        }
        let is_date = matches!(said.day, Some(Day::Date { .. }));
        if said.weekday.is_some() && said.day.is_some() && !is_date {
            return Err(WhenError::Unclear);
        }
        if said.offset.is_some() && said.clock.is_none() {
            return Err(WhenError::Unclear);
        }
        Ok(Phrase::Moment(said))
    }

    fn kind(&self, ahead: usize) -> Option<Kind<'text>> {
        self.rest.get(ahead).map(|token| token.kind)
    }

    fn is_joined(&self, ahead: usize) -> bool {
        self.rest.get(ahead).is_some_and(|token| token.joined)
    }

    fn number(&self, ahead: usize) -> Option<(u32, usize)> {
        match self.kind(ahead)? {
            Kind::Number { value, digits } => Some((value, digits)),
            Kind::Word(_) | Kind::Mark(_) => None,
        }
    }

    fn word(&self, ahead: usize) -> Option<&'text str> {
        match self.kind(ahead)? {
            Kind::Word(word) => Some(word),
            Kind::Number { .. } | Kind::Mark(_) => None,
        }
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        self.kind(ahead) == Some(Kind::Mark(mark))
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Skips these words when they come next.
    fn take_words(&mut self, words: &[&str]) -> bool {
        let are_next = words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.word(ahead) == Some(word));
        if are_next {
            self.skip(words.len());
        }
        are_next
    }

    fn filler(&mut self) -> bool {
        let is_filler = match self.kind(0) {
            Some(Kind::Word(word)) => {
                let between = word == "t" && self.said.day.is_some();
                between
                    || matches!(
                        word,
                        "by" | "until" | "till" | "before" | "on" | "at" | "the" | "in" | "and"
                    )
            }
            Some(Kind::Mark(mark)) => mark == ',',
            Some(Kind::Number { .. }) | None => false,
        };
        if is_filler {
            self.skip(1);
        }
        is_filler || self.take_words(&["from", "now"])
    }

    /// `90 min`, `a week`, `half an hour`.
    fn count_of_units(&mut self) -> Result<Option<Length>, WhenError> {
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

    fn add(&mut self, length: Length) -> Result<(), WhenError> {
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

    fn date(&mut self) -> Result<Option<Day>, WhenError> {
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
    fn clock(&mut self) -> Result<Option<Clock>, WhenError> {
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
    fn offset(&mut self) -> Result<Option<FixedOffset>, WhenError> {
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

    fn words(&mut self) -> Result<(), WhenError> {
        for (words, days) in [
            (&["day", "after", "tomorrow"][..], 2),
            (&["today"], 0),
            (&["tonight"], 0),
            (&["tomorrow"], 1),
        ] {
            if self.take_words(words) {
                if words == ["tonight"] {
                    set(&mut self.part, Part::Night)?;
                }
                let span = Span { months: 0, days };
                return set(&mut self.said.day, Day::After(span));
            }
        }
        if ["yesterday", "ago", "last"]
            .iter()
            .any(|word| self.take_words(&[word]))
        {
            return Err(WhenError::Behind);
        }
        if self.take_words(&["end", "of"]) {
            return self.end_of();
        }
        for (word, day) in [
            ("eod", None),
            ("eow", Some(Day::EndOfWeek(0))),
            ("eom", Some(Day::EndOfMonth)),
        ] {
            if self.take_words(&[word]) {
                return self.close(day);
            }
        }
        let Some(word) = self.word(0) else {
            return Err(WhenError::Unclear);
        };
        if let Some(part) = Part::named(word) {
            self.skip(1);
            return set(&mut self.part, part);
        }
        let next = match word {
            "this" => Some(0),
            "next" => Some(1),
            _ => None,
        };
        let named = usize::from(next.is_some());
        let Some(word) = self.word(named) else {
            return Err(WhenError::Unclear);
        };
        self.skip(named + 1);
        match (next, word) {
            (Some(weeks), "week") => set(&mut self.said.day, Day::EndOfWeek(weeks)),
            (Some(0), word) if Part::named(word).is_some() => {
                self.part = Part::named(word).or(self.part);
                set(&mut self.said.day, Day::After(Span::default()))
            }
            (Some(1), word) => {
                let weekday = weekday_named(word).ok_or(WhenError::Unclear)?;
                set(&mut self.said.day, Day::OfNextWeek(weekday))
            }
            (_, word) => {
                let weekday = weekday_named(word).ok_or(WhenError::Unclear)?;
                set(&mut self.said.weekday, weekday)
            }
        }
    }

    /// After `end of`.
    fn end_of(&mut self) -> Result<(), WhenError> {
        self.take_words(&["the"]);
        if self.take_words(&["day"]) || self.take_words(&["business"]) {
            return self.close(None);
        }
        if self.take_words(&["week"]) {
            return self.close(Some(Day::EndOfWeek(0)));
        }
        if self.take_words(&["month"]) {
            return self.close(Some(Day::EndOfMonth));
        }
        if self.rest.is_empty() {
            return Err(WhenError::Unclear);
        }
        self.close(None)
    }

    /// The end of support hours is said, not merely meant.
    fn close(&mut self, day: Option<Day>) -> Result<(), WhenError> {
        self.closing = true;
        match day {
            Some(day) => set(&mut self.said.day, day),
            None => Ok(()),
        }
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

fn weekday_named(word: &str) -> Option<Weekday> {
    // chrono knows `mon` and `monday`.
    match word {
        "tues" => Some(Weekday::Tue),
        "weds" => Some(Weekday::Wed),
        "thur" | "thurs" => Some(Weekday::Thu),
        _ => word.parse().ok(),
    }
}
