//! Everything that can happen to the session with Discord, row by row, on the program itself.
//!
//! | what happens | what comes of it |
//! |---|---|
//! | op 7; op 9 with true; a close that may be resumed (1000, 1001, 4000 to 4003, 4005, 4007, 4008, 4009, no code); a cut | the session is resumed |
//! | no acknowledgement; a half-open socket | noticed, and resumed |
//! | no network for 12 s or 60 s, neither gateway nor REST | resumed |
//! | a peer that takes the connection, or opens the WebSocket as well, and never says a word | left alone, and resumed as soon as another answers |
//! | the program stopped or killed and started again | resumed |
//! | op 9 with false; the session forgotten, also while the program is away | one IDENTIFY, then catch-up |
//! | 4004, 4010 to 4014 | one sentence, and the end |
//!
//! In every row nothing is lost, no core spins, no IDENTIFY comes within 5 s of another, also not from a
//! program that was started again, and in the middle of it SIGTERM ends the program within two seconds.
//!
//! Heartbeats are beaten every 300 ms where a row is about them: what counts is the number of those
//! that stay unanswered, not their length. The outage is a real one of 12 s, in which as many attempts
//! fail as it takes to ask for the address again; in a longer one only the pauses between them grow:
//!
//! ```sh
//! SAMEDAY_OUTAGE=60 cargo test --test it faults
//! ```

use std::time::Duration;

use discord_sim::faults::Fault;
use discord_sim::gateway::{Door, Trouble};
use discord_sim::people::Seen;
use futures_util::StreamExt as _;
use tokio::time::sleep;

use crate::lengths::how_many;
use crate::operator::{Bot, Operator};

/// How many rows are tried at the same time: most of each is waiting.
const AT_ONCE: usize = 4;

/// A heartbeat so short that it is soon missed.
const SHORT: Duration = Duration::from_millis(300);

/// Longer than any pause before the session's next attempt.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long it is watched when nothing happens, and the most CPU time it may take in that time: a
/// core that spins takes a quarter of it even on a very busy machine.
const QUIET: Duration = Duration::from_secs(2);
const QUIET_CPU: f64 = 0.15;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    Reconnect,
    Invalid,
    Closed(u16),
    ClosedWithoutCode,
    Cut,
    NoAcknowledgement,
    HalfOpen,
    NoNetwork(Duration),
    Silent,
    Speechless,
    Stopped,
    Killed,
    InvalidForGood,
    Forgotten,
    StoppedAndForgotten,
}

/// How a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Resumed,
    /// One IDENTIFY, then catch-up.
    Anew,
}

impl Row {
    fn ends(self) -> Ends {
        match self {
            Self::InvalidForGood | Self::Forgotten | Self::StoppedAndForgotten => Ends::Anew,
            _ => Ends::Resumed,
        }
    }

    fn needs_short_heartbeats(self) -> bool {
        matches!(self, Self::NoAcknowledgement | Self::HalfOpen)
    }

    /// The fault itself, which lasts until [`Self::passes`].
    async fn strikes(self, operator: &Operator, bot: &mut Option<Bot>) {
        let gateway = operator.stage.sim.gateway();
        match self {
            Self::Reconnect => gateway.reconnect_all(),
            Self::Invalid => gateway.invalidate(true),
            Self::Closed(code) => gateway.close(code),
            Self::ClosedWithoutCode => gateway.close_without_code(),
            Self::Cut => gateway.cut(),
            Self::NoAcknowledgement => gateway.trouble(|trouble| {
                trouble.no_acks = true;
                trouble.mute = true;
            }),
            Self::HalfOpen => gateway.trouble(|trouble| {
                trouble.deaf = true;
                trouble.mute = true;
            }),
            Self::NoNetwork(_) => {
                gateway.trouble(|trouble| trouble.door = Door::Refusing);
                operator
                    .stage
                    .sim
                    .faults()
                    .sometimes("* /**", 1.0, Fault::CutBefore);
                gateway.cut();
            }
            Self::Silent => {
                gateway.trouble(|trouble| trouble.door = Door::Silent);
                gateway.cut();
            }
            Self::Speechless => {
                gateway.trouble(|trouble| trouble.door = Door::Speechless);
                gateway.cut();
            }
            Self::Stopped => bot.take().unwrap().terminated().await,
            Self::Killed => operator.kills(bot.take().unwrap()).await,
            Self::InvalidForGood => gateway.invalidate(false),
            Self::Forgotten => {
                gateway.forget_sessions();
                gateway.cut();
            }
            Self::StoppedAndForgotten => {
                bot.take().unwrap().terminated().await;
                gateway.forget_sessions();
            }
        }
    }

    /// Waits until the fault has done its work, and takes it away.
    async fn passes(self, operator: &Operator, bot: &mut Option<Bot>) {
        let gateway = operator.stage.sim.gateway();
        match self {
            Self::NoAcknowledgement | Self::HalfOpen => {
                // It has noticed when it comes again.
                let before = gateway.counters().connections;
                let again = gateway.until(PATIENCE, |_, now| now.connections > before);
                again.await.unwrap();
            }
            Self::NoNetwork(time) => {
                spends_little(bot.as_ref(), time).await;
                operator.stage.sim.faults().clear();
            }
            // Its attempt hangs by then.
            Self::Silent | Self::Speechless => spends_little(bot.as_ref(), QUIET).await,
            Self::Stopped | Self::Killed | Self::StoppedAndForgotten => {
                *bot = Some(operator.launches_bot());
            }
            _ => {}
        }
        gateway.trouble(|trouble| *trouble = Trouble::default());
    }

