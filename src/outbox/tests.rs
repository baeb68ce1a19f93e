//! The outbox on a real file, with an outside that does as it is told.

mod clock;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::parcel::{Content, Failure, Notice, Parcel, Receipt, Retry};
use super::*;
use crate::clock::ManualClock;
use crate::domain::calendar::Calendar;
use crate::domain::decision::{Audience, Standing};
use crate::domain::event::{Fact, Trigger};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{
    ChannelId, DISCORD_EPOCH_MILLIS, GuildId, MessageId, RoleId, ThreadId, TicketId, UserId,
};
use crate::domain::no_reply::NoReply;
use crate::domain::policy::{Policy, ServiceLevel};
use crate::domain::target::{Target, Warning};
use crate::domain::{Timestamp, from_millis};
use crate::ledger::intent::{Author, Intent, MessageSeen, ThreadSeen};
use crate::ledger::{Ledger, LiveGuilds, Start};
use crate::store::{OutboxState, Store, check};

const GUILD: GuildId = GuildId(1);
const HELP: ChannelId = ChannelId(20);
const ANN: UserId = UserId(100_000);
const BEN: UserId = UserId(100_001);
const START_MINUTE: u64 = 3_653 * 24 * 60;

fn at(minute: u64) -> Timestamp {
    let minutes = i64::try_from(START_MINUTE + minute).unwrap();
    from_millis(DISCORD_EPOCH_MILLIS + minutes * 60_000).unwrap()
}

fn snowflake(minute: u64, n: u64) -> u64 {
    ((START_MINUTE + minute) * 60_000) << 22 | n
}

fn guilds() -> LiveGuilds {
    let four_hours = Target::Wall(TimeDelta::hours(4));
    let policy = Policy {
        warning: Warning::Lead(TimeDelta::hours(1)),
        ..Policy::of("all", Calendar::always(chrono_tz::UTC)).answering(four_hours)
    };
    let settings = GuildSettings {
        guild: GUILD,
        channels: vec![HELP],
        staff_roles: vec![RoleId(30)],
        moderator_roles: vec![RoleId(31)],
        staff_channel: ChannelId(40),
        moderator_channel: ChannelId(41),
        no_reply: NoReply::default(),
        service_level: ServiceLevel::of(vec![policy], at(0)),
    };
    LiveGuilds::new([settings])
}

/// The outside: answers as told, and with a new message when nothing was told.
#[derive(Clone, Default)]
struct Outside {
    came: Arc<Mutex<Vec<Parcel>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// A delivery that hangs waits here.
    gate: Arc<Gate>,
}

struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

enum Answer {
    Gives(Result<Receipt, Failure>),
    Hangs,
    Panics,
    DropsEverything,
}

impl Outside {
    fn will(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    fn will_fail(&self, retry: Retry, uncertain: bool) {
        self.will(Answer::Gives(Err(Failure {
            reason: "the outside said no".to_owned(),
            retry,
            uncertain,
        })));
    }

    fn came(&self) -> Vec<Parcel> {
        std::mem::take(&mut self.came.lock().unwrap())
    }
}

impl Deliver for Outside {
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt, Failure> {
        self.came.lock().unwrap().push(parcel.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        let id = u64::try_from(parcel.parcel_id).unwrap();
        let sent = Receipt {
            message: Some(MessageId(5_000 + id)),
            dropped: Vec::new(),
        };
        match answer {
            None => Ok(sent),
            Some(Answer::Gives(answer)) => answer,
            Some(Answer::Hangs) => {
                let _passed = self.gate.0.acquire().await.unwrap();
                Ok(sent)
            }
            Some(Answer::Panics) => panic!("as told"),
            Some(Answer::DropsEverything) => Ok(Receipt {
                message: None,
                dropped: parcel.items.iter().map(|item| item.outbox_id).collect(),
            }),
        }
    }
}

struct House {
    folder: TempDir,
    store: Store,
    ledger: LedgerHandle,
    outbox: OutboxHandle,
    outside: Outside,
    hand: Arc<ManualClock>,
    clock: Clock,
    tracker: TaskTracker,
}

impl House {
    async fn new() -> Self {
        let (clock, hand) = Clock::manual(at(1));
        Self::open(tempfile::tempdir().unwrap(), clock, hand).await
    }

    async fn open(folder: TempDir, clock: Clock, hand: Arc<ManualClock>) -> Self {
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let tracker = TaskTracker::new();
        let ledger = Ledger::start(
            store.clone(),
            guilds(),
            clock.clone(),
            &tracker,
            Start::Deciding,
        );
        let outside = Outside::default();
        let outbox = Outbox::start(ledger.clone(), outside.clone(), clock.clone(), &tracker);
        Self {
            folder,
            store,
            ledger,
            outbox,
            outside,
            hand,
            clock,
            tracker,
        }
    }

