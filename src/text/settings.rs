//! What people read about the settings: what is in force, what a change changes, why it was not
//! made.

mod changes;
mod duty;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::clean::plain;
use super::{Stamp, channel, count, person, role};
use crate::config::{ConfigError, Document, WrittenCalendar, WrittenRow};
use crate::domain::Timestamp;
use crate::domain::ids::{ChannelId, RoleId, UserId};
use crate::settings::{History, Ruling};
use crate::store::SettingVersion;

pub use changes::changes;
use changes::{some, value_of, words};
pub use duty::{ladders, quiet, rotas};

/// The start, when what was set on Discord is in force and the file says something new.
pub const FILE_IGNORED: &str = "The settings file has changed, which has no effect: what was set on Discord is in force. \
     `/settings show` shows it, and `sameday settings use-file` makes the file count again.";
/// Somebody may not change settings.
pub const NOT_PERMITTED: &str =
    "Only moderators, and people who may manage this server, can change the settings.";
/// Somebody may not see them.
pub const FOR_THE_TEAM: &str =
    "The settings are for the team. Our support hours are for everybody: `/hours show`.";
/// A change that changes nothing.
pub const NOTHING_TO_CHANGE: &str = "It is like that already, so there is nothing to change.";
/// A file of another guild.
pub const OTHER_GUILD: &str = "Nothing was changed: these settings are for another server. Put this server's id into `guild.id`.";
/// The one before the first.
pub const NOTHING_TO_UNDO: &str =
    "There is no earlier version to go back to: these settings are the first.";
/// A version that never was.
pub const NO_SUCH_VERSION: &str =
    "There is no such version; `/settings show` lists the latest ones.";
/// A click on a proposal that is no longer there.
pub const PROPOSAL_GONE: &str = "This change was made already, or is more than a day old. Please ask for it again if it is still wanted.";
/// A click by somebody else.
pub const NOT_YOURS: &str = "Only the person who asked for this change can make it.";
/// A change that is not wanted after all.
pub const DISCARDED: &str = "Nothing was changed.";
/// The disk.
pub const NOT_WRITTEN: &str =
    "I could not write that down, so nothing was changed. Please try again in a minute.";
/// Discord did not say whether settings fit.
pub const NOT_SURVEYED: &str = "Nothing was changed: Discord does not say whether these settings fit this server. Please try again in a minute.";

/// `/rota show` where there is none.
pub const NO_ROTA: &str = "There is no rota yet; `/rota set` makes one.";
/// `/ladder show` where there is none.
pub const NO_LADDER: &str =
    "There is no ladder yet, so every policy has the usual one; `/ladder step` begins one.";
/// `/quiet show` where there are none.
pub const NO_QUIET: &str = "Nobody has quiet hours; `/quiet set` gives somebody some.";

/// How many elements of a list are named.
const MOST_NAMED: usize = 12;

/// How many versions are listed.
const MOST_VERSIONS: usize = 5;

/// How long a text from people may be, in characters.
const LONGEST_NAME: usize = 80;

/// Why something is not done: in the words of whoever checked it.
pub fn refused(error: &ConfigError) -> String {
    refused_because(&error.to_string())
}

/// As [`refused`], in any words.
pub fn refused_because(sentence: &str) -> String {
    format!("Nothing was changed: {}", plain(sentence, 900))
}

/// As [`refused`], where nothing would have been changed.
pub fn not_tested(error: &ConfigError) -> String {
    format!("That cannot be tested: {}", plain(&error.to_string(), 900))
}

/// Somebody else changed the settings first.
pub fn outdated(version: u32, by: Option<UserId>) -> String {
    let by = by.map_or_else(String::new, |by| format!(" by {}", person(by)));
    format!(
        "Nothing was changed: the settings were changed{by} meanwhile, and version {version} is in \
         force. Please look at it and ask for your change again."
    )
}

/// A change that can be made with a click.
pub fn offer(effect: &str) -> String {
    format!("Shall I change this? {effect}")
}

/// What a change does to clocks that run.
#[derive(Clone, Copy, Debug)]
pub enum Clocks {
    /// They stay as they are.
    Keep,
    /// They go over to it; so many then have another due time, or are no more, or are new.
    GoOver(usize),
}

