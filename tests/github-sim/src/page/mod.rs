//! A page for people: what there is, and what a maintainer does with it.
//!
//! ```text
//! /                         repositories: issues, pull requests, releases, and the weather
//! /owner/name/issues/1      one issue or pull request, what was said, and what can be done
//! forms (POST)              comment, close, reopen, open a fix, merge it, publish, go down
//! /live                     answers when something changed; `page.js` then draws the page anew
//! ```
//!
//! * It works without its script, by keyboard, and asks nothing of any other machine.
//! * Whatever people wrote is data: [`view`] escapes it, [`markdown`] knows a few marks and no HTML.
//! * Only this machine is served, under its own name; forms are taken from the page's own origin only.
//! * An outage is one of the API: this page stays.

mod markdown;
mod view;

use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, LOCATION, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::faults::Fault;
use crate::sim::GitHub;

/// Who acts on the page.
const MAINTAINER: &str = "maintainer";

/// What an outage made here answers.
const UNAVAILABLE: Fault = Fault::Answer(503);

/// How long a page waits for news before it asks again.
const LISTENING: Duration = Duration::from_secs(25);

/// Everything comes from here, and forms go here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes(github: GitHub) -> Router<()> {
    let asset = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/", get(front))
        .route("/{owner}/{repo}", get(repository))
        .route("/{owner}/{repo}/issues/{number}", get(issue))
        .route("/{owner}/{repo}/pull/{number}", get(issue))
        .route("/{owner}/{repo}/issues/{number}/act", post(act))
        .route("/{owner}/{repo}/release", post(release))
        .route("/weather", post(weather))
        .route("/live", get(live))
        .route(
            "/page.css",
            asset("text/css", include_str!("assets/page.css")),
        )
        .route(
            "/page.js",
            asset("text/javascript", include_str!("assets/page.js")),
        )
        .route(
            "/page.svg",
            asset("image/svg+xml", include_str!("assets/page.svg")),
        )
        .layer(middleware::from_fn_with_state(github.clone(), door))
        .with_state(github)
}

/// Lets in who asks this machine by its own name: with a name that changes its address, any web
/// page could read what is here.
async fn door(State(github): State<GitHub>, request: Request, next: Next) -> Response {
    let host = text(request.headers(), &HOST);
    let port = github.address().port().to_string();
    let own = host
        .and_then(|host| host.rsplit_once(':'))
        .is_some_and(|(name, number)| matches!(name, "127.0.0.1" | "localhost") && number == port);
    if !own {
        let words = "This page is served to this machine only, as 127.0.0.1 or localhost.";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let mut answer = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        let value = HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    answer
}

async fn front(State(github): State<GitHub>) -> Html<String> {
    view::front(&github, None)
}

async fn repository(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
) -> Response {
    let name = format!("{owner}/{repo}");
    if github.read(|world| world.repository(&name).is_some()) {
        view::front(&github, Some(&name)).into_response()
    } else {
        nothing()
    }
}

async fn issue(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
) -> Response {
    view::issue(&github, &format!("{owner}/{repo}"), number)
        .map_or_else(nothing, IntoResponse::into_response)
}

fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "There is nothing here.").into_response()
}

/// What a form about an issue asks for.
#[derive(Deserialize)]
struct Act {
    what: String,
    #[serde(default)]
    text: String,
    /// Where the form stood, if not on the page of the issue itself.
    from: Option<String>,
}

async fn act(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
    Form(act): Form<Act>,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let name = format!("{owner}/{repo}");
    let done = github.act(|world| {
        let title = world.issue(&name, number).map(|issue| issue.title.clone());
        match act.what.as_str() {
            "comment" => world
                .comment(&name, number, MAINTAINER, &act.text)
                .map(drop),
            "reopen" => world.reopen(&name, number, MAINTAINER),
            "not_planned" => world.close(&name, number, MAINTAINER, "not_planned"),
            "duplicate" => world.close(&name, number, MAINTAINER, "duplicate"),
            "completed" => world.close(&name, number, MAINTAINER, "completed"),
            "fix" => {
                let title = format!("Fix: {}", title.unwrap_or_default());
                let title: String = title.chars().take(200).collect();
                world.open_pull(&name, MAINTAINER, &title, number).map(drop)
            }
            "merge" => world.merge(&name, number, MAINTAINER),
            _ => Err(crate::world::Refused::NotFound),
        }
    });
    match done {
        Ok(()) => back(
            &act.from
                .unwrap_or_else(|| format!("/{name}/issues/{number}")),
        ),
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, "This cannot be done.").into_response(),
    }
}

#[derive(Deserialize)]
struct NewRelease {
    tag: String,
    prerelease: Option<String>,
}

async fn release(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    headers: HeaderMap,
    Form(new): Form<NewRelease>,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (name, tag) = (format!("{owner}/{repo}"), new.tag.trim());
    if !tag.is_empty() {
        let early = new.prerelease.is_some();
        github.act(|world| world.release(&name, MAINTAINER, tag, "", early));
    }
    back(&format!("/{name}"))
}

#[derive(Deserialize)]
struct Weather {
    down: bool,
    /// Where the form stood.
    from: String,
}

async fn weather(
    State(github): State<GitHub>,
    headers: HeaderMap,
    Form(weather): Form<Weather>,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    github.goes_down(weather.down.then_some(UNAVAILABLE));
    back(&weather.from)
}

#[derive(Deserialize)]
struct Since {
    since: u64,
}

/// Answers with the number of the last change, as soon as it is another than `since`.
async fn live(State(github): State<GitHub>, Query(Since { since }): Query<Since>) -> String {
    let mut changes = github.changes();
    let news = changes.wait_for(|count| *count != since);
    // Nothing new: the page asks again.
    drop(tokio::time::timeout(LISTENING, news).await);
    changes.borrow().to_string()
}

/// Whether a form was sent by a page of ours: another site's would say so in `Origin`.
fn is_own(headers: &HeaderMap) -> bool {
    match (text(headers, &ORIGIN), text(headers, &HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        _ => false,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// To a path of this page, and nowhere else.
fn back(to: &str) -> Response {
    let path = format!("/{}", to.trim_start_matches('/'));
    (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response()
}
