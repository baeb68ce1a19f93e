//! Decisions: from a changed ticket to what is said, and when to ask again.

use super::draft::{Draft, rules};
use super::{Batch, Ground};
use crate::domain::decision::{self, Clock, Effect};
use crate::domain::event::{Fact, Trigger};
use crate::domain::parcel::Content;
use crate::domain::ticket::Ticket;
use crate::store::{NewItem, StoreError, Waiting, Writing};

impl Batch<'_> {
    pub(super) async fn decide(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        for draft in self
            .drafts
            .values_mut()
            .filter(|draft| draft.ticket_changed)
        {
            let said = decide_one(draft, self.ground);
            self.items.extend(said.items);
            for trigger in said.raised {
                let fell_due = self
                    .written
                    .fell_due
                    .entry(draft.tracked.guild)
                    .or_default();
                match trigger {
                    Trigger::AtRisk => fell_due.at_risk += 1,
                    Trigger::Overdue => fell_due.overdue += 1,
                    Trigger::ClaimEnds => {}
                }
            }
        }
        // A decision at an instant before the latest message's (clocks differ) is late too.
        self.fold_late(writing).await
    }
}

/// What a decision says.
#[derive(Default)]
struct Said {
    items: Vec<NewItem>,
    raised: Vec<Trigger>,
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
                clocks.into_iter().next()
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
    for effect in decision.effects {
        let ticket = tracked.ticket_id;
        let content = match effect {
            Effect::ShowCard(face) => {
                tracked.shown = Some(face);
                Content::Card { ticket, face }
            }
            Effect::SendAlert { alert, audience } => Content::Alert {
                ticket,
                alert,
                audience,
            },
            Effect::Remark(remark) => Content::Remark { ticket, remark },
        };
        said.items.push(NewItem {
            guild: tracked.guild,
            content,
        });
    }
    for event in decision.events {
        if let Fact::AlertRaised(alert) = &event.fact {
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
