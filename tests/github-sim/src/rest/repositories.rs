//! Repositories, their labels and releases.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::edge::{No, caller};
use crate::sim::GitHub;
use crate::world::{Access, Permission};

/// Which part of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    per_page: Option<usize>,
    page: Option<usize>,
}

impl Page {
    pub(super) fn of<T>(&self, all: Vec<T>) -> Vec<T> {
        let size = self.per_page.unwrap_or(30).min(100);
        let page = self.page.unwrap_or(1).max(1);
        all.into_iter().skip((page - 1) * size).take(size).collect()
    }
}

/// A repository that the caller may use in this way: its name as it is now.
pub(super) fn enter(
    github: &GitHub,
    headers: &HeaderMap,
    (owner, repo): (&str, &str),
    needs: Option<(&str, Permission)>,
) -> Result<(String, Access), No> {
    let access = caller(github, headers)?;
    let asked = format!("{owner}/{repo}");
    let (name, moved) = github.read(|world| match world.repository(&asked) {
        Some(known) => (Some(known.full_name.clone()), None),
        None => (None, world.former(&asked).map(|known| known.id)),
    });
    if let Some(id) = moved {
        return Err(moved_to(&format!("/repositories/{id}")));
    }
    let name = name
        .filter(|name| access.reaches(name))
        .ok_or_else(No::not_found)?;
    if let Some((kind, least)) = needs
        && access.may(kind).is_none_or(|granted| granted < least)
    {
        return Err(No::new(
            StatusCode::FORBIDDEN,
            "Resource not accessible by integration",
        ));
    }
    Ok((name, access))
}

pub(super) fn moved_to(path: &str) -> No {
    No(
        StatusCode::MOVED_PERMANENTLY,
        json!({
            "message": "Moved Permanently", "url": format!("https://api.github.com{path}"),
            "documentation_url": "https://docs.github.com/rest",
        }),
    )
}

pub(super) async fn repository(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, access) = enter(&github, &headers, (&owner, &repo), None)?;
    Ok(Json(
        github.read(|world| world.repository_for(&name, &access)),
    ))
}

pub(super) async fn labels(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let (name, _) = enter(&github, &headers, (&owner, &repo), None)?;
    let labels: Vec<Value> = github.read(|world| {
        let labels = world.repository(&name).map(|known| &known.labels);
        let names = labels.into_iter().flat_map(|labels| labels.keys());
        names.map(|label| world.label_json(&name, label)).collect()
    });
    Ok(Json(Value::Array(page.of(labels))))
}

pub(super) async fn releases(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let contents = Some(("contents", Permission::Read));
    let (name, _) = enter(&github, &headers, (&owner, &repo), contents)?;
    let releases: Vec<Value> = github.read(|world| {
        let known = world.repository(&name).map(|known| &known.releases);
        let newest = known.into_iter().flatten().rev();
        newest
            .map(|release| world.release_json(&name, release, &owner))
            .collect()
    });
    Ok(Json(Value::Array(page.of(releases))))
}

/// A file with what is in it, or the list of a folder.
pub(super) async fn contents(
    State(github): State<GitHub>,
    Path((owner, repo, path)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let needs = Some(("contents", Permission::Read));
    let (name, _) = enter(&github, &headers, (&owner, &repo), needs)?;
    github.read(|world| {
        let files = &world.repository(&name).ok_or_else(No::not_found)?.files;
        let entry = |path: &str, text: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            json!({"type": "file", "name": name, "path": path, "size": text.len()})
        };
        if let Some(text) = files.get(&path) {
            let mut file = entry(&path, text);
            crate::world::put(&mut file, "encoding", json!("base64"));
            crate::world::put(&mut file, "content", json!(BASE64_STANDARD.encode(text)));
            return Ok(Json(file));
        }
        let folder = format!("{path}/");
        let inside = files.iter().filter(|(path, _)| path.starts_with(&folder));
        let list: Vec<Value> = inside.map(|(path, text)| entry(path, text)).collect();
        if list.is_empty() {
            return Err(No::not_found());
        }
        Ok(Json(Value::Array(list)))
    })
}

/// Whether a release has a merge: `commit...tag`, and nothing else is compared here.
pub(super) async fn compare(
    State(github): State<GitHub>,
    Path((owner, repo, range)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let contents = Some(("contents", Permission::Read));
    let (name, _) = enter(&github, &headers, (&owner, &repo), contents)?;
    let (commit, tag) = range.split_once("...").ok_or_else(No::not_found)?;
    let status = github.read(|world| {
        let known = world.repository(&name)?;
        let release = known.releases.iter().find(|release| release.tag == tag)?;
        let there = known.commits.iter().any(|known| known == commit);
        let has = release.commits.iter().any(|known| known == commit);
        there.then_some(if has { "ahead" } else { "diverged" })
    });
    let status = status.ok_or_else(No::not_found)?;
    Ok(Json(json!({
        "status": status, "ahead_by": 1, "behind_by": 0, "total_commits": 1, "commits": [],
    })))
}

/// The name that a repository's number stands for now.
pub(super) fn name_of(github: &GitHub, id: &str) -> Result<(String, String), No> {
    let name = github.read(|world| {
        let known = world.repositories().iter();
        let mut named = known.filter(|known| known.id.to_string() == id);
        named.next().map(|known| known.full_name.clone())
    });
    let name = name.ok_or_else(No::not_found)?;
    let (owner, repo) = name.split_once('/').ok_or_else(No::not_found)?;
    Ok((owner.to_owned(), repo.to_owned()))
}

pub(super) async fn by_id(
    github: State<GitHub>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let name = name_of(&github, &id)?;
    repository(github, Path(name), headers).await
}
