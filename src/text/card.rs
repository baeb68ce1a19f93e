//! The card in a thread: what an asker reads first.

use super::{by, person, promise};
use crate::domain::Timestamp;
use crate::domain::decision::{ClockState, Face, Standing};
use crate::domain::event::{ClockKind, Priority};
use crate::domain::ids::UserId;

/// Takes the ticket.
pub const CLAIM: &str = "Claim";
/// Gives it back.
pub const RELEASE: &str = "Release";
/// Says that it is answered.
pub const RESOLVE: &str = "Resolve";
/// Says that it is not.
pub const REOPEN: &str = "Reopen";

/// Who speaks, in small letters under a card that asks somebody to wait.
const WHO_SPEAKS: &str = "-# I am a bot and keep the time. The answers come from people.";

/// The whole text of a card: one line that says how it stands, and who speaks.
pub fn content(face: &Face) -> String {
    let urgent = match face.priority {
        Priority::Normal => "",
        Priority::Critical => "**Critical.** ",
    };
    let line = match face.standing {
        Standing::Waiting {
            clock,
            state,
            due_at,
        } => waiting(clock, state, due_at, face.claimed_by),
        Standing::Unpromised => match face.claimed_by {
            None => "This is on the team's list. No time is promised for this kind of question."
                .to_owned(),
            Some(user) => format!(
                "{} is on it. No time is promised for this kind of question.",
                person(user)
            ),
        },
        Standing::Answered => {
            "There is an answer. If it solves your question, press **Resolve**; if not, just write \
             again."
                .to_owned()
        }
        Standing::Resolved { by } => format!(
            "Resolved by {}. Not solved after all? Just write again, or press **Reopen**.",
            person(by)
        ),
        Standing::Gone => "This thread is gone.".to_owned(),
    };
    let promised = face.promised.as_ref();
    let promised = promised.map_or_else(String::new, |promised| {
        format!("\n{}", promise::on_card(promised))
    });
    match face.standing {
        Standing::Waiting { .. } | Standing::Unpromised => {
            format!("{urgent}{line}{promised}\n{WHO_SPEAKS}")
        }
        Standing::Answered => format!("{line}{promised}"),
        Standing::Resolved { .. } | Standing::Gone => line,
    }
}

fn waiting(
    clock: ClockKind,
    state: ClockState,
    due_at: Timestamp,
    claimed_by: Option<UserId>,
) -> String {
    let due = by(due_at);
    if state == ClockState::Overdue {
        return match claimed_by {
            None => format!(
                "This is later than we promised. An answer was due {due}. The team has been told, \
                 and this stays open until somebody answers."
            ),
            Some(user) => format!(
                "This is later than we promised. An answer was due {due}. {} is on it, and \
                 this stays open until it is answered.",
                person(user)
            ),
        };
    }
    let noted = match clock {
        // The last two are never shown: what is waited for is an answer.
        ClockKind::FirstResponse | ClockKind::Resolution | ClockKind::Promise => "",
        ClockKind::NextResponse => "Your new message is noted. ",
        ClockKind::SecondLook => {
            "Nobody has said yet that the answer helped, so the team takes a second look; if it \
             did, press **Resolve**. "
        }
    };
    let reminded = if state == ClockState::AtRisk {
        " The team has been reminded."
    } else {
        ""
    };
    match claimed_by {
        None => format!("{noted}A human will answer by {due}.{reminded}"),
        Some(user) => format!(
            "{noted}{} is on it. You will have an answer by {due}.",
            person(user)
        ),
    }
}
