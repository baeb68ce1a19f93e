//! The disk under a process that runs with `disk.c` before the system's own calls.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A number of the control file, in the order of `disk.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// How many writes, truncations and syncs there were.
    Steps,
    /// How many milliseconds longer each sync takes.
    SyncMillis,
    /// The first step that fails; 0 for none.
    FailFrom,
    /// The first step after it that succeeds again.
    FailUntil,
    /// As what it fails.
    FailErrno,
    /// The step at which the power goes; 0 for never.
    CutAt,
    /// How many steps have failed.
    Refused,
}

const NUMBERS: usize = 7;

/// "No space left on device".
pub(crate) const FULL: u64 = 28;
/// "Input/output error".
pub(crate) const BROKEN: u64 = 5;

/// What a power cut leaves a disk to choose by itself is chosen by the sector.
const SECTOR: usize = 512;

/// The disk on which one database lies.
#[derive(Debug)]
pub(crate) struct Disk {
    control: File,
    control_path: PathBuf,
    database: PathBuf,
}

impl Disk {
    /// A disk that does as it should, so far.
    pub(crate) fn under(database: &Path) -> Self {
        let control_path = database.with_extension("disk");
        let control = OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&control_path)
            .unwrap();
        control.set_len(NUMBERS as u64 * 8).unwrap();
        Self {
            control,
            control_path,
            database: database.to_owned(),
        }
    }

    /// A command that runs a program on this disk.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("env");
        command
            .arg(variable("LD_PRELOAD", built()))
            .arg(variable("DISK_FILE", &self.database))
            .arg(variable("DISK_CONTROL", &self.control_path))
            .arg(program);
        command
    }

    pub(crate) fn set(&self, number: Number, value: u64) {
        let at = number as u64 * 8;
        self.control.write_all_at(&value.to_ne_bytes(), at).unwrap();
    }

    pub(crate) fn read(&self, number: Number) -> u64 {
        let mut value = [0; 8];
        self.control
            .read_exact_at(&mut value, number as u64 * 8)
            .unwrap();
        u64::from_ne_bytes(value)
    }

    /// Counts from zero, and nothing is wrong.
    pub(crate) fn recovers(&self) {
        self.control.write_all_at(&[0; NUMBERS * 8], 0).unwrap();
    }

    /// Every step from this one on fails.
    pub(crate) fn fails_from(&self, step: u64, errno: u64) {
        self.set(Number::FailErrno, errno);
        self.set(Number::FailUntil, u64::MAX);
        self.set(Number::FailFrom, step);
    }

    /// This step fails, and no other.
    pub(crate) fn fails_once(&self, step: u64, errno: u64) {
        self.set(Number::FailErrno, errno);
        self.set(Number::FailUntil, step + 1);
        self.set(Number::FailFrom, step);
    }

    /// What a power cut leaves when the process has ended: what was synced, and of what was not,
    /// whichever sectors the disk had got to. A file that grew has got as far as it may; one that was
    /// cut short is so or is not, for its length is a single number that the file system keeps a
    /// journal of. Source: Linux, Documentation/filesystems/ext4/orphan.rst; so do SQLite's own tests
    /// of crashes (test6.c).
    pub(crate) fn loses_power(&self, random: &mut fastrand::Rng) {
        for ending in ["", "-wal", "-journal"] {
            let file = with_ending(&self.database, ending);
            let synced = with_ending(&file, ".synced");
            let Ok(mut left) = fs::read(&synced) else {
                // It was never there, or is no longer.
                assert!(
                    !ending.is_empty() || !file.exists(),
                    "opened without the shim"
                );
                remove(&file);
                continue;
            };
            let written = fs::read(&file).unwrap();
            let length = if written.len() < left.len() {
                random.choice([written.len(), left.len()]).unwrap()
            } else {
                random.usize(left.len()..=written.len())
            };
            left.resize(length, 0);
            for (kept, new) in left.chunks_mut(SECTOR).zip(written.chunks(SECTOR)) {
                if random.bool() {
                    let both = kept.len().min(new.len());
                    kept[..both].copy_from_slice(&new[..both]);
                }
            }
            fs::write(&file, left).unwrap();
            remove(&synced);
        }
        // Shared memory does not survive.
        remove(&with_ending(&self.database, "-shm"));
    }
}

/// The library, built once per run of the tests.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let made = folder.join(format!("disk-{}.so", std::process::id()));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/disk/disk.c");
        let status = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .args([made.as_os_str(), source.as_ref()])
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("a C compiler, which SQLite needs as well");
        assert!(status.success(), "cc: {status}");
        // Another run of the tests may be using the one that is there.
        let library = folder.join("disk.so");
        fs::rename(made, &library).unwrap();
        library
    })
}

fn variable(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(file: &Path) {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
        _ => {}
    }
}
