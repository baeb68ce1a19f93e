//! The world of the story: a simulated Discord with a small team in it, the real bot, and a clock
//! that is turned by hand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use discord_sim::people::{Person, Seen};
use discord_sim::world::{ApiError, NewApplication, NewChannel, NewRole, World, permissions};
use discord_sim::{Finding, Sim, SimOptions};
use tempfile::TempDir;

use super::screen::Names;
use crate::app::{App, Setup};
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, EXAMPLE};

/// Where the team lives; the zone of the example settings.
pub(super) const ZONE: Tz = chrono_tz::Europe::Berlin;

/// How long the bot has to end in good order.
const STOPPING: Duration = Duration::from_secs(5);

/// What the bot is invited with.
const NEEDED: u64 = permissions::VIEW_CHANNEL
    | permissions::SEND_MESSAGES
    | permissions::SEND_MESSAGES_IN_THREADS
    | permissions::EMBED_LINKS
    | permissions::READ_MESSAGE_HISTORY;

/// The world and the bot in it.
pub(super) struct Stage {
    sim: Sim,
    hand: Arc<ManualClock>,
    setup: Setup,
    app: Option<App>,
    /// Removed with everything in it when the stage goes.
    _folder: TempDir,
    pub(super) forum: u64,
    pub(super) staff_channel: u64,
    pub(super) moderator_channel: u64,
    pub(super) ann: Person,
    pub(super) kim: Person,
    pub(super) lee: Person,
    pub(super) noa: Person,
    /// Nobody's employee; knows a lot.
    pub(super) ben: Person,
    /// Staff.
    pub(super) eva: Person,
    /// Staff.
    pub(super) tom: Person,
    /// Moderates, and sees everything.
    pub(super) mia: Person,
}

impl Stage {
    /// A Wednesday, 9:00 in Berlin; the bot is not there yet.
    pub(super) async fn set() -> anyhow::Result<Self> {
        let (clock, hand) = Clock::manual(instant(1, "09:00")?);
        let now = Arc::clone(&hand);
        let sim = Sim::start(SimOptions::new(Box::new(move || now.now()))).await?;
        let owner = sim.person("Olga").id();
        let guild = sim.act(|world| Ok(world.add_guild("Acme", owner)))?;
        let role = |name: &str, permissions| {
            let mut role = NewRole::named(name);
            role.mentionable = true;
            role.permissions = permissions;
            sim.act(|world| world.add_role(guild, role))
        };
        let staff = role("Staff", 0)?;
        let moderators = role("Moderators", permissions::MANAGE_THREADS)?;
        let channel = |new: NewChannel| sim.act(|world| world.add_channel(guild, new));
        let forum = channel(NewChannel::forum("help-forum"))?;
        let help = channel(NewChannel::text("help"))?;
        let staff_channel = channel(NewChannel::text("staff"))?;
        let moderator_channel = channel(NewChannel::text("moderators"))?;
        let member = |name: &str, roles: &[u64]| {
            let person = sim.person(name);
            person.joins(guild, roles).map(|()| person)
        };
        let (bot, token) = sim.act(|world| invite(world, guild, owner))?;

        let folder = TempDir::with_prefix("sameday-demo-").context("no temporary folder")?;
        let mut config = Config::parse(
            &EXAMPLE
                .replace("100000000000000001", &guild.to_string())
                .replace("100000000000000011", &forum.to_string())
                .replace("100000000000000012", &help.to_string())
                .replace("100000000000000013", &staff_channel.to_string())
                .replace("100000000000000014", &moderator_channel.to_string())
                .replace("100000000000000021", &staff.to_string())
                .replace("100000000000000022", &moderators.to_string()),
        )?;
        config.database = folder.path().join("sameday.db");
        tracing::debug!(bot, database = %config.database.display(), "the stage is set");
        Ok(Self {
            ann: member("Ann", &[])?,
            kim: member("Kim", &[])?,
            lee: member("Lee", &[])?,
            noa: member("Noa", &[])?,
            ben: member("Ben", &[])?,
            eva: member("Eva", &[staff])?,
            tom: member("Tom", &[staff])?,
            mia: member("Mia", &[moderators])?,
            setup: Setup {
                config,
                token: token.into(),
                discord_api: sim.base_url(),
                clock,
            },
            sim,
            hand,
            app: None,
            _folder: folder,
            forum,
            staff_channel,
            moderator_channel,
        })
    }

    /// Starts the bot and waits until it has caught up.
    pub(super) async fn bot_starts(&mut self) -> anyhow::Result<()> {
        self.app = Some(App::start(self.setup.clone()).await?);
        self.settles().await
    }

