//! Opening, refusing to open, and migrations over rows of every version.

use std::path::PathBuf;

use sqlx::ConnectOptions;
use tempfile::TempDir;

use super::open::MIGRATIONS;
use super::*;
use crate::domain::ids::{GuildId, ThreadId, TicketId, UserId};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sameday.db");
    (folder, path)
}

async fn refusal(path: &std::path::Path) -> OpenError {
    match Store::open(path).await {
        Err(refusal) => refusal,
        Ok(_) => panic!("it was opened"),
    }
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_has_ended() {
    // The lock belongs to the open file, not to the process: a second opening stands for one.
    let (_folder, path) = place();
    let first = Store::open(&path).await.unwrap();
    let refused = refusal(&path).await;
    assert!(matches!(refused, OpenError::InUse { .. }));
    let sentence = refused.to_string();
    assert!(sentence.contains("is in use by another sameday process"));
    // Looking is allowed, writing is not.
    let looking = Store::open_read_only(&path).await.unwrap();
    assert_eq!(looking.list_dead().await.unwrap(), []);
    assert!(
        looking
            .see_guilds(&[GuildId(1)], Timestamp::UNIX_EPOCH)
            .await
            .is_err()
    );
    drop(first);
    Store::open(&path).await.unwrap();
}

#[tokio::test]
async fn whoever_only_looks_keeps_no_program_from_starting() {
    let (_folder, path) = place();
    drop(Store::open(&path).await.unwrap());
    let look = std::fs::File::open(super::open::beside(&path, ".lock")).unwrap();
    look.lock_shared().unwrap();
    // It is polled once before the look ends.
    let (opened, ()) = tokio::join!(Store::open(&path), async { drop(look) });
    opened.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    let store = Store::open(&path).await.unwrap();
    store
        .tamper(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', 1, x'00', 0)",
        )
        .await;
    store.tamper("PRAGMA wal_checkpoint(TRUNCATE)").await;
    drop(store);
    let before = std::fs::read(&path).unwrap();
    for refused in [
        refusal(&path).await,
        Store::open_read_only(&path).await.unwrap_err(),
    ] {
        let OpenError::Newer { found, known, .. } = refused else {
            panic!("newer, not {refused}");
        };
        let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
        assert_eq!((found, Some(known)), (9999, newest));
    }
    assert!(std::fs::read(&path).unwrap() == before);
}

#[tokio::test]
async fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let (folder, path) = place();
    std::fs::write(&path, "dear diary, ".repeat(1_000)).unwrap();
    assert!(matches!(refusal(&path).await, OpenError::NotOurs { .. }));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("dear"));

    let path = folder.path().join("other.db");
    let mut other = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::query("CREATE TABLE recipe (name TEXT)")
        .execute(&mut other)
        .await
        .unwrap();
    assert!(matches!(refusal(&path).await, OpenError::NotOurs { .. }));
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (_folder, path) = place();
    let store = Store::open(&path).await.unwrap();
    store
        .tamper(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
             INSERT INTO guild (guild_id, first_seen_at) SELECT n, n FROM n",
        )
        .await;
    store.tamper("PRAGMA wal_checkpoint(TRUNCATE)").await;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let (begin, length) = (bytes.len() / 2, 8_192);
    bytes[begin..begin + length].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let refused = refusal(&path).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let (folder, _) = place();
    let path = folder.path().join("no such folder").join("sameday.db");
    let refused = refusal(&path).await;
    assert!(matches!(refused, OpenError::Unwritable { .. }));
    assert!(refused.to_string().contains("no such folder"));
    let refused = Store::open_read_only(&path).await.unwrap_err();
    assert!(matches!(refused, OpenError::NotThere { .. }));
}

#[tokio::test]
async fn a_guild_is_first_seen_once() {
    let (_folder, path) = place();
    let store = Store::open(&path).await.unwrap();
    let instant = |millis| from_millis(millis).unwrap();
    let guilds = [GuildId(1), GuildId(2)];
    store.see_guilds(&guilds[..1], instant(5)).await.unwrap();
    let seen = store.see_guilds(&guilds, instant(7)).await.unwrap();
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [(GuildId(1), instant(5)), (GuildId(2), instant(7))]
    );
}

/// The rows of each version's samples go in right after its migration; all later migrations go over
/// them.
#[tokio::test]
async fn migrations_keep_the_rows_of_every_version() {
    let (_folder, path) = place();
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for migration in MIGRATIONS.iter() {
        MIGRATIONS
            .run_to(migration.version, &mut connection)
            .await
            .unwrap();
        let name = format!("{:04}_{}.sql", migration.version, migration.description);
        let samples = folder.join("samples").join(name.replace(' ', "_"));
        let rows = std::fs::read_to_string(&samples)
            .unwrap_or_else(|error| panic!("{}: {error}", samples.display()));
        sqlx::raw_sql(sqlx::AssertSqlSafe(rows))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    drop(connection);

    let store = Store::open(&path).await.unwrap();
    let report = check::check(&store).await.unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
    // Two of them were made of what hung on an issue before that was recorded.
    assert_eq!((report.tickets, report.events), (3, 14));
    let row = store.load_ticket(TicketId(2)).await.unwrap();
    assert_eq!(row.thread, ThreadId(1_323_802_873_036_800_002));
    assert_eq!(row.ticket.asker(), Some(UserId(100_001)));
    let alerts = store.list_alerts(TicketId(2)).await.unwrap();
    assert_eq!(alerts.len(), 2);
    assert_eq!(alerts[1].ping.people, [UserId(100_002)]);
    assert_eq!(store.load_positions().await.unwrap().len(), 1);
    assert!(store.load_presence().await.unwrap().is_some());
    assert_eq!(store.list_pending().await.unwrap().len(), 5);
    let missing = store.load_ticket(TicketId(4)).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no ticket 4");
}
