//! Events that come again: `FREQ=YEARLY;BYMONTH=11;BYDAY=4TH` and the like.

use chrono::{Datelike, NaiveDate, TimeZone};
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

use super::YEARS;

/// The year before which no rule may start: it would be followed date by date up to now.
const EARLIEST_START: i32 = 1900;

/// The dates in [`YEARS`] on which an event of whole days starts again, in order. `None` when the
/// rule is not understood, goes by hours, starts before 1900 or never comes true.
pub(super) fn starts(
    rule: &str,
    starts_on: NaiveDate,
) -> Option<impl Iterator<Item = NaiveDate> + use<>> {
    let rule: RRule<Unvalidated> = with_utc_end(rule).parse().ok()?;
    let by_date = match rule.get_freq() {
        Frequency::Yearly | Frequency::Monthly | Frequency::Weekly | Frequency::Daily => true,
        Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => false,
    };
    let by_time = [
        rule.get_by_hour(),
        rule.get_by_minute(),
        rule.get_by_second(),
    ]
    .iter()
    .any(|times| !times.is_empty());
    if !by_date || by_time || starts_on.year() < EARLIEST_START {
        return None;
    }
    // Dates have no zone; UTC has no nights of another length.
    let start = Tz::UTC.from_utc_datetime(&starts_on.and_hms_opt(0, 0, 0)?);
    let rule = rule.validate(start).ok()?;
    // Limited: a rule that never comes true, such as 30 February, is given up after some steps.
    let set = RRuleSet::new(start).rrule(rule).limit();
    let mut starts = set.into_iter().peekable();
    // Those steps take a while, so the first such rule ends the reading of a text.
    starts.peek()?;
    let dates = starts
        .map(|instant| instant.date_naive())
        .take_while(|date| date.year() <= *YEARS.end())
        .filter(|date| YEARS.contains(&date.year()));
    Some(dates)
}

/// The rule with an end that has a zone, as the reader wants it: a date ends with its last second.
fn with_utc_end(rule: &str) -> String {
    let part = |part: &str| {
        let part = part.trim().to_ascii_uppercase();
        match part.strip_prefix("UNTIL=") {
            Some(end) if end.len() == 8 => format!("{part}T235959Z"),
            Some(end) if !end.ends_with('Z') => format!("{part}Z"),
            _ => part,
        }
    };
    let parts: Vec<String> = rule
        .split(';')
        .filter(|text| !text.trim().is_empty())
        .map(part)
        .collect();
    parts.join(";")
}
