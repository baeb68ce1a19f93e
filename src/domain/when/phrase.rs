//! From words to what was said, without a calendar: the grammar of [`super`].

mod figures;
mod words;

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
}