    /// The questions of some threads, at minute 1.
    async fn asked(&self, threads: std::ops::Range<u64>) {
        for n in threads {
            let thread = ThreadId(snowflake(0, n));
            self.send(Intent::from(ThreadSeen {
                guild: GUILD,
                thread,
                channel: HELP,
                title: String::new(),
                tags: Vec::new(),
                archived: false,
                locked: false,
            }))
            .await;
            self.said(n, snowflake(1, n), ANN).await;
        }
        self.outbox.settled().await;
    }

    async fn said(&self, n: u64, message: u64, user: UserId) {
        self.send(Intent::Message(MessageSeen {
            thread: ThreadId(snowflake(0, n)),
            message: MessageId(message),
            author: Author::Human { user, staff: false },
        }))
        .await;
    }

    async fn send(&self, intent: Intent) {
        self.ledger.reserve().await.unwrap().send(intent);
    }

    async fn turn_to(&self, minute: u64) {
        self.hand.set(at(minute));
        self.outbox.settled().await;
    }

    async fn turn_by(&self, length: TimeDelta) {
        self.hand.set(self.clock.now() + length);
        self.outbox.settled().await;
    }

    /// Ends everything at once, as a crash does, and starts anew on a copy of the file as it was.
    async fn crash(self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sameday.db", "sameday.db-wal"] {
            std::fs::copy(self.folder.path().join(name), folder.path().join(name)).unwrap();
        }
        let (clock, hand) = (self.clock.clone(), Arc::clone(&self.hand));
        Self::open(folder, clock, hand).await
    }

