//! The disk is full, or broken, from the n-th write on or at the n-th alone: nobody is told what is not
//! so, and when it works again everything goes on without a hand.

use discord_sim::people::Seen;
use fastrand::Rng;

use super::shim::{BROKEN, Disk, FULL, Number};
use super::{Bot, PATIENCE, Team};
use crate::lengths::{chance, how_many};

/// What fails in the short form, writes of a start and of the work after it, and as what.
const SOME: [(u64, u64); 6] = [
    (1, FULL),
    (3, BROKEN),
    (9, FULL),
    (27, BROKEN),
    (80, FULL),
    (200, BROKEN),
];

/// Each of the first writes, and either way it can fail.
fn faults() -> Vec<(u64, u64)> {
    let writes = 1..=how_many("SAMEDAY_WRITES", 0) as u64;
    let all: Vec<_> = writes.flat_map(|n| [(n, FULL), (n, BROKEN)]).collect();
    if all.is_empty() { SOME.into() } else { all }
}

/// How much happens to one team: a guild has at most 1,000 threads at once that are not archived.
const FAULTS_EACH: usize = 50;

#[tokio::test]
async fn whichever_write_fails_nobody_is_told_what_is_not_so() {
    for some in faults().chunks(FAULTS_EACH) {
        lasts(some).await;
    }
}

async fn lasts(faults: &[(u64, u64)]) {
    let (mut team, disk, _) = Team::at_work().await;
    for &(from, errno) in faults {
        disk.recovers();
        disk.fails_from(from, errno);
        let told_before = told(&team);
        let mut bot = Bot::starts(&team, &disk);
        tokio::select! {
            biased;
            status = bot.end() => panic!("after write {from} it ended, {status}: {}", bot.log()),
            () = fails(&mut team, &disk) => {}
        }
        disk.recovers();
        let post = team.asks();
        team.is_promised(post).await;
        team.claims(post).await;
        let mia = team.stage.mia.clone().patient(PATIENCE);
        let once_more = |_: &Seen| told(&team) > told_before;
        let moderators = team.stage.moderator_channel;
        mia.waits(moderators, once_more).await.unwrap();
        bot.has_not_panicked();
        bot.stops().await;
        assert_eq!(told(&team), told_before + 1, "after write {from}");
        team.was_told_the_truth().await;
    }
    team.goes_on(&disk).await;
}

/// A sync that failed is not made good by the next one that succeeds: the system has forgotten what it
/// could not write. So the power goes after it.
#[tokio::test]
async fn whichever_single_write_fails_nothing_that_was_acknowledged_is_lost() {
    let mut random = chance();
    for some in faults().chunks(FAULTS_EACH) {
        comes_alone(some, &mut random).await;
    }
}

async fn comes_alone(faults: &[(u64, u64)], random: &mut Rng) {
    let (mut team, disk, _) = Team::at_work().await;
    for (n, &(step, errno)) in faults.iter().enumerate() {
        disk.recovers();
        disk.fails_once(step, errno);
        let mut bot = Bot::starts(&team, &disk);
        let work = async {
            fails(&mut team, &disk).await;
            team.works().await;
        };
        tokio::select! {
            biased;
            status = bot.end() => panic!("after write {step} it ended, {status}: {}", bot.log()),
            () = work => {}
        }
        bot.dies().await;
        bot.has_not_panicked();
        drop(bot);
        assert_eq!(disk.read(Number::Refused), 1);
        // What was ordered before the power went may be said only now.
        assert!(told(&team) <= n + 1, "after write {step}");
        disk.loses_power(random);
        team.was_told_the_truth().await;
    }
    team.goes_on(&disk).await;
}

#[tokio::test]
async fn a_disk_that_fails_at_the_first_start_stops_it_with_a_sentence() {
    let team = Team::gathers().await;
    let disk = Disk::under(&team.stage.database());
    for (from, errno, sentence) in [
        (1, FULL, "is full"),
        (2, BROKEN, "cannot be written"),
        (5, FULL, "is full"),
        (9, BROKEN, "cannot be written"),
    ] {
        disk.recovers();
        disk.fails_from(from, errno);
        let mut bot = Bot::starts(&team, &disk);
        let status = bot.end().await;
        let log = bot.log();
        assert_eq!(status.code(), Some(1), "{log}");
        let last = log.lines().last().unwrap_or_default();
        assert!(last.starts_with("sameday: "), "{log}");
        assert!(last.contains(sentence), "{log}");
        bot.has_not_panicked();
    }
    let mut team = team;
    disk.recovers();
    team.meets(&disk).await;
    team.goes_on(&disk).await;
}

/// People are at work until the disk has failed and somebody was told so.
async fn fails(team: &mut Team, disk: &Disk) {
    loop {
        let post = team.writes();
        let answer = team.eva.runs_when_offered(post, "/claim").await.unwrap();
        answer.message().await.unwrap();
        team.claims.push((post, answer));
        if disk.read(Number::Refused) > 0 {
            return;
        }
    }
}

/// How often the moderators were told of the disk.
fn told(team: &Team) -> usize {
    let seen = team.stage.mia.sees(team.stage.moderator_channel).unwrap();
    let of_the_disk = |seen: &&Seen| seen.says("The disk refused my notes");
    seen.iter().filter(of_the_disk).count()
}
