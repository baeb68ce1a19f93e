//! The program itself, on a prepared database, before a small Discord: how soon people are answered,
//! how much memory it takes, how fast it starts.
//!
//! ```text
//! answers   first answers to presses while messages come: evenly, in bursts, from a noisy guild,
//!           on a disk whose every sync is slower
//! memory    at rest, while messages come evenly and as fast as they are taken, while the disk takes
//!           nothing
//! start     from the start of the process to the first answer
//! ```

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use sameday::clock::Clock;
use sameday::store::{Store, check};
use tempfile::TempDir;
use tokio::time::interval;

use crate::discord::Discord;
use crate::disk::{Disk, Number};
use crate::figures::{Target, percentile, say};
use crate::frames::{GUILD, Talk, Template, begin_at};
use crate::house::{House, SETTINGS};
use crate::usage::Usage;

/// Presses come this far apart: each costs two requests, and the bot sends at most 50 a second.
const BETWEEN_PRESSES: Duration = Duration::from_millis(100);

/// How often messages are sent when they come evenly, and how often another process is looked at that
/// cannot say when it is done.
const BEAT: Duration = Duration::from_millis(10);

/// Bursts begin this far apart.
const BETWEEN_BURSTS: Duration = Duration::from_millis(500);

/// The program, running.
struct Program {
    discord: Discord,
    /// `None` once it was told to stop.
    child: Option<Child>,
    id: String,
    disk: Disk,
    folder: TempDir,
    talk: Talk,
    template: Template,
    threads: u64,
    /// How many messages of tracked threads were sent.
    sent: u64,
    pressed: u64,
    started: Instant,
}

impl Program {
    /// Prepares a database and starts the program on it; with `resumes` it has a session to go on.
    async fn starts(threads: u64, resumes: bool) -> Result<Self> {
        // Nothing falls due while it is measured: everybody has asked within the last hour, and is
        // promised an answer within days.
        let now = Clock::System.now();
        begin_at(now - TimeDelta::minutes(5));
        let a_day_before = (now - TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%SZ");
        let settings = SETTINGS
            .replace("\"same day\"\nnext", "\"100h wall\"\nnext")
            .replace(
                "next_response = \"same day\"",
                "next_response = \"100h wall\"",
            )
            .replace(
                "# enforce_from = 2026-11-01T08:00:00Z",
                &format!("enforce_from = {a_day_before}"),
            );
        ensure!(
            settings.matches("100h wall").count() == 2,
            "the example settings have changed"
        );
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("sameday.toml"), &settings)?;
        let discord = Discord::open().await?;
        let ready = discord.ready();
        let resume = resumes.then_some((discord.gateway.as_str(), ready.as_str()));
        House::prepare(folder.path(), &settings, threads, resume).await?;

        let database = folder.path().join("sameday.db");
        let disk = Disk::under(&database);
        let started = Instant::now();
        let child = command(&disk, &folder)
            .env("SAMEDAY_DATABASE", &database)
            .env("SAMEDAY_DISCORD_API", &discord.base)
            .spawn()?;
        let mut program = Self {
            discord,
            id: child.id().to_string(),
            child: Some(child),
            disk,
            folder,
            talk: Talk::among(threads).live(),
            template: Template::new(),
            threads,
            sent: 0,
            pressed: 0,
            started,
        };
        program.discord.greeted().await?;
        Ok(program)
    }

    async fn tells(&mut self, count: u64) -> Result<()> {
        self.sent += count;
        let Self {
            discord,
            talk,
            template,
            ..
        } = self;
        discord.tells(count, talk, template).await
    }

    /// Somebody presses a button of the next ticket.
    async fn presses(&mut self) -> Result<()> {
        self.pressed += 1;
        let ticket = self.pressed % self.threads + 1;
        self.discord.presses(ticket).await
    }

    /// So many messages a second for a while, and presses among them. `elsewhere` of them are of
    /// another guild. Gives the times of the first answers.
    async fn runs(&mut self, time: Duration, ours: u64, elsewhere: u64) -> Result<Vec<Duration>> {
        let mut noise = (Talk::among(1_000).live(), Template::of_guild(GUILD + 1));
        let mut beat = interval(BEAT);
        let began = Instant::now();
        let (mut told, mut told_elsewhere, mut next_press) = (0, 0, Duration::ZERO);
        while began.elapsed() < time {
            beat.tick().await;
            let passed = began.elapsed();
            let until = |rate: u64| rate * u64::try_from(passed.as_millis()).unwrap_or(0) / 1_000;
            let more = until(ours) - told;
            told += more;
            self.tells(more).await?;
            let more = until(elsewhere) - told_elsewhere;
            told_elsewhere += more;
            self.discord.tells(more, &mut noise.0, &mut noise.1).await?;
            if passed >= next_press {
                next_press += BETWEEN_PRESSES;
                self.presses().await?;
            }
        }
        self.discord.answered().await
    }

