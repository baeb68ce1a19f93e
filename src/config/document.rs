//! What is set for one guild, as a document: `sameday.toml` without what only the machine knows.
//!
//! The file, a file that somebody hands in on Discord and a command all come to the same text, read
//! by the same reader and with the same checks. A command edits the text where it is about something
//! and leaves the rest as it was written, comments too.
//!
//! A document names no other files: who writes it on Discord has no business on this machine. The
//! holidays of a file that `sameday.toml` names are taken into it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{NaiveDate, Weekday};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, Value, value};

use super::{ConfigError, GuildSection, difference, file, read_holidays};
use crate::domain::calendar::Block;
use crate::domain::ids::{ChannelId, RoleId};
use crate::domain::target::{Target, Warning};

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

/// See the [module](self). It is TOML; whether it makes sense [`Self::check`] says.
#[derive(Clone, Debug)]
pub struct Document(DocumentMut);

/// The roles that a guild names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// Whose holders are staff.
    Staff,
    /// Whose holders are moderators.
    Moderator,
}

/// The channels in which the team is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldKind {
    /// Staff.
    Staff,
    /// Moderators.
    Moderator,
}

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
}

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

/// A policy as it is written: its name, and everything else it has, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPolicy {
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
    pub fn written_policies(&self) -> Vec<WrittenPolicy> {
        let policies = self.0.get("policy").and_then(Item::as_array_of_tables);
        let policies = policies.into_iter().flat_map(ArrayOfTables::iter);
        let written = policies.map(|policy| WrittenPolicy {
            name: name_of(policy).unwrap_or_default().to_owned(),
            keys: policy
                .iter()
                .filter(|(key, _)| *key != "name")
                .map(|(key, item)| {
                    let value = item.as_value().map(difference::written);
                    (key.to_owned(), value.unwrap_or_else(|| item.to_string()))
                })
                .collect(),
        });
        written.collect()
    }

    /// The names of its policies, in order.
    pub fn policies(&self) -> Vec<&str> {
        let policies = self.0.get("policy").and_then(Item::as_array_of_tables);
        let names = policies.into_iter().flat_map(ArrayOfTables::iter);
        names.filter_map(name_of).collect()
    }

    /// Sets any key, named from the outside in (`attention.claim_lease`), to what somebody typed: a
    /// value of TOML, or else a text. `none` takes it out.
    pub fn set(&mut self, path: &str, typed: &str) -> Result<(), ConfigError> {
        let (path, typed) = (path.trim(), typed.trim());
        let keys: Vec<&str> = path.split('.').map(str::trim).collect();
        let Some((last, outer)) = keys.split_last() else {
            return Ok(());
        };
        if keys.iter().any(|key| key.is_empty()) {
            return Err(ConfigError::new(
                "a key is written like `attention.claim_lease`; `/settings export` shows which \
                 there are.",
            ));
        }
        let mut table: &mut dyn TableLike = self.0.as_table_mut();
        for key in outer {
            let inner = table.entry(key).or_insert(Item::Table(Table::new()));
            table = inner.as_table_like_mut().ok_or_else(|| elsewhere(path))?;
        }
        let there = table.get(last);
        if there.is_some_and(|item| item.is_table() || item.is_array_of_tables()) {
            return Err(elsewhere(path));
        }
        if typed.eq_ignore_ascii_case("none") {
            table.remove(last);
            return Ok(());
        }
        let typed = typed
            .parse::<Value>()
            .unwrap_or_else(|_| Value::from(typed));
        put(table, last, value(typed));
        Ok(())
    }

    /// Gives weekdays other hours; none at all closes them.
    pub fn set_hours(
        &mut self,
        calendar: &str,
        days: &[Weekday],
        blocks: &[Block],
    ) -> Result<(), ConfigError> {
        let calendar = self.calendar(calendar)?;
        let mut week = week(calendar);
        for (of_day, (_, day)) in week.iter_mut().zip(DAYS) {
            if days.contains(&day) {
                *of_day = blocks.iter().map(Block::to_string).collect();
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err(ConfigError::new(
                "a calendar needs support hours on at least one weekday.",
            ));
        }
        calendar.remove("always");
        let comment = comment(calendar.get("hours"));
        let mut hours = hours(&week);
        let first = hours.iter().next().map(|(key, _)| key.to_owned());
        if let (Some(comment), Some(first)) = (comment, first)
            && let Some(mut first) = hours.key_mut(&first)
        {
            first.leaf_decor_mut().set_prefix(comment);
        }
        put(calendar, "hours", Item::Table(hours));
        Ok(())
    }

    /// Adds holidays.
    pub fn add_holidays(
        &mut self,
        calendar: &str,
        added: &BTreeSet<NaiveDate>,
    ) -> Result<(), ConfigError> {
        let calendar = self.calendar_with_hours(calendar)?;
        let mut all = dates(calendar);
        all.extend(added);
        set_dates(calendar, &all);
        Ok(())
    }

    /// Takes a holiday out, or the hours of its own that a date has.
    pub fn remove_date(&mut self, calendar: &str, date: NaiveDate) -> Result<(), ConfigError> {
        let calendar = self.calendar_with_hours(calendar)?;
        let mut all = dates(calendar);
        let mut found = all.remove(&date);
        if found {
            set_dates(calendar, &all);
        }
        let exceptions = calendar.get_mut("exceptions");
        if let Some(exceptions) = exceptions.and_then(Item::as_table_like_mut) {
            found |= exceptions.remove(&date.to_string()).is_some();
        }
        if found {
            Ok(())
        } else {
            Err(ConfigError::new(format!(
                "{date} is neither a holiday nor a date with hours of its own in this calendar."
            )))
        }
    }

    /// Gives a date hours of its own; none at all closes it.
    pub fn set_exception(
        &mut self,
        calendar: &str,
        date: NaiveDate,
        blocks: &[Block],
    ) -> Result<(), ConfigError> {
        let calendar = self.calendar_with_hours(calendar)?;
        if calendar.get("exceptions").is_none() {
            calendar.insert("exceptions", value(toml_edit::InlineTable::new()));
        }
        let exceptions = calendar.get_mut("exceptions");
        let exceptions = exceptions.and_then(Item::as_table_like_mut);
        let exceptions = exceptions.ok_or_else(|| elsewhere("exceptions"))?;
        let blocks: Vec<String> = blocks.iter().map(Block::to_string).collect();
        put(exceptions, &date.to_string(), list(&blocks));
        Ok(())
    }

    /// Adds a calendar with these hours from Monday to Friday, or round the clock.
    pub fn add_calendar(
        &mut self,
        name: &str,
        time_zone: &str,
        blocks: Option<&[Block]>,
    ) -> Result<(), ConfigError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
            return Err(ConfigError::new(
                "a calendar's name has 1 to 40 small letters, digits, `-` or `_`, such as `support`.",
            ));
        }
        if self.calendars().contains(&name) {
            return Err(ConfigError::new(format!(
                "there is a calendar `{name}` already: change its hours, or choose another name."
            )));
        }
        let mut calendar = Table::new();
        calendar.insert("time_zone", value(time_zone));
        if let Some(blocks) = blocks {
            let blocks: Vec<String> = blocks.iter().map(Block::to_string).collect();
            let mut week: [Vec<String>; 7] = Default::default();
            week.iter_mut()
                .take(5)
                .for_each(|day| day.clone_from(&blocks));
            calendar.insert("hours", Item::Table(hours(&week)));
        } else {
            calendar.insert("always", value(true));
        }
        let calendars = self.0.get_mut("calendar").and_then(Item::as_table_like_mut);
        let calendars = calendars.ok_or_else(|| elsewhere("calendar"))?;
        calendars.insert(name, Item::Table(calendar));
        Ok(())
    }

    /// Puts a calendar into another time zone.
    pub fn set_time_zone(&mut self, calendar: &str, time_zone: &str) -> Result<(), ConfigError> {
        put(self.calendar(calendar)?, "time_zone", value(time_zone));
        Ok(())
    }

    /// Takes a calendar out. That no policy uses it is checked with the rest.
    pub fn remove_calendar(&mut self, name: &str) -> Result<(), ConfigError> {
        self.calendar(name)?;
        let calendars = self.0.get_mut("calendar").and_then(Item::as_table_like_mut);
        calendars.and_then(|calendars| calendars.remove(name));
        Ok(())
    }

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

    /// Makes the threads of a channel tickets.
    pub fn watch(&mut self, channel: ChannelId) -> Result<(), ConfigError> {
        self.add_id("channels", channel.0, "this channel is watched already.")
    }

    /// Leaves the threads of a channel alone. That no policy names it is checked with the rest.
    pub fn unwatch(&mut self, channel: ChannelId) -> Result<(), ConfigError> {
        self.remove_id("channels", channel.0, "this channel is not watched.")
    }

    /// Tells the team somewhere else.
    pub fn tell(&mut self, whom: ToldKind, channel: ChannelId) -> Result<(), ConfigError> {
        let key = match whom {
            ToldKind::Staff => "staff_channel",
            ToldKind::Moderator => "moderator_channel",
        };
        put(self.guild()?, key, value(channel.0.to_string()));
        Ok(())
    }

    /// Gives the holders of a role their part.
    pub fn add_role(&mut self, kind: RoleKind, role: RoleId) -> Result<(), ConfigError> {
        self.add_id(kind.key(), role.0, "this role has that part already.")
    }

    /// Takes a role's part away.
    pub fn remove_role(&mut self, kind: RoleKind, role: RoleId) -> Result<(), ConfigError> {
        self.remove_id(kind.key(), role.0, "this role does not have that part.")
    }

    fn guild(&mut self) -> Result<&mut dyn TableLike, ConfigError> {
        let guild = self.0.get_mut("guild").and_then(Item::as_table_like_mut);
        guild.ok_or_else(|| elsewhere("guild"))
    }

    fn calendar(&mut self, name: &str) -> Result<&mut dyn TableLike, ConfigError> {
        let names = self.calendars().join("`, `");
        let calendars = self.0.get_mut("calendar").and_then(Item::as_table_like_mut);
        let calendar = calendars.and_then(|calendars| calendars.get_mut(name));
        calendar.and_then(Item::as_table_like_mut).ok_or_else(|| {
            ConfigError::new(format!(
                "there is no such calendar; there is `{names}`, and `/hours add` makes another."
            ))
        })
    }

    fn calendar_with_hours(&mut self, name: &str) -> Result<&mut dyn TableLike, ConfigError> {
        let calendar = self.calendar(name)?;
        if calendar.get("always").and_then(Item::as_bool) == Some(true) {
            return Err(ConfigError::new(
                "this calendar is round the clock, every day: give it hours first, with `/hours set`.",
            ));
        }
        Ok(calendar)
    }

    fn policies_mut(&mut self) -> Result<&mut ArrayOfTables, ConfigError> {
        let policies = self.0.get_mut("policy");
        let policies = policies.and_then(Item::as_array_of_tables_mut);
        policies.ok_or_else(|| elsewhere("policy"))
    }

    fn policy(&self, name: &str) -> Result<usize, ConfigError> {
        let names = self.policies();
        let found = names.iter().position(|known| known.trim() == name.trim());
        found.ok_or_else(|| {
            ConfigError::new("there is no such policy; `/policy list` shows which there are.")
        })
    }

    fn add_id(&mut self, key: &str, id: u64, already: &str) -> Result<(), ConfigError> {
        let ids = self.guild()?.get_mut(key).and_then(Item::as_array_mut);
        let ids = ids.ok_or_else(|| elsewhere(key))?;
        if ids.iter().any(|known| is_id(known, id)) {
            return Err(ConfigError::new(already));
        }
        ids.push(id.to_string());
        Ok(())
    }

    fn remove_id(&mut self, key: &str, id: u64, not_there: &str) -> Result<(), ConfigError> {
        let ids = self.guild()?.get_mut(key).and_then(Item::as_array_mut);
        let ids = ids.ok_or_else(|| elsewhere(key))?;
        let before = ids.len();
        ids.retain(|known| !is_id(known, id));
        if ids.len() == before {
            return Err(ConfigError::new(not_there));
        }
        Ok(())
    }
}

