//! A disk that does not take our writes for a moment: people are answered at once all the same,
//! and nothing they write is lost.

use sameday::domain::ids::UserId;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};

use crate::stage::{Stage, within};

/// Somebody else who holds the database's one write lock.
struct Hog(SqliteConnection);

impl Hog {
    async fn holds(stage: &Stage) -> Self {
        stage.settles().await;
        let mut connection = SqliteConnectOptions::new()
            .filename(stage.database())
            .connect()
            .await
            .unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        Self(connection)
    }

    async fn lets_go(mut self) {
        self.0.execute("ROLLBACK").await.unwrap();
        self.0.close().await.unwrap();
    }
}

#[tokio::test]
async fn while_the_disk_is_slow_people_are_answered_at_once_and_told_later() {
    let stage = Stage::opens().await;
    let first = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    let card = stage.card(first).await;
    stage.card(second).await;

    let hog = Hog::holds(&stage).await;
    let pressed = stage.eva.clicks(&card, "Claim").unwrap();
    within("the press is acknowledged", pressed.acknowledged())
        .await
        .unwrap();
    let typed = stage.tom.runs(second, "/claim").unwrap();
    within("the command is acknowledged", typed.acknowledged())
        .await
        .unwrap();
    let third = stage.ann.asks(stage.forum, "Third", "Please.").unwrap();
    stage.ann.posts(first, "Anybody?").unwrap();
    // Nothing is written yet, and nobody is told that it is.
    let row = stage.store().load_ticket(stage.ticket(first).await).await;
    assert_eq!(row.unwrap().ticket.claim, None);
    hog.lets_go().await;

    let told = [
        within("the press is answered", pressed.told())
            .await
            .unwrap(),
        within("the command is answered", typed.message())
            .await
            .unwrap(),
    ];
    for told in &told {
        let words = stage.looks_at(told);
        assert!(words.contains("It's yours"), "{words}");
    }
    stage.settles().await;
    for (thread, claimer) in [(first, &stage.eva), (second, &stage.tom)] {
        let row = stage.store().load_ticket(stage.ticket(thread).await).await;
        let claim = row.unwrap().ticket.claim.unwrap();
        assert_eq!(claim.by, UserId(claimer.id()));
    }
    let row = stage.store().load_ticket(stage.ticket(first).await).await;
    assert_eq!(row.unwrap().ticket.asker_messages, 2);
    for thread in [first, second, third] {
        stage.card(thread).await;
    }
    stage.ends().await;
}
