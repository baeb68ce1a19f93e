//! The tags of the watched forums by their names.
//!
//! Settings hold ids, because names change; Discord shows nobody the id of a tag. So people name
//! tags, and what is shown to them names tags. Both ask Discord at that moment.

use super::{Data, api};
use crate::config::{ConfigError, Difference, Document, WrittenRow};
use crate::discord::person::Person;
use crate::domain::ids::{ChannelId, TagId};
use crate::gateway::rest::RestError;
use crate::text::settings as text;

/// The tags of every watched forum.
#[derive(Debug, Default)]
pub(super) struct Tags(Vec<(TagId, String)>);

impl Tags {
    /// Asks Discord.
    pub(super) async fn load(data: &Data, person: &Person) -> Result<Self, RestError> {
        let channels = api::list_channels(&data.rest, person.guild.guild).await?;
        let mut watched = channels;
        watched.retain(|channel| person.guild.watches(ChannelId(channel.id.0)));
        let tags = watched
            .into_iter()
            .flat_map(|channel| channel.available_tags.unwrap_or_default());
        Ok(Self(
            tags.map(|tag| (TagId(tag.id.0), tag.name.trim().to_owned()))
                .collect(),
        ))
    }

    /// The tags of these names, between commas: of every forum that has one of the name.
    ///
    /// # Errors
    /// Names one that no watched forum has.
    pub(super) fn find(&self, typed: &str) -> Result<Vec<TagId>, ConfigError> {
        let parts: Vec<&str> = typed.split(',').collect();
        let mut rest = parts.as_slice();
        let mut found = Vec::new();
        while let [first, ..] = rest {
            // A name may have commas in it.
            let named = (1..=rest.len()).rev().find_map(|length| {
                let (name, after) = rest.split_at_checked(length)?;
                let tags = self.named(&name.join(","));
                (!tags.is_empty()).then_some((tags, after))
            });
            let Some((tags, after)) = named else {
                let known = self.0.iter().map(|(_, name)| name.as_str());
                return Err(ConfigError::new(text::no_such_tag(first.trim(), known)));
            };
            found.extend(tags);
            rest = after;
        }
        Ok(found)
    }

    /// As [`Self::find`], as a policy takes them; `none` stays what it is.
    pub(super) fn ids(&self, typed: &str) -> Result<String, ConfigError> {
        if typed.trim().eq_ignore_ascii_case("none") {
            return Ok(typed.to_owned());
        }
        let ids = self.find(typed)?.into_iter().map(|tag| tag.to_string());
        Ok(ids.collect::<Vec<_>>().join(", "))
    }

    fn named(&self, name: &str) -> Vec<TagId> {
        let name = name.trim();
        let wanted = name.to_lowercase();
        let tags = self.0.iter();
        tags.filter(|(id, tag)| tag.to_lowercase() == wanted || id.to_string() == name)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Puts names for ids into what a change changes.
    pub(super) fn name_in_differences(&self, differences: &mut [Difference]) {
        for difference in differences.iter_mut().filter(|it| is_about_tags(it)) {
            difference.change.values_mut().for_each(|it| self.name(it));
        }
    }

    fn name(&self, value: &mut String) {
        let names = value.split(", ").map(|value| {
            let known = self.0.iter().find(|(id, _)| id.to_string() == value);
            known.map_or(value, |(_, name)| name)
        });
        let mut names: Vec<&str> = names.collect();
        // The same name in several forums is one to whoever reads it.
        names.dedup();
        *value = names.join(", ");
    }
}

/// The key under which settings have tags.
const KEY: &str = "tags";

/// Whether a change changes tags.
pub(super) fn is_about_tags(difference: &Difference) -> bool {
    difference.path.last().is_some_and(|key| key == KEY)
}

/// The policies as they are written, with tags by their names.
pub(super) async fn policies(
    data: &Data,
    person: &Person,
    document: &Document,
) -> Result<Vec<WrittenRow>, RestError> {
    let mut rows = document.written_policies();
    let keys = rows.iter_mut().flat_map(|row| &mut row.keys);
    let written = keys.filter(|(key, _)| key == KEY);
    let written: Vec<&mut String> = written.map(|(_, value)| value).collect();
    if !written.is_empty() {
        let tags = Tags::load(data, person).await?;
        for value in written {
            tags.name(value);
        }
    }
    Ok(rows)
}
