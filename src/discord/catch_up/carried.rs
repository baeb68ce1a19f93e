//! What became of messages that were said on an issue, or whose files went along with one.

use std::collections::BTreeSet;

use super::Failed;
use super::round::Round;
use crate::discord::api::{self, PAGE};
use crate::domain::ids::{MessageId, ThreadId};
use crate::ledger::intent::Intent;

impl Round<'_> {
    /// Reads a thread up to the last such message: what was edited is followed, what is no longer there
    /// was deleted. Of those before the page nothing is known.
    pub(super) async fn follow_carried(
        &self,
        thread: ThreadId,
        in_forum: bool,
        carried: &BTreeSet<MessageId>,
    ) -> Result<(), Failed> {
        let Some(last) = carried.last() else {
            return Ok(());
        };
        let page = api::list_messages_up_to(self.rest, thread, *last).await?;
        if page.is_empty() {
            // Whoever may not read the history is shown nothing, too.
            return Ok(());
        }
        let there: BTreeSet<MessageId> = page.iter().map(|it| MessageId(it.id.0)).collect();
        for message in &page {
            if carried.contains(&MessageId(message.id.0)) {
                for intent in message.intents() {
                    self.send(intent).await?;
                }
            }
        }
        let first = there.first().filter(|_| page.len() >= PAGE);
        let is_gone = |message: &MessageId| {
            // The question of a text channel's thread stands elsewhere.
            (in_forum || message.0 != thread.0)
                && Some(message) > first
                && *message < self.settled_before
                && !there.contains(message)
        };
        let messages: Vec<MessageId> = carried.iter().copied().filter(is_gone).collect();
        if messages.is_empty() {
            return Ok(());
        }
        self.send(Intent::MessagesDeleted { thread, messages })
            .await
    }
}