/// What a change does to what is under way.
pub fn effect(
    watched: &[ChannelId],
    unwatched: &[ChannelId],
    clocks: Clocks,
    enforce_from: Option<Timestamp>,
) -> String {
    let names = |channels: &[ChannelId]| -> String {
        let names: Vec<String> = channels.iter().map(|it| channel(*it)).collect();
        names.join(", ")
    };
    let mut effects = vec![match clocks {
        Clocks::Keep => "Clocks that run keep what they were promised; the change counts for what \
            begins after it."
            .to_owned(),
        Clocks::GoOver(0) => {
            "Clocks that run go over to it at once; none that runs now moves.".to_owned()
        }
        Clocks::GoOver(n) => format!(
            "Clocks that run go over to it at once: {}.",
            count(n, "running clock moves", "running clocks move")
        ),
    }];
    if !watched.is_empty() {
        let spared = enforce_from.map_or_else(
            || "none of them alarms anybody".to_owned(),
            |from| format!("those opened before {} alarm nobody", Stamp::Full(from)),
        );
        effects.push(format!(
            "I will read the threads of {} that are there already; {spared}.",
            names(watched)
        ));
    }
    if !unwatched.is_empty() {
        effects.push(format!(
            "Threads of {} are left alone from then on.",
            names(unwatched)
        ));
    }
    effects.join(" ")
}

/// A change was made.
pub fn changed(version: u32) -> String {
    format!("Done: version {version} is in force. `/settings undo` takes it back.")
}

/// The settings were handed out.
pub fn exported(version: u32) -> String {
    format!(
        "Version {version} of the settings. Change what you like and hand it in with \
         `/settings import`."
    )
}

/// A date that is over.
pub fn past(date: NaiveDate) -> String {
    format!("{} is past; name a date that is still ahead.", day(date))
}

/// All dates of a calendar file are over.
pub const ALL_PAST: &str = "all dates in this calendar file are past.";

/// Which calendar?
pub fn which_calendar(names: &[&str]) -> String {
    format!(
        "which calendar is meant? Name one of them: {}.",
        names.join(", ")
    )
}

/// An attachment that could not be read.
pub fn too_large(most: usize) -> String {
    format!(
        "Nothing was changed: this file is larger than {} KB, which is more than I read.",
        most / 1_000
    )
}

/// The head of the form in which a calendar's text is pasted.
pub const FORM_TITLE: &str = "Holidays from a calendar";
/// What to paste.
pub const FORM_TEXT: &str = "The text of a calendar file (.ics)";
/// For which calendar.
pub const FORM_CALENDAR: &str = "Which calendar, if there are several";

/// An attachment that is no text.
pub const NO_TEXT: &str = "Nothing was changed: this file is not UTF-8 text.";

/// An attachment that did not come.
pub const NOT_COME: &str =
    "Nothing was changed: I could not get this file from Discord. Please try again.";

/// The settings in force, with the policies in order.
pub fn shown(
    document: &Document,
    policies: &[WrittenRow],
    versions: &[SettingVersion],
    places: &Places<'_>,
    today: NaiveDate,
) -> String {
    let list = |ids: &[String]| ids.join(", ");
    let watched: Vec<String> = places.channels.iter().map(|id| channel(*id)).collect();
    let staff: Vec<String> = places.staff.iter().map(|id| role(*id)).collect();
    let moderators: Vec<String> = places.moderators.iter().map(|id| role(*id)).collect();
    let mut lines = vec![
        format!("Tickets are the threads of {}.", list(&watched)),
        format!(
            "Staff is {}, told in {}.",
            list(&staff),
            channel(places.staff_channel)
        ),
        format!(
            "Moderators are {}, told in {}.",
            list(&moderators),
            channel(places.moderator_channel)
        ),
        "**Calendars**".to_owned(),
    ];
    for name in document.calendars() {
        if let Some(calendar) = document.find_calendar(name) {
            lines.push(format!(
                "{}: {}",
                plain(name, LONGEST_NAME),
                in_short(&calendar, today)
            ));
        }
    }
    lines.push("**Promise** (the first that matches)".to_owned());
    lines.extend(self::policies(policies));
    lines.push("**Versions**".to_owned());
    lines.extend(versions.iter().rev().take(MOST_VERSIONS).map(version));
    lines.join("\n")
}

/// The places and roles of a guild, for [`shown`].
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The channels whose threads are tickets.
    pub channels: &'a [ChannelId],
    /// The roles of staff.
    pub staff: &'a [RoleId],
    /// The roles of moderators.
    pub moderators: &'a [RoleId],
    /// Where staff is told.
    pub staff_channel: ChannelId,
    /// Where moderators are told.
    pub moderator_channel: ChannelId,
}

/// One line for each policy, in order.
pub fn policies(policies: &[WrittenRow]) -> Vec<String> {
    let lines = policies.iter().enumerate().map(|(index, policy)| {
        let keys = policy.keys.iter();
        let keys: Vec<String> = keys
            .map(|(key, value)| format!("{} {}", words(key), value_of(key, value)))
            .collect();
        format!(
            "{}. {}: {}",
            index + 1,
            plain(&policy.name, LONGEST_NAME),
            keys.join("; ")
        )
    });
    lines.collect()
}

