//! Never a second issue, whatever goes wrong.

use chrono::TimeDelta;
use github_sim::Limits;
use github_sim::faults::Fault;
use insta::assert_snapshot;

use super::{House, REPO, Ways};

const CREATE: &str = "POST /repos/*/*/issues";

#[tokio::test]
async fn two_people_and_four_clicks_make_one_issue() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Both").await;
    let evas = house.previewed(&stage.eva, post).await;
    let toms = house.previewed(&stage.tom, post).await;
    // Tom's preview is newer, so Eva's does nothing.
    let mut said = vec![house.presses(&stage.eva, &evas, "Open issue").await];
    stage.sim.gateway().duplicate_next(1);
    said.push(house.presses(&stage.tom, &toms, "Open issue").await);
    said.push(house.told(post).await);
    said.push(stage.looks_at(&house.previewed(&stage.eva, post).await));
    assert_snapshot!(said.join("\n"), @"
    This preview is over: it was sent, replaced by a newer one or withdrawn. Use `/issue` for a fresh one.
    It is on its way to GitHub; the thread is told as soon as it is there.
    This is now [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub. I'll say here when something happens there.
    This thread hangs on [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) already: Both
    ");
    assert_eq!(house.issues(REPO), [1]);
    house.ends().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for_before_anything_is_made_again() {
    let house = House::opens().await;
    let stage = &house.stage;
    // Once it arrived and nobody heard of it, once it did not arrive at all.
    for (fault, title) in [
        (Fault::CutAfter, "It arrived"),
        (Fault::CutBefore, "It did not"),
    ] {
        let post = house.asked(title).await;
        house.github.faults().order(CREATE, 1, fault);
        let preview = house.previewed(&stage.eva, post).await;
        house.presses(&stage.eva, &preview, "Open issue").await;
        assert!(house.told(post).await.contains("It waits here"));
        stage.passes(TimeDelta::seconds(2)).await;
        stage.passes(TimeDelta::seconds(20)).await;
        assert!(house.told(post).await.contains("on GitHub. I'll say here"));
    }
    assert_eq!(house.issues(REPO), [1, 2]);
    house.ends().await;
}

#[tokio::test]
async fn a_slow_github_makes_it_once_although_we_hang_up() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Slow").await;
    house
        .github
        .faults()
        .order(CREATE, 1, Fault::AnswerAfter(502));
    let preview = house.previewed(&stage.eva, post).await;
    house.presses(&stage.eva, &preview, "Open issue").await;
    stage.passes(TimeDelta::seconds(2)).await;
    assert!(house.told(post).await.contains("on GitHub. I'll say here"));
    assert_eq!(house.issues(REPO), [1]);
    house.ends().await;
}

#[tokio::test]
async fn while_github_is_down_or_tired_it_waits_and_is_done_later() {
    let house = House::opens_with(Ways {
        limits: Limits {
            made_per_minute: 1,
            ..Limits::default()
        },
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let first = house.asked("First").await;
    house.converts(first).await;
    // The second within a minute is over the secondary limit, and GitHub says to wait.
    let second = house.asked("Second").await;
    house.github.faults().order(CREATE, 1, Fault::SlowDown(90));
    let preview = house.previewed(&stage.eva, second).await;
    house.presses(&stage.eva, &preview, "Open issue").await;
    assert_snapshot!(house.told(second).await, @"GitHub does not take the issue just now. It waits here and is opened as soon as GitHub does; nobody has to do anything.");
    stage.passes(TimeDelta::seconds(80)).await;
    assert_eq!(house.issues(REPO), [1]);
    stage.passes(TimeDelta::seconds(11)).await;
    assert!(house.told(second).await.contains("acme/widgets#2"));
    assert_eq!(house.issues(REPO), [1, 2]);
    house.ends().await;
}

#[tokio::test]
async fn what_github_refuses_is_said_and_can_be_tried_again() {
    let house = House::opens().await;
    let stage = &house.stage;
    house
        .github
        .act(|world| world.set(REPO, |repository| repository.has_issues = false));
    let post = house.asked("Refused").await;
    let preview = house.previewed(&stage.eva, post).await;
    house.presses(&stage.eva, &preview, "Open issue").await;
    assert_snapshot!(house.told(post).await, @"The issue was not opened: that repository has no issues. Use `/issue` to try again.");
    house
        .github
        .act(|world| world.set(REPO, |repository| repository.has_issues = true));
    house.converts(post).await;
    assert_eq!(house.issues(REPO), [1]);
    assert_eq!(house.github.findings(), []);
    let mut stage = house.stage;
    assert_eq!(stage.ends_with_dead_letters().await.len(), 1);
}

#[tokio::test]
async fn tokens_of_an_installation_are_renewed() {
    let house = House::opens().await;
    let first = house.asked("First").await;
    house.converts(first).await;
    house
        .github
        .act(github_sim::world::World::revoke_installation_tokens);
    let second = house.asked("Second").await;
    house.converts(second).await;
    assert_eq!(house.issues(REPO), [1, 2]);
    house.ends().await;
}

#[tokio::test]
async fn one_click_links_a_duplicate_and_its_threads_are_counted_once_a_day() {
    let house = House::opens().await;
    let stage = &house.stage;
    house
        .github
        .act(|world| world.open_issue(REPO, "dev", "Widget always turns left", "", &[]))
        .unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    let mut said = Vec::new();
    for title in [
        "Widget turns left",
        "The widget turns left again",
        "Why does the widget turns left",
    ] {
        let post = house.asked(title).await;
        let preview = house.previewed(&stage.eva, post).await;
        let above = preview
            .content()
            .lines()
            .take(2)
            .collect::<Vec<_>>()
            .join("\n");
        said.push(above);
        said.push(house.presses(&stage.eva, &preview, "It is #1").await);
        said.push(house.told(post).await);
    }
    assert_snapshot!(said.join("\n"), @"
    **Is it one of these?** Then press its button, and nothing new is opened.
    * [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) Widget always turns left
    Done: this thread hangs on [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) now, and nothing new was opened.
    This is [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub: Widget always turns left. I'll say here when something happens there.
    **Is it one of these?** Then press its button, and nothing new is opened.
    * [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) Widget always turns left (1 thread here)
    Done: this thread hangs on [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) now, and nothing new was opened.
    This is [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub: Widget always turns left. 1 other thread is about the same. I'll say here when something happens there.
    **Is it one of these?** Then press its button, and nothing new is opened.
    * [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) Widget always turns left (2 threads here)
    Done: this thread hangs on [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) now, and nothing new was opened.
    This is [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub: Widget always turns left. 2 other threads are about the same. I'll say here when something happens there.
    ");
    assert_eq!(house.issues(REPO), [1]);
    let comments = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().comments.clone());
    assert_eq!(comments.len(), 1, "once a day");
    assert!(
        comments[0]
            .body
            .starts_with("2 help threads are about this on Discord:")
    );
    house.ends().await;
}

#[tokio::test]
async fn a_deleted_thread_takes_its_draft_along() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Gone").await;
    let preview = house.previewed(&stage.eva, post).await;
    house.github.faults().order(CREATE, 1, Fault::Answer(503));
    house.presses(&stage.eva, &preview, "Open issue").await;
    house.told(post).await;
    crate::stage::act(&stage.sim, |world| {
        world.delete_channel(stage.mia.id(), post)
    });
    stage.settles().await;
    stage.passes(TimeDelta::minutes(5)).await;
    assert_eq!(house.issues(REPO), [0; 0]);
    house.ends().await;
}