impl RoleKind {
    fn key(self) -> &'static str {
        match self {
            Self::Staff => "staff_roles",
            Self::Moderator => "moderator_roles",
        }
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
            Self::Name | Self::Calendar | Self::AnsweredBy | Self::Priority => {}
        }
        Ok(Some(value(typed)))
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
            "channels are written as #channel, roles as @role, and forum tags by their ids (right \
             click, Copy ID).",
        )
    })
}

/// The blocks of a day as people type them: `09:00-12:30, 13:30-17:00`, or `closed`.
pub fn read_blocks(text: &str) -> Result<Vec<Block>, ConfigError> {
    if text.trim().eq_ignore_ascii_case("closed") {
        return Ok(Vec::new());
    }
    let blocks = text.split(',').map(|block| block.trim().parse::<Block>());
    let blocks: Result<Vec<Block>, _> = blocks.collect();
    blocks.map_err(|error| ConfigError::new(format!("{error}; no support at all is `closed`.")))
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

fn parse(text: &str) -> Result<DocumentMut, ConfigError> {
    let text = text.trim_start_matches('\u{feff}');
    text.parse()
        .map_err(|error: toml_edit::TomlError| file::at_line(text, error.span(), error.message()))
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

/// Written as no command can edit it, though it may be right: as an inline table, say.
fn elsewhere(key: &str) -> ConfigError {
    ConfigError::new(format!(
        "`{key}` is written in a form that I cannot edit: change it in the document, with \
         `/settings export` and `/settings import`."
    ))
}

fn name_of(policy: &Table) -> Option<&str> {
    policy.get("name").and_then(Item::as_str)
}

fn is_id(value: &Value, id: u64) -> bool {
    match value {
        Value::String(text) => text.value().parse() == Ok(id),
        Value::Integer(number) => u64::try_from(*number.value()) == Ok(id),
        _ => false,
    }
}

fn text(table: &dyn TableLike, key: &str) -> String {
    let text = table.get(key).and_then(Item::as_str);
    text.unwrap_or_default().to_owned()
}

fn texts(item: Option<&Item>) -> Vec<String> {
    let list = item.and_then(Item::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What stands above the first key of a table.
fn comment(item: Option<&Item>) -> Option<String> {
    let table = item?.as_table()?;
    let (first, _) = table.iter().next()?;
    let prefix = table.key(first)?.leaf_decor().prefix()?;
    prefix.as_str().map(str::to_owned)
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

/// The hours of a week in the shortest form.
fn hours(week: &[Vec<String>; 7]) -> Table {
    let mut table = Table::new();
    table.set_dotted(true);
    let (weekdays, _) = week.split_at(5);
    let alike = weekdays
        .first()
        .filter(|first| weekdays.iter().all(|day| day == *first));
    let weekdays = alike.map(|blocks| ("weekdays", blocks));
    let each = DAYS.iter().map(|(key, _)| *key).zip(week);
    let each = each.skip(if alike.is_some() { 5 } else { 0 });
    for (key, blocks) in weekdays.into_iter().chain(each) {
        if !blocks.is_empty() {
            table.insert(key, list(blocks));
        }
    }
    table
}

fn dates(calendar: &dyn TableLike) -> BTreeSet<NaiveDate> {
    let dates = texts(calendar.get("holidays"));
    dates.iter().filter_map(|date| date.parse().ok()).collect()
}

fn set_dates(calendar: &mut dyn TableLike, dates: &BTreeSet<NaiveDate>) {
    let dates: Vec<String> = dates.iter().map(NaiveDate::to_string).collect();
    put(calendar, "holidays", list(&dates));
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

#[cfg(test)]
mod tests;
