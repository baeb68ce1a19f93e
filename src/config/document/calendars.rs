//! Edits of calendars.

use std::collections::BTreeSet;

use chrono::{NaiveDate, Weekday};
use toml_edit::{Item, Table, TableLike, value};

use super::{DAYS, Document, dates, elsewhere, list, put, set_dates, week};
use crate::config::ConfigError;
use crate::domain::calendar::Block;

impl Document {
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

/// What stands above the first key of a table.
fn comment(item: Option<&Item>) -> Option<String> {
    let table = item?.as_table()?;
    let (first, _) = table.iter().next()?;
    let prefix = table.key(first)?.leaf_decor().prefix()?;
    prefix.as_str().map(str::to_owned)
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
