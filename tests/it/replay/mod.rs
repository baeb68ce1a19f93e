//! Real help threads, replayed through the simulated Discord into the running bot, and compared
//! with what a plain calculation over the same file says.
//!
//! Every thread happens at its own instants, all of them woven together as they were. The clock is
//! turned from one instant to the next and stands still while the bot works. What happens in one
//! millisecond happens before anything is decided in it.

mod naive;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::people::Person;
use discord_sim::rest::Limits;
use discord_sim::world::{NewMessage, NewThread};
use sameday::domain::decision::{Audience, ClockState, clocks};
use sameday::domain::event::{ClockKind, Trigger};
use sameday::domain::ids::ThreadId;
use sameday::store::{AlertRow, OutboxState};

use self::naive::{Exchange, Expected};
use self::recorded::{Recorded, Said};
use crate::stage::{Stage, Wishes, act};

/// Characters that Discord takes in a message.
const LONGEST_MESSAGE: usize = 2000;
/// Characters that Discord takes in a thread's name.
const LONGEST_TITLE: usize = 100;

#[tokio::test]
async fn real_threads_come_to_what_a_plain_calculation_says() {
    let Some(file) = recorded::find_data() else {
        return;
    };
    let threads = recorded::read(file, recorded::how_many());
    let mut replay = Replay::new(threads).await;
    replay.run(|_, _| Fault::None).await;
    replay.ends().await;
}

#[tokio::test]
async fn a_cut_a_lost_session_and_a_restart_in_the_middle_change_nothing() {
    let Some(file) = recorded::find_data() else {
        return;
    };
    let threads = recorded::read(file, recorded::how_many());
    let mut replay = Replay::new(threads).await;
    replay
        .run(|number, of| match number {
            n if n == of / 4 => Fault::Cut,
            n if n == of / 2 => Fault::SessionLost,
            n if n == of * 3 / 4 => Fault::Restart,
            _ => Fault::None,
        })
        .await;
    let counters = replay.stage.sim.gateway().counters();
    assert!(counters.resumes >= 2, "{counters:?}");
    assert!(counters.identifies >= 2, "{counters:?}");
    replay.ends().await;
}

/// What goes wrong before a message is written.
enum Fault {
    None,
    Cut,
    SessionLost,
    Restart,
}

struct Replay {
    stage: Stage,
    threads: Vec<Recorded>,
    expected: Vec<Expected>,
    people: BTreeMap<String, Person>,
    /// The thread on Discord, for each recorded one that has begun.
    places: Vec<Option<u64>>,
    /// The instants at which a clock changes by itself.
    points: BTreeSet<DateTime<Utc>>,
}

impl Replay {
    async fn new(threads: Vec<Recorded>) -> Self {
        let expected: Vec<Expected> = threads.iter().map(naive::expect).collect();
        let exchanges = expected.iter().flat_map(|expected| &expected.exchanges);
        let points = exchanges
            .flat_map(|exchange| [exchange.warn_at, exchange.overdue_at()])
            .collect();
        let first = threads.iter().map(|thread| thread.messages[0].at).min();
        let mut stage = Stage::set(Wishes {
            now: first.unwrap() - TimeDelta::days(1),
            limits: Limits::none(),
            guild_settings: "enforce_from = \"2015-01-01T00:00:00Z\"".to_owned(),
            ..Wishes::default()
        })
        .await;
        stage.bot_starts().await;
        let places = vec![None; threads.len()];
        Self {
            stage,
            threads,
            expected,
            people: BTreeMap::new(),
            places,
            points,
        }
    }

