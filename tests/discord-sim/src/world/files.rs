//! Files: what is attached to messages, and what people have at hand to attach.
//!
//! Discord keeps attachments on hosts of their own. Here they are kept below the address of the
//! API, so that a client that follows an attachment's address gets what was attached.
//!
//! An address is signed and lasts for a day, as Discord's do: whoever reads the message again gets a
//! fresh one. Source: Discord's reference, "Signed Attachment CDN URLs".

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// How long an address lasts. Discord does not promise a length; a day is what its addresses say.
const LASTS: TimeDelta = TimeDelta::days(1);

/// What addresses are signed with.
const SECRET: &[u8] = b"the files of a simulated Discord";

/// Every file there is.
#[derive(Debug)]
pub struct Files {
    /// Where they are kept, without a slash at the end.
    pub host: String,
    /// By the path in their address.
    kept: Mutex<BTreeMap<String, Bytes>>,
    /// What people have at hand, by who has it and its name.
    at_hand: BTreeMap<(u64, String), Bytes>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            host: "https://cdn.discordapp.com".to_owned(),
            kept: Mutex::default(),
            at_hand: BTreeMap::new(),
        }
    }
}

impl Files {
    /// Keeps a file; answers with its address, which is to be signed for whoever is given it.
    pub(crate) fn keep(&self, path: String, content: Bytes) -> String {
        let address = format!("{}{path}", self.host);
        self.kept().insert(path, content);
        address
    }

    /// An address as it is given to somebody at an instant.
    pub(crate) fn sign(&self, address: &str, now: DateTime<Utc>) -> String {
        let path = address.strip_prefix(&self.host).unwrap_or(address);
        let (until, since) = ((now + LASTS).timestamp(), now.timestamp());
        let signature = signature(path, until, since);
        format!("{address}?ex={until:x}&is={since:x}&hm={signature}&")
    }

    /// Attachments with their addresses signed.
    pub(crate) fn sign_all(&self, attachments: &[Value], now: DateTime<Utc>) -> Value {
        let signed = attachments.iter().map(|file| {
            let mut file = file.clone();
            for key in ["url", "proxy_url"] {
                if let Some(Value::String(address)) = file.get_mut(key) {
                    *address = self.sign(address, now);
                }
            }
            file
        });
        signed.collect()
    }

    /// The file at a path.
    pub(crate) fn find(&self, path: &str) -> Option<Bytes> {
        self.kept().get(path).cloned()
    }

    /// The file at a path, for whoever shows a signature that has not expired.
    pub(crate) fn find_signed(&self, path: &str, query: &str, now: DateTime<Utc>) -> Option<Bytes> {
        let shown: BTreeMap<&str, &str> = query
            .split('&')
            .filter_map(|part| part.split_once('='))
            .collect();
        let instant = |key| i64::from_str_radix(shown.get(key)?, 16).ok();
        let (until, since) = (instant("ex")?, instant("is")?);
        let good = *shown.get("hm")? == signature(path, until, since) && now.timestamp() < until;
        good.then(|| self.find(path)).flatten()
    }

    /// Somebody has a file at hand from now on.
    pub(crate) fn give(&mut self, person: u64, name: &str, content: Bytes) {
        self.at_hand.insert((person, name.to_owned()), content);
    }

    /// What somebody has at hand under this name; nothing is in it when there is no such file.
    pub(crate) fn at_hand(&self, person: u64, name: &str) -> Bytes {
        let key = (person, name.to_owned());
        self.at_hand.get(&key).cloned().unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signature(path: &str, until: i64, since: i64) -> String {
    let mut hex = String::new();
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET) {
        mac.update(format!("{path} {until} {since}").as_bytes());
        for byte in mac.finalize().into_bytes() {
            // Writing to a String cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
    }
    hex
}
