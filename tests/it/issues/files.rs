//! Files that hang on messages go along with the issue, and outlive Discord's addresses.

use chrono::TimeDelta;
use discord_sim::faults::Fault;
use discord_sim::people::Seen;
use discord_sim::world::{NewAttachment, NewMessage, NewThread};
use insta::assert_snapshot;
use reqwest::StatusCode;
use serde_json::Value;

use super::{House, PAGE, REPO, Ways};
use crate::stage::Stage;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const LOG: &str = "start\nAPI_KEY=0123456789abcdef\nend";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n, and so on";

pub(super) fn attached(filename: &str, content: &[u8]) -> NewAttachment {
    NewAttachment {
        filename: filename.to_owned(),
        description: None,
        content_type: Some("text/html".to_owned()),
        content: content.to_vec().into(),
    }
}

pub(super) fn with(files: Vec<NewAttachment>) -> NewMessage {
    NewMessage {
        attachments: files,
        ..NewMessage::text("It turns left, see there.")
    }
}

impl House {
    async fn paged(ways: Ways) -> Self {
        Self::opens_with(Ways { web: PAGE, ..ways }).await
    }

    /// Ann asks with files.
    async fn shown(&self, files: Vec<NewAttachment>) -> u64 {
        let stage = &self.stage;
        let (post, first) = (NewThread::named("See"), with(files));
        let post = stage.ann.opens(stage.forum, post, first).unwrap();
        stage.passes(MINUTE).await;
        stage.card(post).await;
        post
    }

    /// The text of an issue from where its files begin, without what is random.
    fn files_named(&self, number: u64) -> String {
        let body = self
            .github
            .read(|world| world.issue(REPO, number).unwrap().body.clone());
        let (_, files) = body.split_once("### Attachments\n\n").unwrap();
        let (files, _) = files.split_once("\n\n---").unwrap();
        let links = links(&body);
        links.iter().fold(files.to_owned(), |text, link| {
            text.replace(link, "https://help.acme.example/files/KEY")
        })
    }

    /// The files that an issue links to, as whoever reads it gets them.
    fn links(&self, number: u64) -> Vec<String> {
        let body = self
            .github
            .read(|world| world.issue(REPO, number).unwrap().body.clone());
        let address = self.stage.app().web().unwrap();
        let here = format!("http://{address}");
        let links = links(&body).into_iter();
        links
            .map(|link| link.replace("https://help.acme.example", &here))
            .collect()
    }

    async fn previews(&self, post: u64) -> Seen {
        self.previewed(&self.stage.eva, post).await
    }
}

/// The addresses of files in a text.
pub(super) fn links(text: &str) -> Vec<String> {
    let begin = "https://help.acme.example/files/";
    let keys = text.split(begin).skip(1);
    let keys = keys.map(|after| after.chars().take(32).collect::<String>());
    keys.map(|key| format!("{begin}{key}")).collect()
}

async fn status(link: &str) -> StatusCode {
    reqwest::get(link).await.unwrap().status()
}

