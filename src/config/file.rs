//! The settings file as it is written, and how it becomes settings that are known to be whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{Config, ConfigError, Document, GuildSection, attention, github, read_holidays};
use crate::domain::Timestamp;
use crate::domain::calendar::{Block, Calendar};
use crate::domain::event::Priority;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, RoleId, TagId};
use crate::domain::ladder::Ladder;
use crate::domain::no_reply::NoReply;
use crate::domain::policy::{AnsweredBy, Changes, Match, Policy, ServiceLevel, Source, Version};
use crate::domain::target::{Target, Warning};

/// The database when the file does not name one.
const DEFAULT_DATABASE: &str = "sameday.db";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<PathBuf>,
    #[serde(default)]
    read_messages: bool,
    guild: Option<Guild>,
    calendar: BTreeMap<String, CalendarSection>,
    policy: Vec<Row>,
    #[serde(default)]
    attention: attention::Section,
    #[serde(default)]
    changes: Changes,
    #[serde(default)]
    rota: BTreeMap<String, attention::RotaSection>,
    #[serde(default)]
    ladder: BTreeMap<String, attention::LadderSection>,
    github: Option<github::Section>,
    web: Option<github::Web>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guild {
    id: Snowflake,
    channels: Vec<Snowflake>,
    staff_roles: Vec<Snowflake>,
    moderator_roles: Vec<Snowflake>,
    staff_channel: Snowflake,
    moderator_channel: Snowflake,
    enforce_from: Option<Instant>,
    no_reply: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarSection {
    time_zone: String,
    #[serde(default)]
    always: bool,
    hours: Option<WeekHours>,
    #[serde(default)]
    holidays: Vec<NaiveDate>,
    holidays_file: Option<PathBuf>,
    #[serde(default)]
    exceptions: BTreeMap<NaiveDate, Vec<Block>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WeekHours {
    weekdays: Vec<Block>,
    monday: Vec<Block>,
    tuesday: Vec<Block>,
    wednesday: Vec<Block>,
    thursday: Vec<Block>,
    friday: Vec<Block>,
    saturday: Vec<Block>,
    sunday: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    calendar: String,
    #[serde(default)]
    channels: Vec<Snowflake>,
    #[serde(default)]
    tags: Vec<Snowflake>,
    priority: Option<Priority>,
    #[serde(default)]
    asker_roles: Vec<Snowflake>,
    source: Option<Source>,
    first_response: Option<Target>,
    next_response: Option<Target>,
    resolution: Option<Target>,
    #[serde(default = "usual_warning")]
    warning: Warning,
    #[serde(default)]
    answered_by: Answer,
    confirm_within: Option<Target>,
    ladder: Option<String>,
}

fn usual_warning() -> Warning {
    Warning::USUAL
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    #[default]
    Anyone,
    Staff,
}

/// An id as Discord shows it: digits, with or without quotes.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "SnowflakeText")]
pub(super) struct Snowflake(pub(super) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum SnowflakeText {
    Number(i64),
    Text(String),
}

impl TryFrom<SnowflakeText> for Snowflake {
    type Error = String;

    fn try_from(text: SnowflakeText) -> Result<Self, String> {
        let text = match text {
            SnowflakeText::Number(number) => number.to_string(),
            SnowflakeText::Text(text) => text,
        };
        match text.parse::<i64>().map(u64::try_from) {
            Ok(Ok(id)) if id > 0 => Ok(Self(id)),
            _ => Err(format!(
                "`{text}` is no Discord id: copy it in Discord with Developer Mode on (right click, Copy ID)"
            )),
        }
    }
}

/// An instant: RFC 3339 in quotes, or TOML's own with an offset.
#[derive(Deserialize)]
#[serde(try_from = "InstantText")]
struct Instant(Timestamp);

#[derive(Deserialize)]
#[serde(untagged)]
enum InstantText {
    Toml(toml::value::Datetime),
    Text(String),
}

impl TryFrom<InstantText> for Instant {
    type Error = String;

    fn try_from(text: InstantText) -> Result<Self, String> {
        let text = match text {
            InstantText::Toml(instant) => instant.to_string(),
            InstantText::Text(text) => text,
        };
        DateTime::parse_from_rfc3339(&text)
            .map(|instant| Self(instant.with_timezone(&Utc)))
            .map_err(|_| {
                format!("`{text}` is no instant: write it like 2026-11-01T08:00:00Z or 2026-11-01T09:00:00+01:00")
            })
    }
}

/// Settings from their text; `folder` is where the files are that they name.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Config, ConfigError> {
    let file = read(text)?;
    let guild = file.guild.as_ref().ok_or_else(|| {
        ConfigError::new("there is no [guild]: name the guild, its channels and its roles.")
    })?;
    let channels = ids(&guild.channels, ChannelId);
    not_empty(&channels, "guild.channels", "a forum or a text channel")?;
    let calendars = calendars(&file, folder)?;
    let policies = policies(&file, &calendars)?;
    for policy in &policies {
        if let Some(channel) = policy
            .when
            .channels
            .iter()
            .find(|id| !channels.contains(id))
        {
            return Err(ConfigError::new(format!(
                "policy {:?}: channel {channel} is not in guild.channels, so no ticket comes from it.",
                policy.name
            )));
        }
    }
    let promise = Version {
        changes: file.changes,
        ..Version::first(policies)
    };
    let mut service_level = ServiceLevel::new(promise, Timestamp::UNIX_EPOCH);
    service_level.attention = file.attention.read(&file.rota, &calendars)?;
    let settings = GuildSettings {
        guild: GuildId(guild.id.0),
        channels,
        staff_roles: ids(&guild.staff_roles, RoleId),
        moderator_roles: ids(&guild.moderator_roles, RoleId),
        staff_channel: ChannelId(guild.staff_channel.0),
        moderator_channel: ChannelId(guild.moderator_channel.0),
        no_reply: guild
            .no_reply
            .as_ref()
            .map_or_else(NoReply::default, |phrases| {
                NoReply::of(phrases.iter().map(String::as_str))
            }),
        service_level,
    };
    not_empty(&settings.staff_roles, "guild.staff_roles", "a role")?;
    not_empty(&settings.moderator_roles, "guild.moderator_roles", "a role")?;
    for (name, place) in [
        ("staff_channel", settings.staff_channel),
        ("moderator_channel", settings.moderator_channel),
    ] {
        if settings.watches(place) {
            return Err(ConfigError::new(format!(
                "guild.{name} is also in guild.channels: the team is told somewhere else than askers ask."
            )));
        }
    }
    let github = file.github.as_ref();
    let github = github
        .map(|section| section.read(&settings.channels))
        .transpose()?;
    let enforce_from = guild.enforce_from.as_ref().map(|instant| instant.0);
    Ok(Config {
        read_messages: file.read_messages,
        database: file.database.unwrap_or_else(|| DEFAULT_DATABASE.into()),
        document: Document::of_file(text, folder)?,
        guild: GuildSection {
            settings,
            calendars,
            enforce_from,
        },
        github,
        web: file.web.map(|web| web.listen),
    })
}

/// The promise alone: the calendars and policies of a settings file, which may leave out the rest.
pub(super) fn parse_policies(text: &str, folder: &Path) -> Result<Vec<Policy>, ConfigError> {
    let file = read(text)?;
    policies(&file, &calendars(&file, folder)?)
}

fn read(text: &str) -> Result<File, ConfigError> {
    toml::from_str(text).map_err(|error| at_line(text, error.span(), error.message()))
}

/// What the reader of TOML found, and on which line.
pub(super) fn at_line(text: &str, span: Option<Range<usize>>, message: &str) -> ConfigError {
    let line = span
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    let message = message.trim().trim_end_matches('.').replace('\n', "; ");
    ConfigError::new(format!("line {line}: {message}."))
}

fn calendars(file: &File, folder: &Path) -> Result<BTreeMap<String, Calendar>, ConfigError> {
    let calendars = file.calendar.iter();
    let calendars =
        calendars.map(|(name, section)| Ok((name.clone(), calendar(name, section, folder)?)));
    calendars.collect()
}

fn policies(
    file: &File,
    calendars: &BTreeMap<String, Calendar>,
) -> Result<Vec<Policy>, ConfigError> {
    let ladders = file
        .ladder
        .iter()
        .map(|(name, section)| Ok((name.as_str(), section.read(name, &file.rota)?)))
        .collect::<Result<BTreeMap<_, _>, ConfigError>>()?;
    let policies = file
        .policy
        .iter()
        .map(|row| policy(row, calendars, &ladders))
        .collect::<Result<Vec<_>, _>>()?;
    not_empty(&policies, "[[policy]]", "a row of the promise")?;
    for (index, policy) in policies.iter().enumerate() {
        if policies
            .iter()
            .take(index)
            .any(|other| other.name == policy.name)
        {
            return Err(ConfigError::new(format!(
                "two policies are named {:?}: give each a name of its own.",
                policy.name
            )));
        }
        let before = policies.iter().take(index);
        if let Some(covers) = before.rev().find(|other| other.when.covers(&policy.when)) {
            return Err(ConfigError::new(format!(
                "policy {:?} can never match: {:?} stands before it and takes every thread it is for; move it up, or leave it out.",
                policy.name, covers.name
            )));
        }
    }
    Ok(policies)
}

fn calendar(name: &str, written: &CalendarSection, folder: &Path) -> Result<Calendar, ConfigError> {
    let refuse = |why: String| ConfigError::new(format!("calendar.{name}: {why}."));
    let zone: Tz = written.time_zone.parse().map_err(|_| {
        refuse(format!(
            "there is no time zone {:?}; write an IANA name such as Europe/Berlin or UTC",
            written.time_zone
        ))
    })?;
    let hours = match (written.always, &written.hours) {
        (true, None)
            if written.holidays.is_empty()
                && written.holidays_file.is_none()
                && written.exceptions.is_empty() =>
        {
            return Ok(Calendar::always(zone));
        }
        (true, _) => {
            return Err(refuse(
                "`always` is always; leave out hours, holidays and exceptions".to_owned(),
            ));
        }
        (false, None) => {
            return Err(refuse(
                "hours are missing; write hours.weekdays = [\"09:00-17:00\"], or always = true"
                    .to_owned(),
            ));
        }
        (false, Some(hours)) => hours,
    };
    let mut builder = Calendar::week(zone);
    for (weekdays, blocks) in hours.rows() {
        for block in blocks {
            builder = builder.open(weekdays.iter().copied(), *block);
        }
    }
    let from_file = match &written.holidays_file {
        Some(file) => read_holidays(&folder.join(file)).map_err(refuse)?,
        None => BTreeSet::new(),
    };
    for date in written.holidays.iter().chain(&from_file) {
        builder = builder.holiday(*date);
    }
    for (date, blocks) in &written.exceptions {
        builder = builder.exception(*date, blocks.iter().copied());
    }
    builder.build().map_err(|error| refuse(error.to_string()))
}

impl WeekHours {
    fn rows(&self) -> [(&'static [Weekday], &[Block]); 8] {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [
            (&[Mon, Tue, Wed, Thu, Fri], &self.weekdays),
            (&[Mon], &self.monday),
            (&[Tue], &self.tuesday),
            (&[Wed], &self.wednesday),
            (&[Thu], &self.thursday),
            (&[Fri], &self.friday),
            (&[Sat], &self.saturday),
            (&[Sun], &self.sunday),
        ]
    }
}

fn policy(
    row: &Row,
    calendars: &BTreeMap<String, Calendar>,
    ladders: &BTreeMap<&str, Ladder>,
) -> Result<Policy, ConfigError> {
    let name = row.name.trim().to_owned();
    let refuse = |why: String| ConfigError::new(format!("policy {name:?}: {why}."));
    if name.is_empty() || name.chars().count() > 40 {
        return Err(refuse("a name has 1 to 40 characters".to_owned()));
    }
    let calendar = calendars.get(row.calendar.as_str()).ok_or_else(|| {
        refuse(format!(
            "there is no calendar {:?}; add [calendar.{}] or use one of: {}",
            row.calendar,
            row.calendar,
            calendars.keys().cloned().collect::<Vec<_>>().join(", ")
        ))
    })?;
    if row.first_response.is_none() && row.next_response.is_none() && row.resolution.is_none() {
        return Err(refuse(
            "it promises nothing; set first_response, next_response, resolution or several of them"
                .to_owned(),
        ));
    }
    if let Some(Target::SameDay { .. }) = row.resolution {
        return Err(refuse(
            "a resolution waits for the asker now and then, so it has no day to be due on; set \
             resolution to support time (`40h`) or wall time (`72h wall`)"
                .to_owned(),
        ));
    }
    let answered_by = match row.answered_by {
        Answer::Anyone => AnsweredBy::Anyone,
        Answer::Staff => AnsweredBy::Staff,
    };
    let confirm_within = match (row.confirm_within, answered_by) {
        (None, _) => None,
        (Some(_), AnsweredBy::Staff) => {
            return Err(refuse(
                "only staff's answer counts, so nothing is left to confirm; leave out \
                 confirm_within, or set answered_by = \"anyone\""
                    .to_owned(),
            ));
        }
        (Some(Target::Support(within)), AnsweredBy::Anyone) => Some(within),
        (Some(Target::Wall(_) | Target::SameDay { .. }), AnsweredBy::Anyone) => {
            return Err(refuse(
                "confirm_within is support time, such as `16h`".to_owned(),
            ));
        }
    };
    let ladder = match (&row.ladder, row.priority) {
        (Some(name), _) => ladders
            .get(name.as_str())
            .cloned()
            .ok_or_else(|| refuse(format!("there is no ladder {name:?}; add [ladder.{name}]")))?,
        (None, Some(Priority::Critical)) => Ladder::critical(),
        (None, _) => Ladder::default(),
    };
    Ok(Policy {
        when: Match {
            channels: ids(&row.channels, ChannelId),
            tags: ids(&row.tags, TagId),
            priority: row.priority,
            asker_roles: ids(&row.asker_roles, RoleId),
            source: row.source,
        },
        first_response: row.first_response,
        next_response: row.next_response,
        resolution: row.resolution,
        warning: row.warning,
        answered_by,
        confirm_within,
        ladder,
        ..Policy::of(name, calendar.clone())
    })
}

fn ids<Id>(written: &[Snowflake], id: impl Fn(u64) -> Id) -> Vec<Id> {
    written.iter().map(|snowflake| id(snowflake.0)).collect()
}

fn not_empty<T>(list: &[T], key: &str, what: &str) -> Result<(), ConfigError> {
    if list.is_empty() {
        return Err(ConfigError::new(format!(
            "{key} is empty: name at least {what}."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_changed(from: &str, to: &str) -> String {
        let text = super::super::EXAMPLE;
        assert!(text.contains(from), "the example has no {from:?}");
        parse(&text.replacen(from, to, 1), Path::new(""))
            .expect_err("must be refused")
            .to_string()
    }

    #[test]
    fn the_example_is_whole() {
        let config =
            parse(super::super::EXAMPLE, Path::new("")).expect("deploy/sameday.toml is right");
        let settings = config.guild.settings(Timestamp::UNIX_EPOCH);
        let names: Vec<_> = settings
            .service_level
            .newest()
            .policies
            .iter()
            .map(|policy| policy.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "critical",
                "enterprise",
                "github issues",
                "e-mail",
                "same day"
            ]
        );
    }

    #[test]
    fn enforcement_starts_when_the_guild_was_first_seen_unless_set() {
        let seen = "2026-11-23T07:00:00Z".parse().unwrap();
        let unset = parse(super::super::EXAMPLE, Path::new("")).unwrap();
        assert_eq!(unset.guild.settings(seen).service_level.enforce_from, seen);
        for written in ["2026-11-01T09:00:00+01:00", "\"2026-11-01T08:00:00Z\""] {
            let text = super::super::EXAMPLE.replacen(
                "[guild]",
                &format!("[guild]\nenforce_from = {written}"),
                1,
            );
            let set = parse(&text, Path::new("")).unwrap();
            assert_eq!(
                set.guild.settings(seen).service_level.enforce_from,
                "2026-11-01T08:00:00Z".parse::<Timestamp>().unwrap()
            );
        }
    }

    #[test]
    fn holidays_are_read_from_a_file_beside_the_settings() {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("sameday.toml");
        let text = super::super::EXAMPLE.replacen(
            "# holidays_file = \"holidays.ics\"",
            "holidays_file = \"holidays.ics\"",
            1,
        );
        std::fs::write(&settings, text).unwrap();
        let read = || {
            Config::read(Some(&settings), &super::super::Environment::default()).map_err(|error| {
                error
                    .to_string()
                    .replace(folder.path().to_str().unwrap(), "…")
            })
        };
        let missing = read().unwrap_err();
        std::fs::write(folder.path().join("holidays.ics"), "no calendar").unwrap();
        let wrong = read().unwrap_err();
        insta::assert_snapshot!([missing, wrong].join("\n"), @"
        In the settings file …/sameday.toml: calendar.support: the holidays file …/holidays.ics is not there; its name is relative to the folder of the settings file.
        In the settings file …/sameday.toml: calendar.support: the holidays file …/holidays.ics cannot be used: this is no iCalendar text: it does not begin with BEGIN:VCALENDAR.
        ");
        std::fs::write(
            folder.path().join("holidays.ics"),
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261126\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        )
        .unwrap();
        let config = read().unwrap();
        let level = config.guild.settings(Timestamp::UNIX_EPOCH).service_level;
        let closed: Vec<_> = level.newest().policies[1]
            .calendar
            .blocks_on(NaiveDate::from_ymd_opt(2026, 11, 26).unwrap());
        assert_eq!(closed, []);
    }

    /// One sentence each: what is wrong, where, and what to do.
    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
        let cases = [
            ("database =", "databse ="),
            ("staff_channel =", "# staff_channel ="),
            ("\"Europe/Berlin\"", "\"Europe/Berlim\""),
            (
                "weekdays = [\"09:00-17:00\"]",
                "weekdays = [\"09:00-17:00\", \"16:00-18:00\"]",
            ),
            ("weekdays = [\"09:00-17:00\"]", "weekdays = []"),
            (
                "weekdays = [\"09:00-17:00\"]",
                "weekdays = [\"17:00-09:00\"]",
            ),
            ("calendar = \"support\"", "calendar = \"suport\""),
            (
                "first_response = \"same day\"",
                "first_response = \"some day\"",
            ),
            ("[guild]\nid = \"", "[guild]\nid = \"x"),
            ("name = \"same day\"", "name = \"critical\""),
            (
                "name = \"critical\"\npriority",
                "name = \"critical\"\n# priority",
            ),
            ("# resolution = \"40h\"", "resolution = \"same day\""),
            (
                "answered_by = \"staff\"",
                "answered_by = \"staff\"\nconfirm_within = \"16h\"",
            ),
            (
                "# confirm_within = \"16h\"",
                "confirm_within = \"16h wall\"",
            ),
            ("reopening = \"continue\"", "reopening = \"forget\""),
            ("first_response = \"1h\"", "first_response = \"9000h\""),
            ("always = true", "always = true\nholidays_file = \"x.ics\""),
            ("[guild]", "[guild]\nenforce_from = 2026-11-01"),
            ("claim_warning = \"2h\"", "claim_warning = \"8h\""),
            ("claim_lease =", "# claim_lease ="),
            ("claim_lease = \"8h\"", "claim_lease = \"1d\""),
            (
                "people = [\"100000000000000031\", \"100000000000000032\"]",
                "people = []",
            ),
            ("turn = \"week\"", "turn = \"fortnight\""),
            ("outside = \"support\"", "outside = \"suport\""),
            ("\"rota on_call", "\"rota oncall"),
            ("at = \"at risk\"", "at = \"at last\""),
            ("every 15m, 4 times", "every 15m"),
            ("every 15m, 4 times", "every 15m, 400 times"),
            ("tell = \"moderators\"", "tell = \"everybody\""),
            ("ladder = \"critical\"", "ladder = \"critcal\""),
            ("most_pings_per_hour = 10", "most_pings_per_hour = 0"),
            (
                "remind_asker = [\"16h\", \"40h\"]",
                "remind_asker = [\"40h\", \"16h\"]",
            ),
            (
                "remind_asker = [\"16h\", \"40h\"]",
                "remind_asker = [\"16h\", \"17h\", \"18h\"]",
            ),
            (
                "# production_down_per_day = 2",
                "production_down_per_day = 0",
            ),
        ];
        let sentences: Vec<String> = cases
            .iter()
            .map(|(from, to)| parse_changed(from, to))
            .collect();
        for sentence in &sentences {
            assert!(
                sentence.ends_with('.') && !sentence.contains('\n'),
                "{sentence}"
            );
        }
        insta::assert_snapshot!(sentences.join("\n"), @r#"
        line 6: unknown field `databse`, expected one of `database`, `read_messages`, `guild`, `calendar`, `policy`, `attention`, `changes`, `rota`, `ladder`, `github`, `web`.
        line 13: missing field `staff_channel`.
        calendar.support: there is no time zone "Europe/Berlim"; write an IANA name such as Europe/Berlin or UTC.
        calendar.support: the support hours of Monday overlap: 09:00-17:00 and 16:00-18:00.
        calendar.support: a calendar needs support hours on at least one weekday, such as `09:00-17:00` on Monday, or `always`.
        line 40: the support hours `17:00-09:00` end before they begin: hours that run past midnight are two blocks, such as `22:00-24:00` and, on the next day, `00:00-06:00`.
        policy "enterprise": there is no calendar "suport"; add [calendar.suport] or use one of: around_the_clock, support.
        line 153: `some day` is not a length of time: write hours and minutes, such as `4h`, `90m` or `1h30m`; a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
        line 14: `x100000000000000001` is no Discord id: copy it in Discord with Developer Mode on (right click, Copy ID).
        two policies are named "critical": give each a name of its own.
        policy "enterprise" can never match: "critical" stands before it and takes every thread it is for; move it up, or leave it out.
        policy "same day": a resolution waits for the asker now and then, so it has no day to be due on; set resolution to support time (`40h`) or wall time (`72h wall`).
        policy "critical": only staff's answer counts, so nothing is left to confirm; leave out confirm_within, or set answered_by = "anyone".
        policy "same day": confirm_within is support time, such as `16h`.
        line 177: unknown variant `forget`, expected `continue` or `reset`.
        line 111: `9000h` must be longer than nothing and no longer than a year (8760h); a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
        calendar.around_the_clock: `always` is always; leave out hours, holidays and exceptions.
        line 14: `2026-11-01` is no instant: write it like 2026-11-01T08:00:00Z or 2026-11-01T09:00:00+01:00.
        attention.claim_warning must be shorter than claim_lease: somebody is warned before a claim ends.
        attention.claim_warning is set, but claim_lease is not: set both or none.
        line 55: `1d` counts in days or longer, which have no fixed length in support time: write hours, such as `16h`.
        rota.on_call: a rota needs at least one person.
        rota.on_call: "fortnight" is no turn: write "day", "week" (from Monday) or "week from tuesday".
        attention.quiet: there is no calendar "suport"; quiet hours are whenever a calendar is not open.
        ladder.critical: there is no rota "oncall"; add [rota.oncall].
        ladder.usual: `at last` is no point of a clock: write `start`, `at risk`, `overdue`, or later, as in `2h after overdue`.
        ladder.critical: `every 15m` does not say how often: write it like `every 30m, 4 times`, at most 20 times.
        ladder.critical: `every 15m, 400 times` does not say how often: write it like `every 30m, 4 times`, at most 20 times.
        ladder.usual: `everybody` is nobody to tell: write `claimer`, `staff`, `moderators`, `role ID`, `member ID` or `rota NAME`, joined with `else` (the first who can be reached) and `and` (both).
        policy "critical": there is no ladder "critcal"; add [ladder.critcal].
        attention.most_pings_per_hour is 0: name at least 1, or leave it out for no limit.
        attention.remind_asker: an asker is reminded at most twice, the second time later than the first.
        attention.remind_asker: an asker is reminded at most twice, the second time later than the first.
        attention.production_down_per_day is 0: name at least 1, or leave it out for no button.
        "#);
    }

    proptest::proptest! {
        #![proptest_config(crate::domain::bent::usual())]

        #[test]
        fn bent_settings_panic_nothing(text in crate::domain::bent::bent(vec![super::super::EXAMPLE.to_owned()])) {
            match parse(&text, Path::new("")) {
                // What is taken can be used.
                Ok(config) => drop(config.guild.settings(Timestamp::UNIX_EPOCH)),
                Err(error) => proptest::prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
