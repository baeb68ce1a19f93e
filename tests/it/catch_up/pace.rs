//! A comparison leaves room beside it, however much there is to read.

use std::time::{Duration, Instant};

use discord_sim::rest::Limits;
use sameday::discord::catch_up::AT_MOST;

use crate::stage::{Stage, Wishes};

/// How many threads have news.
const THREADS: usize = 150;

/// How many requests of a comparison are under way at once: threads are read 8 at a time.
const UNDER_WAY: usize = 8;

#[tokio::test]
async fn a_comparison_asks_once_for_the_guild_and_at_most_40_times_a_second() {
    let wishes = Wishes {
        limits: Limits::none(),
        ..Wishes::default()
    };
    let mut stage = Stage::set(wishes).await;
    let threads: Vec<u64> = (0..THREADS)
        .map(|number| {
            let title = format!("Number {number}");
            stage.ann.asks(stage.forum, &title, "Please.").unwrap()
        })
        .collect();
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.bot_starts().await;
    stage.bot_stops().await;
    stage.sim.gateway().forget_sessions();
    stage.turns_to("2026-11-18T11:00:00Z").await;
    for thread in &threads {
        stage.eva.posts(*thread, "Which version?").unwrap();
    }
    stage.sim.take_requests();
    stage.bot_starts().await;

    let asked = stage.sim.take_requests();
    let active = format!("GET /guilds/{}/threads/active", stage.guild);
    let lists: Vec<_> = asked.iter().filter(|asked| asked.what == active).collect();
    assert_eq!(lists.len(), 1);
    let reads = |what: &str| {
        let thread = what
            .strip_prefix("GET /channels/")?
            .strip_suffix("/messages")?;
        threads.contains(&thread.parse().ok()?).then_some(())
    };
    let at: Vec<Instant> = asked
        .iter()
        .filter(|asked| asked.what == active || reads(&asked.what).is_some())
        .map(|asked| asked.at)
        .collect();
    assert!(at.len() > THREADS, "{}", at.len());
    for seconds in 1..=3 {
        // What arrives in a time has left in it, or is of those that were under way when it began.
        let most = usize::try_from(AT_MOST * seconds).unwrap() + UNDER_WAY;
        let time = Duration::from_secs(seconds.into());
        let within = |from: &Instant| {
            let some = *from..*from + time;
            at.iter().filter(|at| some.contains(*at)).count()
        };
        let busiest = at.iter().map(within).max();
        assert!(busiest <= Some(most), "{busiest:?} in {time:?}");
    }
    stage.ends_unread().await;
}
