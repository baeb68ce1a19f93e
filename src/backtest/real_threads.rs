//! Real threads, against a reckoning that shares nothing with the core: no calendar, no fold, only
//! counting seconds since 1970.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::*;
use crate::domain::policy::AnsweredBy;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// The recorded threads of `SAMEDAY_DATA`, by default `../shared/data`. Where they are missing this
/// says so, and fails where `CI` is set.
fn real_threads() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests say here where the data is"
    )]
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let folder = variable("SAMEDAY_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let file = folder.join("threads.jsonl.gz");
    if file.is_file() {
        return Some(file);
    }
    assert!(
        variable("CI").is_none(),
        "{} is missing: set SAMEDAY_DATA to the folder that holds it",
        file.display()
    );
    eprintln!(
        "SKIPPED: {} is missing, so nothing was compared with real threads; set SAMEDAY_DATA",
        file.display()
    );
    None
}

/// What happened in a thread, in milliseconds since 1970.
struct Naive {
    asker: String,
    /// `(instant, author, staff)` of people.
    said: Vec<(i64, String, bool)>,
    resolved: Option<i64>,
}

impl Naive {
    fn of(line: &str) -> Self {
        let thread: Value = serde_json::from_str(line).unwrap();
        let mut said: Vec<(i64, String, bool)> = thread["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["is_bot"] != true && message["system"].is_null())
            .map(|message| {
                let author = message["author"].as_str().unwrap().to_owned();
                (millis(&message["at"]), author, message["is_staff"] == true)
            })
            .collect();
        said.sort_by_key(|message| message.0);
        Self {
            asker: said[0].1.clone(),
            resolved: thread["resolved_at"]
                .is_string()
                .then(|| millis(&thread["resolved_at"])),
            said,
        }
    }

    fn first_answer(&self, staff_only: bool) -> Option<i64> {
        self.said
            .iter()
            .find(|(_, author, staff)| *author != self.asker && (*staff || !staff_only))
            .map(|(at, _, _)| at - self.said[0].0)
    }

    /// Every stretch in which the asker waited: `(since, until, answered)`.
    fn waits(&self, staff_only: bool) -> Vec<(i64, Option<i64>, bool)> {
        let mut facts: Vec<(i64, char)> = self
            .said
            .iter()
            .map(|(at, author, staff)| match (*author == self.asker, staff) {
                (true, _) => (*at, '?'),
                (false, staff) if *staff || !staff_only => (*at, '!'),
                (false, _) => (*at, ' '),
            })
            .chain(self.resolved.map(|at| (at, 'x')))
            .collect();
        facts.sort_by_key(|fact| fact.0);
        let mut waits = Vec::new();
        let mut since = None;
        for (at, fact) in facts {
            match (fact, since) {
                ('?', None) => since = Some(at),
                ('!' | 'x', Some(from)) => {
                    waits.push((from, Some(at), fact == '!'));
                    since = None;
                }
                _ => {}
            }
        }
        waits.extend(since.map(|from| (from, None, false)));
        waits
    }
}

fn millis(instant: &Value) -> i64 {
    chrono::DateTime::parse_from_rfc3339(instant.as_str().unwrap())
        .unwrap()
        .timestamp_millis()
}

/// 17:00 UTC of the day, or of the next working day. 1970-01-01 was a Thursday.
fn due(from: i64) -> i64 {
    let works = |day: i64| (day + 3) % 7 < 5;
    let mut day = from.div_euclid(DAY);
    if from >= day * DAY + 15 * HOUR || !works(day) {
        day += 1;
        while !works(day) {
            day += 1;
        }
    }
    day * DAY + 17 * HOUR
}

fn quantile(mut values: Vec<i64>, q: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "thousands of values of some years in milliseconds"
    )]
    {
        values.sort_unstable();
        let place = (values.len() - 1) as f64 * q;
        let lower = values[place.floor() as usize] as f64;
        let upper = values[place.ceil() as usize] as f64;
        (lower + (upper - lower) * place.fract()) / 1000.0
    }
}

#[test]
fn real_threads_come_to_what_counting_seconds_comes_to() {
    let Some(file) = real_threads() else { return };
    let threads: Vec<Naive> = BufReader::new(GzDecoder::new(File::open(&file).unwrap()))
        .lines()
        .map(|line| Naive::of(&line.unwrap()))
        .collect();
    assert!(threads.len() > 1_000, "only {} threads", threads.len());

    for answered_by in [AnsweredBy::Anyone, AnsweredBy::Staff] {
        let staff_only = answered_by == AnsweredBy::Staff;
        let report = run(&file, vec![tests::same_day(answered_by)]).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["threads"], threads.len());

        for (name, staff) in [("any", false), ("staff", true)] {
            let times: Vec<i64> = threads
                .iter()
                .filter_map(|thread| thread.first_answer(staff))
                .collect();
            let figures = &json["first_response"][name];
            assert_eq!(figures["count"], times.len(), "{name}");
            for (key, q) in [("median_s", 0.5), ("p90_s", 0.9)] {
                let (found, expected) =
                    (figures[key].as_f64().unwrap(), quantile(times.clone(), q));
                assert!(
                    (found - expected).abs() < 0.001,
                    "{name} {key}: {found} is not {expected}"
                );
            }
        }

        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut by_weekday_and_hour = vec![vec![0_usize; 24]; 7];
        for thread in &threads {
            for (index, (since, until, answered)) in
                thread.waits(staff_only).into_iter().enumerate()
            {
                let due = due(since);
                let what = match (until, answered) {
                    (Some(at), true) if at <= due => "kept",
                    (Some(_), true) => "late",
                    (Some(_), false) => "cancelled",
                    (None, _) => "unanswered",
                };
                let which = if index == 0 { "first" } else { "next" };
                *counts.entry(which).or_default() += 1;
                *counts
                    .entry(match (which, what) {
                        ("first", "kept") => "first kept",
                        ("first", "late") => "first late",
                        ("first", "cancelled") => "first cancelled",
                        ("first", _) => "first unanswered",
                        (_, "kept") => "next kept",
                        (_, "late") => "next late",
                        (_, "cancelled") => "next cancelled",
                        (_, _) => "next unanswered",
                    })
                    .or_default() += 1;
                for (name, alert) in [("at risk", due - 2 * HOUR), ("overdue", due + 1)] {
                    // What happens in the millisecond of an alert comes before it.
                    if until.is_none_or(|until| until > alert) {
                        *counts.entry(name).or_default() += 1;
                        let day = (alert.div_euclid(DAY) + 3) % 7;
                        let hour = alert.rem_euclid(DAY) / HOUR;
                        by_weekday_and_hour[usize::try_from(day).unwrap()]
                            [usize::try_from(hour).unwrap()] += 1;
                    }
                }
            }
        }
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        for (promise, which) in [
            (report.first_promise, "first"),
            (report.next_promise, "next"),
        ] {
            let expected = report::Promise {
                kept: count(&format!("{which} kept")),
                late: count(&format!("{which} late")),
                unanswered: count(&format!("{which} unanswered")),
                cancelled: count(&format!("{which} cancelled")),
            };
            assert_eq!(promise, expected, "{which} {answered_by:?}");
            assert!(promise.kept > 0 && promise.late > 0);
        }
        assert_eq!(report.alerts.at_risk, count("at risk"));
        assert_eq!(report.alerts.overdue, count("overdue"));
        assert_eq!(
            json["alerts"]["by_weekday_and_hour"],
            serde_json::json!(by_weekday_and_hour)
        );
    }
}
