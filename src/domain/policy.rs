//! What is promised to whom: an ordered list of policies, the first that matches wins; and what a
//! change of the list, of a priority or a reopening does to clocks that run.
//!
//! # Versions
//!
//! Every accepted change of the settings is a [`Version`], in force since an instant. Which version
//! a clock is under follows from the instant it counts from and the instant it stopped (or now):
//!
//! * the latest version in force when it began to count;
//! * but each later one that came while it ran and says `recompute` takes it over. One that says
//!   `keep`, the default, leaves it what was promised when it began.
//!
//! So a figure never depends on when it is asked for: a clock that has stopped stays as it was.
//!
//! # A change of priority
//!
//! | setting | a clock that runs then |
//! |---|---|
//! | `forward` | keeps its terms; those that start later have the new priority's |
//! | `recompute` | has the new priority's terms, counted from where it began |
//! | `reset`, the default | has the new priority's terms, counted from the change |
//!
//! The default makes nobody late for an hour that was never promised, and a critical ticket pages
//! at once all the same.
//!
//! # A reopening
//!
//! An answer is owed anew from the reopening in any case. The clock of the resolution goes on with
//! `continue`, the default, less the time it was resolved; with `reset` it begins anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::calendar::Calendar;
use super::event::Priority;
use super::ids::{ChannelId, RoleId, TagId};
use super::ladder::Ladder;
use super::target::{Target, Warning};
use super::ticket::{Owed, Ticket};
use super::{SupportDuration, Timestamp};

/// Everything a guild promises, and ever promised.
#[derive(Clone, Debug)]
pub struct ServiceLevel {
    first: Version,
    /// By the instants since which they are in force.
    later: Vec<Version>,
    /// Tickets opened before are tracked and never alarm.
    pub enforce_from: Timestamp,
    /// Since when channels are watched, as far as it matters: tickets opened there before never
    /// alarm either.
    pub watched_since: BTreeMap<ChannelId, Timestamp>,
    /// Who is reminded, relieved and paged.
    pub attention: Attention,
}

/// One state of the promise.
#[derive(Clone, Debug)]
pub struct Version {
    /// Counted from 1.
    pub number: u32,
    /// Since when it is in force. The first is in force for whatever came before as well.
    pub since: Timestamp,
    /// In order; the first that matches a ticket is its policy.
    pub policies: Vec<Policy>,
    /// What changes do.
    pub changes: Changes,
}

/// What changes do to clocks that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// This version, when it came.
    pub policy: PolicyChange,
    /// Another priority.
    pub priority: PriorityChange,
    /// A reopening, to the clock of the resolution.
    pub reopening: Reopening,
}

/// What a new version of the settings does to clocks that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyChange {
    /// They keep the version they began under.
    #[default]
    Keep,
    /// They go over to it.
    Recompute,
}

/// What another priority does to clocks that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityChange {
    /// Nothing; it counts for those that start later.
    Forward,
    /// They have its terms, counted from where they began.
    Recompute,
    /// They have its terms, counted from the change.
    #[default]
    Reset,
}

/// What a reopening does to the clock of the resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reopening {
    /// It goes on, less the time the ticket was resolved.
    #[default]
    Continue,
    /// It begins anew.
    Reset,
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
    /// How long the ticket may be with the team before it is resolved: a length, never a day.
    pub resolution: Option<Target>,
    /// How long before the due time somebody is warned.
    pub warning: Warning,
    /// Whose answer counts.
    pub answered_by: AnsweredBy,
    /// How long an answer of the community, where it counts, may stand unconfirmed before the team
    /// takes a second look. `None`: for ever.
    pub confirm_within: Option<SupportDuration>,
    /// Who is told when it comes at risk and falls overdue.
    pub ladder: Ladder,
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
    /// The asker held one of these roles when asking.
    pub asker_roles: Vec<RoleId>,
    /// It came from there.
    pub source: Option<Source>,
}

/// Where a question was asked. Discord is the only source so far; the promise has its rows for the
/// others ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A thread on Discord.
    #[default]
    Discord,
    /// An issue on GitHub.
    Github,
    /// A mail.
    Email,
    /// A channel shared with a customer on Slack.
    Slack,
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

/// Which row of which version a clock is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The version's number.
    pub version: u32,
    /// The place of the policy in it, counted from 0.
    pub row: usize,
}

/// What a clock is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'rules> {
    /// Which row of which version this is.
    pub stamp: Stamp,
    /// The row.
    pub policy: &'rules Policy,
    /// What changes do under that version.
    pub changes: Changes,
    /// From when the clock counts.
    pub counted_from: Timestamp,
}

impl ServiceLevel {
    /// A promise that was never changed.
    pub fn new(first: Version, enforce_from: Timestamp) -> Self {
        Self {
            first,
            later: Vec::new(),
            enforce_from,
            watched_since: BTreeMap::new(),
            attention: Attention::default(),
        }
    }

    /// As [`Self::new`], of these policies and nothing else.
    pub fn of(policies: Vec<Policy>, enforce_from: Timestamp) -> Self {
        Self::new(Version::first(policies), enforce_from)
    }

    /// This promise, changed by another version.
    #[must_use]
    pub fn changed(mut self, version: Version) -> Self {
        self.later.push(version);
        self.later
            .sort_by_key(|version| (version.since, version.number));
        self
    }

