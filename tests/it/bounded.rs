//! Nothing in the bot grows with the number of interactions: what it keeps of each of them is forgotten
//! again, or bounded.

use discord_sim::people::Seen;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::lengths::how_many;
use crate::stage::{Stage, within};

/// How many people do something at the same time.
const AT_ONCE: usize = 16;

/// Types, presses and half-types, so often each, and reads the answers.
async fn interacts(stage: &Stage, alert: &Seen, times: usize) {
    let deeds = stream::iter(0..times).map(|_| async {
        let eva = &stage.eva;
        let typed = eva.runs(stage.staff_channel, "/queue").unwrap();
        within("the command is answered", typed.message())
            .await
            .unwrap();
        let pressed = eva.clicks(alert, "Show queue").unwrap();
        within("the press is answered", pressed.message())
            .await
            .unwrap();
        let completed = eva.completes(stage.lounge, "/hours show calendar:sup");
        let offered = completed.unwrap();
        let offered = within("something is suggested", offered.choices()).await;
        assert_eq!(offered.unwrap()[0].0, "support");
    });
    deeds.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    stage.settles().await;
}

/// What is kept once the last answer is behind the bot as well.
async fn forgotten(stage: &Stage) -> [(&'static str, usize); 5] {
    within("every answer is behind it", stage.everybody_is_answered()).await;
    stage.kept()
}

#[tokio::test]
async fn what_is_kept_does_not_grow_with_the_number_of_interactions() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let alert = stage.news(stage.staff_channel).await.remove(0);

    // Enough to fill what is bounded: the lobby remembers 1,024 ids.
    interacts(&stage, &alert, 400).await;
    let before = forgotten(&stage).await;
    let many = how_many("SAMEDAY_INTERACTIONS", 1_500);
    interacts(&stage, &alert, many / 3).await;
    let after = forgotten(&stage).await;
    eprintln!("after 1,200 interactions {before:?}, after {many} more {after:?}");
    assert_eq!(after, before);
    assert_eq!(before[2], ("interactions that are remembered", 1024));
    let mut stage = stage;
    stage.ends_unread().await;
}
