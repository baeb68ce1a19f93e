//! What waits while somebody sets the clock.

use super::*;

#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_second_try() {
    let house = House::new().await;
    house.outside.will_fail(Retry::Backoff, true);
    house.asked(1..2).await;
    let first = house.outside.came().remove(0);
    let back = house.clock.now() - TimeDelta::hours(1);
    house.hand.set(back);
    // Noticed without anything else that happens.
    let noticed = async {
        while house.store.list_pending().await.unwrap()[0].not_before
            > back + TimeDelta::milliseconds(1_300)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noticed)
        .await
        .unwrap();
    house.turn_by(TimeDelta::milliseconds(700)).await;
    assert_eq!(house.outside.came(), [], "the pause has not passed");
    house.turn_by(TimeDelta::milliseconds(600)).await;
    let second = house.outside.came().remove(0);
    assert_eq!(second.parcel_id, first.parcel_id);
    house.turn_by(TimeDelta::hours(2)).await;
    assert_eq!(house.outside.came(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn what_was_ordered_while_the_clock_was_ahead_is_delivered_once_it_is_right() {
    let house = House::new().await;
    let right = house.clock.now();
    house.turn_by(TimeDelta::days(1)).await;
    house.outside.will_fail(Retry::Backoff, true);
    for sentence in ["one", "two"] {
        let sentence = sentence.to_owned();
        let ordered = house
            .ledger
            .order_notice(GUILD, Notice::Trouble { sentence });
        ordered.await.unwrap();
    }
    house.outbox.settled().await;
    let first = house.outside.came().remove(0);
    // Put right while the process is away.
    house.outbox.stop().await;
    house.hand.set(right);
    let house = house.crash().await;
    house.outbox.settled().await;
    house.turn_by(TimeDelta::seconds(2)).await;
    let came = house.outside.came();
    let parcels: Vec<_> = came.iter().map(|parcel| parcel.parcel_id).collect();
    assert_eq!(parcels, [first.parcel_id, first.parcel_id + 1]);
    // It may have arrived, and is looked for from here on.
    let ordered_at = house.store.load_ordered_at(first.parcel_id).await.unwrap();
    assert!(came[0].uncertain && ordered_at <= right);
    house.turn_by(TimeDelta::days(2)).await;
    assert_eq!(house.outside.came(), []);
    house.is_sound().await;
}
