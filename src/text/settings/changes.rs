//! What a change changes, line by line.

use super::super::clean::plain;
use super::super::{channel, person, role};
use super::{LONGEST_NAME, MOST_NAMED, week_of};
use crate::config::{Change, Difference};
use crate::domain::ids::{ChannelId, RoleId, UserId};

/// A line for each difference; what is new or taken out as a whole is named.
pub fn changes(differences: &[Difference]) -> String {
    let rows: Vec<(&Difference, &[String])> = differences
        .iter()
        .filter(|difference| match difference.path.as_slice() {
            [list, _, key] => {
                (list == "policy" && key == "name") || (list == "calendar" && key == "time_zone")
            }
            _ => false,
        })
        .filter_map(|difference| Some((difference, difference.path.get(..2)?)))
        .collect();
    let is_gone = |path: &[String]| {
        let row = rows.iter().find(|(_, row)| path.get(..2) == Some(*row));
        row.is_some_and(|(row, _)| matches!(row.change, Change::Removed(_)))
    };
    let lines = differences.iter().filter_map(|difference| {
        let row = rows.iter().find(|(row, _)| *row == difference);
        match (row, &difference.change) {
            (Some((_, row)), Change::Removed(_)) => Some(format!("- {} is taken out", place(row))),
            _ if is_gone(&difference.path) => None,
            (Some((_, row)), Change::Added(_)) if row.first().is_some_and(|it| it == "policy") => {
                Some(format!("- {} is new", place(row)))
            }
            _ => Some(format!("- {}", line(difference))),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn line(difference: &Difference) -> String {
    let key = difference.path.last().map_or("", String::as_str);
    let of = |value: &String| value_of(key, value);
    let all = |values: &[String]| some(&values.iter().map(of).collect::<Vec<_>>());
    let what = match &difference.change {
        Change::Added(value) => of(value),
        Change::Removed(value) => format!("no longer {}", of(value)),
        Change::Set(old, new) => format!("{} instead of {}", of(new), of(old)),
        Change::Elements { added, removed } => match (added.is_empty(), removed.is_empty()) {
            (false, true) => format!("also {}", all(added)),
            (true, _) => format!("no longer {}", all(removed)),
            (false, false) => format!("also {}; no longer {}", all(added), all(removed)),
        },
        Change::Hours { old, new } => {
            let shown = |week: &Option<Box<[Vec<String>; 7]>>| {
                let week = week.as_deref();
                week.map_or_else(|| "none".to_owned(), week_of)
            };
            match old {
                Some(_) => format!("{} (so far {})", shown(new), shown(old)),
                None => shown(new),
            }
        }
        Change::Order(values) => format!("in the order {}", all(values)),
    };
    format!("{}: {what}", place(&difference.path))
}

/// "calendar support, holidays".
fn place<T: AsRef<str>>(path: &[T]) -> String {
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let (name, rest) = match path.as_slice() {
        ["guild", "channels"] => (Some("watched channels".to_owned()), &[][..]),
        [
            list @ ("calendar" | "policy" | "rota" | "ladder"),
            name,
            rest @ ..,
        ] => (Some(format!("{list} {}", plain(name, LONGEST_NAME))), rest),
        ["policy"] => (Some("policies".to_owned()), &[][..]),
        ["guild", rest @ ..] | rest => (None, rest),
    };
    let rest = rest.iter().map(|key| words(key));
    name.into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

/// A key as a person would say it.
pub(super) fn words(key: &str) -> String {
    plain(&key.replace('_', " "), LONGEST_NAME)
}

/// A value; ids become links.
pub(super) fn value_of(key: &str, value: &str) -> String {
    let link: fn(u64) -> String = match key {
        "steps" => return steps(value),
        "tell" => return linked(value),
        "people" | "member" => |id| person(UserId(id)),
        "in" => |id| channel(ChannelId(id)),
        _ if key.ends_with("channel") || key.ends_with("channels") => |id| channel(ChannelId(id)),
        _ if key.ends_with("role") || key.ends_with("roles") => |id| role(RoleId(id)),
        _ => |id| id.to_string(),
    };
    let values: Vec<String> = value
        .split(", ")
        .map(|value| {
            let id = value.parse().ok();
            id.map_or_else(|| plain(value, LONGEST_NAME), link)
        })
        .collect();
    some(&values)
}

/// Steps of a ladder, each as `/ladder show` has it.
fn steps(value: &str) -> String {
    let value = value.strip_prefix("at ").unwrap_or(value);
    let steps: Vec<String> = value
        .split(", at ")
        .map(|step| linked(&step.replacen("; ", ": ", 1)))
        .collect();
    some(&steps)
}

/// Whom a step tells, and where: `role 5` and the like become links.
fn linked(value: &str) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut before = "";
    for word in value.split(' ') {
        let (bare, mark) = word
            .strip_suffix(';')
            .map_or((word, ""), |bare| (bare, ";"));
        let link = match (before, bare.parse()) {
            ("role", Ok(id)) => Some((true, role(RoleId(id)))),
            ("member", Ok(id)) => Some((true, person(UserId(id)))),
            ("in", Ok(id)) => Some((false, channel(ChannelId(id)))),
            _ => None,
        };
        if let Some((true, _)) = link {
            shown.pop();
        }
        let link = link.map(|(_, link)| link + mark);
        shown.push(link.unwrap_or_else(|| plain(word, LONGEST_NAME)));
        before = word;
    }
    shown.join(" ")
}

/// The first of them, and how many more there are.
pub(super) fn some(values: &[String]) -> String {
    let named: Vec<&str> = values.iter().take(MOST_NAMED).map(String::as_str).collect();
    match values.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
