//! Tables for due and warning, properties, and the texts.

use chrono::Weekday;
use chrono_tz::{America, Australia, Europe, Tz};
use proptest::prelude::*;

use super::*;
use crate::domain::bent::{bent, tried};
use crate::domain::calendar::Block;
use crate::domain::calendar::properties::{any_instants, calendars, instants, lengths};

const WORKDAYS: [Weekday; 5] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
];

fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Monday to Friday, 9 to 17.
fn office(zone: Tz) -> calendar::CalendarBuilder {
    Calendar::week(zone).open(WORKDAYS, "09:00-17:00".parse().unwrap())
}

/// A clock for `target` with `warning` that starts at `from` warns and is due at these instants.
#[track_caller]
fn check(
    calendar: &Calendar,
    (target, warning): (&str, &str),
    from: &str,
    (warn_at, due_at): (&str, &str),
) {
    let found = due(
        &target.parse().unwrap(),
        &warning.parse().unwrap(),
        calendar,
        at(from),
    );
    let expected = Due {
        due_at: at(due_at),
        warn_at: at(warn_at),
    };
    assert_eq!(found, Some(expected), "{target} {warning} from {from}");
}

#[test]
fn the_same_day_or_the_next_support_day() {
    let calendar = office(Europe::Berlin)
        .holiday(date("2026-11-26"))
        .build()
        .unwrap();
    // 2026-11-20 is a Friday; 2026-11-26, a Thursday, is a holiday.
    for (from, warn_at, due_at) in [
        // Before opening, and at midnight.
        ("2026-11-20T07:00:00", "20T15:00:00", "20T17:00:00"),
        ("2026-11-20T00:00:00", "20T15:00:00", "20T17:00:00"),
        ("2026-11-20T12:00:00", "20T15:00:00", "20T17:00:00"),
        // Around last call.
        ("2026-11-20T14:59:59.999", "20T15:00:00", "20T17:00:00"),
        ("2026-11-20T15:00:00", "23T15:00:00", "23T17:00:00"),
        // After closing, over the weekend, and at the very end of a Sunday.
        ("2026-11-20T17:00:00", "23T15:00:00", "23T17:00:00"),
        ("2026-11-20T23:59:59.999", "23T15:00:00", "23T17:00:00"),
        ("2026-11-21T12:00:00", "23T15:00:00", "23T17:00:00"),
        ("2026-11-22T23:59:59.999", "23T15:00:00", "23T17:00:00"),
        ("2026-11-23T00:00:00", "23T15:00:00", "23T17:00:00"),
        // On the day before the holiday, and on it.
        ("2026-11-25T16:00:00", "27T15:00:00", "27T17:00:00"),
        ("2026-11-26T10:00:00", "27T15:00:00", "27T17:00:00"),
    ] {
        let local = |text: &str| format!("2026-11-{text}+01:00");
        check(
            &calendar,
            ("same day", "2h"),
            &format!("{from}+01:00"),
            (&local(warn_at), &local(due_at)),
        );
    }
}

#[test]
fn always_ends_the_day_at_midnight() {
    for (zone, from, warn_at, due_at) in [
        (
            Europe::Berlin,
            "2026-11-20T21:59:59.999+01:00",
            "2026-11-20T22:00:00+01:00",
            "2026-11-21T00:00:00+01:00",
        ),
        (
            Europe::Berlin,
            "2026-11-20T22:00:00+01:00",
            "2026-11-21T22:00:00+01:00",
            "2026-11-22T00:00:00+01:00",
        ),
        (
            Europe::Berlin,
            "2026-11-21T00:00:00+01:00",
            "2026-11-21T22:00:00+01:00",
            "2026-11-22T00:00:00+01:00",
        ),
        // Days of 23 and 25 hours.
        (
            Europe::Berlin,
            "2026-03-29T01:00:00+01:00",
            "2026-03-29T22:00:00+02:00",
            "2026-03-30T00:00:00+02:00",
        ),
        (
            America::New_York,
            "2026-11-01T00:30:00-04:00",
            "2026-11-01T22:00:00-05:00",
            "2026-11-02T00:00:00-05:00",
        ),
        (
            Australia::Lord_Howe,
            "2026-04-04T22:30:00+11:00",
            "2026-04-05T22:00:00+10:30",
            "2026-04-06T00:00:00+10:30",
        ),
        // The next day begins at 01:00.
        (
            America::Sao_Paulo,
            "2018-11-03T12:00:00-03:00",
            "2018-11-03T22:00:00-03:00",
            "2018-11-04T01:00:00-02:00",
        ),
    ] {
        check(
            &Calendar::always(zone),
            ("same day", "2h"),
            from,
            (warn_at, due_at),
        );
    }
}

