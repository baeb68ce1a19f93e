//! The program as an operator runs it: a settings file, the environment, signals.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use discord_sim::people::Seen;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::stage::{Stage, Wishes, within};

/// A stage whose clock is the system's, and the program in front of it.
struct Operator {
    stage: Stage,
    settings: PathBuf,
    _folder: TempDir,
}

impl Operator {
    async fn arrives() -> Self {
        let stage = Stage::set(Wishes {
            system_clock: true,
            ..Wishes::default()
        })
        .await;
        let folder = TempDir::new().unwrap();
        let settings = folder.path().join("sameday.toml");
        std::fs::write(&settings, stage.settings()).unwrap();
        Self {
            stage,
            settings,
            _folder: folder,
        }
    }

    fn command(&self, words: &[&str]) -> Command {
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

    async fn runs(&self, words: &[&str]) -> Output {
        ends(self.command(words).spawn().unwrap()).await
    }

    /// Starts the bot and waits until its session with Discord stands.
    async fn starts_bot(&self) -> Bot {
        let bot = Bot(Some(self.command(&["run"]).spawn().unwrap()));
        self.stage.sim.gateway().until_connected(1).await.unwrap();
        bot
    }
}

/// The running bot; a test that fails leaves none behind.
struct Bot(Option<Child>);

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(mut bot) = self.0.take() {
            bot.kill().unwrap();
            bot.wait().unwrap();
        }
    }
}

async fn ends(program: Child) -> Output {
    let ended = spawn_blocking(|| program.wait_with_output());
    within("the program ends", ended).await.unwrap().unwrap()
}

/// What `kill` does.
async fn terminate(mut bot: Bot) {
    let bot = bot.0.take().unwrap();
    let sent = Command::new("kill")
        .args(["-TERM", &bot.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let before = Instant::now();
    let output = ends(bot).await;
    let took = before.elapsed();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(took < Duration::from_secs(2), "{took:?}: {log}");
    assert!(output.status.success(), "{:?}: {log}", output.status);
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn the_program_serves_stops_when_told_and_goes_on_where_it_was() {
    let operator = Operator::arrives().await;
    let stage = &operator.stage;
    let bot = operator.starts_bot().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    let card = stage.mia.expects(post, |_| true).await.unwrap();
    assert!(card.says("A human will answer by"), "{}", card.text());
    let claimed = stage.eva.runs_when_offered(post, "/claim").await.unwrap();
    let told = claimed.message().await.unwrap();
    assert!(stage.looks_at(&told).contains("It's yours"));

    let refused = operator.runs(&["run"]).await;
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.starts_with("sameday: ") && said.lines().count() == 1,
        "{said}"
    );
    assert!(
        said.contains("is in use by another sameday process"),
        "{said}"
    );
    terminate(bot).await;

    let checked = operator.runs(&["check"]).await;
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}");

    stage.eva.posts(post, "Which version?").unwrap();
    let bot = operator.starts_bot().await;
    stage
        .mia
        .waits(post, |seen| {
            seen.is_by_bot() && seen.says("There is an answer")
        })
        .await
        .unwrap();
    let counters = stage.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 1));
    terminate(bot).await;
    assert!(operator.runs(&["check"]).await.status.success());
    assert_eq!(stage.sim.findings(), []);
    assert!(stage.sim.unread().is_empty());
}

#[tokio::test]
async fn killed_without_a_word_the_program_goes_on_where_it_was() {
    let operator = Operator::arrives().await;
    let stage = &operator.stage;
    let bot = operator.starts_bot().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.mia.expects(post, |_| true).await.unwrap();
    stage.eva.posts(post, "Which version?").unwrap();
    drop(bot);
    stage.ann.posts(post, "1.4.").unwrap();
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();

    let bot = operator.starts_bot().await;
    stage.mia.expects(second, |_| true).await.unwrap();
    let waits = |seen: &Seen| seen.is_by_bot() && seen.says("Your new message is noted");
    stage.mia.waits(post, waits).await.unwrap();
    terminate(bot).await;
    assert!(operator.runs(&["check"]).await.status.success());
    for thread in [post, second] {
        let seen = stage.mia.sees(thread).unwrap();
        assert_eq!(seen.iter().filter(|seen| seen.is_by_bot()).count(), 1);
    }
    let counters = stage.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 1));
    assert_eq!(stage.sim.findings(), []);
    assert!(stage.sim.unread().is_empty());
}

#[tokio::test]
async fn told_to_stop_before_discord_has_said_a_word_the_program_stops() {
    let operator = Operator::arrives().await;
    let gateway = operator.stage.sim.gateway();
    gateway.trouble(|trouble| trouble.mute = true);
    let bot = Bot(Some(operator.command(&["run"]).spawn().unwrap()));
    gateway
        .until(Duration::from_secs(10), |_, counters| {
            counters.connections > 0
        })
        .await
        .unwrap();
    terminate(bot).await;
    assert_eq!(operator.stage.sim.findings(), []);
}
