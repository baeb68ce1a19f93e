//! The README's pictures of the demo, made anew by
//! `DISCORD_SIM_SHOTS=tests/pictures cargo test --workspace --test it demo::pictures`.

use super::browser::{Browser, Look};
use super::{leave, open};

/// Small enough for a README, wide enough to show everything.
const DARK: Look = Look {
    width: 1180,
    height: 860,
    ..Look::WIDE
};
const LIGHT: Look = Look {
    dark: false,
    ..DARK
};

/// Both ends of a fix: what its asker reads on Discord, and the issue on GitHub.
#[tokio::test]
async fn the_fix() {
    let Some(directory) = discord_sim::env::shots() else {
        return;
    };
    let Some(browser) = Browser::open("the README's pictures", DARK).await else {
        return;
    };
    let demo = open().await;
    browser.goto(&demo.url()).await;
    browser.starts("From the question to the fix").await;
    for says in [
        "09:45",
        "Open issue",
        "11:30",
        "both threads",
        "14:10",
        "15:20",
    ] {
        browser
            .click("#strip [data-key=next]:not([disabled])", "Next step")
            .await;
        browser.find_with("#strip", says).await;
    }
    browser.find_with(".message", "Does it work for you?").await;
    browser.save(&directory.join("fix-dark.png")).await;
    browser.goto(&demo.github_url().unwrap()).await;
    browser.click(".row a", "Dates are a day early").await;
    browser.find_with(".event", "Merged").await;
    browser.save(&directory.join("github-dark.png")).await;
    leave(demo, browser).await;
}

#[tokio::test]
async fn the_main_views() {
    let Some(directory) = discord_sim::env::shots() else {
        return;
    };
    for (name, look) in [("dark", DARK), ("light", LIGHT), ("phone", Look::PHONE)] {
        let Some(browser) = Browser::open("the README's pictures", look).await else {
            return;
        };
        let demo = open().await;
        let shot = async |view: &str| {
            let file = directory.join(format!("{view}-{name}.png"));
            browser.save(&file).await;
        };
        browser.goto(&demo.url()).await;
        browser.starts("The 17:55 question").await;
        let next = async |says: &str| {
            browser
                .click("#strip [data-key=next]:not([disabled])", "Next step")
                .await;
            browser.find_with("#strip", says).await;
        };
        browser.find_with("#strip", "17:55 Kim asks").await;
        browser.find_with(".message", "A human will answer").await;
        next("22:00").await;
        next("The next day").await;
        browser.find_with(".message.whisper", "open threads").await;
        next("15:00").await;
        browser
            .find_with(".message", "2 answers are due soon")
            .await;
        if name == "dark" {
            shot("alert").await;
        }
        next("15:10").await;
        next("17:01").await;
        next("17:06").await;
        browser.find_with(".message.whisper", "too late").await;
        browser
            .click("[aria-label='Dismiss message'], .link-button", "Dismiss")
            .await;
        if name != "phone" {
            browser.click(".place-head .why", "").await;
            browser.find_with(".panel-row", "Policy same day").await;
        }
        shot("ticket").await;
        leave(demo, browser).await;
    }
}
