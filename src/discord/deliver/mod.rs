//! Says on Discord what the outbox hands over: cards, alerts, remarks, notices.
//!
//! * What is said is composed now, from the ticket as it is now. An alert that is no longer true is
//!   dropped, and the receipt says so; a card shows the ticket's present face.
//! * Who is pinged is chosen now: the claimer as long as they are in the guild, else the role.
//! * A message is made with the parcel's number as its nonce, so that a second sending within
//!   minutes is the same message. Should the first try be longer ago than Discord remembers, the
//!   channel is searched for the components of the first one.
//! * People rule over cards. One that a moderator deleted comes back only when its ticket was
//!   resolved and opened again since; one in an archived thread is left in peace unless somebody
//!   waits there; in a locked thread nothing is said at all.

mod alert;
mod card;
mod files;
mod problem;
mod remark;
mod wire;

pub(super) use problem::{UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use self::problem::Problem;
use super::attachments::Attachments;
use super::issue;
use super::views::message::Message;
use super::views::notice;
use crate::clock::Clock;
use crate::domain::event::Fact;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, GuildId, MessageId, TicketId};
use crate::domain::issue::DraftId;
use crate::gateway::rest::Rest;
use crate::ledger::bridge::{Change, Denied};
use crate::ledger::{LedgerHandle, LiveGuilds};
use crate::outbox::parcel::{Content, Deliver, Failure, Item, Notice, Parcel, Receipt, Retry};
use crate::store::Store;
use crate::text::issue::body::Part;

/// Delivers to Discord. Talks REST, decides nothing, remembers nothing that matters.
#[derive(Debug)]
pub struct DiscordDelivery {
    rest: Rest,
    store: Store,
    ledger: LedgerHandle,
    guilds: LiveGuilds,
    clock: Clock,
    /// The places whose troubles the moderators were told: once, until something works there.
    told: Mutex<BTreeSet<ChannelId>>,
    /// Every trouble the moderators were told, whoever noticed it: the same one is told once.
    said: Mutex<BTreeSet<(GuildId, String)>>,
    /// Fetches what goes along with issues; where there is none, cards offer no issue.
    attachments: Option<Attachments>,
    /// Where people reach our own page, if they do.
    page: Option<Arc<str>>,
}

impl DiscordDelivery {
    /// Delivers for these guilds.
    pub fn new(
        rest: Rest,
        store: Store,
        ledger: LedgerHandle,
        guilds: LiveGuilds,
        clock: Clock,
    ) -> Self {
        Self {
            rest,
            store,
            ledger,
            guilds,
            clock,
            told: Mutex::default(),
            said: Mutex::default(),
            attachments: None,
            page: None,
        }
    }

    /// There is a way to GitHub: cards offer to draft an issue, and what is attached goes along.
    #[must_use]
    pub fn with_bridge(mut self, attachments: Attachments, page: Option<Arc<str>>) -> Self {
        self.attachments = Some(attachments);
        self.page = page;
        self
    }

    async fn notice(
        &self,
        guild: &GuildSettings,
        parcel: &Parcel,
        told: &Notice,
    ) -> Result<Receipt, Failure> {
        let channel = guild.moderator_channel;
        let trouble = match told {
            Notice::Trouble { sentence } => Some((guild.guild, sentence.clone())),
            Notice::Away { .. } | Notice::DiskRecovered { .. } => None,
        };
        if trouble.as_ref().is_some_and(|it| self.said().contains(it)) {
            return Ok(all_dropped(parcel));
        }
        let message = notice::notice(parcel.parcel_id, told).once(nonce('n', parcel));
        let made = self.say_once(channel.0, message, parcel).await;
        let message = self.checked(guild.guild, channel, made).await?;
        self.said().extend(trouble);
        Ok(Receipt {
            message: Some(message),
            dropped: Vec::new(),
        })
    }

