//! Every sentence a person reads.
//!
//! Short, kind and honest: no sentence pretends that the bot is a person, promises what nobody
//! promised, or carries text from people. Threads and people are named by Discord's own links
//! (`<#…>`, `<@…>`); the little text that comes from elsewhere goes through [`clean`].

pub mod alert;
pub mod answer;
pub mod card;
pub mod clean;
pub mod critical;
pub mod doctor;
pub mod due;
pub mod ground;
pub mod issue;
pub mod notice;
pub mod promise;
pub mod queue;
pub mod remark;
pub mod report;
pub mod rota;
pub mod settings;
pub mod triage;
pub mod why;

use std::fmt;

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, GuildId, MessageId, RoleId, ThreadId, UserId};

/// How long a message's content may be, in characters. Source: Discord's reference, "Create
/// Message".
pub const CONTENT_LIMIT: usize = 2_000;

/// An instant that each reader sees in a zone and language of their own.
#[derive(Clone, Copy, Debug)]
pub enum Stamp {
    /// "Monday, 23 November 2026 17:00".
    Full(Timestamp),
    /// "17:00".
    Time(Timestamp),
    /// "in 3 hours", counting on while the message stands.
    Relative(Timestamp),
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, style) = match self {
            Self::Full(at) => (at, 'F'),
            Self::Time(at) => (at, 't'),
            Self::Relative(at) => (at, 'R'),
        };
        // Whole seconds, rounded towards the past: a promise never looks longer than it is.
        write!(f, "<t:{}:{style}>", at.timestamp())
    }
}

/// "Monday, 23 November 2026 17:00 (in 3 hours)".
pub(crate) fn by(at: Timestamp) -> String {
    format!("{} ({})", Stamp::Full(at), Stamp::Relative(at))
}

/// Names a person. Whether it pings is decided by the message's allowed mentions alone.
pub(crate) fn person(user: UserId) -> String {
    format!("<@{user}>")
}

/// Names a role.
pub(crate) fn role(role: RoleId) -> String {
    format!("<@&{role}>")
}

/// Names a thread, as a link.
pub(crate) fn thread(thread: ThreadId) -> String {
    format!("<#{thread}>")
}

/// Names a channel, as a link.
pub(crate) fn channel(channel: ChannelId) -> String {
    format!("<#{channel}>")
}

/// A link to a message.
pub(crate) fn message_link(guild: GuildId, thread: ThreadId, message: MessageId) -> String {
    format!("https://discord.com/channels/{guild}/{thread}/{message}")
}

/// A link to a thread.
pub(crate) fn thread_link(guild: GuildId, thread: ThreadId) -> String {
    format!("https://discord.com/channels/{guild}/{thread}")
}

/// A text that is not too long as it is, else its first lines, as many as fit, and `more`.
pub(crate) fn whole_lines(text: &str, limit: usize, more: &str) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut room = limit.saturating_sub(more.chars().count());
    let mut kept = String::new();
    for line in text.lines() {
        let length = line.chars().count() + 1;
        if length > room {
            break;
        }
        room -= length;
        kept.push_str(line);
        kept.push('\n');
    }
    kept + more
}

/// "1 answer", "2 answers".
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A length in words: "less than a minute", "5 min", "3 h 12 min", "2 days 3 h".
pub(crate) fn length(length: TimeDelta) -> String {
    let minutes = length.num_minutes().max(0);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => {
            let days = if d == 1 {
                "1 day".to_owned()
            } else {
                format!("{d} days")
            };
            if h == 0 {
                days
            } else {
                format!("{days} {h} h")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_never_shows_a_later_second_than_it_means() {
        let at = crate::domain::from_millis(1_795_000_000_999).unwrap();
        assert_eq!(Stamp::Full(at).to_string(), "<t:1795000000:F>");
        let before_1970 = crate::domain::from_millis(-1).unwrap();
        assert_eq!(Stamp::Time(before_1970).to_string(), "<t:-1:t>");
    }

    #[test]
    fn a_long_text_ends_at_the_end_of_a_line() {
        assert_eq!(whole_lines("ab\nçd", 5, "…"), "ab\nçd");
        assert_eq!(whole_lines("ab\nçd\nef", 7, "…"), "ab\nçd\n…");
        assert_eq!(whole_lines("ab\nçd\nef", 6, "…"), "ab\n…");
        assert_eq!(whole_lines("abcdefgh", 6, "…"), "…");
    }

    #[test]
    fn lengths_in_words() {
        let words = |minutes| length(TimeDelta::minutes(minutes));
        assert_eq!(words(-5), "less than a minute");
        assert_eq!(words(0), "less than a minute");
        assert_eq!(words(59), "59 min");
        assert_eq!(words(60), "1 h");
        assert_eq!(words(192), "3 h 12 min");
        assert_eq!(words(1_440), "1 day");
        assert_eq!(words(2 * 1_440 + 185), "2 days 3 h");
    }
}
