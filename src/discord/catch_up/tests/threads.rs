//! What is read of a thread.

use super::*;

#[tokio::test]
async fn a_thread_is_read_to_its_end_whatever_its_length() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    let answers = (1..250).map(|n| (id(10, n), if n % 2 == 0 { STAFF } else { LEFT }));
    bot.add(post, FORUM, [(post, ASKER)].into_iter().chain(answers));
    bot.write(post, id(11, 0), BOT);
    bot.start_over().await;
    let recorded = bot.recorded(post).await;
    assert_eq!(recorded.len(), 250);
    assert_eq!(recorded[&post], (ASKER, false));
    assert_eq!(recorded[&id(10, 1)], (LEFT, false));
    assert_eq!(recorded[&id(10, 2)], (STAFF, true));
    let known = bot.store.list_threads_known(GuildId(1)).await.unwrap();
    assert_eq!(known[0].last_seen, Some(MessageId(id(11, 0))));
    let asked = bot.discord.lock().asked.clone();
    let members = asked.iter().filter(|path| path.contains("members")).count();
    assert_eq!(members, 3, "each person is asked about once");
}

#[tokio::test]
async fn what_is_written_while_a_thread_is_read_is_not_lost() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.discord.lock().arriving = Some((id(599, 0), STAFF));
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 2);
}

#[tokio::test]
async fn what_was_deleted_is_noticed_where_something_is_new() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(
        post,
        FORUM,
        [(post, ASKER), (id(595, 0), ASKER), (id(595, 1), ASKER)],
    );
    bot.start_over().await;
    {
        let mut guild = bot.discord.lock();
        let thread = guild.threads.get_mut(&post).unwrap();
        thread.messages.remove(&id(595, 0));
        thread.messages.insert(id(610, 0), STAFF);
    }
    bot.hand.set(minute(620));
    bot.start_over().await;
    let recorded: Vec<u64> = bot.recorded(post).await.into_keys().collect();
    assert_eq!(recorded, [post, id(595, 1), id(610, 0)]);
}

#[tokio::test]
async fn a_last_message_that_was_deleted_is_not_looked_for_again_and_again() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let deleted = BTreeSet::from([id(11, 0)]);
    bot.discord.lock().threads.get_mut(&post).unwrap().deleted = deleted;
    bot.start_over().await;
    bot.discord.lock().asked.clear();
    bot.start_over().await;
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.ends_with("messages")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn the_question_of_a_thread_in_a_text_channel_stands_above_it() {
    let bot = Bot::start().await;
    let (asked, alone) = (id(10, 0), id(20, 0));
    bot.add(asked, TEXT, [(id(12, 0), STAFF)]);
    bot.add(alone, TEXT, [(id(21, 0), ASKER)]);
    bot.discord.lock().questions.insert((TEXT, asked), ASKER);
    bot.start_over().await;
    assert_eq!(
        bot.recorded(asked).await,
        [(asked, (ASKER, false)), (id(12, 0), (STAFF, true))].into()
    );
    assert_eq!(
        bot.recorded(alone).await,
        [(id(21, 0), (ASKER, false))].into()
    );
    let row = bot
        .store
        .find_ticket_by_thread(ThreadId(asked))
        .await
        .unwrap();
    assert_eq!(row.unwrap().ticket.asker(), Some(UserId(ASKER)));
}

#[tokio::test]
async fn a_new_thread_in_a_text_channel_gets_its_question() {
    let bot = Bot::start().await;
    bot.start_over().await;
    let thread = id(601, 0);
    bot.add(thread, TEXT, []);
    bot.discord.lock().questions.insert((TEXT, thread), STAFF);
    bot.places.note_tracked(ThreadId(thread), ChannelId(TEXT));
    bot.send(Intent::from(thread_seen(thread, TEXT))).await;
    bot.round([Errand::Starter {
        guild: GuildId(1),
        channel: ChannelId(TEXT),
        thread: ThreadId(thread),
    }])
    .await;
    assert_eq!(
        bot.recorded(thread).await,
        [(thread, (STAFF, false))].into()
    );
}

#[tokio::test]
async fn one_thread_is_read_from_the_message_that_came_without_roles() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.start_over().await;
    bot.write(post, id(605, 0), STAFF);
    bot.discord.lock().asked.clear();
    bot.round([Errand::Thread {
        guild: GuildId(1),
        thread: ThreadId(post),
        from: Some(MessageId(id(605, 0))),
    }])
    .await;
    assert_eq!(bot.recorded(post).await[&id(605, 0)], (STAFF, true));
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.contains("guilds/1/threads")),
        "{asked:?}"
    );
}
