//! Rotas, ladders and quiet hours as they are set.

use super::super::clean::plain;
use super::changes::{value_of, words};
use super::{LONGEST_NAME, NO_LADDER, NO_QUIET, NO_ROTA};
use crate::config::{Document, WrittenRow};

/// Every rota with all that is set about it.
pub fn rotas(document: &Document) -> String {
    let rotas = document.written_rotas();
    let lines = rotas.iter().map(|rota| {
        format!(
            "**{}**: {}",
            plain(&rota.name, LONGEST_NAME),
            keys(rota, &[])
        )
    });
    lines_or(lines, NO_ROTA)
}

/// Every ladder, step by step.
pub fn ladders(document: &Document) -> String {
    let ladders = document.written_ladders();
    let lines = ladders.iter().flat_map(|(name, steps)| {
        let head = format!("**{}**", plain(name, LONGEST_NAME));
        let steps = steps.iter().map(|step| {
            format!(
                "- {}: {}",
                plain(&step.name, LONGEST_NAME),
                keys(step, &["at"])
            )
        });
        std::iter::once(head).chain(steps).collect::<Vec<_>>()
    });
    lines_or(lines, NO_LADDER)
}

/// Who has quiet hours.
pub fn quiet(document: &Document) -> String {
    let quiet = document.written_quiet();
    let lines = quiet.iter().map(|each| format!("- {}", keys(each, &[])));
    lines_or(lines, NO_QUIET)
}

fn keys(row: &WrittenRow, without: &[&str]) -> String {
    let keys = row.keys.iter();
    let keys = keys.filter(|(key, _)| !without.contains(&key.as_str()));
    let keys = keys.map(|(key, value)| format!("{} {}", words(key), value_of(key, value)));
    keys.collect::<Vec<_>>().join("; ")
}

fn lines_or(lines: impl Iterator<Item = String>, nothing: &str) -> String {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        nothing.to_owned()
    } else {
        lines.join("\n")
    }
}
