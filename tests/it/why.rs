//! `/why`: what the bot said about a ticket, what it did not, and why.

use discord_sim::faults::Fault;
use insta::assert_snapshot;
use serde_json::json;

use crate::stage::{Stage, Wishes};

#[tokio::test]
async fn every_alert_has_its_fate_and_says_what_is_due() {
    let mut stage = Stage::set(Wishes::default()).await;
    stage.rewrites_settings("warning = \"2h\"", "warning = \"2h\"\nresolution = \"4h\"");
    stage.bot_starts().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(post).await;
    stage
        .runs(&stage.eva, post, "/acknowledge until:15:30")
        .await;
    // The resolution's due time and the answer's warning point pass meanwhile.
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    let why = async |stage: &Stage, begins: &str| {
        let why = stage.runs(&stage.eva, post, "/why").await;
        let lines: Vec<&str> = why.lines().filter(|it| it.contains(begins)).collect();
        stage.with_names(&lines.join("\n"))
    };
    let held = why(&stage, "Nobody is called about it").await;
    assert_eq!(held.matches("<@EVA> has it").count(), 2, "{held}");
    stage.turns_to("2026-11-18T14:30:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert_snapshot!(stage.named(post, &news[0].text()), @"
    <@&STAFF_ROLE> 1 resolution is overdue, 1 answer is due soon:
    - <#POST> · **resolution overdue**, was due <t:1795006800:F> (<t:1795006800:R>) · asked <t:1794992400:R> · unclaimed
    - <#POST> · due <t:1795017600:F> (<t:1795017600:R>) · asked <t:1794992400:R> · unclaimed
    I have …
    [Show queue]
    ");
    stage.news(stage.moderator_channel).await;
    stage.card(post).await;
    assert_snapshot!(why(&stage, "- **").await, @"
    - **At risk** (due <t:1795017600:F>) to the team: sent <t:1795012200:F>, for <@&STAFF_ROLE>; held until <t:1795012200:F>, because <@EVA> had it.
    - **Overdue**, the resolution (due <t:1795006800:F>) to the team: sent <t:1795012200:F>, for <@&STAFF_ROLE>; held until <t:1795012200:F>, because <@EVA> had it.
    - **Overdue**, the resolution (due <t:1795006800:F>) to the moderators: sent <t:1795012200:F>, for <@&MODERATOR_ROLE>; held until <t:1795012200:F>, because <@EVA> had it.
    ");
    stage.runs(&stage.ann, post, "/resolve").await;
    assert_snapshot!(why(&stage, "**With the team:**").await, @"**With the team:** 5 h 30 min until it was resolved <t:1795012200:F> for the first time, 5 h 30 min in all (in support time, without waiting for the asker).");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn an_alert_that_was_held_up_until_it_was_no_longer_true_says_why_it_was_not_sent() {
    let mut stage = Stage::opens().await;
    let asks = |title: &str| stage.ann.asks(stage.forum, title, "Please.").unwrap();
    let [answered, taken, late] = ["Answered", "Taken", "Late"].map(asks);
    for post in [answered, taken, late] {
        stage.card(post).await;
    }
    let refuses = Fault::Answer {
        status: 503,
        body: json!({"message": "It is not our day.", "code": 0}),
    };
    let path = format!("POST /channels/{}/messages", stage.staff_channel);
    stage.sim.faults().order(&path, 1_000, refuses);
    stage.turns_to("2026-11-18T14:00:00Z").await;
    stage.eva.posts(answered, "Which version?").unwrap();
    stage
        .runs(&stage.tom, taken, "/acknowledge until:17:30")
        .await;
    stage.settles().await;
    stage.sim.faults().clear();
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    let mut told = Vec::new();
    for post in [answered, taken, late] {
        stage.card(post).await;
        let why = stage.runs(&stage.eva, post, "/why").await;
        let why = stage.with_names(&why);
        told.extend(
            why.lines()
                .filter(|it| it.contains("not sent"))
                .map(str::to_owned),
        );
    }
    assert_snapshot!(told.join("\n"), @"
    - **At risk** (due <t:1795017600:F>) to the team: not sent <t:1795017600:F>, because nobody waited for it any more, for <@&STAFF_ROLE>.
    - **At risk** (due <t:1795017600:F>) to the team: not sent <t:1795017600:F>, because <@TOM> had it, for <@&STAFF_ROLE>.
    - **At risk** (due <t:1795017600:F>) to the team: not sent <t:1795017600:F>, because it was overdue by then, which was told instead, for <@&STAFF_ROLE>.
    ");
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.ends_unread().await;
}
