//! What must hold before anything runs: a database, settings that can be used, a Discord that takes
//! the token and has what the settings name. What does not hold refuses the start with one
//! sentence that says what to do.

use std::time::Duration;

use anyhow::{anyhow, bail};
use chrono::TimeDelta;
use secrecy::SecretString;

use super::Setup;
use crate::clock::Clock;
use crate::config::{Config, GitHubAccess, WebSettings};
use crate::discord::Attachments;
use crate::discord::ground::{self, Severity};
use crate::discord::intake;
use crate::domain::Timestamp;
use crate::domain::ids::GuildId;
use crate::domain::session::{Bearings, fingerprint};
use crate::gateway::rest::{Base, Rest, RestError, Settings};
use crate::gateway::session::Entrance;
use crate::github::Bridge;
use crate::ledger::LiveGuilds;
use crate::settings::{self, History, Ruling};
use crate::store::Store;
use crate::text;

/// Where to read about this program; Discord asks for it in every request.
const ABOUT: &str = "https://sameday.example";

/// How long a start waits for a Discord that cannot answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// A start this soon after the end of the process before goes on with what that one knew. Discord keeps
/// a session for less.
const A_MOMENT: TimeDelta = TimeDelta::minutes(10);

/// What everything that runs stands on.
pub(super) struct Prepared {
    pub clock: Clock,
    pub store: Store,
    pub guild: GuildId,
    pub guilds: LiveGuilds,
    pub history: History,
    pub rest: Rest,
    pub entrance: Entrance,
    /// Gateway intents, as Discord counts them.
    pub intents: u64,
    pub attachments: Attachments,
    pub bridge: Option<Bridge>,
    pub web: Option<WebSettings>,
    pub webhook_secret: Option<SecretString>,
    /// What this start found out, for the next.
    pub found: Bearings,
    /// The fingerprint of the commands that Discord has, where the start before left it.
    pub commands: Option<String>,
    /// What the moderators are told: it does not stop the start.
    pub complaints: Vec<String>,
}

impl Prepared {
    pub(super) async fn new(setup: Setup) -> anyhow::Result<Self> {
        let Setup {
            config,
            token,
            discord_api,
            clock,
            github,
        } = setup;
        let bridge = bridge(&config, github.as_ref(), &clock)?;
        let webhook_secret = github.and_then(|github| github.webhook_secret);
        let has_address = |web: &WebSettings| web.address.is_some();
        if webhook_secret.is_none() && !config.web.as_ref().is_none_or(has_address) {
            bail!(
                "the settings have [web] without an address, and GITHUB_WEBHOOK_SECRET is not set: nothing that is not signed is taken, so there is nothing to listen for"
            );
        }

        let base = Base::parse(&discord_api)?;
        let store = Store::open(&config.database).await?;
        let (history, ruling) = settings::take_in(&store, &config, clock.now()).await?;
        let guilds = LiveGuilds::new([history.settings()?]);
        let mut complaints = Vec::new();
        match ruling {
            Ruling::File { .. } => tracing::info!("the settings file is in force"),
            Ruling::Discord { file_changed } => {
                tracing::info!("what was set on Discord is in force");
                complaints.extend(file_changed.then(|| text::settings::FILE_IGNORED.to_owned()));
            }
        }

        let attachments = Attachments::new(&base)?;
        let rest = Rest::new(Settings {
            base,
            token,
            about: ABOUT.to_owned(),
        })?;
        let known = bearings_before(&store, clock.now()).await?;
        let entrance = entrance(&rest, known.gateway.as_deref()).await?;
        let intents = intake::intents(config.read_messages);
        let welcome = bridge.as_ref().map_or(0, |_| intake::MESSAGE_CONTENT);
        let fits = fingerprint(&format!(
            "{} {} {} {intents} {welcome} {:?}",
            env!("CARGO_PKG_VERSION"),
            rest.bot(),
            discord_api,
            guilds.now(),
        ));
        if known.fits.as_ref() != Some(&fits) {
            let survey = ground::survey(&rest, &guilds.now(), intents, welcome).await;
            for problem in survey.map_err(not_surveyed)? {
                match problem.severity {
                    Severity::Fatal => bail!("{}", problem.sentence),
                    Severity::Said => complaints.push(problem.sentence),
                }
            }
        }
        Ok(Self {
            found: Bearings {
                fits: Some(fits),
                gateway: Some(entrance.answer().to_owned()),
                commands: None,
            },
            guild: config.guild.id(),
            web: config.web,
            commands: known.commands,
            clock,
            store,
            guilds,
            history,
            rest,
            entrance,
            intents,
            attachments,
            bridge,
            webhook_secret,
            complaints,
        })
    }
}

/// The way to GitHub, where the settings have one.
fn bridge(
    config: &Config,
    access: Option<&GitHubAccess>,
    clock: &Clock,
) -> anyhow::Result<Option<Bridge>> {
    let (Some(settings), Some(access)) = (&config.github, access) else {
        return Ok(None);
    };
    let page = config.web.as_ref().and_then(|web| web.address.as_deref());
    Ok(Some(Bridge::new(settings, access, clock)?.with_page(page)))
}

/// The way into Discord's gateway: as the process before knew it, or asked for.
async fn entrance(rest: &Rest, known: Option<&str>) -> anyhow::Result<Entrance> {
    match known.and_then(|answer| Entrance::found_before(rest.clone(), answer)) {
        Some(entrance) => Ok(entrance),
        None => Ok(Entrance::find(rest.clone(), PATIENCE).await?),
    }
}

/// What need not be asked again because the process before has ended only a moment ago: as if it had
/// run on.
async fn bearings_before(store: &Store, now: Timestamp) -> anyhow::Result<Bearings> {
    let away = store.load_presence().await?.map(|last| now - last);
    if away.is_some_and(|away| (TimeDelta::zero()..A_MOMENT).contains(&away)) {
        Ok(store.load_bearings().await?)
    } else {
        Ok(Bearings::default())
    }
}

/// The settings could not be held against Discord.
fn not_surveyed(error: RestError) -> anyhow::Error {
    match error {
        RestError::Unauthorized => error.into(),
        error => anyhow!("Discord does not say whether the settings fit ({error}); start again"),
    }
}
