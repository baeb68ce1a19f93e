//! discord.js and discord.py, real and unpatched, against the simulated Discord. See `clients/`.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use common::House;
use tokio::process::{Child, Command};

fn folder(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(client)
}

/// Starts a client, or says aloud that it is not installed.
fn start(
    house: &House,
    client: &str,
    installed: &str,
    program: &str,
    script: &str,
) -> Option<Child> {
    let folder = folder(client);
    if !folder.join(installed).exists() {
        let missing =
            format!("{installed} is missing; tests/clients/README.md says how to install it");
        discord_sim::env::skip(client, &missing);
        return None;
    }
    let child = Command::new(program)
        .arg(script)
        .current_dir(folder)
        .env("SIM_API", format!("{}/api", house.sim.base_url()))
        .env("SIM_GATEWAY", house.sim.gateway_url())
        .env("SIM_TOKEN", &house.token)
        .env("SIM_GUILD", house.guild.to_string())
        .env("SIM_CHANNEL", house.channel.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    match child {
        Ok(child) => Some(child),
        Err(error) => {
            discord_sim::env::skip(client, &format!("{program} cannot be run: {error}"));
            None
        }
    }
}

/// What every client must be able to do; the scripts say the same words.
async fn lives(house: &House, mut client: Child, name: &str) {
    let ann = house.sim.person("Ann").patient(Duration::from_secs(30));
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
    let status = tokio::time::timeout(Duration::from_secs(20), client.wait()).await;
    assert!(status.unwrap().unwrap().success());
    assert_eq!(house.sim.unread(), []);
    house.assert_clean();
}

#[tokio::test]
async fn discord_js() {
    let house = House::build().await;
    let started = start(&house, "discordjs", "node_modules", "node", "client.mjs");
    if let Some(client) = started {
        lives(&house, client, "discord.js").await;
    }
}

#[tokio::test]
async fn discord_py() {
    let house = House::build().await;
    let python = ".venv/bin/python";
    let program = folder("discordpy").join(python);
    let started = start(
        &house,
        "discordpy",
        python,
        &program.to_string_lossy(),
        "client.py",
    );
    if let Some(client) = started {
        lives(&house, client, "discord.py").await;
    }
}
