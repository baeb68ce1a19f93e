//! Stories whose instants were worked out by hand. 2026-11-18 is a Wednesday; support is there from
//! Monday to Friday, 9 to 17 UTC.

use chrono_tz::Tz;

use super::*;
use crate::domain::event::{Event, Fact, Priority};
use crate::domain::ids::{DISCORD_EPOCH_MILLIS, MessageId, RoleId, UserId};
use crate::domain::policy::{
    Changes, Match, Policy, PolicyChange, PriorityChange, Reopening, Version,
};
use crate::domain::{Calendar, SupportDuration};

const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
const EVA: UserId = UserId(3);

/// "18 10:00" of November.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    format!("2026-11-{day}T{time}:00Z").parse().unwrap()
}

fn snowflake(text: &str) -> u64 {
    let millis = at(text).timestamp_millis() - DISCORD_EPOCH_MILLIS;
    millis.cast_unsigned() << 22
}

fn said(text: &str, author: UserId) -> Event {
    Event::message_posted(MessageId(snowflake(text)), author, author == EVA)
}

fn did(text: &str, fact: Fact) -> Event {
    Event::of_snowflake(snowflake(text) | 7, fact)
}

fn prioritised(text: &str, priority: Priority) -> Event {
    did(text, Fact::PrioritySet { by: EVA, priority })
}

fn policy(name: &str) -> Policy {
    let weekdays = [
        chrono::Weekday::Mon,
        chrono::Weekday::Tue,
        chrono::Weekday::Wed,
        chrono::Weekday::Thu,
        chrono::Weekday::Fri,
    ];
    let calendar = Calendar::week(Tz::UTC)
        .open(weekdays, "09:00-17:00".parse().unwrap())
        .build()
        .unwrap();
    Policy {
        warning: "50%".parse().unwrap(),
        ..Policy::of(name, calendar).answering("8h".parse().unwrap())
    }
}

fn critical() -> Policy {
    Policy {
        when: Match {
            priority: Some(Priority::Critical),
            ..Match::default()
        },
        answered_by: AnsweredBy::Staff,
        ..Policy::of("critical", Calendar::always(Tz::UTC)).answering("1h".parse().unwrap())
    }
}

fn rules(policies: Vec<Policy>) -> ServiceLevel {
    ServiceLevel::of(policies, Timestamp::UNIX_EPOCH)
}

/// Each clock as "kind state due counted-from".
fn shown(events: &[Event], rules: &ServiceLevel, now: &str) -> Vec<String> {
    let ticket = Ticket::fold(events.iter().cloned());
    let day = |at: Timestamp| at.format("%d %H:%M").to_string();
    clocks(&ticket, rules, at(now))
        .iter()
        .map(|clock| {
            format!(
                "{:?} {:?} due {} from {}",
                clock.kind,
                clock.state,
                day(clock.due.due_at),
                day(clock.counted_from)
            )
        })
        .collect()
}

#[test]
fn a_resolution_counts_the_time_with_the_team_alone() {
    let rules = rules(vec![Policy {
        first_response: None,
        next_response: None,
        resolution: Some("8h".parse().unwrap()),
        ..policy("all")
    }]);
    let mut events = vec![said("18 10:00", ANN), said("18 12:00", EVA)];
    // Two hours are used; it would be due after six more, had it run on.
    let paused = shown(&events, &rules, "20 10:00");
    assert_eq!(paused, ["Resolution Paused due 19 10:00 from 18 10:00"]);
    events.push(said("20 10:00", ANN));
    let runs = shown(&events, &rules, "20 11:00");
    assert_eq!(runs, ["Resolution Running due 20 16:00 from 18 10:00"]);
    let at_risk = shown(&events, &rules, "20 12:00");
    assert_eq!(at_risk, ["Resolution AtRisk due 20 16:00 from 18 10:00"]);
    events.push(did("20 15:00", Fact::Resolved { by: EVA }));
    let met = shown(&events, &rules, "27 12:00");
    assert_eq!(met, ["Resolution Met due 20 16:00 from 18 10:00"]);
    // The hour that is left runs on when it is reopened.
    events.push(did("23 10:00", Fact::Reopened { by: ANN }));
    let again = shown(&events, &rules, "23 10:30");
    assert_eq!(again, ["Resolution AtRisk due 23 11:00 from 18 10:00"]);
    // The answer of Wednesday is deleted: all that time was the team's.
    events.push(Event::message_deleted(MessageId(snowflake("18 12:00"))));
    let corrected = shown(&events, &rules, "23 10:30");
    assert_eq!(corrected, ["Resolution Overdue due 19 10:00 from 18 10:00"]);
}

#[test]
fn a_reopening_may_begin_the_resolution_anew() {
    let all = Policy {
        first_response: None,
        next_response: None,
        resolution: Some("8h".parse().unwrap()),
        ..policy("all")
    };
    let changes = Changes {
        reopening: Reopening::Reset,
        ..Changes::default()
    };
    let first = Version {
        changes,
        ..Version::first(vec![all])
    };
    let rules = ServiceLevel::new(first, Timestamp::UNIX_EPOCH);
    let events = [
        said("18 10:00", ANN),
        did("18 16:00", Fact::Resolved { by: EVA }),
        said("20 09:00", ANN),
    ];
    let again = shown(&events, &rules, "20 10:00");
    assert_eq!(again, ["Resolution Running due 20 17:00 from 20 09:00"]);
}

