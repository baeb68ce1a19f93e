//! Faults of the connection in the middle of work: whatever happens to it, the tickets are the
//! same as without it.

use std::time::Duration;

use chrono::TimeDelta;
use discord_sim::people::Seen;

use crate::stage::{Stage, Wishes, act};

/// So short that a connection that is dead is noticed within a second.
const HEARTBEAT: Duration = Duration::from_millis(300);

/// What happens while people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fine,
    /// Op 7.
    Reconnect,
    /// Op 9, resumable.
    Invalid,
    /// Op 9, the session is gone.
    Lost,
    Cut,
    Closed(u16),
    ClosedWithoutCode,
    /// Nothing arrives any more, and nobody says so.
    Dead,
    /// Every event comes twice.
    Twice,
    /// Events come last first.
    Backwards,
    /// Events come minutes after the answers to the requests that caused them.
    Late,
    /// The bot is stopped and started.
    Restart,
    /// The same, and the session is gone.
    RestartAnew,
    /// Cut while the bot is busy with what was written.
    CutInTheMiddle,
    /// Op 9 and the session is gone, likewise.
    LostInTheMiddle,
    /// Stopped and started, likewise.
    RestartInTheMiddle,
    /// Stopped and started, likewise, and the session is gone.
    RestartAnewInTheMiddle,
}

/// One afternoon. The tickets it comes to, and the alerts.
async fn afternoon(weather: Weather) -> Vec<String> {
    let mut stage = Stage::set(Wishes::default()).await;
    if weather == Weather::Dead {
        let gateway = stage.sim.gateway();
        gateway.configure(|options| options.heartbeat_interval = HEARTBEAT);
    }
    stage.bot_starts().await;
    let first = stage.ann.asks(stage.forum, "First", "Please.").unwrap();
    let second = stage.ben.asks(stage.forum, "Second", "Please.").unwrap();
    let gone = stage.ben.asks(stage.forum, "Third", "Please.").unwrap();
    let slip = stage.eva.posts(second, "Wrong thread.").unwrap();
    stage.passes(TimeDelta::minutes(5)).await;

    begin(&mut stage, weather).await;
    stage.eva.posts(first, "Which version?").unwrap();
    stage.ann.posts(first, "1.4.").unwrap();
    stage.eva.deletes(second, slip).unwrap();
    let fourth = stage.ann.asks(stage.forum, "Fourth", "And this?").unwrap();
    stage.ann.posts(fourth, "Or this?").unwrap();
    let asked = stage.ben.posts(stage.help, "Anybody?").unwrap();
    let fifth = stage.starts_thread(&stage.ben, stage.help, asked, "Anybody");
    stage.ben.posts(fifth, "Hello?").unwrap();
    act(&stage.sim, |world| world.vanish_channel(gone));
    if weather.is_in_the_middle() {
        stage.mia.waits(fourth, Seen::is_by_bot).await.unwrap();
    }
    end(&mut stage, weather).await;
    stage.settles().await;

    stage.passes(TimeDelta::minutes(5)).await;
    stage.tom.posts(first, "Try 1.5.").unwrap();
    stage.tom.posts(fourth, "Like so.").unwrap();
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let mut told = Vec::new();
    for seen in stage.news(stage.staff_channel).await {
        // Ids differ from run to run, names do not.
        let text = seen.text().replace(&second.to_string(), "second");
        told.push(text.replace(&fifth.to_string(), "fifth"));
    }
    for thread in [first, second, fourth, fifth] {
        told.push(stage.story(thread).await);
        told.push(stage.card(thread).await.text());
    }
    told.push(stage.story(gone).await);
    let counters = stage.sim.gateway().counters();
    let (identified, mut resumed) = (counters.identifies, counters.resumed);
    if weather == Weather::Dead {
        // On a busy machine so short a heartbeat comes late more than once.
        resumed = resumed.min(1);
    }
    assert_eq!((identified, resumed), weather.sessions(), "{weather:?}");
    stage.ends().await;
    told
}

impl Weather {
    fn is_in_the_middle(self) -> bool {
        matches!(
            self,
            Self::CutInTheMiddle
                | Self::LostInTheMiddle
                | Self::RestartInTheMiddle
                | Self::RestartAnewInTheMiddle
        )
    }

    /// How often a session is opened, and how often one is resumed.
    fn sessions(self) -> (u64, u64) {
        match self {
            Self::Fine | Self::Twice | Self::Backwards | Self::Late => (1, 0),
            Self::Lost
            | Self::LostInTheMiddle
            | Self::RestartAnew
            | Self::RestartAnewInTheMiddle => (2, 0),
            _ => (1, 1),
        }
    }
}

