use std::fs;

use super::*;
use crate::store::OpenError;

/// Writes rows until the file has some pages.
const FILL: &str = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
    INSERT OR IGNORE INTO guild (guild_id, first_seen_at) SELECT n + abs(random() % 9000), n FROM n";

/// The file, its log and its seal as a SIGKILL would leave them.
struct Left {
    folder: tempfile::TempDir,
}

impl Left {
    fn of(path: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for ending in ["", "-wal", ".seal"] {
            let from = beside(path, ending);
            if from.exists() {
                fs::copy(from, beside(&folder.path().join("left.db"), ending)).unwrap();
            }
        }
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("left.db")
    }

    fn flip(&self, ending: &str, at: usize) {
        let path = beside(&self.path(), ending);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    }

    async fn verdict(&self) -> Verdict {
        look(&self.path()).await.unwrap().0
    }

    /// Every page that the log does not replace is under the seal; the others do not matter.
    async fn is_guarded(&self) {
        let Found::Log(log) = log::read(&self.path()).unwrap() else {
            panic!("no log");
        };
        let sound = fs::read(self.path()).unwrap();
        let pages = sound.len() / 4096;
        for page in 1..pages {
            self.flip("", page * 4096 + 100);
            let replaced = log.pages.contains_key(&u32::try_from(page + 1).unwrap());
            let expected = if replaced {
                Verdict::Whole
            } else {
                Verdict::Broken
            };
            assert_eq!(self.verdict().await, expected, "page {page} of {pages}");
            fs::write(self.path(), &sound).unwrap();
        }
    }
}

async fn opened() -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sameday.db");
    let store = Store::open(&path).await.unwrap();
    (folder, path, store)
}

async fn commits(store: &Store, statement: &'static str) {
    store.tamper(statement).await;
    store.writer().await.unwrap().committed().await;
}

async fn copies(store: &Store) {
    store.writer().await.unwrap().checkpoint().await;
}

#[tokio::test]
async fn a_killed_program_leaves_a_file_whose_every_page_is_known() {
    let (_folder, path, store) = opened().await;
    commits(&store, FILL).await;
    // The first log, nothing of it in the file that was not there before.
    assert_eq!(Left::of(&path).verdict().await, Verdict::Whole);
    copies(&store).await;
    let left = Left::of(&path);
    assert_eq!(left.verdict().await, Verdict::Whole);
    left.is_guarded().await;
    // The next log.
    commits(
        &store,
        "UPDATE guild SET first_seen_at = 7 WHERE guild_id % 500 = 0",
    )
    .await;
    let left = Left::of(&path);
    assert_eq!(left.verdict().await, Verdict::Whole);
    left.is_guarded().await;
    // In a checkpoint, and after one without a new seal.
    let seal = fs::read(place(&path)).unwrap();
    copies(&store).await;
    let between = Left::of(&path);
    fs::write(place(&between.path()), seal).unwrap();
    assert_eq!(between.verdict().await, Verdict::Whole);
    between.is_guarded().await;
    // Whoever goes on from there is known as well, in the same log and the next.
    let again = Store::open(&between.path()).await.unwrap();
    commits(&again, "DELETE FROM guild WHERE guild_id % 700 = 0").await;
    let left = Left::of(&between.path());
    assert_eq!(left.verdict().await, Verdict::Whole);
    left.is_guarded().await;
    copies(&again).await;
    commits(&again, "DELETE FROM guild WHERE guild_id % 900 = 0").await;
    Left::of(&between.path()).is_guarded().await;
}

#[tokio::test]
async fn while_a_reader_holds_the_log_it_goes_on_and_stays_guarded() {
    let (_folder, path, store) = opened().await;
    commits(&store, FILL).await;
    let mut reading = store.readers().begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM guild")
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    copies(&store).await;
    // All is copied, and the reader keeps the log from beginning anew.
    for _ in 0..3 {
        commits(
            &store,
            "UPDATE guild SET first_seen_at = 8 WHERE guild_id % 300 = 0",
        )
        .await;
        let left = Left::of(&path);
        assert_eq!(left.verdict().await, Verdict::Whole);
        left.is_guarded().await;
        copies(&store).await;
    }
    drop(reading);
    commits(
        &store,
        "UPDATE guild SET first_seen_at = 9 WHERE guild_id % 400 = 0",
    )
    .await;
    Left::of(&path).is_guarded().await;
}

