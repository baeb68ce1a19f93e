//! Messages are written, edited and deleted.

use chrono::TimeDelta;
use serde_json::Value;

use super::channels::wrong_kind;
use super::compose::v2_excludes_content;
use super::events::{message_intent, place};
use crate::world::components::check_components;
use crate::world::embeds::check_embeds;
use crate::world::render::{id, ids, put};
use crate::world::{
    AllowedMentions, ApiError, Channel, Message, NewAttachment, NewMessage, Nonce, Outcome,
    Reference, RememberedNonce, World, flag, instant_of, kind, permissions,
};

/// How long a nonce is remembered. Discord says "the past few minutes".
const NONCE_MEMORY: TimeDelta = TimeDelta::minutes(5);

/// What shall change about a message. None: stays.
#[derive(Clone, Debug, Default)]
pub struct MessageEdit {
    pub content: Option<String>,
    pub embeds: Option<Vec<Value>>,
    pub components: Option<Vec<Value>>,
    pub flags: Option<u64>,
    pub allowed_mentions: Option<AllowedMentions>,
    /// All that shall be there afterwards.
    pub attachments: Option<Vec<AttachmentEdit>>,
}

/// An attachment after an edit: one that stays, or a new one.
#[derive(Clone, Debug)]
pub enum AttachmentEdit {
    Kept(u64),
    New(NewAttachment),
}

impl World {
    /// Writes a message: wakes the thread, joins its author, pings whom it may ping.
    ///
    /// With `enforce_nonce`, a second one with the same nonce answers with the first.
    pub fn post_message(&mut self, author: u64, channel: u64, new: NewMessage) -> Outcome<u64> {
        if new.enforce_nonce
            && let Some(nonce) = &new.nonce
            && let Some(first) = self.find_by_nonce(author, channel, nonce)
        {
            self.visible_channel(author, channel)?;
            return Ok(first);
        }
        let message = self.compose(author, channel, new)?;
        Ok(self.store(&message))
    }