#[tokio::test]
async fn what_is_attached_goes_along_without_its_secrets_and_outlives_discord_s_address() {
    let house = House::paged(Ways::default()).await;
    let stage = &house.stage;
    let files = vec![
        attached("crash_1.log", LOG.as_bytes()),
        attached("screen.png", PICTURE),
        attached("core.dump", &vec![0; (10 << 20) + 1]),
    ];
    let post = house.shown(files).await;
    let preview = house.previews(post).await;
    let note = preview.text();
    let note = note.lines().find(|line| line.contains("along")).unwrap();
    assert_snapshot!(note, @r"-# 2 files go along, for everybody to read: crash\_1\.log, screen\.png. I take secrets out of texts; into pictures and archives I cannot look. Delete a line with Edit, and its file stays here.");
    house.presses(&stage.eva, &preview, "Open issue").await;
    let told = house.told(post).await;
    assert!(
        told.contains("please delete it here and change it"),
        "{told}"
    );
    assert_eq!(Stage::pings(&stage.ann), 1);
    assert_snapshot!(house.files_named(1), @r"
    * [crash\_1\.log](https://help.acme.example/files/KEY) (34 bytes)
    * [screen\.png](https://help.acme.example/files/KEY) (19 bytes)
    * core\.dump (10.4 MB), only in the thread on Discord
    ");

    stage.passes(TimeDelta::days(2)).await;
    let links = house.links(1);
    let [log, picture] = &links[..] else {
        panic!("{links:?}")
    };
    let log = reqwest::get(log).await.unwrap();
    let mut heads: Vec<String> = log
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    heads.sort();
    assert_snapshot!(heads.join("\n"), @"
    cache-control: no-store
    content-disposition: attachment; filename*=UTF-8''crash_1.log
    content-length: 28
    content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox
    content-type: application/octet-stream
    cross-origin-resource-policy: same-origin
    referrer-policy: no-referrer
    x-content-type-options: nosniff
    x-robots-tag: noindex, nofollow
    ");
    assert_eq!(
        log.text().await.unwrap(),
        LOG.replace("0123456789abcdef", "[redacted]")
    );
    let shown = reqwest::get(picture).await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(
        shown.headers()["content-disposition"],
        "inline; filename*=UTF-8''screen.png"
    );
    assert_eq!(shown.bytes().await.unwrap(), PICTURE);
    for wrong in ["", "0", &"0".repeat(32), &"g".repeat(32), "../files"] {
        let (front, _) = picture.rsplit_once('/').unwrap();
        assert_eq!(status(&format!("{front}/{wrong}")).await, 404, "{wrong}");
    }
    // What a member deletes is deleted here.
    stage.ann.deletes(post, post).unwrap();
    stage.passes(MINUTE).await;
    assert_eq!(status(picture).await, 404);
    house.ends_unread().await;
}

#[tokio::test]
async fn nothing_is_fetched_before_it_is_decided_nor_what_was_taken_out() {
    let house = House::paged(Ways {
        setting: "asker = \"ask\"",
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let files = vec![
        attached("mine.txt", b"private"),
        attached("ours.txt", b"public"),
    ];
    let post = house.shown(files).await;
    let preview = house.previews(post).await;
    let form = stage.eva.clicks(&preview, "Edit").unwrap();
    let form = form.modal().await.unwrap();
    let body = value(form.window(), "body").unwrap();
    let kept = body.lines().filter(|line| !line.contains("mine"));
    let kept: Vec<&str> = kept.collect();
    let sent = form.submits(&[("body", kept.join("\n").as_str())]).unwrap();
    sent.acknowledged().await.unwrap();
    let says_one = |seen: &Seen| seen.id() == preview.id() && seen.says("1 file goes along");
    let preview = stage.eva.waits(post, says_one).await.unwrap();
    house.presses(&stage.eva, &preview, "Open issue").await;
    let asks = stage.news(post).await.pop().unwrap();
    assert!(
        asks.says("what was written and attached here"),
        "{}",
        asks.text()
    );
    // By then the address that was seen first is no longer good.
    stage.passes(TimeDelta::days(2)).await;
    assert_eq!(fetched(stage), 0);
    stage.clicks(&stage.ann, &asks, "Yes, open it").await;
    stage.passes(MINUTE).await;
    assert_eq!(fetched(stage), 1);
    let links = house.links(1);
    assert_eq!(links.len(), 1);
    let file = reqwest::get(&links[0]).await.unwrap();
    assert_eq!(file.text().await.unwrap(), "public");
    // Its thread takes it along.
    crate::stage::act(&stage.sim, |world| {
        world.delete_channel(stage.mia.id(), post)
    });
    stage.passes(MINUTE).await;
    assert_eq!(status(&links[0]).await, 404);
    house.ends_unread().await;
}

/// How many files were fetched from Discord since this was last asked.
fn fetched(stage: &Stage) -> usize {
    let asked = stage.sim.take_requests();
    let files = asked
        .iter()
        .filter(|asked| asked.what.starts_with("GET /attachments/"));
    files.count()
}

/// What stands in a field of a form.
fn value(window: &Value, field: &str) -> Option<String> {
    match window {
        Value::Array(all) => all.iter().find_map(|inner| value(inner, field)),
        Value::Object(all) if window["custom_id"] == field => {
            all["value"].as_str().map(str::to_owned)
        }
        Value::Object(all) => all.values().find_map(|inner| value(inner, field)),
        _ => None,
    }
}

#[tokio::test]
async fn what_does_not_come_is_asked_for_again_and_named_in_the_end() {
    let house = House::paged(Ways::default()).await;
    let stage = &house.stage;
    let failing = Fault::Answer {
        status: 503,
        body: Value::Null,
    };
    let post = house.shown(vec![attached("a.log", b"late")]).await;
    let preview = house.previews(post).await;
    stage
        .sim
        .faults()
        .order("GET /attachments/*/*/a.log", 2, failing.clone());
    // And the first answer of GitHub's is lost.
    house.github.faults().order(
        "POST /repos/*/*/issues",
        1,
        github_sim::faults::Fault::CutAfter,
    );
    house.presses(&stage.eva, &preview, "Open issue").await;
    stage.passes(MINUTE).await;
    stage.passes(MINUTE).await;
    assert_eq!(status(&house.links(1)[0]).await, 200);

    let files = vec![attached("b.log", b"never"), attached("c.log", b"there")];
    let post = house.shown(files).await;
    let preview = house.previews(post).await;
    stage
        .sim
        .faults()
        .order("GET /attachments/*/*/b.log", 4, failing);
    house.presses(&stage.eva, &preview, "Open issue").await;
    for _ in 0..4 {
        stage.passes(MINUTE).await;
    }
    assert_snapshot!(house.files_named(2), @r"
    * b\.log (5 bytes), only in the thread on Discord
    * [c\.log](https://help.acme.example/files/KEY) (5 bytes)
    ");
    assert_eq!(house.issues(REPO), [1, 2]);
    assert_eq!(stage.sim.faults().clear(), 0);
    house.ends_unread().await;
}

#[tokio::test]
async fn a_message_that_was_chosen_brings_its_files_without_the_intent() {
    let house = House::paged(Ways {
        sees_content: false,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let post = house.shown(vec![attached("a.log", b"seen")]).await;
    let seen = stage.eva.sees(post).unwrap();
    let question = seen.iter().find(|seen| seen.says("It turns left")).unwrap();
    let chosen = stage
        .eva
        .uses_on_message("Open GitHub issue", question)
        .unwrap();
    let preview = chosen.message().await.unwrap();
    house.presses(&stage.eva, &preview, "Open issue").await;
    assert_eq!(status(&house.links(1)[0]).await, 200);
    house.ends_unread().await;
}

#[tokio::test]
async fn without_a_page_files_are_named() {
    let house = House::opens().await;
    let post = house.shown(vec![attached("a.log", b"x")]).await;
    house.converts(post).await;
    assert_snapshot!(house.files_named(1), @r"
    They are in the thread on Discord, whose links to files expire:

    * a\.log (1 bytes)
    ");
    assert_eq!(fetched(&house.stage), 0);
    house.ends_unread().await;
}
