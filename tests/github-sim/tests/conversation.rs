//! A client's conversation with the simulated GitHub, held against GitHub's description.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at what they did not expect"
)]

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use github_sim::faults::Fault;
use github_sim::world::Permission;
use github_sim::{GitHub, Limits, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const REPO: &str = "acme/widgets";
const ISSUES: &str = "/repos/acme/widgets/issues";

struct Talk {
    github: GitHub,
    hand: Arc<Mutex<DateTime<Utc>>>,
    client: reqwest::Client,
}

impl Talk {
    async fn begins(limits: Limits) -> Self {
        let start: DateTime<Utc> = "2026-11-18T09:00:00Z".parse().unwrap();
        let hand = Arc::new(Mutex::new(start));
        let now = Arc::clone(&hand);
        let mut options = Options::new(Box::new(move || *now.lock().unwrap()));
        options.limits = limits;
        let github = GitHub::start(options).await.unwrap();
        github.act(|world| {
            world.add_repository(REPO);
            world.add_repository("acme/gadgets");
            let may = [
                ("metadata", Permission::Read),
                ("contents", Permission::Read),
                ("issues", Permission::Write),
            ];
            world.add_token("t", "helper", &may, &[REPO, "acme/gadgets"]);
            world.add_token("reader", "reader", &[("issues", Permission::Read)], &[REPO]);
        });
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            github,
            hand,
            client,
        }
    }

    fn passes(&self, time: TimeDelta) {
        *self.hand.lock().unwrap() += time;
    }

    async fn asks(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value, reqwest::header::HeaderMap) {
        let url = format!("{}{path}", self.github.base_url());
        let mut request = self.client.request(method, url).bearer_auth("t");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, answer.json().await.unwrap_or_default(), headers)
    }

    async fn opens(&self, title: &str) -> u64 {
        let body = json!({"title": title, "body": "b", "labels": ["bug"]});
        let (status, made, _) = self.asks(Method::POST, ISSUES, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["number"].as_u64().unwrap()
    }

    fn ends(self) {
        assert_eq!(self.github.findings(), []);
        assert_eq!(self.github.faults().clear(), 0, "a fault was never met");
    }
}

#[tokio::test]
async fn an_issue_lives_as_github_describes_it() {
    let talk = Talk::begins(Limits::default()).await;
    let number = talk.opens("The widget turns left").await;
    let path = format!("{ISSUES}/{number}");
    let (_, comment, _) = talk
        .asks(
            Method::POST,
            &format!("{path}/comments"),
            Some(json!({"body": "me too"})),
        )
        .await;
    assert_eq!(comment["body"], "me too");
    for list in [
        "/rate_limit".to_owned(),
        "/user".to_owned(),
        "/repos/acme/widgets".to_owned(),
        "/repos/acme/widgets/labels?per_page=100".to_owned(),
        format!("{ISSUES}?state=all&sort=created&direction=desc&per_page=100"),
        format!("{path}/comments?per_page=100"),
    ] {
        assert_eq!(
            talk.asks(Method::GET, &list, None).await.0,
            StatusCode::OK,
            "{list}"
        );
    }
    let pull = talk
        .github
        .act(|world| world.open_pull(REPO, "dev", "Turn right", number))
        .unwrap();
    talk.github
        .act(|world| world.merge(REPO, pull, "dev"))
        .unwrap();
    talk.github
        .act(|world| world.release(REPO, "dev", "v1.4", "Turns right", false));
    let (_, issue, _) = talk.asks(Method::GET, &path, None).await;
    assert_eq!(
        (&issue["state"], &issue["state_reason"]),
        (&json!("closed"), &json!("completed"))
    );
    let (_, timeline, _) = talk
        .asks(Method::GET, &format!("{path}/timeline"), None)
        .await;
    assert!(timeline[0]["source"]["issue"]["pull_request"]["merged_at"].is_string());
    let (_, releases, _) = talk
        .asks(Method::GET, "/repos/acme/widgets/releases", None)
        .await;
    assert_eq!(releases[0]["tag_name"], "v1.4");
    talk.ends();
}

