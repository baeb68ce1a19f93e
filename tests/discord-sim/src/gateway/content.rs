//! What a session without the intent `MESSAGE_CONTENT` sees of a message.
//!
//! Source: Discord's reference, gateway, "Message Content Intent".

use serde_json::{Value, json};

/// The event as a session of `bot` without the intent gets it, or `None` when nothing changes:
/// its own messages, direct ones and those that mention it come in full.
pub(super) fn emptied(event: &str, data: &Value, bot: u64) -> Option<Value> {
    if !matches!(event, "MESSAGE_CREATE" | "MESSAGE_UPDATE") {
        return None;
    }
    let mut data = data.clone();
    let changed = empty(&mut data, &bot.to_string());
    changed.then_some(data)
}

/// Empties a message in place, as Discord does for a bot that may not read it. True if that
/// changed something.
pub(crate) fn empty(message: &mut Value, bot: &str) -> bool {
    if message.get("guild_id").is_none() {
        return false;
    }
    let referenced = message
        .get_mut("referenced_message")
        .filter(|inner| inner.is_object())
        .is_some_and(|inner| empty_unless_own(inner, bot));
    empty_unless_own(message, bot) || referenced
}

fn empty_unless_own(message: &mut Value, bot: &str) -> bool {
    let is_bot = |user: &Value| user.get("id").and_then(Value::as_str) == Some(bot);
    let own = message.get("author").is_some_and(is_bot);
    let mentioned = message
        .get("mentions")
        .and_then(Value::as_array)
        .is_some_and(|users| users.iter().any(is_bot));
    if own || mentioned {
        return false;
    }
    let Some(fields) = message.as_object_mut() else {
        return false;
    };
    if let Some(content) = fields.get_mut("content") {
        *content = json!("");
    }
    for key in ["embeds", "attachments", "components"] {
        if let Some(list) = fields.get_mut(key) {
            *list = json!([]);
        }
    }
    fields.remove("poll");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(author: &str, mentions: &[&str]) -> Value {
        let mentions: Vec<Value> = mentions.iter().map(|id| json!({ "id": id })).collect();
        json!({
            "id": "10", "guild_id": "1", "author": {"id": author}, "content": "secret",
            "mentions": mentions, "embeds": [{}], "attachments": [{}], "components": [{}], "poll": {}
        })
    }

    #[test]
    fn a_strangers_message_comes_empty() {
        let seen = emptied("MESSAGE_CREATE", &message("5", &[]), 99).unwrap();
        assert_eq!(
            seen,
            json!({
                "id": "10", "guild_id": "1", "author": {"id": "5"}, "content": "", "mentions": [],
                "embeds": [], "attachments": [], "components": []
            })
        );
    }

    #[test]
    fn own_direct_and_mentioning_messages_come_in_full() {
        assert_eq!(emptied("MESSAGE_CREATE", &message("99", &[]), 99), None);
        assert_eq!(emptied("MESSAGE_UPDATE", &message("5", &["99"]), 99), None);
        let mut direct = message("5", &[]);
        direct.as_object_mut().unwrap().remove("guild_id");
        assert_eq!(emptied("MESSAGE_CREATE", &direct, 99), None);
    }

    #[test]
    fn what_a_reply_quotes_is_judged_by_itself() {
        let mut reply = message("5", &["99"]);
        reply["referenced_message"] = message("6", &[]);
        let seen = emptied("MESSAGE_CREATE", &reply, 99).unwrap();
        assert_eq!(seen["content"], "secret");
        assert_eq!(seen["referenced_message"]["content"], "");
    }
}
