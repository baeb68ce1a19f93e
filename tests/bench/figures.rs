//! Figures, and what they should be.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static MISSED: AtomicBool = AtomicBool::new(false);

/// What was promised of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    None,
    AtMost(f64),
    AtLeast(f64),
}

/// Prints a figure beside its target.
pub(crate) fn say(what: &str, figure: f64, unit: &str, target: Target) {
    let (kept, target) = match target {
        Target::None => ("", String::new()),
        Target::AtMost(most) => (mark(figure <= most), format!("at most {most} {unit}")),
        Target::AtLeast(least) => (mark(figure >= least), format!("at least {least} {unit}")),
    };
    println!("{what:<58} {figure:>9.2} {unit:<3} {target:<18} {kept}");
}

fn mark(kept: bool) -> &'static str {
    if kept {
        return "kept";
    }
    MISSED.store(true, Ordering::Relaxed);
    "MISSED"
}

/// Whether a figure was not what it should be.
pub(crate) fn missed() -> bool {
    MISSED.load(Ordering::Relaxed)
}

/// The time within which so many of a hundred lie.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default()
}
