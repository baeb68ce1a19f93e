//! The card in a thread.

use super::message::{Button, Message, Row, SUPPRESS_NOTIFICATIONS, Style};
use crate::discord::custom_id::{CustomId, Press};
use crate::domain::decision::{Face, Standing};
use crate::domain::event::Priority;
use crate::domain::ids::TicketId;
use crate::text::{card as text, critical, issue};

/// The card of a ticket. It pings nobody, and makes nobody's phone ring.
/// `offers_down`: an asker who waits can say that production is down.
pub fn card(ticket: TicketId, face: &Face, offers_down: bool) -> Message {
    let claim = match face.claimed_by {
        None => button(ticket, Style::Primary, text::CLAIM, Press::Claim),
        Some(_) => button(ticket, Style::Secondary, text::RELEASE, Press::Release),
    };
    let buttons = match face.standing {
        Standing::Waiting { .. } | Standing::Unpromised | Standing::Answered => {
            let mut buttons = vec![
                claim,
                button(ticket, Style::Success, text::RESOLVE, Press::Resolve),
            ];
            let waits = matches!(face.standing, Standing::Waiting { .. });
            if offers_down && waits && face.priority == Priority::Normal {
                buttons.push(button(ticket, Style::Danger, critical::DOWN, Press::Down));
            }
            buttons
        }
        Standing::Resolved { .. } => vec![button(
            ticket,
            Style::Secondary,
            text::REOPEN,
            Press::Reopen,
        )],
        Standing::Gone => Vec::new(),
    };
    let rows = if buttons.is_empty() {
        Vec::new()
    } else {
        vec![Row::buttons(buttons)]
    };
    Message {
        content: text::content(face),
        components: rows,
        flags: SUPPRESS_NOTIFICATIONS,
        ..Message::default()
    }
}

/// The same with a button that drafts an issue, where there is a way to GitHub.
pub fn with_issue(ticket: TicketId, face: &Face, offers_down: bool) -> Message {
    let mut card = card(ticket, face, offers_down);
    let start = CustomId::IssueStart { ticket };
    if let Some(row) = card.components.first_mut() {
        row.add(Button::new(Style::Secondary, issue::START, start));
    }
    card
}

fn button(ticket: TicketId, style: Style, label: &'static str, press: Press) -> Button {
    Button::new(style, label, CustomId::Card { ticket, press })
}

#[cfg(test)]
mod tests;
