//! Messages, on the gateway and over REST alike. Of their text only a few words are looked at, for
//! whether they need an answer, and then forgotten: what is not kept cannot be lost.

use std::fmt;

use serde::de::{IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Snowflake, User};
use crate::domain::Timestamp;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{MessageId, RoleId, ThreadId, UserId};
use crate::domain::no_reply::LONGEST;
use crate::domain::offer::says_bug;
use crate::ledger::intent::{Author, Intent, MessageSeen};

/// An ordinary message. Source: Discord's docs, "Message Types".
const DEFAULT: u64 = 0;
/// An answer that quotes another message.
const REPLY: u64 = 19;
/// The first entry of a thread that was made from a message: it has no words of its own and points
/// to that message, which stands in the parent channel and has the thread's id.
const THREAD_STARTER: u64 = 21;

/// A message.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// Its id, which carries its instant.
    pub id: Snowflake,
    /// The channel or thread it stands in.
    pub channel_id: Snowflake,
    /// Its guild; only on the gateway, and absent in direct messages.
    pub guild_id: Option<Snowflake>,
    /// The kind of channel it stands in; only on the gateway, and not always.
    pub channel_type: Option<u64>,
    /// Who wrote it.
    pub author: User,
    /// The author as a member of the guild; only on the gateway, and not for webhooks.
    pub member: Option<Roles>,
    /// Set when a webhook wrote it.
    pub webhook_id: Option<Snowflake>,
    /// What kind of message it is.
    #[serde(rename = "type")]
    pub kind: u64,
    /// What it says. Empty unless the bot asked Discord for the text of messages.
    #[serde(default)]
    content: Few,
    /// What hangs on it.
    #[serde(default)]
    attachments: Vec<IgnoredAny>,
    /// The message it answers or points to, where Discord sends it along.
    pub referenced_message: Option<Quoted>,
}

/// How a message stands after it was edited.
#[derive(Debug, Deserialize)]
pub struct Edited {
    /// Its id.
    pub id: Snowflake,
    /// The channel or thread it stands in.
    pub channel_id: Snowflake,
    /// Its guild; only on the gateway.
    pub guild_id: Option<Snowflake>,
    /// When its author last edited it, if ever: Discord itself only adds what links show.
    #[serde(rename = "edited_timestamp")]
    at: Option<Timestamp>,
    #[serde(default)]
    content: Few,
    /// What hangs on it; not there where an event has only what has changed.
    attachments: Option<Vec<Attached>>,
}

#[derive(Debug, Deserialize)]
struct Attached {
    id: Snowflake,
}

impl Edited {
    /// That its author edited it, as the ledger takes it, and which files are left. A message without
    /// both text and files is one of which Discord shows us neither.
    pub fn intents(&self) -> Vec<Intent> {
        let Some(at) = self.at else {
            return Vec::new();
        };
        let (thread, message) = (ThreadId(self.channel_id.0), MessageId(self.id.0));
        let files = self.attachments.iter().filter(|files| {
            let has_text = self.content.0.as_ref().is_none_or(|text| !text.is_empty());
            has_text || !files.is_empty()
        });
        let files = files.map(|files| Intent::FilesLeft {
            thread,
            message,
            files: files.iter().map(|file| file.id.0).collect(),
        });
        let edited = Intent::MessageEdited {
            thread,
            message,
            at,
        };
        std::iter::once(edited).chain(files).collect()
    }
}

/// A text, if it is short; a longer one is not even copied.
#[derive(Default)]
struct Few(Option<String>);

impl fmt::Debug for Few {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<'de> Deserialize<'de> for Few {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Short;

        impl Visitor<'_> for Short {
            type Value = Few;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Few, E> {
                Ok(Few((text.len() <= LONGEST).then(|| text.to_owned())))
            }
        }

        from.deserialize_str(Short)
    }
}

/// A message that another one quotes.
#[derive(Debug, Deserialize)]
pub struct Quoted {
    /// Its id.
    pub id: Snowflake,
    /// Who wrote it.
    pub author: User,
    /// Set when a webhook wrote it.
    pub webhook_id: Option<Snowflake>,
    /// What kind of message it is.
    #[serde(rename = "type")]
    pub kind: u64,
}

/// The roles of a member.
#[derive(Clone, Debug, Deserialize)]
pub struct Roles {
    /// All of them, except the one that everybody has.
    pub roles: Vec<Snowflake>,
}

impl Roles {
    /// Those of them by which a policy of the guild chooses, as something to record of whoever wrote
    /// this message; `None` when there are none.
    pub fn held_by(
        &self,
        settings: &GuildSettings,
        thread: ThreadId,
        message: MessageId,
    ) -> Option<Intent> {
        let held: Vec<RoleId> = self.roles.iter().map(|role| RoleId(role.0)).collect();
        let roles = settings.asker_roles(&held);
        (!roles.is_empty()).then_some(Intent::RolesHeld {
            thread,
            message,
            roles,
        })
    }

