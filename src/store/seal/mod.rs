//! Is the file still what was written? SQLite keeps no checksum of its pages, so a bit that turns in a
//! title or a number is served as if it had been written. Its log does have checksums.
//!
//! ```text
//! commit ──> log ──(long enough, and nobody waits: checkpoint)──> file
//!                            └──> sums of these pages ──> <file>.seal ──> the next commit
//! opening:  each page of the file that the log does not replace ──> the sum in <file>.seal?
//! ```
//!
//! The file changes in checkpoints only, and these are ours: a page's sum is taken from the log when
//! all of the log is in the file, and written before the next commit may begin the log anew. So
//! whatever has changed since the seal stands in the log, at every instant, however the program ends:
//!
//! | it ends | then the log |
//! |---|---|
//! | before, in or after a checkpoint, without a new seal | has every page that changed; the old seal tells of the others |
//! | after the new seal | the same, or is the next one |
//! | after it was closed | is gone |
//!
//! * A seal says with which log it holds ([`Holds`]). With any other one (somebody else has copied the
//!   log into the file), or where the file has another length or change counter (a backup was put in
//!   its place), it says nothing. SQLite then looks at the structure of the file, and the next seal is
//!   made of what is there.
//! * Where a seal cannot be written the old one stays. It does not hold with the log after the next one.
//! * The sums, four bytes for each page, stay on the disk: the next seal is made of the one before and
//!   of what the log has.

mod kept;
mod log;
mod sums;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::task::spawn_blocking;

use self::kept::{Head, Holds};
use self::log::{Found, Log};
use self::sums::{Sums, sum};
use super::open::beside;
use super::{Store, Writer};

/// Where the change counter stands in the first page. Source: sqlite.org/fileformat2.html, "The
/// Database Header".
const CHANGE_COUNTER: usize = 24;

/// The log is copied into the file once it has this many pages (of 4 KiB). A batch under load touches
/// some 12,000, most of them the ones the batch before had touched: these are copied once.
pub(super) const LONG: i64 = 32_768;

/// What a look at a file comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is no seal that holds.
    Unknown,
    /// The file is what was written.
    Whole,
    /// It is not.
    Broken,
    /// The log has lost what it had.
    LogBroken,
}

/// What was there when a file was looked at.
#[derive(Debug)]
pub(super) struct Looked {
    path: PathBuf,
    sums: Sums,
    /// The log, by its salt, and how many frames it has.
    log: Option<u32>,
    frames: i64,
}

/// Keeps the seal of a file that is written to.
#[derive(Debug)]
pub(super) struct Sealer {
    path: PathBuf,
    /// What the seal on the disk says.
    holds: Holds,
    /// What the file has by now and the seal does not say yet.
    unsealed: Option<Log>,
    /// The log under way, by its salt, and how many frames it has.
    log: Option<u32>,
    frames: i64,
    /// Whether everything in the log is in the file.
    complete: bool,
    /// Somebody else has changed the file: no more seals until the next start.
    given_up: bool,
}

/// Looks at a file and its log. To be done while this process has not opened it: closing a file takes
/// away the locks that the process has on it.
pub(super) async fn look(path: &Path) -> io::Result<(Verdict, Looked)> {
    let path = path.to_owned();
    spawn_blocking(move || look_at(&path)).await?
}

fn look_at(path: &Path) -> io::Result<(Verdict, Looked)> {
    let found = log::read(path)?;
    let log_broken = matches!(found, Found::Broken);
    let log = match found {
        // SQLite begins such a log with another salt.
        Found::Log(log) if log.frames > 0 || log.head.begun > 0 => Some(log),
        _ => None,
    };
    let sums = Sums::of(path)?;
    let replaced = |page: usize| {
        let page = u32::try_from(page + 1).unwrap_or(u32::MAX);
        log.as_ref()
            .is_some_and(|log| log.pages.contains_key(&page))
    };
    let verdict = match kept::read(&place(path)) {
        _ if log_broken => Verdict::LogBroken,
        Ok((sealed, kept))
            if sealed.holds.with(log.as_ref().map(|log| &log.head))
                && (sealed.pages == 0 || sealed.page_size == sums.page_size)
                && sealed.pages <= sums.pages.len()
                && (sealed.pages..sums.pages.len()).all(replaced)
                && (replaced(0) || sealed.change_counter == sums.change_counter) =>
        {
            let mut whole = true;
            for (page, (sealed, found)) in kept.zip(&sums.pages).enumerate() {
                whole &= sealed? == *found || replaced(page);
            }
            if whole {
                Verdict::Whole
            } else {
                Verdict::Broken
            }
        }
        _ => Verdict::Unknown,
    };
    let looked = Looked {
        path: path.to_owned(),
        sums,
        frames: log.as_ref().map_or(0, |log| i64::from(log.frames)),
        log: log.map(|log| log.head.salt),
    };
    Ok((verdict, looked))
}

