//! Adds up what became of each thread.

use std::collections::{BTreeMap, HashSet};

use chrono::{Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;

use super::recording::Thread;
use super::replay::{Outcome, Response};
use super::report::{Alerts, FirstResponse, Promise, Report, Responses, Week};
use crate::domain::Timestamp;
use crate::domain::decision::ClockState;
use crate::domain::event::{ClockKind, Trigger};
use crate::domain::metrics::Sample;

#[derive(Default)]
pub(super) struct Tally {
    threads: usize,
    without_question: usize,
    /// Who of staff wrote anywhere.
    staff: HashSet<String>,
    by_anyone: Measured,
    by_staff: Measured,
    first_promise: Promise,
    next_promise: Promise,
    second_looks: Promise,
    resolution: Promise,
    at_risk: usize,
    overdue: usize,
    asked_weeks: Option<(WeekNumber, WeekNumber)>,
    alerts_by_week: BTreeMap<WeekNumber, usize>,
    alerts_by_hour: [[usize; 24]; 7],
}

/// First answers, in both times.
#[derive(Default)]
struct Measured {
    wall: Sample,
    support: Sample,
}

/// A week from Monday to Sunday, counted from the first Monday of the common era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct WeekNumber(i32);

impl WeekNumber {
    fn of(at: Timestamp, zone: Tz) -> Self {
        // 0001-01-01, day 1, was a Monday.
        Self((at.with_timezone(&zone).num_days_from_ce() - 1).div_euclid(7))
    }

    fn monday(self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.0.checked_mul(7)?.checked_add(1)?)
    }
}

impl Tally {
    /// Adds a thread, and what became of it; `None` where nobody asked.
    pub(super) fn add(&mut self, thread: &Thread, outcome: Option<&Outcome>) {
        self.threads += 1;
        for author in thread.staff() {
            if !self.staff.contains(author) {
                self.staff.insert(author.to_owned());
            }
        }
        let Some(outcome) = outcome else {
            self.without_question += 1;
            return;
        };
        let asked = WeekNumber::of(outcome.opened_at, outcome.zone);
        let (first, last) = self.asked_weeks.unwrap_or((asked, asked));
        self.asked_weeks = Some((first.min(asked), last.max(asked)));
        self.by_anyone.add(outcome.by_anyone);
        self.by_staff.add(outcome.by_staff);
        for (kind, state) in &outcome.promises {
            let promise = match kind {
                ClockKind::FirstResponse => &mut self.first_promise,
                ClockKind::NextResponse => &mut self.next_promise,
                ClockKind::SecondLook => &mut self.second_looks,
                ClockKind::Resolution => &mut self.resolution,
                // A recording knows none.
                ClockKind::Promise => continue,
            };
            match state {
                ClockState::Met => promise.kept += 1,
                ClockState::Missed => promise.late += 1,
                ClockState::Overdue => promise.unanswered += 1,
                ClockState::Cancelled => promise.cancelled += 1,
                // The core was asked until it named no instant any more: what is left stands still,
                // because the asker was waited for to the end.
                ClockState::Running | ClockState::AtRisk | ClockState::Paused => {}
            }
        }
        for alarm in &outcome.alerts {
            match alarm.trigger {
                Trigger::AtRisk => self.at_risk += 1,
                Trigger::Overdue => self.overdue += 1,
                // A recording knows no claims.
                Trigger::Started | Trigger::ClaimEnds => {}
            }
            let week = WeekNumber::of(alarm.at, outcome.zone);
            *self.alerts_by_week.entry(week).or_default() += 1;
            let shown = alarm.at.with_timezone(&outcome.zone);
            let day = shown.weekday().num_days_from_monday() as usize;
            if let Some(count) = self
                .alerts_by_hour
                .get_mut(day)
                .and_then(|hours| hours.get_mut(shown.hour() as usize))
            {
                *count += 1;
            }
        }
    }

    /// The figures.
    pub(super) fn report(self) -> Report {
        let weeks = self.asked_weeks.map_or(0, |(first, last)| {
            usize::try_from(last.0 - first.0).unwrap_or_default() + 1
        });
        // Of two equally busy weeks the earlier.
        let busiest_week = self
            .alerts_by_week
            .iter()
            .max_by_key(|(week, alerts)| (**alerts, std::cmp::Reverse(**week)))
            .and_then(|(week, alerts)| {
                Some(Week {
                    monday: week.monday()?,
                    alerts: *alerts,
                })
            });
        Report {
            threads: self.threads,
            without_question: self.without_question,
            first_response: FirstResponse {
                any: self.by_anyone.responses(),
                staff: self.by_staff.responses(),
            },
            first_promise: self.first_promise,
            next_promise: self.next_promise,
            second_looks: self.second_looks,
            resolution: self.resolution,
            alerts: Alerts {
                at_risk: self.at_risk,
                overdue: self.overdue,
                staff: self.staff.len(),
                weeks,
                busiest_week,
                by_weekday_and_hour: self.alerts_by_hour,
            },
        }
    }
}

impl Measured {
    fn add(&mut self, response: Option<Response>) {
        let Some(Response { wall, support }) = response else {
            return;
        };
        self.wall.push(wall);
        if let Some(support) = support {
            self.support.push(support.length());
        }
    }

    fn responses(&self) -> Responses {
        Responses {
            count: self.wall.count(),
            wall: self.wall.spread(),
            support: self.support.spread(),
        }
    }
}