    /// Lets everything happen. `fault` says what goes wrong before the n-th of so many messages.
    async fn run(&mut self, fault: impl Fn(usize, usize) -> Fault) {
        let mut order: Vec<(DateTime<Utc>, usize, usize)> = Vec::new();
        for (thread, recorded) in self.threads.iter().enumerate() {
            for (message, said) in recorded.messages.iter().enumerate() {
                order.push((said.at, thread, message));
            }
        }
        order.sort_unstable();
        let of = order.len();
        let mut down_until = None;
        for (number, (at, thread, message)) in order.into_iter().enumerate() {
            match fault(number, of) {
                Fault::None => {}
                Fault::Cut => self.stage.sim.gateway().cut(),
                Fault::SessionLost => self.stage.sim.gateway().invalidate(false),
                Fault::Restart => {
                    self.stage.settles().await;
                    self.stage.bot_stops().await;
                    down_until = Some(number + 20);
                }
            }
            // The bot is back before any clock would have changed.
            let next_point = self.points.first().copied();
            if let Some(until) = down_until
                && (number >= until || next_point.is_none_or(|point| point <= at))
            {
                down_until = None;
                self.stage.bot_starts().await;
            }
            self.pass_points_before(at).await;
            self.say(at, thread, message);
            if self.points.first() == Some(&at) {
                self.stage.settles().await;
            }
            self.stage.hand.set(at);
        }
        let end = self.points.last().copied().unwrap_or_default();
        self.pass_points_before(end + TimeDelta::days(1)).await;
    }

    /// Stops at every instant at which a clock changes by itself.
    async fn pass_points_before(&mut self, at: DateTime<Utc>) {
        while let Some(point) = self.points.first().copied()
            && point < at
        {
            self.points.pop_first();
            if point > self.stage.now() {
                self.stage.turn(point).await;
            }
        }
    }

    fn say(&mut self, at: DateTime<Utc>, thread: usize, message: usize) {
        let recorded = &self.threads[thread];
        let said = recorded.messages[message].clone();
        let author = self.person(&said).id();
        let content = text(&said);
        let sim = &self.stage.sim;
        if let Some(place) = self.places[thread] {
            act(sim, |world| {
                world.at(at, |world| {
                    world.post_message(author, place, NewMessage::text(content))
                })
            });
            return;
        }
        let mut title: String = self.threads[thread]
            .title
            .chars()
            .take(LONGEST_TITLE)
            .collect();
        if title.trim().is_empty() {
            "Untitled".clone_into(&mut title);
        }
        let (forum, help) = (self.stage.forum, self.stage.help);
        let place = act(sim, |world| {
            world.at(at, |world| {
                // Every other thread hangs on a message of a text channel.
                if thread.is_multiple_of(2) {
                    let post = NewThread::named(title);
                    return world.create_forum_post(author, forum, post, NewMessage::text(content));
                }
                let question = world.post_message(author, help, NewMessage::text(content))?;
                world.create_thread_from_message(author, help, question, NewThread::named(title))
            })
        });
        self.places[thread] = Some(place);
    }

    fn person(&mut self, said: &Said) -> Person {
        let stage = &self.stage;
        let make = || {
            let id = act(&stage.sim, |world| {
                let id = world.add_user(&said.author);
                if said.machine
                    && let Some(user) = world.users.get_mut(&id)
                {
                    user.bot = true;
                }
                Ok(id)
            });
            let roles: &[u64] = if said.staff { &[stage.staff_role] } else { &[] };
            act(&stage.sim, |world| world.add_member(stage.guild, id, roles));
            stage.sim.person_of(id)
        };
        self.people
            .entry(said.author.clone())
            .or_insert_with(make)
            .clone()
    }

    async fn ends(mut self) {
        self.stage.settles().await;
        let mut seen = Seen::default();
        for thread in 0..self.threads.len() {
            self.compare(thread, &mut seen).await;
        }
        eprintln!("replayed: {seen:?}");
        assert!(seen.alerts > 0 && seen.community > 0 && seen.staff > 0);
        self.stage.ends_unread().await;
    }

