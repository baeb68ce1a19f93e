//! sameday on the command line: arguments, then settings, then run. No logic lives here.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use sameday::app::{App, Setup};
use sameday::clock::Clock;
use sameday::config::{Config, Environment};
use sameday::domain::ids::ChannelId;
use sameday::domain::policy::Policy;
use sameday::domain::preview;
use sameday::github::{Bridge, access};
use sameday::settings::{self, History, Ruling, SettingsError};
use sameday::store::{Store, check};
use sameday::{backtest, text};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long a stop waits for what is under way on Discord: whoever stops the bot sees it end within
/// two seconds, whatever Discord does.
const STOPPING: Duration = Duration::from_millis(1_200);

/// Keeps a team's same-day promise on Discord: every help thread a ticket, every ticket a clock.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The settings file [default: `SAMEDAY_CONFIG`, else sameday.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try the real bot in a simulated Discord, in the browser. Needs nothing, leaves nothing behind
    #[cfg(feature = "demo")]
    Demo {
        /// The page's port on 127.0.0.1; where it is taken, any free one is
        #[arg(long, default_value_t = sameday::demo::USUAL_PORT)]
        port: u16,
        /// Tell a story here in the terminal instead
        #[arg(long, conflicts_with = "port")]
        told: bool,
        /// The pause before each step of the story [default: 0.6 on a terminal, else 0]
        #[arg(long, value_name = "SECONDS", value_parser = pause, requires = "told")]
        pace: Option<Duration>,
    },
    /// Run the bot. Needs a settings file and `DISCORD_TOKEN`
    Run,
    /// Rebuild every ticket from its events and compare; look for damage, and for what GitHub refuses
    Check,
    /// Show which settings are in force: the file's, or those that were made on Discord
    Settings {
        #[command(subcommand)]
        what: Option<SettingsCommand>,
    },
    /// Show what could not be delivered, and what still waits
    Outbox {
        /// Try a dead letter again, by its number; the bot must not be running
        #[arg(long, value_name = "NUMBER")]
        retry: Option<i64>,
    },
    /// Show by when an answer would be due: asked now, tonight, on Friday at 16:30
    Due {
        /// Only the policies for this channel
        #[arg(long, value_name = "ID")]
        channel: Option<ChannelId>,
        /// Asked then instead, as in "friday 16:30", in the zone of each policy
        #[arg(long, value_name = "WHEN")]
        at: Option<String>,
    },
    /// Run a promise over recorded threads (.jsonl or .jsonl.gz; - is standard input)
    Backtest {
        /// The recorded threads
        file: PathBuf,
        /// A settings file whose calendars and policies are tried [default: the team's table]
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// A settings file whose promise is tried as well, to show what it would change
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// How the result is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

#[derive(Subcommand)]
enum SettingsCommand {
    /// Write the settings in force, or an earlier version, to standard output
    Export {
        /// Which version
        #[arg(long, value_name = "NUMBER")]
        version: Option<u32>,
    },
    /// Let the settings file count again; the bot must not be running
    UseFile,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when standard error is closed too.
            drop(writeln!(
                io::stderr(),
                "sameday: {}",
                text::report::failure(&error)
            ));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let environment = Environment::read()?;
    let config = || Config::read(arguments.config.as_deref(), &environment);
    match arguments.command {
        #[cfg(feature = "demo")]
        Command::Demo { port, told, pace } => {
            log(environment.log.as_deref().unwrap_or("error"))?;
            if told {
                runtime()?.block_on(tell(pace))
            } else {
                runtime()?.block_on(demonstrate(port))
            }
        }
        Command::Run => {
            log(environment.log.as_deref().unwrap_or("info,serenity=warn"))?;
            let config = config()?;
            let github = match config.github {
                Some(_) => Some(environment.github()?),
                None => None,
            };
            let setup = Setup {
                config,
                github,
                token: environment.load_token()?,
                discord_api: environment.discord_api()?,
                clock: Clock::System,
            };
            let runtime = runtime()?;
            let ended = runtime.block_on(serve(setup));
            // What did not end in time is left behind; dropping the runtime would wait for it.
            runtime.shutdown_background();
            ended
        }
        Command::Check => runtime()?.block_on(inspect(&config()?, &environment)),
        Command::Settings { what } => runtime()?.block_on(in_force(&config()?, what)),
        Command::Outbox { retry: None } => runtime()?.block_on(outbox(&config()?.database)),
        Command::Outbox {
            retry: Some(number),
        } => runtime()?.block_on(try_again(&config()?.database, number)),
        Command::Due { channel, at } => {
            let policies = Config::read_set_policies(arguments.config.as_deref(), &environment)?;
            let policies = match config() {
                Ok(config) => runtime()?.block_on(promised(&config))?.unwrap_or(policies),
                // Calendars and policies alone: a promise that is still being written.
                Err(error) => {
                    writeln!(
                        io::stderr(),
                        "sameday: this is by the calendars and policies alone; run would refuse these settings: {error}"
                    )?;
                    policies
                }
            };
            let now = Clock::System.now();
            let previews = preview::preview(&policies, channel, at.as_deref(), now)?;
            write(&text::due::preview(&previews, now))
        }
        Command::Backtest {
            file,
            policy,
            against,
            format,
        } => {
            let policies = match policy {
                Some(policy) => Config::read_policies(&policy)?,
                None => Config::default_policies()?,
            };
            match against {
                None => show(&backtest::run(&file, policies)?, format),
                Some(against) => {
                    let against = Config::read_policies(&against)?;
                    show(&backtest::compare(&file, policies, against)?, format)
                }
            }
        }
    }
}

/// Writes a result for people or for programs.
fn show(result: &(impl Display + Serialize), format: Format) -> anyhow::Result<ExitCode> {
    write(&match format {
        Format::Text => result.to_string(),
        Format::Json => serde_json::to_string_pretty(result)?,
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("the system gives no threads")
}

/// What ends a program from outside: SIGTERM and Ctrl-C.
struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    /// To be called before anything is begun that must be put away: from here on a signal is kept
    /// until somebody waits for it.
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wanted(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn serve(setup: Setup) -> anyhow::Result<ExitCode> {
    let mut end = End::listen()?;
    let mut app = tokio::select! {
        app = App::start(setup) => app?,
        () = end.wanted() => return Ok(ExitCode::SUCCESS),
    };
    tracing::info!("at work");
    let ended = tokio::select! {
        error = app.ended() => Some(error),
        () = end.wanted() => None,
    };
    tracing::info!("stopping");
    app.stop(STOPPING).await;
    ended.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}

/// The demo in the browser, until somebody ends it.
#[cfg(feature = "demo")]
async fn demonstrate(port: u16) -> anyhow::Result<ExitCode> {
    use sameday::demo::{Demo, Options};

    let mut end = End::listen()?;
    let demo = tokio::select! {
        demo = Demo::open(Options::here(port)?) => demo?,
        // What is dropped here takes its temporary folder along.
        () = end.wanted() => return Ok(ExitCode::SUCCESS),
    };
    if port != 0 && demo.port() != port {
        write(&format!("Port {port} is taken, so it is on another one."))?;
    }
    write(&format!(
        "A small Discord on this computer, with the real bot in it:\n\n  {}\n\n\
         No account, no network. Ctrl-C ends it, and nothing is left behind.",
        demo.url()
    ))?;
    end.wanted().await;
    demo.close().await;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "demo")]
async fn tell(pace: Option<Duration>) -> anyhow::Result<ExitCode> {
    let mut end = End::listen()?;
    tokio::select! {
        told = sameday::demo::tell(pace) => told?,
        // What is dropped here takes its temporary folder along.
        () = end.wanted() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A length in seconds, fractions too.
#[cfg(feature = "demo")]
fn pause(typed: &str) -> Result<Duration, String> {
    let seconds: f64 = typed
        .parse()
        .map_err(|_| "write seconds, such as 1.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "no such length of time".to_owned())
}

async fn inspect(config: &Config, environment: &Environment) -> anyhow::Result<ExitCode> {
    let store = Store::open_read_only(&config.database).await?;
    let report = check::check(&store).await?;
    let mut said = text::report::check(&report);
    if let Some(history) = History::load(&store, config.guild.id()).await? {
        said.push_str(text::settings::ruling(&history, &config.document));
    }
    write(&said)?;
    let mut complaints = Vec::new();
    if let Some(settings) = &config.github {
        let bridge = Bridge::new(settings, &environment.github()?, &Clock::System)?;
        let survey = access::survey(&bridge).await;
        complaints = survey.context("GitHub does not say what the bot may do there")?;
    }
    for complaint in &complaints {
        write(&complaint.to_string())?;
    }
    Ok(if report.findings.is_empty() && complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn in_force(config: &Config, what: Option<SettingsCommand>) -> anyhow::Result<ExitCode> {
    if let Some(SettingsCommand::UseFile) = what {
        let store = Store::open(&config.database).await?;
        settings::use_file(&store, config, Clock::System.now()).await?;
        store.close().await;
        return write("The settings file counts from the next start on.");
    }
    let store = Store::open_read_only(&config.database).await?;
    let history = History::load(&store, config.guild.id()).await?;
    let history = history.ok_or(SettingsError::Nothing)?;
    match what {
        Some(SettingsCommand::Export { version }) => {
            let mut versions = history.versions.iter().rev();
            let found = versions.find(|it| version.is_none_or(|wanted| it.version == wanted));
            let found = found.context("there is no such version; `sameday settings` lists them")?;
            write(&found.document)
        }
        _ => write(&text::settings::report(&history, &config.document)),
    }
}

/// What is promised by the settings that were made on Discord, when they are in force.
async fn promised(config: &Config) -> anyhow::Result<Option<Vec<Policy>>> {
    if !config.database.exists() {
        return Ok(None);
    }
    let store = Store::open_read_only(&config.database).await?;
    let history = History::load(&store, config.guild.id()).await?;
    let ruling = history
        .as_ref()
        .map(|history| history.ruling(&config.document));
    Ok(match (history, ruling) {
        (Some(history), Some(Ruling::Discord { .. })) => {
            let settings = history.settings()?;
            Some(settings.service_level.newest().policies.clone())
        }
        _ => None,
    })
}

async fn outbox(database: &Path) -> anyhow::Result<ExitCode> {
    let store = Store::open_read_only(database).await?;
    let (dead, waiting) = (store.list_dead().await?, store.list_pending().await?);
    write(&text::report::outbox(&dead, &waiting))
}

async fn try_again(database: &Path, number: i64) -> anyhow::Result<ExitCode> {
    let store = Store::open(database).await?;
    let found = store.retry_dead(number, Clock::System.now()).await?;
    store.close().await;
    if found {
        write(&format!(
            "Number {number} is tried again when the bot runs."
        ))
    } else {
        anyhow::bail!(
            "there is no dead letter with the number {number}; `sameday outbox` lists them"
        )
    }
}

fn log(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(|_| {
        anyhow::anyhow!(
            "SAMEDAY_LOG is {filter:?}, which is no filter; write it like `info` or `sameday=debug`"
        )
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for a terminal; in a file or a journal they are litter.
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    Ok(())
}

/// Writes to standard output; a reader that has had enough (`| head`) is no error.
fn write(text: &str) -> anyhow::Result<ExitCode> {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.context("cannot write to standard output")?,
    }
    Ok(ExitCode::SUCCESS)
}
