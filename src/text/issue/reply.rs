//! A message of a thread as a comment on its issue.

use std::fmt::Write as _;

use super::attached::{left_out, linked};
use super::body::{Conversation, Part, without_secrets};
use super::length::{BODY_LIMIT, cut};
use super::quiet::quiet;
use crate::text::clean;

/// What a message says, with its files, and how many secrets were taken out of it; `link` leads to it.
pub fn reply(part: &Part, link: &str) -> (String, u32) {
    let conversation = Conversation {
        question: vec![part.clone()],
        ..Conversation::default()
    };
    let (clean, secrets) = without_secrets(&conversation);
    let mut text = String::new();
    // Writing to a String cannot fail.
    for part in &clean.question {
        write!(
            text,
            "**{}**{} in [the help thread]({link}):\n\n{}",
            clean::plain(&part.author, 40),
            if part.staff { " (team)" } else { "" },
            quiet(&part.content, &part.names).trim(),
        )
        .unwrap_or_default();
        if !part.attachments.is_empty() {
            text.push_str("\n\nAttached:\n");
        }
        for file in &part.attachments {
            let entry = match &file.link {
                Some(link) => linked(file, link),
                None => left_out(file),
            };
            write!(text, "\n* {entry}").unwrap_or_default();
        }
    }
    let text = cut(&text, BODY_LIMIT - 1_000);
    let end = "<sub>Brought here by a bot, and changed when it is edited there.</sub>";
    (format!("{text}\n\n{end}"), secrets)
}