#[tokio::test]
async fn what_is_gone_says_where_it_went() {
    let talk = Talk::begins(Limits::default()).await;
    let (first, second) = (talk.opens("one").await, talk.opens("two").await);
    talk.github
        .act(|world| world.delete(REPO, first, "dev"))
        .unwrap();
    talk.github
        .act(|world| world.transfer(REPO, second, "dev", "acme/gadgets"))
        .unwrap();
    let (status, ..) = talk
        .asks(Method::GET, &format!("{ISSUES}/{first}"), None)
        .await;
    assert_eq!(status, StatusCode::GONE);
    let (status, _, headers) = talk
        .asks(Method::GET, &format!("{ISSUES}/{second}"), None)
        .await;
    assert_eq!(status, StatusCode::MOVED_PERMANENTLY);
    let there = headers["location"]
        .to_str()
        .unwrap()
        .replace("https://api.github.com", "");
    assert_eq!(talk.asks(Method::GET, &there, None).await.0, StatusCode::OK);
    let third = talk.opens("three").await;
    talk.github
        .act(|world| world.rename_repository(REPO, "acme/sprockets"));
    let (status, _, headers) = talk
        .asks(Method::GET, &format!("{ISSUES}/{third}"), None)
        .await;
    assert_eq!(status, StatusCode::MOVED_PERMANENTLY);
    let there = headers["location"]
        .to_str()
        .unwrap()
        .replace("https://api.github.com", "");
    assert_eq!(
        talk.asks(Method::GET, &there, None).await.1["title"],
        "three"
    );
    talk.ends();
}

#[tokio::test]
async fn search_follows_and_lists_do_not_wait() {
    let talk = Talk::begins(Limits::default()).await;
    talk.opens("The widget turns left").await;
    let search = "/search/issues?q=repo:acme/widgets+is:issue+(widget+OR+lathe)";
    let found = async || talk.asks(Method::GET, search, None).await.1["total_count"].clone();
    assert_eq!(found().await, 0);
    let (_, listed, _) = talk.asks(Method::GET, ISSUES, None).await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    talk.passes(TimeDelta::seconds(30));
    assert_eq!(found().await, 1);
    talk.ends();
}

