//! How fast the bot takes what Discord sends, beside a bare serenity client that only counts.
//!
//! ```text
//! cargo bench --bench speed                         a few minutes
//! SAMEDAY_BENCH=long cargo bench --bench speed      the full lengths
//! cargo bench --bench speed -- chain                one part: bare, chain, parse, ledger, answers,
//!                                                   memory, start, sweep, timers
//! ```
//!
//! Wall times on a shared machine mean little. What counts are ratios of one run, and the CPU time
//! each contender needs for a message. Each contender is a process of its own, so that its CPU time
//! and memory are its own; the frames come from this process, over a socket.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod bare;
mod chain;
mod contest;
mod discord;
#[path = "../it/disk/shim.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the tests' own, of which a bench needs a part"
)]
mod disk;
mod figures;
mod frames;
mod house;
mod parts;
mod program;
mod pump;
mod timers;
mod usage;

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use contest::Contender;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    /// How many messages a contender is sent.
    messages: u64,
    /// How often the contenders take turns; the middle of their rates counts.
    rounds: usize,
    /// How often how many messages show whether memory grows.
    many_messages: Option<(usize, u64)>,
    /// How long first answers are watched, of each kind.
    watched: Duration,
    /// For how long the disk takes nothing.
    stopped: Duration,
    /// How often the program is started.
    starts: u64,
    /// How many tickets are open in a sweep.
    open: u64,
    /// How many tickets fall due within how long, over how many restarts.
    timers: (u64, Duration, u32),
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with("--"))
        .collect();
    match words.as_slice() {
        ["contend", who, base, messages, threads] => {
            let (messages, threads) = (messages.parse()?, threads.parse()?);
            match Contender::named(who)? {
                Contender::Bare => bare::run(base, messages),
                Contender::Chain => chain::run(base, messages, threads),
                Contender::Parse => parts::parse(messages, threads),
                Contender::Ledger => parts::ledger(messages, threads),
            }
        }
        [] => table(&[
            "chain", "parse", "ledger", "answers", "memory", "start", "sweep", "timers",
        ]),
        parts => table(parts),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Runtime::new()?)
}

fn lengths() -> Lengths {
    #[expect(clippy::disallowed_methods, reason = "a bench has no settings file")]
    let long = std::env::var("SAMEDAY_BENCH").is_ok_and(|length| length == "long");
    if long {
        Lengths {
            messages: 1_000_000,
            rounds: 3,
            many_messages: Some((16, 1_000_000)),
            watched: Duration::from_mins(1),
            stopped: Duration::from_mins(1),
            starts: 5,
            open: 1_000_000,
            timers: (333_334, Duration::from_mins(5), 50),
        }
    } else {
        Lengths {
            messages: 200_000,
            rounds: 3,
            many_messages: None,
            watched: Duration::from_secs(15),
            stopped: Duration::from_secs(10),
            starts: 3,
            open: 100_000,
            timers: (20_000, Duration::from_secs(20), 5),
        }
    }
}

fn table(parts: &[&str]) -> Result<()> {
    let lengths = lengths();
    for part in parts {
        match *part {
            "bare" => contest::alone(Contender::Bare, lengths.messages, 10_000)?,
            "ours" => contest::alone(Contender::Chain, lengths.messages, 10_000)?,
            "chain" => contest::beside(lengths.messages, lengths.rounds)?,
            "parse" => contest::alone(Contender::Parse, lengths.messages, 10_000)?,
            "ledger" => contest::alone(Contender::Ledger, lengths.messages, 10_000)?,
            "answers" => runtime()?.block_on(program::answers(lengths.watched))?,
            "memory" => runtime()?.block_on(program::memory(
                lengths.watched,
                lengths.messages,
                lengths.many_messages,
                lengths.stopped,
            ))?,
            "start" => runtime()?.block_on(program::start(lengths.starts))?,
            "sweep" => runtime()?.block_on(timers::sweep(lengths.open))?,
            "timers" => {
                let (tickets, time, restarts) = lengths.timers;
                runtime()?.block_on(timers::timers(tickets, time, restarts))?;
            }
            other => bail!("there is no part {other}"),
        }
    }
    ensure!(!figures::missed(), "a figure is not what it should be");
    Ok(())
}
