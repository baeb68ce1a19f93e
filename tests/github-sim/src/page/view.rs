//! The page's HTML. Every text in it is escaped where it enters.

use std::fmt::Write as _;

use axum::response::Html;
use chrono::{DateTime, Utc};

use super::markdown::{self, escape};
use crate::sim::{GitHub, Notes};
use crate::world::{Deed, Issue, Release, Repository, User, World};

/// Repositories, or one of them.
pub(super) fn front(github: &GitHub, only: Option<&str>) -> Html<String> {
    let mut body = String::new();
    let notes = github.notes();
    github.read(|world| {
        for repository in world.repositories() {
            if only.is_none_or(|name| repository.full_name.eq_ignore_ascii_case(name)) {
                body.push_str(&place(world, repository, &notes.hint));
            }
        }
    });
    let path = only.map_or_else(|| "/".to_owned(), |name| format!("/{name}"));
    page(github, "Repositories", &path, &body)
}

/// One issue or pull request, if it is there.
pub(super) fn issue(github: &GitHub, repository: &str, number: u64) -> Option<Html<String>> {
    let notes = github.notes();
    let (title, body) = github.read(|world| {
        let place = world.repository(repository)?;
        let issue = world.issue(repository, number)?;
        Some((issue.title.clone(), thread(world, place, issue, &notes)))
    })?;
    let path = format!("/{repository}/issues/{number}");
    Some(page(github, &format!("{title} · #{number}"), &path, &body))
}

fn page(github: &GitHub, title: &str, path: &str, body: &str) -> Html<String> {
    let away = github.notes().link.map_or_else(String::new, |(name, url)| {
        let (name, url) = (escape(&name), escape(&url));
        format!("<a class=away href=\"{url}\">{name} ↗</a>")
    });
    let seen = *github.changes().borrow();
    let from = escape(path);
    let switch = |down: bool, words: &str| {
        let id = if down { "down" } else { "up" };
        format!(
            "<form method=post action=/weather><input type=hidden name=down value={down}>\
             <input type=hidden name=from value=\"{from}\"><button id={id}>{words}</button></form>"
        )
    };
    let (outage, weather) = if github.faults().outage().is_some() {
        let words = "<b>The API is down.</b> Whoever calls it gets an error.";
        let up = switch(false, "Bring it back");
        (
            format!("<div class=down role=status>{words} {up}</div>"),
            String::new(),
        )
    } else {
        let words = "<span>The API answers. To see what your bot does when it does not:</span>";
        (
            String::new(),
            format!("{words} {}", switch(true, "Take it down")),
        )
    };
    let title = escape(title);
    Html(format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <meta name=color-scheme content=\"light dark\"><title>{title}</title>\
         <link rel=icon href=/page.svg type=image/svg+xml><link rel=stylesheet href=/page.css>\
         <script type=module src=/page.js></script></head><body data-seen={seen}>\
         <header class=bar><a class=brand href=/>GitHub</a><small>simulated, on this machine</small>{away}</header>\
         <main>{outage}{body}<footer class=fine>{weather}</footer></main></body></html>"
    ))
}

fn place(world: &World, repository: &Repository, hint: &str) -> String {
    let name = escape(&repository.full_name);
    let there = || {
        let issues = repository.issues.values().rev();
        issues.filter(|issue| issue.moved.is_none())
    };
    let list = |pulls: bool| -> Vec<String> {
        let of_kind = there().filter(|issue| issue.pull.is_some() == pulls);
        of_kind
            .map(|issue| line(world, repository, issue))
            .collect()
    };
    let (issues, pulls) = (list(false), list(true));
    let mut html = format!("<h1><a href=\"/{name}\">{name}</a></h1>");
    html.push_str(&section("Issues", &issues, hint));
    if !pulls.is_empty() {
        html.push_str(&section("Pull requests", &pulls, ""));
    }
    let releases: Vec<String> = repository.releases.iter().rev().map(release).collect();
    html.push_str(&section("Releases", &releases, "Nothing is published yet."));
    let next = escape(&next_tag(&repository.releases));
    // Writing to a String cannot fail.
    write!(
        html,
        "<form class=acts method=post action=\"/{name}/release\">\
         <input type=text id=\"tag-{name}\" name=tag aria-label=Tag value=\"{next}\" required>\
         <label><input type=checkbox name=prerelease> Pre-release</label>\
         <button class=go id=\"publish-{name}\">Publish release</button></form>"
    )
    .unwrap_or_default();
    html
}

