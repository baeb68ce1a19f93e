//! Reads recorded threads: one JSON object a line, plain or compressed with gzip.
//!
//! ```json
//! {"id": "…", "resolved_at": null, "messages": [
//!   {"author": "ann", "at": "2026-11-20T16:30:00Z", "is_staff": false, "is_bot": false, "system": null}]}
//! ```
//!
//! Only `messages` and, in each, `author` and `at` have to be there; what is not named here is
//! ignored, the text of messages too. A line that is no thread stops the reading: figures over a
//! part of a recording would look like figures over all of it.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::{Timestamp, whole_millis};

/// The longest line that is read. Threads of thousands of messages stay far below; a file without
/// line ends must not fill the memory.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// The first bytes of what gzip wrote. Source: RFC 1952, section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What some tools write before UTF-8 text.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// One recorded thread, its messages in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    /// By instant; messages of one instant in the order of the file.
    pub(super) messages: Vec<Message>,
    /// When somebody marked it as resolved.
    pub(super) resolved_at: Option<Timestamp>,
}

/// One recorded message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Message {
    /// Who wrote it; the same text is the same person within a thread.
    pub(super) author: String,
    /// When, in whole milliseconds.
    #[serde(deserialize_with = "instant")]
    pub(super) at: Timestamp,
    /// Whether the author was staff then.
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_staff: bool,
    #[serde(default, deserialize_with = "flag")]
    is_bot: bool,
    /// The kind of a message that the system itself wrote ("thread renamed").
    #[serde(default, deserialize_with = "flag")]
    system: bool,
}

impl Thread {
    /// Everybody of staff who wrote, as often as they did.
    pub(super) fn staff(&self) -> impl Iterator<Item = &str> {
        let staff = |message: &&Message| message.is_staff && message.is_human();
        let written = self.messages.iter().filter(staff);
        written.map(|message| message.author.as_str())
    }
}

impl Message {
    /// Whether a person wrote it: neither a bot nor the system.
    pub(super) fn is_human(&self) -> bool {
        !self.is_bot && !self.system
    }
}

#[derive(Deserialize)]
struct Line {
    messages: Vec<Message>,
    #[serde(default, deserialize_with = "optional_instant")]
    resolved_at: Option<Timestamp>,
}

/// Why a recording cannot be read: one sentence for the person who named it.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened.
    #[error("{file} cannot be opened: {cause}.")]
    Open {
        /// Its name.
        file: String,
        /// What the system said; it stands in the sentence already.
        cause: io::Error,
    },
    /// Reading failed, or the compressed data is damaged or cut off.
    #[error("Reading stopped in line {line}: {cause}.")]
    Read {
        /// Counted from 1.
        line: u64,
        /// What the system said; it stands in the sentence already.
        cause: io::Error,
    },
    /// A line without end.
    #[error("Line {line} is longer than 256 MiB: a recording has one thread a line.")]
    TooLong {
        /// Counted from 1.
        line: u64,
    },
    /// A line that is no thread.
    #[error("Line {line} is no recorded thread: {why}.")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it, and where.
        why: String,
    },
}

/// The threads of a recording, one after the other. After an error there is nothing more.
pub(super) struct Recording<R: Read> {
    source: Source<R>,
    line: u64,
    failed: bool,
}

type Whole<R> = BufReader<io::Chain<Cursor<Vec<u8>>, R>>;

enum Source<R: Read> {
    Plain(Whole<R>),
    Gzip(Box<BufReader<MultiGzDecoder<Whole<R>>>>),
}

impl<R: Read> Recording<R> {
    /// Begins to read. Whether the data is compressed is told by its first bytes, not by a name.
    pub(super) fn new(mut data: R) -> Result<Self, RecordingError> {
        let mut head = Vec::new();
        data.by_ref()
            .take(GZIP.len() as u64)
            .read_to_end(&mut head)
            .map_err(|cause| RecordingError::Read { line: 1, cause })?;
        let compressed = head == GZIP;
        let whole = BufReader::new(Cursor::new(head).chain(data));
        let source = if compressed {
            let plain = BufReader::new(MultiGzDecoder::new(whole));
            Source::Gzip(Box::new(plain))
        } else {
            Source::Plain(whole)
        };
        Ok(Self {
            source,
            line: 0,
            failed: false,
        })
    }

