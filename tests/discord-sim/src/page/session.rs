//! One browser: its wishes in turn, and what changed on its screen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::diff::Sent;
use super::protocol::{Frame, Request};
use super::screen::{self, Eyes};
use super::{Shared, deeds};
use crate::interactions::Answer as State;
use crate::people::{Answer, Person};

/// The screen is made anew at most this often. Far below what a person notices, and enough that a
/// hundred events in a row cost one picture.
const BREATH: Duration = Duration::from_millis(25);
/// Each second, whatever happens: time passes on the screen too.
const PULSE: Duration = Duration::from_secs(1);
/// Asking the host about a channel may cost it work.
const PANEL_BREATH: Duration = Duration::from_millis(300);
/// Messages shown of a channel at first, and how many more are asked for at a time.
pub(super) const SCREENFUL: usize = 50;
/// Interactions whose answers a browser is still told.
const REMEMBERED: usize = 20;

/// What a browser looks at.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) person: Option<u64>,
    pub(super) open: Option<u64>,
    /// How many messages of what is open are shown.
    pub(super) most: usize,
    pub(super) panel: bool,
    /// What was done here lately, and what came of it.
    pub(super) doing: BTreeMap<u64, Doing>,
    sent: Sent,
    panel_at: Option<Instant>,
}

/// An interaction that this browser began.
#[derive(Clone)]
pub(super) struct Doing {
    pub(super) answer: Answer,
    /// The message and component it was done with.
    pub(super) on: Option<(u64, String)>,
}

