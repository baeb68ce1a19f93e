//! Since when may something be missing?

use std::collections::BTreeSet;

use tokio::sync::watch;

use crate::domain::Timestamp;
use crate::gateway::Health;

/// What is known about having heard everything.
#[derive(Debug)]
pub(super) struct Presence {
    /// The last instant before which everything was heard; `None` before the first run.
    last: Option<Timestamp>,
    /// When the session was opened that ended the absence.
    back_at: Option<Timestamp>,
    /// How each shard's session stands.
    sessions: Vec<Option<watch::Receiver<Health>>>,
    /// The shards whose session was lost, and is not yet known to have been resumed or caught up.
    unsure: BTreeSet<u32>,
    /// Of those, the shards with a new session: sure again once caught up.
    opened: BTreeSet<u32>,
}

impl Presence {
    /// At the start nothing is sure.
    pub(super) fn new(last: Option<Timestamp>, sessions: Vec<watch::Receiver<Health>>) -> Self {
        let unsure = (0..).take(sessions.len()).collect();
        Self {
            last,
            back_at: None,
            sessions: sessions.into_iter().map(Some).collect(),
            unsure,
            opened: BTreeSet::new(),
        }
    }

    /// How many shards there are.
    pub(super) fn shards(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    /// The last instant before which everything was heard.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// From when to when nobody listened, if there was a time when somebody did before.
    pub(super) fn absence(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.last?, self.back_at?))
    }

    /// Notes every session that was lost, even if it is back by now.
    pub(super) fn look(&mut self) {
        for (shard, session) in (0..).zip(&mut self.sessions) {
            let Some(receiver) = session else { continue };
            match receiver.has_changed() {
                Ok(false) => continue,
                Ok(true) => receiver.mark_unchanged(),
                // It has ended for good.
                Err(_) => *session = None,
            }
            self.unsure.insert(shard);
            self.opened.remove(&shard);
        }
    }

    /// Waits until a session is lost or comes back, which [`Self::look`] will see.
    pub(super) async fn changed(&self) {
        let sessions = self.sessions.iter().flatten();
        let waiting: Vec<_> = sessions
            // A clone has seen what its original has seen, and leaves it to be seen again.
            .map(|session| {
                let mut session = session.clone();
                Box::pin(async move { session.changed().await })
            })
            .collect();
        if waiting.is_empty() {
            return std::future::pending().await;
        }
        if futures_util::future::select_all(waiting).await.0.is_err() {
            tracing::debug!("a session has ended");
        }
    }

    /// A shard opened a new session.
    pub(super) fn opened(&mut self, shard: u32, now: Timestamp) {
        self.back_at.get_or_insert(now);
        self.opened.insert(shard);
    }

    /// A shard resumed its session: it missed nothing.
    pub(super) fn resumed(&mut self, shard: u32, now: Timestamp) {
        self.back_at.get_or_insert(now);
        self.unsure.remove(&shard);
    }

    /// Everything that could be missing was read.
    pub(super) fn caught_up(&mut self) {
        self.back_at = None;
        for shard in std::mem::take(&mut self.opened) {
            self.unsure.remove(&shard);
        }
    }

    /// Whether every shard's session is live.
    pub(super) fn is_live(&self) -> bool {
        let live = |session: &Option<watch::Receiver<Health>>| {
            session
                .as_ref()
                .is_some_and(|session| *session.borrow() == Health::Live)
        };
        self.sessions.iter().all(live)
    }

    /// Whether nothing can be missing right now, once nothing is left to be looked up.
    pub(super) fn is_sure(&self) -> bool {
        self.unsure.is_empty() && self.is_live()
    }

    /// Everything before `now` was heard.
    pub(super) fn note(&mut self, now: Timestamp) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::from_millis;

    fn at(millis: i64) -> Timestamp {
        from_millis(millis).unwrap()
    }

    /// One shard whose session is live, resumed, and heard of.
    fn sure() -> (watch::Sender<Health>, Presence) {
        let (session, receiver) = watch::channel(Health::Connecting);
        let mut presence = Presence::new(Some(at(1)), vec![receiver]);
        assert!(!presence.is_sure());
        session.send_replace(Health::Live);
        presence.look();
        presence.resumed(0, at(2));
        presence.caught_up();
        assert!(presence.is_sure());
        (session, presence)
    }

    #[test]
    fn a_lost_session_makes_unsure_even_when_it_is_back_at_once() {
        let (session, mut presence) = sure();
        session.send_replace(Health::Connecting);
        assert!(!presence.is_sure());
        session.send_replace(Health::Live);
        presence.look();
        assert!(!presence.is_sure());
        // Something else was caught up; this session was not heard of yet.
        presence.caught_up();
        assert!(!presence.is_sure());
        presence.resumed(0, at(3));
        assert!(presence.is_sure());
    }

    #[test]
    fn a_new_session_is_sure_once_it_is_caught_up() {
        let (session, mut presence) = sure();
        session.send_replace(Health::Live);
        presence.look();
        presence.opened(0, at(5));
        assert!(!presence.is_sure());
        assert_eq!(presence.absence(), Some((at(1), at(5))));
        presence.caught_up();
        assert!(presence.is_sure());
        assert_eq!(presence.absence(), None);
    }

    #[test]
    fn a_session_that_is_lost_while_it_is_caught_up_stays_unsure() {
        let (session, mut presence) = sure();
        session.send_replace(Health::Live);
        presence.look();
        presence.opened(0, at(5));
        session.send_replace(Health::Live);
        presence.look();
        presence.caught_up();
        assert!(!presence.is_sure());
    }

    #[tokio::test]
    async fn waiting_leaves_the_change_to_be_seen() {
        let (session, mut presence) = sure();
        session.send_replace(Health::Connecting);
        session.send_replace(Health::Live);
        presence.changed().await;
        assert!(presence.is_sure());
        presence.look();
        assert!(!presence.is_sure());
        drop(session);
        presence.changed().await;
        presence.look();
        assert!(!presence.is_sure());
    }
}
