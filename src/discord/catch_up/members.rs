//! Who is staff, asked once per person and round.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::discord::api;
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{GuildId, UserId};
use crate::gateway::rest::{Rest, RestError};

/// What is known about people in this round of catch-up.
///
/// REST gives messages without the roles of their authors, so they are asked for, and what counts
/// is what somebody holds now, not what they held when they wrote. Who has left holds nothing.
#[derive(Debug, Default)]
pub(super) struct Members {
    staff: Mutex<HashMap<(GuildId, UserId), Asked>>,
}

/// Whether somebody is staff, once it was asked: by the first who wants to know, the others wait.
type Asked = Arc<OnceCell<bool>>;

impl Members {
    /// Whether a person holds a staff role.
    pub(super) async fn is_staff(
        &self,
        rest: &Rest,
        settings: &GuildSettings,
        user: UserId,
    ) -> Result<bool, RestError> {
        let answer = {
            let mut known = self.staff.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry((settings.guild, user)).or_default())
        };
        answer
            .get_or_try_init(async || {
                let member = api::find_member(rest, settings.guild, user).await?;
                Ok(member.is_some_and(|member| member.hold_any(&settings.staff_roles)))
            })
            .await
            .copied()
    }
}
