//! Files that hang on the messages of a thread, and go along with its issue.
//!
//! ```text
//! preview ─ chosen, each with an address of ours ─> draft ─ ordered ─┬─> fetched from Discord, kept
//! a message that is said on the issue ─ chosen ──────────────────────┘└─> lost: named there
//! ```
//!
//! Nothing is fetched before somebody has decided that the issue is opened, and only what its text still
//! links to. A file is kept until it is taken off its message, or that or its thread is deleted.

use serde::{Deserialize, Serialize};

use super::DraftId;
use crate::domain::ids::{ChannelId, MessageId, TicketId};

/// The largest file that goes along: as large as Discord takes one from everybody.
/// Source: Discord's reference, "Uploading Files".
pub const LARGEST_FILE: u64 = 10 << 20;

/// The largest text that goes along: all of it is looked through for secrets.
pub const LARGEST_TEXT: usize = 2 << 20;

/// How much room the files of all issues may take: the database is read whole when it is opened.
pub const ROOM: u64 = 1 << 30;

/// How much goes along with one issue, and how many files.
const MOST_BYTES: u64 = 25 << 20;
const MOST_FILES: usize = 20;

/// A file that hangs on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Discord's number of it.
    pub id: u64,
    /// The message.
    pub message: MessageId,
    /// Where that stands: the thread, or the channel above it.
    pub channel: ChannelId,
    /// Its name: text from people.
    pub name: String,
    /// Its size, as Discord says.
    pub bytes: u64,
    /// Where Discord keeps it; signed, so it is good for a day.
    pub url: String,
    /// Where it will be on our own page, if it goes along.
    #[serde(default)]
    pub link: Option<String>,
}

impl Attached {
    /// What nobody can guess in its address on our page.
    pub fn key(&self) -> Option<&str> {
        Some(self.link.as_ref()?.rsplit_once('/')?.1)
    }
}

/// What a file goes along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The issue of a draft that is on its way.
    Draft(DraftId),
    /// Its message, said on the issue of a ticket.
    Reply(TicketId),
}

/// A file that was fetched, or that did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// What nobody can guess in its address.
    pub key: String,
    /// Discord's number of it.
    pub id: u64,
    /// The message it hangs on.
    pub message: MessageId,
    /// Its name: text from people.
    pub name: String,
    /// How many secrets were taken out of it.
    pub secrets: u32,
    /// What is in it; `None` when it did not come, or is not to be kept.
    pub content: Option<Vec<u8>>,
}

/// Gives every file that may go along an address below `page`. Its key is a word that nobody can guess.
pub fn choose<'a>(
    files: impl Iterator<Item = &'a mut Attached>,
    page: &str,
    mut key_of: impl FnMut(&Attached) -> Option<String>,
) {
    let (mut left, mut room) = (MOST_FILES, MOST_BYTES);
    for file in files {
        let fits = left > 0 && file.bytes <= LARGEST_FILE.min(room);
        if let Some(key) = fits.then(|| key_of(file)).flatten() {
            file.link = Some(format!("{page}/files/{key}"));
            left -= 1;
            room -= file.bytes;
        }
    }
}

/// The type of a picture that browsers show and that can do nothing, told by its first bytes and never
/// by its name; `None` for everything else.
pub fn picture_type(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}

/// The text in a file, to be looked through; `None` for what is none, such as a picture or an archive.
/// Windows writes logs in UTF-16.
pub fn text_in(content: &[u8]) -> Option<String> {
    let wide = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| match pair {
            [one, other] => read([*one, *other]),
            _ => 0,
        });
        String::from_utf16_lossy(&units.collect::<Vec<u16>>())
    };
    match content {
        [0xff, 0xfe, rest @ ..] => Some(wide(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some(wide(rest, u16::from_be_bytes)),
        _ if content.starts_with(b"%PDF-") || picture_type(content).is_some() => None,
        // Whatever code its letters are in: no text has a zero in it.
        _ if !content.contains(&0) => Some(String::from_utf8_lossy(content).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: u64) -> Attached {
        Attached {
            id: 1,
            message: MessageId(2),
            channel: ChannelId(3),
            name: "a".to_owned(),
            bytes,
            url: String::new(),
            link: None,
        }
    }

    #[test]
    fn as_many_as_have_room_go_along() {
        let chosen = |sizes: &[u64]| {
            let mut files: Vec<Attached> = sizes.iter().map(|bytes| file(*bytes)).collect();
            let (page, mut next) = ("https://acme.example", 0);
            choose(files.iter_mut(), page, |_| {
                next += 1;
                Some(next.to_string())
            });
            let keys = files.iter().map(|file| file.key().map(str::to_owned));
            keys.map(Option::unwrap_or_default).collect::<Vec<_>>()
        };
        let mega = 1 << 20;
        assert_eq!(chosen(&[1, 10 * mega, 10 * mega + 1]), ["1", "2", ""]);
        let large = [9 * mega, 9 * mega, 9 * mega, 7 * mega];
        assert_eq!(chosen(&large), ["1", "2", "", "3"]);
        assert_eq!(
            chosen(&[1; 25])
                .iter()
                .filter(|key| !key.is_empty())
                .count(),
            20
        );
    }

    #[test]
    fn texts_are_told_from_pictures_and_archives() {
        assert_eq!(text_in(b"a log").as_deref(), Some("a log"));
        assert_eq!(text_in(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
        assert_eq!(text_in(b"\xff\xfea\0\xe4\0").as_deref(), Some("a\u{e4}"));
        assert_eq!(text_in(b"\xfe\xff\0a").as_deref(), Some("a"));
        for other in [
            &b"\x89PNG\r\n\x1a\nxy"[..],
            b"\xff\xd8\xff\xe0",
            b"GIF89a",
            b"RIFF1234WEBPVP8 ",
            b"%PDF-1.7",
            b"PK\x03\x04\0\0",
        ] {
            assert_eq!(text_in(other), None, "{other:?}");
        }
        assert_eq!(picture_type(b"\x89PNG\r\n\x1a\nxy"), Some("image/png"));
        assert_eq!(picture_type(b"<svg onload=alert(1)>"), None);
    }
}
