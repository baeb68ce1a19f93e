//! What people do to applications: commands, menus, buttons, selects, forms.

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};

use super::components::{check_count, find_button, find_select, kind, number, options, text};
use super::line::{self, Mode, Names};
use super::wait::wait_for;
use super::{Answer, Modal, Person, Seen, modal};
use crate::interactions::{self, Deed, Kind, Named, Place, merge, resolved};
use crate::world::{self, Channel, Command, World, permissions};

/// Command types (interactions/application-commands).
pub(super) const SLASH: u8 = 1;
const ON_USER: u8 = 2;
const ON_MESSAGE: u8 = 3;

/// A command that somebody sees, and whose it is.
struct Offer {
    application: u64,
    bot: u64,
    command: Command,
}

impl Person {
    /// Runs a slash command as typed: `/queue filter:at risk page:2`.
    ///
    /// # Errors
    /// When the person has no such command there, or a client would not send it.
    pub fn runs(&self, channel: u64, typed: &str) -> anyhow::Result<Answer> {
        self.types(channel, typed, Mode::Run)
    }

    /// Runs a slash command as soon as it is offered: the application may still be registering it.
    ///
    /// # Errors
    /// When it is not offered in the person's patience, and as [`Person::runs`].
    pub async fn runs_when_offered(&self, channel: u64, typed: &str) -> anyhow::Result<Answer> {
        let (name, _) = line::split(typed).map_err(|why| anyhow!(why))?;
        let offered = || {
            self.sim().read(|world| {
                let place = self.place(world, channel).ok()?;
                self.offer(world, place, SLASH, name).ok().map(drop)
            })
        };
        wait_for(self.sim(), self.patience, offered).await?;
        self.runs(channel, typed)
    }

    /// Types a slash command up to its last option, without sending it: the application is asked
    /// for suggestions.
    ///
    /// # Errors
    /// As [`Person::runs`], and when that option does not autocomplete.
    pub fn completes(&self, channel: u64, typed: &str) -> anyhow::Result<Answer> {
        self.types(channel, typed, Mode::Complete)
    }

    fn types(&self, channel: u64, typed: &str, mode: Mode) -> anyhow::Result<Answer> {
        let (name, rest) = line::split(typed).map_err(|why| anyhow!(why))?;
        let deed = self.sim().read(|world| {
            let place = self.place(world, channel)?;
            let offer = self.offer(world, place, SLASH, name)?;
            let here = Here { world, place };
            let typed = line::parse(&offer.command.rendered, rest, &here, mode)
                .map_err(|why| anyhow!("{typed}: {why}"))?;
            let mut data = head(&offer.command);
            if !typed.options.is_empty() {
                merge(&mut data, json!({ "options": typed.options }));
            }
            if let Some(resolved) = resolved(world, place, &typed.named, self.id(), offer.bot) {
                merge(&mut data, json!({ "resolved": resolved }));
            }
            Ok::<_, anyhow::Error>((offer, data))
        });
        let (offer, data) = deed?;
        self.begin(Deed {
            kind: match mode {
                Mode::Run => Kind::Command,
                Mode::Complete => Kind::Autocomplete,
            },
            words: typed.to_owned(),
            user: self.id(),
            application: offer.application,
            channel,
            data,
            message: None,
            metadata: json!({ "name": name, "command_type": SLASH }),
            message_kind: world::kind::CHAT_INPUT_COMMAND,
        })
    }

    /// Uses an entry of a message's context menu ("Apps").
    ///
    /// # Errors
    /// When the person has no such entry there, or the message is gone.
    pub fn uses_on_message(&self, entry: &str, message: &Seen) -> anyhow::Result<Answer> {
        let found = self.sim().read(|world| {
            let place = self.place(world, message.channel())?;
            let offer = self.offer(world, place, ON_MESSAGE, entry)?;
            let target = self
                .render(world, message.place, offer.bot)
                .context("the message is gone")?;
            let mut data = head(&offer.command);
            let id = message.id().to_string();
            let mut messages = json!({});
            merge(&mut messages, json!({ id.as_str(): target }));
            merge(
                &mut data,
                json!({"target_id": id, "resolved": { "messages": messages }}),
            );
            Ok::<_, anyhow::Error>((offer, data))
        });
        let (offer, data) = found?;
        self.begin(Deed {
            kind: Kind::Command,
            words: format!("{entry} on message {}", message.id()),
            user: self.id(),
            application: offer.application,
            channel: message.channel(),
            data,
            message: None,
            metadata: json!({
                "name": entry,
                "command_type": ON_MESSAGE,
                "target_message_id": message.id().to_string(),
            }),
            message_kind: world::kind::CONTEXT_MENU_COMMAND,
        })
    }