    async fn compare(&self, thread: usize, seen: &mut Seen) {
        let (name, expected) = (&self.threads[thread].id, &self.expected[thread]);
        let place = ThreadId(self.places[thread].expect("it has begun"));
        let store = self.stage.store();
        let row = store.find_ticket_by_thread(place).await.unwrap();
        let row = row.unwrap_or_else(|| panic!("{name} is no ticket"));
        let ticket = &row.ticket;

        let question = ticket.question.expect("a question");
        assert_eq!(question.opened_at, expected.opened_at, "{name}");
        let asker = self.people[&expected.asker].id();
        assert_eq!(question.asker.0, asker, "{name}");
        assert_eq!(ticket.asker_messages, expected.asker_messages, "{name}");
        let people = self.threads[thread].messages.iter();
        let people = people.filter(|said| !said.machine).count();
        assert_eq!(ticket.messages as usize, people, "{name}");
        assert_eq!(ticket.first_community_at, expected.community_at, "{name}");
        assert_eq!(ticket.first_staff_at, expected.staff_at, "{name}");

        let rules = self.stage.rules();
        let states: Vec<(ClockKind, DateTime<Utc>, ClockState)> =
            clocks(ticket, &rules, self.stage.now())
                .iter()
                .map(|clock| (clock.kind, clock.due.due_at, clock.state))
                .collect();
        assert_eq!(states, expected_states(&expected.exchanges), "{name}");

        let alerts = store.list_alerts(row.ticket_id).await.unwrap();
        let mut said: Vec<_> = alerts.iter().map(said).collect();
        let mut owed = expected_alerts(&expected.exchanges);
        said.sort_unstable();
        owed.sort_unstable();
        assert_eq!(said, owed, "{name}");
        for alert in &alerts {
            self.stands_on_discord(place, alert);
        }
        seen.threads += 1;
        seen.alerts += alerts.len();
        seen.community += usize::from(ticket.first_community_at.is_some());
        seen.staff += usize::from(ticket.first_staff_at.is_some());
    }

    /// The message that says it is where it belongs, and names the thread unless it is too long to
    /// name all.
    fn stands_on_discord(&self, place: ThreadId, alert: &AlertRow) {
        assert_eq!(alert.state, OutboxState::Delivered, "{alert:?}");
        let channel = match alert.audience {
            Audience::Staff => self.stage.staff_channel,
            Audience::Moderators => self.stage.moderator_channel,
            Audience::Channel(channel) => channel.0,
        };
        let id = alert.message.expect("a message").0;
        let content = self.stage.sim.read(|world| {
            let found = world.load_message(channel, id);
            found.map(|message| message.content.clone()).unwrap()
        });
        let named = content.contains(&format!("<#{place}>"));
        assert!(named || content.contains("more"), "{content}");
    }
}

/// What was compared, so that nothing can pass by being empty.
#[derive(Debug, Default)]
struct Seen {
    threads: usize,
    alerts: usize,
    community: usize,
    staff: usize,
}

type SaidAlert = (i64, &'static str, &'static str);

fn said(alert: &AlertRow) -> SaidAlert {
    let trigger = match alert.alert.trigger {
        Trigger::AtRisk => "at risk",
        Trigger::Overdue => "overdue",
        Trigger::Started => "cannot wait",
        Trigger::ClaimEnds => "claim ends",
    };
    let audience = match alert.audience {
        Audience::Staff => "staff",
        Audience::Moderators => "moderators",
        Audience::Channel(_) => "another channel",
    };
    (alert.alert.due_at.timestamp_millis(), trigger, audience)
}

fn expected_alerts(exchanges: &[Exchange]) -> Vec<SaidAlert> {
    let mut owed = Vec::new();
    for exchange in exchanges {
        let due = exchange.due_at.timestamp_millis();
        if exchange.came_at_risk() {
            owed.push((due, "at risk", "staff"));
        }
        if exchange.fell_overdue() {
            owed.push((due, "overdue", "staff"));
            owed.push((due, "overdue", "moderators"));
        }
    }
    owed
}

/// The clock of the first exchange, and of the last if there was another.
fn expected_states(exchanges: &[Exchange]) -> Vec<(ClockKind, DateTime<Utc>, ClockState)> {
    let state = |exchange: &Exchange| match exchange.answered_at {
        Some(at) if at <= exchange.due_at => ClockState::Met,
        Some(_) => ClockState::Missed,
        None => ClockState::Overdue,
    };
    let mut states = Vec::new();
    if let Some(first) = exchanges.first() {
        states.push((ClockKind::FirstResponse, first.due_at, state(first)));
    }
    if let [_, .., last] = exchanges {
        states.push((ClockKind::NextResponse, last.due_at, state(last)));
    }
    states
}

fn text(said: &Said) -> String {
    let text: String = said.text.chars().take(LONGEST_MESSAGE).collect();
    if text.trim().is_empty() {
        // A picture and nothing else.
        return "(attachment)".to_owned();
    }
    text
}
