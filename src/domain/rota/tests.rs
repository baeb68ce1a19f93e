//! Tables, and a plain reckoning hour by hour.

use chrono::{DateTime, TimeDelta, Timelike};
use chrono_tz::{America, Asia, Australia, Europe, Pacific};
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::properties::{any_instants, instants};

const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CEM: UserId = UserId(3);
const DEE: UserId = UserId(4);

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Ann, Ben and Cem in Berlin.
fn rota(turn: Turn, hands_over: &str, starts_on: &str) -> Rota {
    let hands_over = format!("{hands_over}:00").parse().unwrap();
    let people = vec![ANN, BEN, CEM];
    Rota::new(people, Europe::Berlin, turn, hands_over, date(starts_on)).unwrap()
}

fn cover(by: UserId, first_on: &str, last_on: &str) -> Cover {
    Cover {
        by,
        first_on: date(first_on),
        last_on: date(last_on),
    }
}

fn on_duty(rota: &Rota, at: Timestamp) -> Option<UserId> {
    rota.shift_at(at).map(|shift| shift.person)
}

/// "1 from Mon 23 Nov 09:00", a line for each shift.
fn list(rota: &Rota, from: &str, count: usize) -> String {
    let line = |shift: Shift| {
        let begins = shift.begins_at.with_timezone(&rota.zone());
        let whose = shift
            .covers_for
            .map(|user| format!(" for {user}"))
            .unwrap_or_default();
        let begins = begins.format("%a %-d %b %H:%M %:z");
        format!("{} from {begins}{whose}", shift.person)
    };
    let lines: Vec<String> = rota.shifts_from(at(from)).take(count).map(line).collect();
    lines.join("\n")
}

#[test]
fn weeks() {
    // It starts on a Wednesday: the first turn is shorter.
    let rota = rota(Turn::Week(Weekday::Mon), "09:00", "2026-11-25");
    for (instant, expected) in [
        ("2026-11-25T08:59:59+01:00", None),
        ("2026-11-25T09:00:00+01:00", Some(ANN)),
        ("2026-11-30T08:59:59+01:00", Some(ANN)),
        ("2026-11-30T09:00:00+01:00", Some(BEN)),
        ("2026-12-07T09:00:00+01:00", Some(CEM)),
        ("2026-12-14T09:00:00+01:00", Some(ANN)),
    ] {
        assert_eq!(on_duty(&rota, at(instant)), expected, "{instant}");
    }
    let first = |instant| rota.shifts_from(at(instant)).next().unwrap();
    let before = first("2026-11-01T00:00:00+01:00");
    assert_eq!(before.begins_at, at("2026-11-25T09:00:00+01:00"));
    assert_eq!(before.ends_at, at("2026-11-30T09:00:00+01:00"));
}

