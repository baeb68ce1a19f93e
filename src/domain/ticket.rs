//! The ticket: what its events add up to.
//!
//! [`Ticket::fold`] is the truth: it takes a ticket's events in any order, twice or once, and gives
//! the same ticket. [`Ticket::extend`] is the short way for an event that comes in order.
//! Nothing here knows a policy: which answer counts, and by when, is decided in
//! [`decision`](super::decision) from the facts kept here.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::event::{Alert, Cycle, Event, EventKey, Fact, Priority, Trigger};
use super::ids::{ChannelId, MessageId, RoleId, TagId, UserId};
use super::time::optional_millis;
use super::turns::Turns;

/// Counts up with every change of what a ticket holds or how it is folded: then every stored ticket
/// is folded anew at the next start.
pub const FOLD: i64 = 2;

/// What a ticket's events add up to. Its size does not grow with the number of messages, but for a
/// few characters with each change of turn.
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
    /// The alerts raised for what is owed now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raised: Vec<Alert>,
    /// The latest event folded in.
    #[serde(skip)]
    pub latest: Option<EventKey>,
}

/// The question a ticket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asked.
    pub asker: UserId,
    /// The first message.
    pub message: MessageId,
    /// Its instant: when the ticket was opened.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub opened_at: Timestamp,
}

/// Whether a ticket is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Not yet resolved.
    #[default]
    Open,
    /// Answered, as somebody said.
    Resolved {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
        /// By whom.
        by: UserId,
    },
    /// The thread was deleted.
    Gone {
        /// When we noticed.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
}

/// Who has a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The staff member.
    pub by: UserId,
    /// Since when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
}

/// A change of priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prioritised {
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
    /// To which.
    pub priority: Priority,
}

/// A reopening: a command, or a message of the asker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The snowflake of the command or the message.
    pub cycle: Cycle,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
}

/// An answer by the community, until it is known whether it helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// The answer.
    pub cycle: Cycle,
    /// When it came.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub answered_at: Timestamp,
    /// How the doubt ended, if it did: answered by staff as well, or cancelled because the asker
    /// wrote again or somebody resolved it.
    pub end: Option<End>,
}

/// Who put a ticket out of the queue for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snoozed {
    /// The staff member.
    pub by: UserId,
    /// Until when at most; in any case until somebody else writes.
    #[serde(with = "optional_millis")]
    pub until: Option<Timestamp>,
    /// Why: text from people.
    pub reason: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// Who took a ticket on for a while, so that nobody else is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The staff member.
    pub by: UserId,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: Timestamp,
    /// Until when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub until: Timestamp,
}

/// What is owed to the asker under one rule of whose answer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owed {
    /// How the first response came about.
    pub first: Option<Exchange>,
    /// The latest exchange after the first response.
    pub next: Option<Exchange>,
    /// How many exchanges there were, the first response among them.
    pub exchanges: u32,
}

/// A question (or follow-up) and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What is owed an answer.
    pub cycle: Cycle,
    /// Since when: the oldest unanswered message of the asker.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub asked_at: Timestamp,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Somebody answered.
    Answered {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
    /// The ticket was resolved, or its thread deleted, before anybody answered.
    Cancelled {
        /// When.
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: Timestamp,
    },
}

