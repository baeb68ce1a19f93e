//! What is said once in a ticket's thread.

use super::person;
use crate::domain::ids::UserId;

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
