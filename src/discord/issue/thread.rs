//! A thread as it goes into an issue, read over REST when the preview is made. Nothing of it is kept but
//! the draft.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::discord::Data;
use crate::discord::api::{PAGE, Snowflake};
use crate::discord::deliver::{UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use crate::domain::event::Fact;
use crate::domain::ids::{ChannelId, MessageId, ThreadId, UserId};
use crate::domain::issue::file::Attached;
use crate::gateway::rest::{Path, Request, Rest, RestError};
use crate::store::{StoreError, TicketRow};
use crate::text;
use crate::text::issue::body::{Conversation, Part};

/// An ordinary message, and one that quotes another. Source: Discord's docs, "Message Types".
const ORDINARY: [u64; 2] = [0, 19];
/// The first entry of a thread that was made from a message.
const THREAD_STARTER: u64 = 21;

/// A message with its text.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::discord) struct Quoted {
    id: Snowflake,
    channel_id: Snowflake,
    #[serde(rename = "type", default)]
    kind: u64,
    author: Author,
    #[serde(default)]
    content: String,
    #[serde(default)]
    mentions: Vec<Author>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    webhook_id: Option<Snowflake>,
    referenced_message: Option<Box<Quoted>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Author {
    id: Snowflake,
    username: String,
    global_name: Option<String>,
    #[serde(default)]
    bot: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Attachment {
    id: Snowflake,
    filename: String,
    size: u64,
    url: String,
}

/// Where a file is now.
pub(in crate::discord) enum Where {
    /// At this address.
    At(String),
    /// Discord does not say: it keeps from us what is attached.
    Unsaid,
    /// It is there no more, or its message is not.
    Gone,
}

/// What was read.
pub(super) struct Read {
    pub(super) conversation: Conversation,
    /// How many messages came without their text.
    pub(super) unseen: u32,
}

/// Why a thread could not be read.
pub(super) enum Unread {
    Discord(RestError),
    Store(StoreError),
}

/// Reads the first messages of a ticket's thread. One that a person chose comes with its text in any
/// case.
pub(super) async fn read(
    data: &Data,
    row: &TicketRow,
    chosen: Option<Quoted>,
) -> Result<Read, Unread> {
    let events = data.store.list_events(row.ticket_id).await;
    let staff: BTreeSet<u64> = events
        .map_err(Unread::Store)?
        .into_iter()
        .filter_map(|recorded| match recorded.event.fact {
            Fact::MessagePosted { message, staff, .. } => staff.then_some(message.0),
            _ => None,
        })
        .collect();
    let path = Path::root("channels").id(row.thread.0).then("messages");
    let request = Request::read(path)
        .query("after", "0")
        .query("limit", &PAGE.to_string());
    let messages: Result<Vec<Quoted>, RestError> = data.rest.json(request).await;
    let mut messages = messages.map_err(Unread::Discord)?;
    messages.sort_by_key(|message| message.id);
    let more = messages.len() >= PAGE;
    let mut messages: Vec<Quoted> = messages.into_iter().filter_map(Quoted::spoken).collect();
    if let Some(chosen) = chosen.and_then(Quoted::spoken) {
        match messages.iter_mut().find(|known| known.id == chosen.id) {
            Some(known) => *known = chosen,
            None => messages.insert(0, chosen),
        }
    }
    let unseen = messages.iter().filter(|message| message.is_empty()).count();
    messages.retain(|message| !message.is_empty());
    let asker = row.ticket.asker();
    let by_asker = |message: &Quoted| asker == Some(UserId(message.author.id.0));
    let of_question = messages
        .iter()
        .take_while(|message| by_asker(message))
        .count();
    let mut parts = messages.iter().map(|message| message.part(&staff));
    let question: Vec<Part> = parts.by_ref().take(of_question).collect();
    Ok(Read {
        conversation: Conversation {
            question,
            answers: parts.collect(),
            more,
            link: text::thread_link(row.guild, row.thread),
        },
        unseen: u32::try_from(unseen).unwrap_or(u32::MAX),
    })
}

/// A message with its text, as it is said elsewhere; `None` when it is gone, or Discord keeps its text
/// from us.
pub(in crate::discord) async fn quote(
    rest: &Rest,
    thread: ThreadId,
    message: MessageId,
    staff: bool,
) -> Result<Option<Part>, RestError> {
    let Some(quoted) = find(rest, thread.0, message).await? else {
        return Ok(None);
    };
    let staff = BTreeSet::from_iter(staff.then_some(message.0));
    let spoken = quoted.spoken().filter(|quoted| !quoted.is_empty());
    Ok(spoken.map(|quoted| quoted.part(&staff)))
}

/// Where a file is: its address lasts for a day, and whoever reads the message again gets another.
pub(in crate::discord) async fn locate(rest: &Rest, file: &Attached) -> Result<Where, RestError> {
    let Some(quoted) = find(rest, file.channel.0, file.message).await? else {
        return Ok(Where::Gone);
    };
    if quoted.is_empty() {
        return Ok(Where::Unsaid);
    }
    let mut there = quoted.attachments.into_iter();
    let found = there.find(|attached| attached.id.0 == file.id);
    Ok(found.map_or(Where::Gone, |attached| Where::At(attached.url)))
}

async fn find(rest: &Rest, channel: u64, message: MessageId) -> Result<Option<Quoted>, RestError> {
    let path = Path::root("channels")
        .id(channel)
        .then("messages")
        .id(message.0);
    match rest.json(Request::read(path)).await {
        Ok(quoted) => Ok(Some(quoted)),
        Err(error) if matches!(error.code(), Some(UNKNOWN_MESSAGE | UNKNOWN_CHANNEL)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Quoted {
    /// The message if a person wrote it; for the first entry of a thread that was made from a message,
    /// that message.
    fn spoken(self) -> Option<Self> {
        let message = match self.referenced_message {
            Some(quoted) if self.kind == THREAD_STARTER => *quoted,
            _ => self,
        };
        let human = !message.author.bot && message.webhook_id.is_none();
        (human && ORDINARY.contains(&message.kind)).then_some(message)
    }

    /// Without the Message Content Intent Discord leaves everything out.
    fn is_empty(&self) -> bool {
        self.content.is_empty() && self.attachments.is_empty()
    }

    fn part(&self, staff: &BTreeSet<u64>) -> Part {
        let names: BTreeMap<u64, String> = self
            .mentions
            .iter()
            .map(|person| (person.id.0, person.name().to_owned()))
            .collect();
        Part {
            by: Some(UserId(self.author.id.0)),
            author: self.author.name().to_owned(),
            staff: staff.contains(&self.id.0),
            at: MessageId(self.id.0).instant(),
            content: self.content.clone(),
            names,
            attachments: self
                .attachments
                .iter()
                .map(|file| Attached {
                    id: file.id.0,
                    message: MessageId(self.id.0),
                    channel: ChannelId(self.channel_id.0),
                    name: file.filename.clone(),
                    bytes: file.size,
                    url: file.url.clone(),
                    link: None,
                })
                .collect(),
        }
    }
}

impl Author {
    fn name(&self) -> &str {
        self.global_name.as_deref().unwrap_or(&self.username)
    }
}
