//! The real bot in its simulated world: Acme's server, its repository where it is wanted, a database
//! in a temporary folder, and one clock that all go by.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use discord_sim::people::{Person, Seen};
use discord_sim::rest::Limits;
use discord_sim::world::intents;
use discord_sim::{Finding, Sim, SimOptions};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, RwLock};

use super::hub::Hub;
use super::team::Team;
use crate::app::{App, Setup};
use crate::clock::{Clock, ManualClock};
use crate::config::Config;
use crate::domain::policy::ServiceLevel;
use crate::store::{Store, StoreError, check};

/// How long the bot has to end in good order.
const STOPPING: Duration = Duration::from_secs(5);

/// A clock that is turned far stops at most so often on the way.
const MOST_STOPS: usize = 500;

/// Starts the bot on a thread of its own: sqlx's migrations make a future that cannot move between
/// threads, and the page's tasks do.
async fn start(setup: Setup) -> anyhow::Result<App> {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(App::start(setup))).await?
}

/// When, after now, the bot wants to decide again or to try once more to say something.
async fn next_stop(store: &Store, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (wake, waiting) = (store.find_next_wake().await?, store.list_pending().await?);
    let tries = waiting.into_iter().map(|row| row.not_before);
    Ok(tries.chain(wake).filter(|at| *at > now).min())
}

/// The world and the bot in it.
pub(super) struct Stage {
    pub(super) sim: Sim,
    pub(super) team: Team,
    /// Acme's repository, if the bot knows of one.
    pub(super) hub: Option<Hub>,
    /// Where the team lives.
    pub(super) zone: Tz,
    hand: Arc<ManualClock>,
    /// Held by whoever turns the clock.
    turn: Mutex<()>,
    setup: Setup,
    /// When the bot first saw the server.
    first_seen_at: DateTime<Utc>,
    app: RwLock<Option<App>>,
    /// Removed with everything in it when the stage goes.
    _folder: TempDir,
}

/// What a stage is set with.
pub(super) struct Ground<'a> {
    /// What its clock shows.
    pub(super) now: DateTime<Utc>,
    /// Where the team lives.
    pub(super) zone: Tz,
    /// Discord's.
    pub(super) limits: Limits,
    /// The bot's file, with the numbers of the example for places and people.
    pub(super) settings: &'a str,
    /// Whether Acme has a repository on GitHub; the settings name it then.
    pub(super) with_hub: bool,
}

/// A day for something to happen on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// The next on which it can.
    Any,
    /// The next on which the team is there.
    Support,
}

impl Stage {
    /// Sets it; the bot is not there yet.
    pub(super) async fn set(ground: Ground<'_>) -> anyhow::Result<Self> {
        let Ground {
            now,
            zone,
            limits,
            settings,
            with_hub,
        } = ground;
        let (clock, hand) = Clock::manual(now);
        let shown = Arc::clone(&hand);
        let mut options = SimOptions::new(Box::new(move || shown.now()));
        options.limits = limits;
        let sim = Sim::start(options).await?;
        let hub = if with_hub {
            Some(Hub::opens(Arc::clone(&hand)).await?)
        } else {
            None
        };
        // With a repository, whole threads go into issues.
        let intents = hub.as_ref().map_or(0, |_| intents::MESSAGE_CONTENT);
        let team = Team::gathers(&sim, intents)?;
        let folder = TempDir::with_prefix("sameday-demo-").context("no temporary folder")?;
        let places = team.places;
        let mut config = Config::parse(
            &settings
                .replace("Europe/Berlin", zone.name())
                .replace("100000000000000001", &places.guild.to_string())
                .replace("100000000000000011", &places.forum.to_string())
                .replace("100000000000000012", &places.help.to_string())
                .replace("100000000000000013", &places.staff_channel.to_string())
                .replace("100000000000000014", &places.moderator_channel.to_string())
                .replace("100000000000000021", &places.staff.to_string())
                .replace("100000000000000022", &places.moderators.to_string())
                .replace("100000000000000031", &team.eva.id().to_string())
                .replace("100000000000000032", &team.tom.id().to_string()),
        )?;
        config.database = folder.path().join("sameday.db");
        tracing::debug!(database = %config.database.display(), "the stage is set");
        Ok(Self {
            setup: Setup {
                config,
                token: team.token.clone().into(),
                discord_api: sim.base_url(),
                clock,
                github: hub.as_ref().map(Hub::access),
            },
            sim,
            team,
            hub,
            zone,
            hand,
            turn: Mutex::default(),
            first_seen_at: now,
            app: RwLock::new(None),
            _folder: folder,
        })
    }

