//! A Discord of one guild that answers the handful of requests that catch-up makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::DateTime;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio_util::task::TaskTracker;

use crate::gateway::rest::{Base, Rest, Settings};

/// What is in the guild.
#[derive(Clone, Debug, Default)]
pub(super) struct Guild {
    /// Channels by id, with their kind.
    pub(super) channels: BTreeMap<u64, u64>,
    /// Threads by id.
    pub(super) threads: BTreeMap<u64, Thread>,
    /// Messages that stand in channels: author by (channel, message).
    pub(super) questions: BTreeMap<(u64, u64), u64>,
    /// Members with their roles; others have left.
    pub(super) members: BTreeMap<u64, Vec<u64>>,
    /// A message somebody writes right after the next page of messages was read.
    pub(super) arriving: Option<(u64, u64)>,
    /// A path whose next answer, made already, waits between two meetings at this place.
    pub(super) held_up: Option<(String, Arc<Barrier>)>,
    /// Paths that are answered with this status.
    pub(super) faults: BTreeMap<String, u16>,
    /// Every path asked for.
    pub(super) asked: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) parent: u64,
    pub(super) kind: u64,
    /// When it was archived, in milliseconds.
    pub(super) archived_at: Option<i64>,
    /// Messages: who wrote them.
    pub(super) messages: BTreeMap<u64, u64>,
    /// Messages that were deleted; the last message may be among them.
    pub(super) deleted: BTreeSet<u64>,
}

#[derive(Clone)]
pub(super) struct Discord(Arc<Mutex<Guild>>);

impl Discord {
    pub(super) async fn start(tracker: &TaskTracker) -> (Self, Rest) {
        let discord = Self(Arc::default());
        let routes = Router::new()
            .route("/guilds/1/channels", get(channels))
            .route("/guilds/1/threads/active", get(active))
            .route("/guilds/1/members/{user}", get(member))
            .route("/channels/{channel}", get(channel))
            .route("/channels/{channel}/messages", get(messages))
            .route("/channels/{channel}/messages/{message}", get(message))
            .route("/channels/{channel}/threads/archived/public", get(archived))
            .layer(axum::middleware::from_fn_with_state(discord.clone(), fault))
            .with_state(discord.clone());
        let app = Router::new().nest("/api/v10", routes);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tracker.spawn(async move { axum::serve(listener, app).await });
        let rest = Rest::new(Settings {
            base: Base::parse(&format!("http://{address}")).unwrap(),
            token: SecretString::from("token"),
            about: "https://example.org".into(),
        })
        .unwrap();
        (discord, rest)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Guild> {
        self.0.lock().unwrap()
    }
}

impl Guild {
    pub(super) fn thread_json(&self, id: u64) -> Option<Value> {
        let thread = self.threads.get(&id)?;
        let last = thread.messages.keys().chain(&thread.deleted).max();
        let at = DateTime::from_timestamp_millis(thread.archived_at.unwrap_or(0)).unwrap();
        Some(json!({
            "id": id.to_string(), "type": thread.kind, "guild_id": "1", "name": "a title",
            "parent_id": thread.parent.to_string(),
            "last_message_id": last.map(u64::to_string),
            "thread_metadata": {
                "archived": thread.archived_at.is_some(), "locked": false,
                "archive_timestamp": at.to_rfc3339(),
            },
        }))
    }

