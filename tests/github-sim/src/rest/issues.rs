//! Issues, comments, what happened around them, and search.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::edge::{No, caller};
use super::repositories::{Page, enter, moved_to, name_of};
use crate::sim::GitHub;
use crate::world::{Issue, Listing, Moved, Permission, Refused, Sort, put};

const READ: Option<(&str, Permission)> = Some(("issues", Permission::Read));
const WRITE: Option<(&str, Permission)> = Some(("issues", Permission::Write));

#[derive(Deserialize)]
pub(super) struct Wanted {
    state: Option<String>,
    since: Option<DateTime<Utc>>,
    creator: Option<String>,
    sort: Option<String>,
    direction: Option<String>,
    #[serde(flatten)]
    page: PageText,
}

/// A page whose numbers come as text, because that is what a flattened query holds.
#[derive(Deserialize)]
struct PageText {
    per_page: Option<String>,
    page: Option<String>,
}

impl PageText {
    fn of<T>(&self, all: Vec<T>) -> Vec<T> {
        let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let size: usize = number(&self.per_page).unwrap_or(30).min(100);
        let page: usize = number(&self.page).unwrap_or(1).max(1);
        all.into_iter().skip((page - 1) * size).take(size).collect()
    }
}

pub(super) async fn list(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, _) = enter(&github, &headers, (&owner, &repo), READ)?;
    let listing = Listing {
        state: wanted.state.unwrap_or_else(|| "open".to_owned()),
        since: wanted.since,
        creator: wanted.creator,
        sort: match wanted.sort.as_deref() {
            Some("updated") => Sort::Updated,
            _ => Sort::Created,
        },
        ascending: wanted.direction.as_deref() == Some("asc"),
    };
    let issues = github.read(|world| {
        let found = wanted.page.of(world.list(&name, &listing));
        found
            .into_iter()
            .map(|issue| world.issue_json(&name, issue))
            .collect()
    });
    Ok(Json(Value::Array(issues)))
}

#[derive(Deserialize)]
pub(super) struct New {
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    labels: Vec<String>,
}

pub(super) async fn create(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    headers: HeaderMap,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), WRITE)?;
    let number = github
        .act(|world| world.open_issue(&name, &access.login, &new.title, &new.body, &new.labels))?;
    let made = github.read(|world| world.issue_payload(&name, number));
    Ok((StatusCode::CREATED, Json(made)))
}

/// What answers for an issue that is not there.
fn elsewhere(github: &GitHub, name: &str, number: u64) -> No {
    let moved = github.read(|world| {
        let issue = world.repository(name)?.issues.get(&number)?;
        match issue.moved.as_ref()? {
            Moved::Deleted => Some(No::new(StatusCode::GONE, "This issue was deleted")),
            Moved::To(place, number) => {
                let id = world.repository(place)?.id;
                Some(moved_to(&format!("/repositories/{id}/issues/{number}")))
            }
        }
    });
    moved.unwrap_or_else(No::not_found)
}

pub(super) async fn issue(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, _) = enter(&github, &headers, (&owner, &repo), READ)
        .map_err(|no| deeper(no, &format!("/issues/{number}")))?;
    let found = github.read(|world| world.issue_payload(&name, number));
    if found.is_null() {
        return Err(elsewhere(&github, &name, number));
    }
    Ok(Json(found))
}

pub(super) async fn issue_by_id(
    github: State<GitHub>,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (owner, repo) = name_of(&github, &id)?;
    issue(github, Path((owner, repo, number)), headers).await
}

/// Where a renamed repository's issue is.
fn deeper(mut no: No, rest: &str) -> No {
    if no.0 == StatusCode::MOVED_PERMANENTLY
        && let Some(url) = no.1.get("url").and_then(Value::as_str)
    {
        let url = json!(format!("{url}{rest}"));
        put(&mut no.1, "url", url);
    }
    no
}

#[derive(Deserialize)]
pub(super) struct Change {
    state: Option<String>,
    state_reason: Option<String>,
}

