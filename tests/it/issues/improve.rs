//! What was behind a ticket, what became of it, and offering unasked to do something about it.

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use insta::assert_snapshot;

use super::{House, REPO, Ways};

impl House {
    /// What the bot offers in a thread, if it newly does.
    async fn offered(&self, post: u64) -> Option<Seen> {
        let news = self.stage.news(post).await;
        let mut offers = news
            .into_iter()
            .filter(|seen| seen.buttons().contains(&"Not now".to_owned()));
        let offer = offers.next();
        assert!(offers.next().is_none(), "offered twice");
        offer
    }

    async fn stats(&self) -> String {
        let stage = &self.stage;
        stage.runs(&stage.eva, stage.staff_channel, "/stats").await
    }
}

#[tokio::test]
async fn the_ratio_counts_causes_of_ours_and_what_shipped() {
    let house = House::opens().await;
    let stage = &house.stage;
    let mut posts = Vec::new();
    for title in ["Turns left", "Undocumented", "Own mistake", "By the asker"] {
        posts.push(house.asked(title).await);
    }
    let number = house.converts(posts[0]).await;
    let mut said = vec![house.stats().await];
    said.push(
        stage
            .runs(&stage.eva, posts[0], "/resolve cause:Ours: a bug")
            .await,
    );
    // From the card staff is asked, and may leave it out.
    let card = stage.card(posts[1]).await;
    let asks = stage.eva.clicks(&card, "Resolve").unwrap();
    let asks = asks.told().await.unwrap();
    said.push(stage.looks_at(&asks));
    let menu = "What was behind it? (for the team's figures; may be left out)";
    let documentation = "Ours: the documentation is missing or wrong";
    let chosen = stage.eva.selects(&asks, menu, &[documentation]).unwrap();
    chosen.acknowledged().await.unwrap();
    let after = |seen: &Seen| seen.id() == asks.id() && seen.says("Noted");
    let noted = stage.eva.waits(posts[1], after).await.unwrap();
    said.push(stage.looks_at(&noted));
    let theirs = "/resolve cause:The asker's own code, settings or machine";
    said.push(stage.runs(&stage.eva, posts[2], theirs).await);
    // The asker is not asked, and may not say so.
    said.push(stage.runs(&stage.ann, posts[3], "/resolve").await);
    said.push(
        stage
            .runs(&stage.ann, posts[3], "/resolve cause:Ours: a bug")
            .await,
    );
    said.push(house.stats().await);
    house.github.act(|world| {
        let pull = world.open_pull(REPO, "dev", "Turn right", number).unwrap();
        world.merge(REPO, pull, "dev").unwrap();
        world.release(REPO, "dev", "v1.4", "", false);
    });
    stage.passes(TimeDelta::minutes(5)).await;
    house.told(posts[0]).await;
    said.push(house.stats().await);
    assert_snapshot!(said.join("\n"), @"
    **Improvements shipped:** nothing to count yet.
    -# Counted are threads that are resolved and of which the team said that a bug, the documentation or the design of ours was behind them. Shipped means: the thread hangs on an issue, and a full release has its fix (or, where GitHub does not tell the fixing commit, came after the issue was closed as completed).
    Resolved. When the asker writes again, it opens again by itself. Noted: behind it was a bug of ours.
    Resolved. When the asker writes again, it opens again by itself.
    What was behind it? (for the team's figures; may be left out)
    Noted: behind it was our documentation. This thread hangs on no issue yet, so nobody works on the cause.
    [To GitHub]
    Resolved. When the asker writes again, it opens again by itself. Noted: behind it was the asker's own code, settings or machine.
    Resolved. When the asker writes again, it opens again by itself.
    Resolved. When the asker writes again, it opens again by itself. What was behind it is for the team to say.
    **Improvements shipped:** 0 of 2 resolved threads with a cause of ours (0 %).
    Behind 4 resolved threads: a bug of ours 1, our documentation 1, the asker's own code, settings or machine 1, not named 1.
    -# Counted are threads that are resolved and of which the team said that a bug, the documentation or the design of ours was behind them. Shipped means: the thread hangs on an issue, and a full release has its fix (or, where GitHub does not tell the fixing commit, came after the issue was closed as completed).
    **Improvements shipped:** 1 of 2 resolved threads with a cause of ours (50 %).
    Behind 4 resolved threads: a bug of ours 1, our documentation 1, the asker's own code, settings or machine 1, not named 1.
    -# Counted are threads that are resolved and of which the team said that a bug, the documentation or the design of ours was behind them. Shipped means: the thread hangs on an issue, and a full release has its fix (or, where GitHub does not tell the fixing commit, came after the issue was closed as completed).
    ");
    // What it counts is in the events, and stands in `/why`.
    let why = stage.runs(&stage.eva, posts[0], "/why").await;
    assert!(
        why.contains("said that behind it was a bug of ours"),
        "{why}"
    );
    assert!(why.contains("A release with the fix was seen"), "{why}");
    house.ends_unread().await;
}

#[tokio::test]
async fn a_bug_is_offered_once_and_an_offer_can_be_let_be() {
    let house = House::opens().await;
    let stage = &house.stage;
    let post = house.asked("A bug?").await;
    let mut said = vec![stage.runs(&stage.ben, post, "/kind kind:Bug").await];
    said.push(stage.runs(&stage.eva, post, "/kind kind:Question").await);
    assert!(
        house.offered(post).await.is_none(),
        "a question is no issue"
    );
    said.push(stage.runs(&stage.eva, post, "/kind kind:Bug").await);
    let offer = house.offered(post).await.expect("an offer");
    said.push(offer.text());
    let refused = stage.ann.clicks(&offer, "Not now").unwrap();
    said.push(stage.looks_at(&refused.told().await.unwrap()));
    let declined = stage.eva.clicks(&offer, "Not now").unwrap();
    declined.acknowledged().await.unwrap();
    let after = |seen: &Seen| seen.id() == offer.id() && seen.says("No issue for now");
    let after = stage.eva.waits(post, after).await.unwrap();
    said.push(after.text().replace(&stage.eva.id().to_string(), "EVA"));
    assert_snapshot!(said.join("\n"), @"
    What a thread is about is for the team to say.
    Noted: it is a question.
    Noted: it is a bug.
    This is a bug. For the team: shall it become an issue on GitHub, so that it is fixed at its root? I ask once; `/issue` does the same at any time.
    [To GitHub]
    [Not now]
    Issues are opened by the team. If you think that this is a bug, just say so here.
    No issue for now, says <@EVA>. `/issue` makes one at any time.
    ");
    // Never pushed again, whatever it becomes.
    stage.runs(&stage.eva, post, "/kind kind:Feature").await;
    assert!(house.offered(post).await.is_none());
    house.ends_unread().await;
}

#[tokio::test]
async fn the_offer_leads_to_the_preview_and_a_linked_thread_is_offered_nothing() {
    let house = House::opens().await;
    let stage = &house.stage;
    let (marked, linked) = (house.asked("Marked").await, house.asked("Linked").await);
    house.converts(linked).await;
    let on_answer = async |person: &Person, post: u64| {
        let seen = person.sees(post).unwrap();
        let answer = seen
            .iter()
            .find(|seen| seen.says("I can see it too"))
            .unwrap();
        let told = person.uses_on_message("It is a bug", answer).unwrap();
        stage.looks_at(&told.message().await.unwrap())
    };
    assert_snapshot!(on_answer(&stage.eva, linked).await, @"Noted: it is a bug.");
    assert!(house.offered(linked).await.is_none());
    on_answer(&stage.tom, marked).await;
    let offer = house.offered(marked).await.expect("an offer");
    let preview = stage.tom.clicks(&offer, "To GitHub").unwrap();
    let preview = preview.message().await.unwrap();
    house.presses(&stage.tom, &preview, "Open issue").await;
    assert_eq!(house.issues(REPO), [1, 2]);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_stays_open_for_long_is_offered_by_the_clock() {
    let house = House::opens_with(Ways {
        setting: "offer_after = \"9h\"\noffer = false",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (open, over) = (house.asked("Open").await, house.asked("Over").await);
    stage.runs(&stage.eva, open, "/kind kind:Bug").await;
    stage.runs(&stage.eva, over, "/resolve").await;
    // Asked at 10:00 in Berlin; support is there until 17:00, and again from 9:00.
    stage.turns_to("2026-11-19T09:59:00Z").await;
    assert!(house.offered(open).await.is_none(), "not yet");
    stage.turns_to("2026-11-19T10:00:00Z").await;
    let offer = house.offered(open).await.expect("an offer");
    assert_snapshot!(offer.content(), @"This is open for quite a while. For the team: shall it become an issue on GitHub, so that it is fixed at its root? I ask once; `/issue` does the same at any time.");
    assert!(house.offered(over).await.is_none());
    stage.turns_to("2026-11-23T10:00:00Z").await;
    assert!(house.offered(open).await.is_none(), "once");
    house.ends_unread().await;
}

#[tokio::test]
async fn what_staff_writes_is_taken_at_its_word_where_the_settings_say_so() {
    let ways = Ways {
        setting: "offer_by_words = true",
        ..Ways::default()
    };
    let mut house = House::set(&ways, crate::stage::Wishes::default()).await;
    house
        .stage
        .rewrites_settings("[guild]", "read_messages = true\n[guild]");
    house.stage.bot_starts().await;
    let stage = &house.stage;
    let post = house.asked("Words").await;
    stage.ben.posts(post, "That's a bug.").unwrap();
    stage.eva.posts(post, "Is it a bug?").unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    assert!(house.offered(post).await.is_none());
    stage.eva.posts(post, "Right, that's a bug.").unwrap();
    stage.passes(TimeDelta::minutes(1)).await;
    assert!(house.offered(post).await.is_some());
    house.ends_unread().await;
}