    /// The next line without its end; `None` at the end of the recording.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, RecordingError> {
        self.line += 1;
        let line = self.line;
        let mut bytes = Vec::new();
        let reader: &mut dyn BufRead = match &mut self.source {
            Source::Plain(reader) => reader,
            Source::Gzip(reader) => reader,
        };
        let read = reader
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|cause| RecordingError::Read { line, cause })?;
        if read == 0 {
            return Ok(None);
        }
        let ended = bytes.last() == Some(&b'\n');
        if !ended && read as u64 == LONGEST_LINE {
            return Err(RecordingError::TooLong { line });
        }
        Ok(Some(bytes))
    }

    fn next_thread(&mut self) -> Result<Option<Thread>, RecordingError> {
        while let Some(bytes) = self.next_line()? {
            let text = if self.line == 1 {
                bytes.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(&bytes)
            } else {
                &bytes
            };
            if text.trim_ascii().is_empty() {
                continue;
            }
            let Line {
                mut messages,
                resolved_at,
            } = serde_json::from_slice(text).map_err(|error| RecordingError::Line {
                line: self.line,
                why: in_words(&error),
            })?;
            // A stable sort: messages of one instant stay in the order of the file.
            messages.sort_by_key(|message| message.at);
            return Ok(Some(Thread {
                messages,
                resolved_at,
            }));
        }
        Ok(None)
    }
}

impl<R: Read> Iterator for Recording<R> {
    type Item = Result<Thread, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_thread();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// serde's words with the column; its line number is always 1 here and would mislead.
fn in_words(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(what, _)| what);
    format!("{what} (column {})", error.column())
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(from).map(whole_millis)
}

fn optional_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<Timestamp>::deserialize(from)?.map(whole_millis))
}

