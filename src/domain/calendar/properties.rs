//! What holds for every calendar, instant and length.

use chrono::{TimeDelta, Weekday};
use chrono_tz::{America, Asia, Australia, Europe, Pacific, Tz, UTC};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::domain::from_millis;

const ZONES: [Tz; 9] = [
    UTC,
    Europe::Berlin,
    America::New_York,
    America::Havana,
    America::Sao_Paulo,
    America::St_Johns,
    Asia::Beirut,
    Australia::Lord_Howe,
    Pacific::Apia,
];

/// Sorted, apart blocks of one day; often none.
fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let edges = btree_set(0_u16..=96, 0..=6);
    edges.prop_map(|edges| {
        let quarters: Vec<u16> = edges.into_iter().collect();
        let text = |quarter: u16| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        quarters
            .chunks_exact(2)
            .map(|pair| {
                format!("{}-{}", text(pair[0]), text(pair[1]))
                    .parse()
                    .unwrap()
            })
            .collect()
    })
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..9_000).prop_map(|days| {
        let first = NaiveDate::from_ymd_opt(2004, 1, 1).unwrap();
        first.checked_add_days(chrono::Days::new(days)).unwrap()
    })
}

/// Any calendar: also one that closes its dates for weeks on end.
pub(in crate::domain) fn calendars() -> impl Strategy<Value = Calendar> {
    let zone = proptest::sample::select(&ZONES[..]);
    let week = vec(blocks(), 7);
    let holidays = btree_set(day(), 0..40);
    let exceptions = vec((day(), blocks()), 0..10);
    let weekly = (zone.clone(), week, holidays, exceptions).prop_filter_map(
        "a week without hours is no calendar",
        |(zone, week, holidays, exceptions)| {
            let mut builder = Calendar::week(zone);
            let mut weekday = Weekday::Mon;
            for blocks in week {
                for block in blocks {
                    builder = builder.open([weekday], block);
                }
                weekday = weekday.succ();
            }
            for date in holidays {
                builder = builder.holiday(date);
            }
            for (date, blocks) in exceptions {
                builder = builder.exception(date, blocks);
            }
            builder.build().ok()
        },
    );
    prop_oneof![
        1 => zone.prop_map(Calendar::always),
        9 => weekly,
    ]
}

/// 2004 to 2028, finer around the nights in which clocks are turned.
pub(in crate::domain) fn instants() -> impl Strategy<Value = Timestamp> {
    let anywhere = 1_072_915_200_000_i64..1_850_000_000_000;
    // Two days around: Sao Paulo, Apia, St. John's, Lord Howe twice, Berlin twice, Havana.
    let turned = proptest::sample::select(vec![
        1_541_300_400_000_i64,
        1_325_239_200_000,
        1_289_097_060_000,
        1_775_314_800_000,
        1_791_041_400_000,
        1_774_746_000_000,
        1_792_890_000_000,
        1_762_059_600_000,
    ]);
    let turned = (turned, -172_800_000_i64..172_800_000).prop_map(|(at, off)| at + off);
    prop_oneof![anywhere, turned].prop_map(|millis| from_millis(millis).unwrap())
}

/// Up to some weeks of support time, in milliseconds; often whole minutes.
pub(in crate::domain) fn lengths() -> impl Strategy<Value = SupportDuration> {
    prop_oneof![
        (0_i64..400_000_000).prop_map(TimeDelta::milliseconds),
        (0_i64..6_000).prop_map(TimeDelta::minutes),
    ]
    .prop_map(SupportDuration::new)
}

