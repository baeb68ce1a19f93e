//! What is asked of us over HTTP: webhooks, and the files of issues.
//!
//! ```text
//! POST /github/webhook ─> signature over the bytes as they came ─> which issues? ─> ledger ─> 202
//! GET  /files/KEY      ─> store ─> portion by portion
//! ```
//!
//! * Nothing is parsed before its signature was found right, in constant time.
//! * A webhook is answered when it is written down that its issues are to be read again; what
//!   happened is then read from GitHub itself ([`crate::github::reader`]). So one that comes twice, late
//!   or out of order does no harm, and one that lies says nothing.
//! * A file is there for whoever knows its address: a word of 128 random bits, which stands in the issue.
//!   What is in it is text from people, so it is kept from doing anything where it is shown.
//! * Whoever may reach us can send anything: each answer is a plain status, and no text of the
//!   sender's is shown anywhere.

mod files;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ledger::LedgerHandle;
use crate::store::Store;

/// The largest webhook that is taken. GitHub's own limit is 25 MB, for events that we are not told of: the
/// texts of an issue and of its comment have 65,536 characters each, those of a release twice as many.
const LARGEST_WEBHOOK: usize = 4 << 20;

/// How long a webhook may take to arrive. GitHub itself waits for ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many webhooks are taken at the same time.
const PLACES: usize = 16;

/// What is served.
#[derive(Clone, Debug)]
pub struct Web {
    /// What GitHub signs with. Without it no webhook is taken.
    pub webhook_secret: Option<SecretString>,
    /// Where webhooks are written down.
    pub ledger: LedgerHandle,
    /// Where files are kept.
    pub store: Store,
}

/// What every request is answered by.
#[derive(Clone, Debug)]
struct Served {
    web: Web,
    places: Arc<Semaphore>,
}

/// Serves until `stop`; gives the address, whose port may have been any free one.
///
/// # Errors
/// When the address is taken.
pub async fn serve(
    web: Web,
    listen: SocketAddr,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("web.listen: {listen} cannot be listened on; choose another port")
    })?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/github/webhook", post(webhook::heard))
        .route("/files/{key}", get(files::shown))
        .with_state(Served {
            web,
            places: Arc::new(Semaphore::new(PLACES)),
        });
    tasks.spawn(async move {
        let served = axum::serve(listener, app)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "nothing is served over HTTP any more");
        }
    });
    Ok(address)
}
