//! One thread at which Discord fails for a day: everything else goes on, and in the end nothing of it is
//! missing.

use chrono::TimeDelta;
use discord_sim::faults::Fault;
use insta::assert_snapshot;
use serde_json::json;

use super::comparing;
use crate::stage::Stage;

#[tokio::test]
async fn a_thread_that_cannot_be_read_for_a_day_holds_up_nothing_and_is_read_then() {
    let mut stage = Stage::opens().await;
    let [bad, good] =
        ["Bad", "Good"].map(|title| stage.ann.asks(stage.forum, title, "Please.").unwrap());
    for thread in [bad, good] {
        stage.card(thread).await;
    }
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.passes(TimeDelta::minutes(30)).await;
    for thread in [bad, good] {
        stage.ann.posts(thread, "Anybody?").unwrap();
        stage.eva.posts(thread, "Which version?").unwrap();
    }
    let broken = Fault::Answer {
        status: 500,
        body: json!({"message": "500: Internal Server Error", "code": 0}),
    };
    let messages = format!("GET /channels/{bad}/messages");
    stage.sim.faults().order(&messages, 1_000_000, broken);
    stage.bot_starts().await;
    assert!(stage.card(good).await.says("There is an answer"));
    let counted = async |stage: &Stage| {
        let row = stage.store().load_ticket(stage.ticket(bad).await).await;
        row.unwrap().ticket.messages
    };
    assert_eq!(counted(&stage).await, 1);
    let news = stage.news(stage.moderator_channel).await;
    assert!(news.iter().any(|seen| seen.says("1 thread had news")));
    // What is written from now on is heard.
    stage.ann.posts(bad, "1.4.").unwrap();
    stage.settles().await;
    assert_eq!(counted(&stage).await, 2);

    // A try whenever it is time, and a restart among them.
    let mut told = Vec::new();
    for hours in [1, 2, 4, 5, 12] {
        stage.sim.take_requests();
        stage.passes(TimeDelta::hours(hours)).await;
        let asked = stage.sim.take_requests();
        assert!(asked.iter().any(|asked| asked.what == messages));
        told.extend(stage.news(stage.moderator_channel).await);
        if hours == 4 {
            stage.bot_stops().await;
            stage.bot_starts().await;
            let asked = comparing(&stage);
            assert!(!asked.is_empty() && asked.iter().all(|what| *what == messages));
        }
    }
    told.retain(|seen| seen.says("answers with an error"));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_snapshot!(stage.named(bad, &told[0].text()), @"
    **Something needs your hand.** Since <t:1794994200:F> Discord answers with an error whenever I want to read <#POST>, so I may have missed what was written there before. Please look whether somebody waits for an answer. I hear what is written from now on, and go on trying to read the rest.
    [Show queue]
    ");
    assert_eq!(counted(&stage).await, 2);

    assert!(stage.sim.faults().clear() > 0);
    stage.passes(TimeDelta::hours(1)).await;
    assert_eq!(counted(&stage).await, 4);
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.sim.take_requests();
    stage.bot_starts().await;
    let asked = comparing(&stage);
    let reads = asked.iter().filter(|what| what.ends_with("/messages"));
    assert_eq!(reads.count(), 0, "{asked:#?}");
    stage.ends_unread().await;
}
