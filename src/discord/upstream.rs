//! For tests: a server in Discord's place that shows what was asked of it and answers as told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::gateway::rest::{Base, Rest, Settings};

/// A request that arrived.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) body: Value,
}

type Answers = Arc<Mutex<Vec<(String, u16, Value)>>>;

pub(crate) struct Upstream {
    pub(crate) rest: Rest,
    sent: mpsc::UnboundedReceiver<Sent>,
    answers: Answers,
}

impl Upstream {
    pub(crate) async fn start(tasks: &TaskTracker, stop: CancellationToken) -> Self {
        let (sender, sent) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let told = Arc::clone(&answers);
        let app = Router::new().fallback(move |request: Incoming| {
            let (sender, told) = (sender.clone(), Arc::clone(&told));
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let line = format!("{} {}", head.method, head.uri);
                let (status, answer) = answer(&told, &line);
                let body = serde_json::from_slice(&body).unwrap_or_default();
                // The test may have ended already.
                drop(sender.send(Sent { line, body }));
                let json = [("content-type", "application/json")];
                (StatusCode::from_u16(status).unwrap(), json, answer).into_response()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Base::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
        tasks.spawn(async move { server.await.unwrap() });
        let rest = Rest::new(Settings {
            base,
            token: "real.to.ken".into(),
            about: "https://example.org".into(),
        })
        .unwrap();
        Self {
            rest,
            sent,
            answers,
        }
    }

    /// From now on, requests whose line contains `part` are answered so. The latest word counts.
    pub(crate) fn answers(&self, part: &str, status: u16, body: Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.insert(0, (part.to_owned(), status, body));
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Sent {
        tokio::time::timeout(Duration::from_secs(10), self.sent.recv())
            .await
            .expect("nothing was sent for 10 s")
            .unwrap()
    }

    /// What has arrived by now.
    pub(crate) fn all(&mut self) -> Vec<Sent> {
        std::iter::from_fn(|| self.sent.try_recv().ok()).collect()
    }
}

/// Unless told otherwise, the usual success: nothing for a callback, a message for the rest.
fn answer(told: &Answers, line: &str) -> (u16, String) {
    let told = told.lock().unwrap();
    let found = told.iter().find(|(part, ..)| line.contains(part.as_str()));
    match found {
        Some((_, status, body)) => (*status, body.to_string()),
        None if line.ends_with("/callback") => (204, String::new()),
        None => (200, r#"{"id": "555"}"#.to_owned()),
    }
}
