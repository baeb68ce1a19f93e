//! What must come out, computed a second time in the plainest way: message by message, day by day.
//!
//! Nothing here uses sameday's own core. The promise is written out: the same day, Monday to Friday
//! 9 to 17 in Berlin, last call at 15:00, a warning at 15:00 of the day it is due; anyone's answer
//! counts.

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Europe::Berlin;

use super::recorded::{Recorded, Said};

/// What a thread must have become.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) asker: String,
    pub(crate) asker_messages: u32,
    pub(crate) community_at: Option<DateTime<Utc>>,
    pub(crate) staff_at: Option<DateTime<Utc>>,
    pub(crate) exchanges: Vec<Exchange>,
}

/// One question or follow-up.
#[expect(
    clippy::struct_field_names,
    reason = "an instant is named `…_at` everywhere"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) answered_at: Option<DateTime<Utc>>,
    pub(crate) warn_at: DateTime<Utc>,
    pub(crate) due_at: DateTime<Utc>,
}

impl Exchange {
    /// Whether somebody had to be told at the warning point. What happens in one millisecond
    /// happens before anything is decided in it.
    pub(crate) fn came_at_risk(&self) -> bool {
        self.answered_at.is_none_or(|at| at > self.warn_at)
    }

    /// Whether somebody had to be told that it is late.
    pub(crate) fn fell_overdue(&self) -> bool {
        self.answered_at.is_none_or(|at| at > self.overdue_at())
    }

    /// When it is first late.
    pub(crate) fn overdue_at(&self) -> DateTime<Utc> {
        self.due_at + TimeDelta::milliseconds(1)
    }
}

pub(crate) fn expect(thread: &Recorded) -> Expected {
    let people: Vec<&Said> = thread
        .messages
        .iter()
        .filter(|said| !said.machine)
        .collect();
    let first = people[0];
    let mut expected = Expected {
        opened_at: first.at,
        asker: first.author.clone(),
        asker_messages: 0,
        community_at: None,
        staff_at: None,
        exchanges: Vec::new(),
    };
    for said in people {
        if said.author == first.author {
            expected.asker_messages += 1;
            let waiting = expected
                .exchanges
                .last()
                .is_some_and(|exchange| exchange.answered_at.is_none());
            if !waiting {
                let (warn_at, due_at) = same_day(said.at);
                expected.exchanges.push(Exchange {
                    asked_at: said.at,
                    answered_at: None,
                    warn_at,
                    due_at,
                });
            }
        } else {
            let fact = if said.staff {
                &mut expected.staff_at
            } else {
                &mut expected.community_at
            };
            *fact = fact.or(Some(said.at));
            if let Some(exchange) = expected.exchanges.last_mut() {
                exchange.answered_at = exchange.answered_at.or(Some(said.at));
            }
        }
    }
    expected
}

/// 15:00 and 17:00 in Berlin of the day on which an answer is due.
fn same_day(asked_at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let local = asked_at.with_timezone(&Berlin);
    let last_call = NaiveTime::from_hms_opt(15, 0, 0).unwrap();
    let mut date = local.date_naive();
    let weekend = |date: chrono::NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    if weekend(date) || local.time() >= last_call {
        date = date + Days::new(1);
    }
    while weekend(date) {
        date = date + Days::new(1);
    }
    let at = |hour| {
        let local = date.and_hms_opt(hour, 0, 0).unwrap();
        Berlin.from_local_datetime(&local).unwrap().to_utc()
    };
    (at(15), at(17))
}
