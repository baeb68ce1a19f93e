//! Is the file still what was closed? SQLite keeps no checksum of its pages, so a bit that turns in a
//! title or a number is served as if it had been written.
//!
//! ```text
//! closing:  last page in the file, log gone ──> sum of all bytes ──> <file>.seal
//! opening:  <file>.seal ──> the same sum? ──> the seal is taken away ──> first write
//! ```
//!
//! A file that bears its seal is read once from end to end and needs no other look. One without (it
//! was not closed in good order, or comes from a backup) is looked at by SQLite, which notices
//! damage to the structure only.
//!
//! * The seal holds for the very file it was made for: another one in its place, restored or
//!   rebuilt, has another length or change counter and is not held against it.
//! * It is taken away for good before anything is written, and does not count while there is a log:
//!   the file alone is then not the database.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Crc;
use sqlx::Connection as _;
use tokio::task::spawn_blocking;

use super::Store;
use super::open::beside;

/// How much of the file is in memory at once.
const AT_ONCE: usize = 1 << 20;

/// Where the change counter stands in the file. Source: sqlite.org/fileformat2.html, "The Database
/// Header".
const CHANGE_COUNTER: std::ops::Range<usize> = 24..28;

/// What a seal says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// There is none that holds.
    None,
    /// The file is what was closed.
    Whole,
    /// It is not.
    Broken,
}

/// What is known of a file by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    bytes: u64,
    change_counter: u32,
    crc: u32,
}

impl Store {
    /// Closes the database for everybody and seals its file, unless that takes longer than
    /// `patience`, or another process has it open.
    pub async fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let Some(writer) = self.shared.writer.lock().await.take() else {
            return;
        };
        self.shared.readers.close().await;
        // The last one copies the log into the file and deletes it.
        if let Err(error) = writer.connection.close().await {
            tracing::warn!(%error, "the database was not closed in good order");
            return;
        }
        let path = self.shared.path.clone();
        if let Ok(Err(error)) = spawn_blocking(move || put(&path, until)).await {
            tracing::warn!(%error, "the database was not sealed");
        }
    }
}

/// Whether the file is what its seal says. To be asked while this process has not opened it: closing
/// a file takes away the locks that the process has on it.
pub(super) async fn check(path: &Path) -> io::Result<Seal> {
    let path = path.to_owned();
    spawn_blocking(move || {
        let Some(seal) = find(&path) else {
            return Ok(Seal::None);
        };
        let Some(found) = sum(&path, None)? else {
            return Ok(Seal::None);
        };
        let is_this = (found.bytes, found.change_counter) == (seal.bytes, seal.change_counter);
        // Whoever opens it meanwhile to write has taken the seal away.
        Ok(if !is_this || find(&path).is_none() {
            Seal::None
        } else if found == seal {
            Seal::Whole
        } else {
            Seal::Broken
        })
    })
    .await?
}

/// Takes the seal away, for good: what is written from now on is not under it.
pub(super) async fn take_away(path: &Path) -> io::Result<()> {
    let seal = place(path);
    spawn_blocking(move || match fs::remove_file(&seal) {
        Ok(()) => sync_folder(&seal),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    })
    .await?
}

/// The seal, where it stands for the whole database.
fn find(path: &Path) -> Option<Sum> {
    let log_is_empty = fs::metadata(beside(path, "-wal")).map_or(true, |log| log.len() == 0);
    let text = fs::read_to_string(place(path)).ok()?;
    Sum::read(&text).filter(|_| log_is_empty)
}

fn put(path: &Path, until: Instant) -> io::Result<()> {
    if beside(path, "-wal").exists() {
        return Ok(());
    }
    let Some(sum) = sum(path, Some(until))? else {
        return Ok(());
    };
    let seal = place(path);
    let mut file = File::create(&seal)?;
    file.write_all(sum.to_text().as_bytes())?;
    file.sync_all()?;
    sync_folder(&seal)
}

fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// `None` where there is no time left for it.
fn sum(path: &Path, until: Option<Instant>) -> io::Result<Option<Sum>> {
    let (mut file, mut part) = (File::open(path)?, vec![0; AT_ONCE]);
    let (mut crc, mut bytes, mut change_counter) = (Crc::new(), 0_u64, 0);
    loop {
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(None);
        }
        let read = file.read(&mut part)?;
        let Some(part) = part.get(..read).filter(|part| !part.is_empty()) else {
            return Ok(Some(Sum {
                bytes,
                change_counter,
                crc: crc.sum(),
            }));
        };
        if bytes == 0
            && let Some(counter) = part.get(CHANGE_COUNTER)
        {
            change_counter = counter
                .iter()
                .fold(0, |all, byte| all << 8 | u32::from(*byte));
        }
        bytes += part.len() as u64;
        crc.update(part);
    }
}

impl Sum {
    fn to_text(self) -> String {
        let Self {
            bytes,
            change_counter,
            crc,
        } = self;
        format!("{bytes} bytes, change {change_counter}, sum {crc:08x}\n")
    }

    fn read(text: &str) -> Option<Self> {
        let (bytes, rest) = text.trim_end().split_once(" bytes, change ")?;
        let (change_counter, crc) = rest.split_once(", sum ")?;
        Some(Self {
            bytes: bytes.parse().ok()?,
            change_counter: change_counter.parse().ok()?,
            crc: u32::from_str_radix(crc, 16).ok()?,
        })
    }
}

/// Where the seal of a file stands.
pub(super) fn place(path: &Path) -> PathBuf {
    beside(path, ".seal")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::OpenError;

    const PATIENCE: Duration = Duration::from_mins(1);

    async fn closed(path: &Path) {
        let store = Store::open(path).await.unwrap();
        store.close(PATIENCE).await;
    }

    #[tokio::test]
    async fn another_file_than_was_closed_is_refused_until_the_seal_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sameday.db");
        closed(&path).await;
        assert_eq!(check(&path).await.unwrap(), Seal::Whole);
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
    async fn a_seal_holds_neither_while_the_file_is_open_nor_for_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sameday.db");
        closed(&path).await;
        let store = Store::open(&path).await.unwrap();
        assert!(!place(&path).exists());
        store.close(Duration::ZERO).await;
        assert!(!place(&path).exists(), "there was no time");
        drop(store);
        closed(&path).await;
        let longer = [fs::read(&path).unwrap(), vec![0; 4096]].concat();
        fs::write(&path, longer).unwrap();
        assert_eq!(check(&path).await.unwrap(), Seal::None);
    }

    #[test]
    fn a_seal_reads_what_it_wrote_and_nothing_else() {
        let sum = Sum {
            bytes: 81_920,
            change_counter: 7,
            crc: 0xab,
        };
        assert_eq!(sum.to_text(), "81920 bytes, change 7, sum 000000ab\n");
        assert_eq!(Sum::read(&sum.to_text()), Some(sum));
        assert_eq!(Sum::read("81920 bytes, change 7"), None);
    }
}
