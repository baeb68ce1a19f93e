//! What is said once in a ticket's thread.

use super::message::{AllowedMentions, Button, Message, Row, Style};
use crate::discord::custom_id::{CustomId, Press};
use crate::domain::ids::TicketId;
use crate::domain::remark::Remark;
use crate::text::{card, remark as text};

/// The message for a remark. Its last button carries the parcel, so that the message is known again.
/// It pings nobody but the asker who is reminded.
pub fn remark(parcel: i64, ticket: TicketId, remark: &Remark) -> Message {
    let mut allowed_mentions = AllowedMentions::default();
    let mut buttons = Vec::new();
    let content = match remark {
        Remark::AskerReminded { asker, before } => {
            let press = Press::Resolve;
            let solved = CustomId::Card { ticket, press };
            allowed_mentions.users.push(*asker);
            buttons.push(Button::new(Style::Success, card::RESOLVE, solved));
            text::asker_reminded(*asker, *before)
        }
        Remark::ProductionDown { by, what } => text::production_down(*by, what),
        Remark::ClaimLapsed { by } => text::claim_lapsed(*by),
    };
    let why = CustomId::Why { parcel };
    buttons.push(Button::new(Style::Secondary, text::WHY, why));
    Message {
        content,
        components: vec![Row::buttons(buttons)],
        allowed_mentions,
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::discord::views::fixture::{ANN, ASKER};

    #[test]
    fn a_remark_pings_nobody_and_is_known_again() {
        let message = remark(7, TicketId(1), &Remark::ClaimLapsed { by: ANN });
        assert_snapshot!(serde_json::to_string_pretty(&message).unwrap(), @r#"
        {
          "content": "<@41> had this one and could not get to it, so it is back in the team's queue: somebody else can take it now. What was promised stays promised.",
          "components": [
            {
              "type": 1,
              "components": [
                {
                  "type": 2,
                  "style": 2,
                  "label": "Why?",
                  "custom_id": "sameday1:why:7"
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
    fn the_asker_is_reminded_kindly_and_alone() {
        let reminders = [0, 1].map(|before| {
            let asker = ASKER;
            remark(7, TicketId(1), &Remark::AskerReminded { asker, before })
        });
        for reminder in &reminders {
            assert_eq!(reminder.allowed_mentions.users, [ASKER]);
        }
        let said = reminders.map(|reminder| reminder.content);
        assert_snapshot!(said.join("\n"), @"
        <@40>, did the answer help? If it did, press **Resolve**; if not, just write what is still missing. There is no hurry.
        <@40>, in case it got lost: there is an answer for you here. Should something be missing, just write, whenever it suits you; this stays open, and I won't ask again.
        ");
    }

    #[test]
    fn what_an_asker_writes_pings_nobody_and_breaks_nothing() {
        let what = "@everyone\n# help <@41> **now** `x".to_owned();
        let message = remark(7, TicketId(1), &Remark::ProductionDown { by: ASKER, what });
        assert_snapshot!(message.content.replace('\u{200b}', "|"), @r"
        **Production is down**, says <@40>: \@|everyone \#| help \<|\@|41\> \*\*now\*\* \`x
        Whoever is on duty has been called.
        ");
        assert_eq!(message.allowed_mentions, AllowedMentions::default());
    }
}
