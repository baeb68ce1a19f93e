//! The traps of the libraries the bot stands on, each with the test that would catch it.
//!
//! | trap | where it is tried |
//! |---|---|
//! | serenity's rate limiter drops the proxy, so that requests go to the real Discord | its limiter is off and all comes through the door: `gateway::door::tests::serenity_identifies_hears_an_interaction_and_answers_with_the_real_token` |
//! | serenity falls back to `wss://gateway.discord.gg` when it is not told where the gateway is | the same; the door answers that question itself |
//! | serenity ignores the address to resume at, and loses its session at any failed attempt | `gateway::door::tests::a_real_serenity_that_was_sent_away_comes_back` |
//! | serenity spins on a close without a code, waits for ever on a peer that never answers, identifies anew where it could resume | [`crate::faults`], row by row; the door never closes without a code: `…::strangers_get_no_further_than_the_door` |
//! | handlers run in any order | intake takes its frames from the session: `gateway::session::tests::frames_come_in_order_behind_the_opening`; interactions are handed over once: `gateway::door::lobby` |
//! | serenity's default client has no timeout | `gateway::rest::tests::a_silent_server_is_given_up`, through the door as well |
//! | both clients honour `HTTP_PROXY`, even to this machine | [`a_proxy_in_the_environment_changes_nothing`] |
//! | a global 429 stops only the request that met it | `gateway::rest::tests::a_global_429_stops_everything_but_interactions` |
//! | a limit on one method blocks the others | `gateway::rest::tests::a_limited_route_is_waited_for_and_its_neighbours_are_not` |
//! | interactions share one bucket, and leave an entry each for ever | `gateway::rest::lane`, `gateway::rest::tests::callbacks_do_not_wait_for_each_other` |
//! | a 429 without a header, or of the shield in front of Discord, cannot be read | `gateway::rest::tests::a_429_without_headers_is_waited_for_by_its_body`, [`crate::delivery`] |
//! | 5xx is not tried again | `gateway::rest::tests::a_failing_server_is_asked_again_only_where_that_is_safe` |
//! | poise answers nobody until its setup is done, and never if that fails | [`commands_that_cannot_be_registered_are_answered_all_the_same`] |
//! | poise asks for the application's owners at the start | every scenario that ends: a request for a route the bot does not need would be counted in [`commands_that_cannot_be_registered_are_answered_all_the_same`] |
//! | a command that panics takes the bot along, or leaves the person waiting | `discord::framework::tests::a_command_that_panics_ends_with_an_apology` |
//! | a modal waited for in memory is lost with the process | nothing is waited for in memory: every component has an id that says what it does, `discord::custom_id` |
//! | a session of several shards | [`with_two_shards_both_halves_are_heard_and_answered`] |
//! | tokio's paused time breaks sqlx's pools | the clock is turned by hand: [`crate::stage`] |
//! | SQLite's deferred transactions fail when somebody else wrote | one writer, `BEGIN IMMEDIATE`: `store::write`, [`crate::slow_disk`] |

use std::collections::BTreeSet;

use chrono::TimeDelta;
use discord_sim::faults::Fault;
use discord_sim::people::Seen;
use serde_json::json;

use crate::catch_up::comparing;
use crate::operator::Operator;
use crate::stage::{Stage, WEDNESDAY_10, Wishes};

#[tokio::test]
async fn with_two_shards_both_halves_are_heard_and_answered() {
    let mut halves = BTreeSet::new();
    for millis in [0, 1] {
        // A guild's shard follows from its id, and that from the millisecond it was made in.
        let now = WEDNESDAY_10
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap();
        let mut stage = Stage::set(Wishes {
            now: now + TimeDelta::milliseconds(millis),
            shards: 2,
            ..Wishes::default()
        })
        .await;
        halves.insert((stage.guild >> 22) % 2);
        stage.bot_starts().await;
        let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
        let card = stage.card(post).await;
        assert!(card.says("A human will answer by"));
        let told = stage.clicks(&stage.eva, &card, "Claim").await;
        assert!(told.contains("It's yours"), "{told}");
        let queue = stage.runs(&stage.tom, stage.staff_channel, "/queue").await;
        assert!(queue.contains("1 open thread"), "{queue}");

        stage.bot_stops().await;
        stage.eva.posts(post, "Which version?").unwrap();
        stage.sim.take_requests();
        stage.bot_starts().await;
        let counters = stage.sim.gateway().counters();
        assert_eq!((counters.identifies, counters.resumed), (2, 2));
        assert_eq!(comparing(&stage), Vec::<String>::new());
        assert!(stage.card(post).await.says("There is an answer"));
        stage.ends().await;
    }
    assert_eq!(halves.len(), 2);
}

#[tokio::test]
async fn commands_that_cannot_be_registered_are_answered_all_the_same() {
    let mut stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    stage.runs(&stage.eva, post, "/why").await;
    stage.bot_stops().await;
    let down = Fault::Answer {
        status: 503,
        body: json!({"message": "Not today.", "code": 0}),
    };
    stage
        .sim
        .faults()
        .order("PUT /applications/**", 1_000, down);
    stage.sim.take_requests();
    stage.bot_starts().await;
    let told = stage.runs(&stage.eva, post, "/claim").await;
    assert!(told.contains("It's yours"), "{told}");
    assert!(stage.sim.faults().clear() > 0);
    let asked = stage.sim.take_requests();
    let owners = asked
        .iter()
        .filter(|asked| asked.what.contains("/oauth2/"))
        .count();
    assert_eq!(owners, 0);
    stage.card(post).await;
    stage.ends().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_proxy_in_the_environment_changes_nothing() {
    let operator = Operator::arrives().await;
    let stage = &operator.stage;
    let mut command = operator.command(&["run"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        // Nobody listens there.
        command.env(name, "http://127.0.0.1:9");
        command.env(name.to_lowercase(), "http://127.0.0.1:9");
    }
    let bot = operator.launches(command);
    stage.sim.gateway().until_connected(1).await.unwrap();
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    let card = stage.mia.waits(post, Seen::is_by_bot).await.unwrap();
    let claimed = stage.eva.clicks(&card, "Claim").unwrap();
    let told = claimed.told().await.unwrap();
    assert!(told.says("It's yours"), "{}", told.text());
    bot.terminated().await;
}
