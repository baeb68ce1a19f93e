//! discord.js and discord.py, real and unpatched, against the simulated Discord. See `clients/`.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

#[path = "common/clients.rs"]
mod clients;
mod common;

use std::time::Duration;

use clients::{Login, Running};
use common::House;

fn login(house: &House) -> Login<'_> {
    Login {
        sim: &house.sim,
        token: &house.token,
        guild: house.guild,
        channel: house.channel,
    }
}

/// What every client must be able to do; the scripts say the same words.
async fn lives(house: &House, mut client: Running, name: &str) {
    let ann = house.sim.person("Ann").patient(Duration::from_mins(1));
    let hello = format!("{name} is here");
    let card = ann
        .expects(house.channel, |seen| seen.says(&hello))
        .await
        .unwrap();

    ann.posts(house.channel, "good morning").unwrap();
    let read = ann
        .expects(house.channel, |seen| seen.says("read: good morning"))
        .await
        .unwrap();
    assert!(!read.is_whisper());

    let answer = ann
        .runs_when_offered(house.channel, "/hello name:Bob")
        .await
        .unwrap();
    let answer = answer.message().await.unwrap();
    assert_eq!(answer.content(), "hello Bob");
    assert!(answer.is_whisper());

    let modal = ann.clicks(&card, "Press").unwrap().modal().await.unwrap();
    let answer = modal.submits(&[("What", "a race")]).unwrap();
    let answer = answer.message().await.unwrap();
    assert_eq!(answer.content(), "form: a race");
    assert!(!answer.is_whisper());

    let stopped = ann.runs(house.channel, "/hello name:stop").unwrap();
    stopped.message().await.unwrap();
    let status = tokio::time::timeout(Duration::from_mins(1), client.ended()).await;
    assert!(status.unwrap().success());
    assert_eq!(house.sim.unread(), []);
    house.assert_clean();
}

#[tokio::test]
async fn discord_js() {
    let house = House::build().await;
    if let Some(client) = clients::discord_js(&login(&house)) {
        lives(&house, client, "discord.js").await;
    }
}

#[tokio::test]
async fn discord_py() {
    let house = House::build().await;
    if let Some(client) = clients::discord_py(&login(&house)) {
        lives(&house, client, "discord.py").await;
    }
}
