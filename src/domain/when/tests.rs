//! Tables: what somebody types on a Monday morning in Berlin, and properties.

use chrono_tz::{America, Europe, Tz};
use proptest::prelude::*;

use super::*;
use crate::domain::bent::{bent, drawn, tried};
use crate::domain::calendar::properties::{any_instants, calendars, instants};

const WORKDAYS: [Weekday; 5] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
];

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Monday to Friday, 9 to 17, but not on 25 and 26 November 2026, a Wednesday and a Thursday.
fn office(zone: Tz) -> Calendar {
    Calendar::week(zone)
        .open(WORKDAYS, "09:00-17:00".parse().unwrap())
        .holiday("2026-11-25".parse().unwrap())
        .holiday("2026-11-26".parse().unwrap())
        .build()
        .unwrap()
}

/// A Monday.
const NOW: &str = "2026-11-23T10:15:30.500+01:00";

/// What is typed at `now` in Berlin means this instant.
#[track_caller]
fn check_at(now: &str, rows: &[(&str, &str)]) {
    let calendar = office(Europe::Berlin);
    for (text, expected) in rows {
        let when = read(text, &calendar, at(now)).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(
            when.local().to_rfc3339(),
            at(expected).with_timezone(&Europe::Berlin).to_rfc3339(),
            "{text:?}"
        );
    }
}

#[test]
fn days_and_times() {
    check_at(
        NOW,
        &[
            ("tomorrow 15:00", "2026-11-24T15:00:00+01:00"),
            ("Tomorrow at 15:00", "2026-11-24T15:00:00+01:00"),
            ("15:00 tomorrow", "2026-11-24T15:00:00+01:00"),
            ("by tomorrow, 3pm", "2026-11-24T15:00:00+01:00"),
            ("tomorrow 12am", "2026-11-24T00:00:00+01:00"),
            ("tomorrow 12:30 PM", "2026-11-24T12:30:00+01:00"),
            ("day after tomorrow 9:00", "2026-11-25T09:00:00+01:00"),
            // The next time that the clock shows it.
            ("15:00", "2026-11-23T15:00:00+01:00"),
            ("9:00", "2026-11-24T09:00:00+01:00"),
            ("noon", "2026-11-23T12:00:00+01:00"),
            ("midnight", "2026-11-24T00:00:00+01:00"),
            ("friday 24:00", "2026-11-28T00:00:00+01:00"),
            ("morning", "2026-11-24T09:00:00+01:00"),
            ("this afternoon", "2026-11-23T15:00:00+01:00"),
            ("tonight", "2026-11-23T20:00:00+01:00"),
            ("tonight 21:30", "2026-11-23T21:30:00+01:00"),
            ("tomorrow evening", "2026-11-24T18:00:00+01:00"),
            ("tomorrow morning 8:30", "2026-11-24T08:30:00+01:00"),
            ("monday morning", "2026-11-30T09:00:00+01:00"),
            ("monday 11:00", "2026-11-23T11:00:00+01:00"),
            ("fri 16:30", "2026-11-27T16:30:00+01:00"),
            ("next monday 9:30", "2026-11-30T09:30:00+01:00"),
            ("next friday 9:30", "2026-12-04T09:30:00+01:00"),
        ],
    );
}

#[test]
fn a_day_without_a_time_ends_with_support_hours() {
    check_at(
        NOW,
        &[
            ("today", "2026-11-23T17:00:00+01:00"),
            ("end of day", "2026-11-23T17:00:00+01:00"),
            ("EOD", "2026-11-23T17:00:00+01:00"),
            ("tomorrow", "2026-11-24T17:00:00+01:00"),
            ("end of business tomorrow", "2026-11-24T17:00:00+01:00"),
            ("monday", "2026-11-23T17:00:00+01:00"),
            ("on friday", "2026-11-27T17:00:00+01:00"),
            ("end of friday", "2026-11-27T17:00:00+01:00"),
            ("end of week", "2026-11-27T17:00:00+01:00"),
            ("next week", "2026-12-04T17:00:00+01:00"),
            ("end of the next week", "2026-12-04T17:00:00+01:00"),
            ("end of month", "2026-11-30T17:00:00+01:00"),
            ("in 1 day", "2026-11-24T17:00:00+01:00"),
            ("in a week", "2026-11-30T17:00:00+01:00"),
            ("in two weeks", "2026-12-07T17:00:00+01:00"),
            ("in 3 months", "2027-02-23T17:00:00+01:00"),
            // 25 and 26 November are holidays: the next support day.
            ("in 2 days", "2026-11-27T17:00:00+01:00"),
            ("wednesday", "2026-11-27T17:00:00+01:00"),
            ("saturday", "2026-11-30T17:00:00+01:00"),
            ("in 2 days 15:00", "2026-11-25T15:00:00+01:00"),
        ],
    );
    let monday_evening = "2026-11-23T17:00:00+01:00";
    check_at(monday_evening, &[("monday", "2026-11-30T17:00:00+01:00")]);
    let sunday = "2026-11-22T12:00:00+01:00";
    check_at(sunday, &[("today", "2026-11-23T17:00:00+01:00")]);
}

