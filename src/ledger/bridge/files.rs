//! Files that go along with an issue: each kept once, while what it goes along with is wanted.

use super::{Denied, Outcome, drafts};
use crate::domain::issue::DraftState;
use crate::domain::issue::file::{Carrier, KeptFile};
use crate::store::{StoreError, Writing};

pub(super) async fn keep(
    writing: &mut Writing<'_>,
    with: Carrier,
    file: &KeptFile,
) -> Result<Outcome, StoreError> {
    let ticket = match with {
        Carrier::Draft(draft_id) => {
            let found = drafts::find(writing, draft_id, DraftState::Ordered).await?;
            found.map(|row| row.ticket)
        }
        Carrier::Reply(ticket) => {
            let wanted = writing.has_reply(file.message).await?;
            wanted.then_some(ticket)
        }
    };
    let Some(ticket) = ticket else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    writing.keep_file(ticket, file).await?;
    Ok(Outcome::done())
}
