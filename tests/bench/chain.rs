//! Our own chain: the gateway's session, intake, the ledger and a file with `synchronous=FULL`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use sameday::discord::catch_up;
use sameday::discord::intake::{self, Intake};
use sameday::gateway::Intents;
use sameday::gateway::door::Lobby;
use sameday::gateway::rest::{Base, Rest, Settings};
use sameday::gateway::session::{Entrance, Session, Start};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::contest::Course;
use crate::frames::SEQUENCE_BASE;
use crate::house::House;

/// Connects, records and reports.
pub(crate) fn run(base: &str, messages: u64, threads: u64) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let house = House::with_threads(threads).await?;
        // Nobody catches up here: the channel only has to be open.
        let (errands, _inbox) = catch_up::errands(0);
        let lobby = Lobby::default();
        let (inlet, taking) = Intake::new(
            house.places(),
            house.ledger.clone(),
            errands,
            house.clock.clone(),
            lobby.clone(),
        );
        let rest = Rest::new(Settings {
            base: Base::parse(base)?,
            token: "a.b.c".into(),
            about: "https://sameday.example".to_owned(),
        })?;
        let entrance = Arc::new(Entrance::find(rest, Duration::ZERO).await?);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let start = Start {
            shard: 0,
            intents: Intents::from_bits_truncate(intake::INTENTS),
            resume: None,
            stop: stop.clone(),
        };
        let mut session = Session::new(entrance, lobby, inlet, start);
        let progress = taking.progress();
        tasks.spawn(taking.run());
        tasks.spawn(async move { session.run().await });
        progress.up_to(SEQUENCE_BASE).await;
        let hold = house.ledger.hold().await?;
        house.ledger.release(hold).await?;

        let course = Course::start()?;
        progress.up_to(SEQUENCE_BASE + messages).await;
        house.ledger.settled().await;
        course.finish(&[])?;

        stop.cancel();
        tasks.close();
        tasks.wait().await;
        house.close(messages).await
    })
}
