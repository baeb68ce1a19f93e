//! The page for people: what stands on it, what its forms do, and who is let in.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use chrono::{DateTime, Utc};
use github_sim::{GitHub, Notes, Options};
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Client, Response, StatusCode};

const REPO: &str = "acme/app";

async fn open() -> (GitHub, u64) {
    let now: DateTime<Utc> = "2026-11-18T09:00:00Z".parse().unwrap();
    let mut options = Options::new(Box::new(move || now));
    options.own_page = true;
    let github = GitHub::start(options).await.unwrap();
    let number = github.act(|world| {
        world.add_repository(REPO);
        world
            .open_issue(
                REPO,
                "ann",
                "<b>It</b> hangs & \"stops\"",
                "<img src=x onerror=alert(1)> [there](https://chat.example/7/)",
                &["<i>".to_owned()],
            )
            .unwrap()
    });
    (github, number)
}

async fn shows(github: &GitHub, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", github.base_url())).await;
    let answer = answer.unwrap().error_for_status().unwrap();
    answer.text().await.unwrap()
}

async fn sends(github: &GitHub, path: &str, form: &'static str, origin: &str) -> Response {
    Client::new()
        .post(format!("{}{path}", github.base_url()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ORIGIN, origin)
        .body(form)
        .send()
        .await
        .unwrap()
}

/// As the page's own forms are sent; what is shown then.
async fn does(github: &GitHub, path: &str, form: &'static str) -> String {
    let answer = sends(github, path, form, &github.base_url()).await;
    answer.error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test]
async fn what_people_wrote_is_shown_as_they_wrote_it() {
    let (github, number) = open().await;
    github.hands_in(Notes {
        hint: String::new(),
        link: Some(("\"<Chat>".to_owned(), "http://127.0.0.1:1/\"<".to_owned())),
        instead: Some((
            "https://chat.example/".to_owned(),
            "http://127.0.0.1:1/#".to_owned(),
        )),
    });
    for path in ["/", "/acme/app", &format!("/{REPO}/issues/{number}")] {
        let shown = shows(&github, path).await;
        assert!(
            shown.contains("&lt;b&gt;It&lt;/b&gt; hangs &amp; &quot;stops&quot;"),
            "{shown}"
        );
        assert!(shown.contains("&quot;&lt;Chat&gt; ↗"), "{shown}");
        for html in ["<b>It", "<img", "<i>", "\"<"] {
            assert!(!shown.contains(html), "{path}: {html} in {shown}");
        }
        assert!(
            !shown.contains("https://"),
            "nothing comes from elsewhere: {shown}"
        );
    }
}

#[tokio::test]
async fn links_lead_where_the_host_has_the_other_side() {
    let (github, number) = open().await;
    let path = format!("/{REPO}/issues/{number}");
    let there = "href=\"https://chat.example/7/\"";
    assert!(shows(&github, &path).await.contains(there));
    github.hands_in(Notes {
        instead: Some((
            "https://chat.example/".to_owned(),
            "http://127.0.0.1:1/#".to_owned(),
        )),
        ..Notes::default()
    });
    assert!(
        shows(&github, &path)
            .await
            .contains("href=\"http://127.0.0.1:1/#7/\"")
    );
}

#[tokio::test]
async fn a_maintainer_fixes_and_publishes() {
    let (github, number) = open().await;
    let act = format!("/{REPO}/issues/{number}/act");
    let shown = does(&github, &act, "what=comment&text=I+*see*+it").await;
    assert!(shown.contains("I <em>see</em> it"), "{shown}");
    assert!(
        does(&github, &act, "what=not_planned")
            .await
            .contains(">not planned</span>")
    );
    let shown = does(&github, &act, "what=reopen").await;
    assert!(shown.contains(">open</span>"), "{shown}");
    let closed = shown.find("maintainer closed this: not planned").unwrap();
    assert!(shown.find("maintainer reopened this").unwrap() > closed);
    github
        .act(|world| {
            world.rename(REPO, number, "dev", "It <i>stops</i>")?;
            world.label(REPO, number, "dev", "bug<b>")
        })
        .unwrap();
    let shown = shows(&github, &format!("/{REPO}/issues/{number}")).await;
    let renamed = "</s> It &lt;i&gt;stops&lt;/i&gt;";
    assert!(shown.contains(renamed), "{shown}");
    let labelled = "dev added the label <span class=label>bug&lt;b&gt;</span>";
    assert!(shown.contains(labelled), "{shown}");
    assert!(does(&github, &act, "what=fix").await.contains("id=merge-2"));
    let shown = does(&github, "/acme/app/issues/2/act", "what=merge").await;
    assert!(
        shown.contains(">merged</span>") && !shown.contains("<button id=merge"),
        "{shown}"
    );
    let shown = shows(&github, &format!("/{REPO}/issues/{number}")).await;
    assert!(
        shown.contains("maintainer closed this: completed"),
        "{shown}"
    );
    let shown = does(&github, "/acme/app/release", "tag=v1.9").await;
    assert!(
        shown.contains("<b>v1.9</b>") && shown.contains("value=\"v1.10\""),
        "{shown}"
    );
    let early = does(&github, "/acme/app/release", "tag=v2.0-rc1&prerelease=on").await;
    assert!(
        early.contains("Pre-release</span>") && early.contains("value=\"v1.10\""),
        "{early}"
    );
}

#[tokio::test]
async fn its_api_goes_down_and_the_page_stays() {
    let (github, _) = open().await;
    let shown = does(&github, "/weather", "down=true&from=/acme/app").await;
    assert!(shown.contains("The API is down."), "{shown}");
    let api = format!("{}/rate_limit", github.base_url());
    let asked = async || reqwest::get(&api).await.unwrap().status();
    assert_eq!(asked().await, StatusCode::SERVICE_UNAVAILABLE);
    // It leads back to a path of its own, whatever the form says.
    let form = "down=false&from=//elsewhere.example/";
    let answer = sends(&github, "/weather", form, &github.base_url()).await;
    assert_eq!(
        answer.url().as_str(),
        format!("{}/elsewhere.example/", github.base_url())
    );
    assert_eq!(asked().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn whoever_listens_hears_of_news_at_once() {
    let (github, number) = open().await;
    let shown = shows(&github, "/").await;
    let seen = shown.split_once("data-seen=").unwrap().1;
    let seen = seen.split_once('>').unwrap().0.to_owned();
    let path = format!("/live?since={seen}");
    let (heard, closed) = tokio::join!(shows(&github, &path), async {
        github.act(|world| world.close(REPO, number, "dev", "completed"))
    });
    closed.unwrap();
    assert_ne!(heard, seen);
}

#[tokio::test]
async fn only_its_own_pages_on_this_machine_are_let_in() {
    let (github, number) = open().await;
    let act = format!("/{REPO}/issues/{number}/act");
    for path in [act.as_str(), "/acme/app/release", "/weather"] {
        let form = "what=completed&tag=v9&down=true&from=/";
        for origin in ["http://evil.example", "null"] {
            let answer = sends(&github, path, form, origin).await;
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{path} from {origin}"
            );
        }
    }
    let port = github.base_url().rsplit_once(':').unwrap().1.to_owned();
    for path in ["/", "/live?since=0", "/page.css"] {
        let rebound = Client::new()
            .get(format!("{}{path}", github.base_url()))
            .header(HOST, format!("evil.example:{port}"))
            .send();
        assert_eq!(
            rebound.await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let policy = reqwest::get(github.base_url()).await.unwrap();
    let policy = policy.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(github.read(|world| world.issue(REPO, number).unwrap().closed.is_none()));
    assert_eq!(github.findings(), []);
}
