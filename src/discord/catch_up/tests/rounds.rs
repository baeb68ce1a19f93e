//! What a round looks at, what it leaves alone, and what it says.

use futures_util::FutureExt as _;

use super::*;

#[tokio::test]
async fn only_what_is_new_is_read_again() {
    let bot = Bot::start().await;
    let (quiet, busy) = (id(10, 0), id(20, 0));
    bot.add(quiet, FORUM, [(quiet, ASKER)]);
    bot.add(busy, FORUM, [(busy, ASKER)]);
    bot.start_over().await;
    bot.discord.lock().asked.clear();
    bot.write(busy, id(610, 0), STAFF);
    bot.hand.set(minute(620));
    bot.start_over().await;
    assert_eq!(bot.recorded(busy).await.len(), 2);
    let asked = bot.discord.lock().asked.clone();
    let read: Vec<_> = asked
        .iter()
        .filter(|path| path.ends_with("messages"))
        .collect();
    assert_eq!(read, [&format!("channels/{busy}/messages")]);
    // Twenty minutes are worth a word.
    let [
        Notice::Away {
            from,
            until,
            threads,
            ..
        },
    ] = bot.notices().await[..]
    else {
        panic!("{:?}", bot.notices().await);
    };
    assert_eq!(from, minute(600).timestamp_millis());
    assert_eq!(until, minute(620).timestamp_millis());
    assert_eq!(threads, 1);
}

#[tokio::test]
async fn the_first_start_and_a_short_absence_are_not_worth_a_word() {
    let bot = Bot::start().await;
    bot.start_over().await;
    bot.hand.set(minute(601));
    bot.start_over().await;
    assert_eq!(bot.notices().await, []);
}

#[tokio::test]
async fn what_was_recorded_past_a_gap_does_not_hide_the_gap() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.start_over().await;
    // Three messages come while nobody listens; then the last is heard, and the bot is killed.
    for n in 1..=3 {
        bot.write(post, id(610, n), ASKER);
    }
    let last = bot.discord.lock().message(post, id(610, 3));
    bot.send(Intent::Message(last.seen(false))).await;
    assert_eq!(bot.recorded(post).await.len(), 2);
    bot.hand.set(minute(620));
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 4);
}

#[tokio::test]
async fn a_session_opened_while_a_round_is_made_is_caught_up_before_anybody_is_alarmed() {
    let an_hour = Target::Wall(chrono::TimeDelta::hours(1));
    let policy = Policy::of("all", Calendar::always(chrono_tz::UTC)).answering(an_hour);
    let mut settings = samples::settings();
    settings.service_level = ServiceLevel::of(vec![policy], minute(0));
    let bot = Bot::of(settings).await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.hand.set(minute(11));
    bot.start_over().await;
    bot.ledger.hold().await.unwrap();
    bot.hand.set(minute(3 * 24 * 60));
    let place = Arc::new(Barrier::new(2));
    let held_up = (format!("channels/{post}/messages"), Arc::clone(&place));
    bot.discord.lock().held_up = Some(held_up);
    let session = || Errand::Session {
        shard: 0,
        shards: 1,
    };
    let (line, inbox) = errands(0);
    line.send(session()).unwrap();
    let opens = async {
        // The round sees no news. Then the session is lost, and with it the answer.
        place.wait().await;
        bot.write(post, id(60, 0), STAFF);
        bot.ledger.hold().await.unwrap();
        line.send(session()).unwrap();
        drop(line);
        place.wait().await;
    };
    let catch_up = bot.prepare().await;
    let runs = catch_up.run(inbox, Vec::new(), CancellationToken::new());
    let (ended, ()) = tokio::join!(runs, opens);
    ended.unwrap();
    assert_eq!(bot.recorded(post).await.len(), 2);
    let row = bot.store.find_ticket_by_thread(ThreadId(post)).await;
    let ticket = row.unwrap().unwrap().ticket_id;
    assert_eq!(bot.store.list_alerts(ticket).await.unwrap(), []);
    // And it is told once, when all is read.
    let [Notice::Away { threads, .. }] = bot.notices().await[..] else {
        panic!("{:?}", bot.notices().await);
    };
    assert_eq!(threads, 1);
}

