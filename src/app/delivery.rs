//! Which adapter a parcel of the outbox goes to. The bridge's own go through both: what stands on
//! Discord is read there at the last moment, and said on GitHub.

use crate::clock::Clock;
use crate::discord::Attachments;
use crate::discord::deliver::DiscordDelivery;
use crate::domain::ids::{MessageId, TicketId};
use crate::gateway::rest::Rest;
use crate::github::Bridge;
use crate::github::deliver::GitHubDelivery;
use crate::ledger::{LedgerHandle, LiveGuilds};
use crate::outbox::parcel::{Content, Deliver, Failure, Parcel, Receipt};
use crate::store::Store;
use crate::text::issue::body::Part;

/// Delivers to whom it is for.
#[derive(Debug)]
pub(super) struct Delivery {
    discord: DiscordDelivery,
    github: Option<GitHubDelivery>,
}

impl Delivery {
    /// With a bridge to GitHub, parcels go there too, and what is attached is fetched.
    pub(super) fn new(
        rest: Rest,
        store: Store,
        ledger: LedgerHandle,
        guilds: LiveGuilds,
        clock: Clock,
        bridge: Option<(Bridge, Attachments)>,
    ) -> Self {
        let discord =
            DiscordDelivery::new(rest, store.clone(), ledger.clone(), guilds, clock.clone());
        match bridge {
            None => Self {
                discord,
                github: None,
            },
            Some((bridge, attachments)) => Self {
                discord: discord.with_bridge(attachments, bridge.page.clone()),
                github: Some(GitHubDelivery::new(bridge, store, ledger, clock)),
            },
        }
    }

    /// What a message says that is said on an issue, with its files; `None` when it is gone.
    async fn said(
        &self,
        parcel: &Parcel,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<Option<Part>, Failure> {
        let mut said = self.discord.quote(ticket, message).await?;
        if let Some(part) = &mut said {
            let kept = self.discord.keep_files_of(parcel, ticket, message, part);
            kept.await?;
        }
        Ok(said)
    }
}

impl Deliver for Delivery {
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt, Failure> {
        match (&self.github, parcel.items.first().map(|item| &item.content)) {
            (Some(github), Some(Content::OpenIssue { draft_id, .. })) => {
                self.discord.keep_files(parcel, *draft_id).await?;
                github.open(parcel, *draft_id).await
            }
            (Some(github), Some(Content::Reply { ticket, message })) => {
                let said = self.said(parcel, *ticket, *message).await?;
                github.reply(parcel, *ticket, *message, said).await
            }
            (Some(github), Some(Content::Revise { ticket, message })) => {
                let said = self.said(parcel, *ticket, *message).await?;
                github.revise(parcel, *ticket, *message, said).await
            }
            (
                Some(github),
                Some(Content::TakeBack {
                    repository,
                    comment,
                    ..
                }),
            ) => github.take_back(repository, *comment).await,
            (Some(github), Some(Content::CountThreads { issue, .. })) => {
                github.count(parcel, *issue).await
            }
            _ => self.discord.deliver(parcel).await,
        }
    }
}
