//! Alerts, all of a parcel in one message.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::{DiscordDelivery, nonce, wire};
use crate::discord::views::alerts::{Line, alerts};
use crate::domain::decision::{self, Audience};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, RoleId, UserId};
use crate::domain::reach::Ping;
use crate::outbox::parcel::{Content, Failure, Item, Parcel, Receipt};
use crate::store::StoreError;

impl DiscordDelivery {
    pub(super) async fn alerts(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        audience: Audience,
    ) -> Result<Receipt, Failure> {
        let channel = guild.channel_of(audience);
        let instead = match audience {
            Audience::Staff | Audience::Channel(_) => guild.staff_roles.first(),
            Audience::Moderators => guild.moderator_roles.first(),
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
            match self.line(guild, item, instead).await? {
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
            let there = line.people.len();
            line.people.retain(|person| !gone.contains(person));
            if line.people.len() < there && !line.roles.contains(&instead) {
                line.roles.push(instead);
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
    async fn line(
        &self,
        guild: &GuildSettings,
        item: &Item,
        instead: Option<RoleId>,
    ) -> Result<Option<Line>, StoreError> {
        let Content::Alert {
            ticket,
            alert,
            ref ping,
            ..
        } = item.content
        else {
            return Ok(None);
        };
        let Some(row) = self.store.find_ticket(ticket).await? else {
            return Ok(None);
        };
        let (rules, now) = (&guild.service_level, self.clock.now());
        if !decision::still_true(&row.ticket, rules, &alert, now) {
            return Ok(None);
        }
        let Some(since) = row.ticket.asked_at(alert.cycle) else {
            return Ok(None);
        };
        // Ordered before it was recorded who is pinged.
        let ping = ping.clone().unwrap_or_else(|| Ping {
            roles: instead.into_iter().collect(),
            ..Ping::default()
        });
        Ok(Some(Line {
            trigger: alert.trigger,
            clock: alert.clock,
            ticket,
            thread: row.thread,
            title: row.title,
            since,
            due_at: alert.due_at,
            holder: row.ticket.holder(&alert),
            people: ping.people,
            roles: ping.roles,
        }))
    }

    async fn who_left(&self, guild: &GuildSettings, lines: &[Line]) -> BTreeSet<UserId> {
        let people = lines.iter().flat_map(|line| line.people.iter().copied());
        let people: BTreeSet<UserId> = people.collect();
        let mut gone = BTreeSet::new();
        for user in people {
            if wire::has_left(&self.rest, guild.guild, user).await {
                gone.insert(user);
            }
        }
        gone
    }
}
