//! Little plays on the page: what the bot is there for, step by step, with the real bot.
//!
//! A scene begins on the next day on which it can, whatever the clock shows, and leaves nobody
//! waiting, so that scenes can be played in any order and again.

mod busy;
mod chatter;
mod down;
mod evening;
mod fix;
mod hub_down;
mod morning;
mod night;
mod promise;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use discord_sim::page::{Look, Scene, Step};
use discord_sim::people::{Person, Seen};

use super::hub::Hub;
use super::stage::{Day, Stage};
use super::team::{Places, Team};

/// Every scene, in the order in which they are offered.
pub(super) fn scenes(stage: &Arc<Stage>) -> Vec<Scene> {
    vec![
        morning::scene(stage),
        evening::scene(stage),
        promise::scene(stage),
        down::scene(stage),
        fix::scene(stage),
        hub_down::scene(stage),
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
type Outcome = anyhow::Result<Option<Look>>;

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
        F: Future<Output = Outcome> + Send + 'static,
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

    /// Somebody of the staff presses "To GitHub": a draft of the issue, shown to them alone.
    async fn drafts(&self, person: &Person, thread: u64) -> anyhow::Result<()> {
        let card = self.stage.card(thread)?;
        person.clicks(&card, "To GitHub")?.message().await?;
        self.stage.settles().await
    }

    /// They press a button under their draft that begins like this.
    async fn decides(&self, person: &Person, thread: u64, button: &str) -> anyhow::Result<()> {
        let (draft, button) = with_button(person, thread, button)?;
        person.clicks(&draft, &button)?.acknowledged().await?;
        let decided = |seen: &Seen| seen.id() == draft.id() && seen.text() != draft.text();
        person.waits(thread, decided).await?;
        self.stage.settles().await
    }

    /// Something happens on GitHub, and everybody who is told hears of it.
    async fn on_github(
        &self,
        act: impl FnOnce(&mut github_sim::world::World) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.hub()?.act(act)?;
        self.stage.settles().await
    }

    fn hub(&self) -> anyhow::Result<&Hub> {
        let hub = self.stage.hub.as_ref();
        hub.context("there is no GitHub on this stage")
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

/// The newest message in a thread with a button that begins like this, and the button's whole name.
fn with_button(person: &Person, thread: u64, button: &str) -> anyhow::Result<(Seen, String)> {
    let seen = person.sees(thread)?.into_iter().rev();
    let mut found = seen.filter_map(|seen| {
        let named = seen.buttons().into_iter();
        let name = named.rev().find(|name| name.starts_with(button))?;
        Some((seen, name))
    });
    found
        .next()
        .with_context(|| format!("there is no button {button:?}"))
}

/// As this person sees this channel.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends the steps, which can fail"
)]
fn look(person: &Person, channel: u64) -> Outcome {
    Ok(Some(Look {
        person: person.id(),
        channel,
    }))
}
