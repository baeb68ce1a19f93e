//! Real help threads, read from where `SAMEDAY_DATA` says.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::GzDecoder;
use serde_json::Value;

/// A recorded thread with at least one message of a person.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) messages: Vec<Said>,
}

/// A recorded message.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Unique among all threads of its source.
    pub(crate) author: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) text: String,
    pub(crate) staff: bool,
    /// A bot, or the system itself.
    pub(crate) machine: bool,
}

/// Discord has no instants before 2015; older threads are moved by whole weeks, so that every
/// weekday and hour stays.
const FIRST_YEAR: &str = "2015-02-01T00:00:00Z";
const SHIFT_WEEKS: i64 = 52 * 12;

/// Where the data is, if it is there. Says loudly when it is not; with `CI=true` that fails.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the data is"
)]
pub(crate) fn find_data() -> Option<PathBuf> {
    let folder = std::env::var("SAMEDAY_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let file = folder.join("threads.jsonl.gz");
    if file.exists() {
        return Some(file);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !ci,
        "no recorded threads at {}: set SAMEDAY_DATA",
        file.display()
    );
    eprintln!(
        "SKIPPED: no recorded threads at {}; set SAMEDAY_DATA",
        file.display()
    );
    None
}

/// How many threads to replay: 300 unless `SAMEDAY_REPLAY` says `all` or a number.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment how much to replay"
)]
pub(crate) fn how_many() -> usize {
    match std::env::var("SAMEDAY_REPLAY").as_deref() {
        Ok("all") => usize::MAX,
        Ok(number) => number.parse().expect("SAMEDAY_REPLAY is `all` or a number"),
        Err(_) => 300,
    }
}

/// Every n-th thread of the file, so that each source is there, `count` in all.
pub(crate) fn read(file: PathBuf, count: usize) -> Vec<Recorded> {
    let reader = BufReader::new(GzDecoder::new(std::fs::File::open(file).unwrap()));
    let all: Vec<Recorded> = reader
        .lines()
        .map(|line| thread(&serde_json::from_str(&line.unwrap()).unwrap()))
        .filter(|thread| thread.messages.iter().any(|said| !said.machine))
        .collect();
    let step = (all.len() / count.min(all.len())).max(1);
    all.into_iter().step_by(step).take(count).collect()
}

fn thread(line: &Value) -> Recorded {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = text(&line["source"]);
    let guild = text(&line["guild"]);
    let flag = |message: &Value, name: &str| message[name].as_bool().unwrap_or(false);
    let messages = line["messages"].as_array().unwrap().iter().map(|message| {
        let at: DateTime<Utc> = message["at"].as_str().unwrap().parse().unwrap();
        Said {
            author: format!("{source}/{guild}/{}", text(&message["author"])),
            at,
            text: text(&message["text"]),
            staff: flag(message, "is_staff"),
            machine: flag(message, "is_bot") || flag(message, "system"),
        }
    });
    let mut thread = Recorded {
        id: text(&line["id"]),
        title: text(&line["title"]),
        messages: messages.collect(),
    };
    if thread.messages[0].at < FIRST_YEAR.parse::<DateTime<Utc>>().unwrap() {
        for said in &mut thread.messages {
            said.at += TimeDelta::weeks(SHIFT_WEEKS);
        }
    }
    thread
}
