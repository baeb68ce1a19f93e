//! The stage of every scenario: a simulated Discord with a small team in it, the real bot, and a
//! clock that is turned by hand.
//!
//! A scenario ends with [`Stage::ends`], which proves that nothing is left: every message of the
//! bot was looked at, nothing waits or is dead in the outbox, no request and no answer was against
//! Discord's schemas, no ERROR was logged, and every ticket is what its events add up to.

mod set;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::Sim;
use discord_sim::gateway::SessionInfo;
use discord_sim::people::{Person, Seen};
use discord_sim::world::{ChannelEdit, NewTag, NewThread};
use sameday::app::{App, Setup};
use sameday::clock::ManualClock;
use sameday::config::{Config, GitHubAccess};
use sameday::domain::ids::{ThreadId, TicketId};
use sameday::domain::policy::ServiceLevel;
use sameday::store::{Store, check};
use tempfile::TempDir;

pub(crate) use set::{USUAL_PROMISE, WEDNESDAY_10, Wishes};

use crate::logged::Logged;

/// How long anything may take in real time before a test gives up on it: on a busy machine a thousand
/// threads need minutes.
const PATIENCE: Duration = Duration::from_mins(10);

pub(crate) struct Stage {
    pub(crate) sim: Sim,
    pub(crate) hand: Arc<ManualClock>,
    pub(crate) guild: u64,
    /// A forum whose posts are tickets.
    pub(crate) forum: u64,
    /// A text channel whose threads are tickets.
    pub(crate) help: u64,
    /// A text channel that is none of the bot's business.
    pub(crate) lounge: u64,
    pub(crate) staff_channel: u64,
    pub(crate) moderator_channel: u64,
    pub(crate) staff_role: u64,
    pub(crate) moderator_role: u64,
    /// Asks.
    pub(crate) ann: Person,
    /// Of the community.
    pub(crate) ben: Person,
    /// Staff.
    pub(crate) eva: Person,
    /// Staff.
    pub(crate) tom: Person,
    /// Moderator.
    pub(crate) mia: Person,
    pub(crate) bot: Person,
    setup: Setup,
    /// The text of the settings.
    settings: String,
    token: String,
    system_clock: bool,
    app: Option<App>,
    shards: usize,
    logged: Logged,
    folder: TempDir,
}

impl Stage {
    /// The usual stage with the bot running on it: Wednesday, 10:00 in Berlin.
    pub(crate) async fn opens() -> Self {
        let mut stage = Self::set(Wishes::default()).await;
        stage.bot_starts().await;
        stage
    }

    /// The way to GitHub, for settings that have one.
    pub(crate) fn reaches_github(&mut self, access: GitHubAccess) {
        self.setup.github = Some(access);
    }

    /// Whether Discord goes by the system's time.
    pub(crate) fn goes_by_system_clock(&self) -> bool {
        self.system_clock
    }

    /// Starts the bot and waits until it is there: heard the guild, caught up, commands offered.
    pub(crate) async fn bot_starts(&mut self) {
        self.bot_comes().await;
        self.settles().await;
    }

    /// Starts the bot and waits for nothing.
    pub(crate) async fn bot_comes(&mut self) {
        self.app = Some(App::start(self.setup.clone()).await.unwrap());
    }

    /// Somebody changes the settings before the bot starts.
    pub(crate) fn rewrites_settings(&mut self, from: &str, to: &str) {
        assert!(
            self.settings.contains(from),
            "{from} is not in the settings"
        );
        self.settings = self.settings.replace(from, to);
        let mut config = Config::parse(&self.settings).unwrap();
        config.database = self.database();
        self.setup.config = config;
    }

