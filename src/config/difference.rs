//! What is different between two documents, key by key, whatever keys there are.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value};

use super::document::{Document, week};

/// One thing that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: the keys from the outside in. The rows of a list are named by their `name`.
    pub path: Vec<String>,
    /// What.
    pub change: Change,
}

/// What became of a value. Values are as they are written, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Added(String),
    /// It is no longer there.
    Removed(String),
    /// It is another.
    Set(String, String),
    /// A list has other elements.
    Elements {
        /// That were not in it.
        added: Vec<String>,
        /// That are no longer in it.
        removed: Vec<String>,
    },
    /// A calendar has other hours.
    Hours {
        /// What it had; `None` for a new one.
        old: Option<Box<[Vec<String>; 7]>>,
        /// What it has; `None` where it has none any more.
        new: Option<Box<[Vec<String>; 7]>>,
    },
    /// A list has its elements in another order, which is this.
    Order(Vec<String>),
}

impl Change {
    /// The values as they are written. Hours are none.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let (one, other, many, more): (_, _, &mut [String], &mut [String]) = match self {
            Self::Added(value) | Self::Removed(value) => (Some(value), None, &mut [], &mut []),
            Self::Set(old, new) => (Some(old), Some(new), &mut [], &mut []),
            Self::Elements { added, removed } => (None, None, added, removed),
            Self::Order(values) => (None, None, values, &mut []),
            Self::Hours { .. } => (None, None, &mut [], &mut []),
        };
        one.into_iter().chain(other).chain(many).chain(more)
    }
}

impl Document {
    /// What is different in `other`.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        tables(&mut Vec::new(), self.table(), other.table(), &mut found);
        found
    }
}

fn tables(
    path: &mut Vec<String>,
    old: &dyn TableLike,
    new: &dyn TableLike,
    found: &mut Vec<Difference>,
) {
    let fresh = new.iter().filter(|(key, _)| !old.contains_key(key));
    let keys: Vec<&str> = old.iter().chain(fresh).map(|(key, _)| key).collect();
    for key in keys {
        path.push(key.to_owned());
        match path.as_slice() {
            [list, _, hours] if list == "calendar" && hours == "hours" => {
                weeks(path, old, new, found);
            }
            _ => items(path, old.get(key), new.get(key), found),
        }
        path.pop();
    }
}

/// The hours of two calendars: whichever way they are written, what counts is each weekday.
fn weeks(path: &[String], old: &dyn TableLike, new: &dyn TableLike, found: &mut Vec<Difference>) {
    let week = |calendar: &dyn TableLike| {
        calendar
            .contains_key("hours")
            .then(|| Box::new(week(calendar)))
    };
    let (old, new) = (week(old), week(new));
    if old != new {
        found.push(Difference {
            path: path.to_vec(),
            change: Change::Hours { old, new },
        });
    }
}

fn items(
    path: &mut Vec<String>,
    old: Option<&Item>,
    new: Option<&Item>,
    found: &mut Vec<Difference>,
) {
    let rows = |item: Option<&Item>| item.is_some_and(Item::is_array_of_tables);
    if rows(old) || rows(new) {
        return lists(path, old, new, found);
    }
    let old_table = old.and_then(Item::as_table_like);
    let new_table = new.and_then(Item::as_table_like);
    if old_table.is_some() || new_table.is_some() {
        let nothing = toml_edit::Table::new();
        let (old, new) = (old_table.unwrap_or(&nothing), new_table.unwrap_or(&nothing));
        return tables(path, old, new, found);
    }
    let change = match (old.and_then(Item::as_value), new.and_then(Item::as_value)) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let (old, new) = (elements(old), elements(new));
            if old == new {
                return;
            }
            let missing = |these: &[String], others: &[String]| -> Vec<String> {
                let missing = these.iter().filter(|it| !others.contains(it));
                missing.cloned().collect()
            };
            let (added, removed) = (missing(&new, &old), missing(&old, &new));
            if added.is_empty() && removed.is_empty() {
                Change::Order(new)
            } else {
                Change::Elements { added, removed }
            }
        }
        (Some(old), Some(new)) => {
            let (old, new) = (written(old), written(new));
            if old == new {
                return;
            }
            Change::Set(old, new)
        }
        (None, Some(new)) => Change::Added(written(new)),
        (Some(old), None) => Change::Removed(written(old)),
        (None, None) => return,
    };
    let path = path.clone();
    found.push(Difference { path, change });
}

/// Lists of tables: rows with a name are the same row wherever it stands.
fn lists(
    path: &mut Vec<String>,
    old: Option<&Item>,
    new: Option<&Item>,
    found: &mut Vec<Difference>,
) {
    let (old_names, old_rows) = rows(old);
    let (new_names, new_rows) = rows(new);
    let fresh = new_names
        .iter()
        .filter(|name| !old_rows.contains_key(*name));
    let nothing = toml_edit::Table::new();
    for name in old_names.iter().chain(fresh) {
        path.push(name.clone());
        let row = |rows: &BTreeMap<String, toml_edit::Table>| {
            rows.get(name).cloned().unwrap_or_else(|| nothing.clone())
        };
        tables(path, &row(&old_rows), &row(&new_rows), found);
        path.pop();
    }
    let stay = |names: &[String]| -> Vec<String> {
        let stay = names.iter();
        let stay = stay.filter(|name| old_rows.contains_key(*name) && new_rows.contains_key(*name));
        stay.cloned().collect()
    };
    if stay(&old_names) != stay(&new_names) {
        found.push(Difference {
            path: path.clone(),
            change: Change::Order(new_names),
        });
    }
}

/// The rows of a list by their names, or by their places where they have none.
fn rows(item: Option<&Item>) -> (Vec<String>, BTreeMap<String, toml_edit::Table>) {
    let mut names = Vec::new();
    let mut rows = BTreeMap::new();
    let tables = item.and_then(|list| list.clone().into_array_of_tables().ok());
    for (index, row) in tables.iter().flat_map(|all| all.iter()).enumerate() {
        let name = row.get("name").and_then(Item::as_str);
        let name = name.map_or_else(|| (index + 1).to_string(), str::to_owned);
        names.push(name.clone());
        rows.insert(name, row.clone());
    }
    (names, rows)
}

fn elements(array: &toml_edit::Array) -> Vec<String> {
    array.iter().map(written).collect()
}

/// A value as a person would say it.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Array(array) if array.is_empty() => "none".to_owned(),
        Value::Array(array) => elements(array).join(", "),
        Value::InlineTable(table) => {
            let keys = table.iter();
            let keys = keys.map(|(key, value)| format!("{key} {}", written(value)));
            keys.collect::<Vec<_>>().join("; ")
        }
        other => {
            let mut bare = other.clone();
            bare.decor_mut().clear();
            bare.to_string().trim().to_owned()
        }
    }
}
