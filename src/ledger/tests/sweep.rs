//! What falls due: once, for everybody it is for, and not while decisions are held.

use super::*;
use crate::domain::decision::{Audience, Standing};
use crate::domain::event::{ClockKind, Trigger};
use crate::domain::parcel::{Content, Notice};
use crate::ledger::FellDue;
use crate::store::{Filter, OutboxState, Page};

async fn asked() -> House {
    let house = House::new().await;
    let one = thread(1);
    house.hand.set(at(1));
    house
        .send([seen(one), message(one, snowflake(1, 0), ANN)])
        .await;
    house
}

#[tokio::test]
async fn an_alert_fires_once_at_its_instant() {
    let house = asked().await;
    let ticket = house.ticket(thread(1)).await.ticket_id;
    house.turn_to(180).await;
    assert_eq!(house.store.list_alerts(ticket).await.unwrap(), []);
    house.turn_to(181).await;
    let alerts = house.store.list_alerts(ticket).await.unwrap();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].alert.trigger, Trigger::AtRisk);
    assert_eq!(alerts[0].alert.due_at, at(241));
    assert_eq!(alerts[0].audience, Audience::Staff);
    assert_eq!(alerts[0].state, OutboxState::Pending);
    assert_eq!(alerts[0].ordered_at, at(181));
    // At the due time itself the promise is still kept.
    house.turn_to(241).await;
    assert_eq!(house.store.list_alerts(ticket).await.unwrap().len(), 1);
    house.hand.set(at(241) + TimeDelta::milliseconds(1));
    house.ledger.settled().await;
    let alerts = house.store.list_alerts(ticket).await.unwrap();
    let told: Vec<_> = alerts
        .iter()
        .map(|row| (row.alert.trigger, row.audience))
        .collect();
    assert_eq!(
        told,
        [
            (Trigger::AtRisk, Audience::Staff),
            (Trigger::Overdue, Audience::Staff),
            (Trigger::Overdue, Audience::Moderators)
        ]
    );
    house.turn_to(10_000).await;
    let house = house.restart(guilds(&[HELP]), Start::Deciding).await;
    house.ledger.settled().await;
    assert_eq!(house.store.list_alerts(ticket).await.unwrap().len(), 3);
    house.is_sound().await;
}

#[tokio::test]
async fn the_card_is_ordered_when_it_changes_and_only_the_newest_waits() {
    let house = asked().await;
    let cards = || async {
        let pending = house.store.list_pending().await.unwrap();
        let cards = pending.into_iter().filter_map(|row| match row.content {
            Content::Card { face, .. } => Some(face.standing),
            _ => None,
        });
        cards.collect::<Vec<_>>()
    };
    let due_at = at(241);
    let clock = ClockKind::FirstResponse;
    let state = crate::domain::decision::ClockState::Running;
    assert_eq!(
        cards().await,
        [Standing::Waiting {
            clock,
            state,
            due_at
        }]
    );
    house.send([message(thread(1), snowflake(2, 0), ANN)]).await;
    assert_eq!(cards().await.len(), 1);
    house.send([message(thread(1), snowflake(3, 0), BEN)]).await;
    assert_eq!(cards().await, [Standing::Answered]);
    house.is_sound().await;
}

#[tokio::test]
async fn a_late_answer_takes_back_nothing_that_was_said() {
    let house = asked().await;
    let ticket = house.ticket(thread(1)).await.ticket_id;
    house.turn_to(300).await;
    // Written before the due time, told to us after it.
    house
        .send([message(thread(1), snowflake(30, 0), BEN)])
        .await;
    let row = house.ticket(thread(1)).await;
    assert_eq!(row.ticket.first_community_at, Some(at(30)));
    assert_eq!(row.shown.unwrap().standing, Standing::Answered);
    assert_eq!(house.store.list_alerts(ticket).await.unwrap().len(), 2);
    house.is_sound().await;
}

#[tokio::test]
async fn while_held_facts_are_recorded_and_nobody_is_alarmed() {
    let house = asked().await;
    house
        .send([seen(thread(2)), message(thread(2), snowflake(1, 5), BEN)])
        .await;
    // Away for a day.
    let house = house.restart(guilds(&[HELP]), Start::Held).await;
    house.turn_to(24 * 60).await;
    let pending = house.store.list_pending().await.unwrap();
    assert_eq!(pending.len(), 2, "only the cards of before");
    // Meanwhile the first was answered in time, and a third came.
    house
        .send([
            message(thread(1), snowflake(60, 0), EVA),
            seen(thread(3)),
            message(thread(3), snowflake(24 * 60 - 200, 0), BEN),
        ])
        .await;
    let hold = house.ledger.hold().await.unwrap();
    let fell_due = house.ledger.release(hold).await.unwrap();
    assert_eq!(
        fell_due.unwrap(),
        BTreeMap::from([(
            GUILD,
            FellDue {
                at_risk: 1,
                overdue: 1
            }
        )])
    );
    let first = house.ticket(thread(1)).await;
    assert_eq!(house.store.list_alerts(first.ticket_id).await.unwrap(), []);
    assert_eq!(first.shown.unwrap().standing, Standing::Answered);
    let first = house.ledger.hold().await.unwrap();
    let second = house.ledger.hold().await.unwrap();
    house.turn_to(48 * 60).await;
    let third = house.ticket(thread(3)).await.ticket_id;
    // Whoever held first knows nothing of why it is held by now.
    assert_eq!(house.ledger.release(first).await.unwrap(), None);
    house.ledger.settled().await;
    assert_eq!(house.store.list_alerts(third).await.unwrap().len(), 1);
    house.ledger.release(second).await.unwrap().unwrap();
    assert_eq!(house.store.list_alerts(third).await.unwrap().len(), 3);
    house.is_sound().await;
}

