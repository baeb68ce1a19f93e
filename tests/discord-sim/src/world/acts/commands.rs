//! An application's commands, everywhere or in one guild.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::command_form::check_command;
use crate::world::render::id;
use crate::world::{ApiError, Command, Outcome, World};

impl World {
    /// The commands of an application, in the order of their ids.
    pub fn list_commands(&self, application: u64, guild: Option<u64>) -> Outcome<Vec<&Command>> {
        Ok(self
            .command_set(application, guild)?
            .map(|commands| commands.values().collect())
            .unwrap_or_default())
    }

    pub fn load_command(
        &self,
        application: u64,
        guild: Option<u64>,
        command: u64,
    ) -> Outcome<&Command> {
        self.command_set(application, guild)?
            .and_then(|commands| commands.get(&command))
            .ok_or_else(ApiError::unknown_command)
    }

    /// The command a user would reach by this name in this guild: the guild's own before a global one.
    pub fn find_command(
        &self,
        application: u64,
        guild: Option<u64>,
        kind: u8,
        name: &str,
    ) -> Option<&Command> {
        let application = self.applications.get(&application)?;
        let own = guild.and_then(|guild| application.guild_commands.get(&guild));
        own.into_iter()
            .chain([&application.commands])
            .flat_map(BTreeMap::values)
            .find(|command| command.kind == kind && command.name == name)
    }

    /// Replaces all commands; those whose type and name stay keep their id.
    pub fn replace_commands(
        &mut self,
        application: u64,
        guild: Option<u64>,
        commands: &[Value],
    ) -> Outcome<Vec<u64>> {
        let mut set = BTreeMap::new();
        let mut order = Vec::new();
        let before: Vec<Command> = self
            .list_commands(application, guild)?
            .into_iter()
            .cloned()
            .collect();
        for (index, command) in commands.iter().enumerate() {
            let form = check_command(command).map_err(|refusal| below(index, refusal))?;
            let (kind, name) = key_of(&form);
            if set
                .values()
                .any(|it: &Command| it.kind == kind && it.name == name)
            {
                return Err(ApiError::field(
                    index.to_string(),
                    "APPLICATION_COMMANDS_DUPLICATE_NAME",
                    "Application command names must be unique",
                ));
            }
            let known = before.iter().find(|it| it.kind == kind && it.name == name);
            let known = known.map(|it| it.id);
            let command = self.build_command(application, guild, known, form);
            order.push(command.id);
            set.insert(command.id, command);
        }
        check_counts(&set)?;
        *self.command_set_mut(application, guild)? = set;
        Ok(order)
    }

    /// Makes a command, or changes the one of this type and name. Answers with its id and whether
    /// it is new.
    pub fn create_command(
        &mut self,
        application: u64,
        guild: Option<u64>,
        command: &Value,
    ) -> Outcome<(u64, bool)> {
        let form = check_command(command)?;
        let (kind, name) = key_of(&form);
        let known = self
            .list_commands(application, guild)?
            .into_iter()
            .find(|it| it.kind == kind && it.name == name)
            .map(|it| it.id);
        let command = self.build_command(application, guild, known, form);
        let id = command.id;
        let mut set = self.command_set_mut(application, guild)?.clone();
        set.insert(id, command);
        check_counts(&set)?;
        *self.command_set_mut(application, guild)? = set;
        Ok((id, known.is_none()))
    }

    /// Changes the given fields of a command.
    pub fn edit_command(
        &mut self,
        application: u64,
        guild: Option<u64>,
        command: u64,
        changes: &Map<String, Value>,
    ) -> Outcome {
        let known = self.load_command(application, guild, command)?;
        let mut merged = known.rendered.clone();
        if let Value::Object(merged) = &mut merged {
            merged.extend(changes.clone());
            // The type of a command cannot change.
            merged.insert("type".into(), known.kind.into());
        }
        let form = check_command(&merged)?;
        let replacement = self.build_command(application, guild, Some(command), form);
        self.command_set_mut(application, guild)?
            .insert(command, replacement);
        Ok(())
    }

    pub fn delete_command(
        &mut self,
        application: u64,
        guild: Option<u64>,
        command: u64,
    ) -> Outcome {
        self.command_set_mut(application, guild)?
            .remove(&command)
            .map(drop)
            .ok_or_else(ApiError::unknown_command)
    }

    fn build_command(
        &self,
        application: u64,
        guild: Option<u64>,
        known: Option<u64>,
        mut form: Map<String, Value>,
    ) -> Command {
        let version = self.snowflake();
        let command = known.unwrap_or(version);
        let (kind, name) = key_of(&form);
        form.insert("id".into(), id(command));
        form.insert("application_id".into(), id(application));
        form.insert("version".into(), id(version));
        if let Some(guild) = guild {
            form.insert("guild_id".into(), id(guild));
            // Commands of a guild are never in direct messages, so these do not apply.
            form.remove("dm_permission");
        }
        Command {
            id: command,
            name,
            kind,
            guild,
            version,
            rendered: Value::Object(form),
        }
    }

    /// None: the guild has none yet.
    fn command_set(
        &self,
        application: u64,
        guild: Option<u64>,
    ) -> Outcome<Option<&BTreeMap<u64, Command>>> {
        let application = self
            .applications
            .get(&application)
            .ok_or_else(ApiError::unknown_application)?;
        let Some(guild) = guild else {
            return Ok(Some(&application.commands));
        };
        self.check_in_guild(application.bot, guild)?;
        Ok(application.guild_commands.get(&guild))
    }

    fn command_set_mut(
        &mut self,
        application: u64,
        guild: Option<u64>,
    ) -> Outcome<&mut BTreeMap<u64, Command>> {
        self.command_set(application, guild)?;
        let application = self
            .applications
            .get_mut(&application)
            .ok_or_else(ApiError::unknown_application)?;
        Ok(match guild {
            None => &mut application.commands,
            Some(guild) => application.guild_commands.entry(guild).or_default(),
        })
    }

    /// 50001 for a guild that is unknown or that the user is not in.
    pub fn check_in_guild(&self, user: u64, guild: u64) -> Outcome {
        match self.guilds.get(&guild) {
            None => Err(ApiError::unknown_guild()),
            Some(guild) if guild.members.contains_key(&user) => Ok(()),
            Some(_) => Err(ApiError::missing_access()),
        }
    }
}

fn key_of(form: &Map<String, Value>) -> (u8, String) {
    let kind = form.get("type").and_then(Value::as_u64).unwrap_or(1);
    let name = form.get("name").and_then(Value::as_str).unwrap_or_default();
    (u8::try_from(kind).unwrap_or(1), name.to_owned())
}

/// 100 slash commands, 15 of each context menu, one entry point (30032).
fn check_counts(set: &BTreeMap<u64, Command>) -> Outcome {
    for (kind, most) in [(1, 100), (2, 15), (3, 15), (4, 1)] {
        if set.values().filter(|command| command.kind == kind).count() > most {
            let text = format!("Maximum number of application commands reached ({most})");
            return Err(ApiError::new(400, 30032, text));
        }
    }
    Ok(())
}

/// The problems of one command of a list.
fn below(index: usize, mut refusal: ApiError) -> ApiError {
    for field in &mut refusal.fields {
        field.path = format!("{index}.{}", field.path);
    }
    refusal
}
