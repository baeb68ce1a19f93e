//! What is asked of the writer, beside intents, and waits for an answer.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::bridge::{self, Denied, Effected};
use super::intent::{Command, Outcome, Refusal};
use super::{Change, FellDue, Hold, Lease, NotChanged, Room};
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, UserId};
use crate::domain::parcel::{Notice, Parcel, Receipt};
use crate::domain::session::{Alive, Bearings};
use crate::store::{NewCover, PromiseOffer, SettingProposal};

/// Something in the queue of requests.
#[derive(Debug)]
pub(super) enum Request {
    /// To be written.
    Ask(Ask),
    /// For the writer itself.
    Control(Control),
}

/// A question that is answered by a commit. While it is not answered its asker waits; dropping it
/// tells the asker that nothing was written.
#[derive(Debug)]
pub(super) struct Asked<Q, A> {
    pub(super) question: Q,
    answer: Option<A>,
    to: oneshot::Sender<A>,
}

/// What can be asked.
#[derive(Debug)]
pub(super) enum Ask {
    /// A person's command.
    Command(Asked<Command, Result<Outcome, Refusal>>),
    /// Keep this change of a guild's settings until its click.
    Propose(Asked<(GuildId, SettingProposal), i64>),
    /// Change a guild's settings.
    Change(Asked<Box<Change>, Result<(), NotChanged>>),
    /// Somebody takes over days of duty.
    Cover(Asked<NewCover, ()>),
    /// A cover is taken back: whether there was one that this person may take back, if one is named.
    Uncover(Asked<(GuildId, u64, Option<UserId>), bool>),
    /// Keep this date until its click.
    OfferPromise(Asked<PromiseOffer, ()>),
    /// Say this to the guild's moderators.
    Notice(Asked<(GuildId, Notice), ()>),
    /// Something about issues on GitHub.
    Bridge(Asked<bridge::Change, Result<Effected, Denied>>),
    /// Everything was heard up to now.
    Alive(Asked<Alive, ()>),
    /// A session with Discord is about to be opened: its rate limit key, and when.
    SessionStart(Asked<(u32, Timestamp), ()>),
    /// A start has found this out about Discord.
    Bearings(Asked<Bearings, ()>),
    /// What may be said now?
    Lease(Asked<Room, Lease>),
    /// A parcel has arrived.
    Delivered(Asked<(Parcel, Receipt), ()>),
    /// A parcel has not arrived.
    Failed(Asked<Setback, ()>),
}

/// A delivery that did not succeed, and what is done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setback {
    pub(crate) parcel_id: i64,
    /// When it is tried again; `None` when it is given up.
    pub(crate) retry_at: Option<Timestamp>,
    pub(crate) reason: String,
    pub(crate) uncertain: bool,
    /// As how many attempts those so far count at most.
    pub(crate) most_counted: u32,
}

/// What a release raised in each guild; `None` when decisions are held on.
pub(super) type Released = Option<BTreeMap<GuildId, FellDue>>;

/// What the writer itself is told.
#[derive(Debug)]
pub(super) enum Control {
    /// Do not decide.
    Hold(oneshot::Sender<Hold>),
    /// Decide what fell due, and go on, unless somebody has held decisions since.
    Release(Hold, oneshot::Sender<Released>),
    /// Say when nothing is left to do.
    Settle(oneshot::Sender<()>),
    /// Write what is queued, and end.
    Stop(oneshot::Sender<()>),
}

impl<Q, A> Asked<Q, A> {
    pub(super) fn new(question: Q) -> (Self, oneshot::Receiver<A>) {
        let (to, answer) = oneshot::channel();
        let asked = Self {
            question,
            answer: None,
            to,
        };
        (asked, answer)
    }

    /// Keeps the answer until the commit.
    pub(super) fn answer(&mut self, answer: A) {
        self.answer = Some(answer);
    }

    fn send(self) {
        if let Some(answer) = self.answer
            && self.to.send(answer).is_err()
        {
            tracing::debug!("whoever asked has not waited for the answer");
        }
    }
}

impl Ask {
    /// Gives the answer, after the commit.
    pub(super) fn send(self) {
        match self {
            Self::Command(asked) => asked.send(),
            Self::Propose(asked) => asked.send(),
            Self::Change(asked) => asked.send(),
            Self::Cover(asked) => asked.send(),
            Self::Uncover(asked) => asked.send(),
            Self::OfferPromise(asked) => asked.send(),
            Self::Notice(asked) => asked.send(),
            Self::Bridge(asked) => asked.send(),
            Self::Alive(asked) => asked.send(),
            Self::SessionStart(asked) => asked.send(),
            Self::Bearings(asked) => asked.send(),
            Self::Lease(asked) => asked.send(),
            Self::Delivered(asked) => asked.send(),
            Self::Failed(asked) => asked.send(),
        }
    }

    /// Whether it must not be forgotten when the disk does not take it. Whoever asks for the rest
    /// can ask again.
    pub(super) fn is_fact(&self) -> bool {
        match self {
            Self::Notice(_) | Self::Delivered(_) | Self::Failed(_) => true,
            Self::Command(_)
            | Self::Cover(_)
            | Self::Uncover(_)
            | Self::OfferPromise(_)
            | Self::Bridge(_)
            | Self::SessionStart(_)
            | Self::Bearings(_)
            | Self::Propose(_)
            | Self::Change(_)
            | Self::Alive(_)
            | Self::Lease(_) => false,
        }
    }
}
