//! One round: everything that is to be looked up now, while decisions are held.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::errand::Todo;
use super::guild::{News, first_id};
use super::members::Members;
use super::thread::Start;
use super::unread::{Tried, Unreads};
use super::{CatchUp, Failed, Heard};
use crate::clock::Clock;
use crate::discord::api::{self, Channel};
use crate::discord::places::{Place, Places};
use crate::domain::Timestamp;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId};
use crate::gateway::rest::{Rest, RestError};
use crate::ledger::LedgerHandle;
use crate::ledger::intent::Intent;
use crate::store::Store;

/// How much further back than the last instant at which we are known to have heard everything
/// reading starts: a connection that died unnoticed, two clocks that differ.
const OVERLAP: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// How far back reading starts after everything was heard up to an instant.
pub(super) fn back_from(heard_up_to: Timestamp) -> Timestamp {
    heard_up_to - OVERLAP
}

/// A message younger than this may be recorded already and not be listed by Discord yet, so it is
/// not taken for deleted.
const SETTLES: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// What a round works with.
pub(super) struct Round<'a> {
    pub(super) rest: &'a Rest,
    pub(super) store: &'a Store,
    pub(super) ledger: &'a LedgerHandle,
    pub(super) places: &'a Places,
    pub(super) clock: &'a Clock,
    pub(super) heard: &'a Heard,
    pub(super) unreads: &'a Unreads,
    pub(super) members: Members,
    /// From here on something may be missing; `None` when nothing was ever heard.
    pub(super) unheard_since: Option<Timestamp>,
    /// What was written before this and is recorded but not listed was deleted.
    pub(super) settled_before: MessageId,
    /// What a person has to mend, each thing once.
    pub(super) losses: Mutex<BTreeSet<(GuildId, String)>>,
    tried: Mutex<Tried>,
}

