//! Members come, change and go.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::world::render::{id, put};
use crate::world::{ApiError, Member, Outcome, Role, World, intents};

impl World {
    /// A user joins. A bot brings its own managed role with the permissions it was invited with
    /// (see [`World::invite_bot`]) and is told of the guild.
    pub fn add_member(&mut self, guild: u64, user: u64, roles: &[u64]) -> Outcome {
        if !self.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        let joined_at = self.now();
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        if home.members.contains_key(&user) {
            return Ok(());
        }
        if !roles.iter().all(|role| home.roles.contains_key(role)) {
            return Err(ApiError::unknown_role());
        }
        let member = Member {
            user,
            nick: None,
            roles: roles
                .iter()
                .copied()
                .filter(|role| *role != guild)
                .collect(),
            joined_at,
            silenced_until: None,
        };
        home.members.insert(user, member.clone());
        if self.application_of(user).is_some()
            && let Some(home) = self.guilds.get(&guild)
        {
            let data = self.render_guild_create(home, user);
            self.tell_user("GUILD_CREATE", Some(guild), user, intents::GUILDS, data);
        }
        let mut data = self.render_member(&member);
        put(&mut data, "guild_id", id(guild));
        self.tell_guild("GUILD_MEMBER_ADD", guild, intents::GUILD_MEMBERS, data);
        Ok(())
    }

    /// A bot joins, with a managed role that holds the permissions it was invited with.
    pub fn invite_bot(&mut self, guild: u64, bot: u64, permissions: u64) -> Outcome {
        let name = self
            .users
            .get(&bot)
            .map(|user| user.username.clone())
            .ok_or_else(ApiError::unknown_user)?;
        let role = self.snowflake();
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        home.roles.insert(
            role,
            Role {
                id: role,
                name,
                permissions,
                position: u32::try_from(home.roles.len()).unwrap_or(u32::MAX),
                color: 0,
                hoist: false,
                managed: true,
                bot: Some(bot),
                mentionable: false,
            },
        );
        self.add_member(guild, bot, &[role])
    }

    /// A member leaves, is kicked, or a bot is thrown out.
    pub fn remove_member(&mut self, guild: u64, user: u64) -> Outcome {
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        if home.members.remove(&user).is_none() {
            return Err(ApiError::unknown_member());
        }
        home.roles.retain(|_, role| role.bot != Some(user));
        for channel in self.channels.values_mut() {
            if channel.guild == Some(guild)
                && let Some(thread) = &mut channel.thread
            {
                thread.members.remove(&user);
            }
        }
        self.tell_gone_from_guild(guild, user);
        let data = json!({ "guild_id": id(guild), "user": self.render_user(user) });
        self.tell_guild("GUILD_MEMBER_REMOVE", guild, intents::GUILD_MEMBERS, data);
        Ok(())
    }

    /// Gives a member exactly these roles.
    pub fn set_roles(&mut self, guild: u64, user: u64, roles: &[u64]) -> Outcome {
        let home = self
            .guilds
            .get(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        if !roles.iter().all(|role| home.roles.contains_key(role)) {
            return Err(ApiError::unknown_role());
        }
        let roles: BTreeSet<u64> = roles
            .iter()
            .copied()
            .filter(|role| *role != guild)
            .collect();
        self.changing_sight(guild, |world| {
            world.change_member(guild, user, |member| member.roles = roles)
        })
    }

    /// Times a member out until then; None ends it.
    pub fn silence(&mut self, guild: u64, user: u64, until: Option<DateTime<Utc>>) -> Outcome {
        self.change_member(guild, user, |member| member.silenced_until = until)
    }

    pub fn set_nick(&mut self, guild: u64, user: u64, nick: Option<String>) -> Outcome {
        self.change_member(guild, user, |member| member.nick = nick)
    }

    /// A user deletes its account: it leaves everywhere, and what it wrote stays under a made-up name.
    pub fn delete_account(&mut self, user: u64) -> Outcome {
        let guilds: Vec<u64> = self
            .guilds
            .values()
            .filter(|guild| guild.members.contains_key(&user))
            .map(|guild| guild.id)
            .collect();
        for guild in guilds {
            self.remove_member(guild, user)?;
        }
        self.users
            .remove(&user)
            .map(drop)
            .ok_or_else(ApiError::unknown_user)
    }

    fn change_member(
        &mut self,
        guild: u64,
        user: u64,
        change: impl FnOnce(&mut Member),
    ) -> Outcome {
        let home = self
            .guilds
            .get_mut(&guild)
            .ok_or_else(ApiError::unknown_guild)?;
        let member = home
            .members
            .get_mut(&user)
            .ok_or_else(ApiError::unknown_member)?;
        change(member);
        let member = member.clone();
        let mut data = self.render_member(&member);
        put(&mut data, "guild_id", id(guild));
        // A bot hears of changes to itself whatever its intents.
        if self.application_of(user).is_some() {
            self.tell_user("GUILD_MEMBER_UPDATE", Some(guild), user, 0, data);
        } else {
            self.tell_guild("GUILD_MEMBER_UPDATE", guild, intents::GUILD_MEMBERS, data);
        }
        Ok(())
    }
}
