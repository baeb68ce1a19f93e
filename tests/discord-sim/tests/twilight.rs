//! twilight-gateway, the strictest parser of events there is, against the simulated gateway.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

mod common;

use std::time::Duration;

use common::House;
use twilight_gateway::{
    ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};

fn shard(house: &House) -> Shard {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(house.token.clone(), intents)
        .proxy_url(house.sim.gateway_url().to_owned())
        .build();
    Shard::with_config(ShardId::ONE, config)
}

/// The next event that `wanted` takes; any event that does not parse fails the test.
async fn next<T>(shard: &mut Shard, wanted: impl Fn(Event) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = shard.next_event(EventTypeFlags::all()).await.unwrap();
            match event {
                Ok(event) => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
                // A cut connection is an error too; the shard reconnects by itself.
                Err(error) => assert!(
                    !matches!(
                        error.kind(),
                        twilight_gateway::error::ReceiveMessageErrorType::Deserializing { .. }
                    ),
                    "{error:?}"
                ),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), search)
        .await
        .unwrap()
}

fn content(event: Event) -> Option<String> {
    match event {
        Event::MessageCreate(message) => Some(message.content.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn it_connects_reads_and_resumes_where_it_was() {
    let house = House::build().await;
    let ann = house.sim.person("Ann");
    let mut shard = shard(&house);
    next(&mut shard, |event| {
        matches!(event, Event::Ready(_)).then_some(())
    })
    .await;
    let guild = next(&mut shard, |event| match event {
        Event::GuildCreate(guild) => Some(guild.id().get()),
        _ => None,
    })
    .await;
    assert_eq!(guild, house.guild);

    ann.posts(house.channel, "one").unwrap();
    assert_eq!(next(&mut shard, content).await, "one");
    let thread = ann.asks(house.forum, "It hangs", "two").unwrap();
    let seen = next(&mut shard, |event| match event {
        Event::ThreadCreate(thread) => Some(thread.id.get()),
        _ => None,
    })
    .await;
    assert_eq!(seen, thread);
    assert_eq!(next(&mut shard, content).await, "two");

    house.sim.gateway().cut();
    house.sim.gateway().until_connected(0).await.unwrap();
    ann.posts(thread, "three").unwrap();
    assert_eq!(next(&mut shard, content).await, "three");
    house.sim.gateway().reconnect_all();
    ann.posts(thread, "four").unwrap();
    assert_eq!(next(&mut shard, content).await, "four");

    // "four" may have come before the reconnect; RESUMED cannot.
    next(&mut shard, |event| {
        matches!(event, Event::Resumed).then_some(())
    })
    .await;
    let counters = house.sim.gateway().counters();
    assert_eq!((counters.identifies, counters.resumed), (1, 2));
    house.assert_clean();
}

#[tokio::test]
async fn a_new_process_goes_on_with_the_session_of_the_old_one() {
    let house = House::build().await;
    let ann = house.sim.person("Ann");
    let mut old = shard(&house);
    ann.posts(house.channel, "before anybody listened").unwrap();
    next(&mut old, |event| {
        matches!(event, Event::GuildCreate(_)).then_some(())
    })
    .await;
    ann.posts(house.channel, "one").unwrap();
    assert_eq!(next(&mut old, content).await, "one");
    let session = old.session().unwrap().clone();
    let resume_url = old.resume_url().unwrap().to_owned();
    drop(old);
    house.sim.gateway().until_connected(0).await.unwrap();
    ann.posts(house.channel, "while it was down").unwrap();

    let config = ConfigBuilder::new(house.token.clone(), Intents::empty())
        .proxy_url(house.sim.gateway_url().to_owned())
        .session(session)
        .resume_url(resume_url)
        .build();
    let mut new = Shard::with_config(ShardId::ONE, config);
    assert_eq!(next(&mut new, content).await, "while it was down");
    next(&mut new, |event| {
        matches!(event, Event::Resumed).then_some(())
    })
    .await;
    house.assert_clean();
}
