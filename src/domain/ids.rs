//! Identifiers. Discord's are snowflakes and carry their instant; `TicketId` is ours.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Timestamp, from_millis};

/// The first millisecond of 2015, from which snowflakes count.
/// Source: Discord's reference, "Snowflake format".
pub const DISCORD_EPOCH_MILLIS: i64 = 1_420_070_400_000;

/// The instant in a snowflake.
pub fn snowflake_instant(id: u64) -> Timestamp {
    // 42 bits of milliseconds after 2015 end in the year 2154: always inside chrono's range.
    let millis = i64::try_from(id >> 22).unwrap_or(i64::MAX >> 22) + DISCORD_EPOCH_MILLIS;
    from_millis(millis).unwrap_or_default()
}

macro_rules! snowflakes {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The instant at which Discord made this id.
            pub fn instant(self) -> Timestamp {
                snowflake_instant(self.0)
            }

            /// The id as SQLite stores it. Snowflakes stay below 2^63 until the year 2084.
            pub fn to_i64(self) -> i64 {
                i64::try_from(self.0).unwrap_or(i64::MAX)
            }

            /// The id that [`Self::to_i64`] stored.
            pub fn from_i64(id: i64) -> Self {
                Self(u64::try_from(id).unwrap_or_default())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

snowflakes! {
    /// A guild ("server").
    GuildId,
    /// A channel that is no thread: a forum, a text channel.
    ChannelId,
    /// A thread or forum post. Not a [`TicketId`].
    ThreadId,
    /// A message.
    MessageId,
    /// A person or a bot.
    UserId,
    /// A role.
    RoleId,
    /// A forum tag.
    TagId,
}

/// Our number for a ticket, counted from 1. Not a [`ThreadId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub i64);

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
