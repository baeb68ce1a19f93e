//! What comes back: limits, refusals and losses told apart from answers.

use std::time::Duration;

use axum::http::header::{ETAG, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::domain::{Timestamp, from_millis};

/// The pause after a limit that does not say how long. Source: GitHub's docs, "Best practices for
/// using the REST API": wait for at least one minute.
pub(super) const UNSAID_PAUSE: Duration = Duration::from_mins(1);

/// Why GitHub did not do or tell something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// A limit: not before this has passed.
    #[error("GitHub's rate limit is used up for {0:?}")]
    Limited(Duration),
    /// The credentials are refused.
    #[error("GitHub refuses our credentials")]
    Unauthorized,
    /// A refusal for good.
    #[error("GitHub refused with status {0}")]
    Refused(u16),
    /// GitHub failed, or its answer was lost: the request may have had its effect.
    #[error("GitHub's answer was lost or is a failure of its own ({0})")]
    Lost(&'static str),
    /// The App is not installed for this repository.
    #[error("the App is not installed for the repository")]
    NotInstalled,
}

/// An answer that is no failure.
pub(in crate::github) struct Answer {
    pub(in crate::github) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(in crate::github) fn etag(&self) -> Option<String> {
        self.header(ETAG)
    }

    fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    }

    /// The path that a redirect names, at the same API.
    pub(super) fn location(&self) -> Option<String> {
        let url = reqwest::Url::parse(&self.header(LOCATION)?).ok()?;
        let query = url
            .query()
            .map_or_else(String::new, |query| format!("?{query}"));
        Some(format!("{}{query}", url.path()))
    }

    pub(in crate::github) fn read<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        serde_json::from_str(&self.body)
            .map_err(|_| GitHubError::Lost("the answer is not readable"))
    }

    /// Tells answers from failures.
    pub(super) fn judged(self, now: Timestamp) -> Result<Self, GitHubError> {
        let limited = || {
            let spent = self.header("x-ratelimit-remaining").as_deref() == Some("0");
            spent
                || self.header(RETRY_AFTER).is_some()
                || self.body.contains("secondary rate limit")
        };
        match self.status.as_u16() {
            200..400 => Ok(self),
            401 => Err(GitHubError::Unauthorized),
            429 => Err(GitHubError::Limited(self.pause(now))),
            403 if limited() => Err(GitHubError::Limited(self.pause(now))),
            status @ 400..500 => Err(GitHubError::Refused(status)),
            _ => Err(GitHubError::Lost("GitHub failed")),
        }
    }

    /// How long a limit says to wait. Source: GitHub's docs, "Rate limits for the REST API".
    fn pause(&self, now: Timestamp) -> Duration {
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
        if let Some(seconds) = number(self.header(RETRY_AFTER)) {
            return Duration::from_secs(seconds.max(1).unsigned_abs());
        }
        let spent = self.header("x-ratelimit-remaining").as_deref() == Some("0");
        let reset = number(self.header("x-ratelimit-reset")).filter(|_| spent);
        let reset = reset.and_then(|seconds| from_millis(seconds.checked_mul(1_000)?));
        let pause = reset.and_then(|at| (at - now).to_std().ok());
        pause.map_or(UNSAID_PAUSE, |pause| pause + Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: body.to_owned(),
        }
    }

    #[test]
    fn refusals_limits_and_losses_are_told_apart() {
        let now = from_millis(1_795_000_000_000).unwrap();
        let judged =
            |status, headers: &[_], body: &str| answer(status, headers, body).judged(now).err();
        let wait = |seconds| Some(GitHubError::Limited(Duration::from_secs(seconds)));
        assert_eq!(judged(200, &[], ""), None);
        assert_eq!(judged(304, &[], ""), None);
        assert_eq!(judged(401, &[], ""), Some(GitHubError::Unauthorized));
        assert_eq!(judged(403, &[], "no"), Some(GitHubError::Refused(403)));
        assert_eq!(judged(422, &[], ""), Some(GitHubError::Refused(422)));
        assert!(matches!(judged(502, &[], ""), Some(GitHubError::Lost(_))));
        assert_eq!(judged(403, &[("retry-after", "7")], ""), wait(7));
        assert_eq!(
            judged(403, &[], "You have exceeded a secondary rate limit"),
            wait(60)
        );
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795000030"),
        ];
        assert_eq!(judged(403, &spent, ""), wait(31));
        assert_eq!(judged(429, &[], ""), wait(60));
    }

    #[test]
    fn a_redirect_stays_at_the_api() {
        let moved = answer(
            301,
            &[(
                "location",
                "https://elsewhere.example/repositories/5/issues/6?page=2",
            )],
            "",
        );
        assert_eq!(
            moved.location().as_deref(),
            Some("/repositories/5/issues/6?page=2")
        );
    }
}
