//! What programs read: seconds as numbers, shares from 0 to 1, `null` where there is no figure.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::report::{Alerts, Promise, Report, Responses};
use crate::domain::metrics::Spread;

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Written::from(self).serialize(to)
    }
}

#[derive(Serialize)]
struct Written {
    threads: usize,
    without_question: usize,
    answered_share: Option<f64>,
    first_response: WrittenResponses,
    promise: WrittenPromises,
    alerts: WrittenAlerts,
}

#[derive(Serialize)]
struct WrittenResponses {
    any: Figures,
    staff: Figures,
}

/// Wall time, and beside it the same in support time.
#[derive(Serialize)]
struct Figures {
    count: usize,
    median_s: Option<f64>,
    p90_s: Option<f64>,
    support_median_s: Option<f64>,
    support_p90_s: Option<f64>,
}

#[derive(Serialize)]
struct WrittenPromises {
    first_response: WrittenPromise,
    next_response: WrittenPromise,
    second_look: WrittenPromise,
    resolution: WrittenPromise,
}

#[derive(Serialize)]
struct WrittenPromise {
    kept: usize,
    late: usize,
    unanswered: usize,
    cancelled: usize,
    kept_share: Option<f64>,
}

#[derive(Serialize)]
struct WrittenAlerts {
    total: usize,
    at_risk: usize,
    overdue: usize,
    weeks: usize,
    per_week: Option<f64>,
    staff: usize,
    per_week_and_person: Option<f64>,
    busiest_week: Option<WrittenWeek>,
    /// Monday first, then the hours from 0 to 23.
    by_weekday_and_hour: [[usize; 24]; 7],
}

#[derive(Serialize)]
struct WrittenWeek {
    monday: NaiveDate,
    alerts: usize,
}

impl From<&Report> for Written {
    fn from(report: &Report) -> Self {
        Self {
            threads: report.threads,
            without_question: report.without_question,
            answered_share: report.answered_share(),
            first_response: WrittenResponses {
                any: report.first_response.any.into(),
                staff: report.first_response.staff.into(),
            },
            promise: WrittenPromises {
                first_response: report.first_promise.into(),
                next_response: report.next_promise.into(),
                second_look: report.second_looks.into(),
                resolution: report.resolution.into(),
            },
            alerts: report.alerts.into(),
        }
    }
}

impl From<Responses> for Figures {
    fn from(responses: Responses) -> Self {
        let median = |spread: Spread| spread.median.as_seconds_f64();
        let p90 = |spread: Spread| spread.p90.as_seconds_f64();
        Self {
            count: responses.count,
            median_s: responses.wall.map(median),
            p90_s: responses.wall.map(p90),
            support_median_s: responses.support.map(median),
            support_p90_s: responses.support.map(p90),
        }
    }
}

impl From<Promise> for WrittenPromise {
    fn from(promise: Promise) -> Self {
        Self {
            kept: promise.kept,
            late: promise.late,
            unanswered: promise.unanswered,
            cancelled: promise.cancelled,
            kept_share: promise.kept_share(),
        }
    }
}

impl From<Alerts> for WrittenAlerts {
    fn from(alerts: Alerts) -> Self {
        Self {
            total: alerts.total(),
            at_risk: alerts.at_risk,
            overdue: alerts.overdue,
            weeks: alerts.weeks,
            per_week: alerts.per_week(),
            staff: alerts.staff,
            per_week_and_person: alerts.per_week_and_person(),
            busiest_week: alerts.busiest_week.map(|week| WrittenWeek {
                monday: week.monday,
                alerts: week.alerts,
            }),
            by_weekday_and_hour: alerts.by_weekday_and_hour,
        }
    }
}
