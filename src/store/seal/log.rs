//! The write-ahead log, read as SQLite reads it after a crash, without SQLite.
//!
//! SQLite goes by the log's own checksums: what follows the first frame whose checksum does not fit is
//! no part of it. That is right for the last transaction, whose frames may not have been on the disk
//! yet. Where whole transactions follow such a frame, the disk has lost what it had: that log is
//! [`Found::Broken`], and SQLite would silently go back to before it.
//!
//! Source: sqlite.org/fileformat2.html, "The Write-Ahead Log".

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::mem::take;
use std::path::Path;

use super::CHANGE_COUNTER;
use super::sums::sum;
use crate::store::open::beside;

/// How much of it is in memory at once.
const AT_ONCE: usize = 1 << 16;

const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// What is there.
#[derive(Debug)]
pub(super) enum Found {
    /// No log, or an empty one.
    Nothing,
    /// A log.
    Log(Log),
    /// A log that was longer once.
    Broken,
}

/// A log, as far as it is committed.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) head: Head,
    pub(super) frames: u32,
    /// The sum of each page that it has, as it is in its last frame.
    pub(super) pages: HashMap<u32, u32>,
    /// How many pages the database has.
    pub(super) size: u32,
    /// What its last first page says.
    pub(super) change_counter: Option<u32>,
}

impl Log {
    /// Takes what a later one has to what this one has.
    pub(super) fn add(&mut self, later: Self) {
        let change_counter = later.change_counter.or(self.change_counter);
        let mut pages = take(&mut self.pages);
        pages.retain(|page, _| *page <= later.size);
        pages.extend(later.pages);
        *self = Self {
            pages,
            change_counter,
            ..later
        };
    }
}

/// The head of a log: which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Grows by one when the log begins anew.
    pub(super) salt: u32,
    /// A random number.
    other_salt: u32,
    /// How often it has begun anew.
    pub(super) begun: u32,
    pub(super) page_size: usize,
    big_endian: bool,
    chain: Chain,
}

/// SQLite's running checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chain(u32, u32);

impl Chain {
    fn and(self, bytes: &[u8], big_endian: bool) -> Self {
        let words = |pair: &[u8]| {
            let number = if big_endian { big } else { little };
            (number(pair, 0), number(pair, 4))
        };
        bytes
            .chunks_exact(8)
            .map(words)
            .fold(self, |chain, (x, y)| {
                let first = chain.0.wrapping_add(x).wrapping_add(chain.1);
                Self(first, chain.1.wrapping_add(y).wrapping_add(first))
            })
    }
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    let four = bytes.get(at..at + 4);
    four.and_then(|four| four.try_into().ok())
        .unwrap_or_default()
}

pub(super) fn big(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(four(bytes, at))
}

fn little(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(four(bytes, at))
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let big_endian = match big(bytes, 0) {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let chain = Chain(0, 0).and(bytes.get(..FRAME_HEAD)?, big_endian);
        (chain == Chain(big(bytes, 24), big(bytes, 28))).then(|| Self {
            salt: big(bytes, 16),
            other_salt: big(bytes, 20),
            begun: big(bytes, 12),
            page_size: usize::try_from(big(bytes, 8)).unwrap_or_default(),
            big_endian,
            chain,
        })
    }
}

/// The head of the log of a database; `None` where there is none.
pub(super) fn head(path: &Path) -> io::Result<Option<Head>> {
    let Some(mut file) = open(path)? else {
        return Ok(None);
    };
    let mut head = [0; HEAD];
    Ok(fill(&mut file, &mut head)?
        .then(|| Head::read(&head))
        .flatten())
}

/// The log of a database.
pub(super) fn read(path: &Path) -> io::Result<Found> {
    let Some(file) = open(path)? else {
        return Ok(Found::Nothing);
    };
    let mut file = BufReader::with_capacity(AT_ONCE, file);
    let mut head = [0; HEAD];
    if !fill(&mut file, &mut head)? || head == [0; HEAD] {
        return Ok(Found::Nothing);
    }
    let Some(head) = Head::read(&head) else {
        return Ok(Found::Broken);
    };
    let mut log = Log {
        head,
        frames: 0,
        pages: HashMap::new(),
        size: 0,
        change_counter: None,
    };
    let mut frame = vec![0; FRAME_HEAD + head.page_size];
    let (mut chain, mut number) = (head.chain, 0);
    let mut pending: HashMap<u32, u32> = HashMap::new();
    let mut pending_counter = None;
    while fill(&mut file, &mut frame)? {
        let next = Frame::read(&head, &frame, chain);
        if !next.fits {
            return Ok(if goes_on(&mut file, &head, &next)? {
                Found::Broken
            } else {
                Found::Log(log)
            });
        }
        chain = next.stored;
        number += 1;
        pending.insert(next.page, sum(next.content));
        if next.page == 1 {
            pending_counter = Some(big(next.content, CHANGE_COUNTER));
        }
        if next.commits() {
            log.pages.extend(pending.drain());
            log.change_counter = pending_counter.or(log.change_counter);
            (log.frames, log.size) = (number, next.size);
        }
    }
    Ok(Found::Log(log))
}

/// A frame, read as the one after those whose checksum came to `chain`.
struct Frame<'a> {
    page: u32,
    /// How many pages the database has from here on; 0 in the middle of a transaction.
    size: u32,
    content: &'a [u8],
    /// The checksum that it should have.
    computed: Chain,
    /// The one that it has.
    stored: Chain,
    /// Whether it is the next one.
    fits: bool,
}

impl<'a> Frame<'a> {
    fn read(head: &Head, frame: &'a [u8], chain: Chain) -> Self {
        let (front, content) = frame.split_at_checked(FRAME_HEAD).unwrap_or_default();
        let (page, size) = (big(front, 0), big(front, 4));
        let computed = chain
            .and(front.get(..8).unwrap_or_default(), head.big_endian)
            .and(content, head.big_endian);
        let stored = Chain(big(front, 16), big(front, 20));
        let salts = (big(front, 8), big(front, 12));
        Self {
            page,
            size,
            content,
            computed,
            stored,
            fits: page > 0 && computed == stored && salts == (head.salt, head.other_salt),
        }
    }

    fn commits(&self) -> bool {
        self.size > 0
    }
}

/// Whether whole transactions follow a frame that does not fit: what comes after it fits to the
/// checksum that it has, or to the one that it should have, and goes on behind the end of a
/// transaction. Nothing of a next one is written before all of this one is on the disk.
fn goes_on(file: &mut impl Read, head: &Head, odd: &Frame<'_>) -> io::Result<bool> {
    let (mut chains, mut ended) = (vec![odd.stored, odd.computed], odd.commits());
    let mut frame = vec![0; FRAME_HEAD + head.page_size];
    while fill(file, &mut frame)? {
        let read = |chain: &Chain| Frame::read(head, &frame, *chain);
        let Some(next) = chains.iter().map(read).find(|next| next.fits) else {
            return Ok(false);
        };
        if ended {
            return Ok(true);
        }
        (chains, ended) = (vec![next.stored], next.commits());
    }
    Ok(false)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(beside(path, "-wal")) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Fills the buffer; `false` where the file ends before.
pub(super) fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
