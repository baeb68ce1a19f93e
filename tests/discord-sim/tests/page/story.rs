//! Stories told in a real browser, by clicking and typing.

use std::time::Instant;

use serde_json::json;

use crate::app::App;
use crate::browser::{Browser, Look, key};
use crate::figures::{figure, millis};
use crate::house::House;

/// Asks, is answered with a ping, sees the badge, and turns the clock.
#[tokio::test]
async fn a_question_is_asked_answered_and_read() {
    let Some(browser) = Browser::open("a question in the browser", Look::WIDE).await else {
        return;
    };
    let house = House::build().await;
    browser.goto(&house.page.url()).await;

    // A new tab is the first person, at the forum.
    browser.find_with(".who strong", "Nora").await;
    browser.click(".button", "New Post").await;
    browser.types("The export hangs").await;
    browser
        .find(".new-text")
        .await
        .types("It stops at **99 %**. <img src=x onerror=alert(1)>")
        .await;
    browser.click(".new-tags .tag", "Bug").await;
    browser.click(".new-form .button", "Post").await;
    browser
        .find_with(".place-head h1", "The export hangs")
        .await;
    browser.find_with(".message strong", "99 %").await;
    // Markup in a text is text.
    browser
        .find_with(".content", "<img src=x onerror=alert(1)>")
        .await;
    assert_eq!(browser.count(".content img").await, 0);

    // Sam finds it by its tag and answers with a reply, which pings.
    browser.click("#rail .channel", "general").await;
    browser.find_with(".place-head h1", "general").await;
    browser.becomes("Sam").await;
    browser.find(".channel.unread").await;
    browser.click("#rail .channel", "help").await;
    browser.find_with(".post.unread", "The export hangs").await;
    browser.click(".forum-bar .tag", "Question").await;
    browser.gone(".post", "").await;
    browser.click(".forum-bar .tag", "Question").await;
    browser.find(".forum-search").await.types("EXPORT").await;
    browser.click(".post h3 a", "The export hangs").await;
    browser.click(".message", "99 %").await;
    browser.types("r").await;
    browser
        .find_with(".composer-above", "Replying to Nora")
        .await;
    browser.says("Which table is it, @Nora?").await;
    browser.find_with(".message .mention", "@Nora").await;

    // Sam's screen says that somebody else was pinged; Nora has the badge until she looks.
    browser.find_with(".who .pings", "1").await;
    browser.click("#rail .channel", "general").await;
    browser.becomes("Nora").await;
    browser.find_with("#rail .channel .pings", "1").await;
    browser
        .click("#rail .channel.thread", "The export hangs")
        .await;
    browser.find_with(".message.pinged", "Which table").await;
    browser.gone("#rail .pings", "").await;

    // She edits her last words with the arrow, and deletes them.
    browser.says("Table 5").await;
    browser.find_with(".message", "Table 5").await;
    let field = browser.find(".composer textarea").await;
    field.types(key::UP).await;
    browser.find_with(".composer-above", "Editing").await;
    field.clear().await;
    browser.says("Table 4").await;
    browser.find_with(".message", "(edited)").await;
    browser.click(".message", "Table 4").await;
    browser.types("m").await;
    browser.click(".menu-item", "Delete message").await;
    browser.click("dialog .button", "Delete").await;
    browser.gone(".message", "Table 4").await;

    // Time.
    browser.find_with(".message-time", "Today at").await;
    browser.click(".time", "").await;
    browser.click("[data-jump=morning]", "").await;
    browser.find_with(".bar-text", "24").await;
    browser.types(key::ESCAPE).await;
    browser.find_with(".message-time", "Yesterday at").await;
    let now = house.sim.clock().now();
    // Nine o'clock in the browser's zone.
    assert_eq!(now.to_rfc3339(), "2026-11-24T08:00:00+00:00");
    browser.close().await;
    assert_eq!(house.sim.findings(), []);
}

