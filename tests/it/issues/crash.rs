//! The real program, killed at random points while threads become issues.

use std::collections::BTreeSet;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use discord_sim::people::Seen;
use discord_sim::world::NewThread;
use github_sim::Limits;
use sameday::store::{Store, check};

use super::files::{attached, links, with};
use super::{House, PAGE, REPO, Ways};
use crate::lengths::{chance, how_many};
use crate::stage::Wishes;

/// What a thread is told that has become an issue.
const TOLD: &str = "on GitHub. I'll say here";

/// How long everything may take: the machine may be busy, and a careful retry waits 15 seconds.
const PATIENCE: Duration = Duration::from_mins(15);

/// How many threads become issues: a few by default, `SAMEDAY_CONVERSIONS` for as many as wanted.
fn conversions() -> usize {
    how_many("SAMEDAY_CONVERSIONS", 8)
}

fn command(house: &House, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sameday"));
    command
        .args(words)
        .env_clear()
        .env("SAMEDAY_CONFIG", house.stage.settings_file())
        .env("DISCORD_TOKEN", house.stage.token())
        .env("SAMEDAY_DISCORD_API", house.stage.sim.base_url())
        .env("SAMEDAY_GITHUB_API", house.github.base_url())
        .env("GITHUB_TOKEN", "a-fine-grained-token")
        .env("GITHUB_WEBHOOK_SECRET", super::SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The running program; a test that fails leaves none behind.
struct Bot(Child);

impl Bot {
    fn starts(house: &House) -> Self {
        Self(command(house, &["run"]).spawn().unwrap())
    }
}

impl Drop for Bot {
    /// `kill -9`.
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn house() -> House {
    let ways = Ways {
        token: true,
        web: PAGE,
        limits: Limits {
            per_hour: 1_000_000,
            searches_per_minute: 1_000_000,
            made_per_minute: 1_000_000,
        },
        ..Ways::default()
    };
    let wishes = Wishes {
        system_clock: true,
        ..Wishes::default()
    };
    House::set(&ways, wishes).await
}

fn is_linked(house: &House, post: u64) -> bool {
    let told = |seen: &Seen| seen.is_by_bot() && seen.says(TOLD);
    house.stage.mia.sees(post).unwrap().iter().any(told)
}

/// Eva tries to turn a thread into an issue; that the program dies meanwhile is no matter.
async fn tries(house: &House, post: u64) -> Option<()> {
    let eva = house.stage.eva.clone().patient(Duration::from_secs(5));
    let answer = eva.runs(post, "/issue").ok()?;
    let preview = answer.message().await.ok()?;
    let press = eva.clicks(&preview, "Open issue").ok()?;
    press.acknowledged().await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_it_opens_exactly_one_issue_for_each_thread() {
    let house = house().await;
    let wanted = conversions();
    let stage = &house.stage;
    let posts: Vec<u64> = (0..wanted)
        .map(|at| {
            let title = format!("Question {at} about part{at}");
            let (post, first) = (NewThread::named(title), with(vec![attached("a.log", b"a")]));
            stage.ann.opens(stage.forum, post, first).unwrap()
        })
        .collect();
    let mut random = chance();
    let (began, mut kills) = (Instant::now(), 0_usize);
    let mut bot = Bot::starts(&house);
    stage.sim.gateway().until_connected(1).await.unwrap();
    let offered = stage.eva.runs_when_offered(posts[0], "/why").await;
    offered.unwrap().acknowledged().await.unwrap();
    while !posts.iter().all(|post| is_linked(&house, *post)) {
        assert!(
            began.elapsed() < PATIENCE,
            "{} of {wanted} after {kills} kills",
            posts
                .iter()
                .filter(|post| is_linked(&house, **post))
                .count()
        );
        let open: Vec<u64> = posts
            .iter()
            .copied()
            .filter(|post| !is_linked(&house, *post))
            .collect();
        for post in open {
            let trying = tries(&house, post);
            if kills < wanted / 2 && random.bool() {
                // Somewhere between the command and what follows from the click.
                let left = Duration::from_millis(random.u64(0..20));
                if tokio::time::timeout(left, trying).await.is_err() {
                    drop(bot);
                    kills += 1;
                    bot = Bot::starts(&house);
                }
            } else {
                trying.await;
            }
        }
        // Whoever waits for GitHub needs time, not clicks.
        if let Some(post) = posts.iter().find(|post| !is_linked(&house, **post)) {
            let told = |seen: &Seen| seen.is_by_bot() && seen.says(TOLD);
            let patient = stage.mia.clone().patient(Duration::from_secs(2));
            // That it is not told within that time is no matter: somebody tries again.
            patient.waits(*post, told).await.ok();
        }
    }
    drop(bot);
    assert!(kills > 0, "it was never killed");

    let (titles, bodies): (Vec<String>, Vec<String>) = house.github.read(|world| {
        let issues = world.repository(REPO).unwrap().issues.values();
        let told = issues.map(|issue| (issue.title.clone(), issue.body.clone()));
        told.unzip()
    });
    let different: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(
        (titles.len(), different.len()),
        (wanted, wanted),
        "{kills} kills"
    );
    let store = Store::open(&stage.database()).await.unwrap();
    let report = check::check(&store).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    let mut linked = BTreeSet::new();
    for post in &posts {
        let row = store
            .find_ticket_by_thread(sameday::domain::ids::ThreadId(*post))
            .await
            .unwrap()
            .unwrap();
        let issue = store.find_issue_of(row.ticket_id).await.unwrap();
        linked.insert(issue.expect("linked").known.name);
    }
    assert_eq!(linked.len(), wanted);
    // Each has its file, and no link leads nowhere.
    for body in &bodies {
        let links = links(body);
        let key = links[0].rsplit_once('/').unwrap().1;
        let file = store.find_file(key).await.unwrap();
        assert_eq!((links.len(), file.map(|file| file.bytes)), (1, Some(1)));
    }
    assert_eq!(house.github.findings(), []);
    assert_eq!(stage.sim.findings(), []);
    eprintln!("{wanted} threads, {kills} kills, {} issues", titles.len());
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn sameday_check_says_what_github_does_not_let_us_do() {
    let mut house = house().await;
    house.stage.bot_starts().await;
    house.stage.bot_stops().await;
    let run = async |house: &House| {
        let mut command = command(house, &["check"]);
        tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap()
    };
    let good = run(&house).await;
    assert!(good.status.success(), "{}", said(&good));
    house.github.act(|world| {
        let issues = [("issues", github_sim::world::Permission::Read)];
        world.add_token("a-fine-grained-token", "sameday", &issues, &[REPO]);
        world.set(REPO, |repository| repository.has_issues = false);
    });
    let bad = run(&house).await;
    assert!(!bad.status.success());
    insta::assert_snapshot!(said(&bad), @"
    0 tickets folded again from 0 events.
    Everything is as it should be.
    The settings file is in force.
    GitHub, acme/widgets: the repository has no issues; switch them on in its settings.
    GitHub, acme/widgets: the token cannot label issues there; give it Issues: read and write.
    GitHub, acme/widgets: the token cannot see releases there; give it Contents: read.
    GitHub, acme/gadgets: there is no such repository, or the token is not for it; correct the name or give the token access.
    ");
    house.stage.bot_starts().await;
    let news = house.stage.news(house.stage.moderator_channel).await;
    let told: Vec<&str> = news.iter().map(Seen::content).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    **Something needs your hand.** GitHub, acme/widgets: the repository has no issues; switch them on in its settings.
    **Something needs your hand.** GitHub, acme/widgets: the token cannot label issues there; give it Issues: read and write.
    **Something needs your hand.** GitHub, acme/widgets: the token cannot see releases there; give it Contents: read.
    **Something needs your hand.** GitHub, acme/gadgets: there is no such repository, or the token is not for it; correct the name or give the token access.
    ");
    house.ends().await;
}
