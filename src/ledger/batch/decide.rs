//! Decisions: from a changed ticket to what is said, and when to ask again.
//!
//! Whom an alert pings is resolved here as well, because it takes more than the ticket: the rota and
//! its covers, quiet hours, and how often people were pinged within the hour.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::TimeDelta;

use super::draft::{Draft, rules};
use super::{Batch, Ground};
use crate::domain::decision::{self, Clock, Effect};
use crate::domain::event::{Alert, Event, Fact, Trigger};
use crate::domain::ids::{GuildId, TicketId, UserId};
use crate::domain::issue::IssueRemark;
use crate::domain::ladder::Telling;
use crate::domain::offer;
use crate::domain::parcel::Content;
use crate::domain::reach::{self, Around, Load};
use crate::domain::remark::Remark;
use crate::domain::rota::Cover;
use crate::domain::ticket::Ticket;
use crate::store::{NewItem, StoreError, Waiting, Writing};

/// How far back pings are counted.
const LOAD_OF: TimeDelta = TimeDelta::hours(1);

impl Batch<'_> {
    pub(super) async fn decide(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let mut alerts = Vec::new();
        for draft in self
            .drafts
            .values_mut()
            .filter(|draft| draft.ticket_changed)
        {
            let said = decide_one(draft, self.ground);
            self.items.extend(said.items);
            alerts.extend(said.alerts);
            for trigger in said.raised {
                let fell_due = self
                    .written
                    .fell_due
                    .entry(draft.tracked.guild)
                    .or_default();
                match trigger {
                    Trigger::AtRisk => fell_due.at_risk += 1,
                    Trigger::Overdue => fell_due.overdue += 1,
                    Trigger::Started | Trigger::ClaimEnds => {}
                }
            }
        }
        self.order_alerts(writing, alerts).await?;
        // A decision at an instant before the latest message's (clocks differ) is late too.
        self.fold_late(writing).await
    }

    /// Resolves whom alerts ping, and orders them.
    async fn order_alerts(
        &mut self,
        writing: &mut Writing<'_>,
        alerts: Vec<Raised>,
    ) -> Result<(), StoreError> {
        let now = self.ground.now;
        let mut people: BTreeMap<GuildId, (Vec<(String, Cover)>, Load)> = BTreeMap::new();
        for raised in alerts {
            let Some(settings) = self.ground.guilds.get(&raised.guild) else {
                continue;
            };
            let (covers, load) = match people.entry(raised.guild) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let covers = writing.list_covers(raised.guild).await?;
                    let since = now.checked_sub_signed(LOAD_OF).unwrap_or(now);
                    let before = writing.count_pings(raised.guild, since).await?;
                    new.insert((covers, Load::recorded(before)))
                }
            };
            let around = Around {
                guild: settings,
                covers,
                now,
            };
            let ping = reach::reach(&raised.telling, raised.holder, around, load);
            self.items.push(NewItem {
                guild: raised.guild,
                content: Content::Alert {
                    ticket: raised.ticket,
                    alert: raised.alert,
                    audience: raised.telling.audience,
                    ping: Some(ping),
                },
            });
        }
        Ok(())
    }
}

/// What a decision says.
#[derive(Default)]
struct Said {
    items: Vec<NewItem>,
    alerts: Vec<Raised>,
    /// What was passed for the first time.
    raised: Vec<Trigger>,
}

/// An alert before it is known whom it pings.
struct Raised {
    guild: GuildId,
    ticket: TicketId,
    /// Whom the ladder means by the claimer.
    holder: Option<UserId>,
    alert: Alert,
    telling: Telling,
}

/// Brings a draft's projection up to date with its facts, and decides it unless decisions are held.
fn decide_one(draft: &mut Draft, ground: Ground<'_>) -> Said {
    let mut said = Said::default();
    let tracked = &mut draft.tracked;
    let rules = rules(ground.guilds, tracked);
    tracked.wake_at = None;
    let Some(rules) = rules.filter(|_| tracked.gone_at.is_none() && !ground.held) else {
        let promised = rules
            .filter(|rules| rules.judges(&tracked.ticket))
            .and_then(|rules| {
                let clocks = decision::clocks_waiting(&tracked.ticket, rules, ground.now);
                clocks.into_iter().find(Clock::is_response)
            });
        tracked.waiting = waiting(&tracked.ticket, promised);
        if rules.is_some() && tracked.gone_at.is_none() {
            tracked.wake_at = Some(ground.now);
        }
        return said;
    };
    let decision = decision::decide(&tracked.ticket, rules, tracked.shown.as_ref(), ground.now);
    tracked.waiting = waiting(&tracked.ticket, decision.waiting);
    tracked.wake_at = decision.wake_at;
    let (guild, ticket) = (tracked.guild, tracked.ticket_id);
    for effect in decision.effects {
        let content = match effect {
            Effect::ShowCard(face) => {
                tracked.shown = Some(face);
                Content::Card { ticket, face }
            }
            Effect::Remark(remark) => Content::Remark { ticket, remark },
            Effect::SendAlert { alert, telling } => {
                said.alerts.push(Raised {
                    guild,
                    ticket,
                    holder: tracked.ticket.holder(&alert),
                    alert,
                    telling,
                });
                continue;
            }
        };
        said.items.push(NewItem { guild, content });
    }
    if let Some((at, why)) = ground
        .bridge
        .and_then(|bridge| offer::next(&tracked.ticket, rules, &bridge.offers, ground.now))
    {
        if let Some(at) = at {
            tracked.wake_at = tracked.wake_at.into_iter().chain([at]).min();
        } else {
            let remark = Remark::Issue(Box::new(IssueRemark::Offered { why }));
            let content = Content::Remark { ticket, remark };
            said.items.push(NewItem { guild, content });
            draft.add(Event::issue_offered(why, ground.now));
        }
    }
    for event in decision.events {
        if let Fact::AlertRaised(alert) = &event.fact
            && (alert.minutes, alert.again) == (0, 0)
        {
            said.raised.push(alert.trigger);
        }
        draft.add(event);
    }
    said
}

/// The answer that is waited for, as lists of tickets ask for it.
fn waiting(ticket: &Ticket, promised: Option<Clock>) -> Waiting {
    if !ticket.is_open() {
        return Waiting::default();
    }
    match promised {
        Some(clock) => Waiting {
            since: Some(clock.started_at),
            warn_at: Some(clock.due.warn_at),
            due_at: Some(clock.due.due_at),
        },
        None => Waiting {
            since: ticket.owed_by_anyone.waiting().map(|waits| waits.asked_at),
            ..Waiting::default()
        },
    }
}
