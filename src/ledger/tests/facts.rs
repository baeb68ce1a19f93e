//! Facts: in any order, any number of times.

use super::*;
use crate::domain::event::Event;
use crate::domain::session::{Alive, Position};
use crate::domain::ticket::Ticket;

#[tokio::test]
async fn what_came_twice_is_one_and_what_came_late_takes_its_place() {
    let house = House::new().await;
    let one = thread(1);
    house.hand.set(at(10));
    let question = message(one, snowflake(1, 0), ANN);
    let answer = message(one, snowflake(5, 0), EVA);
    let later = message(one, snowflake(7, 0), ANN);
    house
        .send([seen(one), question.clone(), later.clone(), later.clone()])
        .await;
    assert_eq!(house.ticket(one).await.ticket.asker_messages, 2);
    house
        .send([later, answer.clone(), question, answer, seen(one)])
        .await;
    let ticket = house.ticket(one).await.ticket;
    assert_eq!(ticket.asker_messages, 2);
    assert_eq!(ticket.messages, 3);
    assert_eq!(ticket.first_staff_at, Some(at(5)));
    let waits = ticket.owed_by_anyone.waiting().unwrap();
    assert_eq!(waits.asked_at, at(7));
    let events = house
        .store
        .list_events(house.ticket(one).await.ticket_id)
        .await
        .unwrap();
    assert_eq!(events.len(), 4);
    house.is_sound().await;
}

#[tokio::test]
async fn a_deleted_message_counts_as_never_written() {
    let house = House::new().await;
    let one = thread(1);
    let answer = snowflake(5, 0);
    house
        .send([
            message(one, snowflake(1, 0), ANN),
            message(one, answer, BEN),
            seen(one),
        ])
        .await;
    assert!(house.ticket(one).await.ticket.first_community_at.is_some());
    let deletion = Intent::MessagesDeleted {
        thread: one,
        messages: vec![MessageId(answer)],
    };
    house.send([deletion.clone(), deletion]).await;
    assert_eq!(house.ticket(one).await.ticket.first_community_at, None);
    house.is_sound().await;
}

#[tokio::test]
async fn machines_answer_nobody_but_are_read() {
    let house = House::new().await;
    let one = thread(1);
    let robot = MessageId(snowflake(3, 0));
    house
        .send([
            seen(one),
            message(one, snowflake(1, 0), ANN),
            Intent::Message(MessageSeen {
                thread: one,
                message: robot,
                author: Author::Machine,
            }),
        ])
        .await;
    assert_eq!(house.ticket(one).await.ticket.messages, 1);
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].last_seen, Some(robot));
    let further = MessageId(snowflake(4, 0));
    let read = |message| Intent::ReadUpTo {
        thread: one,
        message,
    };
    house.send([read(further), read(robot)]).await;
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert_eq!(known[0].last_seen, Some(further));
}

#[tokio::test]
async fn a_place_that_is_not_tracked_is_a_stray_once() {
    let house = House::new().await;
    let (one, two) = (thread(1), thread(2));
    house
        .send([
            message(one, snowflake(1, 0), ANN),
            message(one, snowflake(1, 1), ANN),
            message(two, snowflake(1, 2), ANN),
        ])
        .await;
    assert_eq!(house.ledger.next_stray().await, one);
    house.send([message(one, snowflake(1, 3), ANN)]).await;
    assert_eq!(house.ledger.next_stray().await, two);
    house.ledger.forget_stray(one);
    house.send([message(one, snowflake(1, 4), ANN)]).await;
    assert_eq!(house.ledger.next_stray().await, one);
    assert_eq!(house.store.find_ticket_by_thread(one).await.unwrap(), None);
}

#[tokio::test]
async fn a_thread_of_a_channel_that_is_not_watched_is_left_alone() {
    let house = House::new().await;
    let one = thread(1);
    let elsewhere = Intent::from(ThreadSeen {
        guild: GUILD,
        thread: one,
        channel: ELSEWHERE,
        title: "chat".to_owned(),
        tags: Vec::new(),
        archived: false,
        locked: false,
    });
    house.send([elsewhere]).await;
    assert_eq!(house.store.find_ticket_by_thread(one).await.unwrap(), None);

    // A channel that is no longer watched: nothing is recorded, nothing is due.
    let two = thread(2);
    house
        .send([seen(two), message(two, snowflake(1, 0), ANN)])
        .await;
    let house = house.restart(guilds(&[ELSEWHERE]), Start::Deciding).await;
    house.send([message(two, snowflake(2, 0), BEN)]).await;
    house.turn_to(24 * 60).await;
    let row = house.ticket(two).await;
    assert_eq!(row.ticket.messages, 1);
    assert_eq!(house.store.list_alerts(row.ticket_id).await.unwrap(), []);

    // Watched again: it is decided again, with what happened meanwhile still to be read.
    let house = house.restart(guilds(&[HELP]), Start::Deciding).await;
    house.ledger.settled().await;
    let alerts = house.store.list_alerts(row.ticket_id).await.unwrap();
    assert_eq!(alerts.len(), 2);
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert_eq!(known[0].last_seen, Some(MessageId(snowflake(1, 0))));
    house.is_sound().await;
}

