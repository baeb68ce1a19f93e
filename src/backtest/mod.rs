//! `sameday backtest FILE`: a promise, tried on threads that were recorded; with `--against` two of
//! them, and what would be different.
//!
//! ```text
//! recording (a line)  ->  replay through the core  ->  tally  ->  report, as text or JSON
//!                     ->  the same with the other  ->  tally  ->  comparison
//! ```
//!
//! Each recorded thread goes through the same fold and the same decisions as the bot's own
//! tickets; nothing about targets, clocks or alerts is computed here. A recording knows no Discord
//! ids, so a policy that is limited to channels or tags matches none of its threads, and one for
//! critical tickets none either: they have no triage.
//!
//! What it does not do: send anything, read a database, need a token.

mod compare;
mod json;
#[cfg(test)]
mod real_threads;
mod recording;
mod replay;
mod report;
mod tally;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub use compare::Comparison;
pub use recording::RecordingError;
pub use report::Report;

use crate::domain::Timestamp;
use crate::domain::policy::{Policy, ServiceLevel};
use recording::Recording;
use tally::Tally;

/// The file name that means standard input.
const STANDARD_INPUT: &str = "-";

/// How often the spinner turns while nothing is known about the length.
const SPINNER_TURN: Duration = Duration::from_millis(120);

/// Runs `policies` over the threads recorded in `file`; `-` is standard input. Shows its progress
/// on standard error when that is a terminal.
pub fn run(file: &Path, policies: Vec<Policy>) -> Result<Report, RecordingError> {
    let [report] = run_each(file, [policies])?;
    Ok(report)
}

/// Runs two promises over the threads recorded in `file`, read once.
pub fn compare(
    file: &Path,
    policies: Vec<Policy>,
    against: Vec<Policy>,
) -> Result<Comparison, RecordingError> {
    let [policy, against] = run_each(file, [policies, against])?;
    Ok(Comparison { policy, against })
}

fn run_each<const N: usize>(
    file: &Path,
    promises: [Vec<Policy>; N],
) -> Result<[Report; N], RecordingError> {
    let open = |cause| RecordingError::Open {
        file: file.display().to_string(),
        cause,
    };
    // The bar hides itself where standard error is no terminal.
    let bar = ProgressBar::no_length();
    let data: Box<dyn Read> = if file.as_os_str() == STANDARD_INPUT {
        bar.enable_steady_tick(SPINNER_TURN);
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(file).map_err(open)?;
        let length = file.metadata().map_err(open)?.len();
        bar.set_length(length);
        // A template that indicatif cannot read would leave its own style: no reason to stop.
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        Box::new(file)
    };
    let reports = tried(bar.wrap_read(data), promises, |threads| {
        bar.set_message(format!("{threads} threads"));
    });
    bar.finish_and_clear();
    reports
}

/// Runs each promise over a recording, and says after each thread how many there were.
fn tried<const N: usize>(
    data: impl Read,
    promises: [Vec<Policy>; N],
    mut progress: impl FnMut(usize),
) -> Result<[Report; N], RecordingError> {
    // A backtest judges every thread, however old.
    let mut tries = promises.map(|policies| {
        let rules = ServiceLevel::of(policies, Timestamp::MIN_UTC);
        (rules, Tally::default())
    });
    for (number, thread) in (1..).zip(Recording::new(data)?) {
        let thread = thread?;
        for (rules, tally) in &mut tries {
            tally.add(&thread, replay::replay(&thread, rules).as_ref());
        }
        progress(number);
    }
    Ok(tries.map(|(_, tally)| tally.report()))
}
