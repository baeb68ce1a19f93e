//! The power fails: only what was synced survives, and of the rest whatever the disk had got to.

use super::shim::Number;
use super::{Bot, Team};
use crate::lengths::{chance, how_many};

#[tokio::test]
async fn after_a_power_cut_everything_that_was_acknowledged_is_there() {
    let mut random = chance();
    let (mut team, disk, steps) = Team::at_work().await;
    let cuts = how_many("SAMEDAY_CUTS", 10);
    let mut between_steps = 0;
    for _ in 0..cuts {
        disk.recovers();
        disk.set(Number::CutAt, random.u64(1..=steps));
        let mut bot = Bot::starts(&team, &disk);
        tokio::select! {
            biased;
            _ = bot.end() => {}
            () = team.works() => {
                between_steps += 1;
                bot.dies().await;
            }
        }
        bot.has_not_panicked();
        drop(bot);
        disk.loses_power(&mut random);
        team.was_told_the_truth().await;
    }
    team.goes_on(&disk).await;
    eprintln!(
        "{cuts} power cuts, {between_steps} of them between two steps of {steps}: {} threads, {} claims",
        team.written.len(),
        team.claims.len()
    );
}
