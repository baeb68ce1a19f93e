//! How a message of Discord looks in a terminal: names for ids, local times for timestamps, lines
//! of at most [`WIDTH`] columns.
//!
//! Pure: text in, lines out. Colours are always written; the stream takes them away where nobody
//! wants them.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;
use discord_sim::people::Seen;

/// No line is longer, in columns.
pub(super) const WIDTH: usize = 80;

/// Where a message's text begins: after the indent and the longest name.
const TEXT_COLUMN: usize = 11;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const NAME: Style = AnsiColor::Cyan.on_default();
const TIME: Style = AnsiColor::Yellow.on_default();
const CODE: Style = AnsiColor::Green.on_default();
const PERSON: Style = AnsiColor::Cyan.on_default().bold();
const BOT: Style = AnsiColor::Magenta.on_default().bold();
const HEADING: Style = AnsiColor::Blue.on_default().bold();

/// Who and what the ids in a message are.
#[derive(Default)]
pub(super) struct Names {
    pub(super) users: BTreeMap<u64, String>,
    pub(super) roles: BTreeMap<u64, String>,
    pub(super) channels: BTreeMap<u64, String>,
}

/// A screen at one instant.
pub(super) struct Screen {
    pub(super) names: Names,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}

/// Some text in one style.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    text: String,
    style: Style,
}

/// A line above a beat: `── Wednesday 10:02 ── Ann asks ───`.
pub(super) fn heading(when: &str, what: &str) -> String {
    let used = when.chars().count() + what.chars().count() + 7;
    let rest = "─".repeat(WIDTH.saturating_sub(used).max(2));
    format!(
        "{DIM}──{DIM:#} {TIME}{when}{TIME:#} {DIM}─{DIM:#} {HEADING}{what}{HEADING:#} {DIM}{rest}{DIM:#}"
    )
}

/// What the teller says.
pub(super) fn remark(text: &str) -> Vec<String> {
    fill(&[piece(text, DIM)], 2)
}

/// Where the messages below stand.
pub(super) fn place(name: &str) -> String {
    format!("  {BOLD}{name}{BOLD:#}")
}

impl Screen {
    /// A message with its author, and below, beside its buttons, a `note` such as who was pinged.
    pub(super) fn message(&self, seen: &Seen, note: Option<&str>) -> Vec<String> {
        let author = name(&self.names.users, seen.author()).unwrap_or("somebody");
        let style = if seen.is_by_bot() { BOT } else { PERSON };
        let buttons = seen.buttons();
        let labels: Vec<String> = buttons.iter().map(|label| format!("[{label}]")).collect();
        let mut lines = Vec::new();
        let text = seen.text();
        for line in text.lines().filter(|line| !is_button(line, &labels)) {
            lines.extend(self.text(line));
        }
        let row = piece(&labels.join(" "), CODE);
        let note = piece(&format!(" {}", note.unwrap_or_default()), DIM);
        lines.extend(
            fill(&[row, note], TEXT_COLUMN)
                .into_iter()
                .filter(|line| !line.trim().is_empty()),
        );
        // The author's name takes the place of the first line's indent.
        if let Some(first) = lines.first_mut() {
            let gap = " ".repeat(TEXT_COLUMN.saturating_sub(2 + author.chars().count()));
            *first = format!("  {style}{author}{style:#}{gap}{}", first.trim_start());
        }
        lines
    }

    /// One line of Discord's Markdown.
    fn text(&self, line: &str) -> Vec<String> {
        if let Some(small) = line.strip_prefix("-# ") {
            fill(&self.read(small, DIM), TEXT_COLUMN)
        } else {
            fill(&self.read(line, PLAIN), TEXT_COLUMN)
        }
    }