    fn usage(&self) -> Result<Usage> {
        Usage::of(&self.id)
    }

    /// Stops it, and makes sure that everything it was told is there and adds up.
    async fn stops(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.id]).status()?;
        ensure!(told.success(), "it has ended before its time");
        if let Some(mut child) = self.child.take() {
            // Elsewhere: the small Discord goes on serving from here.
            let ended = tokio::task::spawn_blocking(move || child.wait());
            ensure!(ended.await??.success(), "it has ended badly");
        }
        let store = Store::open_read_only(&self.folder.path().join("sameday.db")).await?;
        let report = check::check(&store).await?;
        ensure!(report.findings.is_empty(), "{:?}", report.findings);
        let claims = report.events.checked_sub(self.threads * 2 + self.sent);
        let claims = claims.context("messages were lost")?;
        ensure!(claims <= self.pressed, "{claims} events too many");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // What cannot be killed has ended.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn command(disk: &Disk, folder: &TempDir) -> Command {
    let mut command = disk.command(env!("CARGO_BIN_EXE_sameday"));
    command
        .arg("run")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("DISK_FORGETS", "1")
        .env("SAMEDAY_LOG", "warn")
        .env("SAMEDAY_CONFIG", settings(folder))
        .env("DISCORD_TOKEN", "a.b.c");
    command
}

fn settings(folder: &TempDir) -> PathBuf {
    folder.path().join("sameday.toml")
}

fn first_answers(what: &str, times: &mut [Duration], target: Target) {
    let p99 = percentile(times, 99).as_secs_f64() * 1e3;
    say(&format!("{what}: first answer, p99"), p99, "ms", target);
    let median = percentile(times, 50).as_secs_f64() * 1e3;
    println!("  {} answers, median {median:.2} ms", times.len());
}

/// How soon people are answered.
pub(crate) async fn answers(time: Duration) -> Result<()> {
    let mut program = Program::starts(10_000, true).await?;
    // What a start leaves to be done, and what is allocated once, is not measured.
    program.runs(Duration::from_secs(3), 1_000, 0).await?;
    let mut alone = program.runs(time, 250, 0).await?;
    first_answers("250 messages/s", &mut alone, Target::None);
    let mut noisy = program.runs(time, 250, 4_750).await?;
    first_answers("and 4,750/s of another guild", &mut noisy, Target::None);
    let ratio = percentile(&mut noisy, 99).as_secs_f64() / percentile(&mut alone, 99).as_secs_f64();
    say(
        "a noisy guild: p99 / p99 alone",
        ratio,
        "",
        Target::AtMost(2.0),
    );
    let mut busy = program.runs(time, 5_000, 0).await?;
    first_answers("5,000 messages/s", &mut busy, Target::AtMost(10.0));
    let mut inside = Vec::new();
    let mut beat = interval(BETWEEN_BURSTS);
    for _ in 0..time.as_secs() {
        beat.tick().await;
        program.tells(2_500).await?;
        program.presses().await?;
        program.tells(2_500).await?;
        program.presses().await?;
        inside.extend(program.discord.answered().await?);
    }
    first_answers("in bursts of 5,000", &mut inside, Target::AtMost(300.0));
    for millis in [200, 1_000] {
        program.disk.set(Number::SyncMillis, millis);
        let mut slow = program.runs(time, 1_000, 0).await?;
        let what = format!("each sync {millis} ms slower");
        first_answers(&what, &mut slow, Target::AtMost(10.0));
        program.disk.set(Number::SyncMillis, 0);
        program.taken().await?;
    }
    program.stops().await
}

/// What it holds in memory.
pub(crate) async fn memory(
    time: Duration,
    messages: u64,
    many: Option<(usize, u64)>,
    stopped: Duration,
) -> Result<()> {
    for (threads, target) in [(10_000, 40.0), (100_000, 90.0)] {
        let mut program = Program::starts(threads, true).await?;
        program.presses().await?;
        program.discord.answered().await?;
        let rest = program.usage()?;
        let what = format!("{threads} threads, at rest");
        say(&what, rest.rss_mb, "MB", Target::AtMost(target));
        println!("  {:.1} MB of it mapped from files", rest.file_mb);
        program.runs(time, 5_000, 0).await?;
        let what = format!("{threads} threads, 5,000 messages/s: most");
        say(
            &what,
            program.usage()?.peak_mb,
            "MB",
            Target::AtMost(target),
        );
        program.tells(messages).await?;
        program.taken().await?;
        let usage = program.usage()?;
        let what = format!("{threads} threads, {messages} messages at once: most");
        say(&what, usage.peak_mb, "MB", Target::AtMost(target));
        println!("  {:.1} MB afterwards", usage.rss_mb);
        if threads == 10_000 {
            if let Some((rounds, many)) = many {
                program.grows(rounds, many).await?;
            }
            let more = program.hoards(stopped).await?;
            let what = format!("the disk takes nothing for {stopped:?}: more");
            say(&what, more, "MB", Target::AtMost(50.0));
            continue;
        }
        program.stops().await?;
    }
    Ok(())
}

