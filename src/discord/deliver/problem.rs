//! What went wrong on the way to Discord, and what follows from it.

use crate::discord::ground::Loss;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::ChannelId;
use crate::gateway::rest::RestError;
use crate::outbox::parcel::{Failure, Retry};
use crate::store::StoreError;
use crate::text::notice;

/// Unknown channel. Source of all codes: Discord's reference, "JSON Error Codes".
pub(in crate::discord) const UNKNOWN_CHANNEL: u64 = 10_003;
/// Unknown message.
pub(in crate::discord) const UNKNOWN_MESSAGE: u64 = 10_008;
/// Thread is archived.
pub(super) const ARCHIVED: u64 = 50_083;
/// Thread is locked.
pub(super) const LOCKED: u64 = 160_005;
/// Missing access.
const MISSING_ACCESS: u64 = 50_001;
/// Missing permissions.
const MISSING_PERMISSIONS: u64 = 50_013;

/// What went wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// Discord, or the way to it.
    Discord(RestError),
    /// Our own store.
    Store(StoreError),
}

impl From<RestError> for Problem {
    fn from(error: RestError) -> Self {
        Self::Discord(error)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Problem {
    /// What the outbox is told when the store could not be asked.
    pub(super) fn store(error: StoreError) -> Failure {
        Self::Store(error).into_failure()
    }

    /// Discord's code, if it gave one.
    pub(super) fn code(&self) -> Option<u64> {
        match self {
            Self::Discord(error) => error.code(),
            Self::Store(_) => None,
        }
    }

    /// What the moderators are told, if only a person can mend it.
    pub(super) fn trouble(&self, guild: &GuildSettings, place: ChannelId) -> Option<String> {
        match self.code()? {
            MISSING_ACCESS | MISSING_PERMISSIONS => Some(notice::not_permitted(place)),
            // In the words in which intake tells of it, so that it is told once.
            UNKNOWN_CHANNEL => Some(match Loss::of_channel(guild, place) {
                Some(loss) => loss.sentence(),
                None => notice::channel_gone(place),
            }),
            _ => None,
        }
    }

    /// What the outbox is told. The reason holds no text from people: Discord's words about a
    /// request name fields, not contents.
    pub(super) fn into_failure(self) -> Failure {
        let error = match self {
            Self::Store(error) => {
                return Failure {
                    reason: error.to_string(),
                    retry: Retry::Backoff,
                    uncertain: false,
                };
            }
            Self::Discord(error) => error,
        };
        let (retry, uncertain) = match &error {
            // It was refused now; a repetition of one that may have arrived.
            RestError::RateLimited { retry_after } | RestError::Guarded { retry_after, .. } => {
                (Retry::After(*retry_after), true)
            }
            // A new token needs a new start, and then this is tried again.
            RestError::Unauthorized
            | RestError::TimedOut
            | RestError::Network(_)
            | RestError::TooLarge(_)
            | RestError::Unreadable(_) => (Retry::Backoff, true),
            // Discord failed: what it had done by then is not known.
            error if error.is_temporary() => (Retry::Backoff, true),
            RestError::NoSuchPath | RestError::Discord { .. } => (Retry::Never, false),
        };
        Failure {
            reason: error.to_string(),
            retry,
            uncertain,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::*;
    use crate::discord::views::fixture;

    fn discord(status: u16, code: u64) -> Problem {
        Problem::Discord(RestError::Discord {
            status: StatusCode::from_u16(status).unwrap(),
            code,
            message: "words".to_owned(),
        })
    }

    #[test]
    fn what_follows_from_an_answer() {
        for (problem, retry, uncertain) in [
            (discord(403, MISSING_ACCESS), Retry::Never, false),
            (discord(404, UNKNOWN_CHANNEL), Retry::Never, false),
            (discord(400, 50_035), Retry::Never, false),
            (discord(500, 0), Retry::Backoff, true),
            (discord(503, 0), Retry::Backoff, true),
            (RestError::TimedOut.into(), Retry::Backoff, true),
            (RestError::Unauthorized.into(), Retry::Backoff, true),
            (
                RestError::RateLimited {
                    retry_after: Duration::from_secs(9),
                }
                .into(),
                Retry::After(Duration::from_secs(9)),
                true,
            ),
        ] {
            let failure = problem.into_failure();
            assert_eq!(
                (failure.retry, failure.uncertain),
                (retry, uncertain),
                "{failure}"
            );
        }
    }

    #[test]
    fn only_what_a_person_can_mend_is_told() {
        let (guild, place) = (fixture::guild(), ChannelId(7));
        assert!(
            discord(403, MISSING_PERMISSIONS)
                .trouble(&guild, place)
                .is_some()
        );
        assert!(
            discord(404, UNKNOWN_CHANNEL)
                .trouble(&guild, place)
                .is_some()
        );
        assert_eq!(discord(404, UNKNOWN_MESSAGE).trouble(&guild, place), None);
        assert_eq!(discord(500, 0).trouble(&guild, place), None);
        assert_eq!(
            Problem::from(RestError::TimedOut).trouble(&guild, place),
            None
        );
    }
}
