//! Who calls: Apps, installations, limits.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::edge::{No, bearer, caller};
use crate::limits::Resource;
use crate::sim::GitHub;

fn unsigned() -> No {
    No::new(
        StatusCode::UNAUTHORIZED,
        "A JSON web token could not be decoded",
    )
}

pub(super) async fn app(
    State(github): State<GitHub>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let token = bearer(&headers).unwrap_or_default();
    let app = github.read(|world| world.app_json(token));
    app.map(Json).ok_or_else(unsigned)
}

pub(super) async fn installation(
    State(github): State<GitHub>,
    Path((owner, repo)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let token = bearer(&headers).unwrap_or_default();
    github.read(|world| {
        if !world.is_signed(token) {
            return Err(unsigned());
        }
        let installation = world.installation_json(token, &format!("{owner}/{repo}"));
        installation.map(Json).ok_or_else(No::not_found)
    })
}

pub(super) async fn access_token(
    State(github): State<GitHub>,
    Path(installation): Path<u64>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Value>), No> {
    let token = bearer(&headers).unwrap_or_default();
    if !github.read(|world| world.is_signed(token)) {
        return Err(unsigned());
    }
    let issued = github.act(|world| world.issue_token(installation));
    let (token, expires_at) = issued.ok_or_else(No::not_found)?;
    let permissions = github.read(|world| world.permissions_json(installation));
    let body = json!({
        "token": token,
        "expires_at": expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "permissions": permissions,
        "repository_selection": "selected",
    });
    Ok((StatusCode::CREATED, Json(body)))
}

pub(super) async fn repositories(
    State(github): State<GitHub>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let access = caller(&github, &headers)?;
    if !access.installation {
        return Err(No::new(
            StatusCode::FORBIDDEN,
            "You must authenticate with an installation access token",
        ));
    }
    let repositories: Vec<Value> = github.read(|world| {
        let all = access.repositories.iter();
        all.map(|name| world.repository_for(name, &access))
            .collect()
    });
    Ok(Json(json!({
        "total_count": repositories.len(),
        "repository_selection": "selected",
        "repositories": repositories,
    })))
}

pub(super) async fn user(
    State(github): State<GitHub>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let access = caller(&github, &headers)?;
    github.read(|world| {
        if world.app_slug(&access).is_some() {
            return Err(No::new(
                StatusCode::FORBIDDEN,
                "Resource not accessible by integration",
            ));
        }
        Ok(Json(world.profile_json(&access.login)))
    })
}

pub(super) async fn rate_limit(
    State(github): State<GitHub>,
    headers: HeaderMap,
) -> Result<Json<Value>, No> {
    let access = caller(&github, &headers)?;
    let now = github.read(crate::world::World::now);
    let mut limiter = github.limiter();
    let mut shown = |resource| {
        let standing = limiter.standing(&access.login, resource, now);
        json!({
            "limit": standing.limit, "used": standing.used, "remaining": standing.remaining(),
            "reset": standing.reset_at.timestamp(),
        })
    };
    let (core, search) = (shown(Resource::Core), shown(Resource::Search));
    Ok(Json(
        json!({"resources": {"core": core, "search": search}, "rate": core}),
    ))
}