#[tokio::test]
async fn the_position_is_committed_with_what_it_stands_for() {
    let house = House::new().await;
    let position = |session: &str, sequence| Position {
        shard: 0,
        shards: 1,
        session_id: session.to_owned(),
        sequence,
        resume_url: "wss://resume.example".to_owned(),
        ready: format!("{{\"session_id\":\"{session}\"}}").into(),
    };
    house
        .send([
            seen(thread(1)),
            Intent::from(position("a", 1)),
            Intent::from(position("a", 2)),
        ])
        .await;
    let stored = house.store.load_positions().await.unwrap();
    assert_eq!(stored, [position("a", 2)]);
    house.send([Intent::from(position("b", 1))]).await;
    let stored = house.store.load_positions().await.unwrap();
    assert_eq!(stored, [position("b", 1)]);

    assert_eq!(house.store.load_presence().await.unwrap(), None);
    let alive = Alive {
        at: at(3),
        done: 0,
        watched: String::new(),
        unread: Vec::new(),
    };
    house.ledger.note_alive(alive).await.unwrap();
    assert_eq!(house.store.load_presence().await.unwrap(), Some(at(3)));
}

#[tokio::test]
async fn everything_survives_a_restart_and_one_commit_serves_many() {
    let house = House::new().await;
    let mut intents = Vec::new();
    for n in 0..500 {
        intents.push(seen(thread(n)));
        intents.push(message(thread(n), snowflake(1, n), ANN));
    }
    house.send(intents).await;
    let house = house.restart(guilds(&[HELP]), Start::Deciding).await;
    let known = house.store.list_threads_known(GUILD).await.unwrap();
    assert_eq!(known.len(), 500);
    let ticket = house.ticket(thread(499)).await.ticket;
    assert_eq!(ticket.channel, Some(HELP));
    assert_eq!(ticket.asker(), Some(ANN));
    let report = check::check(&house.store).await.unwrap();
    assert_eq!((report.tickets, report.events), (500, 1000));
    house.is_sound().await;
}

#[tokio::test]
async fn the_check_finds_a_tampered_row() {
    let house = House::new().await;
    let one = thread(1);
    house
        .send([seen(one), message(one, snowflake(1, 0), ANN)])
        .await;
    house.is_sound().await;
    house
        .store
        .tamper("UPDATE ticket SET state = json_set(state, '$.asker_messages', 7), asker_id = 5")
        .await;
    let report = check::check(&house.store).await.unwrap();
    assert_eq!(
        report.findings,
        [
            "ticket 1 is not what its events add up to",
            "the columns of ticket 1 differ from its state"
        ]
    );
    house
        .store
        .tamper("UPDATE ticket SET state = '{\"question\":7}'")
        .await;
    let report = check::check(&house.store).await.unwrap();
    assert_eq!(report.findings[0], "row 1 of table ticket is not readable");
}

#[tokio::test]
async fn what_cannot_be_written_does_not_stop_the_others() {
    let house = House::new().await;
    let (one, two) = (thread(1), thread(2));
    house.send([seen(one), seen(two)]).await;
    house
        .store
        .tamper("UPDATE ticket SET state = '{\"question\":7}' WHERE ticket_id = 1")
        .await;
    // What the ledger has in memory it would not read.
    let house = house.restart(guilds(&[HELP]), Start::Deciding).await;
    // Sent without waiting in between, so that they are likely to share a batch.
    house
        .send([
            message(one, snowflake(1, 0), ANN),
            message(two, snowflake(1, 1), BEN),
        ])
        .await;
    assert_eq!(house.ticket(two).await.ticket.asker(), Some(BEN));
    assert_eq!(house.ledger.unwritable(), 1);
}

#[tokio::test]
async fn any_order_and_any_batching_give_the_same_tickets() {
    for seed in 0..8 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut intents = Vec::new();
        let mut expected = BTreeMap::new();
        for n in 0..5 {
            let place = thread(n);
            intents.push(seen(place));
            let mut facts = vec![Event::thread_created(place, HELP, Vec::new())];
            for minute in 1..40 {
                let id = snowflake(minute, n);
                let user = [ANN, BEN, EVA][dice.usize(..3)];
                intents.push(message(place, id, user));
                facts.push(Event::message_posted(MessageId(id), user, user == EVA));
                if dice.u8(..8) == 0 {
                    facts.push(Event::message_deleted(MessageId(id)));
                    intents.push(Intent::MessagesDeleted {
                        thread: place,
                        messages: vec![MessageId(id)],
                    });
                }
            }
            expected.insert(place, Ticket::fold(facts));
        }
        // Everything comes, some of it twice, in any order; but a thread before what is in it.
        let twice = dice.choose_multiple(intents.clone(), 40);
        intents.extend(twice);
        dice.shuffle(&mut intents);
        intents.sort_by_key(|intent| !matches!(intent, Intent::ThreadSeen(_)));
        let house = House::new().await;
        while !intents.is_empty() {
            let some = dice.usize(1..=intents.len().min(30));
            house.send(intents.drain(..some)).await;
        }
        for (place, ticket) in expected {
            assert_eq!(house.ticket(place).await.ticket, ticket, "seed {seed}");
        }
        house.is_sound().await;
    }
}