/// Also after a commit that alone fills more of the log than is kept: it would grow with each of them.
#[tokio::test]
async fn a_long_log_is_copied_after_the_commit_that_made_it_long() {
    let (_folder, path, store) = opened().await;
    store.writer().await.unwrap().copy_at = 200;
    let mut longest = 0;
    for _ in 0..3 {
        commits(
            &store,
            "INSERT INTO guild (guild_id, first_seen_at, rules)
             SELECT count(*) + 1, 1, hex(zeroblob(1000000)) FROM guild",
        )
        .await;
        store.tidy().await;
        assert!(store.writer().await.unwrap().is_copied());
        let log = fs::metadata(beside(&path, "-wal")).unwrap().len();
        assert!(longest == 0 || log < longest + longest / 10, "{log} bytes");
        longest = log.max(longest);
    }
    assert!(longest > 2_000_000, "{longest} bytes");
}

#[tokio::test]
async fn what_another_program_has_done_to_the_file_is_not_held_against_it() {
    let (_folder, path, store) = opened().await;
    commits(&store, FILL).await;
    copies(&store).await;
    commits(
        &store,
        "UPDATE guild SET first_seen_at = 7 WHERE guild_id % 500 = 0",
    )
    .await;
    let left = Left::of(&path);
    let mut other = sqlx::sqlite::SqliteConnectOptions::new().filename(left.path());
    other = other.pragma("journal_mode", "WAL");
    let other = sqlx::ConnectOptions::connect(&other).await.unwrap();
    other.close().await.unwrap();
    assert!(!beside(&left.path(), "-wal").exists());
    assert_eq!(left.verdict().await, Verdict::Unknown);
    Store::open(&left.path()).await.unwrap().close().await;
    assert_eq!(left.verdict().await, Verdict::Whole);
}

