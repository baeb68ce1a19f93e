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
//! Start: the database; the settings against what Discord knows; then from the inside out, so that
//! whatever arrives finds somebody to take it. The ledger decides nothing before catch-up has read
//! what was missed. Stop: from the outside in, so that everything that was taken is written, and
//! the session stays resumable.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{Config, GitHubAccess, WebSettings};
use crate::discord::catch_up::{self, CatchUp, Errand};
use crate::discord::deliver::DiscordDelivery;
use crate::discord::ground::{self, Severity};
use crate::discord::intake::{self, Intake};
use crate::discord::places::Places;
use crate::discord::{Attachments, Data, framework};
use crate::domain::Timestamp;
use crate::domain::ids::GuildId;
use crate::domain::session::{Bearings, fingerprint};
use crate::gateway::Intents;
use crate::gateway::door::{Door, Lobby};
use crate::gateway::rest::{Base, Rest, RestError, Settings};
use crate::gateway::session::{Entrance, Session, SessionError, Start as SessionStart, Starts};
use crate::github::deliver::GitHubDelivery;
use crate::github::reader::{Reader, ReaderHandle};
use crate::github::{Bridge, access};
use crate::ledger::{Ledger, LedgerHandle, LiveGuilds, Start};
use crate::outbox::parcel::{Content, Deliver, Failure, Notice, Parcel, Receipt};
use crate::outbox::{Outbox, OutboxHandle};
use crate::settings::{self, Ruling};
use crate::store::Store;
use crate::text;
use crate::web::{self, Web};

/// Where to read about this program; Discord asks for it in every request.
const ABOUT: &str = "https://sameday.example";

/// How long a start waits for a Discord that cannot answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// A start this soon after the end of the process before goes on with what that one knew. Discord keeps
/// a session for less.
const A_MOMENT: TimeDelta = TimeDelta::minutes(10);

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

/// Delivers to whom it is for.
#[derive(Debug)]
struct Delivery {
    discord: DiscordDelivery,
    github: Option<GitHubDelivery>,
}

impl Deliver for Delivery {
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt, Failure> {
        match (&self.github, parcel.items.first().map(|item| &item.content)) {
            (Some(github), Some(Content::OpenIssue { draft_id, .. })) => {
                self.discord.keep_files(parcel, *draft_id).await?;
                github.open(parcel, *draft_id).await
            }
            (Some(github), Some(Content::Reply { ticket, message })) => {
                let said = self.discord.quote(*ticket, *message).await?;
                github.reply(parcel, *ticket, *message, said).await
            }
            (Some(github), Some(Content::Revise { ticket, message })) => {
                let said = self.discord.quote(*ticket, *message).await?;
                github.revise(parcel, *ticket, *message, said).await
            }
            (
                Some(github),
                Some(Content::TakeBack {
                    repository,
                    comment,
                    ..
                }),
            ) => github.take_back(repository, *comment).await,
            (Some(github), Some(Content::CountThreads { issue, .. })) => {
                github.count(parcel, *issue).await
            }
            _ => self.discord.deliver(parcel).await,
        }
    }
}

/// The running bot.
#[derive(Debug)]
pub struct App {
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
    back: TaskTracker,
    ended: mpsc::Receiver<SessionError>,
}

