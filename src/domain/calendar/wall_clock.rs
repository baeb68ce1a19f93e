//! From what the clock on the wall shows to instants, also where the clock was turned.
//!
//! A local time that never was (clocks turned forward, a *gap*) stands for the first instant after
//! the gap. A local time that was twice (clocks turned back, a *fold*) stands for the earlier
//! instant where something opens and for the later where it closes: support hours never shrink
//! because the clock was turned back.
//!
//! Dates are divided so that every instant belongs to exactly one of them: see [`date_edge`].

use chrono::{LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use crate::domain::Timestamp;

/// What a local time stands for where the clock was turned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Edge {
    Opening,
    Closing,
}

/// The instant at which the clock on the wall of `zone` shows `local`. `None` outside chrono's
/// range of instants.
pub(in crate::domain) fn instant(zone: Tz, local: NaiveDateTime, edge: Edge) -> Option<Timestamp> {
    match candidates(zone, local)? {
        Candidates::Once(at) => Some(at),
        Candidates::Twice(earlier, later) => Some(match edge {
            Edge::Opening => earlier,
            Edge::Closing => later,
        }),
    }
}

/// The instant at which `date` begins in `zone`: the last one at which the clock changes from the
/// date before to `date`.
///
/// Where midnight was twice that is the first of the two when the date had then begun for good
/// (Havana turns back from 01:00 to 00:00), and the second when the clock went back to the evening
/// before (St. John's turned back from 00:01 to 23:01). A date that a zone left out (Apia,
/// 2011-12-30) begins when the next one does.
pub(in crate::domain) fn date_edge(zone: Tz, date: NaiveDate) -> Option<Timestamp> {
    match candidates(zone, date.and_hms_opt(0, 0, 0)?)? {
        Candidates::Once(at) => Some(at),
        Candidates::Twice(earlier, later) => {
            let just_before = later.checked_sub_signed(TimeDelta::milliseconds(1))?;
            let back_in_the_evening = local(zone, just_before)?.date() < date;
            Some(if back_in_the_evening { later } else { earlier })
        }
    }
}

/// The date to which `at` belongs: the one with `date_edge(date) <= at < date_edge(next date)`.
pub(super) fn date_of(zone: Tz, at: Timestamp) -> Option<NaiveDate> {
    let shown = local(zone, at)?.date();
    if at < date_edge(zone, shown)? {
        shown.pred_opt()
    } else {
        Some(shown)
    }
}

/// What the clock on the wall shows at `at`.
pub(in crate::domain) fn local(zone: Tz, at: Timestamp) -> Option<NaiveDateTime> {
    let utc = at.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix())
}

enum Candidates {
    Once(Timestamp),
    Twice(Timestamp, Timestamp),
}

fn candidates(zone: Tz, local: NaiveDateTime) -> Option<Candidates> {
    let with_offset = |offset: &<Tz as TimeZone>::Offset| {
        let utc = local.checked_sub_offset(offset.fix())?;
        Some(utc.and_utc())
    };
    match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) => Some(Candidates::Once(with_offset(&offset)?)),
        LocalResult::Ambiguous(first, second) => {
            let (first, second) = (with_offset(&first)?, with_offset(&second)?);
            Some(Candidates::Twice(first.min(second), first.max(second)))
        }
        LocalResult::None => {
            let gap = GapInfo::new(&local, &zone)?;
            Some(Candidates::Once(gap.end?.to_utc()))
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Pacific};

    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_begins_once() {
        for (zone, day, begins) in [
            // Turned back from 01:00 to 00:00: the date has begun at the first midnight.
            (America::Havana, "2025-11-02", "2025-11-02T04:00:00Z"),
            // Turned back from 00:01 to 23:01: the second midnight.
            (America::St_Johns, "2010-11-07", "2010-11-07T03:30:00Z"),
            // Turned back from 00:00 to 23:00: there was one midnight.
            (America::Sao_Paulo, "2018-02-18", "2018-02-18T03:00:00Z"),
            // Turned forward from 00:00 to 01:00: there was no midnight.
            (America::Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
            // Left out: begins when the next date does.
            (Pacific::Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
            (Pacific::Apia, "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(
                date_edge(zone, date(day)),
                Some(utc(begins)),
                "{zone} {day}"
            );
        }
    }

    #[test]
    fn every_instant_belongs_to_one_date() {
        // 00:00:30 by the clock, but 23:01 comes again half a minute later.
        let first_pass = utc("2010-11-07T02:30:30Z");
        assert_eq!(
            date_of(America::St_Johns, first_pass),
            Some(date("2010-11-06"))
        );
        assert_eq!(
            date_of(America::St_Johns, utc("2010-11-07T03:30:00Z")),
            Some(date("2010-11-07"))
        );
        assert_eq!(
            date_of(America::Havana, utc("2025-11-02T04:30:00Z")),
            Some(date("2025-11-02"))
        );
        assert_eq!(
            date_of(Pacific::Apia, utc("2011-12-30T10:00:00Z")),
            Some(date("2011-12-31"))
        );
    }
}
