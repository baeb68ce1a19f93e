//! Killed at every point between the moment something is decided and the moment that it is recorded
//! as said: the end is the same as without a death.
//!
//! ```text
//!  heard ──> decided ──> committed ──> sent ──> (Discord does it) ──> answered ──> recorded
//!         1           2             3       4                      5            6
//! ```
//!
//! Whoever types, presses or fills in a form is told "thinking …" before anything else, and that has
//! points of its own: before Discord has heard it, and when the bot has not heard that it did.
//! The asker writes in the thread before each of these deaths, so that the bot has recorded more
//! than the deed when it dies over it.
//!
//! The program is not changed for this. It is held at a point from outside (somebody has the
//! database's lock, or Discord takes its time) and ended there with SIGKILL.

mod saying;

use std::time::Duration;

use discord_sim::faults::{Fault, Scope, TooMany};
use discord_sim::interactions::DID_NOT_RESPOND;
use discord_sim::people::{Answer, Seen};
use futures_util::StreamExt as _;
use sameday::clock::Clock;
use sameday::domain::ids::{GuildId, ThreadId};
use sameday::settings::History;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};

use self::saying::{Before, Saying};
use crate::operator::{Bot, Operator};
use crate::stage::within;

/// What is promised here, day and night.
const AN_HOUR: &str = r#"calendar = "around_the_clock"
first_response = "1h"
next_response = "1h"
warning = "50%""#;

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_hours(1);

/// How long somebody waits for a program that shares the machine with others.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many deaths are died at the same time.
const AT_ONCE: usize = 4;

/// Where the program dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Nowhere,
    /// Nothing happens at all.
    Never,
    /// The first answer does not arrive at Discord.
    Unanswered,
    /// Discord shows "thinking …" and has not said so.
    Acknowledged,
    /// What happened is heard, and cannot be written.
    Heard,
    /// It is committed and leased, and waits for its turn.
    Committed,
    /// The request has arrived, and nothing has come of it.
    Sent,
    /// Discord has done it and has not said so.
    Done,
    /// The answer has come, and cannot be recorded.
    Answered,
    /// It is recorded.
    Recorded,
}

/// Somebody else who holds the database's one write lock.
struct Hog(SqliteConnection);

