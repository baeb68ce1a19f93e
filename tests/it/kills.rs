//! Killed at random moments, under load: nothing is lost, nothing counted twice.
//!
//! The program runs as a process of its own and is ended with SIGKILL, also while it starts. People
//! write on all the time, and hundreds of messages come while it is away. Most starts resume the
//! session: what was missed is replayed, and Discord is asked nothing at all. Before some the session is
//! forgotten: then each guild is compared once, and only threads with news are read, at no more than
//! 40 requests a second.
//!
//! ```sh
//! cargo test --test it kills                                          # 20 kills
//! SAMEDAY_KILLS=200 cargo test --test it kills -- --nocapture         # 200, and 250,000 messages
//! SAMEDAY_SEED=7 cargo test --test it kills                           # the same chance again
//! ```

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use discord_sim::gateway::{Counters, SessionInfo};
use discord_sim::people::Person;
use discord_sim::rest::Limits;
use discord_sim::world::{NewMessage, NewThread};
use discord_sim::{Asked, Sim};
use sameday::clock::Clock;
use sameday::domain::event::Fact;
use sameday::domain::ids::{MessageId, ThreadId};
use sameday::store::Store;
use tokio::sync::Notify;
use tokio::time::{interval, sleep};

use crate::lengths::{chance, how_many};
use crate::operator::{Bot, Operator};
use crate::stage::{Wishes, act};

/// How often it is killed when nobody says otherwise.
const KILLS: usize = 20;

/// How many messages come for each kill at least, when it is killed often.
const MESSAGES_A_KILL: usize = 1_250;

/// How many messages come for each kill at most: twice what a second and a half of life and its start
/// take on a machine that has time. On one that has none people would fill hours of reading.
const MOST_A_KILL: usize = 5_000;

/// Threads in which people write all the time.
const BUSY: usize = 48;

/// Threads in which nobody does. They are older than what is promised, so the bot does not either, and
/// so young that somebody might still have written there.
const QUIET: usize = 12;
const LONG_AGO: TimeDelta = TimeDelta::minutes(4);

/// How many messages are written at once, and how often: 1,000 a second.
const AT_ONCE: usize = 10;
const EVERY: Duration = Duration::from_millis(10);

/// How long nothing may be heard while something is left to be.
const PATIENCE: Duration = Duration::from_mins(3);

/// How much a comparison may ask in a while: 40 a second, and those of one more second that arrive
/// together with them when the machine is busy.
const WHILE: Duration = Duration::from_secs(5);
const MOST_A_WHILE: usize = 40 * (5 + 1);

/// The people and the places.
struct Scene {
    sim: Sim,
    people: Vec<Person>,
    threads: Vec<u64>,
    quiet: BTreeSet<u64>,
    /// How many messages are written by now.
    written: Cell<usize>,
    /// How many may be.
    room: Cell<usize>,
}

impl Scene {
    fn of(operator: &Operator) -> Self {
        let stage = &operator.stage;
        let asks = |number: usize, at| {
            act(&stage.sim, |world| {
                world.at(at, |world| {
                    let thread = NewThread::named(format!("Question {number}"));
                    let first = NewMessage::text("Please.");
                    world.create_forum_post(stage.ann.id(), stage.forum, thread, first)
                })
            })
        };
        let now = Clock::System.now();
        let threads = (0..BUSY).map(|number| asks(number, now)).collect();
        let quiet = BUSY..BUSY + QUIET;
        let quiet = quiet.map(|number| asks(number, now - LONG_AGO)).collect();
        let people = [&stage.ann, &stage.ben, &stage.eva, &stage.tom];
        Self {
            sim: stage.sim.clone(),
            people: people.into_iter().cloned().collect(),
            threads,
            quiet,
            written: Cell::new(0),
            room: Cell::new(0),
        }
    }

    /// Writes while there is room, until so many messages are written and everything else is done.
    async fn fills(&self, mut chance: fastrand::Rng, messages: usize, done: &Notify) {
        let mut finishes = false;
        let mut tick = interval(EVERY);
        let mut done = std::pin::pin!(done.notified());
        while !finishes || self.written.get() < messages {
            tokio::select! {
                () = &mut done, if !finishes => finishes = true,
                _ = tick.tick() => {
                    if self.written.get() >= self.room.get() {
                        continue;
                    }
                    for _ in 0..AT_ONCE {
                        let person = chance.choice(&self.people).unwrap();
                        let thread = *chance.choice(&self.threads).unwrap();
                        person.posts(thread, "Line.").unwrap();
                        self.written.set(self.written.get() + 1);
                    }
                }
            }
        }
    }

    /// How many messages of people stand in a thread.
    fn count(&self, thread: u64) -> usize {
        self.sim.read(|world| {
            let of_people = |author: &u64| self.people.iter().any(|person| person.id() == *author);
            let messages = world.messages[&thread].values();
            messages
                .filter(|message| of_people(&message.author))
                .count()
        })
    }

