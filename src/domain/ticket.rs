//! The ticket: what its events add up to.
//!
//! [`Ticket::fold`] is the truth: it takes a ticket's events in any order, twice or once, and gives
//! the same ticket. [`Ticket::extend`] is the short way for an event that comes in order.
//! Nothing here knows a policy: which answer counts, and by when, is decided in
//! [`decision`](super::decision) from the facts kept here.

mod apply;
mod parts;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::event::{Alert, Cycle, Event, EventKey, Fact, Priority};
use super::ids::{ChannelId, RoleId, TagId, UserId};
use super::promise::Promise;
use super::time::optional_millis;
use super::triage::{Cause, Improvement, Kind};
use super::turns::Turns;

pub use parts::{
    Acknowledged, Claim, End, Exchange, Owed, Prioritised, Question, Reopened, Snoozed, Status,
    Unconfirmed,
};

/// Counts up with every change of what a ticket holds or how it is folded: then every stored ticket
/// is folded anew at the next start.
pub const FOLD: i64 = 6;

/// What a ticket's events add up to. Its size does not grow with the number of messages, but for a
/// few characters with each change of turn, up to some thousand of them, and what people set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// The channel its thread hangs on; `None` until the thread's own facts are here.
    pub channel: Option<ChannelId>,
    /// The forum tags at the start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// The question; `None` until a person wrote.
    pub question: Option<Question>,
    /// Those roles of the asker's, when asking, by which a policy chooses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asker_roles: Vec<RoleId>,
    /// How urgent it is.
    pub priority: Priority,
    /// Every change of it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Prioritised>,
    /// Whether it is still open.
    pub status: Status,
    /// Who has it.
    pub claim: Option<Claim>,
    /// Who took it on for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Who put it out of the queue for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed: Option<Snoozed>,
    /// Since when the asker has an answer and has not written: the latest word of somebody else.
    #[serde(with = "optional_millis", skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// How often the asker was reminded of one.
    #[serde(skip_serializing_if = "is_zero")]
    pub reminders: u8,
    /// The first answer by community.
    #[serde(with = "optional_millis")]
    pub first_community_at: Option<Timestamp>,
    /// The first answer by staff.
    #[serde(with = "optional_millis")]
    pub first_staff_at: Option<Timestamp>,
    /// How many messages the asker wrote.
    pub asker_messages: u32,
    /// How many messages people wrote, the asker among them.
    pub messages: u32,
    /// What is owed where anyone's answer counts.
    pub owed_by_anyone: Owed,
    /// What is owed where only staff's answer counts.
    pub owed_by_staff: Owed,
    /// The latest answer by the community that stopped the clock where anyone's answer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Unconfirmed>,
    /// Whose turn it was when.
    #[serde(skip_serializing_if = "Turns::is_empty")]
    pub turns: Turns,
    /// When it was resolved for the first time.
    #[serde(with = "optional_millis", skip_serializing_if = "Option::is_none")]
    pub first_resolved_at: Option<Timestamp>,
    /// The latest reopening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Reopened>,
    /// Every date that was promised, in order. At most the last one still runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promise>,
    /// What it is about, once triage has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// What was behind it, once somebody of the team has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The issue it hangs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub improvement: Option<Improvement>,
    /// Whether something that staff wrote says that it is a bug.
    #[serde(skip_serializing_if = "is_no")]
    pub said_bug: bool,
    /// Whether it was offered to make it an issue.
    #[serde(skip_serializing_if = "is_no")]
    pub offered: bool,
    /// The alerts raised for what is owed now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raised: Vec<Alert>,
    /// The latest event folded in.
    #[serde(skip)]
    pub latest: Option<EventKey>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_no(flag: &bool) -> bool {
    !*flag
}

/// What [`Ticket::extend`] made of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Extended {
    /// It is part of the ticket now.
    Yes,
    /// It came late, came twice or takes something back: fold the ticket again from all its events.
    FoldAgain,
}

impl Ticket {
    /// The ticket that `events` add up to, whatever their order and however often each is there.
    pub fn fold(events: impl IntoIterator<Item = Event>) -> Self {
        Self::fold_watched(events, |_, _| {})
    }