    /// Starts the bot, unless it runs, and waits until it has caught up.
    pub(super) async fn bot_starts(&self) -> anyhow::Result<()> {
        let mut app = self.app.write().await;
        if app.is_none() {
            let started = start(self.setup.clone()).await?;
            if let (Some(hub), Some(address)) = (&self.hub, started.web()) {
                hub.tells(address);
            }
            *app = Some(started);
        }
        drop(app);
        self.settles().await
    }

    /// Stops the bot, if it runs.
    pub(super) async fn bot_stops(&self) {
        if let Some(app) = self.app.write().await.take() {
            app.stop(STOPPING).await;
        }
    }

    /// Discord remembers no session that could be resumed.
    pub(super) fn discord_forgets(&self) {
        self.sim.gateway().forget_sessions();
    }

    /// Asks the bot's records, if it runs. They are let go before it can stop.
    pub(super) async fn asks<T>(&self, question: impl AsyncFnOnce(&Store) -> T) -> Option<T> {
        let app = self.app.read().await;
        match app.as_ref() {
            Some(app) => Some(question(app.store()).await),
            None => None,
        }
    }

    /// What the server promises.
    pub(super) fn rules(&self) -> ServiceLevel {
        let settings = self.setup.config.guild.settings(self.first_seen_at);
        settings.service_level
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.hand.now()
    }

    /// Turns the clock and waits until everybody has done what then is to be done.
    pub(super) async fn turns_to(&self, instant: DateTime<Utc>) -> anyhow::Result<()> {
        let _one_hand = self.turn.lock().await;
        // What is on its way arrives before the time it did not happen in.
        self.settles().await?;
        self.jump(instant).await
    }

    /// As [`Self::turns_to`], and stops on the way wherever the bot wanted to be woken: what falls
    /// due happens when it does.
    pub(super) async fn passes_to(&self, instant: DateTime<Utc>) -> anyhow::Result<()> {
        let _one_hand = self.turn.lock().await;
        self.settles().await?;
        for _ in 0..MOST_STOPS {
            let next = self.asks(async |store| next_stop(store, self.now()).await);
            match next.await.transpose()?.flatten() {
                Some(next) if next < instant => self.jump(next).await?,
                _ => break,
            }
        }
        self.jump(instant).await
    }

    /// Turns the clock and waits for nobody: for acts that follow closely.
    pub(super) async fn skips_to(&self, instant: DateTime<Utc>) {
        let _one_hand = self.turn.lock().await;
        self.hand.set(instant.max(self.now()));
    }

    /// Lets a little real time pass on the clock, unless somebody is turning it.
    pub(super) fn ticks(&self, length: Duration) {
        if let Ok(_one_hand) = self.turn.try_lock() {
            self.hand.set(self.now() + length);
            self.sim.tick();
        }
    }

    /// The clock only goes forward.
    async fn jump(&self, instant: DateTime<Utc>) -> anyhow::Result<()> {
        self.hand.set(instant.max(self.now()));
        self.sim.tick();
        self.settles().await
    }

