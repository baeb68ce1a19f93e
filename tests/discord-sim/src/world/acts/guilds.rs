//! Accounts, applications, guilds and roles come into being.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::world::render::id;
use crate::world::{
    ApiError, Application, Guild, Member, Outcome, Role, User, World, intents, permissions,
};

/// An application to be made.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub name: String,
    pub owner: u64,
    /// Bits of [`intents`] among [`intents::PRIVILEGED`].
    pub privileged_intents: u64,
}

/// A role to be made.
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    pub name: String,
    /// Bits of [`permissions`].
    pub permissions: u64,
    pub mentionable: bool,
    pub color: u32,
    pub hoist: bool,
}

impl NewRole {
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

impl World {
    /// A person's account.
    pub fn add_user(&mut self, username: impl Into<String>) -> u64 {
        let username = username.into();
        let id = self.snowflake();
        let user = User {
            id,
            global_name: Some(username.clone()),
            username: username.to_lowercase().replace(' ', "_"),
            bot: false,
            system: false,
        };
        self.users.insert(id, user);
        id
    }

    /// An application and its bot; both have the id that is answered.
    pub fn add_application(&mut self, new: NewApplication) -> u64 {
        let id = self.snowflake();
        let bot = User {
            id,
            username: new.name.clone(),
            global_name: None,
            bot: true,
            system: false,
        };
        self.users.insert(id, bot);
        let application = Application {
            id,
            name: new.name,
            bot: id,
            owner: new.owner,
            token: format!("simulated.{id}.token"),
            privileged_intents: new.privileged_intents & intents::PRIVILEGED,
            commands: BTreeMap::new(),
            guild_commands: BTreeMap::new(),
        };
        self.applications.insert(id, application);
        id
    }

    /// A guild with its owner as its only member and @everyone as its only role.
    pub fn add_guild(&mut self, name: impl Into<String>, owner: u64) -> u64 {
        let id = self.snowflake();
        let everyone = Role {
            id,
            name: "@everyone".into(),
            permissions: permissions::DEFAULT_EVERYONE,
            position: 0,
            color: 0,
            hoist: false,
            managed: false,
            bot: None,
            mentionable: false,
        };
        let founder = Member {
            user: owner,
            nick: None,
            roles: BTreeSet::new(),
            joined_at: self.now(),
            silenced_until: None,
        };
        let guild = Guild {
            id,
            name: name.into(),
            owner,
            roles: BTreeMap::from([(id, everyone)]),
            members: BTreeMap::from([(owner, founder)]),
            features: vec!["COMMUNITY".into()],
            preferred_locale: "en-US".into(),
        };
        self.guilds.insert(id, guild);
        id
    }

    /// A role, above those there are.
    pub fn add_role(&mut self, guild: u64, new: NewRole) -> Outcome<u64> {
        let id = self.snowflake();
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        let position = u32::try_from(home.roles.len()).unwrap_or(u32::MAX);
        let role = Role {
            id,
            name: new.name,
            permissions: new.permissions,
            position,
            color: new.color,
            hoist: new.hoist,
            managed: false,
            bot: None,
            mentionable: new.mentionable,
        };
        home.roles.insert(id, role.clone());
        let data = json!({ "guild_id": guild.to_string(), "role": self.render_role(&role) });
        self.tell_guild("GUILD_ROLE_CREATE", guild, intents::GUILDS, data);
        Ok(id)
    }

    /// Changes a role as `edit` says.
    pub fn edit_role(&mut self, guild: u64, role: u64, edit: impl FnOnce(&mut Role)) -> Outcome {
        self.changing_sight(guild, |world| {
            let home = world
                .guilds
                .get_mut(&guild)
                .ok_or_else(ApiError::unknown_guild)?;
            let found = home
                .roles
                .get_mut(&role)
                .ok_or_else(ApiError::unknown_role)?;
            edit(found);
            let found = found.clone();
            let data = json!({ "guild_id": id(guild), "role": world.render_role(&found) });
            world.tell_guild("GUILD_ROLE_UPDATE", guild, intents::GUILDS, data);
            Ok(())
        })
    }

    /// Removes a role from the guild, its members and its channels' overwrites.
    pub fn delete_role(&mut self, guild: u64, role: u64) -> Outcome {
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        if role == guild || home.roles.remove(&role).is_none() {
            return Err(ApiError::unknown_role());
        }
        for member in home.members.values_mut() {
            member.roles.remove(&role);
        }
        for channel in self.channels.values_mut() {
            if channel.guild == Some(guild) {
                channel.overwrites.retain(|overwrite| overwrite.id != role);
            }
        }
        let data = json!({ "guild_id": id(guild), "role_id": id(role) });
        self.tell_guild("GUILD_ROLE_DELETE", guild, intents::GUILDS, data);
        Ok(())
    }

    /// Deletes a guild: its bots are told, and its channels are gone.
    pub fn delete_guild(&mut self, guild: u64) -> Outcome {
        let home = self
            .guilds
            .remove(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        self.channels
            .retain(|_, channel| channel.guild != Some(guild));
        let channels = &self.channels;
        self.messages
            .retain(|channel, _| channels.contains_key(channel));
        for user in home.members.into_keys() {
            self.tell_gone_from_guild(guild, user);
        }
        Ok(())
    }

    /// `GUILD_DELETE` without `unavailable`: the bot is no longer in the guild.
    pub(super) fn tell_gone_from_guild(&mut self, guild: u64, user: u64) {
        if self.application_of(user).is_some() {
            let data = json!({ "id": id(guild) });
            self.tell_user("GUILD_DELETE", Some(guild), user, intents::GUILDS, data);
        }
    }
}
