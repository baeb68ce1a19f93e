//! The promise, from the question to the answer, as the people on Discord see it.

use chrono::TimeDelta;
use discord_sim::rest::Limits;
use sameday::domain::ids::UserId;
use sameday::domain::ticket::Status;

use crate::stage::{Stage, Wishes, act};

/// 17:00 in Berlin on the Wednesday of the stage.
const DUE: i64 = 1_795_017_600;

#[tokio::test]
async fn a_question_gets_a_card_that_says_by_when() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let card = stage.card(post).await;
    assert!(card.says("A human will answer by"), "{}", card.text());
    assert!(card.says(&format!("<t:{DUE}:F>")), "{}", card.text());
    assert_eq!(card.buttons(), ["Claim", "Resolve"]);
    assert!(stage.ann.pinged().is_empty());
    stage.ends().await;
}

#[tokio::test]
async fn the_staff_role_is_warned_before_an_unclaimed_question_is_late() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.turns_to("2026-11-18T13:59:59.999Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());

    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says(&format!("<#{post}>")), "{}", news[0].text());
    let pinged = |person: &discord_sim::people::Person| person.pinged().len();
    assert_eq!([pinged(&stage.eva), pinged(&stage.tom)], [1, 1]);
    assert_eq!(
        [pinged(&stage.ann), pinged(&stage.ben), pinged(&stage.mia)],
        [0; 3]
    );
    assert!(stage.card(post).await.says("The team has been reminded"));
    stage.ends().await;
}

#[tokio::test]
async fn only_the_claimer_is_warned_about_a_claimed_question() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let card = stage.card(post).await;
    stage.clicks(&stage.eva, &card, "Claim").await;
    let card = stage.card(post).await;
    assert!(
        card.says(&format!("<@{}> is on it", stage.eva.id())),
        "{}",
        card.text()
    );

    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(stage.eva.pinged().len(), 1);
    assert_eq!(stage.tom.pinged().len(), 0);
    stage.ends().await;
}

#[tokio::test]
async fn a_late_answer_is_said_to_staff_and_to_moderators() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.turns_to("2026-11-18T14:00:00Z").await;
    stage.news(stage.staff_channel).await;
    stage.turns_to("2026-11-18T16:00:00Z").await;
    assert!(
        stage.news(stage.staff_channel).await.is_empty(),
        "the due time itself is kept"
    );
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    for channel in [stage.staff_channel, stage.moderator_channel] {
        let news = stage.news(channel).await;
        assert_eq!(news.len(), 1);
        assert!(news[0].says("overdue"), "{}", news[0].text());
    }
    assert_eq!(stage.mia.pinged().len(), 1);
    assert!(
        stage
            .card(post)
            .await
            .says("This is later than we promised")
    );

    stage.eva.posts(post, "Sorry, here it is.").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));
    stage.ends().await;
}

#[tokio::test]
async fn alerts_that_fall_due_together_are_one_message() {
    let stage = Stage::opens().await;
    let mut posts = Vec::new();
    for number in 0..7 {
        let title = format!("Question {number}");
        posts.push(stage.ann.asks(stage.forum, &title, "Please help.").unwrap());
    }
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    for post in &posts {
        assert!(news[0].says(&format!("<#{post}>")));
        stage.card(*post).await;
    }
    assert_eq!(stage.eva.pinged().len(), 1);
    stage.ends().await;
}

#[tokio::test]
async fn however_many_fall_due_together_it_is_one_message_within_discords_limits() {
    let mut stage = Stage::set(Wishes {
        limits: Limits::none(),
        ..Wishes::default()
    })
    .await;
    stage.bot_starts().await;
    for number in 0..60 {
        let title = format!("Question {number}");
        stage.ann.asks(stage.forum, &title, "Please help.").unwrap();
    }
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert!(
        news[0].says("60 answers are due soon"),
        "{}",
        news[0].text()
    );
    assert!(news[0].says("more – /queue"), "{}", news[0].text());
    assert_eq!(stage.eva.pinged().len(), 1);
    stage.ends_unread().await;
}

#[tokio::test]
async fn an_answer_by_the_community_counts_and_is_a_fact_of_its_own() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.passes(TimeDelta::minutes(5)).await;
    stage.ben.posts(post, "Have you tried 1.4?").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));
    stage.passes(TimeDelta::minutes(5)).await;
    stage.eva.posts(post, "Ben is right.").unwrap();
    stage.settles().await;
    let row = stage
        .store()
        .load_ticket(stage.ticket(post).await)
        .await
        .unwrap();
    let opened = row.ticket.question.unwrap().opened_at;
    assert_eq!(
        row.ticket.first_community_at,
        Some(opened + TimeDelta::minutes(5))
    );
    assert_eq!(
        row.ticket.first_staff_at,
        Some(opened + TimeDelta::minutes(10))
    );
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.ends().await;
}

