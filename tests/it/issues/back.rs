//! What happens on GitHub is told in every linked thread, once.

use chrono::TimeDelta;
use insta::assert_snapshot;

use super::{GADGETS, House, REPO, Ways};
use crate::stage::Stage;

/// Two threads on one issue, which was opened from the first.
async fn two_threads(house: &House) -> (u64, u64, u64) {
    let first = house.asked("Widget turns left").await;
    let number = house.converts(first).await;
    house.stage.passes(TimeDelta::minutes(1)).await;
    let second = house.asked("The widget turns left").await;
    let preview = house.previewed(&house.stage.eva, second).await;
    house
        .presses(&house.stage.eva, &preview, &format!("It is #{number}"))
        .await;
    house.told(second).await;
    house.github.hooks().take();
    (first, second, number)
}

/// What both threads were told, which has to be the same.
async fn both(house: &House, first: u64, second: u64) -> String {
    let told = house.told(first).await;
    assert_eq!(told, house.told(second).await);
    told.replace('\u{200b}', "¦")
}

#[tokio::test]
async fn by_polling_everything_is_told_once_in_every_thread() {
    let house = House::opens_with(Ways {
        setting: "tell_labels = true",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (first, second, number) = two_threads(&house).await;
    let mut said = Vec::new();
    let five = TimeDelta::minutes(5);
    house.github.act(|world| {
        world.label(REPO, number, "dev", "question").unwrap();
        world
            .rename(REPO, number, "dev", "Turns [left](x) @here")
            .unwrap();
    });
    stage.passes(five).await;
    said.push(both(&house, first, second).await);
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "not_planned"))
        .unwrap();
    stage.passes(five).await;
    said.push(both(&house, first, second).await);
    stage.passes(five).await;
    assert_eq!(both(&house, first, second).await, "");
    house
        .github
        .act(|world| world.reopen(REPO, number, "dev"))
        .unwrap();
    // What is closed for good is looked at more seldom.
    stage.passes(TimeDelta::hours(1)).await;
    said.push(both(&house, first, second).await);
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "duplicate"))
        .unwrap();
    stage.passes(five).await;
    said.push(both(&house, first, second).await);
    let moved = house.github.act(|world| {
        world.reopen(REPO, number, "dev").unwrap();
        world.transfer(REPO, number, "dev", GADGETS).unwrap()
    });
    stage.passes(TimeDelta::hours(1)).await;
    said.push(both(&house, first, second).await);
    house
        .github
        .act(|world| world.delete(GADGETS, moved, "dev"))
        .unwrap();
    stage.passes(five).await;
    said.push(both(&house, first, second).await);
    stage.passes(TimeDelta::hours(2)).await;
    assert_eq!(both(&house, first, second).await, "");
    assert_snapshot!(said.join("\n"), @r#"
    [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is now called: Turns \[left\]\(x\) \@¦here
    [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) was labelled question.
    [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed as not planned.
    [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is open again.
    [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed as a duplicate.
    acme\/widgets\#¦1 is now [acme/gadgets#1](<https://github.com/acme/gadgets/issues/1>).
    [acme/gadgets#1](<https://github.com/acme/gadgets/issues/1>) is open again.
    acme\/gadgets\#¦1 was deleted on GitHub, or I may no longer see it. This thread stays as it is.
    "#);
    house.ends_unread().await;
}

#[tokio::test]
async fn an_issue_that_is_the_same_costs_nothing() {
    let house = House::opens().await;
    let post = house.asked("Quiet").await;
    house.converts(post).await;
    let before = house.github.requests().len();
    for _ in 0..12 {
        house.stage.passes(TimeDelta::minutes(5)).await;
    }
    let asked = house.github.requests().len() - before;
    assert_eq!(asked, 12, "{:?}", &house.github.requests()[before..]);
    house.ends_unread().await;
}

#[tokio::test]
async fn while_github_is_away_many_issues_ask_it_no_more_than_one() {
    let house = House::opens().await;
    let stage = &house.stage;
    let mut posts = Vec::new();
    for title in ["One", "Two", "Three"] {
        let post = house.asked(title).await;
        house.converts(post).await;
        posts.push(post);
    }
    let before = house.github.requests().len();
    let fault = github_sim::faults::Fault::Answer(503);
    house.github.goes_down(Some(fault));
    stage.passes(TimeDelta::minutes(5)).await;
    for _ in 0..4 {
        stage.passes(TimeDelta::minutes(1)).await;
    }
    let asked = house.github.requests().split_off(before);
    assert_eq!(asked.len(), 5, "{asked:?}");
    house.github.goes_down(None);
    house.github.act(|world| {
        for number in 1..=3 {
            world.close(REPO, number, "dev", "not_planned").unwrap();
        }
    });
    stage.passes(TimeDelta::minutes(5)).await;
    for post in posts {
        assert!(house.told(post).await.contains("closed as not planned"));
    }
    house.ends_unread().await;
}

#[tokio::test]
async fn the_release_with_the_fix_asks_whether_it_works() {
    let house = House::opens().await;
    let stage = &house.stage;
    let (first, second, number) = two_threads(&house).await;
    let pull = house
        .github
        .act(|world| world.open_pull(REPO, "dev", "Turn right", number))
        .unwrap();
    house
        .github
        .act(|world| world.merge(REPO, pull, "dev"))
        .unwrap();
    stage.passes(TimeDelta::minutes(5)).await;
    let mut said = vec![both(&house, first, second).await];
    stage.passes(TimeDelta::minutes(5)).await;
    house
        .github
        .act(|world| world.release(REPO, "dev", "v1.4-rc1", "", true));
    stage.passes(TimeDelta::minutes(5)).await;
    assert_eq!(both(&house, first, second).await, "");
    house
        .github
        .act(|world| world.release(REPO, "dev", "v1.4", "", false));
    let pings = Stage::pings(&stage.ann);
    stage.passes(TimeDelta::minutes(5)).await;
    let mut questions = Vec::new();
    for post in [first, second] {
        let news = stage.news(post).await;
        let question = news.into_iter().find(|seen| seen.says("v1")).unwrap();
        said.push(
            stage
                .with_names(question.content())
                .replace(&stage.ann.id().to_string(), "ANN"),
        );
        questions.push(question);
    }
    assert_eq!(Stage::pings(&stage.ann) - pings, 2);
    said.push(stage.clicks(&stage.ben, &questions[0], "It works").await);
    said.push(stage.clicks(&stage.ann, &questions[0], "It works").await);
    said.push(
        stage
            .clicks(&stage.ann, &questions[1], "Still broken")
            .await,
    );
    assert_snapshot!(said.join("\n"), @r#"
    Fixed: [acme/widgets#2](<https://github.com/acme/widgets/issues/2>) was merged, and [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed. I'll say here when a release has it.
    <@ANN>, [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is fixed in **v1\.4**. Does it work for you?
    <@ANN>, [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is fixed in **v1\.4**. Does it work for you?
    Only the person who asked, or somebody on the team, can resolve this.
    Resolved. When the asker writes again, it opens again by itself.
    It is open already: write here what is still missing.
    "#);
    house.ends_unread().await;
}

#[tokio::test]
async fn a_later_release_without_the_fix_is_not_taken_for_it() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Older line").await;
    let number = house.converts(post).await;
    let five = TimeDelta::minutes(5);
    house.github.act(|world| {
        let pull = world.open_pull(REPO, "dev", "Turn right", number).unwrap();
        world.merge(REPO, pull, "dev").unwrap();
    });
    stage.passes(five).await;
    house.told(post).await;
    // Published later, from a branch that does not have it.
    house
        .github
        .act(|world| world.release_of(REPO, "dev", ("v1.3.9", ""), false, Vec::new()));
    stage.passes(five).await;
    assert_eq!(house.told(post).await, "");
    // It is not compared again and again.
    let before = house.github.requests().len();
    stage.passes(five).await;
    let asked = house.github.requests().split_off(before);
    assert!(
        !asked.iter().any(|line| line.contains("/compare/")),
        "{asked:?}"
    );
    house
        .github
        .act(|world| world.release(REPO, "dev", "release/1.4", "", false));
    stage.passes(five).await;
    let told = house.told(post).await;
    assert!(told.contains(r"is fixed in **release\/1\.4**."), "{told}");
    house.ends_unread().await;
}

#[tokio::test]
async fn where_github_tells_no_commit_the_thread_is_told_what_is_not_known() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("By hand").await;
    let number = house.converts(post).await;
    // Merged, not good enough, reopened; then somebody closes it by hand.
    house.github.act(|world| {
        let pull = world.open_pull(REPO, "dev", "Turn right", number).unwrap();
        world.merge(REPO, pull, "dev").unwrap();
    });
    stage.passes(TimeDelta::minutes(5)).await;
    house
        .github
        .act(|world| world.reopen(REPO, number, "dev"))
        .unwrap();
    stage.passes(TimeDelta::minutes(5)).await;
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "completed"))
        .unwrap();
    stage.passes(TimeDelta::minutes(5)).await;
    house.told(post).await;
    house
        .github
        .act(|world| world.release(REPO, "dev", "v2", "", false));
    stage.passes(TimeDelta::minutes(5)).await;
    let told = house
        .told(post)
        .await
        .replace(&stage.ann.id().to_string(), "ANN");
    assert_snapshot!(told, @"<@ANN>, [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed as completed, and **v2** is the first release since then. GitHub does not tell which commit fixed it, so I can't be sure that it is in there. Does it work for you?");
    house.ends_unread().await;
}

#[tokio::test]
async fn a_webhook_in_the_middle_of_a_look_is_not_forgotten() {
    let house = House::opens_with(Ways {
        hooked: true,
        ..Ways::default()
    })
    .await;
    let post = house.asked("Meanwhile").await;
    let number = house.converts(post).await;
    house.github.hooks().take();
    house
        .github
        .act(|world| world.rename(REPO, number, "dev", "Turns right"))
        .unwrap();
    // The look at the new title is answered late; meanwhile the issue is closed, and told of.
    let slow = github_sim::faults::Fault::DelayAnswer(std::time::Duration::from_millis(500));
    house
        .github
        .faults()
        .order("GET /repos/*/*/issues/*", 1, slow);
    let renamed = house.github.hooks().take();
    let looks = house.github.requests().len();
    house.github.hooks().deliver(&renamed[0]).await.unwrap();
    while house.github.requests().len() == looks {
        tokio::task::yield_now().await;
    }
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "not_planned"))
        .unwrap();
    house.hears(|_| {}).await;
    let told = house.told(post).await;
    assert!(
        told.contains("is now called") && told.contains("not planned"),
        "{told}"
    );
    house.ends_unread().await;
}

#[tokio::test]
async fn webhooks_twice_late_and_backwards_tell_the_same_as_one() {
    let house = House::opens_with(Ways {
        hooked: true,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (first, second, number) = two_threads(&house).await;
    house.github.act(|world| {
        world.close(REPO, number, "dev", "completed").unwrap();
        world.reopen(REPO, number, "dev").unwrap();
    });
    stage.passes(TimeDelta::seconds(1)).await;
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "not_planned"))
        .unwrap();
    house
        .hears(|waiting| {
            waiting.reverse();
            let again = waiting.clone();
            waiting.extend(again);
        })
        .await;
    assert_snapshot!(both(&house, first, second).await, @"[acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed as not planned.");
    // Polling comes on top, and has nothing to add.
    stage.passes(TimeDelta::hours(2)).await;
    assert_eq!(both(&house, first, second).await, "");
    house.ends_unread().await;
}

#[tokio::test]
async fn what_was_missed_while_the_bot_was_away_is_told_after_its_start() {
    let mut house = House::opens().await;
    let post = house.asked("Away").await;
    let number = house.converts(post).await;
    house.stage.bot_stops().await;
    house
        .github
        .act(|world| world.close(REPO, number, "dev", "completed"))
        .unwrap();
    house
        .stage
        .hand
        .set(house.stage.now() + TimeDelta::minutes(30));
    house.stage.bot_starts().await;
    assert_snapshot!(house.told(post).await, @"[acme/widgets#1](<https://github.com/acme/widgets/issues/1>) is closed as completed. I'll say here when a release has it.");
    house.ends_unread().await;
}