fn section(title: &str, rows: &[String], empty: &str) -> String {
    let count = rows.len();
    let inside = if rows.is_empty() {
        format!("<p class=empty>{}</p>", escape(empty))
    } else {
        format!("<ul>{}</ul>", rows.concat())
    };
    format!("<h2>{title} <span class=count>{count}</span></h2><div class=box>{inside}</div>")
}

fn line(world: &World, repository: &Repository, issue: &Issue) -> String {
    let (name, number) = (escape(&repository.full_name), issue.number);
    let (kind, state) = (kind(issue), state(issue));
    let (standing, title) = (state.words(), escape(&issue.title));
    let comments = match issue.comments.len() {
        0 => String::new(),
        1 => " · 1 comment".to_owned(),
        n => format!(" · {n} comments"),
    };
    let class = state.class();
    format!(
        "<li><span class=\"dot {class}\" role=img aria-label=\"{standing}\"></span><div class=row>\
         <a href=\"/{name}/{kind}/{number}\">{title}</a> {}<div class=fine>#{number} {standing} · opened by {} \
         {}{comments}</div></div></li>",
        labels(issue),
        author(world, &issue.author),
        time(issue.created_at),
    )
}

fn release(release: &Release) -> String {
    let early = if release.prerelease {
        " <span class=label>Pre-release</span>"
    } else {
        ""
    };
    format!(
        "<li><div class=row><b>{}</b>{early} <span class=fine>{}</span></div></li>",
        escape(&release.tag),
        time(release.published_at)
    )
}

/// The last release's tag with its last number one higher.
fn next_tag(releases: &[Release]) -> String {
    let last = releases.iter().rfind(|release| !release.prerelease);
    let Some(last) = last else {
        return "v1.0.0".to_owned();
    };
    let stem = last.tag.trim_end_matches(|one: char| one.is_ascii_digit());
    let number = last.tag.strip_prefix(stem).unwrap_or_default();
    match number.parse::<u64>().ok().and_then(|it| it.checked_add(1)) {
        Some(number) => format!("{stem}{number}"),
        None => format!("{}.1", last.tag),
    }
}

fn thread(world: &World, repository: &Repository, issue: &Issue, notes: &Notes) -> String {
    let (name, number) = (escape(&repository.full_name), issue.number);
    let state = state(issue);
    let mut html = format!(
        "<p class=fine><a href=\"/{name}\">{name}</a></p><h1>{} <small>#{number}</small></h1>\
         <p><span class=\"state {}\">{}</span> {}</p>",
        escape(&issue.title),
        state.class(),
        state.words(),
        labels(issue),
    );
    let said = |by: &str, at, text: &str| said(world, by, at, &notes.leads(&markdown::html(text)));
    html.push_str(&said(&issue.author, issue.created_at, &issue.body));
    // What was said and done, in the order in which it was.
    let comments = issue.comments.iter().map(|comment| {
        let html = said(&comment.author, comment.created_at, &comment.body);
        (comment.created_at, html)
    });
    let mentions = issue.mentions.iter();
    let here = format!("/{}/issues/{number}", repository.full_name);
    let mentions =
        mentions.map(|(place, pull, at)| (*at, mention(world, place, *pull, *at, &here)));
    let done = issue.deeds.iter().map(|done| {
        let (by, what) = (author(world, &done.by), deed(&done.deed));
        (done.at, event(&format!("{by} {what}"), done.at))
    });
    let mut told: Vec<(DateTime<Utc>, String)> = comments.chain(mentions).chain(done).collect();
    told.sort_by_key(|(at, _)| *at);
    html.extend(told.into_iter().map(|(_, html)| html));
    html.push_str(&acts(&name, issue));
    html
}

fn acts(name: &str, issue: &Issue) -> String {
    let number = issue.number;
    let button = |what: &str, class: &str, words: &str| {
        format!("<button id={what} name=what value={what} class=\"{class}\">{words}</button>")
    };
    let buttons = match (&issue.pull, &issue.closed) {
        (Some(pull), _) if pull.merged_at.is_some() => String::new(),
        (Some(_), _) => button("merge", "go", "Merge"),
        (None, Some(_)) => button("reopen", "", "Reopen"),
        (None, None) => {
            button("completed", "", "Close as completed")
                + &button("not_planned", "", "Close as not planned")
                + &button("duplicate", "", "Close as duplicate")
                + &button("fix", "go", "Open a fix")
        }
    };
    let form = |class: &str, inside: &str| {
        format!(
            "<form class=\"{class}\" method=post action=\"/{name}/issues/{number}/act\">{inside}</form>"
        )
    };
    let comment = format!(
        "<textarea id=text name=text aria-label=\"Comment\" placeholder=\"Comment, as Markdown\" \
         maxlength=65536 required></textarea>{}",
        button("comment", "go", "Comment")
    );
    form("acts", &buttons) + &form("acts", &comment)
}

