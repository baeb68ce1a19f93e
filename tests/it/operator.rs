//! The program as an operator runs it: a process of its own, with a settings file, the environment
//! and signals.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use sameday::store::{Store, check};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::stage::{Stage, USUAL_PROMISE, Wishes, within};

/// How often the system counts CPU time in a second, on every Linux there is.
const TICKS: f64 = 100.0;

/// A stage whose clock is the system's, and the program in front of it.
pub(crate) struct Operator {
    pub(crate) stage: Stage,
    settings: PathBuf,
    folder: TempDir,
}

impl Operator {
    pub(crate) async fn arrives() -> Self {
        Self::takes(Wishes {
            system_clock: true,
            ..Wishes::default()
        })
        .await
    }

    pub(crate) async fn takes(wishes: Wishes) -> Self {
        Self::of(Stage::set(wishes).await)
    }

    /// One whose promise is another than usual.
    pub(crate) async fn promises(wishes: Wishes, promise: &str) -> Self {
        let mut stage = Stage::set(wishes).await;
        stage.rewrites_settings(USUAL_PROMISE, promise);
        Self::of(stage)
    }

    fn of(stage: Stage) -> Self {
        let folder = TempDir::new().unwrap();
        let settings = folder.path().join("sameday.toml");
        fs::write(&settings, stage.settings()).unwrap();
        Self {
            stage,
            settings,
            folder,
        }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sameday"));
        command
            .arg("--config")
            .arg(&self.settings)
            .args(words)
            .env_clear()
            .env("DISCORD_TOKEN", self.stage.token())
            .env("SAMEDAY_DATABASE", self.stage.database())
            .env("SAMEDAY_DISCORD_API", self.stage.sim.base_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) async fn runs(&self, words: &[&str]) -> Output {
        let program = self.command(words).spawn().unwrap();
        let ended = spawn_blocking(|| program.wait_with_output());
        within("the program ends", ended).await.unwrap().unwrap()
    }

    /// Starts the bot.
    pub(crate) fn launches_bot(&self) -> Bot {
        self.launches(self.command(&["run"]))
    }

    /// Starts the bot in a way of its own.
    pub(crate) fn launches(&self, mut command: Command) -> Bot {
        let log = self.folder.path().join("log");
        // A file: nobody reads a pipe while a test does something else, and a full one blocks.
        command.stderr(File::create(&log).unwrap());
        Bot {
            child: Some(command.spawn().unwrap()),
            log,
        }
    }

    /// Starts the bot and waits until its session with Discord stands.
    pub(crate) async fn starts_bot(&self) -> Bot {
        let bot = self.launches_bot();
        self.stage.sim.gateway().until_connected(1).await.unwrap();
        bot
    }

    /// Ends the bot without a word, as `kill -9` does, and waits until Discord has noticed.
    pub(crate) async fn kills(&self, mut bot: Bot) {
        bot.killed();
        self.stage.sim.gateway().until_connected(0).await.unwrap();
    }

    /// What the bot recorded, once it has ended or while it runs.
    pub(crate) async fn reads(&self) -> Store {
        Store::open_read_only(&self.stage.database()).await.unwrap()
    }

    /// Holds every ticket against its events. How many events there are.
    pub(crate) async fn checks(&self) -> u64 {
        let report = check::check(&self.reads().await).await.unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        report.events
    }
}

/// The running bot; a test that fails leaves none behind.
pub(crate) struct Bot {
    child: Option<Child>,
    log: PathBuf,
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.killed();
    }
}

impl Bot {
    pub(crate) fn id(&self) -> String {
        self.child.as_ref().unwrap().id().to_string()
    }

    fn killed(&mut self) {
        if let Some(mut bot) = self.child.take() {
            bot.kill().unwrap();
            bot.wait().unwrap();
        }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// How much CPU time it has used, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // Behind the name, which may hold anything: the 12th and 13th are its time in user and
        // system mode. Source: proc(5).
        let (_, behind) = stat.rsplit_once(')').unwrap();
        let ticks: f64 = behind
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|field| field.parse::<f64>().unwrap())
            .sum();
        ticks / TICKS
    }

    /// Waits for its end.
    pub(crate) async fn ends(mut self) -> (ExitStatus, String) {
        let mut bot = self.child.take().unwrap();
        let ended = spawn_blocking(move || bot.wait());
        let status = within("the program ends", ended).await.unwrap().unwrap();
        (status, self.log())
    }

    /// What `kill` does: it ends within two seconds, in good order.
    pub(crate) async fn terminated(self) {
        let sent = Command::new("kill").args(["-TERM", &self.id()]).status();
        assert!(sent.unwrap().success());
        let before = Instant::now();
        let (status, log) = self.ends().await;
        let took = before.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?}: {log}");
        assert!(status.success(), "{status:?}: {log}");
        assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    }
}