#[tokio::test]
async fn threads_and_channels_that_vanished_are_gone() {
    let bot = Bot::start().await;
    let (post, talk) = (id(10, 0), id(20, 0));
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.add(talk, TEXT, [(id(20, 1), ASKER)]);
    bot.start_over().await;
    bot.discord.lock().threads.clear();
    bot.discord.lock().channels.remove(&TEXT);
    bot.start_over().await;
    for thread in [post, talk] {
        let row = bot
            .store
            .find_ticket_by_thread(ThreadId(thread))
            .await
            .unwrap();
        let status = row.unwrap().ticket.status;
        assert!(matches!(status, Status::Gone { .. }), "{status:?}");
    }
    let notices = bot.notices().await;
    assert!(
        matches!(&notices[..], [Notice::Trouble { sentence }] if sentence.contains("21")),
        "{notices:?}"
    );
}

#[tokio::test]
async fn threads_of_a_channel_that_is_no_longer_watched_are_left_alone() {
    let bot = Bot::start().await;
    let (post, talk) = (id(10, 0), id(20, 0));
    bot.add(post, FORUM, [(post, ASKER)]);
    bot.add(talk, TEXT, [(id(20, 1), ASKER)]);
    bot.start_over().await;
    let mut settings = samples::settings();
    settings.channels = vec![ChannelId(FORUM)];
    let places = Arc::new(Places::new(LiveGuilds::new([settings])));
    let bot = Bot { places, ..bot };
    bot.discord.lock().asked.clear();
    bot.start_over().await;
    let asked = bot.discord.lock().asked.clone();
    let theirs = [TEXT, talk].map(|place| format!("channels/{place}"));
    let about_theirs = |path: &String| theirs.iter().any(|place| path.starts_with(place));
    assert!(!asked.iter().any(about_theirs), "{asked:?}");
}

#[tokio::test]
async fn archived_threads_are_read_back_to_where_the_promise_starts() {
    let bot = Bot::start().await;
    for n in 0..5 {
        let post = id(10 + n, 0);
        bot.add(post, FORUM, [(post, ASKER)]);
        let archived_at = minute(100 * n).timestamp_millis() - 1;
        let mut guild = bot.discord.lock();
        guild.threads.get_mut(&post).unwrap().archived_at = Some(archived_at);
    }
    bot.start_over().await;
    let mut recorded = Vec::new();
    for n in 0..5 {
        recorded.push(bot.recorded(id(10 + n, 0)).await.len());
    }
    // The first was archived before: it is heard of when somebody writes in it.
    assert_eq!(recorded, [0, 1, 1, 1, 1]);
    let asked = bot.discord.lock().asked.clone();
    let pages = asked
        .iter()
        .filter(|path| path.contains("20/threads/archived"));
    assert_eq!(pages.count(), 3);
    // Once the forum has a history, the presence is far enough.
    bot.discord.lock().asked.clear();
    bot.start_over().await;
    let asked = bot.discord.lock().asked.clone();
    let pages = asked
        .iter()
        .filter(|path| path.contains("20/threads/archived"));
    assert_eq!(pages.count(), 1);
}

