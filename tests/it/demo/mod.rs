//! The first thing a newcomer runs: the demo, told and in a real browser.

#[path = "../../discord-sim/tests/common/browser.rs"]
#[allow(dead_code, reason = "each test binary uses another part of it")]
mod browser;
#[path = "../../discord-sim/tests/common/clients.rs"]
mod clients;
mod command;
mod github;
mod other_clients;
mod pictures;
mod scenes;
mod story;
mod told;

use std::time::Duration;

use browser::Browser;
use sameday::demo::{Demo, Options};

/// The demo as a newcomer finds it, on a Wednesday at ten in Berlin, and without pauses.
async fn open() -> Demo {
    let options = Options {
        port: 0,
        zone: chrono_tz::Europe::Berlin,
        start: crate::stage::WEDNESDAY_10.parse().unwrap(),
        pace: Duration::ZERO,
    };
    Demo::open(options).await.unwrap()
}

/// The end of a visit: the page never complained, and nothing is left unsaid, refused or unsound.
async fn leave(demo: Demo, browser: Browser) {
    browser.close().await;
    assert_eq!(demo.trouble().await.unwrap(), Vec::<String>::new());
    demo.close().await;
}
