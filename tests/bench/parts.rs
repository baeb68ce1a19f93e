//! Parts of the chain alone.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, anyhow};
use sameday::discord::catch_up;
use sameday::discord::intake::Intake;
use sameday::discord::places::Places;
use sameday::gateway::door::Lobby;
use sameday::gateway::{Frame, Inlet as _, Opening};
use sameday::ledger::intent::Intent;
use tokio_util::task::TaskTracker;

use crate::contest::Course;
use crate::frames::{SEQUENCE_BASE, Talk, Template, thread};
use crate::house::{House, position};

/// Intake without anything to write: every frame is read whole, and its place turns out to be no
/// thread of ours.
pub(crate) fn parse(messages: u64, threads: u64) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let house = House::with_threads(0).await?;
        let places = Places::new(house.guilds.clone());
        for n in 0..threads {
            places.note_elsewhere(thread(n).0);
        }
        let (errands, _inbox) = catch_up::errands(0);
        let (mut inlet, taking) = Intake::new(
            Arc::new(places),
            house.ledger.clone(),
            errands,
            house.clock.clone(),
            Lobby::default(),
        );
        let progress = taking.progress();
        let tasks = TaskTracker::new();
        tasks.spawn(taking.run());
        let closed = |_| anyhow!("intake has ended");
        inlet.room().await.map_err(closed)?;
        inlet.opened(Opening::Resumed(position(SEQUENCE_BASE)));

        let course = Course::start()?;
        let (mut talk, mut template) = (Talk::among(threads), Template::new());
        for n in 1..=messages {
            let sequence = SEQUENCE_BASE + n;
            let text = template.fill(n, &talk.next()).to_vec();
            inlet.room().await.map_err(closed)?;
            inlet.accept(Frame {
                shard: 0,
                sequence,
                event: "MESSAGE_CREATE".into(),
                text: String::from_utf8(text)?,
                received: Instant::now(),
            });
        }
        progress.up_to(SEQUENCE_BASE + messages).await;
        course.finish(&[])?;

        drop(inlet);
        tasks.close();
        tasks.wait().await;
        house.close(0).await
    })
}

/// The ledger, fed as intake feeds it.
pub(crate) fn ledger(messages: u64, threads: u64) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let house = House::with_threads(threads).await?;
        let course = Course::start()?;
        let mut talk = Talk::among(threads);
        let mut position = position(SEQUENCE_BASE);
        for _ in 0..messages {
            house.send(Intent::Message(talk.next())).await?;
            position.sequence += 1;
            house.send(Intent::from(position.clone())).await?;
        }
        house.ledger.settled().await;
        course.finish(&[])?;
        house.close(messages).await
    })
}
