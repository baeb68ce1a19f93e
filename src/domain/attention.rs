//! How a guild looks after its tickets beside its promises: who is reminded, relieved and called.

use std::collections::BTreeMap;

use super::ids::{RoleId, UserId};
use super::rota::{Cover, Rota};
use super::{Calendar, SupportDuration, Timestamp};

/// How long "I have it" holds a ladder, unless the settings say otherwise.
const HOLD: SupportDuration = SupportDuration::from_minutes(60);

/// What a guild has set. By default nobody is reminded of anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// How long a claim lasts whose holder owes a reply.
    pub claim_lease: Option<Lease>,
    /// How long "I have it" holds a ladder, in the support time of the ticket's policy.
    pub hold: SupportDuration,
    /// Who is on duty when, by the rota's name.
    pub rotas: BTreeMap<String, Rota>,
    /// Who is not to be pinged when.
    pub quiet: Vec<Quiet>,
    /// How many messages may ping one person within an hour.
    pub most_pings_per_hour: Option<u32>,
    /// After how much support time of silence the asker is reminded of an answer: the first time,
    /// the second time.
    pub remind_asker: Vec<SupportDuration>,
    /// How often within a day an asker may say that production is down; `None` when there is no
    /// button for it.
    pub production_down_per_day: Option<u32>,
}

/// How long somebody who claimed a ticket may stay silent, in the support time of the ticket's
/// policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// In all.
    pub length: SupportDuration,
    /// How long before the end they are warned; shorter than `length`.
    pub warning: SupportDuration,
}

/// Somebody's quiet hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Whose.
    pub whose: Pinged,
    /// Whenever this calendar is not open.
    pub outside: Calendar,
}

/// Who can be pinged.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Pinged {
    /// A person.
    Person(UserId),
    /// The holders of a role.
    Role(RoleId),
}

impl Default for Attention {
    fn default() -> Self {
        Self {
            claim_lease: None,
            hold: HOLD,
            rotas: BTreeMap::new(),
            quiet: Vec::new(),
            most_pings_per_hour: None,
            remind_asker: Vec::new(),
            production_down_per_day: None,
        }
    }
}

impl Attention {
    /// Whether somebody has quiet hours now.
    pub fn is_quiet(&self, whose: Pinged, now: Timestamp) -> bool {
        let mut theirs = self.quiet.iter().filter(|quiet| quiet.whose == whose);
        theirs.any(|quiet| !quiet.outside.is_open(now))
    }

    /// A rota with its covers. A cover that no longer fits the rota's settings counts for nothing.
    pub fn rota<'covers>(
        &self,
        name: &str,
        covers: impl IntoIterator<Item = &'covers (String, Cover)>,
    ) -> Option<Rota> {
        let rota = self.rotas.get(name)?.clone();
        let theirs = covers.into_iter().filter(|(of, _)| of == name);
        Some(theirs.fold(rota, |rota, (_, cover)| {
            rota.clone().cover(*cover).unwrap_or(rota)
        }))
    }
}