impl End {
    /// When.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Answered { at } | Self::Cancelled { at } => at,
        }
    }
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
    /// answer that nobody confirmed, the reopening.
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
        exchanges
            .map(|exchange| (exchange.cycle, exchange.asked_at))
            .chain([question, doubt, again].into_iter().flatten())
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

    fn note_question(&mut self, event: &Event) {
        if let Fact::MessagePosted {
            message, author, ..
        } = event.fact
            && self.question.is_none()
        {
            self.question = Some(Question {
                asker: author,
                message,
                opened_at: event.key.at,
            });
        }
    }

    fn apply(&mut self, event: &Event) {
        let at = event.key.at;
        match &event.fact {
            Fact::ThreadCreated { channel, tags } => {
                self.channel = Some(*channel);
                self.tags.clone_from(tags);
            }
            Fact::MessagePosted { author, staff, .. } => {
                self.note_question(event);
                self.messages = self.messages.saturating_add(1);
                self.snoozed.take_if(|snoozed| snoozed.by != *author);
                if self.asker() == Some(*author) {
                    self.asker_wrote(Cycle(event.key.id), at);
                } else {
                    self.answered(*staff, Cycle(event.key.id), at);
                }
            }
            Fact::RolesHeld { roles } => {
                if let Some(question) = self.question
                    && question.message.0 == event.key.id
                {
                    self.asker_roles.clone_from(roles);
                }
            }
            // Only a whole fold can take these in; `fold` has already done so.
            Fact::MessageDeleted { .. } | Fact::ReplySpared { .. } | Fact::ReplyWanted { .. } => {}
            // It was never said: should it become true again, it is said then.
            Fact::AlertDropped(alert) => self.raised.retain(|raised| raised != alert),
            Fact::Claimed { by } => self.is_held(Some(Claim { by: *by, at })),
            Fact::Released { .. } | Fact::ClaimLapsed { .. } => self.is_held(None),
            Fact::Resolved { by } => {
                if self.is_open() {
                    self.status = Status::Resolved { at, by: *by };
                    self.first_resolved_at.get_or_insert(at);
                    self.nothing_owed(at);
                }
            }
            Fact::Reopened { .. } => {
                if let Status::Resolved { .. } = self.status {
                    self.reopen(Cycle(event.key.id), at);
                    self.owe(Cycle(event.key.id), at);
                }
            }
            Fact::Snoozed { by, until, reason } => {
                self.snoozed = Some(Snoozed {
                    by: *by,
                    until: *until,
                    reason: reason.clone(),
                });
            }
            Fact::AskerReminded { before } => {
                self.reminders = self.reminders.max(before.saturating_add(1));
            }
            Fact::Acknowledged { by, until } => {
                let (by, until) = (*by, *until);
                self.acknowledged = Some(Acknowledged { by, at, until });
            }
            Fact::PrioritySet { priority, .. } => {
                if self.priority != *priority {
                    self.priority = *priority;
                    self.priorities.push(Prioritised {
                        at,
                        priority: *priority,
                    });
                }
                // What was taken on or put off was another matter.
                self.acknowledged = None;
                self.snoozed = None;
            }
            Fact::AlertRaised(alert) => {
                if !self.raised.contains(alert) {
                    self.raised.push(*alert);
                }
            }
            Fact::ThreadDeleted => {
                self.status = Status::Gone { at };
                self.nothing_owed(at);
            }
        }
    }

    fn is_held(&mut self, claim: Option<Claim>) {
        self.claim = claim;
        self.snoozed = None;
        // Whoever held it before was warned, not whoever holds it now.
        let is_about_claim = |alert: &Alert| alert.trigger == Trigger::ClaimEnds;
        self.raised.retain(|alert| !is_about_claim(alert));
    }

    /// The asker wrote something that needs no answer: whatever answered them, they are content.
    fn asker_was_content(&mut self, at: Timestamp) {
        self.messages = self.messages.saturating_add(1);
        self.asker_messages = self.asker_messages.saturating_add(1);
        self.end_doubt(End::Cancelled { at });
    }

    fn asker_wrote(&mut self, cycle: Cycle, at: Timestamp) {
        self.asker_messages = self.asker_messages.saturating_add(1);
        match self.status {
            Status::Open => {}
            Status::Resolved { .. } => self.reopen(cycle, at),
            Status::Gone { .. } => return,
        }
        self.owe(cycle, at);
    }

    fn reopen(&mut self, cycle: Cycle, at: Timestamp) {
        self.status = Status::Open;
        self.reopened = Some(Reopened { cycle, at });
    }

    fn owe(&mut self, cycle: Cycle, at: Timestamp) {
        self.answered_at = None;
        self.owed_by_anyone.asked(cycle, at);
        self.owed_by_staff.asked(cycle, at);
        self.turns.asked(at);
        self.end_doubt(End::Cancelled { at });
        // What was said about clocks that are over is of no more use.
        let mut raised = std::mem::take(&mut self.raised);
        raised.retain(|alert| self.asked_at(alert.cycle).is_some());
        self.raised = raised;
    }

    fn end_doubt(&mut self, end: End) {
        if let Some(doubt) = &mut self.unconfirmed {
            doubt.end.get_or_insert(end);
        }
    }

    fn answered(&mut self, staff: bool, cycle: Cycle, at: Timestamp) {
        let first = if staff {
            &mut self.first_staff_at
        } else {
            &mut self.first_community_at
        };
        first.get_or_insert(at);
        self.answered_at = Some(at);
        if staff {
            self.end_doubt(End::Answered { at });
            self.owed_by_staff.end(End::Answered { at });
        } else if self.owed_by_anyone.waiting().is_some() {
            self.unconfirmed = Some(Unconfirmed {
                cycle,
                answered_at: at,
                end: None,
            });
        }
        self.owed_by_anyone.end(End::Answered { at });
        self.turns.answered(at, staff);
    }

    fn nothing_owed(&mut self, at: Timestamp) {
        self.snoozed = None;
        self.answered_at = None;
        self.owed_by_anyone.end(End::Cancelled { at });
        self.owed_by_staff.end(End::Cancelled { at });
        self.end_doubt(End::Cancelled { at });
        self.turns.over(at);
    }
}

