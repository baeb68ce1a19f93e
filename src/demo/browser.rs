//! The demo in the browser: the page of the simulated Discord with the bot's records, scenes, clock
//! and the way to the simulated GitHub handed in.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use discord_sim::Sim;
use discord_sim::page::{self, Link, Page, PageOptions};
use discord_sim::rest::Limits;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::hub::{self, Hub};
use super::panel::panel;
use super::scenes::scenes;
use super::stage::{Ground, Stage};
use crate::clock::Clock;
use crate::config::EXAMPLE;

/// Where the page is, unless something else is there.
pub const USUAL_PORT: u16 = 8090;

/// The clock of the demo shows the passing of real time in steps of this length.
const STRIDE: Duration = Duration::from_millis(250);

/// Beside the example settings: askers have the button for what cannot wait.
const DOWN: (&str, &str) = ("# production_down_per_day", "production_down_per_day");

/// What a visitor reads first.
const WELCOME: &str = "Begin as Ann, who needs help: write a post. Then be Eva of the staff (top left) and claim it, or \
     turn the clock (top right) until it is nearly late.";

/// How the demo is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The page's port on 127.0.0.1. Where it is taken, any free one is; 0 is any free one.
    pub port: u16,
    /// Where the team lives: its support hours are 9 to 17 there.
    pub zone: Tz,
    /// What its clock shows first.
    pub start: DateTime<Utc>,
    /// Real time between the steps of a scene that is played as a whole.
    pub pace: Duration,
}

impl Options {
    /// For whoever sits here: the team lives in their time zone, and it is the latest Wednesday,
    /// ten o'clock.
    pub fn here(port: u16) -> anyhow::Result<Self> {
        let zone = iana_time_zone::get_timezone().ok();
        let zone = zone.and_then(|zone| zone.parse().ok());
        let zone = zone.unwrap_or(chrono_tz::Europe::Berlin);
        Ok(Self {
            port,
            zone,
            start: latest_wednesday(Clock::System.now(), zone).context("no such Wednesday")?,
            pace: Duration::from_millis(2_500),
        })
    }
}

/// Ten o'clock on the latest Wednesday that is not still to come.
fn latest_wednesday(now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    let ten = NaiveTime::from_hms_opt(10, 0, 0)?;
    (0..=7)
        .filter_map(|days| today.checked_sub_days(Days::new(days)))
        .filter(|date| date.weekday() == Weekday::Wed)
        .filter_map(|date| zone.from_local_datetime(&date.and_time(ten)).earliest())
        .map(|local| local.to_utc())
        .find(|instant| *instant <= now)
}

/// The open demo. Its clock runs until it is closed or dropped.
pub struct Demo {
    stage: Arc<Stage>,
    page: Page,
    _clock_runs: DropGuard,
}

impl Demo {
    /// Sets the stage, starts the bot and opens the page.
    pub async fn open(options: Options) -> anyhow::Result<Self> {
        // Without Discord's rate limits: a jump over a night is no wait.
        let limits = Limits::none();
        let settings = EXAMPLE.replace(DOWN.0, DOWN.1) + hub::SETTINGS;
        let ground = Ground {
            now: options.start,
            zone: options.zone,
            limits,
            settings: &settings,
            with_hub: true,
        };
        let stage = Arc::new(Stage::set(ground).await?);
        stage.bot_starts().await?;
        let page = open_page(&stage, &options).await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                stage.bot_stops().await;
                return Err(error);
            }
        };
        if let Some(hub) = &stage.hub {
            hub.leads_back_to(&page.url(), stage.team.places.guild);
        }
        let clock_stops = CancellationToken::new();
        let (ticking, stopped) = (Arc::clone(&stage), clock_stops.clone());
        stage.sim.tasks().spawn(async move {
            let mut strides = tokio::time::interval(STRIDE);
            while stopped.run_until_cancelled(strides.tick()).await.is_some() {
                ticking.ticks(STRIDE);
            }
        });
        Ok(Self {
            stage,
            page,
            _clock_runs: clock_stops.drop_guard(),
        })
    }

    /// Where to point a browser.
    pub fn url(&self) -> String {
        self.page.url()
    }

    /// The port the page has.
    pub fn port(&self) -> u16 {
        self.page.address().port()
    }

    /// The simulated Discord, for other bots to log in to.
    pub fn sim(&self) -> &Sim {
        &self.stage.sim
    }

    /// What should not be: what Discord would not have put up with, what could not be said, records
    /// that do not add up. Empty when all is well.
    pub async fn trouble(&self) -> anyhow::Result<Vec<String>> {
        self.stage.trouble().await
    }

    /// Where the simulated GitHub is, in a browser too.
    pub fn github_url(&self) -> Option<String> {
        self.stage.hub.as_ref().map(Hub::url)
    }

    /// The server's id, for other bots to be invited to.
    pub fn guild(&self) -> u64 {
        self.stage.team.places.guild
    }

    /// Ends the bot and the page; the temporary folder goes with the last of it.
    pub async fn close(self) {
        let Self {
            stage,
            _clock_runs: clock,
            ..
        } = self;
        drop(clock);
        stage.bot_stops().await;
        stage.sim.stop().await;
    }
}

async fn open_page(stage: &Arc<Stage>, options: &Options) -> anyhow::Result<Page> {
    match page::open(&stage.sim, page_options(stage, options, options.port)).await {
        Ok(page) => Ok(page),
        // Somebody else is there.
        Err(_) if options.port != 0 => {
            page::open(&stage.sim, page_options(stage, options, 0)).await
        }
        Err(error) => Err(error),
    }
}

fn github(hub: &Hub) -> Link {
    Link {
        name: "GitHub".to_owned(),
        url: hub.url(),
    }
}

fn page_options(stage: &Arc<Stage>, options: &Options, port: u16) -> PageOptions {
    let (turning, telling) = (Arc::clone(stage), Arc::clone(stage));
    PageOptions {
        name: "sameday demo".to_owned(),
        welcome: Some(WELCOME.to_owned()),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        turn_clock: Some(Box::new(move |to| {
            let stage = Arc::clone(&turning);
            Box::pin(async move {
                if let Err(error) = stage.passes_to(to).await {
                    tracing::error!(%error, "the clock was not turned");
                }
            })
        })),
        panel: Some(Box::new(move |channel| {
            let stage = Arc::clone(&telling);
            Box::pin(async move { Some(panel(&stage, channel).await) })
        })),
        scenes: scenes(stage),
        pace: options.pace,
        links: stage.hub.iter().map(github).collect(),
        people: stage.team.personas(),
    }
}