    /// As [`Self::fold`], and shows the ticket after each event. What is taken back later is taken
    /// back from the start.
    pub fn fold_watched(
        events: impl IntoIterator<Item = Event>,
        mut watch: impl FnMut(&Self, &Event),
    ) -> Self {
        let mut events: Vec<Event> = events.into_iter().collect();
        events.sort_unstable_by_key(|event| event.key);
        events.dedup_by_key(|event| event.key);
        let (mut deleted, mut spared) = (HashSet::new(), HashSet::new());
        for event in events.iter().filter(|event| event.looks_back()) {
            if let Fact::MessageDeleted { message } = event.fact {
                deleted.insert(message);
            } else if let Fact::ReplySpared { message, .. } = event.fact {
                spared.insert(message);
            } else if let Fact::ReplyWanted { message, .. } = event.fact {
                spared.remove(&message);
            }
        }
        let mut ticket = Self::default();
        // The question stays the question even when its message is deleted afterwards: somebody
        // asked, and who may resolve and when it was opened must not change.
        for event in &events {
            if let Some(message) = event.posted()
                && deleted.contains(&message)
            {
                ticket.note_question(event);
            } else if let Fact::MessagePosted {
                message, author, ..
            } = event.fact
                && spared.contains(&message)
                && ticket.asker() == Some(author)
            {
                ticket.asker_was_content(event.key.at);
            } else {
                ticket.apply(event);
            }
            ticket.latest = Some(event.key);
            watch(&ticket, event);
        }
        ticket
    }

    /// Adds one event, if it comes after all the others and takes nothing back.
    pub fn extend(&mut self, event: &Event) -> Extended {
        let in_order = self.latest.is_none_or(|latest| latest < event.key);
        if !in_order || event.looks_back() {
            return Extended::FoldAgain;
        }
        self.apply(event);
        self.latest = Some(event.key);
        Extended::Yes
    }

    /// Who asked, once somebody did.
    pub fn asker(&self) -> Option<UserId> {
        self.question.map(|question| question.asker)
    }

    /// When what a clock of this cycle is about was written: the message that is owed an answer, the
    /// answer that nobody confirmed, the reopening, the promise.
    pub fn asked_at(&self, cycle: Cycle) -> Option<Timestamp> {
        let (anyone, staff) = (&self.owed_by_anyone, &self.owed_by_staff);
        let exchanges = [anyone.first, anyone.next, staff.first, staff.next];
        let exchanges = exchanges.into_iter().flatten();
        let question = self
            .question
            .map(|question| (Cycle(question.message.0), question.opened_at));
        let doubt = self
            .unconfirmed
            .map(|doubt| (doubt.cycle, doubt.answered_at));
        let again = self.reopened.map(|again| (again.cycle, again.at));
        let promise = self.promises.last();
        let promise = promise.map(|promise| (promise.cycle, promise.given_at));
        exchanges
            .map(|exchange| (exchange.cycle, exchange.asked_at))
            .chain([question, doubt, again, promise].into_iter().flatten())
            .find_map(|(of, at)| (of == cycle).then_some(at))
    }

    /// Whether it waits for nothing more than an answer.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Open)
    }

    /// How urgent it was at an instant.
    pub fn priority_at(&self, at: Timestamp) -> Priority {
        let before = |change: &&Prioritised| change.at <= at;
        let latest = self.priorities.iter().rfind(before);
        latest.map_or_else(Priority::default, |change| change.priority)
    }

    /// When its priority last changed, up to an instant.
    pub fn priority_changed_at(&self, until: Timestamp) -> Option<Timestamp> {
        let mut instants = self.priorities.iter().map(|change| change.at);
        instants.rfind(|at| *at <= until)
    }

    /// How much memory it takes beside its own size: what grows with what people do.
    pub(crate) fn bytes_elsewhere(&self) -> usize {
        fn of<T>(list: &Vec<T>) -> usize {
            list.capacity() * size_of::<T>()
        }
        let reason = self.snoozed.as_ref().map(|snoozed| &snoozed.reason);
        self.turns.bytes_elsewhere()
            + reason.map_or(0, String::capacity)
            + of(&self.tags)
            + of(&self.asker_roles)
            + of(&self.priorities)
            + of(&self.promises)
            + of(&self.raised)
    }
}

#[cfg(test)]
mod tests;
