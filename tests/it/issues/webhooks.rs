//! The endpoint for webhooks, with GitHub's own samples and with everything else.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use github_sim::hooks::signature;
use reqwest::StatusCode;

use super::{House, REPO, SECRET, Ways};

/// Every sample there is: the event it is of, and its bytes.
fn samples() -> Vec<(String, Vec<u8>)> {
    let specs = discord_sim::env::specs().join("github");
    let mut found = Vec::new();
    for folder in ["webhooks", "webhooks-octocrab"] {
        let Ok(entries) = std::fs::read_dir(specs.join(folder)) else {
            discord_sim::env::skip(
                "webhook samples",
                &format!("{} is missing", specs.display()),
            );
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let event = match name.split('.').next().unwrap() {
                "installation_created_webhook_event" => "installation",
                "issue_comment_created_webhook_event" => "issue_comment",
                "issues_labeled_webhook_event" | "issues_opened_webhook_event" => "issues",
                "ping_webhook_event" => "ping",
                event => event,
            };
            found.push((event.to_owned(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

struct Post {
    client: reqwest::Client,
    url: String,
}

impl Post {
    fn to(house: &House) -> Self {
        let address = house.stage.app().web().unwrap();
        Self {
            client: reqwest::Client::new(),
            url: format!("http://{address}/github/webhook"),
        }
    }

    async fn sends(&self, event: &str, id: &str, signed: &str, body: Vec<u8>) -> StatusCode {
        self.client
            .post(&self.url)
            .header("x-github-event", event)
            .header("x-github-delivery", id)
            .header("x-hub-signature-256", signed)
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
    }
}

#[tokio::test]
async fn a_webhook_is_answered_although_github_is_slow() {
    let house = House::opens_with(Ways {
        hooked: true,
        ..Ways::default()
    })
    .await;
    let post = house.asked("Slow").await;
    house.converts(post).await;
    let slow = Duration::from_secs(5);
    let late = github_sim::faults::Fault::DelayAnswer(slow);
    house
        .github
        .faults()
        .order("GET /repos/*/*/issues/*", 1, late);
    let body =
        format!("{{\"repository\": {{\"full_name\": {REPO:?}}}, \"issue\": {{\"number\": 1}}}}");
    let body = body.into_bytes();
    let began = Instant::now();
    let signed = signature(SECRET, &body);
    let status = Post::to(&house).sends("issues", "1", &signed, body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(began.elapsed() < slow, "it waited for GitHub");
    house.ends_unread().await;
}

#[tokio::test]
async fn every_sample_is_taken_and_a_thousand_forgeries_are_not() {
    let house = House::opens_with(Ways {
        hooked: true,
        ..Ways::default()
    })
    .await;
    let post = house.asked("Unmoved").await;
    house.converts(post).await;
    let to = Post::to(&house);
    let samples = samples();
    for (at, (event, body)) in samples.iter().enumerate() {
        let signed = signature(SECRET, body);
        for _again in 0..2 {
            let status = to
                .sends(event, &format!("sample-{at}"), &signed, body.clone())
                .await;
            assert!(
                matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT),
                "{event}: {status}"
            );
        }
    }
    if samples.is_empty() {
        return house.ends_unread().await;
    }
    house.stage.settles().await;
    let requests = house.github.requests().len();
    let mut random = fastrand::Rng::with_seed(6);
    for round in 0..1_000_u32 {
        let (event, body) = &samples[random.usize(0..samples.len())];
        let mut body = body.clone();
        let mut signed = signature(SECRET, &body);
        match round % 5 {
            // The body was changed after it was signed.
            0 => {
                let at = random.usize(0..body.len());
                body[at] ^= 1 << random.u32(0..8);
            }
            1 => body.truncate(random.usize(0..body.len())),
            2 => signed = signature("another secret", &body),
            3 => {
                let at = random.usize("sha256=".len()..signed.len());
                let other = if signed.as_bytes()[at] == b'0' {
                    "1"
                } else {
                    "0"
                };
                signed.replace_range(at..=at, other);
            }
            _ => {
                signed = ["", "sha256=", "sha1=00", "sha256=zz", "sha256"][random.usize(0..5)]
                    .to_owned();
            }
        }
        let status = to
            .sends(event, &format!("forged-{round}"), &signed, body)
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "round {round}");
    }
    // Rightly signed, and still nonsense.
    for (event, id, body) in [
        ("issues", "a", &b"not json"[..]),
        ("issues", "b", b"\"text\""),
        (
            "issues",
            "c",
            b"{\"issue\": {\"number\": -1}, \"repository\": {\"full_name\": 5}}",
        ),
        ("issues", "", b"{}"),
        ("issues", "d", b"\xff\xfe"),
    ] {
        let status = to
            .sends(event, id, &signature(SECRET, body), body.to_vec())
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{event} {id}");
    }
    let odd = b"{\"repository\": {\"full_name\": \"a/b'; DROP TABLE issue\"}, \"issue\": {\"number\": 1}}";
    let status = to
        .sends("issues", "e", &signature(SECRET, odd), odd.to_vec())
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    house.stage.settles().await;
    assert_eq!(
        house.github.requests().len(),
        requests,
        "a forgery made us look"
    );
    assert_eq!(house.told(post).await, "");
    assert_eq!(house.issues(REPO), [1]);
    house.ends().await;
}