/// What a round came to.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The threads that had something new, of each guild that was compared.
    pub(super) news: News,
    /// What has to be tried again.
    pub(super) failed: Todo,
    /// What a person has to mend.
    pub(super) losses: BTreeSet<(GuildId, String)>,
    /// What came of threads that cannot be read, or could not before.
    pub(super) tried: Tried,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        catch_up: &'a CatchUp,
        unreads: &'a Unreads,
        unheard_since: Option<Timestamp>,
    ) -> Self {
        let now = catch_up.clock.now();
        Self {
            rest: &catch_up.rest,
            store: &catch_up.store,
            ledger: &catch_up.ledger,
            places: &catch_up.places,
            clock: &catch_up.clock,
            heard: &catch_up.heard,
            unreads,
            members: Members::default(),
            unheard_since: unheard_since.map(back_from),
            settled_before: first_id(now - SETTLES),
            losses: Mutex::default(),
            tried: Mutex::default(),
        }
    }

    /// Does all of `todo` but telling. What fails is handed back.
    pub(super) async fn run(self, todo: Todo) -> Result<Done, Failed> {
        let mut done = Done::default();
        for guild in todo.guilds {
            let Some(settings) = self.places.find_guild(guild) else {
                continue;
            };
            match self.compare_guild(&settings).await {
                Ok(news) => {
                    done.news.insert(guild, news);
                }
                Err(error) => {
                    error.log_or_stop("a guild could not be caught up", guild.0)?;
                    done.failed.guilds.insert(guild);
                }
            }
        }
        for (thread, (guild, from)) in todo.threads {
            let is_tracked = self.places.find(thread.0) == Place::Tracked;
            let since = from.filter(|_| is_tracked);
            let since = since.map(|from| back_from(from.instant()));
            let read = self.read_one(guild, thread, from).await;
            if let Err(error) = self.or_leave(thread, Some(guild), since, read) {
                error.log_or_stop("a thread could not be read", thread.0)?;
                done.failed.threads.insert(thread, (guild, from));
            }
        }
        for (thread, (guild, channel)) in todo.starters {
            let read = self.starter(guild, channel, thread).await;
            if let Err(error) = self.or_leave(thread, Some(guild), None, read) {
                error.log_or_stop("the question of a thread could not be read", thread.0)?;
                done.failed.starters.insert(thread, (guild, channel));
            }
        }
        for place in todo.strays {
            let read = self.stray(place).await;
            match self.or_leave(place, None, None, read) {
                // What it is stands in `places` now, and when it is forgotten there it is to come again.
                Ok(()) => self.ledger.forget_stray(place),
                Err(error) => {
                    error.log_or_stop("a place could not be looked up", place.0)?;
                    done.failed.strays.insert(place);
                }
            }
        }
        for thread in todo.again {
            // With its guild it was tried already.
            if !self.tried().has(thread) {
                let read = self.read_again(thread).await;
                self.note_read(thread, &read);
                let since = self.unreads.since(thread, self.unheard_since);
                if let Err(error) = self.or_leave(thread, None, since, read) {
                    error.log_or_stop("a thread could not be read", thread.0)?;
                    done.failed.again.insert(thread);
                }
            }
        }
        done.tried = std::mem::take(&mut *self.tried());
        done.losses = self
            .losses
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(done)
    }

    /// Notes whether all that may be missing in a thread was read.
    pub(super) fn note_read<T>(&self, thread: ThreadId, read: &Result<T, Failed>) {
        if read.is_ok() && self.unreads.contains(thread) {
            self.tried().read.insert(thread);
        }
    }

    /// Where Discord failed at a thread, it is left to be read later by itself, unless there are so many
    /// that it is not about this thread.
    pub(super) fn or_leave<T: Default>(
        &self,
        thread: ThreadId,
        guild: Option<GuildId>,
        since: Option<Timestamp>,
        read: Result<T, Failed>,
    ) -> Result<T, Failed> {
        let mut tried = self.tried();
        match read {
            Err(Failed::Rest(error))
                if !matches!(error, RestError::Unauthorized)
                    && self.unreads.have_room(thread, &tried.left) =>
            {
                tracing::warn!(%thread, %error, "a thread cannot be read; it is tried again later");
                let left = tried.left.entry(thread).or_insert((guild, since));
                left.1 = left.1.min(since);
                Ok(T::default())
            }
            read => read,
        }
    }

    fn tried(&self) -> MutexGuard<'_, Tried> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an intent on its way, as intake does.
    pub(super) async fn send(&self, intent: Intent) -> Result<(), Failed> {
        self.ledger.reserve().await?.send(intent);
        Ok(())
    }

    async fn read_one(
        &self,
        guild: GuildId,
        thread: ThreadId,
        from: Option<MessageId>,
    ) -> Result<(), Failed> {
        let Some(settings) = self.places.find_guild(guild) else {
            return Ok(());
        };
        let is_tracked = self.places.find(thread.0) == Place::Tracked;
        let start = match from {
            Some(MessageId(from)) if is_tracked => Start::After(MessageId(from.saturating_sub(1))),
            // Another errand, or a whole guild, was quicker.
            None if is_tracked => return Ok(()),
            _ => Start::Beginning,
        };
        match self.find_or_forget(thread).await? {
            Some(channel) => self.read_if_ours(&settings, &channel, start).await,
            None => Ok(()),
        }
    }

    /// Tries once more to read a thread that could not be read.
    async fn read_again(&self, thread: ThreadId) -> Result<(), Failed> {
        let Some(channel) = self.find_or_forget(thread).await? else {
            return Ok(());
        };
        let guild = channel.guild_id.map(GuildId::from);
        let Some(settings) = guild.and_then(|guild| self.places.find_guild(guild)) else {
            return Ok(());
        };
        let known = self.store.list_threads_known(settings.guild).await?;
        let known = known.iter().find(|known| known.thread == thread);
        let seen = channel.thread(settings.guild);
        if known.is_none() || !seen.is_some_and(|seen| settings.watches(seen.channel)) {
            let start = Start::Beginning;
            return self.read_if_ours(&settings, &channel, start).await;
        }
        self.read_found(&settings, &channel, known).await?;
        let threads = vec![(thread, self.is_in_forum(&channel))];
        self.follow(settings.guild, threads).await
    }

    /// A thread; if there is none and it is tracked, it is gone.
    async fn find_or_forget(&self, thread: ThreadId) -> Result<Option<Channel>, Failed> {
        let found = self.find(thread).await?;
        if found.is_none() && self.places.find(thread.0) == Place::Tracked {
            self.places.forget_thread(thread);
            let at = self.clock.now();
            self.send(Intent::ThreadGone { thread, at }).await?;
        }
        Ok(found)
    }

    async fn starter(
        &self,
        guild: GuildId,
        channel: ChannelId,
        thread: ThreadId,
    ) -> Result<(), Failed> {
        let Some(settings) = self.places.find_guild(guild) else {
            return Ok(());
        };
        for intent in self.find_starter(&settings, channel, thread).await? {
            self.send(intent).await?;
        }
        // From now on the thread is known from its beginning.
        self.send(Intent::ReadUpTo {
            thread,
            message: MessageId(thread.0),
        })
        .await
    }

    /// Finds out what a place is that nobody has heard of. A message that was dropped there is read
    /// again with the rest of its thread.
    async fn stray(&self, place: ThreadId) -> Result<(), Failed> {
        if self.places.find(place.0) == Place::Elsewhere {
            return Ok(());
        }
        let channel = self.find(place).await?;
        let guild = channel.as_ref().and_then(|channel| channel.guild_id);
        let settings = guild.and_then(|guild| self.places.find_guild(guild.into()));
        if let (Some(channel), Some(settings)) = (channel, settings) {
            return self
                .read_if_ours(&settings, &channel, Start::Beginning)
                .await;
        }
        // Gone, hidden, or of a guild that is not served.
        self.places.note_elsewhere(place.0);
        Ok(())
    }

    async fn read_if_ours(
        &self,
        settings: &GuildSettings,
        channel: &Channel,
        start: Start<'_>,
    ) -> Result<(), Failed> {
        match channel.thread(settings.guild) {
            Some(seen) if settings.watches(seen.channel) => {
                self.read_thread(settings, channel, seen, start).await?;
            }
            _ => {
                self.places.note_channel(settings, channel);
                self.places.note_elsewhere(channel.id.0);
            }
        }
        Ok(())
    }

    /// A channel or thread; `None` if it is not there or not for us to see.
    async fn find(&self, place: ThreadId) -> Result<Option<Channel>, Failed> {
        match api::find_channel(self.rest, place.0).await {
            Err(error) if api::is_forbidden(&error) => Ok(None),
            found => Ok(found?),
        }
    }
}