    /// Uses an entry of a person's context menu, in this channel.
    ///
    /// # Errors
    /// When the person has no such entry there.
    pub fn uses_on_person(
        &self,
        channel: u64,
        entry: &str,
        target: &Person,
    ) -> anyhow::Result<Answer> {
        let found = self.sim().read(|world| {
            let place = self.place(world, channel)?;
            let offer = self.offer(world, place, ON_USER, entry)?;
            let mut named = Named::default();
            named.users.insert(target.id());
            let mut data = head(&offer.command);
            let target = target.id().to_string();
            merge(
                &mut data,
                json!({
                    "target_id": target,
                    "resolved": resolved(world, place, &named, self.id(), offer.bot),
                }),
            );
            Ok::<_, anyhow::Error>((offer, data))
        });
        let (offer, data) = found?;
        self.begin(Deed {
            kind: Kind::Command,
            words: format!("{entry} on {}", target.name()),
            user: self.id(),
            application: offer.application,
            channel,
            data,
            message: None,
            metadata: json!({"name": entry, "command_type": ON_USER}),
            message_kind: world::kind::CONTEXT_MENU_COMMAND,
        })
    }

    /// Clicks the button with this label or custom id.
    ///
    /// # Errors
    /// When the message or the button is gone by now: then the application hears nothing of it.
    pub fn clicks(&self, message: &Seen, button: &str) -> anyhow::Result<Answer> {
        let (bot, rendered) = self.look_closely(message)?;
        let component = find_button(message_components(&rendered), button)
            .map_err(|why| self.refusal(message, &why))?;
        let data = component_data(component, kind::BUTTON);
        self.touch(
            message,
            bot,
            rendered.clone(),
            data,
            format!("clicks {button:?}"),
        )
    }

    /// Chooses in a select menu, named by placeholder or custom id (or `""` for the only one).
    ///
    /// Options are named by label or value; people, roles and channels as in a command
    /// (`@Ann`, `#general`).
    ///
    /// # Errors
    /// When the message, the menu or a choice is gone by now.
    pub fn selects(&self, message: &Seen, menu: &str, chosen: &[&str]) -> anyhow::Result<Answer> {
        let (bot, rendered) = self.look_closely(message)?;
        let refuse = |why: String| self.refusal(message, &why);
        let select = find_select(message_components(&rendered), menu).map_err(refuse)?;
        check_count(select, chosen.len()).map_err(refuse)?;
        let select_kind = number(select, "type").unwrap_or(0);
        let mut data = component_data(select, select_kind);
        if select_kind == kind::STRING_SELECT {
            let values = options(select, chosen).map_err(refuse)?;
            merge(&mut data, json!({ "values": values }));
        } else {
            let more = self.sim().read(|world| {
                let place = self.place(world, message.channel())?;
                let named = name_all(&Here { world, place }, select_kind, chosen)?;
                let values: Vec<String> = named.values.iter().map(u64::to_string).collect();
                let resolved = resolved(world, place, &named.named, self.id(), bot);
                Ok::<_, anyhow::Error>(json!({ "values": values, "resolved": resolved }))
            })?;
            merge(&mut data, more);
        }
        self.touch(
            message,
            bot,
            rendered.clone(),
            data,
            format!("chooses {chosen:?}"),
        )
    }

    pub(super) fn submits(
        &self,
        window: &Modal,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let components = modal::fill(window.window(), fields)
            .map_err(|why| anyhow!("{}: {why}", window.title()))?;
        let opener = self
            .sim()
            .interactions()
            .find(window.opener)
            .context("the window is older than the simulation")?;
        let message = match opener.source {
            Some(place) => Some((
                place,
                self.sim()
                    .read(|world| self.render(world, place, opener.bot))
                    .context("the message under the window is gone")?,
            )),
            None => None,
        };
        let mut metadata = json!({ "triggering_interaction_metadata": opener.metadata });
        if let Some((place, _)) = &message {
            let id = place.message().to_string();
            merge(&mut metadata, json!({ "interacted_message_id": id }));
        }
        self.begin(Deed {
            kind: Kind::Modal,
            words: format!("submits {:?}", window.title()),
            user: self.id(),
            application: opener.application,
            channel: opener.channel,
            data: json!({"custom_id": window.custom_id(), "components": components}),
            message,
            metadata,
            message_kind: opener.message_kind,
        })
    }

