//! A database that somebody has cut short, or in which bits have turned.
//!
//! A file that was closed in good order bears a seal, and any other one in its place is refused. SQLite
//! itself keeps no checksum of a page, so what is noticed in a file without a seal (the program was
//! killed) depends on where it is:
//!
//! | damage | noticed |
//! |---|---|
//! | the file is cut short, its head or the structure of a page is broken | at the start, which is refused |
//! | a ticket, or an event it is folded from | by `sameday check` |
//! | a value that nothing else follows from, such as a title | not at all |

use std::fs;
use std::path::Path;

use sameday::store::{Store, check};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::Team;
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
        if with_seal.exists() {
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
