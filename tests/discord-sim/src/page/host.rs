//! What the host of a page hands in: the things a simulated Discord cannot know.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Serialize;

/// Turns the clock to an instant, and returns when everything that fell due has been set going.
pub type TurnClock = Box<dyn Fn(DateTime<Utc>) -> BoxFuture<'static, ()> + Send + Sync>;

/// What there is to say about a channel beside what Discord shows, if anything.
pub type TellPanel = Box<dyn Fn(u64) -> BoxFuture<'static, Option<Panel>> + Send + Sync>;

/// How to open a page.
pub struct PageOptions {
    /// What the page calls itself.
    pub name: String,
    /// Shown to whoever comes: what this is and what to try first, in a sentence or two.
    pub welcome: Option<String>,
    /// A loopback address; port 0 is any free one.
    pub listen: SocketAddr,
    /// None: the clock cannot be turned from the page.
    pub turn_clock: Option<TurnClock>,
    pub panel: Option<TellPanel>,
    pub scenes: Vec<Scene>,
    /// Real time between the steps of a scene that is played as a whole, for whoever reads along.
    pub pace: Duration,
    /// Other pages of the same host, shown as links.
    pub links: Vec<Link>,
    /// Who can be chosen to look through the eyes of, in this order. Empty: every person.
    pub people: Vec<u64>,
}

impl PageOptions {
    /// Any free port of 127.0.0.1, and only what Discord itself shows.
    pub fn new() -> Self {
        Self {
            name: "discord-sim".to_owned(),
            welcome: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            turn_clock: None,
            panel: None,
            scenes: Vec::new(),
            pace: Duration::ZERO,
            links: Vec::new(),
            people: Vec::new(),
        }
    }
}

impl Default for PageOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A little play that shows something: all at once, or step by step.
pub struct Scene {
    pub name: String,
    /// One sentence: what will be seen.
    pub about: String,
    pub steps: Vec<Step>,
}

/// One step of a scene.
pub struct Step {
    /// What happens in it, such as "Nora asks at 17:55".
    pub says: String,
    pub run: Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<Option<Look>>> + Send + Sync>,
}

/// Where a step is seen best: through whose eyes, in which channel. The tab that plays goes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub person: u64,
    pub channel: u64,
}

impl Step {
    pub fn new<F>(says: impl Into<String>, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<Option<Look>>> + Send + 'static,
    {
        Self {
            says: says.into(),
            run: Box::new(move || Box::pin(run())),
        }
    }
}

impl Scene {
    pub fn new(name: impl Into<String>, about: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            name: name.into(),
            about: about.into(),
            steps,
        }
    }
}

/// A link to another page of the host. Only `http://127.0.0.1:…` and `http://localhost:…` are shown
/// as links: the page leads nowhere else.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub name: String,
    pub url: String,
}

/// What the host has to say about a channel. Titles are plain text; texts and notes are read as
/// Discord's Markdown, so that people, channels and instants can be named as in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Panel {
    pub title: String,
    pub sections: Vec<PanelSection>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PanelSection {
    pub title: String,
    pub rows: Vec<PanelRow>,
}

/// A line of a panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PanelRow {
    /// When it happened.
    pub at: Option<DateTime<Utc>>,
    pub text: String,
    /// Why, in smaller print.
    pub note: Option<String>,
    pub tone: Tone,
}

/// How a line of a panel is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
}