#[test]
fn an_answer_of_the_community_that_nobody_confirms_gets_a_second_look() {
    let rules = rules(vec![Policy {
        confirm_within: Some(SupportDuration::from_minutes(240)),
        ..policy("all")
    }]);
    let first = "FirstResponse Met due 19 10:00 from 18 10:00";
    let mut events = vec![said("18 10:00", ANN), said("18 11:00", BEN)];
    assert_eq!(shown(&events, &rules, "18 14:59"), [first]);
    let ticket = Ticket::fold(events.iter().cloned());
    assert_eq!(
        next_start(&ticket, &rules, at("18 11:00")),
        Some(at("18 15:00"))
    );
    let look = "SecondLook Running due 19 15:00 from 18 15:00";
    assert_eq!(shown(&events, &rules, "18 15:00"), [first, look]);
    // Only staff stops it.
    events.push(said("18 16:00", BEN));
    assert_eq!(shown(&events, &rules, "18 16:00"), [first, look]);
    events.push(said("19 09:00", EVA));
    let met = look.replace("Running", "Met");
    assert_eq!(shown(&events, &rules, "25 10:00"), [first, met.as_str()]);
}

#[test]
fn a_second_look_is_spared_by_a_word_of_the_asker_or_of_staff() {
    let rules = rules(vec![Policy {
        confirm_within: Some(SupportDuration::from_minutes(240)),
        ..policy("all")
    }]);
    for spared in [
        said("18 15:00", EVA),
        said("18 15:00", ANN),
        did("18 15:00", Fact::Resolved { by: ANN }),
    ] {
        let events = [said("18 10:00", ANN), said("18 11:00", BEN), spared];
        let looks = shown(&events, &rules, "25 10:00");
        assert!(
            looks.iter().all(|clock| !clock.starts_with("SecondLook")),
            "{looks:?}"
        );
    }
}

#[test]
fn a_change_of_priority_does_what_the_settings_say() {
    for (priority, expected) in [
        (
            PriorityChange::Forward,
            "FirstResponse Running due 19 10:00 from 18 10:00",
        ),
        (
            PriorityChange::Recompute,
            "FirstResponse Overdue due 18 11:00 from 18 10:00",
        ),
        (
            PriorityChange::Reset,
            "FirstResponse Running due 18 13:00 from 18 12:00",
        ),
    ] {
        let changes = Changes {
            priority,
            ..Changes::default()
        };
        let first = Version {
            changes,
            ..Version::first(vec![critical(), policy("all")])
        };
        let rules = ServiceLevel::new(first, Timestamp::UNIX_EPOCH);
        let events = [
            said("18 10:00", ANN),
            prioritised("18 12:00", Priority::Critical),
        ];
        assert_eq!(shown(&events, &rules, "18 12:01"), [expected]);
        // What had stopped before stays what it was.
        let events = [
            said("18 10:00", ANN),
            said("18 11:30", EVA),
            prioritised("18 12:00", Priority::Critical),
        ];
        assert_eq!(
            shown(&events, &rules, "18 12:01"),
            ["FirstResponse Met due 19 10:00 from 18 10:00"]
        );
    }
}

#[test]
fn who_raises_the_priority_after_the_community_answered_waits_for_staff() {
    let rules = rules(vec![critical(), policy("all")]);
    let events = [
        said("18 10:00", ANN),
        said("18 11:00", BEN),
        prioritised("18 12:00", Priority::Critical),
    ];
    assert_eq!(
        shown(&events, &rules, "18 12:01"),
        ["FirstResponse Running due 18 13:00 from 18 12:00"]
    );
}

#[test]
fn a_new_version_keeps_or_takes_over_what_runs() {
    for (change, due) in [
        (PolicyChange::Keep, "19 10:00"),
        (PolicyChange::Recompute, "18 14:00"),
    ] {
        let quicker = policy("all").answering("4h".parse().unwrap());
        let rules = rules(vec![policy("all")]).changed(Version {
            number: 2,
            since: at("18 11:00"),
            policies: vec![quicker],
            changes: Changes {
                policy: change,
                ..Changes::default()
            },
        });
        let mut events = vec![said("18 10:00", ANN)];
        let runs = shown(&events, &rules, "18 11:00");
        assert_eq!(
            runs,
            [format!("FirstResponse Running due {due} from 18 10:00")]
        );
        // Before the change nothing is different.
        let before = shown(&events, &rules, "18 10:59");
        assert_eq!(before, ["FirstResponse Running due 19 10:00 from 18 10:00"]);
        events.push(said("18 10:30", EVA));
        events.push(said("18 12:00", ANN));
        assert_eq!(
            shown(&events, &rules, "18 12:00"),
            [
                "FirstResponse Met due 19 10:00 from 18 10:00",
                "NextResponse Running due 18 16:00 from 18 12:00"
            ]
        );
    }
}

#[test]
fn the_asker_s_role_chooses_the_policy() {
    let role = RoleId(9);
    let enterprise = Policy {
        when: Match {
            asker_roles: vec![role],
            ..Match::default()
        },
        ..policy("enterprise").answering("4h".parse().unwrap())
    };
    let rules = rules(vec![enterprise, policy("all")]);
    let question = said("18 10:00", ANN);
    let message = MessageId(question.key.id);
    let plain = shown(std::slice::from_ref(&question), &rules, "18 10:00");
    assert_eq!(plain, ["FirstResponse Running due 19 10:00 from 18 10:00"]);
    let held = shown(
        &[question, Event::roles_held(message, vec![role])],
        &rules,
        "18 10:00",
    );
    assert_eq!(held, ["FirstResponse Running due 18 14:00 from 18 10:00"]);
}
