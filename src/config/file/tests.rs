use chrono::NaiveDate;

use super::*;
use crate::domain::bent::{bent, tried};

fn parse_changed(from: &str, to: &str) -> String {
    let text = super::super::EXAMPLE;
    assert!(text.contains(from), "the example has no {from:?}");
    parse(&text.replacen(from, to, 1), Path::new(""))
        .expect_err("must be refused")
        .to_string()
}

#[test]
fn the_example_is_whole() {
    let config = parse(super::super::EXAMPLE, Path::new("")).expect("deploy/sameday.toml is right");
    let settings = config.guild.settings(Timestamp::UNIX_EPOCH);
    let names: Vec<_> = settings
        .service_level
        .newest()
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "critical",
            "enterprise",
            "github issues",
            "e-mail",
            "same day"
        ]
    );
}

#[test]
fn enforcement_starts_when_the_guild_was_first_seen_unless_set() {
    let seen = "2026-11-23T07:00:00Z".parse().unwrap();
    let unset = parse(super::super::EXAMPLE, Path::new("")).unwrap();
    assert_eq!(unset.guild.settings(seen).service_level.enforce_from, seen);
    for written in ["2026-11-01T09:00:00+01:00", "\"2026-11-01T08:00:00Z\""] {
        let text = super::super::EXAMPLE.replacen(
            "[guild]",
            &format!("[guild]\nenforce_from = {written}"),
            1,
        );
        let set = parse(&text, Path::new("")).unwrap();
        assert_eq!(
            set.guild.settings(seen).service_level.enforce_from,
            "2026-11-01T08:00:00Z".parse::<Timestamp>().unwrap()
        );
    }
}

