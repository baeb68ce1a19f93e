//! The one to beat: serenity as it comes, with a handler that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use serenity::all::{
    ClientBuilder, Context, EventHandler, GatewayIntents, HttpBuilder, Message, Ready,
};
use serenity::async_trait;
use tokio::sync::Notify;

use crate::contest::Course;

#[derive(Debug)]
struct Counter {
    wanted: u64,
    counted: AtomicU64,
    ready: Notify,
    done: Notify,
}

struct Handler(Arc<Counter>);

#[async_trait]
impl EventHandler for Handler {
    async fn ready(&self, _: Context, _: Ready) {
        self.0.ready.notify_one();
    }

    async fn message(&self, _: Context, _: Message) {
        if self.0.counted.fetch_add(1, Ordering::Relaxed) + 1 == self.0.wanted {
            self.0.done.notify_one();
        }
    }
}

/// Connects, counts and reports.
pub(crate) fn run(base: &str, messages: u64) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let counter = Arc::new(Counter {
            wanted: messages,
            counted: AtomicU64::new(0),
            ready: Notify::new(),
            done: Notify::new(),
        });
        // With its rate limiter on, serenity ignores the proxy.
        let http = HttpBuilder::new("a.b.c")
            .proxy(base)
            .ratelimiter_disabled(true)
            .build();
        let mut client = ClientBuilder::new_with_http(http, GatewayIntents::non_privileged())
            .event_handler(Handler(Arc::clone(&counter)))
            .await?;
        let counting = async {
            counter.ready.notified().await;
            let course = Course::start()?;
            counter.done.notified().await;
            course.finish(&[])
        };
        tokio::select! {
            ended = client.start() => Ok(ended?),
            scored = counting => scored,
        }
    })
}
