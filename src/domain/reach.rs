//! Who is reached: from those whom a ladder names to those who are pinged.
//!
//! * Of each list the first who can be reached is pinged. Passed over is who has quiet hours, and
//!   who was pinged by as many messages within the last hour as the settings allow.
//! * In a rota it is whoever is on duty; after them come those whose turns follow.
//! * Nothing is dropped: where everybody in a list is passed over, the first of them is pinged all
//!   the same.
//! * What one message tells pings a person once, so one more line in it is no load.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::attention::Pinged;
use super::decision::Audience;
use super::guild::GuildSettings;
use super::ids::{RoleId, UserId};
use super::ladder::{Telling, Whom};
use super::rota::Cover;

/// Who is pinged, and who was not although it was their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ping {
    /// People.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<UserId>,
    /// The holders of roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// Who was passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
}

/// Somebody who was not pinged although it was their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Who.
    pub whom: Pinged,
    /// Why.
    pub why: Reason,
}

/// Why somebody is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They have quiet hours.
    Quiet,
    /// They were pinged as often as the settings allow in an hour.
    Busy,
}

/// By how many messages people were pinged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Within the last hour, as it is recorded.
    before: BTreeMap<UserId, u32>,
    /// By what is being decided now: one message for each audience.
    now: BTreeSet<(UserId, Audience)>,
}

/// What it takes to know who can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The guild's settings.
    pub guild: &'a GuildSettings,
    /// Who covers whom, by the rota's name.
    pub covers: &'a [(String, Cover)],
    /// What time it is.
    pub now: Timestamp,
}

impl Load {
    /// What is recorded of the last hour: how many messages pinged whom.
    pub fn recorded(before: BTreeMap<UserId, u32>) -> Self {
        let now = BTreeSet::new();
        Self { before, now }
    }

    fn of(&self, person: UserId) -> usize {
        let before = self.before.get(&person).copied().unwrap_or_default();
        let now = self.now.iter().filter(|(pinged, _)| *pinged == person);
        usize::try_from(before)
            .unwrap_or(usize::MAX)
            .saturating_add(now.count())
    }
}

/// Who is pinged for this, and adds it to their load.
pub fn reach(
    telling: &Telling,
    claimed_by: Option<UserId>,
    around: Around<'_>,
    load: &mut Load,
) -> Ping {
    let mut ping = Ping::default();
    for list in &telling.whom {
        let named: Vec<Pinged> = list
            .iter()
            .flat_map(|whom| around.named(whom, claimed_by))
            .collect();
        let audience = telling.audience;
        let mut reached = None;
        for whom in &named {
            match around.unreachable(*whom, audience, load) {
                None => {
                    reached = Some(*whom);
                    break;
                }
                Some(why) => ping.pass_over(*whom, why),
            }
        }
        match reached.or(named.first().copied()) {
            Some(Pinged::Person(person)) => {
                load.now.insert((person, audience));
                if !ping.people.contains(&person) {
                    ping.people.push(person);
                }
            }
            Some(Pinged::Role(role)) if !ping.roles.contains(&role) => ping.roles.push(role),
            Some(Pinged::Role(_)) | None => {}
        }
    }
    // Whoever is pinged after all was not passed over.
    let Ping { people, roles, .. } = &ping;
    let is_pinged = |whom: Pinged| match whom {
        Pinged::Person(person) => people.contains(&person),
        Pinged::Role(role) => roles.contains(&role),
    };
    let passed_over = ping.passed_over.iter().copied();
    ping.passed_over = passed_over
        .filter(|passed| !is_pinged(passed.whom))
        .collect();
    ping
}

impl Ping {
    fn pass_over(&mut self, whom: Pinged, why: Reason) {
        let passed = PassedOver { whom, why };
        if !self.passed_over.contains(&passed) {
            self.passed_over.push(passed);
        }
    }
}

