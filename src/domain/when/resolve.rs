//! From what was said to the instant that is meant.

use chrono::{Datelike, Days, FixedOffset, Months, NaiveDate, SubsecRound, TimeDelta, Weekday};

use super::phrase::{Clock, Day, Moment, Phrase, Span};
use super::{FURTHEST_MONTHS, Reading, When, WhenError};
use crate::domain::calendar::wall_clock::{self, Edge};
use crate::domain::{Calendar, Timestamp, calendar};

pub(super) fn resolve(
    phrase: &Phrase,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<When, WhenError> {
    let today = calendar.date_of(now).ok_or(WhenError::TooFar)?;
    let desk = Desk {
        calendar,
        now,
        today,
    };
    let (at, understood_as) = match *phrase {
        Phrase::Stamp(at) => (at, Reading::Instant),
        Phrase::Later { span, exact } => (desk.later(span, exact)?, Reading::FromNow),
        Phrase::Moment(moment) => desk.moment(&moment)?,
    };
    // Towards the past: what Discord shows never is later than what counts.
    let at = at.trunc_subsecs(0);
    let zone = calendar.zone();
    if at <= now {
        return Err(WhenError::Past { at, zone });
    }
    let furthest = now.checked_add_months(Months::new(FURTHEST_MONTHS));
    if furthest.is_none_or(|furthest| at > furthest) {
        return Err(WhenError::TooFar);
    }
    Ok(When {
        at,
        understood_as,
        zone,
    })
}

/// Where and when something is read.
struct Desk<'calendar> {
    calendar: &'calendar Calendar,
    now: Timestamp,
    today: NaiveDate,
}

