//! Who is on duty, and who takes over.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::discord::custom_id::CustomId;
use crate::discord::person::Person;
use crate::discord::views::message::{Button, Message, Row, Style};
use crate::discord::{Broken, Data};
use crate::domain::ids::UserId;
use crate::domain::rota::{Cover, Rota};
use crate::domain::when::{self, Reading, WhenError};
use crate::domain::{Calendar, Timestamp};
use crate::ledger::intent::Rank;
use crate::store::NewCover;
use crate::text::{answer, rota as text};

/// How many shifts after the present one are shown.
const NEXT: usize = 3;

/// A cover as it was typed.
pub(in crate::discord) struct Wanted<'a> {
    pub(in crate::discord) rota: &'a str,
    pub(in crate::discord) from: &'a str,
    pub(in crate::discord) to: Option<&'a str>,
    pub(in crate::discord) person: Option<UserId>,
}

/// Every rota with who is on duty now and next.
pub(in crate::discord) async fn shown(data: &Data, person: &Person) -> Result<Message, Broken> {
    if person.rank < Rank::Staff {
        return Ok(Message::text(text::FOR_STAFF));
    }
    let rotas = rotas(data, person).await?;
    let now = data.clock.now();
    let lines: Vec<String> = rotas
        .iter()
        .map(|(name, rota)| {
            let shifts: Vec<_> = rota.shifts_from(now).take(1 + NEXT).collect();
            text::rota(name, &shifts, now)
        })
        .collect();
    if lines.is_empty() {
        return Ok(Message::text(text::NO_ROTA));
    }
    Ok(Message::description(lines.join("\n")))
}

/// Somebody takes over days of duty, and can take that back with a click.
pub(in crate::discord) async fn cover(
    data: &Data,
    asks: &Person,
    interaction: u64,
    wanted: &Wanted<'_>,
) -> Result<Message, Broken> {
    let by = wanted.person.unwrap_or(asks.user);
    if asks.rank < Rank::Staff {
        return Ok(Message::text(text::FOR_STAFF));
    }
    if by != asks.user && asks.rank < Rank::Moderator {
        return Ok(Message::text(text::ONLY_FOR_YOURSELF));
    }
    let rotas = rotas(data, asks).await?;
    let Some((name, rota)) = rotas.get_key_value(wanted.rota.trim()) else {
        return Ok(Message::text(text::no_such_rota(rotas.keys())));
    };
    let now = data.clock.now();
    let days = day(wanted.from, rota.zone(), now).and_then(|first_on| {
        let last_on = wanted.to.map(|to| day(to, rota.zone(), now));
        Ok((first_on, last_on.transpose()?.unwrap_or(first_on)))
    });
    let (first_on, last_on) = match days {
        Ok(days) => days,
        Err(error) => return Ok(Message::text(answer::no_date(&error.to_string()))),
    };
    let cover = Cover {
        by,
        first_on,
        last_on,
    };
    if let Err(error) = rota.clone().cover(cover) {
        return Ok(Message::text(answer::no_date(&error.to_string())));
    }
    let new = NewCover {
        interaction,
        guild: asks.guild.guild,
        rota: name.clone(),
        cover,
        added_by: asks.user,
    };
    if data.ledger.cover(new).await.is_err() {
        return Ok(Message::text(answer::not_written()));
    }
    let mut covered = Message::text(text::covered(by, name, first_on, last_on));
    covered.components.push(Row::buttons([Button::new(
        Style::Secondary,
        "Take it back",
        CustomId::Uncover { cover: interaction },
    )]));
    Ok(covered)
}

/// A cover is taken back, by whom it is about, who asked for it, or a moderator.
pub(in crate::discord) async fn uncover(data: &Data, asks: &Person, cover: u64) -> Message {
    let of = (asks.rank < Rank::Moderator).then_some(asks.user);
    Message::text(
        match data.ledger.uncover(asks.guild.guild, cover, of).await {
            Ok(true) => text::UNCOVERED.to_owned(),
            Ok(false) => text::NOT_COVERED.to_owned(),
            Err(_) => answer::not_written(),
        },
    )
}

async fn rotas(data: &Data, person: &Person) -> Result<BTreeMap<String, Rota>, Broken> {
    let attention = &person.guild.service_level.attention;
    let covers = data.store.list_covers(person.guild.guild).await?;
    let names = attention.rotas.keys();
    let rotas = names.filter_map(|name| Some((name.clone(), attention.rota(name, &covers)?)));
    Ok(rotas.collect())
}

/// A date as people type it.
fn day(typed: &str, zone: Tz, now: Timestamp) -> Result<NaiveDate, WhenError> {
    let when = when::read(typed, &Calendar::always(zone), now)?;
    Ok(match when.understood_as {
        Reading::Closing(on) | Reading::NextSupportDay { on, .. } => on,
        Reading::Instant | Reading::FromNow | Reading::WallClock => when.local().date_naive(),
    })
}