impl Around<'_> {
    /// Those whom a ladder means by this, the first first.
    fn named(&self, whom: &Whom, claimed_by: Option<UserId>) -> Vec<Pinged> {
        let role = |roles: &[RoleId]| roles.first().copied().map(Pinged::Role);
        let one = match whom {
            Whom::Claimer => claimed_by.map(Pinged::Person),
            Whom::Staff => role(&self.guild.staff_roles),
            Whom::Moderators => role(&self.guild.moderator_roles),
            Whom::Role(role) => Some(Pinged::Role(*role)),
            Whom::Member(person) => Some(Pinged::Person(*person)),
            Whom::Rota(name) => {
                let attention = &self.guild.service_level.attention;
                let rota = attention.rota(name, self.covers);
                let turns = rota.map_or_else(Vec::new, |rota| rota.in_turn(self.now));
                return turns.into_iter().map(Pinged::Person).collect();
            }
        };
        one.into_iter().collect()
    }

    fn unreachable(&self, whom: Pinged, audience: Audience, load: &Load) -> Option<Reason> {
        let attention = &self.guild.service_level.attention;
        if attention.is_quiet(whom, self.now) {
            return Some(Reason::Quiet);
        }
        let (Pinged::Person(person), Some(most)) = (whom, attention.most_pings_per_hour) else {
            return None;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let is_full = load.of(person) >= most && !load.now.contains(&(person, audience));
        is_full.then_some(Reason::Busy)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::domain::Calendar;
    use crate::domain::attention::{Attention, Quiet};
    use crate::domain::ids::{ChannelId, GuildId};
    use crate::domain::no_reply::NoReply;
    use crate::domain::policy::ServiceLevel;
    use crate::domain::rota::{Rota, Turn};

    const STAFF: RoleId = RoleId(30);
    const EVA: UserId = UserId(1);
    const TOM: UserId = UserId(2);
    const MAX: UserId = UserId(3);

    /// A Wednesday.
    const NOW: &str = "2026-11-18T12:00:00Z";

    /// Eva, Tom and Max take turns of a day, Eva on Wednesday; the quiet ones work on Mondays.
    fn guild(quiet: &[Pinged], most: Option<u32>) -> GuildSettings {
        let mondays = Calendar::week(Tz::UTC)
            .open([chrono::Weekday::Mon], "09:00-17:00".parse().unwrap())
            .build()
            .unwrap();
        let rota = Rota::new(
            vec![EVA, TOM, MAX],
            Tz::UTC,
            Turn::Day,
            "09:00:00".parse().unwrap(),
            "2026-11-18".parse().unwrap(),
        );
        let quiet = quiet.iter().map(|whose| Quiet {
            whose: *whose,
            outside: mondays.clone(),
        });
        let mut service_level = ServiceLevel::of(Vec::new(), Timestamp::MIN_UTC);
        service_level.attention = Attention {
            rotas: BTreeMap::from([("duty".to_owned(), rota.unwrap())]),
            quiet: quiet.collect(),
            most_pings_per_hour: most,
            ..Attention::default()
        };
        GuildSettings {
            guild: GuildId(1),
            channels: Vec::new(),
            staff_roles: vec![STAFF],
            moderator_roles: vec![RoleId(31)],
            staff_channel: ChannelId(21),
            moderator_channel: ChannelId(22),
            service_level,
            no_reply: NoReply::default(),
        }
    }

    fn reached(
        tell: &str,
        claimed_by: Option<UserId>,
        guild: &GuildSettings,
        load: &mut Load,
    ) -> Ping {
        let around = Around {
            guild,
            covers: &[],
            now: NOW.parse().unwrap(),
        };
        reach(
            &Telling::read(Some(tell), None).unwrap(),
            claimed_by,
            around,
            load,
        )
    }

    fn once(tell: &str, claimed_by: Option<UserId>, quiet: &[Pinged]) -> Ping {
        reached(tell, claimed_by, &guild(quiet, None), &mut Load::default())
    }

    fn people(people: &[UserId]) -> Ping {
        Ping {
            people: people.to_vec(),
            ..Ping::default()
        }
    }

    #[test]
    fn the_first_of_each_list() {
        assert_eq!(once("claimer else staff", Some(TOM), &[]), people(&[TOM]));
        assert_eq!(
            once("claimer else staff", None, &[]),
            Ping {
                roles: vec![STAFF],
                ..Ping::default()
            }
        );
        assert_eq!(
            once("claimer and rota duty and member 2", Some(TOM), &[]),
            people(&[TOM, EVA])
        );
        assert_eq!(once("claimer", None, &[]), Ping::default());
    }

    #[test]
    fn in_quiet_hours_the_next_in_turn_and_never_nobody() {
        let quiet = |who| PassedOver {
            whom: Pinged::Person(who),
            why: Reason::Quiet,
        };
        let eva = Pinged::Person(EVA);
        let moved = once("rota duty else staff", None, &[eva]);
        assert_eq!(
            (moved.people, moved.passed_over),
            (vec![TOM], vec![quiet(EVA)])
        );
        let all = [EVA, TOM, MAX].map(Pinged::Person);
        let to_role = once("rota duty else staff", None, &all);
        assert_eq!((to_role.people, to_role.roles), (vec![], vec![STAFF]));
        assert_eq!(to_role.passed_over.len(), 3);
        let nobody_else = once("rota duty", None, &all);
        assert_eq!(nobody_else.people, [EVA]);
        assert_eq!(nobody_else.passed_over, [quiet(TOM), quiet(MAX)]);
    }

    #[test]
    fn the_load_is_counted_by_messages() {
        let guild = guild(&[], Some(2));
        let mut load = Load::recorded(BTreeMap::from([(EVA, 1)]));
        let mut call = |tell: &str| reached(tell, None, &guild, &mut load).people;
        assert_eq!(call("rota duty"), [EVA]);
        assert_eq!(call("rota duty"), [EVA], "the same message");
        let mut load = Load::recorded(BTreeMap::from([(EVA, 2), (TOM, 1)]));
        let told = reached("rota duty", None, &guild, &mut load);
        assert_eq!(told.people, [TOM]);
        assert_eq!(told.passed_over[0].why, Reason::Busy);
    }
}
