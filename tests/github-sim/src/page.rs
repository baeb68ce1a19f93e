//! A plain page for people: what there is, and what a maintainer does with it.
//!
//! `/` lists repositories and issues, `/owner/name/issues/1` shows one; forms close, reopen and
//! comment it and publish a release. Served to this machine only, and forms are taken from the page's own
//! origin only.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::header::{HOST, LOCATION, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::sim::GitHub;
use crate::world::{Issue, Repository};

/// Who acts on the page.
const MAINTAINER: &str = "maintainer";

const STYLE: &str = "<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
pre{white-space:pre-wrap;background:#f3f3f3;padding:1rem;border-radius:.5rem}
form{display:inline-block;margin:.3rem .6rem .3rem 0}.open{color:#1a7f37}.closed{color:#8250df}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}pre{background:#222}a{color:#8ab4f8}}</style>";

pub(crate) fn routes(github: GitHub) -> Router<()> {
    Router::new()
        .route("/", get(front))
        .route("/{owner}/{repo}/issues/{number}", get(issue))
        .route("/{owner}/{repo}/issues/{number}/act", post(act))
        .route("/{owner}/{repo}/release", post(release))
        .with_state(github)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn page(title: &str, body: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title>{STYLE}<h1>{title}</h1>{body}<p><a href=/>All repositories</a>. \
         This GitHub is simulated.</p></html>"
    ))
}

fn line(repository: &Repository, issue: &Issue) -> String {
    let (name, number) = (&repository.full_name, issue.number);
    let state = if issue.closed.is_some() {
        "closed"
    } else {
        "open"
    };
    format!(
        "<li><span class={state}>{state}</span> <a href=\"/{name}/issues/{number}\">#{number} {}</a></li>",
        escape(&issue.title)
    )
}

async fn front(State(github): State<GitHub>) -> Html<String> {
    let mut body = String::new();
    github.read(|world| {
        for repository in world.repositories() {
            let name = escape(&repository.full_name);
            let issues = repository.issues.values();
            let there = issues.filter(|issue| issue.moved.is_none());
            let lines: String = there.map(|issue| line(repository, issue)).collect();
            let releases: Vec<&str> = repository
                .releases
                .iter()
                .map(|release| release.tag.as_str())
                .collect();
            write!(
                body,
                "<h2>{name}</h2><ul>{lines}</ul><p>Releases: {}</p>\
                 <form method=post action=\"/{name}/release\"><input name=tag placeholder=v1.4 required> \
                 <button>Publish release</button></form>",
                escape(&if releases.is_empty() { "none".to_owned() } else { releases.join(", ") })
            )
            .unwrap_or_default();
        }
    });
    page("Repositories", &body)
}

async fn issue(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
) -> Response {
    let name = format!("{owner}/{repo}");
    let shown = github.read(|world| {
        let issue = world.issue(&name, number)?;
        let mut comments = String::new();
        for comment in &issue.comments {
            let (author, body) = (escape(&comment.author), escape(&comment.body));
            write!(comments, "<h3>{author}</h3><pre>{body}</pre>").unwrap_or_default();
        }
        let state = match &issue.closed {
            Some(closed) => format!("closed as {}", closed.reason),
            None => "open".to_owned(),
        };
        let button = |what: &str, label: &str| {
            format!("<form method=post action=\"{number}/act\"><input type=hidden name=what value={what}><button>{label}</button></form>")
        };
        let buttons = if issue.closed.is_some() {
            button("reopen", "Reopen")
        } else {
            button("completed", "Close as completed")
                + &button("not_planned", "Close as not planned")
                + &button("duplicate", "Close as duplicate")
        };
        let body = format!(
            "<p>{state}, labels: {}</p><pre>{}</pre>{comments}{buttons}\
             <form method=post action=\"{number}/act\"><input type=hidden name=what value=comment>\
             <input name=text placeholder=Comment required> <button>Comment</button></form>",
            escape(&issue.labels.join(", ")),
            escape(&issue.body)
        );
        Some(page(&format!("{name}#{number} {}", issue.title), &body))
    });
    shown.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        IntoResponse::into_response,
    )
}

#[derive(Deserialize)]
struct Act {
    what: String,
    #[serde(default)]
    text: String,
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
    let done = github.act(|world| match act.what.as_str() {
        "reopen" => world.reopen(&name, number, MAINTAINER),
        "not_planned" => world.close(&name, number, MAINTAINER, "not_planned"),
        "duplicate" => world.close(&name, number, MAINTAINER, "duplicate"),
        "completed" => world.close(&name, number, MAINTAINER, "completed"),
        _ => world
            .comment(&name, number, MAINTAINER, &act.text)
            .map(drop),
    });
    match done {
        Ok(()) => back(&format!("/{name}/issues/{number}")),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct NewRelease {
    tag: String,
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
    let name = format!("{owner}/{repo}");
    github.act(|world| world.release(&name, MAINTAINER, &new.tag, "", false));
    back("/")
}

/// Whether a form was sent by a page of ours: another site's would say so in `Origin`.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        _ => false,
    }
}

fn back(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to.to_owned())]).into_response()
}