#[test]
fn holidays_are_read_from_a_file_beside_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("sameday.toml");
    let text = super::super::EXAMPLE.replacen(
        "# holidays_file = \"holidays.ics\"",
        "holidays_file = \"holidays.ics\"",
        1,
    );
    std::fs::write(&settings, text).unwrap();
    let read = || {
        Config::read(Some(&settings), &super::super::Environment::default()).map_err(|error| {
            error
                .to_string()
                .replace(folder.path().to_str().unwrap(), "…")
        })
    };
    let missing = read().unwrap_err();
    std::fs::write(folder.path().join("holidays.ics"), "no calendar").unwrap();
    let wrong = read().unwrap_err();
    insta::assert_snapshot!([missing, wrong].join("\n"), @"
    In the settings file …/sameday.toml: calendar.support: the holidays file …/holidays.ics is not there; its name is relative to the folder of the settings file.
    In the settings file …/sameday.toml: calendar.support: the holidays file …/holidays.ics cannot be used: this is no iCalendar text: it does not begin with BEGIN:VCALENDAR.
    ");
    std::fs::write(
        folder.path().join("holidays.ics"),
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261126\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    .unwrap();
    let config = read().unwrap();
    let level = config.guild.settings(Timestamp::UNIX_EPOCH).service_level;
    let closed: Vec<_> = level.newest().policies[1]
        .calendar
        .blocks_on(NaiveDate::from_ymd_opt(2026, 11, 26).unwrap());
    assert_eq!(closed, []);
}

/// One sentence each: what is wrong, where, and what to do.
#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let cases = [
        ("database =", "databse ="),
        ("staff_channel =", "# staff_channel ="),
        ("\"Europe/Berlin\"", "\"Europe/Berlim\""),
        (
            "weekdays = [\"09:00-17:00\"]",
            "weekdays = [\"09:00-17:00\", \"16:00-18:00\"]",
        ),
        ("weekdays = [\"09:00-17:00\"]", "weekdays = []"),
        (
            "weekdays = [\"09:00-17:00\"]",
            "weekdays = [\"17:00-09:00\"]",
        ),
        ("calendar = \"support\"", "calendar = \"suport\""),
        (
            "first_response = \"same day\"",
            "first_response = \"some day\"",
        ),
        ("[guild]\nid = \"", "[guild]\nid = \"x"),
        ("name = \"same day\"", "name = \"critical\""),
        (
            "name = \"critical\"\npriority",
            "name = \"critical\"\n# priority",
        ),
        ("# resolution = \"40h\"", "resolution = \"same day\""),
        (
            "answered_by = \"staff\"",
            "answered_by = \"staff\"\nconfirm_within = \"16h\"",
        ),
        (
            "# confirm_within = \"16h\"",
            "confirm_within = \"16h wall\"",
        ),
        ("reopening = \"continue\"", "reopening = \"forget\""),
        ("first_response = \"1h\"", "first_response = \"9000h\""),
        ("always = true", "always = true\nholidays_file = \"x.ics\""),
        ("[guild]", "[guild]\nenforce_from = 2026-11-01"),
        ("claim_warning = \"2h\"", "claim_warning = \"8h\""),
        ("claim_lease =", "# claim_lease ="),
        ("claim_lease = \"8h\"", "claim_lease = \"1d\""),
        (
            "people = [\"100000000000000031\", \"100000000000000032\"]",
            "people = []",
        ),
        ("turn = \"week\"", "turn = \"fortnight\""),
        ("outside = \"support\"", "outside = \"suport\""),
        ("\"rota on_call", "\"rota oncall"),
        ("at = \"at risk\"", "at = \"at last\""),
        ("every 15m, 4 times", "every 15m"),
        ("every 15m, 4 times", "every 15m, 400 times"),
        ("tell = \"moderators\"", "tell = \"everybody\""),
        ("ladder = \"critical\"", "ladder = \"critcal\""),
        ("most_pings_per_hour = 10", "most_pings_per_hour = 0"),
        (
            "remind_asker = [\"16h\", \"40h\"]",
            "remind_asker = [\"40h\", \"16h\"]",
        ),
        (
            "remind_asker = [\"16h\", \"40h\"]",
            "remind_asker = [\"16h\", \"17h\", \"18h\"]",
        ),
        (
            "# production_down_per_day = 2",
            "production_down_per_day = 0",
        ),
    ];
    let sentences: Vec<String> = cases
        .iter()
        .map(|(from, to)| parse_changed(from, to))
        .collect();
    for sentence in &sentences {
        assert!(
            sentence.ends_with('.') && !sentence.contains('\n'),
            "{sentence}"
        );
    }
    insta::assert_snapshot!(sentences.join("\n"), @r#"
    line 6: unknown field `databse`, expected one of `database`, `read_messages`, `guild`, `calendar`, `policy`, `attention`, `changes`, `rota`, `ladder`, `github`, `web`.
    line 13: missing field `staff_channel`.
    calendar.support: there is no time zone "Europe/Berlim"; write an IANA name such as Europe/Berlin or UTC.
    calendar.support: the support hours of Monday overlap: 09:00-17:00 and 16:00-18:00.
    calendar.support: a calendar needs support hours on at least one weekday, such as `09:00-17:00` on Monday, or `always`.
    line 40: the support hours `17:00-09:00` end before they begin: hours that run past midnight are two blocks, such as `22:00-24:00` and, on the next day, `00:00-06:00`.
    policy "enterprise": there is no calendar "suport"; add [calendar.suport] or use one of: around_the_clock, support.
    line 153: `some day` is not a length of time: write hours and minutes, such as `4h`, `90m` or `1h30m`; a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
    line 14: `x100000000000000001` is no Discord id: copy it in Discord with Developer Mode on (right click, Copy ID).
    two policies are named "critical": give each a name of its own.
    policy "enterprise" can never match: "critical" stands before it and takes every thread it is for; move it up, or leave it out.
    policy "same day": a resolution waits for the asker now and then, so it has no day to be due on; set resolution to support time (`40h`) or wall time (`72h wall`).
    policy "critical": only staff's answer counts, so nothing is left to confirm; leave out confirm_within, or set answered_by = "anyone".
    policy "same day": confirm_within is support time, such as `16h`.
    line 177: unknown variant `forget`, expected `continue` or `reset`.
    line 111: `9000h` must be longer than nothing and no longer than a year (8760h); a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
    calendar.around_the_clock: `always` is always; leave out hours, holidays and exceptions.
    line 14: `2026-11-01` is no instant: write it like 2026-11-01T08:00:00Z or 2026-11-01T09:00:00+01:00.
    attention.claim_warning must be shorter than claim_lease: somebody is warned before a claim ends.
    attention.claim_warning is set, but claim_lease is not: set both or none.
    line 55: `1d` counts in days or longer, which have no fixed length in support time: write hours, such as `16h`.
    rota.on_call: a rota needs at least one person.
    rota.on_call: "fortnight" is no turn: write "day", "week" (from Monday) or "week from tuesday".
    attention.quiet: there is no calendar "suport"; quiet hours are whenever a calendar is not open.
    ladder.critical: there is no rota "oncall"; add [rota.oncall].
    ladder.usual: `at last` is no point of a clock: write `start`, `at risk`, `overdue`, or later, as in `2h after overdue`.
    ladder.critical: `every 15m` does not say how often: write it like `every 30m, 4 times`, at most 20 times.
    ladder.critical: `every 15m, 400 times` does not say how often: write it like `every 30m, 4 times`, at most 20 times.
    ladder.usual: `everybody` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both).
    policy "critical": there is no ladder "critcal"; add [ladder.critcal].
    attention.most_pings_per_hour is 0: name at least 1, or leave it out for no limit.
    attention.remind_asker: an asker is reminded at most twice, the second time later than the first.
    attention.remind_asker: an asker is reminded at most twice, the second time later than the first.
    attention.production_down_per_day is 0: name at least 1, or leave it out for no button.
    "#);
}

#[test]
fn a_bent_settings_file_panics_nothing() {
    let files = bent(vec![super::super::EXAMPLE.to_owned()]);
    tried(files, |text| match parse(text, Path::new("")) {
        // What is taken can be used.
        Ok(config) => drop(config.guild.settings(Timestamp::UNIX_EPOCH)),
        Err(error) => assert!(!error.to_string().is_empty()),
    });
}