#[test]
fn last_call_is_support_time_before_closing() {
    let calendar = office(Europe::Berlin)
        // Lunch from 12 to 15: two hours of support time before 16:00 is 11:00.
        .exception(
            date("2026-11-23"),
            [
                "09:00-12:00".parse().unwrap(),
                "15:00-16:00".parse().unwrap(),
            ],
        )
        // Exactly the afternoon: last call is when it begins, not when the morning ends.
        .exception(
            date("2026-11-24"),
            [
                "09:00-12:00".parse().unwrap(),
                "13:00-15:00".parse().unwrap(),
            ],
        )
        // An hour in all: counts for what came before the opening.
        .exception(date("2026-11-25"), ["10:00-11:00".parse().unwrap()])
        .build()
        .unwrap();
    for (day, last_call) in [
        ("2026-11-23", Some("2026-11-23T11:00:00+01:00")),
        ("2026-11-24", Some("2026-11-24T13:00:00+01:00")),
        ("2026-11-25", Some("2026-11-25T10:00:00+01:00")),
        ("2026-11-28", None),
    ] {
        assert_eq!(
            last_call_on(&calendar, DEFAULT_LAST_CALL, date(day)),
            last_call.map(at),
            "{day}"
        );
    }
    // The short day is shorter than the lead: three quarters of it.
    check(
        &calendar,
        ("same day", "2h"),
        "2026-11-25T09:59:59.999+01:00",
        ("2026-11-25T10:45:00+01:00", "2026-11-25T11:00:00+01:00"),
    );
    check(
        &calendar,
        ("same day", "2h"),
        "2026-11-25T10:00:00+01:00",
        ("2026-11-26T15:00:00+01:00", "2026-11-26T17:00:00+01:00"),
    );
    check(
        &calendar,
        ("same day, last call 4h", "2h"),
        "2026-11-26T13:00:00+01:00",
        ("2026-11-27T15:00:00+01:00", "2026-11-27T17:00:00+01:00"),
    );
}

#[test]
fn durations_in_support_time_and_wall_time() {
    let calendar = office(Europe::Berlin).build().unwrap();
    for (target, warning, from, warn_at, due_at) in [
        // Shorter than the lead: 45 of 60 minutes.
        (
            "1h",
            "2h",
            "2026-11-20T16:30:00+01:00",
            "2026-11-23T09:15:00+01:00",
            "2026-11-23T09:30:00+01:00",
        ),
        // The lead is support time: warned on Friday, while somebody is there.
        (
            "4h",
            "2h",
            "2026-11-20T14:00:00+01:00",
            "2026-11-20T16:00:00+01:00",
            "2026-11-23T10:00:00+01:00",
        ),
        (
            "4h",
            "75%",
            "2026-11-20T14:00:00+01:00",
            "2026-11-20T17:00:00+01:00",
            "2026-11-23T10:00:00+01:00",
        ),
        (
            "4h",
            "100%",
            "2026-11-20T14:00:00+01:00",
            "2026-11-23T10:00:00+01:00",
            "2026-11-23T10:00:00+01:00",
        ),
        // A lead as long as the target warns at once.
        (
            "2h",
            "2h",
            "2026-11-20T10:00:00+01:00",
            "2026-11-20T10:00:00+01:00",
            "2026-11-20T12:00:00+01:00",
        ),
        // By the clock on the wall, at night as well.
        (
            "1h wall",
            "10m",
            "2026-11-20T23:30:00+01:00",
            "2026-11-21T00:20:00+01:00",
            "2026-11-21T00:30:00+01:00",
        ),
        (
            "1h wall",
            "2h",
            "2026-11-20T23:30:00+01:00",
            "2026-11-21T00:15:00+01:00",
            "2026-11-21T00:30:00+01:00",
        ),
    ] {
        check(&calendar, (target, warning), from, (warn_at, due_at));
    }
}