/// Serves a browser until it leaves or the simulation ends.
pub(super) async fn serve(shared: Arc<Shared>, mut socket: WebSocket) {
    let mut happened = shared.sim.hub().happened();
    let mut changed = shared.changed.subscribe();
    let stop = shared.sim.stopped().clone();
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut session = Session::new(shared);
    // The next picture, if something changed since the last one.
    let mut due: Option<Instant> = None;
    let mut last = Instant::now();
    loop {
        let soonest = last + BREATH;
        tokio::select! {
            () = stop.cancelled() => return,
            frame = socket.recv() => {
                let answer = match frame {
                    Some(Ok(Message::Text(text))) => session.read(&text).await,
                    Some(Ok(Message::Binary(_))) => refused(None, "Text frames only."),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                // Wish, picture, answer: when the answer comes, its effect is on the screen.
                let mut frames = session.picture().await;
                last = Instant::now();
                due = None;
                frames.push(answer);
                if send(&mut socket, frames).await.is_err() {
                    return;
                }
            }
            seen = happened.changed() => {
                if seen.is_err() {
                    return;
                }
                due.get_or_insert(soonest);
            }
            Ok(()) = changed.changed() => { due.get_or_insert(soonest); }
            _ = pulse.tick() => {
                // Three seconds without an answer end by themselves only if somebody looks.
                session.shared.sim.tick();
                due.get_or_insert(soonest);
            }
            () = sleep_until(due.unwrap_or(soonest)), if due.is_some() => {
                due = None;
                let frames = session.picture().await;
                last = Instant::now();
                if send(&mut socket, frames).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Sends the frames of one picture together, so that the browser never shows half of it.
async fn send(socket: &mut WebSocket, frames: Vec<Frame>) -> Result<(), axum::Error> {
    if frames.is_empty() {
        return Ok(());
    }
    match serde_json::to_string(&frames) {
        Ok(text) => socket.send(Message::Text(text.into())).await,
        Err(error) => {
            tracing::error!(%error, "a picture of the page is no JSON");
            Ok(())
        }
    }
}

fn refused(to: Option<u64>, why: &str) -> Frame {
    Frame::Answer {
        to,
        value: Value::Null,
        error: Some(why.to_owned()),
    }
}

impl Session {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            person: None,
            open: None,
            most: SCREENFUL,
            panel: false,
            doing: BTreeMap::new(),
            sent: Sent::default(),
            panel_at: None,
        }
    }

    /// Carries out what a frame asks for.
    async fn read(&mut self, text: &str) -> Frame {
        let request: Request = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => return refused(None, &format!("This is no request: {error}")),
        };
        let to = Some(request.n);
        match deeds::perform(self, request.wish).await {
            Ok(value) => Frame::Answer {
                to,
                value,
                error: None,
            },
            Err(error) => refused(to, &deeds::in_words(&error)),
        }
    }

    /// Forgets what is on screen: somebody else looks now.
    pub(super) fn start_anew(&mut self) {
        self.sent = Sent::default();
        self.doing.clear();
    }

    pub(super) fn remember(&mut self, answer: Answer, on: Option<(u64, String)>) -> u64 {
        let id = answer.interaction();
        self.doing.insert(id, Doing { answer, on });
        while self.doing.len() > REMEMBERED {
            self.doing.pop_first();
        }
        id
    }

    pub(super) fn person(&self) -> Option<Person> {
        self.person.map(|id| self.shared.sim.person_of(id))
    }

    /// Everything that is not on the screen yet.
    async fn picture(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        let shared = Arc::clone(&self.shared);
        frames.extend(self.sent.part("host", host(&shared)));
        frames.extend(self.sent.part("clock", clock(&shared)));
        frames.extend(self.sent.part("doing", self.doing()));
        let person = self.person;
        let people = shared.sim.read(|world| {
            let marks = shared.marks();
            if let Some(person) = person {
                let eyes = Eyes {
                    world,
                    marks: &marks,
                    person,
                };
                frames.extend(self.look(eyes));
            }
            screen::people(world, &marks, &shared.host.people)
        });
        frames.extend(self.sent.part("people", people));
        if let (Some(person), Some(open)) = (self.person(), self.open) {
            let commands = screen::commands(&person, open);
            frames.extend(self.sent.part("commands", commands));
        }
        let panel = self.panel().await;
        frames.extend(panel);
        frames
    }

    fn look(&mut self, eyes: Eyes<'_>) -> Vec<Frame> {
        let mut frames = Vec::new();
        let whose = Some(eyes.person);
        frames.extend(self.sent.part("me", json!(eyes.person.to_string())));
        frames.extend(self.sent.part("guilds", screen::guilds(eyes)));
        frames.extend(self.sent.rows("members", whose, screen::members(eyes)));
        frames.extend(self.sent.rows("rail", whose, screen::rail(eyes, self.open)));
        let place = self
            .open
            .map_or(Value::Null, |open| screen::place(eyes, open));
        let gone = place.is_null() && self.open.is_some();
        frames.extend(self.sent.part("place", place));
        frames.extend(self.sent.part("hidden", json!(gone)));
        let Some(open) = self.open else {
            return frames;
        };
        let interactions = self.shared.sim.interactions();
        let (rows, older) = screen::messages(eyes, interactions, open, self.most);
        frames.extend(self.sent.rows("messages", Some(open), rows));
        frames.extend(self.sent.part("older", json!(older)));
        frames.extend(
            self.sent
                .rows("posts", Some(open), screen::posts(eyes, open)),
        );
        frames.extend(self.sent.part("here", screen::here(eyes, open)));
        frames
    }

    /// What came of the interactions begun here.
    fn doing(&self) -> Value {
        let rows = self.doing.iter().map(|(id, doing)| {
            let now = self.shared.sim.interactions().find(*id);
            let mut row = match now.and_then(|interaction| interaction.answer) {
                None => json!({ "state": "waiting" }),
                Some(State::Failed(words)) => json!({ "state": "failed", "words": words }),
                Some(State::Modal(window)) => json!({ "state": "modal", "window": window }),
                Some(State::Choices(choices)) => json!({ "state": "choices", "choices": choices }),
                Some(State::Message | State::Thinking | State::DeferredUpdate | State::Update) => {
                    json!({ "state": "done" })
                }
            };
            let (message, component) = match &doing.on {
                Some((message, component)) => (json!(message.to_string()), json!(component)),
                None => (Value::Null, Value::Null),
            };
            crate::interactions::merge(
                &mut row,
                json!({ "id": id.to_string(), "message": message, "component": component }),
            );
            row
        });
        rows.collect()
    }

    /// What the host says about what is open, asked now and then.
    async fn panel(&mut self) -> Option<Frame> {
        let (Some(tell), Some(open), true) = (&self.shared.host.panel, self.open, self.panel)
        else {
            return None;
        };
        if self
            .panel_at
            .is_some_and(|asked| asked.elapsed() < PANEL_BREATH)
        {
            return None;
        }
        let person = self.person?;
        let sees = self.shared.sim.read(|world| {
            let channel = world.channels.get(&open);
            channel.is_some_and(|channel| world.can_see(person, channel))
        });
        let panel = if sees { tell(open).await } else { None };
        self.panel_at = Some(Instant::now());
        let mut value = serde_json::to_value(panel).unwrap_or(Value::Null);
        if let Some(fields) = value.as_object_mut() {
            let text = serde_json::to_string(fields).unwrap_or_default();
            let named = self.shared.sim.read(|world| {
                let marks = self.shared.marks();
                let eyes = Eyes {
                    world,
                    marks: &marks,
                    person,
                };
                screen::named_channels(eyes, &text)
            });
            fields.insert("channels".to_owned(), named.into());
        }
        self.sent.part("panel", value)
    }

    /// The panel is asked for at once with the next picture.
    pub(super) fn look_at_panel(&mut self, on: bool) {
        self.panel = on;
        self.panel_at = None;
    }
}

fn clock(shared: &Shared) -> Value {
    let now = shared.sim.clock().now();
    json!({
        "now": now.timestamp(),
        "turns": shared.host.turn_clock.is_some(),
        "speed": shared.turning.speed(),
    })
}

/// What the host offers, and how far its scenes are.
fn host(shared: &Shared) -> Value {
    let progress = shared.stage.progress();
    let scenes = shared
        .host
        .scenes
        .iter()
        .zip(progress)
        .map(|(scene, progress)| {
            json!({
                "name": scene.name,
                "about": scene.about,
                "steps": scene.steps.iter().map(|step| step.says.as_str()).collect::<Value>(),
                "progress": progress,
            })
        });
    json!({
        "name": shared.host.name,
        "welcome": shared.host.welcome,
        "scenes": scenes.collect::<Value>(),
        "links": shared.host.links,
        "panel": shared.host.panel.is_some(),
    })
}
