//! What staff may say about a ticket besides resolving it: never compulsory.

use super::message::{Button, Choice, Message, Row, Style};
use crate::discord::custom_id::CustomId;
use crate::domain::ids::TicketId;
use crate::domain::triage::Cause;
use crate::text::{issue, triage as text};

/// After somebody of the team has resolved it: what was behind it?
pub fn ask_for_cause(ticket: TicketId, said: String) -> Message {
    let choices = Cause::ALL.map(|cause| Choice {
        label: text::cause(cause).into(),
        value: cause.word().into(),
        default: false,
    });
    let menu = Row::choose_one(
        CustomId::Cause { ticket },
        text::WHAT_CAUSED_IT,
        choices.into(),
    );
    Message {
        content: said,
        components: vec![menu],
        ..Message::default()
    }
}

/// After a cause of ours was named, and nothing is done about it yet.
pub fn suggest_issue(ticket: TicketId, said: &str) -> Message {
    let start = CustomId::IssueStart { ticket };
    let start = Button::new(Style::Secondary, issue::START, start);
    Message {
        content: format!("{said} {}", text::NOTHING_DONE_YET),
        components: vec![Row::buttons([start])],
        ..Message::default()
    }
}
