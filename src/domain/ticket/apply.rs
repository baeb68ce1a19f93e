//! What each fact changes in a ticket.

use super::{
    Acknowledged, Claim, End, Prioritised, Question, Reopened, Snoozed, Status, Ticket, Unconfirmed,
};
use crate::domain::Timestamp;
use crate::domain::event::{Alert, Cycle, Event, Fact, Trigger};
use crate::domain::promise::{Promise, PromiseEnd};
use crate::domain::triage::Improvement;

impl Ticket {
    pub(super) fn note_question(&mut self, event: &Event) {
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

    pub(super) fn apply(&mut self, event: &Event) {
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
                    self.end_promise(PromiseEnd::Resolved { at });
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
            Fact::Promised { by, until, .. } => {
                self.end_promise(PromiseEnd::Replaced { at });
                self.promises.push(Promise {
                    cycle: Cycle(event.key.id),
                    by: *by,
                    given_at: at,
                    until: *until,
                    end: None,
                });
            }
            Fact::PromiseKept { .. } => self.end_promise(PromiseEnd::Kept { at }),
            Fact::PromiseWithdrawn { .. } => self.end_promise(PromiseEnd::Withdrawn { at }),
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
            Fact::KindSet { kind, .. } => self.kind = Some(*kind),
            Fact::CauseNamed { cause, .. } => self.cause = Some(*cause),
            Fact::IssueLinked { issue } => {
                self.improvement = Some(Improvement {
                    issue: *issue,
                    linked_at: at,
                    shipped_at: None,
                });
            }
            Fact::FixShipped { issue } => {
                if let Some(improvement) = &mut self.improvement
                    && improvement.issue == *issue
                {
                    improvement.shipped_at.get_or_insert(at);
                }
            }
            // Who asks is no staff in the own thread.
            Fact::BugSaid { by } => self.said_bug |= self.asker() != Some(*by),
            Fact::IssueOffered(_) => self.offered = true,
            Fact::AlertRaised(alert) => {
                if !self.raised.contains(alert) {
                    self.raised.push(*alert);
                }
            }
            Fact::ThreadDeleted => {
                self.status = Status::Gone { at };
                self.end_promise(PromiseEnd::Gone { at });
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
    pub(super) fn asker_was_content(&mut self, at: Timestamp) {
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
        self.resume_promise(at);
    }

    fn owe(&mut self, cycle: Cycle, at: Timestamp) {
        self.answered_at = None;
        self.owed_by_anyone.asked(cycle, at);
        self.owed_by_staff.asked(cycle, at);
        self.turns.asked(at);
        self.end_doubt(End::Cancelled { at });
        // What was said about clocks that are over is of no more use. A clock of ours that was set back
        // has alerts stand before the questions that they are about.
        let mut raised = std::mem::take(&mut self.raised);
        raised.retain(|alert| alert.cycle > cycle || self.asked_at(alert.cycle).is_some());
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
