//! Texts as offices publish them, and texts that nobody should.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// A calendar of these events, each a few lines.
fn calendar(events: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n".to_owned();
    for event in events {
        write!(
            text,
            "BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n",
            event.replace('\n', "\r\n")
        )
        .unwrap();
    }
    text + "END:VCALENDAR\r\n"
}

/// The dates of these events, "2026-12-25 2026-12-26".
fn dates(events: &[&str]) -> String {
    let dates = read(&calendar(events)).unwrap_or_else(|error| panic!("{events:?}: {error}"));
    let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
    dates.join(" ")
}

#[test]
fn whole_days() {
    for (event, expected) in [
        ("DTSTART;VALUE=DATE:20261225", "2026-12-25"),
        ("DTSTART:20261225", "2026-12-25"),
        // The end is the first date after it.
        (
            "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227",
            "2026-12-25 2026-12-26",
        ),
        (
            "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225",
            "2026-12-25",
        ),
        (
            "DTSTART;VALUE=DATE:20261231\nDURATION:P2D",
            "2026-12-31 2027-01-01",
        ),
        (
            "DTSTART;VALUE=DATE:20261228\nDURATION:P1W",
            "2026-12-28 2026-12-29 2026-12-30 2026-12-31 2027-01-01 2027-01-02 2027-01-03",
        ),
        // Folded, with a zone, in the colours of several programs.
        (
            "UID:1@x\nDTSTAMP:20260101T000000Z\nSUMMARY;LANGUAGE=de:1. Weih\n nachtstag\\, frei\nDTSTART;TZID=Pacific/Apia;VALUE=DATE:20261225\nTRANSP:TRANSPARENT\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nBEGIN:VALARM\nTRIGGER:-P1D\nACTION:DISPLAY\nEND:VALARM",
            "2026-12-25",
        ),
    ] {
        assert_eq!(dates(&[event]), expected, "{event}");
    }
}

#[test]
fn what_comes_again() {
    let until = |rule: &str| format!("DTSTART;VALUE=DATE:20201225\nRRULE:{rule}");
    for (event, expected) in [
        (until("FREQ=YEARLY;UNTIL=20231225"), "2020-12-25 2021-12-25 2022-12-25 2023-12-25"),
        (until("FREQ=YEARLY;UNTIL=20231224"), "2020-12-25 2021-12-25 2022-12-25"),
        (until("FREQ=YEARLY;UNTIL=20221225T000000Z"), "2020-12-25 2021-12-25 2022-12-25"),
        (until("FREQ=YEARLY;COUNT=2"), "2020-12-25 2021-12-25"),
        (until("freq=yearly;interval=4;count=2"), "2020-12-25 2024-12-25"),
        (until("FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20211225,20221225"), "2020-12-25"),
        (until("FREQ=YEARLY;COUNT=1\nRDATE;VALUE=DATE:20210104\nRDATE:20210105"), "2020-12-25 2021-01-04 2021-01-05"),
        // The fourth Thursday in November, and two days each time.
        (
            "DTSTART;VALUE=DATE:20251127\nDTEND;VALUE=DATE:20251129\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2".to_owned(),
            "2025-11-27 2025-11-28 2026-11-26 2026-11-27",
        ),
    ] {
        assert_eq!(dates(&[&event]), expected, "{event}");
    }
    let for_ever = read(&calendar(&[
        "DTSTART;VALUE=DATE:19000101\nRRULE:FREQ=YEARLY",
    ]))
    .unwrap();
    assert_eq!(for_ever.len(), 86);
    assert!(
        for_ever
            .iter()
            .all(|date| date.ordinal() == 1 && YEARS.contains(&date.year()))
    );
}

#[test]
fn what_is_cancelled_moved_or_timed_is_no_holiday() {
    let again = "UID:a\nDTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;COUNT=3";
    let moved = "UID:a\nRECURRENCE-ID;VALUE=DATE:20270501\nDTSTART;VALUE=DATE:20270503";
    let dropped =
        "UID:a\nRECURRENCE-ID;VALUE=DATE:20280501\nDTSTART;VALUE=DATE:20280501\nSTATUS:CANCELLED";
    let cancelled = "UID:b\nDTSTART;VALUE=DATE:20260601\nSTATUS:CANCELLED";
    let timed = "UID:c\nDTSTART:20260701T090000Z\nDTEND:20260701T100000Z";
    assert_eq!(
        dates(&[again, moved, dropped, cancelled, timed]),
        "2026-05-01 2027-05-03"
    );
}

