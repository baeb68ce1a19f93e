//! Issue forms and templates of the repository.

use discord_sim::people::Seen;
use insta::assert_snapshot;

use super::{House, REPO};

const BUG: &str = "name: Bug report
title: '[Bug]: '
labels: [bug]
body:
  - type: markdown
    attributes:
      value: Thanks for taking the time!
  - type: input
    attributes:
      label: Version
  - type: textarea
    attributes:
      label: What happened? @acme/core
    validations:
      required: true
";
const CRASH: &str = "name: Crash
body:
  - type: dropdown
    attributes:
      label: System
      options: [Linux, '@acme/core', 3]
  - type: textarea
    attributes:
      label: What happened?
  - type: checkboxes
    attributes:
      label: Before you send
      options:
        - label: I have searched
        - label: I agree
          required: true
";
const WISH: &str = "---
name: Wish
about: Something new
labels: enhancement
---
## What do you want?

## Which version?
Write `--version`.
";

async fn house() -> House {
    let house = House::opens().await;
    house.github.act(|world| {
        let folder = ".github/ISSUE_TEMPLATE";
        world.add_file(REPO, &format!("{folder}/bug.yml"), BUG);
        world.add_file(REPO, &format!("{folder}/crash.yml"), CRASH);
        world.add_file(REPO, &format!("{folder}/wish.md"), WISH);
        world.add_file(
            REPO,
            &format!("{folder}/config.yml"),
            "blank_issues_enabled: true",
        );
        world.add_file(REPO, &format!("{folder}/broken.yml"), "name: {");
    });
    house
}

#[tokio::test]
async fn the_kind_chooses_the_form_and_the_thread_fills_it() {
    let house = house().await;
    let stage = &house.stage;
    let post = house.asked("Turns left").await;
    stage.runs(&stage.eva, post, "/kind kind:Bug").await;
    let preview = house.previewed(&stage.eva, post).await;
    assert!(preview.says("as “Bug report”"), "{}", preview.text());
    house.presses(&stage.eva, &preview, "Open issue").await;
    let issue = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().clone());
    assert_eq!(issue.title, "[Bug]: Turns left");
    assert_eq!(issue.labels, ["from-discord", "bug"]);
    let head: Vec<&str> = issue.body.lines().take(13).collect();
    assert_snapshot!(head.join("\n").replace('\u{200b}', "¦"), @"
    ### Version

    _No response_

    ### What happened? @¦acme/core

    It turns left.
    ```
    turn(@left)
    ```
    Why?

    ### The conversation so far
    ");
    house.ends_unread().await;
}

#[tokio::test]
async fn a_template_can_be_chosen_and_none_has_to_be() {
    let house = house().await;
    let stage = &house.stage;
    let post = house.asked("Turn right").await;
    let plain = house.previewed(&stage.eva, post).await;
    assert!(!plain.says(", as “"), "{}", plain.text());
    let wish = stage
        .eva
        .runs_when_offered(post, "/issue template:Wish")
        .await;
    let wish = wish.unwrap().message().await.unwrap();
    assert!(wish.says("## What do you want?"), "{}", wish.text());
    assert_snapshot!(stage.runs(&stage.eva, post, "/issue template:Other").await, @"The repository has no form or template of that name. Choose one from the list that comes up while you type.");
    let offered = stage.eva.completes(post, "/issue template:").unwrap();
    let offered = offered.choices().await.unwrap();
    let names: Vec<String> = offered.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Bug report", "Crash", "Wish"]);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_a_form_gives_to_choose_from_is_chosen_under_the_preview() {
    let house = house().await;
    let stage = &house.stage;
    let post = stage.ann.asks(stage.forum, "It stops", "At once.").unwrap();
    stage.passes(chrono::TimeDelta::minutes(1)).await;
    let preview = stage
        .eva
        .runs_when_offered(post, "/issue template:Crash")
        .await;
    let mut preview = preview.unwrap().message().await.unwrap();
    for (menu, chosen, then) in [
        ("System", &["@acme/core"][..], "@\u{200b}acme/core"),
        ("Before you send", &["I agree"], "- [X] I agree"),
        ("Before you send", &[], "- [ ] I agree"),
        (
            "Before you send",
            &["I have searched", "I agree"],
            "- [X] I agree",
        ),
    ] {
        let pressed = stage.eva.selects(&preview, menu, chosen).unwrap();
        pressed.acknowledged().await.unwrap();
        let changed = |seen: &Seen| seen.id() == preview.id() && seen.says(then);
        preview = stage.eva.waits(post, changed).await.unwrap();
    }
    house.presses(&stage.eva, &preview, "Open issue").await;
    let body = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().body.clone());
    let (form, _) = body.split_once("\n\n---").unwrap();
    let (_, ticked) = body.split_once("### Before").unwrap();
    let (ticked, _) = ticked.split_once("\n\n<!--").unwrap();
    assert_snapshot!(format!("{form}\n…\n### Before{ticked}").replace('\u{200b}', "¦"), @"
    ### System

    @¦acme/core

    ### What happened?

    At once.
    …
    ### Before you send

    - [X] I have searched
    - [X] I agree
    ");
    house.ends_unread().await;
}