    /// The version that is in force for what begins now, whatever the time.
    pub fn newest(&self) -> &Version {
        self.later.last().unwrap_or(&self.first)
    }

    /// All versions, oldest first.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The roles of askers that any policy asks for.
    pub fn asker_roles(&self) -> impl Iterator<Item = RoleId> {
        let policies = self.versions().flat_map(|version| &version.policies);
        policies.flat_map(|policy| policy.when.asker_roles.iter().copied())
    }

    /// The row of a stamp.
    pub fn find_policy(&self, stamp: Stamp) -> Option<&Policy> {
        let version = self
            .versions()
            .find(|version| version.number == stamp.version)?;
        version.policies.get(stamp.row)
    }

    /// Whether a ticket is judged: somebody asked, not before `enforce_from`, and not before its
    /// channel was watched.
    pub fn judges(&self, ticket: &Ticket) -> bool {
        let channel = ticket.channel.as_ref();
        let watched_since = channel.and_then(|channel| self.watched_since.get(channel));
        let from = watched_since.map_or(self.enforce_from, |since| self.enforce_from.max(*since));
        ticket
            .question
            .is_some_and(|question| question.opened_at >= from)
    }

    /// What a clock of a ticket that began at `from` and runs until `until` is measured by. `None`
    /// when no policy is for it.
    pub fn find_terms(
        &self,
        ticket: &Ticket,
        from: Timestamp,
        until: Timestamp,
    ) -> Option<Terms<'_>> {
        let (priority, counted_from) = match self.version_of(from, until).changes.priority {
            PriorityChange::Forward => (ticket.priority_at(from), from),
            PriorityChange::Recompute => (ticket.priority_at(until), from),
            PriorityChange::Reset => {
                let changed_at = ticket.priority_changed_at(until);
                (
                    ticket.priority_at(until),
                    changed_at.map_or(from, |at| at.max(from)),
                )
            }
        };
        let version = self.version_of(counted_from, until);
        let mut rows = version.policies.iter().enumerate();
        let (row, policy) = rows.find(|(_, policy)| policy.when.is(ticket, priority))?;
        Some(Terms {
            stamp: Stamp {
                version: version.number,
                row,
            },
            policy,
            changes: version.changes,
            counted_from,
        })
    }

    /// The version of a clock, as the [module](self) says.
    fn version_of(&self, from: Timestamp, until: Timestamp) -> &Version {
        let takes_over = |version: &&Version| {
            version.since <= from
                || (version.since <= until && version.changes.policy == PolicyChange::Recompute)
        };
        self.later.iter().rfind(takes_over).unwrap_or(&self.first)
    }
}

impl Version {
    /// The policy for a ticket of this priority: the first that matches.
    pub fn find_policy(&self, ticket: &Ticket, priority: Priority) -> Option<&Policy> {
        self.policies
            .iter()
            .find(|policy| policy.when.is(ticket, priority))
    }

    /// The first version, of these policies and the default of everything else.
    pub fn first(policies: Vec<Policy>) -> Self {
        Self {
            number: 1,
            since: Timestamp::MIN_UTC,
            policies,
            changes: Changes::default(),
        }
    }
}

impl Policy {
    /// A policy for every ticket that promises nothing yet.
    pub fn of(name: impl Into<String>, calendar: Calendar) -> Self {
        Self {
            name: name.into(),
            when: Match::default(),
            calendar,
            first_response: None,
            next_response: None,
            resolution: None,
            warning: Warning::USUAL,
            answered_by: AnsweredBy::default(),
            confirm_within: None,
            ladder: Ladder::default(),
        }
    }

    /// The same target for the first answer and for each later one.
    #[must_use]
    pub fn answering(mut self, target: Target) -> Self {
        self.first_response = Some(target);
        self.next_response = Some(target);
        self
    }
}

impl AnsweredBy {
    /// What is owed under this rule.
    pub fn owed(self, ticket: &Ticket) -> &Owed {
        match self {
            Self::Anyone => &ticket.owed_by_anyone,
            Self::Staff => &ticket.owed_by_staff,
        }
    }
}

impl Match {
    /// Whether every ticket that `other` matches is one that this matches as well.
    pub fn covers(&self, other: &Self) -> bool {
        fn within<T: PartialEq>(these: &[T], others: &[T]) -> bool {
            these.is_empty()
                || (!others.is_empty() && others.iter().all(|other| these.contains(other)))
        }
        within(&self.channels, &other.channels)
            && within(&self.tags, &other.tags)
            && within(&self.asker_roles, &other.asker_roles)
            && (self.priority.is_none() || self.priority == other.priority)
            && (self.source.is_none() || self.source == other.source)
    }

    fn is(&self, ticket: &Ticket, priority: Priority) -> bool {
        let channel = self.channels.is_empty()
            || ticket
                .channel
                .is_some_and(|channel| self.channels.contains(&channel));
        let tag = self.tags.is_empty() || self.tags.iter().any(|tag| ticket.tags.contains(tag));
        let urgent = self.priority.is_none_or(|wanted| wanted == priority);
        let role = self.asker_roles.is_empty()
            || self
                .asker_roles
                .iter()
                .any(|role| ticket.asker_roles.contains(role));
        let source = self.source.is_none_or(|source| source == Source::Discord);
        channel && tag && urgent && role && source
    }
}