/// Recordings leave a mark out, or write `false`, `null` or nothing where it does not apply, and
/// `true` or a word where it does.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => false,
        Value::Bool(flag) => flag,
        Value::String(word) => !word.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(_) | Value::Object(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::{Strategy, any};

    use super::*;
    use crate::domain::bent::{bent, tried_bytes};

    const TWO: &str = concat!(
        r#"{"id":"a","messages":[{"author":"ann","at":"2026-11-20T10:00:00.1239Z","text":"?"}]}"#,
        "\n\n",
        r#"{"messages":[],"resolved_at":"2026-11-20T12:00:00+01:00","new":{"field":[1]}}"#,
    );

    fn read(data: &[u8]) -> Result<Vec<Thread>, RecordingError> {
        Recording::new(data)?.collect()
    }

    #[track_caller]
    fn refused(data: &[u8]) -> String {
        read(data).unwrap_err().to_string()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_compressed_are_told_apart_by_their_first_bytes() {
        let plain = read(TWO.as_bytes()).unwrap();
        assert_eq!(plain.len(), 2);
        assert_eq!(
            plain[0].messages[0].at,
            "2026-11-20T10:00:00.123Z".parse::<Timestamp>().unwrap()
        );
        assert_eq!(
            plain[1].resolved_at,
            Some("2026-11-20T11:00:00Z".parse().unwrap())
        );
        assert_eq!(read(&gzip(TWO.as_bytes())).unwrap(), plain);
        // Files put together with `cat` are several compressed parts.
        let parts = [gzip(TWO.as_bytes()), gzip(b"\n"), gzip(TWO.as_bytes())].concat();
        assert_eq!(read(&parts).unwrap(), [plain.clone(), plain].concat());
    }

    #[test]
    fn nothing_is_a_recording_without_threads() {
        for data in [&b""[..], b"\n", b"\r\n \n", b"\xef\xbb\xbf"] {
            assert_eq!(read(data).unwrap(), []);
        }
        assert_eq!(read(&gzip(b"")).unwrap(), []);
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_are_no_part_of_a_thread() {
        let data = format!("\u{feff}{}\r\n", r#"{"messages":[]}"#);
        assert_eq!(read(data.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn messages_come_in_order_of_their_instants() {
        let data = r#"{"messages":[
            {"author":"late","at":"2026-11-20T10:00:02Z"},
            {"author":"first of two","at":"2026-11-20T10:00:01Z"},
            {"author":"second of two","at":"2026-11-20T11:00:01+01:00"}]}"#
            .replace('\n', "");
        let threads = read(data.as_bytes()).unwrap();
        let authors: Vec<_> = threads[0]
            .messages
            .iter()
            .map(|message| message.author.as_str())
            .collect();
        assert_eq!(authors, ["first of two", "second of two", "late"]);
    }

    #[test]
    fn bots_and_the_system_are_no_people() {
        for (marks, human) in [
            ("", true),
            (r#","is_bot":false,"system":null"#, true),
            (r#","system":"""#, true),
            (r#","is_bot":true"#, false),
            (r#","system":"thread renamed""#, false),
            (r#","system":7"#, false),
        ] {
            let data =
                format!(r#"{{"messages":[{{"author":"x","at":"2026-11-20T10:00:00Z"{marks}}}]}}"#);
            let threads = read(data.as_bytes()).unwrap();
            assert_eq!(threads[0].messages[0].is_human(), human, "{marks}");
        }
    }

    #[test]
    fn what_is_no_thread_is_said_with_its_line() {
        let with = |line: &str| format!("{{\"messages\":[]}}\n\n{line}\n");
        for (line, said) in [
            ("{", "Line 3 is no recorded thread: EOF while parsing"),
            ("[]", "Line 3 is no recorded thread: "),
            (
                "{}",
                "Line 3 is no recorded thread: missing field `messages`",
            ),
            (
                r#"{"messages":[{"at":"2026-11-20T10:00:00Z"}]}"#,
                "Line 3 is no recorded thread: missing field `author` (column 42).",
            ),
            (
                r#"{"messages":[{"author":"x","at":"yesterday"}]}"#,
                "Line 3 is no recorded thread: input contains invalid characters",
            ),
            ("\u{0}\u{1}", "Line 3 is no recorded thread: expected value"),
        ] {
            let error = refused(with(line).as_bytes());
            assert!(error.starts_with(said), "{line}: {error}");
        }
        let error =
            refused(b"{\"messages\":[{\"author\":\"\xff\",\"at\":\"2026-11-20T10:00:00Z\"}]}");
        assert!(
            error.starts_with("Line 1 is no recorded thread: "),
            "{error}"
        );
    }

    #[test]
    fn damaged_or_cut_off_data_is_said_with_its_line() {
        let whole = gzip(TWO.as_bytes());
        let error = refused(&whole[..whole.len() / 2]);
        assert!(error.starts_with("Reading stopped in line "), "{error}");
        let error = refused(&[0x1f, 0x8b]);
        assert!(error.starts_with("Reading stopped in line 1: "), "{error}");
    }

    #[test]
    fn after_an_error_there_is_nothing_more() {
        let mut recording = Recording::new(&b"x\n{\"messages\":[]}\n"[..]).unwrap();
        assert!(recording.next().unwrap().is_err());
        assert!(recording.next().is_none());
    }

    #[test]
    fn a_line_of_megabytes_is_read() {
        let data = format!(
            r#"{{"messages":[{{"author":"x","at":"2026-11-20T10:00:00Z","text":"{}"}}]}}"#,
            "wide ".repeat(1_000_000)
        );
        assert_eq!(read(data.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn a_bent_recording_panics_nothing() {
        let texts = bent(vec![TWO.to_owned()]);
        let files = (texts, any::<bool>()).prop_map(|(text, packed)| {
            let data = text.into_bytes();
            if packed { gzip(&data) } else { data }
        });
        tried_bytes(files, |data| {
            drop(read(data));
            // What is compressed is bent by the byte; the data say where, so that it is there again.
            let mut packed = gzip(data);
            drop(read(&packed));
            let sum: usize = data.iter().copied().map(usize::from).sum();
            let place = sum % packed.len();
            packed[place] = packed[place].wrapping_add(1);
            drop(read(&packed));
            packed.truncate(place);
            drop(read(&packed));
        });
    }
}
