//! A date given in public: shown before it counts, kept watch of, and kept.

use std::sync::Arc;

use discord_sim::page::Scene;

use super::{Day, Script, Stage, look};

const PACKAGE: &str = "A package for Linux?";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "A promised date",
        "It takes longer than today. Tom says so, and gives a date, which the bot keeps watch of.",
    )
    .step(
        "10:10 Noa asks for something that is not there yet. Tom says so.",
        async |play| {
            play.begins("10:10").await?;
            let thread = play
                .asks(&play.team().noa, PACKAGE, "Is there one? And if not, when?")
                .await?;
            play.writes(
                &play.team().tom,
                thread,
                "Not yet, but I have all that it takes.",
            )
            .await?;
            look(&play.team().tom, thread)
        },
    )
    .step(
        "He types /promise until:tomorrow. How that was understood is shown to him alone.",
        async |play| {
            let thread = play.thread(PACKAGE)?;
            let typed = "/promise until:tomorrow note:The package for Linux";
            play.stage.runs(&play.team().tom, thread, typed).await?;
            look(&play.team().tom, thread)
        },
    )
    .step(
        "He presses \"Promise it\". The thread and its card have the date.",
        async |play| {
            let thread = play.thread(PACKAGE)?;
            play.decides(&play.team().tom, thread, "Promise it").await?;
            look(&play.team().ann, thread)
        },
    )
    .step(
        "The next day of support, 15:00: two hours are left. Tom is reminded, and nobody else.",
        async |play| {
            play.comes("20:00").await?;
            let afternoon = play.stage.next(Day::Support, "15:00")?;
            play.stage.passes_to(afternoon).await?;
            look(&play.team().tom, play.places().staff_channel)
        },
    )
    .step(
        "16:30 It is done: /promise shows what stands, and he presses \"It is kept\".",
        async |play| {
            play.comes("16:30").await?;
            let thread = play.thread(PACKAGE)?;
            let tom = &play.team().tom;
            play.writes(
                tom,
                thread,
                "`acme_1.4.0_amd64.deb` stands on the page of downloads.",
            )
            .await?;
            play.stage.runs(tom, thread, "/promise").await?;
            play.decides(tom, thread, "It is kept").await?;
            look(&play.team().ann, thread)
        },
    )
    .step("16:40 Noa has it, and resolves.", async |play| {
        play.comes("16:40").await?;
        let thread = play.thread(PACKAGE)?;
        play.presses(&play.team().noa, thread, "Resolve").await?;
        look(&play.team().ann, thread)
    })
    .done()
}