    /// The next instant at which it is this time of day where the team lives.
    pub(super) fn next(&self, day: Day, time: &str) -> anyhow::Result<DateTime<Utc>> {
        let time: NaiveTime = format!("{time}:00").parse()?;
        let rules = self.rules();
        let is_support = |date| {
            let calendars = rules
                .newest()
                .policies
                .iter()
                .map(|policy| &policy.calendar);
            let mut hours = calendars.filter(|calendar| !calendar.is_always());
            hours.any(|calendar| !calendar.blocks_on(date).is_empty())
        };
        let today = self.now().with_timezone(&self.zone).date_naive();
        (0..60)
            .filter_map(|days| today.checked_add_days(Days::new(days)))
            .filter(|date| day == Day::Any || is_support(*date))
            .filter_map(|date| {
                self.zone
                    .from_local_datetime(&date.and_time(time))
                    .earliest()
            })
            .map(|local| local.to_utc())
            .find(|instant| *instant > self.now())
            .context("the team is on holiday for two months")
    }

    /// Waits until nothing is on its way any more, in either direction.
    pub(super) async fn settles(&self) -> anyhow::Result<()> {
        let app = self.app.read().await;
        let Some(app) = app.as_ref() else {
            return Ok(());
        };
        loop {
            let sent = self.last_event().await?;
            if let Some(hub) = &self.hub {
                hub.quiet().await;
            }
            app.heard_up_to_in(0, &sent.0, sent.1).await;
            app.settled().await;
            if self.last_event().await? == sent {
                return Ok(());
            }
        }
    }

    /// The bot's session, once it has one that is connected, and the number of its last event.
    async fn last_event(&self) -> anyhow::Result<(String, u64)> {
        loop {
            self.sim.gateway().until_connected(1).await?;
            let sessions = self.sim.gateway().sessions();
            if let Some(session) = sessions.into_iter().find(|session| session.connected) {
                return Ok((session.id, session.seq));
            }
        }
    }

    /// What should not be: what Discord would not have put up with, what could not be said, records
    /// that do not add up.
    pub(super) async fn trouble(&self) -> anyhow::Result<Vec<String>> {
        self.settles().await?;
        let mut trouble: Vec<String> = Vec::new();
        let asked = self.asks(async |store| {
            let report = check::check(store).await?;
            let (dead, waiting) = (store.list_dead().await?, store.list_pending().await?);
            Ok::<_, StoreError>((report, dead, waiting))
        });
        if let Some((report, dead, waiting)) = asked.await.transpose()? {
            trouble.extend(report.findings);
            let unsaid = dead.iter().chain(&waiting);
            trouble.extend(unsaid.map(|row| format!("not said: {row:?}")));
        }
        let findings = self.findings().into_iter();
        trouble.extend(findings.map(|finding| format!("{}: {}", finding.at, finding.what)));
        trouble.extend(self.hub.iter().flat_map(Hub::findings));
        Ok(trouble)
    }

    /// What Discord would not have put up with, among it requests that it does not know.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.sim.findings()
    }

    /// The card the bot put into a thread, as it is now.
    pub(super) fn card(&self, thread: u64) -> anyhow::Result<Seen> {
        let seen = self.team.mia.sees(thread)?;
        let card = seen
            .into_iter()
            .find(|seen| seen.is_by_bot() && !seen.is_whisper());
        card.context("the bot put no card into the thread")
    }

    /// Presses a button; what the bot then tells that person alone.
    pub(super) async fn clicks(
        &self,
        person: &Person,
        message: &Seen,
        button: &str,
    ) -> anyhow::Result<Seen> {
        let told = person.clicks(message, button)?.told().await?;
        self.settles().await?;
        Ok(told)
    }

    /// Runs a command; what the bot answers.
    pub(super) async fn runs(
        &self,
        person: &Person,
        channel: u64,
        typed: &str,
    ) -> anyhow::Result<Seen> {
        let answer = person.runs_when_offered(channel, typed).await?;
        let shown = answer.message().await?;
        self.settles().await?;
        Ok(shown)
    }
}
