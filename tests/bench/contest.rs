//! Contenders as processes of their own, and the tables of what they did.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::figures::{Target, say};
use crate::pump::Pump;
use crate::usage::Usage;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// serenity that counts.
    Bare,
    /// Session, intake, ledger, file.
    Chain,
    /// Intake's reading alone.
    Parse,
    /// The ledger alone.
    Ledger,
}

const ALL: [(Contender, &str); 4] = [
    (Contender::Bare, "bare serenity, counting"),
    (Contender::Chain, "socket to commit"),
    (Contender::Parse, "intake's reading alone"),
    (Contender::Ledger, "the ledger alone"),
];

impl Contender {
    fn title(self) -> &'static str {
        let found = ALL.iter().find(|(contender, _)| *contender == self);
        found.map_or("", |(_, title)| title)
    }

    pub(crate) fn named(title: &str) -> Result<Self> {
        let found = ALL.iter().find(|(_, known)| *known == title);
        Ok(found
            .with_context(|| format!("nobody is called {title}"))?
            .0)
    }

    /// Whether frames come to it over a socket.
    fn listens(self) -> bool {
        matches!(self, Self::Bare | Self::Chain)
    }
}

/// What a contender says at the end, as one line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Score {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) rss_before_mb: f64,
    pub(crate) rss_mb: f64,
    pub(crate) peak_mb: f64,
    /// What it measured beside, with names.
    pub(crate) figures: Vec<(String, f64)>,
}

/// A contender's own stopwatch.
#[derive(Debug)]
pub(crate) struct Course {
    began: Instant,
    before: Usage,
}

impl Course {
    /// Says that it is ready and starts the watch.
    pub(crate) fn start() -> Result<Self> {
        println!("ready");
        std::io::stdout().flush()?;
        Ok(Self {
            began: Instant::now(),
            before: Usage::of_this_process()?,
        })
    }

    /// Stops the watch and reports.
    pub(crate) fn finish(self, figures: &[(String, f64)]) -> Result<()> {
        let wall_s = self.began.elapsed().as_secs_f64();
        let after = Usage::of_this_process()?;
        let score = Score {
            wall_s,
            cpu_s: after.cpu_s - self.before.cpu_s,
            rss_before_mb: self.before.rss_mb,
            rss_mb: after.rss_mb,
            peak_mb: after.peak_mb,
            figures: figures.to_vec(),
        };
        println!("{}", serde_json::to_string(&score)?);
        Ok(())
    }
}

/// A contender's process; ended at the latest with this.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(contender: Contender, base: &str, messages: u64, threads: u64) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["contend", contender.title(), base])
            .args([messages.to_string(), threads.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().context("nothing to read from")?;
        Ok(Self {
            child,
            lines: BufReader::new(said).lines(),
        })
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().context("it ended before its time")??)
    }

    fn ready(&mut self) -> Result<()> {
        let said = self.line()?;
        ensure!(said == "ready", "it said {said}");
        Ok(())
    }

    fn score(mut self) -> Result<Score> {
        let score = serde_json::from_str(&self.line()?)?;
        let ended = self.child.wait()?;
        if !ended.success() {
            bail!("it ended with {ended}");
        }
        Ok(score)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended; what cannot be killed has.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Lets one contender run.
pub(crate) fn run(contender: Contender, messages: u64, threads: u64) -> Result<Score> {
    if !contender.listens() {
        let mut running = Running::start(contender, "", messages, threads)?;
        running.ready()?;
        return running.score();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pump = runtime.block_on(Pump::open())?;
    let mut running = Running::start(contender, &pump.base()?, messages, threads)?;
    let mut greeted = runtime.block_on(pump.greet())?;
    running.ready()?;
    runtime.block_on(greeted.send(messages, threads))?;
    running.score()
}

#[expect(clippy::cast_precision_loss, reason = "a rate to be looked at")]
fn rate(messages: u64, seconds: f64) -> f64 {
    messages as f64 / seconds
}

fn head() {
    println!(
        "{:<26} {:>9} {:>14} {:>12} {:>12}",
        "", "per s", "CPU s / 100k", "RSS MB", "peak MB"
    );
}

fn row(title: &str, messages: u64, score: &Score) {
    println!(
        "{title:<26} {:>9.0} {:>14.2} {:>12.1} {:>12.1}",
        rate(messages, score.wall_s),
        score.cpu_s * 1e5 / rate(messages, 1.0),
        score.rss_mb,
        score.peak_mb
    );
    for (name, figure) in &score.figures {
        println!("  {name:<24} {figure:>9.2}");
    }
}

/// One contender, once.
pub(crate) fn alone(contender: Contender, messages: u64, threads: u64) -> Result<()> {
    head();
    let score = run(contender, messages, threads)?;
    row(contender.title(), messages, &score);
    Ok(())
}

/// Ours beside bare serenity, by turns.
pub(crate) fn beside(messages: u64, rounds: usize) -> Result<()> {
    println!("{messages} messages in 10,000 tracked threads, {rounds} rounds");
    head();
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let bare = run(Contender::Bare, messages, 10_000)?;
        row(Contender::Bare.title(), messages, &bare);
        let ours = run(Contender::Chain, messages, 10_000)?;
        row(Contender::Chain.title(), messages, &ours);
        rates.push(bare.wall_s / ours.wall_s);
        costs.push(bare.cpu_s / ours.cpu_s);
    }
    say(
        "ours / bare, by rate (median)",
        median(&mut rates),
        "",
        Target::AtLeast(1.2),
    );
    say(
        "ours / bare, by messages per CPU second",
        median(&mut costs),
        "",
        Target::None,
    );
    Ok(())
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
