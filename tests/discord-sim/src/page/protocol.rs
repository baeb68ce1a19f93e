//! What browser and server say to each other, as JSON in text frames: a [`Request`] at a time up,
//! a list of [`Frame`]s at a time down.
//!
//! Ids are strings, as everywhere in Discord's API.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// A frame of the browser is at most this long; a message of 2000 characters fits many times.
pub(super) const LONGEST_FRAME: usize = 64 * 1024;

/// A snowflake, written as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub(super) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map(Self)
            .map_err(|_| de::Error::custom("an id is a string of digits"))
    }
}

/// A wish with its number.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) n: u64,
    #[serde(flatten)]
    pub(super) wish: Wish,
}

/// What a browser may ask for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Wish {
    /// Look through this person's eyes from now on, at this channel.
    Be {
        person: Id,
        channel: Option<Id>,
    },
    /// Open a channel, thread or direct conversation.
    Open {
        channel: Option<Id>,
    },
    /// Show more of the past of what is open.
    Older,
    /// Everything up to this message was read.
    Read {
        channel: Id,
        message: Id,
    },
    /// The side panel is (not) on screen.
    Panel {
        on: bool,
    },

    Post {
        channel: Id,
        content: String,
        reply_to: Option<Id>,
        #[serde(default = "yes")]
        ping: bool,
    },
    /// A new post in a forum.
    Ask {
        forum: Id,
        name: String,
        content: String,
        #[serde(default)]
        tags: Vec<Id>,
    },
    /// A thread on a message of a text channel.
    Branch {
        channel: Id,
        message: Id,
        name: String,
    },
    Edit {
        channel: Id,
        message: Id,
        content: String,
    },
    Delete {
        channel: Id,
        message: Id,
    },
    React {
        channel: Id,
        message: Id,
        emoji: String,
        on: bool,
    },
    Pin {
        channel: Id,
        message: Id,
        on: bool,
    },
    /// Change a thread: what is left out stays.
    Thread {
        channel: Id,
        name: Option<String>,
        archived: Option<bool>,
        locked: Option<bool>,
        pinned: Option<bool>,
        tags: Option<Vec<Id>>,
    },
    Join {
        channel: Id,
    },
    Leave {
        channel: Id,
    },
    /// Open the direct conversation with somebody.
    Direct {
        person: Id,
    },

    /// Run a slash command.
    Run {
        channel: Id,
        #[serde(flatten)]
        form: CommandForm,
    },
    /// Ask for suggestions for the option `focused`.
    Complete {
        channel: Id,
        focused: String,
        #[serde(flatten)]
        form: CommandForm,
    },
    /// An entry of a message's menu, by name.
    OnMessage {
        channel: Id,
        message: Id,
        entry: String,
    },
    /// An entry of a person's menu, by name.
    OnPerson {
        channel: Id,
        person: Id,
        entry: String,
    },
    Click {
        channel: Id,
        message: Id,
        custom_id: String,
    },
    Choose {
        channel: Id,
        message: Id,
        custom_id: String,
        values: Vec<String>,
    },
    /// Submit the modal window that this interaction opened.
    Submit {
        interaction: Id,
        fields: Vec<(String, String)>,
    },

    /// Turn the clock to an instant.
    Turn {
        to: DateTime<Utc>,
    },
    /// Let the clock run at this speed; 0: as it does by itself.
    Speed {
        times: u32,
    },
    /// Play a scene, or (with `step`) only what comes next in it.
    Scene {
        scene: usize,
        #[serde(default)]
        step: bool,
    },
}

/// A slash command, filled in.
#[derive(Debug, Deserialize)]
pub(super) struct CommandForm {
    pub(super) command: Id,
    /// The subcommand group and subcommand, if any.
    #[serde(default)]
    pub(super) path: Vec<String>,
    /// Names and values of options, as typed; people, roles and channels by id.
    #[serde(default)]
    pub(super) options: Vec<(String, String)>,
}

fn yes() -> bool {
    true
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Frame {
    /// The answer to a request.
    Answer {
        /// Its number.
        to: Option<u64>,
        #[serde(skip_serializing_if = "Value::is_null")]
        value: Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A part of the screen as it is now.
    Part { name: &'static str, value: Value },
    /// A part that is a list of rows with ids: what is new or changed, and what is gone.
    Rows {
        name: &'static str,
        /// Forget the rows there are: these are all.
        fresh: bool,
        put: Vec<Value>,
        gone: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let text = r#"{"n": 3, "do": "complete", "channel": "5", "focused": "text", "command": "7",
            "options": [["page", "2"], ["text", "pa"]]}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        assert_eq!(request.n, 3);
        let Wish::Complete {
            channel,
            focused,
            form,
        } = request.wish
        else {
            panic!("{:?}", request.wish);
        };
        assert_eq!(
            (channel, focused.as_str(), form.command),
            (Id(5), "text", Id(7))
        );
        assert!(form.path.is_empty());
        assert_eq!(form.options[1], ("text".to_owned(), "pa".to_owned()));
    }

    #[test]
    fn nonsense_is_no_request() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"n":1,"do":"fly"}"#,
            r#"{"n":1,"do":"open","channel":5}"#,
        ] {
            assert!(serde_json::from_str::<Request>(text).is_err(), "{text}");
        }
    }
}