    async fn is_tried(self) {
        let operator = Operator::arrives().await;
        let stage = &operator.stage;
        let gateway = stage.sim.gateway();
        // As Discord's is: one that comes sooner is one more.
        gateway.configure(|options| options.identify_pause = Duration::from_secs(5));
        if self.needs_short_heartbeats() {
            gateway.configure(|options| options.heartbeat_interval = SHORT);
        }
        let mut bot = Some(operator.starts_bot().await);
        let (ann, mia) = (&stage.ann, stage.mia.clone().patient(PATIENCE));
        let first = ann.asks(stage.forum, "First", "Please.").unwrap();
        mia.waits(first, Seen::is_by_bot).await.unwrap();

        self.strikes(&operator, &mut bot).await;
        stage.eva.posts(first, "Which version?").unwrap();
        let second = ann.asks(stage.forum, "Second", "Please.").unwrap();
        self.passes(&operator, &mut bot).await;
        mia.waits(second, Seen::is_by_bot).await.unwrap();
        let answered = |seen: &Seen| seen.is_by_bot() && seen.says("There is an answer");
        mia.waits(first, answered).await.unwrap();
        // What was written may have come through before the fault did.
        let ends = self.ends();
        let over = gateway.until(PATIENCE, |sessions, now| {
            let sure = match ends {
                Ends::Resumed => now.resumed >= 1,
                Ends::Anew => now.identifies >= 2,
            };
            sure && sessions.iter().any(|session| session.connected)
        });
        over.await.unwrap();
        let counters = gateway.counters();
        match ends {
            Ends::Resumed => assert_eq!(counters.identifies, 1, "{self:?}"),
            Ends::Anew => assert_eq!((counters.identifies, counters.resumed), (2, 0), "{self:?}"),
        }
        spends_little(bot.as_ref(), QUIET).await;

        // Once more, and in the middle of it the operator stops it.
        if bot.is_some()
            && !matches!(
                self,
                Self::Stopped | Self::Killed | Self::StoppedAndForgotten
            )
        {
            self.strikes(&operator, &mut bot).await;
        }
        bot.unwrap().terminated().await;
        operator.checks().await;
        let row = operator.reads().await;
        for (thread, messages) in [(first, 2), (second, 1)] {
            let ticket = row
                .find_ticket_by_thread(sameday::domain::ids::ThreadId(thread))
                .await;
            assert_eq!(
                ticket.unwrap().unwrap().ticket.messages,
                messages,
                "{self:?}"
            );
            let seen = stage.mia.sees(thread).unwrap();
            assert_eq!(
                seen.iter().filter(|seen| seen.is_by_bot()).count(),
                1,
                "{self:?}"
            );
        }
        assert_eq!(stage.sim.findings(), [], "{self:?}");
    }
}

/// Lets some time pass, in which the program has next to nothing to do. What is measured is the time
/// itself.
async fn spends_little(bot: Option<&Bot>, time: Duration) {
    let bot = bot.unwrap();
    let before = bot.cpu();
    sleep(time).await;
    let spent = bot.cpu() - before;
    let most = QUIET_CPU * time.as_secs_f64();
    assert!(
        spent <= most,
        "{spent} s of CPU time in {time:?}: {}",
        bot.log()
    );
}

#[tokio::test]
async fn whatever_happens_to_the_session_nothing_is_lost_and_nothing_hangs() {
    let outage = how_many("SAMEDAY_OUTAGE", 12);
    let mut rows = vec![
        Row::NoNetwork(Duration::from_secs(outage as u64)),
        Row::Silent,
        Row::Speechless,
        Row::NoAcknowledgement,
        Row::HalfOpen,
        Row::InvalidForGood,
        Row::Forgotten,
        Row::StoppedAndForgotten,
        Row::Stopped,
        Row::Killed,
        Row::Reconnect,
        Row::Invalid,
        Row::ClosedWithoutCode,
        Row::Cut,
    ];
    let codes = [1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009];
    rows.extend(codes.map(Row::Closed));
    let tried = futures_util::stream::iter(rows).map(Row::is_tried);
    tried.buffer_unordered(AT_ONCE).collect::<()>().await;
}

#[tokio::test]
async fn where_discord_wants_no_more_of_it_the_program_says_why_and_ends() {
    for (code, words) in [
        (4004, "refuses the bot's token"),
        (4010, "refuses this number of connections"),
        (4011, "refuses this number of connections"),
        (4012, "a newer sameday is needed"),
        (4013, "does not know an intent"),
        (4014, "switch it on in the Developer Portal"),
    ] {
        let operator = Operator::arrives().await;
        let bot = operator.starts_bot().await;
        operator.stage.sim.gateway().close(code);
        let (status, log) = bot.ends().await;
        assert!(!status.success(), "{code}: {log}");
        let last = log.lines().last().unwrap();
        assert!(
            last.starts_with("sameday: ") && last.contains(words),
            "{code}: {log}"
        );
        assert!(!log.contains("panicked"), "{code}: {log}");
    }
}

#[tokio::test]
async fn long_before_discord_would_reset_the_token_no_session_is_opened_any_more() {
    let operator = Operator::arrives().await;
    let sim = &operator.stage.sim;
    while sim.session_starts().remaining > 50 {
        assert!(sim.count_identify());
    }
    let bot = operator.launches_bot();
    let said = async {
        while !bot.log().contains("so many sessions were started today") {
            // It writes to a file, which can only be looked at again.
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, said).await.unwrap();
    assert_eq!(sim.gateway().counters().identifies, 0);
    let id = bot.id();
    let sent = std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(sent.unwrap().success());
    let (status, log) = bot.ends().await;
    assert!(status.success(), "{log}");
    assert_eq!(sim.session_starts().remaining, 50);
}
