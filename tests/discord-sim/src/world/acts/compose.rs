//! A message is checked and built: who may write what where.

use serde_json::{Value, json};

use crate::world::components::check_components;
use crate::world::embeds::check_embeds;
use crate::world::mentions::Named;
use crate::world::render::{id, put};
use crate::world::{
    AllowedMentions, ApiError, Channel, Message, NewAttachment, NewMessage, Nonce, Outcome,
    Reference, ReplyTo, World, flag, instant_of, kind, permissions,
};

/// Flags a sender may set.
const FLAGS_OF_SENDERS: u64 = flag::SUPPRESS_EMBEDS
    | flag::SUPPRESS_NOTIFICATIONS
    | flag::COMPONENTS_V2
    | flag::EPHEMERAL
    | flag::LOADING;

impl World {
    /// Checks a message and builds it, without putting it anywhere. Ephemeral answers are only this.
    ///
    /// Messages of a webhook or an interaction need no permission in the channel.
    pub fn compose(&self, author: u64, channel: u64, new: NewMessage) -> Outcome<Message> {
        let home = self
            .channels
            .get(&channel)
            .ok_or_else(ApiError::unknown_channel)?;
        let outside = new.webhook.is_some() || new.interaction.is_some();
        if !outside {
            self.check_may_write(author, home, &new)?;
        }
        self.check_text(author, &new.content)?;
        if let Some(Nonce::Text(text)) = &new.nonce
            && text.chars().count() > 25
        {
            return Err(ApiError::length("nonce", 0, 25));
        }
        let flags = new.flags & FLAGS_OF_SENDERS;
        let components = check_components(&new.components, flags & flag::COMPONENTS_V2 != 0)?;
        let embeds = check_embeds(&new.embeds)?;
        check_kinds_of_content(&new, flags)?;
        let id = new.id.unwrap_or_else(|| self.snowflake());
        let attachments = new
            .attachments
            .iter()
            .map(|file| self.render_attachment(channel, file));
        let reference = self.resolve_reply(author, home, new.reply_to, outside)?;
        let allowed = new.allowed_mentions.unwrap_or_else(|| {
            if outside {
                AllowedMentions::users_only()
            } else {
                AllowedMentions::everything()
            }
        });
        let usual_kind = if reference.is_some() {
            kind::REPLY
        } else {
            kind::DEFAULT
        };
        let mut message = Message {
            id,
            channel,
            author,
            kind: new.kind.unwrap_or(usual_kind),
            content: new.content.trim().to_owned(),
            flags,
            at: instant_of(id),
            edited_at: None,
            embeds,
            components,
            attachments: attachments.collect(),
            nonce: new.nonce,
            reference,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            pinned: false,
            tts: new.tts,
            reactions: Vec::new(),
            application: new.application,
            webhook: new.webhook,
            interaction: new.interaction,
        };
        self.name_mentions(&mut message, home, &allowed)?;
        Ok(message)
    }

    /// Whether the author may write here what it wants to write.
    fn check_may_write(&self, author: u64, home: &Channel, new: &NewMessage) -> Outcome {
        if !self.can_see(author, home) {
            return Err(ApiError::missing_access());
        }
        if home.kind.is_forum() {
            let text = "Cannot message this thread until after the post author has sent an initial message.";
            return Err(ApiError::new(400, 40058, text));
        }
        if !home.kind.holds_messages() {
            let text = "Cannot send messages in a non-text channel";
            return Err(ApiError::new(400, 50008, text));
        }
        let granted = self.permissions_in(author, home);
        let opens_post = new.id == Some(home.id);
        let needed = if home.thread.is_some() && !opens_post {
            permissions::SEND_MESSAGES_IN_THREADS
        } else {
            permissions::SEND_MESSAGES
        };
        if granted & needed == 0 {
            return Err(ApiError::missing_permissions());
        }
        if let Some(thread) = &home.thread {
            if thread.locked && granted & permissions::MANAGE_THREADS == 0 {
                return Err(ApiError::thread_locked());
            }
            if thread.locked && thread.archived {
                return Err(ApiError::thread_archived());
            }
            if thread.archived {
                self.check_active_threads(home.guild)?;
            }
        }
        if home.guild.is_none() && self.is_shut(author, home) {
            return Err(ApiError::new(
                403,
                50007,
                "Cannot send messages to this user",
            ));
        }
        let lacks = |needed: u64| granted & needed == 0;
        if !new.attachments.is_empty() && lacks(permissions::ATTACH_FILES)
            || !new.embeds.is_empty() && lacks(permissions::EMBED_LINKS)
        {
            return Err(ApiError::missing_permissions());
        }
        Ok(())
    }