    /// Takes a line apart: bold, code, links, mentions, timestamps.
    fn read(&self, line: &str, usual: Style) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            let special =
                match next {
                    '<' => between(rest, "<", ">")
                        .and_then(|(inner, after)| Some((vec![self.mention(inner)?], after))),
                    '*' => between(rest, "**", "**")
                        .map(|(inner, after)| (self.read(inner, BOLD), after)),
                    '`' => between(rest, "`", "`")
                        .map(|(inner, after)| (vec![piece(inner, CODE)], after)),
                    '[' => between(rest, "[", ")").and_then(|(inner, after)| {
                        let (words, _) = inner.split_once("](")?;
                        Some((vec![piece(words, usual.underline())], after))
                    }),
                    _ => None,
                };
            if let Some((found, after)) = special {
                pieces.push(piece(&std::mem::take(&mut plain), usual));
                pieces.extend(found);
                rest = after;
            } else {
                plain.push(next);
                rest = rest.strip_prefix(next).unwrap_or_default();
            }
        }
        pieces.push(piece(&plain, usual));
        pieces
    }

    /// What stands between `<` and `>`.
    fn mention(&self, inner: &str) -> Option<Piece> {
        let (names, sign, id) = if let Some(stamp) = inner.strip_prefix("t:") {
            let (seconds, format) = stamp.split_once(':')?;
            let at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
            return Some(piece(&self.stamp(at, format)?, TIME));
        } else if let Some(id) = inner.strip_prefix("@&") {
            (&self.names.roles, '@', id)
        } else if let Some(id) = inner.strip_prefix('@') {
            (&self.names.users, '@', id)
        } else {
            (&self.names.channels, '#', inner.strip_prefix('#')?)
        };
        let name = name(names, id.parse().ok()?)?;
        Some(piece(&format!("{sign}{name}"), NAME))
    }

    fn stamp(&self, at: DateTime<Utc>, format: &str) -> Option<String> {
        let (local, today) = (
            at.with_timezone(&self.zone),
            self.now.with_timezone(&self.zone),
        );
        let time = local.format("%H:%M");
        Some(match format {
            "t" => time.to_string(),
            "R" => relative(at - self.now),
            "F" => match local.num_days_from_ce() - today.num_days_from_ce() {
                -1 => format!("yesterday {time}"),
                0 => format!("today {time}"),
                1 => format!("tomorrow {time}"),
                _ => local.format("%A, %-d %B %H:%M").to_string(),
            },
            _ => return None,
        })
    }
}

/// As Discord's clients say it: rounded, in the largest unit that fits.
fn relative(distance: TimeDelta) -> String {
    let seconds = distance.num_seconds().unsigned_abs();
    let round = |unit: u64| (seconds + unit / 2) / unit;
    let length = match (seconds, round(60), round(3_600), round(86_400)) {
        (0..45, ..) => "a few seconds".to_owned(),
        (_, 0..=1, ..) => "a minute".to_owned(),
        (_, minutes @ 2..45, ..) => format!("{minutes} minutes"),
        (_, _, 0..=1, _) => "an hour".to_owned(),
        (_, _, hours @ 2..22, _) => format!("{hours} hours"),
        (.., 0..=1) => "a day".to_owned(),
        (.., days) => format!("{days} days"),
    };
    if distance < TimeDelta::zero() {
        format!("{length} ago")
    } else {
        format!("in {length}")
    }
}

/// Breaks pieces into lines of at most [`WIDTH`] columns, each indented; what goes on below a list's
/// dash stands below its words.
fn fill(pieces: &[Piece], indent: usize) -> Vec<String> {
    let words = words(pieces);
    let is_item = words.first().is_some_and(|word| {
        let mut text = word.iter().map(|part| part.text.as_str());
        text.next() == Some("-") && text.next().is_none()
    });
    let mut lines = Vec::new();
    let mut line = " ".repeat(indent);
    let mut used = indent;
    let mut is_empty = true;
    for word in words {
        let length: usize = word.iter().map(|part| part.text.chars().count()).sum();
        if !is_empty {
            if used + 1 + length > WIDTH {
                used = if is_item { indent + 2 } else { indent };
                lines.push(std::mem::replace(&mut line, " ".repeat(used)));
            } else {
                line.push(' ');
                used += 1;
            }
        }
        for Piece { text, style } in word {
            line.extend([
                style.render().to_string(),
                text,
                style.render_reset().to_string(),
            ]);
        }
        used += length;
        is_empty = false;
    }
    lines.push(line);
    lines
}

