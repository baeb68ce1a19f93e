//! The commands the composer and the menus offer.

use serde_json::{Value, json};

use super::id;
use crate::people::Person;

/// Every command the person can use in the channel.
pub(in crate::page) fn commands(person: &Person, channel: u64) -> Value {
    let offered = person.offered(channel).into_iter();
    offered
        .map(|(application, command)| {
            let text = |key: &str| command.rendered.get(key).cloned().unwrap_or(Value::Null);
            json!({
                "id": id(command.id),
                "application": application,
                "kind": command.kind,
                "name": command.name,
                "description": text("description"),
                "options": text("options"),
            })
        })
        .collect()
}