    /// Stops the bot, if it runs.
    pub(super) async fn bot_stops(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop(STOPPING).await;
        }
    }

    /// Discord remembers no session that could be resumed.
    pub(super) fn discord_forgets(&self) {
        self.sim.gateway().forget_sessions();
    }

    pub(super) fn app(&self) -> anyhow::Result<&App> {
        self.app.as_ref().context("the bot does not run")
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.hand.now()
    }

    /// Turns the clock and waits until everybody has done what then is to be done.
    pub(super) async fn turns_to(&self, day: u32, time: &str) -> anyhow::Result<()> {
        // What is on its way arrives before the time it did not happen in.
        self.settles().await?;
        self.hand.set(instant(day, time)?);
        self.sim.tick();
        self.settles().await
    }

    /// Waits until nothing is on its way any more, in either direction.
    pub(super) async fn settles(&self) -> anyhow::Result<()> {
        let Some(app) = &self.app else { return Ok(()) };
        loop {
            let sent = self.last_sequence().await?;
            app.heard_up_to(0, sent).await;
            app.settled().await;
            if self.last_sequence().await? == sent {
                return Ok(());
            }
        }
    }

    /// The number of the last event of the bot's session, once it is connected.
    async fn last_sequence(&self) -> anyhow::Result<u64> {
        self.sim.gateway().until_connected(1).await?;
        let sessions = self.sim.gateway().sessions();
        let session = sessions.iter().find(|session| session.connected);
        Ok(session.map_or(0, |session| session.seq))
    }

    /// What Discord would not have put up with, among it requests that it does not know.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.sim.findings()
    }

    /// The card the bot put into a thread, as it is now.
    pub(super) fn card(&self, thread: u64) -> anyhow::Result<Seen> {
        let seen = self.mia.sees(thread)?;
        let card = seen.into_iter().find(Seen::is_by_bot);
        card.context("the bot put no card into the thread")
    }

    /// Presses a button; what the bot then tells that person alone.
    pub(super) async fn clicks(
        &self,
        person: &Person,
        message: &Seen,
        button: &str,
    ) -> anyhow::Result<Seen> {
        let told = person.clicks(message, button)?.follow_up(1).await?;
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

    /// Where something is, as in `#help-forum › It hangs`.
    pub(super) fn place(&self, channel: u64) -> String {
        self.sim.read(|world| {
            let Some(place) = world.channels.get(&channel) else {
                return "a place that is gone".to_owned();
            };
            match place.parent.and_then(|parent| world.channels.get(&parent)) {
                Some(parent) => format!("#{} › {}", parent.name, place.name),
                None => format!("#{}", place.name),
            }
        })
    }

    /// Whom a message pinged, by name.
    pub(super) fn pinged_by(&self, message: u64) -> Vec<String> {
        let users: Vec<u64> = self.sim.read(|world| {
            let pings = world.pings.iter().filter(|ping| ping.message == message);
            pings.map(|ping| ping.user).collect()
        });
        let named = users.into_iter().map(|user| self.sim.person_of(user));
        named.map(|person| person.name()).collect()
    }

    /// Who and what the ids in a message are.
    pub(super) fn names(&self) -> Names {
        self.sim.read(|world| {
            let users = world.users.values().map(|user| {
                let name = user.global_name.as_ref().unwrap_or(&user.username);
                (user.id, name.clone())
            });
            let guilds = world.guilds.values();
            let roles = guilds.flat_map(|guild| guild.roles.values());
            let channels = world.channels.values();
            Names {
                users: users.collect(),
                roles: roles.map(|role| (role.id, role.name.clone())).collect(),
                channels: channels
                    .map(|channel| (channel.id, channel.name.clone()))
                    .collect(),
            }
        })
    }
}

/// Adds the bot's application and invites its bot.
fn invite(world: &mut World, guild: u64, owner: u64) -> Result<(u64, String), ApiError> {
    let application = world.add_application(NewApplication {
        name: "sameday".to_owned(),
        owner,
        privileged_intents: 0,
    });
    let Some(known) = world.applications.get(&application) else {
        return Err(ApiError::unknown_application());
    };
    let (bot, token) = (known.bot, known.token.clone());
    world.invite_bot(guild, bot, NEEDED)?;
    Ok((bot, token))
}

/// A time of day on a day of the story: 1 is Wednesday, 18 November 2026.
fn instant(day: u32, time: &str) -> anyhow::Result<DateTime<Utc>> {
    let time: NaiveTime = format!("{time}:00").parse()?;
    let date = NaiveDate::from_ymd_opt(2026, 11, 17 + day).context("no such day")?;
    let local = ZONE.from_local_datetime(&date.and_time(time)).earliest();
    Ok(local.context("no such time of day")?.to_utc())
}
