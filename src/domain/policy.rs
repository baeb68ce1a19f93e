//! What is promised to whom: an ordered list of policies, the first that matches wins.

use super::Timestamp;
use super::attention::Attention;
use super::calendar::Calendar;
use super::event::Priority;
use super::ids::{ChannelId, TagId};
use super::target::{Target, Warning};
use super::ticket::{Owed, Ticket};

/// Everything a guild promises.
#[derive(Clone, Debug)]
pub struct ServiceLevel {
    /// In order; the first that matches a ticket is its policy.
    pub policies: Vec<Policy>,
    /// Tickets opened before are tracked and never alarm.
    pub enforce_from: Timestamp,
    /// Who is reminded, relieved and paged.
    pub attention: Attention,
}

/// One row of the promise.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name in the settings, for `/why`.
    pub name: String,
    /// Which tickets it is for.
    pub when: Match,
    /// The support hours its targets are counted in.
    pub calendar: Calendar,
    /// By when the first answer is due.
    pub first_response: Option<Target>,
    /// By when each later answer is due.
    pub next_response: Option<Target>,
    /// How long before the due time somebody is warned.
    pub warning: Warning,
    /// Whose answer counts.
    pub answered_by: AnsweredBy,
}

/// Which tickets a policy is for. What is empty matches everything.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// The channel the thread hangs on is one of these.
    pub channels: Vec<ChannelId>,
    /// The thread had one of these tags at the start.
    pub tags: Vec<TagId>,
    /// The ticket's priority.
    pub priority: Option<Priority>,
}

/// Whose answer stops a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Any human other than the asker.
    #[default]
    Anyone,
    /// Staff only.
    Staff,
}

impl ServiceLevel {
    /// The policy of a ticket: the first that matches.
    pub fn find_policy(&self, ticket: &Ticket) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.when.is(ticket))
    }

    /// Whether a ticket is judged: somebody asked, and not before `enforce_from`.
    pub fn judges(&self, ticket: &Ticket) -> bool {
        ticket
            .question
            .is_some_and(|question| question.opened_at >= self.enforce_from)
    }
}

impl Policy {
    /// What is owed under this policy's rule of whose answer counts.
    pub fn owed<'ticket>(&self, ticket: &'ticket Ticket) -> &'ticket Owed {
        match self.answered_by {
            AnsweredBy::Anyone => &ticket.owed_by_anyone,
            AnsweredBy::Staff => &ticket.owed_by_staff,
        }
    }
}

impl Match {
    fn is(&self, ticket: &Ticket) -> bool {
        let channel = self.channels.is_empty()
            || ticket
                .channel
                .is_some_and(|channel| self.channels.contains(&channel));
        let tag = self.tags.is_empty() || self.tags.iter().any(|tag| ticket.tags.contains(tag));
        let priority = self
            .priority
            .is_none_or(|priority| priority == ticket.priority);
        channel && tag && priority
    }
}
