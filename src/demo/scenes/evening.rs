//! A question after hours: an honest date, and no phone that rings at night.

use std::sync::Arc;

use discord_sim::page::Scene;

use super::{Script, Stage, look};

const EXPORT: &str = "Export drops the last row";
const MEASURED: &str = "Is there a limit per table?";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "The 17:55 question",
        "Support closes at 17:00. Kim asks at 17:55, is promised the next day, and is forgotten until it is nearly late.",
    )
    .step("17:55 Kim asks. The card names the next day's closing, not tonight.", async |play| {
        play.begins("17:55").await?;
        let text = "The CSV export has one row too few, each time. The table has 40 000 rows, the file 39 999.";
        let thread = play.asks(&play.team().kim, EXPORT, text).await?;
        look(&play.team().kim, thread)
    })
    .step("22:00 Nothing is due tonight, so nobody was pinged.", async |play| {
        play.comes("22:00").await?;
        look(&play.team().eva, play.places().staff_channel)
    })
    .step("The next day, 09:30: Ann asks as well. /queue shows the longest wait first.", async |play| {
        play.stage.passes_to(play.stage.next(super::Day::Support, "09:30")?).await?;
        play.asks(&play.team().ann, MEASURED, "Mine stops at 40 000 rows.").await?;
        let staff = play.places().staff_channel;
        play.stage.runs(&play.team().eva, staff, "/queue").await?;
        look(&play.team().eva, staff)
    })
    .step("15:00 Two hours are left: one message pings the team for both.", async |play| {
        play.comes("15:00").await?;
        look(&play.team().tom, play.places().staff_channel)
    })
    .step("15:10 Tom answers Ann. Kim still waits.", async |play| {
        play.comes("15:10").await?;
        let thread = play.thread(MEASURED)?;
        play.writes(&play.team().tom, thread, "None. What you see is a bug: we write one row too few.").await?;
        look(&play.team().ann, thread)
    })
    .step("17:01 Late: the card says so, and staff and moderators are told.", async |play| {
        play.comes("17:01").await?;
        look(&play.team().mia, play.places().moderator_channel)
    })
    .step("17:06 Tom answers Kim, late. /why shows where every minute went.", async |play| {
        play.comes("17:06").await?;
        let thread = play.thread(EXPORT)?;
        let text = "Sorry for the wait! It is the same bug. Tick *include last row* until 1.4.2 is out on Monday.";
        play.writes(&play.team().tom, thread, text).await?;
        play.stage.runs(&play.team().kim, thread, "/why").await?;
        look(&play.team().kim, thread)
    })
    .step("17:30 Both are content, and resolve.", async |play| {
        play.comes("17:30").await?;
        let thread = play.thread(EXPORT)?;
        play.presses(&play.team().kim, thread, "Resolve").await?;
        play.presses(&play.team().ann, play.thread(MEASURED)?, "Resolve").await?;
        look(&play.team().kim, thread)
    })
    .done()
}
