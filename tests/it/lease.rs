//! Claims end: who has a question and stays silent is warned, and then it is anybody's again.

use insta::assert_snapshot;

use crate::stage::{Stage, Wishes};

const FOUR_HOURS: &str = "[attention]\nclaim_lease = \"4h\"\nclaim_warning = \"1h\"";

/// Ann asked on Wednesday at 10:00 in Berlin, and Eva has it since.
async fn claimed() -> (Stage, u64) {
    let mut stage = Stage::set(Wishes {
        guild_settings: FOUR_HOURS.to_owned(),
        ..Wishes::default()
    })
    .await;
    stage.bot_starts().await;
    let post = stage.asked().await;
    let card = stage.card(post).await;
    stage.clicks(&stage.eva, &card, "Claim").await;
    (stage, post)
}

#[tokio::test]
async fn a_silent_claimer_is_warned_and_then_the_question_is_anybodys() {
    let (stage, post) = claimed().await;
    stage.turns_to("2026-11-18T11:59:59.999Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());

    stage.turns_to("2026-11-18T12:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert_snapshot!(stage.named(post, &news[0].text()), @"
    1 claim ends soon:
    - <#POST> · waits for its holder, whose claim ends <t:1795006800:F> (<t:1795006800:R>) · asked <t:1794992400:R> · <@EVA>
    [I have it]
    [Show queue]
    ");
    assert_eq!([stage.eva.pinged().len(), stage.tom.pinged().len()], [1, 0]);

    stage.turns_to("2026-11-18T13:00:00Z").await;
    let news = stage.news(post).await;
    assert_eq!(news.len(), 1);
    assert!(
        news[0].says("it is back in the team's queue"),
        "{}",
        news[0].text()
    );
    assert_eq!([stage.eva.pinged().len(), stage.tom.pinged().len()], [1, 0]);
    let card = stage.card(post).await;
    assert!(card.says("A human will answer by"), "{}", card.text());
    let shown = stage.tom.clicks(&news[0], "Why?").unwrap();
    let why = stage.looks_at(&shown.message().await.unwrap());
    assert!(
        why.contains("owed a reply for too long and no longer has it"),
        "{why}"
    );
    let taken = stage.clicks(&stage.tom, &card, "Claim").await;
    assert!(taken.contains("It's yours"), "{taken}");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn who_answers_keeps_it_and_the_next_question_begins_anew() {
    let (stage, post) = claimed().await;
    stage.turns_to("2026-11-18T12:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.eva.posts(post, "Which version?").unwrap();
    stage.turns_to("2026-11-18T13:00:00Z").await;
    stage.ann.posts(post, "1.4").unwrap();
    // 13:00 in Berlin and three hours: warned at 17:00, beside the promise that is at risk by then.
    stage.turns_to("2026-11-18T15:59:00Z").await;
    let at_risk = stage.news(stage.staff_channel).await;
    assert!(at_risk.iter().all(|seen| !seen.says("claim ends")));
    assert!(stage.card(post).await.says("is on it"));
    stage.turns_to("2026-11-18T16:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert!(news[0].says("1 claim ends soon"), "{}", news[0].text());
    stage.eva.posts(post, "Please try 1.5.").unwrap();
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(post).await.is_empty());
    assert!(stage.card(post).await.says("There is an answer"));
    stage.ends().await;
}

#[tokio::test]
async fn nobody_loses_a_claim_unwarned() {
    let (mut stage, post) = claimed().await;
    stage.bot_stops().await;
    stage.turns_to("2026-11-18T13:30:00Z").await;
    stage.bot_starts().await;
    assert!(stage.news(post).await.is_empty());
    let news = stage.news(stage.staff_channel).await;
    assert!(news[0].says("1 claim ends soon"), "{}", news[0].text());
    stage.news(stage.moderator_channel).await;
    assert!(stage.card(post).await.says("is on it"));
    stage.turns_to("2026-11-18T14:29:59.999Z").await;
    stage.news(stage.staff_channel).await;
    assert!(stage.news(post).await.is_empty());
    stage.turns_to("2026-11-18T14:30:00Z").await;
    assert_eq!(stage.news(post).await.len(), 1);
    assert!(stage.card(post).await.says("A human will answer by"));
    stage.ends().await;
}
