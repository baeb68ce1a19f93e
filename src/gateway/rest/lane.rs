//! Which limits a request falls under.
//!
//! Discord counts per route and top-level resource (channel, guild, webhook with its token), and
//! the limiter keeps what it learned under the path it was given. Given raw paths it would know
//! each message and each interaction by itself: a limit learned while editing one message would
//! not hold back the edit of the next, and its memory would grow with every click. So a lane has
//! the path with everything below the top-level resource made general, and interaction tokens,
//! of which there is no end, folded into [`SLOTS`] places.

use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::Method;
use twilight_http_ratelimiting::{Endpoint, Method as LimitedMethod};

use super::Path;

/// Places for interaction tokens. Two tokens in one place share a limit, which can delay but
/// never let through too much.
const SLOTS: u64 = 256;

/// The limits of one request.
#[derive(Clone, Debug)]
pub(super) enum Lane {
    /// A route with a bucket.
    Route(Endpoint),
    /// The first answer to an interaction. Each can be given once, so there is nothing to count,
    /// and no answer may wait for another: it has three seconds.
    Callback,
    /// A method that Discord's API does not use.
    Unlimited,
}

impl Lane {
    pub(super) fn of(method: &Method, path: &Path) -> Self {
        let words: Vec<&str> = path.as_str().split('/').collect();
        if let ["interactions", _, _, "callback"] = words.as_slice() {
            return Self::Callback;
        }
        let Some(method) = limited(method) else {
            return Self::Unlimited;
        };
        let path = match words.as_slice() {
            // Webhooks are counted by id and token; ours are always the tokens of interactions.
            ["webhooks", id, token, rest @ ..] => {
                general(&format!("webhooks/{id}/slot-{}", slot(token)), rest)
            }
            [top @ ("channels" | "guilds"), id, rest @ ..] => general(&format!("{top}/{id}"), rest),
            [top, rest @ ..] => general(top, rest),
            [] => String::new(),
        };
        Self::Route(Endpoint { method, path })
    }

    /// Whether it counts towards the bot's global limit. Interaction endpoints do not.
    /// Source: Discord's "Receiving and responding", the note below "Followup messages".
    pub(super) fn is_global(&self) -> bool {
        match self {
            Self::Route(endpoint) => !endpoint.path.starts_with("webhooks/"),
            Self::Callback => false,
            Self::Unlimited => true,
        }
    }
}

/// Replaces ids, emoji and codes: every word that is not a plain lower-case route name.
fn general(head: &str, rest: &[&str]) -> String {
    let mut path = head.to_owned();
    for word in rest {
        let named = word.starts_with('@')
            || word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'));
        path.push('/');
        path.push_str(if named { word } else { ":id" });
    }
    path
}

fn slot(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish() % SLOTS
}

fn limited(method: &Method) -> Option<LimitedMethod> {
    Some(match *method {
        Method::GET => LimitedMethod::Get,
        Method::POST => LimitedMethod::Post,
        Method::PUT => LimitedMethod::Put,
        Method::PATCH => LimitedMethod::Patch,
        Method::DELETE => LimitedMethod::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn path_of(path: &str) -> String {
        match Lane::of(&Method::GET, &Path::encoded(path).unwrap()) {
            Lane::Route(endpoint) => endpoint.path,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_below_the_resource_is_general() {
        for (path, lane) in [
            ("channels/1/messages/2", "channels/1/messages/:id"),
            (
                "channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
                "channels/1/messages/:id/reactions/:id/@me",
            ),
            (
                "channels/1/threads/archived/public",
                "channels/1/threads/archived/public",
            ),
            ("guilds/5/members/6", "guilds/5/members/:id"),
            (
                "applications/3/guilds/5/commands",
                "applications/:id/guilds/:id/commands",
            ),
            ("users/@me", "users/@me"),
        ] {
            assert_eq!(path_of(path), lane);
        }
    }

    #[test]
    fn interactions_leave_nothing_behind() {
        let mut lanes = HashSet::new();
        for i in 0..5_000_u64 {
            lanes.insert(path_of(&format!("interactions/{i}/t{i}/callback")));
            lanes.insert(path_of(&format!("webhooks/9/t{i}/messages/@original")));
            lanes.insert(path_of(&format!("webhooks/9/t{i}/messages/{i}")));
        }
        assert!(
            u64::try_from(lanes.len()).unwrap() <= 2 * SLOTS + 1,
            "{}",
            lanes.len()
        );
    }

    #[test]
    fn only_our_own_routes_are_global() {
        let global =
            |path: &str| Lane::of(&Method::POST, &Path::encoded(path).unwrap()).is_global();
        assert!(global("channels/1/messages"));
        assert!(global("webhooks"));
        assert!(!global("interactions/1/t/callback"));
        assert!(!global("webhooks/1/t"));
    }
}