/// Where the seal of a file stands.
pub(super) fn place(path: &Path) -> PathBuf {
    beside(path, ".seal")
}

/// Takes the seal of a file away, for good.
pub(super) fn take_away(path: &Path) -> io::Result<()> {
    match fs::remove_file(place(path)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => kept::sync_folder(path),
    }
}

impl Looked {
    /// Seals what is there, before anything is written.
    pub(super) fn seal(self) -> io::Result<Sealer> {
        let holds = match self.log {
            Some(salt) => Holds::Log { salt, next: false },
            None => Holds::First,
        };
        let head = Head {
            page_size: self.sums.page_size,
            change_counter: self.sums.change_counter,
            pages: self.sums.pages.len(),
            holds,
        };
        let sums = self.sums.pages.into_iter().map(Ok);
        kept::write(&place(&self.path), &head, sums)?;
        Ok(Sealer {
            path: self.path,
            holds,
            unsealed: None,
            complete: self.log.is_none(),
            log: self.log,
            frames: self.frames,
            given_up: false,
        })
    }
}

impl Sealer {
    /// Writes the next seal: the one before, and what has changed since.
    fn write(&mut self, holds: Holds) -> io::Result<()> {
        let place = place(&self.path);
        let (before, mut kept) = match kept::read(&place) {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                return self.give_up("somebody else has changed its seal");
            }
            Err(error) => return Err(error),
        };
        let new = self.unsealed.as_ref();
        let pages = new.map_or(before.pages, |log| usize::try_from(log.size).unwrap_or(0));
        let head = Head {
            page_size: new.map_or(before.page_size, |log| log.head.page_size),
            change_counter: new
                .and_then(|log| log.change_counter)
                .unwrap_or(before.change_counter),
            pages,
            holds,
        };
        // A page that was never written, as there is one in files of more than 1 GB, is empty.
        let empty = sum(&vec![0; head.page_size]);
        let sums = (1..).take(pages).map(|page: u32| {
            let before = kept.next().transpose()?;
            let new = new.and_then(|log| log.pages.get(&page).copied());
            Ok(new.or(before).unwrap_or(empty))
        });
        kept::write(&place, &head, sums)?;
        (self.holds, self.unsealed) = (holds, None);
        Ok(())
    }

    /// Something may have been committed: to the log as it was, or to one that has begun anew. It has
    /// so many frames now.
    fn committed(&mut self, frames: i64) -> io::Result<()> {
        if self.given_up || (self.complete && frames == 0) {
            return Ok(());
        }
        let Some(head) = log::head(&self.path)? else {
            return self.give_up("its log is not there any more");
        };
        let same = self.log == Some(head.salt);
        if same && frames == self.frames {
            return Ok(());
        }
        if !same && !self.complete {
            return self.give_up("somebody else has copied its log");
        }
        let was_complete = self.complete;
        (self.log, self.frames, self.complete) = (Some(head.salt), frames, false);
        // Nobody may take what goes on in a log for the end of it.
        let too_far = matches!(self.holds, Holds::Log { salt, next: true } if salt == head.salt);
        if was_complete && (too_far || !self.holds.with(Some(&head))) {
            return self.write(Holds::Log {
                salt: head.salt,
                next: false,
            });
        }
        Ok(())
    }

    /// Everything in the log, so many frames, is in the file.
    fn checkpointed(&mut self, frames: i64) -> io::Result<()> {
        if self.given_up || self.complete {
            return Ok(());
        }
        match log::read(&self.path)? {
            Found::Log(log)
                if Some(log.head.salt) == self.log && i64::from(log.frames) == frames =>
            {
                self.complete = true;
                let holds = Holds::Log {
                    salt: log.head.salt,
                    next: true,
                };
                match &mut self.unsealed {
                    Some(unsealed) => unsealed.add(log),
                    none => *none = Some(log),
                }
                self.write(holds)
            }
            _ => self.give_up("its log is another one than was copied"),
        }
    }

    /// The database is closed, and its log gone with all that was in it.
    fn closed(&mut self) -> io::Result<()> {
        if self.given_up || !self.complete || beside(&self.path, "-wal").exists() {
            return Ok(());
        }
        self.write(Holds::Closed)
    }

    fn give_up(&mut self, why: &str) -> io::Result<()> {
        tracing::warn!(
            why,
            "what is in the database is not known any more; it is sealed anew at the next start"
        );
        (self.given_up, self.unsealed) = (true, None);
        take_away(&self.path)
    }
}

