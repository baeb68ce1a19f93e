//! Pictures of the main views, for whoever wants to look: set `DISCORD_SIM_SHOTS` to a directory.

use std::path::Path;

use chrono::TimeDelta;
use discord_sim::world::{NewMessage, ReplyTo};
use serde_json::json;

use crate::app::App;
use crate::browser::{Browser, Look, key};
use crate::house::House;

#[tokio::test]
async fn the_main_views() {
    let Some(directory) = discord_sim::env::shots() else {
        return;
    };
    let house = House::build().await;
    let app = App::start(&house).await;
    let thread = furnish(&house);
    for (name, look) in [
        ("dark", Look::WIDE),
        ("light", Look::LIGHT),
        ("phone", Look::PHONE),
    ] {
        if let Some(browser) = Browser::open("pictures of the page", look).await {
            views(&browser, &house, thread, name, &directory).await;
            browser.close().await;
        }
    }
    drop(app);
}

async fn views(browser: &Browser, house: &House, thread: u64, name: &str, directory: &Path) {
    let at = |person: u64, channel: u64| format!("{}#{person}/{channel}", house.page.url());
    let shot = async |view: &str| {
        let path = directory.join(format!("{name}-{view}.png"));
        browser.save(&path).await;
    };
    browser.goto(&at(house.sam.id(), house.forum)).await;
    browser.find(".post").await;
    shot("forum").await;
    browser.goto(&at(house.sam.id(), house.general)).await;
    browser.find_with(".message", "Quay").await;
    shot("channel").await;
    browser.goto(&at(house.sam.id(), thread)).await;
    browser.says("/status").await;
    // The first Enter took the command, the second runs it.
    browser.types(key::ENTER).await;
    browser.find_with(".container", "Owner").await;
    shot("card").await;
    browser.click(".message .message-time", "").await;
    browser.types("m").await;
    browser.find(".menu-item").await;
    shot("menu").await;
    browser.types(key::ESCAPE).await;
    browser.click(".select", "Kind of question").await;
    browser.find(".picker .option").await;
    shot("select").await;
    browser.types(key::ESCAPE).await;
    browser.click(".button", "Write a note").await;
    browser.find("dialog.sheet").await;
    shot("modal").await;
    browser.click("dialog .button", "Cancel").await;
    browser.gone("dialog", "").await;
    browser.find(".composer textarea").await.types("/").await;
    browser.find(".suggestions .option").await;
    shot("commands").await;
    browser.click(".suggestions .option", "/remind").await;
    browser.find(".command-form").await;
    shot("command").await;
    browser.click(".command-form .send", "").await;
    browser.find(".option-error").await;
    shot("command-error").await;
    browser.click("[aria-label='Leave the command']", "").await;
    browser.click(".who", "").await;
    browser.find(".person").await;
    shot("people").await;
    browser.types(key::ESCAPE).await;
    browser.click(".time", "").await;
    browser.find(".jump").await;
    shot("clock").await;
    browser.types(key::ESCAPE).await;
    browser.click("[data-key=side]", "").await;
    browser.click("[data-key=tab-panel]", "").await;
    browser.find(".panel-row").await;
    shot("side").await;
    browser.click("[data-key=side]", "").await;
    if name == "phone" {
        browser.click(".only-narrow", "").await;
        browser.find("#rail .channel").await;
        shot("rail").await;
    }
}

/// A morning's worth of talk.
fn furnish(house: &House) -> u64 {
    let House {
        nora,
        omar,
        ines,
        sam,
        general,
        ..
    } = house;
    let thread = house.post(
        nora,
        "The export hangs at 99 %",
        "Since this morning every export stops at **99 %**. I tried:\n- another browser\n- a smaller table\n\nThe log says:\n```text\nexport: waiting for lock (table 4)\n```\nWhat can I do?",
        &["Bug"],
    );
    house.advance(TimeDelta::minutes(9));
    house.post(
        omar,
        "How do I rename a pier?",
        "I can see the name but I find no way to change it. Is it even possible?",
        &["Question"],
    );
    house.advance(TimeDelta::minutes(4));
    let solved = house.post(
        omar,
        "Login mail never arrives",
        "I asked for the login mail three times, nothing came.",
        &["Question", "Solved"],
    );
    sam.posts(
        solved,
        "It was the spam filter on our side. Fixed, please try again.",
    )
    .unwrap();
    omar.posts(solved, "Works, thank you!").unwrap();
    sam.sim()
        .act(|world| world.add_reaction(ines.id(), solved, solved, "🎉", None))
        .unwrap();
    house.advance(TimeDelta::minutes(2));
    let first = sam
        .posts(
            thread,
            format!(
                "Thanks <@{}>, I can see it too. Which table is it? <#{general}> has the list.",
                nora.id()
            ),
        )
        .unwrap();
    nora.replies(thread, first, "Table 4, the one with the tides.")
        .unwrap();
    nora.posts(thread, "It has about 40 000 rows, ||and my boss is watching||. See https://example.org/tides for how it looks.").unwrap();
    house.advance(TimeDelta::minutes(3));
    omar.posts(
        *general,
        "Good evening everybody! Has anybody seen the new **Quay** view?",
    )
    .unwrap();
    let answer = ines
        .posts(
            *general,
            "Yes! Press `q` to open it. It is _so_ much calmer than the old one.",
        )
        .unwrap();
    ines.posts(
        *general,
        "> The old one had eleven buttons\nI counted them, ~~twelve~~ eleven.",
    )
    .unwrap();
    omar.sends(
        *general,
        NewMessage {
            reply_to: Some(ReplyTo {
                message: answer,
                channel: None,
                fail_if_not_exists: true,
            }),
            ..NewMessage::text("Thank you :) that is what I was looking for. 🎉")
        },
    )
    .unwrap();
    sam.sim().act(|world| {
        world.add_reaction(sam.id(), *general, answer, "👍", None)?;
        world.add_reaction(omar.id(), *general, answer, "👍", None)?;
        world.post_message(house.application, *general, NewMessage {
            embeds: vec![json!({
                "title": "Weekly harbour report", "description": "Everything that came in since <t:1794870000:D>.",
                "color": 0x003b_a55d, "author": {"name": "Lantern"},
                "fields": [
                    {"name": "Answered", "value": "41", "inline": true},
                    {"name": "Same day", "value": "39 (95 %)", "inline": true},
                    {"name": "Waiting", "value": "2", "inline": true},
                ],
                "footer": {"text": "Definitions: see the handbook"}, "timestamp": "2026-11-23T16:50:00Z",
            })],
            components: vec![json!({"type": 1, "components": [
                {"type": 2, "style": 2, "label": "Show the two", "custom_id": "two", "emoji": {"name": "👀"}},
                {"type": 2, "style": 5, "label": "Handbook", "url": "https://example.org"}]})],
            ..NewMessage::text("")
        })
    }).unwrap();
    house.advance(TimeDelta::minutes(1));
    ines.posts(
        *general,
        format!(
            "<@{}> could you look at the export thread? It is due <t:1795458600:R>.",
            sam.id()
        ),
    )
    .unwrap();
    ines.posts(
        house.staff_room,
        format!("<@&{}> stand-up in five minutes", house.staff_role),
    )
    .unwrap();
    thread
}
