//! The sums of a database's pages.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use flate2::Crc;

use super::CHANGE_COUNTER;
use super::log::{big, fill};

/// Where the page size stands in the file's first page, and the size that is written as 1.
/// Source: sqlite.org/fileformat2.html, "The Database Header".
const PAGE_SIZE: usize = 16;
const LARGEST_PAGE: usize = 1 << 16;

/// The sum of some bytes.
pub(super) fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The pages of a file, each by its sum.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) page_size: usize,
    /// What the first page says. Together with the number of pages it tells files apart.
    pub(super) change_counter: u32,
    pub(super) pages: Vec<u32>,
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
}
