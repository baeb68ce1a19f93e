//! The card in a thread.

use super::message::{Button, Message, Row, SUPPRESS_NOTIFICATIONS, Style};
use crate::discord::custom_id::{CustomId, Press};
use crate::domain::decision::{Face, Standing};
use crate::domain::ids::TicketId;
use crate::text::card as text;

/// The card of a ticket. It pings nobody, and makes nobody's phone ring.
pub fn card(ticket: TicketId, face: &Face) -> Message {
    let claim = match face.claimed_by {
        None => button(ticket, Style::Primary, text::CLAIM, Press::Claim),
        Some(_) => button(ticket, Style::Secondary, text::RELEASE, Press::Release),
    };
    let buttons = match face.standing {
        Standing::Waiting { .. } | Standing::Unpromised | Standing::Answered => vec![
            claim,
            button(ticket, Style::Success, text::RESOLVE, Press::Resolve),
        ],
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

fn button(ticket: TicketId, style: Style, label: &'static str, press: Press) -> Button {
    Button::new(style, label, CustomId::Card { ticket, press })
}

#[cfg(test)]
mod tests;
