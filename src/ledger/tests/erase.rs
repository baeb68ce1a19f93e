//! What is theirs goes when the thread goes; what is ours stays.

use super::*;
use crate::domain::event::Fact;
use crate::domain::ids::TicketId;
use crate::domain::parcel::Content;
use crate::domain::ticket::Status;
use crate::store::NewItem;

async fn told() -> House {
    let house = House::new().await;
    let one = thread(1);
    house.hand.set(at(5));
    house
        .send([
            seen(one),
            message(one, snowflake(1, 0), ANN),
            message(one, snowflake(2, 0), BEN),
            message(one, snowflake(3, 0), ANN),
        ])
        .await;
    house
        .run(snowflake(4, 0), EVA, Action::Claim)
        .await
        .unwrap();
    house.turn_to(300).await;
    house
}

/// Whether a person's number stands anywhere in the file's rows.
async fn mentions(house: &House, person: UserId) -> bool {
    let row = house.ticket(thread(1)).await;
    let events = house.store.list_events(row.ticket_id).await.unwrap();
    let pending = house.store.list_pending().await.unwrap();
    let needle = person.to_string();
    format!("{row:?} {events:?} {pending:?}").contains(&needle)
}

#[tokio::test]
async fn a_deleted_thread_leaves_its_figures_and_no_person() {
    let house = told().await;
    let before = house.ticket(thread(1)).await;
    assert!(mentions(&house, ANN).await);
    assert!(!house.store.list_pending().await.unwrap().is_empty());
    let gone = Intent::ThreadGone {
        thread: thread(1),
        at: at(301),
    };
    house.hand.set(at(301));
    house.send([gone.clone()]).await;
    for person in [ANN, BEN, EVA] {
        assert!(!mentions(&house, person).await);
    }
    let after = house.ticket(thread(1)).await;
    assert_eq!(after.title, "");
    assert_eq!(after.ticket.status, Status::Gone { at: at(301) });
    assert_eq!(after.ticket.asker(), Some(UserId(1)));
    assert_eq!(after.ticket.asker_messages, before.ticket.asker_messages);
    assert_eq!(
        after.ticket.first_community_at,
        before.ticket.first_community_at
    );
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    let alerts = house.store.list_alerts(TicketId(1)).await.unwrap();
    assert!(!alerts.is_empty());
    assert!(
        alerts
            .iter()
            .all(|alert| alert.reason.as_deref() == Some("the thread is gone"))
    );
    // Whatever comes afterwards finds nothing to change.
    house
        .send([
            gone,
            message(thread(1), snowflake(4, 1), BEN),
            seen(thread(1)),
        ])
        .await;
    assert!(!mentions(&house, BEN).await);
    assert_eq!(
        house.run(snowflake(302, 0), EVA, Action::Claim).await,
        Err(Refusal::Gone)
    );
    assert_eq!(house.store.list_threads_known(GUILD).await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn a_deleted_channel_takes_all_its_threads_along() {
    let house = House::new().await;
    let mut intents = Vec::new();
    for n in 0..450 {
        intents.push(seen(thread(n)));
        intents.push(message(thread(n), snowflake(1, n), ANN));
    }
    // One of them comes in the same batch as the deletion.
    intents.push(Intent::ChannelGone {
        channel: HELP,
        at: at(2),
    });
    house.send(intents).await;
    for n in [0, 1, 449] {
        let ticket = house.ticket(thread(n)).await.ticket;
        assert_eq!(ticket.status, Status::Gone { at: at(2) });
        assert_eq!(ticket.asker(), Some(UserId(1)));
    }
    house.turn_to(10_000).await;
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn a_lost_guild_is_told_nothing_more() {
    let house = told().await;
    let notice = crate::domain::parcel::Notice::Trouble {
        sentence: "A channel is gone.".to_owned(),
    };
    house.ledger.order_notice(GUILD, notice).await.unwrap();
    house
        .send([Intent::GuildGone {
            guild: GUILD,
            at: at(301),
        }])
        .await;
    assert!(!mentions(&house, ANN).await);
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    let events = house.store.list_events(TicketId(1)).await.unwrap();
    let ended = events
        .iter()
        .filter(|recorded| recorded.event.fact == Fact::ThreadDeleted);
    assert_eq!(ended.count(), 1);
    house.is_sound().await;
}

#[tokio::test]
async fn what_is_to_be_taken_back_elsewhere_is_taken_back_all_the_same() {
    let house = told().await;
    let taken_back = Content::TakeBack {
        ticket: TicketId(1),
        repository: "acme/widgets".to_owned(),
        comment: 7,
    };
    let item = NewItem {
        guild: GUILD,
        content: taken_back.clone(),
    };
    let mut writing = house.store.write().await.unwrap();
    writing.order(&[item], at(300)).await.unwrap();
    writing.commit().await.unwrap();
    house
        .send([Intent::ThreadGone {
            thread: thread(1),
            at: at(301),
        }])
        .await;
    let left = house.store.list_pending().await.unwrap();
    let left: Vec<_> = left.into_iter().map(|row| row.content).collect();
    assert_eq!(left, [taken_back]);
}
