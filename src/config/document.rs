//! What is set for one guild, as a document: `sameday.toml` without what only the machine knows.
//!
//! The file, a file that somebody hands in on Discord and a command all come to the same text, read
//! by the same reader and with the same checks. A command edits the text where it is about something
//! and leaves the rest as it was written, comments too.
//!
//! A document names no other files: who writes it on Discord has no business on this machine. The
//! holidays of a file that `sameday.toml` names are taken into it.

mod calendars;
mod duty;
mod guild;
mod policies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{NaiveDate, Weekday};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, TableLike, Value, value};

use super::{ConfigError, GuildSection, difference, file, read_holidays};

pub use calendars::read_blocks;
pub use duty::{RotaEdit, StepEdit, read_people};
pub use guild::{RoleKind, ToldKind};
pub use policies::PolicyKey;

/// How long a document may be, in bytes: holidays of a hundred years fit in.
pub const LARGEST_DOCUMENT: usize = 200_000;

/// The keys of the days of a week, Monday first.
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// From so many elements on a list has a line for each.
const LONG_LIST: usize = 5;

/// A guild's settings as they are written: TOML. Whether it makes sense [`Self::check`] says.
#[derive(Clone, Debug)]
pub struct Document(DocumentMut);

/// A calendar as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenCalendar {
    /// Its time zone.
    pub time_zone: String,
    /// Whether it is round the clock.
    pub always: bool,
    /// The blocks of each weekday, Monday first.
    pub week: [Vec<String>; 7],
    /// Its holidays.
    pub holidays: BTreeSet<NaiveDate>,
    /// The dates with hours of their own.
    pub exceptions: BTreeMap<NaiveDate, Vec<String>>,
}

/// Something with a name as it is written: a policy, a rota. Its name, and everything else it has, in
/// order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRow {
    /// Its name.
    pub name: String,
    /// Keys and values.
    pub keys: Vec<(String, String)>,
}

impl Document {
    /// The part of a settings file that is about the guild; `folder` is where the files are that
    /// it names.
    pub(super) fn of_file(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let mut toml = parse(text)?;
        toml.remove("database");
        toml.remove("read_messages");
        if let Some(calendars) = toml.get_mut("calendar").and_then(Item::as_table_like_mut) {
            for (name, calendar) in calendars.iter_mut() {
                let name = name.get().to_owned();
                let Some(calendar) = calendar.as_table_like_mut() else {
                    continue;
                };
                let Some(file) = calendar.remove("holidays_file") else {
                    continue;
                };
                let Some(file) = file.as_str() else { continue };
                let read = read_holidays(&folder.join(file))
                    .map_err(|why| ConfigError::new(format!("calendar.{name}: {why}.")))?;
                let dates = dates(calendar).into_iter().chain(read).collect();
                set_dates(calendar, &dates);
            }
        }
        Ok(Self(toml))
    }

    /// Reads a document that somebody wrote.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        if text.len() > LARGEST_DOCUMENT {
            return Err(ConfigError::new(format!(
                "these settings are longer than {LARGEST_DOCUMENT} bytes, which settings never are."
            )));
        }
        let toml = parse(text)?;
        if toml.contains_key("database") {
            return Err(ConfigError::new(
                "where the database is only the file on the machine says: leave `database` out.",
            ));
        }
        if toml.contains_key("read_messages") {
            return Err(ConfigError::new(
                "which intents the bot asks Discord for only the file on the machine says: leave `read_messages` out.",
            ));
        }
        let calendars = toml.get("calendar").and_then(Item::as_table_like);
        let names_file = |calendar: &Item| {
            let calendar = calendar.as_table_like();
            calendar.is_some_and(|calendar| calendar.contains_key("holidays_file"))
        };
        if calendars.is_some_and(|all| all.iter().any(|(_, calendar)| names_file(calendar))) {
            return Err(ConfigError::new(
                "`holidays_file` names a file on the machine: leave it out, and hand the calendar \
                 file in with `/hours import`.",
            ));
        }
        Ok(Self(toml))
    }

    /// The settings that it comes to, or the first thing that is wrong with it.
    pub fn check(&self) -> Result<GuildSection, ConfigError> {
        Ok(file::parse(&self.text(), Path::new(""))?.guild)
    }

    /// The text, as it was written and edited.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// All of it.
    pub(super) fn table(&self) -> &dyn TableLike {
        self.0.as_table()
    }

    /// The names of its calendars.
    pub fn calendars(&self) -> Vec<&str> {
        let calendars = self.0.get("calendar").and_then(Item::as_table_like);
        let names = calendars.into_iter().flat_map(|all| all.iter());
        names.map(|(name, _)| name).collect()
    }

    /// A calendar as it is written.
    pub fn find_calendar(&self, name: &str) -> Option<WrittenCalendar> {
        let calendars = self.0.get("calendar").and_then(Item::as_table_like)?;
        let calendar = calendars.get(name)?.as_table_like()?;
        let exceptions = calendar.get("exceptions").and_then(Item::as_table_like);
        let exceptions = exceptions.into_iter().flat_map(|all| all.iter());
        Some(WrittenCalendar {
            time_zone: text(calendar, "time_zone"),
            always: calendar.get("always").and_then(Item::as_bool) == Some(true),
            week: week(calendar),
            holidays: dates(calendar),
            exceptions: exceptions
                .filter_map(|(date, blocks)| Some((date.parse().ok()?, texts(Some(blocks)))))
                .collect(),
        })
    }

    /// Its policies as they are written, in order.
    pub fn written_policies(&self) -> Vec<WrittenRow> {
        let policies = tables(self.0.get("policy"));
        let written = policies.map(|policy| row(name_of(policy).unwrap_or_default(), policy));
        written.collect()
    }

    /// The names of its policies, in order.
    pub fn policies(&self) -> Vec<&str> {
        tables(self.0.get("policy")).filter_map(name_of).collect()
    }
}

