//! Interactions under way: who did what, what the application answered, how long its token lives.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::world::ApiError;

/// How long an application has for its first answer
/// (interactions/receiving-and-responding, "Interaction Callback").
pub(super) const FIRST_ANSWER: TimeDelta = TimeDelta::seconds(3);
/// How long the token then lives (same place).
pub(super) const TOKEN: TimeDelta = TimeDelta::minutes(15);

/// What a person sees when the application was too slow.
pub const DID_NOT_RESPOND: &str = "The application did not respond";

/// Interaction types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Command = 2,
    Component = 3,
    Autocomplete = 4,
    Modal = 5,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a channel, for everybody there.
    Channel { channel: u64, message: u64 },
    /// On one person's screen ("Only you can see this").
    Whisper(u64),
}

impl Place {
    pub fn message(self) -> u64 {
        match self {
            Self::Channel { message, .. } | Self::Whisper(message) => message,
        }
    }
}

/// The application's first answer, as far as the person can tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A message: it is the interaction's original.
    Message,
    /// "… is thinking": a message follows.
    Thinking,
    /// Nothing visible; the clicked message may be edited later.
    DeferredUpdate,
    /// The clicked message was edited.
    Update,
    /// Suggestions for the option being typed.
    Choices(Vec<Value>),
    /// A modal window: its title, custom id and components.
    Modal(Value),
    /// There was none in time, in the words Discord shows.
    Failed(&'static str),
}

/// One interaction.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub id: u64,
    pub token: String,
    pub application: u64,
    pub bot: u64,
    pub kind: Kind,
    /// What the person did, for messages of failing tests: `/queue page:2`, `clicks "Claim"`.
    pub deed: String,
    pub user: u64,
    pub channel: u64,
    pub guild: Option<u64>,
    pub at: DateTime<Utc>,
    /// The message whose component was used; of a modal, the one it was opened from.
    pub source: Option<Place>,
    /// `interaction_metadata` of messages made by it.
    pub metadata: Value,
    /// The type of its messages.
    pub message_kind: u8,
    pub answer: Option<Answer>,
    /// What `@original` is.
    pub original: Option<Place>,
    pub follow_ups: Vec<Place>,
}

impl Interaction {
    /// Notes that the time for the first answer is over, if it is.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> bool {
        let late = self.answer.is_none() && now - self.at > FIRST_ANSWER;
        if late {
            self.answer = Some(Answer::Failed(DID_NOT_RESPOND));
        }
        late
    }

    /// Whether its token still opens `/webhooks/…`.
    pub(super) fn check_token(&self, now: DateTime<Utc>) -> Result<(), ApiError> {
        match self.answer {
            None | Some(Answer::Failed(_) | Answer::Choices(_)) => {
                Err(ApiError::new(404, 10015, "Unknown Webhook"))
            }
            Some(_) if now - self.at > TOKEN => {
                Err(ApiError::new(401, 50027, "Invalid Webhook Token"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Why a first answer of this type cannot be given now.
    pub(super) fn check_answer(&self, answer_type: u64) -> Result<(), ApiError> {
        match &self.answer {
            Some(Answer::Failed(_)) => return Err(unknown()),
            Some(_) => {
                return Err(ApiError::new(
                    400,
                    40060,
                    "Interaction has already been acknowledged.",
                ));
            }
            None => {}
        }
        let from_message = self.source.is_some();
        let fits = match (self.kind, answer_type) {
            (Kind::Component | Kind::Modal, 6 | 7) => from_message,
            (Kind::Command | Kind::Component | Kind::Modal, 4 | 5)
            | (Kind::Command | Kind::Component, 9)
            | (Kind::Autocomplete, 8) => true,
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(ApiError::choice("type", "types that fit the interaction"))
        }
    }
}

/// 10062: no such interaction, or too late.
pub(super) fn unknown() -> ApiError {
    ApiError::new(404, 10062, "Unknown interaction")
}

/// Everything about interactions that is no part of the world.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) list: BTreeMap<u64, Interaction>,
    pub(super) tokens: HashMap<String, u64>,
    /// Messages that only one person sees, by id.
    pub(super) whispers: BTreeMap<u64, Whisper>,
    /// Messages that a test looked at.
    pub(super) read: BTreeSet<u64>,
}

/// A message that only one person sees.
#[derive(Clone, Debug)]
pub struct Whisper {
    pub to: u64,
    pub message: crate::world::Message,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interaction(kind: Kind, source: Option<Place>) -> Interaction {
        Interaction {
            id: 1,
            token: "t".to_owned(),
            application: 9,
            bot: 9,
            kind,
            deed: String::new(),
            user: 5,
            channel: 2,
            guild: Some(1),
            at: DateTime::UNIX_EPOCH,
            source,
            metadata: Value::Null,
            message_kind: 0,
            answer: None,
            original: None,
            follow_ups: Vec::new(),
        }
    }

    fn seconds(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn three_seconds_for_the_first_answer() {
        let mut one = interaction(Kind::Command, None);
        assert!(!one.expire(seconds(3)));
        assert_eq!(one.check_answer(4), Ok(()));
        assert!(one.expire(seconds(4)));
        assert_eq!(one.check_answer(4).unwrap_err().code, 10062);
        assert_eq!(one.check_token(seconds(4)).unwrap_err().code, 10015);
    }

    #[test]
    fn fifteen_minutes_for_everything_else() {
        let mut one = interaction(Kind::Command, None);
        assert_eq!(one.check_token(seconds(1)).unwrap_err().code, 10015);
        one.answer = Some(Answer::Thinking);
        assert!(!one.expire(seconds(100)));
        assert_eq!(one.check_token(seconds(900)), Ok(()));
        assert_eq!(one.check_token(seconds(901)).unwrap_err().code, 50027);
        assert_eq!(one.check_answer(4).unwrap_err().code, 40060);
    }

    #[test]
    fn each_kind_takes_its_own_answers() {
        let here = Some(Place::Whisper(3));
        let takes = |kind, source: Option<Place>| -> Vec<u64> {
            (1..=9)
                .filter(|answer| interaction(kind, source).check_answer(*answer).is_ok())
                .collect()
        };
        assert_eq!(takes(Kind::Command, None), [4, 5, 9]);
        assert_eq!(takes(Kind::Component, here), [4, 5, 6, 7, 9]);
        assert_eq!(takes(Kind::Autocomplete, None), [8]);
        assert_eq!(takes(Kind::Modal, here), [4, 5, 6, 7]);
        assert_eq!(takes(Kind::Modal, None), [4, 5]);
    }
}
