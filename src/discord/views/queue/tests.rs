use insta::assert_snapshot;

use super::*;
use crate::discord::views::fixture::{ANN, ASKER, at};
use crate::domain::event::Priority;
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::ticket::Snoozed;
use crate::text::CONTENT_LIMIT;

fn row(n: u64) -> QueueRow {
    QueueRow {
        ticket_id: TicketId(1),
        thread: ThreadId(100 + n),
        title: "@everyone [x](https://example.org)".to_owned(),
        asker: Some(ASKER),
        claimed_by: None,
        priority: Priority::Normal,
        opened_at: Some(at(1, 9, 0)),
        waiting_since: Some(at(1, 9, 0)),
        warn_at: Some(at(1, 15, 0)),
        due_at: Some(at(1, 17, 0)),
        snoozed: None,
    }
}

#[test]
fn a_page_of_every_kind() {
    let rows = [
        row(1),
        QueueRow {
            due_at: Some(at(1, 13, 0)),
            warn_at: Some(at(1, 11, 0)),
            claimed_by: Some(ANN),
            priority: Priority::Critical,
            ..row(2)
        },
        QueueRow {
            warn_at: Some(at(1, 13, 59)),
            ..row(3)
        },
        QueueRow {
            due_at: None,
            warn_at: None,
            ..row(4)
        },
        QueueRow {
            waiting_since: None,
            due_at: None,
            warn_at: None,
            claimed_by: Some(ANN),
            ..row(5)
        },
    ];
    let page = queue(&rows, 5, Filter::All, 0, at(1, 14, 0));
    assert_snapshot!(page.content, @"
    **5 open threads**, longest wait first
    1. <#101> · asked <t:1795420800:R> · due <t:1795449600:R> · unclaimed
    2. **critical** · <#102> · asked <t:1795420800:R> · **overdue**, was due <t:1795435200:R> · <@41>
    3. <#103> · asked <t:1795420800:R> · **at risk**, due <t:1795449600:R> · unclaimed
    4. <#104> · asked <t:1795420800:R> · no time promised · unclaimed
    5. <#105> · answered · <@41>
    ");
}

#[test]
fn the_second_page_of_three() {
    let rows: Vec<_> = (0..2).map(row).collect();
    let page = queue(&rows, 25, Filter::Unclaimed, 1, at(1, 14, 0));
    assert_snapshot!(serde_json::to_string_pretty(&page).unwrap(), @r#"
    {
      "content": "**25 open threads are unclaimed**, longest wait first (page 2 of 3)\n11. <#100> · asked <t:1795420800:R> · due <t:1795449600:R> · unclaimed\n12. <#101> · asked <t:1795420800:R> · due <t:1795449600:R> · unclaimed",
      "components": [
        {
          "type": 1,
          "components": [
            {
              "type": 3,
              "custom_id": "sameday1:filter",
              "options": [
                {
                  "label": "All open",
                  "value": "all"
                },
                {
                  "label": "Unanswered",
                  "value": "unanswered"
                },
                {
                  "label": "At risk",
                  "value": "at-risk"
                },
                {
                  "label": "Overdue",
                  "value": "overdue"
                },
                {
                  "label": "Mine",
                  "value": "mine"
                },
                {
                  "label": "Unclaimed",
                  "value": "unclaimed",
                  "default": true
                },
                {
                  "label": "Snoozed",
                  "value": "snoozed"
                }
              ]
            }
          ]
        },
        {
          "type": 1,
          "components": [
            {
              "type": 2,
              "style": 2,
              "label": "Back",
              "custom_id": "sameday1:queue:unclaimed:0"
            },
            {
              "type": 2,
              "style": 2,
              "label": "Next",
              "custom_id": "sameday1:queue:unclaimed:2"
            }
          ]
        }
      ],
      "allowed_mentions": {
        "parse": []
      }
    }
    "#);
}

#[test]
fn nothing_to_do() {
    let empty = |filter| queue(&[], 0, filter, 0, at(1, 14, 0)).content;
    let all: Vec<_> = Filter::ALL.into_iter().map(empty).collect();
    assert_snapshot!(all.join("\n"), @"
    Nothing is open. Well done!
    Nobody waits for an answer. Well done!
    No answer is due soon.
    Nothing is overdue.
    You have nothing open.
    Everything that is open has somebody.
    Nothing is snoozed.
    ");
}

#[test]
fn pages_are_whole() {
    assert_eq!([0, 1, 10, 11, 20, 21].map(pages), [1, 1, 1, 2, 2, 3],);
    assert_eq!(pages(u64::MAX), u32::MAX);
}

#[test]
fn the_largest_page_keeps_discords_limits() {
    let rows: Vec<_> = (0..u64::from(PAGE_SIZE))
        .map(|n| QueueRow {
            thread: ThreadId(u64::MAX - n),
            claimed_by: Some(UserId(u64::MAX)),
            priority: Priority::Critical,
            ..row(n)
        })
        .collect();
    for page in [0, 1, u32::MAX] {
        let page = queue(&rows, u64::MAX, Filter::All, page, at(4, 0, 0));
        assert!(page.content.chars().count() <= CONTENT_LIMIT);
        let body = serde_json::to_value(&page).unwrap();
        let mut ids = Vec::new();
        for row in body["components"].as_array().unwrap() {
            for part in row["components"].as_array().unwrap() {
                ids.push(part["custom_id"].as_str().unwrap().to_owned());
            }
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "custom ids are unique in a message");
        assert!(ids.iter().all(|id| id.len() <= 100));
    }
}

#[test]
fn what_is_snoozed_says_until_when_and_why() {
    let snoozed = |until| QueueRow {
        snoozed: Some(Snoozed {
            by: ANN,
            until,
            reason: "@everyone waits\nfor **the vendor** and then some more, much longer"
                .to_owned(),
        }),
        ..row(1)
    };
    let rows = [snoozed(None), snoozed(Some(at(2, 15, 0)))];
    let shown = queue(&rows, 2, Filter::Snoozed, 0, at(1, 10, 0)).content;
    assert_snapshot!(shown.replace('\u{200b}', "|"), @r"
    **2 threads are snoozed**, longest wait first
    1. <#101> · asked <t:1795420800:R> · due <t:1795449600:R> · unclaimed · snoozed until somebody writes by <@41>: \@|everyone waits for \*\*the vendor\*\* and …
    2. <#101> · asked <t:1795420800:R> · due <t:1795449600:R> · unclaimed · snoozed until <t:1795528800:R> by <@41>: \@|everyone waits for \*\*the vendor\*\* and …
    ");
    let rows: Vec<_> = (0..10).map(|_| rows[1].clone()).collect();
    let full = queue(&rows, 25, Filter::Snoozed, 0, at(1, 10, 0)).content;
    assert!(
        full.chars().count() <= CONTENT_LIMIT,
        "{}",
        full.chars().count()
    );
}