    /// The settings as a file, for a bot that runs as a process of its own.
    pub(crate) fn settings_file(&self) -> PathBuf {
        let path = self.folder.path().join("sameday.toml");
        let database = self.database();
        let text = format!(
            "database = {:?}\n{}",
            database.display().to_string(),
            self.settings
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What the bot says when it refuses to start.
    pub(crate) async fn bot_refuses(&mut self) -> String {
        match App::start(self.setup.clone()).await {
            Ok(_) => panic!("the bot started"),
            Err(error) => format!("{error:#}"),
        }
    }

    /// Stops the bot in good order.
    pub(crate) async fn bot_stops(&mut self) {
        let app = self.app.take().expect("the bot runs");
        within("the bot stops", app.stop(PATIENCE)).await;
    }

    /// An operator stops the bot, has a dead letter tried again, and starts the bot.
    pub(crate) async fn tries_dead_again(&mut self, outbox_id: i64) {
        self.bot_stops().await;
        let store = Store::open(&self.database()).await.unwrap();
        assert!(store.retry_dead(outbox_id, self.now()).await.unwrap());
        drop(store);
        self.bot_starts().await;
    }

    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("the bot runs")
    }

    pub(crate) fn app_mut(&mut self) -> &mut App {
        self.app.as_mut().expect("the bot runs")
    }

    /// What the bot keeps of interactions.
    pub(crate) fn kept(&self) -> [(&'static str, usize); 5] {
        self.app().kept()
    }

    /// Waits until the bot is done with everybody who asked something of it.
    pub(crate) async fn everybody_is_answered(&self) {
        self.app().all_answered().await;
    }

    pub(crate) fn store(&self) -> &Store {
        self.app().store()
    }

    /// What the guild promises.
    pub(crate) fn rules(&self) -> ServiceLevel {
        let settings = self.setup.config.guild.settings(self.now());
        settings.service_level
    }

    /// What the settings file says.
    pub(crate) fn config(&self) -> &Config {
        &self.setup.config
    }

    /// The text of the settings file.
    pub(crate) fn settings(&self) -> &str {
        &self.settings
    }

    /// The bot's token, which must not be seen anywhere.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("sameday.db")
    }

    /// What the bot has logged as ERROR, which the scenario expected.
    pub(crate) fn expects_errors(&self) -> Vec<String> {
        self.logged.take_errors()
    }

    /// A text of the bot with names instead of the stage's numbers, to be compared.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let named = [
            (self.guild, "GUILD"),
            (self.forum, "FORUM"),
            (self.help, "HELP"),
            (self.lounge, "LOUNGE"),
            (self.staff_channel, "STAFF_CHANNEL"),
            (self.moderator_channel, "MODERATOR_CHANNEL"),
            (self.staff_role, "STAFF_ROLE"),
            (self.moderator_role, "MODERATOR_ROLE"),
            (self.bot.id(), "BOT"),
        ];
        let text = text
            .replace(&self.sim.base_url(), "API")
            .replace(&self.folder.path().display().to_string(), "FOLDER");
        let text = named
            .iter()
            .fold(text, |text, (id, name)| text.replace(&id.to_string(), name));
        let people = [&self.ann, &self.ben, &self.eva, &self.tom, &self.mia];
        people.iter().fold(text, |text, person| {
            text.replace(&person.id().to_string(), &person.name().to_uppercase())
        })
    }

    /// As [`Self::with_names`], of what is said about a thread, and with a bar for each character
    /// that only keeps text plain.
    pub(crate) fn named(&self, thread: u64, text: &str) -> String {
        let text = text.replace(&thread.to_string(), "POST");
        self.with_names(&text).replace('\u{200b}', "|")
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.hand.now()
    }

    /// Turns the clock and waits until everybody has done what then is to be done.
    pub(crate) async fn turns_to(&self, instant: &str) {
        self.turn(instant.parse().unwrap()).await;
    }

    /// Lets time pass.
    pub(crate) async fn passes(&self, time: TimeDelta) {
        self.turn(self.now() + time).await;
    }

    pub(crate) async fn turn(&self, instant: DateTime<Utc>) {
        // What is on its way arrives before the time it did not happen in.
        self.settles().await;
        self.hand.set(instant);
        self.sim.tick();
        self.settles().await;
    }

    /// Waits until nothing is on its way any more, in either direction.
    pub(crate) async fn settles(&self) {
        self.settles_within(PATIENCE).await;
    }

    /// As [`Self::settles`], for a scenario that takes long.
    pub(crate) async fn settles_within(&self, patience: Duration) {
        let Some(app) = &self.app else { return };
        let calm = async {
            loop {
                let sent = self.last_event().await;
                app.heard_up_to_in(sent.0, &sent.1, sent.2).await;
                app.settled().await;
                if self.last_event().await == sent {
                    return;
                }
            }
        };
        tokio::time::timeout(patience, calm)
            .await
            .unwrap_or_else(|_| panic!("not everything settles within {patience:?}"));
    }

    /// The bot's session that hears of the guild, once all are connected: its shard, its id and the
    /// number of its last event.
    async fn last_event(&self) -> (usize, String, u64) {
        loop {
            let gateway = self.sim.gateway();
            gateway.until_connected(self.shards).await.unwrap();
            let mut sessions = gateway.sessions().into_iter();
            let hears =
                |session: &SessionInfo| session.connected && session.shard.serves(Some(self.guild));
            if let Some(session) = sessions.find(hears) {
                let shard = usize::try_from(session.shard.id).unwrap();
                return (shard, session.id, session.seq);
            }
        }
    }

    /// Ann asks in the forum, and there is a card.
    pub(crate) async fn asked(&self) -> u64 {
        let asked = self.ann.asks(self.forum, "It hangs", "Since today.");
        let post = asked.unwrap();
        self.card(post).await;
        post
    }

    /// The card the bot put into a thread, as it is now.
    pub(crate) async fn card(&self, thread: u64) -> Seen {
        self.settles().await;
        let seen = self.mia.sees(thread).unwrap();
        let mut cards = seen
            .into_iter()
            .filter(|seen| seen.is_by_bot() && !seen.is_whisper())
            // Remarks explain themselves; cards ask for something.
            .filter(|seen| {
                !seen
                    .buttons()
                    .iter()
                    .any(|label| ["Why?", "GitHub issue"].contains(&label.as_str()))
            });
        let card = cards.next().expect("a card in the thread");
        assert!(cards.next().is_none(), "more than one card in the thread");
        self.sim.interactions().mark_read(card.id());
        card
    }

    /// What the bot has newly said in a channel, the oldest first; looked at from now on.
    pub(crate) async fn news(&self, channel: u64) -> Vec<Seen> {
        self.settles().await;
        let read = self.sim.interactions();
        let mut news: Vec<Seen> = self.sim.unread();
        news.retain(|seen| seen.channel() == channel && !seen.is_whisper());
        for seen in &news {
            read.mark_read(seen.id());
        }
        news
    }

    /// Reads a message.
    pub(crate) fn looks_at(&self, seen: &Seen) -> String {
        self.sim.interactions().mark_read(seen.id());
        seen.text()
    }

    /// Clicks and waits for the words that answer.
    pub(crate) async fn clicks(&self, person: &Person, message: &Seen, button: &str) -> String {
        let answer = person.clicks(message, button).unwrap();
        let told = answer.told().await.unwrap();
        self.settles().await;
        self.looks_at(&told)
    }

    /// How often somebody was pinged.
    pub(crate) fn pings(person: &Person) -> usize {
        person.pinged().len()
    }

    /// Runs a command and waits for the words that answer.
    pub(crate) async fn runs(&self, person: &Person, channel: u64, typed: &str) -> String {
        let answer = person.runs_when_offered(channel, typed).await.unwrap();
        let shown = answer.message().await.unwrap();
        self.settles().await;
        self.looks_at(&shown)
    }

    /// The forum gets these tags. Their ids.
    pub(crate) fn tags_forum(&self, names: &[&str]) -> Vec<u64> {
        act(&self.sim, |world| {
            let owner = world.guilds.get(&self.guild).unwrap().owner;
            let tags = names.iter().copied().map(NewTag::named).collect();
            let edit = ChannelEdit {
                tags: Some(tags),
                ..ChannelEdit::default()
            };
            world.edit_channel(owner, self.forum, edit)?;
            let forum = world.channels.get(&self.forum).unwrap().forum.as_ref();
            Ok(forum.unwrap().tags.iter().map(|tag| tag.id).collect())
        })
    }

    /// Somebody makes a thread from a message in a text channel.
    pub(crate) fn starts_thread(
        &self,
        person: &Person,
        channel: u64,
        message: u64,
        name: &str,
    ) -> u64 {
        act(&self.sim, |world| {
            world.create_thread_from_message(person.id(), channel, message, NewThread::named(name))
        })
    }

    /// What is recorded of a thread, to be compared: its ticket with every fact and its instant.
    /// Without ids, which depend on what else was written on Discord.
    pub(crate) async fn story(&self, thread: u64) -> String {
        self.settles().await;
        let ticket = self.ticket(thread).await;
        let row = self.store().load_ticket(ticket).await.unwrap();
        let mut story = format!(
            "{:?}, {:?}, {} of {} messages, staff {:?}, community {:?}\n",
            row.title,
            row.ticket.status,
            row.ticket.asker_messages,
            row.ticket.messages,
            row.ticket.first_staff_at,
            row.ticket.first_community_at,
        );
        for recorded in self.store().list_events(ticket).await.unwrap() {
            let event = recorded.event;
            writeln!(story, "{} kind {}", event.key.at, event.fact.kind()).unwrap();
        }
        story
    }

    pub(crate) async fn ticket(&self, thread: u64) -> TicketId {
        let found = self.store().find_ticket_by_thread(ThreadId(thread)).await;
        found.unwrap().expect("a ticket").ticket_id
    }

    /// The end of a scenario: proves that nothing is left.
    pub(crate) async fn ends(mut self) {
        self.settles().await;
        let unread: Vec<String> = self.sim.unread().iter().map(Seen::text).collect();
        assert!(unread.is_empty(), "nobody looked at: {unread:#?}");
        self.ends_unread().await;
    }

    /// As [`Self::ends`], where not every message of the bot was looked at.
    pub(crate) async fn ends_unread(&mut self) {
        let dead = self.ends_with_dead_letters().await;
        assert!(dead.is_empty(), "could not be said: {dead:#?}");
    }

    /// As [`Self::ends_unread`], where something could not be said: answers with the reasons.
    pub(crate) async fn ends_with_dead_letters(&mut self) -> Vec<String> {
        self.settles().await;
        let store = self.store().clone();
        let pending = store.list_pending().await.unwrap();
        assert!(pending.is_empty(), "still to be said: {pending:#?}");
        let dead = store.list_dead().await.unwrap();
        let report = check::check(&store).await.unwrap();
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        drop(store);
        self.bot_stops().await;
        assert_eq!(self.sim.unknown_routes(), Vec::<String>::new());
        assert_eq!(self.sim.findings(), []);
        let mut errors = self.logged.errors();
        if !dead.is_empty() {
            errors.retain(|error| !error.starts_with("message=given up"));
        }
        assert_eq!(errors, Vec::<String>::new());
        dead.into_iter()
            .map(|row| row.reason.unwrap_or_default())
            .collect()
    }
}

/// An act in the simulated world that must be allowed.
pub(crate) fn act<T>(
    sim: &Sim,
    act: impl FnOnce(&mut discord_sim::world::World) -> Result<T, discord_sim::world::ApiError>,
) -> T {
    sim.act(act).unwrap()
}

pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}