    async fn is_sound(&self) {
        let report = check::check(&self.store).await.unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
    }
}

fn alerts(parcel: &Parcel) -> Vec<(i64, Trigger, Audience)> {
    let items = parcel.items.iter();
    items
        .map(|item| match &item.content {
            Content::Alert {
                ticket,
                alert,
                audience,
                ..
            } => (ticket.0, alert.trigger, *audience),
            other => panic!("an alert, not {other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_card_is_sent_and_its_message_remembered() {
    let house = House::new().await;
    house.asked(1..2).await;
    let came = house.outside.came();
    assert_eq!(came.len(), 1);
    assert!(matches!(
        came[0].items[0].content,
        Content::Card {
            ticket: TicketId(1),
            ..
        }
    ));
    assert!(!came[0].uncertain);
    let row = house.store.load_ticket(TicketId(1)).await.unwrap();
    let message = u64::try_from(came[0].parcel_id).unwrap() + 5_000;
    assert_eq!(row.card_message, Some(MessageId(message)));
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn alerts_that_fall_due_together_are_one_parcel_per_audience() {
    let house = House::new().await;
    house.asked(1..4).await;
    house.outside.came();
    house.turn_to(300).await;
    let came = house.outside.came();
    let mut told: Vec<_> = came
        .iter()
        .filter(|parcel| matches!(parcel.items[0].content, Content::Alert { .. }))
        .map(alerts)
        .collect();
    for parcel in &mut told {
        parcel.sort_by_key(|alert| alert.0);
    }
    told.sort_by_key(|parcel| parcel[0].2 == Audience::Moderators);
    let everybody = |audience| [1, 2, 3].map(|ticket| (ticket, Trigger::Overdue, audience));
    assert_eq!(
        told,
        [
            everybody(Audience::Staff).to_vec(),
            everybody(Audience::Moderators).to_vec()
        ]
    );
    // The cards have changed too, each in a parcel of its own.
    assert_eq!(came.len(), 5);
    house.is_sound().await;
}

#[tokio::test]
async fn a_failure_is_tried_again_as_the_same_parcel() {
    let house = House::new().await;
    house.outside.will_fail(Retry::Backoff, true);
    house.asked(1..2).await;
    let first = house.outside.came().remove(0);
    assert!(!first.uncertain);
    house.turn_by(TimeDelta::milliseconds(700)).await;
    assert_eq!(house.outside.came(), [], "the pause has not passed");
    house.turn_by(TimeDelta::milliseconds(600)).await;
    let second = house.outside.came().remove(0);
    assert_eq!(second.parcel_id, first.parcel_id);
    assert_eq!(second.items[0].content, first.items[0].content);
    assert_eq!(second.items[0].attempts, 1);
    assert!(second.uncertain);
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn the_other_side_is_obeyed_in_full() {
    let house = House::new().await;
    let long = Duration::from_hours(1);
    house.outside.will_fail(Retry::After(long), false);
    house.asked(1..2).await;
    house.outside.came();
    house.turn_by(TimeDelta::seconds(3_599)).await;
    assert_eq!(house.outside.came(), []);
    house.turn_by(TimeDelta::seconds(1)).await;
    assert_eq!(house.outside.came().len(), 1);
}

#[tokio::test]
async fn as_long_as_the_other_side_is_away_nothing_is_given_up() {
    let house = House::new().await;
    for _ in 0..3 * MOST_ATTEMPTS {
        house.outside.will_fail(Retry::Away(None), true);
    }
    let notice = Notice::Trouble {
        sentence: "A channel is gone.".to_owned(),
    };
    house.ledger.order_notice(GUILD, notice).await.unwrap();
    for _ in 0..3 * MOST_ATTEMPTS {
        house.turn_by(TimeDelta::hours(3)).await;
    }
    // Nor by a process that ends in the middle of a try.
    let house = house.crash().await;
    house.turn_by(TimeDelta::hours(3)).await;
    assert_eq!(house.store.list_dead().await.unwrap(), []);
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn what_is_given_up_is_a_dead_letter_and_can_be_tried_again() {
    let house = House::new().await;
    for _ in 0..MOST_ATTEMPTS {
        house.outside.will_fail(Retry::Backoff, false);
    }
    let notice = Notice::Trouble {
        sentence: "A channel is gone.".to_owned(),
    };
    let ordered = house.ledger.order_notice(GUILD, notice);
    ordered.await.unwrap();
    for _ in 0..MOST_ATTEMPTS {
        house.turn_by(TimeDelta::hours(3)).await;
    }
    let came = house.outside.came();
    assert_eq!(came.len(), MOST_ATTEMPTS as usize);
    assert!(
        came.iter()
            .all(|parcel| parcel.parcel_id == came[0].parcel_id)
    );
    let dead = house.store.list_dead().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].attempts, MOST_ATTEMPTS);
    assert_eq!(dead[0].state, OutboxState::Dead);
    assert_eq!(dead[0].reason.as_deref(), Some("the outside said no"));
    let id = dead[0].outbox_id;
    assert!(!house.store.retry_dead(id + 1_000, at(0)).await.unwrap());
    assert!(house.store.retry_dead(id, at(0)).await.unwrap());
    let house = house.crash().await;
    house.outbox.settled().await;
    let came = house.outside.came();
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].parcel_id, id);
    assert_eq!(house.store.list_dead().await.unwrap(), []);
}

#[tokio::test]
async fn refused_for_good_is_given_up_at_once() {
    let house = House::new().await;
    house.outside.will_fail(Retry::Never, false);
    house.asked(1..2).await;
    assert_eq!(house.store.list_dead().await.unwrap().len(), 1);
    // The next face of the card is tried all the same.
    house.said(1, snowflake(2, 0), BEN).await;
    house.outbox.settled().await;
    assert_eq!(house.outside.came().len(), 2);
    let row = house.store.load_ticket(TicketId(1)).await.unwrap();
    assert!(row.card_message.is_some());
}

#[tokio::test]
async fn after_a_crash_the_same_parcel_goes_out_as_uncertain() {
    let house = House::new().await;
    house.asked(1..4).await;
    house.outside.came();
    for _ in 0..8 {
        house.outside.will(Answer::Hangs);
    }
    house.hand.set(at(200));
    house.ledger.settled().await;
    // Leased means written: the parcel is in the file before it is delivered.
    while house.outside.came.lock().unwrap().len() < 4 {
        tokio::task::yield_now().await;
    }
    let before = house.outside.came();
    let house = house.crash().await;
    house.outbox.settled().await;
    let after = house.outside.came();
    let ids = |parcels: &[Parcel]| {
        let ids = parcels.iter().map(|parcel| {
            let items = parcel.items.iter().map(|item| item.outbox_id);
            (parcel.parcel_id, items.collect::<Vec<_>>())
        });
        let mut ids: Vec<_> = ids.collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&before), ids(&after));
    assert!(before.iter().all(|parcel| !parcel.uncertain));
    assert!(after.iter().all(|parcel| parcel.uncertain));
    assert_eq!(house.store.list_pending().await.unwrap(), []);
    house.is_sound().await;
}

#[tokio::test]
async fn a_newer_face_waits_for_the_one_under_way() {
    let house = House::new().await;
    house.outside.will(Answer::Hangs);
    house.hand.set(at(1));
    let asked = house.asked(1..2);
    let meanwhile = async {
        while house.outside.came.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        for n in 0..3 {
            let author = if n % 2 == 0 { BEN } else { ANN };
            house.said(1, snowflake(2, n), author).await;
            house.ledger.settled().await;
        }
        assert_eq!(house.outside.came.lock().unwrap().len(), 1);
        house.outside.gate.0.add_permits(1);
    };
    tokio::join!(asked, meanwhile);
    house.outbox.settled().await;
    let came = house.outside.came();
    let faces: Vec<_> = came
        .iter()
        .map(|parcel| match parcel.items[0].content {
            Content::Card { face, .. } => face.standing,
            _ => panic!("only cards"),
        })
        .collect();
    assert_eq!(faces.len(), 2, "what lay between was never true for long");
    assert!(matches!(faces[0], Standing::Waiting { .. }));
    assert_eq!(faces[1], Standing::Answered);
    house.is_sound().await;
}

#[tokio::test]
async fn what_was_said_is_forgotten_after_a_month_but_alerts_are_not() {
    let house = House::new().await;
    house.asked(1..2).await;
    house.turn_to(200).await;
    let sentence = "Mend it.".to_owned();
    let notice = Notice::Trouble { sentence };
    house.ledger.order_notice(GUILD, notice).await.unwrap();
    house.outbox.settled().await;
    let notice = house.outside.came().last().unwrap().parcel_id;
    let alerts = async || house.store.list_alerts(TicketId(1)).await.unwrap().len();
    assert!(house.store.load_ordered_at(notice).await.is_ok() && alerts().await == 1);
    house.turn_to(200 + 31 * 24 * 60).await;
    assert!(house.store.load_ordered_at(notice).await.is_err());
    assert!(alerts().await > 1);
    house.is_sound().await;
}

/// The far side found it no longer true, and it is true: as after an answer that came just before
/// the delivery and was deleted just after.
#[tokio::test]
async fn an_alert_that_was_dropped_is_recorded_and_said_once_it_is_true_again() {
    let house = House::new().await;
    house.asked(1..2).await;
    house.outside.came();
    house.outside.will(Answer::DropsEverything);
    house.outside.will(Answer::DropsEverything);
    house.turn_to(200).await;
    let mut rows = house.store.list_alerts(TicketId(1)).await.unwrap();
    rows.sort_by_key(|row| row.outbox_id);
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [OutboxState::Dropped, OutboxState::Delivered]);
    assert_eq!(rows[0].message, None);
    assert!(rows[0].reason.is_some());
    let events = house.store.list_events(TicketId(1)).await.unwrap();
    let dropped = events
        .iter()
        .filter(|recorded| matches!(recorded.event.fact, Fact::AlertDropped(_)));
    assert_eq!(dropped.count(), 1);
    house.is_sound().await;
}

#[tokio::test]
async fn a_delivery_that_panics_is_tried_again_as_uncertain() {
    let house = House::new().await;
    house.outside.will(Answer::Panics);
    house.asked(1..2).await;
    house.turn_by(TimeDelta::seconds(2)).await;
    let came = house.outside.came();
    assert_eq!(came.len(), 2);
    assert!(came[1].uncertain);
}

#[tokio::test]
async fn a_lane_keeps_its_order() {
    let house = House::new().await;
    house.outside.will_fail(Retry::Backoff, false);
    let notice = |sentence: &str| Notice::Trouble {
        sentence: sentence.to_owned(),
    };
    for sentence in ["one", "two", "three"] {
        let ordered = house.ledger.order_notice(GUILD, notice(sentence));
        ordered.await.unwrap();
    }
    house.outbox.settled().await;
    assert_eq!(house.outside.came().len(), 1);
    house.turn_by(TimeDelta::seconds(2)).await;
    let said: Vec<_> = house
        .outside
        .came()
        .into_iter()
        .map(|parcel| parcel.items[0].content.clone())
        .collect();
    let expected = ["one", "two", "three"].map(|sentence| Content::Notice(notice(sentence)));
    assert_eq!(said, expected);
}

#[tokio::test]
async fn it_ends_after_what_is_under_way() {
    let house = House::new().await;
    house.asked(1..2).await;
    house.outside.will(Answer::Hangs);
    house.said(1, snowflake(2, 0), BEN).await;
    while house.outside.came.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut stops = std::pin::pin!(house.outbox.stop());
    for _ in 0..100 {
        assert_eq!(stops.as_mut().now_or_never(), None, "it did not wait");
        tokio::task::yield_now().await;
    }
    // What comes now is for the next start.
    house.said(1, snowflake(3, 0), ANN).await;
    house.outside.gate.0.add_permits(1);
    stops.await;
    house.ledger.stop().await;
    house.tracker.close();
    house.tracker.wait().await;
    // Whoever asks now is told at once.
    house.outbox.settled().await;
    let waiting = house.store.list_pending().await.unwrap();
    let states: Vec<_> = waiting.iter().map(|row| row.state).collect();
    assert_eq!(states, [OutboxState::Pending]);
    assert_eq!(house.outside.came().len(), 2);
    house.is_sound().await;
}