/// A slash command with its errors and suggestions, a card, a button, a form, a select, a whisper.
#[tokio::test]
async fn an_application_is_used() {
    let Some(browser) = Browser::open("an application in the browser", Look::LIGHT).await else {
        return;
    };
    let house = House::build().await;
    let app = App::start(&house).await;
    let there = format!("{}#{}/{}", house.page.url(), house.sam.id(), house.general);
    browser.goto(&there).await;

    browser.find(".composer textarea").await.types("/rem").await;
    browser.find_with(".suggestions .option", "/remind").await;
    browser.types(key::ENTER).await;
    browser.types(key::ENTER).await;
    browser
        .find_with(".option-error", "This option is required")
        .await;
    browser.types("tea").await;
    browser.click(".option-add", "minutes").await;
    browser.types("99").await;
    browser.types(key::ENTER).await;
    browser.find_with(".option-error", "At most 60").await;
    browser.types(key::BACKSPACE).await;
    browser.click(".option-add", "tone").await;
    browser.click("[data-option=tone]", "").await;
    browser.click(".picker .option", "With a bell").await;
    browser.click(".command-form .send", "").await;
    browser.find_with(".message.whisper", "\"bell\"").await;
    browser.click(".link-button", "Dismiss message").await;
    browser.gone(".message.whisper", "").await;

    // Suggestions come from the application while one types.
    browser.says("/find").await;
    browser.types("to").await;
    browser.click(".option-list .option", "About towing").await;
    browser.types(key::ENTER).await;
    browser
        .find_with(".message.whisper", "Found \"towing\"")
        .await;

    // It thinks, and then knows.
    browser.says("/slow").await;
    browser.types(key::ENTER).await;
    browser.find_with(".thinking", "Lantern is thinking").await;
    app.finish.notify_one();
    browser.find_with(".content", "That took a while.").await;

    // A card with everything on it.
    browser.says("/status").await;
    browser.types(key::ENTER).await;
    browser.find_with(".container", "Nobody yet").await;
    browser.click(".button", "Claim").await;
    browser.find_with(".container .mention", "@Sam").await;
    browser.click(".button", "Write a note").await;
    browser.find_with("dialog h2", "Write a note").await;
    browser.types("It").await;
    browser.click("dialog .button", "Submit").await;
    browser
        .find_with(".form-error", "at least 3 characters")
        .await;
    browser.types(" is the lock").await;
    browser.click("dialog .check", "Quite").await;
    browser.click("dialog .select", "Choose one").await;
    browser.click(".picker .option", "Export").await;
    browser.find_with("dialog .select", "Export").await;
    browser.click("dialog .button", "Submit").await;
    browser
        .find_with(".message", "Note by @Sam: It is the lock")
        .await;
    browser.gone("dialog", "").await;
    browser.click(".select", "Kind of question").await;
    browser.click(".picker .option", "Bug").await;
    browser
        .find_with(".message.whisper", "Chosen: [\"bug\"]")
        .await;
    browser.click(".select", "Hand over to").await;
    browser.types("ine").await;
    browser.click(".picker .option", "Ines").await;
    browser
        .find_with(".message.whisper", "Looking for @Ines")
        .await;

    // Menus of a message and of a person.
    browser.click(".message", "Note by").await;
    browser.types("m").await;
    browser.click(".menu-item", "Bookmark").await;
    browser.find_with(".message.whisper", "Bookmarked").await;
    browser.click("#members .member", "Omar").await;
    browser.click(".menu-item", "Wave").await;
    browser
        .find_with(".message.whisper", "You wave at @Omar")
        .await;

    // A scene is played from behind the scenes; what the host tells stays text.
    browser.click("[data-key=side]", "").await;
    browser.click("[data-key=tab-panel]", "").await;
    browser
        .find_with(".panel-row small", "<b>somebody</b>")
        .await;
    browser.click("[data-key=tab-scenes]", "").await;
    browser.click("[data-key=play0]", "").await;
    browser.find_with(".message", "second").await;
    browser.click("[data-key=play1]", "").await;
    browser
        .find_with(".scene .form-error", "the lights went out")
        .await;
    browser.click("[data-key=close]", "").await;

    // What is not answered says so.
    browser.click(".button", "Resolve").await;
    browser.find(".button.waiting").await;
    house.advance(chrono::TimeDelta::seconds(4));
    browser
        .find_with(".failure", "This interaction failed")
        .await;
    browser.says("/silent").await;
    browser.types(key::ENTER).await;
    browser.find_with(".run", "Sending command").await;
    house.advance(chrono::TimeDelta::seconds(4));
    browser
        .find_with(".run.failed", "The application did not respond")
        .await;
    browser.close().await;
    assert_eq!(house.sim.findings(), []);
}

