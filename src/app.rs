//! What runs together, in what order it starts and stops.
//!
//! ```text
//!            gateway session ──frames──> intake ──intents──┐
//!  Discord <─┤      └──interactions──> door <── serenity   ├──> ledger ──> store
//!            └─ REST <── catch-up, delivery ───────────────┘       │
//!                             ^                                    │
//!                             └──────── outbox <───────────────────┘
//! ```
//!
//! Start: first what can refuse it; then from the inside out, so that whatever arrives finds somebody
//! to take it. The ledger decides nothing before catch-up has read what was missed.
//! Stop: from the outside in, so that everything that was taken is written, and the session stays
//! resumable.

mod delivery;
mod layer;
mod prepare;
mod sessions;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::delivery::Delivery;
use self::layer::{Layer, leave_behind};
use self::prepare::Prepared;
use self::sessions::{Sessions, remembering};
use crate::clock::Clock;
use crate::config::{Config, GitHubAccess, WebSettings};
use crate::discord::catch_up::{self, CatchUp, Errand};
use crate::discord::intake::{self, Intake};
use crate::discord::places::Places;
use crate::discord::{Data, framework};
use crate::domain::ids::GuildId;
use crate::gateway::door::{Door, Lobby};
use crate::gateway::rest::Rest;
use crate::gateway::session::SessionError;
use crate::github::reader::{Reader, ReaderHandle};
use crate::github::{Bridge, access};
use crate::ledger::{Ledger, LedgerHandle, Start, Stopped};
use crate::outbox::parcel::Notice;
use crate::outbox::{Outbox, OutboxHandle};
use crate::store::Store;
use crate::web::{self, Web};

/// How long a stop waits for the disk after everything else. What is not written by then was not acknowledged,
/// and is heard again after the next start.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// What the bot is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The settings.
    pub config: Config,
    /// The bot's token.
    pub token: SecretString,
    /// Where Discord's API is.
    pub discord_api: String,
    /// What time it is.
    pub clock: Clock,
    /// How to reach GitHub; needed where the settings have `[github]`.
    pub github: Option<GitHubAccess>,
}

/// Why the bot is over though nobody stopped it.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// Discord wants no more of us, for good.
    #[error(transparent)]
    Refused(#[from] SessionError),
    /// A task has ended that lasts as long as the bot, most likely in a panic, which is in the log.
    #[error(
        "The part of sameday that {0} has broken down, and without it the rest only seems to work: \
         start it again, and report what its log says before this."
    )]
    Broken(&'static str),
}

/// The running bot.
#[derive(Debug)]
pub struct App {
    clock: Clock,
    rest: Rest,
    store: Store,
    ledger: LedgerHandle,
    outbox: OutboxHandle,
    reader: Option<ReaderHandle>,
    web: Option<SocketAddr>,
    lobby: Lobby,
    progress: Vec<intake::Progress>,
    catch_up: catch_up::Progress,
    /// Ends what talks with Discord.
    front: Layer,
    /// Ends what serenity stands on.
    door: Layer,
    /// Ends the ledger and the outbox.
    back: Layer,
    ended: mpsc::Receiver<SessionError>,
}

/// Tells the moderators what is not as it should be.
async fn complain(
    ledger: &LedgerHandle,
    guild: GuildId,
    complaints: Vec<String>,
) -> Result<(), Stopped> {
    for sentence in complaints {
        tracing::warn!(%guild, "{sentence}");
        ledger
            .order_notice(guild, Notice::Trouble { sentence })
            .await?;
    }
    Ok(())
}

/// Tells the moderators what GitHub does not let us do. Nothing waits for that: questions are
/// answered without GitHub as well.
async fn survey_github(bridge: Bridge, ledger: LedgerHandle, guild: GuildId) {
    match access::survey(&bridge).await {
        Ok(complaints) => {
            let complaints = complaints.iter().map(ToString::to_string).collect();
            if complain(&ledger, guild, complaints).await.is_err() {
                tracing::debug!("stopped before the moderators were told about GitHub");
            }
        }
        Err(error) => tracing::warn!(%error, "GitHub does not say what we may do there"),
    }
}

