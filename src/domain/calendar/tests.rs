//! Tables: what a person with a paper calendar would say.

use chrono::{TimeDelta, Weekday};
use chrono_tz::{America, Asia, Atlantic, Australia, Europe, Pacific, Tz, UTC};

use super::*;

const WORKDAYS: [Weekday; 5] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
];

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn block(text: &str) -> Block {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant written with its offset, so that the clock on the wall can be read off.
fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn minutes(minutes: u32) -> SupportDuration {
    SupportDuration::from_minutes(minutes)
}

fn workdays(zone: Tz) -> CalendarBuilder {
    Calendar::week(zone).open(WORKDAYS, block("09:00-17:00"))
}

fn nine_to_five(zone: Tz) -> Calendar {
    workdays(zone).build().unwrap()
}

fn all_week(zone: Tz, hours: &[&str]) -> Calendar {
    hours
        .iter()
        .fold(Calendar::week(zone), |week, hours| {
            week.open(EVERY_DAY, block(hours))
        })
        .build()
        .unwrap()
}

/// `from` + `length` = `due`, and `between` agrees.
#[track_caller]
fn check(calendar: &Calendar, from: &str, length: u32, due: &str) {
    assert_eq!(
        calendar.add(at(from), minutes(length)),
        Some(at(due)),
        "{from} + {length} min"
    );
    assert_eq!(
        calendar.between(at(from), at(due)),
        minutes(length),
        "between {from} and {due}"
    );
}

#[test]
fn nine_to_five_on_workdays() {
    let calendar = nine_to_five(Europe::Berlin);
    // 2026-11-20 is a Friday.
    for (from, length, due) in [
        ("2026-11-20T16:30:00+01:00", 60, "2026-11-23T09:30:00+01:00"),
        // Exactly the end of the block stays there.
        ("2026-11-20T16:30:00+01:00", 30, "2026-11-20T17:00:00+01:00"),
        ("2026-11-20T17:00:00+01:00", 1, "2026-11-23T09:01:00+01:00"),
        ("2026-11-20T16:59:00+01:00", 2, "2026-11-23T09:01:00+01:00"),
        // Before opening, at midnight, on a Saturday.
        ("2026-11-20T07:00:00+01:00", 60, "2026-11-20T10:00:00+01:00"),
        ("2026-11-20T00:00:00+01:00", 60, "2026-11-20T10:00:00+01:00"),
        ("2026-11-21T12:00:00+01:00", 60, "2026-11-23T10:00:00+01:00"),
        // No time at all passes where it is asked, in or out of hours.
        ("2026-11-21T12:00:00+01:00", 0, "2026-11-21T12:00:00+01:00"),
        // A working week.
        (
            "2026-11-20T09:00:00+01:00",
            2400,
            "2026-11-26T17:00:00+01:00",
        ),
    ] {
        check(&calendar, from, length, due);
    }
}

#[test]
fn a_lunch_break_is_two_blocks() {
    let calendar = Calendar::week(Europe::Berlin)
        .open(WORKDAYS, block("13:30-17:00"))
        .open(WORKDAYS, block("09:00-12:30"))
        .build()
        .unwrap();
    for (from, length, due) in [
        ("2026-11-20T12:00:00+01:00", 60, "2026-11-20T14:00:00+01:00"),
        ("2026-11-20T12:00:00+01:00", 30, "2026-11-20T12:30:00+01:00"),
        ("2026-11-20T13:00:00+01:00", 15, "2026-11-20T13:45:00+01:00"),
        (
            "2026-11-20T09:00:00+01:00",
            430,
            "2026-11-23T09:10:00+01:00",
        ),
    ] {
        check(&calendar, from, length, due);
    }
    assert!(calendar.is_open(at("2026-11-20T12:29:59.999+01:00")));
    assert!(!calendar.is_open(at("2026-11-20T12:30:00+01:00")));
    assert!(calendar.is_open(at("2026-11-20T13:30:00+01:00")));
}

#[test]
fn holidays_and_exceptions() {
    let calendar = workdays(Europe::Berlin)
        .holiday(date("2026-11-23"))
        .exception(date("2026-11-24"), [block("14:00-15:00")])
        .exception(date("2026-11-25"), [])
        // An exception counts also on a holiday and on a Saturday.
        .holiday(date("2026-11-28"))
        .exception(date("2026-11-28"), [block("10:00-11:00")])
        .build()
        .unwrap();
    for (from, length, due) in [
        ("2026-11-20T16:30:00+01:00", 60, "2026-11-24T14:30:00+01:00"),
        (
            "2026-11-20T16:30:00+01:00",
            100,
            "2026-11-26T09:10:00+01:00",
        ),
        ("2026-11-27T16:30:00+01:00", 60, "2026-11-28T10:30:00+01:00"),
    ] {
        check(&calendar, from, length, due);
    }
    assert_eq!(calendar.blocks_on(date("2026-11-23")), []);
    assert_eq!(
        calendar.next_opening(at("2026-11-21T12:00:00+01:00")),
        Some(at("2026-11-24T14:00:00+01:00"))
    );
}

#[test]
fn a_leap_day_is_a_day() {
    let calendar = nine_to_five(UTC);
    // 2028-02-29 is a Tuesday.
    check(
        &calendar,
        "2028-02-28T16:30:00Z",
        60,
        "2028-02-29T09:30:00Z",
    );
    check(
        &calendar,
        "2028-02-29T16:30:00Z",
        60,
        "2028-03-01T09:30:00Z",
    );
}

#[test]
fn nights_in_which_the_clock_is_turned() {
    // Support around the clock, but in blocks: each date is one.
    for (zone, from, hours, due) in [
        // 23 hours: Sunday's end comes an hour early.
        (
            Europe::Berlin,
            "2026-03-29T00:00:00+01:00",
            23 * 60,
            "2026-03-30T00:00:00+02:00",
        ),
        (
            Europe::Berlin,
            "2026-10-25T00:00:00+02:00",
            25 * 60,
            "2026-10-26T00:00:00+01:00",
        ),
        (
            America::New_York,
            "2026-03-08T00:00:00-05:00",
            23 * 60,
            "2026-03-09T00:00:00-04:00",
        ),
        (
            America::New_York,
            "2026-11-01T00:00:00-04:00",
            25 * 60,
            "2026-11-02T00:00:00-05:00",
        ),
        // Half an hour on Lord Howe Island.
        (
            Australia::Lord_Howe,
            "2026-10-04T00:00:00+10:30",
            23 * 60 + 30,
            "2026-10-05T00:00:00+11:00",
        ),
        (
            Australia::Lord_Howe,
            "2026-04-05T00:00:00+11:00",
            24 * 60 + 30,
            "2026-04-06T00:00:00+10:30",
        ),
    ] {
        check(&all_week(zone, &["00:00-24:00"]), from, hours, due);
        let always = Calendar::always(zone);
        check(&always, from, hours, due);
        assert_eq!(
            always.blocks_on(always.date_of(at(from)).unwrap()),
            [(at(from), at(due))],
            "{zone}"
        );
    }
}

#[test]
fn office_hours_do_not_notice_the_night() {
    for (zone, friday, monday) in [
        (
            Europe::Berlin,
            "2026-03-27T16:30:00+01:00",
            "2026-03-30T09:30:00+02:00",
        ),
        (
            Europe::Berlin,
            "2026-10-23T16:30:00+02:00",
            "2026-10-26T09:30:00+01:00",
        ),
        (
            America::New_York,
            "2026-03-06T16:30:00-05:00",
            "2026-03-09T09:30:00-04:00",
        ),
        (
            America::New_York,
            "2026-10-30T16:30:00-04:00",
            "2026-11-02T09:30:00-05:00",
        ),
        (
            Australia::Lord_Howe,
            "2026-10-02T16:30:00+10:30",
            "2026-10-05T09:30:00+11:00",
        ),
        (
            Australia::Lord_Howe,
            "2026-04-03T16:30:00+11:00",
            "2026-04-06T09:30:00+10:30",
        ),
    ] {
        check(&nine_to_five(zone), friday, 60, monday);
    }
}

/// What one block of a date becomes.
#[track_caller]
fn check_block(zone: Tz, day: &str, hours: &str, expected: Option<(&str, &str)>) {
    let calendar = all_week(zone, &[hours]);
    let expected: Vec<_> = expected
        .map(|(opens, closes)| (at(opens), at(closes)))
        .into_iter()
        .collect();
    assert_eq!(
        calendar.blocks_on(date(day)),
        expected,
        "{zone} {day} {hours}"
    );
}

#[test]
fn an_edge_in_the_hour_left_out_moves_behind_it() {
    // Berlin goes from 02:00 to 03:00.
    let (zone, day) = (Europe::Berlin, "2026-03-29");
    let after = "2026-03-29T03:00:00+02:00";
    check_block(
        zone,
        day,
        "02:30-05:00",
        Some((after, "2026-03-29T05:00:00+02:00")),
    );
    check_block(
        zone,
        day,
        "01:00-02:30",
        Some(("2026-03-29T01:00:00+01:00", after)),
    );
    check_block(zone, day, "02:15-02:45", None);
    check_block(zone, day, "02:00-03:00", None);
    // Lord Howe goes from 02:00 to 02:30.
    check_block(
        Australia::Lord_Howe,
        "2026-10-04",
        "02:10-03:00",
        Some(("2026-10-04T02:30:00+11:00", "2026-10-04T03:00:00+11:00")),
    );
}

#[test]
fn an_edge_in_the_hour_that_came_twice_is_generous() {
    // Berlin goes from 03:00 back to 02:00.
    let (zone, day) = (Europe::Berlin, "2026-10-25");
    check_block(
        zone,
        day,
        "02:30-05:00",
        Some(("2026-10-25T02:30:00+02:00", "2026-10-25T05:00:00+01:00")),
    );
    check_block(
        zone,
        day,
        "01:00-02:30",
        Some(("2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+01:00")),
    );
    // New York goes from 02:00 back to 01:00.
    check_block(
        America::New_York,
        "2026-11-01",
        "01:15-01:45",
        Some(("2026-11-01T01:15:00-04:00", "2026-11-01T01:45:00-05:00")),
    );
    // Lord Howe goes from 02:00 back to 01:30.
    check_block(
        Australia::Lord_Howe,
        "2026-04-05",
        "00:00-01:45",
        Some(("2026-04-05T00:00:00+11:00", "2026-04-05T01:45:00+10:30")),
    );
    // Two blocks that meet in it share no time.
    let calendar = all_week(zone, &["01:00-02:30", "02:30-04:00"]);
    assert_eq!(
        calendar.blocks_on(date(day)),
        [
            (
                at("2026-10-25T01:00:00+02:00"),
                at("2026-10-25T02:30:00+01:00")
            ),
            (
                at("2026-10-25T02:30:00+01:00"),
                at("2026-10-25T04:00:00+01:00")
            ),
        ]
    );
}

#[test]
fn midnights_that_were_not_there_or_were_there_twice() {
    // Sao Paulo 2018 and Beirut go from 00:00 to 01:00.
    check_block(
        America::Sao_Paulo,
        "2018-11-04",
        "00:00-24:00",
        Some(("2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00")),
    );
    check_block(
        Asia::Beirut,
        "2025-03-30",
        "00:30-12:00",
        Some(("2025-03-30T01:00:00+03:00", "2025-03-30T12:00:00+03:00")),
    );
    // The evening before ends where the date begins.
    check_block(
        Asia::Beirut,
        "2025-03-29",
        "18:00-24:00",
        Some(("2025-03-29T18:00:00+02:00", "2025-03-30T01:00:00+03:00")),
    );
    // Havana goes from 01:00 back to 00:00, the Azores from 01:00 back to 00:00.
    check_block(
        America::Havana,
        "2025-11-02",
        "00:00-24:00",
        Some(("2025-11-02T00:00:00-04:00", "2025-11-03T00:00:00-05:00")),
    );
    check_block(
        Atlantic::Azores,
        "2025-10-26",
        "00:00-00:30",
        Some(("2025-10-26T00:00:00+00:00", "2025-10-26T00:30:00-01:00")),
    );
    // Beirut goes from 00:00 back to 23:00: that evening is an hour longer.
    check_block(
        Asia::Beirut,
        "2025-10-25",
        "22:00-24:00",
        Some(("2025-10-25T22:00:00+03:00", "2025-10-26T00:00:00+02:00")),
    );
    // St. John's went from 00:01 back to 23:01: the first midnight began nothing.
    check_block(
        America::St_Johns,
        "2010-11-06",
        "22:00-24:00",
        Some(("2010-11-06T22:00:00-02:30", "2010-11-07T00:00:00-03:30")),
    );
    check_block(
        America::St_Johns,
        "2010-11-07",
        "00:00-12:00",
        Some(("2010-11-07T00:00:00-03:30", "2010-11-07T12:00:00-03:30")),
    );
    // Apia left a Friday out.
    check_block(Pacific::Apia, "2011-12-30", "09:00-17:00", None);
    check(
        &nine_to_five(Pacific::Apia),
        "2011-12-29T16:30:00-10:00",
        60,
        "2012-01-02T09:30:00+14:00",
    );
}

#[test]
fn what_makes_no_calendar_is_refused_in_a_sentence() {
    assert_eq!(
        Calendar::week(UTC).build().unwrap_err().to_string(),
        "a calendar needs support hours on at least one weekday, such as `09:00-17:00` on Monday, \
         or `always`"
    );
    let error = workdays(UTC)
        .open([Weekday::Wed], block("16:59-18:00"))
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the support hours of Wednesday overlap: 09:00-17:00 and 16:59-18:00"
    );
    let error = workdays(UTC)
        .exception(
            date("2026-12-24"),
            [block("10:00-12:00"), block("09:00-13:00")],
        )
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the support hours of 2026-12-24 overlap: 09:00-13:00 and 10:00-12:00"
    );
    workdays(UTC)
        .open([Weekday::Wed], block("17:00-18:00"))
        .build()
        .expect("blocks may touch");
}

#[test]
fn there_is_an_end_to_looking() {
    let calendar = nine_to_five(Europe::Berlin);
    let from = at("2026-11-20T12:00:00+01:00");
    assert_eq!(
        calendar.add(from, SupportDuration::new(TimeDelta::MAX)),
        None
    );
    // 4 years without a support hour are not too many.
    let closed = date("2026-01-01")
        .iter_days()
        .take_while(|day| *day < date("2030-01-01"))
        .fold(workdays(Europe::Berlin), CalendarBuilder::holiday)
        .build()
        .unwrap();
    assert_eq!(
        closed.add(from, minutes(60)),
        Some(at("2030-01-01T10:00:00+01:00"))
    );
}