    /// Whether one of these is among them.
    pub fn hold_any(&self, wanted: &[RoleId]) -> bool {
        self.roles
            .iter()
            .any(|role| wanted.contains(&RoleId(role.0)))
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A person.
    Person(UserId),
    /// A bot, a webhook, or Discord itself.
    Machine,
}

impl Writer {
    fn of(author: &User, webhook: Option<Snowflake>, kind: u64) -> Self {
        let machine = author.is_machine() || webhook.is_some() || !matches!(kind, DEFAULT | REPLY);
        if machine {
            Self::Machine
        } else {
            Self::Person(author.id.into())
        }
    }

    /// The author as the ledger knows it.
    pub fn author(self, staff: bool) -> Author {
        match self {
            Self::Person(user) => Author::Human { user, staff },
            Self::Machine => Author::Machine,
        }
    }
}

impl Message {
    /// Who wrote it.
    pub fn writer(&self) -> Writer {
        Writer::of(&self.author, self.webhook_id, self.kind)
    }

    /// What it says, if it says that it needs no answer.
    pub fn spares_reply(&self, settings: &GuildSettings) -> Option<Intent> {
        let text = self.content.0.as_deref()?;
        let spares = self.attachments.is_empty() && settings.no_reply.covers(text);
        spares.then_some(Intent::ReplySpared {
            thread: ThreadId(self.channel_id.0),
            message: MessageId(self.id.0),
        })
    }

    /// What it says, if it is the team's and says that this is a bug.
    pub fn says_bug(&self, staff: bool) -> Option<Intent> {
        let Writer::Person(by) = self.writer() else {
            return None;
        };
        let says = staff && says_bug(self.content.0.as_deref()?);
        says.then_some(Intent::BugSaid {
            thread: ThreadId(self.channel_id.0),
            message: MessageId(self.id.0),
            by,
        })
    }

    /// The message itself, as the ledger takes it.
    pub fn seen(&self, staff: bool) -> MessageSeen {
        MessageSeen {
            thread: ThreadId(self.channel_id.0),
            message: MessageId(self.id.0),
            author: self.writer().author(staff),
        }
    }

    /// The question of a thread that was made from a message, when this entry points to it and
    /// Discord sent it along. A reply quotes messages as well, but those stand in the thread.
    pub fn starter(&self) -> Option<MessageSeen> {
        let quoted = self.referenced_message.as_ref()?;
        let points_up = self.kind == THREAD_STARTER && quoted.id == self.channel_id;
        let writer = Writer::of(&quoted.author, quoted.webhook_id, quoted.kind);
        points_up.then(|| starter(ThreadId(self.channel_id.0), writer))
    }

    /// This message as the question of the thread that was made from it: it stands in the parent
    /// channel and has the thread's id.
    pub fn as_starter(&self) -> MessageSeen {
        starter(ThreadId(self.id.0), self.writer())
    }
}

/// The first message of a thread is its asker's, whatever roles the asker holds, and nothing in a
/// ticket depends on them. Saying `false` spares a question to Discord and is the same however the
/// message was found.
fn starter(thread: ThreadId, writer: Writer) -> MessageSeen {
    MessageSeen {
        thread,
        message: MessageId(thread.0),
        author: writer.author(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(value: serde_json::Value) -> Message {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn people_write_messages_and_replies() {
        for kind in [0, 19] {
            let found = message(json!({
                "id": "10", "channel_id": "20", "type": kind, "author": {"id": "5"}
            }));
            assert_eq!(found.writer(), Writer::Person(UserId(5)), "{kind}");
        }
    }

    #[test]
    fn bots_webhooks_and_discord_are_machines() {
        for machine in [
            json!({"id": "10", "channel_id": "20", "type": 0, "author": {"id": "5", "bot": true}}),
            json!({"id": "10", "channel_id": "20", "type": 0, "author": {"id": "5", "system": true}}),
            json!({"id": "10", "channel_id": "20", "type": 0, "author": {"id": "5"}, "webhook_id": "5"}),
            json!({"id": "10", "channel_id": "20", "type": 4, "author": {"id": "5"}}),
            json!({"id": "10", "channel_id": "20", "type": 21, "author": {"id": "5"}}),
            json!({"id": "10", "channel_id": "20", "type": 9999, "author": {"id": "5"}}),
        ] {
            assert_eq!(
                message(machine.clone()).writer(),
                Writer::Machine,
                "{machine}"
            );
        }
    }

    #[test]
    fn a_starter_entry_brings_the_question() {
        let entry = message(json!({
            "id": "30", "channel_id": "20", "type": 21, "author": {"id": "6"},
            "referenced_message": {"id": "20", "type": 0, "author": {"id": "5"}}
        }));
        let question = entry.starter().unwrap();
        assert_eq!(
            (question.thread, question.message),
            (ThreadId(20), MessageId(20))
        );
        assert_eq!(
            question.author,
            Author::Human {
                user: UserId(5),
                staff: false
            }
        );
        assert_eq!(entry.seen(true).author, Author::Machine);
    }

    #[test]
    fn a_reply_brings_no_question() {
        let reply = message(json!({
            "id": "30", "channel_id": "20", "type": 19, "author": {"id": "6"},
            "referenced_message": {"id": "20", "type": 0, "author": {"id": "5"}}
        }));
        assert_eq!(reply.starter(), None);
        let lost = message(json!({
            "id": "30", "channel_id": "20", "type": 21, "author": {"id": "6"},
            "referenced_message": null
        }));
        assert_eq!(lost.starter(), None);
    }
}
