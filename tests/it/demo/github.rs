//! From Discord to GitHub and back again, by clicking and typing on both pages.

use serde_json::json;

use super::browser::{Browser, Look};
use super::{leave, open};

/// Eva presses "To GitHub" on the card of what is open, and opens the issue.
async fn makes_an_issue(browser: &Browser) {
    browser.becomes("Eva").await;
    browser.click(".message .button", "To GitHub").await;
    browser
        .find_with(".message.whisper", "The issue as it will be")
        .await;
    browser
        .click(".message.whisper .button", "Open issue")
        .await;
}

async fn asks(browser: &Browser, title: &str, text: &str) {
    browser.click(".button", "New Post").await;
    browser.types(title).await;
    browser.find(".new-text").await.types(text).await;
    browser.click(".new-form .button", "Post").await;
    browser.find_with(".message", "A human will answer").await;
}

#[tokio::test]
async fn a_question_becomes_an_issue_and_its_fix_comes_back() {
    let Some(browser) = Browser::open("Discord and GitHub in the browser", Look::WIDE).await else {
        return;
    };
    let demo = open().await;
    let github = demo.github_url().unwrap();
    browser.goto(&demo.url()).await;
    browser.find("#bar a.away").await;
    let leads = "return document.querySelector('#bar a.away').href";
    assert_eq!(browser.script(leads, vec![]).await, json!(github));
    asks(
        &browser,
        "It <b>hangs</b> on start",
        "Since today, @everyone. <img src=x onerror=alert(1)> https://example.com/log",
    )
    .await;
    makes_an_issue(&browser).await;
    browser
        .find_with(".message", "This is now acme/app#1 on GitHub")
        .await;
    let discord = browser.script("return location.href", vec![]).await;

    // What Ann wrote is text there too.
    browser.goto(&github).await;
    browser.click(".row a", "It <b>hangs</b> on start").await;
    browser.find_with(".markdown", "<img src=x").await;
    browser.find_with(".said header", "sameday").await;
    browser.find(".markdown a[href^='http']").await;

    // A maintainer says something, fixes it and publishes.
    browser
        .find("#text")
        .await
        .types("I have *found* it.")
        .await;
    browser.click("#comment", "").await;
    browser.find_with(".markdown em", "found").await;
    browser.click("#fix", "").await;
    browser.click("#merge-2", "").await;
    browser.find_with(".event .state", "Merged").await;
    browser.find_with("h1 + p .state", "completed").await;
    browser.click("main p a", "acme/app").await;
    browser.click("button", "Publish release").await;
    browser.find_with(".row b", "v1.4.1").await;

    // All of it has come back, and the question is asked of Ann.
    browser.goto(discord.as_str().unwrap()).await;
    browser
        .find_with(".message", "Fixed: acme/app#2 was merged")
        .await;
    browser.find_with(".message", "is fixed in v1.4.1").await;
    browser.becomes("Ann").await;
    browser.click(".message .button", "It works").await;
    browser.find_with(".message", "Resolved by @Ann").await;
    leave(demo, browser).await;
}

/// On a phone: GitHub's page is live, keeps what is being written, and takes its API down and up again.
#[tokio::test]
async fn the_page_of_github_is_live_and_takes_its_api_down() {
    let Some(browser) = Browser::open("GitHub on a phone", Look::PHONE).await else {
        return;
    };
    let demo = open().await;
    let github = demo.github_url().unwrap();
    browser.goto(&github).await;
    browser.find_with(".empty", "No issue yet").await;
    let tag = browser.find("input[name=tag]").await;
    tag.clear().await;
    tag.types("v2.0").await;

    // The issue appears while the tag is written; nothing of that is lost.
    let ann = demo.sim().person("Ann");
    let forum = demo.sim().read(|world| {
        let mut channels = world.channels.values();
        channels
            .find(|channel| channel.name == "help-forum")
            .unwrap()
            .id
    });
    let thread = ann.asks(forum, "Where is it?", "I can't find it.").unwrap();
    let eva = demo.sim().person("Eva");
    let card = eva.waits(thread, |seen| {
        seen.buttons().iter().any(|one| one == "To GitHub")
    });
    let card = card.await.unwrap();
    let draft = eva
        .clicks(&card, "To GitHub")
        .unwrap()
        .message()
        .await
        .unwrap();
    let opened = eva.clicks(&draft, "Open issue").unwrap();
    opened.acknowledged().await.unwrap();
    browser.find_with(".row a", "Where is it?").await;
    let script =
        "return document.querySelector('input[name=tag]').value + document.activeElement.name";
    assert_eq!(browser.script(script, vec![]).await, json!("v2.0tag"));
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.script(wide, vec![]).await, json!(0));

    browser.click("#down", "").await;
    browser.find_with(".down", "The API is down").await;
    browser.click("#up", "").await;
    browser.gone(".down", "").await;
    leave(demo, browser).await;
}
