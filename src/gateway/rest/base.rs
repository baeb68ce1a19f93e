//! Where Discord's API is: the one setting that names it, read strictly.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use reqwest::Url;

/// The address of Discord's API when no other was set.
pub const DISCORD: &str = "https://discord.com";

/// The longest address of a WebSocket that is taken, in bytes.
const LONGEST_SOCKET: usize = 2_048;

/// The root of a Discord-compatible REST API, always version 10.
///
/// Made from what an operator writes in `SAMEDAY_DISCORD_API`: `https://discord.com`, with or
/// without a trailing `/`, `/api` or `/api/v10`. The bot's token travels to this place, so plain
/// `http://` is taken only to loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    plain: bool,
}

/// Why an address cannot be the API's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaseError {
    /// Not an absolute URL with a host.
    #[error("SAMEDAY_DISCORD_API is not a web address like https://discord.com: {0}")]
    NotAnAddress(String),
    /// A token must not travel in the clear.
    #[error(
        "SAMEDAY_DISCORD_API uses plain http:// to a host that is not this machine; the bot's token \
         would travel unencrypted. Use https://, or a loopback address"
    )]
    PlainToElsewhere,
    /// A path, a query, a user name: nothing that may stand here.
    #[error("SAMEDAY_DISCORD_API must end after the host, /api or /api/v10, but has {0:?} as well")]
    TooMuch(String),
}

impl Base {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BaseError`], a sentence for the operator.
    pub fn parse(text: &str) -> Result<Self, BaseError> {
        let url = Url::parse(text.trim()).map_err(|e| BaseError::NotAnAddress(e.to_string()))?;
        let plain = match url.scheme() {
            "https" => false,
            "http" if is_loopback(&url) => true,
            "http" => return Err(BaseError::PlainToElsewhere),
            other => {
                return Err(BaseError::NotAnAddress(format!(
                    "{other}:// is not https://"
                )));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseError::TooMuch("a user name".into()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseError::TooMuch("a query".into()));
        }
        match url.path().trim_end_matches('/') {
            "" | "/api" | "/api/v10" => {}
            more => return Err(BaseError::TooMuch(more.into())),
        }
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            plain,
        })
    }

    /// Whether requests travel unencrypted, which is so only on loopback.
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// The address of a path below `/api/v10`, with its query. `None` when the path would lead
    /// elsewhere once a URL parser has resolved it.
    pub(super) fn url(&self, path: &str, query: Option<&str>) -> Option<Url> {
        let path = format!("/api/v10/{path}");
        let mut url = Url::parse(&format!("{}{path}", self.origin)).ok()?;
        if url.path() != path {
            return None;
        }
        url.set_query(query);
        Some(url)
    }

    /// Reads the address of a WebSocket that the API named: `wss://`, or `ws://` to loopback when
    /// the API itself is plain. Returned without the slash at its end.
    pub(crate) fn socket(&self, text: &str) -> Option<String> {
        let url = Url::parse(text).ok()?;
        let safe = match url.scheme() {
            "wss" => url.has_host(),
            "ws" => self.plain && is_loopback(&url),
            _ => false,
        };
        let bare = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let text = url.as_str().trim_end_matches('/');
        // twilight reads an address more strictly, and panics on one that it cannot read.
        let read = text.len() <= LONGEST_SOCKET && text.parse::<Uri>().is_ok();
        (safe && bare && read).then(|| text.to_owned())
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        // An IPv6 host is written in brackets.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_is_the_same_place() {
        for text in [
            "https://discord.com",
            "https://discord.com/",
            "https://discord.com/api",
            "https://discord.com/api/",
            "https://discord.com/api/v10",
            " https://DISCORD.com/api/v10/ ",
            "https://discord.com:443",
        ] {
            let base = Base::parse(text).unwrap();
            let url = base.url("users/@me", Some("a=1")).unwrap();
            assert_eq!(
                url.as_str(),
                "https://discord.com/api/v10/users/@me?a=1",
                "{text}"
            );
            assert_eq!(base.url("channels/../../x", None), None);
            assert_eq!(base.url("channels/%2e%2E/x", None), None);
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for text in [
            "http://127.0.0.1:8080",
            "http://localhost:1/api",
            "http://[::1]:9/",
        ] {
            assert!(Base::parse(text).unwrap().is_plain(), "{text}");
        }
        for text in [
            "http://discord.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
        ] {
            assert_eq!(
                Base::parse(text),
                Err(BaseError::PlainToElsewhere),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_sentence() {
        for text in ["", "discord.com", "ftp://discord.com", "file:///etc/passwd"] {
            assert!(
                matches!(Base::parse(text), Err(BaseError::NotAnAddress(_))),
                "{text}"
            );
        }
        for text in [
            "https://discord.com/api/v9",
            "https://discord.com/api?x=1",
            "https://me:pw@discord.com",
        ] {
            assert!(
                matches!(Base::parse(text), Err(BaseError::TooMuch(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_socket_is_as_safe_as_the_api_that_named_it() {
        let real = Base::parse(DISCORD).unwrap();
        assert_eq!(
            real.socket("wss://gateway.discord.gg/").as_deref(),
            Some("wss://gateway.discord.gg")
        );
        for text in [
            "ws://127.0.0.1:1",
            "https://discord.com",
            "",
            "wss://",
            "wss://x/?v=9",
            "wss://:pw@x",
            "wss://\"",
            &format!("wss://x/{}", "y".repeat(3_000)),
        ] {
            assert_eq!(real.socket(text), None, "{text}");
        }
        let local = Base::parse("http://127.0.0.1:1").unwrap();
        assert!(local.socket("ws://127.0.0.1:2").is_some());
        assert!(local.socket("wss://gateway.discord.gg").is_some());
        assert_eq!(local.socket("ws://example.org"), None);
    }
}