impl Owed {
    /// The exchange that is waiting for an answer.
    pub fn waiting(&self) -> Option<Exchange> {
        [self.first, self.next]
            .into_iter()
            .flatten()
            .find(|exchange| exchange.end.is_none())
    }

    fn asked(&mut self, cycle: Cycle, at: Timestamp) {
        if self.waiting().is_some() {
            return; // the oldest unanswered message counts
        }
        let exchange = Some(Exchange {
            cycle,
            asked_at: at,
            end: None,
        });
        self.exchanges = self.exchanges.saturating_add(1);
        if self.first.is_none() {
            self.first = exchange;
        } else {
            self.next = exchange;
        }
    }

    fn end(&mut self, end: End) {
        for exchange in [&mut self.first, &mut self.next].into_iter().flatten() {
            exchange.end.get_or_insert(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::event::ClockKind;
    use crate::domain::ids::ThreadId;

    const ANN: UserId = UserId(1);
    const BEN: UserId = UserId(2);
    const EVA: UserId = UserId(3);

    /// A message `minute` minutes after Discord's epoch.
    fn said(minute: u64, author: UserId, staff: bool) -> Event {
        Event::message_posted(message(minute), author, staff)
    }

    fn message(minute: u64) -> MessageId {
        MessageId((minute * 60_000) << 22)
    }

    fn by_command(minute: u64, fact: Fact) -> Event {
        Event::of_snowflake((minute * 60_000) << 22 | 7, fact)
    }

    #[test]
    fn community_and_staff_answer_as_two_facts() {
        let ticket = Ticket::fold([
            said(0, ANN, false),
            said(5, ANN, false),
            said(10, BEN, false),
            said(20, EVA, true),
        ]);
        assert_eq!(ticket.asker(), Some(ANN));
        assert_eq!(ticket.asker_messages, 2);
        assert_eq!(ticket.first_community_at, Some(message(10).instant()));
        assert_eq!(ticket.first_staff_at, Some(message(20).instant()));
        let ended = |owed: &Owed| owed.first.and_then(|exchange| exchange.end);
        let at = message(10).instant();
        assert_eq!(ended(&ticket.owed_by_anyone), Some(End::Answered { at }));
        let at = message(20).instant();
        assert_eq!(ended(&ticket.owed_by_staff), Some(End::Answered { at }));
    }

    #[test]
    fn the_oldest_unanswered_message_starts_the_next_response() {
        let ticket = Ticket::fold([
            said(0, ANN, false),
            said(1, EVA, true),
            said(2, ANN, false),
            said(3, ANN, false),
        ]);
        let waiting = ticket.owed_by_staff.waiting().unwrap();
        assert_eq!(waiting.asked_at, message(2).instant());
        assert_eq!(ticket.owed_by_staff.exchanges, 2);
    }

    #[test]
    fn a_community_answer_leaves_what_staff_owes() {
        let ticket = Ticket::fold([
            said(0, ANN, false),
            said(1, BEN, false),
            said(2, ANN, false),
        ]);
        assert_eq!(
            ticket.owed_by_staff.waiting().unwrap().asked_at,
            message(0).instant()
        );
        assert_eq!(
            ticket.owed_by_anyone.waiting().unwrap().asked_at,
            message(2).instant()
        );
    }

    #[test]
    fn staff_who_asks_is_an_asker() {
        let ticket = Ticket::fold([said(0, EVA, true), said(1, EVA, true)]);
        assert_eq!(ticket.first_staff_at, None);
        assert_eq!(ticket.asker_messages, 2);
    }

    #[test]
    fn resolving_ends_what_is_owed_and_the_asker_reopens_by_writing() {
        let mut events = vec![
            said(0, ANN, false),
            by_command(1, Fact::Resolved { by: EVA }),
        ];
        let resolved = Ticket::fold(events.clone());
        assert!(!resolved.is_open() && resolved.owed_by_anyone.waiting().is_none());
        events.push(said(2, ANN, false));
        let reopened = Ticket::fold(events);
        assert!(reopened.is_open());
        assert_eq!(
            reopened.owed_by_anyone.waiting().unwrap().asked_at,
            message(2).instant()
        );
    }

    #[test]
    fn somebody_else_writing_does_not_reopen() {
        let ticket = Ticket::fold([
            said(0, ANN, false),
            by_command(1, Fact::Resolved { by: ANN }),
            said(2, EVA, true),
        ]);
        assert!(!ticket.is_open());
        assert_eq!(ticket.first_staff_at, Some(message(2).instant()));
    }

    #[test]
    fn a_deleted_answer_answers_nobody() {
        let ticket = Ticket::fold([
            said(0, ANN, false),
            said(1, EVA, true),
            Event::message_deleted(message(1)),
        ]);
        assert_eq!(ticket.first_staff_at, None);
        assert!(ticket.owed_by_staff.waiting().is_some());
    }

    #[test]
    fn a_deleted_question_owes_nothing_but_was_asked() {
        let ticket = Ticket::fold([said(0, ANN, false), Event::message_deleted(message(0))]);
        assert_eq!(ticket.asker(), Some(ANN));
        assert_eq!(ticket.asker_messages, 0);
        assert!(ticket.owed_by_anyone.waiting().is_none());
    }

    #[test]
    fn two_people_who_claim_one_after_the_other_leave_the_last() {
        // The ledger refuses the second; the fold only adds up what was recorded.
        let ticket = Ticket::fold([
            by_command(1, Fact::Claimed { by: EVA }),
            by_command(2, Fact::Released { by: EVA }),
            by_command(3, Fact::Claimed { by: BEN }),
        ]);
        assert_eq!(ticket.claim.unwrap().by, BEN);
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let author = prop_oneof![Just((ANN, false)), Just((BEN, false)), Just((EVA, true))];
        let fact = (0_u64..40, author, 0_u8..15);
        fact.prop_map(|(minute, (author, staff), kind)| match kind {
            0 => by_command(minute, Fact::Claimed { by: author }),
            1 => by_command(minute, Fact::Released { by: author }),
            2 => by_command(minute, Fact::Resolved { by: author }),
            3 => by_command(minute, Fact::Reopened { by: author }),
            4 => Event::message_deleted(message(minute)),
            5 => Event::alert_raised(
                Alert {
                    clock: ClockKind::FirstResponse,
                    cycle: Cycle(message(minute).0),
                    trigger: Trigger::AtRisk,
                    due_at: message(minute + 60).instant(),
                    minutes: 0,
                    again: 0,
                },
                message(minute + 30).instant(),
            ),
            7 => by_command(minute, Fact::ClaimLapsed { by: author }),
            8 => by_command(
                minute,
                Fact::Acknowledged {
                    by: author,
                    until: message(minute + 60).instant(),
                },
            ),
            9 => by_command(
                minute,
                Fact::PrioritySet {
                    by: author,
                    priority: Priority::Critical,
                },
            ),
            10 => by_command(
                minute,
                Fact::Snoozed {
                    by: author,
                    until: None,
                    reason: "later".to_owned(),
                },
            ),
            11 => by_command(minute, Fact::AskerReminded { before: 0 }),
            6 => Event::thread_created(ThreadId(message(minute).0), ChannelId(9), Vec::new()),
            _ => said(minute, author, staff),
        })
    }

    proptest! {
        /// However the events are cut into batches, in whatever order they come and however often:
        /// the ticket is the one that folding them all gives.
        #[test]
        fn a_fold_is_the_same_in_any_batching(
            events in prop::collection::vec(any_event(), 0..40),
            seed in any::<u64>(),
        ) {
            // One snowflake has one author: keep the first of each key, as the ledger does.
            let mut known: Vec<Event> = Vec::new();
            for event in events {
                if known.iter().all(|other| other.key != event.key) {
                    known.push(event);
                }
            }
            let whole = Ticket::fold(known.clone());
            let mut shuffled = known;
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            let mut ticket = Ticket::default();
            let mut seen: Vec<Event> = Vec::new();
            for event in shuffled.iter().chain(shuffled.iter().take(3)) {
                seen.push(event.clone());
                if ticket.extend(event) == Extended::FoldAgain {
                    ticket = Ticket::fold(seen.clone());
                }
            }
            prop_assert_eq!(ticket, whole);
        }
    }
}