/// A pull request that fixes the issue shown `here`.
fn mention(world: &World, place: &str, pull: u64, at: DateTime<Utc>, here: &str) -> String {
    let known = world.issue(place, pull);
    let title = escape(known.map_or("a pull request", |known| &known.title));
    let merged = known
        .and_then(|known| known.pull)
        .is_some_and(|pull| pull.merged_at.is_some());
    let place = escape(place);
    let merge = if merged {
        " <span class=\"state merged\">Merged</span>".to_owned()
    } else {
        format!(
            "<form method=post action=\"/{place}/issues/{pull}/act\">\
             <input type=hidden name=from value=\"{}\"><button id=merge-{pull} name=what value=merge class=go>Merge</button></form>",
            escape(here)
        )
    };
    event(
        &format!("<a href=\"/{place}/pull/{pull}\">{title} #{pull}</a> fixes this{merge}"),
        at,
    )
}

/// What somebody did, in HTML.
fn deed(deed: &Deed) -> String {
    match deed {
        Deed::Closed(reason) => format!("closed this: {}", State::of(reason).words()),
        Deed::Reopened => "reopened this".to_owned(),
        Deed::Renamed { from, to } => {
            format!("changed the title <s>{}</s> {}", escape(from), escape(to))
        }
        Deed::Labelled(label) => {
            format!("added the label <span class=label>{}</span>", escape(label))
        }
        Deed::Transferred { from } => format!("brought this here from {}", escape(from)),
    }
}

/// Something that was done, in HTML.
fn event(html: &str, at: DateTime<Utc>) -> String {
    format!("<div class=event>{html} · {}</div>", time(at))
}

/// What somebody said, in HTML.
fn said(world: &World, by: &str, at: DateTime<Utc>, html: &str) -> String {
    format!(
        "<article class=\"said box\"><header><b>{}</b> {}</header><div class=markdown>{html}</div></article>",
        author(world, by),
        time(at),
    )
}

fn author(world: &World, login: &str) -> String {
    let bot = world.user(login).is_some_and(|User { bot, .. }| *bot);
    let mark = if bot {
        " <span class=label>bot</span>"
    } else {
        ""
    };
    format!("{}{mark}", escape(login.trim_end_matches("[bot]")))
}

fn labels(issue: &Issue) -> String {
    let labels = issue.labels.iter();
    let labels = labels.map(|label| format!("<span class=label>{}</span> ", escape(label)));
    labels.collect()
}

/// In UTC; the page's script tells it in the reader's own time.
fn time(at: DateTime<Utc>) -> String {
    format!(
        "<time datetime=\"{}\">{}</time>",
        at.format("%Y-%m-%dT%H:%M:%SZ"),
        at.format("%-d %b %Y, %H:%M UTC")
    )
}

fn kind(issue: &Issue) -> &'static str {
    match issue.pull {
        Some(_) => "pull",
        None => "issues",
    }
}

/// How an issue stands.
#[derive(Clone, Copy)]
enum State {
    Open,
    Merged,
    Completed,
    NotPlanned,
    Duplicate,
}

fn state(issue: &Issue) -> State {
    match (&issue.closed, issue.pull) {
        (_, Some(pull)) if pull.merged_at.is_some() => State::Merged,
        (None, _) => State::Open,
        (Some(closed), _) => State::of(closed.reason),
    }
}

impl State {
    /// As what something was closed.
    fn of(reason: &str) -> Self {
        match reason {
            "not_planned" => Self::NotPlanned,
            "duplicate" => Self::Duplicate,
            _ => Self::Completed,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Completed => "completed",
            Self::NotPlanned => "not_planned",
            Self::Duplicate => "duplicate",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Completed => "completed",
            Self::NotPlanned => "not planned",
            Self::Duplicate => "duplicate",
        }
    }
}
