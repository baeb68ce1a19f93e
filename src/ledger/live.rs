//! The settings as they are now, shared by everybody who reads them.
//!
//! Only the writer changes them, right after the commit that made the change durable, so that what
//! it decides and what the others do goes by the same settings. Whoever does something takes one
//! look and keeps to it until it is done.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::guild::{GuildSettings, Guilds};
use crate::domain::ids::GuildId;

/// The settings of every guild that is served, as they are now. Clones share them.
#[derive(Clone, Debug)]
pub struct LiveGuilds(Arc<watch::Sender<Guilds>>);

impl LiveGuilds {
    /// Serves these guilds.
    pub fn new(settings: impl IntoIterator<Item = GuildSettings>) -> Self {
        let guilds = settings.into_iter().map(|it| (it.guild, Arc::new(it)));
        Self(Arc::new(watch::Sender::new(Arc::new(guilds.collect()))))
    }

    /// All of them, at this moment.
    pub fn now(&self) -> Guilds {
        Arc::clone(&self.0.borrow())
    }

    /// One guild's, at this moment; `None` if it is not served.
    pub fn find(&self, guild: GuildId) -> Option<Arc<GuildSettings>> {
        self.0.borrow().get(&guild).cloned()
    }

    /// Puts a guild's settings in force.
    pub(super) fn switch(&self, settings: GuildSettings) {
        self.0.send_modify(|guilds| {
            Arc::make_mut(guilds).insert(settings.guild, Arc::new(settings));
        });
    }
}
