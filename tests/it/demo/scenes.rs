//! Each scene, step by step, with what its last look shows.

use super::browser::{Browser, Look};
use super::{leave, open};

/// Plays a scene step by step from the panel and the strip, and stops where each step looks.
/// `shown`: by step, who looks then and what is on their screen.
async fn plays(name: &str, shown: &[(&str, &str)]) {
    let Some(browser) = Browser::open(&format!("the scene {name:?}"), Look::WIDE).await else {
        return;
    };
    let demo = open().await;
    browser.goto(&demo.url()).await;
    browser.starts(name).await;
    for (step, (who, what)) in shown.iter().enumerate() {
        if step > 0 {
            browser
                .click("#strip [data-key=next]:not([disabled])", "Next step")
                .await;
        }
        let progress = format!("{name} · {} of {}", step + 1, shown.len());
        browser.find_with("#strip", &progress).await;
        browser.find_with(".who strong", who).await;
        browser.find_with("#main", what).await;
    }
    browser.find_with("#strip [data-key=next]", "Again").await;
    leave(demo, browser).await;
}

#[tokio::test]
async fn a_quiet_morning() {
    plays(
        "A quiet morning",
        &[
            (
                "Ann",
                "A human will answer by Wednesday, 18 November 2026 at 17:00",
            ),
            (
                "Kim",
                "A human will answer by Wednesday, 18 November 2026 at 17:00",
            ),
            ("Kim", "There is an answer"),
            ("Eva", "@Eva is on it"),
            ("Ann", "There is an answer"),
            ("Ann", "Resolved by @Ann"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_17_55_question() {
    plays(
        "The 17:55 question",
        &[
            (
                "Kim",
                "A human will answer by Thursday, 19 November 2026 at 17:00",
            ),
            ("Eva", "This is the beginning of #staff"),
            ("Eva", "#Export drops the last row · asked 16 hours ago"),
            ("Tom", "2 answers are due soon"),
            ("Ann", "There is an answer"),
            ("Mia", "1 answer is overdue"),
            ("Kim", "too late"),
            ("Kim", "Resolved by @Kim"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_promised_date() {
    plays(
        "A promised date",
        &[
            ("Tom", "Not yet, but I have all that it takes."),
            (
                "Tom",
                "Shall I say in this thread that you promise this by Thursday",
            ),
            (
                "Ann",
                "@Tom promised this by Thursday, 19 November 2026 at 17:00",
            ),
            ("Tom", "1 promise is due soon"),
            ("Ann", "@Tom says that what was promised by"),
            ("Ann", "Resolved by @Noa"),
        ],
    )
    .await;
}

#[tokio::test]
async fn production_is_down() {
    plays(
        "Production is down",
        &[
            (
                "Kim",
                "A human will answer by Thursday, 19 November 2026 at 17:00",
            ),
            ("Kim", "Production is down, says @Kim"),
            ("Mia", "1 question cannot wait"),
            ("Mia", "at 22:05"),
            ("Eva", "I have it"),
            ("Kim", "There is an answer"),
            ("Kim", "Resolved by @Kim"),
        ],
    )
    .await;
}

#[tokio::test]
async fn from_the_question_to_the_fix() {
    plays(
        "From the question to the fix",
        &[
            ("Tom", "There is an answer"),
            ("Tom", "The issue as it will be"),
            ("Kim", "This is now acme/app#1 on GitHub"),
            ("Eva", "acme/app#1 Dates are a day early (1 thread here)"),
            ("Ann", "1 other thread is about the same"),
            ("Ann", "Fixed: acme/app#2 was merged"),
            ("Ann", "@Ann, acme/app#1 is fixed in v1.4.1"),
            ("Eva", "Improvements shipped: 2 of 2 resolved threads"),
        ],
    )
    .await;
}

#[tokio::test]
async fn github_is_down() {
    plays(
        "GitHub is down",
        &[
            ("Eva", "There is an answer"),
            ("Eva", "GitHub does not take the issue just now"),
            ("Ann", "GitHub does not take the issue just now"),
            ("Ann", "This is now acme/app#1 on GitHub"),
            ("Ann", "Resolved by @Noa"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_bot_was_away_for_a_night() {
    plays(
        "The bot was away for a night",
        &[
            (
                "Ann",
                "A human will answer by Thursday, 19 November 2026 at 17:00",
            ),
            ("Mia", "This is the beginning of #moderators"),
            ("Ann", "Yes: Settings, Appearance."),
            ("Ann", "Mine asks for a password"),
            ("Mia", "2 threads had news and are caught up"),
            (
                "Kim",
                "A human will answer by Thursday, 19 November 2026 at 17:00",
            ),
            ("Ann", "Resolved by @Lee"),
        ],
    )
    .await;
}

#[tokio::test]
async fn two_hundred_real_sized_threads() {
    plays(
        "200 real-sized threads",
        &[
            ("Ann", "messages"),
            ("Eva", "messages"),
            ("Eva", "answers are due soon"),
            ("Eva", "threads wait, longest wait first"),
            ("Mia", "answers are overdue"),
            ("Eva", "Sorry that you had to wait!"),
        ],
    )
    .await;
}
