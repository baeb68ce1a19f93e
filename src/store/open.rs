//! Opening the database, and refusing to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::seal::{self, Looked, Sealer, Verdict};
use super::{Cause, Shared, Store, StoreError, Writer, cause};

/// Forward only; see the rules at the head of the first one.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// The oldest SQLite without a known way to corrupt a WAL database that is checkpointed by two
/// connections at once. Source: sqlite.org/wal.html, "The WAL-reset bug".
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// What `PRAGMA application_id` says in our files, as the first migration sets it.
const APPLICATION_ID: i64 = 1_935_764_837;

/// How long a connection waits for another's lock: only checkpoints and backups ever hold one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many questions are answered at once.
const READERS: u32 = 4;

/// The write-ahead log is cut back to this many bytes after a checkpoint, so that one large batch
/// does not leave a large file behind.
const WAL_BYTES_KEPT: &str = "67108864";

/// How often the lock is tried, and after how long again: longer than a look takes, and well below the
/// second within which a second program is refused.
const LOCK_TRIES: u32 = 10;
const LOCK_AGAIN: Duration = Duration::from_millis(20);

/// Cache for each reader, in KiB. What they are asked is mostly one ticket, or everything once.
const READER_CACHE: &str = "-128";

/// Cache for the writer, in KiB (negative, as SQLite wants it). More was no faster: what is not in
/// it is in the system's cache, and memory is promised to stay small.
const WRITER_CACHE: &str = "-1024";

/// Why the database was not opened. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "{path} is in use by another sameday process; stop that one first, only one process may use a database file"
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its folder cannot be created or written.
    #[error(
        "{path} cannot be written ({cause}); check that its folder exists and belongs to the user who runs sameday, and that the disk has room"
    )]
    Unwritable {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// There is nothing to look at.
    #[error(
        "there is no database {path}; name the right file in the settings, or start the bot once to create it"
    )]
    NotThere {
        /// The file.
        path: PathBuf,
    },
    /// No room.
    #[error("the disk that holds {path} is full; make room and start again")]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// Not SQLite's format, or not ours.
    #[error("{path} is not a database of sameday; name another file, or restore a backup")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// It is broken inside.
    #[error(
        "{path} is damaged ({finding}); restore a backup, or copy what is left with `sqlite3 {path} .recover`"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The first thing SQLite found.
        finding: String,
    },
    /// It is not what was closed.
    #[error(
        "{path} is not what sameday left when it ended: it is damaged, or somebody else has changed it; restore a backup, or delete {seal} if that change was meant"
    )]
    Broken {
        /// The database file.
        path: PathBuf,
        /// What says so.
        seal: PathBuf,
    },
    /// It cannot be read.
    #[error("{path} cannot be read ({cause}); check the disk, and to whom the file belongs")]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// A newer sameday wrote it.
    #[error(
        "{path} was written by a newer version of sameday (schema {found}, this one knows {known}); run that version, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// An older sameday wrote it, and nothing may be changed now.
    #[error(
        "{path} was written by an older version of sameday (schema {found}, this one needs {known}); start the bot once to bring it up to date"
    )]
    Older {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The SQLite built in is too old.
    #[error(
        "this build of sameday contains SQLite {found}, but needs 3.51.3 or newer; build it with the `sqlite-bundled` feature of sqlx"
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// Anything else.
    #[error("{path} could not be opened: {cause}")]
    Other {
        /// The database file.
        path: PathBuf,
        /// What happened; it stands in the sentence already.
        cause: sqlx::Error,
    },
}