    /// Puts a checked message into its channel and tells everybody. Answers with its id.
    pub fn store(&mut self, message: &Message) -> u64 {
        let (id, channel, author) = (message.id, message.channel, message.author);
        if let Some(nonce) = &message.nonce {
            let remembered = RememberedNonce {
                author,
                channel,
                nonce: nonce.clone(),
                message: id,
                at: self.now(),
            };
            self.nonces.push(remembered);
        }
        let in_thread = self
            .channels
            .get(&channel)
            .is_some_and(|it| it.thread.is_some());
        if in_thread {
            // `at` is the message's own instant, so a replayed message wakes the thread when it was written.
            self.at(message.at, |world| world.wake_thread(channel));
            if message.kind != kind::THREAD_STARTER {
                self.count_in_thread(channel, id);
            }
        }
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel.last_message = channel.last_message.max(Some(id));
        }
        self.messages
            .entry(channel)
            .or_default()
            .insert(id, message.clone());
        self.tell_message("MESSAGE_CREATE", message);
        if in_thread && message.webhook.is_none() {
            self.join_thread(channel, author);
        }
        self.ping(message);
        id
    }

    /// A message that Discord writes in somebody's name.
    pub fn add_system_message(
        &mut self,
        channel: u64,
        author: u64,
        kind: u8,
        content: &str,
        reference: Option<Reference>,
    ) -> u64 {
        let id = self.snowflake();
        let message = Message {
            id,
            channel,
            author,
            kind,
            content: content.to_owned(),
            flags: if kind == kind::THREAD_CREATED {
                flag::HAS_THREAD
            } else {
                0
            },
            at: instant_of(id),
            edited_at: None,
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            nonce: None,
            reference,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            pinned: false,
            tts: false,
            reactions: Vec::new(),
            application: None,
            webhook: None,
            interaction: None,
        };
        self.store(&message)
    }

    /// Tells of a message as if it was new once more, as it is now: edited since, its author with
    /// other roles.
    pub fn tell_again(&mut self, channel: u64, message: u64) -> Outcome {
        let message = self.load_message(channel, message)?.clone();
        self.tell_message("MESSAGE_CREATE", &message);
        Ok(())
    }

    /// Changes a message; only its author may, but for hiding its embeds.
    pub fn edit_message(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        edit: MessageEdit,
    ) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        let mut changed = self.load_message(channel, message)?.clone();
        if home.thread.as_ref().is_some_and(|thread| thread.archived) {
            return Err(ApiError::thread_archived());
        }
        if changed.author != actor {
            let only_flags = edit.content.is_none()
                && edit.embeds.is_none()
                && edit.components.is_none()
                && edit.attachments.is_none();
            if !only_flags || !self.can(actor, &home, permissions::MANAGE_MESSAGES) {
                let text = "Cannot edit a message authored by another user";
                return Err(ApiError::new(403, 50005, text));
            }
        }
        self.change_message(&mut changed, &home, edit)?;
        self.replace_message(&changed);
        Ok(())
    }

    /// Applies an edit to a message that is not (or not yet) in its channel.
    pub fn change_message(
        &self,
        message: &mut Message,
        home: &Channel,
        edit: MessageEdit,
    ) -> Outcome {
        // An edit of the buttons alone leaves the names as they were.
        let names_anew = edit.content.is_some() || edit.allowed_mentions.is_some();
        let was_v2 = message.flags & flag::COMPONENTS_V2 != 0;
        if let Some(flags) = edit.flags {
            let settable = flag::SUPPRESS_EMBEDS | flag::COMPONENTS_V2;
            message.flags = message.flags & !settable | flags & settable;
            if was_v2 {
                message.flags |= flag::COMPONENTS_V2;
            }
        }
        let is_v2 = message.flags & flag::COMPONENTS_V2 != 0;
        if let Some(content) = edit.content {
            self.check_text(message.author, &content)?;
            content.trim().clone_into(&mut message.content);
        }
        if let Some(embeds) = edit.embeds {
            message.embeds = check_embeds(&embeds)?;
        }
        if let Some(components) = edit.components {
            message.components = check_components(&components, is_v2)?;
        }
        if let Some(attachments) = edit.attachments {
            let kept = attachments
                .iter()
                .filter_map(|attachment| match attachment {
                    AttachmentEdit::Kept(kept) => {
                        let kept = kept.to_string();
                        message
                            .attachments
                            .iter()
                            .find(|file| file["id"] == kept.as_str())
                            .cloned()
                    }
                    AttachmentEdit::New(file) => {
                        Some(self.render_attachment(message.channel, file))
                    }
                });
            message.attachments = kept.collect();
        }
        if is_v2 && !(message.content.is_empty() && message.embeds.is_empty()) {
            return Err(v2_excludes_content());
        }
        if message.content.is_empty()
            && message.embeds.is_empty()
            && message.components.is_empty()
            && message.attachments.is_empty()
        {
            return Err(ApiError::empty_message());
        }
        if names_anew {
            let allowed = edit
                .allowed_mentions
                .unwrap_or_else(AllowedMentions::everything);
            self.name_mentions(message, home, &allowed)?;
        }
        message.edited_at = Some(self.now());
        Ok(())
    }

    /// Puts a changed message in place of the one it was.
    pub fn replace_message(&mut self, message: &Message) {
        self.messages
            .entry(message.channel)
            .or_default()
            .insert(message.id, message.clone());
        self.tell_message("MESSAGE_UPDATE", message);
    }

    /// Deletes a message: one's own, or any with Manage Messages.
    pub fn delete_message(&mut self, actor: u64, channel: u64, message: u64) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        let target = self.load_message(channel, message)?;
        if home.thread.as_ref().is_some_and(|thread| thread.archived) {
            return Err(ApiError::thread_archived());
        }
        if target.kind == kind::THREAD_STARTER {
            let text = "Cannot execute action on a system message";
            return Err(ApiError::new(403, 50021, text));
        }
        if target.author != actor && !self.can(actor, &home, permissions::MANAGE_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        self.vanish_message(channel, message)
    }

    /// Deletes a message without asking who may.
    pub fn vanish_message(&mut self, channel: u64, message: u64) -> Outcome {
        let home = self
            .channels
            .get(&channel)
            .cloned()
            .ok_or_else(ApiError::unknown_channel)?;
        self.forget_message(&home, message)?;
        let mut data = place(&home);
        put(&mut data, "id", id(message));
        self.tell_channel("MESSAGE_DELETE", &home, message_intent(&home), data);
        Ok(())
    }

    /// Deletes 2 to 100 messages not older than two weeks; needs Manage Messages. Ids that are not
    /// messages are passed over.
    pub fn bulk_delete(&mut self, actor: u64, channel: u64, messages: &[u64]) -> Outcome {
        let home = self.visible_channel(actor, channel)?.clone();
        if home.guild.is_none() {
            return Err(wrong_kind());
        }
        if !self.can(actor, &home, permissions::MANAGE_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        if !(2..=100).contains(&messages.len()) {
            let text = "You can only bulk delete between 2 and 100 messages";
            return Err(ApiError::new(400, 50016, text));
        }
        let mut seen = std::collections::BTreeSet::new();
        if !messages.iter().all(|message| seen.insert(*message)) {
            return Err(ApiError::field(
                "messages",
                "SET_TYPE_CONTAINS_DUPLICATES",
                "Sets cannot contain duplicates",
            ));
        }
        let oldest = self.now() - TimeDelta::weeks(2);
        if messages.iter().any(|message| instant_of(*message) < oldest) {
            let text = "You can only bulk delete messages that are under 14 days old.";
            return Err(ApiError::new(400, 50034, text));
        }
        let gone: Vec<u64> = messages
            .iter()
            .copied()
            .filter(|message| self.forget_message(&home, *message).is_ok())
            .collect();
        let mut data = place(&home);
        put(&mut data, "ids", ids(&gone));
        self.tell_channel("MESSAGE_DELETE_BULK", &home, message_intent(&home), data);
        Ok(())
    }

    pub fn load_message(&self, channel: u64, message: u64) -> Outcome<&Message> {
        self.messages
            .get(&channel)
            .and_then(|messages| messages.get(&message))
            .ok_or_else(ApiError::unknown_message)
    }

    fn forget_message(&mut self, home: &Channel, message: u64) -> Outcome {
        self.messages
            .get_mut(&home.id)
            .and_then(|messages| messages.remove(&message))
            .ok_or_else(ApiError::unknown_message)?;
        // The opening message was never counted.
        if message != home.id
            && let Some(channel) = self.channels.get_mut(&home.id)
            && let Some(thread) = &mut channel.thread
        {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        Ok(())
    }

    /// The opening message of a post is not counted.
    fn count_in_thread(&mut self, channel: u64, message: u64) {
        if message != channel
            && let Some(channel) = self.channels.get_mut(&channel)
            && let Some(thread) = &mut channel.thread
        {
            thread.message_count += 1;
            thread.total_message_sent += 1;
        }
    }

    fn find_by_nonce(&mut self, author: u64, channel: u64, nonce: &Nonce) -> Option<u64> {
        let oldest = self.now() - NONCE_MEMORY;
        self.nonces.retain(|remembered| remembered.at > oldest);
        let messages = &self.messages;
        self.nonces
            .iter()
            .find(|it| it.author == author && it.channel == channel && it.nonce == *nonce)
            .map(|it| it.message)
            .filter(|id| messages.get(&channel).is_some_and(|it| it.contains_key(id)))
    }
}