/// A tag was named that no watched forum has.
pub fn no_such_tag<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.collect();
    if known.is_empty() {
        return "the forums I watch have no tags.".to_owned();
    }
    let known: Vec<&str> = known.into_iter().collect();
    format!(
        "no forum I watch has a tag `{name}`; there are: {}.",
        known.join(", ")
    )
}

/// A calendar, in full: its week, and which dates ahead differ.
pub fn calendar(name: &str, calendar: &WrittenCalendar, today: NaiveDate) -> String {
    let mut lines = vec![format!(
        "**{}** ({})",
        plain(name, LONGEST_NAME),
        plain(&calendar.time_zone, LONGEST_NAME)
    )];
    if calendar.always {
        lines.push("Round the clock, every day.".to_owned());
        return lines.join("\n");
    }
    lines.push(week_of(&calendar.week));
    let ahead = calendar.holidays.range(today..);
    let closed: Vec<String> = ahead
        .filter(|date| !calendar.exceptions.contains_key(date))
        .map(|date| day(*date))
        .collect();
    if !closed.is_empty() {
        lines.push(format!("Closed on {}.", some(&closed)));
    }
    for (date, blocks) in calendar.exceptions.range(today..).take(MOST_NAMED) {
        lines.push(format!("{}: {}", day(*date), hours(blocks)));
    }
    lines.join("\n")
}

fn in_short(calendar: &WrittenCalendar, today: NaiveDate) -> String {
    let zone = plain(&calendar.time_zone, LONGEST_NAME);
    if calendar.always {
        return format!("round the clock ({zone})");
    }
    let ahead = [
        (
            calendar.holidays.range(today..).count(),
            "holiday",
            "holidays",
        ),
        (
            calendar.exceptions.range(today..).count(),
            "date of other hours",
            "dates of other hours",
        ),
    ];
    let ahead = ahead.into_iter().filter(|(number, ..)| *number > 0);
    let ahead: Vec<String> = ahead
        .map(|(number, one, many)| format!(", {} ahead", count(number, one, many)))
        .collect();
    format!("{} ({zone}){}", week_of(&calendar.week), ahead.concat())
}

/// "Mon, Tue 09:00-17:00; Wed 09:00-12:00".
fn week_of(week: &[Vec<String>; 7]) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut groups: Vec<(Vec<&str>, &Vec<String>)> = Vec::new();
    for (name, blocks) in DAYS.into_iter().zip(week) {
        match groups.last_mut() {
            Some((names, same)) if *same == blocks => names.push(name),
            _ => groups.push((vec![name], blocks)),
        }
    }
    let groups = groups.iter().map(|(names, blocks)| {
        let names = match names.as_slice() {
            [first, _, .., last] => format!("{first} to {last}"),
            few => few.join(" and "),
        };
        format!("{names} {}", hours(blocks))
    });
    groups.collect::<Vec<_>>().join("; ")
}

fn hours(blocks: &[String]) -> String {
    if blocks.is_empty() {
        return "closed".to_owned();
    }
    blocks.join(", ")
}

/// "Fri 25 Dec 2026".
fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

fn version(version: &SettingVersion) -> String {
    let by = version.changed_by.map_or_else(
        || "from the settings file".to_owned(),
        |by| format!("by {}", person(by)),
    );
    let at = Stamp::Full(version.in_force_at);
    format!("{}: {by}, in force since {at}", version.version)
}

/// No policy, or a channel that is not watched.
pub const NOT_PROMISED: &str =
    "Nothing is promised to such a thread: its channel is not watched, or no policy is for it.";

/// Which settings are in force, for an operator.
pub fn ruling(history: &History, file: &Document) -> &'static str {
    match history.ruling(file) {
        Ruling::File { changed: false } => "The settings file is in force.",
        Ruling::File { changed: true } => {
            "The settings file is in force; what has changed in it counts from the next start on."
        }
        Ruling::Discord {
            file_changed: false,
        } => "What was set on Discord is in force, not the settings file.",
        Ruling::Discord { file_changed: true } => {
            "What was set on Discord is in force, not the settings file; what has changed in that has no effect."
        }
    }
}

/// What `sameday settings` shows an operator.
pub fn report(history: &History, file: &Document) -> String {
    let mut lines = vec![ruling(history, file).to_owned()];
    for version in &history.versions {
        let by = version.changed_by.map_or_else(
            || "from the settings file".to_owned(),
            |by| format!("by the person {by}"),
        );
        let at = version.in_force_at.format("%Y-%m-%d %H:%M:%S UTC");
        lines.push(format!("{}: {by}, in force since {at}", version.version));
    }
    lines.join("\n")
}