async fn begin(stage: &mut Stage, weather: Weather) {
    let gateway = stage.sim.gateway();
    match weather {
        Weather::Fine
        | Weather::CutInTheMiddle
        | Weather::LostInTheMiddle
        | Weather::RestartInTheMiddle
        | Weather::RestartAnewInTheMiddle => {}
        Weather::Reconnect => gateway.reconnect_all(),
        Weather::Invalid => gateway.invalidate(true),
        Weather::Lost => gateway.invalidate(false),
        Weather::Cut => gateway.cut(),
        Weather::Closed(code) => gateway.close(code),
        Weather::ClosedWithoutCode => gateway.close_without_code(),
        Weather::Dead => gateway.trouble(|trouble| {
            trouble.no_acks = true;
            trouble.mute = true;
        }),
        Weather::Twice => gateway.duplicate_next(100),
        Weather::Backwards => gateway.reorder_next(100),
        Weather::Late => gateway.delay_next(100, TimeDelta::minutes(2)),
        Weather::Restart => stage.bot_stops().await,
        Weather::RestartAnew => {
            stage.bot_stops().await;
            stage.sim.gateway().forget_sessions();
        }
    }
}

async fn end(stage: &mut Stage, weather: Weather) {
    let gateway = stage.sim.gateway();
    match weather {
        Weather::Dead => {
            let before = gateway.counters().connections;
            gateway
                .until(Duration::from_mins(1), |_, counters| {
                    counters.connections > before
                })
                .await
                .unwrap();
            gateway.trouble(|trouble| *trouble = discord_sim::gateway::Trouble::default());
        }
        Weather::Twice => gateway.duplicate_next(0),
        Weather::Backwards => gateway.release_held(&stage.sim),
        Weather::Late => gateway.delay_next(0, TimeDelta::zero()),
        Weather::Restart | Weather::RestartAnew => stage.bot_starts().await,
        Weather::CutInTheMiddle => gateway.cut(),
        Weather::LostInTheMiddle => gateway.invalidate(false),
        Weather::RestartInTheMiddle => {
            stage.bot_stops().await;
            stage.bot_starts().await;
        }
        Weather::RestartAnewInTheMiddle => {
            stage.bot_stops().await;
            stage.sim.gateway().forget_sessions();
            stage.bot_starts().await;
        }
        _ => {}
    }
}

async fn nothing_is_lost_or_doubled(weather: Weather) {
    let fine = afternoon(Weather::Fine).await;
    assert!(fine[0].contains("second") && fine[0].contains("fifth"));
    assert_eq!(fine.len(), 10, "one alert, five tickets, four cards");
    let mut told = afternoon(weather).await;
    if weather == Weather::Late {
        // When a thread was deleted Discord does not say: it counts when it is noticed.
        assert_eq!(told.pop().map(|gone| gone.contains("Gone")), Some(true));
        return assert_eq!(told, fine[..told.len()]);
    }
    assert_eq!(told, fine);
}

macro_rules! weathers {
    ($($name:ident: $weather:expr;)+) => {$(
        #[tokio::test]
        async fn $name() {
            nothing_is_lost_or_doubled($weather).await;
        }
    )+};
}

weathers! {
    discord_asks_to_reconnect: Weather::Reconnect;
    the_session_is_invalid_and_can_be_resumed: Weather::Invalid;
    the_session_is_invalid_and_gone: Weather::Lost;
    the_connection_is_cut: Weather::Cut;
    the_connection_is_closed_with_an_error: Weather::Closed(4000);
    the_connection_is_closed_as_if_for_good: Weather::Closed(1001);
    the_connection_is_closed_without_a_code: Weather::ClosedWithoutCode;
    the_connection_is_dead_and_nobody_says_so: Weather::Dead;
    every_event_comes_twice: Weather::Twice;
    events_come_in_the_wrong_order: Weather::Backwards;
    events_come_long_after_what_caused_them: Weather::Late;
    the_bot_is_started_again_and_resumes: Weather::Restart;
    the_bot_is_started_again_and_its_session_is_gone: Weather::RestartAnew;
    the_connection_is_cut_in_the_middle: Weather::CutInTheMiddle;
    the_session_is_gone_in_the_middle: Weather::LostInTheMiddle;
    the_bot_is_started_again_in_the_middle: Weather::RestartInTheMiddle;
    the_bot_is_started_anew_in_the_middle: Weather::RestartAnewInTheMiddle;
}

#[tokio::test]
async fn a_message_that_comes_in_two_versions_is_what_it_was_at_first() {
    let stage = Stage::opens().await;
    let post = stage.ann.asks(stage.forum, "It hangs", "Please.").unwrap();
    stage.card(post).await;
    let answer = stage.eva.posts(post, "Which version?").unwrap();
    stage.card(post).await;
    let before = stage.story(post).await;
    stage.passes(TimeDelta::minutes(1)).await;
    // Edited since, by somebody who is no longer staff.
    stage
        .eva
        .edits(post, answer, "Which version, please?")
        .unwrap();
    act(&stage.sim, |world| {
        world.set_roles(stage.guild, stage.eva.id(), &[])
    });
    act(&stage.sim, |world| world.tell_again(post, answer));
    assert_eq!(stage.story(post).await, before);
    assert!(before.contains("staff Some"), "{before}");
    stage.ends().await;
}
