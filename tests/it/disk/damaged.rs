//! A database that somebody has cut short, or in which bits have turned.
//!
//! The file bears a seal, however the program has ended, and any other one in its place is refused. A
//! log has checksums of its own; in its last transaction alone a turned bit is what a power cut is: it
//! may not have been on the disk yet.
//!
//! SQLite itself keeps no checksum of a page, so what is noticed in a file without its seal depends on
//! where it is:
//!
//! | damage | noticed |
//! |---|---|
//! | the file is cut short, its head or the structure of a page is broken | at the start, which is refused |
//! | a ticket, or an event it is folded from | by `sameday check` |
//! | a value that nothing else follows from, such as a title | not at all |

use std::fs;
use std::path::{Path, PathBuf};

use sameday::store::{Store, check};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::{Bot, Team};
use crate::lengths::{chance, how_many};

/// What became of a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Refused,
    Found,
    Unharmed,
    OtherValue,
}

async fn opens(file: &Path, sound: &[String]) -> End {
    let Ok(store) = Store::open(file).await else {
        return End::Refused;
    };
    let whole = match check::check(&store).await {
        Ok(report) => report.findings.is_empty(),
        Err(_) => false,
    };
    drop(store);
    if !whole {
        return End::Found;
    }
    if figures(file).await == sound {
        End::Unharmed
    } else {
        End::OtherValue
    }
}

/// Every row of every table.
async fn figures(file: &Path) -> Vec<String> {
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    let mut rows = Vec::new();
    for (table, columns) in [
        (
            "ticket",
            "ticket_id, thread_id, state, status, due_at, wake_at",
        ),
        ("ticket_event", "ticket_id, at, id, kind, fact"),
        (
            "thread",
            "thread_id, guild_id, channel_id, title, last_seen_message_id",
        ),
        (
            "outbox",
            "outbox_id, ticket_id, kind, content, state, message_id",
        ),
        ("session", "session_id, sequence, resume_url"),
    ] {
        let question = format!("SELECT json_array({columns}) FROM {table} ORDER BY 1");
        let found = sqlx::query(sqlx::AssertSqlSafe(question))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        rows.extend(found.iter().map(|row| row.get::<String, _>(0)));
    }
    connection.close().await.unwrap();
    rows
}

#[tokio::test]
async fn a_damaged_database_is_refused_or_found_out() {
    let mut random = chance();
    let (mut team, disk, _) = Team::at_work().await;
    team.goes_on(&disk).await;
    let file = team.stage.database();
    let rows = figures(&file).await;
    let log = file.with_extension("db-wal");
    assert!(!log.exists(), "not all is in the file");
    let sound = fs::read(&file).unwrap();
    let seal = fs::read(file.with_extension("db.seal")).expect("it was closed in good order");

    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole.db");
    fs::write(&whole, &sound).unwrap();
    assert_eq!(opens(&whole, &rows).await, End::Unharmed);
    let (mut sealed, mut ends) = (Vec::new(), Vec::new());
    for n in 0..how_many("SAMEDAY_FLIPS", 150) {
        let damaged = folder.path().join(format!("{n}.db"));
        let mut bytes = sound.clone();
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u8(..8);
        fs::write(&damaged, bytes).unwrap();
        let with_seal = damaged.with_extension("db.seal");
        fs::write(&with_seal, &seal).unwrap();
        sealed.push(opens(&damaged, &rows).await);
        if sealed.last() == Some(&End::Refused) {
            fs::remove_file(with_seal).unwrap();
            ends.push(opens(&damaged, &rows).await);
        }
    }
    // A seal does not count where the file's change counter is another, which is nothing else's.
    let harmless = |end: &&End| matches!(end, End::Refused | End::Unharmed);
    assert_eq!(sealed.iter().find(|end| !harmless(end)), None);
    assert!(sealed.iter().filter(|end| **end == End::Refused).count() * 100 > sealed.len() * 95);
    let count = |end| ends.iter().filter(|each| **each == end).count();
    eprintln!(
        "{} flipped bits: {} refused by the seal; without it {} refused at the start, {} found by a \
         check, {} in unused bytes, {} in a value that nothing follows from",
        sealed.len(),
        sealed.iter().filter(|end| **end == End::Refused).count(),
        count(End::Refused),
        count(End::Found),
        count(End::Unharmed),
        count(End::OtherValue)
    );
    assert!(count(End::Refused) > 0 && count(End::Found) > 0);
    for n in 0..20 {
        let damaged = folder.path().join(format!("short-{n}.db"));
        let length = random.usize(1..sound.len());
        fs::write(&damaged, &sound[..length]).unwrap();
        assert_eq!(opens(&damaged, &rows).await, End::Refused, "{length} bytes");
    }
}