impl Hog {
    async fn holds(operator: &Operator) -> Self {
        let options = SqliteConnectOptions::new().filename(operator.stage.database());
        let mut connection = options.connect().await.unwrap();
        connection
            .execute("PRAGMA busy_timeout = 10000")
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

struct Scene {
    operator: Operator,
    saying: Saying,
    thread: u64,
    before: Before,
    /// What comes back to whoever does something.
    answer: Option<Answer>,
    /// Whether somebody has written since.
    went_on: bool,
}

impl Scene {
    /// "Thinking …" is said first, whatever the disk does.
    async fn is_acknowledged(&self) {
        if let Some(answer) = &self.answer {
            answer.acknowledged().await.unwrap();
        }
    }

    /// The asker writes where something was done, and the bot has recorded that.
    async fn goes_on(&mut self) {
        if !self.saying.answers() || self.went_on {
            return;
        }
        self.went_on = true;
        let stage = &self.operator.stage;
        stage.ann.posts(self.thread, "Still.").unwrap();
        let store = self.operator.reads().await;
        let recorded = async {
            loop {
                let row = store.find_ticket_by_thread(ThreadId(self.thread)).await;
                if row.unwrap().unwrap().ticket.messages == self.messages() {
                    return;
                }
                // Another program writes it down: its file can only be looked at again.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within("it is recorded", recorded).await;
        self.is_heard().await;
    }

    /// Waits until nothing is left to be said.
    async fn is_over(&self) {
        let store = self.operator.reads().await;
        let over = async {
            loop {
                let row = store
                    .find_ticket_by_thread(ThreadId(self.thread))
                    .await
                    .unwrap();
                let known = row.is_some_and(|row| {
                    row.card_message.is_some() && row.ticket.messages == self.messages()
                });
                // A start records what it missed before it decides anything.
                let wake_at = store.find_next_wake().await.unwrap();
                let decided = wake_at.is_none_or(|at| at > Clock::System.now());
                if known && decided && store.list_pending().await.unwrap().is_empty() {
                    return;
                }
                // As above.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if let Some(answer) = &self.answer
            && let Err(error) = self.is_answered(answer).await
        {
            assert!(error.to_string().starts_with(DID_NOT_RESPOND), "{error:#}");
        }
        within("everything is said", over).await;
    }

    /// How many messages of people stand in the thread.
    fn messages(&self) -> u32 {
        let seen = self.operator.stage.mia.sees(self.thread).unwrap();
        let people = seen.iter().filter(|seen| !seen.is_by_bot());
        u32::try_from(people.count()).unwrap()
    }

    async fn is_asked_for(&self, is_it: impl Fn(&str) -> bool) {
        let asked = self.operator.stage.sim.until_asked(is_it);
        within("Discord is asked", asked).await;
    }

    /// Waits until the program has read every event so far: it says so with a heartbeat.
    async fn is_heard(&self) {
        let gateway = self.operator.stage.sim.gateway();
        let before = gateway.counters().heartbeats;
        gateway.demand_heartbeats();
        let beaten = gateway.until(PATIENCE, |_, now| now.heartbeats > before);
        beaten.await.unwrap();
    }

    async fn dies_at(&mut self, point: Point, bot: Bot) {
        let sim = self.operator.stage.sim.clone();
        let (faults, request) = (sim.faults(), self.request());
        sim.take_requests();
        match point {
            Point::Nowhere | Point::Never => {
                if point == Point::Nowhere {
                    self.happens().await;
                }
                self.goes_on().await;
                self.is_over().await;
                return bot.terminated().await;
            }
            Point::Unanswered | Point::Acknowledged => {
                let fault = match point {
                    Point::Unanswered => Fault::Delay(FOR_EVER),
                    _ => Fault::DelayAnswer(FOR_EVER),
                };
                faults.order("POST /interactions/*/*/callback", 1, fault);
                self.happens().await;
                self.is_asked_for(|what| what.ends_with("/callback")).await;
                self.goes_on().await;
                self.operator.kills(bot).await;
            }
            Point::Heard => {
                let hog = Hog::holds(&self.operator).await;
                self.happens().await;
                self.is_acknowledged().await;
                self.is_heard().await;
                self.operator.kills(bot).await;
                hog.lets_go().await;
            }
            Point::Committed => {
                let too_many = TooMany {
                    retry_after: 20.0,
                    scope: Scope::User,
                    headers: true,
                };
                faults.order(&request, 1, Fault::RateLimited(too_many));
                self.happens().await;
                self.is_asked().await;
                self.goes_on().await;
                self.operator.kills(bot).await;
            }
            Point::Sent => {
                faults.order(&request, 1, Fault::Delay(FOR_EVER));
                self.happens().await;
                self.is_asked().await;
                self.goes_on().await;
                self.operator.kills(bot).await;
            }
            Point::Done => {
                faults.order(&request, 1, Fault::DelayAnswer(FOR_EVER));
                self.happens().await;
                self.is_asked().await;
                self.goes_on().await;
                self.operator.kills(bot).await;
            }
            Point::Answered => {
                faults.order(&request, 1, Fault::DelayAnswer(Duration::from_millis(500)));
                self.happens().await;
                self.is_asked().await;
                let hog = Hog::holds(&self.operator).await;
                let answered = sim.until_idle();
                within("Discord answers", answered).await;
                self.is_heard().await;
                self.operator.kills(bot).await;
                hog.lets_go().await;
            }
            Point::Recorded => {
                self.happens().await;
                self.is_over().await;
                self.goes_on().await;
                self.operator.kills(bot).await;
            }
        }
        sim.take_requests();
        let bot = self.operator.starts_bot().await;
        if self.saying.answers() && point != Point::Recorded {
            // It hears of the deed again.
            self.is_asked_for(|what| what.ends_with("/callback")).await;
        }
        self.goes_on().await;
        self.is_over().await;
        bot.terminated().await;
    }

    /// All that there is to see in the end, without ids and instants.
    async fn end(&self) -> Vec<String> {
        let stage = &self.operator.stage;
        self.operator.checks().await;
        assert_eq!(stage.sim.findings(), []);
        let store = self.operator.reads().await;
        let row = store.find_ticket_by_thread(ThreadId(self.thread)).await;
        let ticket = row.unwrap().unwrap();
        let mut end: Vec<String> = store
            .list_events(ticket.ticket_id)
            .await
            .unwrap()
            .iter()
            .map(|recorded| format!("kind {}", recorded.event.fact.kind()))
            .collect();
        // What is decided has the instant of the decision.
        end.sort();
        for channel in [self.thread, stage.staff_channel, stage.moderator_channel] {
            let said = stage.mia.sees(channel).unwrap();
            let said = said.into_iter().filter(Seen::is_by_bot);
            end.extend(said.map(|seen| without_numbers(&seen.text())));
            for person in [&stage.ann, &stage.eva, &stage.tom] {
                let told = person.sees(channel).unwrap_or_default();
                let told = told.into_iter().filter(Seen::is_whisper);
                end.extend(told.map(|seen| without_numbers(&seen.text())));
            }
        }
        let history = History::load(&store, GuildId(stage.guild)).await.unwrap();
        let versions = history.map_or(0, |history| history.versions.len());
        end.push(format!("settings: {versions}"));
        let pings = [&stage.ann, &stage.eva, &stage.tom, &stage.mia].map(|it| it.pinged().len());
        end.push(format!("pings {pings:?}"));
        end
    }
}

/// A text of the bot with every number as `#`.
fn without_numbers(text: &str) -> String {
    let mut bare = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if bare.ends_with('#') => {}
            '0'..='9' => bare.push('#'),
            c => bare.push(c),
        }
    }
    bare
}

async fn end_of(saying: Saying, point: Point) -> Vec<String> {
    let (mut scene, bot) = Scene::opens(saying).await;
    eprintln!("{saying:?} begins to die: {point:?}");
    scene.dies_at(point, bot).await;
    eprintln!("{saying:?} is over: {point:?}");
    scene.end().await
}

async fn ends_alike_wherever_it_dies(saying: Saying) {
    let alive = end_of(saying, Point::Nowhere).await;
    assert!(alive.len() > 3, "{alive:#?}");
    let mut points = vec![
        Point::Heard,
        Point::Committed,
        Point::Sent,
        Point::Done,
        Point::Answered,
        Point::Recorded,
    ];
    if saying.answers() {
        points.push(Point::Acknowledged);
    }
    let deaths = futures_util::stream::iter(points)
        .map(|point| async move { (point, end_of(saying, point).await) });
    let deaths: Vec<_> = deaths.buffer_unordered(AT_ONCE).collect().await;
    for (point, end) in deaths {
        assert_eq!(end, alive, "{saying:?}, {point:?}");
    }
}

#[tokio::test]
async fn a_card_is_made_once_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Card).await;
}

#[tokio::test]
async fn a_card_is_changed_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Edit).await;
}

