//! Commands: who may do what, and that it happens once.

use super::*;
use crate::domain::event::Priority;
use crate::domain::ids::{GuildId, TicketId};
use crate::domain::rota::Cover;
use crate::domain::ticket::Status;
use crate::store::NewCover;

const DONE: Result<Outcome, Refusal> = Ok(Outcome::Done {
    ticket: TicketId(1),
});
const ALREADY: Result<Outcome, Refusal> = Ok(Outcome::Already {
    ticket: TicketId(1),
});

async fn asked() -> House {
    let house = House::new().await;
    let one = thread(1);
    house
        .send([seen(one), message(one, snowflake(1, 0), ANN)])
        .await;
    house
}

#[tokio::test]
async fn of_two_who_claim_at_once_exactly_one_gets_it() {
    let house = asked().await;
    let (eva, max) = tokio::join!(
        house.run(snowflake(2, 0), EVA, Action::Claim),
        house.run(snowflake(2, 1), MAX, Action::Claim)
    );
    let claim = house.ticket(thread(1)).await.ticket.claim.unwrap();
    if claim.by == EVA {
        assert_eq!((eva, max), (DONE, Err(Refusal::ClaimedBy { by: EVA })));
    } else {
        assert_eq!((eva, max), (Err(Refusal::ClaimedBy { by: MAX }), DONE));
    }
    house.is_sound().await;
}

#[tokio::test]
async fn the_same_click_twice_is_one() {
    let house = asked().await;
    let click = snowflake(2, 0);
    assert_eq!(house.run(click, EVA, Action::Claim).await, DONE);
    assert_eq!(house.run(click, EVA, Action::Claim).await, DONE);
    assert_eq!(
        house.run(snowflake(3, 0), EVA, Action::Claim).await,
        ALREADY
    );
    assert_eq!(house.run(snowflake(4, 0), EVA, Action::Release).await, DONE);
    // The first click once more, after the release: it is still the same click.
    assert_eq!(house.run(click, EVA, Action::Claim).await, DONE);
    assert_eq!(house.ticket(thread(1)).await.ticket.claim, None);
    let row = house.ticket(thread(1)).await;
    let events = house.store.list_events(row.ticket_id).await.unwrap();
    assert_eq!(events.len(), 4);
    house.is_sound().await;
}

#[tokio::test]
async fn a_claim_that_comes_to_nothing_is_refused_and_leaves_no_trace() {
    let house = asked().await;
    assert_eq!(house.run(snowflake(2, 0), EVA, Action::Claim).await, DONE);
    assert_eq!(house.run(snowflake(5, 0), EVA, Action::Release).await, DONE);
    // Clicked before the release, arrived after it.
    assert_eq!(
        house.run(snowflake(4, 0), MAX, Action::Claim).await,
        Err(Refusal::NotWritten)
    );
    let row = house.ticket(thread(1)).await;
    assert_eq!(row.ticket.claim, None);
    let events = house.store.list_events(row.ticket_id).await.unwrap();
    assert_eq!(events.len(), 4);
    house.is_sound().await;
}

#[tokio::test]
async fn everybody_may_do_what_is_theirs_and_nothing_else() {
    let house = asked().await;
    let mut n = 0;
    let mut run = |by, action| {
        n += 1;
        house.run(snowflake(2, n), by, action)
    };
    let not_permitted = Err(Refusal::NotPermitted);
    let critical = Action::SetPriority(Priority::Critical);
    // Community may do nothing, the asker may say whether it is answered.
    for action in [
        Action::Claim,
        Action::Release,
        Action::Resolve,
        Action::Reopen,
        critical,
    ] {
        assert_eq!(run(BEN, action).await, not_permitted);
    }
    assert_eq!(run(ANN, Action::Claim).await, not_permitted);
    assert_eq!(run(ANN, critical).await, not_permitted);
    assert_eq!(run(EVA, Action::Release).await, Err(Refusal::NotClaimed));
    assert_eq!(run(MAX, Action::Claim).await, DONE);
    // Staff may resolve what somebody else has, but not give it back for them; a moderator may.
    let by_max = Err(Refusal::ClaimedBy { by: MAX });
    assert_eq!(run(EVA, Action::Release).await, by_max);
    assert_eq!(run(EVA, critical).await, DONE);
    assert_eq!(run(EVA, critical).await, ALREADY);
    assert_eq!(run(EVA, Action::Reopen).await, ALREADY);
    assert_eq!(run(EVA, Action::Resolve).await, DONE);
    assert_eq!(run(ANN, Action::Resolve).await, ALREADY);
    assert_eq!(run(EVA, Action::Claim).await, Err(Refusal::Resolved));
    assert_eq!(run(ANN, Action::Reopen).await, DONE);
    assert_eq!(run(MAX, Action::Release).await, DONE);
    assert_eq!(run(EVA, Action::Claim).await, DONE);
    assert_eq!(run(MAX, Action::Release).await, DONE);
    let ticket = house.ticket(thread(1)).await.ticket;
    assert_eq!(ticket.status, Status::Open);
    assert_eq!(ticket.priority, Priority::Critical);
    house.is_sound().await;
}

#[tokio::test]
async fn a_staff_member_who_asks_is_an_asker_there() {
    let house = House::new().await;
    let one = thread(1);
    house
        .send([seen(one), message(one, snowflake(1, 0), EVA)])
        .await;
    assert_eq!(
        house.run(snowflake(2, 0), EVA, Action::Claim).await,
        Err(Refusal::NotPermitted)
    );
    assert_eq!(house.run(snowflake(2, 1), EVA, Action::Resolve).await, DONE);
}

#[tokio::test]
async fn a_ticket_of_another_guild_does_not_exist() {
    let house = asked().await;
    let mut command = House::command(snowflake(2, 0), EVA, Action::Claim);
    command.guild = GuildId(2);
    assert_eq!(
        house.ledger.command(command.clone()).await,
        Err(Refusal::NoTicket)
    );
    command.guild = GUILD;
    command.ticket = TicketRef::Ticket(TicketId(7));
    assert_eq!(
        house.ledger.command(command.clone()).await,
        Err(Refusal::NoTicket)
    );
    command.ticket = TicketRef::Ticket(TicketId(1));
    assert_eq!(house.ledger.command(command).await, DONE);
}

#[tokio::test]
async fn after_the_end_nothing_is_written() {
    let house = asked().await;
    house.ledger.stop().await;
    assert_eq!(
        house.run(snowflake(2, 0), EVA, Action::Claim).await,
        Err(Refusal::NotWritten)
    );
    assert!(house.ledger.reserve().await.is_err());
    house.ledger.settled().await;
}

#[tokio::test]
async fn a_cover_is_taken_back_by_whom_it_concerns_once() {
    let house = asked().await;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 18).unwrap();
    let (cover, guild) = (snowflake(2, 0), GUILD);
    let new = NewCover {
        interaction: cover,
        guild,
        rota: "duty".to_owned(),
        cover: Cover {
            by: EVA,
            first_on: day,
            last_on: day,
        },
        added_by: EVA,
    };
    house.ledger.cover(new).await.unwrap();
    for (guild, of, taken_back) in [
        (guild, Some(MAX), false),
        (GuildId(guild.0 + 1), None, false),
        (guild, Some(EVA), true),
        (guild, None, false),
    ] {
        let uncovered = house.ledger.uncover(guild, cover, of).await;
        assert_eq!(uncovered, Ok(taken_back), "{guild} {of:?}");
    }
    assert_eq!(house.store.list_covers(guild).await.unwrap(), []);
    house.is_sound().await;
}
