//! Ids as Discord writes them in JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::domain::ids::{ChannelId, GuildId, MessageId, RoleId, TagId, ThreadId, UserId};

/// A number that Discord writes as a string of digits, because JavaScript cannot hold it.
///
/// What is not a positive number below 2^63 is refused: Discord reaches that in the year 2084, and
/// SQLite could not store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(pub u64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Snowflake;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id written as a string of digits")
    }

    // The text is not repeated in the error: it may have come from anybody, and errors are logged.
    fn visit_str<E: Error>(self, text: &str) -> Result<Snowflake, E> {
        let refused = || E::custom("not an id");
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused());
        }
        match text.parse::<i64>() {
            Ok(id) if id > 0 => Ok(Snowflake(id.unsigned_abs())),
            _ => Err(refused()),
        }
    }
}

macro_rules! becomes {
    ($($id:ident),+ $(,)?) => {$(
        impl From<Snowflake> for $id {
            fn from(id: Snowflake) -> Self {
                Self(id.0)
            }
        }
    )+};
}

becomes!(
    ChannelId, GuildId, MessageId, RoleId, TagId, ThreadId, UserId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_an_id() {
        let id: Snowflake = serde_json::from_str("\"80351110224678912\"").unwrap();
        assert_eq!(id, Snowflake(80_351_110_224_678_912));
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "\"\"",
            "\"0\"",
            "\"-1\"",
            "\"+1\"",
            "\" 1\"",
            "\"1.5\"",
            "\"9223372036854775808\"",
            "\"٣\"",
            "1",
            "null",
            "[\"1\"]",
        ] {
            assert!(serde_json::from_str::<Snowflake>(text).is_err(), "{text}");
        }
    }
}
