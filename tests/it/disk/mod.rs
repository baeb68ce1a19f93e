//! What disks do to a database, tried on the program itself: slow, full, broken, without power,
//! damaged.
//!
//! The bot runs as a process before which a small library is loaded ([`shim`], `disk.c`). It knows
//! every write and every sync of the database's files, can make each of them slow, fail or be the
//! last, and keeps apart what was synced. The rest is real: the program, its file, Discord's clients
//! against the simulated Discord, real time.

mod damaged;
mod failing;
mod power;
mod shim;
mod slow;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use discord_sim::gateway::SessionInfo;
use discord_sim::people::{Answer, Person, Seen};
use sameday::domain::ids::ThreadId;
use sameday::store::{Store, check};
use tokio::task::JoinHandle;

use self::shim::{Disk, Number};
use crate::stage::{Stage, Wishes};

/// How long somebody waits for a process that shares the machine with others.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program on a disk of ours. Killed with this, if it still runs.
struct Bot {
    id: u32,
    ended: JoinHandle<ExitStatus>,
    log: PathBuf,
}

impl Bot {
    fn starts(team: &Team, disk: &Disk) -> Self {
        let log = team.stage.database().with_extension("log");
        let mut command = disk.command(env!("CARGO_BIN_EXE_sameday"));
        let mut child = command
            .arg("run")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SAMEDAY_LOG", "warn")
            .env("SAMEDAY_CONFIG", team.stage.settings_file())
            .env("SAMEDAY_DISCORD_API", team.stage.sim.base_url())
            .env("DISCORD_TOKEN", team.stage.token())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self {
            id: child.id(),
            ended: tokio::task::spawn_blocking(move || child.wait().unwrap()),
            log,
        }
    }

    /// Whether there was still somebody to be told.
    fn told(&self, signal: &str) -> bool {
        let told = Command::new("kill")
            .args([signal, &self.id.to_string()])
            .status();
        told.unwrap().success()
    }

    /// Is killed, unless the disk was quicker.
    async fn dies(&mut self) {
        self.told("-KILL");
        self.end().await;
    }

    /// Stops when told to, and has not said anything it should not.
    async fn stops(mut self) {
        assert!(self.told("-TERM"), "it runs no more: {}", self.log());
        let status = self.end().await;
        assert!(status.success(), "{status}: {}", self.log());
        self.has_not_panicked();
    }

    async fn end(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, &mut self.ended).await;
        ended.expect("it ends").unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn has_not_panicked(&self) {
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if !self.ended.is_finished() {
            self.told("-KILL");
        }
    }
}

/// A stage whose time is the system's, and what its people have done and been told.
struct Team {
    stage: Stage,
    ann: Person,
    eva: Person,
    /// How many messages Ann has written, in each of her threads.
    written: BTreeMap<u64, u32>,
    claims: Vec<(u64, Answer)>,
}

impl Team {
    async fn gathers() -> Self {
        let stage = Stage::set(Wishes {
            system_clock: true,
            ..Wishes::default()
        })
        .await;
        Self {
            ann: stage.ann.clone().patient(PATIENCE),
            eva: stage.eva.clone().patient(PATIENCE),
            stage,
            written: BTreeMap::new(),
            claims: Vec::new(),
        }
    }

    /// A team that the bot has met, the disk on which it did, and how many steps that took.
    async fn at_work() -> (Self, Disk, u64) {
        let mut team = Self::gathers().await;
        let disk = Disk::under(&team.stage.database());
        team.meets(&disk).await;
        let steps = disk.read(Number::Steps);
        assert!(steps > 20, "{steps} steps: the shim is not in between");
        (team, disk, steps)
    }

    /// The bot comes for the first time. What was asked before is not promised anything.
    async fn meets(&mut self, disk: &Disk) {
        let bot = Bot::starts(self, disk);
        let connected =
            |sessions: &[SessionInfo], _: &_| sessions.iter().any(|each| each.connected);
        let gateway = self.stage.sim.gateway();
        gateway.until(PATIENCE, connected).await.unwrap();
        self.works().await;
        bot.stops().await;
    }

