//! How the stage is set: the guild with its channels and people, the settings, and the bot before it
//! comes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use discord_sim::rest::Limits;
use discord_sim::world::{NewApplication, NewChannel, NewRole, permissions};
use discord_sim::{Sim, SimOptions};
use sameday::app::Setup;
use sameday::clock::Clock;
use sameday::config::Config;
use tempfile::TempDir;

use super::{Stage, act};
use crate::logged::Logged;

/// What the README asks to invite the bot with.
const NEEDED: u64 = permissions::VIEW_CHANNEL
    | permissions::SEND_MESSAGES
    | permissions::SEND_MESSAGES_IN_THREADS
    | permissions::EMBED_LINKS
    | permissions::READ_MESSAGE_HISTORY;

/// What the stage promises to everybody.
pub(crate) const USUAL_PROMISE: &str = r#"calendar = "support"
first_response = "same day"
next_response = "same day"
warning = "2h""#;

/// A Wednesday, 10:00 in Berlin.
pub(crate) const WEDNESDAY_10: &str = "2026-11-18T09:00:00Z";

/// What a scenario wants otherwise than usual.
pub(crate) struct Wishes {
    pub(crate) now: DateTime<Utc>,
    pub(crate) limits: Limits,
    /// Lines to put into the settings after `[guild]`.
    pub(crate) guild_settings: String,
    /// Which privileged intents are switched on in the portal.
    pub(crate) privileged_intents: u64,
    /// Sections to put after all others.
    pub(crate) more_settings: String,
    /// Discord goes by the system's time, as a program of its own does.
    pub(crate) system_clock: bool,
    /// How many shards Discord wants for the bot.
    pub(crate) shards: usize,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            now: WEDNESDAY_10.parse().unwrap(),
            limits: Limits::default(),
            guild_settings: String::new(),
            privileged_intents: 0,
            more_settings: String::new(),
            system_clock: false,
            shards: 1,
        }
    }
}

impl Stage {
    /// The stage before the bot comes.
    pub(crate) async fn set(wishes: Wishes) -> Self {
        let logged = Logged::listen();
        let (clock, hand) = Clock::manual(wishes.now);
        let now = Arc::clone(&hand);
        let mut options = if wishes.system_clock {
            SimOptions::new(Box::new(|| Clock::System.now()))
        } else {
            SimOptions::new(Box::new(move || now.now()))
        };
        options.limits = wishes.limits;
        let sim = Sim::start(options).await.unwrap();
        sim.gateway()
            .configure(|options| options.shards = wishes.shards as u64);

        let owner = sim.person("Olga");
        let guild = act(&sim, |world| Ok(world.add_guild("Acme", owner.id())));
        let role = |name: &str, permissions| {
            let mut role = NewRole::named(name);
            role.mentionable = true;
            role.permissions = permissions;
            act(&sim, |world| world.add_role(guild, role))
        };
        let staff_role = role("Staff", 0);
        let moderator_role = role("Moderators", permissions::MANAGE_THREADS);
        let channel = |new: NewChannel| act(&sim, |world| world.add_channel(guild, new));
        let forum = channel(NewChannel::forum("help-forum"));
        let help = channel(NewChannel::text("help"));
        let lounge = channel(NewChannel::text("lounge"));
        let staff_channel = channel(NewChannel::text("staff"));
        let moderator_channel = channel(NewChannel::text("moderators"));
        let member = |name: &str, roles: &[u64]| {
            let person = sim.person(name);
            person.joins(guild, roles).unwrap();
            person
        };
        let ann = member("Ann", &[]);
        let ben = member("Ben", &[]);
        let eva = member("Eva", &[staff_role]);
        let tom = member("Tom", &[staff_role]);
        let mia = member("Mia", &[moderator_role]);
        let new = NewApplication {
            name: "sameday".to_owned(),
            owner: owner.id(),
            privileged_intents: wishes.privileged_intents,
        };
        let application = act(&sim, |world| Ok(world.add_application(new)));
        let (bot, token) = sim.read(|world| {
            let known = &world.applications[&application];
            (known.bot, known.token.clone())
        });
        act(&sim, |world| world.invite_bot(guild, bot, NEEDED));
        let bot = sim.person_of(bot);

        let folder = TempDir::new().unwrap();
        let text = settings_text(&wishes.guild_settings, &wishes.more_settings)
            .replace("GUILD", &guild.to_string())
            .replace("FORUM", &forum.to_string())
            .replace("HELP", &help.to_string())
            .replace("STAFF_ROLE", &staff_role.to_string())
            .replace("MODERATOR_ROLE", &moderator_role.to_string())
            .replace("STAFF_CHANNEL", &staff_channel.to_string())
            .replace("MODERATOR_CHANNEL", &moderator_channel.to_string());
        let mut config = Config::parse(&text).unwrap();
        config.database = folder.path().join("sameday.db");
        let setup = Setup {
            config,
            token: token.clone().into(),
            discord_api: sim.base_url(),
            clock,
            github: None,
        };
        Self {
            sim,
            hand,
            guild,
            forum,
            help,
            lounge,
            staff_channel,
            moderator_channel,
            staff_role,
            moderator_role,
            ann,
            ben,
            eva,
            tom,
            mia,
            bot,
            setup,
            settings: text,
            token,
            system_clock: wishes.system_clock,
            app: None,
            shards: wishes.shards,
            logged,
            folder,
        }
    }
}

fn settings_text(guild_settings: &str, more_settings: &str) -> String {
    format!(
        r#"
[guild]
id = "GUILD"
channels = ["FORUM", "HELP"]
staff_roles = ["STAFF_ROLE"]
moderator_roles = ["MODERATOR_ROLE"]
staff_channel = "STAFF_CHANNEL"
moderator_channel = "MODERATOR_CHANNEL"
{guild_settings}

[calendar.support]
time_zone = "Europe/Berlin"
hours.weekdays = ["09:00-17:00"]

[calendar.around_the_clock]
time_zone = "UTC"
always = true

[[policy]]
name = "critical"
priority = "critical"
calendar = "around_the_clock"
first_response = "1h"
next_response = "1h"
warning = "50%"
answered_by = "staff"

[[policy]]
name = "same day"
{USUAL_PROMISE}
{more_settings}
"#
    )
}
