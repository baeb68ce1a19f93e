//! Other people's libraries in the same Discord as the real bot: what they post, offer and ask is
//! on the page like everything else.

use discord_sim::world::{NewApplication, intents, permissions};

use super::browser::{Browser, Look, key};
use super::clients::{self, Login, Running};
use super::{leave, open};

/// Invites a guest and lets `start` log it in; then Ann uses it by clicking and typing.
async fn is_used(name: &str, start: impl Fn(&Login<'_>) -> Option<Running>) {
    let Some(browser) = Browser::open(&format!("{name} on the page"), Look::WIDE).await else {
        return;
    };
    let demo = open().await;
    let (sim, guild) = (demo.sim(), demo.guild());
    let help = sim.read(|world| {
        let mut channels = world.channels.values();
        channels.find(|channel| channel.name == "help").unwrap().id
    });
    let token = sim
        .act(|world| {
            let guest = world.add_application(NewApplication {
                name: "Guest".to_owned(),
                owner: world.guilds[&guild].owner,
                privileged_intents: intents::MESSAGE_CONTENT,
            });
            let bot = world.applications[&guest].bot;
            world.invite_bot(guild, bot, permissions::DEFAULT_EVERYONE)?;
            Ok(world.applications[&guest].token.clone())
        })
        .unwrap();
    let login = Login {
        sim,
        token: &token,
        guild,
        channel: help,
    };
    browser
        .goto(&format!("{}#{}/{help}", demo.url(), sim.person("Ann").id()))
        .await;
    let Some(client) = start(&login) else {
        return leave(demo, browser).await;
    };
    browser
        .find_with(".message", &format!("{name} is here"))
        .await;
    browser.says("good morning").await;
    browser.find_with(".message", "read: good morning").await;

    browser.find(".composer textarea").await.types("/hel").await;
    browser.find_with(".suggestions .option", "/hello").await;
    browser.types(key::ENTER).await;
    browser.types("Bob").await;
    browser.types(key::ENTER).await;
    browser.find_with(".message.whisper", "hello Bob").await;

    browser.click(".message .button", "Press").await;
    browser.find_with("dialog h2", "A form").await;
    browser.types("a race").await;
    browser.click("dialog .button", "Submit").await;
    browser.find_with(".message", "form: a race").await;

    // The real bot lives beside it: its commands are offered too.
    browser.find(".composer textarea").await.types("/").await;
    browser.find_with(".suggestions .option", "/why").await;
    browser.find_with(".suggestions .option", "/hello").await;
    drop(client);
    leave(demo, browser).await;
}

#[tokio::test]
async fn discord_js_is_used_on_the_page() {
    is_used("discord.js", clients::discord_js).await;
}

#[tokio::test]
async fn discord_py_is_used_on_the_page() {
    is_used("discord.py", clients::discord_py).await;
}
