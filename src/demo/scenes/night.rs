//! An outage of the bot itself: what it missed it reads, and says once.

use std::sync::Arc;

use discord_sim::page::Scene;

use super::{Script, Stage, look};

const THEME: &str = "A dark theme?";
const PROXY: &str = "Does it work behind a proxy?";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "The bot was away for a night",
        "It is switched off at 20:00. People ask and answer all the same. In the morning it has missed nothing.",
    )
    .step("16:10 Noa asks after the last call: tomorrow's date.", async |play| {
        play.begins("16:10").await?;
        let thread = play.asks(&play.team().noa, THEME, "Is there one?").await?;
        look(&play.team().ann, thread)
    })
    .step("20:00 The bot is switched off, and Discord forgets its session.", async |play| {
        play.comes("20:00").await?;
        play.stage.bot_stops().await;
        play.stage.discord_forgets();
        look(&play.team().mia, play.places().moderator_channel)
    })
    .step("22:10 Ben answers Noa. Nobody is there to notice.", async |play| {
        play.comes("22:10").await?;
        let thread = play.thread(THEME)?;
        play.writes(&play.team().ben, thread, "Yes: Settings, Appearance.").await?;
        look(&play.team().ann, thread)
    })
    .step("23:40 Lee asks something new. No card comes.", async |play| {
        play.comes("23:40").await?;
        let thread = play.asks(&play.team().lee, PROXY, "Mine asks for a password, and then nothing.").await?;
        look(&play.team().ann, thread)
    })
    .step("08:30 It is back (a new session may take it 5 seconds), has read everything, and says so once.", async |play| {
        play.comes("08:30").await?;
        play.stage.bot_starts().await?;
        look(&play.team().mia, play.places().moderator_channel)
    })
    .step("Lee's question has its card, with the right date; Noa's knows its answer.", async |play| {
        look(&play.team().kim, play.thread(PROXY)?)
    })
    .step("09:20 Eva answers Lee.", async |play| {
        play.comes("09:20").await?;
        let thread = play.thread(PROXY)?;
        play.writes(&play.team().eva, thread, "It does: put user and password into `ACME_PROXY`.").await?;
        play.presses(&play.team().lee, thread, "Resolve").await?;
        play.presses(&play.team().noa, play.thread(THEME)?, "Resolve").await?;
        look(&play.team().ann, thread)
    })
    .done()
}
