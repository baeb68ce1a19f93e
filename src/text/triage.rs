//! Words for what a ticket is about and what was behind it.

use super::{Stamp, person};
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::triage::{Cause, Kind};

/// The menu after resolving. Source for the length: Discord's reference, 150 characters.
pub const WHAT_CAUSED_IT: &str = "What was behind it? (for the team's figures; may be left out)";
/// A cause of ours without an issue.
pub const NOTHING_DONE_YET: &str =
    "This thread hangs on no issue yet, so nobody works on the cause.";

/// A kind, as it is chosen.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "Question",
        Kind::Bug => "Bug",
        Kind::Feature => "Feature",
    }
}

/// A kind in a sentence.
pub fn a_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "a question",
        Kind::Bug => "a bug",
        Kind::Feature => "a wish for a feature",
    }
}

/// A cause, as it is chosen.
pub fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Bug => "Ours: a bug",
        Cause::Docs => "Ours: the documentation is missing or wrong",
        Cause::Design => "Ours: it is missing, or too hard to use",
        Cause::Theirs => "The asker's own code, settings or machine",
        Cause::Elsewhere => "Somebody else's software or service",
    }
}

/// A cause in a sentence.
pub fn a_cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Bug => "a bug of ours",
        Cause::Docs => "our documentation",
        Cause::Design => "something that is missing or too hard to use",
        Cause::Theirs => "the asker's own code, settings or machine",
        Cause::Elsewhere => "somebody else's software or service",
    }
}

/// In `/why`: somebody said what it is about.
pub fn said_kind(who: UserId, what: Kind, at: Timestamp) -> String {
    format!(
        "- {} said that it is {} {}.",
        person(who),
        a_kind(what),
        Stamp::Full(at)
    )
}

/// In `/why`: somebody said what was behind it.
pub fn said_cause(who: UserId, what: Cause, at: Timestamp) -> String {
    format!(
        "- {} said that behind it was {} {}.",
        person(who),
        a_cause(what),
        Stamp::Full(at)
    )
}

/// In `/why`: it hangs on an issue.
pub fn linked(at: Timestamp) -> String {
    format!("- It hangs on an issue since {}.", Stamp::Full(at))
}

/// In `/why`: a release has the fix.
pub fn shipped(at: Timestamp) -> String {
    format!("- A release with the fix was seen {}.", Stamp::Full(at))
}
