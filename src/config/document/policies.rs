//! Edits of the promise.

use toml_edit::{ArrayOfTables, Item, Table, value};

use super::{Document, as_tables, elsewhere, list, put};
use crate::config::ConfigError;
use crate::domain::target::{Target, Warning};

/// What a policy can have that is set one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKey {
    /// Its name.
    Name,
    /// The name of its calendar.
    Calendar,
    /// The target of the first answer.
    FirstResponse,
    /// The target of later answers.
    NextResponse,
    /// The warning point.
    Warning,
    /// Whose answer counts.
    AnsweredBy,
    /// The channels it is for.
    Channels,
    /// The priority it is for.
    Priority,
    /// The forum tags it is for.
    Tags,
    /// The roles of askers that it is for.
    AskerRoles,
    /// The target of the resolution.
    Resolution,
    /// How long an answer of the community may stand unconfirmed.
    ConfirmWithin,
    /// The name of its ladder.
    Ladder,
}

impl Document {
    /// Adds a policy that promises nothing yet; `place` counts from 1, the last is the default.
    pub fn add_policy(&mut self, name: &str, place: Option<usize>) -> Result<(), ConfigError> {
        if self.policy(name).is_ok() {
            return Err(ConfigError::new(
                "there is a policy of this name already: change that one, or choose another name.",
            ));
        }
        let mut policy = Table::new();
        policy.insert("name", value(name.trim()));
        // A line between it and what stands before.
        policy.decor_mut().set_prefix("\n");
        let policies = self.policies_mut()?;
        let place = place.map_or(policies.len(), |place| place.saturating_sub(1));
        policies.insert(place.min(policies.len()), policy);
        put_in_order(policies);
        Ok(())
    }

    /// Sets one of a policy's keys to what somebody typed; `none` takes it out.
    pub fn set_policy(
        &mut self,
        name: &str,
        key: PolicyKey,
        typed: &str,
    ) -> Result<(), ConfigError> {
        let index = self.policy(name)?;
        let policies = self.policies_mut()?;
        let Some(policy) = policies.get_mut(index) else {
            return Ok(());
        };
        match key.item(typed.trim())? {
            Some(item) => put(policy, key.word(), item),
            None => {
                policy.remove(key.word());
            }
        }
        Ok(())
    }

    /// Puts a policy in another place, counted from 1.
    pub fn move_policy(&mut self, name: &str, place: usize) -> Result<(), ConfigError> {
        let index = self.policy(name)?;
        let policies = self.policies_mut()?;
        let policy = policies.remove(index);
        policies.insert(place.saturating_sub(1).min(policies.len()), policy);
        put_in_order(policies);
        Ok(())
    }

    /// Takes a policy out.
    pub fn remove_policy(&mut self, name: &str) -> Result<(), ConfigError> {
        let index = self.policy(name)?;
        self.policies_mut()?.remove(index);
        Ok(())
    }

    /// Sets what a change of `what` does to clocks that run.
    pub fn set_changes(&mut self, what: &str, does: &str) -> Result<(), ConfigError> {
        let changes = self.0.entry("changes").or_insert(Item::Table(Table::new()));
        let changes = changes
            .as_table_like_mut()
            .ok_or_else(|| elsewhere("changes"))?;
        put(changes, what, value(does));
        Ok(())
    }

    fn policies_mut(&mut self) -> Result<&mut ArrayOfTables, ConfigError> {
        let policies = self.0.get_mut("policy");
        let policies = policies.and_then(as_tables);
        policies.ok_or_else(|| elsewhere("policy"))
    }

    fn policy(&self, name: &str) -> Result<usize, ConfigError> {
        let names = self.policies();
        let found = names.iter().position(|known| known.trim() == name.trim());
        found.ok_or_else(|| {
            ConfigError::new("there is no such policy; `/policy list` shows which there are.")
        })
    }
}

impl PolicyKey {
    /// As it stands in the document.
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Calendar => "calendar",
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Warning => "warning",
            Self::AnsweredBy => "answered_by",
            Self::Channels => "channels",
            Self::Priority => "priority",
            Self::Tags => "tags",
            Self::AskerRoles => "asker_roles",
            Self::Resolution => "resolution",
            Self::ConfirmWithin => "confirm_within",
            Self::Ladder => "ladder",
        }
    }

    /// What somebody typed, as it is written in the document; `None` when it is to be taken out.
    fn item(self, typed: &str) -> Result<Option<Item>, ConfigError> {
        if typed.eq_ignore_ascii_case("none") {
            if matches!(self, Self::Name | Self::Calendar) {
                return Err(ConfigError::new("a policy needs a name and a calendar."));
            }
            return Ok(None);
        }
        let refuse = |error: &dyn std::fmt::Display| ConfigError::new(format!("{error}."));
        match self {
            Self::FirstResponse | Self::NextResponse | Self::Resolution | Self::ConfirmWithin => {
                typed.parse::<Target>().map_err(|error| refuse(&error))?;
            }
            Self::Warning => {
                typed.parse::<Warning>().map_err(|error| refuse(&error))?;
            }
            Self::Channels | Self::Tags | Self::AskerRoles => return Ok(Some(list(&ids(typed)?))),
            Self::AnsweredBy => return one_of(&["anyone", "staff"], typed),
            Self::Priority => return one_of(&["normal", "critical"], typed),
            Self::Name | Self::Calendar | Self::Ladder => {}
        }
        Ok(Some(value(typed)))
    }
}

/// One of the words there are, however it is typed.
fn one_of(words: &[&str], typed: &str) -> Result<Option<Item>, ConfigError> {
    let mut known = words.iter();
    match known.find(|word| word.eq_ignore_ascii_case(typed)) {
        Some(word) => Ok(Some(value(*word))),
        None => Err(ConfigError::new(format!(
            "write `{}`, or `none`.",
            words.join("` or `")
        ))),
    }
}

/// The ids in what somebody typed: `<#123>, 456`.
fn ids(typed: &str) -> Result<Vec<String>, ConfigError> {
    let words = typed.split([',', ' ']).filter(|word| !word.is_empty());
    let ids = words.map(|word| {
        let id = word.trim_start_matches(['<', '#', '@', '&']);
        let id = id.trim_end_matches('>');
        id.parse::<u64>().map(|id| id.to_string())
    });
    let ids: Result<Vec<String>, _> = ids.collect();
    ids.map_err(|_| {
        ConfigError::new(
            "channels are written as #channel, roles as @role, and forum tags by their names.",
        )
    })
}

/// Policies are printed in the order they have, whatever lines they stood on before.
fn put_in_order(policies: &mut ArrayOfTables) {
    fn wherever_it_is(table: &mut Table) {
        for (_, item) in table.iter_mut() {
            match item {
                Item::Table(inner) => {
                    inner.set_position(None);
                    wherever_it_is(inner);
                }
                Item::ArrayOfTables(all) => all.iter_mut().for_each(|inner| {
                    inner.set_position(None);
                    wherever_it_is(inner);
                }),
                Item::None | Item::Value(_) => {}
            }
        }
    }
    let first = policies.iter().filter_map(Table::position).min();
    for policy in policies.iter_mut() {
        policy.set_position(first);
        wherever_it_is(policy);
    }
}
