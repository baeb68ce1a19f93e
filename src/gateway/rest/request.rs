//! What is asked of Discord and what it answers, as bytes.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::time::Instant;

/// How long a request of ours may take when nobody said otherwise, all waiting for rate limits
/// and all retries included.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(30);

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path below `/api/v10/`, built so that nothing in it can break out: fixed words, numbers, and
/// text that is percent-encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// Starts a path with a fixed word: `Path::root("channels")`.
    pub fn root(word: &'static str) -> Self {
        Self(word.to_owned())
    }

    /// Adds a fixed word.
    #[must_use]
    pub fn then(mut self, word: &'static str) -> Self {
        self.0.push('/');
        self.0.push_str(word);
        self
    }

    /// Adds a snowflake.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        write!(self.0, "/{id}").unwrap_or_default();
        self
    }

    /// Adds text from elsewhere, percent-encoded: an interaction's token, an emoji.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.push('/');
        self.0.extend(percent_encode(text));
        self
    }

    /// Takes a path that came encoded over HTTP. `None` if it could mean another place than it
    /// seems to: dot segments, empty segments, characters that a URL parser would rewrite.
    pub(crate) fn encoded(path: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&b);
        let good = |segment: &str| {
            let dots = segment.replace("%2e", ".").replace("%2E", ".");
            !segment.is_empty() && dots != "." && dots != ".." && segment.bytes().all(plain)
        };
        path.split('/').all(good).then(|| Self(path.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Interaction tokens are part of a path and open a thread for 15 minutes, so they are not shown.
impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.0.split('/');
        let hide_from = match words.next() {
            Some("webhooks" | "interactions") => 2,
            _ => usize::MAX,
        };
        for (i, word) in self.0.split('/').enumerate() {
            if i > 0 {
                f.write_str("/")?;
            }
            f.write_str(if i == hide_from { "…" } else { word })?;
        }
        Ok(())
    }
}

/// One request, ready to be sent as often as needed.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: Option<String>,
    pub(crate) body: Option<Body>,
    pub(crate) reason: Option<HeaderValue>,
    pub(crate) deadline: Instant,
    pub(crate) repeatable: bool,
}

#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: HeaderValue,
}

/// People's words do not belong in logs.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

impl Request {
    /// A request that may take [`USUAL_PATIENCE`]. It is repeated after a failure of the server or
    /// the network unless it is a POST.
    pub fn new(method: Method, path: Path) -> Self {
        Self {
            repeatable: method != Method::POST,
            method,
            path,
            query: None,
            body: None,
            reason: None,
            deadline: Instant::now() + USUAL_PATIENCE,
        }
    }

    /// Asks for a path.
    pub fn read(path: Path) -> Self {
        Self::new(Method::GET, path)
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &str) -> Self {
        let query = self.query.get_or_insert_default();
        if !query.is_empty() {
            query.push('&');
        }
        write!(query, "{name}={}", percent_encode(value)).unwrap_or_default();
        self
    }

    /// Takes a query that came encoded over HTTP.
    #[must_use]
    pub(crate) fn raw_query(mut self, query: Option<&str>) -> Self {
        // serenity begins its queries with `&`.
        let query = query.map(|q| q.trim_start_matches('&'));
        self.query = query.filter(|q| !q.is_empty()).map(str::to_owned);
        self
    }

    /// Takes a reason that came encoded over HTTP.
    #[must_use]
    pub(crate) fn raw_reason(mut self, reason: Option<&HeaderValue>) -> Self {
        self.reason = reason.cloned();
        self
    }

    /// Sends a JSON body.
    ///
    /// # Errors
    /// When the value cannot be written as JSON (a map with keys that are no strings).
    pub fn json(self, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let bytes = serde_json::to_vec(value)?;
        Ok(self.body(bytes.into(), HeaderValue::from_static("application/json")))
    }

    /// Sends bytes of any type.
    #[must_use]
    pub fn body(mut self, bytes: Bytes, content_type: HeaderValue) -> Self {
        self.body = Some(Body {
            bytes,
            content_type,
        });
        self
    }

    /// Says why, in the guild's audit log.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        // 1 to 512 characters; source: Discord's reference, "Audit logs".
        let short: String = reason.chars().take(512).collect();
        self.reason = HeaderValue::from_str(&percent_encode(&short).to_string()).ok();
        self
    }

    /// Gives up at `deadline`, waiting for rate limits included.
    #[must_use]
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = deadline;
        self
    }

    /// Says that sending this twice does no more than sending it once, although it is a POST:
    /// a message with `enforce_nonce`.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.repeatable = true;
        self
    }
}

/// What the server answered, read completely.
#[derive(Clone)]
pub struct Answer {
    /// The status, of any kind; see [`super::Rest::send`] for the ones that never get here.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, empty for 204.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

fn percent_encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_path_stays_one_segment() {
        let path = Path::root("channels")
            .id(7)
            .then("messages")
            .text("a/../b?c#d é");
        assert_eq!(
            path.as_str(),
            "channels/7/messages/a%2F..%2Fb%3Fc%23d%20%C3%A9"
        );
    }

    #[test]
    fn a_foreign_path_cannot_leave_the_api() {
        for bad in [
            "",
            "/",
            "a//b",
            "a/../b",
            "a/..",
            "a/%2e%2E/b",
            "a/.",
            "a\\b",
            "a?b",
            "a#b",
            "a b",
        ] {
            assert_eq!(Path::encoded(bad), None, "{bad:?}");
        }
        assert!(Path::encoded("channels/1/messages/2/reactions/%F0%9F%91%8D/@me").is_some());
    }

    #[test]
    fn interaction_tokens_are_not_shown() {
        let path = Path::root("webhooks")
            .id(1)
            .text("secret")
            .then("messages")
            .then("@original");
        assert_eq!(format!("{path:?}"), "webhooks/1/…/messages/@original");
        let path = Path::root("interactions")
            .id(1)
            .text("secret")
            .then("callback");
        assert_eq!(format!("{path:?}"), "interactions/1/…/callback");
    }

    #[test]
    fn a_query_is_encoded() {
        let request = Request::read(Path::root("x"))
            .query("before", "2026-01-01T00:00:00+00:00")
            .query("limit", "5");
        assert_eq!(
            request.query.as_deref(),
            Some("before=2026-01-01T00%3A00%3A00%2B00%3A00&limit=5")
        );
    }
}
