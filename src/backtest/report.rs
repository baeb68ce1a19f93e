//! What a backtest found, and how people read it: every figure with its definition beside it.

use std::{fmt, iter};

use chrono::{NaiveDate, TimeDelta};

use crate::domain::SupportDuration;
use crate::domain::metrics::{Spread, share};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How wide the columns of figures are, in characters, each after a space.
const COLUMN_WIDTHS: [usize; 4] = [7, 11, 11, 10];

/// What stands where there is no figure.
pub(super) const NONE: &str = "-";

/// What a promise would have come to. Its text is for people; as JSON it is for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every thread of the recording.
    pub threads: usize,
    /// Those in which no person wrote; they are in no other figure.
    pub without_question: usize,
    /// How long first answers took.
    pub first_response: FirstResponse,
    /// What became of the promise of a first answer.
    pub first_promise: Promise,
    /// What became of the promises of further answers.
    pub next_promise: Promise,
    /// What became of second looks at answers of the community that nobody confirmed.
    pub second_looks: Promise,
    /// What became of the promise of a resolution.
    pub resolution: Promise,
    /// What would have been said to the team.
    pub alerts: Alerts,
}

/// First answers, as two facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstResponse {
    /// By any person other than the asker.
    pub any: Responses,
    /// By staff other than the asker.
    pub staff: Responses,
}

/// How many answers there were, and how long they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responses {
    /// Threads that got one.
    pub count: usize,
    /// By the clock on the wall. `None` without answers.
    pub wall: Option<Spread>,
    /// In support time of the policy that matched. `None` without answers or policy.
    pub support: Option<Spread>,
}

/// What became of a promise. A next response is promised as often as the asker wrote again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// Answered no later than the due time.
    pub kept: usize,
    /// Answered later.
    pub late: usize,
    /// Never answered.
    pub unanswered: usize,
    /// Resolved before anybody answered: nothing was owed any more.
    pub cancelled: usize,
}

/// What would have been said to the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// Warnings before the due time.
    pub at_risk: usize,
    /// Alerts after it.
    pub overdue: usize,
    /// Staff who wrote anywhere in the recording.
    pub staff: usize,
    /// Calendar weeks from the first question to the last.
    pub weeks: usize,
    /// The week with the most alerts.
    pub busiest_week: Option<Week>,
    /// Counts by weekday, Monday first, and hour, in the zone of the support hours.
    pub by_weekday_and_hour: [[usize; 24]; 7],
}

/// A week and its alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// The Monday it begins on.
    pub monday: NaiveDate,
    /// How many alerts it has.
    pub alerts: usize,
}

impl Report {
    /// Threads in which somebody asked.
    pub fn questions(&self) -> usize {
        self.threads.saturating_sub(self.without_question)
    }

    /// The share of questions that somebody answered. `None` without questions.
    pub fn answered_share(&self) -> Option<f64> {
        share(self.first_response.any.count, self.questions())
    }
}

impl Promise {
    /// Promises that were kept or broken.
    pub fn judged(&self) -> usize {
        self.kept + self.late + self.unanswered
    }

    /// The share that was kept. `None` when none was judged.
    pub fn kept_share(&self) -> Option<f64> {
        share(self.kept, self.judged())
    }
}

impl Alerts {
    /// All alerts.
    pub fn total(&self) -> usize {
        self.at_risk + self.overdue
    }

    /// Alerts per calendar week. `None` without questions.
    pub fn per_week(&self) -> Option<f64> {
        share(self.total(), self.weeks)
    }

    /// Warnings per calendar week. `None` without questions.
    pub fn at_risk_per_week(&self) -> Option<f64> {
        share(self.at_risk, self.weeks)
    }

    /// Alerts after the due time, per calendar week. `None` without questions.
    pub fn overdue_per_week(&self) -> Option<f64> {
        share(self.overdue, self.weeks)
    }

