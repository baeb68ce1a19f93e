//! sameday on the command line: arguments, then settings, then run. No logic lives here.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use sameday::backtest;
use sameday::config::Config;

/// Keeps a team's same-day promise on Discord: every help thread a ticket, every ticket a clock.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a promise over recorded threads (.jsonl or .jsonl.gz; - is standard input)
    Backtest {
        /// The recorded threads
        file: PathBuf,
        /// A settings file whose calendars and policies are tried [default: the team's table]
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// How the result is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed too.
            drop(writeln!(io::stderr(), "sameday: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Backtest {
            file,
            policy,
            format,
        } => {
            let policies = match policy {
                Some(policy) => Config::read_policies(&policy)?,
                None => Config::default_policies()?,
            };
            let report = backtest::run(&file, policies)?;
            let text = match format {
                Format::Text => report.to_string(),
                Format::Json => serde_json::to_string_pretty(&report)?,
            };
            write(text.trim_end())
        }
    }
}

/// Writes to standard output; a reader that has had enough (`| head`) is no error.
fn write(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}
