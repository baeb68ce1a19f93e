//! A disk that is full for a while.

use super::*;
use crate::domain::parcel::{Content, Notice};

#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_told_of_afterwards() {
    let house = House::new().await;
    house.send([seen(thread(1))]).await;
    // SQLite refuses to grow beyond what it has: the same code path as a full disk.
    house.store.tamper("PRAGMA max_page_count = 1").await;
    house.hand.set(at(5));
    let mut intents = Vec::new();
    for n in 2..300 {
        intents.push(seen(thread(n)));
        intents.push(message(thread(n), snowflake(1, n), ANN));
    }
    for intent in intents {
        house.ledger.reserve().await.unwrap().send(intent);
    }
    // A person is told at once, and nothing has changed. How much still fitted into the last page
    // is chance.
    let refused = house.run(snowflake(2, 0), EVA, Action::Claim).await;
    assert_eq!(refused, Err(Refusal::NotWritten));
    assert_eq!(house.ticket(thread(1)).await.ticket.claim, None);
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert!(known.len() < 299);

    house.hand.set(at(9));
    house
        .store
        .tamper("PRAGMA max_page_count = 4294967294")
        .await;
    house.ledger.settled().await;
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert_eq!(known.len(), 299);
    let row = house.ticket(thread(1)).await;
    assert_eq!(row.ticket.claim, None);
    let notices: Vec<_> = house
        .store
        .list_pending()
        .await
        .unwrap()
        .into_iter()
        .filter_map(|row| match row.content {
            Content::Notice(notice) => Some(notice),
            _ => None,
        })
        .collect();
    let [Notice::DiskRecovered { from, until }] = notices.as_slice() else {
        panic!("one notice, not {notices:?}");
    };
    assert_eq!(
        (*from, *until),
        (at(5).timestamp_millis(), at(9).timestamp_millis())
    );
    house.is_sound().await;
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_is_told_of_once() {
    let house = House::new().await;
    house.send([seen(thread(1))]).await;
    let mut number = 1;
    for minute in [5, 7, 9, 30] {
        house.hand.set(at(minute));
        house.store.tamper("PRAGMA max_page_count = 1").await;
        for _ in 0..300 {
            number += 1;
            let intent = seen(thread(number));
            house.ledger.reserve().await.unwrap().send(intent);
        }
        // It is answered while the disk refuses, so it has refused.
        let refused = house
            .run(snowflake(minute, number), EVA, Action::Claim)
            .await;
        assert_eq!(refused, Err(Refusal::NotWritten));
        house
            .store
            .tamper("PRAGMA max_page_count = 4294967294")
            .await;
        house.ledger.settled().await;
    }
    let pending = house.store.list_pending().await.unwrap();
    let told = pending.iter().filter_map(|row| match row.content {
        Content::Notice(Notice::DiskRecovered { from, .. }) => Some(from),
        _ => None,
    });
    let expected = [at(5), at(30)].map(|at| at.timestamp_millis());
    assert_eq!(told.collect::<Vec<_>>(), expected);
    house.is_sound().await;
}
