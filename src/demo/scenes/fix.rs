//! From a question to the release that answers it, for everybody who asked.

use std::sync::Arc;

use anyhow::Context;
use discord_sim::page::Scene;
use github_sim::world::World;

use super::{Script, Stage, look, with_button};
use crate::demo::hub::{DEVELOPER, REPOSITORY};

const DATES: &str = "Dates are a day early";
const CALENDAR: &str = "All my dates are one day early";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "From the question to the fix",
        "Two people meet the same bug. It becomes one issue on GitHub (its page is linked above), and the release with the fix comes back to both.",
    )
    .step("09:40 Lee asks. Tom can see it too: it is a bug.", async |play| {
        play.begins("09:40").await?;
        let text = "Since I moved to Lima, every date in the calendar is a day early. The log says:\n```text\nacme: zone -05:00, midnight taken as UTC\n```";
        let thread = play.asks(&play.team().lee, DATES, text).await?;
        play.writes(&play.team().tom, thread, "I can see it here too. That is ours, I am sorry!").await?;
        look(&play.team().tom, thread)
    })
    .step("09:45 He presses \"To GitHub\": the issue as it would be, shown to him alone.", async |play| {
        play.comes("09:45").await?;
        let thread = play.thread(DATES)?;
        play.drafts(&play.team().tom, thread).await?;
        look(&play.team().tom, thread)
    })
    .step("He presses \"Open issue\": it is there, and the thread says so.", async |play| {
        let thread = play.thread(DATES)?;
        play.decides(&play.team().tom, thread, "Open issue").await?;
        look(&play.team().kim, thread)
    })
    .step("11:30 Ann asks about the same. Eva presses \"To GitHub\", and is shown the issue that is there.", async |play| {
        play.comes("11:30").await?;
        let thread = play.asks(&play.team().ann, CALENDAR, "I am in Quito. Is it me?").await?;
        play.writes(&play.team().eva, thread, "No, it is us. Lee has met it as well.").await?;
        play.drafts(&play.team().eva, thread).await?;
        look(&play.team().eva, thread)
    })
    .step("She presses its button: both threads hang on one issue.", async |play| {
        let thread = play.thread(CALENDAR)?;
        play.decides(&play.team().eva, thread, "It is #").await?;
        look(&play.team().ann, thread)
    })
    .step("14:10 Dora merges the fix on GitHub. Both threads are told; nobody is pinged yet.", async |play| {
        play.comes("14:10").await?;
        play.on_github(merge_the_fix).await?;
        look(&play.team().ann, play.thread(CALENDAR)?)
    })
    .step("15:20 The release with the fix is out: now Lee and Ann are asked whether it works.", async |play| {
        play.comes("15:20").await?;
        play.on_github(publish).await?;
        look(&play.team().ann, play.thread(CALENDAR)?)
    })
    .step("15:40 It works for Ann, and for Lee. Eva says that a bug was behind both, and /stats counts two improvements that shipped.", async |play| {
        play.comes("15:40").await?;
        for (person, thread) in [(&play.team().lee, DATES), (&play.team().ann, CALENDAR)] {
            let (question, button) = with_button(person, play.thread(thread)?, "It works")?;
            play.stage.clicks(person, &question, &button).await?;
            let named = "/resolve cause:Ours: a bug";
            play.stage.runs(&play.team().eva, play.thread(thread)?, named).await?;
        }
        let staff = play.places().staff_channel;
        play.stage.runs(&play.team().eva, staff, "/stats").await?;
        look(&play.team().eva, staff)
    })
    .done()
}

/// The issue that both threads hang on.
fn merge_the_fix(world: &mut World) -> anyhow::Result<()> {
    let repository = world.repository(REPOSITORY).context("it is gone")?;
    let mut open = repository.issues.values().rev();
    let issue = open.find(|issue| issue.title == DATES && issue.closed.is_none());
    let number = issue.context("the issue is gone")?.number;
    let title = "Take midnight in the reader's own zone";
    let pull = world.open_pull(REPOSITORY, DEVELOPER, title, number);
    let merged = pull.and_then(|pull| world.merge(REPOSITORY, pull, DEVELOPER));
    merged.map_err(|no| anyhow::anyhow!("GitHub refuses: {no:?}"))
}

/// The next release: 1.4.0 was the first.
fn publish(world: &mut World) -> anyhow::Result<()> {
    let repository = world.repository(REPOSITORY).context("it is gone")?;
    let tag = format!("v1.4.{}", repository.releases.len());
    world.release(REPOSITORY, DEVELOPER, &tag, "", false);
    Ok(())
}
