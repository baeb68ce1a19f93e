//! The REST API.

mod apps;
mod edge;
mod issues;
mod repositories;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::sim::GitHub;

/// Serves the API until the simulation ends.
pub(crate) fn serve(github: &GitHub, listener: TcpListener, stop: CancellationToken) {
    let app = router(&github.servant());
    github.tasks().spawn(async move {
        let served = axum::serve(listener, app)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the simulated GitHub stopped");
        }
    });
}

fn router(github: &GitHub) -> Router {
    let api = Router::new()
        .route("/app", get(apps::app))
        .route(
            "/app/installations/{installation}/access_tokens",
            post(apps::access_token),
        )
        .route("/installation/repositories", get(apps::repositories))
        .route("/rate_limit", get(apps::rate_limit))
        .route("/user", get(apps::user))
        .route("/search/issues", get(issues::search))
        .route("/repos/{owner}/{repo}", get(repositories::repository))
        .route(
            "/repos/{owner}/{repo}/installation",
            get(apps::installation),
        )
        .route("/repos/{owner}/{repo}/labels", get(repositories::labels))
        .route(
            "/repos/{owner}/{repo}/releases",
            get(repositories::releases),
        )
        .route(
            "/repos/{owner}/{repo}/contents/{*path}",
            get(repositories::contents),
        )
        .route(
            "/repos/{owner}/{repo}/compare/{range}",
            get(repositories::compare),
        )
        .route(
            "/repos/{owner}/{repo}/issues",
            get(issues::list).post(issues::create),
        )
        .route(
            "/repos/{owner}/{repo}/issues/{number}",
            get(issues::issue).patch(issues::update),
        )
        .route(
            "/repos/{owner}/{repo}/issues/{number}/comments",
            get(issues::comments).post(issues::comment),
        )
        .route(
            "/repos/{owner}/{repo}/issues/comments/{comment}",
            axum::routing::patch(issues::update_comment).delete(issues::delete_comment),
        )
        .route(
            "/repos/{owner}/{repo}/issues/{number}/timeline",
            get(issues::timeline),
        )
        .route("/repositories/{id}", get(repositories::by_id))
        .route(
            "/repositories/{id}/issues/{number}",
            get(issues::issue_by_id),
        )
        .fallback(edge::unknown_route)
        .method_not_allowed_fallback(edge::unknown_route)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(github.clone(), edge::edge))
        .with_state(github.clone());
    #[cfg(feature = "page")]
    let api = api.merge(crate::page::routes(github.clone()));
    api
}
