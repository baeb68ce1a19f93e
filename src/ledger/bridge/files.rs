//! Files that go along with an issue: kept while its draft is on its way, each once.

use super::{Denied, Outcome, drafts};
use crate::domain::issue::file::KeptFile;
use crate::domain::issue::{DraftId, DraftState};
use crate::store::{StoreError, Writing};

pub(super) async fn keep(
    writing: &mut Writing<'_>,
    draft_id: DraftId,
    file: &KeptFile,
) -> Result<Outcome, StoreError> {
    let Some(row) = drafts::find(writing, draft_id, DraftState::Ordered).await? else {
        return Ok(Outcome::denied(Denied::NoDraft));
    };
    writing.keep_file(row.ticket, file).await?;
    Ok(Outcome::done())
}
