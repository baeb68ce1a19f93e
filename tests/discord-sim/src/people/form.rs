//! Commands as a list to choose from, and one of them filled in field by field, as in a client.

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::components::{number, text};
use super::deeds::{Here, SLASH, head, hides};
use super::line::{Names, convert, kind};
use super::{Answer, Person};
use crate::interactions::{Deed, Kind, Named, merge, resolved};
use crate::validate::rules::list;
use crate::world::{self, Application, Channel, Command, World};

/// A slash command, filled in.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// The command's id.
    pub command: u64,
    /// The subcommand group and subcommand, if any.
    pub path: Vec<String>,
    /// Names and values of options as typed; people, roles and channels by name or id.
    pub options: Vec<(String, String)>,
    /// The option being typed: the application is asked for suggestions, and nothing is run.
    pub focused: Option<String>,
}

impl Person {
    /// Every command Discord offers the person in a channel, with the name of its application.
    pub fn offered(&self, channel: u64) -> Vec<(String, Command)> {
        self.sim().read(|world| {
            let Ok(place) = self.place(world, channel) else {
                return Vec::new();
            };
            commands_of(world, place)
                .filter(|(_, command)| hides(world, self.id(), place, &command.rendered).is_none())
                .map(|(application, command)| (application.name.clone(), command.clone()))
                .collect()
        })
    }

    /// Runs a slash command, or asks for suggestions for one of its options.
    ///
    /// # Errors
    /// When the person has no such command there, or a client would not send it.
    pub fn fills_in(&self, channel: u64, filled: &Filled) -> anyhow::Result<Answer> {
        let begun = self.sim().read(|world| {
            let place = self.place(world, channel)?;
            let (application, command) = commands_of(world, place)
                .find(|(_, command)| command.id == filled.command && command.kind == SLASH)
                .filter(|(_, command)| hides(world, self.id(), place, &command.rendered).is_none())
                .context("There is no such command here.")?;
            let here = Here { world, place };
            let mut named = Named::default();
            let known = list(&command.rendered, "options");
            let options = level(known, &filled.path, filled, &here, &mut named)
                .map_err(|why| anyhow!(why))?;
            let mut data = head(command);
            if !options.is_empty() {
                merge(&mut data, json!({ "options": options }));
            }
            if let Some(resolved) = resolved(world, place, &named, self.id(), application.bot) {
                merge(&mut data, json!({ "resolved": resolved }));
            }
            Ok::<_, anyhow::Error>((application.id, command.name.clone(), data))
        });
        let (application, name, data) = begun?;
        self.begin(Deed {
            kind: if filled.focused.is_some() {
                Kind::Autocomplete
            } else {
                Kind::Command
            },
            words: filled.words(&name),
            user: self.id(),
            application,
            channel,
            data,
            message: None,
            metadata: json!({ "name": name, "command_type": SLASH }),
            message_kind: world::kind::CHAT_INPUT_COMMAND,
        })
    }
}

impl Filled {
    fn words(&self, name: &str) -> String {
        let mut words = format!("/{name}");
        for part in &self.path {
            words.push(' ');
            words.push_str(part);
        }
        for (option, value) in &self.options {
            words.extend([" ", option, ":", value]);
        }
        words
    }
}

/// Every command of the applications that are in a channel's guild or conversation.
fn commands_of<'a>(
    world: &'a World,
    place: &'a Channel,
) -> impl Iterator<Item = (&'a Application, &'a Command)> {
    let here = |application: &&Application| match place.guild {
        Some(guild) => world.find_member(guild, application.bot).is_some(),
        None => place.recipients.contains(&application.bot),
    };
    world
        .applications
        .values()
        .filter(here)
        .flat_map(|application| {
            let of_guild = place
                .guild
                .and_then(|guild| application.guild_commands.get(&guild));
            of_guild
                .into_iter()
                .flat_map(std::collections::BTreeMap::values)
                .chain(application.commands.values())
                .map(move |command| (application, command))
        })
}