#[tokio::test]
async fn a_thread_of_a_text_channel_is_a_ticket_from_its_first_message() {
    let stage = Stage::opens().await;
    let question = stage
        .ann
        .posts(stage.help, "It hangs since today.")
        .unwrap();
    stage.passes(TimeDelta::minutes(30)).await;
    // Tom makes the thread; Ann is the asker all the same, from when she wrote.
    let thread = stage.starts_thread(&stage.tom, stage.help, question, "It hangs");
    let card = stage.card(thread).await;
    assert!(card.says("A human will answer by"), "{}", card.text());
    let row = stage
        .store()
        .load_ticket(stage.ticket(thread).await)
        .await
        .unwrap();
    let asked = row.ticket.question.unwrap();
    assert_eq!(asked.asker, UserId(stage.ann.id()));
    assert_eq!(asked.opened_at.to_rfc3339(), "2026-11-18T09:00:00+00:00");
    stage.tom.posts(thread, "Which version?").unwrap();
    assert!(stage.card(thread).await.says("There is an answer"));
    stage.ends().await;
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_gets_it_and_the_other_is_told_who() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let card = stage.card(post).await;
    let (one, other) = (
        stage.eva.clicks(&card, "Claim").unwrap(),
        stage.tom.runs(post, "/claim").unwrap(),
    );
    let told = [one.told().await.unwrap(), other.message().await.unwrap()];
    stage.settles().await;
    let row = stage
        .store()
        .load_ticket(stage.ticket(post).await)
        .await
        .unwrap();
    let winner = row.ticket.claim.unwrap().by.0;
    let words: Vec<String> = told.iter().map(|seen| stage.looks_at(seen)).collect();
    let lost = words
        .iter()
        .filter(|words| words.contains(&format!("<@{winner}>")));
    let won = words.iter().filter(|words| words.contains("It's yours"));
    assert_eq!((lost.count(), won.count()), (1, 1), "{words:?}");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn resolved_by_the_asker_and_open_again_when_they_write() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let card = stage.card(post).await;
    stage.clicks(&stage.ann, &card, "Resolve").await;
    let card = stage.card(post).await;
    assert!(card.says("Resolved by"), "{}", card.text());
    assert_eq!(card.buttons(), ["Reopen"]);
    stage.turns_to("2026-11-19T08:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());

    stage.ann.posts(post, "It is back.").unwrap();
    let card = stage.card(post).await;
    assert!(card.says("Your new message is noted"), "{}", card.text());
    stage.ends().await;
}

#[tokio::test]
async fn what_people_may_not_do_is_refused_in_words() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let card = stage.card(post).await;
    for (person, button, refusal) in [
        (&stage.ann, "Claim", "Claiming is for the team"),
        (&stage.ben, "Claim", "Claiming is for the team"),
        (&stage.ben, "Resolve", "Only"),
    ] {
        let told = stage.clicks(person, &card, button).await;
        assert!(told.contains(refusal), "{told}");
    }
    let row = stage
        .store()
        .load_ticket(stage.ticket(post).await)
        .await
        .unwrap();
    assert_eq!(row.ticket.claim, None);
    assert_eq!(row.ticket.status, Status::Open);
    stage.ends().await;
}

#[tokio::test]
async fn the_queue_shows_the_longest_wait_first() {
    let stage = Stage::opens().await;
    let first = stage
        .ann
        .asks(stage.forum, "First", "Please help.")
        .unwrap();
    stage.passes(TimeDelta::minutes(10)).await;
    let second = stage
        .ben
        .asks(stage.forum, "Second", "Please help.")
        .unwrap();
    stage.settles().await;
    let shown = stage.runs(&stage.eva, stage.staff_channel, "/queue").await;
    let place = |post: u64| shown.find(&format!("<#{post}>")).expect(&shown);
    assert!(place(first) < place(second), "{shown}");
    for post in [first, second] {
        stage.card(post).await;
    }
    stage.ends().await;
}

#[tokio::test]
async fn why_explains_the_clock() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(post).await;
    let why = stage.runs(&stage.eva, post, "/why").await;
    assert!(why.contains("Policy same day"), "{why}");
    assert!(why.contains(&format!("<t:{DUE}:F>")), "{why}");
    stage.ends().await;
}

#[tokio::test]
async fn what_is_not_asked_in_a_watched_channel_is_none_of_the_bots_business() {
    let stage = Stage::opens().await;
    let message = stage.ann.posts(stage.lounge, "Nice weather.").unwrap();
    let thread = stage.starts_thread(&stage.ann, stage.lounge, message, "Weather");
    stage.ben.posts(thread, "Indeed.").unwrap();
    stage.ann.posts(stage.help, "Not in a thread.").unwrap();
    stage.turns_to("2026-11-20T16:00:00Z").await;
    stage.ends().await;
}

#[tokio::test]
async fn what_people_delete_is_deleted_here_and_answers_nobody() {
    let stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(post).await;
    let answer = stage.eva.posts(post, "Which version?").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));
    stage.eva.deletes(post, answer).unwrap();
    assert!(stage.card(post).await.says("A human will answer by"));

    let ticket = stage.ticket(post).await;
    act(&stage.sim, |world| world.vanish_channel(post));
    stage.settles().await;
    let row = stage.store().load_ticket(ticket).await.unwrap();
    assert_eq!(row.title, "");
    assert!(matches!(row.ticket.status, Status::Gone { .. }));
    assert_ne!(row.ticket.question.unwrap().asker, UserId(stage.ann.id()));
    stage.turns_to("2026-11-20T16:00:00Z").await;
    stage.ends().await;
}
