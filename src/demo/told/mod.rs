//! `sameday demo --told`: two days of the team, told in the terminal.
//!
//! ```text
//!  story: who does what, when ──> stage: simulated Discord <── REST, gateway ──> the bot
//!                                   │        and a clock turned by hand
//!                                   └── what people see ──> screen ──> terminal
//! ```
//!
//! No sentence of the bot stands here: what is printed is what Discord shows.

mod eyes;
mod screen;
mod story;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use discord_sim::rest::Limits;

use super::stage::{Ground, Stage};
use crate::config::EXAMPLE;
use story::Teller;

/// How long a reader gets between two beats when nobody says otherwise.
const PACE: Duration = Duration::from_millis(600);

/// Where the team of the story lives.
const ZONE: Tz = chrono_tz::Europe::Berlin;

/// Tells the story on standard output, with a pause of `pace` before each beat. By default the
/// pause is short on a terminal, and there is none elsewhere.
///
/// Needs no network, no account and no settings; leaves nothing behind.
pub async fn tell(pace: Option<Duration>) -> anyhow::Result<()> {
    let pace = pace.unwrap_or_else(|| {
        if io::stdout().is_terminal() {
            PACE
        } else {
            Duration::ZERO
        }
    });
    let mut out = anstream::stdout();
    let ground = Ground {
        now: instant(1, "09:00")?,
        zone: ZONE,
        limits: Limits::default(),
        settings: EXAMPLE,
        with_hub: false,
    };
    let mut teller = Teller::new(Stage::set(ground).await?, pace, &mut out);
    let told = teller.tells().await;
    // Also after a failure: the folder goes when nobody writes into it any more.
    teller.ends().await;
    match told {
        Err(error) if is_enough(&error) => Ok(()),
        told => told.and_then(|()| Ok(out.flush()?)),
    }
}

/// The reader has had enough (`| head`).
fn is_enough(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A time of day on a day of the story: 1 is Wednesday, 18 November 2026.
fn instant(day: u32, time: &str) -> anyhow::Result<DateTime<Utc>> {
    let time: NaiveTime = format!("{time}:00").parse()?;
    let date = NaiveDate::from_ymd_opt(2026, 11, 17 + day).context("no such day")?;
    let local = ZONE.from_local_datetime(&date.and_time(time)).earliest();
    Ok(local.context("no such time of day")?.to_utc())
}