/// Threads are made, named, tagged, closed, locked; messages get reactions and pins; people write to
/// each other directly.
#[tokio::test]
async fn a_moderator_keeps_order() {
    let Some(browser) = Browser::open("a moderator in the browser", Look::WIDE).await else {
        return;
    };
    let house = House::build().await;
    let thread = house.post(&house.nora, "help!!!", "It hangs.", &["Question"]);
    let max = house.sim.person("Max").id();
    browser
        .goto(&format!("{}#{max}/{thread}", house.page.url()))
        .await;
    browser.click("[aria-label='Post options']", "").await;
    browser.click(".menu-item", "Rename").await;
    browser.types("The export hangs").await;
    browser.types(key::ENTER).await;
    browser
        .find_with(".place-head h1", "The export hangs")
        .await;
    browser
        .find_with(".message.system", "changed the title")
        .await;
    browser.click("[aria-label='Post options']", "").await;
    browser.click(".menu-item", "Edit tags").await;
    browser.click(".picker .option", "Bug").await;
    browser.find_with(".picker-hint", "2 chosen").await;
    browser.types(key::ESCAPE).await;
    browser.find_with(".place-head .tag", "Bug").await;
    // Whoever does something in a thread follows it.
    browser.find_with("#members .member", "Max").await;
    browser.click(".button", "Unfollow").await;
    browser.gone("#members .member", "Max").await;

    // A reaction by mouse, a pin by keyboard.
    browser.click(".message", "").await;
    browser
        .click(".message:focus .toolbar [aria-label='Add reaction']", "")
        .await;
    browser.click(".emoji-grid button", "🎉").await;
    browser.find_with(".reaction.mine", "1").await;
    browser.click(".reaction.mine", "").await;
    browser.gone(".reaction", "").await;
    browser.click(".message", "It hangs.").await;
    browser.types("m").await;
    browser.click(".menu-item", "Pin message").await;
    browser
        .find_with(".message.system", "pinned a message")
        .await;

    browser.click("[aria-label='Post options']", "").await;
    browser.click(".menu-item", "Lock post").await;
    browser.find_with(".state", "Locked").await;
    browser.becomes("Nora").await;
    browser
        .find_with(".composer-closed", "This thread is locked.")
        .await;
    browser.becomes("Max").await;
    browser.click("[aria-label='Post options']", "").await;
    browser.click(".menu-item", "Close post").await;
    browser.find_with(".state", "Archived").await;
    browser.click(".crumb", "help").await;
    browser.find_with(".posts-older", "Older posts").await;

    // A thread on a message, a word in private.
    browser.click("#rail .channel", "general").await;
    browser.says("Who knows the _tides_?").await;
    browser.click(".message", "tides").await;
    browser.types("m").await;
    browser.click(".menu-item", "Create thread").await;
    browser.click("dialog .button", "Create thread").await;
    browser.find_with(".place-head h1", "tides").await;
    browser.click(".crumb", "general").await;
    browser.find_with(".thread-link", "tides").await;
    browser.click("#members .member", "Omar").await;
    browser.click(".menu-item", "Message").await;
    browser.find_with(".rail-head", "Direct messages").await;
    browser.says("psst").await;
    browser.find_with(".message", "psst").await;
    browser.becomes("Omar").await;
    browser.find_with(".message", "psst").await;
    browser.becomes("Nora").await;
    browser
        .find_with(".nothing", "You do not see this channel")
        .await;
    browser.close().await;
    assert_eq!(house.sim.findings(), []);
}

/// Each tab may be somebody else, and what one writes the other reads at once.
#[tokio::test]
async fn two_tabs_are_two_people() {
    let Some(browser) = Browser::open("two people in the browser", Look::WIDE).await else {
        return;
    };
    let house = House::build().await;
    let at = |person: u64, channel: u64| format!("{}#{person}/{channel}", house.page.url());
    browser.goto(&at(house.nora.id(), house.staff_room)).await;
    browser
        .find_with(".nothing", "You do not see this channel")
        .await;
    browser.goto(&at(house.nora.id(), house.general)).await;
    browser.find(".composer textarea").await;
    browser.gone("#rail .channel", "staff").await;
    // From the other's words to this one's screen, in the screen's own time.
    let script = "
        new MutationObserver((_, watch) => {
            if (!document.querySelector('.messages').innerText.includes(arguments[0])) return;
            watch.disconnect();
            window.seenAt = Date.now();
        }).observe(document.body, { childList: true, subtree: true });";
    let mut took = Vec::new();
    for number in 0..5 {
        let words = format!("are you there, {number}?");
        browser.script(script, vec![json!(words)]).await;
        #[expect(
            clippy::disallowed_methods,
            reason = "the browser measures in real time"
        )]
        let said_at = chrono::Utc::now().timestamp_millis();
        house.omar.posts(house.general, words.as_str()).unwrap();
        browser.find_with(".message", &words).await;
        let seen_at = browser.script("return window.seenAt", vec![]).await;
        took.push(millis(seen_at.as_i64().unwrap() - said_at));
    }
    figure("from one's words to the other's screen", took);
    browser.close().await;
}