    /// Whether a direct conversation is shut: the other refuses it or shares no guild.
    fn is_shut(&self, author: u64, home: &Channel) -> bool {
        home.recipients
            .iter()
            .filter(|user| **user != author)
            .any(|other| {
                self.refuses_direct.contains(other)
                    || !self.guilds.values().any(|guild| {
                        guild.members.contains_key(other) && guild.members.contains_key(&author)
                    })
            })
    }

    /// Bots may write 2000 characters; people, at most, the 4000 of a subscription.
    pub(super) fn check_text(&self, author: u64, content: &str) -> Outcome {
        let person = self.users.get(&author).is_some_and(|user| !user.bot);
        let most = if person { 4000 } else { 2000 };
        if content.trim().chars().count() > most {
            return Err(ApiError::length("content", 0, most));
        }
        Ok(())
    }

    fn resolve_reply(
        &self,
        author: u64,
        home: &Channel,
        reply: Option<ReplyTo>,
        outside: bool,
    ) -> Outcome<Option<Reference>> {
        let Some(reply) = reply else { return Ok(None) };
        if !outside && !self.can(author, home, permissions::READ_MESSAGE_HISTORY) {
            let text = "Cannot reply without permission to read message history";
            return Err(ApiError::new(403, 160_002, text));
        }
        let same_channel = reply.channel.is_none_or(|channel| channel == home.id);
        if same_channel && self.load_message(home.id, reply.message).is_ok() {
            return Ok(Some(Reference {
                channel: home.id,
                message: Some(reply.message),
            }));
        }
        if reply.fail_if_not_exists {
            return Err(ApiError::field(
                "message_reference",
                "REPLIES_UNKNOWN_MESSAGE",
                "Unknown message",
            ));
        }
        Ok(None)
    }

    pub(super) fn render_attachment(&self, channel: u64, file: &NewAttachment) -> Value {
        let file_id = self.snowflake();
        let path = format!("/attachments/{channel}/{file_id}/{}", file.filename);
        let url = self.files.keep(path, file.content.clone());
        let mut rendered = json!({
            "id": id(file_id),
            "filename": file.filename,
            "size": file.content.len(),
            "url": url,
            "proxy_url": url.replace("cdn.discordapp.com", "media.discordapp.net"),
        });
        if let Some(description) = &file.description {
            put(&mut rendered, "description", json!(description));
        }
        if let Some(kind) = &file.content_type {
            put(&mut rendered, "content_type", json!(kind));
        }
        rendered
    }

    /// Notes in the message whom it mentions; see [`crate::world::mentions`].
    pub(super) fn name_mentions(
        &self,
        message: &mut Message,
        home: &Channel,
        allowed: &AllowedMentions,
    ) -> Outcome {
        let Named {
            users,
            roles,
            everyone,
        } = self.mentions_of(message, home, allowed)?;
        message.mentions = users;
        message.mention_roles = roles;
        message.mention_everyone = everyone;
        Ok(())
    }
}

/// Something must be said, and new and old kinds of components do not mix.
fn check_kinds_of_content(new: &NewMessage, flags: u64) -> Outcome {
    let bare = new.content.trim().is_empty() && new.embeds.is_empty() && new.sticker_ids.is_empty();
    if flags & flag::COMPONENTS_V2 != 0 && !bare {
        return Err(v2_excludes_content());
    }
    // A replayed system message has no text; a deferred answer gets it later.
    let speechless = new.kind.is_some() || flags & flag::LOADING != 0;
    if bare && new.components.is_empty() && new.attachments.is_empty() && !speechless {
        return Err(ApiError::empty_message());
    }
    if new.attachments.len() > 10 {
        return Err(ApiError::field(
            "attachments",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 10 or fewer in length.",
        ));
    }
    Ok(())
}

pub(super) fn v2_excludes_content() -> ApiError {
    ApiError::field(
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
    )
}