#[tokio::test]
async fn a_log_that_has_lost_what_it_had_is_refused() {
    let (_folder, path, store) = opened().await;
    // Else its length is what the migrations left.
    assert!(store.clear_log().await.unwrap());
    // While somebody reads what was before it, nothing is copied, and the log does not begin anew.
    let mut reading = store.readers().begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM guild")
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    commits(&store, FILL).await;
    let before = fs::metadata(beside(&path, "-wal")).unwrap().len();
    commits(
        &store,
        "UPDATE guild SET first_seen_at = 7 WHERE guild_id % 500 = 0",
    )
    .await;
    let after = fs::metadata(beside(&path, "-wal")).unwrap().len();
    assert!(after > before + 4120);
    for at in [0, 18, 27, 40, 60, 5_000, before - 2, before - 4100] {
        let left = Left::of(&path);
        left.flip("-wal", usize::try_from(at).unwrap());
        assert_eq!(left.verdict().await, Verdict::LogBroken, "byte {at}");
        let refused = Store::open(&left.path()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
    }
    // The last transaction may not have been on the disk yet.
    for at in [before + 60, after - 4110, after - 2] {
        let left = Left::of(&path);
        left.flip("-wal", usize::try_from(at).unwrap());
        assert_ne!(left.verdict().await, Verdict::LogBroken, "byte {at}");
        drop(Store::open(&left.path()).await.unwrap());
    }
}

#[tokio::test]
async fn another_file_than_was_closed_is_refused_until_the_seal_is_deleted() {
    let (_folder, path, store) = opened().await;
    store.close().await;
    drop(store);
    assert_eq!(look(&path).await.unwrap().0, Verdict::Whole);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    for refused in [
        Store::open(&path).await.unwrap_err(),
        Store::open_read_only(&path).await.unwrap_err(),
    ] {
        assert!(matches!(refused, OpenError::Broken { .. }), "{refused}");
    }
    fs::remove_file(place(&path)).unwrap();
    let looked_at = Store::open(&path).await;
    assert!(!matches!(looked_at, Err(OpenError::Broken { .. })));
}

#[tokio::test]
async fn a_seal_does_not_hold_for_another_file() {
    let (_folder, path, store) = opened().await;
    store.close().await;
    let longer = [fs::read(&path).unwrap(), vec![0; 4096]].concat();
    fs::write(&path, longer).unwrap();
    assert_eq!(look(&path).await.unwrap().0, Verdict::Unknown);
}

/// As on a disk without room for another file: what the seal does not say yet is not forgotten.
#[tokio::test]
async fn a_seal_that_could_not_be_written_is_made_up_for_by_the_next_one() {
    let (_folder, path, store) = opened().await;
    commits(&store, FILL).await;
    copies(&store).await;
    let in_the_way = place(&path).with_extension("seal-new");
    fs::create_dir(&in_the_way).unwrap();
    for statement in [
        "UPDATE guild SET first_seen_at = 7 WHERE guild_id % 500 = 0",
        "UPDATE guild SET first_seen_at = 8 WHERE guild_id % 700 = 1",
    ] {
        commits(&store, statement).await;
        copies(&store).await;
    }
    fs::remove_dir(in_the_way).unwrap();
    commits(&store, "DELETE FROM guild WHERE guild_id % 900 = 0").await;
    copies(&store).await;
    let left = Left::of(&path);
    assert_eq!(left.verdict().await, Verdict::Whole);
    left.is_guarded().await;
    commits(&store, "DELETE FROM guild WHERE guild_id % 300 = 1").await;
    Left::of(&path).is_guarded().await;
}

#[tokio::test]
async fn a_seal_that_somebody_else_has_changed_is_made_anew_by_the_next_start() {
    for bent in [false, true] {
        let (_folder, path, store) = opened().await;
        commits(&store, FILL).await;
        if bent {
            let mut bytes = fs::read(place(&path)).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(place(&path), bytes).unwrap();
        } else {
            fs::remove_file(place(&path)).unwrap();
        }
        copies(&store).await;
        commits(&store, "DELETE FROM guild WHERE guild_id % 300 = 1").await;
        store.close().await;
        drop(store);
        assert!(!place(&path).exists());
        Store::open(&path).await.unwrap().close().await;
        assert_eq!(look(&path).await.unwrap().0, Verdict::Whole);
    }
}

#[test]
fn a_seal_reads_what_it_wrote_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("sameday.db.seal");
    let read = || -> io::Result<(Head, Vec<u32>)> {
        let (head, sums) = kept::read(&place)?;
        Ok((head, sums.collect::<io::Result<_>>()?))
    };
    for (holds, sums) in [
        (Holds::Closed, vec![1, 2, u32::MAX]),
        (Holds::First, vec![]),
        (
            Holds::Log {
                salt: 5,
                next: false,
            },
            vec![0],
        ),
        (
            Holds::Log {
                salt: u32::MAX,
                next: true,
            },
            vec![3; 9],
        ),
    ] {
        let head = Head {
            page_size: 4096,
            change_counter: 7,
            pages: sums.len(),
            holds,
        };
        kept::write(&place, &head, sums.iter().copied().map(Ok)).unwrap();
        assert_eq!(read().unwrap(), (head, sums));
        let bytes = fs::read(&place).unwrap();
        let refuses = |bent: &[u8], what: &str| {
            fs::write(&place, bent).unwrap();
            assert_eq!(read().unwrap_err().kind(), ErrorKind::InvalidData, "{what}");
        };
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            refuses(&bent, &format!("byte {at}"));
            refuses(&bytes[..at], &format!("{at} bytes"));
        }
        refuses(&[&bytes[..], &[0]].concat(), "a byte too many");
    }
}
