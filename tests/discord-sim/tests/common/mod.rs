//! A small house that every client is tried in.
#![allow(dead_code, reason = "each test binary uses another part of the house")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta};
use discord_sim::world::{NewApplication, NewChannel, intents, permissions};
use discord_sim::{Sim, SimOptions};

/// A guild with a text channel, a forum, two people and a bot.
pub(crate) struct House {
    pub(crate) sim: Sim,
    pub(crate) guild: u64,
    pub(crate) channel: u64,
    pub(crate) forum: u64,
    /// The application, and the account of its bot.
    pub(crate) bot: u64,
    pub(crate) token: String,
    millis: Arc<AtomicI64>,
}

impl House {
    /// Monday, 2026-11-23, noon; the clock stands until it is turned.
    pub(crate) async fn build() -> Self {
        let noon = DateTime::parse_from_rfc3339("2026-11-23T12:00:00Z").unwrap();
        let millis = Arc::new(AtomicI64::new(noon.timestamp_millis()));
        let hand = Arc::clone(&millis);
        let now = move || DateTime::from_timestamp_millis(hand.load(Ordering::Relaxed)).unwrap();
        let sim = Sim::start(SimOptions::new(Box::new(now))).await.unwrap();
        let ann = sim.person("Ann");
        let bob = sim.person("Bob");
        let (guild, channel, forum, bot, token) = sim
            .act(|world| {
                let guild = world.add_guild("House", bob.id());
                let channel = world.add_channel(guild, NewChannel::text("general"))?;
                let forum = world.add_channel(guild, NewChannel::forum("help"))?;
                let bot = world.add_application(NewApplication {
                    name: "helper".to_owned(),
                    owner: bob.id(),
                    privileged_intents: intents::MESSAGE_CONTENT,
                });
                let permissions = permissions::DEFAULT_EVERYONE | permissions::MANAGE_THREADS;
                world.invite_bot(guild, bot, permissions)?;
                let token = world.applications.get(&bot).unwrap().token.clone();
                Ok((guild, channel, forum, bot, token))
            })
            .unwrap();
        ann.joins(guild, &[]).unwrap();
        Self {
            sim,
            guild,
            channel,
            forum,
            bot,
            token,
            millis,
        }
    }

    /// Turns the clock.
    pub(crate) fn advance(&self, length: TimeDelta) {
        self.millis
            .fetch_add(length.num_milliseconds(), Ordering::Relaxed);
        self.sim.tick();
    }

    /// The end of every test: nothing was sent, by either side, that Discord's schemas refuse.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.sim.findings(), []);
    }
}
