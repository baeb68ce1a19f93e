//! Lengths of time as people write them in settings: `4h`, `90m`, `1h30m`.
//!
//! There are no days: a day of support time has no fixed length.

use std::fmt;

use chrono::TimeDelta;

/// The longest target or lead that settings may name: a year.
const LONGEST: TimeDelta = TimeDelta::days(365);

const UNITS: [(&str, i64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Why a text is no length of time. Each is a sentence to be shown to whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Not numbers with units.
    #[error(
        "`{0}` is not a length of time: write hours and minutes, such as `4h`, `90m` or `1h30m`"
    )]
    Form(String),
    /// Days, weeks, months or years.
    #[error(
        "`{0}` counts in days or longer, which have no fixed length in support time: write hours, such as `16h`"
    )]
    Days(String),
    /// Nothing, or more than a year.
    #[error("`{0}` must be longer than nothing and no longer than a year (8760h)")]
    Range(String),
}

/// Reads `4h`, `90m`, `1h30m`, `1h 30m`, `45s`; for tests also `250ms`. Each unit at most once, the
/// longer first.
pub(super) fn read(text: &str) -> Result<TimeDelta, LengthError> {
    let form = || LengthError::Form(text.to_owned());
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut millis: i64 = 0;
    while !rest.is_empty() {
        let (digits, after) = split(rest, |c: char| !c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), |c: char| !c.is_ascii_alphabetic());
        if digits.is_empty() {
            return Err(form());
        }
        if is_calendar_unit(unit) {
            return Err(LengthError::Days(text.to_owned()));
        }
        let (_, scale) = units.find(|(name, _)| *name == unit).ok_or_else(form)?;
        millis = digits
            .parse::<i64>()
            .ok()
            .and_then(|count| count.checked_mul(*scale))
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(|| LengthError::Range(text.to_owned()))?;
        rest = after.trim_start();
    }
    match TimeDelta::try_milliseconds(millis) {
        _ if text.trim().is_empty() => Err(form()),
        Some(length) if length > TimeDelta::zero() && length <= LONGEST => Ok(length),
        _ => Err(LengthError::Range(text.to_owned())),
    }
}

/// Writes a length so that [`read`] gives it back: whole milliseconds, no days.
pub(super) fn write(f: &mut fmt::Formatter<'_>, length: TimeDelta) -> fmt::Result {
    let mut left = length.num_milliseconds();
    for (unit, scale) in UNITS {
        let count = left / scale;
        if count != 0 {
            write!(f, "{count}{unit}")?;
        }
        left %= scale;
    }
    if length.num_milliseconds() == 0 {
        f.write_str("0s")?;
    }
    Ok(())
}

fn is_calendar_unit(unit: &str) -> bool {
    matches!(
        unit,
        "d" | "day" | "days" | "w" | "week" | "weeks" | "month" | "months" | "y" | "year" | "years"
    )
}

fn split(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at_checked(text.find(end).unwrap_or(text.len()))
        .unwrap_or((text, ""))
}
