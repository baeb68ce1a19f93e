//! Two promises over the same recording, and what would be different.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Report;
use super::report::{NONE, heading, hours, percent, places, rate, row};

/// What two promises would have come to. Its text is for people; as JSON it is for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The promise of `--policy`: the one to begin with.
    pub policy: Report,
    /// The promise of `--against`: the one to change to.
    pub against: Report,
}

/// One figure of both.
struct Figure {
    name: &'static str,
    definition: &'static str,
    both: [Option<f64>; 2],
    /// Whether it is a share, shown in percent.
    is_share: bool,
}

impl Figure {
    fn difference(&self) -> Option<f64> {
        let [policy, against] = self.both;
        Some(against? - policy?)
    }

    fn columns(&self) -> [String; 3] {
        let shown = |figure: Option<f64>| {
            if self.is_share {
                percent(figure)
            } else {
                rate(figure)
            }
        };
        let [policy, against] = self.both;
        let difference = self.difference().map_or_else(
            || NONE.to_owned(),
            |difference| {
                if self.is_share {
                    format!("{:+.1}", difference * 100.0)
                } else {
                    format!("{difference:+.*}", places(difference))
                }
            },
        );
        [shown(policy), shown(against), difference]
    }
}

impl Comparison {
    fn kept(&self) -> Vec<Figure> {
        let share = |name, definition, of: fn(&Report) -> Option<f64>| Figure {
            name,
            definition,
            both: [of(&self.policy), of(&self.against)],
            is_share: true,
        };
        let figures = [
            share(
                "first response",
                "answered no later than due, of those that were or never",
                |report| report.first_promise.kept_share(),
            ),
            share(
                "next response",
                "the same, since the asker wrote again",
                |report| report.next_promise.kept_share(),
            ),
            share(
                "second look",
                "the same, of answers that nobody confirmed",
                |report| report.second_looks.kept_share(),
            ),
            share("resolution", "resolved no later than due", |report| {
                report.resolution.kept_share()
            }),
        ];
        let promised = |figure: &Figure| figure.both.iter().any(Option::is_some);
        figures.into_iter().filter(promised).collect()
    }

    fn alerts(&self) -> [Figure; 4] {
        let figure = |name, definition, of: fn(&Report) -> Option<f64>| Figure {
            name,
            definition,
            both: [of(&self.policy), of(&self.against)],
            is_share: false,
        };
        [
            figure(
                "at risk, per week",
                "the warning point passed without an answer",
                |report| report.alerts.at_risk_per_week(),
            ),
            figure(
                "overdue, per week",
                "the due time passed without an answer",
                |report| report.alerts.overdue_per_week(),
            ),
            figure("per week", "both together", |report| {
                report.alerts.per_week()
            }),
            figure(
                "per week and person",
                "shared among the staff who wrote",
                |report| report.alerts.per_week_and_person(),
            ),
        ]
    }

    /// More or fewer alerts, by weekday and hour.
    fn by_weekday_and_hour(&self) -> [[i64; 24]; 7] {
        let count = |count: &usize| i64::try_from(*count).unwrap_or(i64::MAX);
        let mut table = [[0; 24]; 7];
        let tables = self.policy.alerts.by_weekday_and_hour.iter().flatten();
        let tables = tables.zip(self.against.alerts.by_weekday_and_hour.iter().flatten());
        for (cell, (policy, against)) in table.iter_mut().flatten().zip(tables) {
            *cell = count(against) - count(policy);
        }
        table
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} threads, {} of them with a question\n",
            self.policy.threads,
            self.policy.questions()
        )?;
        let columns = ["policy", "against", "difference"];
        heading(f, "Kept", &columns)?;
        for figure in self.kept() {
            row(f, figure.name, &figure.columns(), figure.definition)?;
        }
        writeln!(f)?;
        heading(f, "Alerts", &columns)?;
        for figure in self.alerts() {
            row(f, figure.name, &figure.columns(), figure.definition)?;
        }
        let table = self.by_weekday_and_hour();
        if table.iter().flatten().any(|difference| *difference != 0) {
            writeln!(
                f,
                "\nMore and fewer alerts by weekday and hour, in the time zones of the support hours"
            )?;
            let shown = |difference: i64| (difference != 0).then(|| format!("{difference:+}"));
            hours(f, &table.map(|hours| hours.map(shown)))?;
        }
        Ok(())
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Written {
            policy: &self.policy,
            against: &self.against,
            difference: Difference {
                kept_share: by_name(&self.kept()),
                alerts: by_name(&self.alerts()),
                alerts_by_weekday_and_hour: self.by_weekday_and_hour(),
            },
        }
        .serialize(to)
    }
}

#[derive(Serialize)]
struct Written<'reports> {
    policy: &'reports Report,
    against: &'reports Report,
    difference: Difference,
}

/// `against` less `policy`.
#[derive(Serialize)]
struct Difference {
    kept_share: serde_json::Map<String, serde_json::Value>,
    alerts: serde_json::Map<String, serde_json::Value>,
    /// Monday first, then the hours from 0 to 23.
    alerts_by_weekday_and_hour: [[i64; 24]; 7],
}

fn by_name(figures: &[Figure]) -> serde_json::Map<String, serde_json::Value> {
    let key = |name: &str| name.replace(", ", "_").replace(' ', "_");
    figures
        .iter()
        .map(|figure| (key(figure.name), figure.difference().into()))
        .collect()
}
