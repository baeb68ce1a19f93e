use insta::assert_snapshot;

use super::*;
use crate::discord::views::fixture::{ANN, ASKER, at, waiting};
use crate::domain::decision::ClockState;
use crate::domain::event::{ClockKind, Priority};
use crate::domain::ids::UserId;

fn shown(face: Face) -> String {
    serde_json::to_string_pretty(&card(TicketId(17), &face, false)).unwrap()
}

fn text_of(face: Face) -> String {
    card(TicketId(17), &face, false).content
}

fn standing(standing: Standing) -> Face {
    Face {
        standing,
        claimed_by: None,
        priority: Priority::Normal,
        promised: None,
    }
}

#[test]
fn the_opening_card() {
    assert_snapshot!(shown(waiting(ClockState::Running, None)), @r#"
    {
      "content": "A human will answer by <t:1795449600:F> (<t:1795449600:R>).\n-# I am a bot and keep the time. The answers come from people.",
      "components": [
        {
          "type": 1,
          "components": [
            {
              "type": 2,
              "style": 1,
              "label": "Claim",
              "custom_id": "sameday1:claim:17"
            },
            {
              "type": 2,
              "style": 3,
              "label": "Resolve",
              "custom_id": "sameday1:resolve:17"
            }
          ]
        }
      ],
      "allowed_mentions": {
        "parse": []
      },
      "flags": 4096
    }
    "#);
}

#[test]
fn a_claimed_card() {
    assert_snapshot!(shown(waiting(ClockState::Running, Some(ANN))), @r#"
    {
      "content": "<@41> is on it. You will have an answer by <t:1795449600:F> (<t:1795449600:R>).\n-# I am a bot and keep the time. The answers come from people.",
      "components": [
        {
          "type": 1,
          "components": [
            {
              "type": 2,
              "style": 2,
              "label": "Release",
              "custom_id": "sameday1:release:17"
            },
            {
              "type": 2,
              "style": 3,
              "label": "Resolve",
              "custom_id": "sameday1:resolve:17"
            }
          ]
        }
      ],
      "allowed_mentions": {
        "parse": []
      },
      "flags": 4096
    }
    "#);
}

#[test]
fn a_resolved_card() {
    assert_snapshot!(shown(standing(Standing::Resolved { by: ASKER })), @r#"
    {
      "content": "Resolved by <@40>. Not solved after all? Just write again, or press **Reopen**.",
      "components": [
        {
          "type": 1,
          "components": [
            {
              "type": 2,
              "style": 2,
              "label": "Reopen",
              "custom_id": "sameday1:reopen:17"
            }
          ]
        }
      ],
      "allowed_mentions": {
        "parse": []
      },
      "flags": 4096
    }
    "#);
}

#[test]
fn at_risk() {
    assert_snapshot!(text_of(waiting(ClockState::AtRisk, None)), @"
    A human will answer by <t:1795449600:F> (<t:1795449600:R>). The team has been reminded.
    -# I am a bot and keep the time. The answers come from people.
    ");
    assert_snapshot!(text_of(waiting(ClockState::AtRisk, Some(ANN))), @"
    <@41> is on it. You will have an answer by <t:1795449600:F> (<t:1795449600:R>).
    -# I am a bot and keep the time. The answers come from people.
    ");
}

#[test]
fn overdue() {
    assert_snapshot!(text_of(waiting(ClockState::Overdue, None)), @"
    This is later than we promised. An answer was due <t:1795449600:F> (<t:1795449600:R>). The team has been told, and this stays open until somebody answers.
    -# I am a bot and keep the time. The answers come from people.
    ");
    assert_snapshot!(text_of(waiting(ClockState::Overdue, Some(ANN))), @"
    This is later than we promised. An answer was due <t:1795449600:F> (<t:1795449600:R>). <@41> is on it, and this stays open until it is answered.
    -# I am a bot and keep the time. The answers come from people.
    ");
}

#[test]
fn the_asker_wrote_again() {
    let again = |claimed_by| Face {
        standing: Standing::Waiting {
            clock: ClockKind::NextResponse,
            state: ClockState::Running,
            due_at: at(1, 17, 0),
        },
        claimed_by,
        priority: Priority::Critical,
        promised: None,
    };
    assert_snapshot!(text_of(again(None)), @"
    **Critical.** Your new message is noted. A human will answer by <t:1795449600:F> (<t:1795449600:R>).
    -# I am a bot and keep the time. The answers come from people.
    ");
    assert_snapshot!(text_of(again(Some(ANN))), @"
    **Critical.** Your new message is noted. <@41> is on it. You will have an answer by <t:1795449600:F> (<t:1795449600:R>).
    -# I am a bot and keep the time. The answers come from people.
    ");
}

#[test]
fn nothing_promised() {
    assert_snapshot!(text_of(standing(Standing::Unpromised)), @"
    This is on the team's list. No time is promised for this kind of question.
    -# I am a bot and keep the time. The answers come from people.
    ");
    let claimed = Face {
        claimed_by: Some(ANN),
        ..standing(Standing::Unpromised)
    };
    assert_snapshot!(text_of(claimed), @"
    <@41> is on it. No time is promised for this kind of question.
    -# I am a bot and keep the time. The answers come from people.
    ");
}

#[test]
fn answered() {
    assert_snapshot!(text_of(standing(Standing::Answered)), @"There is an answer. If it solves your question, press **Resolve**; if not, just write again.");
}

#[test]
fn a_card_never_pings_and_never_breaks_a_limit() {
    let most = UserId(u64::MAX);
    for state in [ClockState::Running, ClockState::AtRisk, ClockState::Overdue] {
        for claimed_by in [None, Some(most)] {
            let card = card(TicketId(i64::MIN), &waiting(state, claimed_by), true);
            assert!(card.content.chars().count() <= crate::text::CONTENT_LIMIT);
            let body = serde_json::to_value(&card).unwrap();
            assert_eq!(body["allowed_mentions"], serde_json::json!({"parse": []}));
            for button in body["components"][0]["components"].as_array().unwrap() {
                assert!(button["custom_id"].as_str().unwrap().len() <= 100);
                assert!(button["label"].as_str().unwrap().len() <= 80);
            }
        }
    }
}

#[test]
fn whoever_waits_can_say_that_production_is_down_where_that_is_offered() {
    let labels = |face: &Face, offered: bool| {
        let message = serde_json::to_value(card(TicketId(17), face, offered)).unwrap();
        let buttons = message["components"][0]["components"]
            .as_array()
            .unwrap()
            .clone();
        let labels = buttons
            .iter()
            .map(|button| button["label"].as_str().unwrap().to_owned());
        labels.collect::<Vec<_>>()
    };
    let mut face = waiting(ClockState::Running, None);
    assert_eq!(
        labels(&face, true),
        ["Claim", "Resolve", "Production is down"]
    );
    assert_eq!(labels(&face, false), ["Claim", "Resolve"]);
    face.priority = Priority::Critical;
    assert_eq!(labels(&face, true), ["Claim", "Resolve"]);
}