    /// What a message of a ticket's thread says, to be said elsewhere; `None` when it is gone.
    pub async fn quote(
        &self,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<Option<Part>, Failure> {
        let row = self.store.find_ticket(ticket).await;
        let Some(row) = row.map_err(Problem::store)? else {
            return Ok(None);
        };
        let events = self.store.list_events(ticket).await;
        let events = events.map_err(Problem::store)?;
        let staff = events.iter().any(|recorded| match recorded.event.fact {
            Fact::MessagePosted {
                message: posted,
                author,
                staff,
            } => posted == message && staff && row.ticket.asker() != Some(author),
            _ => false,
        });
        let quoted = issue::quote(&self.rest, row.thread, message, staff).await;
        quoted.map_err(|error| Problem::from(error).into_failure())
    }

    /// A draft that was on its way when the way was taken out of the settings: the thread is told.
    async fn lost_bridge(&self, parcel: &Parcel, draft_id: DraftId) -> Result<Receipt, Failure> {
        let status = None;
        match self
            .ledger
            .bridge(Change::Refused { draft_id, status })
            .await
        {
            Err(Denied::NotWritten) => Err(Failure {
                reason: Denied::NotWritten.to_string(),
                retry: Retry::Backoff,
                uncertain: false,
            }),
            Ok(_) | Err(_) => Ok(all_dropped(parcel)),
        }
    }

    /// Sends a message that carries the parcel's number, unless an earlier try has made it.
    async fn say_once(
        &self,
        channel: u64,
        message: Message,
        parcel: &Parcel,
    ) -> Result<MessageId, Problem> {
        if parcel.uncertain {
            let carries = wire::of_parcel(parcel.parcel_id);
            let since = self.store.load_ordered_at(parcel.parcel_id).await?;
            if let Some(found) = wire::find(&self.rest, channel, since, carries).await? {
                return Ok(found);
            }
        }
        Ok(wire::create(&self.rest, channel, &message).await?)
    }

    /// Takes note of how a place answers: what only a person can mend is told to the moderators,
    /// once for each place.
    async fn checked<T>(
        &self,
        guild: GuildId,
        place: ChannelId,
        outcome: Result<T, Problem>,
    ) -> Result<T, Failure> {
        let problem = match outcome {
            Ok(done) => {
                if self.told().remove(&place) {
                    // Should it break again, that is said again.
                    self.said()
                        .remove(&(guild, crate::text::notice::not_permitted(place)));
                }
                return Ok(done);
            }
            Err(problem) => problem,
        };
        let settings = self.guilds.find(guild);
        let told_elsewhere = settings.filter(|settings| settings.moderator_channel != place);
        if let Some(settings) = told_elsewhere
            && let Some(sentence) = problem.trouble(&settings, place)
            && self.told().insert(place)
        {
            // After the ledger has stopped nothing more is delivered either.
            let told = Notice::Trouble { sentence };
            if let Err(stopped) = self.ledger.order_notice(guild, told).await {
                tracing::debug!(%stopped, "the moderators are told after the next start");
            }
        }
        Err(problem.into_failure())
    }

    fn said(&self) -> std::sync::MutexGuard<'_, BTreeSet<(GuildId, String)>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, BTreeSet<ChannelId>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deliver for DiscordDelivery {
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt, Failure> {
        let Some(first) = parcel.items.first() else {
            return Ok(all_dropped(parcel)); // nothing in it, nothing to say
        };
        let Some(guild) = self.guilds.find(first.guild) else {
            // The guild was taken out of the settings: nobody is left to be told.
            return Ok(all_dropped(parcel));
        };
        match &first.content {
            Content::Card { ticket, .. } => self.card(&guild, parcel, *ticket).await,
            Content::Alert { audience, .. } => self.alerts(&guild, parcel, *audience).await,
            Content::Remark { ticket, remark } => {
                self.remark(&guild, parcel, *ticket, remark).await
            }
            Content::Notice(told) => self.notice(&guild, parcel, told).await,
            // Not for Discord: without a way to GitHub nobody is left who could do it.
            Content::OpenIssue { draft_id, .. } => self.lost_bridge(parcel, *draft_id).await,
            Content::CountThreads { .. }
            | Content::Reply { .. }
            | Content::Revise { .. }
            | Content::TakeBack { .. } => Ok(all_dropped(parcel)),
        }
    }
}

/// What makes a second sending of a parcel the same message. Source: Discord's reference, "Create
/// Message": up to 25 characters, remembered for a few minutes.
fn nonce(kind: char, parcel: &Parcel) -> String {
    format!("{kind}{}", parcel.parcel_id)
}

fn all_dropped(parcel: &Parcel) -> Receipt {
    let number = |item: &Item| item.outbox_id;
    Receipt {
        message: None,
        dropped: parcel.items.iter().map(number).collect(),
    }
}

#[cfg(test)]
mod tests;
