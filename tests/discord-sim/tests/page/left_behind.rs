//! A test that fails leaves no browser running.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::browser::{Browser, Look};

/// How many processes name this folder.
fn running(profile: &Path) -> usize {
    let profile = profile.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    // A process may end while it is looked at.
    let lines =
        processes.filter_map(|one| std::fs::read_to_string(one.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(profile)).count()
}

#[tokio::test]
async fn a_browser_that_nobody_closes_ends_all_the_same() {
    let Some(browser) = Browser::open("a browser that nobody closes", Look::WIDE).await else {
        return;
    };
    let profile = browser.profile().to_owned();
    assert!(running(&profile) > 0);
    // As when a test panics.
    drop(browser);
    let started = Instant::now();
    while running(&profile) > 0 {
        assert!(started.elapsed() < Duration::from_mins(1), "still running");
        // Nobody here is their parent, so nobody here is told of their end.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
