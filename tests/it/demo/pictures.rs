//! The README's pictures of the demo, made anew by
//! `DISCORD_SIM_SHOTS=tests/pictures cargo test --test it demo::pictures`.

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
        browser.click("#strip [data-key=scenes]", "").await;
        browser.click("[data-key=step1]", "").await;
        if name != "phone" {
            browser.click("#side [data-key=close]", "").await;
        }
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
