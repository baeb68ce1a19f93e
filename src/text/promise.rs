//! A date that somebody on the team gives in public.

use super::{Stamp, by, clean, person};
use crate::domain::Timestamp;
use crate::domain::decision::Promised;
use crate::domain::ids::UserId;
use crate::domain::when::{Reading, When};

/// How much of what is promised is shown.
pub const NOTE_LENGTH: usize = 400;

/// Gives the date.
pub const YES: &str = "Promise it";
/// Does not.
pub const NO: &str = "Leave it";
/// What was promised is done.
pub const KEPT: &str = "It is kept";
/// It cannot be kept.
pub const WITHDRAW: &str = "Take it back";

/// A note without a date.
pub const NO_DATE: &str =
    "Please say by when as well, like `until: tomorrow 15:00`. Nothing was promised.";
/// More than a year ahead.
pub const TOO_FAR: &str =
    "That is more than a year ahead; promise a nearer date. Nothing was promised.";
/// Nobody would be told.
pub const NO_POLICY: &str = "No policy in my settings is for this thread, so I could remind \
    nobody. Please write the date into the thread yourself, or ask a moderator to add a policy.";
/// The button was pressed before, or the day is over.
pub const NO_OFFER: &str = "This date was decided on already, or was asked for more than a day \
    ago. Use `/promise` again if it is still wanted.";
/// Somebody else's.
pub const NOT_YOURS: &str = "Only the person who typed this date can promise it.";
/// It was left.
pub const LEFT: &str = "Nothing was promised.";
/// It stands in the thread.
pub const GIVEN: &str = "Promised. It stands in the thread, and you are reminded in time.";
/// It was said in the thread that it is kept.
pub const NOTED_KEPT: &str = "Noted, and said in the thread: it is kept.";
/// It was said in the thread that it is taken back.
pub const NOTED_WITHDRAWN: &str =
    "It is taken back, and the thread says so. If you can, give another date with `/promise`.";
/// There is nothing to show.
pub const NONE: &str = "Nothing is promised here. Give a date with `/promise`, like \
    `until: tomorrow 15:00` and `note: the fix`.";

/// The clock on the wall shows it twice.
pub fn ambiguous(when: &When) -> String {
    let local = when.local();
    format!(
        "The clocks in {} show {} twice on that day. Please write which you mean, like `{}`.",
        local.timezone(),
        local.format("%H:%M"),
        local.format("%Y-%m-%d %H:%M %:z")
    )
}

/// What will be said, before it counts.
pub fn offer(when: &When, note: &str, instead_of: Option<Timestamp>) -> String {
    let date = |date: chrono::NaiveDate| date.format("%A, %-d %B").to_string();
    let understood = match when.understood_as {
        Reading::Closing(_) => " That is when support hours end on that day.".to_owned(),
        Reading::NextSupportDay { closed, on } => format!(
            " There is no support on {}, so that is the end of {}.",
            date(closed),
            date(on)
        ),
        Reading::Instant | Reading::FromNow | Reading::WallClock => String::new(),
    };
    let instead = instead_of.map_or_else(String::new, |before| {
        format!(
            " It takes the place of {}, which was promised before.",
            Stamp::Full(before)
        )
    });
    format!(
        "Shall I say in this thread that you promise this by {}?{}\nI understood {} in {}.{understood}{instead}",
        by(when.at),
        quoted(note),
        when.local().format("%a %-d %b %Y %H:%M"),
        when.local().timezone(),
    )
}

/// What stands, for whoever may do something about it.
pub fn stands(promised: &Promised) -> String {
    let lapsed = if promised.lapsed {
        " That has passed."
    } else {
        ""
    };
    format!(
        "{} promised something here by {}.{lapsed} Is it done, or can it not be kept? Another date \
         is given with `/promise until:`.",
        person(promised.by),
        by(promised.until)
    )
}

/// In the thread: a date.
pub fn given(who: UserId, until: Timestamp, note: &str, instead_of: Option<Timestamp>) -> String {
    let instead = instead_of.map_or_else(String::new, |before| {
        format!("\nBefore, {} was promised.", Stamp::Full(before))
    });
    format!(
        "{} promises this by {}.{}{instead}\n-# I keep the date and remind {} in time.",
        person(who),
        by(until),
        quoted(note),
        person(who)
    )
}

/// In the thread: it is done.
pub fn kept(who: UserId, until: Timestamp, late: bool) -> String {
    let late = if late { ", which was too late" } else { "" };
    format!(
        "{} says that what was promised by {} is done{late}. If something is missing, just write.",
        person(who),
        Stamp::Full(until)
    )
}

/// In the thread: it cannot be kept.
pub fn withdrawn(who: UserId, until: Timestamp) -> String {
    format!(
        "{} takes back what was promised by {}: it can't be kept. Your question stays open.",
        person(who),
        Stamp::Full(until)
    )
}

/// The line of a card.
pub fn on_card(promised: &Promised) -> String {
    let (who, until) = (person(promised.by), by(promised.until));
    if promised.lapsed {
        format!("{who} promised this by {until}, which was not kept. The team has been told.")
    } else {
        format!("{who} promised this by {until}.")
    }
}

fn quoted(note: &str) -> String {
    let note = clean::plain(note, NOTE_LENGTH);
    if note.is_empty() {
        String::new()
    } else {
        format!("\n> {note}")
    }
}
