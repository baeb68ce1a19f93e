//! Threads that cannot be read while all others can: Discord answers with an error each time.
//!
//! Such a thread keeps nothing else from counting as heard. It is remembered with the instant from
//! which on something may be missing in it, across restarts, and tried again: after 20 s first, and
//! then after a quarter of the time that it has been like that, up to an hour. What comes over the
//! gateway is recorded all the while. After hours the moderators are told, once.
//!
//! Where more than [`MOST`] cannot be read it is not about threads, and nothing counts as heard.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, ThreadId};
use crate::domain::session::Unread;
use crate::text::notice;

/// How many threads may be left unread while all others count as heard.
pub(super) const MOST: usize = 16;

/// How long a thread waits to be tried again, at least and at most.
const WAITS: [TimeDelta; 2] = [TimeDelta::seconds(20), TimeDelta::hours(1)];

/// After this time the moderators are told.
const TELL_AFTER: TimeDelta = TimeDelta::hours(3);

/// The threads that are left unread.
#[derive(Debug, Default)]
pub(super) struct Unreads(BTreeMap<ThreadId, Waiting>);

#[derive(Debug)]
struct Waiting {
    unread: Unread,
    again_at: Timestamp,
}

/// Of which guild it is, as far as that is known, and from when on something may be missing in it.
type Left = (Option<GuildId>, Option<Timestamp>);

/// What a round came to about threads that could not be read.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Those that are read now, or gone.
    pub(super) read: BTreeSet<ThreadId>,
    /// Those that still cannot be read, or cannot any more.
    pub(super) left: BTreeMap<ThreadId, Left>,
}

impl Tried {
    pub(super) fn has(&self, thread: ThreadId) -> bool {
        self.read.contains(&thread) || self.left.contains_key(&thread)
    }
}

impl Unreads {
    /// Those that the last process left; each is tried at once.
    pub(super) fn of(left: Vec<Unread>, now: Timestamp) -> Self {
        let waiting = |unread| Waiting {
            unread,
            again_at: now,
        };
        let left = left.into_iter();
        Self(left.map(|it| (it.thread, waiting(it))).collect())
    }

    pub(super) fn contains(&self, thread: ThreadId) -> bool {
        self.0.contains_key(&thread)
    }

    /// Whether a thread may be left, beside those that a round leaves already.
    pub(super) fn have_room(&self, thread: ThreadId, left: &BTreeMap<ThreadId, Left>) -> bool {
        let new = left.keys().filter(|thread| !self.contains(**thread));
        self.contains(thread) || self.0.len() + new.count() < MOST
    }

    /// From when on something may be missing in a thread, where in all others it may since `usual`;
    /// `None`: from its beginning on.
    pub(super) fn since(&self, thread: ThreadId, usual: Option<Timestamp>) -> Option<Timestamp> {
        let waiting = self.0.get(&thread);
        waiting.map_or(usual, |it| it.unread.since.min(usual))
    }

    /// When one is to be tried again.
    pub(super) fn again_at(&self) -> Option<Timestamp> {
        self.0.values().map(|it| it.again_at).min()
    }

    /// Those that are to be tried again.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = ThreadId> {
        let due = self.0.iter().filter(move |(_, it)| it.again_at <= now);
        due.map(|(thread, _)| *thread)
    }

    /// Notes what a round came to. What the moderators are to be told now.
    pub(super) fn note(&mut self, tried: Tried, now: Timestamp) -> Vec<(GuildId, String)> {
        self.0.retain(|thread, _| !tried.read.contains(thread));
        let mut told = Vec::new();
        for (thread, (guild, since)) in tried.left {
            let waiting = self.0.entry(thread).or_insert_with(|| Waiting {
                unread: Unread {
                    thread,
                    guild,
                    since,
                    failing_since: now,
                    told: false,
                },
                again_at: now,
            });
            let unread = &mut waiting.unread;
            unread.since = unread.since.min(since);
            unread.guild = unread.guild.or(guild);
            let failing = now - unread.failing_since;
            let [least, most] = WAITS;
            waiting.again_at = now + (failing / 4).clamp(least, most);
            if let Some(guild) = unread.guild
                && failing >= TELL_AFTER
                && !unread.told
            {
                unread.told = true;
                told.push((guild, notice::unreadable(thread, unread.failing_since)));
            }
        }
        told
    }

    /// To be written down.
    pub(super) fn list(&self) -> Vec<Unread> {
        self.0.values().map(|it| it.unread.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::from_millis;

    fn left(threads: impl IntoIterator<Item = u64>, since: Option<Timestamp>) -> Tried {
        let left = threads.into_iter();
        Tried {
            left: left
                .map(|thread| (ThreadId(thread), (Some(GuildId(1)), since)))
                .collect(),
            ..Tried::default()
        }
    }

    #[test]
    fn the_waits_grow_and_the_moderators_are_told_once() {
        let start = from_millis(1_785_542_400_000).unwrap();
        let (mut unreads, mut now) = (Unreads::default(), start);
        let (mut waits, mut told) = (Vec::new(), 0);
        while now < start + TimeDelta::days(1) {
            told += unreads.note(left([7], Some(start)), now).len();
            let again_at = unreads.again_at().unwrap();
            waits.push((again_at - now).num_seconds());
            assert_eq!(unreads.due(now).count(), 0);
            now = again_at;
        }
        assert_eq!((waits[0], waits.last()), (20, Some(&3_600)));
        assert!(waits.is_sorted() && waits.len() < 60, "{waits:?}");
        assert_eq!(told, 1);
        // The next process goes on with it, and tells nobody again.
        let mut unreads = Unreads::of(unreads.list(), now);
        assert_eq!(unreads.due(now).collect::<Vec<_>>(), [ThreadId(7)]);
        assert!(unreads.note(left([7], None), now).is_empty());
        assert_eq!(unreads.since(ThreadId(7), Some(now)), None);
        assert_eq!(unreads.since(ThreadId(8), Some(now)), Some(now));
    }

    #[test]
    fn only_a_few_are_left() {
        let now = from_millis(1_785_542_400_000).unwrap();
        let mut unreads = Unreads::default();
        unreads.note(left(0..10, None), now);
        let beside = |last: u64| unreads.have_room(ThreadId(99), &left(5..=last, None).left);
        assert!(beside(14) && !beside(15));
        assert!(unreads.have_room(ThreadId(3), &left(5..=15, None).left));
    }
}
