//! What processes have used, as the system counts it (Linux).

use anyhow::{Context, Result};

/// Ticks per second of the times in `/proc`: fixed for programs on Linux, whatever the kernel's own.
const TICKS: f64 = 100.0;

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) cpu_s: f64,
    /// In memory now.
    pub(crate) rss_mb: f64,
    /// Of that, what the system can read again from files: mostly the program itself.
    pub(crate) file_mb: f64,
    /// The most there was in memory.
    pub(crate) peak_mb: f64,
}

impl Usage {
    pub(crate) fn of_this_process() -> Result<Self> {
        Self::of("self")
    }

    /// What a process has used so far, by its number.
    pub(crate) fn of(process: &str) -> Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in parentheses, may hold anything; user and system time are the 12th and 13th
        // words after it.
        let (_, after) = stat.rsplit_once(')').context("no name in /proc/…/stat")?;
        let times = after.split_whitespace().skip(11).take(2);
        let ticks: f64 = times.map(|ticks| ticks.parse().unwrap_or(0.0)).sum();
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let mb = |name: &str| -> f64 {
            let line = status.lines().find(|line| line.starts_with(name));
            let kb = line.and_then(|line| line.split_whitespace().nth(1));
            kb.and_then(|kb| kb.parse().ok()).unwrap_or(0.0) / 1024.0
        };
        Ok(Self {
            cpu_s: ticks / TICKS,
            rss_mb: mb("VmRSS:"),
            file_mb: mb("RssFile:"),
            peak_mb: mb("VmHWM:"),
        })
    }
}
