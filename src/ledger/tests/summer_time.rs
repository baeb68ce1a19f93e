//! The nights in which the clocks change, through the real sweep, minute by minute. Support is there
//! from 0:00 to 5:00 in Berlin: four hours in the one night, six in the other.

use chrono::Weekday;
use chrono_tz::Europe::Berlin;

use super::*;
use crate::domain::SupportDuration;
use crate::domain::event::Trigger;

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn instant(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn by_night(target: Target) -> LiveGuilds {
    let nights = Calendar::week(Berlin).open(EVERY_DAY, "00:00-05:00".parse().unwrap());
    let policy = Policy {
        warning: Warning::Lead(TimeDelta::hours(1)),
        ..Policy::of("nights", nights.build().unwrap()).answering(target)
    };
    let mut settings = guilds(&[HELP]).find(GUILD).unwrap().as_ref().clone();
    settings.service_level = ServiceLevel::of(vec![policy], at(0));
    LiveGuilds::new([settings])
}

/// Turns the clock minute by minute from the question on, until well after it is due, and notes when
/// each alert is ordered.
async fn alerts(target: Target, asked_at: Timestamp, due_at: Timestamp) -> Vec<(Trigger, String)> {
    let folder = tempfile::tempdir().unwrap();
    let (clock, hand) = Clock::manual(asked_at);
    let house = House::open(folder, clock, hand, by_night(target), Start::Deciding).await;
    let id = (asked_at.timestamp_millis() - DISCORD_EPOCH_MILLIS).unsigned_abs() << 22;
    let place = ThreadId(id);
    house.send([seen(place), message(place, id, ANN)]).await;
    let mut now = asked_at;
    while now < due_at + TimeDelta::hours(2) {
        now += TimeDelta::minutes(1);
        house.hand.set(now);
        house.ledger.settled().await;
    }
    let ticket = house.ticket(place).await.ticket_id;
    let alerts = house.store.list_alerts(ticket).await.unwrap();
    house.is_sound().await;
    let local = |at: Timestamp| at.with_timezone(&Berlin).to_rfc3339();
    alerts
        .iter()
        .map(|row| (row.alert.trigger, local(row.ordered_at)))
        .collect()
}

#[tokio::test]
async fn alerts_fire_once_and_on_time_in_the_nights_in_which_clocks_change() {
    let four_hours = Target::Support(SupportDuration::from_minutes(240));
    let same_night = Target::SameDay {
        last_call: SupportDuration::from_minutes(120),
    };
    for (target, asked, warned, due) in [
        // The hour from 2 to 3 is not there: half an hour is left for the next night.
        (
            four_hours,
            "2025-03-30T00:30:00+01:00",
            "2025-03-30T04:30:00+02:00",
            "2025-03-31T00:30:00+02:00",
        ),
        // It is there twice: warned in the second half past two.
        (
            four_hours,
            "2025-10-26T00:30:00+02:00",
            "2025-10-26T02:30:00+01:00",
            "2025-10-26T03:30:00+01:00",
        ),
        (
            same_night,
            "2025-03-30T00:30:00+01:00",
            "2025-03-30T04:00:00+02:00",
            "2025-03-30T05:00:00+02:00",
        ),
        (
            same_night,
            "2025-10-26T02:15:00+02:00",
            "2025-10-26T04:00:00+01:00",
            "2025-10-26T05:00:00+01:00",
        ),
    ] {
        // A due time is kept in its very millisecond, so that the minute after is the first late one.
        let late = (instant(due) + TimeDelta::minutes(1)).with_timezone(&Berlin);
        let told = alerts(target, instant(asked), instant(due)).await;
        let expected = [
            (Trigger::AtRisk, warned.to_owned()),
            (Trigger::Overdue, late.to_rfc3339()),
            (Trigger::Overdue, late.to_rfc3339()),
        ];
        assert_eq!(told, expected, "asked {asked}, {target:?}");
    }
}
