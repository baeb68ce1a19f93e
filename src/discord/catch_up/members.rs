//! Which roles people hold, asked once per person and round.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::discord::api::{self, Roles};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{GuildId, UserId};
use crate::gateway::rest::{Rest, RestError};

/// What is known about people in this round of catch-up.
///
/// REST gives messages without the roles of their authors, so they are asked for, and what counts
/// is what somebody holds now, not what they held when they wrote. Who has left holds nothing.
#[derive(Debug, Default)]
pub(super) struct Members {
    known: Mutex<HashMap<(GuildId, UserId), Asked>>,
}

/// What somebody holds, once it was asked: by the first who wants to know, the others wait. `None`:
/// no longer there.
type Asked = Arc<OnceCell<Option<Roles>>>;

impl Members {
    /// The roles of a person; `None` when they have left.
    pub(super) async fn find(
        &self,
        rest: &Rest,
        settings: &GuildSettings,
        user: UserId,
    ) -> Result<Option<Roles>, RestError> {
        let answer = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry((settings.guild, user)).or_default())
        };
        answer
            .get_or_try_init(async || api::find_member(rest, settings.guild, user).await)
            .await
            .cloned()
    }
}
