//! Webhooks: events, signed, to whoever subscribed.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::watch;

use crate::sim::GitHub;

/// Something that happened, as a webhook tells it.
#[derive(Clone, Debug)]
pub struct Event {
    /// `issues`, `issue_comment`, `release`, …
    pub name: &'static str,
    /// The body.
    pub payload: Value,
}

impl Event {
    /// `closed`, `created`, …; empty where there is none.
    pub fn action(&self) -> &str {
        self.payload
            .get("action")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// An event on its way to the subscriber.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The same when it is delivered again.
    pub id: String,
    /// What is told.
    pub event: Event,
}

/// Who is told, and what is on its way.
#[derive(Default)]
pub struct Hooks {
    inner: Mutex<Inner>,
    /// How many deliveries are under way by themselves.
    under_way: watch::Sender<usize>,
}

#[derive(Default)]
struct Inner {
    subscriber: Option<(String, String)>,
    /// Whether deliveries wait to be sent by hand.
    held: bool,
    waiting: Vec<Delivery>,
    next: u64,
}

/// The value of `X-Hub-Signature-256`.
pub fn signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    let mut text = String::from("sha256=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

impl Hooks {
    /// From now on events go to this address, signed with this secret.
    pub fn subscribe(&self, url: &str, secret: &str) {
        self.lock().subscriber = Some((url.to_owned(), secret.to_owned()));
    }

    /// Keeps deliveries back until they are taken with [`Self::take`], or lets them go by themselves.
    pub fn hold(&self, held: bool) {
        self.lock().held = held;
    }

    /// What was kept back, the oldest first.
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// Delivers once, and gives the status that answers.
    ///
    /// # Errors
    /// When nobody subscribed or nobody answers.
    pub async fn deliver(&self, delivery: &Delivery) -> anyhow::Result<u16> {
        let Some((url, secret)) = self.lock().subscriber.clone() else {
            anyhow::bail!("nobody subscribed");
        };
        let body = delivery.event.payload.to_string();
        let answer = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "GitHub-Hookshot/simulated")
            .header("x-github-event", delivery.event.name)
            .header("x-github-delivery", &delivery.id)
            .header("x-github-hook-id", "1")
            .header("x-hub-signature-256", signature(&secret, body.as_bytes()))
            .body(body)
            .send()
            .await?;
        Ok(answer.status().as_u16())
    }

    pub(crate) fn send(&self, github: &GitHub, event: Event) {
        let mut inner = self.lock();
        if inner.subscriber.is_none() {
            return;
        }
        inner.next += 1;
        let delivery = Delivery {
            id: format!("00000000-0000-4000-8000-{:012}", inner.next),
            event,
        };
        if inner.held {
            inner.waiting.push(delivery);
            return;
        }
        drop(inner);
        let github = github.servant();
        let tasks = github.tasks().clone();
        self.under_way.send_modify(|count| *count += 1);
        tasks.spawn(async move {
            if let Err(error) = github.hooks().deliver(&delivery).await {
                tracing::warn!(%error, "a webhook found nobody");
            }
            github.hooks().under_way.send_modify(|count| *count -= 1);
        });
    }

    /// Returns when no delivery is under way.
    pub async fn quiet(&self) {
        let mut under_way = self.under_way.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        drop(under_way.wait_for(|count| *count == 0).await);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