#[tokio::test]
async fn limits_refuse_and_what_is_known_is_free() {
    let talk = Talk::begins(Limits {
        per_hour: 3,
        ..Limits::default()
    })
    .await;
    let (_, _, headers) = talk.asks(Method::GET, "/repos/acme/widgets", None).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    for _ in 0..5 {
        let url = format!("{}/repos/acme/widgets", talk.github.base_url());
        let again = talk
            .client
            .get(url)
            .bearer_auth("t")
            .header("if-none-match", &tag);
        assert_eq!(
            again.send().await.unwrap().status(),
            StatusCode::NOT_MODIFIED
        );
    }
    talk.opens("one").await;
    talk.opens("two").await;
    let (status, _, headers) = talk.asks(Method::GET, ISSUES, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(headers["x-ratelimit-remaining"], "0");
    talk.passes(TimeDelta::hours(1));
    assert_eq!(talk.asks(Method::GET, ISSUES, None).await.0, StatusCode::OK);
    talk.ends();
}

#[tokio::test]
async fn too_much_at_once_is_slowed_down() {
    let talk = Talk::begins(Limits {
        made_per_minute: 2,
        ..Limits::default()
    })
    .await;
    talk.opens("one").await;
    talk.opens("two").await;
    let body = Some(json!({"title": "three"}));
    let (status, said, _) = talk.asks(Method::POST, ISSUES, body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .contains("secondary rate limit")
    );
    talk.passes(TimeDelta::minutes(1));
    assert_eq!(
        talk.asks(Method::POST, ISSUES, body).await.0,
        StatusCode::CREATED
    );
    talk.ends();
}

#[tokio::test]
async fn an_answer_can_be_lost_although_the_issue_is_there() {
    let talk = Talk::begins(Limits::default()).await;
    talk.github
        .faults()
        .order("POST /repos/*/*/issues", 1, Fault::CutAfter);
    let url = format!("{}{ISSUES}", talk.github.base_url());
    let request = talk
        .client
        .post(url)
        .bearer_auth("t")
        .json(&json!({"title": "lost"}));
    let heard = match request.send().await {
        Ok(answer) => answer.bytes().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(heard.is_err());
    assert_eq!(
        talk.github
            .read(|world| world.repository(REPO).unwrap().issues.len()),
        1
    );
    talk.ends();
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let talk = Talk::begins(Limits::default()).await;
    let post = |token: &'static str| {
        let url = format!("{}{ISSUES}", talk.github.base_url());
        talk.client
            .post(url)
            .bearer_auth(token)
            .json(&json!({"title": "x"}))
            .send()
    };
    assert_eq!(
        post("nobody").await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        post("reader").await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let (status, ..) = talk.asks(Method::GET, "/repos/acme/secret", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    talk.ends();
}

#[tokio::test]
async fn a_timeline_tells_what_was_done_in_order() {
    let talk = Talk::begins(Limits::default()).await;
    let number = talk.opens("one").await;
    talk.github.act(|world| {
        world.label(REPO, number, "dev", "question").unwrap();
        world.rename(REPO, number, "dev", "uno").unwrap();
        world.close(REPO, number, "dev", "not_planned").unwrap();
        world.reopen(REPO, number, "dev").unwrap();
        let pull = world.open_pull(REPO, "dev", "Mend it", number).unwrap();
        world.merge(REPO, pull, "dev").unwrap();
    });
    let events = async |number: u64| {
        let path = format!("{ISSUES}/{number}/timeline");
        let (_, told, _) = talk.asks(Method::GET, &path, None).await;
        let told = told.as_array().unwrap().clone();
        let names = told.iter().map(|event| event["event"].as_str().unwrap());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        events(number).await,
        [
            "cross-referenced",
            "labeled",
            "renamed",
            "closed",
            "reopened",
            "closed"
        ]
    );
    assert_eq!(events(number + 1).await, ["merged"]);
    talk.ends();
}

#[tokio::test]
async fn a_route_that_is_not_there_is_a_finding() {
    let talk = Talk::begins(Limits::default()).await;
    talk.asks(Method::GET, "/gists", None).await;
    assert!(!talk.github.findings().is_empty());
}

#[tokio::test]
async fn events_are_signed_and_fit_the_description() {
    let talk = Talk::begins(Limits::default()).await;
    talk.github.hooks().subscribe("http://127.0.0.1:9/", "s");
    talk.github.hooks().hold(true);
    let number = talk.opens("one").await;
    talk.github.act(|world| {
        world.comment(REPO, number, "dev", "hm").unwrap();
        world.label(REPO, number, "dev", "question").unwrap();
        world.rename(REPO, number, "dev", "uno").unwrap();
        world.close(REPO, number, "dev", "not_planned").unwrap();
        world.reopen(REPO, number, "dev").unwrap();
        world.release(REPO, "dev", "v1", "", false);
        let number = world.transfer(REPO, number, "dev", "acme/gadgets").unwrap();
        world.delete("acme/gadgets", number, "dev").unwrap();
    });
    let told: Vec<String> = talk
        .github
        .hooks()
        .take()
        .iter()
        .map(|delivery| format!("{}.{}", delivery.event.name, delivery.event.action()))
        .collect();
    assert_eq!(
        told,
        [
            "issues.opened",
            "issue_comment.created",
            "issues.labeled",
            "issues.edited",
            "issues.closed",
            "issues.reopened",
            "release.published",
            "issues.transferred",
            "issues.opened",
            "issues.deleted",
        ]
    );
    // GitHub's own example: content/webhooks/using-webhooks/validating-webhook-deliveries.
    assert_eq!(
        github_sim::hooks::signature("It's a Secret to Everybody", b"Hello, World!"),
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
    talk.ends();
}
