//! What cannot wait: an asker says so, and whoever is on duty is called, at any hour.

use std::sync::Arc;

use anyhow::Context;
use discord_sim::page::Scene;

use super::{Play, Script, Stage, look};

const LOGIN: &str = "Nobody can log in";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "Production is down",
        "At night, with everybody at home. Kim says what is broken, and the bot calls until somebody has it.",
    )
    .step("21:40 Kim asks. As for every question, the next day's date.", async |play| {
        play.begins("21:40").await?;
        let text = "Since ten minutes every login ends with *502*. Is that us?";
        let thread = play.asks(&play.team().kim, LOGIN, text).await?;
        look(&play.team().kim, thread)
    })
    .step("21:50 It is not: Kim presses \"Production is down\", is asked back, and says what is broken.", async |play| {
        play.comes("21:50").await?;
        let thread = play.thread(LOGIN)?;
        declare(&play, thread).await?;
        look(&play.team().kim, thread)
    })
    .step("At the same minute whoever is on duty was called. Now an answer is due within the hour.", async |play| {
        look(&play.team().mia, play.places().staff_channel)
    })
    .step("22:05 Nobody has moved: they are called again, as every quarter of an hour.", async |play| {
        play.comes("22:05").await?;
        look(&play.team().mia, play.places().staff_channel)
    })
    .step("22:07 Eva presses \"I have it\": nobody else is called meanwhile.", async |play| {
        play.comes("22:07").await?;
        let eva = &play.team().eva;
        let staff = play.places().staff_channel;
        let calls = eva.sees(staff)?;
        let call = calls.iter().rev().find(|seen| seen.buttons().iter().any(|one| one == "I have it"));
        play.stage.clicks(eva, call.context("there is no call to answer")?, "I have it").await?;
        look(eva, staff)
    })
    .step("22:31 She has found it, and answers in time.", async |play| {
        play.comes("22:31").await?;
        let thread = play.thread(LOGIN)?;
        let text = "It was us: a certificate ran out at 21:30. It is renewed, and logins work again. I am sorry!";
        play.writes(&play.team().eva, thread, text).await?;
        look(&play.team().kim, thread)
    })
    .step("22:40 Kim can log in, and resolves.", async |play| {
        play.comes("22:40").await?;
        let thread = play.thread(LOGIN)?;
        play.presses(&play.team().kim, thread, "Resolve").await?;
        look(&play.team().kim, thread)
    })
    .done()
}

/// Kim goes from the card's button through the question to the form.
async fn declare(play: &Play, thread: u64) -> anyhow::Result<()> {
    let kim = &play.team().kim;
    let card = play.stage.card(thread)?;
    let asked_back = kim.clicks(&card, "Production is down")?.message().await?;
    let sure = kim.clicks(&asked_back, "Yes, production is down")?;
    let form = sure.modal().await?;
    let broken = "Every login fails with 502, for all 80 of us, since 21:30.";
    form.submits(&[("what", broken)])?.message().await?;
    play.stage.settles().await
}