/// The words of a text; where a style changes inside a word, the word has several pieces.
fn words(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    for Piece { text, style } in pieces {
        for (number, part) in text.split(' ').enumerate() {
            if number > 0 && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !part.is_empty() {
                word.push(piece(part, *style));
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What stands between two marks at the start of a text, and what follows.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(open)?.split_once(close)
}

fn is_button(line: &str, labels: &[String]) -> bool {
    labels.iter().any(|label| label == line)
}

fn name(names: &BTreeMap<u64, String>, id: u64) -> Option<&str> {
    names.get(&id).map(String::as_str)
}

fn piece(text: &str, style: Style) -> Piece {
    Piece {
        text: text.to_owned(),
        style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen() -> Screen {
        let named = |id, name: &str| BTreeMap::from([(id, name.to_owned())]);
        Screen {
            names: Names {
                users: named(1, "Eva"),
                roles: named(2, "Staff"),
                channels: named(3, "It hangs"),
            },
            now: "2026-11-18T09:02:00Z".parse().unwrap(),
            zone: chrono_tz::Europe::Berlin,
        }
    }

    /// As it is shown where there are no colours.
    fn plain(line: &str) -> String {
        let shown = screen().text(line).join("\n");
        anstream::adapter::strip_str(&shown).to_string()
    }

    #[test]
    fn ids_become_names_and_stamps_local_times() {
        for (written, shown) in [
            ("<@1> and <@&2> in <#3>.", "@Eva and @Staff in #It hangs."),
            (
                "by <t:1795017600:F> (<t:1795017600:R>).",
                "by today 17:00 (in 7 hours).",
            ),
            ("<t:1795104000:F>", "tomorrow 17:00"),
            ("<t:1794931200:F>", "yesterday 17:00"),
            ("<t:1795449600:F>", "Monday, 23 November 17:00"),
            ("until <t:1795017600:t>", "until 17:00"),
            (
                "**2** are `late`, see [this](https://a.example/b).",
                "2 are late, see this.",
            ),
            ("-# small", "small"),
            ("- **Due <t:1795017600:t>**: <@1>", "- Due 17:00: @Eva"),
            // What is nothing of the kind stays as it is.
            (
                "a < b, 2 * 3, [x], <@99>, <t:x:F>, **",
                "a < b, 2 * 3, [x], <@99>, <t:x:F>, **",
            ),
            ("grüße 🎉 ` [", "grüße 🎉 ` ["),
        ] {
            assert_eq!(plain(written).trim_start(), shown, "{written}");
        }
    }

    #[test]
    fn distances_are_told_as_discord_tells_them() {
        for (seconds, told) in [
            (0, "in a few seconds"),
            (-44, "a few seconds ago"),
            (-60, "a minute ago"),
            (120, "in 2 minutes"),
            (-44 * 60, "44 minutes ago"),
            (45 * 60, "in an hour"),
            (-65 * 60, "an hour ago"),
            (7 * 3_600 - 120, "in 7 hours"),
            (23 * 3_600, "in a day"),
            (-60 * 3_600, "3 days ago"),
        ] {
            assert_eq!(relative(TimeDelta::seconds(seconds)), told, "{seconds}");
        }
    }

    #[test]
    fn long_lines_are_broken_between_words_and_indented() {
        let shown = plain(&"<@1> waits. ".repeat(20));
        assert!(shown.lines().count() > 2);
        for line in shown.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert!(line.starts_with(&" ".repeat(TEXT_COLUMN)), "{line}");
        }
        let joined: Vec<&str> = shown.split_whitespace().collect();
        assert_eq!(joined.join(" "), "@Eva waits. ".repeat(20).trim());
        let long = "x".repeat(200);
        assert_eq!(plain(&long).trim(), long, "a word is never broken");
    }

    #[test]
    fn a_heading_fills_the_line() {
        let line = heading("Wednesday 10:02", "Ann asks");
        let line = anstream::adapter::strip_str(&line).to_string();
        assert_eq!(line.chars().count(), WIDTH);
        assert!(
            line.starts_with("── Wednesday 10:02 ─ Ann asks ──"),
            "{line}"
        );
    }
}
