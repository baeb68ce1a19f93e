//! `MESSAGE_CREATE` frames of the usual size, made by writing four numbers into a template.

use std::sync::atomic::{AtomicU64, Ordering};

use sameday::clock::Clock;
use sameday::domain::ids::{DISCORD_EPOCH_MILLIS, MessageId, ThreadId, UserId};
use sameday::domain::{Timestamp, from_millis};
use sameday::ledger::intent::{Author, MessageSeen};

/// The guild, forum and roles of the example settings.
pub(crate) const GUILD: u64 = 100_000_000_000_000_001;
pub(crate) const FORUM: u64 = 100_000_000_000_000_011;
pub(crate) const STAFF_ROLE: u64 = 100_000_000_000_000_021;
const OTHER_ROLE: u64 = 100_000_000_000_000_029;

/// When the first message is written: a Tuesday, 10:00 in Berlin, unless somebody says otherwise.
static BEGINS_AT_MILLIS: AtomicU64 = AtomicU64::new(1_795_510_800_000);

fn begins_at_millis() -> u64 {
    BEGINS_AT_MILLIS.load(Ordering::Relaxed)
}

/// The first message is written at this instant instead: for a program that goes by the system's
/// time. Threads and messages get other numbers by it.
pub(crate) fn begin_at(instant: Timestamp) {
    let millis = instant.timestamp_millis().unsigned_abs();
    BEGINS_AT_MILLIS.store(millis, Ordering::Relaxed);
}

const ASKERS: u64 = 200_000_000_000_000_000;
const COMMUNITY: u64 = 300_000_000_000_000_000;
pub(crate) const STAFF: u64 = 400_000_000_000_000_000;

/// How many frames of the start come before the messages: READY.
pub(crate) const BEFORE: u64 = 1;

pub(crate) fn snowflake(millis: u64, n: u64) -> u64 {
    ((millis - DISCORD_EPOCH_MILLIS.unsigned_abs()) << 22) | (n & 0xfff)
}

/// The instant at which the messages begin.
pub(crate) fn begins_at() -> Timestamp {
    from_millis(begins_at_millis().cast_signed()).unwrap_or_default()
}

/// The `n`th thread; it was opened in the hour before.
pub(crate) fn thread(n: u64) -> ThreadId {
    ThreadId(snowflake(begins_at_millis() - 3_600_000 + n * 30, n))
}

/// The question that opened the `n`th thread.
pub(crate) fn question(n: u64) -> MessageSeen {
    MessageSeen {
        thread: thread(n),
        message: MessageId(thread(n).0),
        author: Author::Human {
            user: UserId(ASKERS + n),
            staff: false,
        },
    }
}

/// Who writes where: askers, community and staff by turns that look like chance and are the same in
/// every run. When: ten messages in a millisecond, or as they are sent.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    threads: u64,
    live: bool,
    random: fastrand::Rng,
    n: u64,
}

impl Talk {
    pub(crate) fn among(threads: u64) -> Self {
        Self {
            threads,
            live: false,
            random: fastrand::Rng::with_seed(7),
            n: 0,
        }
    }

    /// Each message is written at the instant at which it is sent, as what people press is.
    pub(crate) fn live(self) -> Self {
        Self { live: true, ..self }
    }

    pub(crate) fn next(&mut self) -> MessageSeen {
        self.n += 1;
        let millis = if self.live {
            Clock::System.now().timestamp_millis().unsigned_abs()
        } else {
            begins_at_millis() + self.n / 10
        };
        let place = self.random.u64(..self.threads);
        let (user, staff) = match self.random.u8(..10) {
            0..4 => (ASKERS + place, false),
            4..7 => (COMMUNITY + self.random.u64(..1_000), false),
            _ => (STAFF + self.random.u64(..10), true),
        };
        MessageSeen {
            thread: thread(place),
            message: MessageId(snowflake(millis, self.n)),
            author: Author::Human {
                user: UserId(user),
                staff,
            },
        }
    }
}

/// A frame's text with room for its numbers, which all have as many digits as there is room.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    text: Vec<u8>,
    sequence: usize,
    message: usize,
    thread: usize,
    author: usize,
    role: usize,
}

impl Template {
    pub(crate) fn new() -> Self {
        Self::of_guild(GUILD)
    }

    /// Frames of messages in a guild.
    pub(crate) fn of_guild(guild: u64) -> Self {
        let text = format!(
            concat!(
                r#"{{"t":"MESSAGE_CREATE","s":{sequence},"op":0,"d":{{"type":0,"tts":false,"timestamp":"2026-11-24T09:00:00.000000+00:00","referenced_message":null,"pinned":false,"nonce":"1234567890123456789","mentions":[],"mention_roles":[],"mention_everyone":false,"#,
                r#""member":{{"roles":["{role}","{other}"],"premium_since":null,"pending":false,"nick":null,"mute":false,"joined_at":"2024-01-02T03:04:05.678000+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null}},"#,
                r#""id":"{message}","flags":0,"embeds":[],"edited_timestamp":null,"content":"{content}","components":[],"channel_type":11,"channel_id":"{thread}","#,
                r#""author":{{"username":"somebody","public_flags":0,"primary_guild":null,"id":"{author}","global_name":"Some Body","display_name_styles":null,"discriminator":"0","collectibles":null,"clan":null,"avatar_decoration_data":null,"avatar":"0123456789abcdef0123456789abcdef"}},"#,
                r#""attachments":[],"guild_id":"{guild}"}}}}"#
            ),
            sequence = "#1########",
            message = "#2#################",
            thread = "#3#################",
            author = "#4################",
            role = "#5################",
            other = OTHER_ROLE,
            guild = guild,
            content = "It worked on Friday, and since the update the same call gives an error. "
                .repeat(4),
        );
        let place = |mark: &str| text.find(mark).unwrap_or_default();
        Self {
            sequence: place("#1"),
            message: place("#2"),
            thread: place("#3"),
            author: place("#4"),
            role: place("#5"),
            text: text.into_bytes(),
        }
    }

    /// The frame of a message.
    pub(crate) fn fill(&mut self, sequence: u64, seen: &MessageSeen) -> &[u8] {
        let (user, role) = match seen.author {
            Author::Human { user, staff: true } => (user.0, STAFF_ROLE),
            Author::Human { user, staff: false } => (user.0, OTHER_ROLE),
            Author::Machine => (0, OTHER_ROLE),
        };
        // JSON has no leading zeros: the sequence begins at a number that fills its room.
        for (at, digits, number) in [
            (self.sequence, 10, SEQUENCE_BASE + sequence),
            (self.message, 19, seen.message.0),
            (self.thread, 19, seen.thread.0),
            (self.author, 18, user),
            (self.role, 18, role),
        ] {
            write_digits(&mut self.text, at, digits, number);
        }
        &self.text
    }
}

/// The sequence before the first message's.
pub(crate) const SEQUENCE_BASE: u64 = 1_000_000_000;

fn write_digits(text: &mut [u8], at: usize, digits: usize, mut number: u64) {
    for place in text.iter_mut().skip(at).take(digits).rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}