#[test]
fn covers() {
    let rota = rota(Turn::Week(Weekday::Mon), "09:00", "2026-11-23")
        .cover(cover(DEE, "2026-11-25", "2026-12-01"))
        .and_then(|rota| rota.cover(cover(CEM, "2026-11-26", "2026-11-26")))
        .unwrap();
    insta::assert_snapshot!(list(&rota, "2026-11-20T00:00:00+01:00", 8), @"
    1 from Mon 23 Nov 09:00 +01:00
    4 from Wed 25 Nov 09:00 +01:00 for 1
    3 from Thu 26 Nov 09:00 +01:00 for 1
    4 from Fri 27 Nov 09:00 +01:00 for 1
    4 from Mon 30 Nov 09:00 +01:00 for 2
    2 from Wed 2 Dec 09:00 +01:00
    3 from Mon 7 Dec 09:00 +01:00
    1 from Mon 14 Dec 09:00 +01:00
    ");
    let in_the_middle = rota.shift_at(at("2026-11-25T20:00:00+01:00")).unwrap();
    assert_eq!(in_the_middle.begins_at, at("2026-11-25T09:00:00+01:00"));
    assert_eq!(in_the_middle.ends_at, at("2026-11-26T09:00:00+01:00"));
}

/// In Berlin 02:30 is left out on 28 March 2027 and comes twice on 31 October 2027.
#[test]
fn nights_in_which_the_clock_is_turned() {
    let rota = rota(Turn::Day, "02:30", "2026-11-23");
    insta::assert_snapshot!(list(&rota, "2027-03-27T12:00:00+01:00", 3), @"
    2 from Sat 27 Mar 02:30 +01:00
    3 from Sun 28 Mar 03:00 +02:00
    1 from Mon 29 Mar 02:30 +02:00
    ");
    insta::assert_snapshot!(list(&rota, "2027-10-30T12:00:00+02:00", 3), @"
    3 from Sat 30 Oct 02:30 +02:00
    1 from Sun 31 Oct 02:30 +02:00
    2 from Mon 1 Nov 02:30 +01:00
    ");
}

/// Somebody covers for longer than it takes everybody to come round.
#[test]
fn those_whose_turns_follow_stand_behind_a_long_cover() {
    let covered = rota(Turn::Day, "09:00", "2026-11-23")
        .cover(cover(DEE, "2026-11-24", "2027-03-31"))
        .unwrap();
    let in_turn = |instant| covered.in_turn(at(instant));
    assert_eq!(in_turn("2026-11-23T08:00:00+01:00"), []);
    assert_eq!(in_turn("2026-11-23T12:00:00+01:00"), [ANN, DEE, BEN, CEM]);
    // It would be Ben's turn.
    assert_eq!(in_turn("2026-11-24T12:00:00+01:00"), [DEE, CEM, ANN, BEN]);
}

#[test]
fn what_is_refused_is_said_in_one_sentence() {
    let start = date("2026-11-23");
    let nobody = Rota::new(Vec::new(), Europe::Berlin, Turn::Day, NaiveTime::MIN, start);
    let covered = |first_on, last_on| {
        rota(Turn::Day, "09:00", "2026-11-23")
            .cover(cover(DEE, first_on, last_on))
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(nobody.unwrap_err(), @"a rota needs at least one person");
    insta::assert_snapshot!(covered("2026-11-30", "2026-11-29"), @"the cover ends on 2026-11-29, before it begins on 2026-11-30; please swap the dates");
    insta::assert_snapshot!(covered("2026-11-21", "2026-11-22"), @"the cover ends on 2026-11-22, before the rota starts on 2026-11-23");
}

fn any_rota() -> impl Strategy<Value = Rota> {
    let zone = proptest::sample::select(vec![
        Europe::Berlin,
        America::St_Johns,
        America::Havana,
        America::Sao_Paulo,
        Asia::Beirut,
        Australia::Lord_Howe,
        Pacific::Apia,
    ]);
    let turn = prop_oneof![
        Just(Turn::Day),
        (0_u8..7).prop_map(|day| Turn::Week(Weekday::try_from(day).unwrap())),
    ];
    let day = |days| date("2004-01-01") + Days::new(days);
    let covers = proptest::collection::vec((1_u64..9, 0_u64..9_000, 0_u64..40), 0..20);
    (
        proptest::collection::vec((1_u64..6).prop_map(UserId), 1..6),
        zone,
        turn,
        0_u32..96,
        0_u64..3_000,
        covers,
    )
        .prop_map(move |(people, zone, turn, quarter, start, covers)| {
            let hands_over = NaiveTime::from_num_seconds_from_midnight_opt(quarter * 900, 0);
            let rota = Rota::new(people, zone, turn, hands_over.unwrap(), day(start)).unwrap();
            covers.into_iter().fold(rota, |rota, (by, first, length)| {
                let cover = Cover {
                    by: UserId(by),
                    first_on: day(first),
                    last_on: day(first + length),
                };
                rota.clone().cover(cover).unwrap_or(rota)
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// From the start on there is exactly one, and before nobody.
    #[test]
    fn somebody_is_on_duty_from_the_start_on(rota in any_rota(), at in instants()) {
        let start = rota.begins(rota.starts_on).unwrap();
        prop_assert_eq!(rota.shift_at(at).is_some(), at >= start);
        prop_assert_eq!(rota.in_turn(at).first().copied(), on_duty(&rota, at));
    }

    /// Shifts follow each other without a gap, and each is one person's throughout.
    #[test]
    fn handovers_are_the_edges_of_shifts(rota in any_rota(), at in instants(), share in 0_i64..1_000) {
        let shifts: Vec<Shift> = rota.shifts_from(at).take(20).collect();
        prop_assert_eq!(shifts.len(), 20);
        prop_assert!(shifts.windows(2).all(|pair| pair[0].ends_at == pair[1].begins_at));
        for shift in shifts {
            prop_assert!(shift.begins_at < shift.ends_at);
            let length = (shift.ends_at - shift.begins_at).num_milliseconds();
            let inside = shift.begins_at + TimeDelta::milliseconds(length * share / 1_000);
            prop_assert_eq!(rota.shift_at(inside), Some(shift));
        }
    }

    #[test]
    fn a_cover_wins(rota in any_rota(), at in instants(), days in 0_u64..10) {
        let Some(day) = rota.day_of(at) else { return Ok(()) };
        let by = UserId(77);
        let cover = Cover { by, first_on: day, last_on: day + Days::new(days) };
        let covered = rota.clone().cover(cover).unwrap();
        let shift = covered.shift_at(at).unwrap();
        prop_assert_eq!((shift.person, shift.covers_for), (by, rota.whose_turn(day)));
        // Outside nothing has changed.
        for other in [rota.begins(day).unwrap() - TimeDelta::milliseconds(1), rota.begins(day + Days::new(days + 1)).unwrap()] {
            prop_assert_eq!(on_duty(&covered, other), on_duty(&rota, other));
        }
    }

    /// Against reading the clock on the wall, day by day from the start.
    #[test]
    fn day_by_day_it_comes_to_the_same(rota in any_rota(), hours in 0_i64..2_000) {
        let at = rota.begins(rota.starts_on).unwrap() + TimeDelta::hours(hours);
        let shown = at.with_timezone(&rota.zone).naive_local();
        let day_before = (at - TimeDelta::hours(26)).with_timezone(&rota.zone).naive_local();
        let day_after = (at + TimeDelta::hours(26)).with_timezone(&rota.zone).naive_local();
        // The nights in which the clock is turned have a table of their own.
        prop_assume!(shown - day_before == TimeDelta::hours(26));
        prop_assume!(day_after - shown == TimeDelta::hours(26));
        let begun = shown.time().with_nanosecond(0).unwrap() >= rota.hands_over;
        let today = if begun { shown.date() } else { shown.date().pred_opt().unwrap() };
        let (mut day, mut place) = (rota.starts_on, 0);
        while day < today {
            day = day.succ_opt().unwrap();
            let hands_over = match rota.turn {
                Turn::Day => true,
                Turn::Week(weekday) => chrono::Datelike::weekday(&day) == weekday,
            };
            if hands_over {
                place = (place + 1) % rota.people.len();
            }
        }
        let cover = rota.covers.iter().rfind(|c| c.first_on <= today && today <= c.last_on);
        let expected = cover.map_or(rota.people[place], |cover| cover.by);
        prop_assert_eq!(on_duty(&rota, at), Some(expected));
    }

    #[test]
    fn no_instant_makes_it_panic(rota in any_rota(), at in any_instants()) {
        rota.in_turn(at);
        prop_assert!(rota.shifts_from(at).take(3).count() <= 3);
    }
}
