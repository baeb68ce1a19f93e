//! What is promised (a target), when to warn, and the instants that follow from both.
//!
//! As text: `4h` is support time, `1h wall` goes by the clock on the wall, `same day` is the end of
//! the day's support hours. A warning is a lead before the due time (`2h`) or a share of the
//! target (`75%`).

mod length;
#[cfg(test)]
mod tests;
mod text;

use chrono::{NaiveDate, TimeDelta};

pub use length::LengthError;
pub use text::{TargetError, WarningError};

use super::{Calendar, SupportDuration, Timestamp, calendar};
use serde::{Deserialize, Serialize};

/// How long before closing a message still counts for the same day, unless the settings say
/// otherwise.
pub const DEFAULT_LAST_CALL: SupportDuration = SupportDuration::from_minutes(120);

/// The share of the target at which a warning is due when the target is shorter than the lead that
/// was asked for.
const SHARE_OF_SHORT_TARGETS: u8 = 75;

/// By when something is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// So much support time after the beginning.
    Support(SupportDuration),
    /// So much time after the beginning, whatever the support hours are.
    Wall(TimeDelta),
    /// The end of the day's support hours.
    SameDay {
        /// How much support time before closing a message must have come to count for that day.
        /// On a day with less support time than this, a message counts when it came before the
        /// opening, so that the whole day is left.
        last_call: SupportDuration,
    },
}

/// When to warn that a target is at risk.
///
/// Both are measured in the time of the target: support time, or wall time for [`Target::Wall`].
/// So a warning two hours before Monday 10:00 is due on Friday at 16:00 (9 to 17), when somebody
/// is there to heed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Warning {
    /// So long before the due time. Where the target is shorter than this, three quarters of the
    /// target are used instead.
    Lead(TimeDelta),
    /// After so many percent of the target; more than 100 count as 100.
    Share(u8),
}

/// Reads a length of support time: `4h`, `90m`, `1h30m`.
pub fn read_length(text: &str) -> Result<SupportDuration, LengthError> {
    length::read(text).map(SupportDuration::new)
}

impl Warning {
    /// Two hours before the due time.
    pub const USUAL: Self = Self::Lead(TimeDelta::hours(2));
}

/// The instants of one clock. `from <= warn_at <= due_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When the promise is broken. An answer at this very instant still keeps it.
    pub due_at: Timestamp,
    /// From when the promise is at risk.
    pub warn_at: Timestamp,
}

impl Target {
    /// The end of the day's support hours, with the usual last call.
    pub const SAME_DAY: Self = Self::SameDay {
        last_call: DEFAULT_LAST_CALL,
    };
}

/// When a clock that starts at `from` is due, and when to warn of it.
///
/// `None` when the calendar has no such instant in the next hundred years.
pub fn due(
    target: &Target,
    warning: &Warning,
    calendar: &Calendar,
    from: Timestamp,
) -> Option<Due> {
    let due_at = match *target {
        Target::Support(length) => calendar.add(from, length)?,
        Target::Wall(length) => from.checked_add_signed(length.max(TimeDelta::zero()))?,
        Target::SameDay { last_call } => end_of_day(calendar, last_call, from)?,
    };
    let warn_at = match target {
        Target::Wall(_) => {
            let whole = due_at.signed_duration_since(from);
            from.checked_add_signed(until_warning(*warning, whole))?
        }
        Target::Support(_) | Target::SameDay { .. } => {
            let whole = calendar.between(from, due_at).length();
            let length = SupportDuration::new(until_warning(*warning, whole));
            calendar.add(from, length)?
        }
    };
    Some(Due {
        due_at,
        warn_at: warn_at.min(due_at),
    })
}

/// How much of the target `whole` passes before the warning.
pub(super) fn until_warning(warning: Warning, whole: TimeDelta) -> TimeDelta {
    match warning {
        Warning::Share(percent) => share(percent, whole),
        Warning::Lead(lead) if lead > whole => share(SHARE_OF_SHORT_TARGETS, whole),
        Warning::Lead(lead) => whole
            .checked_sub(&lead.max(TimeDelta::zero()))
            .unwrap_or(whole),
    }
}

/// So many percent of `whole`, in whole milliseconds, rounded down.
fn share(percent: u8, whole: TimeDelta) -> TimeDelta {
    let millis = i128::from(whole.num_milliseconds()) * i128::from(percent.min(100)) / 100;
    i64::try_from(millis).map_or(whole, TimeDelta::milliseconds)
}

/// The end of the support hours of the day that a message at `from` counts for.
fn end_of_day(
    calendar: &Calendar,
    last_call: SupportDuration,
    from: Timestamp,
) -> Option<Timestamp> {
    let today = calendar.date_of(from)?;
    calendar::walk(today).find_map(|date| {
        let blocks = calendar.blocks_on(date);
        let (_, closes) = *blocks.last()?;
        let counts = date != today || from < last_call_among(&blocks, last_call)?;
        counts.then_some(closes)
    })
}

/// The last call of a support day: the latest instant at which so much support time is left of it,
/// or its opening when it has less. `None` when the date is closed.
pub fn last_call_on(
    calendar: &Calendar,
    last_call: SupportDuration,
    date: NaiveDate,
) -> Option<Timestamp> {
    last_call_among(&calendar.blocks_on(date), last_call)
}

fn last_call_among(
    blocks: &[(Timestamp, Timestamp)],
    last_call: SupportDuration,
) -> Option<Timestamp> {
    let mut left = last_call.length();
    for (opens, closes) in blocks.iter().rev() {
        let here = closes.signed_duration_since(opens);
        if left <= here {
            return closes.checked_sub_signed(left);
        }
        left = left.checked_sub(&here)?;
    }
    blocks.first().map(|(opens, _)| *opens)
}
