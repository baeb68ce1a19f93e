//! The file that the sums of a database's pages stand in: a line that says of what, the sums, and a
//! sum of them all.
//!
//! Those of a large database are some MB, so they stay there: who writes the next seal reads them from
//! the one before, one by one.

use std::fs::{self, File};
use std::io::{
    self, BufRead as _, BufReader, BufWriter, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _,
};
use std::path::Path;

use flate2::{CrcReader, CrcWriter};

use super::log;
use super::sums::sum;

/// What a sealed file begins with.
const BEGINNING: &str = "sameday seal 3: ";

/// No first line is longer.
const LONGEST_LINE: u64 = 256;

/// What a seal says, but for the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) page_size: usize,
    /// What the first page says. Together with the number of pages it tells files apart.
    pub(super) change_counter: u32,
    /// How many pages there are.
    pub(super) pages: usize,
    pub(super) holds: Holds,
}

/// For which states of the log sums hold: a page of the file that the log does not replace has its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Without a log: the database was closed.
    Closed,
    /// With the first log after that.
    First,
    /// With the log of this salt and, if `next`, with the one after it.
    Log { salt: u32, next: bool },
}

impl Holds {
    /// Whether they hold with this log.
    pub(super) fn with(self, log: Option<&log::Head>) -> bool {
        match (self, log) {
            (Self::Closed, None) => true,
            (Self::First, Some(log)) => log.begun == 0,
            (Self::Log { salt, next }, Some(log)) => {
                log.salt == salt || next && log.salt == salt.wrapping_add(1)
            }
            (Self::Closed, Some(_)) | (Self::First | Self::Log { .. }, None) => false,
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "closed" => Some(Self::Closed),
            "first" => Some(Self::First),
            salts => {
                let (salt, last) = salts.split_once('-')?;
                let next = salt != last;
                let salt = salt.parse().ok()?;
                Some(Self::Log { salt, next })
            }
        }
    }
}

impl Head {
    fn line(&self) -> String {
        let holds = match self.holds {
            Holds::Closed => "closed".to_owned(),
            Holds::First => "first".to_owned(),
            Holds::Log { salt, next } => format!("{salt}-{}", salt.wrapping_add(next.into())),
        };
        let said = format!(
            "{BEGINNING}{} pages of {} bytes, change {}, log {holds}",
            self.pages, self.page_size, self.change_counter,
        );
        format!("{said}, sum {:08x}\n", sum(said.as_bytes()))
    }

    fn read(line: &str) -> Option<Self> {
        let (said, own) = line.strip_suffix('\n')?.rsplit_once(", sum ")?;
        if u32::from_str_radix(own, 16) != Ok(sum(said.as_bytes())) {
            return None;
        }
        let (pages, rest) = said.strip_prefix(BEGINNING)?.split_once(" pages of ")?;
        let (page_size, rest) = rest.split_once(" bytes, change ")?;
        let (change_counter, holds) = rest.split_once(", log ")?;
        Some(Self {
            page_size: page_size.parse().ok()?,
            change_counter: change_counter.parse().ok()?,
            pages: pages.parse().ok()?,
            holds: Holds::read(holds)?,
        })
    }
}

/// Writes a seal, all or not at all, of as many sums as it says.
pub(super) fn write(
    place: &Path,
    head: &Head,
    sums: impl Iterator<Item = io::Result<u32>>,
) -> io::Result<()> {
    let new = place.with_extension("seal-new");
    let mut file = BufWriter::new(File::create(&new)?);
    file.write_all(head.line().as_bytes())?;
    let mut file = CrcWriter::new(file);
    for sum in sums {
        file.write_all(&sum?.to_be_bytes())?;
    }
    let of_all = file.crc().sum();
    let mut file = file.into_inner();
    file.write_all(&of_all.to_be_bytes())?;
    file.into_inner()?.sync_all()?;
    fs::rename(&new, place)?;
    sync_folder(place)
}

/// What a seal says, and its sums, one by one. One that is not what was written is
/// [`ErrorKind::InvalidData`].
pub(super) fn read(place: &Path) -> io::Result<(Head, impl Iterator<Item = io::Result<u32>>)> {
    let invalid = || io::Error::from(ErrorKind::InvalidData);
    let mut file = BufReader::new(File::open(place)?);
    let mut line = String::new();
    let begins = (&mut file).take(LONGEST_LINE).read_line(&mut line)?;
    let head = Head::read(&line).ok_or_else(invalid)?;

    let length = u64::try_from(head.pages)
        .unwrap_or(u64::MAX)
        .saturating_mul(4);
    let mut sums = CrcReader::new((&mut file).take(length));
    io::copy(&mut sums, &mut io::sink())?;
    let of_all = sums.crc().sum().to_be_bytes();
    let mut rest = Vec::new();
    (&mut file).take(5).read_to_end(&mut rest)?;
    if rest != of_all {
        return Err(invalid());
    }
    file.seek(SeekFrom::Start(u64::try_from(begins).unwrap_or(u64::MAX)))?;
    let sums = (0..head.pages).map(move |_| {
        let mut sum = [0; 4];
        file.read_exact(&mut sum)?;
        Ok(u32::from_be_bytes(sum))
    });
    Ok((head, sums))
}

/// Has the names in the folder of a file written.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