#[test]
fn lines_may_end_as_they_like() {
    let text = calendar(&["DTSTART;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:20261226"]);
    for text in [
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r\n\r\n"),
        format!("\u{feff}{text}"),
        text.trim_end().to_owned(),
    ] {
        assert_eq!(read(&text).unwrap().len(), 2, "{text:?}");
    }
}

#[test]
fn what_is_refused_is_said_in_one_sentence() {
    let many = vec!["DTSTART;VALUE=DATE:20261225"; MOST_EVENTS + 1];
    let daily = vec!["DTSTART;VALUE=DATE:20150101\nRRULE:FREQ=DAILY"; 3];
    let deep = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:X\r\n".repeat(10_000));
    let never = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";
    let one = |event: &str| calendar(&[event]);
    let texts = [
        String::new(),
        "<html>".to_owned(),
        "BEGIN:VCALENDAR".to_owned(),
        deep,
        " ".repeat(LARGEST_TEXT + 1),
        calendar(&many),
        calendar(&daily),
        calendar(&[]),
        one("DTSTART:20260701T090000Z"),
        one("DTSTART;VALUE=DATE:19990101"),
        one("DTSTART;VALUE=DATE:20260230"),
        one("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20280101"),
        one("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SECONDLY"),
        one("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYHOUR=1"),
        one("DTSTART;VALUE=DATE:20260101\nRRULE:every other year"),
        calendar(&[never; MOST_RULES]),
    ];
    let sentences = texts.map(|text| read(&text).unwrap_err().to_string());
    insta::assert_snapshot!(sentences.join("\n"), @"
    this is no iCalendar text: it does not begin with BEGIN:VCALENDAR
    this is no iCalendar text: it does not begin with BEGIN:VCALENDAR
    this iCalendar text is damaged or cut short; please export or download it once more
    this iCalendar text is damaged or cut short; please export or download it once more
    there is more in this iCalendar text than holidays; choose one with holidays alone
    there is more in this iCalendar text than holidays; choose one with holidays alone
    there is more in this iCalendar text than holidays; choose one with holidays alone
    this iCalendar text has no event that lasts a whole day, so no holiday
    this iCalendar text has no event that lasts a whole day, so no holiday
    this iCalendar text has no event that lasts a whole day, so no holiday
    an event of this iCalendar text is on a date that does not exist
    the event on 2026-01-01 lasts longer than a year; is its end right?
    the event on 2026-01-01 comes again by a rule (RRULE) that I cannot follow; please name its dates one by one
    the event on 2026-01-01 comes again by a rule (RRULE) that I cannot follow; please name its dates one by one
    the event on 2026-01-01 comes again by a rule (RRULE) that I cannot follow; please name its dates one by one
    the event on 2026-01-01 comes again by a rule (RRULE) that I cannot follow; please name its dates one by one
    ");
}

fn line() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VALARM",
        "BEGIN:",
        "END:",
        "DTSTART;VALUE=DATE:20261225",
        "DTEND;VALUE=DATE:20261227",
        "DTEND:2026é",
        "DTSTART:2026122é",
        "RRULE:FREQ=YEARLY",
        "RRULE:FREQ=MONTHLY;BYDAY=-1MO,99TU",
        "RRULE:FREQ=WEEKLY;COUNT=0;UNTIL=x",
        "RRULE:FREQ=YEARLY;INTERVAL=0",
        "RRULE:FREQ=YEARLY;INTERVAL=65535;BYSETPOS=-366;BYYEARDAY=366",
        "EXDATE:20261225,,",
        "RDATE;VALUE=PERIOD:20261225T000000Z/P1D",
        "DURATION:P99999999999D",
        "DURATION:é",
        "STATUS:CANCELLED",
        "UID:a",
        "RECURRENCE-ID:20261225",
        " folded",
        ";",
        ":",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(lines in proptest::collection::vec(line(), 0..12)) {
        let inside = lines.join("\r\n");
        let event = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{inside}\nEND:VEVENT\nEND:VCALENDAR");
        for text in [inside, event] {
            match read(&text) {
                Ok(dates) => prop_assert!(dates.iter().all(|date| YEARS.contains(&date.year()))),
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
    }

    /// What was written as dates is read as the same dates.
    #[test]
    fn dates_come_back(days in proptest::collection::btree_set(0_u64..20_000, 1..50)) {
        let first = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
        let written: BTreeSet<NaiveDate> = days.into_iter().map(|day| first + Days::new(day)).collect();
        let events: Vec<String> = written
            .iter()
            .map(|date| format!("DTSTART;VALUE=DATE:{}", date.format("%Y%m%d")))
            .collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        prop_assert_eq!(read(&calendar(&events)), Ok(written));
    }
}