pub(super) async fn update(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
    Json(change): Json<Change>,
) -> Result<Json<Value>, No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), WRITE)?;
    let login = access.login;
    github.act(|world| match change.state.as_deref() {
        Some("closed") => {
            let reason = match change.state_reason.as_deref() {
                Some("not_planned") => "not_planned",
                Some("duplicate") => "duplicate",
                _ => "completed",
            };
            world.close(&name, number, &login, reason)
        }
        Some(_) => world.reopen(&name, number, &login),
        None => Ok(()),
    })?;
    Ok(Json(
        github.read(|world| world.issue_payload(&name, number)),
    ))
}

#[derive(Deserialize)]
pub(super) struct Since {
    since: Option<DateTime<Utc>>,
    #[serde(flatten)]
    page: PageText,
}

pub(super) async fn comments(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    Query(wanted): Query<Since>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, _) = enter(&github, &headers, (&owner, &repo), READ)?;
    github.read(|world| {
        let issue = world.issue(&name, number).ok_or_else(No::not_found)?;
        let new = |at: DateTime<Utc>| wanted.since.is_none_or(|since| at >= since);
        let all = issue
            .comments
            .iter()
            .filter(|comment| new(comment.updated_at));
        let shown = wanted.page.of(all.collect());
        let shown = shown
            .into_iter()
            .map(|comment| world.render_comment(&name, number, comment));
        Ok(Json(Value::Array(shown.collect())))
    })
}

#[derive(Deserialize)]
pub(super) struct Words {
    body: String,
}

pub(super) async fn comment(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
    Json(words): Json<Words>,
) -> Result<(StatusCode, Json<Value>), No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), WRITE)?;
    let made = github.act(|world| world.comment(&name, number, &access.login, &words.body));
    match made {
        Ok(id) => {
            let made = github.read(|world| world.comment_json(&name, number, id));
            Ok((StatusCode::CREATED, Json(made)))
        }
        Err(Refused::NotFound) => Err(elsewhere(&github, &name, number)),
        Err(refused) => Err(refused.into()),
    }
}

pub(super) async fn update_comment(
    State(github): State<GitHub>,
    Path((owner, repo, comment)): Path<(String, String, u64)>,
    headers: HeaderMap,
    Json(words): Json<Words>,
) -> Result<Json<Value>, No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), WRITE)?;
    github.act(|world| world.edit_comment(&name, comment, &access.login, &words.body))?;
    Ok(Json(github.read(|world| {
        let place = world.repository(&name);
        let issues = place.into_iter().flat_map(|place| place.issues.values());
        let said = |issue: &&Issue| issue.comments.iter().any(|known| known.id == comment);
        let number = issues.into_iter().find(said).map(|issue| issue.number);
        number.map_or(Value::Null, |number| {
            world.comment_json(&name, number, comment)
        })
    })))
}

pub(super) async fn delete_comment(
    State(github): State<GitHub>,
    Path((owner, repo, comment)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<StatusCode, No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), WRITE)?;
    github.act(|world| world.delete_comment(&name, comment, &access.login))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn timeline(
    State(github): State<GitHub>,
    Path((owner, repo, number)): Path<(String, String, u64)>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, _) = enter(&github, &headers, (&owner, &repo), READ)?;
    github.read(|world| {
        let issue = world.issue(&name, number).ok_or_else(No::not_found)?;
        Ok(Json(Value::Array(
            page.of(world.timeline_json(&name, issue)),
        )))
    })
}

#[derive(Deserialize)]
pub(super) struct Search {
    q: String,
    per_page: Option<usize>,
}

pub(super) async fn search(
    State(github): State<GitHub>,
    Query(search): Query<Search>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let access = caller(&github, &headers)?;
    // Source: GitHub's docs, "Search": 256 characters, five operators.
    if search.q.chars().count() > 256 || search.q.matches(" OR ").count() > 5 {
        return Err(Refused::Invalid("The search is longer than 256 characters or has more than five AND / OR / NOT operators.").into());
    }
    github.read(|world| {
        let mut found = world.search(&search.q);
        found.retain(|(repository, _)| access.reaches(repository));
        let total = found.len();
        found.truncate(search.per_page.unwrap_or(30).min(100));
        let items: Vec<Value> = found
            .into_iter()
            .map(|(repository, issue)| {
                let mut item = world.issue_json(&repository, issue);
                put(&mut item, "score", json!(1.0));
                item
            })
            .collect();
        Ok(Json(json!({
            "total_count": total, "incomplete_results": false, "search_type": "lexical",
            "items": items,
        })))
    })
}
