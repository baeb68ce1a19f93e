//! What was carried to GitHub follows its message: files of what is said there, and edits and deletions that
//! nobody heard of.

use chrono::TimeDelta;
use discord_sim::people::Person;
use discord_sim::world::{
    AttachmentEdit, MessageEdit, NewMessage, Overwrite, OverwriteOf, permissions,
};
use insta::assert_snapshot;
use reqwest::StatusCode;

use super::files::{attached, links, with};
use super::{House, PAGE, REPO, Ways};
use crate::stage::act;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const BOTH_WAYS: &str = "comments = \"all\"\nreplies = \"staff\"";
const HERE: &str = "https://help.acme.example";

impl House {
    /// With a page of our own, and what is said carried both ways.
    async fn carries() -> Self {
        Self::opens_with(Ways {
            setting: BOTH_WAYS,
            web: PAGE,
            ..Ways::default()
        })
        .await
    }

    /// The status of a file, as whoever reads GitHub gets it.
    async fn status(&self, link: &str) -> StatusCode {
        let address = self.stage.app().web().unwrap();
        let here = link.replace(HERE, &format!("http://{address}"));
        reqwest::get(here).await.unwrap().status()
    }

    /// Somebody takes all files but these off a message of theirs.
    fn keeps(&self, person: &Person, channel: u64, message: u64, text: &str, files: &[usize]) {
        act(&self.stage.sim, |world| {
            let known = &world.messages[&channel][&message].attachments;
            let id = |at: &usize| known[*at]["id"].as_str().unwrap().parse().unwrap();
            let kept = files.iter().map(|at| AttachmentEdit::Kept(id(at)));
            let edit = MessageEdit {
                content: Some(text.to_owned()),
                attachments: Some(kept.collect()),
                ..MessageEdit::default()
            };
            world.edit_message(person.id(), channel, message, edit)
        });
    }

    fn edits_asked(&self) -> usize {
        let asked = self.github.requests();
        asked.iter().filter(|it| it.starts_with("PATCH ")).count()
    }

    fn comments(&self, number: u64) -> Vec<String> {
        self.github.read(|world| {
            let comments = world.issue(REPO, number).unwrap().comments.iter();
            comments.map(|comment| comment.body.clone()).collect()
        })
    }

    /// A comment's own words, without where it comes from and what is random.
    fn words(&self, number: u64) -> String {
        let said = self.comments(number).concat();
        let (_, words) = said.split_once(":\n\n").unwrap();
        let (words, _) = words.split_once("\n\n<sub>").unwrap();
        let links = links(words);
        links.iter().fold(words.to_owned(), |text, link| {
            text.replace(link, "https://help.acme.example/files/KEY")
        })
    }
}