impl Store {
    /// Opens the database, creates it or brings it up to date, and keeps every other process out
    /// for as long as the store lives.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let lock = lock(path).await?;
        let refuse = |cause| OpenError::of(path, cause);
        let (is_whole, looked) = require_seal(path).await?;
        let options = options(path).create_if_missing(true);
        let mut writer = options
            .clone()
            .pragma("cache_size", WRITER_CACHE)
            // What is deleted or erased is overwritten in the file.
            .pragma("secure_delete", "ON")
            // The log is copied into the file where that can be sealed.
            .pragma("wal_autocheckpoint", "0")
            .connect()
            .await
            .map_err(refuse)?;
        require_sqlite(path, &mut writer).await?;
        require_ours(path, &mut writer).await?;
        if !is_whole {
            require_whole(path, &mut writer).await?;
        }
        let found = schema_version(&mut writer).await.map_err(refuse)?;
        if found > known_version() {
            return Err(OpenError::newer(path, found));
        }
        let sealer = begin_sealing(path, looked).await?;
        MIGRATIONS
            .run(&mut writer)
            .await
            .map_err(|cause| refuse(sqlx::Error::from(cause)))?;
        // A file that can only be read opens without complaint; the first write would fail.
        for statement in ["BEGIN IMMEDIATE", "ROLLBACK"] {
            sqlx::query(statement)
                .execute(&mut writer)
                .await
                .map_err(refuse)?;
        }
        let mut writer = Writer::new(writer, sealer);
        writer.committed().await;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_lazy_with(
                options
                    .read_only(true)
                    .create_if_missing(false)
                    .pragma("cache_size", READER_CACHE),
            );
        let store = Self {
            shared: Arc::new(Shared {
                writer: Mutex::new(Some(writer)),
                readers,
                _lock: Some(lock),
            }),
        };
        match store.refold().await {
            Err(StoreError::Database(cause)) => Err(refuse(cause)),
            // A row that cannot be read stops nobody else; `sameday check` names it.
            Ok(()) | Err(StoreError::Unreadable { .. } | StoreError::NoSuch { .. }) => Ok(store),
        }
    }

    /// Opens the database to look at it, also while the bot runs on it. Everything that writes
    /// fails on such a store.
    pub async fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::NotThere {
                path: path.to_owned(),
            });
        }
        let refuse = |cause| OpenError::of(path, cause);
        // Under a program that runs, the file and its seal change. One may also start meanwhile, and
        // whoever only looks must not keep it from that.
        if !is_in_use(path) {
            let looked = require_seal(path).await;
            if !is_in_use(path) {
                looked?;
            }
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        let mut writer = options.connect().await.map_err(refuse)?;
        require_sqlite(path, &mut writer).await?;
        require_ours(path, &mut writer).await?;
        let found = schema_version(&mut writer).await.map_err(refuse)?;
        let known = known_version();
        if found > known {
            return Err(OpenError::newer(path, found));
        }
        if found < known {
            let path = path.to_owned();
            return Err(OpenError::Older { path, found, known });
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_lazy_with(options);
        Ok(Self {
            shared: Arc::new(Shared {
                writer: Mutex::new(Some(Writer::new(writer, None))),
                readers,
                _lock: None,
            }),
        })
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", WAL_BYTES_KEPT)
}

/// The file with the same name and an ending to it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Takes the lock that keeps other processes out. Whoever only looks whether somebody has it has it for
/// a moment, which is waited for.
async fn lock(path: &Path) -> Result<File, OpenError> {
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(beside(path, ".lock"))
        .map_err(|cause| match cause.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => OpenError::DiskFull {
                path: path.to_owned(),
            },
            _ => OpenError::unwritable(path, &cause),
        })?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => sleep(LOCK_AGAIN).await,
            Err(TryLockError::Error(cause)) => return Err(OpenError::unwritable(path, &cause)),
        }
    }
    Err(OpenError::InUse {
        path: path.to_owned(),
    })
}

/// Whether a program has the database open to write.
fn is_in_use(path: &Path) -> bool {
    // Where there is no such file nobody has ever opened the database to write.
    let lock = File::open(beside(path, ".lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

async fn require_sqlite(path: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(|cause| OpenError::of(path, cause))?;
    let mut parts = found.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) >= OLDEST_SQLITE {
        Ok(())
    } else {
        Err(OpenError::OldSqlite { found })
    }
}

/// A file with tables in it that are not ours is somebody else's.
async fn require_ours(path: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let refuse = |cause| OpenError::of(path, cause);
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(refuse)?;
    let others: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE '%sqlx_migrations%'",
    )
    .fetch_one(connection)
    .await
    .map_err(refuse)?;
    if id != APPLICATION_ID && others > 0 {
        return Err(OpenError::NotOurs {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Whether the file is what its seal says; one that is not is refused.
async fn require_seal(path: &Path) -> Result<(bool, Looked), OpenError> {
    let (verdict, looked) = seal::look(path)
        .await
        .map_err(|cause| OpenError::unreadable(path, &cause))?;
    match verdict {
        Verdict::Unknown => Ok((false, looked)),
        Verdict::Whole => Ok((true, looked)),
        Verdict::Broken => Err(OpenError::Broken {
            path: path.to_owned(),
            seal: seal::place(path),
        }),
        Verdict::LogBroken => Err(OpenError::Damaged {
            path: path.to_owned(),
            finding: "its write-ahead log has lost what it had".to_owned(),
        }),
    }
}

/// Seals what is there. Without room for that the seal that is there is taken away: what is written
/// from now on is not under it.
async fn begin_sealing(path: &Path, looked: Looked) -> Result<Option<Sealer>, OpenError> {
    let place = path.to_owned();
    let begun = spawn_blocking(move || match looked.seal() {
        Ok(sealer) => Ok(Some(sealer)),
        Err(error) => {
            tracing::warn!(%error, "the database is not sealed");
            seal::take_away(&place).map(|()| None)
        }
    });
    let begun = begun.await.map_err(io::Error::other).flatten();
    begun.map_err(|cause| OpenError::unwritable(path, &cause))
}

async fn require_whole(path: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let finding: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
        .await
        .map_err(|cause| OpenError::of(path, cause))?;
    if finding == "ok" {
        return Ok(());
    }
    Err(OpenError::Damaged {
        path: path.to_owned(),
        finding: finding.replace('\n', " "),
    })
}

/// The schema of the file; 0 for an empty one.
async fn schema_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let migrated: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if migrated == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

fn known_version() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default()
}

impl OpenError {
    fn newer(path: &Path, found: i64) -> Self {
        Self::Newer {
            path: path.to_owned(),
            found,
            known: known_version(),
        }
    }

    fn unwritable(path: &Path, cause: &dyn std::fmt::Display) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }

    fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }

    fn of(path: &Path, error: sqlx::Error) -> Self {
        let owned = path.to_owned();
        match cause(&error) {
            Cause::Full => Self::DiskFull { path: owned },
            Cause::NotADatabase => Self::NotOurs { path: owned },
            Cause::Damaged => Self::Damaged {
                path: owned,
                finding: error.to_string(),
            },
            Cause::Disk => Self::unwritable(path, &error),
            Cause::Other => Self::Other {
                path: owned,
                cause: error,
            },
        }
    }
}