/// A database as it was when its program was killed, in a folder of its own.
struct Left {
    /// The file, its log and its seal.
    parts: [Vec<u8>; 3],
    folder: TempDir,
}

const ENDINGS: [&str; 3] = ["db", "db-wal", "db.seal"];

impl Left {
    fn of(file: &Path) -> Self {
        let parts = ENDINGS.map(|ending| fs::read(file.with_extension(ending)).unwrap());
        let folder = TempDir::new().unwrap();
        Self { parts, folder }
    }

    fn put(&self, name: &str) -> PathBuf {
        let file = self.folder.path().join(name).with_extension("db");
        for (part, ending) in self.parts.iter().zip(ENDINGS) {
            fs::write(file.with_extension(ending), part).unwrap();
        }
        file
    }

    /// Where the last transaction of the log begins: behind the last frame but one that commits.
    fn last_transaction(&self) -> usize {
        let log = &self.parts[1];
        let size = 24 + 4096;
        let frames = (32..log.len()).step_by(size);
        let frames = frames.filter(|at| log.get(at + 8..at + 16) == log.get(16..24));
        let commits = frames.filter(|at| log[at + 4..at + 8] != [0; 4]);
        let ends: Vec<usize> = commits.map(|at| at + size).collect();
        assert!(ends.len() > 2, "{ends:?}");
        ends[ends.len() - 2]
    }
}

#[tokio::test]
async fn a_database_that_was_not_closed_is_refused_or_unharmed() {
    let mut random = chance();
    let (mut team, disk, _) = Team::at_work().await;
    disk.recovers();
    let mut bot = Bot::starts(&team, &disk);
    team.works().await;
    bot.dies().await;
    let mut left = Left::of(&team.stage.database());
    let whole = left.put("whole");
    assert!(Store::open(&whole).await.is_ok());
    let rows = figures(&whole).await;
    assert_eq!(opens(&left.put("again"), &rows).await, End::Unharmed);

    let last = left.last_transaction();
    let (mut refused, mut harmless, mut undone) = (0, 0, 0);
    let flips = how_many("SAMEDAY_FLIPS", 150);
    for n in 0..flips {
        // As often in the log, which is much longer here, as in the file.
        let part = usize::from(random.u8(..2));
        let at = random.usize(..left.parts[part].len());
        let bit = 1 << random.u8(..8);
        left.parts[part][at] ^= bit;
        let file = left.put(&n.to_string());
        match opens(&file, &rows).await {
            End::Refused => refused += 1,
            End::Unharmed => harmless += 1,
            // What was written last is not there, and heard again.
            End::OtherValue if part == 1 && at >= last => undone += 1,
            end => panic!("bit {bit} of byte {at} in {}: {end:?}", ENDINGS[part]),
        }
        left.parts[part][at] ^= bit;
        for ending in ENDINGS {
            drop(fs::remove_file(file.with_extension(ending)));
        }
    }
    eprintln!(
        "{flips} flipped bits after a kill: {refused} refused at the start, {harmless} where the log has \
         the page or nobody reads, {undone} in the last transaction, which then has not been"
    );
    assert!(refused * 4 > flips, "{refused}");
}