impl App {
    /// Starts the bot. What stops it is one sentence that says what is wrong and what to do.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let Prepared {
            clock,
            store,
            guild,
            guilds,
            history,
            rest,
            entrance,
            intents,
            attachments,
            bridge,
            web,
            webhook_secret,
            found,
            commands,
            complaints,
        } = Prepared::new(setup).await?;
        let (mut front, mut door, mut back) =
            (Layer::default(), Layer::default(), Layer::default());

        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &back.lasting("keeps the records"),
            Start::Held,
        );
        let noting = ledger.clone();
        front.tasks.spawn(async move {
            if noting.note_bearings(found).await.is_err() {
                tracing::debug!("the next start will ask again");
            }
        });
        complain(&ledger, guild, complaints).await?;

        if let Some(bridge) = &bridge {
            ledger.is_bridged((*bridge.settings).clone());
            let survey = survey_github(bridge.clone(), ledger.clone(), guild);
            front.tasks.spawn(survey);
        }
        let delivery = Delivery::new(
            rest.clone(),
            store.clone(),
            ledger.clone(),
            guilds.clone(),
            clock.clone(),
            bridge.clone().zip(Some(attachments.clone())),
        );
        let delivering = back.lasting("says what is to be said");
        let outbox = Outbox::start(ledger.clone(), delivery, clock.clone(), &delivering);
        let reader = bridge.clone().map(|bridge| {
            let (store, ledger, clock) = (store.clone(), ledger.clone(), clock.clone());
            let reading = back.lasting("reads issues");
            Reader::start(bridge, store, ledger, clock, &reading)
        });
        let web = match web {
            Some(WebSettings { listen, .. }) => {
                let web = Web {
                    webhook_secret,
                    ledger: ledger.clone(),
                    store: store.clone(),
                };
                let serving = front.lasting("answers over HTTP");
                Some(web::serve(web, listen, &serving, front.stop.clone()).await?)
            }
            None => None,
        };

        let lobby = Lobby::default();
        let opening = door.lasting("is the local door");
        let entry = Door::open(rest.clone(), lobby.clone(), &opening, door.stop.clone())
            .await
            .context("no port of this machine is free for the local door")?;
        let places = Arc::new(Places::new(guilds.clone()));
        let catching_up = CatchUp::prepare(
            rest.clone(),
            store.clone(),
            ledger.clone(),
            Arc::clone(&places),
            clock.clone(),
        )
        .await?;
        let (errands, inbox) = catch_up::errands(catching_up.last_errand());
        if history.has_fresh_channels() {
            // Also when the session is resumed: there nothing was heard yet.
            if errands.send(Errand::Guild(guild)).is_err() {
                tracing::debug!("catch-up has ended before it began");
            }
        }
        let data = Data {
            guilds,
            store: store.clone(),
            ledger: ledger.clone(),
            clock: clock.clone(),
            tasks: front.tasks.clone(),
            rest: rest.clone(),
            bridge,
            places: Arc::clone(&places),
            errands: errands.clone(),
            commands,
            attachments,
            lobby: lobby.clone(),
        };
        let (asking, stop) = (rest.clone(), front.stop.clone());
        front
            .lasting("answers commands")
            .spawn(async move { framework::run(&entry, &asking, data, stop).await });

        let intake = || {
            Intake::new(
                Arc::clone(&places),
                ledger.clone(),
                errands.clone(),
                clock.clone(),
                lobby.clone(),
            )
        };
        let entrance = remembering(entrance, &store, &ledger).await?;
        let positions = store.load_positions().await?;
        let sessions = Sessions::open(entrance, intents, positions, &lobby, &mut front, intake);
        let caught_up = errands.progress();
        drop(errands);
        let stop = front.stop.clone();
        front.lasting("catches up").spawn(async move {
            if let Err(error) = catching_up.run(inbox, sessions.health, stop).await {
                tracing::error!(%error, "catch-up could not begin");
            }
        });
        Ok(Self {
            clock,
            rest,
            store,
            ledger,
            outbox,
            reader,
            web,
            lobby,
            progress: sessions.progress,
            catch_up: caught_up,
            front,
            door,
            back,
            ended: sessions.ended,
        })
    }

    /// What is recorded, to be read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where we are asked over HTTP, if anywhere.
    pub fn web(&self) -> Option<SocketAddr> {
        self.web
    }

    /// Where things are written.
    pub fn ledger(&self) -> &LedgerHandle {
        &self.ledger
    }

    /// Returns when everybody is answered who asked something.
    pub async fn all_answered(&self) {
        self.lobby.all_answered().await;
    }

    /// How much is kept in memory that has to do with interactions, by what it is. None of it grows with
    /// their number.
    pub fn kept(&self) -> [(&'static str, usize); 5] {
        let [waiting, owed, remembered] = self.lobby.size();
        [
            ("interactions that wait", waiting),
            ("answers that are owed", owed),
            ("interactions that are remembered", remembered),
            ("tasks under way", self.front.tasks.len()),
            ("limits of single routes", self.rest.limited_routes()),
        ]
    }

    /// Returns when the bot is over though nobody stopped it, with the reason.
    pub async fn ended(&mut self) -> EndError {
        let (rest, ended) = (&self.rest, &mut self.ended);
        let mut refused = async || {
            tokio::select! {
                Some(error) = ended.recv() => error,
                () = rest.refused() => SessionError::Token,
            }
        };
        let broken = tokio::select! {
            error = refused() => return error.into(),
            what = self.back.broken() => what,
            what = self.door.broken() => what,
            what = self.front.broken() => what,
        };
        // What Discord refuses ends those that work with it, too.
        let refused = refused().now_or_never();
        refused.map_or(EndError::Broken(broken), EndError::Refused)
    }

    /// Returns when the frame with this number of a shard's session was taken, and what it led to
    /// is in the ledger's queue.
    pub async fn heard_up_to(&self, shard: usize, sequence: u64) {
        if let Some(progress) = self.progress.get(shard) {
            progress.up_to(sequence).await;
        }
    }

    /// As [`Self::heard_up_to`], of the session with this id and no other.
    pub async fn heard_up_to_in(&self, shard: usize, session: &str, sequence: u64) {
        if let Some(progress) = self.progress.get(shard) {
            progress.up_to_in(session, sequence).await;
        }
    }

    /// Returns when everybody is answered, everything heard so far is written, decided and delivered,
    /// and nothing is due now: for tests and demonstrations, which turn the clock by hand.
    pub async fn settled(&self) {
        self.lobby.all_answered().await;
        self.catch_up.idle(self.clock.now()).await;
        self.outbox.settled().await;
        if let Some(reader) = &self.reader {
            // What is delivered can be read, and what is read has to be delivered.
            reader.settled().await;
            self.outbox.settled().await;
            reader.settled().await;
        }
    }

    /// Stops in good order: nothing that was taken is lost, and the session can be resumed. What is
    /// under way on Discord after `patience` is left to the next start.
    pub async fn stop(self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.front
            .end("the conversation with Discord", deadline)
            .await;
        leave_behind("a delivery", deadline, self.outbox.stop()).await;
        if let Some(reader) = &self.reader {
            leave_behind("a look at GitHub", deadline, reader.stop()).await;
        }
        self.door.end("the local door", deadline).await;
        let written = async {
            self.ledger.stop().await;
            self.back.ended().await;
        };
        let deadline = deadline + LAST_WRITES;
        leave_behind("a write", deadline, written).await;
        leave_behind("the closing of the database", deadline, self.store.close()).await;
    }
}