    pub(super) fn message_json(channel: u64, id: u64, author: u64) -> Value {
        json!({
            "id": id.to_string(), "channel_id": channel.to_string(), "type": 0,
            "author": {"id": author.to_string(), "bot": author == 99},
        })
    }
}

type World = State<Discord>;
type Words = Query<BTreeMap<String, String>>;

fn unknown(code: u64) -> Response {
    let body = json!({"code": code, "message": "Unknown"});
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

fn found(value: Option<Value>, code: u64) -> Response {
    match value {
        Some(value) => axum::Json(value).into_response(),
        None => unknown(code),
    }
}

async fn fault(
    State(discord): World,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let (status, held_up) = {
        let mut guild = discord.lock();
        guild.asked.push(path.clone());
        let held_up = guild.held_up.take_if(|(held_up, _)| *held_up == path);
        (guild.faults.get(&path).copied(), held_up)
    };
    let answer = match status {
        Some(status) => StatusCode::from_u16(status).unwrap().into_response(),
        None => next.run(request).await,
    };
    if let Some((_, place)) = held_up {
        place.wait().await;
        place.wait().await;
    }
    answer
}

async fn channels(State(discord): World) -> Response {
    let guild = discord.lock();
    let all: Vec<Value> = guild
        .channels
        .iter()
        .map(|(id, kind)| json!({"id": id.to_string(), "type": kind, "guild_id": "1"}))
        .collect();
    axum::Json(all).into_response()
}

async fn active(State(discord): World) -> Response {
    let guild = discord.lock();
    let open = |thread: &Thread| thread.archived_at.is_none();
    let ids = guild.threads.iter().filter(|(_, thread)| open(thread));
    let threads: Vec<_> = ids.filter_map(|(id, _)| guild.thread_json(*id)).collect();
    axum::Json(json!({"threads": threads, "members": [], "has_more": false})).into_response()
}

/// Two threads per page, so that few threads are several pages.
async fn archived(
    State(discord): World,
    Path(channel): Path<u64>,
    Query(words): Words,
) -> Response {
    let guild = discord.lock();
    let before = words.get("before").map_or(i64::MAX, |text| {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    });
    let mut ids: Vec<(i64, u64)> = guild
        .threads
        .iter()
        .filter(|(_, thread)| thread.parent == channel && thread.kind == 11)
        .filter_map(|(id, thread)| Some((thread.archived_at?, *id)))
        .filter(|(at, _)| *at < before)
        .collect();
    ids.sort_unstable();
    ids.reverse();
    let page: Vec<_> = ids
        .iter()
        .take(2)
        .filter_map(|(_, id)| guild.thread_json(*id))
        .collect();
    axum::Json(json!({"threads": page, "members": [], "has_more": ids.len() > 2})).into_response()
}

async fn member(State(discord): World, Path(user): Path<u64>) -> Response {
    let guild = discord.lock();
    let roles = guild.members.get(&user).map(|roles| {
        let roles: Vec<String> = roles.iter().map(u64::to_string).collect();
        json!({"roles": roles})
    });
    found(roles, 10_007)
}

async fn channel(State(discord): World, Path(id): Path<u64>) -> Response {
    let guild = discord.lock();
    let plain = guild
        .channels
        .get(&id)
        .map(|kind| json!({"id": id.to_string(), "type": kind, "guild_id": "1"}));
    found(guild.thread_json(id).or(plain), 10_003)
}

async fn messages(
    State(discord): World,
    Path(channel): Path<u64>,
    Query(words): Words,
) -> Response {
    let mut guild = discord.lock();
    let arriving = guild.arriving.take();
    let Some(thread) = guild.threads.get_mut(&channel) else {
        return unknown(10_003);
    };
    let after: u64 = words["after"].parse().unwrap();
    let limit: usize = words["limit"].parse().unwrap();
    let mut page: Vec<Value> = thread
        .messages
        .range(after + 1..)
        .take(limit)
        .map(|(id, author)| Guild::message_json(channel, *id, *author))
        .collect();
    // As Discord does: the newest of the page first.
    page.reverse();
    thread.messages.extend(arriving);
    axum::Json(page).into_response()
}

async fn message(State(discord): World, Path((channel, id)): Path<(u64, u64)>) -> Response {
    let guild = discord.lock();
    let author = guild.questions.get(&(channel, id)).copied();
    let message = author.map(|author| Guild::message_json(channel, id, author));
    found(message, 10_008)
}
