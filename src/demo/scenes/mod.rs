//! Little plays on the page: what the bot is there for, step by step, with the real bot.
//!
//! A scene begins on the next day on which it can, whatever the clock shows, and leaves nobody
//! waiting, so that scenes can be played in any order and again.

mod busy;
mod chatter;
mod down;
mod evening;
mod morning;
mod night;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use discord_sim::page::{Look, Scene, Step};
use discord_sim::people::Person;

use super::stage::{Day, Stage};
use super::team::{Places, Team};

/// Every scene, in the order in which they are offered.
pub(super) fn scenes(stage: &Arc<Stage>) -> Vec<Scene> {
    vec![
        morning::scene(stage),
        evening::scene(stage),
        down::scene(stage),
        night::scene(stage),
        busy::scene(stage),
    ]
}

/// A scene while it is written down.
struct Script {
    scene: Scene,
    play: Arc<Play>,
}

/// A scene while it is played: the stage, and the threads its steps have opened.
struct Play {
    stage: Arc<Stage>,
    threads: Mutex<BTreeMap<String, u64>>,
}

/// What a step does: it says what is seen best from where.
type Seen = anyhow::Result<Option<Look>>;

impl Script {
    fn new(stage: &Arc<Stage>, name: &str, about: &str) -> Self {
        Self {
            scene: Scene::new(name, about, Vec::new()),
            play: Arc::new(Play {
                stage: Arc::clone(stage),
                threads: Mutex::default(),
            }),
        }
    }

    fn step<F>(mut self, says: &str, run: impl Fn(Arc<Play>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Seen> + Send + 'static,
    {
        let play = Arc::clone(&self.play);
        let step = Step::new(says, move || run(Arc::clone(&play)));
        self.scene.steps.push(step);
        self
    }

    fn done(self) -> Scene {
        self.scene
    }
}

impl Play {
    fn team(&self) -> &Team {
        &self.stage.team
    }

    fn places(&self) -> Places {
        self.stage.team.places
    }

    /// The first step: the bot is there, and it is this time on the next day of support.
    async fn begins(&self, time: &str) -> anyhow::Result<()> {
        self.stage.bot_starts().await?;
        self.stage
            .passes_to(self.stage.next(Day::Support, time)?)
            .await
    }

    /// It becomes this time of day.
    async fn comes(&self, time: &str) -> anyhow::Result<()> {
        self.stage.passes_to(self.stage.next(Day::Any, time)?).await
    }

    /// Somebody asks in the forum; later steps know the thread by its title.
    async fn asks(&self, person: &Person, title: &str, text: &str) -> anyhow::Result<u64> {
        let thread = person.asks(self.places().forum, title, text)?;
        self.keep(title, thread);
        self.stage.settles().await?;
        Ok(thread)
    }

    /// Somebody writes in a thread.
    async fn writes(&self, person: &Person, thread: u64, text: &str) -> anyhow::Result<()> {
        person.posts(thread, text)?;
        self.stage.settles().await
    }

    /// Somebody presses a button of a thread's card.
    async fn presses(&self, person: &Person, thread: u64, button: &str) -> anyhow::Result<()> {
        let card = self.stage.card(thread)?;
        self.stage.clicks(person, &card, button).await.map(drop)
    }

    fn keep(&self, title: &str, thread: u64) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.insert(title.to_owned(), thread);
    }

    /// The thread that an earlier step opened.
    fn thread(&self, title: &str) -> anyhow::Result<u64> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let known = threads.get(title).copied();
        known.context("an earlier step was left out; play the scene from its beginning")
    }
}

/// As this person sees this channel.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends the steps, which can fail"
)]
fn look(person: &Person, channel: u64) -> Seen {
    Ok(Some(Look {
        person: person.id(),
        channel,
    }))
}
