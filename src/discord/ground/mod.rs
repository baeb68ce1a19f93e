//! Do the settings meet the ground? Guilds, channels, roles, permissions and intents, asked of
//! Discord at the start, so that a wrong number in the settings is found then and not when the
//! first alert has nowhere to go.
//!
//! What is lost later (a channel or role deleted, a permission taken away) is a [`Loss`], told to
//! the moderators once.

mod loss;
mod permissions;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use self::loss::Loss;
pub use self::permissions::{Need, Standing};
use super::api::{self, Application, Channel, ChannelKind, Guild, Roles, User};
use crate::domain::decision::Audience;
use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::{ChannelId, RoleId};
use crate::domain::ladder::{Telling, Whom};
use crate::gateway::rest::{Rest, RestError};
use crate::text::ground as words;

/// Something between the settings and Discord that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the bot can start all the same.
    pub severity: Severity,
    /// What is wrong and what to do, in one sentence.
    pub sentence: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The promise cannot be kept like this: the start is refused.
    Fatal,
    /// It is said, and the bot starts.
    Said,
}

impl Problem {
    fn fatal(sentence: String) -> Self {
        Self {
            severity: Severity::Fatal,
            sentence,
        }
    }

    fn said(sentence: String) -> Self {
        Self {
            severity: Severity::Said,
            sentence,
        }
    }
}

/// Compares the settings with Discord. Empty when all is well. `intents` are the ones that will be
/// asked for; `welcome` are of use where they are switched on.
///
/// # Errors
/// When Discord does not answer, or refuses the token: nothing is known then.
pub async fn survey(
    rest: &Rest,
    guilds: &Guilds,
    intents: u64,
    welcome: u64,
) -> Result<Vec<Problem>, RestError> {
    let application = api::load_application(rest).await?;
    let bot = api::load_self(rest).await?;
    let mut problems = missing_intents(&application, intents, welcome);
    for settings in guilds.values() {
        problems.extend(compare(rest, settings, &application, &bot).await?);
    }
    Ok(problems)
}

/// As [`survey`], of one guild and without a look at the intents: before its settings change.
///
/// # Errors
/// When Discord does not answer, or refuses the token: nothing is known then.
pub async fn survey_guild(
    rest: &Rest,
    settings: &GuildSettings,
) -> Result<Vec<Problem>, RestError> {
    let application = api::load_application(rest).await?;
    let bot = api::load_self(rest).await?;
    compare(rest, settings, &application, &bot).await
}

/// Whether Discord shows the bot the text of messages, when it asks for that or a person chose one.
///
/// # Errors
/// When Discord does not answer, or refuses the token.
pub async fn shows_content(rest: &Rest) -> Result<bool, RestError> {
    let application = api::load_application(rest).await?;
    let [.., (_, _, allows)] = PRIVILEGED;
    Ok(application.flags & allows != 0)
}

async fn compare(
    rest: &Rest,
    settings: &GuildSettings,
    application: &Application,
    bot: &User,
) -> Result<Vec<Problem>, RestError> {
    match api::find_guild(rest, settings.guild).await {
        Ok(Some(guild)) => {
            let found = load_place(rest, settings, bot, guild).await?;
            Ok(examine(settings, &found))
        }
        Ok(None) => Ok(vec![not_in(settings, application)]),
        Err(error) if api::is_forbidden(&error) => Ok(vec![not_in(settings, application)]),
        Err(error) => Err(error),
    }
}

/// A guild as Discord has it, as far as the bot is concerned.
#[derive(Debug)]
struct Place {
    guild: Guild,
    channels: BTreeMap<ChannelId, Channel>,
    /// The channels of the settings that are there, but hidden from the bot.
    hidden: BTreeSet<ChannelId>,
    bot: User,
    member: Roles,
}

async fn load_place(
    rest: &Rest,
    settings: &GuildSettings,
    bot: &User,
    guild: Guild,
) -> Result<Place, RestError> {
    let member = api::find_member(rest, settings.guild, bot.id.into()).await?;
    let listed = api::list_channels(rest, settings.guild).await?;
    let mut channels: BTreeMap<ChannelId, Channel> = listed
        .into_iter()
        .map(|channel| (ChannelId::from(channel.id), channel))
        .collect();
    let mut hidden = BTreeSet::new();
    for id in named_channels(settings) {
        if channels.contains_key(&id) {
            continue;
        }
        // The list may leave out what the bot must not see; asking tells that from what is gone.
        match api::find_channel(rest, id.0).await {
            Ok(Some(channel)) if channel.guild_id == Some(guild.id) => {
                channels.insert(id, channel);
            }
            Ok(_) => {}
            Err(error) if api::is_forbidden(&error) => {
                hidden.insert(id);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Place {
        guild,
        channels,
        hidden,
        bot: bot.clone(),
        member: member.unwrap_or(Roles { roles: Vec::new() }),
    })
}

fn named_channels(settings: &GuildSettings) -> BTreeSet<ChannelId> {
    let told = [settings.staff_channel, settings.moderator_channel];
    let ladders = settings
        .tellings()
        .map(|telling| settings.channel_of(telling.audience));
    let watched = settings.channels.iter().copied();
    watched.chain(told).chain(ladders).collect()
}

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Its threads are tickets.
    Watched,
    /// Staff is told there.
    Staff,
    /// Moderators are told there.
    Moderators,
    /// A ladder tells somebody there.
    Ladder,
}

/// Compares one guild's settings with the guild. Pure.
fn examine(settings: &GuildSettings, place: &Place) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (roles, what) in [
        (&settings.staff_roles, "staff_roles"),
        (&settings.moderator_roles, "moderator_roles"),
    ] {
        for role in roles {
            if place.find_role(*role).is_none() {
                problems.push(Problem::fatal(words::no_role(settings.guild, *role, what)));
            }
        }
    }
    for channel in &settings.channels {
        problems.extend(place.examine_channel(settings, *channel, Use::Watched));
    }
    let staff = settings.staff_channel;
    problems.extend(place.examine_channel(settings, staff, Use::Staff));
    let moderators = settings.moderator_channel;
    problems.extend(place.examine_channel(settings, moderators, Use::Moderators));
    let pings = [
        (staff, settings.staff_roles.first()),
        (moderators, settings.moderator_roles.first()),
    ];
    for (channel, role) in pings {
        problems.extend(role.and_then(|role| place.examine_ping(settings, channel, *role)));
    }
    for telling in settings.tellings() {
        problems.extend(place.examine_telling(settings, telling));
    }
    // Several ladders may name the same place.
    let mut said = BTreeSet::new();
    problems.retain(|problem| said.insert(problem.sentence.clone()));
    problems
}

