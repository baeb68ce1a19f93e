//! What is said once in a ticket's thread.

use super::{clean, person};
use crate::domain::ids::UserId;

/// How much of what is broken is shown.
const WHAT_LENGTH: usize = 400;

/// The button that explains the ticket.
pub const WHY: &str = "Why?";

/// A claim has ended because its holder stayed silent.
pub fn claim_lapsed(by: UserId) -> String {
    format!(
        "{} had this one and could not get to it, so it is back in the team's queue: somebody \
         else can take it now. What was promised stays promised.",
        person(by)
    )
}

/// The asker is reminded that there is an answer.
pub fn asker_reminded(asker: UserId, before: u8) -> String {
    let who = person(asker);
    if before == 0 {
        format!(
            "{who}, did the answer help? If it did, press **Resolve**; if not, just write what is \
             still missing. There is no hurry."
        )
    } else {
        format!(
            "{who}, in case it got lost: there is an answer for you here. Should something be \
             missing, just write, whenever it suits you; this stays open, and I won't ask again."
        )
    }
}

/// The asker has said that production is down.
pub fn production_down(by: UserId, what: &str) -> String {
    format!(
        "**Production is down**, says {}: {}\nWhoever is on duty has been called.",
        person(by),
        clean::plain(what, WHAT_LENGTH)
    )
}
