//! What is said once in a ticket's thread.

use super::message::{AllowedMentions, Button, Embed, Message, Row, Style};
use crate::discord::custom_id::{CustomId, IssuePress, Press};
use crate::domain::ids::{TicketId, UserId};
use crate::domain::issue::{IssueRemark, News};
use crate::domain::remark::Remark;
use crate::text::{CONTENT_LIMIT, card, issue, promise, remark as text};

/// The message for a remark. Its last button carries the parcel, so that the message is known again.
/// It pings nobody but the asker, where something is asked of them.
pub fn remark(parcel: i64, ticket: TicketId, asker: Option<UserId>, remark: &Remark) -> Message {
    let why = Button::new(Style::Secondary, text::WHY, CustomId::Why { parcel });
    match remark {
        Remark::AskerReminded { asker, before } => {
            let press = Press::Resolve;
            let solved = CustomId::Card { ticket, press };
            let solved = Button::new(Style::Success, card::RESOLVE, solved);
            let content = text::asker_reminded(*asker, *before);
            said(&content, Some(*asker), vec![solved, why])
        }
        Remark::ProductionDown { by, what } => {
            said(&text::production_down(*by, what), None, vec![why])
        }
        Remark::ClaimLapsed { by } => said(&text::claim_lapsed(*by), None, vec![why]),
        Remark::Promised {
            by,
            until,
            note,
            instead_of,
        } => said(
            &promise::given(*by, *until, note, *instead_of),
            None,
            vec![why],
        ),
        Remark::PromiseKept { by, until, late } => {
            said(&promise::kept(*by, *until, *late), None, vec![why])
        }
        Remark::PromiseWithdrawn { by, until } => {
            said(&promise::withdrawn(*by, *until), None, vec![why])
        }
        Remark::Issue(told) => {
            let (content, ping, mut buttons) = about_issue(ticket, asker, told);
            // The last one finds the message again.
            let (label, last) = match **told {
                IssueRemark::Offered { .. } => (issue::NOT_NOW, CustomId::IssueDecline { parcel }),
                _ => (issue::ISSUE, CustomId::IssueShow { parcel }),
            };
            buttons.push(Button::new(Style::Secondary, label, last));
            let mut message = said(&content, ping, buttons);
            if let IssueRemark::Comment { comment, .. } = &**told {
                let description = issue::comment_text(&comment.text);
                message.embeds.push(Embed { description });
            }
            message
        }
    }
}

fn said(content: &str, ping: Option<UserId>, buttons: Vec<Button>) -> Message {
    let mut allowed_mentions = AllowedMentions::default();
    allowed_mentions.users.extend(ping);
    Message {
        content: content.chars().take(CONTENT_LIMIT).collect(),
        components: vec![Row::buttons(buttons)],
        allowed_mentions,
        ..Message::default()
    }
}

/// What is said, who is pinged (the asker, where something is asked of them) and what can be pressed.
fn about_issue(
    ticket: TicketId,
    asker: Option<UserId>,
    told: &IssueRemark,
) -> (String, Option<UserId>, Vec<Button>) {
    let card = |style, label, press| Button::new(style, label, CustomId::Card { ticket, press });
    match told {
        IssueRemark::Opened {
            known,
            redacted,
            tell,
        } => {
            let ping = asker.filter(|_| *tell || *redacted > 0);
            let words = issue::opened(known, asker, *redacted, *tell);
            (words, ping, Vec::new())
        }
        IssueRemark::Linked { known, others } => {
            let others = usize::try_from(*others).unwrap_or(usize::MAX);
            (issue::linked(known, others), None, Vec::new())
        }
        IssueRemark::MayI {
            draft_id,
            repository,
            with_files,
        } => {
            let button = |style, label, press| {
                let draft = *draft_id;
                Button::new(style, label, CustomId::Issue { draft, press })
            };
            let buttons = vec![
                button(Style::Success, issue::ALLOW, IssuePress::Allow),
                button(Style::Secondary, issue::FORBID, IssuePress::Forbid),
            ];
            (issue::may_i(asker, repository, *with_files), asker, buttons)
        }
        IssueRemark::Offered { why } => {
            let start = CustomId::IssueStart { ticket };
            let start = Button::new(Style::Primary, issue::START, start);
            (issue::offered(*why), None, vec![start])
        }
        IssueRemark::Comment { name, comment } => (issue::comment(name, comment), None, Vec::new()),
        IssueRemark::LeftOut { by } => (issue::left_out(*by), Some(*by), Vec::new()),
        // Nothing is said: what was told is deleted.
        IssueRemark::CommentGone { .. } => (String::new(), None, Vec::new()),
        IssueRemark::Delayed => (issue::DELAYED.to_owned(), None, Vec::new()),
        IssueRemark::Refused { status } => (issue::refused(*status), None, Vec::new()),
        IssueRemark::Expired => (issue::EXPIRED.to_owned(), None, Vec::new()),
        IssueRemark::News { known, news } => {
            let (ping, buttons) = match news {
                News::Released { .. } => (
                    asker,
                    vec![
                        card(Style::Success, issue::WORKS, Press::Resolve),
                        card(Style::Secondary, issue::STILL_BROKEN, Press::Reopen),
                    ],
                ),
                News::Closed { .. }
                | News::Reopened
                | News::Moved { .. }
                | News::Renamed { .. }
                | News::Labelled { .. }
                | News::Gone => (None, Vec::new()),
            };
            (issue::news(known, news, asker), ping, buttons)
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::discord::views::fixture::{ANN, ASKER};

    #[test]
    fn a_remark_pings_nobody_and_is_known_again() {
        let message = remark(7, TicketId(1), None, &Remark::ClaimLapsed { by: ANN });
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
            remark(
                7,
                TicketId(1),
                None,
                &Remark::AskerReminded { asker, before },
            )
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
        let message = remark(
            7,
            TicketId(1),
            None,
            &Remark::ProductionDown { by: ASKER, what },
        );
        assert_snapshot!(message.content.replace('\u{200b}', "|"), @r"
        **Production is down**, says <@40>: \@|everyone \#| help \<|\@|41\> \*\*now\*\* \`x
        Whoever is on duty has been called.
        ");
        assert_eq!(message.allowed_mentions, AllowedMentions::default());
    }
}
