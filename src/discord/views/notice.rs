//! What the moderators are told about the bot itself.

use super::alerts::queue_button;
use super::message::Message;
use crate::domain::{Timestamp, from_millis};
use crate::outbox::parcel::Notice;
use crate::text::{CONTENT_LIMIT, notice as text};

/// The message for a notice. It pings nobody: nothing in it is a promise to an asker.
pub fn notice(parcel: i64, notice: &Notice) -> Message {
    let content = match notice {
        Notice::Away {
            from,
            until,
            threads,
            overdue,
            at_risk,
        } => text::away(
            instant(*from),
            instant(*until),
            number(*threads),
            number(*overdue),
            number(*at_risk),
        ),
        Notice::Trouble { sentence } => text::trouble(sentence),
        Notice::DiskRecovered { from, until } => {
            text::disk_recovered(instant(*from), instant(*until))
        }
    };
    Message {
        content: content.chars().take(CONTENT_LIMIT).collect(),
        components: vec![queue_button(parcel)],
        ..Message::default()
    }
}

fn instant(millis: i64) -> Timestamp {
    from_millis(millis).unwrap_or_default()
}

fn number(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::discord::views::fixture::at;
    use crate::domain::ids::ChannelId;

    fn away(threads: u32, overdue: u32, at_risk: u32) -> String {
        let told = Notice::Away {
            from: at(1, 2, 10).timestamp_millis(),
            until: at(1, 4, 55).timestamp_millis(),
            threads,
            overdue,
            at_risk,
        };
        notice(7, &told).content
    }

    #[test]
    fn away_says_what_happened_meanwhile() {
        assert_snapshot!(away(7, 2, 0), @"I was away from <t:1795396200:F> to <t:1795406100:F>. 7 threads had news and are caught up; 2 fell overdue.");
        assert_snapshot!(away(1, 2, 3), @"I was away from <t:1795396200:F> to <t:1795406100:F>. 1 thread had news and is caught up; 2 fell overdue and 3 came at risk.");
        assert_snapshot!(away(0, 0, 1), @"I was away from <t:1795396200:F> to <t:1795406100:F>. Nothing happened in the threads meanwhile; 1 came at risk.");
        assert_snapshot!(away(0, 0, 0), @"I was away from <t:1795396200:F> to <t:1795406100:F>. Nothing happened in the threads meanwhile; no promise came at risk.");
    }

    #[test]
    fn trouble_says_what_to_do() {
        let told = |sentence| notice(7, &Notice::Trouble { sentence });
        let message = told(text::not_permitted(ChannelId(20)));
        assert_snapshot!(serde_json::to_string_pretty(&message).unwrap(), @r#"
        {
          "content": "**Something needs your hand.** I may not write in <#20>. Please give me View Channel, Send Messages, Send Messages in Threads and Read Message History there; until then people wait for what I had to say.",
          "components": [
            {
              "type": 1,
              "components": [
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
            "parse": []
          }
        }
        "#);
        assert_snapshot!(told(text::channel_gone(ChannelId(20))).content, @"**Something needs your hand.** The channel with the id 20, where I have to write, does not exist any more. Please name another one in my settings.");
        assert_eq!(told("x".repeat(9_000)).content.len(), CONTENT_LIMIT);
    }

    #[test]
    fn the_disk_came_back() {
        let told = Notice::DiskRecovered {
            from: at(1, 2, 10).timestamp_millis(),
            until: at(1, 4, 55).timestamp_millis(),
        };
        assert_snapshot!(notice(7, &told).content, @"The disk refused my notes from <t:1795396200:F> to <t:1795406100:F>. It takes them again, and what happened meanwhile is being caught up. Please look at its free space.");
    }
}