fn parse(text: &str) -> Result<DocumentMut, ConfigError> {
    let text = text.trim_start_matches('\u{feff}');
    text.parse()
        .map_err(|error: toml_edit::TomlError| file::at_line(text, error.span(), error.message()))
}

/// Written as no command can edit it, though it may be right: as an inline table, say.
fn elsewhere(key: &str) -> ConfigError {
    ConfigError::new(format!(
        "`{key}` is written in a form that I cannot edit: change it in the document, with \
         `/settings export` and `/settings import`."
    ))
}

/// The tables of a list, whichever way TOML has it written: `[[each]]`, or `[{ }, { }]`.
fn tables(list: Option<&Item>) -> impl Iterator<Item = &dyn TableLike> {
    let inline = list.and_then(Item::as_array).into_iter().flatten();
    let inline = inline.filter_map(|each| each.as_inline_table().map(|it| it as &dyn TableLike));
    let each = list.and_then(Item::as_array_of_tables);
    let each = each.into_iter().flat_map(ArrayOfTables::iter);
    inline.chain(each.map(|table| table as &dyn TableLike))
}

/// A list of tables written as `[[each]]`, which it is from now on.
fn as_tables(list: &mut Item) -> Option<&mut ArrayOfTables> {
    if list.is_array() {
        *list = match std::mem::take(list).into_array_of_tables() {
            Ok(tables) => Item::ArrayOfTables(tables),
            Err(other) => other,
        };
    }
    list.as_array_of_tables_mut()
}

fn row(name: &str, table: &dyn TableLike) -> WrittenRow {
    let keys = table.iter().filter(|(key, _)| *key != "name");
    let keys = keys.map(|(key, item)| {
        let value = item.as_value().map(difference::written);
        (key.to_owned(), value.unwrap_or_else(|| item.to_string()))
    });
    WrittenRow {
        name: name.to_owned(),
        keys: keys.collect(),
    }
}

fn name_of(policy: &dyn TableLike) -> Option<&str> {
    policy.get("name").and_then(Item::as_str)
}

fn text(table: &dyn TableLike, key: &str) -> String {
    let text = table.get(key).and_then(Item::as_str);
    text.unwrap_or_default().to_owned()
}

fn texts(item: Option<&Item>) -> Vec<String> {
    let list = item.and_then(Item::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The blocks of each weekday as they are written, Monday first.
pub(super) fn week(calendar: &dyn TableLike) -> [Vec<String>; 7] {
    let hours = calendar.get("hours").and_then(Item::as_table_like);
    let blocks = |key: &str| texts(hours.and_then(|hours| hours.get(key)));
    let weekdays = blocks("weekdays");
    let mut week: [Vec<String>; 7] = Default::default();
    for (index, (of_day, (key, _))) in week.iter_mut().zip(DAYS).enumerate() {
        if index < 5 {
            of_day.clone_from(&weekdays);
        }
        of_day.extend(blocks(key));
    }
    week
}

fn dates(calendar: &dyn TableLike) -> BTreeSet<NaiveDate> {
    let dates = texts(calendar.get("holidays"));
    dates.iter().filter_map(|date| date.parse().ok()).collect()
}

/// Sets a key, and leaves the comment above it where it stands.
fn put(table: &mut dyn TableLike, key: &str, item: Item) {
    match table.get_mut(key) {
        Some(there) => *there = item,
        None => {
            table.insert(key, item);
        }
    }
}

/// A list of texts.
fn list<T: AsRef<str>>(texts: &[T]) -> Item {
    let mut array: Array = texts.iter().map(AsRef::as_ref).collect();
    if array.len() >= LONG_LIST {
        array
            .iter_mut()
            .for_each(|it| it.decor_mut().set_prefix("\n    "));
        array.set_trailing_comma(true);
        array.set_trailing("\n");
    }
    value(array)
}

fn set_dates(calendar: &mut dyn TableLike, dates: &BTreeSet<NaiveDate>) {
    let dates: Vec<String> = dates.iter().map(NaiveDate::to_string).collect();
    put(calendar, "holidays", list(&dates));
}
