//! A message as somebody sees it.

use serde_json::Value;

use super::components::{labels, text};
use crate::interactions::Place;
use crate::validate::rules::{list, walk};
use crate::world::Message;

/// A message on a person's screen, as it was when they looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub(super) place: Place,
    pub(super) channel: u64,
    pub(super) author: u64,
    /// The account of the author is a bot's.
    pub(super) by_bot: bool,
    pub(super) flags: u64,
    pub(super) content: String,
    pub(super) embeds: Vec<Value>,
    pub(super) components: Vec<Value>,
    pub(super) attachments: Vec<Value>,
    pub(super) edited: bool,
    pub(super) reply_to: Option<u64>,
}

impl Seen {
    pub(super) fn new(place: Place, message: &Message, by_bot: bool) -> Self {
        Self {
            place,
            channel: message.channel,
            author: message.author,
            by_bot,
            flags: message.flags,
            content: message.content.clone(),
            embeds: message.embeds.clone(),
            components: message.components.clone(),
            attachments: message.attachments.clone(),
            edited: message.edited_at.is_some(),
            reply_to: message.reference.and_then(|reference| reference.message),
        }
    }

    pub fn id(&self) -> u64 {
        self.place.message()
    }

    pub fn channel(&self) -> u64 {
        self.channel
    }

    pub fn author(&self) -> u64 {
        self.author
    }

    pub fn is_by_bot(&self) -> bool {
        self.by_bot
    }

    /// "Only you can see this".
    pub fn is_whisper(&self) -> bool {
        matches!(self.place, Place::Whisper(_))
    }

    /// "… is thinking".
    pub fn is_thinking(&self) -> bool {
        self.flags & crate::world::flag::LOADING != 0
    }

    pub fn is_edited(&self) -> bool {
        self.edited
    }

    /// The message it answers.
    pub fn reply_to(&self) -> Option<u64> {
        self.reply_to
    }

    /// The text above embeds and components.
    pub fn content(&self) -> &str {
        &self.content
    }

    pub fn embeds(&self) -> &[Value] {
        &self.embeds
    }

    pub fn components(&self) -> &[Value] {
        &self.components
    }

    /// The labels of its buttons, in order.
    pub fn buttons(&self) -> Vec<String> {
        labels(&self.components)
    }

    /// Everything a person can read in it, from top to bottom, one piece per line: content, embeds,
    /// text components, `[buttons]`.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content.clone()];
        for embed in &self.embeds {
            lines.push(text(embed, "title").to_owned());
            lines.push(text(embed, "description").to_owned());
            for field in list(embed, "fields") {
                lines.push(format!("{}: {}", text(field, "name"), text(field, "value")));
            }
            let footer = embed.get("footer").unwrap_or(&Value::Null);
            lines.push(text(footer, "text").to_owned());
        }
        walk(&self.components, &mut |component| {
            lines.push(text(component, "content").to_owned());
            let label = text(component, "label");
            if !label.is_empty() {
                lines.push(format!("[{label}]"));
            }
            lines.push(text(component, "placeholder").to_owned());
        });
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Whether a person can read these words in it.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whisper = if self.is_whisper() {
            " (only for them)"
        } else {
            ""
        };
        write!(
            f,
            "{} in {} by {}{whisper}: {}",
            self.id(),
            self.channel,
            self.author,
            self.text()
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_what_a_reader_reads() {
        let seen = Seen {
            place: Place::Whisper(1),
            channel: 2,
            author: 3,
            by_bot: true,
            flags: 0,
            content: "Hello".to_owned(),
            embeds: vec![json!({"title": "Queue", "fields": [{"name": "at risk", "value": "2"}]})],
            components: vec![json!({"type": 17, "components": [
                {"type": 10, "content": "a card"},
                {"type": 1, "components": [{"type": 2, "label": "Claim", "custom_id": "c"}]},
            ]})],
            attachments: Vec::new(),
            edited: false,
            reply_to: None,
        };
        assert_eq!(seen.text(), "Hello\nQueue\nat risk: 2\na card\n[Claim]");
        assert_eq!(seen.buttons(), ["Claim"]);
        assert!(seen.says("at risk"));
    }
}