    /// Ann asks.
    fn asks(&mut self) -> u64 {
        let title = format!("Question {}", self.written.len() + 1);
        let post = self.ann.asks(self.stage.forum, &title, "Since today.");
        let post = post.unwrap();
        self.written.insert(post, 1);
        post
    }

    /// Ann asks and writes once more in every thread of the last few.
    fn writes(&mut self) -> u64 {
        let post = self.asks();
        for (thread, messages) in self.written.iter_mut().rev().take(4) {
            self.ann.posts(*thread, "Anybody?").unwrap();
            *messages += 1;
        }
        post
    }

    /// Waits until a thread has its card.
    async fn is_promised(&self, thread: u64) {
        self.ann.waits(thread, Seen::is_by_bot).await.unwrap();
    }

    /// Eva claims a thread and reads the answer, which is that she has it.
    async fn claims(&mut self, thread: u64) {
        let answer = self.eva.runs_when_offered(thread, "/claim").await.unwrap();
        self.claims.push((thread, answer.clone()));
        answer.message().await.unwrap();
    }

    /// People at work, for a while.
    async fn works(&mut self) {
        for _ in 0..4 {
            let post = self.writes();
            self.is_promised(post).await;
            self.claims(post).await;
        }
    }

    /// What somebody was told is so. Nothing else is wrong with the file either.
    async fn was_told_the_truth(&self) {
        let store = Store::open_read_only(&self.stage.database()).await;
        let store = store.unwrap();
        let report = check::check(&store).await.unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        for thread in self.written.keys() {
            if self.cards(*thread) > 0 {
                let ticket = store
                    .find_ticket_by_thread(ThreadId(*thread))
                    .await
                    .unwrap();
                let ticket = ticket.expect("a thread with a card is tracked").ticket;
                assert!(ticket.question.is_some(), "{thread}");
            }
        }
        for (thread, answer) in &self.claims {
            if self.has_heard(answer, "It's yours") {
                let ticket = store
                    .find_ticket_by_thread(ThreadId(*thread))
                    .await
                    .unwrap();
                let claim = ticket.unwrap().ticket.claim;
                assert!(claim.is_some(), "{thread} was claimed");
            }
        }
    }

    /// Nothing that was ever written is missing, and nobody was told anything twice.
    async fn has_lost_nothing(&self) {
        let store = Store::open_read_only(&self.stage.database()).await;
        let store = store.unwrap();
        for (thread, messages) in &self.written {
            let row = store
                .find_ticket_by_thread(ThreadId(*thread))
                .await
                .unwrap();
            let counted = row.unwrap().ticket.asker_messages;
            assert_eq!(counted, *messages, "messages in {thread}");
            assert_eq!(self.cards(*thread), 1, "cards in {thread}");
        }
        assert_eq!(self.stage.sim.findings(), []);
    }

    /// The program goes on as if nothing had been: what comes last has its promise, and so has
    /// everything before.
    async fn goes_on(&mut self, disk: &Disk) {
        disk.recovers();
        let bot = Bot::starts(self, disk);
        self.works().await;
        for thread in self.written.keys() {
            self.is_promised(*thread).await;
        }
        bot.stops().await;
        self.was_told_the_truth().await;
        self.has_lost_nothing().await;
    }

    fn cards(&self, thread: u64) -> usize {
        let seen = self.ann.sees(thread).unwrap();
        let by_bot = |seen: &&Seen| seen.is_by_bot() && !seen.is_whisper();
        seen.iter().filter(by_bot).count()
    }

    fn has_heard(&self, answer: &Answer, words: &str) -> bool {
        let interaction = self.stage.sim.interactions().find(answer.interaction());
        let place = interaction.and_then(|interaction| interaction.original);
        let seen = place.and_then(|place| self.eva.look_at(place));
        seen.is_some_and(|seen| seen.says(words))
    }
}
