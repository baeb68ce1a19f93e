//! The sums of a database's pages, and the file they stand in.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use flate2::Crc;

use super::CHANGE_COUNTER;
use super::log::{Log, big, fill};

/// Where the page size stands in the file's first page, and the size that is written as 1.
/// Source: sqlite.org/fileformat2.html, "The Database Header".
const PAGE_SIZE: usize = 16;
const LARGEST_PAGE: usize = 1 << 16;

/// What a sealed file begins with.
const BEGINNING: &str = "sameday seal 2: ";

/// The sum of some bytes.
pub(super) fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A database's pages, each by its sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) page_size: usize,
    /// What the first page says. Together with the number of pages it tells files apart.
    pub(super) change_counter: u32,
    pub(super) pages: Vec<u32>,
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
    pub(super) fn with(self, log: Option<&super::log::Head>) -> bool {
        match (self, log) {
            (Self::Closed, None) => true,
            (Self::First, Some(log)) => log.begun == 0,
            (Self::Log { salt, next }, Some(log)) => {
                log.salt == salt || next && log.salt == salt.wrapping_add(1)
            }
            (Self::Closed, Some(_)) | (Self::First | Self::Log { .. }, None) => false,
        }
    }
}

impl Sums {
    /// The sums of a file; of none, where it is not there or empty.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        if !file.metadata()?.is_file() {
            return Ok(Self::default());
        }
        let mut file = BufReader::with_capacity(LARGEST_PAGE, file);
        let mut head = [0; 100];
        if !fill(&mut file, &mut head)? {
            return Ok(Self::default());
        }
        let page_size = match usize::try_from(big(&head, PAGE_SIZE) >> 16) {
            Ok(1) => LARGEST_PAGE,
            Ok(size) if size.is_power_of_two() && size >= 512 => size,
            // No file of SQLite's; it says so itself.
            _ => return Ok(Self::default()),
        };
        let mut sums = Self {
            page_size,
            change_counter: big(&head, CHANGE_COUNTER),
            pages: Vec::new(),
        };
        let mut page = head.to_vec();
        page.resize(page_size, 0);
        let rest = page.get_mut(head.len()..).unwrap_or_default();
        let mut whole = fill(&mut file, rest)?;
        while whole {
            sums.pages.push(sum(&page));
            whole = fill(&mut file, &mut page)?;
        }
        Ok(sums)
    }

    /// Takes over what a log has, all of which is in the file by now.
    pub(super) fn take(&mut self, log: &Log) {
        self.page_size = log.head.page_size;
        // A page that was never written, as there is one in files of more than 1 GB, is empty.
        let empty = sum(&vec![0; self.page_size]);
        let size = usize::try_from(log.size).unwrap_or_default();
        self.pages.resize(size, empty);
        for (page, new) in &log.pages {
            let at = usize::try_from(*page).unwrap_or_default();
            if let Some(sum) = self.pages.get_mut(at.wrapping_sub(1)) {
                *sum = *new;
            }
        }
        self.change_counter = log.change_counter.unwrap_or(self.change_counter);
    }

    /// Writes them, all or not at all.
    pub(super) fn write(&self, place: &Path, holds: Holds) -> io::Result<()> {
        let sums = || self.pages.iter().map(|sum| sum.to_be_bytes());
        let mut of_sums = Crc::new();
        sums().for_each(|sum| of_sums.update(&sum));
        let holds = match holds {
            Holds::Closed => "closed".to_owned(),
            Holds::First => "first".to_owned(),
            Holds::Log { salt, next } => format!("{salt}-{}", salt.wrapping_add(next.into())),
        };
        let head = format!(
            "{BEGINNING}{} pages of {} bytes, change {}, log {holds}, sums {:08x}",
            self.pages.len(),
            self.page_size,
            self.change_counter,
            of_sums.sum(),
        );
        let new = place.with_extension("seal-new");
        // Sum by sum: those of a large file are some MB.
        let mut file = BufWriter::new(File::create(&new)?);
        writeln!(file, "{head}, head {:08x}", sum(head.as_bytes()))?;
        sums().try_for_each(|sum| file.write_all(&sum))?;
        file.into_inner()?.sync_all()?;
        fs::rename(&new, place)?;
        sync_folder(place)
    }

    /// Reads them. `None` where there are none that can be read.
    pub(super) fn read(place: &Path) -> Option<(Self, Holds)> {
        let bytes = fs::read(place).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, sums) = bytes.split_at_checked(end + 1)?;
        let (head, own) = std::str::from_utf8(head)
            .ok()?
            .trim_end()
            .rsplit_once(", head ")?;
        let (rest, of_sums) = head.rsplit_once(", sums ")?;
        let hex = |text: &str| u32::from_str_radix(text, 16).ok();
        if hex(own)? != sum(head.as_bytes()) || hex(of_sums)? != sum(sums) {
            return None;
        }
        let (pages, rest) = rest.strip_prefix(BEGINNING)?.split_once(" pages of ")?;
        let (page_size, rest) = rest.split_once(" bytes, change ")?;
        let (change_counter, holds) = rest.split_once(", log ")?;
        let holds = match holds {
            "closed" => Holds::Closed,
            "first" => Holds::First,
            salts => {
                let (salt, last) = salts.split_once('-')?;
                let next = salt != last;
                let salt = salt.parse().ok()?;
                Holds::Log { salt, next }
            }
        };
        let found = Self {
            page_size: page_size.parse().ok()?,
            change_counter: change_counter.parse().ok()?,
            pages: sums.chunks_exact(4).map(|sum| big(sum, 0)).collect(),
        };
        (pages.parse() == Ok(found.pages.len())).then_some((found, holds))
    }
}

/// Has the names in the folder of a file written.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
