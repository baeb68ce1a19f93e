//! What the bot tells the moderators about itself.

use super::{Stamp, channel, count, thread};
use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, ThreadId};

/// The bot was away and has caught up.
pub fn away(
    from: Timestamp,
    until: Timestamp,
    threads: usize,
    overdue: usize,
    at_risk: usize,
) -> String {
    let caught_up = match threads {
        0 => "Nothing happened in the threads meanwhile".to_owned(),
        n => format!(
            "{} caught up",
            count(n, "thread had news and is", "threads had news and are")
        ),
    };
    let fell_due = match (overdue, at_risk) {
        (0, 0) => "no promise came at risk.".to_owned(),
        (late, 0) => format!("{late} fell overdue."),
        (0, soon) => format!("{soon} came at risk."),
        (late, soon) => format!("{late} fell overdue and {soon} came at risk."),
    };
    format!(
        "I was away from {} to {}. {caught_up}; {fell_due}",
        Stamp::Full(from),
        Stamp::Full(until)
    )
}

/// Something that only a person can mend.
pub fn trouble(sentence: &str) -> String {
    format!("**Something needs your hand.** {sentence}")
}

/// A thread cannot be read, for hours.
pub fn unreadable(place: ThreadId, since: Timestamp) -> String {
    format!(
        "Since {} Discord answers with an error whenever I want to read {}, so I may have missed what \
         was written there before. Please look whether somebody waits for an answer. I hear what is \
         written from now on, and go on trying to read the rest.",
        Stamp::Full(since),
        thread(place),
    )
}

/// The disk did not take our writes for a while, and does again.
pub fn disk_recovered(from: Timestamp, until: Timestamp) -> String {
    format!(
        "The disk refused my notes from {} to {}. It takes them again, and what happened meanwhile \
         is being caught up. Please look at its free space.",
        Stamp::Full(from),
        Stamp::Full(until),
    )
}

/// The bot may not do in a channel what it has to do there.
pub fn not_permitted(place: ChannelId) -> String {
    let place = channel(place);
    format!(
        "I may not write in {place}. Please give me View Channel, Send Messages, Send Messages in \
         Threads and Read Message History there; until then people wait for what I had to say."
    )
}

/// A channel of the settings is gone.
pub fn channel_gone(place: ChannelId) -> String {
    format!(
        "The channel with the id {place}, where I have to write, does not exist any more. Please name another \
         one in my settings."
    )
}
