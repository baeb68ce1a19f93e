//! What falls due: how long a sweep takes among many open tickets, and how late alerts are.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::TimeDelta;
use sameday::clock::Clock;
use sameday::domain::Timestamp;
use sameday::domain::ids::{MessageId, ThreadId, UserId};
use sameday::ledger::intent::{Author, Intent, MessageSeen};
use sameday::store::{Store, check};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};

use crate::figures::{Target, percentile, say};
use crate::frames::{begins_at, snowflake};
use crate::house::{House, SETTINGS, seen_at};

/// Warned after three hours, late after four, whatever the time of day.
fn settings() -> String {
    SETTINGS
        .replace(
            "= \"same day\"\nnext_response = \"same day\"",
            "= \"4h wall\"\nnext_response = \"4h wall\"",
        )
        .replace("warning = \"2h\"", "warning = \"1h\"")
}

const WARNED_AFTER: TimeDelta = TimeDelta::hours(3);

/// A question that is asked at an instant, in a thread of its own.
fn asked(at: Timestamp, n: u64) -> [Intent; 2] {
    let millis = at.timestamp_millis().unsigned_abs();
    // More than fit into one millisecond: the worker's bits of a snowflake count as well.
    let id = snowflake(millis, 0) | (n & 0x3f_ffff);
    let author = Author::Human {
        user: UserId(200_000_000_000_000_000 + n),
        staff: false,
    };
    let message = MessageSeen {
        thread: ThreadId(id),
        message: MessageId(id),
        author,
    };
    [
        Intent::from(seen_at(ThreadId(id), n)),
        Intent::Message(message),
    ]
}

/// A sweep among `open` tickets of which a thousand are due, and one that finds nothing.
pub(crate) async fn sweep(open: u64) -> Result<()> {
    const DUE: u64 = 1_000;
    let folder = tempfile::tempdir()?;
    let house = House::open(folder.path(), &settings(), 0).await?;
    for n in 0..open {
        // A thousand were asked first, the others a minute later.
        let at = begins_at() + TimeDelta::milliseconds(if n < DUE { 0 } else { 60_000 });
        for intent in asked(at, n) {
            house.send(intent).await?;
        }
    }
    house.ledger.settled().await;
    // Once more: the log that all this has filled is copied when nobody waits, and that is now.
    house.ledger.settled().await;
    let due_at = begins_at() + WARNED_AFTER;
    let mut nothing = Vec::new();
    for n in 0..100 {
        house.turns_to(due_at - TimeDelta::milliseconds(200 - n));
        let began = Instant::now();
        house.ledger.settled().await;
        nothing.push(began.elapsed());
    }
    house.turns_to(due_at);
    let began = Instant::now();
    house.ledger.settled().await;
    let took = began.elapsed();
    let alerts = lateness(&folder.path().join("sameday.db")).await?.len();
    ensure!(alerts as u64 == DUE, "{alerts} alerts");
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    say(
        &format!("{open} open, none due: p99"),
        ms(percentile(&mut nothing, 99)),
        "ms",
        Target::AtMost(1.0),
    );
    say(
        &format!("{open} open, 1,000 due: decided and written"),
        ms(took),
        "ms",
        Target::AtMost(100.0),
    );
    house.stops().await;
    Ok(())
}

/// Every ticket is warned of and a minute later late, the first and the last `time` apart, by the
/// system's clock, while the ledger is
/// stopped and started again so many times.
pub(crate) async fn timers(tickets: u64, time: Duration, restarts: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = settings().replace("warning = \"1h\"", "warning = \"1m\"");
    let mut house = House::on_system_clock(folder.path(), &settings).await?;
    // Enough to write everything before the first is due.
    let begins =
        Clock::System.now() + TimeDelta::from_std(Duration::from_secs(5 + tickets / 2_000))?;
    let span = i64::try_from(time.as_millis())?;
    let whole = span + 60_000;
    for n in 0..tickets {
        let place =
            i64::try_from(u128::from(n) * u128::from(span.unsigned_abs()) / u128::from(tickets))?;
        let due_at = begins + TimeDelta::minutes(1) + TimeDelta::milliseconds(place);
        for intent in asked(due_at - TimeDelta::hours(4), n) {
            house.send(intent).await?;
        }
    }
    house.ledger.settled().await;
    ensure!(
        Clock::System.now() < begins,
        "this machine is too slow for so many"
    );
    let mut starts = Vec::new();
    for n in 1..=restarts {
        let at = begins + TimeDelta::milliseconds(whole * i64::from(n) / i64::from(restarts + 1));
        Clock::System.sleep_until(at).await;
        house.stops().await;
        house = House::on_system_clock(folder.path(), &settings).await?;
        starts.push(Clock::System.now());
    }
    Clock::System
        .sleep_until(begins + TimeDelta::milliseconds(whole + 1))
        .await;
    house.ledger.settled().await;
    house.stops().await;

    let store = Store::open_read_only(&folder.path().join("sameday.db")).await?;
    let report = check::check(&store).await?;
    ensure!(report.findings.is_empty(), "{:?}", report.findings);
    let mut lateness = lateness(&folder.path().join("sameday.db")).await?;
    let expected = usize::try_from(tickets * 3)?;
    ensure!(
        lateness.len() == expected,
        "{} alerts instead of {expected}",
        lateness.len()
    );
    ensure!(
        lateness.iter().all(|(_, late)| *late >= 0),
        "an alert came early"
    );
    // Those that fell due just before a start had to wait for it.
    let after_start = |at: i64| {
        starts
            .iter()
            .any(|start| (0..5_000).contains(&(at - start.timestamp_millis())))
    };
    let of = |wanted: bool, lateness: &mut Vec<(i64, i64)>| -> Vec<Duration> {
        let some = lateness.iter().filter(|(at, _)| after_start(*at) == wanted);
        some.map(|(_, late)| Duration::from_millis(late.unsigned_abs()))
            .collect()
    };
    let (mut usual, mut restarted) = (of(false, &mut lateness), of(true, &mut lateness));
    let count = usual.len() + restarted.len();
    let what = format!("{count} alerts over {restarts} restarts, none early or twice: late, p99");
    say(
        &what,
        percentile(&mut usual, 99).as_secs_f64(),
        "s",
        Target::AtMost(1.0),
    );
    say(
        "after a restart: late, p99",
        percentile(&mut restarted, 99).as_secs_f64(),
        "s",
        Target::AtMost(5.0),
    );
    Ok(())
}

/// When each alert was ordered, and how many milliseconds after the instant at which it was due.
async fn lateness(database: &Path) -> Result<Vec<(i64, i64)>> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true);
    let mut connection: SqliteConnection = options.connect().await?;
    let rows = sqlx::query(
        "SELECT ordered_at, ordered_at - (content ->> '$.alert.due_at')
             + iif(content ->> '$.alert.trigger' = 'at_risk', 60000, -1)
         FROM outbox WHERE kind = 'alert'",
    )
    .fetch_all(&mut connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
