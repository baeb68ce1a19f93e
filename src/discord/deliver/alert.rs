//! Alerts, all of a parcel in one message.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::{DiscordDelivery, nonce, wire};
use crate::discord::views::alerts::{Line, Ping, alerts};
use crate::domain::decision::{self, Audience};
use crate::domain::event::Trigger;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, RoleId, UserId};
use crate::outbox::parcel::{Content, Failure, Item, Parcel, Receipt};
use crate::store::StoreError;

impl DiscordDelivery {
    pub(super) async fn alerts(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        audience: Audience,
    ) -> Result<Receipt, Failure> {
        let (channel, instead) = match audience {
            Audience::Staff => (guild.staff_channel, guild.staff_roles.first()),
            Audience::Moderators => (guild.moderator_channel, guild.moderator_roles.first()),
        };
        // Settings without such a role are refused at the start.
        let instead = instead.copied();
        let said = self.say_alerts(guild, parcel, instead, channel).await;
        self.checked(guild.guild, channel, said).await
    }

    async fn say_alerts(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        instead: Option<RoleId>,
        channel: ChannelId,
    ) -> Result<Receipt, Problem> {
        let mut lines = Vec::new();
        let mut dropped = Vec::new();
        for item in &parcel.items {
            match self.line(guild, item).await? {
                Some(line) => lines.push(line),
                None => dropped.push(item.outbox_id),
            }
        }
        let (false, Some(instead)) = (lines.is_empty(), instead) else {
            return Ok(Receipt {
                message: None,
                dropped,
            });
        };
        let gone = self.who_left(guild, &lines).await;
        for line in &mut lines {
            if line.ping.claimer && line.claimed_by.is_some_and(|user| gone.contains(&user)) {
                line.ping = Ping {
                    claimer: false,
                    role: Some(instead),
                };
            }
        }
        let message = alerts(parcel.parcel_id, lines, instead).once(nonce('a', parcel));
        let message = self.say_once(channel.0, message, parcel).await?;
        Ok(Receipt {
            message: Some(message),
            dropped,
        })
    }

    /// The line of an alert, with the ticket as it is now; `None` when it is no longer true.
    async fn line(&self, guild: &GuildSettings, item: &Item) -> Result<Option<Line>, StoreError> {
        let Content::Alert {
            ticket,
            alert,
            audience,
        } = item.content
        else {
            return Ok(None);
        };
        let row = match self.store.load_ticket(ticket).await {
            Ok(row) => row,
            Err(StoreError::NoSuch { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (rules, now) = (&guild.service_level, self.clock.now());
        if !decision::still_true(&row.ticket, rules, &alert, now) {
            return Ok(None);
        }
        let Some(asked_at) = row.ticket.asked_at(alert.cycle) else {
            return Ok(None);
        };
        let claimed_by = row.ticket.claim.map(|claim| claim.by);
        Ok(Some(Line {
            trigger: alert.trigger,
            thread: row.thread,
            asked_at,
            due_at: alert.due_at,
            claimed_by,
            ping: ping(guild, audience, alert.trigger, claimed_by),
        }))
    }

    async fn who_left(&self, guild: &GuildSettings, lines: &[Line]) -> BTreeSet<UserId> {
        let claimers: BTreeSet<UserId> = lines
            .iter()
            .filter(|line| line.ping.claimer)
            .filter_map(|line| line.claimed_by)
            .collect();
        let mut gone = BTreeSet::new();
        for user in claimers {
            if wire::has_left(&self.rest, guild.guild, user).await {
                gone.insert(user);
            }
        }
        gone
    }
}

/// Who is pinged: moderators by their role; staff by the claimer while there is time, by the role
/// as well once it is late, and by the role alone when nobody has it.
fn ping(
    guild: &GuildSettings,
    audience: Audience,
    trigger: Trigger,
    claimed_by: Option<UserId>,
) -> Ping {
    let staff = guild.staff_roles.first().copied();
    match (audience, trigger, claimed_by) {
        (Audience::Moderators, _, _) => Ping {
            claimer: false,
            role: guild.moderator_roles.first().copied(),
        },
        (Audience::Staff, _, None) => Ping {
            claimer: false,
            role: staff,
        },
        (Audience::Staff, Trigger::AtRisk | Trigger::ClaimEnds, Some(_)) => Ping {
            claimer: true,
            role: None,
        },
        (Audience::Staff, Trigger::Overdue, Some(_)) => Ping {
            claimer: true,
            role: staff,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::views::fixture::{self, MODERATORS, STAFF};

    #[test]
    fn the_settings_choose_who_is_pinged() {
        let ann = Some(UserId(1));
        for (audience, trigger, claimed_by, claimer, role) in [
            (Audience::Staff, Trigger::AtRisk, None, false, Some(STAFF)),
            (Audience::Staff, Trigger::AtRisk, ann, true, None),
            (Audience::Staff, Trigger::Overdue, None, false, Some(STAFF)),
            (Audience::Staff, Trigger::Overdue, ann, true, Some(STAFF)),
            (
                Audience::Moderators,
                Trigger::Overdue,
                None,
                false,
                Some(MODERATORS),
            ),
            (
                Audience::Moderators,
                Trigger::Overdue,
                ann,
                false,
                Some(MODERATORS),
            ),
        ] {
            assert_eq!(
                ping(&fixture::guild(), audience, trigger, claimed_by),
                Ping { claimer, role },
                "{audience:?} {trigger:?} {claimed_by:?}"
            );
        }
    }
}
