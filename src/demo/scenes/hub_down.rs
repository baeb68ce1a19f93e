//! An outage of GitHub: what was asked for waits, and is done once.

use std::sync::Arc;

use anyhow::{Context, ensure};
use discord_sim::page::Scene;
use github_sim::faults::Fault;

use super::{Play, Script, Stage, look};
use crate::demo::hub::{DEVELOPER, REPOSITORY};

const IMPORT: &str = "Import stops at 1000 rows";

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "GitHub is down",
        "An issue is asked for while GitHub answers nobody, and its first answer is lost. In the end there is one issue.",
    )
    .step("13:00 Noa asks, and Eva knows that it is a bug.", async |play| {
        play.begins("13:00").await?;
        let text = "The file has 1 204 rows. After 1 000 the bar stands still, without an error.";
        let thread = play.asks(&play.team().noa, IMPORT, text).await?;
        play.writes(&play.team().eva, thread, "You have found a bug; I make an issue of it.").await?;
        look(&play.team().eva, thread)
    })
    .step("13:10 GitHub is down. Eva's issue is taken all the same; the thread says that it waits.", async |play| {
        play.comes("13:10").await?;
        play.hub()?.goes_down(Some(Fault::Answer(502)));
        let thread = play.thread(IMPORT)?;
        play.drafts(&play.team().eva, thread).await?;
        play.decides(&play.team().eva, thread, "Open issue").await?;
        look(&play.team().eva, thread)
    })
    .step("13:15 It cuts every connection now. The bot has tried five times more, and says nothing twice.", async |play| {
        play.hub()?.goes_down(Some(Fault::CutBefore));
        play.comes("13:15").await?;
        look(&play.team().ann, play.thread(IMPORT)?)
    })
    .step("13:45 It is back. It made the issue, but its answer was lost: the bot looked first, and there is one.", async |play| {
        play.hub()?.goes_down(None);
        play.hub()?.loses_an_answer();
        play.comes("13:45").await?;
        let issues = open(&play)?.len();
        ensure!(issues == 1, "GitHub has {issues} issues and not one");
        look(&play.team().ann, play.thread(IMPORT)?)
    })
    .step("14:30 Dora closes it on GitHub as completed, which the thread hears at once. Noa is content, and resolves.", async |play| {
        play.comes("14:30").await?;
        let issues = open(&play)?;
        play.on_github(|world| {
            let mut closed = issues
                .iter()
                .map(|number| world.close(REPOSITORY, *number, DEVELOPER, "completed"));
            let closed = closed.try_for_each(|closed| closed);
            closed.map_err(|no| anyhow::anyhow!("GitHub refuses: {no:?}"))
        })
        .await?;
        let thread = play.thread(IMPORT)?;
        play.presses(&play.team().noa, thread, "Resolve").await?;
        look(&play.team().ann, thread)
    })
    .done()
}

/// The open issues about it: those of earlier plays are closed.
fn open(play: &Play) -> anyhow::Result<Vec<u64>> {
    play.hub()?.act(|world| {
        let repository = world.repository(REPOSITORY).context("it is gone")?;
        let issues = repository.issues.values();
        let open = issues.filter(|issue| issue.title == IMPORT && issue.closed.is_none());
        Ok(open.map(|issue| issue.number).collect())
    })
}