#[tokio::test]
async fn private_threads_are_left_alone() {
    let bot = Bot::start().await;
    let secret = id(10, 0);
    bot.add(secret, TEXT, [(id(11, 0), ASKER)]);
    bot.discord.lock().threads.get_mut(&secret).unwrap().kind = 12;
    bot.start_over().await;
    assert_eq!(bot.recorded(secret).await, BTreeMap::new());
    assert_eq!(bot.places.find(secret), Place::Elsewhere);
    let asked = bot.discord.lock().asked.clone();
    assert!(
        !asked.iter().any(|path| path.ends_with("messages")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_place_nobody_has_heard_of_is_looked_up() {
    let bot = Bot::start().await;
    bot.start_over().await;
    let old = id(10, 0);
    bot.add(old, FORUM, [(old, ASKER), (id(605, 0), STAFF)]);
    let said = bot.discord.lock().message(old, id(605, 0));
    let elsewhere = bot.discord.lock().message_in(22, id(605, 1));
    bot.send(Intent::Message(said.seen(true))).await;
    bot.send(Intent::Message(elsewhere.seen(false))).await;
    bot.ledger.settled().await;
    let catch_up = bot.prepare().await;
    let mut todo = Todo::default();
    for _ in 0..2 {
        todo.strays.insert(bot.ledger.next_stray().await);
    }
    let round = Round::new(&catch_up, &catch_up.unreads, Some(minute(600)));
    let done = round.run(todo).await.unwrap();
    assert!(done.failed.is_empty());
    assert_eq!(bot.recorded(old).await.len(), 2);
    assert_eq!(bot.places.find(22), Place::Elsewhere);
    // What is forgotten is looked up again.
    bot.places.forget_elsewhere();
    bot.send(Intent::Message(elsewhere.seen(false))).await;
    bot.ledger.settled().await;
    let again = bot.ledger.next_stray().now_or_never();
    assert_eq!(again, Some(ThreadId(22)));
}

#[tokio::test]
async fn what_fails_is_kept_for_another_try_and_moves_no_presence() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let path = "guilds/1/threads/active".to_owned();
    bot.discord.lock().faults.insert(path, 404);
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await, BTreeMap::new());
    assert_eq!(bot.store.load_presence().await.unwrap(), None);
    bot.discord.lock().faults.clear();
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 1);
    assert_eq!(bot.store.load_presence().await.unwrap(), Some(minute(600)));
}

#[tokio::test]
async fn a_thread_that_cannot_be_read_is_left_for_later_and_holds_up_nothing() {
    let bot = Bot::start().await;
    let (bad, new, good) = (id(10, 0), id(15, 0), id(20, 0));
    for post in [bad, good] {
        bot.add(post, FORUM, [(post, ASKER)]);
    }
    bot.start_over().await;
    bot.add(new, FORUM, [(new, ASKER)]);
    for post in [bad, good] {
        bot.write(post, id(605, post % 2), ASKER);
    }
    let broken = [bad, new].map(|post| format!("channels/{post}/messages"));
    let faults = broken.map(|path| (path, 404));
    bot.discord.lock().faults.extend(faults);
    bot.hand.set(minute(620));
    bot.start_over().await;
    assert_eq!(bot.store.load_presence().await.unwrap(), Some(minute(620)));
    let mut recorded = Vec::new();
    for post in [bad, new, good] {
        recorded.push(bot.recorded(post).await.len());
    }
    assert_eq!(recorded, [1, 0, 2]);
    let left = bot.store.list_unread().await.unwrap();
    let since: Vec<_> = left.iter().map(|unread| unread.since).collect();
    assert_eq!(since, [Some(minute(590)), None]);
    // What the gateway brings meanwhile hides nothing of what is missing.
    bot.write(bad, id(900, 0), ASKER);
    let heard = bot.discord.lock().message(bad, id(900, 0));
    bot.send(Intent::Message(heard.seen(false))).await;
    bot.hand.set(minute(1_000));
    bot.start_over().await;
    assert_eq!(bot.recorded(bad).await.len(), 2);
    bot.discord.lock().faults.clear();
    bot.discord.lock().asked.clear();
    // The next start has nothing else to read.
    bot.hand.set(minute(1_020));
    bot.catch_up([Errand::Resumed { shard: 0 }]).await;
    assert_eq!(bot.recorded(bad).await.len(), 3);
    assert_eq!(bot.recorded(new).await.len(), 1);
    assert_eq!(bot.store.list_unread().await.unwrap(), []);
    let asked = bot.discord.lock().asked.clone();
    let of_these = |path: &&String| {
        let places = [bad, new].map(|post| format!("channels/{post}"));
        places.iter().any(|place| path.starts_with(place)) || path.contains("/members/")
    };
    let others: Vec<_> = asked.iter().filter(|path| !of_these(path)).collect();
    assert_eq!(others, [""; 0]);
}