    /// The messages of people in a thread.
    fn messages(&self, thread: u64) -> BTreeSet<u64> {
        self.sim.read(|world| {
            let of_people = |author: &u64| self.people.iter().any(|person| person.id() == *author);
            let messages = world.messages[&thread].values();
            let of_people = messages.filter(|message| of_people(&message.author));
            of_people.map(|message| message.id).collect()
        })
    }
}

/// The messages recorded of a thread. A message stands in the table once or not at all.
async fn recorded(store: &Store, thread: u64) -> BTreeSet<u64> {
    let Some(row) = store.find_ticket_by_thread(ThreadId(thread)).await.unwrap() else {
        return BTreeSet::new();
    };
    let events = store.list_events(row.ticket_id).await.unwrap();
    let messages: Vec<u64> = events
        .into_iter()
        .filter_map(|recorded| match recorded.event.fact {
            Fact::MessagePosted {
                message: MessageId(id),
                ..
            } => Some(id),
            _ => None,
        })
        .collect();
    let each: BTreeSet<u64> = messages.iter().copied().collect();
    assert_eq!(messages.len(), each.len(), "a message was counted twice");
    assert_eq!(u64::from(row.ticket.messages), each.len() as u64);
    each
}

/// What a life of the program asked Discord to compare.
#[derive(Debug, Default)]
struct Compared {
    guilds: usize,
    threads: Vec<u64>,
    busiest_while: usize,
    /// What a start asks that does not go on where the one before was.
    asked_around: Vec<String>,
}

impl Compared {
    fn of(asked: &[Asked], scene: &Scene) -> Self {
        let mut compared = Self::default();
        let mut at = Vec::new();
        for Asked { at: when, what } in asked {
            let words: Vec<&str> = what.split(['/', ' ']).collect();
            match words.as_slice() {
                ["GET", _, "guilds", _, "threads", "active"] => compared.guilds += 1,
                ["GET", _, "channels", place, "messages"] => {
                    let place = place.parse().unwrap();
                    // Elsewhere an alert is looked for whose answer a kill has swallowed.
                    if !scene.threads.contains(&place) && !scene.quiet.contains(&place) {
                        continue;
                    }
                    compared.threads.push(place);
                }
                ["GET", _, "channels", _, "threads", "archived", "public"] => {}
                ["GET" | "PUT", ..] => {
                    compared.asked_around.push(what.clone());
                    continue;
                }
                _ => continue,
            }
            at.push(*when);
        }
        let within = |from: &Instant| {
            let some = *from..*from + WHILE;
            at.iter().filter(|at| some.contains(*at)).count()
        };
        compared.busiest_while = at.iter().map(within).max().unwrap_or_default();
        compared
    }

    fn is_nothing(&self) -> bool {
        self.guilds == 0 && self.threads.is_empty() && self.asked_around.is_empty()
    }
}

/// What came of all the lives.
#[derive(Debug, Default)]
struct Tally {
    resumed: usize,
    anew: usize,
    cut_short: usize,
    while_away: usize,
}

#[tokio::test]
async fn killed_again_and_again_under_load_nothing_is_lost_or_counted_twice() {
    let kills = how_many("SAMEDAY_KILLS", KILLS);
    let mut chance = chance();
    let since = Clock::System.now() - LONG_AGO / 2;
    let operator = Operator::takes(Wishes {
        system_clock: true,
        limits: Limits::default(),
        guild_settings: format!("enforce_from = \"{}\"", since.to_rfc3339()),
        ..Wishes::default()
    })
    .await;
    let scene = Scene::of(&operator);
    let first = operator.starts_bot().await;
    all_heard(&operator, &scene).await;
    operator.kills(first).await;
    operator.stage.sim.take_requests();

    let done = Notify::new();
    let writes = scene.fills(chance.fork(), kills * MESSAGES_A_KILL, &done);
    let start = Instant::now();
    let dies = async {
        let tally = lives(&operator, &scene, &mut chance, kills).await;
        done.notify_one();
        tally
    };
    let ((), tally) = tokio::join!(writes, dies);
    let written = scene.written.get();
    let took = start.elapsed();

    let mut last = Life::begins(&operator).await;
    let heard = Instant::now();
    all_heard(&operator, &scene).await;
    let caught_up = heard.elapsed();
    last.is_judged(&operator, &scene);
    last.bot.take().unwrap().terminated().await;
    operator.checks().await;
    let store = operator.reads().await;
    for thread in scene.threads.iter().chain(&scene.quiet) {
        assert_eq!(recorded(&store, *thread).await, scene.messages(*thread));
        let seen = operator.stage.mia.sees(*thread).unwrap();
        let cards = seen.iter().filter(|seen| seen.is_by_bot()).count();
        assert_eq!(cards, usize::from(!scene.quiet.contains(thread)));
    }
    assert_eq!(operator.stage.sim.findings(), []);
    // Both ways back were gone, and much was written that nobody heard.
    assert!(tally.resumed > 0 && tally.anew > 0, "{tally:?}");
    assert!(tally.while_away >= kills * 100, "{tally:?}");
    eprintln!(
        "kills: {kills} kills, {written} messages in {took:.0?}, {} of them while it was away; {} starts \
         resumed, {} anew, {} killed before either; heard all {caught_up:.1?} after the last start; \
         0 lost, 0 twice",
        tally.while_away, tally.resumed, tally.anew, tally.cut_short,
    );
}

