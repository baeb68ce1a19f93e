//! The program itself, as a process of its own: what it says and how it ends.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use discord_sim::people::{Person, Seen};
use sameday::clock::Clock;
use sameday::store::{Store, check};

use crate::stage::{Stage, Wishes};

/// How long somebody waits for a process that shares the machine with others.
const PATIENCE: Duration = Duration::from_mins(1);

/// A stage whose time is the present, as that of a process is.
async fn set() -> Stage {
    let now = Clock::System.now();
    Stage::set(Wishes {
        now,
        ..Wishes::default()
    })
    .await
}

/// A bot that is a process. It ends with the test, however that ends.
struct Bot {
    child: Option<Child>,
    log: PathBuf,
}

impl Bot {
    fn starts(stage: &Stage, log: &str, command: &mut Command) -> Self {
        let path = stage.database().with_extension("log");
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SAMEDAY_LOG", log)
            .env("SAMEDAY_CONFIG", stage.settings_file())
            .env("SAMEDAY_DISCORD_API", stage.sim.base_url())
            .env("DISCORD_TOKEN", stage.token())
            .stderr(File::create(&path).unwrap());
        Self {
            child: Some(command.spawn().unwrap()),
            log: path,
        }
    }

    fn id(&self) -> String {
        self.child.as_ref().unwrap().id().to_string()
    }

    /// Waits for its end: its exit code, and everything it logged.
    async fn ends(mut self) -> (Option<i32>, String) {
        let mut child = self.child.take().unwrap();
        let ended = tokio::task::spawn_blocking(move || child.wait());
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        let status = ended.expect("it ends in time").unwrap().unwrap();
        (status.code(), fs::read_to_string(&self.log).unwrap())
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn tells(program: &str, arguments: &[&str]) {
    let told = Command::new(program).args(arguments).status().unwrap();
    assert!(told.success(), "{program} {arguments:?}");
}

fn patient(person: &Person) -> Person {
    person.clone().patient(PATIENCE)
}

/// Ann asks, now.
fn asks(stage: &Stage, title: &str) -> u64 {
    stage.hand.set(Clock::System.now());
    stage.ann.asks(stage.forum, title, "Since today.").unwrap()
}

#[tokio::test]
async fn a_revoked_token_ends_it_and_no_log_ever_holds_it() {
    let stage = set().await;
    let mut run = Command::new(env!("CARGO_BIN_EXE_sameday"));
    // Everything that can be logged, of every library.
    let bot = Bot::starts(&stage, "trace", run.arg("run"));
    let (ann, eva) = (patient(&stage.ann), patient(&stage.eva));
    stage.sim.gateway().until_connected(1).await.unwrap();
    let post = asks(&stage, "It hangs");
    let card = ann.expects(post, Seen::is_by_bot).await.unwrap();
    let claimed = eva.clicks(&card, "Claim").unwrap();
    claimed.told().await.unwrap();
    eva.runs_when_offered(post, "/why")
        .await
        .unwrap()
        .message()
        .await
        .unwrap();

    stage.sim.gateway().close(4004);
    let (code, log) = bot.ends().await;
    assert_eq!(code, Some(1));
    // Libraries may have a last word after it.
    let said = log.lines().rfind(|line| line.starts_with("sameday: "));
    assert_eq!(
        said.unwrap(),
        "sameday: Discord refuses the bot's token: make a new one in the Developer Portal under \
         Bot, set DISCORD_TOKEN and start again."
    );
    let (token, of_where) = (stage.token(), |line: &&str| line.contains(stage.token()));
    let told: Vec<&str> = log
        .lines()
        .filter(of_where)
        .map(|line| line.get(..160).unwrap_or(line))
        .collect();
    assert!(!log.contains(token), "the token is in the log: {told:#?}");
    assert_eq!(stage.sim.findings(), []);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_is_full_for_a_while_loses_nothing() {
    let stage = set().await;
    let mut run = Command::new("sh");
    run.arg("-c").arg("trap '' XFSZ; exec \"$0\" run");
    let bot = Bot::starts(&stage, "warn", run.arg(env!("CARGO_BIN_EXE_sameday")));
    let (ann, mia) = (patient(&stage.ann), patient(&stage.mia));
    stage.sim.gateway().until_connected(1).await.unwrap();
    // No file of the process may grow much from here on: as good as a full disk, and anybody may do it.
    // The soft limit alone, so that room can be made again.
    let files = ["", "-wal"].map(|ending| format!("{}{ending}", stage.database().display()));
    let lengths = files.map(|file| fs::metadata(file).unwrap().len());
    let most = lengths.iter().max().unwrap() + 100_000;
    let limit = format!("--fsize={most}:unlimited");
    tells("prlimit", &["--pid", &bot.id(), &limit]);
    let mut posts = Vec::new();
    let full = loop {
        let post = asks(&stage, &format!("Question {}", posts.len()));
        posts.push(post);
        let quick = stage.ann.clone().patient(Duration::from_secs(2));
        if quick.expects(post, Seen::is_by_bot).await.is_err() {
            break fs::read_to_string(&bot.log).unwrap();
        }
        assert!(posts.len() < 500, "the disk is never full");
    };
    assert!(full.contains("disk"), "{full}");
    assert!(!full.contains("panicked"), "{full}");
    // More comes while nothing can be written.
    posts.push(asks(&stage, "Meanwhile"));

    tells(
        "prlimit",
        &["--pid", &bot.id(), "--fsize=unlimited:unlimited"],
    );
    for post in posts.iter().rev().take(2) {
        ann.expects(*post, Seen::is_by_bot).await.unwrap();
    }
    let recovered = |seen: &Seen| seen.is_by_bot() && seen.says("The disk refused my notes");
    mia.expects(stage.moderator_channel, recovered)
        .await
        .unwrap();
    tells("kill", &["-TERM", &bot.id()]);
    let (code, log) = bot.ends().await;
    assert_eq!(code, Some(0), "{log}");

    let told = mia.sees(stage.moderator_channel).unwrap();
    assert_eq!(told.iter().filter(|seen| recovered(seen)).count(), 1);
    let store = Store::open_read_only(&stage.database()).await.unwrap();
    let report = check::check(&store).await.unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!(report.tickets, posts.len() as u64);
    assert_eq!(stage.sim.findings(), []);
}
