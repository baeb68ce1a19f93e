//! The few requests that delivery makes.

use reqwest::Method;
use serde::Deserialize;

use crate::discord::catch_up::first_id;
use crate::discord::custom_id::CustomId;
use crate::discord::views::message::Message;
use crate::domain::Timestamp;
use crate::domain::ids::{GuildId, MessageId, TicketId, UserId};
use crate::gateway::rest::{Path, Request, Rest, RestError};

/// Unknown member: not in the guild. Source of all codes: Discord's reference, "JSON Error Codes".
const UNKNOWN_MEMBER: u64 = 10_007;
/// Unknown user: the account is gone.
const UNKNOWN_USER: u64 = 10_013;

/// How many messages are read at once: Discord's most.
const PAGE: usize = 100;

/// How many pages are searched at most, from when the message was ordered on. A message of ours is
/// only searched for after an outage of minutes or a crash; no place has so many messages in it.
const MOST_PAGES: usize = 50;

/// How far Discord's clock may be behind ours: a message may seem older than its order.
const CLOCKS_DIFFER: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// A message as far as we look at it: its id, and what its components carry.
#[derive(Deserialize)]
struct Found {
    id: String,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    custom_id: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

impl Component {
    fn carries(&self, wanted: &dyn Fn(CustomId) -> bool) -> bool {
        let mine = self.custom_id.as_deref().and_then(|id| id.parse().ok());
        mine.is_some_and(wanted) || self.components.iter().any(|inner| inner.carries(wanted))
    }
}

/// The components of the message of a parcel.
pub(super) fn of_parcel(parcel_id: i64) -> impl Fn(CustomId) -> bool {
    move |id| match id {
        CustomId::ShowQueue { parcel }
        | CustomId::Why { parcel }
        | CustomId::IssueDecline { parcel }
        | CustomId::IssueShow { parcel } => parcel == parcel_id,
        _ => false,
    }
}

/// The components of a ticket's card.
pub(super) fn card_of(wanted: TicketId) -> impl Fn(CustomId) -> bool {
    move |id| matches!(id, CustomId::Card { ticket, .. } if ticket == wanted)
}

/// Makes a message. Its nonce makes it safe to repeat.
pub(super) async fn create(
    rest: &Rest,
    channel: u64,
    message: &Message,
) -> Result<MessageId, RestError> {
    let request = Request::new(Method::POST, messages(channel)).json(message)?;
    let made: Found = rest.json(request.idempotent()).await?;
    id(&made)
}

/// Replaces a message of ours.
pub(super) async fn edit(
    rest: &Rest,
    channel: u64,
    message: MessageId,
    to: Message,
) -> Result<(), RestError> {
    let path = messages(channel).id(message.0);
    let request = Request::new(Method::PATCH, path).json(&to.into_edit())?;
    rest.success(request).await?;
    Ok(())
}

/// Deletes a message of ours.
pub(super) async fn delete(rest: &Rest, channel: u64, message: MessageId) -> Result<(), RestError> {
    let path = messages(channel).id(message.0);
    rest.success(Request::new(Method::DELETE, path)).await?;
    Ok(())
}

/// The message of a channel, made since an instant, whose components are the wanted ones.
pub(super) async fn find(
    rest: &Rest,
    channel: u64,
    since: Timestamp,
    wanted: impl Fn(CustomId) -> bool,
) -> Result<Option<MessageId>, RestError> {
    let mut after = first_id(since - CLOCKS_DIFFER);
    for _ in 0..MOST_PAGES {
        let request = Request::read(messages(channel))
            .query("limit", &PAGE.to_string())
            .query("after", &after.to_string());
        let page: Vec<Found> = rest.json(request).await?;
        let carries = |message: &&Found| message.components.iter().any(|c| c.carries(&wanted));
        if let Some(found) = page.iter().find(carries) {
            return id(found).map(Some);
        }
        for message in &page {
            after = after.max(id(message)?);
        }
        if page.len() < PAGE {
            break;
        }
    }
    Ok(None)
}

/// Wakes an archived thread, so that a message in it can be edited.
pub(super) async fn wake(rest: &Rest, thread: u64) -> Result<(), RestError> {
    let body = serde_json::json!({ "archived": false });
    let path = Path::root("channels").id(thread);
    rest.success(Request::new(Method::PATCH, path).json(&body)?)
        .await?;
    Ok(())
}

/// Whether somebody has left the guild. `false` when that cannot be found out now: then they are
/// taken to be there.
pub(super) async fn has_left(rest: &Rest, guild: GuildId, user: UserId) -> bool {
    let path = Path::root("guilds").id(guild.0).then("members").id(user.0);
    let asked = rest.success(Request::read(path)).await;
    matches!(
        asked.err().and_then(|e| e.code()),
        Some(UNKNOWN_MEMBER | UNKNOWN_USER)
    )
}

fn messages(channel: u64) -> Path {
    Path::root("channels").id(channel).then("messages")
}

fn id(message: &Found) -> Result<MessageId, RestError> {
    message
        .id
        .parse()
        .map_err(|_| RestError::Unreadable(serde::de::Error::custom("not a message's id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_components_are_found_wherever_they_are() {
        let message: Found = serde_json::from_value(serde_json::json!({
            "id": "5", "content": "x", "components": [
                {"type": 1, "components": [{"type": 2, "url": "https://example.org"}]},
                {"type": 1, "components": [{"type": 2, "custom_id": "sameday1:show-queue:7"}]},
            ]
        }))
        .unwrap();
        let carries = |wanted: &dyn Fn(CustomId) -> bool| {
            message.components.iter().any(|c| c.carries(wanted))
        };
        assert!(carries(&of_parcel(7)));
        assert!(!carries(&of_parcel(8)));
        assert!(!carries(&card_of(TicketId(7))));
    }
}
