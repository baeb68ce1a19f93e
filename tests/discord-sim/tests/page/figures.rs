//! How long things take on the page. They are printed, and judged by whoever reads them: a test that
//! fails because the machine is busy says nothing about the page.

use std::time::Duration;

/// What takes longer than this has not happened.
const HANGS: Duration = Duration::from_secs(30);

/// Prints the median of what something took.
#[expect(clippy::print_stdout, reason = "a figure is there to be read")]
pub(crate) fn figure(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let median = took[took.len() / 2];
    println!("{what}: {} ms", median.as_millis());
    assert!(median < HANGS, "{what}: {median:?}");
}

/// As the browser counts.
pub(crate) fn millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
