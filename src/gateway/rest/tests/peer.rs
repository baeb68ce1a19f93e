//! A small server on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

use crate::gateway::rest::{Base, Request, Rest, Settings};

/// What a server answers to the n-th request (from 0).
type Script = dyn Fn(usize, &Method, &str) -> Response + Send + Sync;

/// Which answers are held back for now, of those that the script gives.
type Holds = dyn Fn(usize, &str) -> bool + Send + Sync;

/// A server that answers as it is told and remembers what it was asked.
pub(super) struct Peer {
    pub(super) rest: Rest,
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
    arrived: watch::Receiver<usize>,
    released: watch::Sender<bool>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Clone)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) at: Instant,
}

impl Peer {
    pub(super) async fn new(
        script: impl Fn(usize, &Method, &str) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self::holding(|_, _| false, script).await
    }

    /// Sends a request and gives the status of its answer.
    pub(super) async fn status(&self, request: Request) -> StatusCode {
        self.rest.send(request).await.unwrap().status
    }

    /// As [`Self::new`], but some answers are given only after [`Self::release`].
    pub(super) async fn holding(
        holds: impl Fn(usize, &str) -> bool + Send + Sync + 'static,
        script: impl Fn(usize, &Method, &str) -> Response + Send + Sync + 'static,
    ) -> Self {
        let (holds, script): (Arc<Holds>, Arc<Script>) = (Arc::new(holds), Arc::new(script));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let (count, arrived) = watch::channel(0);
        let released = watch::Sender::new(false);
        let (count, release) = (Arc::new(count), released.clone());
        let app = Router::new().fallback(move |request: Incoming| {
            let (holds, script, log) = (Arc::clone(&holds), Arc::clone(&script), Arc::clone(&log));
            let (count, mut release) = (Arc::clone(&count), release.subscribe());
            async move {
                let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                let mut log = log.lock().await;
                let number = log.len();
                log.push(Seen {
                    line: format!("{method} {path}"),
                    headers: request.headers().clone(),
                    at: Instant::now(),
                });
                drop(log);
                count.send_modify(|count| *count += 1);
                if holds(number, &path) {
                    release.wait_for(|released| *released).await.unwrap();
                }
                script(number, &method, &path)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rest = client(listener.local_addr().unwrap());
        let server = TaskTracker::new().spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self {
            rest,
            seen,
            arrived,
            released,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// Waits until so many requests have come.
    pub(super) async fn until_asked(&self, times: usize) {
        let mut arrived = self.arrived.clone();
        let arrived = arrived.wait_for(|count| *count >= times);
        tokio::time::timeout(Duration::from_secs(20), arrived)
            .await
            .unwrap()
            .unwrap();
    }

    /// Gives the answers that were held back.
    pub(super) fn release(&self) {
        self.released.send_replace(true);
    }

    pub(super) async fn lines(&self) -> Vec<String> {
        self.seen
            .lock()
            .await
            .iter()
            .map(|s| s.line.clone())
            .collect()
    }
}

pub(super) fn client(address: SocketAddr) -> Rest {
    Rest::new(Settings {
        base: Base::parse(&format!("http://{address}")).unwrap(),
        token: "Bot real.to.ken".into(),
        about: "https://example.org".into(),
    })
    .unwrap()
}
