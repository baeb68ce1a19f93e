//! Part of a thread is heard live, the rest is read: in whatever order.

use proptest::prelude::*;

use super::*;

/// A thread of as many messages as `heard` says which were heard live; after those numbered in
/// `rounds` a catch-up takes place.
async fn interleave(heard: &[bool], rounds: &[usize], twice: bool, announced: bool) {
    let bot = Bot::start().await;
    let post = id(10, 0);
    let authors = [ASKER, STAFF, LEFT, BOT];
    let messages: Vec<(u64, u64)> = (0..heard.len())
        .map(|n| {
            let number = u64::try_from(n).unwrap();
            let minutes = 10 + 100 * i64::try_from(n).unwrap();
            (
                id(minutes, u64::from(n > 0) * number),
                authors[n % authors.len()],
            )
        })
        .collect();
    bot.hand.set(minute(10));
    bot.add(post, FORUM, []);
    if announced {
        bot.places.note_tracked(ThreadId(post), ChannelId(FORUM));
        bot.send(Intent::from(thread_seen(post, FORUM))).await;
        let message = MessageId(post - 1);
        let thread = ThreadId(post);
        bot.send(Intent::ReadUpTo { thread, message }).await;
    }
    for (n, (message, author)) in messages.iter().enumerate() {
        bot.hand.set(MessageId(*message).instant());
        bot.write(post, *message, *author);
        if heard[n] {
            let said = bot.discord.lock().message(post, *message);
            let said = said.seen(*author == STAFF);
            for _ in 0..=u8::from(twice) {
                bot.send(Intent::Message(said)).await;
            }
        }
        if rounds.contains(&n) {
            bot.start_over().await;
        }
    }
    bot.start_over().await;
    let expected: BTreeMap<u64, (u64, bool)> = messages
        .into_iter()
        .filter(|(_, author)| *author != BOT)
        .map(|(message, author)| (message, (author, author == STAFF)))
        .collect();
    assert_eq!(bot.recorded(post).await, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever part of a thread was heard live, and whenever the rest was read: all of it is
    /// recorded, once.
    #[test]
    fn live_frames_and_catch_up_add_up_in_any_order(
        heard in prop::collection::vec(any::<bool>(), 1..9),
        rounds in prop::collection::vec(0_usize..9, 0..3),
        twice in any::<bool>(),
        announced in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(interleave(&heard, &rounds, twice, announced));
    }
}
