//! `/hours`: the calendars, day by day.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta, Weekday};
use chrono_tz::Tz;
use serenity::model::channel::Attachment;

use super::{Context, begin, change, end, names};
use crate::config::{ConfigError, Document, read_blocks};
use crate::discord::person::Person;
use crate::discord::views::form::Form;
use crate::discord::views::message::Message;
use crate::discord::{Broken, Data, settings};
use crate::domain::calendar::Calendar;
use crate::domain::policy::Source;
use crate::domain::preview;
use crate::domain::when::{self, Reading, WhenError};
use crate::domain::{Timestamp, holidays};
use crate::text;

/// When support is there
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands(
        "show", "preview", "set", "holiday", "except", "reset", "import", "paste", "add",
        "in_zone", "remove"
    ),
    subcommand_required
)]
pub(super) async fn hours(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// The support hours, with the dates that differ
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "Which calendar; all of them, if left out"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    let document = settings::in_force(data, &person).await?.document;
    let mut shown = Vec::new();
    for name in document.calendars() {
        let wanted = calendar
            .as_deref()
            .is_none_or(|wanted| wanted.trim() == name);
        if let (true, Some(written)) = (wanted, document.find_calendar(name)) {
            let today = data
                .clock
                .now()
                .with_timezone(&zone(&document, name))
                .date_naive();
            shown.push(text::settings::calendar(name, &written, today));
        }
    }
    if shown.is_empty() {
        shown.push(text::settings::which_calendar(&document.calendars()));
    }
    end(talk, Ok(settings::long(&shown.join("\n\n")))).await
}

/// By when an answer would be due: asked now, tonight, on Friday at 16:30
#[poise::command(slash_command)]
async fn preview(
    ctx: Context<'_>,
    #[description = "Asked then instead, such as: friday 16:30"]
    #[max_length = 100]
    at: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let now = ctx.framework.user_data.clock.now();
    let policies = &person.guild.service_level.newest().policies;
    let mut policies = policies.clone();
    policies.retain(|policy| matches!(policy.when.source, None | Some(Source::Discord)));
    let message = match preview::preview(&policies, None, at.as_deref(), now) {
        Ok(previews) => settings::monospaced(&text::due::preview(&previews, now)),
        Err(error) => Message::text(text::answer::no_date(&error.to_string())),
    };
    end(talk, Ok(message)).await
}

/// Set the support hours of some weekdays
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "Which days"] days: Days,
    #[description = "Such as: 09:00-12:30, 13:30-17:00 - or: closed"]
    #[max_length = 200]
    hours: String,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        let name = name(document, calendar)?;
        document.set_hours(&name, days.weekdays(), &read_blocks(&hours)?)
    })
    .await
}

/// Close one or more dates
#[poise::command(slash_command)]
async fn holiday(
    ctx: Context<'_>,
    #[description = "Such as: 2026-12-24, 31 Dec"]
    #[max_length = 500]
    dates: String,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    let now = ctx.framework.user_data.clock.now();
    change(ctx, |document| {
        let name = name(document, calendar)?;
        let zone = zone(document, &name);
        let dates: Result<BTreeSet<NaiveDate>, ConfigError> =
            dates.split(',').map(|text| date(text, zone, now)).collect();
        document.add_holidays(&name, &dates?)
    })
    .await
}

/// Give a date support hours of its own
#[poise::command(slash_command)]
async fn except(
    ctx: Context<'_>,
    #[description = "Such as: 24 Dec"]
    #[rename = "date"]
    #[max_length = 100]
    on: String,
    #[description = "Such as: 09:00-12:00 - or: closed"]
    #[max_length = 200]
    hours: String,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    let now = ctx.framework.user_data.clock.now();
    change(ctx, |document| {
        let name = name(document, calendar)?;
        let date = date(&on, zone(document, &name), now)?;
        document.set_exception(&name, date, &read_blocks(&hours)?)
    })
    .await
}

/// Give a date the support hours of its weekday again
#[poise::command(slash_command)]
async fn reset(
    ctx: Context<'_>,
    #[description = "A holiday, or a date with hours of its own"]
    #[rename = "date"]
    #[max_length = 100]
    on: String,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    let now = ctx.framework.user_data.clock.now();
    change(ctx, |document| {
        let name = name(document, calendar)?;
        let date = date(&on, zone(document, &name), now)?;
        document.remove_date(&name, date)
    })
    .await
}

/// Close the dates of an iCalendar file (.ics)
#[poise::command(slash_command)]
async fn import(
    ctx: Context<'_>,
    #[description = "A calendar file with holidays"] file: Attachment,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    if !person.may_change_settings {
        return end(talk, Ok(Message::text(text::settings::NOT_PERMITTED))).await;
    }
    let read = match data.attachments.fetch(&file, holidays::LARGEST_TEXT).await {
        Ok(read) => read,
        Err(why) => return end(talk, Ok(settings::not_fetched(why))).await,
    };
    end(talk, close_dates_of(data, &person, &read, calendar).await).await
}

/// Close the dates of an iCalendar text, pasted into a form
#[poise::command(slash_command)]
async fn paste(
    ctx: Context<'_>,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    #[max_length = 40]
    calendar: Option<String>,
) -> Result<(), Broken> {
    // The form is the first answer: nothing may come before it.
    let talk = super::talk(ctx);
    match super::admitted(ctx) {
        Ok(person) if person.may_change_settings => talk.open(&Form::paste(calendar)).await,
        Ok(_) => talk.say(text::settings::NOT_PERMITTED).await,
        Err(sentence) => talk.say(sentence).await,
    }
    Ok(())
}