    pub(super) fn begin(&self, deed: Deed) -> anyhow::Result<Answer> {
        Ok(Answer {
            id: interactions::begin(self.sim(), deed)?,
            person: self.clone(),
        })
    }

    /// Uses a component of a message.
    fn touch(
        &self,
        message: &Seen,
        bot: u64,
        rendered: Value,
        data: Value,
        words: String,
    ) -> anyhow::Result<Answer> {
        let application = self
            .sim()
            .read(|world| world.application_of(bot).map(|application| application.id))
            .context("the application of the message is gone")?;
        self.begin(Deed {
            kind: Kind::Component,
            words,
            user: self.id(),
            application,
            channel: message.channel(),
            data,
            message: Some((message.place, rendered)),
            metadata: json!({ "interacted_message_id": message.id().to_string() }),
            message_kind: world::kind::DEFAULT,
        })
    }

    /// The message as it is now: its bot, and how that bot is told of it.
    fn look_closely(&self, message: &Seen) -> anyhow::Result<(u64, Value)> {
        let now = self
            .look_at(message.place)
            .with_context(|| format!("{} no longer sees message {}", self.name(), message.id()))?;
        let rendered = self
            .sim()
            .read(|world| self.render(world, message.place, now.author()))
            .context("the message is gone")?;
        Ok((now.author(), rendered))
    }

    fn refusal(&self, message: &Seen, why: &str) -> anyhow::Error {
        anyhow!("{} on message {}: {why}", self.name(), message.id())
    }

    pub(super) fn place<'a>(&self, world: &'a World, channel: u64) -> anyhow::Result<&'a Channel> {
        world
            .channels
            .get(&channel)
            .filter(|place| world.can_see(self.id(), place))
            .with_context(|| format!("{} sees no channel {channel}", self.name_in(world)))
    }

    /// The command of this type and name, if Discord offers it to the person in this channel.
    fn offer(&self, world: &World, place: &Channel, kind: u8, name: &str) -> anyhow::Result<Offer> {
        let mut hidden = None;
        for application in world.applications.values() {
            let here = match place.guild {
                Some(guild) => world.find_member(guild, application.bot).is_some(),
                None => place.recipients.contains(&application.bot),
            };
            if !here {
                continue;
            }
            let of_guild = place
                .guild
                .and_then(|guild| application.guild_commands.get(&guild));
            let commands = of_guild
                .into_iter()
                .flat_map(std::collections::BTreeMap::values)
                .chain(application.commands.values());
            for command in commands {
                if command.kind != kind || command.name != name {
                    continue;
                }
                match hides(world, self.id(), place, &command.rendered) {
                    None => {
                        return Ok(Offer {
                            application: application.id,
                            bot: application.bot,
                            command: command.clone(),
                        });
                    }
                    Some(why) => hidden = Some(why),
                }
            }
        }
        match hidden {
            Some(why) => bail!("{} is not offered {name:?}: {why}", self.name_in(world)),
            None => bail!("there is no command {name:?} in channel {}", place.id),
        }
    }
}

/// Why Discord does not show the command to this person, if so.
pub(super) fn hides(
    world: &World,
    user: u64,
    place: &Channel,
    command: &Value,
) -> Option<&'static str> {
    let contexts = command.get("contexts").and_then(Value::as_array);
    let context = u64::from(place.guild.is_none());
    let elsewhere = match contexts {
        Some(contexts) => !contexts.contains(&json!(context)),
        None => context == 1 && command.get("dm_permission") == Some(&json!(false)),
    };
    if elsewhere {
        return Some("it is for other places");
    }
    place.guild?;
    let granted = world.permissions_in(user, place);
    if granted & permissions::USE_APPLICATION_COMMANDS == 0 {
        return Some("they may not use commands here");
    }
    let needed: Option<u64> = text(command, "default_member_permissions").parse().ok();
    let admin = granted & permissions::ADMINISTRATOR != 0;
    match needed {
        // "0" hides it from everybody but administrators.
        Some(0) if !admin => Some("it is for administrators"),
        Some(needed) if !admin && granted & needed != needed => {
            Some("they lack the permissions it asks for")
        }
        _ => None,
    }
}

