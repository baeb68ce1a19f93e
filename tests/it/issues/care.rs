//! What is in an issue, who may open one, and whose word it takes.

use chrono::TimeDelta;
use discord_sim::world::{NewMessage, NewThread};
use insta::assert_snapshot;

use super::{House, REPO, Ways};
use crate::stage::Stage;

fn named(house: &House, post: u64, text: &str) -> String {
    house
        .stage
        .with_names(&text.replace(&post.to_string(), "POST"))
        .replace('\u{200b}', "¦")
}

/// An issue's text without its mark, which is random.
fn body(house: &House, number: u64) -> String {
    let body = house
        .github
        .read(|world| world.issue(REPO, number).unwrap().body.clone());
    let (text, mark) = body.split_once("<!-- sameday:").unwrap();
    assert_eq!(mark.trim_end().len(), 32 + " -->".len(), "{mark}");
    text.trim_end().to_owned()
}

#[tokio::test]
async fn a_thread_becomes_an_issue_with_all_that_matters_and_nothing_that_harms() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = stage
        .ann
        .asks(
            stage.forum,
            "Widget turns left",
            format!(
                "<@{}> it turns left, see #12 and @octocat!\n```rust\nturn(\"@left\"); // #1\n```\nAPI_KEY=0123456789abcdef",
                stage.eva.id()
            ),
        )
        .unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    stage
        .eva
        .posts(post, "Same here <!-- sameday:1 -->")
        .unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    stage.card(post).await;

    let preview = house.previewed(&stage.eva, post).await;
    assert!(preview.is_whisper());
    assert_snapshot!(named(&house, post, &preview.text()), @r#"
    **The issue as it will be** in acme\/widgets, labels: from\-discord:
    **Widget turns left**
    -# 1 secret was taken out. The asker is told to change it.
    **Eva** it turns left, see #¦12 and @¦octocat!
    ```rust
    turn("@left"); // #1
    ```
    API_KEY=[redacted]

    ### The conversation so far

    **Eva** (team), 2026-11-18 09:01 UTC:

    Same here &lt;!-- sameday:1 -->

    ---
    From [a help thread on Discord](https://discord.com/channels/GUILD/POST). Took part: Ann (asked), Eva (team).
    [Open issue]
    [Edit]
    [Don't open it]
    "#);
    assert_snapshot!(house.presses(&stage.eva, &preview, "Open issue").await, @"It is on its way to GitHub; the thread is told as soon as it is there.");
    assert_snapshot!(named(&house, post, &house.told(post).await), @"
    This is now [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) on GitHub. I'll say here when something happens there.
    <@ANN>, what you wrote here looks like it holds a password or a key. I left it out, but everybody can read it in this thread: please delete it here and change it.
    ");
    assert_eq!(Stage::pings(&stage.ann), 1, "she is told to change the key");
    let sent = body(&house, 1);
    assert!(!sent.is_empty() && preview.text().contains(&sent), "{sent}");
    let labels = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().labels.clone());
    assert_eq!(labels, ["from-discord"]);
    // Asked again, the thread hangs on it already.
    let again = house.previewed(&stage.tom, post).await;
    assert_snapshot!(stage.looks_at(&again), @"This thread hangs on [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) already: Widget turns left");
    house.ends().await;
}

#[tokio::test]
async fn the_card_offers_it_to_the_team() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("From the card").await;
    let card = stage.card(post).await;
    let preview = stage.eva.clicks(&card, "To GitHub").unwrap();
    let preview = preview.message().await.unwrap();
    assert!(preview.is_whisper() && preview.says("The issue as it will be"));
    let refused = stage.ann.clicks(&card, "To GitHub").unwrap();
    let refused = refused.message().await.unwrap();
    assert!(
        refused.says("Issues are opened by the team"),
        "{}",
        refused.text()
    );
    house.presses(&stage.eva, &preview, "Don't open it").await;
    house.ends().await;
}

#[tokio::test]
async fn a_draft_is_edited_and_what_does_not_fit_is_kept() {
    let house = House::opens_with(Ways {
        token: true,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let post = stage
        .ann
        .asks(stage.forum, "Long", "a ".repeat(900))
        .unwrap();
    for _ in 0..3 {
        stage.passes(TimeDelta::minutes(1)).await;
        stage.ann.posts(post, "and more ".repeat(200)).unwrap();
    }
    stage.ann.posts(post, "the very end").unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    stage.card(post).await;
    let preview = house.previewed(&stage.eva, post).await;
    let edit = stage.eva.clicks(&preview, "Edit").unwrap();
    let form = edit.modal().await.unwrap();
    let submitted = form.submits(&[("Title", "A better title"), ("labels", "bug, question")]);
    submitted.unwrap().acknowledged().await.unwrap();
    let edited = stage
        .eva
        .waits(post, |seen| {
            seen.id() == preview.id() && seen.says("A better title")
        })
        .await
        .unwrap();
    assert!(edited.says("the issue has them all"), "{}", edited.text());
    house.presses(&stage.eva, &edited, "Open issue").await;
    assert!(house.told(post).await.contains("acme/widgets#1"));
    let issue = house
        .github
        .read(|world| world.issue(REPO, 1).unwrap().clone());
    assert_eq!(issue.title, "A better title");
    assert_eq!(issue.labels, ["bug", "question"]);
    assert!(issue.body.contains("the very end"));
    house.ends().await;
}

#[tokio::test]
async fn repository_and_labels_are_completed_for_the_team_alone() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Which?").await;
    let complete = async |person: &discord_sim::people::Person, typed: &str| {
        let choices = person.completes(post, typed).unwrap().choices().await;
        let choices = choices.unwrap();
        let names: Vec<String> = choices.into_iter().map(|(name, _)| name).collect();
        names
    };
    house.previewed(&stage.eva, post).await;
    assert_eq!(
        complete(&stage.eva, "/issue repository:gad").await,
        ["acme/gadgets"]
    );
    assert_eq!(
        complete(&stage.eva, "/issue labels:question, b").await,
        ["question, bug"]
    );
    assert_eq!(
        complete(&stage.ben, "/issue repository:acme").await,
        [""; 0]
    );
    assert_eq!(complete(&stage.ben, "/issue labels:b").await, [""; 0]);
    house.ends_unread().await;
}

/// The first lines of what would be opened from these threads.
async fn heads(house: &House, threads: [u64; 2]) -> String {
    let mut said = Vec::new();
    for thread in threads {
        let preview = house.previewed(&house.stage.eva, thread).await;
        said.push(preview.content().lines().next().unwrap().to_owned());
    }
    said.join("\n")
}

#[tokio::test]
async fn the_channel_chooses_the_repository_and_its_labels() {
    let mut house = House::set(&Ways::default(), crate::stage::Wishes::default()).await;
    let help = house.stage.help;
    let widgets = "name = \"acme/widgets\"";
    let only_there = format!("{widgets}\nchannels = [\"{help}\"]");
    house.stage.rewrites_settings(widgets, &only_there);
    house.stage.bot_starts().await;
    let stage = &house.stage;
    let question = stage.ann.posts(stage.help, "In the channel").unwrap();
    let thread = stage.starts_thread(&stage.tom, stage.help, question, "In the channel");
    let post = house.asked("In the forum").await;
    assert_snapshot!(heads(&house, [thread, post]).await, @r"
    **The issue as it will be** in acme\/widgets, labels: from\-discord:
    **The issue as it will be** in acme\/gadgets, no labels:
    ");
    house.ends_unread().await;
}

#[tokio::test]
async fn a_tag_chooses_the_repository() {
    let mut house = House::set(&Ways::default(), crate::stage::Wishes::default()).await;
    let tags = house.stage.tags_forum(&["Widgets"]);
    let widgets = "name = \"acme/widgets\"";
    let only_these = format!("{widgets}\ntags = [\"{}\"]", tags[0]);
    house.stage.rewrites_settings(widgets, &only_these);
    house.stage.bot_starts().await;
    let stage = &house.stage;
    let asked = async |title, applied_tags| {
        let post = NewThread {
            applied_tags,
            ..NewThread::named(title)
        };
        let question = NewMessage::text("Why?");
        let post = stage.ann.opens(stage.forum, post, question).unwrap();
        stage.card(post).await;
        post
    };
    let posts = [
        asked("With it", tags).await,
        asked("Without", Vec::new()).await,
    ];
    assert_snapshot!(heads(&house, posts).await, @r"
    **The issue as it will be** in acme\/widgets, labels: from\-discord:
    **The issue as it will be** in acme\/gadgets, no labels:
    ");
    house.ends_unread().await;
}

#[tokio::test]
async fn who_may_not_learns_nothing_and_opens_nothing() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("Mine").await;
    let mut said = Vec::new();
    for person in [&stage.ann, &stage.ben] {
        said.push(stage.runs(person, post, "/issue").await);
    }
    said.push(stage.runs(&stage.eva, stage.lounge, "/issue").await);
    said.push(
        stage
            .runs(&stage.eva, post, "/issue repository:acme/secrets")
            .await,
    );
    assert_snapshot!(said.join("\n"), @"
    Issues are opened by the team. If you think that this is a bug, just say so here.
    Issues are opened by the team. If you think that this is a bug, just say so here.
    This is not a help thread I look after. Please use this inside one.
    I don't know that repository. Choose one from the list that comes up while you type.
    ");
    assert_eq!(house.issues(REPO), [0; 0]);
    house.ends().await;
}

#[tokio::test]
async fn the_menu_of_a_message_needs_no_intent() {
    let house = House::opens_with(Ways {
        sees_content: false,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let post = house.asked("Unseen").await;
    let blind = house.previewed(&stage.eva, post).await;
    assert!(
        blind.says("Discord does not show me the text of 2 messages"),
        "{}",
        blind.text()
    );
    let seen = stage.eva.sees(post).unwrap();
    let question = seen
        .iter()
        .find(|seen| seen.says("It turns left."))
        .unwrap();
    let chosen = stage
        .eva
        .uses_on_message("Open GitHub issue", question)
        .unwrap();
    let preview = chosen.message().await.unwrap();
    assert!(preview.says("It turns left."), "{}", preview.text());
    assert!(preview.says("the text of 1 message:"), "{}", preview.text());
    // The older preview does nothing any more.
    assert_snapshot!(house.presses(&stage.eva, &blind, "Open issue").await, @"This preview is over: it was sent, replaced by a newer one or withdrawn. Use `/issue` for a fresh one.");
    house.presses(&stage.eva, &preview, "Don't open it").await;
    assert_eq!(house.issues(REPO), [0; 0]);
    house.ends().await;
}

#[tokio::test]
async fn who_is_not_to_be_told_is_told_of_a_secret_all_the_same() {
    let house = House::opens_with(Ways {
        setting: "asker = \"off\"",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let post = house.asked("Nothing to hide").await;
    house.converts(post).await;
    assert_eq!(Stage::pings(&stage.ann), 0);
    let asked = stage
        .ann
        .asks(stage.forum, "A key", "API_KEY=0123456789abcdef");
    let post = asked.unwrap();
    stage.card(post).await;
    let preview = house.previewed(&stage.eva, post).await;
    house.presses(&stage.eva, &preview, "Open issue").await;
    let told = house.told(post).await;
    assert!(told.contains("change it"), "{told}");
    assert_eq!(Stage::pings(&stage.ann), 1);
    house.ends_unread().await;
}

#[tokio::test]
async fn the_asker_is_asked_first_where_the_settings_say_so() {
    let house = House::opens_with(Ways {
        setting: "asker = \"ask\"",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let mut posts = Vec::new();
    let mut said = Vec::new();
    for title in ["First", "Second", "Third"] {
        let post = house.asked(title).await;
        let preview = house.previewed(&stage.eva, post).await;
        said.push(house.presses(&stage.eva, &preview, "Open issue").await);
        let news = stage.news(post).await;
        posts.push((post, news.into_iter().last().unwrap()));
    }
    let [(first, asks), (second, asks_again), (third, _)] = &posts[..] else {
        unreachable!("three posts")
    };
    said.push(named(&house, *first, asks.content()));
    assert_eq!(Stage::pings(&stage.ann), 3);
    assert_eq!(house.issues(REPO), [0; 0]);
    said.push(stage.clicks(&stage.ben, asks, "Yes, open it").await);
    said.push(stage.clicks(&stage.ann, asks, "Yes, open it").await);
    said.push(stage.clicks(&stage.ann, asks, "Yes, open it").await);
    said.push(stage.clicks(&stage.ann, asks_again, "No").await);
    stage.passes(TimeDelta::days(3)).await;
    said.push(house.told(*third).await);
    assert_snapshot!(said.join("\n"), @r#"
    I have asked the person who wrote the question. It is opened when they agree.
    I have asked the person who wrote the question. It is opened when they agree.
    I have asked the person who wrote the question. It is opened when they agree.
    <@ANN>, the team would like to open an issue in acme\/widgets on GitHub with what was written here, so that it gets fixed at its root. May I? It is public. Until you say yes, nothing is sent.
    Only the person who asked can decide that.
    Thank you! It is on its way to GitHub.
    This preview is over: it was sent, replaced by a newer one or withdrawn. Use `/issue` for a fresh one.
    All right, nothing is opened, and I have forgotten the draft.
    Nobody said yes, so no issue was opened, and I have forgotten the draft.
    "#);
    assert_eq!(house.issues(REPO), [1]);
    assert!(house.told(*first).await.contains("acme/widgets#1"));
    assert_eq!(house.told(*second).await, "");
    house.ends_unread().await;
}