/// Tasks that end together.
#[derive(Debug, Default)]
struct Layer {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Layer {
    /// Ends its tasks and waits for them until `deadline`.
    async fn end(&self, what: &str, deadline: Instant) {
        self.stop.cancel();
        self.tasks.close();
        leave_behind(what, deadline, self.tasks.wait()).await;
    }
}

async fn leave_behind(what: &str, deadline: Instant, end: impl Future<Output = ()>) {
    if tokio::time::timeout_at(deadline, end).await.is_err() {
        tracing::warn!(what, "did not end in time; left to the next start");
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

/// What need not be asked again because the process before has ended only a moment ago: as if it had
/// run on.
async fn bearings_before(store: &Store, now: Timestamp) -> anyhow::Result<Bearings> {
    let away = store.load_presence().await?.map(|last| now - last);
    if away.is_some_and(|away| (TimeDelta::zero()..A_MOMENT).contains(&away)) {
        Ok(store.load_bearings().await?)
    } else {
        Ok(Bearings::default())
    }
}

/// How long ago former processes started sessions.
async fn former_starts(store: &Store) -> anyhow::Result<Vec<(u32, Duration)>> {
    let (starts, now) = (store.list_session_starts().await?, Clock::System.now());
    // One that seems to lie ahead is of a clock that was set back since: as if it was just now.
    let ago = |(bucket, at): (u32, Timestamp)| (bucket, (now - at).to_std().unwrap_or_default());
    Ok(starts.into_iter().map(ago).collect())
}

/// Tells the moderators what GitHub does not let us do. Nothing waits for that: questions are
/// answered without GitHub as well.
async fn survey_github(bridge: Bridge, ledger: LedgerHandle, guild: GuildId) {
    match access::survey(&bridge).await {
        Ok(complaints) => {
            for complaint in complaints {
                let sentence = complaint.to_string();
                tracing::warn!(%guild, "{sentence}");
                let told = ledger.order_notice(guild, Notice::Trouble { sentence });
                if told.await.is_err() {
                    return;
                }
            }
        }
        Err(error) => tracing::warn!(%error, "GitHub does not say what we may do there"),
    }
}

/// The settings could not be held against Discord.
fn not_surveyed(error: RestError) -> anyhow::Error {
    match error {
        RestError::Unauthorized => error.into(),
        error => anyhow!("Discord does not say whether the settings fit ({error}); start again"),
    }
}

impl App {
    /// Starts the bot. What stops it is one sentence that says what is wrong and what to do.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let Setup {
            config,
            token,
            discord_api,
            clock,
            github,
        } = setup;
        let bridge = match (&config.github, &github) {
            (Some(settings), Some(access)) => {
                let page = config.web.as_ref().and_then(|web| web.address.as_deref());
                Some(Bridge::new(settings, access, &clock)?.with_page(page))
            }
            _ => None,
        };
        let webhook_secret = github.and_then(|github| github.webhook_secret);
        let nothing_to_take = webhook_secret.is_none();
        if nothing_to_take && config.web.as_ref().is_some_and(|web| web.address.is_none()) {
            bail!(
                "the settings have [web] without an address, and GITHUB_WEBHOOK_SECRET is not set: nothing that is not signed is taken, so there is nothing to listen for"
            );
        }
        let store = Store::open(&config.database).await?;
        let intents = intake::intents(config.read_messages);
        let guild = config.guild.id();
        let (history, ruling) = settings::take_in(&store, &config, clock.now()).await?;
        let guilds = LiveGuilds::new([history.settings()?]);

        let base = Base::parse(&discord_api)?;
        let attachments = Attachments::new(&base)?;
        let rest = Rest::new(Settings {
            base,
            token,
            about: ABOUT.to_owned(),
        })?;
        let known = bearings_before(&store, clock.now()).await?;
        let found_before = known
            .gateway
            .and_then(|answer| Entrance::found_before(rest.clone(), &answer));
        let entrance = match found_before {
            Some(entrance) => entrance,
            None => Entrance::find(rest.clone(), PATIENCE).await?,
        };
        let mut said = Vec::new();
        match ruling {
            Ruling::File { .. } => tracing::info!("the settings file is in force"),
            Ruling::Discord {
                file_changed: false,
            } => {
                tracing::info!("what was set on Discord is in force");
            }
            Ruling::Discord { file_changed: true } => {
                said.push(text::settings::FILE_IGNORED.to_owned());
            }
        }
        let welcome = bridge.as_ref().map_or(0, |_| intake::MESSAGE_CONTENT);
        let fits = fingerprint(&format!(
            "{} {} {} {intents} {welcome} {:?}",
            env!("CARGO_PKG_VERSION"),
            rest.bot(),
            discord_api,
            guilds.now(),
        ));
        if known.fits.as_ref() != Some(&fits) {
            let survey = ground::survey(&rest, &guilds.now(), intents, welcome).await;
            for problem in survey.map_err(not_surveyed)? {
                match problem.severity {
                    Severity::Fatal => bail!("{}", problem.sentence),
                    Severity::Said => said.push(problem.sentence),
                }
            }
        }

        let (front, door, back) = (Layer::default(), Layer::default(), TaskTracker::new());
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &back,
            Start::Held,
        );
        if let Some(bridge) = &bridge {
            ledger.is_bridged((*bridge.settings).clone());
        }
        let (noting, found) = (ledger.clone(), entrance.answer().to_owned());
        front.tasks.spawn(async move {
            let bearings = Bearings {
                fits: Some(fits),
                gateway: Some(found),
                commands: None,
            };
            if noting.note_bearings(bearings).await.is_err() {
                tracing::debug!("the next start will ask again");
            }
        });
        let delivery = DiscordDelivery::new(
            rest.clone(),
            store.clone(),
            ledger.clone(),
            guilds.clone(),
            clock.clone(),
        );
        let starts = StartsNoted(ledger.clone());
        let entrance = entrance.remembering(starts, former_starts(&store).await?);
        let entrance = Arc::new(entrance);
        let delivery = Delivery {
            discord: match &bridge {
                Some(_) => delivery.with_bridge(attachments.clone()),
                None => delivery,
            },
            github: bridge.clone().map(|bridge| {
                GitHubDelivery::new(bridge, store.clone(), ledger.clone(), clock.clone())
            }),
        };
        let outbox = Outbox::start(ledger.clone(), delivery, clock.clone(), &back);
        let reader = bridge.clone().map(|bridge| {
            let (store, ledger, clock) = (store.clone(), ledger.clone(), clock.clone());
            Reader::start(bridge, store, ledger, clock, &back)
        });
        if let Some(bridge) = bridge.clone() {
            front
                .tasks
                .spawn(survey_github(bridge, ledger.clone(), guild));
        }
        let web = match config.web {
            Some(WebSettings { listen, .. }) => {
                let web = Web {
                    webhook_secret,
                    ledger: ledger.clone(),
                    store: store.clone(),
                };
                Some(web::serve(web, listen, &front.tasks, front.stop.clone()).await?)
            }
            None => None,
        };
        for sentence in said {
            tracing::warn!(%guild, "{sentence}");
            ledger
                .order_notice(guild, Notice::Trouble { sentence })
                .await?;
        }

        let lobby = Lobby::default();
        let entry = Door::open(rest.clone(), lobby.clone(), &door.tasks, door.stop.clone())
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
            commands: known.commands,
            attachments,
            lobby: lobby.clone(),
        };
        let (asking, stop) = (rest.clone(), front.stop.clone());
        front
            .tasks
            .spawn(async move { framework::run(&entry, &asking, data, stop).await });

