//! Comparing one guild.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Failed;
use super::round::Round;
use super::thread::Start;
use crate::discord::api::{self, Channel, ChannelKind};
use crate::discord::ground::Loss;
use crate::domain::Timestamp;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, MessageId, ThreadId};
use crate::ledger::intent::Intent;
use crate::store::KnownThread;

/// How many threads are read at the same time. The rate limits are the REST client's matter; this
/// keeps its queue short, so that an alert or a command's answer does not stand behind it.
const AT_ONCE: usize = 8;

/// The threads of a guild as Discord has them now, each once.
type Found = BTreeMap<ThreadId, Channel>;

impl Round<'_> {
    /// Compares a guild with what is recorded. Gives the threads with something new.
    pub(super) async fn compare_guild(
        &self,
        settings: &GuildSettings,
    ) -> Result<BTreeSet<ThreadId>, Failed> {
        let guild = settings.guild;
        let known = self.store.list_threads_known(guild).await?;
        // Watched since a moment ago: whatever stands there is news.
        let watched = self.store.list_watched_channels(guild).await?;
        let is_fresh = |channel: &ChannelId| watched.get(channel).is_some_and(|it| !it.caught_up);
        let channels = self.list_watched(settings).await?;
        let fresh: Vec<ChannelId> = channels.iter().copied().filter(is_fresh).collect();
        let mut found = Found::new();
        // Active ones first: a thread that is archived meanwhile is then found among the archived.
        let active = api::list_active_threads(self.rest, guild).await?;
        if active.has_more {
            tracing::warn!(%guild, "Discord did not list all active threads of a guild");
        }
        self.add(settings, active.threads, &mut found);
        for channel in channels {
            let has_history =
                !fresh.contains(&channel) && known.iter().any(|thread| thread.channel == channel);
            self.list_archived(settings, channel, has_history, &mut found)
                .await?;
        }
        self.look_for_missing(settings, &known, &mut found).await?;
        let threads = found.iter();
        let threads = threads.map(|(thread, channel)| (*thread, self.is_in_forum(channel)));
        let threads: Vec<(ThreadId, bool)> = threads.collect();
        let news = self.read(settings, found, &known).await?;
        self.follow(guild, threads).await?;
        if !fresh.is_empty() {
            let channels = fresh;
            self.send(Intent::CaughtUp { guild, channels }).await?;
        }
        Ok(news)
    }

    /// The channels that are watched and there. Says which are not.
    async fn list_watched(&self, settings: &GuildSettings) -> Result<Vec<ChannelId>, Failed> {
        let channels = api::list_channels(self.rest, settings.guild).await?;
        for channel in &channels {
            self.places.note_channel(settings, channel);
        }
        let there: BTreeSet<ChannelId> = channels
            .iter()
            .filter(|channel| channel.kind.carries_threads())
            .map(|channel| ChannelId::from(channel.id))
            .collect();
        let mut watched = Vec::new();
        for channel in &settings.channels {
            if there.contains(channel) {
                watched.push(*channel);
                continue;
            }
            // The list is not proof enough to give up all tickets of a channel.
            match api::find_channel(self.rest, channel.0).await {
                Ok(None) => {
                    self.send(Intent::ChannelGone {
                        channel: *channel,
                        at: self.clock.now(),
                    })
                    .await?;
                    self.tell(settings, Loss::of_channel(settings, *channel));
                }
                Ok(Some(_)) => {}
                Err(error) if api::is_forbidden(&error) => {
                    self.tell(settings, Some(Loss::Hidden { channel: *channel }));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(watched)
    }

    /// Adds a channel's public threads that were archived since we were last there; all since
    /// `enforce_from` when we were never there.
    async fn list_archived(
        &self,
        settings: &GuildSettings,
        channel: ChannelId,
        has_history: bool,
        found: &mut Found,
    ) -> Result<(), Failed> {
        let back_to = match self.unheard_since {
            Some(since) if has_history => since,
            _ => settings.service_level.enforce_from,
        };
        let mut before: Option<Timestamp> = None;
        loop {
            let page = match api::list_archived_threads(self.rest, channel, before).await {
                Ok(page) => page,
                Err(error) if api::is_forbidden(&error) => {
                    self.tell(settings, Some(Loss::Hidden { channel }));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            // The latest archived come first, so the last one says how far back this page goes.
            let oldest = page.threads.iter().filter_map(Channel::archived_at).min();
            let more = page.has_more;
            let mut recent = page.threads;
            recent.retain(|thread| thread.archived_at().is_none_or(|at| at >= back_to));
            self.add(settings, recent, found);
            match oldest {
                // A page that does not move on would be asked for without end.
                Some(at) if more && at >= back_to && before.is_none_or(|last| at < last) => {
                    before = Some(at);
                }
                _ => return Ok(()),
            }
        }
    }

    fn add(&self, settings: &GuildSettings, threads: Vec<Channel>, found: &mut Found) {
        for thread in threads {
            match thread.thread(settings.guild) {
                Some(seen) if settings.watches(seen.channel) => {
                    found.entry(seen.thread).or_insert(thread);
                }
                _ => self.places.note_elsewhere(thread.id.0),
            }
        }
    }

    /// Asks about each thread of a watched channel that was active when it was last seen and is on no
    /// list: it was archived long ago, or deleted.
    async fn look_for_missing(
        &self,
        settings: &GuildSettings,
        known: &[KnownThread],
        found: &mut Found,
    ) -> Result<(), Failed> {
        for thread in known {
            let listed = found.contains_key(&thread.thread);
            if thread.archived || listed || !settings.watches(thread.channel) {
                continue;
            }
            match api::find_channel(self.rest, thread.thread.0).await {
                Ok(Some(channel)) => self.add(settings, vec![channel], found),
                Ok(None) => {
                    self.places.forget_thread(thread.thread);
                    self.send(Intent::ThreadGone {
                        thread: thread.thread,
                        at: self.clock.now(),
                    })
                    .await?;
                }
                // The bot may not see its channel any more; that is told once, by its channel.
                Err(error) if api::is_forbidden(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn read(
        &self,
        settings: &GuildSettings,
        found: Found,
        known: &[KnownThread],
    ) -> Result<BTreeSet<ThreadId>, Failed> {
        stream::iter(found.into_values().map(Ok))
            .map(|channel: Result<Channel, Failed>| async {
                let channel = channel?;
                let thread = ThreadId::from(channel.id);
                let at = known.binary_search_by_key(&thread, |known| known.thread);
                let known = at.ok().and_then(|at| known.get(at));
                let since = known.filter(|known| known.last_seen.is_some());
                let since = since.and_then(|_| self.since(thread));
                let read = self.read_found(settings, &channel, known).await;
                self.note_read(thread, &read);
                let has_news = self.or_leave(thread, Some(settings.guild), since, read)?;
                Ok(has_news.then_some(thread))
            })
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|thread| async move { Ok(thread) })
            .try_collect()
            .await
    }

    pub(super) fn is_in_forum(&self, thread: &Channel) -> bool {
        let parent = thread.parent_id.map(ChannelId::from);
        let kind = parent.and_then(|parent| self.places.find_watched(parent));
        kind == Some(ChannelKind::Forum)
    }

    /// Follows what was carried to GitHub out of these threads, each with whether it is in a forum.
    pub(super) async fn follow(
        &self,
        guild: GuildId,
        threads: Vec<(ThreadId, bool)>,
    ) -> Result<(), Failed> {
        let carried = &self.store.list_carried(guild).await?;
        stream::iter(threads.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |(thread, in_forum)| async move {
                let Some(carried) = carried.get(&thread) else {
                    return Ok(());
                };
                match self.follow_carried(thread, in_forum, carried).await {
                    // Told where the thread is read; or it was deleted while we read.
                    Err(Failed::Rest(error))
                        if api::is_forbidden(&error) || error.code() == Some(UNKNOWN_CHANNEL) =>
                    {
                        Ok(())
                    }
                    followed => {
                        let since = self.since(thread);
                        self.or_leave(thread, Some(guild), since, followed)
                    }
                }
            })
            .await
    }

    pub(super) async fn read_found(
        &self,
        settings: &GuildSettings,
        channel: &Channel,
        known: Option<&KnownThread>,
    ) -> Result<bool, Failed> {
        let Some(seen) = channel.thread(settings.guild) else {
            return Ok(false);
        };
        // Reading starts further back than what is recorded, to be safe; that alone is no news.
        let last_seen = known.and_then(|known| known.last_seen);
        let has_news = known.is_none() || channel.last_message() > last_seen;
        let heard = self.heard.get(&seen.thread).copied();
        let unchanged = heard.filter(|heard| channel.last_message() <= Some(*heard));
        let start = match unchanged {
            Some(heard) => Start::After(heard),
            None => self.start(known),
        };
        if unchanged.is_none() && start != Start::Beginning && self.is_new(channel) {
            // It was announced, but its question may not have been fetched any more.
            let question = self
                .find_starter(settings, seen.channel, seen.thread)
                .await?;
            if !question.is_empty() {
                self.send(Intent::from(seen.clone())).await?;
            }
            for intent in question {
                self.send(intent).await?;
            }
        }
        match self.read_thread(settings, channel, seen, start).await {
            Err(Failed::Rest(error)) if api::is_forbidden(&error) => {
                let channel = channel.parent_id.map(ChannelId::from);
                self.tell(settings, channel.map(|channel| Loss::Hidden { channel }));
                Ok(false)
            }
            // Deleted while we read; the gateway says so too.
            Err(Failed::Rest(error)) if error.code() == Some(UNKNOWN_CHANNEL) => Ok(false),
            read => read.map(|()| has_news),
        }
    }

    /// Whether a thread was made after the instant from which on something may be missing.
    fn is_new(&self, thread: &Channel) -> bool {
        let made_at = thread
            .thread_metadata
            .as_ref()
            .and_then(|state| state.create_timestamp);
        made_at >= self.since(ThreadId::from(thread.id))
    }

    /// From when on something may be missing in a thread.
    fn since(&self, thread: ThreadId) -> Option<Timestamp> {
        self.unreads.since(thread, self.unheard_since)
    }

    /// Where to start reading: after what is known, but not after the instant from which on we may
    /// have missed something. What was recorded since then came past a gap, or before a crash.
    fn start<'known>(&self, known: Option<&'known KnownThread>) -> Start<'known> {
        let since = known.and_then(|known| self.since(known.thread));
        match (known, since) {
            (
                Some(
                    known @ KnownThread {
                        last_seen: Some(last_seen),
                        ..
                    },
                ),
                Some(since),
            ) => Start::Compare((*last_seen).min(first_id(since)), known),
            _ => Start::Beginning,
        }
    }

    fn tell(&self, settings: &GuildSettings, loss: Option<Loss>) {
        if let Some(loss) = loss {
            self.losses
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .insert((settings.guild, loss.sentence()));
        }
    }
}

/// Discord's code for a channel or thread that does not exist.
const UNKNOWN_CHANNEL: u64 = 10_003;

/// The smallest id that Discord can have made at an instant.
pub(in crate::discord) fn first_id(at: Timestamp) -> MessageId {
    let millis = at.timestamp_millis() - crate::domain::ids::DISCORD_EPOCH_MILLIS;
    MessageId(u64::try_from(millis).unwrap_or(0) << 22)
}

/// The threads that had something new, by guild.
pub(super) type News = BTreeMap<GuildId, BTreeSet<ThreadId>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_an_instant_has_that_instant() {
        let at = crate::domain::from_millis(1_785_542_400_123).unwrap();
        let id = first_id(at);
        assert_eq!(id.instant(), at);
        assert!(MessageId(id.0 - 1).instant() < at);
        let before_discord = crate::domain::from_millis(0).unwrap();
        assert_eq!(first_id(before_discord), MessageId(0));
    }
}