#[tokio::test]
async fn whoever_claims_has_it_and_is_told_so_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Claim).await;
}

#[tokio::test]
async fn whoever_presses_is_told_what_came_of_it_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Press).await;
}

#[tokio::test]
async fn whoever_fills_in_a_form_is_told_what_came_of_it_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Form).await;
    ends_alike_wherever_it_dies(Saying::Paste).await;
}

#[tokio::test]
async fn a_date_that_was_shown_is_promised_once_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Promise).await;
}

#[tokio::test]
async fn a_setting_that_was_shown_is_changed_once_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Setting).await;
}

#[tokio::test]
async fn who_has_what_is_said_once_to_each_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::TakenOn).await;
    ends_alike_wherever_it_dies(Saying::TakeOn).await;
}

/// Discord takes a first answer within three seconds: a program that is back by then does what was
/// asked for, one that is not has done nothing, and Discord tells the person.
#[tokio::test]
async fn before_its_first_answer_a_deed_is_done_whole_or_not_at_all() {
    for saying in Saying::ANSWERS {
        let done = end_of(saying, Point::Nowhere).await;
        let left = end_of(saying, Point::Never).await;
        assert_ne!(done, left);
        let end = end_of(saying, Point::Unanswered).await;
        assert!(end == done || end == left, "{saying:?}: {end:#?}");
    }
}

#[tokio::test]
async fn the_team_is_warned_once_wherever_the_program_dies() {
    ends_alike_wherever_it_dies(Saying::Alert).await;
}