#[test]
fn texts_read_and_write() {
    for (text, target, written) in [
        (
            "4h",
            Target::Support(SupportDuration::from_minutes(240)),
            "4h",
        ),
        (
            " 90m ",
            Target::Support(SupportDuration::from_minutes(90)),
            "1h30m",
        ),
        (
            "1h 30m",
            Target::Support(SupportDuration::from_minutes(90)),
            "1h30m",
        ),
        (
            "24h wall",
            Target::Wall(TimeDelta::try_hours(24).unwrap()),
            "24h wall",
        ),
        ("same day", Target::SAME_DAY, "same day"),
        ("same day, last call 2h", Target::SAME_DAY, "same day"),
        (
            "same day, last call 90m",
            Target::SameDay {
                last_call: SupportDuration::from_minutes(90),
            },
            "same day, last call 1h30m",
        ),
    ] {
        assert_eq!(text.parse(), Ok(target), "{text}");
        assert_eq!(target.to_string(), written);
        assert_eq!(written.parse(), Ok(target));
    }
    assert_eq!(
        "2h".parse(),
        Ok(Warning::Lead(TimeDelta::try_hours(2).unwrap()))
    );
    assert_eq!("75%".parse(), Ok(Warning::Share(75)));
    assert_eq!(Warning::Share(75).to_string(), "75%");
}

#[test]
fn what_is_no_target_is_refused_in_a_sentence() {
    for (text, start) in [
        ("", "`` is not a length of time:"),
        ("4", "`4` is not a length of time:"),
        ("h", "`h` is not a length of time:"),
        ("4 hours", "`4 hours` is not a length of time:"),
        ("-4h", "`-4h` is not a length of time:"),
        ("1.5h", "`1.5h` is not a length of time:"),
        ("30m1h", "`30m1h` is not a length of time:"),
        ("1h1h", "`1h1h` is not a length of time:"),
        ("4h\u{202e}", "`4h\u{202e}` is not a length of time:"),
        ("same days", "`same days` is not a length of time:"),
        ("1d", "`1d` counts in days or longer,"),
        ("2 weeks", "`2 weeks` counts in days or longer,"),
        ("0h", "`0h` must be longer than nothing"),
        ("8761h", "`8761h` must be longer than nothing"),
        (
            "99999999999999999999h",
            "`99999999999999999999h` must be longer",
        ),
        ("9223372036854775807h", "`9223372036854775807h` must be"),
        (" wall", "`wall` is not a length of time:"),
        ("same day, last call 0m", "`0m` must be longer than nothing"),
    ] {
        let error = text.parse::<Target>().unwrap_err().to_string();
        assert!(error.starts_with(start), "{text:?}: {error}");
        assert!(error.contains("a target is support time (`4h`)"), "{error}");
    }
    for text in ["0%", "101%", "256%", "-1%", "%", "7.5%"] {
        let error = text.parse::<Warning>().unwrap_err();
        assert_eq!(error, WarningError::Share(text.to_owned()));
    }
    assert!("soon".parse::<Warning>().is_err());
}

