//! Why a request came to nothing.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use super::Answer;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Discord's limits do not allow it before the request's deadline. It was not carried out.
    #[error("Discord's rate limit allows this again in {:.1} s", retry_after.as_secs_f64())]
    RateLimited {
        /// When to try again, counted from now.
        retry_after: Duration,
    },
    /// The token is no longer good. Nothing is sent with it any more until the process starts
    /// again with another one.
    #[error(
        "Discord refuses the bot's token: make a new one in the Developer Portal under Bot, set \
         DISCORD_TOKEN and start again"
    )]
    Unauthorized,
    /// Too many requests of ours were refused; asking on would get this address blocked.
    #[error(
        "{refused} requests were refused within ten minutes; nothing is sent for {:.0} s, so that \
         Discord does not block this address", retry_after.as_secs_f64()
    )]
    Guarded {
        /// How many answers of 401, 403 and 429 there were.
        refused: usize,
        /// When the window has moved far enough, counted from now.
        retry_after: Duration,
    },
    /// No answer before the deadline. The request may or may not have been carried out.
    #[error("no answer in time")]
    TimedOut,
    /// The connection failed. The request may or may not have been carried out.
    #[error("the connection failed: {0}")]
    Network(String),
    /// The answer was larger than anything Discord sends.
    #[error("the answer was larger than {0} bytes")]
    TooLarge(usize),
    /// The path would lead out of the API.
    #[error("this is no path of the API")]
    NoSuchPath,
    /// Discord carried it out and said no, or failed.
    #[error("Discord answered {status}, code {code}: {message}")]
    Discord {
        /// The HTTP status.
        status: StatusCode,
        /// Discord's own code (`10008` unknown message, ...), 0 when it gave none.
        code: u64,
        /// Discord's words.
        message: String,
    },
    /// The answer was not what its route promises. Its text is not repeated: it may be long, and
    /// people may have written it.
    #[error("the answer is not what Discord sends there")]
    Unreadable(#[from] serde_json::Error),
}

impl RestError {
    /// Whether the same request may do better later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Guarded { .. } | Self::TimedOut | Self::Network(_) => {
                true
            }
            Self::Discord { status, .. } => status.is_server_error(),
            Self::Unauthorized | Self::TooLarge(_) | Self::NoSuchPath | Self::Unreadable(_) => {
                false
            }
        }
    }

    /// How long to wait at least, when that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Guarded { retry_after, .. } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }

    /// Discord's error code, when it gave one.
    pub fn code(&self) -> Option<u64> {
        match self {
            Self::Discord { code, .. } if *code != 0 => Some(*code),
            _ => None,
        }
    }

    /// Reads Discord's error body; any body will do.
    pub(super) fn of(answer: &Answer) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Said {
            code: u64,
            message: String,
        }
        let said = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Said {
            code: 0,
            message: String::from_utf8_lossy(&answer.body)
                .chars()
                .take(200)
                .collect(),
        });
        Self::Discord {
            status: answer.status,
            code: said.code,
            message: said.message,
        }
    }
}
