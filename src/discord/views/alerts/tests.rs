use insta::assert_snapshot;

use super::*;
use crate::discord::views::fixture::{ANN, MODERATORS, STAFF, at};

/// Who is pinged for a line.
#[derive(Clone, Copy, Default)]
struct Ping {
    claimer: bool,
    role: Option<RoleId>,
}

fn line(n: u64, trigger: Trigger, claimed_by: Option<UserId>, ping: Ping) -> Line {
    Line {
        trigger,
        clock: ClockKind::FirstResponse,
        ticket: TicketId(i64::try_from(n).unwrap()),
        thread: ThreadId(100 + n),
        title: format!("Question {n}"),
        since: at(1, 9, 0),
        due_at: at(1, 17, u32::try_from(n % 60).unwrap()),
        holder: claimed_by,
        people: claimed_by.filter(|_| ping.claimer).into_iter().collect(),
        roles: ping.role.into_iter().collect(),
    }
}

const CLAIMER: Ping = Ping {
    claimer: true,
    role: None,
};
const STAFF_ROLE: Ping = Ping {
    claimer: false,
    role: Some(STAFF),
};

#[test]
fn one_alert() {
    let message = alerts(7, vec![line(1, Trigger::AtRisk, Some(ANN), CLAIMER)], STAFF);
    assert_snapshot!(serde_json::to_string_pretty(&message).unwrap(), @r#"
    {
      "content": "1 answer is due soon:\n- <#101> · due <t:1795449660:F> (<t:1795449660:R>) · asked <t:1795420800:R> · <@41>",
      "components": [
        {
          "type": 1,
          "components": [
            {
              "type": 2,
              "style": 1,
              "label": "I have it",
              "custom_id": "sameday1:acknowledge:1"
            },
            {
              "type": 2,
              "style": 2,
              "label": "Show queue",
              "custom_id": "sameday1:show-queue:7"
            }
          ]
        }
      ],
      "allowed_mentions": {
        "parse": [],
        "users": [
          "41"
        ]
      }
    }
    "#);
}

#[test]
fn several_are_one_message_by_due_time() {
    let both = Ping {
        claimer: true,
        role: Some(STAFF),
    };
    let message = alerts(
        7,
        vec![
            line(9, Trigger::AtRisk, None, STAFF_ROLE),
            line(2, Trigger::Overdue, Some(ANN), both),
            line(1, Trigger::Overdue, None, STAFF_ROLE),
        ],
        STAFF,
    );
    assert_snapshot!(message.content, @"
    <@&30> 2 answers are overdue, 1 answer is due soon:
    - <#101> · **overdue**, was due <t:1795449660:F> (<t:1795449660:R>) · asked <t:1795420800:R> · unclaimed
    - <#102> · **overdue**, was due <t:1795449720:F> (<t:1795449720:R>) · asked <t:1795420800:R> · <@41>
    - <#109> · due <t:1795450140:F> (<t:1795450140:R>) · asked <t:1795420800:R> · unclaimed
    ");
    assert_eq!(message.allowed_mentions.users, [ANN]);
    assert_eq!(message.allowed_mentions.roles, [STAFF]);
}

#[test]
fn moderators_are_told_who_has_it_and_only_moderators_are_pinged() {
    let ping = Ping {
        claimer: false,
        role: Some(MODERATORS),
    };
    let message = alerts(
        7,
        vec![line(1, Trigger::Overdue, Some(ANN), ping)],
        MODERATORS,
    );
    assert_snapshot!(message.content, @"
    <@&31> 1 answer is overdue:
    - <#101> · **overdue**, was due <t:1795449660:F> (<t:1795449660:R>) · asked <t:1795420800:R> · <@41>
    ");
    assert_eq!(message.allowed_mentions.users, []);
    assert_eq!(message.allowed_mentions.roles, [MODERATORS]);
}

#[test]
fn too_many_are_counted_and_nobody_is_forgotten() {
    let lines = |n: u64| -> Vec<Line> {
        (0..n)
            .map(|n| line(n, Trigger::AtRisk, Some(UserId(u64::MAX - n)), CLAIMER))
            .collect()
    };
    let many = alerts(i64::MIN, lines(400), STAFF);
    assert!(many.content.chars().count() <= CONTENT_LIMIT);
    let shown = many.content.lines().filter(|l| l.starts_with("- ")).count();
    assert!(shown >= 10, "{shown}");
    let last = many.content.lines().last().unwrap();
    assert_eq!(last, format!("and {} more – /queue", 400 - shown));
    assert_eq!(many.allowed_mentions.users.len(), shown);
    for user in &many.allowed_mentions.users {
        assert!(
            many.content.contains(&format!("<@{user}>")),
            "named and pinged"
        );
    }
    // Those who are not named are reached through their role.
    assert_eq!(many.allowed_mentions.roles, [STAFF]);
    assert!(many.content.starts_with("<@&30> "));

    let few = alerts(1, lines(5), STAFF);
    assert!(!few.content.contains("more"));
    assert_eq!(few.allowed_mentions.roles, []);
}

#[test]
fn whoever_is_called_beside_the_claimer_is_named_in_the_heading() {
    let called = Line {
        people: vec![UserId(77), ANN],
        ..line(1, Trigger::Started, Some(ANN), STAFF_ROLE)
    };
    let message = alerts(7, vec![called.clone(), called], STAFF);
    assert_snapshot!(message.content, @"
    <@&30> <@77> 2 questions cannot wait:
    - <#101> · **cannot wait**, due <t:1795449660:F> (<t:1795449660:R>) · asked <t:1795420800:R> · <@41>
    - <#101> · **cannot wait**, due <t:1795449660:F> (<t:1795449660:R>) · asked <t:1795420800:R> · <@41>
    ");
    assert_eq!(message.allowed_mentions.users, [UserId(77), ANN]);
    assert_eq!(message.allowed_mentions.roles, [STAFF]);
}

#[test]
fn where_too_many_are_called_to_be_named_the_role_is_called_as_well() {
    let people: Vec<UserId> = (1..=21).map(UserId).collect();
    let called = |people: &[UserId]| {
        let mut line = line(1, Trigger::Overdue, None, Ping::default());
        line.people = people.to_vec();
        alerts(7, vec![line], STAFF).allowed_mentions
    };
    assert_eq!(called(&people[..20]).roles, []);
    let all = called(&people);
    assert_eq!((all.users.len(), all.roles), (20, vec![STAFF]));
}

#[test]
fn several_threads_stand_in_a_menu_by_their_names() {
    let mut lines: Vec<Line> = (0..30)
        .map(|n| line(n, Trigger::AtRisk, None, STAFF_ROLE))
        .collect();
    lines[0].title = "x".repeat(300);
    lines[1].title = " ".to_owned();
    let message = serde_json::to_value(alerts(7, lines, STAFF)).unwrap();
    let menu = &message["components"][0]["components"][0];
    let options = menu["options"].as_array().unwrap();
    assert_eq!((options.len(), menu["max_values"].as_u64()), (25, Some(25)));
    assert_eq!(options[0]["label"].as_str().unwrap().len(), 100);
    assert_eq!(options[1]["label"], "(no title)");
    assert_eq!(options[2]["value"], "2");
}