        let mut positions = store.load_positions().await?;
        let (fatal, ended) = mpsc::channel(1);
        let (mut progress, mut health) = (Vec::new(), Vec::new());
        for shard in 0..entrance.shards() {
            let (inlet, taking) = Intake::new(
                Arc::clone(&places),
                ledger.clone(),
                errands.clone(),
                clock.clone(),
                lobby.clone(),
            );
            progress.push(taking.progress());
            front.tasks.spawn(taking.run());
            let resume = positions
                .iter()
                .position(|position| position.shard == shard)
                .map(|at| positions.swap_remove(at));
            let session = Session::new(
                Arc::clone(&entrance),
                lobby.clone(),
                inlet,
                SessionStart {
                    shard,
                    intents: Intents::from_bits_truncate(intents),
                    resume,
                    stop: front.stop.clone(),
                },
            );
            health.push(session.health());
            let fatal = fatal.clone();
            front.tasks.spawn(async move {
                if let Err(error) = session.run().await {
                    // One sentence is enough; the other shards fail for the same reason.
                    drop(fatal.try_send(error));
                }
            });
        }
        let caught_up = errands.progress();
        drop(errands);
        let stop = front.stop.clone();
        front.tasks.spawn(async move {
            if let Err(error) = catching_up.run(inbox, health, stop).await {
                tracing::error!(%error, "catch-up could not begin");
            }
        });
        Ok(Self {
            rest,
            store,
            ledger,
            outbox,
            reader,
            web,
            lobby,
            progress,
            catch_up: caught_up,
            front,
            door,
            back,
            ended,
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

    /// Returns when Discord wants no more of us, for good, with the reason.
    pub async fn ended(&mut self) -> SessionError {
        tokio::select! {
            Some(error) = self.ended.recv() => error,
            () = self.rest.refused() => SessionError::Token,
        }
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

    /// Returns when everything heard so far is written, decided and delivered, and nothing is due
    /// now: for tests and demonstrations, which turn the clock by hand.
    pub async fn settled(&self) {
        self.catch_up.idle().await;
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
            self.back.close();
            self.back.wait().await;
        };
        let deadline = deadline + LAST_WRITES;
        leave_behind("a write", deadline, written).await;
        leave_behind("the closing of the database", deadline, self.store.close()).await;
    }
}