impl Place {
    fn find_role(&self, role: RoleId) -> Option<&api::Role> {
        self.guild.roles.iter().find(|have| have.id.0 == role.0)
    }

    fn standing(&self) -> Standing<'_> {
        Standing {
            guild: &self.guild,
            bot: self.bot.id,
            roles: &self.member.roles,
        }
    }

    fn examine_channel(
        &self,
        settings: &GuildSettings,
        id: ChannelId,
        purpose: Use,
    ) -> Vec<Problem> {
        if self.hidden.contains(&id) {
            let missing = [Need::ViewChannel.name()];
            let sentence = words::no_permission(settings.guild, id, None, &missing);
            return vec![Problem::fatal(sentence)];
        }
        let Some(channel) = self.channels.get(&id) else {
            let sentence = words::no_channel(settings.guild, id, purpose.setting());
            return vec![Problem::fatal(sentence)];
        };
        let fits = match purpose {
            Use::Watched => channel.kind.carries_threads(),
            Use::Staff | Use::Moderators | Use::Ladder => channel.kind == ChannelKind::Text,
        };
        if !fits {
            let (setting, is_watched) = (purpose.setting(), purpose == Use::Watched);
            let sentence = words::wrong_kind(settings.guild, id, setting, is_watched);
            return vec![Problem::fatal(sentence)];
        }
        let needs: &[Need] = match purpose {
            Use::Watched => &Need::WATCHED,
            Use::Staff | Use::Moderators | Use::Ladder => &Need::TOLD,
        };
        let missing: Vec<Need> = self.standing().missing(channel, needs);
        if missing.is_empty() {
            return Vec::new();
        }
        let name = channel.name.as_deref();
        let missing: Vec<_> = missing.iter().map(|need| need.name()).collect();
        let sentence = words::no_permission(settings.guild, id, name, &missing);
        vec![Problem::fatal(sentence)]
    }

    /// Whether a ladder can tell what it is to tell.
    fn examine_telling(&self, settings: &GuildSettings, telling: &Telling) -> Vec<Problem> {
        let channel = settings.channel_of(telling.audience);
        let mut problems = match telling.audience {
            Audience::Staff | Audience::Moderators => Vec::new(), // seen above
            Audience::Channel(_) => self.examine_channel(settings, channel, Use::Ladder),
        };
        let guild = settings.guild;
        for whom in telling.names() {
            let role = match whom {
                Whom::Role(role) if self.find_role(*role).is_none() => {
                    problems.push(Problem::fatal(words::no_role(guild, *role, "ladder")));
                    None
                }
                Whom::Role(role) => Some(*role),
                Whom::Staff => settings.staff_roles.first().copied(),
                Whom::Moderators => settings.moderator_roles.first().copied(),
                Whom::Claimer | Whom::Member(_) | Whom::Rota(_) => None,
            };
            problems.extend(role.and_then(|role| self.examine_ping(settings, channel, role)));
        }
        problems
    }

    /// Whether an alert really reaches the role it names: without this it would look as if it did.
    fn examine_ping(
        &self,
        settings: &GuildSettings,
        id: ChannelId,
        role: RoleId,
    ) -> Option<Problem> {
        let channel = self.channels.get(&id)?;
        let reaches = self.find_role(role)?.mentionable
            || self
                .standing()
                .missing(channel, &[Need::MentionEveryone])
                .is_empty();
        let (guild, name) = (settings.guild, channel.name.as_deref());
        let needed = Need::MentionEveryone.name();
        (!reaches).then(|| Problem::fatal(words::no_ping(guild, id, name, role, needed)))
    }
}

fn not_in(settings: &GuildSettings, application: &Application) -> Problem {
    Problem::fatal(words::not_in(settings.guild, application.id.0, Need::all()))
}

/// A privileged intent, the bit it is asked for with, and the application's flags that allow it
/// (to any bot, to a small one). Source: Discord's docs, "Gateway Intents" and "Application Flags".
const PRIVILEGED: [(&str, u64, u64); 3] = [
    ("Presence Intent", 1 << 8, (1 << 12) | (1 << 13)),
    ("Server Members Intent", 1 << 1, (1 << 14) | (1 << 15)),
    ("Message Content Intent", 1 << 15, (1 << 18) | (1 << 19)),
];

fn missing_intents(application: &Application, intents: u64, welcome: u64) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, bit, flags) in PRIVILEGED {
        let (asked, allowed) = (intents & bit != 0, application.flags & flags != 0);
        match (asked, allowed) {
            (true, false) => problems.push(Problem::fatal(words::no_intent(name))),
            // What nobody needs should not be switched on; it does no harm to the promise.
            (false, true) if welcome & bit == 0 => {
                problems.push(Problem::said(words::needless_intent(name)));
            }
            _ => {}
        }
    }
    problems
}
