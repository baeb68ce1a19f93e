//! What is said once in a ticket's thread.

use super::message::{Button, Message, Row, Style};
use crate::discord::custom_id::CustomId;
use crate::domain::remark::Remark;
use crate::text::remark as text;

/// The message for a remark. Its button carries the parcel, so that the message is known again.
pub fn remark(parcel: i64, remark: &Remark) -> Message {
    let content = match remark {
        Remark::ClaimLapsed { by } => text::claim_lapsed(*by),
    };
    let why = Button::new(Style::Secondary, text::WHY, CustomId::Why { parcel });
    Message {
        content,
        components: vec![Row::buttons([why])],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::discord::views::fixture::ANN;

    #[test]
    fn a_remark_pings_nobody_and_is_known_again() {
        let message = remark(7, &Remark::ClaimLapsed { by: ANN });
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
}