#[tokio::test]
async fn a_place_that_cannot_be_looked_up_holds_up_nothing_either() {
    let bot = Bot::start().await;
    bot.start_over().await;
    let old = id(10, 0);
    bot.add(old, FORUM, [(old, ASKER), (id(605, 0), STAFF)]);
    let said = bot.discord.lock().message(old, id(605, 0));
    let path = format!("channels/{old}");
    bot.discord.lock().faults.insert(path, 404);
    bot.send(Intent::Message(said.seen(true))).await;
    bot.ledger.settled().await;
    let catch_up = bot.prepare().await;
    let mut todo = Todo::default();
    todo.strays.insert(bot.ledger.next_stray().await);
    let round = Round::new(&catch_up, &catch_up.unreads, Some(minute(600)));
    let done = round.run(todo).await.unwrap();
    assert!(done.failed.is_empty() && done.tried.has(ThreadId(old)));
    // It comes again although nobody told of which guild it is.
    let mut unreads = super::super::unread::Unreads::default();
    unreads.note(done.tried, minute(600));
    let mut todo = Todo::default();
    todo.again.extend(unreads.due(minute(601)));
    bot.discord.lock().faults.clear();
    let round = Round::new(&catch_up, &unreads, Some(minute(600)));
    let done = round.run(todo).await.unwrap();
    assert!(unreads.note(done.tried, minute(601)).is_empty() && unreads.list().is_empty());
    assert_eq!(bot.recorded(old).await.len(), 2);
}

#[tokio::test]
async fn where_many_threads_cannot_be_read_it_is_not_about_threads() {
    let bot = Bot::start().await;
    for n in 0..20 {
        let post = id(10 + n, 0);
        bot.add(post, FORUM, [(post, ASKER)]);
        let path = format!("channels/{post}/messages");
        bot.discord.lock().faults.insert(path, 404);
    }
    bot.start_over().await;
    assert_eq!(bot.store.load_presence().await.unwrap(), None);
}

#[tokio::test]
async fn a_channel_that_is_hidden_is_told_once_and_stops_nothing() {
    let bot = Bot::start().await;
    let post = id(10, 0);
    bot.add(post, FORUM, [(post, ASKER)]);
    let path = format!("channels/{TEXT}/threads/archived/public");
    bot.discord.lock().faults.insert(path, 403);
    bot.start_over().await;
    assert_eq!(bot.recorded(post).await.len(), 1);
    let notices = bot.notices().await;
    assert!(
        matches!(&notices[..], [Notice::Trouble { sentence }] if sentence.contains("<#21>")),
        "{notices:?}"
    );
}

/// As while the disk refuses: whoever was told that nothing was written notes it the next time.
#[tokio::test]
async fn a_presence_that_is_not_written_ends_nothing() {
    let bot = Bot::start().await;
    let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON presence
                   BEGIN SELECT RAISE(ABORT, 'not now'); END";
    bot.store.tamper(refuses).await;
    let catch_up = bot.prepare().await;
    let (line, inbox) = errands(0);
    line.send(Errand::Session {
        shard: 0,
        shards: 1,
    })
    .unwrap();
    let stop = CancellationToken::new();
    let outlives = async {
        while bot.ledger.unwritable() == 0 {
            bot.ledger.settled().await;
        }
        bot.store.tamper("DROP TRIGGER refuses").await;
        while bot.store.load_presence().await.unwrap().is_none() {
            bot.hand
                .set(bot.clock.now() + chrono::TimeDelta::minutes(1));
            bot.ledger.settled().await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(catch_up.run(inbox, Vec::new(), stop.clone()), outlives) };
    let patience = std::time::Duration::from_mins(1);
    let (ended, ()) = tokio::time::timeout(patience, both).await.unwrap();
    ended.unwrap();
}
