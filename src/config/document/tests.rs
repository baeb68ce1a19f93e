use proptest::prelude::*;

use super::*;
use crate::config::{Change, Difference, EXAMPLE};
use crate::domain::attention::Pinged;
use crate::domain::calendar::Block;
use crate::domain::ids::{ChannelId, RoleId};

fn example() -> Document {
    Document::of_file(EXAMPLE, Path::new("")).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The lines that an edit has changed.
fn edited(edit: impl FnOnce(&mut Document) -> Result<(), ConfigError>) -> String {
    let before = example();
    let mut after = before.clone();
    edit(&mut after).unwrap();
    after.check().unwrap();
    let (before, after) = (before.text(), after.text());
    let gone = before
        .lines()
        .filter(|line| !after.lines().any(|it| it == *line));
    let new = after
        .lines()
        .filter(|line| !before.lines().any(|it| it == *line));
    let gone = gone.map(|line| format!("- {line}\n"));
    let new = new.map(|line| format!("+ {line}\n"));
    gone.chain(new).collect()
}

#[test]
fn an_edit_leaves_the_rest_as_it_was_written() {
    let dates = BTreeSet::from([day("2026-12-24"), day("2026-12-25"), day("2026-12-31")]);
    let evening = ["18:00-20:00".parse().unwrap()];
    let edits = [
        edited(|it| it.set_hours("support", &[Weekday::Fri], &evening)),
        edited(|it| it.set_hours("around_the_clock", &[Weekday::Sat], &evening)),
        edited(|it| it.add_holidays("support", &dates)),
        edited(|it| it.remove_date("support", day("2026-12-24"))),
        edited(|it| it.set_exception("support", day("2026-12-31"), &[])),
        edited(|it| it.add_calendar("evening", "UTC", Some(&evening))),
        edited(|it| {
            it.add_policy("slow", Some(1))?;
            it.set_policy("slow", PolicyKey::Calendar, "support")?;
            it.set_policy("slow", PolicyKey::Channels, "<#100000000000000011>")?;
            it.set_policy("slow", PolicyKey::FirstResponse, "8h")?;
            it.set_policy("slow", PolicyKey::Warning, "2h")
        }),
        edited(|it| it.set_policy("same day", PolicyKey::NextResponse, "none")),
        edited(|it| it.watch(ChannelId(7))),
        edited(|it| it.unwatch(ChannelId(100_000_000_000_000_012))),
        edited(|it| it.tell(ToldKind::Staff, ChannelId(7))),
        edited(|it| it.add_role(RoleKind::Moderator, RoleId(7))),
    ];
    insta::assert_snapshot!(edits.join("\n"), @r#"
    - hours.weekdays = ["09:00-17:00"]
    + hours.monday = ["09:00-17:00"]
    + hours.tuesday = ["09:00-17:00"]
    + hours.wednesday = ["09:00-17:00"]
    + hours.thursday = ["09:00-17:00"]
    + hours.friday = ["18:00-20:00"]

    - always = true
    + hours.saturday = ["18:00-20:00"]

    - holidays = ["2026-12-25", "2027-01-01"]
    + holidays = ["2026-12-24", "2026-12-25", "2026-12-31", "2027-01-01"]

    - exceptions = { 2026-12-24 = ["09:00-12:00"] }
    + exceptions = {}

    - exceptions = { 2026-12-24 = ["09:00-12:00"] }
    + exceptions = { 2026-12-24 = ["09:00-12:00"] , 2026-12-31 = [] }

    + [calendar.evening]
    + hours.weekdays = ["18:00-20:00"]

    + name = "slow"
    + channels = ["100000000000000011"]
    + first_response = "8h"

    - next_response = "same day"

    - channels = ["100000000000000011", "100000000000000012"]
    + channels = ["100000000000000011", "100000000000000012", "7"]

    - channels = ["100000000000000011", "100000000000000012"]
    + channels = ["100000000000000011"]

    - staff_channel = "100000000000000013"
    + staff_channel = "7"

    - moderator_roles = ["100000000000000022"]
    + moderator_roles = ["100000000000000022", "7"]
    "#);
}

#[test]
fn a_moved_policy_takes_what_it_has_along() {
    let mut document = example();
    let names: Vec<String> = document
        .policies()
        .iter()
        .map(|it| (*it).to_owned())
        .collect();
    let last = names.last().unwrap().clone();
    document
        .set_policy("critical", PolicyKey::Warning, "40%")
        .unwrap();
    document.move_policy("critical", names.len()).unwrap();
    let read = Document::read(&document.text()).unwrap();
    let mut moved = names.clone();
    let first = moved.remove(0);
    moved.push(first);
    assert_eq!(read.policies(), moved);
    let found = read.written_policies().pop().unwrap();
    assert!(
        found
            .keys
            .contains(&("warning".to_owned(), "40%".to_owned()))
    );
    assert!(
        document.text().contains("# Whose answer stops the clock"),
        "comments stay"
    );
    document.remove_policy(&last).unwrap();
    assert_eq!(
        Document::read(&document.text()).unwrap().policies().len(),
        names.len() - 1
    );
}

#[test]
fn holidays_of_a_file_are_taken_into_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261126\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(folder.path().join("holidays.ics"), calendar).unwrap();
    let text = EXAMPLE.replacen("# holidays_file", "holidays_file", 1);
    let document = Document::of_file(&text, folder.path()).unwrap();
    assert!(!document.text().contains("\nholidays_file"));
    let holidays = document.find_calendar("support").unwrap().holidays;
    assert!(holidays.contains(&day("2026-11-26")) && holidays.contains(&day("2026-12-25")));
    Document::read(&document.text()).unwrap().check().unwrap();
}

#[test]
fn what_is_different_is_found_whatever_keys_there_are() {
    let old = Document::read(
        "[guild]\nchannels = [\"1\", \"2\"]\nstaff_channel = \"3\"\n\
         [calendar.a]\nhours.weekdays = [\"09:00-17:00\"]\n\
         [[policy]]\nname = \"x\"\nwarning = \"1h\"\nlater.steps = [1, 2]\n[[policy]]\nname = \"y\"",
    );
    let new = Document::read(
        "[guild]\nchannels = [\"2\", \"4\"]\nstaff_channel = \"5\"\n\
         [calendar.a]\nhours.monday = [\"09:00-17:00\"]\n\
         [[policy]]\nname = \"y\"\n[[policy]]\nname = \"x\"\nwarning = \"2h\"\nlater.steps = [2, 1]\n\
         [unheard_of]\nkey = true",
    );
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!(old.differences(&old), []);
    let found = old.differences(&new);
    let found: Vec<String> = found
        .iter()
        .map(|it| {
            let what = match &it.change {
                Change::Hours { .. } => "other hours".to_owned(),
                change => format!("{change:?}"),
            };
            format!("{}: {what}", it.path.join("."))
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    guild.channels: Elements { added: ["4"], removed: ["1"] }
    guild.staff_channel: Set("3", "5")
    calendar.a.hours: other hours
    policy.x.warning: Set("1h", "2h")
    policy.x.later.steps: Order(["2", "1"])
    policy: Order(["y", "x"])
    unheard_of.key: Added("true")
    "#);
}

fn any_blocks() -> impl Strategy<Value = Vec<Block>> {
    const ALL: [&str; 3] = ["07:00-08:00", "09:00-12:00", "13:00-17:00"];
    proptest::sample::subsequence(&ALL[..], 0..=3)
        .prop_map(|blocks| blocks.into_iter().map(|it| it.parse().unwrap()).collect())
}

proptest! {
    /// Whatever hours are set, in whichever order, each weekday has what it was given last.
    #[test]
    fn each_weekday_has_the_hours_that_were_set_last(
        edits in prop::collection::vec(
            (proptest::sample::subsequence(&DAYS[..], 1..=7), any_blocks()),
            1..12,
        )
    ) {
        let mut document = example();
        let mut model = document.find_calendar("support").unwrap().week;
        for (days, blocks) in edits {
            let days: Vec<Weekday> = days.into_iter().map(|(_, day)| day).collect();
            let mut next = model.clone();
            for (of_day, (_, day)) in next.iter_mut().zip(DAYS) {
                if days.contains(&day) {
                    *of_day = blocks.iter().map(Block::to_string).collect();
                }
            }
            let done = document.set_hours("support", &days, &blocks);
            prop_assert_eq!(done.is_ok(), next.iter().any(|day| !day.is_empty()));
            if done.is_ok() {
                model = next;
            }
            let read = Document::read(&document.text()).unwrap();
            prop_assert!(read.check().is_ok());
            prop_assert_eq!(&read.find_calendar("support").unwrap().week, &model);
        }
    }

    /// No text panics, and what is refused is refused in one sentence.
    #[test]
    fn any_text_is_read_or_refused_in_one_sentence(
        cut in 0..EXAMPLE.len(),
        inserted in "\\PC{0,12}",
    ) {
        let mut text = EXAMPLE.replacen("database", "# database", 1);
        let cut = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(cut, &inserted);
        if let Err(error) = Document::read(&text).and_then(|document| document.check()) {
            let sentence = error.to_string();
            prop_assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{}", sentence);
        }
    }
}

#[test]
fn lists_are_edited_whichever_way_they_are_written() {
    let quiet = r#"quiet = [{ member = "100000000000000031", outside = "support" }]"#;
    let steps = r#"[[ladder.usual.steps]]
at = "at risk"
tell = "claimer else staff"

[[ladder.usual.steps]]
at = "overdue"
tell = "staff"
"#;
    let mut toml = EXAMPLE.to_owned();
    for (from, until, other) in [
        ("[[attention.quiet]]", "# Who is on duty", String::new()),
        ("[attention]", "\n", format!("[attention]\n{quiet}\n")),
        ("[ladder.usual]", "[ladder.critical]", steps.to_owned()),
    ] {
        let (before, rest) = toml.split_once(from).unwrap();
        let (_, after) = rest.split_once(until).unwrap();
        toml = format!("{before}{other}{until}{after}");
    }
    let mut document = Document::of_file(&toml, Path::new("")).unwrap();
    document.check().unwrap();
    let before = document.clone();
    assert_eq!(document.written_quiet().len(), 1);
    document
        .set_quiet(Pinged::Role(RoleId(21)), Some("support"))
        .unwrap();
    let step = StepEdit {
        at: "overdue",
        tell: Some("moderators"),
        place: None,
        again: None,
    };
    document.set_step("usual", step).unwrap();
    document.check().unwrap();
    let read = Document::read(&document.text()).unwrap();
    let (name, usual) = read.written_ladders().swap_remove(0);
    let rows = read.written_quiet().into_iter().chain(usual);
    let rows = rows.map(|row| {
        let keys = row.keys.iter().map(|(key, value)| format!("{key} {value}"));
        keys.collect::<Vec<_>>().join("; ")
    });
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
    member 100000000000000031; outside support
    role 21; outside support
    at at risk; tell claimer else staff
    at overdue; tell moderators
    ");
    assert_eq!(name, "usual");
    let changed: Vec<Difference> = before.differences(&document);
    let paths: Vec<String> = changed.iter().map(|it| it.path.join(".")).collect();
    assert_eq!(
        paths,
        [
            "attention.quiet.2.role",
            "attention.quiet.2.outside",
            "ladder.usual.steps.2.tell"
        ]
    );
}