#[tokio::test]
async fn many_that_fall_due_together_are_decided_in_turns() {
    let house = House::new().await;
    let mut intents = Vec::new();
    for n in 0..2_500 {
        intents.push(seen(thread(n)));
        intents.push(message(thread(n), snowflake(1, n), ANN));
    }
    house.send(intents).await;
    house.turn_to(1_000).await;
    let filter = |filter| {
        let page = Page {
            offset: 2_498,
            size: 10,
        };
        house.store.list_queue(GUILD, filter, at(1_000), page)
    };
    let (rows, total) = filter(Filter::Overdue).await.unwrap();
    assert_eq!((rows.len(), total), (2, 2_500));
    let (rows, total) = filter(Filter::AtRisk).await.unwrap();
    assert_eq!((rows.len(), total), (0, 0));
    let alerts = house.store.list_pending().await.unwrap();
    let alerts = alerts
        .iter()
        .filter(|row| matches!(row.content, Content::Alert { .. }));
    assert_eq!(alerts.count(), 5_000);
    house.is_sound().await;
}

#[tokio::test]
async fn the_queue_lists_the_longest_wait_first() {
    let house = House::new().await;
    let mut intents = Vec::new();
    for n in 1..=4 {
        intents.push(seen(thread(n)));
        intents.push(message(thread(n), snowflake(10 - n, n), ANN));
    }
    intents.push(message(thread(2), snowflake(20, 0), BEN));
    house.send(intents).await;
    house
        .run(snowflake(21, 0), EVA, Action::Claim)
        .await
        .unwrap();
    let all = Page {
        offset: 0,
        size: 10,
    };
    let list = |filter| {
        let house = &house;
        async move {
            let now = at(4 * 60 + 7);
            let (rows, total) = house
                .store
                .list_queue(GUILD, filter, now, all)
                .await
                .unwrap();
            assert_eq!(rows.len() as u64, total);
            rows.iter().map(|row| row.ticket_id.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(list(Filter::All).await, [4, 3, 1, 2]);
    assert_eq!(list(Filter::Unanswered).await, [4, 3, 1]);
    assert_eq!(list(Filter::Overdue).await, [4]);
    assert_eq!(list(Filter::AtRisk).await, [3, 1]);
    assert_eq!(list(Filter::Mine(EVA)).await, [1]);
    assert_eq!(list(Filter::Mine(BEN)).await, [0_i64; 0]);
    assert_eq!(list(Filter::Unclaimed).await, [4, 3, 2]);
    let second = Page { offset: 1, size: 1 };
    let page = house.store.list_queue(GUILD, Filter::All, at(20), second);
    let (rows, total) = page.await.unwrap();
    assert_eq!((rows[0].ticket_id.0, total), (3, 4));
    let beyond = Page { offset: 9, size: 1 };
    let page = house.store.list_queue(GUILD, Filter::All, at(20), beyond);
    assert_eq!(page.await.unwrap(), (Vec::new(), 4));
}

#[tokio::test]
async fn a_notice_that_still_waits_is_ordered_once() {
    let house = House::new().await;
    let notice = Notice::Trouble {
        sentence: "A channel is gone.".to_owned(),
    };
    for _ in 0..2 {
        house
            .ledger
            .order_notice(GUILD, notice.clone())
            .await
            .unwrap();
    }
    assert_eq!(house.store.list_pending().await.unwrap().len(), 1);
}

/// A clock that jumps, as clocks do that are set by hand or wake from sleep: an hour back, a day
/// ahead and back again, with restarts in between.
#[tokio::test]
async fn whatever_the_clock_does_each_alert_fires_once_and_none_early() {
    const THREADS: u64 = 60;
    let mut house = House::new().await;
    for n in 1..=THREADS {
        let minute = n * 11;
        house.hand.set(at(minute));
        house
            .send([
                seen(thread(n)),
                message(thread(n), snowflake(minute, n), ANN),
            ])
            .await;
        let jump = match n % 6 {
            0 => minute + 24 * 60,
            2 => minute.saturating_sub(60),
            4 => minute + 3,
            _ => minute,
        };
        house.turn_to(jump).await;
        if n % 15 == 0 {
            house = house.restart(guilds(&[HELP]), Start::Deciding).await;
            house.ledger.settled().await;
        }
        each_at_most_once_and_none_early(&house, n).await;
    }
    house.turn_to(10_000).await;
    let overdue = each_at_most_once_and_none_early(&house, THREADS).await;
    assert_eq!(overdue, 2 * THREADS, "staff and moderators, of each");
    house.is_sound().await;
}

/// Looks at every alert of the first `threads`; says how many of them say that it is late.
async fn each_at_most_once_and_none_early(house: &House, threads: u64) -> u64 {
    let mut overdue = 0;
    for n in 1..=threads {
        let ticket = house.ticket(thread(n)).await.ticket_id;
        let alerts = house.store.list_alerts(ticket).await.unwrap();
        let mut which = std::collections::BTreeSet::new();
        for row in &alerts {
            let at = match row.alert.trigger {
                Trigger::AtRisk => row.alert.due_at - TimeDelta::hours(1),
                Trigger::Started | Trigger::ClaimEnds => {
                    panic!("nobody has claimed anything: {row:?}")
                }
                Trigger::Overdue => {
                    overdue += 1;
                    row.alert.due_at + TimeDelta::milliseconds(1)
                }
            };
            assert!(row.ordered_at >= at, "{row:?}");
            let identity = format!("{:?} {:?}", row.alert, row.audience);
            assert!(which.insert(identity), "twice: {row:?}");
        }
    }
    overdue
}