#[tokio::test]
async fn files_of_what_is_said_go_along_once_and_leave_with_it() {
    let house = House::carries().await;
    let stage = &house.stage;
    let post = house.asked("With files").await;
    let number = house.converts(post).await;
    stage.passes(MINUTE).await;
    let failing = discord_sim::faults::Fault::Answer {
        status: 503,
        body: serde_json::Value::Null,
    };
    stage
        .sim
        .faults()
        .order("GET /attachments/*/*/a.log", 1, failing);
    house.github.faults().order(
        "POST /repos/*/*/issues/*/comments",
        1,
        github_sim::faults::Fault::CutAfter,
    );
    let files = vec![
        attached("a.log", b"API_KEY=0123456789abcdef"),
        attached("b*2*.log", b"second"),
        attached("core.dump", &vec![0; (10 << 20) + 1]),
    ];
    let message = stage.eva.sends(post, with(files)).unwrap();
    for _ in 0..3 {
        stage.passes(MINUTE).await;
    }
    assert_eq!(house.comments(number).len(), 1);
    assert_snapshot!(house.words(number), @r"
    It turns left, see there.

    Attached:

    * [a\.log](https://help.acme.example/files/KEY) (24 bytes)
    * [b\*2\*\.log](https://help.acme.example/files/KEY) (6 bytes)
    * core\.dump (10.4 MB), only in the thread on Discord
    ");
    let linked = links(&house.comments(number)[0]);
    let [log, second] = &linked[..] else {
        panic!("{linked:?}")
    };
    let address = stage.app().web().unwrap();
    let content = reqwest::get(log.replace(HERE, &format!("http://{address}"))).await;
    assert_eq!(content.unwrap().text().await.unwrap(), "API_KEY=[redacted]");
    assert_eq!(house.status(second).await, 200);
    // What is taken off the message is deleted, and no longer linked.
    house.keeps(&stage.eva, post, message, "Only this:", &[1]);
    stage.passes(MINUTE).await;
    assert_eq!(house.status(log).await, 404);
    assert_snapshot!(house.words(number), @r"
    Only this:

    Attached:

    * [b\*2\*\.log](https://help.acme.example/files/KEY) (6 bytes)
    ");
    assert_eq!(&links(&house.comments(number)[0]), &linked[1..]);
    stage.eva.deletes(post, message).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(house.comments(number), [""; 0]);
    assert_eq!(house.status(second).await, 404);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_cannot_be_said_any_more_leaves_no_file_behind() {
    let house = House::carries().await;
    let stage = &house.stage;
    let post = house.asked("Deleted there").await;
    let number = house.converts(post).await;
    stage.passes(MINUTE).await;
    let kept = async |message: u64| {
        let message = sameday::domain::ids::MessageId(message);
        let kept = stage.store().list_files_of_message(message).await;
        kept.unwrap().len()
    };
    let file = || with(vec![attached("a.log", b"a")]);
    let said = stage.eva.sends(post, file()).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(kept(said).await, 1);
    // Before anybody has noticed, and after.
    house
        .github
        .act(|world| world.delete(REPO, number, "dev"))
        .unwrap();
    let unsaid = stage.eva.sends(post, file()).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(kept(unsaid).await, 0);
    stage.passes(TimeDelta::hours(1)).await;
    assert!(house.told(post).await.contains("was deleted on GitHub"));
    let unsaid = stage.eva.sends(post, file()).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(kept(unsaid).await, 0);
    house.ends_unread().await;
}

#[tokio::test]
async fn a_file_is_kept_back_from_the_issue_when_it_is_taken_off_its_question() {
    let house = House::opens_with(Ways {
        web: PAGE,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let (post, files) = (
        discord_sim::world::NewThread::named("See"),
        vec![attached("a.log", b"a"), attached("b.log", b"b")],
    );
    let post = stage.ann.opens(stage.forum, post, with(files)).unwrap();
    stage.passes(MINUTE).await;
    stage.card(post).await;
    let number = house.converts(post).await;
    let body = house
        .github
        .read(|world| world.issue(REPO, number).unwrap().body.clone());
    let linked = links(&body);
    house.keeps(&stage.ann, post, post, "It turns left.", &[1]);
    stage.passes(MINUTE).await;
    assert_eq!(house.status(&linked[0]).await, 404);
    assert_eq!(house.status(&linked[1]).await, 200);
    house.ends_unread().await;
}

#[tokio::test]
async fn what_was_edited_and_deleted_while_nobody_listened_is_followed_once() {
    let mut house = House::opens_with(Ways {
        setting: BOTH_WAYS,
        web: PAGE,
        ..Ways::default()
    })
    .await;
    let post = house.asked("Unheard").await;
    let number = house.converts(post).await;
    let stage = &house.stage;
    stage.passes(MINUTE).await;
    let edited = stage.eva.posts(post, "Fixed in 1.3").unwrap();
    let deleted = stage.tom.posts(post, "Never mind").unwrap();
    stage.eva.posts(post, "See the notes").unwrap();
    let file = NewMessage {
        attachments: vec![attached("a.log", b"a")],
        ..NewMessage::text("The log")
    };
    let file = stage.tom.sends(post, file).unwrap();
    stage.passes(MINUTE).await;
    let before = house.comments(number);
    assert_eq!(before.len(), 4, "{before:#?}");
    let linked = links(&before.concat());
    assert_eq!(house.status(&linked[0]).await, 200);

    house.stage.bot_stops().await;
    let stage = &house.stage;
    stage.sim.gateway().forget_sessions();
    stage.passes(TimeDelta::hours(2)).await;
    stage.eva.edits(post, edited, "Fixed in 1.4").unwrap();
    stage.tom.deletes(post, deleted).unwrap();
    house.keeps(&stage.tom, post, file, "Never mind the log", &[]);
    stage.passes(TimeDelta::hours(2)).await;
    house.stage.bot_starts().await;
    house.stage.passes(MINUTE).await;
    let after = house.comments(number);
    assert_eq!(after.len(), 3, "{after:#?}");
    assert!(after[0].contains("Fixed in 1.4"), "{after:#?}");
    assert_eq!(after[1], before[2]);
    assert!(!after[2].contains("Attached"), "{after:#?}");
    assert_eq!(house.status(&linked[0]).await, 404);
    assert_eq!(house.edits_asked(), 2);
    // The next time there is nothing to follow; and who is shown nothing takes nothing back.
    house.stage.bot_stops().await;
    house.stage.sim.gateway().forget_sessions();
    let stage = &house.stage;
    let blind = Overwrite {
        id: stage.bot.id(),
        of: OverwriteOf::Member,
        allow: 0,
        deny: permissions::READ_MESSAGE_HISTORY,
    };
    act(&stage.sim, |world| world.set_overwrite(stage.forum, blind));
    house.stage.bot_starts().await;
    house.stage.passes(MINUTE).await;
    assert_eq!((house.comments(number), house.edits_asked()), (after, 2));
    house.ends_unread().await;
}