impl Writer {
    /// After a commit: notes what it did to the log.
    pub(super) async fn committed(&mut self) {
        let looked = checkpoint(&mut self.connection, "PRAGMA wal_checkpoint(NOOP)").await;
        let outcome = match (&mut self.sealer, &looked) {
            (Some(sealer), Ok((_, frames, _))) => sealer.committed(*frames),
            (Some(sealer), Err(_)) => sealer.give_up("nobody knows how long its log is"),
            (None, _) => Ok(()),
        };
        tell(outcome);
        match looked {
            // Where a reader keeps a copied log from beginning anew, not after every commit.
            Ok((_, frames, copied)) => {
                self.to_copy = frames >= self.copy_at && frames - copied >= self.copy_at / 4;
            }
            Err(error) => tracing::warn!(%error, "nobody knows how long the log is"),
        }
    }

    /// Copies a long log into the file.
    pub(super) async fn tidy(&mut self) {
        if std::mem::take(&mut self.to_copy) {
            self.checkpoint().await;
        }
    }

    /// Whether everything in the log is in the file, and sealed where seals are made.
    pub(super) fn is_copied(&self) -> bool {
        let sealer = self.sealer.as_ref();
        sealer.is_none_or(|sealer| sealer.complete || sealer.given_up)
    }

    /// Copies the log into the file, as far as readers allow, and seals the file when all is there.
    pub(super) async fn checkpoint(&mut self) {
        let copied = checkpoint(&mut self.connection, "PRAGMA wal_checkpoint(PASSIVE)").await;
        let frames = match copied {
            Ok((0, frames, copied)) if frames == copied && frames > 0 => frames,
            Ok(_) => return,
            Err(error) => {
                tracing::debug!(%error, "the log was not copied into the file");
                return;
            }
        };
        let Some(mut sealer) = self.sealer.take() else {
            return;
        };
        let checkpointed = spawn_blocking(move || {
            let outcome = sealer.checkpointed(frames);
            (sealer, outcome)
        });
        if let Ok((sealer, outcome)) = checkpointed.await {
            self.sealer = Some(sealer);
            tell(outcome);
        }
    }
}

impl Store {
    /// Copies a long log into the file, while nobody waits for anything. Where somebody always does, the
    /// next transaction begins with it.
    pub(crate) async fn tidy(&self) {
        if let Ok(mut writer) = self.writer().await {
            writer.tidy().await;
        }
    }

    /// Closes the database for everybody and seals its file, unless another process has it open.
    pub async fn close(&self) {
        let Some(mut writer) = self.shared.writer.lock().await.take() else {
            return;
        };
        self.shared.readers.close().await;
        writer.checkpoint().await;
        // The last one deletes the log.
        if let Err(error) = writer.connection.close().await {
            tracing::warn!(%error, "the database was not closed in good order");
            return;
        }
        let Some(mut sealer) = writer.sealer.take() else {
            return;
        };
        if let Ok(outcome) = spawn_blocking(move || sealer.closed()).await {
            tell(outcome);
        }
    }
}

/// Whether a reader was in the way, how many frames the log has, how many of them are in the file.
async fn checkpoint(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(i64, i64, i64), sqlx::Error> {
    sqlx::query_as(statement).fetch_one(connection).await
}

fn tell(outcome: io::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the database was not sealed");
    }
}
