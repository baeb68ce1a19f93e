//! What is done without being asked: deciding what is due, and what changes with a start.

use std::sync::Arc;

use super::batch::{self, Ground, Written};
use super::recent::Recent;
use crate::domain::Timestamp;
use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::GuildId;
use crate::domain::parcel::MOST_ATTEMPTS;
use crate::domain::session;
use crate::store::{Store, StoreError};

/// How many tickets are decided in one transaction, so that a command never waits long.
const MOST_TICKETS: u32 = 1_000;

/// What a sweep found.
#[derive(Debug)]
pub(super) struct Swept {
    pub(super) written: Written,
    /// How many tickets were due.
    pub(super) due: usize,
    /// When the next one is.
    pub(super) next_wake: Option<Timestamp>,
}

/// Decides some of the tickets that are due. Cost follows what is due, not what is open.
pub(super) async fn sweep(ground: Ground<'_>, recent: &mut Recent) -> Result<Swept, StoreError> {
    let mut writing = ground.store.write().await?;
    let due = writing.list_due(ground.now, MOST_TICKETS).await?;
    let written = if due.is_empty() {
        Written::default()
    } else {
        batch::decide(ground, recent, &mut writing, &due).await?
    };
    let next_wake = writing.find_next_wake().await?;
    writing.commit().await?;
    let due = due.len();
    Ok(Swept {
        written,
        due,
        next_wake,
    })
}

/// Decides what is due one by one, after a sweep failed for a reason of its own: a ticket that
/// cannot be decided is put to sleep, so that it does not stop the others.
pub(super) async fn sweep_singly(
    ground: Ground<'_>,
    recent: &mut Recent,
) -> Result<Written, StoreError> {
    let mut writing = ground.store.write().await?;
    let due = writing.list_due(ground.now, MOST_TICKETS).await?;
    writing.abandon().await;
    let mut all = Written::default();
    for thread in due {
        let mut writing = ground.store.write().await?;
        match batch::decide(ground, recent, &mut writing, &[thread]).await {
            Ok(written) => {
                writing.commit().await?;
                all.absorb(written);
            }
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                writing.abandon().await;
                tracing::error!(%thread, %error, "a ticket cannot be decided and sleeps until its next event; run `sameday check`");
                let mut writing = ground.store.write().await?;
                writing.never_wake(thread).await?;
                writing.commit().await?;
            }
        }
    }
    Ok(all)
}

/// What a start changes: the leases of the process before are void, and where the settings are
/// others than those under which a guild's open tickets were last decided, all of these are due.
pub(super) async fn start_up(
    store: &Store,
    guilds: &Guilds,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut writing = store.write().await?;
    writing.free_leases(MOST_ATTEMPTS, now).await?;
    let served: Vec<GuildId> = guilds.keys().copied().collect();
    writing.note_guilds(&served, now).await?;
    for (guild, decided_under) in writing.list_rules().await? {
        let rules = fingerprint(guilds.get(&guild).map(Arc::as_ref));
        if rules != decided_under {
            tracing::info!(%guild, "the settings have changed: every open ticket is decided again");
            writing.save_rules(guild, &rules, now).await?;
        }
    }
    writing.commit().await
}

/// The fingerprint of everything that decides, the program's version included. Where it differs,
/// tickets are decided once more, which changes nothing that was right.
pub(super) fn fingerprint(settings: Option<&GuildSettings>) -> String {
    let Some(settings) = settings else {
        return "not served".to_owned();
    };
    session::fingerprint(&format!("{} {settings:?}", env!("CARGO_PKG_VERSION")))
}
