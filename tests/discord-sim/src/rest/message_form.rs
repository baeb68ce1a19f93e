//! The bodies that write and edit messages, for channels and interactions alike.

use serde_json::Value;

use super::call::{Payload, UploadedFile};
use super::form::Form;
use crate::world::{
    AllowedMentions, ApiError, AttachmentEdit, MessageEdit, NewAttachment, NewMessage, Nonce,
    Outcome, ReplyTo,
};

/// A message to be written, from the body of a request.
pub(crate) fn new_message(payload: &Payload) -> Outcome<NewMessage> {
    new_message_of(&payload.json, &payload.files)
}

/// As [`new_message`], where the message is only a part of the body.
pub(crate) fn new_message_of(body: &Value, files: &[UploadedFile]) -> Outcome<NewMessage> {
    let form = Form::new(body)?;
    Ok(NewMessage {
        content: form.text("content")?.unwrap_or_default(),
        embeds: embeds(&form)?.unwrap_or_default(),
        components: form.list("components")?.unwrap_or_default().to_vec(),
        attachments: new_attachments(&form, files)?,
        flags: form.number("flags")?.unwrap_or(0),
        tts: form.boolean("tts")?.unwrap_or(false),
        nonce: nonce(&form)?,
        enforce_nonce: form.boolean("enforce_nonce")?.unwrap_or(false),
        reply_to: reply_to(&form)?,
        allowed_mentions: allowed_mentions(&form)?,
        sticker_ids: form.ids("sticker_ids")?.unwrap_or_default(),
        ..NewMessage::default()
    })
}

/// A change to a message, from the body of a request. A field that is null is emptied.
pub(crate) fn message_edit(payload: &Payload) -> Outcome<MessageEdit> {
    message_edit_of(&payload.json, &payload.files)
}

/// As [`message_edit`], where the message is only a part of the body.
pub(crate) fn message_edit_of(body: &Value, files: &[UploadedFile]) -> Outcome<MessageEdit> {
    let form = Form::new(body)?;
    let content = form.text("content")?;
    let components = form.list("components")?.map(<[Value]>::to_vec);
    let embeds = embeds(&form)?;
    let attachments = if form.has("attachments") || !files.is_empty() {
        Some(edited_attachments(&form, files)?)
    } else {
        None
    };
    Ok(MessageEdit {
        content: content.or_else(|| form.has("content").then(String::new)),
        embeds: embeds.or_else(|| form.has("embeds").then(Vec::new)),
        components: components.or_else(|| form.has("components").then(Vec::new)),
        flags: form.number("flags")?,
        allowed_mentions: allowed_mentions(&form)?,
        attachments,
    })
}

fn embeds(form: &Form<'_>) -> Outcome<Option<Vec<Value>>> {
    form.forms("embeds")?;
    Ok(form.list("embeds")?.map(<[Value]>::to_vec))
}

fn nonce(form: &Form<'_>) -> Outcome<Option<Nonce>> {
    match form.value("nonce") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Nonce::Text(text.clone()))),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(Nonce::Number(number))),
            None => Err(ApiError::field(
                "nonce",
                "NONCE_TYPE_INVALID",
                "A nonce is an integer or a text.",
            )),
        },
    }
}

fn reply_to(form: &Form<'_>) -> Outcome<Option<ReplyTo>> {
    let Some(reference) = form.form("message_reference")? else {
        return Ok(None);
    };
    let message = reference
        .number("message_id")?
        .ok_or_else(|| reference.required("message_id"))?;
    Ok(Some(ReplyTo {
        message,
        channel: reference.number("channel_id")?,
        fail_if_not_exists: reference.boolean("fail_if_not_exists")?.unwrap_or(true),
    }))
}

fn allowed_mentions(form: &Form<'_>) -> Outcome<Option<AllowedMentions>> {
    let Some(allowed) = form.form("allowed_mentions")? else {
        return Ok(None);
    };
    let parse = allowed.list("parse")?.unwrap_or_default();
    for (index, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
            return Err(ApiError::choice(
                format!("allowed_mentions.parse.{index}"),
                "'everyone', 'roles', 'users'",
            ));
        }
    }
    let parses = |kind: &str| parse.iter().any(|it| it == kind);
    // With no `parse` at all, an empty object silences like an empty list.
    Ok(Some(AllowedMentions {
        parse_users: parses("users"),
        parse_roles: parses("roles"),
        parse_everyone: parses("everyone"),
        users: allowed.ids("users")?.unwrap_or_default(),
        roles: allowed.ids("roles")?.unwrap_or_default(),
        replied_user: allowed.boolean("replied_user")?.unwrap_or(false),
    }))
}

/// The uploaded files, with what `attachments` says of them.
fn new_attachments(form: &Form<'_>, files: &[UploadedFile]) -> Outcome<Vec<NewAttachment>> {
    let described = form.forms("attachments")?.unwrap_or_default();
    let mut attachments = Vec::new();
    for uploaded in files {
        let mut file = uploaded.file.clone();
        for entry in &described {
            if entry.number::<u64>("id")? == Some(uploaded.number) {
                file.description = entry.text("description")?;
                file.filename = entry.text("filename")?.unwrap_or(file.filename);
            }
        }
        attachments.push(file);
    }
    Ok(attachments)
}

/// Those named by an id that is no upload's number stay.
fn edited_attachments(form: &Form<'_>, files: &[UploadedFile]) -> Outcome<Vec<AttachmentEdit>> {
    let mut attachments = Vec::new();
    for entry in form.forms("attachments")?.unwrap_or_default() {
        if let Some(id) = entry.number::<u64>("id")?
            && !files.iter().any(|file| file.number == id)
        {
            attachments.push(AttachmentEdit::Kept(id));
        }
    }
    let new = new_attachments(form, files)?.into_iter();
    attachments.extend(new.map(AttachmentEdit::New));
    Ok(attachments)
}
