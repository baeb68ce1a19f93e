//! Never a second issue, whatever goes wrong.

use chrono::TimeDelta;
use github_sim::Limits;
use github_sim::faults::Fault;
use insta::assert_snapshot;
use sameday::domain::issue::DraftId;

use super::files::{attached, links, with};
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
    said.push(stage.with_names(&house.told(post).await));
    assert_eq!(crate::stage::Stage::pings(&stage.ann), 1);
    said.push(stage.looks_at(&house.previewed(&stage.eva, post).await));
    assert_snapshot!(said.join("\n"), @"
    This preview is over: it was sent, replaced by a newer one or withdrawn. Use `/issue` for a fresh one.
    It is on its way to GitHub; the thread is told as soon as it is there.
    This is now [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub. I'll say here when something happens there.
    <@ANN>, what was written here stands in it, for everybody to read.
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
    // GitHub's index does not know it yet. Whoever asks the same is shown it all the same.
    let query = format!("repo:{REPO} is:issue Slow");
    assert!(house.github.read(|world| world.search(&query).is_empty()));
    let same = house.asked("Slow again").await;
    let preview = house.previewed(&stage.eva, same).await;
    assert!(preview.says("acme/widgets#1"), "{}", preview.content());
    house.presses(&stage.eva, &preview, "Don't open it").await;
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
    // The third is counted when the day is over, and then nothing more.
    stage.passes(TimeDelta::days(1)).await;
    stage.passes(TimeDelta::days(2)).await;
    let comments = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().comments.clone());
    assert_eq!(comments.len(), 2);
    assert!(
        comments[1]
            .body
            .starts_with("3 help threads are about this on Discord:")
    );
    house.ends_unread().await;
}

#[tokio::test]
async fn threads_are_not_counted_where_the_settings_say_so() {
    let house = House::opens_with(Ways {
        setting: "count_threads = false",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let first = house.asked("Widget turns left").await;
    house.converts(first).await;
    let second = house.asked("The widget turns left").await;
    let preview = house.previewed(&stage.eva, second).await;
    house.presses(&stage.eva, &preview, "It is #1").await;
    stage.passes(TimeDelta::days(1)).await;
    let comments = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().comments.len());
    assert_eq!(comments, 0);
    house.ends_unread().await;
}

#[tokio::test]
async fn however_long_github_is_away_it_waits_and_is_opened_once() {
    let house = House::opens_with(Ways {
        web: super::PAGE,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, first) = (
        discord_sim::world::NewThread::named("A long night"),
        with(vec![attached("a.log", b"a")]),
    );
    let post = stage.ann.opens(stage.forum, post, first).unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    stage.card(post).await;
    let preview = house.previewed(&stage.eva, post).await;
    // It arrives, nobody hears of it, and then GitHub is away for more than a week.
    house.github.faults().order(CREATE, 1, Fault::CutAfter);
    house.presses(&stage.eva, &preview, "Open issue").await;
    assert!(house.told(post).await.contains("It waits here"));
    house.github.goes_down(Some(Fault::Answer(503)));
    for _ in 0..40 {
        stage.passes(TimeDelta::hours(5)).await;
    }
    assert_eq!(house.told(post).await, "");
    house.github.goes_down(None);
    stage.passes(TimeDelta::hours(3)).await;
    assert!(house.told(post).await.contains("on GitHub. I'll say here"));
    assert_eq!(house.issues(REPO), [1]);
    let body = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().body.clone());
    let address = stage.app().web().unwrap();
    let link = links(&body)[0].replace("https://help.acme.example", &format!("http://{address}"));
    assert_eq!(reqwest::get(link).await.unwrap().status(), 200);
    house.ends_unread().await;
}

#[tokio::test]
async fn each_try_that_is_lost_has_its_time_to_arrive() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Late").await;
    house.github.faults().order(CREATE, 2, Fault::CutBefore);
    let preview = house.previewed(&stage.eva, post).await;
    house.presses(&stage.eva, &preview, "Open issue").await;
    // The first one is looked for until it is certain that it did not arrive; the second is lost.
    stage.passes(TimeDelta::seconds(2)).await;
    stage.passes(TimeDelta::seconds(16)).await;
    assert_eq!(house.github.faults().clear(), 0);
    // It is looked for, is not there yet, and arrives all the same.
    stage.passes(TimeDelta::seconds(20)).await;
    let draft = stage.store().find_draft(DraftId(1)).await.unwrap();
    let draft = draft.unwrap().draft;
    house
        .github
        .act(|world| {
            let body = draft.marked(&draft.body);
            world.open_issue(REPO, "dev", &draft.title, &body, &[])
        })
        .unwrap();
    for _ in 0..3 {
        stage.passes(TimeDelta::minutes(1)).await;
    }
    assert!(house.told(post).await.contains("on GitHub. I'll say here"));
    assert_eq!(house.issues(REPO), [1]);
    house.ends_unread().await;
}

#[tokio::test]
async fn where_the_way_to_github_is_taken_away_the_thread_is_told() {
    let mut house = House::opens().await;
    let post = house.asked("Cut off").await;
    house.github.goes_down(Some(Fault::Answer(503)));
    let preview = house.previewed(&house.stage.eva, post).await;
    house
        .presses(&house.stage.eva, &preview, "Open issue")
        .await;
    house.told(post).await;
    house.stage.bot_stops().await;
    let (_, section) = super::SETTINGS.split_once("[github]\n").unwrap();
    let section = format!("[github]\n{}", section.replace("ASKER", ""));
    house.stage.rewrites_settings(&section, "");
    house.stage.bot_starts().await;
    house.stage.passes(TimeDelta::minutes(5)).await;
    assert_snapshot!(house.told(post).await, @"The issue was not opened: I am not connected with GitHub any more. Use `/issue` to try again.");
    house.github.goes_down(None);
    assert_eq!(house.issues(REPO), [0; 0]);
    house.ends_unread().await;
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