/// The options of one level as `INTERACTION_CREATE` has them.
fn level(
    known: &[Value],
    path: &[String],
    filled: &Filled,
    here: &dyn Names,
    named: &mut Named,
) -> Result<Vec<Value>, String> {
    let nested = |option: &&Value| {
        matches!(
            number(option, "type"),
            Some(kind::SUB_COMMAND | kind::SUB_COMMAND_GROUP)
        )
    };
    if known.iter().any(|option| nested(&option)) {
        let (word, rest) = path.split_first().ok_or("Choose a subcommand.")?;
        let chosen = known
            .iter()
            .find(|option| nested(option) && text(option, "name") == word)
            .ok_or_else(|| format!("There is no subcommand {word:?}."))?;
        let inner = level(list(chosen, "options"), rest, filled, here, named)?;
        return Ok(vec![
            json!({"name": word, "type": number(chosen, "type"), "options": inner}),
        ]);
    }
    if let Some((name, _)) = filled
        .options
        .iter()
        .find(|(name, _)| !known.iter().any(|option| text(option, "name") == name))
    {
        return Err(format!("There is no option {name:?}."));
    }
    let mut options = Vec::new();
    // In the order of the command, each at most once.
    for option in known {
        let name = text(option, "name");
        let given = filled.options.iter().find(|(given, _)| given == name);
        let focused = filled.focused.as_deref() == Some(name);
        let value = match given {
            Some((_, typed)) if focused => json!(typed),
            Some((_, typed)) => match convert(option, typed, here, named) {
                Ok(value) => value,
                // Discord leaves out what is half typed while another option is completed.
                Err(_) if filled.focused.is_some() => continue,
                Err(why) => return Err(why),
            },
            None if focused => json!(""),
            None => {
                let required = option.get("required") == Some(&Value::Bool(true));
                if required && filled.focused.is_none() {
                    return Err(format!("{name} is required."));
                }
                continue;
            }
        };
        if focused && option.get("autocomplete") != Some(&Value::Bool(true)) {
            return Err(format!("{name} makes no suggestions."));
        }
        let mut row = json!({"name": name, "type": option.get("type"), "value": value});
        if focused {
            merge(&mut row, json!({ "focused": true }));
        }
        options.push(row);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Names for Nobody {
        fn find_user(&self, _: &str) -> Option<u64> {
            None
        }
        fn find_role(&self, _: &str) -> Option<u64> {
            None
        }
        fn find_channel(&self, _: &str) -> Option<u64> {
            None
        }
        fn fresh_id(&self) -> u64 {
            1
        }
    }

    fn fill(
        path: &[&str],
        options: &[(&str, &str)],
        focused: Option<&str>,
    ) -> Result<Value, String> {
        let known = [json!({"type": 1, "name": "find", "options": [
            {"type": 3, "name": "text", "required": true, "autocomplete": true},
            {"type": 4, "name": "page", "min_value": 1},
        ]})];
        let filled = Filled {
            command: 1,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            options: options
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
            focused: focused.map(str::to_owned),
        };
        let filled = level(
            &known,
            &filled.path,
            &filled,
            &Nobody,
            &mut Named::default(),
        )?;
        Ok(filled[0]["options"].clone())
    }

    #[test]
    fn a_value_may_look_like_another_option() {
        let filled = fill(&["find"], &[("page", "2"), ("text", "a page:3")], None).unwrap();
        assert_eq!(
            filled,
            json!([
                {"name": "text", "type": 3, "value": "a page:3"},
                {"name": "page", "type": 4, "value": 2},
            ])
        );
    }

    #[test]
    fn what_a_client_would_not_send_is_refused() {
        assert_eq!(fill(&["find"], &[], None).unwrap_err(), "text is required.");
        assert!(fill(&[], &[], None).is_err());
        assert!(fill(&["lose"], &[], None).is_err());
        assert!(fill(&["find"], &[("text", "a"), ("page", "0")], None).is_err());
        assert!(fill(&["find"], &[("text", "a"), ("size", "1")], None).is_err());
    }

    #[test]
    fn suggestions_need_nothing_else_to_be_right() {
        let filled = fill(&["find"], &[("text", "a"), ("page", "x")], Some("text")).unwrap();
        assert_eq!(
            filled,
            json!([{"name": "text", "type": 3, "value": "a", "focused": true}])
        );
        assert!(fill(&["find"], &[("page", "1")], Some("page")).is_err());
    }
}
