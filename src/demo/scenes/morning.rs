//! From the question to the answer, and what the asker reads meanwhile.

use std::sync::Arc;

use discord_sim::page::Scene;

use super::{Script, Stage, look};

const HANGS: &str = "It hangs on start";
const LOG: &str = "Where is the log?";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "A quiet morning",
        "Ann and Lee ask; the community answers one, Eva the other. Nobody is pinged: nothing is late.",
    )
    .step("10:02 Ann asks, and reads by when a human answers.", async |play| {
        play.begins("10:02").await?;
        let text = "Since today it hangs on start. I have 1.4.0 on Linux.\n```text\nacme: waiting for lock /run/acme.lock\n```\nAnybody else?";
        let thread = play.asks(&play.team().ann, HANGS, text).await?;
        look(&play.team().ann, thread)
    })
    .step("10:15 Lee asks too.", async |play| {
        play.comes("10:15").await?;
        let thread = play.asks(&play.team().lee, LOG, "I can't find it on macOS.").await?;
        look(&play.team().kim, thread)
    })
    .step("10:21 Ben of the community knows it: that counts as an answer.", async |play| {
        play.comes("10:21").await?;
        let thread = play.thread(LOG)?;
        play.writes(&play.team().ben, thread, "In `~/Library/Logs/acme`.").await?;
        look(&play.team().kim, thread)
    })
    .step("10:30 Eva presses Claim: Ann sees that somebody is on it.", async |play| {
        play.comes("10:30").await?;
        let thread = play.thread(HANGS)?;
        play.presses(&play.team().eva, thread, "Claim").await?;
        look(&play.team().eva, thread)
    })
    .step("10:44 Eva answers: no clock runs any more.", async |play| {
        play.comes("10:44").await?;
        let thread = play.thread(HANGS)?;
        let text = "That is our bug in 1.4.0, sorry! 1.4.1 is out and mends it.";
        play.writes(&play.team().eva, thread, text).await?;
        look(&play.team().ann, thread)
    })
    .step("11:05 It works, and Ann presses Resolve. So does Lee.", async |play| {
        play.comes("11:05").await?;
        let thread = play.thread(HANGS)?;
        play.writes(&play.team().ann, thread, "1.4.1 starts. Thank you!").await?;
        play.presses(&play.team().ann, thread, "Resolve").await?;
        play.presses(&play.team().lee, play.thread(LOG)?, "Resolve").await?;
        look(&play.team().ann, thread)
    })
    .done()
}
