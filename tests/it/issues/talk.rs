//! Comments of an issue in its threads, and messages of a thread on its issue.

use chrono::TimeDelta;
use discord_sim::people::Seen;
use github_sim::faults::Fault;
use insta::assert_snapshot;

use super::{House, REPO, Ways};
use crate::stage::Stage;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const FIVE: TimeDelta = TimeDelta::minutes(5);

impl House {
    /// A thread and its issue, and nothing left to look at.
    async fn linked(&self, title: &str) -> (u64, u64) {
        let post = self.asked(title).await;
        let number = self.converts(post).await;
        self.stage.passes(FIVE).await;
        self.github.hooks().take();
        (post, number)
    }

    /// What was told of comments in a thread, as it stands there now.
    fn comments_told(&self, post: u64) -> Vec<Seen> {
        let seen = self.stage.mia.sees(post).unwrap();
        let told = |seen: &Seen| seen.is_by_bot() && !seen.embeds().is_empty();
        seen.into_iter().filter(told).collect()
    }

    /// How often we asked for a comment to be edited.
    fn edits(&self) -> usize {
        let asked = self.github.requests();
        let edits = asked.iter().filter(|asked| asked.starts_with("PATCH "));
        edits.count()
    }

    /// What stands on an issue, one comment each; numbers of Discord's left out.
    fn on_github(&self, number: u64) -> Vec<String> {
        self.github.read(|world| {
            let issue = world.issue(REPO, number).unwrap();
            let comments = issue.comments.iter();
            let bodies = comments.map(|comment| comment.body.replace('\u{200b}', "¦"));
            bodies.collect()
        })
    }
}