async fn lives(
    operator: &Operator,
    scene: &Scene,
    chance: &mut fastrand::Rng,
    kills: usize,
) -> Tally {
    let gateway = operator.stage.sim.gateway();
    let mut tally = Tally::default();
    for kill in 1..=kills {
        scene.room.set(kill * MOST_A_KILL);
        let before = scene.written.get();
        // People go on writing, for a time that chance decides: any moment may be the one.
        sleep(Duration::from_millis(chance.u64(..800))).await;
        if kill % 5 == 0 {
            gateway.forget_sessions();
        }
        tally.while_away += scene.written.get() - before;
        let mut life = Life::begins(operator).await;
        // Some are killed before they have a session, some in the middle of a replay.
        if chance.u8(..4) > 0 {
            let connected = |sessions: &[SessionInfo], _: &Counters| {
                sessions.iter().any(|session| session.connected)
            };
            gateway.until(PATIENCE, connected).await.unwrap();
        }
        // The moment of its death is chance as well: that is what is tried.
        sleep(Duration::from_millis(chance.u64(..1_500))).await;
        operator.kills(life.bot.take().unwrap()).await;
        match life.is_judged(operator, scene) {
            (0, 0) => tally.cut_short += 1,
            (0, _) => tally.resumed += 1,
            _ => tally.anew += 1,
        }
    }
    tally
}

/// One life of the program.
struct Life {
    bot: Option<Bot>,
    /// Whether a former life left something to be looked up.
    in_debt: bool,
    identifies: u64,
    resumed: u64,
}

impl Life {
    async fn begins(operator: &Operator) -> Self {
        let in_debt = operator.reads().await.load_debt().await.unwrap().is_open;
        let counters = operator.stage.sim.gateway().counters();
        operator.stage.sim.take_requests();
        Self {
            bot: Some(operator.launches_bot()),
            in_debt,
            identifies: counters.identifies,
            resumed: counters.resumed,
        }
    }

    /// Holds what it asked against what it was allowed to. How many sessions it opened and resumed.
    fn is_judged(&self, operator: &Operator, scene: &Scene) -> (u64, u64) {
        let counters = operator.stage.sim.gateway().counters();
        let (opened, resumed) = (
            counters.identifies - self.identifies,
            counters.resumed - self.resumed,
        );
        let compared = Compared::of(&operator.stage.sim.take_requests(), scene);
        let most = compared.busiest_while;
        assert!(most <= MOST_A_WHILE, "{most} requests");
        if opened == 0 && !self.in_debt {
            assert!(compared.is_nothing(), "resumed, and yet: {compared:?}");
        }
        let allowed = usize::try_from(opened)
            .unwrap()
            .max(usize::from(self.in_debt));
        assert!(compared.guilds <= allowed, "{compared:?}");
        // What is owed may lie before what is recorded.
        let quiet = |thread: &&u64| scene.quiet.contains(thread) && !self.in_debt;
        assert_eq!(
            compared.threads.iter().find(quiet),
            None,
            "nothing new there"
        );
        (opened, resumed)
    }
}

/// Waits until everything that people wrote is recorded, for as long as more of it is.
async fn all_heard(operator: &Operator, scene: &Scene) {
    let store = operator.reads().await;
    let mut waiting: BTreeSet<u64> = scene.threads.iter().copied().collect();
    waiting.extend(&scene.quiet);
    let (mut known, mut since) = (0, Instant::now());
    while !waiting.is_empty() {
        // Another program writes them down: its file can only be looked at again.
        sleep(Duration::from_millis(100)).await;
        let mut now_known = 0;
        for thread in waiting.clone() {
            let row = store.find_ticket_by_thread(ThreadId(thread)).await.unwrap();
            let Some(row) = row else { continue };
            now_known += row.ticket.messages as usize;
            let has_card = row.card_message.is_some() || scene.quiet.contains(&thread);
            if has_card && row.ticket.messages as usize == scene.count(thread) {
                waiting.remove(&thread);
            }
        }
        if now_known != known {
            (known, since) = (now_known, Instant::now());
        }
        let all: usize = waiting.iter().map(|thread| scene.count(*thread)).sum();
        assert!(
            since.elapsed() < PATIENCE,
            "{known} of {all} messages are heard, and no more"
        );
    }
}