/// Any instant that chrono can hold.
pub(in crate::domain) fn any_instants() -> impl Strategy<Value = Timestamp> {
    let (least, most) = (
        Timestamp::MIN_UTC.timestamp_millis(),
        Timestamp::MAX_UTC.timestamp_millis(),
    );
    prop_oneof![
        (least..=most).prop_map(|millis| from_millis(millis).unwrap()),
        (0_i64..200_000_000).prop_map(move |off| from_millis(least + off).unwrap()),
        (0_i64..200_000_000).prop_map(move |off| from_millis(most - off).unwrap()),
        Just(Timestamp::MIN_UTC),
        Just(Timestamp::MAX_UTC),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_never_goes_backwards(
        calendar in calendars(), from in instants(), length in lengths(),
    ) {
        prop_assert!(calendar.add(from, length).unwrap() >= from);
    }

    #[test]
    fn adding_keeps_the_order_of_instants_and_of_lengths(
        calendar in calendars(), from in instants(), later in 0_i64..2_000_000_000,
        length in lengths(), more in lengths(),
    ) {
        let later = from + TimeDelta::milliseconds(later);
        prop_assert!(calendar.add(from, length) <= calendar.add(later, length));
        prop_assert!(calendar.add(from, length) <= calendar.add(from, length + more));
    }

    #[test]
    fn splitting_a_length_changes_nothing(
        calendar in calendars(), from in instants(), parts in vec(lengths(), 0..5),
    ) {
        let whole = parts.iter().fold(SupportDuration::ZERO, |sum, part| sum + *part);
        let in_parts = parts
            .iter()
            .try_fold(from, |at, part| calendar.add(at, *part));
        prop_assert_eq!(in_parts, calendar.add(from, whole));
    }

    #[test]
    fn what_was_added_lies_between(
        calendar in calendars(), from in instants(), length in lengths(),
    ) {
        let to = calendar.add(from, length).unwrap();
        prop_assert_eq!(calendar.between(from, to), length);
    }

    #[test]
    fn splitting_a_stretch_changes_nothing(
        calendar in calendars(), from in instants(),
        first in 0_i64..2_000_000_000, second in 0_i64..2_000_000_000,
    ) {
        let middle = from + TimeDelta::milliseconds(first);
        let to = middle + TimeDelta::milliseconds(second);
        let parts = calendar.between(from, middle) + calendar.between(middle, to);
        prop_assert_eq!(parts, calendar.between(from, to));
        prop_assert!(calendar.between(from, to).length() <= to - from);
        prop_assert_eq!(calendar.between(to, from), SupportDuration::ZERO);
    }

    #[test]
    fn an_instant_is_open_when_time_passes_in_it(calendar in calendars(), at in instants()) {
        let moment = TimeDelta::milliseconds(1);
        let passed = calendar.between(at, at + moment);
        prop_assert_eq!(calendar.is_open(at), passed == SupportDuration::new(moment));
        let opening = calendar.next_opening(at).unwrap();
        prop_assert!(opening >= at && calendar.is_open(opening));
        prop_assert_eq!(calendar.between(at, opening), SupportDuration::ZERO);
    }

    #[test]
    fn blocks_are_in_order_apart_and_of_their_date(calendar in calendars(), at in instants()) {
        let date = calendar.date_of(at).unwrap();
        let next = date.succ_opt().unwrap();
        let blocks = [calendar.blocks_on(date), calendar.blocks_on(next)].concat();
        prop_assert!(blocks.iter().all(|(opens, closes)| opens < closes));
        prop_assert!(blocks.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        for (opens, closes) in calendar.blocks_on(date) {
            prop_assert_eq!(calendar.date_of(opens), Some(date));
            prop_assert_eq!(calendar.date_of(closes - TimeDelta::milliseconds(1)), Some(date));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_instant_makes_it_panic(
        calendar in calendars(), at in any_instants(), to in any_instants(), millis in any::<i64>(),
    ) {
        let length = TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX);
        let length = SupportDuration::new(length);
        if let Some(then) = calendar.add(at, length) {
            prop_assert!(then >= at);
        }
        prop_assert!(calendar.between(at, to) >= SupportDuration::ZERO);
        if let Some(opening) = calendar.next_opening(at) {
            prop_assert!(opening >= at);
        }
        calendar.is_open(at);
    }

    /// Against the clumsiest reckoning there is: minute by minute, reading the clock on the wall.
    #[test]
    fn minute_by_minute_it_comes_to_the_same(
        zone in proptest::sample::select(&ZONES[..]), week in vec(blocks(), 7), at in instants(),
    ) {
        let mut builder = Calendar::week(zone);
        let mut weekday = Weekday::Mon;
        for blocks in &week {
            for block in blocks {
                builder = builder.open([weekday], *block);
            }
            weekday = weekday.succ();
        }
        let Ok(calendar) = builder.build() else { return Ok(()) };
        let start = from_millis(at.timestamp() / 60 * 60_000).unwrap();
        for minute in 0..3 * 24 * 60 {
            let at = start + TimeDelta::minutes(minute);
            let shown = at.with_timezone(&zone);
            // The nights in which the clock is turned have rules and tables of their own.
            let day_before = (at - TimeDelta::hours(26)).with_timezone(&zone);
            let day_after = (at + TimeDelta::hours(26)).with_timezone(&zone);
            if shown.naive_local() - day_before.naive_local() != TimeDelta::hours(26)
                || day_after.naive_local() - shown.naive_local() != TimeDelta::hours(26)
            {
                continue;
            }
            let time = chrono::Timelike::num_seconds_from_midnight(&shown) / 60;
            let open = week[shown.weekday().num_days_from_monday() as usize]
                .iter()
                .any(|block| (u32::from(block.opens())..u32::from(block.closes())).contains(&time));
            prop_assert_eq!(calendar.is_open(at), open, "{} {}", zone, at);
        }
    }
}