impl Program {
    /// So many messages, as fast as they are taken, and that so many times: how much more memory each
    /// time takes, once what is kept of all threads and the room for it have settled.
    async fn grows(&mut self, rounds: usize, messages: u64) -> Result<()> {
        let mut medians = Vec::new();
        for _ in 0..rounds {
            medians.push(self.takes(messages).await?);
        }
        let settled = medians.get(rounds / 2..).unwrap_or_default();
        let (first, last) = settled
            .first()
            .zip(settled.last())
            .context("too few rounds")?;
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let each = (last - first) / (settled.len() - 1) as f64;
        let what = format!(
            "the last {} of {rounds} x {messages} more: each adds",
            settled.len()
        );
        say(&what, each, "MB", Target::AtMost(0.1));
        println!("  medians {medians:.1?} MB");
        Ok(())
    }

    /// So many messages, as fast as they are taken: how many megabytes there are meanwhile, most of the
    /// time.
    async fn takes(&mut self, messages: u64) -> Result<f64> {
        let id = self.id.clone();
        let mut seen = Vec::new();
        let watching = async {
            let mut beat = interval(BEAT);
            loop {
                beat.tick().await;
                seen.push(Usage::of(&id)?.rss_mb);
            }
        };
        let ended: Result<()> = tokio::select! {
            ended = self.tells(messages) => ended,
            failed = watching => failed,
        };
        ended?;
        self.taken().await?;
        seen.sort_by(f64::total_cmp);
        seen.get(seen.len() / 2)
            .copied()
            .context("nothing was seen")
    }

    /// The disk takes nothing for a while, in which 5,000 messages a second come: how many megabytes
    /// that adds. What was on its way is given up then.
    async fn hoards(&mut self, stopped: Duration) -> Result<f64> {
        let id = self.id.clone();
        let before = self.usage()?.rss_mb;
        self.disk
            .set(Number::SyncMillis, u64::try_from(stopped.as_millis())?);
        let mut most = before;
        let sending = async {
            let mut beat = interval(BEAT);
            loop {
                beat.tick().await;
                // Whoever sends is held back when no more is taken.
                self.tells(50).await?;
            }
        };
        let watching = async {
            let mut beat = interval(BEAT * 10);
            loop {
                beat.tick().await;
                most = most.max(Usage::of(&id)?.rss_mb);
            }
        };
        let ended: Result<Result<()>, _> = tokio::time::timeout(stopped, async {
            tokio::select! {
                failed = sending => failed,
                failed = watching => failed,
            }
        })
        .await;
        if let Ok(failed) = ended {
            failed?;
        }
        Ok(most - before)
    }

    /// Waits until everything that was sent is written: whoever presses now is told after it.
    async fn taken(&mut self) -> Result<()> {
        self.presses().await?;
        self.discord.answered().await?;
        // The first answer overtakes; the database says when the rest is there.
        let database = self.folder.path().join("sameday.db");
        let store = Store::open_read_only(&database).await?;
        let mut beat = interval(BEAT);
        loop {
            beat.tick().await;
            let positions = store.load_positions().await?;
            if positions
                .iter()
                .any(|position| position.sequence + 1 >= self.discord.sequence())
            {
                return Ok(());
            }
        }
    }
}

/// How fast it starts.
pub(crate) async fn start(rounds: u64) -> Result<()> {
    for (resumes, what) in [
        (true, "going on with a session"),
        (false, "with a new session"),
    ] {
        let mut times = Vec::new();
        for _ in 0..rounds {
            let mut program = Program::starts(100_000, resumes).await?;
            program.presses().await?;
            program.discord.answered().await?;
            times.push(program.started.elapsed());
        }
        let worst = times.iter().max().copied().unwrap_or_default();
        let what = format!("100,000 threads, {what}: start to first answer");
        say(&what, worst.as_secs_f64(), "s", Target::AtMost(1.3));
    }
    Ok(())
}
