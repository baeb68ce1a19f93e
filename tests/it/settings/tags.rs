//! Forum tags, which people know by their names only.

use discord_sim::world::{NewMessage, NewThread};

use super::*;

#[tokio::test]
async fn a_promise_for_the_posts_of_a_tag_is_made_and_shown_by_its_name() {
    let stage = Stage::opens().await;
    let mia = &stage.mia;
    let set = |to: &str| {
        format!("/policy set policy:urgent what:only posts with one of these forum tags to:{to}")
    };
    let test = |tag: &str| format!("/policy test channel:#help-forum tag:{tag}");
    let mut said = Vec::new();
    let add = "/policy add name:urgent calendar:around_the_clock answer:1h place:2 tag:bug";
    changes(
        &stage,
        mia,
        "/policy set policy:same day what:solved within to:40h",
    )
    .await;
    said.push(told(&stage, mia, &test("bug")).await);
    let tags = stage.tags_forum(&["Bug", "Question, or so"]);
    changes(&stage, mia, add).await;
    said.push(told(&stage, mia, &set("bug, crash")).await);
    said.push(told(&stage, &stage.ann, &set("bug")).await);
    said.push(changes(&stage, mia, &set("question, or so")).await);
    said.push(changes(&stage, mia, &set("BUG, Question, or so")).await);
    said.push(told(&stage, &stage.eva, "/policy list").await);
    said.push(told(&stage, mia, &test("bug")).await);
    said.push(told(&stage, mia, &test("crash")).await);
    assert_snapshot!(said.join("\n"), @"
    That cannot be tested: the forums I watch have no tags.
    Nothing was changed: no forum I watch has a tag `crash`; there are: Bug, Question, or so.
    Only moderators, and people who may manage this server, can change the settings.
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - policy urgent, tags: also Question, or so; no longer Bug
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - policy urgent, tags: also Bug
    [Change it]
    [Leave it]
    1. critical: priority critical; calendar around_the_clock; first response 1h; next response 1h; warning 50%; answered by staff
    2. urgent: calendar around_the_clock; tags Bug, Question, or so; first response 1h; next response 1h; warning 75%
    3. same day: calendar support; first response same day; next response same day; warning 2h; resolution 40h
    ```
    urgent (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked now: an answer is due today 10:00 (in 1 h), the warning comes today 09:45.
      Asked today 20:00: an answer is due today 21:00, the warning comes today 20:45.
      Asked on Fri 20 Nov 16:30: an answer is due on Fri 20 Nov 17:30, the warning comes on Fri 20 Nov 17:15.
    ```
    That cannot be tested: no forum I watch has a tag `crash`; there are: Bug, Question, or so.
    ");

    let post = NewThread {
        applied_tags: vec![tags[0]],
        ..NewThread::named("It crashes")
    };
    stage.passes(TimeDelta::minutes(1)).await;
    let post = stage
        .ann
        .opens(stage.forum, post, NewMessage::text("Help."))
        .unwrap();
    let card = stage.card(post).await;
    assert!(card.says("<t:1794996060:R>"), "{}", card.text());
    stage.ends().await;
}
