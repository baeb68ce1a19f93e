//! Every sync takes long: people are answered in time all the same, and nothing is lost.

use std::time::{Duration, Instant};

use super::shim::Number;
use super::{Bot, Team};

/// Discord waits as long for the first answer to an interaction.
const FIRST_ANSWER: Duration = Duration::from_secs(3);

#[tokio::test]
async fn with_every_sync_slower_nobody_waits_for_a_first_answer() {
    let (mut team, disk, _) = Team::at_work().await;
    let bot = Bot::starts(&team, &disk);
    team.works().await;
    for millis in [200, 1_000] {
        disk.set(Number::SyncMillis, millis);
        let mut claims = Vec::new();
        for _ in 0..10 {
            let post = team.writes();
            let asked = Instant::now();
            let answer = team.eva.runs(post, "/claim").unwrap();
            answer.acknowledged().await.unwrap();
            let took = asked.elapsed();
            assert!(took < FIRST_ANSWER, "{took:?}");
            claims.push((post, answer));
        }
        for (post, answer) in claims {
            answer.message().await.unwrap();
            assert!(team.has_heard(&answer, "It's yours"), "{post}");
            team.claims.push((post, answer));
        }
    }
    // Told to stop, it does not wait for such a disk.
    disk.set(Number::SyncMillis, 20_000);
    let told = Instant::now();
    bot.stops().await;
    assert!(told.elapsed() < Duration::from_secs(10));
    disk.recovers();
    team.was_told_the_truth().await;
    team.goes_on(&disk).await;
}