#[test]
fn lengths_count_from_this_moment() {
    check_at(
        NOW,
        &[
            ("in 90 min", "2026-11-23T11:45:30+01:00"),
            ("90m", "2026-11-23T11:45:30+01:00"),
            ("1h30m", "2026-11-23T11:45:30+01:00"),
            ("in 1 hour and 30 minutes", "2026-11-23T11:45:30+01:00"),
            ("in an hour", "2026-11-23T11:15:30+01:00"),
            ("in half an hour", "2026-11-23T10:45:30+01:00"),
            ("2 hours from now", "2026-11-23T12:15:30+01:00"),
            ("in 2 days and 3 hours", "2026-11-25T13:15:30+01:00"),
        ],
    );
    // The night of 28 March 2027 is an hour shorter: days go by the wall, hours do not.
    check_at(
        "2027-03-27T12:00:00+01:00",
        &[
            ("in 24 h", "2027-03-28T13:00:00+02:00"),
            ("in 1 day 1 h", "2027-03-28T13:00:00+02:00"),
        ],
    );
}

#[test]
fn dates() {
    check_at(
        NOW,
        &[
            ("2026-12-01", "2026-12-01T17:00:00+01:00"),
            ("2026-12-01 15:00", "2026-12-01T15:00:00+01:00"),
            ("2026-12-01T15:00", "2026-12-01T15:00:00+01:00"),
            ("2026-12-01T15:00:00.250Z", "2026-12-01T15:00:00Z"),
            ("2026-12-01T15:00:00-03:30", "2026-12-01T15:00:00-03:30"),
            ("2026-12-01 15:00 +0100", "2026-12-01T15:00:00+01:00"),
            ("tomorrow 15:00 UTC", "2026-11-24T15:00:00Z"),
            ("tomorrow 15:00 UTC+01:00", "2026-11-24T15:00:00+01:00"),
            ("1.12.", "2026-12-01T17:00:00+01:00"),
            ("1.12", "2026-12-01T17:00:00+01:00"),
            ("1.12. 15:00", "2026-12-01T15:00:00+01:00"),
            ("01.12.2026 15:00", "2026-12-01T15:00:00+01:00"),
            ("1. 12. 2026", "2026-12-01T17:00:00+01:00"),
            ("1.12.26", "2026-12-01T17:00:00+01:00"),
            ("Dec 1", "2026-12-01T17:00:00+01:00"),
            ("1 dec 15:00", "2026-12-01T15:00:00+01:00"),
            ("1. Dec", "2026-12-01T17:00:00+01:00"),
            ("December 1st, 2026 at 3pm", "2026-12-01T15:00:00+01:00"),
            ("the 1st of December", "2026-12-01T17:00:00+01:00"),
            ("tuesday 1 December", "2026-12-01T17:00:00+01:00"),
            // The next date that is so called; 23 November is today.
            ("23 nov", "2026-11-23T17:00:00+01:00"),
            ("4 jan", "2027-01-04T17:00:00+01:00"),
            ("22.11.", "2027-11-22T17:00:00+01:00"),
            ("<t:1796000000>", "2026-11-30T01:53:20+01:00"),
            ("<t:1796000000:R>", "2026-11-30T01:53:20+01:00"),
        ],
    );
}

/// The night of 25 October 2026 is an hour longer in Berlin.
#[test]
fn a_time_that_comes_twice_is_the_later() {
    check_at(
        "2026-10-24T12:00:00+02:00",
        &[("tomorrow 2:30", "2026-10-25T02:30:00+01:00")],
    );
}