impl Desk<'_> {
    /// Months and days by the clock on the wall, then real time.
    fn later(&self, span: Span, exact: TimeDelta) -> Result<Timestamp, WhenError> {
        let start = if span == Span::default() {
            self.now
        } else {
            let zone = self.calendar.zone();
            let shown = wall_clock::local(zone, self.now).ok_or(WhenError::TooFar)?;
            let date = after(shown.date(), span).ok_or(WhenError::TooFar)?;
            // Nobody typed this time, so where the clock leaves it out the next one will do.
            wall_clock::instant(zone, date.and_time(shown.time()), Edge::Closing)
                .ok_or(WhenError::TooFar)?
        };
        start.checked_add_signed(exact).ok_or(WhenError::TooFar)
    }

    fn moment(&self, moment: &Moment) -> Result<(Timestamp, Reading), WhenError> {
        let Some(clock) = moment.clock else {
            return self.closing(moment);
        };
        let (date, again) = self.date(moment)?;
        let at_on = |date| match moment.offset {
            None => self.wall(date, clock),
            Some(offset) => at_offset(date, clock, offset).ok_or(WhenError::TooFar),
        };
        let at = match (at_on(date), again) {
            (Ok(at), Some(days)) if at <= self.now => {
                let next = date.checked_add_days(Days::new(days));
                at_on(next.ok_or(WhenError::TooFar)?)?
            }
            (at, _) => at?,
        };
        let reading = match moment.offset {
            None => Reading::WallClock,
            Some(_) => Reading::Instant,
        };
        Ok((at, reading))
    }

    /// The date that is meant and, where it comes again, after how many days: a weekday that is
    /// today may mean today or next week.
    fn date(&self, moment: &Moment) -> Result<(NaiveDate, Option<u64>), WhenError> {
        let date = match (moment.day, moment.weekday) {
            (None, None) => return Ok((self.today, Some(1))),
            (None, Some(weekday)) => {
                let date = first_from(self.today, weekday)?;
                return Ok((date, (date == self.today).then_some(7)));
            }
            (Some(Day::After(span)), _) => after(self.today, span).ok_or(WhenError::TooFar)?,
            (Some(Day::OfNextWeek(weekday)), _) => first_from(self.monday(1)?, weekday)?,
            (Some(Day::EndOfWeek(weeks)), _) => {
                let (first, after) = (self.monday(weeks)?, self.monday(weeks + 1)?);
                self.last_support_day(first, after)?
            }
            (Some(Day::EndOfMonth), _) => {
                let first = self.today.with_day(1).ok_or(WhenError::NotThere)?;
                let after = first.checked_add_months(Months::new(1));
                self.last_support_day(first, after.ok_or(WhenError::TooFar)?)?
            }
            (Some(Day::Date { year, month, day }), said) => {
                self.named_date(year, month, day, said)?
            }
        };
        Ok((date, None))
    }

    /// A date by its numbers; without a year the next one, of the weekday that was said.
    fn named_date(
        &self,
        year: Option<u32>,
        month: u32,
        day: u32,
        said: Option<Weekday>,
    ) -> Result<NaiveDate, WhenError> {
        let in_year = |year| NaiveDate::from_ymd_opt(year, month, day);
        let date = match year {
            Some(year) => i32::try_from(year).ok().and_then(in_year),
            // 29 February comes in at most eight years; what is too far is said as such.
            None => (0..=8)
                .filter_map(|ahead| in_year(self.today.year().checked_add(ahead)?))
                .find(|date| *date >= self.today),
        };
        let date = date.ok_or(WhenError::NotThere)?;
        match said {
            Some(said) if date.weekday() != said => Err(WhenError::WrongWeekday { date, said }),
            _ => Ok(date),
        }
    }

    fn wall(&self, date: NaiveDate, clock: Clock) -> Result<Timestamp, WhenError> {
        let zone = self.calendar.zone();
        let local = match clock {
            Clock::EndOfDate => {
                let next = date.succ_opt().ok_or(WhenError::TooFar)?;
                return wall_clock::date_edge(zone, next).ok_or(WhenError::TooFar);
            }
            Clock::At(time) => date.and_time(time),
        };
        let at = wall_clock::instant(zone, local, Edge::Closing).ok_or(WhenError::TooFar)?;
        if wall_clock::local(zone, at) == Some(local) {
            Ok(at)
        } else {
            Err(WhenError::LeftOut {
                local,
                after: at,
                zone,
            })
        }
    }

    /// A day without a time.
    fn closing(&self, moment: &Moment) -> Result<(Timestamp, Reading), WhenError> {
        let (date, again) = self.date(moment)?;
        if let Some(closes) = self.closes_on(date) {
            if closes > self.now {
                return Ok((closes, Reading::Closing(date)));
            }
            if date == self.today && again.is_none() {
                return Err(WhenError::SupportOver {
                    closed_at: closes,
                    zone: self.calendar.zone(),
                });
            }
        }
        if date < self.today {
            let at = match self.closes_on(date) {
                Some(closes) => closes,
                None => self.wall(date, Clock::EndOfDate)?,
            };
            let zone = self.calendar.zone();
            return Err(WhenError::Past { at, zone });
        }
        let meant = match again {
            Some(days) if date == self.today && self.closes_on(date).is_some() => date
                .checked_add_days(Days::new(days))
                .ok_or(WhenError::TooFar)?,
            _ => date,
        };
        let (on, closes) = self.first_support_day(meant)?;
        let reading = if on == meant {
            Reading::Closing(on)
        } else {
            Reading::NextSupportDay { closed: meant, on }
        };
        Ok((closes, reading))
    }

    fn closes_on(&self, date: NaiveDate) -> Option<Timestamp> {
        let blocks = self.calendar.blocks_on(date);
        blocks.last().map(|(_, closes)| *closes)
    }

    /// The first date with support hours from `date` on, and their end.
    fn first_support_day(&self, date: NaiveDate) -> Result<(NaiveDate, Timestamp), WhenError> {
        let furthest = self
            .today
            .checked_add_months(Months::new(FURTHEST_MONTHS + 1))
            .ok_or(WhenError::TooFar)?;
        calendar::walk(date)
            .take_while(|date| *date <= furthest)
            .find_map(|date| Some((date, self.closes_on(date)?)))
            .ok_or(WhenError::TooFar)
    }

    /// The last date with support hours of `first <= date < after`, or the last date of all.
    fn last_support_day(&self, first: NaiveDate, after: NaiveDate) -> Result<NaiveDate, WhenError> {
        let days = calendar::walk(first).take_while(|date| *date < after);
        let last = after.pred_opt().ok_or(WhenError::TooFar)?;
        Ok(days
            .filter(|date| self.closes_on(*date).is_some())
            .last()
            .unwrap_or(last))
    }

    /// The Monday of the week so many weeks after this one.
    fn monday(&self, weeks: u32) -> Result<NaiveDate, WhenError> {
        self.today
            .week(Weekday::Mon)
            .checked_first_day()
            .and_then(|monday| monday.checked_add_days(Days::new(u64::from(weeks) * 7)))
            .ok_or(WhenError::TooFar)
    }
}

/// The first `weekday` from `date` on.
fn first_from(date: NaiveDate, weekday: Weekday) -> Result<NaiveDate, WhenError> {
    let days = weekday.days_since(date.weekday());
    date.checked_add_days(Days::new(u64::from(days)))
        .ok_or(WhenError::TooFar)
}

/// The date so much later; months end where the shorter one does.
fn after(date: NaiveDate, span: Span) -> Option<NaiveDate> {
    date.checked_add_months(Months::new(span.months))?
        .checked_add_days(Days::new(u64::from(span.days)))
}

fn at_offset(date: NaiveDate, clock: Clock, offset: FixedOffset) -> Option<Timestamp> {
    let local = match clock {
        Clock::At(time) => date.and_time(time),
        Clock::EndOfDate => date.succ_opt()?.and_hms_opt(0, 0, 0)?,
    };
    Some(local.checked_sub_offset(offset)?.and_utc())
}
