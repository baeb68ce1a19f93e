//! The world as Discord's JSON.
//!
//! Ids and permission bits are strings on the wire, instants RFC 3339 with microseconds. Fields that
//! Discord always sends are always there, so that strict parsers (twilight) are content.

mod channel;
mod guild;
mod message;
mod user;

pub use channel::render_thread_member;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

/// An id as it stands on the wire.
pub(crate) fn id(snowflake: u64) -> Value {
    Value::String(snowflake.to_string())
}

pub(crate) fn optional_id(snowflake: Option<u64>) -> Value {
    snowflake.map_or(Value::Null, id)
}

pub(crate) fn ids<'a>(snowflakes: impl IntoIterator<Item = &'a u64>) -> Value {
    snowflakes.into_iter().copied().map(id).collect()
}

/// An instant as it stands on the wire.
pub fn timestamp(instant: DateTime<Utc>) -> Value {
    Value::String(instant.to_rfc3339_opts(SecondsFormat::Micros, false))
}

pub(crate) fn optional_timestamp(instant: Option<DateTime<Utc>>) -> Value {
    instant.map_or(Value::Null, timestamp)
}

/// Adds a field to an object.
pub(crate) fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

/// Joins the fields of the second object into the first.
pub(crate) fn join(object: &mut Value, more: Value) {
    if let (Value::Object(map), Value::Object(more)) = (object, more) {
        map.extend(more);
    }
}