#[test]
fn the_reading_says_how_it_was_taken() {
    let reading = |text| {
        let when = read(text, &office(Europe::Berlin), at(NOW)).unwrap();
        when.understood_as
    };
    let date = |text: &str| text.parse().unwrap();
    assert_eq!(reading("<t:1796000000:R>"), Reading::Instant);
    assert_eq!(reading("2026-12-01 15:00Z"), Reading::Instant);
    assert_eq!(reading("in 90 min"), Reading::FromNow);
    assert_eq!(reading("friday 15:00"), Reading::WallClock);
    assert_eq!(reading("friday"), Reading::Closing(date("2026-11-27")));
    assert_eq!(
        reading("wednesday"),
        Reading::NextSupportDay {
            closed: date("2026-11-25"),
            on: date("2026-11-27"),
        }
    );
}

#[test]
fn what_is_refused_is_said_in_one_sentence() {
    let calendar = office(Europe::Berlin);
    for text in [
        "soon",
        "",
        "at",
        "15",
        "5:7",
        "next year",
        "tomorrow friday",
        "tomorrow tomorrow",
        "evening 8:00",
        "end of day 15:00",
        "in 2 hours friday",
        "+01:00",
        "<@1000> tomorrow",
        "1234567890",
    ] {
        assert_eq!(
            read(text, &calendar, at(NOW)),
            Err(WhenError::Unclear),
            "{text}"
        );
    }
    let rows = [
        ("soon", NOW),
        ("12/1", NOW),
        ("30 feb", NOW),
        ("25:00", NOW),
        ("13pm", NOW),
        ("2026-13-01", NOW),
        ("wednesday 1 December 2026", NOW),
        ("2026-11-20", NOW),
        // A Sunday: its next support day is ahead, but it is past.
        ("2026-11-22", NOW),
        ("today 9:00", NOW),
        ("in 0 min", NOW),
        ("<t:0>", NOW),
        ("<t:8210266876799>", NOW),
        ("today", "2026-11-23T17:00:00+01:00"),
        ("end of week", "2026-11-28T12:00:00+01:00"),
        ("28.3.2027 2:30", NOW),
        ("2028-11-24", NOW),
        ("yesterday 15:00", NOW),
        ("2 days ago", NOW),
        ("last friday", NOW),
        ("in 999999999 months", NOW),
        ("in 999999999 weeks", NOW),
        ("in 999999999 h", NOW),
    ];
    let said = rows.map(|(text, now)| {
        let error = read(text, &calendar, at(now)).expect_err(text);
        format!("{text}: {error}")
    });
    let long = "tomorrow ".repeat(12);
    assert_eq!(read(&long, &calendar, at(NOW)), Err(WhenError::TooLong));
    insta::assert_snapshot!(said.join("\n"), @"
    soon: I do not understand that as a date or time; write it like `tomorrow 15:00`, `in 2 days`, `friday`, `1 Dec` or `2026-12-01 15:00`
    12/1: dates with slashes are read differently from country to country; write `1 Dec` or `2026-12-01`
    30 feb: there is no such date or time; please look at the numbers again
    25:00: there is no such date or time; please look at the numbers again
    13pm: there is no such date or time; please look at the numbers again
    2026-13-01: there is no such date or time; please look at the numbers again
    wednesday 1 December 2026: 1 December 2026 is a Tuesday, not a Wednesday; which of the two do you mean?
    2026-11-20: Friday, 20 November 2026 17:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    2026-11-22: Monday, 23 November 2026 00:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    today 9:00: Monday, 23 November 2026 09:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    in 0 min: Monday, 23 November 2026 10:15 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    <t:0>: Thursday, 1 January 1970 01:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    <t:8210266876799>: that is more than two years ahead; write a nearer date, like `in 3 months`
    today: support hours ended today at 17:00; write a time, like `20:00`, or a later day, like `tomorrow`
    end of week: Friday, 27 November 2026 17:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`
    28.3.2027 2:30: the clocks in Europe/Berlin leave out 28 March 2027 02:30; the next time after it is 03:00
    2028-11-24: that is more than two years ahead; write a nearer date, like `in 3 months`
    yesterday 15:00: that is past; write a date or time that is still ahead, like `tomorrow 15:00`
    2 days ago: that is past; write a date or time that is still ahead, like `tomorrow 15:00`
    last friday: that is past; write a date or time that is still ahead, like `tomorrow 15:00`
    in 999999999 months: that is more than two years ahead; write a nearer date, like `in 3 months`
    in 999999999 weeks: that is more than two years ahead; write a nearer date, like `in 3 months`
    in 999999999 h: that is more than two years ahead; write a nearer date, like `in 3 months`
    ");
}

#[test]
fn it_prints_what_it_was_taken_for() {
    let printed = |text, zone| read(text, &office(zone), at(NOW)).unwrap().to_string();
    insta::assert_snapshot!(printed("1.12. 15:00", Europe::Berlin), @"Tue 1 Dec 2026 15:00 +01:00");
    insta::assert_snapshot!(printed("in 90 min", America::St_Johns), @"Mon 23 Nov 2026 07:15:30 -03:30");
}

/// Words of the grammar and marks, thrown together.
fn gibberish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::sample::select(vec![
            "in", "by", "at", "end of", "day", "week", "month", "today", "tomorrow", "tonight",
            "next", "this", "monday", "sun", "dec", "feb", "noon", "midnight", "morning", "am",
            "pm", "h", "min", "days", "weeks", "months", "half an hour", "a", "two", "t", "z",
            "utc", ":", ".", "-", "+", "/", ",", "<t:", ">", "st", "of", "and", "eod",
        ]).prop_map(str::to_owned),
        2 => (0_u32..100).prop_map(|n| n.to_string()),
        1 => any::<u64>().prop_map(|n| n.to_string()),
        1 => (1_900_u32..2_100).prop_map(|n| n.to_string()),
    ];
    let space = proptest::sample::select(vec!["", " "]);
    proptest::collection::vec((piece, space), 0..8).prop_map(|pieces| {
        pieces
            .into_iter()
            .flat_map(|(p, s)| [p, s.to_owned()])
            .collect()
    })
}

const DATES: [&str; 8] = [
    "tomorrow 14:30",
    "next friday at noon",
    "in 2 weeks",
    "end of month",
    "3rd of december 2026",
    "2026-12-24T18:00:00+01:00",
    "<t:1795510800:F>",
    "half an hour",
];

#[test]
fn a_bent_date_panics_nothing() {
    let moments: Vec<_> = drawn(&(calendars(), instants()), 256).collect();
    tried(bent(DATES.map(str::to_owned).into()), move |text| {
        // The text says which, so that it finds the same one again.
        let sum = text.bytes().map(usize::from).sum::<usize>();
        let (calendar, now) = &moments[sum % moments.len()];
        if let Ok(when) = read(text, calendar, *now) {
            assert!(when.at > *now, "{text}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same at any moment, of which libFuzzer has a few.
    #[test]
    fn a_bent_date_is_ahead_at_any_moment(
        text in bent(DATES.map(str::to_owned).into()), calendar in calendars(), now in instants(),
    ) {
        if let Ok(when) = read(&text, &calendar, now) {
            prop_assert!(when.at > now, "{text}");
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), calendar in calendars(), now in instants()) {
        if let Err(error) = read(&text, &calendar, now) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// What comes out is ahead, near enough, whole, and is read again from what it prints.
    #[test]
    fn what_is_read_comes_back(text in gibberish(), calendar in calendars(), now in instants()) {
        match read(&text, &calendar, now) {
            Ok(when) => {
                prop_assert!(when.at > now, "{text}");
                prop_assert!(when.at <= now + chrono::Months::new(24), "{text}");
                prop_assert_eq!(when.at.timestamp_subsec_nanos(), 0);
                let again = read(&when.to_string(), &calendar, now);
                prop_assert_eq!(again.map(|again| again.at), Ok(when.at), "{} {}", text, when);
            }
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }

    #[test]
    fn every_instant_ahead_comes_back(calendar in calendars(), now in instants(), ahead in 1_i64..60_000_000) {
        let at = chrono::SubsecRound::trunc_subsecs(now, 0) + chrono::TimeDelta::seconds(ahead);
        let zone = calendar.zone();
        let when = When { at, understood_as: Reading::Instant, zone };
        prop_assert_eq!(read(&when.to_string(), &calendar, now).map(|when| when.at), Ok(at));
    }

    #[test]
    fn no_instant_makes_it_panic(text in gibberish(), calendar in calendars(), now in any_instants()) {
        if let Err(error) = read(&text, &calendar, now) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