pub(super) fn head(command: &Command) -> Value {
    let mut data = json!({
        "id": command.id.to_string(),
        "name": command.name,
        "type": command.kind,
    });
    if let Some(guild) = command.guild {
        merge(&mut data, json!({ "guild_id": guild.to_string() }));
    }
    data
}

fn component_data(component: &Value, kind: u64) -> Value {
    json!({
        "custom_id": text(component, "custom_id"),
        "component_type": kind,
        "id": number(component, "id").unwrap_or(0),
    })
}

fn message_components(message: &Value) -> &[Value] {
    crate::validate::rules::list(message, "components")
}

/// The values chosen in a select of people, roles or channels.
struct Chosen {
    values: Vec<u64>,
    named: Named,
}

fn name_all(here: &Here<'_>, select: u64, chosen: &[&str]) -> anyhow::Result<Chosen> {
    let mut found = Chosen {
        values: Vec::new(),
        named: Named::default(),
    };
    for name in chosen {
        let people = matches!(select, kind::USER_SELECT | kind::MENTIONABLE_SELECT);
        let roles = matches!(select, kind::ROLE_SELECT | kind::MENTIONABLE_SELECT);
        let channels = select == kind::CHANNEL_SELECT;
        let value = if let Some(id) = here.find_user(name).filter(|_| people) {
            found.named.users.insert(id);
            id
        } else if let Some(id) = here.find_role(name).filter(|_| roles) {
            found.named.roles.insert(id);
            id
        } else if let Some(id) = here.find_channel(name).filter(|_| channels) {
            found.named.channels.insert(id);
            id
        } else {
            bail!("the menu does not offer {name:?}");
        };
        found.values.push(value);
    }
    Ok(found)
}

/// Names as they are understood in one channel.
pub(super) struct Here<'a> {
    pub(super) world: &'a World,
    pub(super) place: &'a Channel,
}

impl Names for Here<'_> {
    fn find_user(&self, name: &str) -> Option<u64> {
        let name = name
            .trim_start_matches(['@', '<', '!'])
            .trim_end_matches('>');
        let here = |user: &u64| match self.place.guild {
            Some(guild) => self.world.find_member(guild, *user).is_some(),
            None => self.place.recipients.contains(user),
        };
        let named = |user: &world::User| {
            let nick = self
                .place
                .guild
                .and_then(|guild| self.world.find_member(guild, user.id)?.nick.clone());
            user.id.to_string() == name
                || user.username == name
                || user.global_name.as_deref() == Some(name)
                || nick.as_deref() == Some(name)
        };
        let mut users = self.world.users.values().filter(|user| named(user));
        users.find(|user| here(&user.id)).map(|user| user.id)
    }

    fn find_role(&self, name: &str) -> Option<u64> {
        let name = name
            .trim_start_matches(['@', '<', '&'])
            .trim_end_matches('>');
        let guild = self.world.guilds.get(&self.place.guild?)?;
        let mut roles = guild.roles.values();
        roles
            .find(|role| role.name.trim_start_matches('@') == name || role.id.to_string() == name)
            .map(|role| role.id)
    }

    fn find_channel(&self, name: &str) -> Option<u64> {
        let name = name.trim_start_matches(['#', '<']).trim_end_matches('>');
        let mut channels = self.world.channels.values();
        channels
            .find(|channel| {
                channel.guild == self.place.guild
                    && (channel.name == name || channel.id.to_string() == name)
            })
            .map(|channel| channel.id)
    }

    fn fresh_id(&self) -> u64 {
        self.world.snowflake()
    }
}

impl Person {
    /// A message as its (or another) bot is told of it in an interaction: in full.
    fn render(&self, world: &World, place: Place, bot: u64) -> Option<Value> {
        match place {
            Place::Channel { channel, message } => {
                let message = world.messages.get(&channel)?.get(&message)?;
                Some(world.render_message(message, bot))
            }
            Place::Whisper(id) => {
                let whisper = self.sim().interactions().find_whisper(id)?;
                Some(world.render_message(&whisper.message, bot))
            }
        }
    }
}
