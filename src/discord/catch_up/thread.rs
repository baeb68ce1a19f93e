//! Reading one thread.

use std::collections::BTreeSet;

use super::Failed;
use super::round::Round;
use crate::discord::api::{self, Channel, ChannelKind, Message, PAGE, Writer};
use crate::discord::places::Place;
use crate::domain::event::Fact;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, MessageId, ThreadId};
use crate::ledger::intent::{Author, Intent, ThreadSeen};
use crate::store::KnownThread;

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start<'a> {
    /// Nothing of the thread is known: from its first message, its question included.
    Beginning,
    /// After this message; everything up to it is known.
    After(MessageId),
    /// After this message, and what is recorded later is compared with what is there.
    Compare(MessageId, &'a KnownThread),
}

impl Start<'_> {
    fn after(self) -> MessageId {
        match self {
            Self::Beginning => MessageId(0),
            Self::After(message) | Self::Compare(message, _) => message,
        }
    }
}

impl Round<'_> {
    /// Reads a thread and records what is new.
    pub(super) async fn read_thread(
        &self,
        settings: &GuildSettings,
        channel: &Channel,
        seen: ThreadSeen,
        start: Start<'_>,
    ) -> Result<(), Failed> {
        let (thread, parent) = (seen.thread, seen.channel);
        let last = channel.last_message();
        let mut read = Pages::after(start.after());
        if start == Start::Beginning {
            // Nothing of the thread is announced before all of it is read: half a thread that a
            // crash leaves behind would look like a whole one.
            self.read_from_beginning(settings, seen, &mut read).await?;
        } else {
            self.send(Intent::from(seen)).await?;
            self.places.note_tracked(thread, parent);
            if last.is_none_or(|last| last <= start.after()) {
                return Ok(());
            }
            self.read_pages(settings, thread, &mut read).await?;
            self.send_all(&mut read).await?;
        }
        if let Start::Compare(after, known) = start {
            self.compare(known, after, &read).await?;
        }
        // Discord's last message may have been deleted since, and then no page shows it; every
        // page up to it was read all the same. A thread nobody wrote in is read up to its start.
        let up_to = Some(read.up_to).max(last);
        let message = up_to
            .filter(|message| message.0 > 0)
            .unwrap_or(MessageId(thread.0));
        self.send(Intent::ReadUpTo { thread, message }).await
    }

    async fn read_from_beginning(
        &self,
        settings: &GuildSettings,
        seen: ThreadSeen,
        read: &mut Pages,
    ) -> Result<(), Failed> {
        let (thread, parent) = (seen.thread, seen.channel);
        let was_tracked = self.places.find(thread.0) == Place::Tracked;
        read.intents.push(Intent::from(seen));
        self.read_pages(settings, thread, read).await?;
        if !read.has_question {
            let question = self.find_starter(settings, parent, thread).await?;
            read.intents.extend(question);
        }
        self.send_all(read).await?;
        self.places.note_tracked(thread, parent);
        if !was_tracked {
            // What was written while we read came over the gateway before the thread was known,
            // and was dropped; what is written from now on is recorded.
            self.read_pages(settings, thread, read).await?;
            self.send_all(read).await?;
        }
        Ok(())
    }

    /// Reads what is after `read` to the end.
    async fn read_pages(
        &self,
        settings: &GuildSettings,
        thread: ThreadId,
        read: &mut Pages,
    ) -> Result<(), Failed> {
        loop {
            let page = api::list_messages_after(self.rest, thread, read.up_to).await?;
            let before = read.up_to;
            for message in &page {
                let roles = match message.writer() {
                    Writer::Machine => None,
                    Writer::Person(user) => self.members.find(self.rest, settings, user).await?,
                };
                let staff = roles
                    .as_ref()
                    .is_some_and(|roles| roles.hold_any(&settings.staff_roles));
                read.add(message, staff);
                read.intents.extend(message.spares_reply(settings));
                read.intents.extend(message.says_bug(staff));
                let held = roles
                    .and_then(|roles| roles.held_by(settings, thread, MessageId::from(message.id)));
                read.intents.extend(held);
            }
            // A page that does not move on would be asked for without end.
            if page.len() < PAGE || read.up_to <= before {
                return Ok(());
            }
        }
    }

    async fn send_all(&self, read: &mut Pages) -> Result<(), Failed> {
        for intent in read.intents.drain(..) {
            self.send(intent).await?;
        }
        Ok(())
    }

    /// The message a text channel's thread was made from, and the roles of whoever asks there where
    /// a policy wants to know them. There is none for a thread that was made by itself, and none any
    /// more when it was deleted; a forum has none.
    pub(super) async fn find_starter(
        &self,
        settings: &GuildSettings,
        parent: ChannelId,
        thread: ThreadId,
    ) -> Result<Vec<Intent>, Failed> {
        if self.places.find_watched(parent) == Some(ChannelKind::Forum) {
            return Ok(Vec::new());
        }
        let question = match api::find_message(self.rest, parent, MessageId(thread.0)).await {
            Ok(Some(message)) => message.as_starter(),
            Ok(None) => return Ok(Vec::new()),
            // The thread is to be seen and its channel's history is not: told where it is noticed.
            Err(error) if api::is_forbidden(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut intents = vec![Intent::Message(question)];
        let wanted = settings.service_level.asker_roles().next().is_some();
        if let (true, Author::Human { user, .. }) = (wanted, question.author) {
            let roles = self.members.find(self.rest, settings, user).await?;
            let held = roles.and_then(|roles| roles.held_by(settings, thread, question.message));
            intents.extend(held);
        }
        Ok(intents)
    }

    /// Finds what was recorded and is no longer there, among what was read.
    async fn compare(
        &self,
        known: &KnownThread,
        after: MessageId,
        read: &Pages,
    ) -> Result<(), Failed> {
        if read.messages.is_empty() {
            // Whoever may not read the history is shown nothing, too.
            return Ok(());
        }
        let Some(ticket) = self.store.find_ticket_by_thread(known.thread).await? else {
            return Ok(());
        };
        let events = self.store.list_events(ticket.ticket_id).await?;
        let mut deleted = BTreeSet::new();
        for recorded in events {
            match recorded.event.fact {
                Fact::MessagePosted { message, .. }
                    // The question of a text channel's thread stands elsewhere.
                    if message.0 != known.thread.0
                        && message > after
                        && message < self.settled_before
                        && !read.messages.contains(&message) =>
                {
                    deleted.insert(message);
                }
                Fact::MessageDeleted { message } => {
                    deleted.remove(&message);
                }
                _ => {}
            }
        }
        if deleted.is_empty() {
            return Ok(());
        }
        self.send(Intent::MessagesDeleted {
            thread: known.thread,
            messages: deleted.into_iter().collect(),
        })
        .await
    }
}

/// What was read.
#[derive(Debug)]
struct Pages {
    /// The last message read, or where reading started.
    up_to: MessageId,
    messages: BTreeSet<MessageId>,
    /// Whether the question of the thread was among it.
    has_question: bool,
    /// What is to be recorded of it and was not sent yet.
    intents: Vec<Intent>,
}

impl Pages {
    fn after(message: MessageId) -> Self {
        Self {
            up_to: message,
            messages: BTreeSet::new(),
            has_question: false,
            intents: Vec::new(),
        }
    }

    fn add(&mut self, message: &Message, staff: bool) {
        let id = MessageId::from(message.id);
        self.up_to = self.up_to.max(id);
        self.messages.insert(id);
        if let Some(question) = message.starter() {
            self.has_question = true;
            self.intents.push(Intent::Message(question));
        }
        // A forum post's first message has the thread's id.
        self.has_question |= message.id == message.channel_id;
        self.intents.push(Intent::Message(message.seen(staff)));
    }
}