/// Only keys, on a phone's width.
#[tokio::test]
async fn a_phone_and_a_keyboard_are_enough() {
    let Some(browser) = Browser::open("a phone in the browser", Look::PHONE).await else {
        return;
    };
    let house = House::build().await;
    house.post(
        &house.omar,
        "How do I rename a pier?",
        "I find no way.",
        &["Question"],
    );
    browser.goto(&house.page.url()).await;
    // On a phone the channels come first.
    browser.click("#rail .channel", "help").await;
    browser.click(".post h3 a", "How do I rename a pier?").await;
    browser.says("Me too!").await;
    browser.find_with(".message", "Me too!").await;
    browser.click("[aria-label=Members]", "").await;
    browser.find_with("#members .member", "Omar").await;
    browser.click("[aria-label=Members]", "").await;
    browser.click("[aria-label=Channels]", "").await;
    browser.find_with("#rail .channel", "general").await;
    browser.click("#rail .channel.current", "").await;
    browser.find(".message").await;
    // Nothing sticks out sideways.
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.script(wide, vec![]).await, json!(0));
    // Every control has a name.
    let nameless = browser
        .script(
            "return [...document.querySelectorAll('button, a, input, textarea, select')]
                .filter((node) => node.checkVisibility() && !(node.innerText.trim() || node.ariaLabel || node.labels?.length))
                .map((node) => node.outerHTML)",
            vec![],
        )
        .await;
    assert_eq!(nameless, json!([]));
    browser.close().await;
}

/// Two hundred threads of real size stay fluid.
#[tokio::test]
async fn a_busy_desk_stays_fluid() {
    let Some(browser) = Browser::open("a busy desk in the browser", Look::WIDE).await else {
        return;
    };
    let house = House::build().await;
    let mut threads = Vec::new();
    for thread in 0..200 {
        let text = "Since this morning it *hangs* at `99 %`. What can I do? ".repeat(8);
        let id = house.post(&house.nora, &format!("Question {thread}"), &text, &["Bug"]);
        for answer in 0..15 {
            let text = format!(
                "Answer {answer}: {}",
                "try **this** first, then that. ".repeat(6)
            );
            house.sam.posts(id, text).unwrap();
        }
        threads.push(id);
    }
    let at = |channel: u64| format!("{}#{}/{channel}", house.page.url(), house.sam.id());
    browser.goto(&at(house.forum)).await;
    browser.find_with(".post", "Question 199").await;
    // From the press to the messages, in the page's own time.
    let script = "
        const [href, done] = arguments;
        const started = performance.now();
        const watch = new MutationObserver(() => {
            if (document.querySelectorAll('.message').length < 16) return;
            watch.disconnect();
            requestAnimationFrame(() => done(Math.round(performance.now() - started)));
        });
        watch.observe(document.body, { childList: true, subtree: true });
        location.hash = href;";
    let mut took = Vec::new();
    for thread in threads.iter().rev().take(5) {
        let hash = json!(format!("#{}/{thread}", house.sam.id()));
        let opened = browser.script_async(script, vec![hash]).await;
        took.push(millis(opened.as_i64().unwrap()));
        browser.click(".crumb", "help").await;
        browser.find_with(".post", "Question 199").await;
    }
    figure("opening one of 200 threads", took);
    browser.goto(&at(threads[0])).await;
    browser.find_with(".place-head h1", "Question 0").await;
    let started = Instant::now();
    browser.says("the last word").await;
    browser.find_with(".message", "the last word").await;
    figure(
        "typing and reading three words there",
        vec![started.elapsed()],
    );
    browser.close().await;
}