    /// Alerts per calendar week for each of staff, if they share them. `None` without questions or
    /// staff.
    pub fn per_week_and_person(&self) -> Option<f64> {
        share(self.total(), self.weeks.checked_mul(self.staff)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FirstResponse { any, staff } = self.first_response;
        heading(f, "Threads", &["count", "share"])?;
        row(
            f,
            "recorded",
            &[self.threads.to_string()],
            "every thread of the recording",
        )?;
        row(
            f,
            "without a question",
            &[self.without_question.to_string()],
            "only bots or the system wrote; in no figure below",
        )?;
        row(
            f,
            "answered",
            &[any.count.to_string(), percent(self.answered_share())],
            "a person other than the asker wrote; share of the questions",
        )?;

        writeln!(f)?;
        heading(f, "First response", &["answers", "median", "P90"])?;
        for (name, responses, definition) in [
            ("anyone's", any, "from the question to a person's answer"),
            ("staff's", staff, "from the question to staff's answer"),
        ] {
            let Responses {
                count,
                wall,
                support,
            } = responses;
            let times = |spread: Option<Spread>, write: fn(TimeDelta) -> String| match spread {
                Some(Spread { median, p90 }) => [count.to_string(), write(median), write(p90)],
                None => [count.to_string(), NONE.to_owned(), NONE.to_owned()],
            };
            row(
                f,
                &format!("{name}, wall time"),
                &times(wall, wall_time),
                definition,
            )?;
            row(
                f,
                &format!("{name}, support time"),
                &times(support, support_time),
                "the same, counting support hours only",
            )?;
        }

        writeln!(f)?;
        heading(f, "Promise", &["kept", "late", "never", "share"])?;
        for (name, promise, definition) in [
            (
                "first response",
                self.first_promise,
                "answered no later than due",
            ),
            (
                "next response",
                self.next_promise,
                "the same, since the asker wrote again",
            ),
            (
                "second look",
                self.second_looks,
                "staff answered no later than due",
            ),
            ("resolution", self.resolution, "resolved no later than due"),
        ] {
            let always = name.ends_with("response");
            if !always && promise == Promise::default() {
                continue;
            }
            row(
                f,
                name,
                &[
                    promise.kept.to_string(),
                    promise.late.to_string(),
                    promise.unanswered.to_string(),
                    percent(promise.kept_share()),
                ],
                &format!("{definition}; without {} resolved first", promise.cancelled),
            )?;
        }

        writeln!(f)?;
        write!(f, "{}", self.alerts)
    }
}

impl fmt::Display for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "Alerts", &["count"])?;
        row(
            f,
            "at risk",
            &[self.at_risk.to_string()],
            "the warning point passed without an answer",
        )?;
        row(
            f,
            "overdue",
            &[self.overdue.to_string()],
            "the due time passed without an answer",
        )?;
        row(
            f,
            "per week",
            &[rate(self.per_week())],
            &format!(
                "over the {} calendar weeks from the first question to the last",
                self.weeks
            ),
        )?;
        row(
            f,
            "per week and person",
            &[rate(self.per_week_and_person())],
            &format!("shared among the {} of staff who wrote", self.staff),
        )?;
        let (most, when) = match self.busiest_week {
            Some(Week { monday, alerts }) => {
                (alerts.to_string(), format!(", from Monday {monday}"))
            }
            None => (NONE.to_owned(), String::new()),
        };
        row(
            f,
            "busiest week",
            &[most],
            &format!("the most in one calendar week{when}"),
        )?;
        if self.total() > 0 {
            writeln!(
                f,
                "\nAlerts by weekday and hour, in the time zone of the support hours"
            )?;
            let shown = |count: usize| (count > 0).then(|| count.to_string());
            hours(f, &self.by_weekday_and_hour.map(|hours| hours.map(shown)))?;
        }
        Ok(())
    }
}

/// A table of weekdays and hours, only as wide as its longest entry and only the hours in use.
pub(super) fn hours(f: &mut fmt::Formatter<'_>, table: &[[Option<String>; 24]; 7]) -> fmt::Result {
    let used = |hour: usize| {
        let mut column = table.iter().filter_map(|hours| hours.get(hour));
        column.any(Option::is_some)
    };
    let hours: Vec<usize> = (0..24).filter(|hour| used(*hour)).collect();
    let entries = table.iter().flatten().flatten();
    let width = entries.map(String::len).max().map_or(2, |most| most.max(2));
    write!(f, "     ")?;
    for hour in &hours {
        write!(f, " {:>width$}", format!("{hour:02}"))?;
    }
    writeln!(f)?;
    for (weekday, entries) in WEEKDAYS.iter().zip(table) {
        write!(f, "  {weekday}")?;
        for hour in &hours {
            let entry = entries.get(*hour).and_then(Option::as_deref);
            write!(f, " {:>width$}", entry.unwrap_or("·"))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

pub(super) fn heading(f: &mut fmt::Formatter<'_>, name: &str, columns: &[&str]) -> fmt::Result {
    write!(f, "{name:<24}")?;
    for (column, width) in columns.iter().zip(COLUMN_WIDTHS) {
        write!(f, " {column:>width$}")?;
    }
    writeln!(f)
}

pub(super) fn row(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    columns: &[String],
    definition: &str,
) -> fmt::Result {
    write!(f, "  {name:<22}")?;
    let columns = columns.iter().map(String::as_str).chain(iter::repeat(""));
    for (column, width) in columns.zip(COLUMN_WIDTHS) {
        write!(f, " {column:>width$}")?;
    }
    writeln!(f, "  {definition}")
}

/// A figure with as many places after the point as say something.
pub(super) fn rate(figure: Option<f64>) -> String {
    figure.map_or_else(
        || NONE.to_owned(),
        |figure| format!("{figure:.*}", places(figure)),
    )
}

/// One place, but three for what one place would call nothing.
pub(super) fn places(figure: f64) -> usize {
    if figure != 0.0 && figure.abs() < 0.1 {
        3
    } else {
        1
    }
}

pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || NONE.to_owned(),
        |share| format!("{:.1} %", share * 100.0),
    )
}

/// Support time has no days: what a day of it is depends on the calendar.
fn support_time(length: TimeDelta) -> String {
    SupportDuration::new(length).to_string()
}

/// A length in its two largest units, whole seconds at the finest.
fn wall_time(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds} s"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (_, _, _) => format!("{days} d {hours} h"),
    }
}