#[tokio::test]
async fn what_maintainers_say_is_told_once_edited_and_deleted_with_its_original() {
    let house = House::opens_with(Ways {
        setting: "comments = \"maintainers\"",
        hooked: true,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, number) = house.linked("Talk").await;
    stage.passes(MINUTE).await;
    let pings = || Stage::pings(&stage.ann) + Stage::pings(&stage.eva);
    let before = pings();
    let comment = house.github.act(|world| {
        world.comment(REPO, number, "stranger", "me too").unwrap();
        let text = "Fixed on main, @everyone <@1>:\n```\ncargo update\n```\n[more](https://x)";
        world.comment(REPO, number, "dev", text).unwrap()
    });
    // By webhook, again by webhook, and by polling.
    house
        .hears(|waiting| {
            let again = waiting.clone();
            waiting.extend(again);
        })
        .await;
    stage.passes(FIVE).await;
    let told = house.comments_told(post);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_snapshot!(told[0].text().replace('\u{200b}', "¦"), @r"
    **dev** on [acme/widgets#1](<https://github.com/acme/widgets/issues/1#issuecomment-1022>):
    Fixed on main\, \@¦everyone \<¦\@¦1\>\:
    \`\`\`
    cargo update
    \`\`\`
    \[more\]\(https\:\/\/x\)
    [GitHub issue]
    ");
    assert_eq!(pings(), before);
    house
        .github
        .act(|world| world.edit_comment(REPO, comment, "dev", "Fixed, really."))
        .unwrap();
    house.hears(|_| {}).await;
    let edited = house.comments_told(post);
    assert_eq!((edited.len(), edited[0].id()), (1, told[0].id()));
    assert!(edited[0].says("really"), "{}", edited[0].text());
    house
        .github
        .act(|world| world.delete_comment(REPO, comment, "dev"))
        .unwrap();
    stage.passes(FIVE).await;
    assert_eq!(house.comments_told(post), []);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_was_said_before_a_thread_hung_on_it_is_never_told() {
    let house = House::opens_with(Ways {
        setting: "comments = \"all\"",
        hooked: true,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let old = house.github.act(|world| {
        world
            .open_issue(REPO, "dev", "Widget turns left", "b", &[])
            .unwrap();
        world.comment(REPO, 1, "dev", "Known since 1.2").unwrap()
    });
    stage.passes(FIVE).await;
    let post = house.asked("Widget turns left").await;
    let preview = house.previewed(&stage.eva, post).await;
    house.presses(&stage.eva, &preview, "It is #1").await;
    stage.passes(FIVE).await;
    // The issue changes, and so does what was said on it.
    house
        .github
        .act(|world| world.label(REPO, 1, "dev", "question"))
        .unwrap();
    house.hears(|_| {}).await;
    stage.passes(MINUTE).await;
    house
        .github
        .act(|world| world.edit_comment(REPO, old, "dev", "Known since 1.1"))
        .unwrap();
    house.hears(|_| {}).await;
    assert_eq!(house.comments_told(post), []);
    house
        .github
        .act(|world| world.comment(REPO, 1, "dev", "Mended"))
        .unwrap();
    house.hears(|_| {}).await;
    let told = house.comments_told(post);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].says("Mended"), "{}", told[0].text());
    house.ends_unread().await;
}

#[tokio::test]
async fn what_staff_writes_is_said_on_the_issue_once_and_taken_back_with_its_message() {
    let house = House::opens_with(Ways {
        setting: "comments = \"all\"\nreplies = \"staff\"",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, number) = house.linked("Both ways").await;
    stage.passes(MINUTE).await;
    stage.ben.posts(post, "Community is not said.").unwrap();
    // The answer of GitHub is lost, and the comment was made.
    house
        .github
        .faults()
        .order("POST /repos/*/*/issues/*/comments", 1, Fault::CutAfter);
    let text = "See #12, @octocat. API_KEY=0123456789abcdef\n```rs\nfn f() {}\n```";
    let message = stage.eva.posts(post, text).unwrap();
    stage.passes(MINUTE).await;
    stage.passes(FIVE).await;
    let said = house.on_github(number);
    assert_eq!(said.len(), 1, "{said:#?}");
    let said = stage
        .with_names(&said[0])
        .replace(&post.to_string(), "POST");
    let (said, mark) = said.split_once("<!-- sameday:reply:").unwrap();
    assert_eq!(mark.len(), 32 + " -->".len(), "nobody can guess it: {mark}");
    assert_snapshot!(said.trim_end().replace(&message.to_string(), "MESSAGE"), @"
    **Eva** (team) in [the help thread](https://discord.com/channels/GUILD/POST/MESSAGE):

    See #¦12, @¦octocat. API_KEY=[redacted]
    ```rs
    fn f() {}
    ```

    <sub>Brought here by a bot, and changed when it is edited there.</sub>
    ");
    // Whoever wrote the key is told, once.
    assert_snapshot!(stage.with_names(&house.told(post).await), @"<@EVA>, what you wrote here looks like it holds a password or a key. I left it out, but everybody can read it in this thread: please delete it here and change it.");
    assert_eq!(Stage::pings(&stage.eva), 1);
    // Our own comment does not come back.
    stage.passes(FIVE).await;
    assert_eq!(house.comments_told(post), []);
    stage.eva.deletes(post, message).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(house.on_github(number), [""; 0]);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_is_edited_in_the_thread_is_edited_on_the_issue_once() {
    let house = House::opens_with(Ways {
        setting: "comments = \"all\"\nreplies = \"staff\"",
        hooked: true,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, number) = house.linked("Second thoughts").await;
    stage.passes(MINUTE).await;
    let message = stage.eva.posts(post, "Fixed in 1.3").unwrap();
    let other = stage.tom.posts(post, "Good to know").unwrap();
    let of_ben = stage.ben.posts(post, "Not said").unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(house.on_github(number).len(), 2);
    // Twice within a moment, and somebody whose words are not there.
    stage.eva.edits(post, message, "Fixed in 1.4 ").unwrap();
    stage.passes(TimeDelta::seconds(2)).await;
    // And Discord tells of it twice.
    stage.sim.gateway().duplicate_next(1);
    let text = "Fixed in 1.4, @octocat. API_KEY=0123456789abcdef";
    stage.eva.edits(post, message, text).unwrap();
    stage.ben.edits(post, of_ben, "Not said at all").unwrap();
    // Its answer is lost, and it is said once more.
    house
        .github
        .faults()
        .order("PATCH /repos/*/*/issues/comments/*", 1, Fault::CutAfter);
    stage.passes(MINUTE).await;
    stage.passes(MINUTE).await;
    let said = house.on_github(number);
    assert_eq!(said.len(), 2, "{said:#?}");
    let first = said[0].lines().nth(2).unwrap();
    assert_eq!(first, "Fixed in 1.4, @¦octocat. API_KEY=[redacted]");
    assert!(said[1].contains("Good to know"), "{said:#?}");
    assert_eq!(house.edits(), 2);
    // What we edited does not come back.
    house.hears(|_| {}).await;
    stage.passes(FIVE).await;
    assert_eq!((house.edits(), house.comments_told(post)), (2, vec![]));
    // Edited, and deleted before that is said.
    stage.tom.edits(post, other, "Good to know!").unwrap();
    stage.passes(TimeDelta::seconds(2)).await;
    stage.tom.deletes(post, other).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(house.edits(), 2);
    assert_eq!(house.on_github(number).len(), 1);
    house.ends_unread().await;
}

#[tokio::test]
async fn a_deleted_thread_takes_what_was_said_of_it_along() {
    let house = House::opens_with(Ways {
        setting: "replies = \"all\"",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, number) = house.linked("All of it").await;
    stage.passes(MINUTE).await;
    stage.ann.posts(post, "It is on Linux.").unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(house.on_github(number).len(), 1);
    crate::stage::act(&stage.sim, |world| {
        world.delete_channel(stage.mia.id(), post)
    });
    stage.passes(MINUTE).await;
    stage.passes(FIVE).await;
    assert_eq!(house.on_github(number), [""; 0]);
    house.ends_unread().await;
}