#[test]
fn settings_read_them_from_strings() {
    let target: Target = serde_json::from_str("\"same day\"").unwrap();
    assert_eq!(target, Target::SAME_DAY);
    assert_eq!(serde_json::to_string(&target).unwrap(), "\"same day\"");
    let warning: Warning = serde_json::from_str("\"75%\"").unwrap();
    assert_eq!(warning, Warning::Share(75));
    let error = serde_json::from_str::<Warning>("\"soon\"").unwrap_err();
    assert!(error.to_string().contains("not a length of time"));
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![
        lengths().prop_map(Target::Support),
        lengths().prop_map(|length| Target::Wall(length.length())),
        lengths().prop_map(|last_call| Target::SameDay { last_call }),
    ]
}

const DURATIONS: [&str; 6] = [
    "4h",
    "1h 30m wall",
    "same day",
    "same day, last call 90m",
    "75%",
    "09:00-17:00",
];

fn warnings() -> impl Strategy<Value = Warning> {
    prop_oneof![
        lengths().prop_map(|length| Warning::Lead(length.length())),
        any::<u8>().prop_map(Warning::Share),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clock_begins_then_warns_then_is_due(
        target in targets(), warning in warnings(), calendar in calendars(), from in instants(),
    ) {
        let due = due(&target, &warning, &calendar, from).unwrap();
        prop_assert!(from <= due.warn_at && due.warn_at <= due.due_at, "{due:?}");
    }

    #[test]
    fn who_asks_later_is_not_due_earlier(
        target in targets(), warning in warnings(), calendar in calendars(), from in instants(),
        later in 0_i64..2_000_000_000,
    ) {
        let later = from + TimeDelta::milliseconds(later);
        let earlier = due(&target, &warning, &calendar, from).unwrap();
        let later = due(&target, &warning, &calendar, later).unwrap();
        prop_assert!(earlier.due_at <= later.due_at);
    }

    #[test]
    fn the_same_day_leaves_at_least_the_last_call_or_the_whole_day(
        last_call in lengths(), calendar in calendars(), from in instants(),
    ) {
        let target = Target::SameDay { last_call };
        let due_at = due(&target, &Warning::Share(75), &calendar, from).unwrap().due_at;
        let date = calendar.date_of(due_at - TimeDelta::milliseconds(1)).unwrap();
        let whole = calendar
            .blocks_on(date)
            .iter()
            .fold(TimeDelta::zero(), |sum, (opens, closes)| sum + (*closes - *opens));
        let left = calendar.between(from, due_at);
        prop_assert!(left >= last_call.min(SupportDuration::new(whole)));
    }

    #[test]
    fn texts_come_back(target in targets(), warning in warnings()) {
        let longest = TimeDelta::try_days(365).unwrap();
        let named = match target {
            Target::Support(length) | Target::SameDay { last_call: length } => length.length(),
            Target::Wall(length) => length,
        };
        if named > TimeDelta::zero() && named <= longest {
            prop_assert_eq!(target.to_string().parse(), Ok(target));
        }
        match warning {
            Warning::Lead(lead) if lead.is_zero() => {}
            Warning::Share(percent) if !(1..=100).contains(&percent) => {}
            Warning::Lead(_) | Warning::Share(_) => {
                prop_assert_eq!(warning.to_string().parse(), Ok(warning));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        drop(text.parse::<Target>());
        drop(text.parse::<Warning>());
        drop(text.parse::<Block>());
    }
}

#[test]
fn a_bent_duration_panics_nothing() {
    tried(bent(DURATIONS.map(str::to_owned).into()), |text| {
        if let Ok(target) = text.parse::<Target>() {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        drop((text.parse::<Warning>(), text.parse::<Block>()));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_instant_makes_it_panic(
        target in targets(), warning in warnings(), calendar in calendars(), from in any_instants(),
    ) {
        if let Some(due) = due(&target, &warning, &calendar, from) {
            prop_assert!(from <= due.warn_at && due.warn_at <= due.due_at);
        }
    }
}
