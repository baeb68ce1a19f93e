//! What people delete is gone here too, to the last byte; what we measured stays.

use std::fs;

use chrono::TimeDelta;
use sameday::domain::ids::UserId;
use sameday::domain::ticket::{Status, Ticket};
use sameday::store::check;
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::stage::{Stage, act};

/// A title that nothing else in a file looks like.
const TITLE: &str = "Quizzical zeppelin wobbles";
const TEXT: &str = "My xylophone jammed";

/// A question with a history: asked by Ann, answered by Ben and by Eva, who had claimed it.
async fn conversation(stage: &Stage) -> u64 {
    let post = stage.ann.asks(stage.forum, TITLE, TEXT).unwrap();
    let card = stage.card(post).await;
    stage.clicks(&stage.eva, &card, "Claim").await;
    stage.passes(TimeDelta::minutes(7)).await;
    stage.ben.posts(post, "Oil it.").unwrap();
    stage.passes(TimeDelta::minutes(7)).await;
    stage.eva.posts(post, "With olive oil.").unwrap();
    stage.ann.posts(post, "It still jams.").unwrap();
    stage.card(post).await;
    post
}

/// The figures of a ticket: instants, none of them anybody's.
fn figures(ticket: &Ticket) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        ticket.question.as_ref().map(|question| question.opened_at),
        ticket.first_community_at,
        ticket.first_staff_at,
    )
}

/// Everything the database's files hold, once what is in the log is in the file.
async fn bytes(stage: &Stage) -> Vec<u8> {
    let options = SqliteConnectOptions::new().filename(stage.database());
    let mut connection = options.connect().await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut bytes = fs::read(stage.database()).unwrap();
    let log = stage.database().with_extension("db-wal");
    bytes.extend(fs::read(log).unwrap_or_default());
    connection.close().await.unwrap();
    bytes
}

/// How often something stands in there.
fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes
        .windows(what.len())
        .filter(|part| *part == what)
        .count()
}

/// How often a person is named, in words or as SQLite writes large numbers.
fn count_person(bytes: &[u8], person: u64) -> usize {
    count(bytes, person.to_string().as_bytes()) + count(bytes, &person.to_be_bytes())
}

async fn is_forgotten(stage: &Stage) {
    let bytes = bytes(stage).await;
    assert_eq!(
        count(&bytes, TITLE.as_bytes()),
        0,
        "the title is still there"
    );
    for person in [&stage.ann, &stage.ben, &stage.eva] {
        let name = person.name();
        assert_eq!(
            count_person(&bytes, person.id()),
            0,
            "{name} is still there"
        );
    }
}

#[tokio::test]
async fn what_people_write_is_never_stored() {
    let stage = Stage::opens().await;
    conversation(&stage).await;
    let bytes = bytes(&stage).await;
    assert_eq!(count(&bytes, TEXT.as_bytes()), 0);
    assert_eq!(count(&bytes, b"olive oil"), 0);
    // The searching itself finds what is there.
    assert_ne!(count(&bytes, TITLE.as_bytes()), 0);
    assert_ne!(count_person(&bytes, stage.ann.id()), 0);
    stage.ends().await;
}

#[tokio::test]
async fn of_a_deleted_thread_only_the_figures_stay() {
    let stage = Stage::opens().await;
    let post = conversation(&stage).await;
    let ticket = stage.ticket(post).await;
    let before = stage.store().load_ticket(ticket).await.unwrap();
    act(&stage.sim, |world| world.vanish_channel(post));
    stage.settles().await;
    let after = stage.store().load_ticket(ticket).await.unwrap();
    assert_eq!(figures(&after.ticket), figures(&before.ticket));
    assert!(matches!(after.ticket.status, Status::Gone { .. }));
    assert_eq!(
        (
            after.title.as_str(),
            after
                .ticket
                .claim
                .map(|claim| claim.by == UserId(stage.eva.id()))
        ),
        ("", Some(false))
    );
    is_forgotten(&stage).await;
    stage.turns_to("2026-11-20T16:00:00Z").await;
    stage.ends().await;
}

#[tokio::test]
async fn a_deleted_channel_takes_its_threads_with_it() {
    let stage = Stage::opens().await;
    let mut tickets = Vec::new();
    for number in 0..5 {
        let title = format!("{TITLE} {number}");
        let post = stage.ann.asks(stage.forum, title, TEXT).unwrap();
        stage.card(post).await;
        stage.ben.posts(post, "Oil it.").unwrap();
        stage.card(post).await;
        tickets.push(stage.ticket(post).await);
    }
    let question = stage.ann.posts(stage.help, TEXT).unwrap();
    let kept = stage.starts_thread(&stage.ann, stage.help, question, "Another");
    stage.card(kept).await;
    act(&stage.sim, |world| world.vanish_channel(stage.forum));
    stage.settles().await;
    for ticket in tickets {
        let row = stage.store().load_ticket(ticket).await.unwrap();
        assert!(matches!(row.ticket.status, Status::Gone { .. }));
        assert_eq!(row.title, "");
        assert!(row.ticket.first_community_at.is_some());
    }
    let bytes = bytes(&stage).await;
    assert_eq!(count(&bytes, TITLE.as_bytes()), 0);
    assert_eq!(count_person(&bytes, stage.ben.id()), 0);
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says("was deleted"), "{}", news[0].text());

    // The other channel is served as before.
    stage.eva.posts(kept, "I am looking into it.").unwrap();
    assert!(stage.card(kept).await.says("There is an answer"));
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.ends().await;
}

#[tokio::test]
async fn a_bot_that_is_thrown_out_forgets_and_says_nothing_more() {
    let mut stage = Stage::opens().await;
    let post = conversation(&stage).await;
    let ticket = stage.ticket(post).await;
    let before = stage.store().load_ticket(ticket).await.unwrap();
    act(&stage.sim, |world| {
        world.remove_member(stage.guild, stage.bot.id())
    });
    stage.settles().await;
    let after = stage.store().load_ticket(ticket).await.unwrap();
    assert_eq!(figures(&after.ticket), figures(&before.ticket));
    assert_eq!(after.title, "");
    is_forgotten(&stage).await;
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.ends_with_dead_letters().await.is_empty());
    assert_eq!(stage.sim.unread(), []);
}

#[tokio::test]
async fn a_deleted_question_is_no_longer_counted() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, TITLE, TEXT).unwrap();
    stage.card(post).await;
    let more = stage.ann.posts(post, "It also squeaks.").unwrap();
    let ticket = stage.ticket(post).await;
    let messages = async || {
        let row = stage.store().load_ticket(ticket).await.unwrap();
        row.ticket.asker_messages
    };
    stage.settles().await;
    assert_eq!(messages().await, 2);
    stage.ann.deletes(post, more).unwrap();
    stage.settles().await;
    assert_eq!(messages().await, 1);
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn who_claimed_and_left_is_not_waited_for() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, TITLE, TEXT).unwrap();
    let card = stage.card(post).await;
    stage.clicks(&stage.eva, &card, "Claim").await;
    stage.eva.leaves(stage.guild).unwrap();
    stage.ann.leaves(stage.guild).unwrap();
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(
        stage.tom.pinged().len(),
        1,
        "the whole staff is told instead"
    );
    stage.card(post).await;
    let report = check::check(stage.store()).await.unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
    stage.ends().await;
}
