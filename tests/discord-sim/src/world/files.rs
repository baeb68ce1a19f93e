//! Files: what is attached to messages, and what people have at hand to attach.
//!
//! Discord keeps attachments on hosts of their own. Here they are kept below the address of the
//! API, so that a client that follows an attachment's address gets what was attached.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

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
    /// Keeps a file; answers with its address, signed as Discord's are.
    pub(crate) fn keep(&self, path: String, content: Bytes) -> String {
        let address = format!("{}{path}?ex=0&is=0&hm=0", self.host);
        self.kept().insert(path, content);
        address
    }

    /// The file at a path.
    pub(crate) fn find(&self, path: &str) -> Option<Bytes> {
        self.kept().get(path).cloned()
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
