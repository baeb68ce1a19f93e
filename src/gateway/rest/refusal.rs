//! What a 429 says: for how long, and to whom.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use twilight_http_ratelimiting::RateLimitHeaders;

use super::Answer;

/// The longest limit believed. Discord's longest are daily; more is a mistake, and the timers
/// below cannot hold everything a float can say.
const LONGEST: Duration = Duration::from_hours(24);

/// How long to wait after a 429 that does not say for how long.
pub(super) const UNSAID: Duration = Duration::from_secs(5);

/// What a 429 says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) retry_after: Duration,
    pub(super) reach: Reach,
}

/// What a 429 is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Route,
    /// A route, in a limit shared with others: it is nobody's fault, and does not count as one.
    Shared,
    /// All of the bot's requests, but not the answers to interactions.
    Bot,
    /// Everything that comes from this address.
    Address,
}

impl Refusal {
    /// Reads a 429: `retry_after` of the body, else the header, else a guess.
    pub(super) fn read(answer: &Answer) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Said {
            retry_after: Option<f64>,
            global: bool,
        }
        let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
        let header = |name| text(&answer.headers, name);
        let scope = header(RateLimitHeaders::SCOPE);
        let global = said.as_ref().is_some_and(|s| s.global)
            || header("x-ratelimit-global").is_some_and(|v| v.eq_ignore_ascii_case("true"))
            || scope == Some("global");
        let reach = match &said {
            // Not Discord's but that of the shield in front of it, which knows nothing of bots and
            // interactions.
            None => Reach::Address,
            Some(_) if global => Reach::Bot,
            Some(_) if scope == Some("shared") => Reach::Shared,
            Some(_) => Reach::Route,
        };
        let seconds = said
            .and_then(|s| s.retry_after)
            .or_else(|| header(RETRY_AFTER.as_str())?.parse().ok());
        Self {
            retry_after: seconds.map_or(UNSAID, duration),
            reach,
        }
    }
}

/// Seconds, as a server says them: nothing it can write is out of range.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).map_or(LONGEST, |d| d.min(LONGEST))
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
        Answer {
            status: reqwest::StatusCode::TOO_MANY_REQUESTS,
            headers: headers.collect(),
            body: body.into(),
        }
    }

    #[test]
    fn every_way_to_say_no() {
        let cases = [
            (&[][..], r#"{"retry_after":0.5}"#, 500, Reach::Route),
            (
                &[("retry-after", "3")],
                r#"{"message":"x"}"#,
                3_000,
                Reach::Route,
            ),
            (
                &[("retry-after", "9")],
                r#"{"retry_after":0.25,"global":true}"#,
                250,
                Reach::Bot,
            ),
            (
                &[("x-ratelimit-scope", "global")],
                r#"{"retry_after":1}"#,
                1_000,
                Reach::Bot,
            ),
            (
                &[("x-ratelimit-global", "true")],
                r#"{"retry_after":1}"#,
                1_000,
                Reach::Bot,
            ),
            (
                &[("x-ratelimit-scope", "shared")],
                r#"{"retry_after":61.5}"#,
                61_500,
                Reach::Shared,
            ),
            (&[("retry-after", "600")], "<html>", 600_000, Reach::Address),
            (&[], "{}", 5_000, Reach::Route),
            (&[], r#"{"retry_after":-4}"#, 0, Reach::Route),
            (&[], r#"{"retry_after":1e300}"#, 86_400_000, Reach::Route),
        ];
        for (headers, body, millis, reach) in cases {
            let refusal = Refusal::read(&answer(headers, body));
            let got = (refusal.retry_after.as_millis(), refusal.reach);
            assert_eq!(got, (millis, reach), "{body:?}");
        }
    }
}
