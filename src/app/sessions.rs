//! Our sessions with Discord: one for each shard, each with an intake of its own. Every start of one
//! is written down, because Discord counts those of former processes too.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use super::layer::Layer;
use crate::clock::Clock;
use crate::discord::intake::{FrameInlet, Intake, Progress};
use crate::domain::Timestamp;
use crate::domain::session::Position;
use crate::gateway::Intents;
use crate::gateway::door::Lobby;
use crate::gateway::session::{Entrance, Health, Session, SessionError, Start, Starts};
use crate::ledger::LedgerHandle;
use crate::store::{Store, StoreError};

/// The sessions of all shards, by shard.
pub(super) struct Sessions {
    /// How far each was heard.
    pub progress: Vec<Progress>,
    pub health: Vec<watch::Receiver<Health>>,
    /// Why Discord wants no more of us, once it does.
    pub ended: mpsc::Receiver<SessionError>,
}

impl Sessions {
    /// Goes on with those that can be resumed, and starts the others.
    pub(super) fn open(
        entrance: Entrance,
        intents: u64,
        mut positions: Vec<Position>,
        lobby: &Lobby,
        front: &mut Layer,
        intake: impl Fn() -> (FrameInlet, Intake),
    ) -> Self {
        let entrance = Arc::new(entrance);
        let (fatal, ended) = mpsc::channel(1);
        let (mut progress, mut health) = (Vec::new(), Vec::new());
        for shard in 0..entrance.shards() {
            let (inlet, taking) = intake();
            progress.push(taking.progress());
            let intake = front.lasting("takes in what Discord says");
            intake.spawn(taking.run());
            let resume = positions
                .iter()
                .position(|position| position.shard == shard)
                .map(|at| positions.swap_remove(at));
            let mut session = Session::new(
                Arc::clone(&entrance),
                lobby.clone(),
                inlet,
                Start {
                    shard,
                    intents: Intents::from_bits_truncate(intents),
                    resume,
                    stop: front.stop.clone(),
                },
            );
            health.push(session.health());
            let fatal = fatal.clone();
            front.lasting("listens to Discord").spawn(async move {
                if let Err(error) = session.run().await {
                    // Said before the session is dropped: its intake ends with it, and would be taken for
                    // the reason. One sentence is enough; the other shards fail for the same reason.
                    drop(fatal.try_send(error));
                }
            });
        }
        Self {
            progress,
            health,
            ended,
        }
    }
}

/// Has every start of a session written before it is made. By the system's clock whatever the
/// clock of the tickets is: it is Discord's patience that counts.
#[derive(Debug)]
struct StartsNoted(LedgerHandle);

impl Starts for StartsNoted {
    fn note(&self, bucket: u32) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let noted = self.0.note_session_start(bucket, Clock::System.now());
            if noted.await.is_err() {
                tracing::warn!("the start of a session could not be noted");
            }
        })
    }
}

/// Keeps its distance from the starts of former processes, and has its own written.
pub(super) async fn remembering(
    entrance: Entrance,
    store: &Store,
    ledger: &LedgerHandle,
) -> Result<Entrance, StoreError> {
    let (starts, now) = (store.list_session_starts().await?, Clock::System.now());
    // One that seems to lie ahead is of a clock that was set back since: as if it was just now.
    let ago = |(bucket, at): (u32, Timestamp)| (bucket, (now - at).to_std().unwrap_or_default());
    let former: Vec<(u32, Duration)> = starts.into_iter().map(ago).collect();
    Ok(entrance.remembering(StartsNoted(ledger.clone()), former))
}