/// Offers to close the dates of an iCalendar text that are still ahead.
pub(in crate::discord) async fn close_dates_of(
    data: &Data,
    person: &Person,
    ics: &str,
    calendar: Option<String>,
) -> Result<Message, Broken> {
    let now = data.clock.now();
    settings::change(data, person, |document| {
        let name = name(document, calendar)?;
        let read = holidays::read(ics).map_err(|error| sentence(&error))?;
        let today = now.with_timezone(&zone(document, &name)).date_naive();
        let ahead: BTreeSet<NaiveDate> = read.range(today..).copied().collect();
        if ahead.is_empty() {
            return Err(ConfigError::new(text::settings::ALL_PAST));
        }
        document.add_holidays(&name, &ahead)
    })
    .await
}

/// Add a calendar; policies can name it
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "Its name, such as: weekend"]
    #[max_length = 40]
    name: String,
    #[description = "Its time zone, such as: Europe/Berlin"]
    #[rename = "zone"]
    #[max_length = 50]
    time_zone: String,
    #[description = "From Monday to Friday, such as: 09:00-17:00; round the clock, if left out"]
    #[max_length = 200]
    hours: Option<String>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        let blocks = hours.as_deref().map(read_blocks).transpose()?;
        document.add_calendar(name.trim(), time_zone.trim(), blocks.as_deref())
    })
    .await
}

/// Put a calendar into another time zone
#[poise::command(slash_command, rename = "zone")]
async fn in_zone(
    ctx: Context<'_>,
    #[description = "Such as: Europe/Berlin"]
    #[rename = "zone"]
    #[max_length = 50]
    time_zone: String,
    #[description = "Which calendar, if there are several"]
    #[autocomplete = "names::calendars"]
    calendar: Option<String>,
) -> Result<(), Broken> {
    change(ctx, |document| {
        let name = name(document, calendar)?;
        document.set_time_zone(&name, time_zone.trim())
    })
    .await
}

/// Take a calendar out that no policy uses
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::calendars"]
    #[max_length = 40]
    calendar: String,
) -> Result<(), Broken> {
    change(ctx, |document| document.remove_calendar(calendar.trim())).await
}

/// Weekdays that are set together.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Days {
    #[name = "Monday to Friday"]
    Weekdays,
    #[name = "Monday"]
    Monday,
    #[name = "Tuesday"]
    Tuesday,
    #[name = "Wednesday"]
    Wednesday,
    #[name = "Thursday"]
    Thursday,
    #[name = "Friday"]
    Friday,
    #[name = "Saturday"]
    Saturday,
    #[name = "Sunday"]
    Sunday,
    #[name = "Saturday and Sunday"]
    Weekend,
    #[name = "every day"]
    All,
}

impl Days {
    fn weekdays(self) -> &'static [Weekday] {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        match self {
            Self::Weekdays => &[Mon, Tue, Wed, Thu, Fri],
            Self::Monday => &[Mon],
            Self::Tuesday => &[Tue],
            Self::Wednesday => &[Wed],
            Self::Thursday => &[Thu],
            Self::Friday => &[Fri],
            Self::Saturday => &[Sat],
            Self::Sunday => &[Sun],
            Self::Weekend => &[Sat, Sun],
            Self::All => &[Mon, Tue, Wed, Thu, Fri, Sat, Sun],
        }
    }
}

/// The calendar that is meant: the one that was named, else the only one with hours.
fn name(document: &Document, named: Option<String>) -> Result<String, ConfigError> {
    if let Some(named) = named {
        return Ok(named.trim().to_owned());
    }
    let all = document.calendars();
    let mut with_hours = all.iter().filter(|name| {
        let calendar = document.find_calendar(name);
        calendar.is_some_and(|calendar| !calendar.always)
    });
    match (with_hours.next(), with_hours.next()) {
        (Some(only), None) => Ok((*only).to_owned()),
        _ => Err(ConfigError::new(text::settings::which_calendar(&all))),
    }
}

/// The zone of a calendar; an unknown one is refused with the rest.
fn zone(document: &Document, calendar: &str) -> Tz {
    let calendar = document.find_calendar(calendar);
    let zone = calendar.and_then(|calendar| calendar.time_zone.parse().ok());
    zone.unwrap_or(Tz::UTC)
}

/// A date ahead, in any form that people type.
fn date(typed: &str, zone: Tz, now: Timestamp) -> Result<NaiveDate, ConfigError> {
    let read = when::read(typed.trim(), &Calendar::always(zone), now);
    let read = read.map_err(|error| match error {
        // A date is past when it is over: one moment before the instant that it ends.
        WhenError::Past { at, .. } => {
            let date = (at - TimeDelta::seconds(1))
                .with_timezone(&zone)
                .date_naive();
            ConfigError::new(text::settings::past(date))
        }
        error => sentence(&error),
    })?;
    Ok(match read.understood_as {
        Reading::Closing(date) | Reading::NextSupportDay { closed: date, .. } => date,
        Reading::Instant | Reading::FromNow | Reading::WallClock => read.local().date_naive(),
    })
}

fn sentence(error: &impl std::fmt::Display) -> ConfigError {
    ConfigError::new(format!("{error}."))
}
