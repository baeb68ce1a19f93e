//! Said exactly once, although every third message seems to fail after it was said.
//!
//! Of every message that the bot sends, 30 % take effect and are then answered by a cut connection
//! or a 502. One in thirty fails in each of its first attempts and is left to the outbox; the clock
//! is then turned by more than the minutes for which Discord remembers a nonce, so that it has to be
//! found again.
//!
//! ```sh
//! cargo test --test it once                                        # 300 messages
//! SAMEDAY_ONCE=10000 cargo test --test it once -- --nocapture      # minutes: 50 requests a second
//! ```

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use discord_sim::faults::Fault;
use discord_sim::people::Seen;
use discord_sim::rest::Limits;
use serde_json::json;

use crate::lengths::{chance, how_many};
use crate::stage::{Stage, Wishes, act};

/// How many messages when nobody says otherwise.
const MESSAGES: usize = 300;

/// How many threads of a guild are open at once; Discord allows 1,000.
const A_ROUND: usize = 900;

/// Longer than Discord remembers a nonce.
const FORGOTTEN: TimeDelta = TimeDelta::minutes(6);

/// How long a round may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// So often one delivery asks Discord before it gives a message back to the outbox.
const ASKS: usize = 4;

/// How often the outbox may have to try again before a message counts as missing.
const TRIES: usize = 12;

#[tokio::test]
async fn whatever_is_lost_on_the_way_each_message_is_said_exactly_once() {
    let messages = how_many("SAMEDAY_ONCE", MESSAGES);
    let mut stage = Stage::set(Wishes {
        limits: Limits::none(),
        ..Wishes::default()
    })
    .await;
    stage.bot_starts().await;
    let start = Instant::now();
    let faults = stage.sim.faults();
    faults.seed(chance().u64(..));
    let is_bad = || {
        let sent = "POST /channels/*/messages";
        // Together 30 %: the second is asked about what the first has spared.
        faults.sometimes(sent, 0.15, Fault::CutAfter);
        let oh = Fault::AnswerAfter {
            status: 502,
            body: json!({"message": "502: Bad Gateway", "code": 0}),
        };
        faults.sometimes(sent, 0.15 / 0.85, oh);
    };

    let mut left = messages;
    let (mut cards, mut requests, mut found) = (0, 0, 0);
    while left > 0 {
        let round = left.min(A_ROUND);
        left -= round;
        let asks = |number| {
            let title = format!("Question {number}");
            stage.ann.asks(stage.forum, title, "Please.").unwrap()
        };
        let threads: Vec<u64> = (0..round).map(asks).collect();
        for thread in threads.iter().step_by(30) {
            let path = format!("POST /channels/{thread}/messages");
            faults.order(&path, ASKS, Fault::CutAfter);
        }
        // Behind those: the fault ordered first decides.
        is_bad();
        stage.settles_within(PATIENCE).await;
        for _ in 0..TRIES {
            if stage.store().list_pending().await.unwrap().is_empty() {
                break;
            }
            stage.hand.set(stage.now() + FORGOTTEN);
            stage.sim.tick();
            stage.settles_within(PATIENCE).await;
        }
        for thread in &threads {
            let seen = stage.mia.sees(*thread).unwrap();
            let said = seen.iter().filter(|seen| seen.is_by_bot()).count();
            assert_eq!(said, 1, "in thread {thread}");
            cards += said;
        }
        for asked in stage.sim.take_requests() {
            let of_messages = asked.what.ends_with("/messages");
            requests += usize::from(of_messages && asked.what.starts_with("POST"));
            found += usize::from(of_messages && asked.what.starts_with("GET"));
        }
        assert_eq!(faults.clear(), 0);
        // Room for the next ones.
        for thread in threads {
            act(&stage.sim, |world| {
                world.set_archived(stage.mia.id(), thread, true)
            });
        }
    }
    stage.settles_within(PATIENCE).await;

    // Alerts fell due meanwhile: each thread is named at most once for each reason.
    let mut named = BTreeMap::new();
    for seen in stage.news(stage.staff_channel).await {
        for (reason, line) in lines(&seen) {
            *named.entry((reason, line)).or_insert(0) += 1;
        }
    }
    let twice: Vec<_> = named.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(cards, messages);
    assert!(requests >= messages * 13 / 10, "{requests} requests");
    assert!(found >= messages / 30, "{found} looked for");
    assert!(stage.store().list_dead().await.unwrap().is_empty());
    eprintln!(
        "once: {messages} messages in {requests} requests, {found} looked for after the nonce was \
         forgotten; 0 missing, 0 twice; {:.0} s",
        start.elapsed().as_secs_f64()
    );
    stage.ends_unread().await;
}

/// The threads that an alert names, with its first line, which says why.
fn lines(seen: &Seen) -> Vec<(String, String)> {
    let text = seen.text();
    let (reason, _) = text.split_once(':').unwrap_or_default();
    let kind = if reason.contains("overdue") {
        "overdue"
    } else {
        "soon"
    };
    let thread = |line: &str| Some(line.split_once("<#")?.1.split_once('>')?.0.to_owned());
    text.lines()
        .filter_map(thread)
        .map(|thread| (kind.to_owned(), thread))
        .collect()
}
